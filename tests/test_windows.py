"""Change windows: what may be written, when one is open, and when the next one opens, also when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import NOON, SB, SBP, catalogue, declaration, observation, scene
from worlds import START, World, declare, live

from reconciler import rules
from reconciler.act import Ending
from reconciler.change_plan import Verdict
from reconciler.decide import decide
from reconciler.memory import Memory
from reconciler.rules import Status
from reconciler.windows import DAYS, NotAWindow, next_opening, open_at, parse

OSLO = "Europe/Oslo"
# The Sundays on which the clocks of Oslo change, and what they do at 01:00 UTC.
SPRING, AUTUMN = ("2026-03-29", "2027-03-28"), ("2026-10-25", "2027-10-31")
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(kind: str, text: str, zone: str = OSLO) -> dict[str, str]:
    return {kind: text, "timezone": zone}


def parsed(*declared: dict[str, str]) -> tuple[object, ...]:
    return tuple(parse(one) for one in declared)


def is_open(at: str, *declared: dict[str, str]) -> bool:
    return open_at(parsed(*declared), utc(at))  # type: ignore[arg-type]


def opens(at: str, *declared: dict[str, str]) -> str | None:
    found = next_opening(parsed(*declared), utc(at))  # type: ignore[arg-type]
    return found and found.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-28 18:59", False),
        ("2026-11-28 19:00", True),
        ("2026-11-28 22:59", True),
        ("2026-11-28 23:00", False),
        ("2026-11-27 20:00", False),
    ],
)
def test_a_window_is_open_from_its_first_minute_to_before_its_last(at: str, expected: bool) -> None:
    assert is_open(at, window("allow", "Sat 20:00-24:00")) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-28 20:59", False),  # Saturday 21:59 in Oslo
        ("2026-11-28 21:00", True),
        ("2026-11-29 02:59", True),
        ("2026-11-29 03:00", False),
        ("2026-11-28 01:00", False),  # the night from Friday is Friday's
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_it_begins_on(at: str, expected: bool) -> None:
    assert is_open(at, window("allow", "Sat 22:00-04:00")) is expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("Mon-Fri", "Mon Tue Wed Thu Fri"),
        ("Sat,Sun", "Sat Sun"),
        ("Mon-Tue,Thu", "Mon Tue Thu"),
        ("Sat-Mon", "Mon Sat Sun"),
        ("Wed", "Wed"),
    ],
)
def test_days_are_lists_and_ranges(days: str, expected: str) -> None:
    found = parse(window("allow", f"{days} 10:00-11:00")).days
    assert [DAYS[day] for day in sorted(found)] == expected.split()


def test_deny_wins_over_allow() -> None:
    both = (window("allow", "Mon-Sun 00:00-24:00"), window("deny", "Sat 20:00-22:00"))
    assert not is_open("2026-11-28 19:30", *both)
    assert is_open("2026-11-28 21:00", *both)


def test_without_an_allow_window_all_is_allowed_that_is_not_denied() -> None:
    assert is_open("2026-11-28 19:30", window("deny", "2026-12-20..2027-01-03"))
    assert open_at((), NOON)


def test_both_ends_of_a_quiet_period_are_part_of_it_by_the_clock_of_its_zone() -> None:
    quiet = window("deny", "2026-12-20..2027-01-03")
    assert is_open("2026-12-19 22:59", quiet)
    assert not is_open("2026-12-19 23:00", quiet)
    assert not is_open("2027-01-03 22:59", quiet)
    assert is_open("2027-01-03 23:00", quiet)
    assert not is_open("2026-12-24 12:00", window("deny", "2026-12-24"))


def test_the_next_opening_comes_behind_the_quiet_period() -> None:
    both = (window("allow", "Sat 20:00-24:00"), window("deny", "2026-12-20..2027-01-03"))
    assert opens("2026-12-19 23:30", *both) == "2027-01-09 19:00"
    assert opens("2026-12-14 12:00", *both) == "2026-12-19 19:00"
    assert opens("2026-12-25 12:00", window("deny", "2026-12-20..2036-01-03")) == "2036-01-03 23:00"


def test_a_moment_that_is_open_is_its_own_opening() -> None:
    assert opens("2026-11-28 20:17", window("allow", "Sat 20:00-24:00")) == "2026-11-28 20:17"


def test_windows_that_deny_all_they_allow_never_open() -> None:
    assert (
        opens("2026-11-28 12:00", window("allow", "Sat 20:00-24:00"), window("deny", "Sat 00:00-24:00"))
        is None
    )


@pytest.mark.parametrize("sunday", SPRING)
def test_the_hour_that_is_skipped_opens_nothing(sunday: str) -> None:
    skipped = window("allow", "Sun 02:00-03:00")
    day = utc(f"{sunday} 00:00")
    found = next_opening(parsed(skipped), day)  # type: ignore[arg-type]
    assert found == day + timedelta(days=7)
    assert not any(open_at(parsed(skipped), day + n * MINUTE) for n in range(24 * 60))  # type: ignore[arg-type]


@pytest.mark.parametrize("sunday", SPRING)
def test_a_window_that_begins_in_the_skipped_hour_opens_when_the_clock_has_jumped(sunday: str) -> None:
    assert opens(f"{sunday} 00:00", window("allow", "Sun 02:30-04:00")) == f"{sunday} 01:00"


@pytest.mark.parametrize("sunday", AUTUMN)
def test_a_window_in_the_repeated_hour_opens_twice(sunday: str) -> None:
    repeated = window("allow", "Sun 02:15-02:45")
    assert opens(f"{sunday} 00:00", repeated) == f"{sunday} 00:15"
    assert opens(f"{sunday} 00:45", repeated) == f"{sunday} 01:15"
    assert not is_open(f"{sunday} 01:00", repeated)


ZONES = st.sampled_from([OSLO, "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "UTC"])
HOURS = st.tuples(st.integers(0, 24 * 4 - 1), st.integers(1, 24 * 4)).filter(lambda h: h[0] != h[1])
WEEKLY = st.builds(
    lambda kind, days, hours, zone: window(
        kind,
        f"{','.join(sorted(days))} {hours[0] // 4:02}:{hours[0] % 4 * 15:02}-{hours[1] // 4:02}:{hours[1] % 4 * 15:02}",
        zone,
    ),
    st.sampled_from(["allow", "deny"]),
    st.sets(st.sampled_from(DAYS), min_size=1, max_size=3),
    HOURS,
    ZONES,
)
CHANGES = st.sampled_from([*(utc(f"{day} 01:00") for day in (*SPRING, *AUTUMN)), utc("2026-11-01 06:00")])


def by_the_wall(declared: dict[str, str], at: datetime) -> bool:
    """The same, told another way: is one of the minutes listed that the clock on the wall shows now?"""
    text = declared.get("allow") or declared["deny"]
    days, hours = text.split(" ")
    first, last = ((int(h[:2]) * 60 + int(h[3:])) for h in hours.split("-"))
    last = last if last > first else last + 24 * 60
    wall = at.astimezone(ZoneInfo(declared["timezone"])).replace(tzinfo=None)
    week = [f"{(wall + timedelta(days=shift)).strftime('%a')}" for shift in (0, -1)]
    minute = wall.hour * 60 + wall.minute
    return (week[0] in days and first <= minute < last) or (week[1] in days and first <= minute + 1440 < last)


@settings(max_examples=60, deadline=None)
@given(st.lists(WEEKLY, min_size=1, max_size=3), CHANGES, st.integers(-2000, 600))
def test_the_next_opening_is_the_first_minute_that_is_open_around_a_change_of_clocks(
    declared: list[dict[str, str]], change: datetime, offset: int
) -> None:
    spans, at = tuple(parse(one) for one in declared), change + offset * MINUTE
    allows, denies = [d for d in declared if "allow" in d], [d for d in declared if "deny" in d]
    found = next_opening(spans, at)
    for n in range(3 * 24 * 60):
        moment = at + n * MINUTE
        is_allowed = not allows or any(by_the_wall(d, moment) for d in allows)
        wanted = is_allowed and not any(by_the_wall(d, moment) for d in denies)
        assert open_at(spans, moment) is wanted
        if wanted:
            assert found == moment
            return
    assert found is None or found > at + timedelta(days=3) - MINUTE


@pytest.mark.parametrize(
    ("declared", "member", "key"),
    [
        (window("allow", "Saturday 20:00-24:00"), "allow", "days"),
        (window("allow", "sat 20:00-24:00"), "allow", "days"),
        (window("allow", "Sat- 20:00-24:00"), "allow", "days"),
        (window("allow", "Sat 20:00-25:00"), "allow", "hours"),
        (window("allow", "Sat 24:00-04:00"), "allow", "hours"),
        (window("allow", "Sat 20:60-24:00"), "allow", "hours"),
        (window("allow", "Sat 20:00-24:01"), "allow", "hours"),
        (window("allow", "Sat 20:00-20:00"), "allow", "no-time"),
        (window("allow", "Sat 20-24"), "allow", "form"),
        (window("allow", "at night"), "allow", "form"),
        (window("allow", "2026-12-20..2027-01-03"), "allow", "dates-allowed"),
        (window("deny", "2026-02-30"), "deny", "no-date"),
        (window("deny", "2027-01-03..2026-12-20"), "deny", "backwards"),
        (window("deny", "2026-12-20 - 2027-01-03"), "deny", "form"),
        (window("allow", "Sat 20:00-24:00", "Oslo"), "timezone", "zone"),
        (window("allow", "Sat 20:00-24:00", "Europe"), "timezone", "zone"),
        (window("allow", "Sat 20:00-24:00", "../etc/passwd"), "timezone", "zone"),
        (window("allow", "Sat 20:00-24:00", "localtime"), "timezone", "zone"),
        (window("allow", "Sat 20:00-24:00", "+01:00"), "timezone", "zone"),
    ],
)
def test_what_is_no_window_is_refused(declared: dict[str, str], member: str, key: str) -> None:
    with pytest.raises(NotAWindow) as caught:
        parse(declared)
    assert (caught.value.member, caught.value.key) == (member, key)


# The rule, and what becomes of the steps


def test_outside_its_windows_a_tenant_is_told_the_next_opening_in_its_zone_and_in_utc() -> None:
    s = scene(declaration=declaration(windows=(window("allow", "Sat 20:00-24:00"),)))
    found = next(f for f in rules.check(s) if f.id == "outside-window")
    assert found.status is Status.FAIL
    assert "It is Mon 2026-11-23 13:00 Europe/Oslo" in found.message
    assert "opens Sat 2026-11-28 20:00 Europe/Oslo (Sat 2026-11-28 19:00 UTC)" in found.message


@pytest.mark.parametrize("sunday", [*SPRING, *AUTUMN])
def test_a_tenant_catches_up_when_its_window_opens_whatever_the_clocks_do(sunday: str) -> None:
    """Daily looks over a change of clocks: waiting outside, and written to in the first look inside."""
    file = declaration(windows=(window("allow", "Sun 04:00-06:00"),))
    day = utc(f"{sunday} 00:00") - timedelta(days=6)
    hours = [day + timedelta(hours=n) for n in range(8 * 24)]
    verdicts = {at: decide(file, observation(at=at), Memory(), catalogue()).steps[0].verdict for at in hours}
    opened = [at for at, verdict in verdicts.items() if verdict is Verdict.APPLY]
    first = 2 if sunday in SPRING else 3
    assert opened == [utc(f"{sunday} 0{first}:00"), utc(f"{sunday} 0{first + 1}:00")]
    assert {v for at, v in verdicts.items() if at not in opened} == {Verdict.WAIT}


def test_a_switch_that_began_in_the_window_is_followed_past_its_end(tmp_path) -> None:  # type: ignore[no-untyped-def]
    # START is Monday 10:00 UTC: the window closes a minute later, the switch takes longer.
    file = declare("fabrikam", windows=(window("allow", "Mon 09:00-10:01", "UTC"),))
    with World(tmp_path, live("fabrikam")) as world:
        run = world.run(file, wait=True)
        assert [o.ending for _, o in run.outcomes] == [Ending.DONE]
        assert world.service.now() > START + MINUTE
        assert list(world.standing("fabrikam").values()) == [(SBP, 22)]


def test_nothing_is_written_outside_the_window(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = declare("fabrikam", windows=(window("allow", "Sat 20:00-24:00"),))
    with World(tmp_path, live("fabrikam")) as world:
        run = world.run(file)
        assert [o.ending for _, o in run.outcomes] == [Ending.WAITING]
        assert world.taken() == []
        world.service.advance_to(utc("2026-11-28 19:00"))
        assert [o.ending for _, o in world.run(file, wait=True).outcomes] == [Ending.DONE]
        assert world.standing("fabrikam") != [(SB, 20)]
