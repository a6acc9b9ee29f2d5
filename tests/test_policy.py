"""What of a tenant file counts beside the policy of a protected ref: nothing looser than what stands there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import declare

from reconciler.limits import Limits
from reconciler.model import Declaration, Waiver
from reconciler.policy import Held, Loosening, held
from reconciler.windows import open_at, parse

REF = "origin/main"
SOON, LATER = date(2026, 12, 1), date(2027, 6, 1)
SAT = {"allow": "Sat 20:00-24:00", "timezone": "Europe/Oslo"}
SUN = {"allow": "Sun 06:00-18:00", "timezone": "Europe/Oslo"}
XMAS = {"deny": "2026-12-20..2027-01-03", "timezone": "Europe/Oslo"}
NIGHT = {"deny": "Mon-Sun 00:00-06:00", "timezone": "UTC"}


def waiver(rule: str = "outside-window", until: date = SOON, **other: str) -> Waiver:
    return Waiver(rule, other.get("reason", "tested"), other.get("owner", "kari"), until)


def under(now: dict[str, Any], there: dict[str, Any] | None) -> tuple[Declaration, list[Loosening]]:
    at_ref = [] if there is None else [declare("fabrikam", **there)]
    found = held([declare("fabrikam", **now)], at_ref, REF)
    return found.declarations[0], [one.kind for one in found.not_counted]


def test_what_stands_at_the_ref_counts() -> None:
    same = {"waivers": (waiver(),), "windows": (SAT, XMAS), "limits": {"maxLicensesAdded": 5}}
    assert under(same, same) == (declare("fabrikam", **same), [])


@pytest.mark.parametrize("there", [None, {}, {"waivers": (waiver("backup-missing"),)}])
def test_a_new_waiver_does_not_count_and_is_said(there: dict[str, Any] | None) -> None:
    counted, told = under({"waivers": (waiver(),)}, there)
    assert (counted.waivers, told) == ((), [Loosening.WAIVER])


def test_a_waiver_made_longer_counts_as_long_as_at_the_ref() -> None:
    counted, told = under({"waivers": (waiver(until=LATER),)}, {"waivers": (waiver(),)})
    assert (counted.waivers, told) == ((waiver(),), [Loosening.WAIVER])


def test_a_waiver_made_shorter_or_taken_out_counts_at_once() -> None:
    counted, told = under({"waivers": (waiver(),)}, {"waivers": (waiver(until=LATER),)})
    assert (counted.waivers, told) == ((waiver(),), [])
    assert under({}, {"waivers": (waiver(),)}) == (declare("fabrikam"), [])


def test_a_message_says_which_waiver_until_when_and_where_it_would_have_to_stand() -> None:
    found = held([declare("fabrikam", waivers=(waiver(),))], [], REF)
    (one,) = found.not_counted
    assert (
        one.message
        == "the waiver of outside-window until 2026-12-01 (kari) does not count until it stands at origin/main"
    )
    assert (one.tenant, one.place.file) == ("fabrikam", "fabrikam.yaml")


@pytest.mark.parametrize(
    ("now", "there", "counted"),
    [
        ((), (SAT,), (SAT,)),
        ((SUN,), (SAT,), (SAT,)),
        ((SAT, SUN), (SAT,), (SAT,)),
        ((SAT,), (SAT, XMAS), (SAT, XMAS)),
        ((XMAS,), (SAT,), (SAT, XMAS)),
        ((SUN, NIGHT), (SAT, XMAS), (SAT, XMAS, NIGHT)),
    ],
)
def test_windows_that_are_wider_do_not_count(now: Any, there: Any, counted: Any) -> None:
    found, told = under({"windows": now}, {"windows": there})
    assert (found.windows, told) == (counted, [Loosening.WINDOWS])


@pytest.mark.parametrize(
    ("now", "there"),
    [
        ((SAT,), ()),
        ((SAT,), (SAT, SUN)),
        ((SAT, XMAS), (SAT,)),
        ((XMAS, NIGHT), (NIGHT,)),
        ((SUN, SAT), (SAT, SUN)),
    ],
)
def test_windows_that_are_narrower_or_only_told_in_another_order_count_at_once(now: Any, there: Any) -> None:
    found, told = under({"windows": now}, {"windows": there})
    assert (found.windows, told) == (now, [])


def test_a_window_of_a_tenant_that_is_not_at_the_ref_counts() -> None:
    assert under({"windows": (SAT,)}, None) == (declare("fabrikam", windows=(SAT,)), [])


def test_a_tenant_s_limit_may_be_lower_at_once_and_higher_only_there() -> None:
    limits = {"maxLicensesAdded": 5, "growthFloor": 3}
    lower, told = under({"limits": {"maxLicensesAdded": 4, "growthFloor": 3}}, {"limits": limits})
    assert (lower.limits["maxLicensesAdded"], told) == (4, [])
    for now in ({"maxLicensesAdded": 6, "growthFloor": 3}, {"growthFloor": 3}):
        counted, told = under({"limits": now}, {"limits": limits})
        assert (counted.limits, told) == (limits, [Loosening.LIMITS])


def test_the_age_of_a_back_up_is_the_smaller_one() -> None:
    counted, told = under({"backup_max_age_days": 30}, {"backup_max_age_days": 14})
    assert (counted.backup_max_age_days, told) == (14, [Loosening.BACKUP])
    assert under({"backup_max_age_days": 7}, {})[0].backup_max_age_days == 7


def test_another_name_does_not_shake_off_what_holds_for_the_tenant() -> None:
    there = declare("fabrikam", windows=(SAT,))
    by_word = held([declare("new", tenant="fabrikam.onmicrosoft.com")], [there], REF)
    by_file = held([declare("new", formerly="fabrikam")], [there], REF)
    for found in (by_word, by_file):
        assert found.declarations[0].windows == (SAT,)
        assert [(d.name, d.tenant) for d in found.there] == [("new", "fabrikam.onmicrosoft.com")]
    unseen = held([declare("new", tenant="b3d5a0f2-0000-4000-8000-000000000000")], [there], REF)
    assert unseen.there == (there,), "nobody else may turn out to be this tenant"


def test_a_file_does_not_take_over_what_holds_for_another_tenant() -> None:
    """Two tenants change their domains: each keeps the windows of the live tenant it now means."""
    there = [declare("contoso"), declare("fabrikam", windows=(SAT,))]
    now = [
        declare("contoso", tenant="FABRIKAM.onmicrosoft.com"),
        declare("fabrikam", tenant="contoso.onmicrosoft.com", windows=(SAT,)),
    ]
    found = held(now, there, REF)
    assert [(d.name, d.windows) for d in found.declarations] == [("contoso", (SAT,)), ("fabrikam", (SAT,))]
    assert [(d.name, d.tenant) for d in found.there] == [
        ("fabrikam", "contoso.onmicrosoft.com"),
        ("contoso", "fabrikam.onmicrosoft.com"),
    ]


WINDOWS = st.lists(st.sampled_from([SAT, SUN, XMAS, NIGHT]), unique_by=str, max_size=4).map(tuple)
WAIVERS = st.lists(
    st.builds(waiver, st.sampled_from(["outside-window", "backup-missing"]), st.sampled_from([SOON, LATER])),
    max_size=3,
).map(tuple)
LIMITS = st.dictionaries(st.sampled_from(["maxLicensesAdded", "growthFloor"]), st.integers(0, 3))
FILES = st.fixed_dictionaries({"windows": WINDOWS, "waivers": WAIVERS, "limits": LIMITS})
MOMENTS = st.integers(0, 24 * 60).map(
    lambda hours: datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hours)
)


@given(FILES, FILES, MOMENTS)
def test_nothing_that_counts_is_looser_than_at_the_ref(now: Any, there: Any, moment: datetime) -> None:
    counted, _ = under(now, there)
    if open_at([parse(w) for w in counted.windows], moment):
        assert open_at([parse(w) for w in there["windows"]], moment)
    for each in counted.waivers:
        assert any(w.rule == each.rule and w.until >= each.until for w in there["waivers"])
    ours, theirs = Limits().narrowed(counted.limits), Limits().narrowed(there["limits"])
    assert ours.licenses_added <= theirs.licenses_added
    assert ours.growth_floor <= theirs.growth_floor


@given(FILES, FILES)
def test_what_does_not_count_is_told_and_nothing_else(now: Any, there: Any) -> None:
    counted, told = under(now, there)
    assert (counted == declare("fabrikam", **now)) == (not told)
    again: Held = held([counted], [declare("fabrikam", **there)], REF)
    assert (again.declarations, again.not_counted) == ((counted,), ())


def test_the_order_is_that_of_the_names() -> None:
    found = held([declare("b", waivers=(waiver(),)), declare("a", waivers=(waiver(),))], [], REF)
    assert [d.name for d in found.declarations] == ["a", "b"]
    assert [one.tenant for one in found.not_counted] == ["a", "b"]
    assert replace(found.declarations[0]) == declare("a")
