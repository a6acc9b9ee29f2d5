"""A loop that tells people: each thing once when it begins and once when it is over, signed, and never a secret."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cli import Desk
from loops import HOUR, MINUTE, LoopWorld, Script, broken
from receiving import webhook
from scenes import SBP
from worlds import declare, live, sub, want

from reconciler.notices.receivers import usual_routes
from reconciler.source import Trouble

ROUTES = usual_routes(("ops",))
SECRET = "whsec_" + base64.b64encode(b"a secret of this test, long enough").decode()


def told(world: LoopWorld) -> list[tuple[str, str]]:
    """What has been put on its way so far: kind and change."""
    found = world.store.outbox(ROUTES).due("ops", world.machine, 100)
    return sorted((str(p.contents.matter.word.kind), str(p.contents.change)) for p in found)


@pytest.fixture
def world(tmp_path: Path):
    with LoopWorld(tmp_path, live("fabrikam", operator={"roles": []})) as there:
        there.routes = ROUTES
        yield there


def test_what_stalls_is_told_once_and_its_end_once(world):
    source = Script(declare("fabrikam"))
    world.loop(source, until=HOUR).run()
    world.loop(source, until=HOUR, id="again").run()
    assert told(world) == [("stalled", "opened")]
    world.service.set("fabrikam.operator.roles", ["global-administrator"])
    world.store.outbox(ROUTES).settle((), world.machine)
    world.loop(source, until=HOUR, id="third").run()
    assert "stalled" not in [m.key.kind for m in world.store.open_matters()]
    assert world.standing("fabrikam") == [(SBP, 22)]


def test_a_source_that_can_not_be_read_and_a_fleet_that_is_stopped_are_told(world):
    source = Script(declare("fabrikam"))
    world.loop(source, write=False).run()
    source.trouble = Trouble("GitUnreachable", "The repository can not be reached.")
    world.loop(source, write=False, id="again").run()
    assert "fleet-stopped" in {m.word.kind for m in world.store.open_matters()}
    source.trouble = None
    world.loop(source, write=False, id="third").run()
    assert "fleet-stopped" not in {m.word.kind for m in world.store.open_matters()}


def test_what_is_no_longer_declared_is_no_longer_anybodys_matter(world):
    world.loop(Script(declare("fabrikam"), declare("other"))).run()
    assert {m.key.tenant for m in world.store.open_matters()} >= {"fabrikam"}
    world.loop(Script(declare("other")), id="again", size=1).run()
    assert "fabrikam" not in {m.key.tenant for m in world.store.open_matters()}


def test_one_round_for_cron_sends_what_it_has_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    with webhook() as hook:
        receiver = {
            "name": "ops",
            "webhook": {"url": hook.url, "secretFrom": {"environment": "HOOK_SECRET"}},
        }
        desk.configure(notifications={"receivers": [receiver]}, tenants=["tenants"])
        desk.declare("fabrikam", SBP, 22)
        desk.live(live("fabrikam", sub(), operator={"roles": []}))
        desk.ok("simulator", "load", "live")
        first = desk.ok("run", "--once", "--write")
        desk.ok("run", "--once", "--write")
        bodies = list(hook.events)
    assert [body["type"] for body in bodies] == ["reconciler.tenant.stalled"]
    assert bodies[0]["subject"].startswith("fabrikam")
    assert SECRET not in first.both
    assert SECRET.encode() not in (tmp_path / ".reconciler" / "state.db").read_bytes()


def test_a_secret_that_is_not_there_is_found_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    receiver = {
        "name": "ops",
        "webhook": {"url": "https://hooks.example.com/x", "secretFrom": {"environment": "NO_SUCH_SECRET"}},
    }
    desk.configure(notifications={"receivers": [receiver]}, tenants=["tenants"])
    desk.declare("fabrikam", SBP, 22)
    desk.live(live("fabrikam", sub()))
    desk.ok("simulator", "load", "live")
    answer = desk.run("run", "--once", "--write")
    assert answer.code == 1
    assert "NO_SUCH_SECRET" in answer.both
    assert desk.asked() == []


def test_a_switch_is_told_when_it_is_done_and_not_again(tmp_path: Path) -> None:
    with LoopWorld(tmp_path, live("fabrikam"), adds_in_order=False) as world:
        world.routes = ROUTES
        source = Script(declare("fabrikam", want("main", SBP, 22)))
        for n in range(3):
            world.loop(source, until=HOUR, id=f"loop-{n}").run()
        gathered = world.gathered()
    assert sorted(gathered) == ["licenses-added", "switch-done", "switch-started"]


def test_a_file_that_is_broken_at_a_start_is_told_and_no_request_to_support_is_over_for_it(world, tmp_path):
    source = Script(declare("fabrikam", want("main", SBP, 22)))
    world.service.set("fabrikam.users", 400)
    world.service.set("fabrikam.sub-1.licenses", 400)
    world.service.set("fabrikam.sub-1.assigned", 350)
    world.loop(source).run()
    before = {m.word.kind for m in world.store.open_matters()}
    assert "handoff" in before
    source.declare(declare("other"), problems=[broken("fabrikam.yaml")])
    world.loop(source, id="again", size=1, write=False, until=MINUTE).run()
    assert {m.word.kind for m in world.store.open_matters()} >= {"handoff", "file-broken"}
