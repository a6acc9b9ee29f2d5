"""One write: the order of its words, every way it can end, and what settles it later."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from scenes import E3, GUID, LEFT_OUT, MID, NOON, SB, SBP, live_subscription, observation, switch_state

from reconciler.act import (
    DigestUse,
    Ending,
    Errand,
    Hands,
    Outcome,
    Raise,
    SwitchOrder,
    act,
    as_settled,
    settle,
    settle_open,
)
from reconciler.change_plan import Step, Verdict
from reconciler.errors import (
    AnswerLost,
    Braked,
    DaySpent,
    Later,
    LeaseLost,
    Moved,
    Paused,
    Refused,
    StateUnreadable,
    Stopped,
)
from reconciler.memory import Intent, Memory, Settled, Shown, shown
from reconciler.model import Action, Place, Subscription
from reconciler.observe import LiveSubscription, Observation, TenantRef, Traits, Unknown

REF = TenantRef("fabrikam", "fabrikam.onmicrosoft.com")
ERRAND = Errand("plan-7", commit="abc", uses_plan="plan-7", acknowledged="print")
PLACE = Place("tenant.yaml", 9, 7)
MINUTE = timedelta(minutes=1)

BOUGHT, PREMIUM, MORE = Subscription(SB, 20), Subscription(SBP, 22), Subscription(SB, 22)
SWITCH = Step("main", Action.SWITCH, BOUGHT, PREMIUM, Verdict.APPLY, (), PLACE, "old", version="v1")
ADD = Step("main", Action.ADD, BOUGHT, MORE, Verdict.APPLY, (), PLACE, "old", version="v1")

BEFORE = live_subscription(id="old", plan=SB, licenses=20)
ORDERED = replace(BEFORE, switch=switch_state("ordered", to=SBP))
RUNNING = replace(BEFORE, switch=switch_state("running", to=SBP))
FAILED = replace(BEFORE, switch=switch_state("failed", to=SBP))
SWITCHED = live_subscription(id="new", plan=SBP, licenses=22)
RAISED = replace(BEFORE, licenses=22)
NOT_READ = Unknown("throttled")


def look(*subscriptions: LiveSubscription, at: datetime = NOON, **overrides: Any) -> Observation:
    return observation(**{"subscriptions": subscriptions, "at": at, **overrides})


UNREAD = look(subscriptions=NOT_READ)


@dataclass
class Desk:
    """Journal, writer, inquiry and eyes in one, all of whose words stand in ``said`` in their order."""

    looks: list[Observation] = field(default_factory=list)
    answer: Exception | None = None
    knows: bool | None = None
    fails_at: dict[str, Exception] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    kept: dict[str, Intent] = field(default_factory=dict)
    orders: list[SwitchOrder | Raise] = field(default_factory=list)
    bound: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    used: list[str | None] = field(default_factory=list)

    @property
    def hands(self) -> Hands:
        return Hands(self, self, self, self)

    @property
    def intent(self) -> Intent:
        (only,) = self.kept.values()
        return only

    def _say(self, word: str) -> None:
        self.said.append(word)
        if word in self.fails_at:
            raise self.fails_at[word]

    def intend(
        self, intent: Intent, *, uses_plan: str | None = None, uses_digest: DigestUse | None = None
    ) -> Intent:
        self._say("intend")
        self.used.append(uses_plan)
        self.kept[intent.id] = intent
        return intent

    def apart(self) -> frozenset[frozenset[str]]:
        return frozenset()

    def sent(self, intent: Intent, at: datetime) -> Intent:
        self._say("sent")
        self.kept[intent.id] = replace(self.kept[intent.id], sent_at=at)
        return self.kept[intent.id]

    def settle(self, intent: Intent, settled: Settled, evidence: str, *, seen: bool) -> Intent:
        self._say(f"settle {settled}" + (" seen" if seen else ""))
        assert evidence
        self.kept[intent.id] = replace(self.kept[intent.id], settled=settled, seen=seen, evidence=evidence)
        return self.kept[intent.id]

    def looked(self, intent: Intent) -> Intent:
        self._say("looked")
        kept = self.kept[intent.id]
        self.kept[intent.id] = replace(kept, clear_looks=kept.clear_looks + 1)
        return self.kept[intent.id]

    def bind(self, address: str, subscription_id: str, *, replaces: str | None = None) -> None:
        self._say("bind")
        self.bound[address] = (subscription_id, replaces)

    def memory(self) -> Memory:
        return Memory(intents=tuple(self.kept.values()))

    def switch(self, order: SwitchOrder) -> None:
        self._call("switch", order)

    def raise_licenses(self, order: Raise) -> None:
        self._call("raise", order)

    def _call(self, word: str, order: SwitchOrder | Raise) -> None:
        self.said.append(word)
        self.orders.append(order)
        if self.answer:
            raise self.answer

    def taken(self, ref: TenantRef, request_id: str) -> bool | None:
        self.said.append("taken?")
        return self.knows

    def observe(self, ref: TenantRef) -> Observation:
        self.said.append("look")
        return self.looks.pop(0)


def done(desk: Desk, step: Step = SWITCH) -> Outcome:
    return act(step, REF, look(BEFORE), desk.hands, ERRAND)


# The order of the words


def test_the_intent_and_the_mark_sent_are_on_the_disk_before_the_call_and_the_look_is_after_it() -> None:
    desk = Desk([look(RUNNING)])
    outcome = done(desk)
    assert desk.said == ["intend", "sent", "switch", "look", "settle started seen", "bind"]
    assert (outcome.ending, outcome.request_id) == (Ending.STARTED, desk.intent.request_id)


def test_an_intent_holds_all_that_a_later_run_must_know() -> None:
    desk = Desk([look(RUNNING)])
    done(desk)
    kept = desk.intent
    assert (kept.tenant, kept.address, kept.action, kept.subscription_id) == (
        "fabrikam.onmicrosoft.com",
        "main",
        Action.SWITCH,
        "old",
    )
    assert (kept.before, kept.after, kept.known_ids) == (SWITCH.before, SWITCH.after, ("old",))
    assert (kept.plan_id, kept.commit, kept.acknowledged) == ("plan-7", "abc", "print")
    assert (kept.intended_at, kept.sent_at, desk.used) == (NOON, NOON, ["plan-7"])


def test_the_order_is_compare_and_set_on_what_was_judged() -> None:
    desk = Desk([look(RUNNING)])
    done(desk)
    assert desk.orders == [SwitchOrder(REF, "old", "v1", 20, SBP, 22, desk.intent.request_id, GUID, SB)]
    desk = Desk([look(RAISED)])
    done(desk, ADD)
    assert desk.orders == [Raise(REF, "old", "v1", 20, 22, desk.intent.request_id, GUID, SB)]


def test_each_write_has_a_request_id_of_its_own() -> None:
    first, second = Desk([look(RUNNING)]), Desk([look(RUNNING)])
    done(first)
    done(second)
    assert first.intent.request_id != second.intent.request_id
    assert first.intent.id != second.intent.id


@pytest.mark.parametrize(
    ("brake", "ending", "said"),
    [
        (Stopped("incident"), Ending.BLOCKED, "incident"),
        (Paused("merger"), Ending.WAITING, "merger"),
        (DaySpent("licenses", 1990, 2000), Ending.BLOCKED, "1990"),
    ],
)
def test_a_brake_between_the_intent_and_the_call_means_no_call(
    brake: Braked, ending: Ending, said: str
) -> None:
    desk = Desk(fails_at={"sent": brake})
    outcome = done(desk)
    assert desk.said == ["intend", "sent", "settle not-taken"]
    assert outcome.ending is ending
    assert said in outcome.message
    assert desk.orders == []


@pytest.mark.parametrize("word", ["intend", "sent"])
@pytest.mark.parametrize("trouble", [StateUnreadable("the disk is full"), LeaseLost("taken over")])
def test_trouble_with_our_own_state_before_the_call_means_no_call(word: str, trouble: Exception) -> None:
    desk = Desk(fails_at={word: trouble})
    with pytest.raises(type(trouble)):
        done(desk)
    assert desk.orders == []
    assert desk.said[-1] == word


@pytest.mark.parametrize("trouble", [StateUnreadable("the disk is full"), LeaseLost("taken over")])
@pytest.mark.parametrize(
    ("answer", "seen", "word"),
    [
        (None, look(RUNNING), "settle started seen"),
        (None, look(RUNNING), "bind"),
        (AnswerLost("no answer"), look(RUNNING), "settle started seen"),
        (Refused("no-role", "You may not."), look(BEFORE), "settle not-taken"),
    ],
)
def test_trouble_with_our_own_state_after_the_call_leaves_the_outcome_unknown(
    answer: Exception | None, seen: Observation, word: str, trouble: Exception
) -> None:
    desk = Desk([seen], answer=answer, fails_at={word: trouble})
    outcome = done(desk)
    assert outcome.ending is Ending.UNKNOWN
    assert outcome.request_id == desk.intent.request_id
    assert str(trouble) in outcome.message


@pytest.mark.parametrize(
    "step",
    [
        replace(SWITCH, verdict=Verdict.WAIT),
        replace(ADD, verdict=Verdict.BLOCKED),
        replace(SWITCH, verdict=Verdict.UNKNOWN),
        Step(
            "main",
            Action.HANDOFF,
            Subscription(SB, 20),
            Subscription(SB, 18),
            Verdict.APPLY,
            (),
            PLACE,
            "old",
        ),
        replace(SWITCH, subscription_id=None),
    ],
)
def test_what_is_not_to_be_applied_is_a_bug_and_not_a_write(step: Step) -> None:
    desk = Desk()
    with pytest.raises(ValueError, match=r"fabrikam\.main"):
        done(desk, step)
    assert desk.said == []


def test_a_step_judged_on_a_list_that_was_not_read_is_a_bug_and_not_a_write() -> None:
    desk = Desk()
    with pytest.raises(ValueError, match="nothing to write to"):
        act(SWITCH, REF, UNREAD, desk.hands, ERRAND)
    assert desk.said == []


# How it ends


@pytest.mark.parametrize(
    ("answer", "ending", "word"),
    [
        (Refused("no-role", "You may not."), Ending.FAILED, "(no-role)"),
        (Moved("It is v2 by now."), Ending.FAILED, "It is v2 by now."),
        (Later("Too many calls.", 30), Ending.WAITING, "30 seconds"),
    ],
)
def test_a_write_that_was_certainly_not_taken_is_settled_without_a_look(
    answer: Exception, ending: Ending, word: str
) -> None:
    desk = Desk(answer=answer)
    outcome = done(desk)
    assert desk.said == ["intend", "sent", "switch", "settle not-taken"]
    assert outcome.ending is ending
    assert word in outcome.message


LOST = AnswerLost("the connection was cut")


@pytest.mark.parametrize(
    ("step", "answer", "knows", "seen", "ending", "settled", "noticed"),
    [
        (SWITCH, None, None, look(SWITCHED), Ending.DONE, Settled.DONE, True),
        (SWITCH, None, None, look(ORDERED), Ending.STARTED, Settled.STARTED, True),
        (SWITCH, None, None, look(FAILED), Ending.FAILED, Settled.FAILED, True),
        # Accepted is not yet visible: taken for a switch, but nothing for a raise until its total shows.
        (SWITCH, None, None, look(BEFORE), Ending.STARTED, Settled.STARTED, False),
        (SWITCH, None, None, UNREAD, Ending.STARTED, Settled.STARTED, False),
        (ADD, None, None, look(RAISED), Ending.DONE, Settled.DONE, True),
        (ADD, None, None, look(BEFORE), Ending.UNKNOWN, None, False),
        (ADD, None, None, UNREAD, Ending.UNKNOWN, None, False),
        # No answer: the look, then the service's word for the request id, then nothing.
        (SWITCH, LOST, None, look(RUNNING), Ending.STARTED, Settled.STARTED, True),
        (SWITCH, LOST, None, look(SWITCHED), Ending.DONE, Settled.DONE, True),
        (SWITCH, LOST, True, look(BEFORE), Ending.STARTED, Settled.STARTED, False),
        (SWITCH, LOST, False, look(BEFORE), Ending.FAILED, Settled.NOT_TAKEN, False),
        (SWITCH, LOST, None, look(BEFORE), Ending.UNKNOWN, None, False),
        (SWITCH, LOST, None, UNREAD, Ending.UNKNOWN, None, False),
        (ADD, LOST, None, look(RAISED), Ending.DONE, Settled.DONE, True),
        (ADD, LOST, True, look(BEFORE), Ending.UNKNOWN, None, False),
        (ADD, LOST, False, look(BEFORE), Ending.FAILED, Settled.NOT_TAKEN, False),
        (ADD, LOST, None, look(BEFORE), Ending.UNKNOWN, None, False),
    ],
)  # fmt: skip
def test_success_is_what_was_read_back_and_never_what_was_answered(
    step: Step,
    answer: Exception | None,
    knows: bool | None,
    seen: Observation,
    ending: Ending,
    settled: Settled | None,
    noticed: bool,
) -> None:
    desk = Desk([seen], answer=answer, knows=knows)
    outcome = done(desk, step)
    assert outcome.ending is ending
    assert (desk.intent.settled, desk.intent.seen) == (settled, noticed)
    assert bool(desk.memory().unsettled) is not noticed or ending is Ending.FAILED


def test_a_switch_that_moved_the_plan_and_not_its_users_is_told_and_settled() -> None:
    moved = replace(SWITCHED, id="old")
    for to, ending in ((SBP, Ending.FAILED), (LEFT_OUT, Ending.FAILED), (MID, Ending.DONE)):
        desk = Desk([look(replace(moved, switch=switch_state("failed", to=to)))])
        outcome = done(desk)
        assert (outcome.ending, desk.intent.settled) == (ending, Settled.DONE)
        assert ("were not moved along" in outcome.message) is (ending is Ending.FAILED)
    desk = Desk([look(replace(RAISED, switch=switch_state("failed", to=SB)))])
    assert done(desk, ADD).ending is Ending.DONE


def test_a_switch_that_ended_with_fewer_licences_than_asked_for_is_not_done_as_shown() -> None:
    desk = Desk([look(replace(SWITCHED, licenses=21))])
    outcome = done(desk)
    assert outcome.ending is Ending.FAILED
    assert "21" in outcome.message
    assert (desk.intent.settled, desk.intent.seen) == (Settled.DONE, True)


def test_an_unknown_outcome_says_why_and_what_to_do() -> None:
    outcome = done(Desk([look(BEFORE)], answer=LOST))
    assert "the connection was cut" in outcome.message
    assert "reconciler resolve fabrikam" in outcome.message


def test_a_completed_switch_binds_the_name_to_its_successor() -> None:
    desk = Desk([look(SWITCHED)])
    done(desk)
    assert desk.bound == {"main": ("new", "old")}
    desk = Desk([look(RAISED)])
    done(desk, ADD)
    assert desk.bound == {"main": ("old", None)}


# Settling later


def left(step: Step = SWITCH, **overrides: Any) -> Intent:
    assert step.before
    assert step.subscription_id
    values: dict[str, Any] = {
        "id": "i-1",
        "tenant": "fabrikam.onmicrosoft.com",
        "address": "main",
        "action": step.action,
        "subscription_id": step.subscription_id,
        "before": step.before,
        "after": step.after,
        "request_id": "r-1",
        "generation": 0,
        "known_ids": ("old",),
        "intended_at": NOON,
        "sent_at": NOON,
    }
    return Intent(**{**values, **overrides})


def later(intent: Intent, seen: Observation, desk: Desk | None = None) -> tuple[Desk, Outcome]:
    at_work = desk or Desk()
    at_work.kept = {intent.id: intent}
    return at_work, settle(intent, REF, seen, at_work.hands)


@pytest.mark.parametrize("seen", [look(BEFORE), look(RUNNING), look(SWITCHED), UNREAD])
def test_what_was_never_sent_is_settled_as_not_taken_whatever_a_look_shows(seen: Observation) -> None:
    desk, outcome = later(left(sent_at=None), seen)
    assert desk.said == ["settle not-taken"]
    assert outcome.ending is Ending.FAILED


def test_a_look_settles_before_the_service_is_asked() -> None:
    desk, outcome = later(left(), look(RUNNING), Desk(knows=False))
    assert "taken?" not in desk.said
    assert outcome.ending is Ending.STARTED


def test_two_complete_looks_that_show_nothing_settle_it_but_only_after_the_visibility_time() -> None:
    desk, outcome = later(left(), look(BEFORE, at=NOON + 4 * MINUTE))
    assert (outcome.ending, desk.intent.clear_looks) == (Ending.UNKNOWN, 0)
    for count, (ending, settled) in enumerate(
        [(Ending.UNKNOWN, None), (Ending.FAILED, Settled.NOT_TAKEN)], 1
    ):
        _, outcome = later(desk.intent, look(BEFORE, at=NOON + 5 * MINUTE), desk)
        assert (outcome.ending, desk.intent.settled, desk.intent.clear_looks) == (ending, settled, count)


def test_a_look_that_was_not_complete_never_counts() -> None:
    for seen in (
        look(subscriptions=NOT_READ, at=NOON + 60 * MINUTE),
        look(replace(BEFORE, switch=NOT_READ), at=NOON + 60 * MINUTE),
        look(replace(BEFORE, plan=NOT_READ), at=NOON + 60 * MINUTE),
        look(replace(BEFORE, switch=switch_state("paused")), at=NOON + 60 * MINUTE),
        look(replace(BEFORE, switch=switch_state("running")), at=NOON + 60 * MINUTE),
        look(at=NOON + 60 * MINUTE),
    ):
        desk, outcome = later(left(clear_looks=1), seen)
        assert (outcome.ending, desk.intent.settled, desk.intent.clear_looks) == (Ending.UNKNOWN, None, 1)


def test_where_no_visibility_time_is_documented_looks_never_settle_it() -> None:
    slow = look(BEFORE, at=NOON + timedelta(days=30), traits=Traits(visible_within=None))
    desk, outcome = later(left(clear_looks=9), slow)
    assert (outcome.ending, desk.intent.settled) == (Ending.UNKNOWN, None)


@pytest.mark.parametrize("step", [SWITCH, ADD])
def test_what_the_service_says_it_took_is_never_settled_as_not_taken_by_looks(step: Step) -> None:
    desk, _ = later(left(step, clear_looks=9), look(BEFORE, at=NOON + 60 * MINUTE), Desk(knows=True))
    assert desk.intent.settled in (None, Settled.STARTED)
    assert desk.memory().unsettled


def settled_by(intents: tuple[Intent, ...], seen: Observation) -> Desk:
    desk = Desk()
    desk.kept = {i.id: i for i in intents}
    settle_open(desk.memory(), REF, seen, desk.hands)
    return desk


@pytest.mark.parametrize(
    ("intent", "seen", "settled", "noticed"),
    [
        (left(), look(RUNNING), Settled.STARTED, True),
        (left(settled=Settled.STARTED), look(BEFORE), Settled.STARTED, False),
        (left(settled=Settled.STARTED), look(RUNNING), Settled.STARTED, True),
        (left(settled=Settled.STARTED, seen=True), look(SWITCHED), Settled.DONE, True),
        (left(settled=Settled.STARTED, seen=True), look(FAILED), Settled.FAILED, True),
        (left(settled=Settled.STARTED, seen=True), UNREAD, Settled.STARTED, True),
        (left(ADD, settled=Settled.DONE), look(RAISED), Settled.DONE, True),
        (left(settled=Settled.NOT_TAKEN), look(RUNNING), Settled.NOT_TAKEN, False),
        (left(settled=Settled.DONE, seen=True), look(BEFORE), Settled.DONE, True),
    ],
)
def test_a_pass_follows_what_earlier_ones_left(
    intent: Intent, seen: Observation, settled: Settled, noticed: bool
) -> None:
    desk = settled_by((intent,), seen)
    assert (desk.intent.settled, desk.intent.seen) == (settled, noticed)


def test_a_pass_writes_nothing_where_nothing_is_new() -> None:
    assert settled_by((left(settled=Settled.STARTED, seen=True),), look(RUNNING)).said == []
    desk = Desk()
    settle_open(Memory(intents=Unknown("the disk is gone")), REF, look(BEFORE), desk.hands)
    assert desk.said == []


# What one look shows


@pytest.mark.parametrize(
    ("intent", "seen", "what"),
    [
        (left(), look(SWITCHED), Shown.DONE),
        (left(), look(replace(BEFORE, plan=SBP)), Shown.DONE),
        (left(), look(ORDERED), Shown.STARTED),
        (left(), look(RUNNING), Shown.STARTED),
        (left(), look(FAILED), Shown.FAILED),
        (left(), look(BEFORE), Shown.NOTHING),
        # Done is read back whole: not while the switch still runs, and not without its licences.
        (left(), look(replace(RUNNING, plan=SBP)), Shown.STARTED),
        (left(), look(replace(BEFORE, plan=SBP, switch=switch_state("running", to=E3))), Shown.DONE),
        (left(), look(replace(BEFORE, plan=SBP, switch=switch_state("running"))), Shown.UNREADABLE),
        (left(), look(replace(SWITCHED, licenses=LEFT_OUT)), Shown.UNREADABLE),
        (left(), look(replace(BEFORE, plan=SBP, licenses=LEFT_OUT)), Shown.UNREADABLE),
        # Somebody else's switch says nothing of ours, under way or failed.
        (left(), look(replace(BEFORE, switch=switch_state("running", to=MID))), Shown.NOTHING),
        (left(), look(replace(BEFORE, switch=switch_state("failed", to=MID))), Shown.NOTHING),
        # A failure that names no target is ours only if our switch was seen before.
        (left(), look(replace(BEFORE, switch=switch_state("failed"))), Shown.UNREADABLE),
        (left(seen=True), look(replace(BEFORE, switch=switch_state("failed"))), Shown.FAILED),
        (left(seen=True), look(replace(BEFORE, switch=switch_state("running"))), Shown.UNREADABLE),
        # Gone, and no successor singled out: on its way, cancelled, or not shown. A look can not tell.
        (left(), look(), Shown.UNREADABLE),
        (left(), look(SWITCHED, replace(SWITCHED, id="new-2")), Shown.UNREADABLE),
        (left(), look(replace(SWITCHED, plan=LEFT_OUT)), Shown.UNREADABLE),
        (left(known_ids=("old", "new")), look(SWITCHED), Shown.UNREADABLE),
        (left(), look(live_subscription(id="new", plan=E3)), Shown.UNREADABLE),
        (left(ADD), look(RAISED), Shown.DONE),
        (left(ADD), look(replace(BEFORE, licenses=50)), Shown.DONE),
        (left(ADD), look(replace(BEFORE, licenses=21)), Shown.NOTHING),
        (left(ADD), look(replace(BEFORE, licenses=NOT_READ)), Shown.UNREADABLE),
        (left(ADD), look(), Shown.NOTHING),
        (left(ADD), UNREAD, Shown.UNREADABLE),
        (left(), UNREAD, Shown.UNREADABLE),
    ],
)  # fmt: skip
def test_a_look_says_of_an_intent_only_what_it_can(intent: Intent, seen: Observation, what: Shown) -> None:
    assert shown(intent, seen) is what


# What later looks made of an outcome


@pytest.mark.parametrize(
    ("ending", "intent", "becomes"),
    [
        (Ending.STARTED, left(settled=Settled.DONE, seen=True), Ending.DONE),
        (Ending.STARTED, left(settled=Settled.FAILED, seen=True), Ending.FAILED),
        (Ending.STARTED, left(settled=Settled.STARTED, seen=True), Ending.STARTED),
        (Ending.UNKNOWN, left(settled=Settled.STARTED), Ending.STARTED),
        (Ending.UNKNOWN, left(settled=Settled.NOT_TAKEN), Ending.FAILED),
        (Ending.UNKNOWN, left(settled=Settled.DONE, seen=True), Ending.DONE),
        (Ending.UNKNOWN, left(), Ending.UNKNOWN),
        (Ending.FAILED, left(settled=Settled.DONE, seen=True), Ending.FAILED),
        (Ending.WAITING, left(settled=Settled.NOT_TAKEN), Ending.WAITING),
    ],
)
def test_an_outcome_becomes_what_later_looks_settled(ending: Ending, intent: Intent, becomes: Ending) -> None:
    desk = Desk()
    desk.kept = {intent.id: intent}
    assert as_settled(Outcome(ending, "A sentence.", "r-1"), REF, desk.hands).ending is becomes


def test_an_outcome_of_nothing_sent_stays_as_it_is() -> None:
    outcome = Outcome(Ending.BLOCKED, "A sentence.")
    assert as_settled(outcome, REF, Desk().hands) is outcome
    lost = Outcome(Ending.UNKNOWN, "A sentence.", "r-2")
    assert as_settled(lost, REF, Desk().hands) is lost
