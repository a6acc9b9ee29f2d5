"""What counts as changed between two fleets: what reaches a tenant, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import E1, E3, MID, SB, SBP, catalogue
from worlds import declare, want

from reconciler.catalogue import Catalogue, Eligibility, ForbiddenPair, PooledCap
from reconciler.changed import Changes, MovedFile, Reach, changes, effective, paired
from reconciler.limits import Limits
from reconciler.model import Acknowledgement, Declaration, Mode, Place, Suspension, Unmanaged, Waiver
from reconciler.roster import Renamed

DAY = date(2026, 12, 24)
SATURDAY = {"allow": "Sat 20:00-24:00", "timezone": "Europe/Oslo"}
SUNDAY = {"allow": "Sun 06:00-18:00", "timezone": "Europe/Oslo"}
WAIVERS = (Waiver("no-way-back", "tested", "kari", DAY), Waiver("backup-missing", "tested", "kari", DAY))
LEFT = (Unmanaged(E1, None, "a reseller's"), Unmanaged(None, "sub-9", "old"))


def reach(**changed: Any) -> Reach:
    return replace(Reach(catalogue(), Limits(), True), **changed)


def compared(
    before: list[Declaration],
    now: list[Declaration],
    was: Reach | None = None,
    is_now: Reach | None = None,
    unread: frozenset[str] = frozenset(),
) -> Changes:
    return changes(before, now, was or reach(), is_now or reach(), unread)


def differs(before: Declaration, now: Declaration) -> bool:
    return compared([before], [now]).changed == {now.name}


FULL = declare(
    "fabrikam",
    want("main", SBP, 22),
    want("more", E1, 5, pin="sub-2"),
    windows=(SATURDAY, SUNDAY),
    waivers=WAIVERS,
    unmanaged=LEFT,
    labels={"ring": "pilot"},
)


@pytest.mark.parametrize(
    "other",
    [
        {"subscriptions": (want("more", E1, 5, pin="sub-2"), want("main", SBP, 22))},
        {"windows": (SUNDAY, SATURDAY)},
        {"windows": (SUNDAY, {"timezone": "Europe/Oslo", "allow": "Sat  20:00-24:00"})},
        {"waivers": WAIVERS[::-1]},
        {"unmanaged": LEFT[::-1]},
        {"labels": {"ring": "wide"}},
        {"place": Place("elsewhere.yaml", 40, 3)},
        {"tenant": "FABRIKAM.onmicrosoft.com"},
        {"formerly": "fabrikam-as"},
    ],
    ids=lambda o: next(iter(o)),
)
def test_order_places_labels_and_the_case_of_a_domain_change_nothing(other: dict[str, Any]) -> None:
    assert not differs(FULL, replace(FULL, **other))


@pytest.mark.parametrize(
    "other",
    [
        {"subscriptions": (want("main", SBP, 23), want("more", E1, 5, pin="sub-2"))},
        {"subscriptions": (want("main", SBP, 22), want("more", E1, 5))},
        {"subscriptions": (want("main", SBP, 22),)},
        {"subscriptions": (want("other", SBP, 22), want("more", E1, 5, pin="sub-2"))},
        {"tenant": "b3d5a0f2-0000-4000-8000-000000000000"},
        {"acknowledge": Acknowledgement(True)},
        {"website": "www.fabrikam.no"},
        {"mode": Mode.REPORT},
        {"suspend": Suspension("merger", "ola", DAY)},
        {"unmanaged": LEFT[:1]},
        {"windows": (SATURDAY,)},
        {"waivers": WAIVERS[:1]},
        {"limits": {"maxLicensesAdded": 5}},
        {"backup_max_age_days": 14},
    ],
    ids=lambda o: next(iter(o)),
)
def test_whatever_reaches_the_tenant_counts(other: dict[str, Any]) -> None:
    assert differs(FULL, replace(FULL, **other))


def test_an_acknowledgement_of_anything_is_not_one_of_a_plan_called_one() -> None:
    """True is 1 to Python; the file means two things."""
    anything = replace(FULL, acknowledge=Acknowledgement(True))
    assert differs(anything, replace(FULL, acknowledge=Acknowledgement("1")))


def test_a_limit_that_the_configuration_has_anyway_changes_nothing() -> None:
    assert not differs(FULL, replace(FULL, limits={"maxLicensesAdded": Limits().licenses_added}))


def test_a_limit_reaches_everybody_but_those_whose_file_says_less() -> None:
    wide, narrow = declare("contoso"), declare("fabrikam", limits={"maxLicensesAdded": 5})
    both = [wide, narrow]
    found = compared(both, both, reach(), reach(limits=Limits(licenses_added=100)))
    assert found.changed == {"contoso"}
    found = compared(both, both, reach(), reach(limits=Limits(licenses_added_per_day=100)))
    assert found.changed == {"contoso", "fabrikam"}


def test_by_how_much_a_fleet_may_shrink_reaches_no_tenant() -> None:
    found = compared([FULL], [FULL], reach(), reach(limits=Limits(fleet_shrink_percent=1)))
    assert found.changed == frozenset()
    assert found.unchanged == 1


def test_how_licences_are_added_reaches_everybody() -> None:
    assert compared([FULL], [FULL], reach(), reach(adds_in_order=False)).changed == {"fabrikam"}


def with_cap(key: str, cap: int) -> Catalogue:
    known = catalogue()
    return replace(known, plans={**known.plans, key: replace(known.plans[key], cap=cap)})


def test_a_plan_of_the_catalogue_reaches_those_who_want_it_or_may_come_from_it() -> None:
    fleet = [declare("wants-it", want("main", SBP)), declare("other", want("main", E3))]
    assert compared(fleet, fleet, reach(), reach(catalogue=with_cap(SBP, 24))).changed >= {"wants-it"}
    only = [declare("a", want("main", SB))]
    assert compared(only, only, reach(), reach(catalogue=with_cap(MID, 299))).changed == frozenset()
    assert catalogue().pair(SB, SBP)
    source = compared(fleet, fleet, reach(), reach(catalogue=with_cap(SB, 24)))
    assert "wants-it" in source.changed


def test_a_pair_taken_out_reaches_those_who_want_its_target() -> None:
    known = catalogue()
    less = replace(known, pairs={pair: row for pair, row in known.pairs.items() if pair != (SB, SBP)})
    fleet = [declare("wants-it", want("main", SBP)), declare("other", want("main", SB))]
    assert compared(fleet, fleet, reach(), reach(catalogue=less)).changed == {"wants-it"}


@pytest.mark.parametrize(
    "other",
    [
        {"eligibility": Eligibility.LIVE},
        {"most_users": None},
        {"roles": {"enterprise": ("reseller",)}},
        {"pooled": {"enterprise": PooledCap(300, ("M-25",))}},
        {"forbidden": {(E3, SBP): ForbiddenPair(E3, SBP, "A way down.", ("M-31",))}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_who_is_asked_and_what_is_forbidden_reach_those_who_want_the_plan(other: dict[str, object]) -> None:
    fleet = [declare("wants-it", want("main", SBP))]
    said = reach(catalogue=replace(catalogue(), **other))
    assert compared(fleet, fleet, reach(), said).changed == {"wants-it"}


def test_the_prose_and_the_names_of_a_catalogue_reach_nobody() -> None:
    known = catalogue()
    plans = {key: replace(plan, aliases=("Plan X " + key,), name_nb="x") for key, plan in known.plans.items()}
    pairs = {pair: replace(row, note="said otherwise") for pair, row in known.pairs.items()}
    other = replace(known, plans=plans, pairs=pairs, title="Another title", name="another")
    assert compared([FULL], [FULL], reach(), reach(catalogue=other)).changed == frozenset()


def test_a_new_tenant_counts_and_one_that_went_is_said() -> None:
    found = compared([declare("contoso"), declare("adatum")], [declare("contoso"), declare("litware")])
    assert (found.changed, found.unchanged, found.gone) == ({"litware"}, 1, ("adatum",))


def test_a_rename_is_said_and_changes_nothing_by_itself() -> None:
    by_word = compared([declare("old")], [declare("new", tenant="old.onmicrosoft.com")])
    assert (by_word.changed, by_word.gone) == (frozenset(), ())
    assert by_word.renamed == (Renamed("old", "new"),)
    by_file = compared([declare("old")], [declare("new", formerly="old")])
    assert by_file.renamed == (Renamed("old", "new"),)
    assert by_file.changed == {"new"}, "its domain is another one"


def test_two_tenants_that_take_each_other_s_name_have_both_changed() -> None:
    before = [declare("a"), declare("b")]
    now = [declare("a", tenant="b.onmicrosoft.com"), declare("b", tenant="a.onmicrosoft.com")]
    assert compared(before, now).changed == {"a", "b"}


def test_a_tenant_in_another_file_is_said() -> None:
    found = compared([FULL], [replace(FULL, place=Place("norway/fabrikam.yaml", 1, 1))])
    assert found.moved == (MovedFile("fabrikam", "fabrikam.yaml", "norway/fabrikam.yaml"),)
    assert found.changed == frozenset()


def test_every_tenant_of_a_file_that_could_not_be_read_whole_counts() -> None:
    """One document of it may be sound: what stood beside it is not known."""
    found = compared([FULL], [FULL], unread=frozenset({"fabrikam.yaml"}))
    assert (found.changed, found.gone) == ({"fabrikam"}, ())


NAMES = st.sampled_from(["a", "b", "c", "d"])
TENANTS = st.builds(
    lambda name, word, licenses, formerly, file: declare(
        name,
        want("main", SBP, licenses),
        tenant=f"{word}.onmicrosoft.com",
        formerly=formerly,
        place=Place(file, 1, 1),
    ),
    NAMES,
    NAMES,
    st.integers(1, 2),
    st.none() | NAMES,
    st.sampled_from(["x.yaml", "y.yaml"]),
)
FLEETS = st.lists(TENANTS, unique_by=lambda d: d.name, max_size=4)


@given(FLEETS, FLEETS)
def test_nobody_is_lost_and_nobody_is_found_twice(before: list[Declaration], now: list[Declaration]) -> None:
    pairs = paired(before, now)
    assert [p.now.name for p in pairs] == sorted(d.name for d in now)
    met = [p.before.name for p in pairs if p.before]
    assert len(met) == len(set(met))
    found = compared(before, now)
    assert len(found.changed) + found.unchanged == len(now)
    assert {*met, *found.gone} == {d.name for d in before}


@given(FLEETS, FLEETS)
def test_who_is_left_out_is_the_same_as_before(before: list[Declaration], now: list[Declaration]) -> None:
    found = compared(before, now)
    for pair in paired(before, now):
        if pair.now.name not in found.changed:
            assert pair.before is not None
            assert effective(pair.before, reach()) == effective(pair.now, reach())


@given(FLEETS, st.randoms())
def test_a_fleet_in_any_order_has_not_changed(fleet: list[Declaration], chance: Any) -> None:
    mixed = list(fleet)
    chance.shuffle(mixed)
    found = compared(fleet, mixed)
    assert (found.changed, found.gone, found.renamed, found.moved) == (frozenset(), (), (), ())
