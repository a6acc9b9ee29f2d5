"""The chart: what it draws, what it leaves out and says so, and that nobody needs its colours."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import catalogue
from showing import NOW

from reconciler.overview import Sample, State
from reconciler.report.letters import Language
from reconciler.web.chart import MOST_POINTS, MOST_ROWS, STACK, Chart, chart, nice, patterns, swatch, thinned
from reconciler.web.words import Words

WORDS = Words(Language.ENGLISH, NOW, NOW, catalogue().names)
counts = st.dictionaries(st.sampled_from(list(State)), st.integers(0, 200_000))


def samples(*each: Mapping[State, int]) -> list[Sample]:
    return [Sample(NOW - timedelta(hours=len(each) - n), dict(c)) for n, c in enumerate(each)]


def drawn(*each: Mapping[State, int]) -> Chart:
    made = chart(samples(*each), WORDS)
    assert made is not None
    return made


def elements(svg: str, name: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(name))


def areas(svg: str) -> dict[str, list[tuple[float, float]]]:
    return {
        area.get("class", "").split()[-1]: [
            (float(x), float(y)) for x, y in (point.split(",") for point in area.get("points", "").split())
        ]
        for area in elements(svg, "polygon")
    }


MIXED = {State.READY: 3, State.STALLED: 5, State.RECONCILING: 2}


def test_fewer_than_two_samples_have_no_course_to_draw() -> None:
    assert chart([], WORDS) is None
    assert chart(samples(MIXED), WORDS) is None


def test_each_area_stands_on_the_one_below_and_the_top_is_the_sum() -> None:
    made = areas(drawn(MIXED, MIXED).wide)
    assert list(made) == ["ready", "reconciling", "stalled"]
    lower, upper = made["ready"], made["reconciling"]
    assert lower[:2] == upper[3:1:-1]
    # 10 of an axis that ends at 12: the room is 206 high and begins at 10.
    assert min(y for _, y in made["stalled"]) == pytest.approx(10 + 206 * 2 / 12, abs=0.1)


def test_names_and_numbers_stand_beside_the_areas_and_never_on_each_other() -> None:
    each = dict.fromkeys(State, 1) | {State.READY: 1}
    labels = [e for e in elements(drawn(each, each).wide, "text") if "label" in e.get("class", "")]
    assert [label.text for label in labels] == [f"1 {state}" for state in STACK]
    heights = [float(label.get("y", "0")) for label in labels]
    assert all(below - above >= 15 for below, above in pairwise(heights))


def test_a_chart_says_in_words_what_it_shows() -> None:
    svg = drawn(MIXED, MIXED).wide
    assert elements(svg, "title")[0].text == "States over time"
    told = elements(svg, "desc")[0].text or ""
    assert "0 unknown, 5 stalled, 2 reconciling, 0 pending, 0 suspended, 3 ready at the end" in told
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "chart-title-wide chart-desc-wide"


def test_where_nearly_all_are_ready_they_are_left_out_and_that_is_said() -> None:
    calm = {State.READY: 99_000, State.STALLED: 3}
    made = drawn(calm, calm)
    assert made.left_out == 99_000
    assert list(areas(made.wide)) == ["stalled"]
    # Once it was worse, so the whole is shown; and where there is nothing else, there is nothing to see better.
    assert drawn(calm, {State.UNKNOWN: 90_000, State.READY: 9}).left_out is None
    assert drawn({State.READY: 5}, {State.READY: 5}).left_out is None


def test_a_long_time_is_thinned_and_keeps_its_ends() -> None:
    many = samples(*({State.READY: n, State.STALLED: n} for n in range(2000)))
    some = thinned(many, 7)
    assert (len(some), some[0], some[-1]) == (7, many[0], many[-1])
    made = chart(many, WORDS)
    assert made is not None
    assert len(made.rows) == MOST_ROWS
    assert made.rows[0] == many[-1]
    assert len(areas(made.wide)["ready"]) == 2 * MOST_POINTS


def test_patterns_are_there_for_every_state_and_samples_of_them_too() -> None:
    ids = {e.get("id") for e in elements(patterns(), "pattern")}
    assert ids == {f"hatch-{state}" for state in State}
    shapes = [ET.tostring(e[1]) for e in elements(patterns(), "pattern")]
    assert len(set(shapes)) == len(State)
    assert all(f"url(#hatch-{state})" in swatch(state) for state in State)


@pytest.mark.parametrize(
    ("most", "end"), [(1, 1), (4, 4), (5, 8), (9, 12), (33, 40), (101, 120), (99_000, 100_000)]
)
def test_an_axis_ends_at_a_round_number(most: int, end: int) -> None:
    assert nice(most) == end


@given(st.integers(1, 10**9))
def test_an_axis_holds_what_is_drawn_and_wastes_little(most: int) -> None:
    end = nice(most)
    assert most <= end <= 2 * most
    assert most <= 4 or end % 4 == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(counts, min_size=2, max_size=12))
def test_whatever_is_counted_stays_within_the_drawing(each: list[Mapping[State, int]]) -> None:
    made = drawn(*each)
    for svg, width, height in ((made.wide, 860, 240), (made.narrow, 360, 220)):
        for x, y in points(svg):
            assert 0 <= x <= width
            assert 0 <= y <= height


def points(svg: str) -> Iterator[tuple[float, float]]:
    for area in areas(svg).values():
        yield from area
    for each in elements(svg, "text"):
        yield float(each.get("x", "0")), float(each.get("y", "0"))


def test_samples_of_one_moment_do_not_divide_by_nothing() -> None:
    assert chart([Sample(NOW, MIXED), Sample(NOW, MIXED)], WORDS) is not None
