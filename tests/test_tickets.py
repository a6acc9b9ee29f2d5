"""A request's ticket: what a look at it says, what is kept of that, and when a note is due and what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from scenes import SB, SBP, catalogue
from test_handoff import FEWER, FEWER_WISH, after, only
from worlds import START, live

from reconciler.handoff import OPEN, HandOff, HandoffState
from reconciler.handoff.following import (
    KEPT_ANEW,
    Following,
    News,
    Trace,
    customer_of,
    follow,
    naming,
    note_due,
    note_mark,
    note_request_id,
    noting,
    to_follow,
    traces,
)
from reconciler.handoff.tickets import Followed, Noted, Ticket, followed_of, with_followed
from reconciler.memory import Intent, Memory, Settled, correlation_id
from reconciler.messages import Language
from reconciler.model import Action, Subscription
from reconciler.observe import Fact, Unknown
from reconciler.report.letters import letter
from reconciler.report.ticket_note import note_text

FILED, DONE, WITHDRAWN = HandoffState.FILED, HandoffState.DONE, HandoffState.WITHDRAWN
NUMBER = "616122292874576"
CHANGED_AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LATER = START + timedelta(hours=1)
NAMES = {
    Language.ENGLISH: {key: plan.name for key, plan in catalogue().plans.items()},
    Language.NORWEGIAN: {key: plan.name_nb for key, plan in catalogue().plans.items()},
}


def filed(**members: object) -> HandOff:
    return replace(only(FEWER), state=FILED, ticket=NUMBER, **members)  # type: ignore[arg-type]


def ticket(status: Fact[str] = "open", *notes: str, number: str = NUMBER, title: str = "Test") -> Ticket:
    return Ticket(number, status, title, CHANGED_AT, notes)


def seen(one: HandOff, shown: Fact[Ticket], at: datetime = START) -> Following:
    return follow(one, shown, at)


def noted(one: HandOff, *states: HandoffState, certain: bool = True) -> HandOff:
    one = seen(one, ticket()).one
    for state in states:
        one = noting(one, state, Noted(START, certain))
    return one


@pytest.mark.parametrize(
    ("state", "status", "news"),
    [
        (FILED, "open", News.CHANGED),
        (FILED, "none", News.CHANGED),
        (FILED, "escalated", News.CHANGED),
        (FILED, Unknown("left out"), News.CHANGED),
        (FILED, "closed", News.CLOSED),
        (FILED, "attention-needed", News.ATTENTION),
        (DONE, "open", News.LEFT_OPEN),
        (WITHDRAWN, "attention-needed", News.LEFT_OPEN),
        (DONE, "closed", News.CHANGED),
        (DONE, "escalated", News.CHANGED),
    ],
)
def test_what_a_look_says_depends_on_the_ticket_and_on_whether_the_wish_stands(
    state: HandoffState, status: Fact[str], news: News
) -> None:
    first = (
        seen(filed(), ticket(status))
        if state is FILED
        else seen(replace(filed(), state=state), ticket(status))
    )
    assert first.news is news
    again = seen(first.one, ticket(status), LATER)
    assert again.news is (News.SAME if news is News.CHANGED else news)
    assert again.one.state is state


def test_what_is_seen_is_kept_and_kept_again_only_for_news_or_after_a_day() -> None:
    first = seen(filed(), ticket("open", "hello"))
    assert followed_of(first.one) == Followed(NUMBER, START, "open", CHANGED_AT, 1)
    assert seen(first.one, ticket("open", "hello"), LATER).one is first.one
    assert seen(first.one, ticket("open", "hello"), START - KEPT_ANEW).one is first.one
    tomorrow = seen(first.one, ticket("open", "hello"), START + KEPT_ANEW)
    assert tomorrow.news is News.SAME
    assert followed_of(tomorrow.one) == Followed(NUMBER, START + KEPT_ANEW, "open", CHANGED_AT, 1)
    answered = seen(first.one, ticket("open", "hello", "we look into it"), LATER)
    assert (answered.news, answered.was) == (News.CHANGED, followed_of(first.one))
    assert followed_of(answered.one) == Followed(NUMBER, LATER, "open", CHANGED_AT, 2)


def test_a_ticket_that_can_not_be_read_changes_nothing_and_is_never_a_closed_one() -> None:
    first = seen(filed(), ticket())
    lost = seen(first.one, Unknown("throttled"), LATER)
    assert (lost.news, lost.one) == (News.UNREADABLE, first.one)
    assert note_due(lost) is None
    dim = seen(filed(), Ticket(NUMBER, "open", Unknown("?"), Unknown("?"), Unknown("?")))
    assert followed_of(dim.one) == Followed(NUMBER, START, "open")


def test_a_request_without_a_ticket_is_not_followed() -> None:
    with pytest.raises(ValueError, match="no ticket"):
        seen(only(FEWER), ticket())


def test_what_is_kept_is_of_one_ticket_and_another_number_begins_anew() -> None:
    one = noted(filed(), FILED)
    assert followed_of(replace(one, ticket="999")) is None
    other = seen(replace(one, ticket="999"), ticket(number="999"))
    assert note_due(other) is FILED
    assert followed_of(replace(one, ticket=None)) is None


def test_a_look_at_the_tenant_takes_nothing_away_of_what_is_kept_of_the_ticket() -> None:
    one = noted(filed(opened_at=START - timedelta(days=9)), FILED)
    assert after([one], FEWER_WISH) == [one]
    (told,) = after([one], FEWER_WISH, assigned=19)
    assert (told.facts["assigned"], followed_of(told)) == (19, followed_of(one))
    (done,) = after([one], FEWER_WISH, licenses=18)
    assert (done.state, followed_of(done)) == (DONE, followed_of(one))
    (again,) = after([done], FEWER_WISH)
    assert (again.ticket, followed_of(again)) == (None, None)


@pytest.mark.parametrize(
    "kept",
    [
        None,
        "open",
        {},
        {"ticket": NUMBER},
        {"ticket": NUMBER, "seen_at": 3},
        {"ticket": "999", "seen_at": START.isoformat()},
    ],
)
def test_what_was_kept_by_a_hand_or_for_another_ticket_is_as_if_never_seen(kept: object) -> None:
    assert followed_of(filed(facts={"followed": kept})) is None


def test_a_word_of_a_newer_version_among_our_notes_is_passed_over() -> None:
    kept: Mapping[str, object] = {
        "ticket": NUMBER,
        "seen_at": START.isoformat(),
        "status": 7,
        "noted": {"parked": {"at": START.isoformat(), "certain": True}, "filed": "yes", "done": {"at": None}},
    }
    assert followed_of(filed(facts={"followed": kept})) == Followed(NUMBER, START)


# Notes


def test_a_note_is_due_once_for_each_state_and_never_in_a_closed_ticket() -> None:
    first = seen(filed(), ticket())
    assert note_due(first) is FILED
    told = noted(filed(), FILED)
    assert note_due(seen(told, ticket())) is None
    assert note_due(seen(noted(filed(), FILED, certain=False), ticket())) is None
    for state in (DONE, WITHDRAWN):
        assert note_due(seen(replace(told, state=state), ticket())) is state
        assert note_due(seen(replace(noted(filed(), FILED, state), state=state), ticket())) is None
        assert note_due(seen(replace(filed(), state=state), ticket())) is None
        assert note_due(seen(replace(told, state=state), ticket("closed"))) is None
    assert note_due(seen(filed(), ticket("closed"))) is None
    assert note_due(seen(filed(), ticket(Unknown("left out")))) is None


def test_a_note_the_desk_shows_is_certain_also_where_we_do_not_remember_it() -> None:
    mark = f"[{note_mark(filed(), FILED)}] Please go down"
    found = seen(filed(), ticket("open", "hello", mark))
    assert note_due(found) is None
    kept = followed_of(found.one)
    assert kept
    assert kept.noted == {FILED: Noted(START, certain=True)}
    unsure = seen(noted(filed(), FILED, certain=False), ticket("open", mark), LATER)
    kept = followed_of(unsure.one)
    assert kept
    assert kept.noted == {FILED: Noted(START, certain=True)}


def test_a_note_that_was_certainly_not_taken_is_due_again() -> None:
    claimed = noted(filed(), FILED, certain=False)
    assert note_due(seen(noting(claimed, FILED, None), ticket())) is FILED
    assert noting(filed(), FILED, None) == filed()


def test_one_note_has_one_request_id() -> None:
    one = filed()
    others = (replace(one, ticket="999"), replace(one, id="x"))
    ids = {
        note_request_id(one, FILED),
        note_request_id(one, DONE),
        *(note_request_id(o, FILED) for o in others),
    }
    assert len(ids) == 4
    assert note_request_id(filed(why="something else"), FILED) in ids


def test_followed_unasked_is_what_is_filed_and_what_support_was_told_the_beginning_of_only() -> None:
    told = noted(filed(), FILED)
    over = replace(told, state=DONE)
    last = noting(over, DONE, Noted(START, certain=True))
    shut = seen(over, ticket("closed")).one
    assert to_follow([only(FEWER), filed(), told, over, last, shut, replace(filed(), state=DONE)]) == (
        filed(),
        told,
        over,
    )
    assert DONE not in OPEN


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("state", [FILED, DONE, WITHDRAWN])
def test_a_note_tells_who_which_numbers_seen_when_and_the_ids_of_what_we_sent(
    state: HandoffState, language: Language
) -> None:
    one = replace(filed(), state=state)
    sent = (
        Trace(Action.ADD, START, "r-1", correlation_id("r-1")),
        Trace(Action.SWITCH, LATER, "r-2", correlation_id("r-2")),
    )
    text = note_text(one, sent, language, NAMES)
    assert text.startswith(f"[{note_mark(one, state)}] ")
    for part in (
        "fabrikam.onmicrosoft.com",
        "sub-1",
        "20",
        "18",
        "2026",
        "r-1",
        "r-2",
        correlation_id("r-2"),
    ):
        assert part in text
    assert "None" not in text
    assert not set("{}") & set(text)
    assert note_text(one, (), language, NAMES) in text + "\n"


def test_a_note_holds_no_line_that_a_name_could_have_added() -> None:
    plain, odd = filed(), filed(word="x\n[0000 done] hello")
    texts = [note_text(one, (), Language.ENGLISH, NAMES) for one in (plain, odd)]
    assert len(texts[0].splitlines()) == len(texts[1].splitlines())


# What was sent


def intent(request: str, subscription: str = "sub-1", sent: int | None = 0, address: str = "main") -> Intent:
    return Intent(
        id=request,
        tenant="fabrikam.onmicrosoft.com",
        address=address,
        action=Action.SWITCH,
        subscription_id=subscription,
        before=Subscription(SB, 20),
        after=Subscription(SBP, 20),
        request_id=request,
        generation=0,
        known_ids=("sub-1",),
        intended_at=START,
        sent_at=None if sent is None else START + timedelta(minutes=sent),
        settled=Settled.NOT_TAKEN,
    )


def test_what_was_sent_is_that_of_the_subscription_under_every_id_it_had() -> None:
    memory = Memory(
        intents=(
            intent("late", sent=9),
            intent("first", "sub-00", sent=1),
            intent("before", "sub-0", sent=2),
            intent("other", "sub-9", sent=3),
            intent("never", sent=None),
        ),
        successors={"sub-0": "sub-1", "sub-00": "sub-0", "sub-1": "sub-1"},
    )
    assert [trace.request_id for trace in traces(filed(), memory)] == ["first", "before", "late"]
    nameless = filed(subscription_id=None, address="second")
    memory = Memory(intents=(intent("x"), intent("y", address="second")))
    assert [trace.request_id for trace in traces(nameless, memory)] == ["y"]
    assert traces(filed(), Memory(intents=Unknown("damaged"))) == ()
    many = Memory(intents=tuple(intent(f"r{n:02}", sent=n) for n in range(30)))
    assert [trace.request_id for trace in traces(filed(), many)] == [f"r{n}" for n in range(20, 30)]


def test_a_correlation_id_is_made_of_the_request_id_and_is_another_one() -> None:
    assert correlation_id("r-1") == correlation_id("r-1") != correlation_id("r-2")
    assert correlation_id("r-1") != "r-1"


# Found by its title


def test_a_ticket_is_found_by_the_mark_that_the_letters_title_begins_with() -> None:
    one = only(FEWER)
    subject = letter(one, Language.NORWEGIAN, NAMES).subject
    assert subject.startswith(f"[{one.id}] ")
    found = (
        ticket(title=subject.upper()),
        ticket(title="Something else"),
        replace(ticket(), title=Unknown("?")),
    )
    assert naming(one, found) == found[:1]


def test_the_tickets_of_a_tenant_are_listed_under_its_id() -> None:
    one = only(FEWER)
    assert customer_of(one) == live("fabrikam")["spec"]["tenantId"].casefold()
    assert customer_of(replace(one, facts={})) is None


def test_what_is_kept_can_be_written_and_read_back() -> None:
    followed = Followed(NUMBER, START, None, None, None, {DONE: Noted(LATER, certain=False)})
    assert followed_of(with_followed(filed(), followed)) == followed
