"""What an adversary, a slip of the pen or a service that contradicts itself would need to cost a customer money."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cli import Desk
from scenes import E1, E3, EXCHANGE, SB, SBP, catalogue
from worlds import START, WatchedActor, WatchedJournal, World, declare, live, seen, sub, want

from reconciler.act import Ending, Errand, Journal
from reconciler.adapters.store import Store, open_store
from reconciler.approval import refuse_if_moved
from reconciler.change_plan import ChangePlan, Source, TenantPlan, Verdict
from reconciler.cli.running import run_all
from reconciler.decide import decide
from reconciler.errors import PlanRefused, StateUnreadable
from reconciler.memory import Intent, Memory, Settled, Shown, keys_of, shown
from reconciler.model import Acknowledgement, Action, Backup, Declaration, Subscription, Unmanaged
from reconciler.observe import TenantRef, Unknown
from reconciler.outcomes import Run
from reconciler.report.saved import plan_from_document

E4 = "office-365-enterprise-e4"
DOMAIN = "fabrikam.onmicrosoft.com"
GUID = live("fabrikam")["spec"]["tenantId"]
PAUSE = ("--reason", "merger", "--owner", "ola", "--until", "2027-12-24")


def judged(document: dict[str, Any], declaration: Declaration, memory: Memory | None = None) -> TenantPlan:
    return decide(declaration, seen(document), memory or Memory(), catalogue())


def sent(action: Action, before: tuple[str, int], after: tuple[str, int]) -> Intent:
    sides = (Subscription(*before), Subscription(*after))
    return Intent(
        "i", DOMAIN, "main", action, "sub-1", *sides, "r", 0, ("sub-1",), START, sent_at=START
    )  # fmt: skip


def ended(run: Run) -> dict[str, Ending]:
    return {step.address: outcome.ending for step, outcome in run.outcomes}


def said(run: Run) -> str:
    return " ".join(outcome.message for _, outcome in run.outcomes)


# Which subscription is meant


@pytest.mark.parametrize(
    ("one", "other"), [("sub-1", "sub-1"), ("ABCD-1", "abcd-1")], ids=["the same", "in another case"]
)
@pytest.mark.parametrize("pin", [None, "sub-1", "abcd-1"])
def test_a_list_that_shows_one_id_twice_is_not_believed(one: str, other: str, pin: str | None) -> None:
    document = live("fabrikam", sub(id=one, plan=SBP, licenses=10), sub(id=other, plan=SBP, licenses=20))
    plan = judged(document, declare("fabrikam", want("main", SBP, 22, pin)))
    assert plan.verdict is Verdict.UNKNOWN
    assert plan.writes == ()
    assert "more than once" in " ".join(check.message for check in plan.checks)


def test_what_is_listed_as_unmanaged_by_its_id_in_another_case_is_not_touched() -> None:
    document = live("fabrikam", sub(id="0C1E-AB", plan=SB))
    ours = declare(
        "fabrikam", want("main", SBP, 22), unmanaged=(Unmanaged(None, "0c1e-ab", "bought by a reseller"),)
    )
    plan = judged(document, ours)
    assert plan.writes == ()
    assert [live.id for live in plan.unmanaged] == ["0C1E-AB"]


def test_a_pin_in_another_case_follows_its_subscription_through_a_switch() -> None:
    document = live("fabrikam", sub(id="new-1", plan=E3, offers=[E4]), sub(id="other", plan=EXCHANGE))
    known = Memory(successors={"abcd-1": "new-1"})
    plan = judged(document, declare("fabrikam", want("main", E3, 22, "ABCD-1")), known)
    assert [(step.subscription_id, step.verdict) for step in plan.steps] == [("new-1", Verdict.APPLY)]


def test_a_subscription_replaced_after_the_approval_is_not_written_to(tmp_path: Path) -> None:
    ours = declare("fabrikam", want("main", SBP, 25))
    with World(tmp_path, live("fabrikam", sub(plan=SBP, offers=[]))) as world:
        approved = world.plan(ours)
        world.service.load([live("fabrikam", sub(id="sub-2", plan=SBP, offers=[]))])
        run = world.run(ours, approved)
        assert ended(run) == {"main": Ending.FAILED}
        assert "no longer what was shown" in said(run)
        assert world.asked() == []


def test_a_subscription_beside_the_one_that_is_gone_is_not_taken_for_it(desk: Desk) -> None:
    """The declared one was in sync and never written; when it is cancelled, the mailboxes are not switched to it."""
    desk.configure()
    mail = sub(id="sub-mail", plan=EXCHANGE, licenses=10, assigned=9, offers=[E1, E3, E4])
    desk.live(live("fabrikam", sub(id="sub-main", plan=E3, offers=[E4]), mail))
    desk.declare("fabrikam", E3, 20)
    desk.ok("simulator", "load", "live")
    desk.ok("apply", "tenants", "--auto-approve")
    desk.live(live("fabrikam", mail))
    desk.ok("simulator", "load", "live")
    answer = desk.ok("apply", "tenants", "--auto-approve")
    assert "Which live subscription main of fabrikam means can not be told" in answer.out
    assert "sub-mail" in answer.out
    assert desk.asked() == []


# Which tenant is meant


@pytest.mark.parametrize("dotted", ["fabrikam.no.", "Fabrikam.NO"])
def test_memory_is_found_by_every_name_under_which_a_tenant_passes_for_the_declared_one(dotted: str) -> None:
    document = live("fabrikam", domains=[dotted])
    ref = TenantRef("fabrikam", "fabrikam.no")
    assert keys_of(ref, seen(document)) == ("fabrikam.no", DOMAIN, GUID)


def pair_of_files(desk: Desk) -> None:
    desk.configure()
    desk.live(live("fabrikam", sub(plan=E1, offers=[E3, E4])))
    desk.declare("fabrikam", E3, 22)
    desk.declare("fabrikam-too", E4, 30, tenant=GUID)
    desk.ok("simulator", "load", "live")


@pytest.mark.parametrize("words", [("plan", "tenants"), ("apply", "tenants", "--auto-approve")])
def test_two_files_for_one_live_tenant_are_refused_also_where_they_name_it_differently(
    desk: Desk, words: tuple[str, ...]
) -> None:
    pair_of_files(desk)
    answer = desk.run(*words)
    assert answer.code == 1
    assert "one and the same live tenant: fabrikam" in answer.err
    assert "fabrikam-too.yaml" in answer.err
    assert desk.asked() == []


@pytest.mark.parametrize(
    "word", [GUID, GUID.upper(), "fabrikam.no"], ids=["id", "in capitals", "second domain"]
)
def test_a_pause_holds_by_whichever_name_it_was_given_and_whatever_a_look_can_not_read(
    desk: Desk, word: str
) -> None:
    desk.configure()
    desk.live(live("fabrikam", domains=[DOMAIN, "fabrikam.no"]))
    desk.declare("fabrikam", SBP, 22)
    desk.ok("simulator", "load", "live")
    desk.ok("suspend", word, *PAUSE)
    desk.ok(
        "simulator", "fault", "fabrikam", "partial-read", "--always", "--option", "facts=tenantId,domains"
    )
    desk.apply("tenants")
    assert desk.asked() == []
    assert "no longer suspended" in desk.ok("resume", DOMAIN).out


def test_a_pause_of_a_tenant_that_nobody_knows_says_how_little_it_holds(desk: Desk) -> None:
    desk.configure()
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    assert "No tenant of the service answers to fabrikamm.onmicrosoft.com" in desk.ok(
        "suspend", "fabrikamm.onmicrosoft.com", *PAUSE
    ).err  # fmt: skip
    assert desk.ok("suspend", DOMAIN, *PAUSE).err.count("No tenant") == 0


def test_a_pause_can_be_set_while_the_service_can_not_be_read(desk: Desk) -> None:
    desk.configure()
    desk.put(".reconciler/simulator.db", "this is not a database, and long enough not to be taken for one")
    assert "is suspended until" in desk.ok("suspend", DOMAIN, *PAUSE).out


# Done means read back


def test_a_switch_that_brought_fewer_licences_is_not_called_done(tmp_path: Path) -> None:
    with World(tmp_path, live("fabrikam")) as world:
        real = world.service.document

        def shrink(order: object) -> None:
            document = real("fabrikam")
            assert document
            document["spec"]["subscriptions"] = [sub(id="sub-9", plan=SBP, licenses=20, offers=[])]
            world.service.load([document])

        world.actor = WatchedActor(world.actor, lambda order: None, shrink)
        run = world.run(declare("fabrikam"), wait=True)
        assert ended(run)["main"] is Ending.FAILED
        assert "with 20 licences and not the 22 that were ordered" in said(run)
        world.actor = world.actor._actor
        assert ended(world.run(declare("fabrikam")))["main"] is Ending.DONE
        assert world.standing("fabrikam") == {"sub-9": (SBP, 22)}


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"switch": {"state": "running", "to": SBP}}, Shown.STARTED),
        ({"switch": {"state": "ordered"}}, Shown.UNREADABLE),
        ({"switch": {"state": "running", "to": E3}}, Shown.DONE),
        ({"switch": {"state": "none"}}, Shown.DONE),
        ({"licenses": None}, Shown.UNREADABLE),
        ({"id": "sub-9", "licenses": None}, Shown.UNREADABLE),
        ({"id": "sub-9"}, Shown.DONE),
    ],
)
def test_a_switch_is_done_once_it_has_ended_and_all_of_it_can_be_read(
    members: dict[str, Any], what: Shown
) -> None:
    document = live("fabrikam", sub(**{"plan": SBP, "licenses": 22, **members}))
    assert shown(sent(Action.SWITCH, (SB, 20), (SBP, 22)), seen(document)) is what


# Trouble after a write never hides the write


def two_to_raise(tmp_path: Path) -> tuple[World, Declaration]:
    both = (sub(id="a", plan=SBP, offers=[]), sub(id="b", plan=EXCHANGE, offers=[]))
    wishes = want("main", SBP, 25), want("mail", EXCHANGE, 25)
    return World(tmp_path, live("fabrikam", *both)), declare("fabrikam", *wishes)


def failing_at(count: int, trouble: Exception) -> Callable[[Journal], Journal]:
    """A journal that fails when it has kept its intent number ``count``."""
    kept: list[Intent] = []

    def hear(word: str, intent: Intent) -> None:
        if word == "intend":
            kept.append(intent)
            if len(kept) == count:
                raise trouble

    return lambda journal: WatchedJournal(journal, hear)


@pytest.mark.parametrize("trouble", [StateUnreadable("the disk is full"), OverflowError("a bug of ours")])
def test_what_was_done_before_trouble_is_told_as_done(tmp_path: Path, trouble: Exception) -> None:
    world, ours = two_to_raise(tmp_path)
    with world:
        plan = world.plan(ours)
        world.journal = failing_at(2, trouble)
        change_plan = ChangePlan("p", START, START, "0", "simulator", "c", Source(("t",)), (plan,))
        (run,) = run_all(world.ports(), (ours,), change_plan, Errand("p"), lambda text: None)  # type: ignore[arg-type]
        assert ended(run) == {"main": Ending.DONE, "mail": Ending.FAILED}
        assert "nothing was written" not in said(run)
        assert world.standing("fabrikam") == {"a": (SBP, 25), "b": (EXCHANGE, 20)}


def test_a_summary_is_printed_although_the_state_can_not_keep_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_to_raise(desk)

    def full(self: Store, notes: object) -> None:
        raise StateUnreadable("the disk is full")

    monkeypatch.setattr(Store, "note_runs", full)
    answer = desk.apply()
    assert answer.code == 1
    assert "Apply: 1 done" in answer.out
    assert "could not be kept: the disk is full" in answer.err
    assert desk.standing("fabrikam") == [(SBP, 22)]


def one_to_raise(desk: Desk) -> None:
    desk.configure()
    desk.live(live("fabrikam", sub(plan=SBP, offers=[])))
    desk.declare("fabrikam", SBP, 22)
    desk.ok("simulator", "load", "live")


def test_an_interruption_while_the_summary_is_printed_does_not_say_that_nothing_was_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.report import text

    one_to_raise(desk)

    def interrupted(*args: object, **named: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(text, "run_text", interrupted)
    answer = desk.apply()
    assert answer.code == 130
    assert "nothing was written" not in answer.both
    assert "What was written stands" in answer.err


# Settling by hand


def lost(desk: Desk) -> None:
    """An order that the service took, showed nobody, and whose answer got lost; nor can it be asked."""
    desk.configure()
    desk.live(live("fabrikam"))
    desk.declare("fabrikam", SBP, 22)
    desk.ok("simulator", "load", "live")
    for kind in (("late-visibility", "--option", "minutes=600"), ("lost-after",)):
        desk.ok("simulator", "fault", "fabrikam", *kind)
    desk.ok("simulator", "fault", "fabrikam", "error", "--always", "--option", "on=inquire")
    assert desk.apply().code == 1


@pytest.mark.parametrize("word", ["done", "started"])
def test_what_a_person_says_was_taken_is_not_ordered_again_before_a_look_shows_it(
    desk: Desk, word: str
) -> None:
    lost(desk)
    told = desk.ok("resolve", "fabrikam", "--as", word, "--evidence", "the invoice").out
    assert "Nothing is written for fabrikam" in told
    desk.ok("simulator", "advance", "20m")
    desk.apply()
    assert len(desk.asked()) == 1
    desk.ok("resolve", "fabrikam", "--as", "failed", "--evidence", "support says it will never come")
    assert "no write waits" in desk.ok("resolve", "fabrikam").out


def test_settling_by_hand_waits_for_the_run_at_work_and_then_looks_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first look and the lease another run settled the very write: its word stands."""
    lost(desk)
    real = Store.lease

    def late(self: Store, keys: tuple[str, ...], holder: str, **options: Any) -> Any:
        with real(self, keys, "the run at work", **options) as journal:
            opened = journal.memory().unsettled
            assert not isinstance(opened, Unknown)
            for intent in opened:
                journal.settle(intent, Settled.STARTED, "the look shows it", seen=True)
        return real(self, keys, holder, **options)

    monkeypatch.setattr(Store, "lease", late)
    desk.ok("resolve", "fabrikam", "--as", "not-taken", "--evidence", "I believe so")
    monkeypatch.undo()
    with open_store(str(desk.folder / ".reconciler"), create=False, now=lambda: START) as store:
        known = store.recall((DOMAIN,)).intents
    assert not isinstance(known, Unknown)
    assert [intent.settled for intent in known] == [Settled.STARTED]


