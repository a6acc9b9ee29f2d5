"""A digest that was approved: applied once, unchanged, or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cli import Answer, Desk
from worlds import live, sub

from reconciler.cli.options import DIGEST

SB = "office-365-small-business"
FILE = "fleet.plan.json"
NOTHING = "sha256:" + "0" * 64


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Two tenants with something to do, and one without."""
    desk.configure()
    for name, plan, licenses in (("adatum", SB, 20), ("contoso", SB, 22), ("fabrikam", SB, 23)):
        desk.declare(name, plan, licenses)
        desk.live(live(name, sub(id=f"sub-{name}")))
    desk.ok("simulator", "load", "live")
    return desk


def digest(desk: Desk, *words: object) -> str:
    found: str = desk.plan("tenants", *words)["digest"]
    return found


def apply(desk: Desk, approved: str, *words: object) -> Answer:
    return desk.run("apply", *(words or ("tenants",)), "--approved-digest", approved)


def refused(desk: Desk, answer: Answer, *said: str) -> None:
    assert answer.code == 1, answer.both
    assert "Traceback" not in answer.err
    for word in said:
        assert word in answer.err
    assert desk.asked() == []


def written(desk: Desk) -> list[str]:
    return [call["tenant"] for call in desk.taken()]


def test_what_was_approved_is_done_and_nobody_is_asked(fleet: Desk) -> None:
    answer = apply(fleet, digest(fleet))
    assert answer.code == 0, answer.both
    assert written(fleet) == ["contoso", "fabrikam"]


def test_anything_else_is_refused_and_it_is_said_how_to_see_what_it_is(fleet: Desk) -> None:
    approved = digest(fleet)
    fleet.ok("simulator", "set", "contoso.sub-contoso.licenses=21")
    answer = apply(fleet, approved)
    refused(
        fleet, answer, approved, digest(fleet), "`reconciler plan tenants --out FILE`", "names what moved"
    )
    refused(fleet, apply(fleet, NOTHING), NOTHING)
    fleet.ok("simulator", "set", "contoso.sub-contoso.licenses=20")
    assert apply(fleet, approved).code == 0, "what was refused is not used up"


def test_where_the_saved_plan_is_at_hand_what_moved_is_named(fleet: Desk) -> None:
    fleet.ok("plan", "tenants", "--out", FILE)
    approved = digest(fleet)
    fleet.ok("simulator", "set", "contoso.sub-contoso.licenses=21")
    refused(fleet, apply(fleet, approved, "--plan", FILE), "contoso", "licences were 20, now 21")
    fleet.ok("simulator", "set", "contoso.sub-contoso.licenses=20")
    assert apply(fleet, approved, "--plan", FILE).code == 0
    assert written(fleet) == ["contoso", "fabrikam"]


def test_a_saved_plan_that_is_not_the_approved_one_is_refused(fleet: Desk) -> None:
    approved = digest(fleet)
    fleet.declare("contoso", SB, 24)
    fleet.ok("plan", "tenants", "--out", FILE)
    refused(fleet, apply(fleet, approved, "--plan", FILE), FILE, approved, digest(fleet))


def test_an_altered_saved_plan_does_not_pass_for_the_approved_one(fleet: Desk) -> None:
    fleet.ok("plan", "tenants", "--out", FILE)
    approved = digest(fleet)
    file = fleet.folder / FILE
    document = json.loads(file.read_text(encoding="utf-8"))
    (tenant,) = [t for t in document["tenants"] if t["name"] == "contoso"]
    tenant["basis"]["declared"]["subscriptions"]["main"]["licenses"] = 24
    file.write_text(json.dumps(document), encoding="utf-8")
    refused(fleet, apply(fleet, approved, "--plan", FILE), "is not the change plan it was saved as")


def test_a_digest_counts_once_and_when_it_was_used_is_said(fleet: Desk) -> None:
    approved = digest(fleet)
    assert apply(fleet, approved).code == 0
    before = fleet.asked()
    fleet.ok("simulator", "load", "live")
    assert digest(fleet) == approved, "the service stands as it did when it was approved"
    answer = apply(fleet, approved)
    assert answer.code == 1
    assert f"The digest {approved} was used on 20" in answer.err
    assert fleet.asked() == before
    assert fleet.ok("history", "--verify").code == 0


def test_a_saved_plan_uses_up_its_digest_too_and_the_other_way_round(fleet: Desk) -> None:
    fleet.ok("plan", "tenants", "--out", FILE)
    approved = digest(fleet)
    assert fleet.run("apply", "--plan", FILE).code == 0
    fleet.ok("simulator", "load", "live")
    again = apply(fleet, approved)
    assert again.code == 1
    assert "was used on" in again.err


def test_a_saved_plan_made_before_its_digest_was_used_is_used(fleet: Desk) -> None:
    fleet.ok("plan", "tenants", "--out", FILE)
    assert apply(fleet, digest(fleet)).code == 0
    fleet.ok("simulator", "load", "live")
    before = fleet.asked()
    answer = fleet.run("apply", "--plan", FILE)
    assert answer.code == 1
    assert "applied once" in answer.err
    assert fleet.asked() == before


