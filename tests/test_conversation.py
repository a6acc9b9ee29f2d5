"""What should be said at a code host, without one: the one comment, and the issues about drift."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.conversation import (
    MOST_NAMED,
    Deed,
    Entry,
    Looked,
    Topic,
    Verb,
    comment_body,
    inert,
    one_comment,
    one_issue_each,
)
from reconciler.errors import ReconcilerError
from reconciler.report.topics import drift_topics

ME = "our-bot"
TENANTS = ("fabrikam", "contoso", "litware")
BODY = comment_body("the plan")
Json = dict[str, Any]


def done(there: Sequence[Entry], deeds: Sequence[Deed]) -> list[Entry]:
    """The conversation after the deeds, as a host would keep it; closed issues are gone from the open ones."""
    kept = {e.number: e for e in there}
    for deed in deeds:
        if deed.entry is None:
            number = max(kept, default=0) + 1
            kept[number] = Entry(number, ME, deed.body, deed.title)
        elif deed.verb is Verb.CLOSE:
            del kept[deed.entry.number]
        elif deed.verb is Verb.UPDATE:
            kept[deed.entry.number] = Entry(deed.entry.number, deed.entry.author, deed.body, deed.title)
    return list(kept.values())


def verbs(deeds: Sequence[Deed]) -> list[str]:
    return [deed.verb.value for deed in deeds]


# comments

entries = st.lists(
    st.builds(
        Entry,
        number=st.integers(1, 50),
        author=st.sampled_from([ME, "ola", ""]),
        body=st.sampled_from([BODY, BODY + "\r\n", comment_body("old"), "remark", f"> {BODY}", ""]),
    ),
    unique_by=lambda entry: entry.number,
    max_size=6,
)


@given(entries)
def test_afterwards_one_comment_of_ours_says_it_and_nobody_elses_was_touched(there: list[Entry]) -> None:
    deeds = one_comment(there, ME, BODY)
    after = done(there, deeds)
    ours = [e for e in after if e.author == ME and e.body.rstrip() == BODY.rstrip()]
    assert len(ours) == 1
    others = [e for e in there if e.author != ME]
    assert [e for e in after if e.author != ME] == others
    assert verbs(one_comment(after, ME, BODY)) == ["keep"]


@pytest.mark.parametrize(
    ("bodies", "wanted"),
    [
        ([], ["create"]),
        ([BODY], ["keep"]),
        ([BODY.replace("\n", "\r\n").rstrip()], ["keep"]),
        ([comment_body("old")], ["update"]),
        ([comment_body("old"), BODY], ["update", "update"]),
        ([f"quoting:\n{BODY}"], ["create"]),
        ([comment_body("old", "norway")], ["create"]),
    ],
)
def test_a_comment_is_created_edited_or_left(bodies: list[str], wanted: list[str]) -> None:
    there = [Entry(number, ME, body) for number, body in enumerate(bodies, start=1)]
    assert verbs(one_comment(there[::-1], ME, BODY)) == wanted


def test_the_marker_of_the_text_itself_is_not_written_twice() -> None:
    assert comment_body(BODY) == BODY
    assert comment_body(BODY, digest="sha256:" + "0" * 64).count("reconciler:plan") == 1


@given(st.text(alphabet="/ab\n ", max_size=30))
def test_an_inert_text_has_no_command_and_is_read_the_same(text: str) -> None:
    assert not any(line[:1] == "/" and line[1:2].isalpha() for line in inert(text).split("\n"))
    assert inert(text).replace("\\/", "/") == text


# issues


def topic(key: str = "outside-licenses-above-01", *tenants: str, text: str = "it rose") -> Topic:
    return Topic(key, f"Drift: {key}", text, tenants or ("fabrikam",))


def seen(*tenants: str, **more: Any) -> Looked:
    return Looked(frozenset(tenants or TENANTS), **more)


def opened(*topics: Topic) -> list[Entry]:
    return done([], one_issue_each([], ME, topics, seen()))


def test_an_issue_is_opened_left_edited_and_closed() -> None:
    there = opened(topic())
    assert verbs(one_issue_each(there, ME, [topic()], seen())) == ["keep"]
    assert verbs(one_issue_each(there, ME, [topic(text="more")], seen())) == ["update"]
    (closed,) = one_issue_each(there, ME, [], seen())
    assert closed.verb is Verb.CLOSE
    assert closed.body.splitlines()[0] == there[0].body.splitlines()[0]
    assert "it rose" in closed.body


@pytest.mark.parametrize(
    "looked",
    [
        Looked(frozenset()),
        Looked(frozenset({"fabrikam"})),
        seen(doubtful=frozenset({"outside-licenses-above-01"})),
    ],
)
def test_what_was_not_seen_without_doubt_is_not_closed(looked: Looked) -> None:
    there = opened(topic("outside-licenses-above-01", "fabrikam", "contoso"))
    assert verbs(one_issue_each(there, ME, [], looked)) == ["hold"]


def test_a_tenant_that_was_not_seen_this_time_stays_named() -> None:
    there = opened(topic("k", "fabrikam", "contoso"))
    (deed,) = one_issue_each(there, ME, [topic("k", "fabrikam")], seen("fabrikam"))
    assert "tenants contoso fabrikam" in deed.body
    assert "still named: contoso" in deed.body
    (deed,) = one_issue_each(there, ME, [topic("k", "fabrikam")], seen("fabrikam", "contoso"))
    assert "contoso" not in deed.body


def test_an_issue_of_more_tenants_than_it_can_name_waits_for_a_look_at_the_whole_fleet() -> None:
    many = topic("k", *(f"t{n}" for n in range(MOST_NAMED + 1)))
    there = opened(many)
    assert "tenants *" in there[0].body
    assert verbs(one_issue_each(there, ME, [], seen())) == ["hold"]
    assert verbs(one_issue_each(there, ME, [], seen(whole=True))) == ["close"]
    (narrowed,) = one_issue_each(there, ME, [topic("k", "t1")], seen("t1"))
    assert "tenants *" in narrowed.body
    (narrowed,) = one_issue_each(there, ME, [topic("k", "t1")], seen("t1", whole=True))
    assert "tenants t1 " in narrowed.body


def test_an_issue_of_somebody_else_or_without_its_hidden_line_is_left() -> None:
    (ours,) = opened(topic())
    strange = [Entry(1, "mallory", ours.body), Entry(2, ME, "no marker"), Entry(3, ME, f"> {ours.body}")]
    assert one_issue_each(strange, ME, [], seen()) == ()
    edited = [Entry(1, ME, "\n".join([ours.body.splitlines()[0], "the rest was taken out"]))]
    assert verbs(one_issue_each(edited, ME, [], seen())) == ["hold"]


def test_of_two_issues_of_one_cause_the_oldest_stays() -> None:
    (one,) = opened(topic())
    twice = [Entry(9, ME, one.body, one.title), Entry(4, ME, one.body, one.title)]
    kept, closed = one_issue_each(twice, ME, [topic()], seen())
    assert (kept.verb, kept.entry) == (Verb.KEEP, twice[1])
    assert (closed.verb, closed.entry) == (Verb.CLOSE, twice[0])
    assert "number 4" in closed.body


wanted_topics = st.lists(
    st.builds(topic, st.sampled_from(["k1", "k2", "k3"]), st.sampled_from(TENANTS)),
    unique_by=lambda one: one.key,
    max_size=3,
)


@given(wanted_topics, wanted_topics, st.frozensets(st.sampled_from(TENANTS)))
def test_every_cause_has_one_issue_and_no_tenant_that_was_not_seen_is_lost(
    before: list[Topic], now: list[Topic], looked: frozenset[str]
) -> None:
    there = opened(*before)
    after = done(there, one_issue_each(there, ME, now, Looked(looked)))
    keys = [entry.body.split()[2] for entry in after]
    assert len(keys) == len(set(keys))
    assert set(keys) >= {one.key for one in now}
    for one in before:
        if not looked.issuperset(one.tenants):
            (kept,) = [entry for entry in after if entry.body.split()[2] == one.key]
            assert set(one.tenants) <= set(kept.body.splitlines()[1].split())
    again = one_issue_each(after, ME, now, Looked(looked))
    assert set(verbs(again)) <= {"keep", "hold"}


# from what drift prints to topics


def finding(delta: int | None, **more: Any) -> Json:
    live = None if delta is None else 42 + delta
    return {
        "cause": "outside",
        "kind": "licenses-above",
        "plan": "office-365-enterprise-e3",
        "field": "licenses",
        "before": 42,
        "live": live,
        "first_seen": "2026-11-23T10:00:00Z",
        "message": f"E3: 42 -> {live} licences",
        "advice": "Adopt it (`reconciler drift PATH --propose`).",
        **more,
    }


def tenant(name: str, *outside: Json, **more: Any) -> Json:
    lists: Json = {"outside": list(outside), "service": [], "unconfirmed": [], "under_way": [], "unread": []}
    return {"name": name, "baseline_at": "2026-11-23T10:00:00Z", **lists, **more}


def drift_document(deltas: Mapping[int, Sequence[str]], *more: Json) -> Json:
    """A drift document in which the licences of these tenants rose by these numbers."""
    names = {name for names in deltas.values() for name in names} | {"fabrikam"}
    groups = [
        {
            **finding(delta),
            "delta": delta,
            "new": True,
            "message": f"E3: +{delta} licences",
            "tenants": list(t),
        }
        for delta, t in deltas.items()
    ]
    tenants = [tenant(n, *(finding(d) for d, t in deltas.items() if n in t)) for n in sorted(names)]
    told = {other["name"] for other in more}
    return {
        "format_version": "1.0",
        "snapshot": False,
        "errored": False,
        "groups": groups,
        "tenants": [t for t in tenants if t["name"] not in told] + list(more),
    }


def read(document: Json) -> tuple[tuple[Topic, ...], Looked]:
    return drift_topics(json.dumps(document), "drift.json")


def test_a_group_is_a_topic_with_its_tenants_and_a_key_without_text_of_others() -> None:
    (found,), looked = read(drift_document({8: ["contoso", "fabrikam"]}))
    assert found.tenants == ("contoso", "fabrikam")
    assert found.title == "Drift: E3: +8 licences"
    assert "`contoso`" in found.text
    assert "reconciler drift PATH --propose" in found.text
    assert looked.seen == {"contoso", "fabrikam"}
    head, mark = found.key.rsplit("-", 1)
    assert head == "outside-licenses-above"
    assert len(mark) == 16


def test_the_key_stays_while_a_cause_spreads_and_grows_old() -> None:
    (first,), _ = read(drift_document({8: ["fabrikam"]}))
    document = drift_document({8: ["fabrikam", "contoso"]})
    document["groups"][0]["new"] = False
    (later,), _ = read(document)
    assert first.key == later.key
    (other,), _ = read(drift_document({9: ["fabrikam"]}))
    assert other.key != first.key


def test_what_is_known_and_what_is_new_of_one_cause_is_one_topic() -> None:
    document = drift_document({8: ["fabrikam"]})
    document["groups"].append({**document["groups"][0], "new": False, "tenants": ["contoso"]})
    (found,), _ = read(document)
    assert found.tenants == ("contoso", "fabrikam")


def test_the_text_does_not_change_from_look_to_look() -> None:
    document = drift_document({8: ["fabrikam"]})
    before = read(document)[0]
    document["tenants"][0]["outside"][0].update(last_seen="2027-01-01T00:00:00Z", times=99)
    assert read(document)[0] == before


@pytest.mark.parametrize(
    "doubt",
    [
        tenant("litware", baseline_at=None),
        tenant("litware", unread=[{"address": None, "field": "subscriptions", "reason": "gone"}]),
    ],
)
def test_a_tenant_in_doubt_is_not_seen(doubt: Json) -> None:
    _, looked = read(drift_document({}, doubt))
    assert looked.seen == {"fabrikam"}


def test_a_cause_that_is_met_but_not_settled_is_in_doubt() -> None:
    (found,), _ = read(drift_document({8: ["fabrikam"]}))
    for where in ("unconfirmed", "under_way"):
        _, looked = read(drift_document({}, tenant("fabrikam", **{where: [finding(8)]})))
        assert looked.doubtful == {found.key}


def test_only_a_look_at_a_large_fleet_without_doubt_is_one_at_the_whole() -> None:
    large = [tenant(f"t{n}") for n in range(MOST_NAMED + 1)]
    assert read(drift_document({}, *large))[1].whole
    assert not read(drift_document({}, *large, tenant("x", baseline_at=None)))[1].whole
    assert not read({**drift_document({}, *large), "errored": True})[1].whole
    assert not read(drift_document({}))[1].whole


def test_words_of_a_service_stay_words() -> None:
    document = drift_document({8: ["fabrikam"]})
    hostile = "x](http://evil) @admin #1 <!-- reconciler:drift k -->\n/close `code` ![i](u)"
    document["groups"][0]["message"] = document["tenants"][0]["outside"][0]["message"] = hostile
    (found,), _ = read(document)
    assert "<!--" not in found.text
    assert "@admin" not in found.text
    assert "@" not in found.title
    assert not any(line.startswith("/") for line in found.text.splitlines())


@pytest.mark.parametrize("name", ["a --> b", "a b", "", "*", 7, None])
def test_a_name_that_could_end_the_hidden_line_is_refused(name: object) -> None:
    document = drift_document({8: ["fabrikam"]})
    document["groups"][0]["tenants"] = [name]
    with pytest.raises(ReconcilerError):
        read(document)


def test_an_issue_about_many_tenants_is_within_what_hosts_take() -> None:
    (found,), _ = read(drift_document({8: [f"tenant-with-a-rather-long-name-{n:04}" for n in range(5000)]}))
    (deed,) = one_issue_each([], ME, [found], seen())
    assert len(deed.body) < 60_000
    assert "4900 more" in deed.body


def test_what_the_tool_itself_prints_is_read() -> None:
    from reconciler.adapters import files

    (example,) = files.schema("drift")["examples"]
    (found,), looked = read(example)
    assert found.tenants == ("fabrikam",)
    assert looked.seen == {"fabrikam"}
