"""Who hears of what and how soon, and what they read: routes, digests, mails in two languages, events."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hostile import texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matters import AT, DAY, HOUR, MINUTE, matter, notice

from reconciler.messages import SENTENCES, WORDS, Language
from reconciler.messages.notices import NOTICES
from reconciler.messages.notices_nb import NOTICES_NB
from reconciler.notices import Change, Key, Kind, Notice, OpenMatter, Severity, Word
from reconciler.notices.digesting import MOST_GROUPS, MOST_NAMES, Digest, Entry, digest_of
from reconciler.notices.plain import from_plain, to_plain
from reconciler.notices.receivers import fallback, secure, usual_routes
from reconciler.notices.routing import (
    MOST_LATELY,
    MOST_WAITING,
    Crowd,
    Pace,
    Route,
    concerns,
    paced,
    routed,
)
from reconciler.report.events import event_of, event_text, type_of
from reconciler.report.notices import message_of

# A busy machine is no reason to fail.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ENGLISH, NORWEGIAN = Language.ENGLISH, Language.NORWEGIAN
PAGE = "https://page.example.com"
MOST_BYTES = 100_000
CRITICAL = frozenset({Severity.CRITICAL})


def entry(tenant: str = "fabrikam", change: Change = Change.OPENED, times: int = 1, **word: str) -> Entry:
    return Entry(
        change, Word(Kind.STALLED, word.get("reason", "RoleMissing")), "fleet", tenant, "", AT, times
    )


def standing(
    tenant: str = "fabrikam", kind: Kind = Kind.STALLED, labels: dict[str, str] | None = None
) -> OpenMatter:
    return OpenMatter(
        Key(kind.slot, "fleet", tenant, ""), Word(kind, "RoleMissing"), True, AT, AT, labels=labels or {}
    )


# routes


def test_every_route_that_takes_a_notice_counts_and_the_soonest_way_wins():
    routes = (
        Route(("ops", "boss"), severities=CRITICAL),
        Route(("ops",), kinds=frozenset({Kind.STALLED}), pace=Pace.WEEKLY),
        Route(("norway",), labels={"region": "norway"}),
        Route(("sweden",), labels={"region": "sweden"}),
        Route(("rest",)),
    )
    assert routed(notice(), routes) == {"norway": Pace.AT_ONCE, "ops": Pace.WEEKLY}
    failed = notice(what=matter(Kind.WRITE_FAILED))
    assert routed(failed, routes) == {"boss": Pace.AT_ONCE, "norway": Pace.AT_ONCE, "ops": Pace.AT_ONCE}


def test_what_no_route_takes_goes_by_the_default_one():
    routes = (Route(("ops",), severities=CRITICAL), Route(("post",), pace=Pace.HOURLY))
    assert routed(notice(), routes) == {"post": Pace.HOURLY}
    assert routed(notice(what=matter(Kind.WRITE_FAILED)), routes) == {"ops": Pace.AT_ONCE}


def test_where_no_route_is_written_what_asks_for_something_comes_at_once_and_the_rest_in_the_morning():
    routes = usual_routes(("ops", "post"))
    assert routed(notice(), routes) == {"ops": Pace.AT_ONCE, "post": Pace.AT_ONCE}
    added = notice(Change.HAPPENED, matter(Kind.LICENSES_ADDED))
    assert routed(added, routes) == {"ops": Pace.DAILY, "post": Pace.DAILY}


def test_who_heard_of_the_beginning_hears_of_the_end():
    routes = (Route(("ops",), kinds=frozenset({Kind.STALLED})), Route(("boss",), severities=CRITICAL))
    stalled, failed = matter(), matter(Kind.WRITE_FAILED)
    changed = notice(Change.CHANGED, failed, before=stalled.word, past=(stalled.word,))
    ended = notice(Change.RECOVERED, failed, past=(stalled.word, failed.word))
    assert set(routed(changed, routes)) == set(routed(ended, routes)) == {"ops", "boss"}


def test_what_is_damped_wakes_nobody():
    routes = (Route(("ops",)), Route(("hour",), severities=frozenset(Severity), pace=Pace.HOURLY))
    assert routed(notice(quiet=True), routes) == {"hour": Pace.HOURLY}
    assert routed(notice(quiet=True), routes[:1]) == {"ops": Pace.DAILY}


def test_what_is_of_no_tenant_has_no_labels_and_is_no_customers_business():
    routes = (Route(("norway",), labels={"region": "norway"}), Route(("ops",)))
    down = matter(Kind.BACKEND_DOWN, tenant="", fleet="", labels={})
    assert set(routed(notice(what=down), routes)) == {"ops"}
    assert concerns("norway", standing(labels={"region": "norway"}), routes)
    assert not concerns("norway", standing(labels={"region": "sweden"}), routes)


def test_too_much_at_once_becomes_a_digest_and_what_is_critical_later_than_the_rest():
    lately = MOST_LATELY[Severity.WARNING]
    assert paced(Pace.AT_ONCE, Severity.WARNING, Crowd(0, lately - 1)) is Pace.AT_ONCE
    assert paced(Pace.AT_ONCE, Severity.WARNING, Crowd(0, lately)) is Pace.SOON
    assert paced(Pace.AT_ONCE, Severity.CRITICAL, Crowd(0, lately)) is Pace.AT_ONCE
    assert paced(Pace.AT_ONCE, Severity.CRITICAL, Crowd(MOST_WAITING, 0)) is Pace.SOON
    assert paced(Pace.DAILY, Severity.INFO, Crowd(MOST_WAITING, lately)) is Pace.DAILY


@pytest.mark.parametrize(
    ("pace", "at", "due"),
    [
        (Pace.AT_ONCE, "2026-11-26T12:34:56", "2026-11-26T12:34:56"),
        (Pace.SOON, "2026-11-26T12:34:56", "2026-11-26T12:44:56"),
        (Pace.HOURLY, "2026-11-26T12:34:56", "2026-11-26T13:00:00"),
        (Pace.HOURLY, "2026-11-26T23:00:00", "2026-11-27T00:00:00"),
        (Pace.DAILY, "2026-11-26T05:59:59", "2026-11-26T06:00:00"),
        (Pace.DAILY, "2026-11-26T06:00:00", "2026-11-27T06:00:00"),
        # 2026-11-26 is a Thursday.
        (Pace.WEEKLY, "2026-11-26T12:00:00", "2026-11-30T06:00:00"),
        (Pace.WEEKLY, "2026-11-30T05:00:00", "2026-11-30T06:00:00"),
        (Pace.WEEKLY, "2026-11-30T06:00:00", "2026-12-07T06:00:00"),
    ],
)
def test_a_digest_comes_on_the_hour_in_the_morning_or_on_monday(pace, at, due):
    assert pace.due(datetime.fromisoformat(at + "+00:00")) == datetime.fromisoformat(due + "+00:00")


@quick
@given(st.sampled_from([Pace.HOURLY, Pace.DAILY, Pace.WEEKLY]), st.integers(0, 4 * 10**9))
def test_a_digest_is_always_ahead_and_never_further_than_its_name_says(pace, seconds):
    at = datetime.fromtimestamp(seconds, UTC)
    longest = {Pace.HOURLY: HOUR, Pace.DAILY: DAY, Pace.WEEKLY: 7 * DAY}[pace]
    assert timedelta() < pace.due(at) - at <= longest


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://hooks.example.com/a?b=c", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://localhost", True),
        ("http://[::1]:80/", True),
        ("http://hooks.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost@example.com", False),
        ("https://user:secret@example.com", False),
        ("https://example.com/#part", False),
        ("https://example.com\n", False),
        ("https://exa mple.com", False),
        ("ftp://example.com", False),
        ("https://", False),
        ("", False),
    ],
)
def test_only_an_address_that_keeps_what_is_told_private_may_be_asked(address, fine):
    assert secure(address) is fine


# digests


def test_a_digest_counts_and_names_the_gravest_first():
    entries = [entry("a"), entry("b", times=3), entry("c", Change.RECOVERED)]
    down = replace(entry(""), word=Word(Kind.BACKEND_DOWN, "BreakerOpen"), fleet="", at=AT - HOUR)
    made = digest_of("ops", [*entries, down], [standing("a"), standing("b", Kind.WRITE_FAILED)], AT)
    assert [(g.word.kind, g.change, g.count, g.names, g.times) for g in made.news] == [
        (Kind.BACKEND_DOWN, Change.OPENED, 1, (), 1),
        (Kind.STALLED, Change.OPENED, 2, ("a", "b"), 4),
        (Kind.STALLED, Change.RECOVERED, 1, ("c",), 1),
    ]
    assert [(g.word.kind, g.names) for g in made.standing] == [
        (Kind.WRITE_FAILED, ("b",)),
        (Kind.STALLED, ("a",)),
    ]
    assert (made.since, made.moves) == (AT - HOUR, 6)


def test_five_thousand_tenants_make_a_digest_that_can_be_read():
    name = "a" * 5_000
    entries = [entry(f"{n}{name}", reason=f"Reason{n % 100}") for n in range(5_000)]
    made = digest_of("ops", entries, [standing(f"{n}{name}") for n in range(5_000)], AT, left_out=7)
    assert len(made.news) == MOST_GROUPS
    assert made.moves == 5_007
    assert all(len(g.names) <= MOST_NAMES and g.more == g.count - len(g.names) for g in made.news)
    for language in Language:
        assert len(message_of(made, language, PAGE).body.encode()) < MOST_BYTES
    assert len(event_text(event_of(made.id, made, PAGE))) < MOST_BYTES


@quick
@given(st.permutations([entry("a"), entry("b"), entry("b", Change.RECOVERED), entry("c", reason="X")]))
def test_a_digest_does_not_hang_on_what_came_first(entries):
    assert digest_of("ops", entries, [], AT) == digest_of("ops", sorted(entries, key=repr), [], AT)


# what people read


def test_a_mail_says_who_what_the_numbers_and_what_to_do():
    told = message_of(notice(what=matter(remedy="Give it one.")), ENGLISH, PAGE)
    assert told.subject == "[reconciler] fabrikam: stalled (RoleMissing)"
    assert told.body.splitlines() == [
        "Tenant: fabrikam",
        "Source: fleet",
        "Severity: warning",
        "Since: 2026-11-26 12:00 UTC",
        "",
        "The tenant stays as it is until a person acts.",
        "Details: The operator has no role that may switch plans. Give it one.",
        "What to do: `reconciler explain fabrikam` tells each check, the way out, and who can take it.",
        "",
        "Page: https://page.example.com/tenants/fabrikam",
        f"Reference: {notice().id}",
    ]


def test_a_mail_says_what_it_was_before_and_how_long_it_lasted():
    before = Word(Kind.STALLED, "RoleMissing")
    changed = notice(Change.CHANGED, matter(reason="Ambiguous"), before=before)
    assert message_of(changed, ENGLISH).subject == (
        "[reconciler] fabrikam: stalled (RoleMissing -> Ambiguous)"
    )
    over = notice(Change.RECOVERED, at=AT + 27 * HOUR, opened_at=AT)
    told = message_of(over, ENGLISH)
    assert told.subject == "[reconciler] fabrikam: recovered from stalled (RoleMissing)"
    assert "Lasted: 1 d 3 h\n" in told.body
    assert "What to do" not in told.body
    assert "What to do" not in message_of(notice(Change.WITHDRAWN), ENGLISH).body


def test_a_mail_in_norwegian_is_norwegian():
    told = message_of(notice(Change.RECOVERED, at=AT + 95 * MINUTE, opened_at=AT), NORWEGIAN)
    assert told.subject == "[reconciler] fabrikam: i orden igjen etter står stille (RoleMissing)"
    assert "Varte i: 1 t 35 min\n" in told.body
    assert "Siden: 26.11.2026 kl. 12.00 UTC" in message_of(notice(), NORWEGIAN).body


def test_a_digest_in_a_mail_has_a_line_for_each_group():
    made = digest_of("ops", [entry("a"), entry("b", times=3)], [standing("a")], AT, left_out=2)
    told = message_of(made, ENGLISH, PAGE)
    assert told.subject == "[reconciler] digest: 6 news, 1 standing"
    assert told.body.splitlines() == [
        "Since 2026-11-26 12:00 UTC:",
        "* 2 x stalled (RoleMissing) opened, 4 times: a, b",
        "* 2 more are left out.",
        "",
        "What stands now:",
        "* 1 x stalled (RoleMissing): a",
        "",
        "Page: https://page.example.com",
    ]
    assert "Nothing new." in message_of(digest_of("ops", [], [], AT), ENGLISH).body


def test_both_languages_have_the_same_keys_and_name_the_same_facts():
    def fields(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    assert set(NOTICES) == set(NOTICES_NB)
    for key, text in NOTICES.items():
        assert fields(text) == fields(NOTICES_NB[key]), key
        assert NOTICES_NB[key].strip()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_told_in_every_way(kind, language):
    words = WORDS[language]
    for change in Change:
        told = message_of(notice(change, matter(kind, subject="main")), language)
        assert words[f"notice.kind.{kind}"] in told.subject
        assert "{" not in told.subject + told.body
    assert words[f"notice.means.{kind}"] in message_of(notice(what=matter(kind)), language).body
    assert SENTENCES[f"notice.means.{kind}"]


@quick
@given(
    texts, texts, st.sampled_from(list(Change)), st.sampled_from(list(Kind)), st.sampled_from(list(Language))
)
def test_no_name_breaks_a_mail_or_passes_for_a_line_of_ours(name, said, change, kind, language):
    hostile = matter(kind, name, tenant=name, fleet=name, subject=name, labels={}, sentence=said, remedy=said)
    plain = matter(kind, "R", tenant="n", fleet="n", subject="n", labels={}, sentence="s", remedy="r")
    page = "https://page.example.com"
    told = message_of(notice(change, replace(hostile, commit=name)), language, page)
    usual = message_of(notice(change, replace(plain, commit="c")), language, page)
    assert told.subject.isprintable()
    assert len(told.subject) <= 150
    assert len(told.body.splitlines()) == len(usual.body.splitlines())
    assert all(line.isprintable() for line in told.body.splitlines())
    told.subject.encode("utf-8")
    told.body.encode("utf-8")


@quick
@given(texts)
def test_nothing_in_a_chat_is_a_mention_a_link_or_code(name):
    told = message_of(notice(what=matter(tenant=name, sentence=name)), ENGLISH).for_chat()
    assert not set("@<>[]`") & set(told.subject + told.body)
    assert len(told.body) <= 1_800


# events


def test_an_event_is_a_cloud_event_with_the_facts_in_it():
    event = event_of("id-1", notice(what=matter(subject="main")), PAGE)
    data = event.pop("data")
    assert event == {
        "specversion": "1.0",
        "id": "id-1",
        "source": "/reconciler/fleet",
        "type": "reconciler.tenant.stalled",
        "time": "2026-11-26T12:00:00Z",
        "datacontenttype": "application/json",
        "subject": "fabrikam/main",
    }
    assert data == {
        "change": "opened",
        "kind": "stalled",
        "severity": "warning",
        "reason": "RoleMissing",
        "before": None,
        "fleet": "fleet",
        "tenant": "fabrikam",
        "subject": "main",
        "labels": {"region": "norway"},
        "message": "The operator has no role that may switch plans.",
        "remedy": None,
        "commit": None,
        "opened_at": "2026-11-26T12:00:00Z",
        "page": "https://page.example.com/tenants/fabrikam",
    }


def test_an_event_of_the_loop_has_no_subject_and_a_digest_its_own_type():
    down = matter(Kind.BACKEND_DOWN, tenant="", fleet="", labels={}, sentence="")
    event = event_of("id-1", notice(what=down))
    assert (event["source"], event["type"]) == ("/reconciler", "reconciler.loop.backend-down")
    assert "subject" not in event
    made = event_of("id-2", digest_of("ops", [entry()], [standing()], AT), PAGE)
    assert made["type"] == "reconciler.digest"
    assert made["data"]["news"][0]["names"] == ["fabrikam"]
    assert made["data"]["standing"][0]["change"] is None


def test_every_kind_has_a_type_of_its_own():
    types = {type_of(kind) for kind in Kind}
    assert len(types) == len(Kind)
    assert all(t.startswith(("reconciler.tenant.", "reconciler.source.", "reconciler.loop.")) for t in types)


@quick
@given(texts, st.sampled_from(list(Change)))
def test_no_name_breaks_an_event(name, change):
    hostile = matter(
        reason=name, tenant=name, fleet=name, subject=name, labels={name: name}, sentence=name, remedy=name
    )
    event = event_of("id", notice(change, replace(hostile, commit=name)), PAGE)
    again = json.loads(event_text(event))
    assert again == event

    def strings(value: object) -> list[str]:
        if isinstance(value, dict):
            return [s for k, v in value.items() for s in (k, *strings(v))]
        return [s for v in value for s in strings(v)] if isinstance(value, list) else [str(value)]

    for text in strings(event):
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in text)
    assert event["source"].isascii()
    assert len(event_text(event)) < MOST_BYTES


# kept and read back

made_notices = st.builds(
    lambda change, kind, name, quiet: notice(
        change,
        matter(kind, name, tenant=name, subject=name, labels={name: name}, sentence=name),
        before=Word(kind, name),
    ),
    st.sampled_from(list(Change)),
    st.sampled_from(list(Kind)),
    texts,
    st.booleans(),
)


@quick
@given(made_notices)
def test_a_notice_comes_back_from_the_store_as_it_was(made: Notice):
    assert from_plain(json.loads(json.dumps(to_plain(made)))) == made
    kept = Entry.of(made)
    assert from_plain(json.loads(json.dumps(to_plain(kept)))) == kept


@quick
@given(st.lists(made_notices, max_size=5))
def test_a_digest_comes_back_from_the_store_as_it_was(made: list[Notice]):
    digest: Digest = digest_of("ops", [Entry.of(n) for n in made], [standing()], AT, 3)
    assert from_plain(json.loads(json.dumps(to_plain(digest)))) == digest


@pytest.mark.parametrize("value", [{}, {"type": "letter"}, {"type": "notice"}, {"type": "digest", "news": 5}])
def test_what_another_version_wrote_is_told_from_what_we_did(value):
    with pytest.raises(ValueError, match="can not be read"):
        from_plain(value)


def test_a_default_route_of_our_own_tells_everybody_once_a_day():
    assert fallback(("ops",)) == Route(("ops",), pace=Pace.DAILY)
