"""The picture of a run holds all it needs, says what the JSON says, and lets no words lie on each other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import machine
from benchmarks.chart import panels
from benchmarks.chart.marks import Scale, plain, spread
from benchmarks.chart.page import drawn

ROOT = Path(__file__).resolve().parent.parent
SPACE = "{http://www.w3.org/2000/svg}"


def measure(
    name: str, size: int, ratio: float, floor: str = "parse all files", **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "tenants": size,
        "drift": 0.02,
        "seconds": ratio * size / 1000,
        "peak_mib": 40 + size / 100,
        "floor": {"name": floor},
        "ratio": ratio,
        "goal": None,
        **more,
    }


def peer(name: str, ratio: float) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.2",
        "does": "a dry run: <parse & compare>",
        "objects": 1000,
        "objects_per_second": 300.5,
        "ratio": ratio,
        "marginal_ratio": ratio * 2,
    }


DOCUMENT: dict[str, Any] = {
    "about": {
        "processor": "A Processor",
        "system": "Linux",
        "cores": 2,
        "implementation": "CPython",
        "python": "3.11",
    },
    "measures": [
        measure("reconciler --help", 0, 4.5, "python -c pass", goal={"must": 5.0, "stretch": 4.3}),
        measure("apply, less its plan", 100, 60.0, "write and fdatasync", goal={"must": 3.5, "stretch": 3.0}),
        *(measure("validate", size, ratio) for size, ratio in ((1000, 1.8), (10_000, 1.1))),
        *(measure("plan from files", size, ratio) for size, ratio in ((1000, 1.9), (10_000, 0.8))),
        measure("plan from files", 10_000, 18.0, "read all files"),
    ],
    "peers": [peer("octoDNS", 8.6), peer("Salt", 3.6)],
    "engines": [
        {"name": name, "tenants": 300, "passes_per_second": rate, "cpu_milliseconds_a_pass": 10.7}
        for name, rate in (("loop on SQLite", 85.2), ("loop on PostgreSQL", 47.9))
    ],
}


def texts(svg: str) -> list[tuple[float, float, str, str]]:
    """Each text: where it begins, how it is set and what it says."""
    found = ElementTree.fromstring(svg).iter(f"{SPACE}text")
    return [
        (float(t.get("x", 0)), float(t.get("y", 0)), t.get("text-anchor", ""), "".join(t.itertext()))
        for t in found
    ]


def test_the_picture_needs_nothing_but_itself() -> None:
    svg = drawn([DOCUMENT])
    assert ElementTree.fromstring(svg).tag == f"{SPACE}svg"
    assert not re.search(r"href|url\(|@import|<script|<image", svg)
    assert "prefers-color-scheme: dark" in svg


def test_the_picture_says_what_was_measured() -> None:
    said = " | ".join(text for *_, text in texts(drawn([DOCUMENT])))
    for words in (
        "validate, 10,000 tenants, 2% drift",
        "1.1 × parse all files",
        "0.8 × parse all files",
        "60 × write and fdatasync",
        "octoDNS 1.2, 1,000 objects",
        "a dry run: <parse & compare>",
        "8.6 × 300 a second, 17.2 × for one more",
        "loop on PostgreSQL, 300 tenants",
        "47.9 10.7 ms of processor each",
        "A Processor, 2 cores, CPython 3.11",
    ):
        assert words in said
    # Another floor of the same measure says more.
    assert "read all files" not in said


def test_a_bar_over_its_goal_is_of_another_colour() -> None:
    kinds = {row.name: row.kind for row in panels.over_floors(DOCUMENT["measures"])}
    assert kinds["reconciler --help"] == "ours"
    assert kinds["apply, less its plan, 100 tenants, 2% drift"] == "over"


def test_no_words_lie_on_each_other_or_outside() -> None:
    svg = drawn([DOCUMENT])
    wide, high = (float(value) for value in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    boxes = []
    for x, y, at, said in texts(svg):
        # A letter is at most this wide in the fonts that are named, on average.
        length = len(said) * (13.5 if said == "What it costs" else 7.2)
        left = {"start": x, "middle": x - length / 2, "end": x - length}[at]
        boxes.append((left, left + length, y, said))
        assert left >= 0, said
        assert left + length <= wide, said
        assert 0 < y < high, said
    for number, (left, right, y, said) in enumerate(boxes):
        for other_left, other_right, other_y, other in boxes[number + 1 :]:
            apart = right <= other_left or other_right <= left or abs(y - other_y) >= 11
            assert apart, (said, other)


def test_what_was_not_measured_has_no_panel() -> None:
    said = [text for *_, text in texts(drawn([{**DOCUMENT, "peers": [], "engines": [], "measures": []}]))]
    assert len(said) == 2
    said = [text for *_, text in texts(drawn([{**DOCUMENT, "measures": DOCUMENT["measures"][:1]}]))]
    assert "Other tools over ours" in said
    assert "Growth with the fleet" not in said


def test_runs_that_measured_different_things_make_one_picture() -> None:
    whole = drawn([DOCUMENT])
    parts = [{"about": DOCUMENT["about"], name: DOCUMENT[name]} for name in ("measures", "peers", "engines")]
    assert drawn(parts) == whole


def test_a_picture_is_drawn_of_figures_that_were_kept(tmp_path: Path) -> None:
    (tmp_path / "now.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    words = ["-m", "benchmarks.chart", str(tmp_path / "now.svg"), str(tmp_path / "now.json")]
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True)
    assert (tmp_path / "now.svg").read_text(encoding="utf-8") == drawn([DOCUMENT])


@given(
    st.lists(st.floats(0, 200), min_size=1, max_size=10),
)
def test_names_at_the_end_of_lines_are_moved_apart_and_stay_in_order(places: list[float]) -> None:
    moved = spread(places, 15, 0, 200)
    assert all(-1e-6 <= place <= 200 + 1e-6 for place in moved)
    ordered = [moved[number] for number in sorted(range(len(places)), key=lambda number: places[number])]
    assert all(later - sooner >= 15 - 1e-6 for sooner, later in pairwise(ordered))


def test_the_same_factor_is_the_same_distance() -> None:
    scale = Scale(1, 100, 0, 200)
    assert [round(scale(value)) for value in (1, 10, 100, 1000)] == [0, 100, 200, 200]
    assert scale.steps() == [1, 2, 5, 10, 20, 50, 100]
    assert Scale(0, 100, 0, 200, log=False).steps() == [0, 50, 100]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.77, "0.77"), (1.1, "1.1"), (4.0, "4"), (38.72, "38.7"), (1234.5, "1,234"), (0, "0")],
)
def test_a_number_has_the_figures_that_say_something(value: float, text: str) -> None:
    assert plain(value) == text


def test_the_processor_is_called_what_linux_calls_it() -> None:
    assert (
        machine.processor("processor\t: 0\nmodel name\t: A CPU @ 2 GHz\nmodel name\t: B\n") == "A CPU @ 2 GHz"
    )
