"""A tenant's name in, its page out: declared against live, every check, what was written to it, its hand-offs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from reconciler.overview import Event, Kept, Query, Showing
from reconciler.report.loops import conditions_document
from reconciler.web import kept as data
from reconciler.web.asking import plain, wants_json
from reconciler.web.handoff_pages import Shown, shown
from reconciler.web.notices import notices
from reconciler.web.overview_page import FORMAT, row_document
from reconciler.web.rendering import Pages
from reconciler.web.words import Words

# What ends a write; after anything else it is still under way.
ENDINGS = frozenset({"done", "failed", "not-taken"})
SERVICE_DATED = frozenset({"intended", "sent"})
# Further apart than this, the service and this machine go by two clocks.
ONE_CLOCK = timedelta(minutes=1)
NEAR, FEW = 400, 5


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a write, and how long it took since the one before."""

    event: Event
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class Write:
    """All events of one request to the service."""

    first: Event
    moments: tuple[Moment, ...]

    @property
    def over(self) -> bool:
        """Whether it has come to an end."""
        return any(each.event.what in ENDINGS for each in self.moments)


class TenantPage:
    """Shows one tenant."""

    def __init__(self, showing: Showing, pages: Pages) -> None:
        self._showing, self._pages = showing, pages

    def __call__(self, request: Request) -> Response:
        """Answer with the page, with plain data for a program, or with the names that are near."""
        name = str(request.path_params.get("name") or request.query_params.get("name", ""))
        if not name:
            return RedirectResponse("/", 303)
        # No file can name a tenant so, and a store that is asked for a zero byte may break over it.
        found = None if "\x00" in name else self._showing.kept(name)
        if found is None:
            return self._unknown(request, name)
        if wants_json(request):
            return JSONResponse(self._document(found))
        words = self._pages.words(request)
        status = data.of(found.document, "status")
        values: Mapping[str, Any] = {
            "row": found.row,
            "conditions": found.conditions,
            "file": data.text(status, "file"),
            "line": data.whole(status, "line"),
            "formerly": data.text(status, "formerly"),
            "subscriptions": data.subscriptions(found.document),
            "unmanaged": data.unmanaged(found.document),
            "coming": data.coming(status),
            "steps": data.steps(found.document),
            "tenant_checks": data.tenant_checks(found.document),
            "looked": data.looked(found.document),
            "drift": data.drift(found.document),
            "writes": tuple(
                writes(self._showing.timeline(name), one_clock=abs(words.now - words.service_now) < ONE_CLOCK)
            ),
            "past": self._showing.past(name),
            "handoffs": self._handoffs(name, words),
        }
        return self._pages.page(
            request, "tenant.html", words, notices=notices(self._showing, words), active="overview", **values
        )

    def _handoffs(self, name: str, words: Words) -> tuple[Shown, ...]:
        found = self._showing.handoffs(name)
        return tuple(shown(one, words.language, self._pages.names) for one in found)

    def _unknown(self, request: Request, name: str) -> Response:
        if wants_json(request):
            return JSONResponse({"error": "no such tenant"}, 404)
        words = self._pages.words(request)
        about = words("page.tenant-unknown-about", name=plain(name) or "?")
        return self._pages.trouble(
            request, 404, about, title=words("page.tenant-unknown"), near=self._near(plain(name))
        )

    def _near(self, name: str) -> list[str]:
        """Names that are near, of those the store finds by the first letters: a whole fleet is too many to compare."""
        if not name:
            return []
        some = [row.name for row in self._showing.overview(Query(text=name[:3], limit=NEAR)).rows]
        return get_close_matches(name, some, n=FEW, cutoff=0.5)

    def _document(self, found: Kept) -> dict[str, object]:
        return {
            "format_version": FORMAT,
            **row_document(found.row),
            "conditions": conditions_document(found.conditions),
            **{part: found.document.get(part) for part in ("status", "plan", "drift")},
        }


def writes(timeline: Sequence[Event], *, one_clock: bool) -> Iterator[Write]:
    """Yield what was written, the newest first, each with its events as they happened.

    What was intended and sent is dated by the service, how it ended by this machine: how long it took from the one to
    the other can only be told where they are ``one_clock``.
    """
    requests: dict[str, list[Event]] = {}
    for event in timeline:
        requests.setdefault(event.request_id, []).append(event)
    for events in reversed(requests.values()):
        moments = [Moment(events[0], None)]
        for before, event in pairwise(events):
            same = one_clock or (before.what in SERVICE_DATED) == (event.what in SERVICE_DATED)
            moments.append(Moment(event, event.at - before.at if same else None))
        yield Write(events[0], tuple(moments))
