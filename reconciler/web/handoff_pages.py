"""The requests to support in, their list and each one's letter out, ready to be copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reconciler.handoff import OPEN, HandOff
from reconciler.handoff.tickets import Followed, TicketStatus, followed_of
from reconciler.messages import Language
from reconciler.overview import Showing
from reconciler.report.handoffs import handoff_document, handoffs_document
from reconciler.report.letters import Letter, Names, letter, moment_of
from reconciler.web.asking import ROWS, plain, wants_json
from reconciler.web.kept import Side, text, whole
from reconciler.web.notices import notices
from reconciler.web.rendering import Pages

LINE = 76


@dataclass(frozen=True, slots=True)
class Shown:
    """A request with its letter in one language; ``before`` and ``after`` as far as they are known."""

    one: HandOff
    language: Language
    letter: Letter
    before: Side | None
    after: Side | None
    deadline: datetime | None
    followed: Followed | None

    @property
    def open(self) -> bool:
        """Whether a person still has to do something about it."""
        return self.one.state in OPEN

    @property
    def closed_too_soon(self) -> bool:
        """Whether support closed its ticket while it is open here."""
        return self.open and self.followed is not None and self.followed.status == TicketStatus.CLOSED

    @property
    def lines(self) -> int:
        """How many lines its text takes where no more than so many letters stand in one."""
        return sum(1 + len(line) // LINE for line in self.letter.plain().split("\n"))


class HandoffList:
    """Shows the requests, the open ones or all."""

    def __init__(self, showing: Showing, pages: Pages) -> None:
        self._showing, self._pages = showing, pages

    def __call__(self, request: Request) -> Response:
        """Answer with the page, or with plain data for a program."""
        every = request.query_params.get("all") == "1"
        found = self._showing.handoffs(every=every)
        words = self._pages.words(request)
        if wants_json(request):
            return JSONResponse(handoffs_document(found, self._pages.names, words.service_now))
        page = _page(request.query_params.get("page", ""), len(found))
        some = found[(page - 1) * ROWS : page * ROWS]
        return self._pages.page(
            request,
            "handoffs.html",
            words,
            found=[shown(one, words.language, self._pages.names) for one in some],
            total=len(found),
            every=every,
            page=page,
            pages=max(1, -(-len(found) // ROWS)),
            notices=notices(self._showing, words),
            active="handoffs",
        )


class HandoffPage:
    """Shows one request and its letter."""

    def __init__(self, showing: Showing, pages: Pages) -> None:
        self._showing, self._pages = showing, pages

    def __call__(self, request: Request) -> Response:
        """Answer with the page, or with plain data for a program."""
        id_ = str(request.path_params["id"])
        words = self._pages.words(request)
        found = self._found(id_)
        if found is None and wants_json(request):
            return JSONResponse({"error": "no such hand-off"}, 404)
        if found is None:
            about = words("page.handoff-unknown-about", id=plain(id_) or "?")
            return self._pages.trouble(request, 404, about, title=words("page.handoff-unknown"))
        if wants_json(request):
            return JSONResponse(handoff_document(found, self._pages.names, words.service_now))
        asked = request.query_params.get("letter", "")
        language = Language(asked) if asked in list(Language) else words.language
        return self._pages.page(
            request,
            "handoff.html",
            words,
            shown=shown(found, language, self._pages.names),
            all_languages=tuple(Language),
            notices=notices(self._showing, words),
            active="handoffs",
        )

    def _found(self, id_: str) -> HandOff | None:
        """The request of an id; closed ones are many and seldom asked for, so the open ones are tried first."""
        for every in (False, True):
            for one in self._showing.handoffs(every=every):
                if one.id == id_:
                    return one
        return None


def shown(one: HandOff, language: Language, names: Names) -> Shown:
    """Return a request as it is shown."""
    return Shown(
        one=one,
        language=language,
        letter=letter(one, language, names),
        before=_side(one.before),
        after=_side(one.after),
        deadline=moment_of(one, "deadline"),
        followed=followed_of(one),
    )


def _side(told: Mapping[str, object] | None) -> Side | None:
    return None if told is None else Side(text(told, "plan") or None, whole(told, "licenses"))


def _page(text: str, count: int) -> int:
    """Which page of rows is asked for; one that is not there is the nearest that is."""
    asked = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
    return min(max(asked, 1), max(1, -(-count // ROWS)))
