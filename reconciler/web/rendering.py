"""A request and the values of a page in, the page as HTML out: templates, static files, the language.

Text only ever gets into a page through ``_shown``: whatever could turn the reading direction, break a line or act on
a terminal is shown as an escape, as in every other output, and then Jinja escapes it for HTML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

import reconciler
from reconciler.catalogue import Catalogue
from reconciler.messages import Language
from reconciler.report.letters import Names
from reconciler.report.lines import safe
from reconciler.web.asking import address_of
from reconciler.web.words import Words, language_of

LANGUAGE_COOKIE = "reconciler_lang"
A_YEAR = 365 * 24 * 3600
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
GLUE = "\u00a0"
FOR_EVER = {"Cache-Control": f"public, max-age={A_YEAR}, immutable"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served. Its name carries the hash of what is in it, so that it may be kept for ever."""

    address: str
    body: bytes
    kind: str


class Pages:
    """Makes pages. Holds what is the same for all of them; ``signs_in``: the page asks for a token."""

    def __init__(
        self,
        catalogue: Catalogue,
        now: Callable[[], datetime],
        service_now: Callable[[], datetime],
        *,
        signs_in: bool,
    ) -> None:
        self.catalogue = catalogue
        self.names: Names = {
            Language.ENGLISH: {key: plan.name for key, plan in catalogue.plans.items()},
            Language.NORWEGIAN: {key: plan.name_nb for key, plan in catalogue.plans.items()},
        }
        self.now, self._service_now, self._signs_in = now, service_now, signs_in
        self._static = _static_files()
        self._by_address = {each.address: each for each in self._static.values()}
        self._templates = Environment(
            loader=PackageLoader("reconciler.web"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            static=lambda name: self._static[name].address,
            tenant_address=address_of,
            handoff_address=lambda id_: f"/handoffs/{quote(id_, safe='', errors='replace')}",
            version=reconciler.__version__,
        )
        self._templates.filters.update(lines=_lines, marked=_marked, utc=_utc)

    def words(self, request: Request) -> Words:
        """Return the words in the language of whoever asks."""
        language = language_of(
            request.query_params.get("lang", ""),
            request.cookies.get(LANGUAGE_COOKIE, ""),
            request.headers.get("accept-language", ""),
        )
        return Words(language, self.now(), self._service_now(), self.names[language])

    def page(
        self, request: Request, template: str, words: Words, status: int = 200, **values: Any
    ) -> Response:
        """Return a page; a language that was asked for is kept for the next one."""
        shown = {
            "t": words,
            "languages": _other_languages(request),
            "signs_in": self._signs_in,
            "active": "",
            "notices": (),
            "bare": False,
            **values,
        }
        answer = HTMLResponse(self._templates.get_template(template).render(shown), status)
        answer.headers["Content-Language"] = words.language
        answer.headers["Vary"] = "Accept, Accept-Language, Cookie"
        if request.query_params.get("lang") == words.language:
            answer.set_cookie(
                LANGUAGE_COOKIE, words.language, max_age=A_YEAR, httponly=True, samesite="lax", path="/"
            )
        return answer

    def trouble(self, request: Request, status: int, about: str = "", **values: Any) -> Response:
        """Return a page that says what went wrong, without asking the store for anything."""
        words = self.words(request)
        shown = status if status in (400, 404, 405, 500, 503) else 400
        told = {"code": shown, "about": about, **values}
        return self.page(request, "trouble.html", words, status, **told)

    def static(self, request: Request) -> Response:
        """Return a static file; a name with another hash is of another version, and is not there."""
        found = self._by_address.get(request.url.path)
        if found is None:
            return PlainTextResponse("", 404)
        return Response(found.body, media_type=found.kind, headers=FOR_EVER)


def _shown(value: Any) -> Any:
    """Make text that is not ours harmless; runs on every expression of every template."""
    if value is None:
        return ""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    # A blank that holds its line together, as between thousands, moves nothing.
    return GLUE.join(safe(part) for part in value.split(GLUE)) if GLUE in value else safe(value)


def _lines(text: str) -> Markup:
    """Text of several lines, each made harmless."""
    return Markup("\n").join(escape(safe(line)) for line in text.split("\n"))


def _marked(text: str) -> Markup:
    """A sentence of ours, what stands between backquotes in it as code."""
    parts = safe(text).split("`")
    if len(parts) % 2 == 0:
        return escape(safe(text))
    inside = (Markup("<code>{}</code>").format(p) if n % 2 else escape(p) for n, p in enumerate(parts))
    return Markup("").join(inside)


def _utc(at: datetime) -> str:
    """A time as HTML wants it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _other_languages(request: Request) -> Mapping[Language, str]:
    """The address of this page in each language, with all else that was asked for."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return {language: f"?{urlencode([*kept, ('lang', language)])}" for language in Language}


def _static_files() -> Mapping[str, StaticFile]:
    found = {}
    for each in files("reconciler.web").joinpath("static").iterdir():
        stem, dot, ending = each.name.rpartition(".")
        kind = KINDS.get(f"{dot}{ending}")
        if kind is None:
            continue
        body = each.read_bytes()
        mark = hashlib.sha256(body).hexdigest()[:12]
        found[each.name] = StaticFile(f"/static/{stem}.{mark}.{ending}", body, kind)
    return found
