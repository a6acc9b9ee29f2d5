"""What is worth telling of what the loop keeps, and that it is told once: opened, changed, recovered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matters import AT, DAY, HOUR, MINUTE, event, kept, look, loop, matter, request, source
from plans import E3, SMALL, finding, handoff, passed, switch, tenant

from reconciler.change_plan import TenantPlan
from reconciler.drift.kinds import Cause
from reconciler.drift.kinds import Kind as DriftKind
from reconciler.drift.values import DriftReport, Finding, Unread
from reconciler.handoff import HandOff, HandoffState
from reconciler.notices import (
    LASTS,
    Change,
    Hold,
    Key,
    Kind,
    Look,
    Matter,
    Notice,
    OpenMatter,
    Severity,
    Word,
)
from reconciler.notices import matters as telling
from reconciler.notices.changing import KEPT, MANY, STILL, WINDOW, changes, hushes, withdrawn
from reconciler.notices.discretion import discreet
from reconciler.notices.matters import matters_of_loops, matters_of_source
from reconciler.observe import Fact, Unknown
from reconciler.overview import Event, Kept
from reconciler.readiness import Trouble
from reconciler.rules import Effect, Status

# A busy machine is no reason to fail.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

STALLED = tenant(
    "fabrikam",
    switch(
        "main", (SMALL, 20), (E3, 42), finding("role-missing", message="18 users wait.", remedy="Give it.")
    ),
)


def matters_of(of: Kept, handoffs: Fact[Sequence[HandOff]] = (), events: Sequence[Event] = ()) -> Look:
    return telling.matters_of(of, handoffs, AT, events)


def words(found: Look) -> list[tuple[Kind, str]]:
    return [(each.word.kind, each.word.reason) for each in found.matters]


def held(rule: str, effect: Effect = Effect.BLOCK, status: Status = Status.FAIL) -> TenantPlan:
    return tenant("fabrikam", switch("main", (SMALL, 20), (E3, 42), finding(rule, status, effect)))


# of a tenant


@pytest.mark.parametrize(
    ("plan", "trouble", "kind", "reason", "severity"),
    [
        (STALLED, None, Kind.STALLED, "RoleMissing", Severity.WARNING),
        (held("outcome-unknown"), None, Kind.OUTCOME_UNKNOWN, "OutcomeUnknown", Severity.CRITICAL),
        (STALLED, Trouble.WRITE_FAILED, Kind.WRITE_FAILED, "WriteFailed", Severity.CRITICAL),
        (STALLED, Trouble.FILE_BROKEN, Kind.FILE_BROKEN, "FileBroken", Severity.WARNING),
        (STALLED, Trouble.BROKE_OFF, Kind.UNKNOWN, "PassFailed", Severity.WARNING),
        (
            held("role-missing", status=Status.UNKNOWN),
            None,
            Kind.UNKNOWN,
            "RoleMissing",
            Severity.WARNING,
        ),
    ],
)
def test_what_keeps_a_tenant_from_going_on_is_a_matter(plan, trouble, kind, reason, severity):
    (found,) = matters_of(kept(plan, trouble=trouble)).matters
    assert (found.word.kind, found.word.reason, found.word.severity) == (kind, reason, severity)
    assert (found.fleet, found.tenant, found.labels, found.commit) == (
        "fleet",
        "fabrikam",
        {"region": "norway"},
        "abc",
    )


@pytest.mark.parametrize(
    "plan",
    [
        tenant("fabrikam"),
        tenant("fabrikam", switch("main", (SMALL, 20), (E3, 42), passed())),
        held("switch-running", Effect.WAIT),
        held("credit-review", Effect.WAIT),
        tenant("fabrikam", suspended=True),
    ],
)
def test_a_tenant_that_is_as_declared_or_on_its_way_is_none(plan):
    assert matters_of(kept(plan)) == Look("fleet", "fabrikam", ())


def test_the_numbers_and_the_way_out_come_from_the_rule_that_holds_it():
    (found,) = matters_of(kept(STALLED)).matters
    assert (found.sentence, found.remedy) == ("18 users wait.", "Give it.")


def test_what_waits_for_support_is_told_by_its_hand_off_alone():
    step = handoff("main", (E3, 42), (E3, 20), finding("fewer-licenses", effect=Effect.SUPPORT))
    plan = tenant("fabrikam", step)
    assert words(matters_of(kept(plan), [request()])) == [(Kind.HANDOFF, "RemoveLicenses")]
    over = [request(state=HandoffState.DONE), request(state=HandoffState.WITHDRAWN)]
    assert words(matters_of(kept(plan), over)) == [(Kind.STALLED, "FewerLicenses")]


def test_requests_that_could_not_be_read_are_not_closed():
    before = changes({}, matters_of(kept(), [request()]), AT)
    assert changes(before.open, matters_of(kept(), Unknown("locked")), AT + MINUTE).notices == ()
    (over,) = changes(before.open, matters_of(kept(), []), AT + MINUTE).notices
    assert (over.change, over.matter.word.kind) == (Change.RECOVERED, Kind.HANDOFF)


def test_the_global_stop_is_told_by_the_loop_and_not_by_five_hundred_tenants():
    found = matters_of(kept(held("stopped")))
    assert found.matters == ()
    # Nor is what it hides taken for gone.
    assert Hold(Kind.STALLED) in found.holds


def rose(
    field: str = "licenses", kind: DriftKind = DriftKind.LICENSES_ABOVE, address: str = "main"
) -> Finding:
    return Finding(
        Cause.OUTSIDE, kind, "s-1", field, address, "s-1", E3, 42, 50, 42, AT, AT, 2, confirmed=True
    )


def drifted(**members: object) -> DriftReport:
    return replace(DriftReport("fabrikam", "fabrikam.onmicrosoft.com", "f.yaml", AT), **members)  # type: ignore[arg-type]


def test_drift_is_a_matter_for_each_member_that_moved_whatever_its_value():
    expired = replace(rose("status", DriftKind.EXPIRED), cause=Cause.SERVICE, live="expired", before="active")
    other = replace(rose(), live=51)
    first = matters_of(kept(drift=drifted(outside=(rose(),), service=(expired,))))
    second = matters_of(kept(drift=drifted(outside=(other,), service=(expired,))))
    assert [(m.word, m.subject) for m in first.matters] == [
        (Word(Kind.DRIFT, "LicensesAbove"), "main.licenses"),
        (Word(Kind.SERVICE_DRIFT, "Expired"), "main.status"),
    ]
    assert [m.key for m in first.matters] == [m.key for m in second.matters]
    assert first.matters[1].word.severity is Severity.CRITICAL
    assert "50" in first.matters[0].sentence + first.matters[0].remedy


@pytest.mark.parametrize(
    ("report", "holds"),
    [
        (drifted(unread=(Unread("", "subscriptions", "throttled"),)), True),
        (drifted(unread=(Unread("main", "licenses", "throttled"),)), True),
        (drifted(unread=(Unread("", "services.exchange-online", "throttled"),)), False),
        (drifted(under_way=(rose(),)), True),
        # Another number begins to be counted anew, so that the old one has not gone.
        (drifted(unconfirmed=(rose(),)), True),
        (drifted(unread=(Unread("mail", "licenses", "throttled"),)), False),
    ],
)
def test_drift_that_could_not_be_read_has_not_gone(report, holds):
    before = changes({}, matters_of(kept(drift=drifted(outside=(rose(),)))), AT)
    assert [n.change for n in before.notices] == [Change.OPENED]
    after = changes(before.open, matters_of(kept(drift=report)), AT + HOUR)
    assert [n.change for n in after.notices] == ([] if holds else [Change.RECOVERED])


def test_drift_that_was_not_looked_at_has_not_gone():
    before = changes({}, matters_of(kept(drift=drifted(outside=(rose(),)))), AT)
    assert changes(before.open, matters_of(kept(read=False)), AT + HOUR).notices == ()


def test_a_tenant_that_can_not_be_told_has_not_recovered_from_what_it_was():
    before = changes({}, matters_of(kept(STALLED)), AT)
    lost = matters_of(kept(STALLED, trouble=Trouble.BROKE_OFF))
    after = changes(before.open, lost, AT + HOUR)
    assert after.notices == ()
    (unknown,) = changes(after.open, lost, AT + 2 * HOUR).notices
    assert (unknown.change, unknown.matter.word.kind) == (Change.OPENED, Kind.UNKNOWN)
    well = changes(after.open, matters_of(kept()), AT + HOUR + MINUTE)
    assert [(n.change, n.matter.word.kind) for n in well.notices] == [(Change.RECOVERED, Kind.STALLED)]


@pytest.mark.parametrize(
    ("kind", "told"),
    [("suspended", Kind.SUSPENDED), ("ended", Kind.PAUSE_ENDED), ("report-only", None)],
)
def test_a_pause_is_told_and_louder_when_it_has_run_out(kind, told):
    pause = {"kind": kind, "reason": "merger, ask ola@fabrikam.no", "owner": "ola", "until": "2026-12-24"}
    found = matters_of(kept(pause=pause)).matters
    assert [m.word.kind for m in found] == ([told] if told else [])
    assert all("merger" in m.sentence and "ola@" not in m.sentence for m in found)


def test_what_was_written_is_told_by_its_request():
    events = [
        event("intended"),
        event("sent"),
        event("done"),
        event("started", "switch", request_id="r-2"),
        event("done", "switch", request_id="r-2"),
        event("failed", "switch", request_id="r-3"),
        event("done", at=AT - 8 * DAY, request_id="r-0"),
    ]
    found = matters_of(kept(), events=events)
    assert [(m.word.kind, m.subject) for m in found.matters] == [
        (Kind.LICENSES_ADDED, "main/r-1"),
        (Kind.SWITCH_STARTED, "main/r-2"),
        (Kind.SWITCH_DONE, "main/r-2"),
    ]
    assert found.matters[0].sentence == "main: e3, 20 -> 42"


def test_a_service_whose_clock_is_elsewhere_takes_nothing_from_what_was_written():
    ahead = replace(kept(), row=replace(kept().row, observed_at=AT + 1000 * DAY))
    assert words(matters_of(ahead, events=[event()])) == [(Kind.LICENSES_ADDED, "LicensesAdded")]


# of a source and of the loop


def test_a_source_says_the_one_thing_that_stands():
    assert matters_of_source(source()) == Look("fleet", "", ())
    refused = source(refused="def", reason="FilesBroken", problem="2 problems in 1 file")
    assert words(matters_of_source(refused)) == [(Kind.SOURCE_REFUSED, "FilesBroken")]
    assert matters_of_source(refused).matters[0].commit == "def"
    unread = source(reason="FetchFailed", problem="https://ola:hunter2@git.example.com is not there")
    (found,) = matters_of_source(unread).matters
    assert (found.word.kind, found.sentence) == (
        Kind.SOURCE_UNREADABLE,
        "https://***@git.example.com is not there",
    )
    stopped = source(refused="def", reason="FleetShrunk", problem="p", stopped="3 of 9 tenants are left")
    assert words(matters_of_source(stopped)) == [(Kind.FLEET_STOPPED, "FleetShrunk")]


def test_a_source_that_can_not_be_read_has_not_become_a_good_one():
    refused = changes({}, matters_of_source(source(refused="def", reason="FilesBroken", problem="p")), AT)
    lost = matters_of_source(source(reason="FetchFailed", problem="p"))
    assert changes(refused.open, lost, AT + MINUTE).notices == ()
    good = changes(refused.open, matters_of_source(source()), AT + MINUTE)
    assert [n.change for n in good.notices] == [Change.RECOVERED]


class Stop:
    reason = "merger, ask ola@fabrikam.no"


def test_the_loop_tells_what_is_wrong_with_all_of_them():
    found = matters_of_loops([loop(breaker="open"), loop(breaker="half-open"), loop()], Stop(), 3)
    assert words(found) == [
        (Kind.BACKEND_DOWN, "BreakerOpen"),
        (Kind.LOOP_LATE, "Late"),
        (Kind.STOP_SET, "Stopped"),
    ]
    assert matters_of_loops([loop()], None, 0) == Look("", "", ())
    assert matters_of_loops([], Unknown("locked"), 0).holds == (Hold(Kind.STOP_SET),)


def test_a_stop_that_can_not_be_read_is_not_lifted():
    on = changes({}, matters_of_loops([], Stop(), 0), AT)
    assert changes(on.open, matters_of_loops([], Unknown("locked"), 0), AT + MINUTE).notices == ()
    off = changes(on.open, matters_of_loops([], None, 0), AT + MINUTE)
    assert [n.change for n in off.notices] == [Change.RECOVERED]


# what changed


def test_a_matter_is_told_when_it_opens_when_its_reason_changes_and_when_it_goes():
    one, other = matter(), matter(reason="Ambiguous")
    opened = changes({}, look(one), AT)
    again = changes(opened.open, look(one), AT + MINUTE)
    changed = changes(again.open, look(other), AT + 2 * MINUTE)
    gone = changes(changed.open, look(), AT + 3 * MINUTE)
    notices = (*opened.notices, *again.notices, *changed.notices, *gone.notices)
    assert [(n.change, n.matter.word.reason) for n in notices] == [
        (Change.OPENED, "RoleMissing"),
        (Change.CHANGED, "Ambiguous"),
        (Change.RECOVERED, "Ambiguous"),
    ]
    assert notices[1].before == one.word
    assert {n.opened_at for n in notices} == {AT}
    assert notices[2].past == (one.word, other.word)


def test_what_grows_from_stalled_into_a_failed_write_is_one_matter_that_changed():
    opened = changes({}, look(matter()), AT)
    (found,) = changes(opened.open, look(matter(Kind.WRITE_FAILED, "WriteFailed")), AT + MINUTE).notices
    assert (found.change, found.matter.word.kind) == (Change.CHANGED, Kind.WRITE_FAILED)


@pytest.mark.parametrize("kind", LASTS)
def test_what_may_pass_by_itself_is_told_once_it_has_lasted(kind):
    known = {}
    for minutes in range(LASTS[kind] // MINUTE):
        found = changes(known, look(matter(kind, f"Reason{minutes % 2}")), AT + minutes * MINUTE)
        assert found.notices == ()
        known = dict(found.open) if minutes == 0 else known
    (told,) = changes(known, look(matter(kind, "Reason0")), AT + LASTS[kind]).notices
    assert told.change is Change.OPENED
    assert changes(known, look(), AT + LASTS[kind]).notices == ()


def test_tenants_that_can_not_be_read_since_the_service_is_down_are_not_told_one_by_one():
    down = changes({}, matters_of_loops([loop(breaker="open")], None, 0), AT)
    assert hushes(down.open) == {Kind.UNKNOWN}
    lost = look(matter(Kind.UNKNOWN))
    found = changes({}, lost, AT, hushes(down.open))
    found = changes(found.open, lost, AT + DAY, hushes(down.open))
    assert found.notices == ()
    up = changes(down.open, matters_of_loops([loop()], None, 0), AT + DAY)
    assert [n.change for n in changes(found.open, lost, AT + DAY, hushes(up.open)).notices] == [Change.OPENED]


def test_what_happened_is_told_once_however_often_it_is_shown():
    added = matter(Kind.LICENSES_ADDED, subject="main/r-1")
    first = changes({}, look(added), AT)
    assert [n.change for n in first.notices] == [Change.HAPPENED]
    known = first.open
    for at in (AT, AT + DAY, AT + 2 * DAY):
        known = changes(known, look(added), at).open
        known = changes(known, look(), at + HOUR).open
        assert changes(known, look(added), at + 2 * HOUR).notices == ()
    assert changes(known, look(), AT + 3 * KEPT).open == {}


def test_a_matter_that_comes_and_goes_is_damped_and_told_once_it_keeps_still():
    known: dict[Key, OpenMatter] = {}
    told: list[Notice] = []
    at = AT
    for turn in range(40):
        found = changes(known, look(*([matter()] if turn % 2 == 0 else [])), at := at + 10 * MINUTE)
        known, told = dict(found.open), told + list(found.notices)
    loud = [n for n in told if not n.quiet]
    assert [n.change for n in loud] == [Change.OPENED, Change.RECOVERED] * 2
    assert len(told) == 40
    # It ended in standing not there, which is what people know.
    assert changes(known, look(), at + STILL).notices == ()
    stays = changes(known, look(matter()), at + MINUTE)
    assert [n.quiet for n in stays.notices] == [True]
    (still,) = changes(stays.open, look(matter()), at + MINUTE + STILL).notices
    assert (still.change, still.quiet) == (Change.OPENED, False)


def test_a_clock_that_was_set_back_makes_nothing_wait_for_years():
    ahead = changes({}, look(matter(Kind.UNKNOWN)), AT + 1000 * DAY)
    back = changes(ahead.open, look(matter(Kind.UNKNOWN)), AT)
    (told,) = changes(back.open, look(matter(Kind.UNKNOWN)), AT + LASTS[Kind.UNKNOWN]).notices
    assert told.change is Change.OPENED


def test_a_tenant_that_nobody_declares_any_more_is_said_good_bye_to():
    known = changes({}, look(matter(), matter(Kind.UNKNOWN), matter(Kind.LICENSES_ADDED)), AT).open
    assert [(n.change, n.matter.word.kind) for n in withdrawn(known, AT + DAY)] == [
        (Change.WITHDRAWN, Kind.STALLED)
    ]


# laws

REASONS = ("RoleMissing", "Ambiguous", "NotActive")
LASTING = [kind for kind in Kind if not kind.once and kind.about == "tenant"]
matters = st.builds(
    lambda kind, reason, subject, number: matter(
        kind, reason, subject=subject, sentence=f"{number} of {number + 1}", remedy=f"Wait {number} days."
    ),
    st.sampled_from([*LASTING, Kind.LICENSES_ADDED]),
    st.sampled_from(REASONS),
    st.sampled_from(["", "main"]),
    st.integers(0, 10**6),
)
# A look has each key once; which of two it would be is nothing a look leaves open.
looks = st.lists(matters, max_size=4, unique_by=lambda each: each.key).map(lambda found: look(*found))
waits = st.sampled_from([timedelta(), timedelta(seconds=5), 3 * MINUTE, 20 * MINUTE, HOUR, 7 * HOUR])
histories = st.lists(st.tuples(looks, waits), max_size=25)


def lived(history: list[tuple[Look, timedelta]]) -> list[tuple[datetime, Look, tuple[Notice, ...]]]:
    known: dict[Key, OpenMatter] = {}
    at, told = AT, []
    for seen, wait in history:
        at += wait
        found = changes(known, seen, at)
        known = dict(found.open)
        told.append((at, seen, found.notices))
    return told


@quick
@given(histories)
def test_of_one_matter_there_is_at_most_one_notice_at_a_time(history):
    for _, _, notices in lived(history):
        keys = [n.matter.key for n in notices]
        assert keys == sorted(set(keys))


@quick
@given(histories)
def test_what_people_are_told_of_a_matter_makes_sense_in_its_order(history):
    standing: dict[Key, Word] = {}
    happened: set[Key] = set()
    for _, _, notices in lived(history):
        for n in notices:
            key, word = n.matter.key, n.matter.word
            if n.quiet:
                continue
            if n.change is Change.HAPPENED:
                assert key not in happened
                happened.add(key)
            elif n.change is Change.OPENED:
                assert key not in standing
                standing[key] = word
            elif n.change is Change.CHANGED:
                assert standing[key] == n.before != word
                standing[key] = word
            else:
                assert standing.pop(key) == word


@quick
@given(histories)
def test_looking_again_at_the_same_moment_tells_nothing(history):
    known: dict[Key, OpenMatter] = {}
    at = AT
    for seen, wait in history:
        at += wait
        known = dict(changes(known, seen, at).open)
        again = changes(known, seen, at)
        assert again.notices == ()
        assert again.open == known


@quick
@given(histories)
def test_once_all_is_still_people_know_how_it_is(history):
    known: dict[Key, OpenMatter] = {}
    at, seen = AT, look()
    for seen, wait in history:
        at += wait
        known = dict(changes(known, seen, at).open)
    still = changes(known, seen, at + STILL)
    told = {key: entry.told for key, entry in still.open.items() if entry.told and not key.kind.once}
    assert told == {m.key: m.word for m in seen.matters if not m.key.kind.once}


@quick
@given(histories)
def test_of_one_matter_nobody_hears_more_than_a_few_times_an_hour(history):
    heard: dict[Key, list[datetime]] = {}
    for at, _, notices in lived(history):
        for n in notices:
            if not n.quiet:
                heard.setdefault(n.matter.key, []).append(at)
    for times in heard.values():
        assert all(sum(at - STILL < other <= at for other in times) <= MANY for at in times)


@quick
@given(histories, st.integers(0, 10**6))
def test_other_numbers_in_the_sentences_make_no_other_news(history, number):
    def worded(each: Matter) -> Matter:
        return replace(each, sentence=f"{number} in other words", remedy=f"{number}")

    other = [(replace(seen, matters=tuple(worded(m) for m in seen.matters)), wait) for seen, wait in history]
    ours = [[(n.id, n.change, n.quiet) for n in notices] for _, _, notices in lived(history)]
    assert ours == [[(n.id, n.change, n.quiet) for n in notices] for _, _, notices in lived(other)]


@quick
@given(histories)
def test_the_order_of_what_a_look_shows_makes_no_difference(history):
    other = [(replace(seen, matters=tuple(reversed(seen.matters))), wait) for seen, wait in history]
    assert [n for _, _, n in lived(history)] == [n for _, _, n in lived(other)]


@quick
@given(st.permutations(["fabrikam", "contoso", "litware"]), histories)
def test_the_order_of_tenants_makes_no_difference(names, history):
    def told(order: list[str]) -> set[str]:
        found: set[str] = set()
        known: dict[str, dict[Key, OpenMatter]] = {name: {} for name in order}
        at = AT
        for seen, wait in history:
            at += wait
            for name in order:
                theirs = Look("fleet", name, tuple(replace(m, tenant=name) for m in seen.matters))
                after = changes(known[name], theirs, at)
                known[name] = dict(after.open)
                found |= {n.id for n in after.notices}
        return found

    assert told(names) == told(sorted(names))


@quick
@given(histories)
def test_nothing_is_remembered_of_what_is_long_over(history):
    known: dict[Key, OpenMatter] = {}
    at = AT
    for seen, wait in history:
        at += wait
        known = dict(changes(known, seen, at).open)
    for later in (at + STILL, at + WINDOW + STILL, at + 2 * WINDOW + KEPT, at + 3 * WINDOW + 2 * KEPT):
        known = dict(changes(known, look(), later).open)
    assert known == {}


# discretion


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "ask ola@fabrikam.no or kari.nordmann+x@fabrikam.co.uk.",
            "ask ***@fabrikam.no or ***@fabrikam.co.uk.",
        ),
        ("https://user:pa:ss@git.example.com/x", "https://***@git.example.com/x"),
        ("https://token@git.example.com", "https://***@git.example.com"),
        ("it said whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "it said ***"),
        ("42 of 50 licences", "42 of 50 licences"),
        ("a @ b, @everyone", "a @ b, @everyone"),
    ],
)
def test_mail_addresses_and_passwords_are_covered(text, told):
    assert discreet(text) == told


@quick
@given(st.text(max_size=50), st.text(max_size=50))
def test_no_mail_address_comes_through_whatever_stands_round_it(before, after):
    assert "kari.nordmann@" not in discreet(f"{before}kari.nordmann@fabrikam.no{after}")


def test_a_long_text_is_cut():
    assert len(discreet("x" * 10**6)) == 1_000
