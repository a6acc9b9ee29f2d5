"""How many tenants each rule holds in, what waits for what out: the rule's question, its way out, the next dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from reconciler.messages import SENTENCES
from reconciler.messages.about import ABOUT, WAYS_OUT
from reconciler.overview import Overview, Query, Row, Showing, Sort
from reconciler.web import kept as data
from reconciler.web.notices import notices
from reconciler.web.rendering import Pages

# How many tenants of a rule are named, those that wait the longest.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tenant that waits, and the next dates that are known of it."""

    row: Row
    coming: tuple[data.Coming, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """A rule and what it holds. ``about``, ``way_out`` and ``who`` are sentences, in English."""

    rule: str
    count: int
    about: str
    way_out: str
    who: str
    longest: tuple[Waiting, ...]


class WaitsPage:
    """Shows what waits for what."""

    def __init__(self, showing: Showing, pages: Pages) -> None:
        self._showing, self._pages = showing, pages

    def __call__(self, request: Request) -> Response:
        """Answer with the page."""
        words = self._pages.words(request)
        fleet = self._showing.overview(Query(limit=1))
        return self._pages.page(
            request,
            "waits.html",
            words,
            holds=tuple(self._holds(fleet)),
            notices=notices(self._showing, words),
            active="waits",
        )

    def _holds(self, fleet: Overview) -> Iterator[Hold]:
        for rule, count in fleet.holds.items():
            if not rule or not count:
                continue
            longest = self._showing.overview(Query(held_by=rule, sort=Sort.SINCE, limit=NAMED)).rows
            yield Hold(
                rule=rule,
                count=count,
                about=ABOUT.get(rule, ""),
                way_out=WAYS_OUT.get(rule, ""),
                who=SENTENCES.get(f"who.{rule}", ""),
                longest=tuple(self._waiting(row) for row in longest),
            )

    def _waiting(self, row: Row) -> Waiting:
        found = self._showing.kept(row.name)
        return Waiting(row, data.coming(data.of(found.document, "status")) if found else ())
