"""The outbox: what is to be told is kept with the pass that found it, sent at least once, in order, and bounded."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matters import AT, DAY, HOUR, MINUTE, Carrier, fates, look, matter, posting
from sqlalchemy import event
from states import State, on_a_file

from reconciler.adapters.store import Store, open_store, outbox
from reconciler.errors import StateUnreadable
from reconciler.notices import Change, Kind, Look, Matter, Notice, Severity
from reconciler.notices.delivering import (
    GIVE_UP,
    LONGEST_WAIT,
    Fate,
    Posting,
    Result,
    Sender,
    Sent,
    after,
    deliver_due,
)
from reconciler.notices.digesting import Digest
from reconciler.notices.routing import MOST_LATELY, SOON, Pace, Route

ROUTES = (Route(("ops",)),)
on_a_file_alone = pytest.mark.parametrize("state", ["file"], indirect=True)
DOWN = Sent(problem="it can not be reached")


class Clock:
    """A clock that stands still until it is set on."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at

    def on(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


def hurry(store: Store) -> None:
    """Wait for no disk: what a crash of the machine leaves is tested with the journal."""
    engine = store._writable()._engine

    @event.listens_for(engine, "connect")
    def connected(connection: Any, entry: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    engine.dispose()


class Desk:
    """A store with an outbox, and one round after the other."""

    def __init__(self, state: State, routes: tuple[Route, ...] = ROUTES) -> None:
        self.clock, self.routes, self.state = Clock(), routes, state
        self.store = open_store(state.where, create=True, now=self.clock)
        if not state.server:
            hurry(self.store)
        self.ops = Carrier()
        self.senders: dict[str, Sender] = {"ops": self.ops}

    def keep(self, *matters: Matter, tenant: str = "fabrikam") -> tuple[Notice, ...]:
        return self.store.outbox(self.routes).keep(look(*matters, tenant=tenant), self.clock.at)

    def keep_all(self, *looks: Look) -> None:
        """Keep many looks in one transaction: each of its own would wait for the disk."""
        with self.store._writable().writing() as connection:
            for each in looks:
                outbox.keep(connection, each, self.routes, self.clock.at)

    def round(self, wait: timedelta = timedelta()) -> tuple[Result, ...]:
        now = self.clock.on(wait)
        return deliver_due(self.store.outbox(self.routes), self.senders, now, lambda: 0.5)

    def rows(self, sql: str = "SELECT * FROM notices ORDER BY seq") -> list[tuple[Any, ...]]:
        return self.state.ask(sql)

    def alter(self, sql: str) -> None:
        self.state.ask(sql)


@pytest.fixture
def desk(state: State) -> Iterator[Desk]:
    made = Desk(state)
    with made.store:
        yield made


def told(carrier: Carrier) -> list[tuple[Change, str]]:
    return [
        (p.contents.change, p.contents.matter.tenant) for p in carrier.sent if isinstance(p.contents, Notice)
    ]


# told once


def test_what_a_pass_found_is_told_once_and_its_end_once(desk: Desk) -> None:
    desk.keep(matter())
    desk.keep(matter())
    assert fates(desk.round()) == ["delivered"]
    assert desk.round(HOUR) == ()
    desk.keep()
    desk.round(MINUTE)
    assert told(desk.ops) == [(Change.OPENED, "fabrikam"), (Change.RECOVERED, "fabrikam")]
    assert desk.store.open_matters() == ()


def test_what_is_open_is_known_to_the_next_process(desk: Desk, state: State) -> None:
    desk.keep(matter())
    with open_store(state.where, create=True, now=desk.clock) as again:
        assert again.outbox(ROUTES).keep(look(matter()), AT) == ()
        (entry,) = again.open_matters()
        assert (entry.key, entry.told) == (matter().key, matter().word)
    with open_store(state.where, create=False, now=desk.clock) as reading:
        assert len(reading.open_matters()) == 1
        with pytest.raises(StateUnreadable):
            reading.outbox(ROUTES).keep(look(), AT)


def test_a_tenant_keeps_to_itself(desk: Desk) -> None:
    desk.keep(matter())
    desk.keep(matter(tenant="contoso"), tenant="contoso")
    assert [n.matter.tenant for n in desk.keep(tenant="contoso")] == ["contoso"]
    assert [entry.key.tenant for entry in desk.store.open_matters()] == ["fabrikam"]


def test_what_the_service_is_down_for_is_told_of_the_service(desk: Desk) -> None:
    down = matter(Kind.BACKEND_DOWN, "BreakerOpen", tenant="", fleet="", labels={})
    desk.store.outbox(ROUTES).keep(Look("", "", (down,)), AT)
    for _ in range(5):
        desk.keep(matter(Kind.UNKNOWN))
        desk.clock.on(HOUR)
    desk.round()
    assert [p.contents.matter.word.kind for p in desk.ops.sent if isinstance(p.contents, Notice)] == [
        Kind.BACKEND_DOWN
    ]


def test_a_pass_that_is_not_kept_has_told_nothing(desk: Desk) -> None:
    database = desk.store._writable()
    with suppress(RuntimeError), database.writing() as connection:
        assert outbox.keep(connection, look(matter()), ROUTES, AT)
        raise RuntimeError("the process dies")
    assert desk.rows() == []
    assert desk.store.open_matters() == ()


def test_a_tenant_that_is_gone_is_said_good_bye_to_and_forgotten(desk: Desk) -> None:
    desk.keep(matter())
    with desk.store._writable().writing() as connection:
        gone = outbox.forget(connection, "fleet", ["fabrikam"], ROUTES, AT + MINUTE)
    assert [n.change for n in gone] == [Change.WITHDRAWN]
    assert desk.store.open_matters() == ()
    # In order, one after the other.
    desk.round(MINUTE)
    desk.round()
    assert [change for change, _ in told(desk.ops)] == [Change.OPENED, Change.WITHDRAWN]


def test_a_fleet_that_is_let_go_of_at_once_is_told_of_as_if_tenant_by_tenant(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FORGOTTEN_AT_ONCE", 3)
    names = [f"t{number}" for number in range(8)]
    for fleet in ("one by one", "at once"):
        desk.keep_all(*(look(matter(tenant=name, fleet=fleet), tenant=name, fleet=fleet) for name in names))
    with desk.store._writable().writing() as connection:
        each = [
            notice
            for name in names[:-1]
            for notice in outbox.forget(connection, "one by one", [name], ROUTES, AT + MINUTE)
        ]
        at_once = outbox.forget(connection, "at once", reversed(names[:-1]), ROUTES, AT + MINUTE)
    assert [(n.change, n.matter.tenant, n.at) for n in at_once] == [
        (n.change, n.matter.tenant, n.at) for n in each
    ]
    assert [m.key.tenant for m in desk.store.open_matters()] == names[-1:] * 2


def test_letting_go_of_a_fleet_that_nothing_is_known_of_costs_a_few_statements(desk: Desk) -> None:
    statements: list[str] = []
    with desk.store._writable().writing() as connection:
        event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
        outbox.forget(connection, "fleet", (f"t{number}" for number in range(1000)), ROUTES, AT)
    assert len(statements) == 4


def test_names_of_any_making_are_kept(desk: Desk) -> None:
    name = "a\x00b\udcff\n" * 200
    strange = Look(name, name, (matter(tenant=name, fleet=name, subject=name, labels={name: name}),))
    assert len(desk.store.outbox(ROUTES).keep(strange, AT)) == 1
    assert desk.store.outbox(ROUTES).keep(strange, AT) == ()
    assert fates(desk.round()) == ["delivered"]
    sent = desk.ops.sent[0].contents
    assert isinstance(sent, Notice)
    assert sent.matter.tenant == name


# tried again


def test_what_was_not_taken_is_tried_again_with_growing_waits_and_the_same_id(desk: Desk) -> None:
    desk.keep(matter())
    desk.ops.answers = [DOWN] * 3
    waits = []
    for _ in range(3):
        (result,) = desk.round()
        assert result.due_at
        waits.append(result.due_at - desk.clock.at)
        assert desk.round(result.due_at - desk.clock.at - timedelta(seconds=1)) == ()
        desk.clock.on(timedelta(seconds=1))
    assert waits == [timedelta(seconds=s) for s in (22.5, 45, 90)]
    assert fates(desk.round()) == ["delivered"]
    assert len({p.id for p in desk.ops.sent}) == 1
    assert [p.attempts for p in desk.ops.sent] == [0, 1, 2, 3]
    assert "(try 1)" in Result(desk.ops.sent[0], Fate.RETRIED, AT, "it is slow").line


def test_a_receiver_that_does_not_answer_is_asked_once_in_a_round_and_holds_up_nobody(desk: Desk) -> None:
    desk.routes = (Route(("ops", "post")),)
    post = Carrier()
    desk.senders["post"] = post
    for name in ("a", "b", "c"):
        desk.keep(matter(tenant=name), tenant=name)
    desk.ops.answers = [DOWN]
    results = desk.round()
    assert fates(results) == ["retried", "put-off", "put-off"] + ["delivered"] * 3
    assert results[0].due_at == results[1].due_at == results[2].due_at
    assert len(desk.ops.sent) == 1
    assert len(post.sent) == 3
    assert fates(desk.round(MINUTE)) == ["delivered"] * 3
    assert [p.attempts for p in desk.ops.sent] == [0, 1, 0, 0]


def test_nobody_hears_of_an_end_before_its_beginning(desk: Desk) -> None:
    desk.keep(matter())
    desk.ops.answers = [DOWN]
    desk.round()
    desk.clock.on(timedelta(seconds=1))
    desk.keep()
    desk.keep(matter(tenant="contoso"), tenant="contoso")
    desk.round()
    assert told(desk.ops) == [(Change.OPENED, "fabrikam"), (Change.OPENED, "contoso")]
    desk.round(MINUTE)
    desk.round()
    assert told(desk.ops)[2:] == [(Change.OPENED, "fabrikam"), (Change.RECOVERED, "fabrikam")]


def test_what_a_process_took_with_it_when_it_died_is_sent_by_the_next(desk: Desk) -> None:
    desk.keep(matter())
    box = desk.store.outbox(ROUTES)
    assert len(box.due("ops", AT, 20)) == 1
    # Another process has it; nobody sends it twice at once.
    assert box.due("ops", AT, 20) == ()
    assert desk.round(MINUTE) == ()
    assert fates(desk.round(outbox.CLAIM)) == ["delivered"]


def test_a_fault_of_ours_in_one_sender_keeps_nobody_else_from_theirs(desk: Desk) -> None:
    class Broken:
        def send(self, posting: Posting) -> Sent:
            raise RuntimeError("the secret is hunter2")

    desk.routes = (Route(("apes", "ops")),)
    desk.senders["apes"] = Broken()
    desk.keep(matter())
    results = desk.round()
    assert fates(results) == ["retried", "delivered"]
    assert "RuntimeError" in results[0].line
    assert "hunter2" not in results[0].line


@pytest.mark.parametrize(
    ("sent", "age", "attempts", "chance", "fate", "wait"),
    [
        (Sent(), GIVE_UP, 9, 0.0, Fate.DELIVERED, None),
        (DOWN, timedelta(), 0, 0.0, Fate.RETRIED, timedelta(seconds=15)),
        (DOWN, timedelta(), 0, 1.0, Fate.RETRIED, timedelta(seconds=30)),
        (DOWN, timedelta(), 10_000, 1.0, Fate.RETRIED, LONGEST_WAIT),
        (Sent(problem="busy", later=2 * HOUR), timedelta(), 0, 0.0, Fate.RETRIED, 2 * HOUR),
        (
            Sent(problem="busy", later=timedelta(seconds=1)),
            timedelta(),
            0,
            0.0,
            Fate.RETRIED,
            timedelta(seconds=15),
        ),
        (Sent(problem="busy", later=99 * DAY), timedelta(), 0, 0.0, Fate.RETRIED, DAY),
        (DOWN, GIVE_UP, 80, 0.0, Fate.GIVEN_UP, None),
        (Sent(problem="gone", gone=True), timedelta(), 0, 0.0, Fate.GIVEN_UP, None),
    ],
)
def test_what_becomes_of_a_message(
    sent: Sent, age: timedelta, attempts: int, chance: float, fate: Fate, wait: timedelta | None
) -> None:
    result = after(posting(attempts=attempts), sent, AT + age, chance)
    assert (result.fate, result.due_at) == (fate, None if wait is None else AT + age + wait)
    assert bool(result.line) == bool(sent.problem)


def test_what_nobody_takes_for_three_days_is_given_up_with_a_line(desk: Desk) -> None:
    desk.keep(matter())
    desk.ops.answers = [DOWN] * 1_000
    lines = [line for _ in range(9) for r in desk.round(9 * HOUR) if (line := r.line)]
    assert len(lines) == 8
    assert lines[-1].startswith("Message ")
    assert "given up" in lines[-1]
    assert not any("given up" in line for line in lines[:-1])
    assert desk.round(HOUR) == ()


def test_what_is_too_old_is_given_up_without_asking_a_receiver_that_is_down_for_each(desk: Desk) -> None:
    desk.keep_all(*(look(matter(tenant=f"t{n}"), tenant=f"t{n}") for n in range(5)))
    desk.clock.on(GIVE_UP)
    desk.keep(matter())
    desk.ops.answers = [DOWN]
    assert fates(desk.round()) == ["given-up"] * 5 + ["put-off"]
    assert len(desk.ops.sent) == 1
    assert fates(desk.round(MINUTE)) == ["delivered"]


def test_what_is_for_a_receiver_that_is_not_there_any_more_is_given_up_some_day(desk: Desk) -> None:
    desk.keep(matter())
    desk.senders.clear()
    assert desk.round(HOUR) == ()
    (result,) = desk.round(GIVE_UP)
    assert (result.fate, "no receiver" in result.line) == (Fate.GIVEN_UP, True)
    assert desk.round(HOUR) == ()


def test_what_is_over_is_dropped_after_some_days(desk: Desk) -> None:
    desk.keep(matter())
    desk.round()
    assert len(desk.rows()) == 1
    desk.keep(matter(tenant="contoso"), tenant="contoso")
    desk.round(outbox.DELIVERED_KEPT + MINUTE)
    assert len(desk.rows()) == 1


# digests


def test_what_is_gathered_comes_in_one_message_with_what_stands(desk: Desk) -> None:
    desk.routes = (Route(("ops",), pace=Pace.DAILY),)
    for name in ("a", "b"):
        desk.keep(matter(tenant=name), tenant=name)
    desk.clock.on(MINUTE)
    desk.keep(tenant="b")
    assert desk.round(HOUR) == ()
    assert fates(desk.round(DAY)) == ["delivered"]
    (sent,) = desk.ops.sent
    assert isinstance(sent.contents, Digest)
    assert [(g.change, g.names, g.times) for g in sent.contents.news] == [
        (Change.OPENED, ("a",), 1),
        (Change.RECOVERED, ("b",), 2),
    ]
    assert [g.names for g in sent.contents.standing] == [("a",)]
    assert desk.round(DAY) == ()


def test_a_digest_says_nothing_of_what_is_none_of_its_readers_business(desk: Desk) -> None:
    desk.routes = (
        Route(("norway",), labels={"region": "norway"}, pace=Pace.HOURLY),
        Route(("ops",), pace=Pace.HOURLY),
    )
    norway = Carrier()
    desk.senders["norway"] = norway
    desk.keep(matter())
    desk.keep(matter(tenant="contoso", labels={"region": "sweden"}), tenant="contoso")
    desk.round(HOUR)
    (ours,), (theirs,) = desk.ops.sent, norway.sent
    assert isinstance(ours.contents, Digest)
    assert isinstance(theirs.contents, Digest)
    assert [g.names for g in (*ours.contents.news, *ours.contents.standing)] == [("contoso",)] * 2
    assert [g.names for g in (*theirs.contents.news, *theirs.contents.standing)] == [("fabrikam",)] * 2


@on_a_file_alone
def test_five_hundred_tenants_that_stall_at_once_are_a_few_messages_and_one_digest(desk: Desk) -> None:
    desk.keep_all(*(look(matter(tenant=f"t{n}"), tenant=f"t{n}") for n in range(500)))
    most = MOST_LATELY[Severity.WARNING]
    while desk.round():
        pass
    assert len(desk.ops.sent) == most
    desk.round(SOON)
    assert len(desk.ops.sent) == most + 1
    digest = desk.ops.sent[-1].contents
    assert isinstance(digest, Digest)
    assert digest.moves == 500 - most
    assert digest.standing[0].count == 500


def test_the_end_of_what_is_still_to_be_told_of_goes_with_its_beginning(desk: Desk) -> None:
    most = MOST_LATELY[Severity.WARNING]
    desk.keep_all(*(look(matter(tenant=f"t{n}"), tenant=f"t{n}") for n in range(most)))
    while desk.round():
        pass
    desk.clock.on(SOON - MINUTE)
    desk.keep(matter())
    # Nothing is too much any more, and the beginning has not been told yet.
    desk.clock.on(2 * MINUTE)
    desk.keep()
    desk.round()
    assert len(desk.ops.sent) == most
    desk.round(SOON)
    digest = desk.ops.sent[-1].contents
    assert isinstance(digest, Digest)
    assert [(g.change, g.names, g.times) for g in digest.news] == [(Change.RECOVERED, ("fabrikam",), 2)]


@on_a_file_alone
def test_a_receiver_that_is_down_for_days_does_not_fill_the_store(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_GATHERED", 30)
    desk.routes = (Route(("ops",)), Route(("ops",), severities=frozenset({Severity.INFO}), pace=Pace.HOURLY))
    desk.ops.answers = [DOWN] * 10_000
    most = 0
    for hour in range(24):
        looks = []
        for name in (f"t{n}" for n in range(12)):
            added = matter(Kind.LICENSES_ADDED, tenant=name, subject=f"main/r-{hour}")
            stalled = [matter(tenant=name)] if hour % 2 else []
            looks.append(look(*stalled, added, tenant=name))
        desk.keep_all(*looks)
        desk.round(HOUR)
        most = max(most, len(desk.rows("SELECT 1 FROM notices WHERE delivered_at IS NULL")))
    assert most < 200
    digests = desk.rows(
        "SELECT 1 FROM notices WHERE pace = '' AND id NOT LIKE 'entry-%' AND body LIKE '%\"digest\"%'"
    )
    assert len(digests) == 1
    desk.ops.answers.clear()
    for _ in range(20):
        desk.round(HOUR)
    # What was not gathered is at least counted.
    told = [p.contents for p in desk.ops.sent if isinstance(p.contents, Digest)]
    assert told[-1].left_out > 0
    assert desk.rows("SELECT 1 FROM notices WHERE delivered_at IS NULL AND given_up_at IS NULL") == []


# what another version left


@on_a_file_alone
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notices SET body = json_set(body, '$.word', json('[[\"a-newer-kind\", \"X\"]]'))",
        'UPDATE notices SET body = \'{"type": "letter"}\'',
    ],
)
def test_a_message_of_a_newer_version_holds_up_no_other(statement: str, desk: Desk) -> None:
    desk.keep(matter())
    desk.alter(statement)
    desk.clock.on(MINUTE)
    desk.keep()
    desk.round()
    desk.round()
    assert [change for change, _ in told(desk.ops)] == [Change.RECOVERED]


def test_what_a_newer_version_remembered_is_told_anew_and_stops_no_pass(desk: Desk) -> None:
    desk.keep(matter())
    desk.alter("UPDATE open_matters SET kind = 'a-newer-kind'")
    assert [n.change for n in desk.keep(matter())] == [Change.OPENED]
    assert len(desk.store.open_matters()) == 1


def test_a_store_from_before_there_were_notices_gets_their_tables(tmp_path: Path) -> None:
    with open_store(str(tmp_path), create=True, now=Clock()):
        pass
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        connection.execute("DROP TABLE notices")
        connection.execute("DROP TABLE open_matters")
    with open_store(str(tmp_path), create=False, now=Clock()) as reading:
        assert reading.open_matters() == ()
    with open_store(str(tmp_path), create=True, now=Clock()) as store:
        assert len(store.outbox(ROUTES).keep(look(matter()), AT)) == 1


def test_who_only_reads_can_send_nothing(state: State) -> None:
    with open_store(state.where, create=True, now=Clock()):
        pass
    with open_store(state.where, create=False, now=Clock()) as reading, pytest.raises(StateUnreadable):
        reading.outbox(ROUTES)


# a law

answers = st.sampled_from([Sent(), Sent(), DOWN, Sent(problem="busy", later=5 * MINUTE)])
steps = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from([(), (matter(),), (matter(reason="Ambiguous"),)]),
        answers,
        st.sampled_from([timedelta(seconds=1), MINUTE, HOUR]),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(steps)
def test_every_notice_reaches_its_receiver_at_least_once_and_in_order(history: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(on_a_file(Path(folder)))
        with desk.store:
            found: list[Notice] = []
            for name, matters, answer, wait in history:
                desk.ops.answers.append(answer)
                theirs = tuple(replace(m, tenant=name) for m in matters)
                found += desk.keep(*theirs, tenant=name)
                desk.round(wait)
            desk.ops.answers.clear()
            for _ in range(60):
                desk.round(HOUR)
        seen = list(dict.fromkeys(p.id for p in desk.ops.sent if isinstance(p.contents, Notice)))
        for name in ("a", "b"):
            ours = [n for n in found if n.matter.tenant == name and not n.quiet]
            assert [id_ for id_ in seen if id_ in {n.id for n in ours}] == [
                n.id for n in ours if n.id in seen
            ]
        assert set(seen) <= {n.id for n in found if not n.quiet}
        # What follows something that is gathered for a digest goes with it: its end must not come before it.
        gathered = {
            name
            for posting in desk.ops.sent
            if isinstance(posting.contents, Digest)
            for group in posting.contents.news
            for name in group.names
        }
        for number, late in enumerate(found):
            if late.id not in seen and not late.quiet:
                assert late.matter.tenant in gathered
                assert any(n.quiet and n.matter.key == late.matter.key for n in found[:number])
