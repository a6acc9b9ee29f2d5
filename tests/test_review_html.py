"""The page: one file with the plan, its checks and its matrix cells; no script, nothing from elsewhere, well formed."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import html5lib
import pytest
from hostile import TRICKS, drift_with, plan_with, texts
from hypothesis import HealthCheck, given, settings
from plans import E1, E3, NAMES, SMALL, add, change_plan, finding, passed, problem, switch, tenant

from reconciler.adapters import files
from reconciler.catalogue import Catalogue
from reconciler.report.drift_html import drift_html
from reconciler.report.html import plan_html

quick = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def catalogue() -> Catalogue:
    return files.load_catalogue("office365-2014")


def shown(plan) -> str:
    return plan_html(plan, catalogue())


def tree(page: str):
    """Read strictly: whatever HTML5 calls an error is one."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def tags(page: str) -> Counter[tuple[str, str]]:
    return Counter((parent.tag, child.tag) for parent in tree(page).iter() for child in parent)


def words(element) -> str:
    return " ".join(" ".join(element.itertext()).split())


HELD = finding("no-way-back", message="It can not go back.", remedy="Accept it in the file.")
PLAN = change_plan(
    tenant("litware", switch("main", (SMALL, 20), (E3, 42), HELD, passed("not-active"))),
    tenant("fabrikam", switch("main", (E1, 5), (E3, 5), passed())),
    tenant("contoso", add()),
    tenant("calm"),
    problems=(problem(hint="did you mean e3?"),),
)


def test_the_page_has_totals_cards_worst_first_and_the_way_out() -> None:
    root = tree(shown(PLAN))
    heads = [words(e) for e in root.iter("h3")]
    assert heads == ["unknown-plan", "litware", "contoso", "fabrikam"]
    text = words(root.find("body"))
    assert "Plan: 1 to switch, 22 licenses to add in 2 tenants, 0 to remove." in text
    assert "no-way-back : It can not go back. Next: Accept it in the file." in text
    assert "In sync (1)" in text


def test_every_check_is_there_with_its_answer_the_passed_ones_too() -> None:
    rows = [words(row) for row in tree(shown(PLAN)).iter("tr")]
    assert "no-way-back fail It can not go back." in rows
    assert sum(row.startswith("not-active pass") for row in rows) == 2


def test_each_switch_names_its_cell_of_the_matrix_and_the_matrix_marks_it() -> None:
    root = tree(shown(PLAN))
    text = words(root.find("body"))
    assert "Matrix: E1 to E3: listed, certain (R-LIST, R-SCOPE-FAMILY)." in text
    assert re.search(r"Matrix: SB to E3: listed, certain \([^)]+\), leaves its service family", text)
    used = [words(cell) for cell in root.iter("td") if cell.get("class") == "used"]
    assert used == ["x!", "x"]
    assert "R-LIST" in text


def test_a_pair_that_is_not_listed_or_not_known_says_so() -> None:
    text = words(tree(shown(change_plan(tenant("a", switch("main", (E3, 1), ("unheard-of", 1)))))))
    assert "Matrix: E3 to unheard-of: not listed for the switch wizard." in text


def test_another_catalogue_than_that_of_the_plan_is_said() -> None:
    said = "The catalogue at hand is not the one"
    assert said in shown(PLAN)
    assert said not in shown(replace(PLAN, catalogue=catalogue().digest))


def test_what_limits_the_plan_stands_at_its_head() -> None:
    plan = replace(PLAN, source=replace(PLAN.source, partial=True))
    header = words(tree(shown(plan)).find("body/header"))
    assert "Only the tenants that were selected" in header
    assert "Files are broken" in header
    assert plan.digest in header


@pytest.mark.parametrize("page", [shown(PLAN), drift_html(drift_with("harmless"), NAMES)])
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(page: str) -> None:
    root = tree(page)
    assert not [
        e for e in root.iter() if e.tag in {"script", "link", "img", "iframe", "object", "form", "base"}
    ]
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name in {"src", "style"}]
        assert element.get("href", "#").startswith("#")
    assert not re.search(r"https?:|url\(|@import|javascript:", page)
    (policy,) = [e.get("content") for e in root.iter("meta") if e.get("http-equiv")]
    (style,) = [e.text for e in root.iter("style")]
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; style-src 'sha256-" + allowed)


@pytest.mark.parametrize("page", [shown(PLAN), drift_html(drift_with("harmless"), NAMES)])
def test_the_page_can_be_used_by_everybody(page: str) -> None:
    root = tree(page)
    assert root.get("lang") == "en"
    assert root.find("head/title").text
    assert [e.tag for e in root.find("body") if e.tag in {"header", "main", "footer"}] == [
        "header",
        "main",
        "footer",
    ]
    assert len(list(root.iter("h1"))) == 1
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch("h[1-6]", str(e.tag))]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert all(e.get("scope") for e in root.iter("th"))
    names = {e.get("id") for e in root.iter() if e.get("id")}
    assert {e.get("href")[1:] for e in root.iter("a")} <= names
    assert any("width=device-width" in (e.get("content") or "") for e in root.iter("meta"))
    assert "prefers-color-scheme: dark" in page


def test_the_colours_have_enough_contrast_in_light_and_in_dark() -> None:
    (style,) = [e.text for e in tree(shown(PLAN)).iter("style")]
    light, dark = [
        dict(re.findall(r"--(\w+):\s*(#[0-9a-f]{3,6})", part)) for part in style.split("@media")[:2]
    ]
    for theme in (light, dark):
        for ground in ("paper", "card"):
            for ink in ("ink", "quiet", "unknown", "bad", "support", "wait", "good", "switch"):
                assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, section 1.4.3."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


CALM = tags(shown(plan_with("harmless")))
CALM_DRIFT = tags(drift_html(drift_with("harmless"), NAMES))


@pytest.mark.parametrize("trick", TRICKS)
def test_no_known_trick_becomes_markup(trick: str) -> None:
    assert tags(shown(plan_with(trick))) == CALM
    assert tags(drift_html(drift_with(trick), NAMES)) == CALM_DRIFT


@quick
@given(texts)
def test_no_text_becomes_markup(text: str) -> None:
    page = shown(plan_with(text))
    assert tags(page) == CALM
    assert all(c.isprintable() or c == "\n" for c in page)
    assert tags(drift_html(drift_with(text), NAMES)) == CALM_DRIFT
