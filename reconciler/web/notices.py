"""What the loops say of themselves in, what everybody has to know first out: stops, sources in trouble, silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.observe import Fact, Unknown
from reconciler.overview import Loop, Showing, Source
from reconciler.web.words import Words


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know first. ``detail`` is a sentence as it was kept, in English. ``grave``: nothing is written."""

    told: str
    detail: str = ""
    grave: bool = False


def notices(showing: Showing, words: Words) -> tuple[Notice, ...]:
    """Return what has to be known first, the gravest at the head."""
    found = [
        *_stop(showing.stop(), words),
        *(notice for source in showing.sources() for notice in _source(source, words)),
        *_loops(showing.loops(), words),
    ]
    late = showing.late(words.service_now)
    if late:
        found.append(Notice(words.counted("page.late", late)))
    return tuple(sorted(found, key=lambda notice: not notice.grave))


def _stop(stop: Fact[object | None], words: Words) -> Iterator[Notice]:
    if isinstance(stop, Unknown):
        yield Notice(words("page.stop-unknown", reason=stop.reason), grave=True)
    elif stop is not None:
        told = {name: getattr(stop, name, words("page.not-known")) for name in ("reason", "owner")}
        at = getattr(stop, "at", None)
        since = words.moment(at) if at else words("page.not-known")
        yield Notice(words("page.stop", at=since, **told), grave=True)


def _source(source: Source, words: Words) -> Iterator[Notice]:
    fleet, reason = source.fleet, source.reason or "?"
    if source.refused:
        held = (source.commit or words("page.no-commit"))[:12]
        told = words("page.source-refused", fleet=fleet, commit=source.refused[:12], held=held, reason=reason)
        yield Notice(told, source.problem)
    elif source.problem:
        yield Notice(words("page.source-problem", fleet=fleet, reason=reason), source.problem)
    if source.stopped:
        yield Notice(words("page.source-stopped", fleet=fleet), source.stopped, grave=True)


def _loops(loops: Sequence[Loop], words: Words) -> Iterator[Notice]:
    if not loops:
        yield Notice(words("page.no-loop"))
        return
    last = max(loop.beat_at for loop in loops)
    running = [loop for loop in loops if not loop.gone]
    if not running:
        yield Notice(words("page.loops-ended", ago=words.ago_here(last), at=words.moment(last)))
    elif all(loop.silent(words.now) for loop in running):
        yield Notice(words("page.loops-quiet", ago=words.ago_here(last), at=words.moment(last)))
    for loop in running:
        if loop.breaker != "closed":
            yield Notice(words("page.breaker", id=loop.id, state=words.among("breaker", loop.breaker)))
