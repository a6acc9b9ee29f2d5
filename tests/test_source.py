"""Which declarations hold while the files change under the loop, and what is held back. Everything here is pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tenant_texts import BROKEN, FOUR, doc, one_each

from reconciler.adapters import files
from reconciler.adapters.files import trouble
from reconciler.desired import Fleet, TenantReader, gathered
from reconciler.limits import Limits
from reconciler.model import Declaration
from reconciler.source import Held, Snapshot, SourceState, Trouble, changed, not_taken, taken

READER: TenantReader = files.reader_of(files.load_catalogue("office365-2014"))
LIMITS = Limits()
Texts = Mapping[str, str]


def fleet_of(texts: Texts) -> Fleet:
    return gathered([READER.read(file, text) for file, text in texts.items()], lambda wanted: texts)


def snapshot(texts: Texts, commit: str = "c2") -> Snapshot:
    return Snapshot(fleet_of(texts), commit, sha256(repr(sorted(texts.items())).encode()).hexdigest())


def held(*steps: Texts, last_size: int | None = None, limits: Limits = LIMITS) -> Held:
    """What holds after the snapshots, one after the other."""
    state: Held | None = None
    for number, texts in enumerate(steps, start=1):
        state = taken(state, snapshot(texts, f"c{number}"), limits, last_size)
    assert state is not None
    return state


def wanted(state: Held) -> dict[str, int | None]:
    return {d.name: d.subscriptions[0].licenses for d in state.declarations}


def test_of_a_whole_fleet_all_is_taken() -> None:
    state = held(FOUR)
    assert wanted(state) == dict.fromkeys(("adatum", "contoso", "fabrikam", "litware"), 5)
    assert (state.held, state.commit, state.gone, state.size) == ({}, "c1", (), 4)
    assert state.whole
    assert state.state is SourceState.CURRENT
    assert state.why_not("adatum") is None


@pytest.mark.parametrize(
    "text", [BROKEN, doc("fabrikam", 0), "", doc("fabrikam") + "spec: 1\n", "kind: Tenant\n"]
)
def test_a_tenant_whose_file_is_broken_is_held_on_its_last_good_declaration(text: str) -> None:
    state = held(FOUR, {**one_each("adatum", "contoso", "litware", licenses=7), "fabrikam.yaml": text})
    assert wanted(state) == {"adatum": 7, "contoso": 7, "fabrikam": 5, "litware": 7}
    assert list(state.held) == ["fabrikam"]
    assert "its file is broken at fabrikam.yaml:" in state.held["fabrikam"]
    assert state.why_not("fabrikam")
    assert state.why_not("adatum") is None
    assert (state.gone, state.commit, state.size, state.whole) == ((), "c2", 4, False)
    assert state.state is SourceState.PARTIAL


def test_the_sentence_names_the_problem_of_the_tenant_s_own_document() -> None:
    both = doc("adatum") + "---\n" + doc("contoso")
    wrong = doc("adatum", 0) + "---\n" + doc("contoso", -1)
    state = held({"all.yaml": both, **one_each("fabrikam")}, {"all.yaml": wrong, **one_each("fabrikam")})
    assert "all.yaml:6:" in state.held["adatum"]
    assert "all.yaml:13:" in state.held["contoso"]


def test_the_other_documents_of_a_file_go_on_where_only_one_is_broken() -> None:
    first = {"all.yaml": doc("adatum") + "---\n" + doc("contoso")}
    state = held(first, {"all.yaml": doc("adatum", 9) + "---\n" + doc("contoso", 0)})
    assert wanted(state) == {"adatum": 9, "contoso": 5}
    assert list(state.held) == ["contoso"]


def test_of_a_tenant_that_was_never_sound_nothing_is_known_and_its_name_is_told() -> None:
    state = held({**FOUR, "new.yaml": doc("new", 0), "odd.yaml": BROKEN})
    assert "new" not in wanted(state)
    assert list(state.held) == ["new"]
    assert "Nothing sound is known of it" in state.held["new"]
    assert {p.place.file for p in state.problems} == {"new.yaml", "odd.yaml"}


def test_a_duplicate_holds_both() -> None:
    state = held(FOUR, {**FOUR, "copy.yaml": doc("copy", 50, tenant="FABRIKAM")})
    assert wanted(state)["fabrikam"] == 5
    assert "copy" not in wanted(state)
    assert set(state.held) == {"copy", "fabrikam"}
    both = held(FOUR, {**FOUR, "adatum.yaml": doc("adatum", 50, tenant="contoso")})
    assert (wanted(both)["adatum"], wanted(both)["contoso"]) == (5, 5)
    assert set(both.held) == {"adatum", "contoso"}


def test_a_tenant_that_moves_into_a_broken_file_is_held_and_not_gone() -> None:
    moved = {**one_each("adatum", "contoso", "litware"), "new/fabrikam.yaml": doc("fabrikam", 0)}
    state = held(FOUR, moved)
    assert wanted(state)["fabrikam"] == 5
    assert "new/fabrikam.yaml:6:" in state.held["fabrikam"]
    assert state.gone == ()


def test_a_tenant_that_is_missing_while_another_file_is_broken_is_held_and_not_gone() -> None:
    state = held(FOUR, {**one_each("adatum", "contoso"), "litware.yaml": BROKEN})
    assert set(state.held) == {"fabrikam", "litware"}
    assert "no longer declares it" in state.held["fabrikam"]
    assert set(wanted(state)) == {"adatum", "contoso", "fabrikam", "litware"}
    mended = taken(state, snapshot(one_each("adatum", "contoso", "litware")), LIMITS, None)
    assert [d.name for d in mended.gone] == ["fabrikam"]
    assert mended.held == {}


def test_gone_is_told_once() -> None:
    state = held(FOUR, one_each("adatum", "contoso", "litware"))
    assert [d.name for d in state.gone] == ["fabrikam"]
    assert taken(state, snapshot(one_each("adatum", "contoso", "litware")), LIMITS, None).gone == ()


def test_a_renamed_tenant_is_not_gone() -> None:
    renamed = one_each("adatum", "contoso", "litware")
    renamed["tailspin.yaml"] = doc("tailspin", tenant="fabrikam", more=", moved: {from: fabrikam}")
    assert held(FOUR, renamed).gone == ()
    by_domain = {**one_each("adatum", "contoso", "litware"), "t.yaml": doc("tailspin", tenant="fabrikam")}
    assert held(FOUR, by_domain).gone == ()


@pytest.mark.parametrize(
    "text",
    [
        doc("fabrikam", 50),
        doc("tailspin", 50, tenant="fabrikam"),
        doc("tailspin", 50, more=", moved: {from: fabrikam}"),
        doc("tailspin", 50, pin="sub-f"),
    ],
)
def test_who_claims_what_a_broken_file_may_still_declare_is_held_too(text: str) -> None:
    first = {**FOUR, "fabrikam.yaml": doc("fabrikam", pin="sub-f")}
    state = held(first, {**first, "fabrikam.yaml": BROKEN, "new.yaml": text})
    assert wanted(state) == dict.fromkeys(("adatum", "contoso", "fabrikam", "litware"), 5)
    assert set(state.held) == {"fabrikam"} | ({"tailspin"} if "tailspin" in text else set())
    mended = taken(
        state, snapshot({**one_each("adatum", "contoso", "litware"), "new.yaml": text}), LIMITS, None
    )
    assert mended.held == {}
    assert 50 in wanted(mended).values()


def test_a_chain_of_claims_is_held_to_its_end() -> None:
    """fabrikam is broken; contoso takes over its domain, and adatum that of contoso: whoever is right, not now."""
    state = held(
        FOUR,
        {
            **FOUR,
            "fabrikam.yaml": BROKEN,
            "contoso.yaml": doc("contoso", 50, tenant="fabrikam"),
            "adatum.yaml": doc("adatum", 60, tenant="contoso"),
        },
    )
    assert wanted(state) == dict.fromkeys(("adatum", "contoso", "fabrikam", "litware"), 5)
    assert set(state.held) == {"adatum", "contoso", "fabrikam"}
    assert len({d.tenant for d in state.declarations}) == 4


def test_a_tenant_that_is_renamed_within_a_file_with_another_broken_document_goes_on() -> None:
    first = {"all.yaml": doc("adatum") + "---\n" + doc("contoso")}
    second = {
        "all.yaml": doc("adatum", 0)
        + "---\n"
        + doc("coho", 6, tenant="contoso", more=", moved: {from: contoso}")
    }
    state = held(first, second)
    assert wanted(state) == {"adatum": 5, "coho": 6}
    assert set(state.held) == {"adatum"}


# The fleet as a whole


def test_an_empty_fleet_stops_everything_and_keeps_what_was_good() -> None:
    state = held(FOUR, {})
    assert wanted(state) == wanted(held(FOUR))
    assert state.stopped
    assert "No tenant is declared at all" in state.stopped
    assert (state.gone, state.commit, state.size, state.whole) == ((), "c1", 4, False)
    assert state.state is SourceState.STOPPED
    assert state.why_not("adatum") == state.stopped
    assert held({}).stopped
    assert taken(held(FOUR), snapshot({}), LIMITS, 4, accept_size=0).stopped


def test_a_fleet_in_which_nothing_is_sound_stops_everything() -> None:
    state = held(FOUR, dict.fromkeys(FOUR, BROKEN))
    assert state.stopped
    assert "4 problems" in state.stopped
    assert wanted(state) == wanted(held(FOUR))
    assert set(state.held) == {"adatum", "contoso", "fabrikam", "litware"}


def test_a_fleet_that_lost_too_many_stops_everything_until_the_new_size_is_said() -> None:
    few = one_each("adatum")
    state = held(FOUR, few)
    assert state.stopped
    assert "--fleet-size 1" in state.stopped
    assert (set(wanted(state)), state.size, state.gone) == (
        {"adatum", "contoso", "fabrikam", "litware"},
        4,
        (),
    )
    assert taken(state, snapshot(few), LIMITS, None).stopped
    assert taken(state, snapshot(few), LIMITS, None, accept_size=2).stopped
    said = taken(state, snapshot(few), LIMITS, None, accept_size=1)
    assert (said.stopped, set(wanted(said)), said.size, len(said.gone)) == (None, {"adatum"}, 1, 3)
    assert taken(said, snapshot(few), LIMITS, None).stopped is None


def test_a_fleet_that_shrank_stays_stopped_after_a_start() -> None:
    few = snapshot(one_each("adatum"))
    state = taken(None, few, LIMITS, 4)
    assert state.stopped
    assert state.size == 4
    assert taken(state, few, LIMITS, 4).stopped
    assert taken(state, few, LIMITS, None).stopped
    assert taken(None, few, LIMITS, 4, accept_size=1).stopped is None
    assert taken(None, few, LIMITS, None).stopped is None


def test_as_many_as_the_limit_allows_may_go() -> None:
    assert held(FOUR, one_each("adatum", "contoso")).stopped is None
    assert held(FOUR, one_each("adatum", "contoso"), limits=replace(LIMITS, fleet_shrink_percent=49)).stopped


def test_one_bad_file_does_not_stop_the_others_however_small_the_fleet() -> None:
    strict = replace(LIMITS, fleet_shrink_percent=0)
    two = one_each("adatum", "contoso")
    broken = {**one_each("adatum", licenses=6), "contoso.yaml": BROKEN}
    assert wanted(held(two, broken, limits=strict)) == {"adatum": 6, "contoso": 5}
    assert taken(None, snapshot(broken), strict, 2).stopped is None
    region = {"all.yaml": "---\n".join(map(doc, ("adatum", "contoso", "fabrikam"))), **one_each("litware")}
    state = held(region, {"all.yaml": BROKEN, **one_each("litware")}, limits=strict)
    assert state.stopped is None
    assert set(state.held) == {"adatum", "contoso", "fabrikam"}


def test_files_that_are_gone_are_not_made_up_for_by_one_that_is_broken() -> None:
    many = one_each(*(f"t{n}" for n in range(10)))
    state = held(many, {**one_each("t0", "t1", "t2"), "t3.yaml": BROKEN})
    assert state.stopped
    assert "now there are 4" in state.stopped


def test_a_folder_that_is_not_there_any_more_is_told_and_stops_everything() -> None:
    empty = Fleet((), (trouble("tenants/", "no-such-path", path="tenants/"),), 0)
    before = held({f"tenants/{file}": text for file, text in FOUR.items()})
    state = taken(before, Snapshot(empty, None, "x"), LIMITS, None)
    assert state.stopped
    assert wanted(state) == wanted(before)
    part = Fleet(before.declarations[:2], (trouble("tenants/", "unreadable", why="no"),), 2)
    some = taken(before, Snapshot(part, None, "y"), LIMITS, None)
    assert some.stopped is None
    assert all("broken at tenants/:1:1" in reason for reason in some.held.values())


# What is not taken


def test_before_anything_was_read_nothing_is_written() -> None:
    state = not_taken(None, Trouble("GitUnreachable", "The host does not answer."))
    assert state.declarations == ()
    assert state.stopped == "Nothing was read yet, so nothing is written. The host does not answer."
    assert taken(state, snapshot(FOUR), LIMITS, 4).stopped is None
    assert taken(state, snapshot(one_each("adatum")), LIMITS, 4).stopped


def test_what_is_refused_leaves_what_held_and_is_told() -> None:
    before = held(FOUR, one_each("adatum", "contoso", "litware"))
    trouble_ = Trouble("SignatureInvalid", "It is not signed.", "c3")
    state = not_taken(before, trouble_)
    assert (state.declarations, state.commit, state.stopped) == (before.declarations, "c2", None)
    assert (state.refused, state.trouble, state.gone, state.whole) == (
        "It is not signed.",
        trouble_,
        (),
        False,
    )
    assert state.state is SourceState.BEHIND
    assert changed(before, state) == frozenset()
    assert taken(state, snapshot(FOUR), LIMITS, None).refused is None


def test_a_trouble_that_stops_holds_everybody_until_something_is_read() -> None:
    before = held(FOUR)
    state = not_taken(before, Trouble("FolderUnreadable", "It can not be read.", stops=True))
    assert state.why_not("adatum") == "It can not be read."
    after = taken(state, snapshot(FOUR, "c1"), LIMITS, None)
    assert after == before
    assert changed(state, after) == frozenset(wanted(before))


# What is new


def test_new_and_changed_and_held_and_released_tenants_are_news() -> None:
    first = held(FOUR)
    assert changed(None, first) == frozenset(wanted(first))
    assert changed(first, first) == frozenset()
    second = taken(
        first, snapshot({**FOUR, **one_each("adatum", licenses=6), "new.yaml": doc("new")}), LIMITS, None
    )
    assert changed(first, second) == {"adatum", "new"}
    broken = taken(
        second, snapshot({**FOUR, **one_each("adatum", licenses=6), "new.yaml": BROKEN}), LIMITS, None
    )
    assert changed(second, broken) == {"new"}
    assert changed(broken, second) == {"new"}


def test_where_something_stands_is_not_news() -> None:
    first = held(FOUR)
    second = held(FOUR, {**FOUR, "adatum.yaml": "# a comment\n" + FOUR["adatum.yaml"]})
    assert second.declarations != first.declarations
    assert changed(first, second) == frozenset()


def test_once_a_stop_is_lifted_everybody_is_news() -> None:
    first = held(FOUR)
    stopped = held(FOUR, {})
    assert changed(first, stopped) == frozenset()
    assert changed(stopped, first) == frozenset(wanted(first))


# Laws

NAMES = ("a", "b", "c", "d", "e")
documents = st.builds(
    doc,
    st.sampled_from(NAMES),
    st.sampled_from((0, 5, 6)),
    tenant=st.one_of(st.none(), st.sampled_from(NAMES)),
    more=st.one_of(st.just(""), st.sampled_from([f", moved: {{from: {name}}}" for name in NAMES])),
    pin=st.sampled_from(("", "", "p", "q")),
)
texts = st.one_of(documents, st.lists(documents, min_size=1, max_size=2).map("---\n".join), st.just(BROKEN))
fleets = st.dictionaries(st.sampled_from([f"{n}.yaml" for n in "123456"]), texts, max_size=6)
histories = st.lists(fleets, max_size=4)
sizes = st.one_of(st.none(), st.integers(0, 8))


def whole(texts_: Texts) -> bool:
    fleet = fleet_of(texts_)
    return not fleet.problems and bool(fleet.declarations)


def through(history: list[dict[str, str]], last_size: int | None) -> Held | None:
    return held(*history, last_size=last_size) if history else None


@settings(max_examples=150, deadline=None)
@given(history=histories, now=fleets, last_size=sizes)
def test_law_nobody_is_declared_twice_and_whoever_is_kept_is_held(
    history: list[dict[str, str]], now: dict[str, str], last_size: int | None
) -> None:
    before, fleet = through(history, last_size), fleet_of(now)
    state = taken(before, snapshot(now), LIMITS, last_size)
    claims = [("name", d.name) for d in state.declarations] + [
        ("tenant", d.tenant) for d in state.declarations
    ]
    assert len(claims) == len(set(claims))
    fresh = {id(d) for d in fleet.declarations}
    was = {d.name: d for d in before.declarations} if before else {}
    for each in state.declarations:
        if state.stopped is None and each.name not in state.held:
            assert any(each == d for d in fleet.declarations)
        if each.name in state.held and state.stopped is None:
            assert each == was[each.name]
    assert state.stopped is not None or fresh or not state.declarations


@settings(max_examples=150, deadline=None)
@given(history=histories, now=fleets, last_size=sizes)
def test_law_nobody_is_gone_while_anything_is_broken_and_nobody_is_lost(
    history: list[dict[str, str]], now: dict[str, str], last_size: int | None
) -> None:
    before = through(history, last_size)
    state = taken(before, snapshot(now), LIMITS, last_size)
    if state.problems or state.stopped is not None:
        assert state.gone == ()
    words = {d.tenant for d in (*state.declarations, *state.gone)}
    names = {name for d in (*state.declarations, *state.gone) for name in (d.name, d.formerly)}
    for each in before.declarations if before else ():
        assert each.tenant in words or each.name in names


@settings(max_examples=100, deadline=None)
@given(history=histories, now=fleets, last_size=sizes)
def test_law_mending_the_files_releases_everything(
    history: list[dict[str, str]], now: dict[str, str], last_size: int | None
) -> None:
    mended = dict(FOUR)
    state = taken(through([*history, now], last_size), snapshot(mended), LIMITS, last_size, accept_size=4)
    assert (state.held, state.stopped, state.problems, state.size) == ({}, None, (), 4)
    assert state.declarations == taken(None, snapshot(mended), LIMITS, None).declarations


@settings(max_examples=100, deadline=None)
@given(history=histories, now=fleets, last_size=sizes, order=st.randoms(use_true_random=False))
def test_law_the_order_in_which_files_are_read_does_not_matter(
    history: list[dict[str, str]], now: dict[str, str], last_size: int | None, order: object
) -> None:
    def shuffled(texts_: dict[str, str]) -> dict[str, str]:
        items = list(texts_.items())
        order.shuffle(items)  # type: ignore[attr-defined]
        return dict(items)

    steps = [*history, now]
    assert held(*steps, last_size=last_size) == held(*map(shuffled, steps), last_size=last_size)


@settings(max_examples=100, deadline=None)
@given(history=histories, last_size=sizes)
def test_law_the_same_snapshot_again_is_no_news(history: list[dict[str, str]], last_size: int | None) -> None:
    state = through(history, last_size)
    if state is None:
        return
    again = taken(state, snapshot(history[-1], f"c{len(history)}"), LIMITS, last_size)
    assert replace(again, gone=()) == replace(state, gone=())
    assert changed(state, again) == frozenset()


@settings(max_examples=100, deadline=None)
@given(history=st.lists(st.sampled_from([one_each(*NAMES[:n]) for n in range(6)]), max_size=6))
def test_law_a_fleet_is_never_taken_that_lost_too_many_of_the_last_that_was(
    history: list[dict[str, str]],
) -> None:
    state: Held | None = None
    for texts_ in history:
        size, now = (state.size if state else None), len(texts_)
        state = taken(state, snapshot(texts_), LIMITS, None)
        refused = now == 0 or (size is not None and LIMITS.shrank_too_much(size, now))
        assert (state.stopped is not None) == refused
        assert state.size == (size if refused else now)


def test_a_large_fleet_in_which_everything_broke_is_judged_in_no_time() -> None:
    """Not in time squared: ten thousand tenants held by ten thousand broken files."""
    sound = fleet_of(one_each("adatum")).declarations[0]
    many: tuple[Declaration, ...] = tuple(
        replace(sound, name=f"t{n}", tenant=f"t{n}.example", place=replace(sound.place, file=f"t{n}.yaml"))
        for n in range(10_000)
    )
    problems = tuple(trouble(d.place.file, "empty-file") for d in many)
    before = taken(None, Snapshot(Fleet(many, (), 10_000), None, "a"), LIMITS, None)
    state = taken(before, Snapshot(Fleet(many[:1], problems[1:], 10_000), None, "b"), LIMITS, None)
    assert len(state.held) == 9_999
    assert state.stopped is None