# What was approved


def test_a_step_that_a_snapshot_showed_as_held_is_not_applied_once_it_no_longer_is() -> None:
    """The back-up lay in the future when the plan was shown; nobody approved the switch it now allows."""
    backup = Backup(START.date() + timedelta(days=2), "vault 7")
    ours = declare("fabrikam", want("main", E3, 22), acknowledge=Acknowledgement(E3, backup))
    document = live("fabrikam")
    later = live("fabrikam")
    later["metadata"]["observedAt"] = (START + timedelta(days=2)).isoformat()

    def plan(tenant: TenantPlan, *, snapshot: bool = False) -> ChangePlan:
        return ChangePlan(
            "p", START, START, "0", "simulator", "c", Source(("t",)), (tenant,), snapshot=snapshot
        )

    saved, fresh = plan(judged(document, ours), snapshot=True), plan(judged(later, ours))
    assert [s.verdict for t in (saved, fresh) for s in t.tenants[0].steps] == [
        Verdict.BLOCKED,
        Verdict.APPLY,
    ]
    with pytest.raises(PlanRefused, match=r"fabrikam\.main: the switch was blocked, is now apply"):
        refuse_if_moved(saved, saved.digest, fresh)


def test_a_fleet_is_known_by_where_it_really_is(desk: Desk) -> None:
    """A link to the folder, or another way to it, is the same fleet: much smaller, it changes nothing."""
    desk.configure()
    for number in range(1, 6):
        name = f"tenant-{number}"
        desk.live(live(name, sub(id=f"sub-{number}", plan=SBP, offers=[])))
        desk.declare(name, SBP, 20)
    desk.ok("simulator", "load", "live")
    desk.ok("apply", "tenants", "--auto-approve")
    for number in range(1, 5):
        (desk.folder / f"tenants/tenant-{number}.yaml").unlink()
    desk.declare("tenant-5", SBP, 22)
    (desk.folder / "other").symlink_to("tenants", target_is_directory=True)
    for way in ("tenants", "other", "live/../tenants"):
        answer = desk.run("apply", way, "--auto-approve")
        assert (answer.code, "knew 5 tenants" in answer.err) == (1, True)
    assert desk.asked() == []


# What reaches a terminal


@pytest.mark.parametrize("again", [(), ("--owner", "ola\r\x1b[2K")])
def test_a_reason_can_not_pass_for_a_line_of_ours(desk: Desk, again: tuple[str, ...]) -> None:
    desk.configure()
    reason = "audit\nThe global stop is off.\x1b[2J"
    told = desk.ok("stop", "--reason", reason, *again).out + desk.ok("stop").out
    assert told.count("\n") == 2
    assert "\x1b" not in told
    assert "\r" not in told


def test_a_refused_plan_shows_what_a_terminal_would_act_on_as_escapes(desk: Desk) -> None:
    one_to_raise(desk)
    desk.ok("plan", "tenants", "--out", "my.plan.json")
    document = json.loads((desk.folder / "my.plan.json").read_text())
    document["tenants"][0]["basis"]["live"]["payment\x1b[2J"] = "\x1b]0;owned\x07"
    document["digest"] = plan_from_document(document).digest
    (desk.folder / "my.plan.json").write_text(json.dumps(document))
    answer = desk.run("apply", "--plan", "my.plan.json")
    assert answer.code == 1
    assert "\\x1b]0;owned\\x07" in answer.err
    assert not {"\x1b", "\x07"} & set(answer.both)
