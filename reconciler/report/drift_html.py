"""The drift of a fleet in, one HTML page out: what nobody asked for first, each difference with what to do."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler import __version__
from reconciler.messages import say
from reconciler.report.drift import FleetDrift
from reconciler.report.page import Markup, element, joined, page
from reconciler.report.points import Grade, Point, drift_points
from reconciler.report.preface import drift_preface

TILES = ("outside", "service", "unconfirmed", "wanted", "unread")
TITLES = {
    Grade.BROKEN: "review.broken",
    Grade.UNKNOWN: "review.unknown",
    Grade.DRIFT: "review.drift",
    Grade.WAIT: "review.unconfirmed-or-under-way",
    Grade.APPLY: "review.wanted",
    Grade.FINE: "review.fine",
}


def drift_html(drift: FleetDrift, names: Mapping[str, str]) -> str:
    """Return the drift of a fleet as a page."""
    points = drift_points(drift, names)
    parts = [_part(grade, [p for p in points if p.grade is grade]) for grade in TITLES]
    return page(
        say("review.drift-title"),
        _header(drift),
        element("main", joined(part for part in parts if part)),
        element("footer", element("p", say("html.drift-by", version=__version__), class_="quiet")),
    )


def _header(drift: FleetDrift) -> Markup:
    """The head of the page: totals, and what limits what is said."""
    tiles = [element("li", element("b", str(drift.summary[t])), say(f"html.tile-{t}")) for t in TILES]
    return element(
        "header",
        element("h1", say("review.drift-title")),
        element("p", say("drift.totals", **drift.summary), class_="totals"),
        joined(element("p", line, class_="note") for line in drift_preface(drift)),
        element("ul", joined(tiles), class_="tiles"),
    )


def _part(grade: Grade, points: list[Point]) -> Markup | None:
    if not points:
        return None
    title = say("review.section", title=say(TITLES[grade]), count=len(points))
    if grade is Grade.FINE:
        items = [element("li", element("b", p.subject), f" {p.headline}") for p in points]
        return element("details", element("summary", title), element("ul", joined(items), class_="plain"))
    return joined([element("h2", title), *(_card(p) for p in points)])


def _card(point: Point) -> Markup:
    place = say("html.place", file=point.place.file, line=point.place.line)
    said = [_said(r.rule, r.message, r.remedy) for r in point.remarks]
    return element(
        "section",
        element("div", element("h3", point.subject), element("code", place, class_="quiet"), class_="head"),
        joined(said),
        class_=f"card {point.grade}",
    )


def _said(rule: str, message: str, remedy: str) -> Markup:
    advice = element("p", say("review.next", remedy=remedy), class_="quiet") if remedy else None
    return element("div", element("p", element("b", rule), f": {message}"), advice, class_="finding")
