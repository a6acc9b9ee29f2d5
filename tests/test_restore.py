"""The drill of docs/backup.md: a state is lost with what came after its back-up, and nothing is ordered twice.

On PostgreSQL by `pg_dump` and `pg_restore`, in a folder by what the program `sqlite3` calls ``.backup``.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from cli import ROOT, Desk, tenant_of
from deployed import BACKUP
from states import State, on_a_server, program
from worlds import live, sub

GUIDE = (ROOT / "docs/backup.md").read_text(encoding="utf-8")
BOUGHT, SWITCHED, PAUSED = "fabrikam", "contoso", "havbris"
E3, E1 = "office-365-enterprise-e3", "office-365-enterprise-e1"

STANDINGS = {BOUGHT: [(E3, 40)], SWITCHED: [(E1, 20)], PAUSED: [(E1, 60)]}


class Kept:
    """A state that can be backed up, and lost, and come back from its back-up."""

    def __init__(self, desk: Desk, state: State, things: ExitStack) -> None:
        self.desk, self.state, self._things = desk, state, things
        self.copy = desk.folder / "backup"

    def back_up(self) -> None:
        """Back up while programs may be at work, by the commands of the guide."""
        if self.state.server:
            ran("pg_dump", "--format=custom", "--file", self.copy, self.state.where)
            return
        with closing(sqlite3.connect(self.file)) as there, closing(sqlite3.connect(self.copy)) as copy:
            there.backup(copy)

    def restore(self) -> None:
        """Lose the state, and put the back-up in its place."""
        if self.state.server:
            # Into a new database: the old one may be needed to see what happened.
            self.state = self._things.enter_context(on_a_server("template0"))
            ran("pg_restore", "--exit-on-error", "--no-owner", "--dbname", self.state.where, self.copy)
            self.desk.configure(state=self.state.where)
            return
        for name in ("state.db", "state.db-wal", "state.db-shm"):
            (self.file.parent / name).unlink(missing_ok=True)
        shutil.copy(self.copy, self.file)

    @property
    def file(self) -> Path:
        return Path(self.state.where) / "state.db"


def ran(name: str, *words: object) -> None:
    done = subprocess.run(
        [program(name), *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def kept(desk: Desk, state: State) -> Iterator[Kept]:
    """A fleet of three as it is declared, whose past is in the state."""
    where = state.where if state.server else ".reconciler"
    if not state.server:
        state = State(str(desk.folder / where), server=False)
    desk.configure(state=where)
    desk.live(live(BOUGHT, sub(id="sub-1", plan=E3, licenses=38)))
    desk.live(live(SWITCHED, sub(id="sub-2", plan=E1, licenses=20)))
    desk.live(live(PAUSED, sub(id="sub-3", plan=E1, licenses=60)))
    for name, ((plan, licenses),) in STANDINGS.items():
        desk.declare(name, plan, licenses)
    desk.ok("simulator", "load", "live")
    desk.ok("run", "tenants", "--once", "--write")
    assert {name: desk.standing(name) for name in STANDINGS} == STANDINGS
    assert len(desk.taken()) == 1
    with ExitStack() as things:
        yield Kept(desk, state, things)


def head_of(desk: Desk) -> str:
    (head,) = re.findall(r"Head: ([0-9a-f]{64})", desk.ok("history", "--verify").out)
    return str(head)


def totals(desk: Desk) -> list[tuple[int, int]]:
    """Before and after of every write that came to pass."""
    return [(c["before"]["licenses"], c["after"]["licenses"]) for c in desk.taken()]


def change_everything(desk: Desk) -> None:
    """What happens after the back-up: licences are added, a switch is ordered, a tenant is paused."""
    desk.declare(BOUGHT, E3, 45)
    desk.declare(SWITCHED, E3, 42)
    desk.ok("run", "tenants", "--once", "--write")
    desk.declare(PAUSED, E1, 75)
    desk.ok("suspend", PAUSED, "--reason", "merger", "--owner", "kari", "--until", "2099-12-24")
    assert sorted(c["operation"] for c in desk.taken()) == ["order_switch", "set_licenses", "set_licenses"]


def held(plan: dict[str, object], name: str) -> set[str]:
    """The checks that hold a tenant's one step."""
    (step,) = tenant_of(plan, name)["steps"]
    return {
        check["id"] for check in step["checks"] if check["status"] == "fail" and check["effect"] != "warn"
    }


