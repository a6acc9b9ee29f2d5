"""Which live subscription a declared one means; a wrong answer here would switch the wrong plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import E1, E3, EXCHANGE, LEFT_OUT, MID, NOON, SB, SBP, live_subscription, observation
from worlds import declare, want

from reconciler.match import Pair, Problem, match, unmanaged
from reconciler.memory import Intent, Memory, Settled
from reconciler.model import Action, Declaration, DeclaredSubscription, Subscription, Unmanaged
from reconciler.observe import LiveSubscription, Observation, Unknown


def file(*wishes: DeclaredSubscription, **overrides: object) -> Declaration:
    return declare("fabrikam", *wishes, **overrides)


def bought(id_: str, plan: object = SB, **overrides: object) -> LiveSubscription:
    return live_subscription(id=id_, plan=plan, **overrides)


def shown(*subscriptions: LiveSubscription) -> Observation:
    return observation(subscriptions=subscriptions)


def pairs_of(declared: Declaration, seen: Observation, memory: Memory = Memory()) -> dict[str, str]:  # noqa: B008
    """Each declared name with the id it means, or with its problem."""
    return {p.wanted.name: p.live.id if p.live else str(p.problem) for p in match(declared, seen, memory)}


def ordered(**overrides: object) -> Intent:
    """A switch of ``old`` to Small Business Premium, sent, with ``old`` alone there before."""
    values: dict[str, object] = {
        "id": "i-1",
        "tenant": "fabrikam.onmicrosoft.com",
        "address": "main",
        "action": Action.SWITCH,
        "subscription_id": "old",
        "before": Subscription(SB, 20),
        "after": Subscription(SBP, 22),
        "request_id": "r-1",
        "generation": 0,
        "known_ids": ("old",),
        "intended_at": NOON,
        "sent_at": NOON,
    }
    return Intent(**{**values, **overrides})  # type: ignore[arg-type]


# (a) pinned


def test_a_pin_means_that_subscription_whatever_plan_it_has() -> None:
    seen = shown(bought("a", SBP), bought("b", E3))
    assert pairs_of(file(want("main", SBP, 22, "b")), seen) == {"main": "b"}


def test_a_pin_that_is_gone_means_nothing_even_if_another_has_the_plan() -> None:
    (pair,) = match(file(want("main", SBP, 22, "x")), shown(bought("a", SBP)), Memory())
    assert (pair.live, pair.problem) == (None, Problem.GONE)
    assert pair.candidates == (f"a ({SBP}, 20 licences)",)


def test_a_pin_that_is_gone_means_its_recorded_successor_also_over_several_switches() -> None:
    memory = Memory(successors={"old": "newer", "newer": "newest"})
    (pair,) = match(file(want("main", E3, 22, "old")), shown(bought("newest", E3)), memory)
    assert pair.live
    assert (pair.live.id, pair.replaces) == ("newest", "old")


def test_successors_that_lead_in_a_circle_lead_nowhere() -> None:
    memory = Memory(successors={"old": "new", "new": "old"})
    assert pairs_of(file(want("main", E3, 22, "old")), shown(bought("a", E3)), memory) == {"main": "gone"}


def test_a_pin_is_followed_through_the_switch_this_very_look_shows_as_done() -> None:
    for started in (ordered(), ordered(settled=Settled.STARTED, seen=True), ordered(settled=Settled.DONE)):
        memory = Memory(intents=(started,))
        assert pairs_of(file(want("main", SBP, 22, "old")), shown(bought("new", SBP)), memory) == {
            "main": "new"
        }


@pytest.mark.parametrize(
    "intent",
    [
        ordered(settled=Settled.NOT_TAKEN),
        ordered(settled=Settled.FAILED, seen=True),
        ordered(settled=Settled.DONE, seen=True),
        ordered(sent_at=None),
    ],
    ids=["not taken", "failed", "done under its old id", "never sent"],
)
def test_a_new_subscription_is_no_heir_of_a_switch_that_can_not_have_made_it(intent: Intent) -> None:
    memory = Memory(intents=(intent,))
    assert pairs_of(file(want("main", SBP, 22, "old")), shown(bought("new", SBP)), memory) == {"main": "gone"}


def test_two_new_subscriptions_of_the_plan_are_no_heir() -> None:
    seen = shown(bought("new-1", SBP), bought("new-2", SBP))
    assert pairs_of(file(want("main", SBP, 22, "old")), seen, Memory(intents=(ordered(),))) == {
        "main": "gone"
    }


def test_two_pins_that_lead_to_one_subscription_are_both_ambiguous_and_nobody_else_gets_it() -> None:
    memory = Memory(successors={"old": "new"})
    wishes = (want("a", E3, 5, "old"), want("b", E1, 5, "new"), want("c", E3, 5))
    assert pairs_of(file(*wishes), shown(bought("new", E3)), memory) == {
        "a": "ambiguous",
        "b": "ambiguous",
        "c": "absent",
    }


# (b) by plan


def test_the_only_one_of_the_plan_is_meant() -> None:
    seen = shown(bought("a", SBP), bought("b", E3))
    assert pairs_of(file(want("suite", E3, 5), want("small", SBP, 5)), seen) == {"suite": "b", "small": "a"}


def test_two_of_the_plan_are_ambiguous_and_both_are_named() -> None:
    (pair,) = match(
        file(want("main", SBP)), shown(bought("b", SBP), bought("a", SBP, licenses=LEFT_OUT)), Memory()
    )
    assert pair.problem is Problem.AMBIGUOUS
    assert pair.candidates == (f"a ({SBP}, an unknown number of licences)", f"b ({SBP}, 20 licences)")


def test_two_declared_of_one_plan_and_one_live_are_both_ambiguous() -> None:
    assert pairs_of(file(want("a", SBP), want("b", SBP)), shown(bought("x", SBP))) == {
        "a": "ambiguous",
        "b": "ambiguous",
    }


def test_a_pinned_one_is_taken_out_before_plans_are_compared() -> None:
    seen = shown(bought("a", SBP), bought("b", SBP))
    assert pairs_of(file(want("one", SBP, 5, "a"), want("two", SBP)), seen) == {"one": "a", "two": "b"}


# (c) left over


def test_one_declared_and_one_live_left_over_mean_each_other() -> None:
    seen = shown(bought("a", SB), bought("b", EXCHANGE))
    assert pairs_of(file(want("mail", EXCHANGE), want("main", SBP)), seen) == {"mail": "b", "main": "a"}


def test_two_left_over_on_either_side_are_ambiguous() -> None:
    both = pairs_of(file(want("a", SBP), want("b", MID)), shown(bought("x", SB)))
    assert both == {"a": "ambiguous", "b": "ambiguous"}
    assert pairs_of(file(want("a", SBP)), shown(bought("x", SB), bought("y", E1))) == {"a": "ambiguous"}


def test_a_name_that_was_bound_to_another_id_is_not_given_the_one_left_over() -> None:
    seen = shown(bought("a", SB))
    assert pairs_of(file(want("main", SBP)), seen, Memory(bindings={"main": "x"})) == {"main": "ambiguous"}
    assert pairs_of(file(want("main", SBP)), seen, Memory(bindings={"main": "a"})) == {"main": "a"}
    heir = Memory(bindings={"main": "x"}, successors={"x": "a"})
    assert pairs_of(file(want("main", SBP)), seen, heir) == {"main": "a"}


def test_what_two_ambiguous_ones_might_mean_is_not_given_to_a_third() -> None:
    wishes = (want("a", SBP), want("b", SBP), want("c", E3))
    assert pairs_of(file(*wishes), shown(bought("x", SBP))) == dict.fromkeys("abc", "ambiguous")


def test_what_a_gone_one_might_have_become_is_not_given_to_another() -> None:
    wishes = (want("pinned", SBP, 5, "gone"), want("free", E3))
    assert pairs_of(file(*wishes), shown(bought("x", SB))) == {"pinned": "gone", "free": "ambiguous"}


def test_with_nothing_live_left_a_declared_one_is_absent() -> None:
    assert pairs_of(file(want("a", SBP), want("b", MID)), shown(bought("x", SBP))) == {
        "a": "x",
        "b": "absent",
    }
    assert pairs_of(file(want("a", SBP)), shown()) == {"a": "absent"}


# unmanaged and unread


@pytest.mark.parametrize("listed", [Unmanaged(SB, None, "reseller"), Unmanaged(None, "x", "reseller")])
def test_what_the_file_lists_as_unmanaged_is_never_meant_but_by_its_pin(listed: Unmanaged) -> None:
    seen = shown(bought("x", SB))
    assert pairs_of(file(want("main", SB), unmanaged=(listed,)), seen) == {"main": "absent"}
    assert pairs_of(file(want("main", SB, 5, "x"), unmanaged=(listed,)), seen) == {"main": "x"}


def test_what_no_declared_one_means_is_unmanaged_in_order_of_id() -> None:
    seen = shown(bought("c", E3), bought("b", SB), bought("a", SB))
    pairs = match(file(want("suite", E3)), seen, Memory())
    assert [s.id for s in unmanaged(seen, pairs)] == ["a", "b"]
    unread = observation(subscriptions=Unknown("throttled"))
    assert unmanaged(unread, ()) == ()


def test_a_list_that_was_not_read_pairs_nothing_not_even_pins() -> None:
    seen = observation(subscriptions=Unknown("throttled"))
    pairs = match(file(want("a", SBP, 5, "x"), want("b", MID)), seen, Memory())
    assert pairs == tuple(Pair(p.wanted, problem=Problem.UNREAD, reason="throttled") for p in pairs)


def test_an_unread_plan_may_be_any_plan_so_nothing_unpinned_is_told_from_it() -> None:
    seen = shown(bought("a", SBP), bought("b", LEFT_OUT))
    wishes = (want("main", SBP), want("pinned", E3, 5, "b"))
    assert pairs_of(file(*wishes), seen) == {"main": "a", "pinned": "b"}
    assert pairs_of(file(want("main", SBP)), seen) == {"main": "unread"}
    known = replace(seen, subscriptions=(bought("a", SBP), bought("b", E3)))
    assert pairs_of(file(want("main", SBP)), known) == {"main": "a"}


def test_an_unread_plan_of_a_subscription_listed_by_id_is_nobodys_concern() -> None:
    seen = shown(bought("a", SBP), bought("b", LEFT_OUT))
    listed = Unmanaged(None, "b", "reseller")
    assert pairs_of(file(want("main", SBP), unmanaged=(listed,)), seen) == {"main": "a"}


def test_pairs_come_in_declared_order() -> None:
    seen = shown(bought("a", SBP), bought("b", E3))
    wishes = (want("z", E3), want("y", MID, 5, "x"), want("a", SBP))
    assert [p.wanted.name for p in match(file(*wishes), seen, Memory())] == ["z", "y", "a"]


def test_a_pin_is_compared_without_case() -> None:
    declared = file(want("main", E3, pin="ABC-1"))
    assert pairs_of(declared, shown(bought("abc-1", E3), bought("other", E3))) == {"main": "abc-1"}


def test_what_an_ambiguous_one_may_mean_is_not_listed_as_unmanaged() -> None:
    seen = shown(bought("one", E3), bought("two", E3), bought("rest", EXCHANGE))
    pairs = match(file(want("main", E3)), seen, Memory())
    assert [s.id for s in unmanaged(seen, pairs)] == ["rest"]


# What is over for good


@pytest.mark.parametrize("status", ["expired", "disabled", "deleted"])
def test_one_that_is_over_is_not_meant_beside_one_of_its_plan_that_goes_on(status: str) -> None:
    seen = shown(bought("past", status=status), bought("now"))
    assert pairs_of(file(want("main", SB)), seen) == {"main": "now"}
    # Alone it is what the file means: that it is over has to be told.
    assert pairs_of(file(want("main", SB)), shown(bought("past", status=status))) == {"main": "past"}
    # Nor where the name is known to have meant that one: then somebody has to say what it means now.
    bound = Memory(bindings={"main": "past"})
    assert pairs_of(file(want("main", SB)), seen, bound) == {"main": "ambiguous"}
    assert pairs_of(file(want("main", SB, pin="past")), seen) == {"main": "past"}


@pytest.mark.parametrize("status", ["suspended", "pending", "paused", LEFT_OUT])
def test_one_that_may_go_on_is_in_doubt_beside_another_of_its_plan(status: object) -> None:
    seen = shown(bought("maybe", status=status), bought("now"))
    assert pairs_of(file(want("main", SB)), seen) == {"main": "ambiguous"}


def test_one_that_is_over_is_meant_only_where_none_goes_on() -> None:
    past = bought("past", E1, status="expired")
    # It is there to be told that it has expired; `not-active` lets nothing be done to it.
    assert pairs_of(file(want("main", SBP)), shown(past)) == {"main": "past"}
    assert pairs_of(file(want("main", SBP)), shown(past, bought("now"))) == {"main": "now"}


def test_two_that_are_both_over_are_in_doubt() -> None:
    both = shown(bought("a", status="expired"), bought("b", status="disabled"))
    assert pairs_of(file(want("main", SB)), both) == {"main": "ambiguous"}
