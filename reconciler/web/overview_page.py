"""The overview: what is asked for in, the tenants that match out, with their states, the chart and the loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reconciler.overview import Overview, Row, Showing, Sort, State
from reconciler.report.document import moment
from reconciler.web.asking import ROWS, Asked, Span, asked_of, wants_json
from reconciler.web.chart import chart, patterns, swatch
from reconciler.web.notices import notices
from reconciler.web.rendering import Pages

FORMAT = "1.0"


class OverviewPage:
    """Shows the fleet."""

    def __init__(self, showing: Showing, pages: Pages) -> None:
        self._showing, self._pages = showing, pages

    def __call__(self, request: Request) -> Response:
        """Answer with the page, or with plain data for a program."""
        asked = asked_of(request.query_params)
        found = self._showing.overview(asked.query)
        if wants_json(request):
            return JSONResponse(_document(found))
        words = self._pages.words(request)
        samples = self._showing.samples(words.service_now - asked.span.long)
        total = sum(found.counts.values())
        values: Mapping[str, Any] = {
            "asked": asked,
            "found": found,
            "total": total,
            "pages": max(1, -(-found.total // ROWS)),
            "chart": chart(samples, words),
            "swatch": swatch,
            "patterns": patterns,
            "states": tuple(State),
            "sorts": tuple(Sort),
            "spans": tuple(Span),
            "columns": COLUMNS,
            "turned": _turned(asked),
            "loops": self._showing.loops(),
            "sources": self._showing.sources(),
            "notices": notices(self._showing, words),
            "active": "overview",
        }
        return self._pages.page(request, "overview.html", words, **values)


# The columns, and what each is sorted by.
COLUMNS = (
    ("tenant", Sort.NAME),
    ("state", Sort.STATE),
    ("plans", None),
    ("licenses", Sort.LICENSES),
    ("since", Sort.SINCE),
    ("observed", Sort.OBSERVED),
    ("handoffs", None),
)


def _turned(asked: Asked) -> Mapping[Sort, str]:
    """Which way each column is sorted, in the words of ``aria-sort``."""
    way = "descending" if asked.query.descending else "ascending"
    return {sort: way if asked.query.sort is sort else "none" for sort in Sort}


def _document(found: Overview) -> dict[str, object]:
    return {
        "format_version": FORMAT,
        "total": found.total,
        "counts": {str(state): found.counts.get(state, 0) for state in State},
        "holds": dict(found.holds),
        "tenants": [row_document(row) for row in found.rows],
    }


def row_document(row: Row) -> dict[str, object]:
    """Return one tenant of the overview as plain data."""
    return {
        "name": row.name,
        "tenant": row.tenant,
        "fleet": row.fleet,
        "labels": dict(row.labels),
        "state": str(row.state),
        "reason": row.reason,
        "held_by": row.held_by or None,
        "verdict": row.verdict,
        "sync": row.sync,
        "health": row.health,
        "since": moment(row.since),
        "plans": list(row.plans),
        "declared": row.licenses,
        "live": row.live,
        "open_handoffs": row.open_handoffs,
        "drift": row.drift,
        "failures": row.failures,
        "commit": row.commit,
        "observed_at": moment(row.observed_at),
        "due_at": moment(row.due_at),
    }