def test_after_a_restore_nothing_is_ordered_twice_and_no_number_is_lowered(kept: Kept) -> None:
    desk = kept.desk
    head = head_of(desk)
    kept.back_up()
    change_everything(desk)
    lost = head_of(desk)
    before = desk.taken()
    kept.restore()

    # The guide's steps, one after the other, by its own words.
    desk.ok("stop", "--reason", "restored")
    assert "all as recorded" in desk.ok("db", "check").out
    assert "all as recorded" in desk.ok("history", "--verify", "--expect", head).out
    answer = desk.run("history", "--verify", "--expect", lost)
    assert (answer.code, "not in the chain" in answer.both) == (1, True), answer.both
    plan = desk.plan("tenants")
    assert tenant_of(plan, BOUGHT)["verdict"] == "in-sync", "what was added is there, and is not added again"
    assert held(plan, SWITCHED) >= {"switch-running", "stopped"}, "what was ordered is seen"
    assert held(plan, PAUSED) == {"stopped"}, "what was paused since is forgotten"
    desk.run("run", "tenants", "--once", "--write")
    assert desk.taken() == before
    desk.ok("suspend", PAUSED, "--reason", "merger", "--owner", "kari", "--until", "2099-12-24")
    desk.ok("stop", "--lift")

    desk.ok("run", "tenants", "--once", "--write")
    assert desk.taken() == before
    desk.ok("simulator", "advance", "20m")
    desk.ok("run", "tenants", "--once", "--write")
    assert desk.taken() == before
    assert desk.standing(SWITCHED) == [(E3, 42)]
    assert desk.standing(BOUGHT) == [(E3, 45)]
    assert desk.standing(PAUSED) == [(E1, 60)]
    assert all(after >= earlier for earlier, after in totals(desk))
    desk.ok("db", "check")


def test_an_order_that_the_service_does_not_show_yet_is_what_the_stop_is_for(kept: Kept) -> None:
    """Nothing of ours knows of it: so the guide lets the stop stand for as long as the service may take to show it."""
    desk = kept.desk
    kept.back_up()
    desk.declare(SWITCHED, E3, 42)
    desk.ok("simulator", "fault", SWITCHED, "late-visibility", "--option", "minutes=10")
    desk.run("run", "tenants", "--once", "--write")
    before = desk.taken()
    assert [c["operation"] for c in before][1:] == ["order_switch"]
    kept.restore()

    desk.ok("stop", "--reason", "restored")
    assert held(desk.plan("tenants"), SWITCHED) == {"stopped"}, "the stop alone holds it"
    desk.run("run", "tenants", "--once", "--write")
    assert desk.taken() == before
    desk.ok("simulator", "advance", "12m")
    plan = desk.plan("tenants")
    assert tenant_of(plan, SWITCHED)["verdict"] == "in-sync" or held(plan, SWITCHED) > {"stopped"}
    desk.ok("stop", "--lift")
    desk.ok("run", "tenants", "--once", "--write")
    desk.ok("simulator", "advance", "20m")
    desk.ok("run", "tenants", "--once", "--write")
    assert desk.taken() == before
    assert desk.standing(SWITCHED) == [(E3, 42)]


def test_a_write_that_was_open_when_the_back_up_was_made_is_settled_by_a_look(kept: Kept) -> None:
    desk = kept.desk
    desk.declare(BOUGHT, E3, 45)
    desk.ok("simulator", "fault", BOUGHT, "lost-after")
    desk.ok("simulator", "fault", BOUGHT, "late-visibility", "--option", "minutes=3")
    desk.run("apply", "tenants", "--auto-approve")
    before = desk.taken()
    assert len(before) == 2
    kept.back_up()
    desk.ok("simulator", "advance", "5m")
    desk.run("run", "tenants", "--once", "--write")
    kept.restore()
    desk.ok("stop", "--reason", "restored")
    assert "open" in desk.ok("history", BOUGHT).out
    desk.ok("stop", "--lift")
    desk.run("run", "tenants", "--once", "--write")
    desk.run("run", "tenants", "--once", "--write")
    assert desk.taken() == before
    assert "open" not in desk.ok("history", BOUGHT).out
    desk.ok("db", "check")


def test_a_saved_plan_that_was_done_after_the_back_up_is_not_done_again(kept: Kept) -> None:
    desk = kept.desk
    desk.declare(BOUGHT, E3, 45)
    desk.ok("plan", "tenants", "--out", "more.plan.json")
    kept.back_up()
    desk.ok("apply", "--plan", "more.plan.json", "--auto-approve")
    before = desk.taken()
    kept.restore()
    answer = desk.run("apply", "--plan", "more.plan.json", "--auto-approve")
    assert answer.code == 1
    assert desk.taken() == before