def test_the_same_change_plan_made_and_approved_anew_is_applied(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved = digest(fleet)
    assert apply(fleet, approved).code == 0
    fleet.ok("simulator", "load", "live")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    for module in ("fleet_plan", "apply", "world"):
        monkeypatch.setattr(f"reconciler.cli.{module}.now", lambda: later)
    fleet.ok("plan", "tenants", "--out", FILE)
    strict = apply(fleet, approved, "--plan", FILE)
    assert strict.code == 1
    assert "was used on" in strict.err
    assert fleet.run("apply", "--plan", FILE).code == 0
    assert written(fleet) == ["contoso", "fabrikam"] * 2
    assert fleet.ok("history", "--verify").code == 0


def test_a_digest_is_used_on_every_machine_that_shares_the_store(fleet: Desk) -> None:
    """Two runs pass the first look at the store at once; the second is refused with its first intent."""
    from reconciler.act import DigestUse
    from reconciler.adapters.store import open_store
    from reconciler.errors import PlanRefused

    now = datetime.now(UTC)
    one, two = (open_store("shared", create=True, now=lambda: now) for _ in range(2))
    from journals import intent

    with one, two:
        keys = [("a.onmicrosoft.com",), ("b.onmicrosoft.com",)]
        with one.lease(keys[0], "one", sleep=lambda s: None) as journal:
            journal.intend(intent("i-1", tenant=keys[0][0]), uses_digest=DigestUse(NOTHING))
        with (
            two.lease(keys[1], "two", sleep=lambda s: None) as journal,
            pytest.raises(PlanRefused, match="was used on"),
        ):
            journal.intend(intent("i-2", tenant=keys[1][0]), uses_digest=DigestUse(NOTHING))
        assert two.open_intents(keys[1]) == (), "the intent is not there either"
        with one.lease(keys[1], "one", sleep=lambda s: None) as journal:
            journal.intend(intent("i-3", tenant=keys[1][0]), uses_digest=DigestUse(NOTHING))
        assert one.digest_use(NOTHING) == two.digest_use(NOTHING) == now


@pytest.mark.parametrize("saved", [False, True])
def test_an_approval_whose_use_can_not_be_looked_up_is_refused(fleet: Desk, saved: bool) -> None:
    fleet.ok("plan", "tenants", "--out", FILE)
    approved = digest(fleet)
    (fleet.folder / ".reconciler/state.db").write_bytes(b"no database at all" * 100)
    words = ("--plan", FILE) if saved else ("tenants", "--approved-digest", approved)
    answer = fleet.run("apply", *words)
    refused(fleet, answer, "state.db")


ZEROS = "0" * 64
NO_DIGESTS = [
    "",
    " ",
    "sha256:",
    ZEROS,
    f"sha256:{ZEROS}0",
    f"sha256:{ZEROS[1:]}",
    f"sha1:{ZEROS}",
    f"SHA256:{ZEROS}",
]


@pytest.mark.parametrize(
    "text", [*NO_DIGESTS, "sha256:" + "A" * 64, "sha256:" + "\u0660" * 64, f" {NOTHING}", f"{NOTHING}\n"]
)
def test_what_is_no_digest_is_a_usage_error_and_never_left_out_of_account(fleet: Desk, text: str) -> None:
    for words in (("tenants",), ("tenants", "--auto-approve"), ("--plan", FILE)):
        answer = fleet.run("apply", *words, f"--approved-digest={text}")
        assert answer.code == 64
        assert "is not a digest" in answer.err
    assert fleet.asked() == []


def test_a_digest_alone_names_no_files(fleet: Desk) -> None:
    assert fleet.run("apply", "--approved-digest", NOTHING).code == 64


def test_auto_approve_does_not_let_another_change_plan_through(fleet: Desk) -> None:
    refused(fleet, apply(fleet, NOTHING, "tenants", "--auto-approve"), NOTHING)


def test_the_digest_is_that_of_the_same_selection(fleet: Desk) -> None:
    approved = digest(fleet, "--tenant", "contoso")
    refused(fleet, apply(fleet, approved), approved)
    assert apply(fleet, approved, "tenants", "--tenant", "contoso").code == 0
    assert written(fleet) == ["contoso"]


def test_a_change_of_what_is_declared_is_refused(fleet: Desk) -> None:
    approved = digest(fleet)
    fleet.declare("contoso", SB, 24)
    refused(fleet, apply(fleet, approved))


def test_a_digest_of_recorded_states_is_good_while_the_service_stands_so(fleet: Desk) -> None:
    approved = digest(fleet, "--live", "live")
    assert apply(fleet, approved).code == 0


def test_the_result_of_apply_in_json_needs_no_yes_either(fleet: Desk) -> None:
    answer = apply(fleet, digest(fleet), "tenants", "--format", "json")
    assert answer.code == 0
    assert answer.json()["outcomes"]["done"] == 2


def test_a_digest_is_written_as_a_change_plan_prints_it(fleet: Desk) -> None:
    assert DIGEST.fullmatch(digest(fleet))
