"""What stands behind the ``?`` of an address in, a valid query out: whatever it says, it can not be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode

from starlette.requests import Request

from reconciler.overview import Query, Sort, State

ROWS = 100
LONGEST = 200
MOST_LABELS = 8
MOST_PAGES = 1_000_000


class Span(StrEnum):
    """How far back the chart goes."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def long(self) -> timedelta:
        """The span as a time."""
        return {Span.DAY: timedelta(days=1), Span.WEEK: timedelta(days=7)}.get(self, timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the overview is asked for. ``ignored``: what was said and means nothing."""

    query: Query
    span: Span = Span.WEEK
    ignored: tuple[str, ...] = ()

    @property
    def page(self) -> int:
        """Which page of rows it is, counted from 1."""
        return self.query.offset // self.query.limit + 1

    @property
    def state(self) -> State | None:
        """The one state asked for, None for any."""
        return next(iter(self.query.states), None)

    @property
    def labels(self) -> str:
        """The labels as a person writes them."""
        return ", ".join(f"{key}={value}" for key, value in self.query.labels.items())

    def sorted_by(self, sort: Sort) -> str:
        """The address of the same tenants in another order; asked for twice, an order turns round."""
        again = self.query.sort is sort
        turned = replace(self.query, sort=sort, offset=0, descending=again and not self.query.descending)
        return replace(self, query=turned).address()

    def in_state(self, state: State | None) -> str:
        """The address of those in one state, or of all, with the same other wishes."""
        states = frozenset({state}) if state else frozenset[State]()
        return replace(self, query=replace(self.query, states=states, offset=0)).address()

    def on_page(self, page: int) -> str:
        """The address of another page of rows."""
        return replace(self, query=replace(self.query, offset=(page - 1) * self.query.limit)).address()

    def over(self, span: Span) -> str:
        """The address of the same with another span of the chart."""
        return replace(self, span=span).address()

    def address(self) -> str:
        """The address that asks for this, without what goes without saying."""
        query = self.query
        said = {
            "q": query.text,
            "state": self.state or "",
            "held": query.held_by,
            "label": self.labels,
            "sort": "" if query.sort is Sort.STATE else query.sort,
            "order": "desc" if query.descending else "",
            "span": "" if self.span is Span.WEEK else self.span,
            "page": "" if self.page == 1 else str(self.page),
        }
        words = urlencode({name: value for name, value in said.items() if value})
        return f"/?{words}" if words else "/"


def asked_of(parameters: Mapping[str, str]) -> Asked:
    """Read what the overview is asked for."""
    ignored: list[str] = []

    def word(name: str) -> str:
        return plain(parameters.get(name, ""))

    def one_of(kind: type[StrEnum], name: str) -> str:
        said = word(name)
        if said and said not in list(kind):
            ignored.append(f"{name}={said}")
            return ""
        return said

    state, sort, span = one_of(State, "state"), one_of(Sort, "sort"), one_of(Span, "span")
    labels, odd = _labels(word("label"))
    page = word("page")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else 1
    query = Query(
        text=word("q"),
        states=frozenset({State(state)} if state else ()),
        held_by=word("held"),
        labels=labels,
        sort=Sort(sort or Sort.STATE),
        descending=word("order") == "desc",
        offset=(min(max(number, 1), MOST_PAGES) - 1) * ROWS,
        limit=ROWS,
    )
    return Asked(query, Span(span or Span.WEEK), (*ignored, *odd))


def plain(text: str) -> str:
    """Return text of a request fit for a store and a page: one line, nothing that can not be seen, not too long."""
    return "".join(c for c in text[: 4 * LONGEST] if c.isprintable()).strip()[:LONGEST]


def wants_json(request: Request) -> bool:
    """Say whether a program asks."""
    if request.query_params.get("format") == "json":
        return True
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def address_of(tenant: str) -> str:
    """Return the address of a tenant's page, whatever it is called.

    A path of nothing but dots would be taken for a way up by every browser, even percent-encoded.
    """
    told = quote(tenant, safe="", errors="replace")
    return f"/tenants/?name={told}" if tenant in (".", "..") else f"/tenants/{told}"


def _labels(text: str) -> tuple[dict[str, str], list[str]]:
    """Labels as ``key=value``, a comma between them; and what is none."""
    found: dict[str, str] = {}
    odd = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        key, equals, value = (each.strip() for each in part.partition("="))
        if equals and key and value and len(found) < MOST_LABELS:
            found[key] = value
        else:
            odd.append(part)
    return found, odd