def test_a_back_up_made_while_programs_write_is_whole_and_has_the_head_noted_before_it(kept: Kept) -> None:
    desk = kept.desk
    desk.declare(BOUGHT, E3, 45)
    head = head_of(desk)
    running = desk.start("run", "tenants", "--once", "--write")
    try:
        kept.back_up()
    finally:
        running.communicate(timeout=60)
    assert head_of(desk) != head, "something was written since"
    kept.restore()
    assert "all as recorded" in desk.ok("db", "check").out
    desk.ok("history", "--verify", "--expect", head)


def test_what_the_examples_make_each_night_can_be_restored_and_has_the_head_it_tells(
    desk: Desk, server: State, tmp_path: Path
) -> None:
    desk.configure(state=server.where)
    desk.live(live(BOUGHT, sub(id="sub-1", plan=E3, licenses=38)))
    desk.declare(BOUGHT, E3, 40)
    desk.ok("simulator", "load", "live")
    desk.ok("run", "tenants", "--once", "--write")
    folder = tmp_path / "backup"
    folder.mkdir()
    (tmp_path / "owner-password").write_text("it's the owner's", encoding="utf-8")
    script = BACKUP.read_text(encoding="utf-8").replace("/run/secrets", str(tmp_path))
    (tmp_path / "backup.sh").write_text(script.replace("cd /backup", f"cd {folder}"), encoding="utf-8")
    older = [f"reconciler-2026-11-{day:02}T021700Z.dump" for day in range(1, 21)]
    for name in (*older, "reconciler-2026-11-20T021700Z.dump.draft"):
        (folder / name).touch()
    there = {"PGHOST": server.where.split("host=")[1], "PGUSER": "postgres", "PGDATABASE": server.name}
    path = f"{Path(program('psql')).parent}:{os.environ['PATH']}"
    words = ["sh", str(tmp_path / "backup.sh")]
    done = subprocess.run(
        words, env={**there, "PATH": path}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    (made,) = re.findall(r"Made (\S+)\.\n", done.stdout)
    assert {file.name for file in folder.iterdir()} == {*older[-13:], made}
    assert (folder / made).stat().st_mode & 0o077 == 0
    desk.declare(BOUGHT, E3, 45)
    desk.ok("run", "tenants", "--once", "--write")
    with on_a_server("template0") as new:
        ran("pg_restore", "--exit-on-error", "--no-owner", "--dbname", new.where, folder / made)
        desk.configure(state=new.where)
        assert "all as recorded" in desk.ok("db", "check").out
        assert head_of(desk) == done.stdout.splitlines()[0].removeprefix("Head: ")


@pytest.mark.parametrize("missing", ["psql", "pg_dump", "pg_restore"])
def test_a_back_up_that_breaks_off_ends_badly_and_is_not_taken_for_one(tmp_path: Path, missing: str) -> None:
    script = BACKUP.read_text(encoding="utf-8").replace("/run/secrets", str(tmp_path))
    (tmp_path / "backup.sh").write_text(script.replace("cd /backup", f"cd {tmp_path}"), encoding="utf-8")
    (tmp_path / "owner-password").write_text("secret", encoding="utf-8")
    for name in ("psql", "pg_dump", "pg_restore"):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {int(name == missing)}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    words = ["sh", str(tmp_path / "backup.sh")]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert list(tmp_path.glob("*.dump")) == []


def test_the_guide_has_the_head_noted_before_the_back_up_is_made() -> None:
    blocks = re.findall(r"```text\n(.*?)```", GUIDE.split("## Restore")[0], re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert block.splitlines()[0] == "reconciler history --verify"


def test_the_guide_says_the_steps_of_the_drill_in_their_order() -> None:
    steps = GUIDE.split("## After a restore")[1].split("\n## ")[0]
    words = (
        "`reconciler stop --reason",
        "`reconciler db check`",
        "`reconciler history --verify --expect HASH`",
        "`reconciler plan`",
        "`reconciler stop --lift`",
    )
    places = [steps.index(word) for word in words]
    assert places == sorted(places)
    assert "pg_dump --format=custom" in GUIDE
    assert "pg_restore --exit-on-error --no-owner" in GUIDE
