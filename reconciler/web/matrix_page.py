"""The catalogue in, the from/to matrix out, and what is known of the one pair that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from reconciler.catalogue import Catalogue, Plan
from reconciler.errors import ReconcilerError
from reconciler.overview import Showing
from reconciler.report.catalogue import CROSSING, MARKS, mark
from reconciler.report.pair import pair_document
from reconciler.web.asking import plain
from reconciler.web.notices import notices
from reconciler.web.rendering import Pages
from reconciler.web.words import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair of plans. ``address``: where to read about it, "" for a pair that is not listed."""

    mark: str
    told: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One plan and what it may be switched to."""

    plan: Plan
    cells: tuple[Cell, ...]


class MatrixPage:
    """Shows the matrix."""

    def __init__(self, showing: Showing, pages: Pages) -> None:
        self._showing, self._pages, self._catalogue = showing, pages, pages.catalogue

    def __call__(self, request: Request) -> Response:
        """Answer with the page."""
        words = self._pages.words(request)
        catalogue = self._catalogue
        source, target = (plain(request.query_params.get(end, "")) for end in ("from", "to"))
        pair, wrong = _pair(catalogue, source, target)
        chosen = (pair["from"]["key"], pair["to"]["key"]) if pair else ("", "")
        wanted = {key for _, key in catalogue.pairs}
        targets = [plan for plan in catalogue.plans.values() if plan.key in wanted]
        sources = [plan for plan in catalogue.plans.values() if catalogue.targets_of(plan.key)]
        without = (
            [] if catalogue.asks_service else [k for k in catalogue.plans if not catalogue.targets_of(k)]
        )
        return self._pages.page(
            request,
            "matrix.html",
            words,
            plans=tuple(catalogue.plans.values()),
            targets=targets,
            lines=[
                Line(plan, tuple(_cell(catalogue, plan, target, words, chosen) for target in targets))
                for plan in sources
            ],
            without=", ".join(words.plan(key) for key in without),
            asked=catalogue.asks_service,
            forbidden=tuple(catalogue.forbidden.values()),
            marks={**MARKS, "crossing": CROSSING},
            title=catalogue.title or catalogue.name,
            services=catalogue.services,
            source=source,
            target=target,
            chosen=chosen,
            pair=pair,
            wrong=wrong,
            notices=notices(self._showing, words),
            active="matrix",
        )


def _cell(catalogue: Catalogue, source: Plan, target: Plan, words: Words, chosen: tuple[str, str]) -> Cell:
    sign = mark(catalogue, source, target)
    pair = catalogue.pair(source.key, target.key)
    if pair is None:
        return Cell(sign, "", "", (source.key, target.key) == chosen)
    said = words(f"page.matrix-mark.{pair.confidence}")
    if catalogue.crosses_family(source.key, target.key):
        said = f"{said}, {words('page.matrix-crossing')}"
    told = words("page.matrix-cell", source=words.plan(source.key), target=words.plan(target.key), said=said)
    address = f"/matrix?{urlencode({'from': source.key, 'to': target.key})}#pair"
    return Cell(sign, told, address, (source.key, target.key) == chosen)


def _pair(catalogue: Catalogue, source: str, target: str) -> tuple[Mapping[str, Any] | None, str]:
    """What is known of a pair, or what is wrong with the words for it; nothing of either where none is asked for."""
    if not source or not target:
        return None, ""
    try:
        return pair_document(catalogue, source, target), ""
    except ReconcilerError as error:
        return None, str(error)
