"""What happens in a loop in, lines on stderr out: text for people, or one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from reconciler.messages import say
from reconciler.report.lines import safe

LEVELS = ("debug", "info", "warning", "error")
_WIDTH = 7
LAST = ("end", "commit", "run", "request")
Event = MutableMapping[str, Any]


class Log(Protocol):
    """A log of events, each with a sentence and facts; ``bind`` gives one that has some facts always."""

    def bind(self, **facts: Any) -> Log:
        """Return a log whose every line has these facts."""
        ...

    def debug(self, event: str, **facts: Any) -> None:
        """Tell what only matters to who looks for a fault."""
        ...

    def info(self, event: str, **facts: Any) -> None:
        """Tell what happened."""
        ...

    def warning(self, event: str, **facts: Any) -> None:
        """Tell what somebody should look at."""
        ...

    def error(self, event: str, **facts: Any) -> None:
        """Tell what went wrong."""
        ...


def build_log(form: str, level: str) -> Log:
    """Return a log in ``form`` ("text" or "json") of everything from ``level`` up."""
    render = as_json if form == "json" else as_text
    log: Log = structlog.wrap_logger(
        _Stderr(),
        processors=[structlog.processors.add_log_level, _stamped, _plain, render],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
    )
    return log


@contextmanager
def libraries_heard(log: Log) -> Iterator[None]:
    """Have what libraries warn of, and nobody else listens to, be lines of this log while the block runs.

    It would stand on stderr bare, between lines that a machine reads.
    """
    before, logging.lastResort = logging.lastResort, _Libraries(log)
    try:
        yield
    finally:
        logging.lastResort = before


class _Libraries(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        words = " ".join(record.getMessage().split())
        what = words if error is None else f"{words} ({type(error).__name__}: {error})"
        self._log.warning(say("loop.library-says", name=record.name, what=what))


def as_text(logger: object, method: str, event: Event) -> str:
    """Return one line; nothing in it can begin another, or speak to a terminal.

    Whose line it is stands in front, what only a search asks for at the end.
    """
    facts = dict(event)
    time, level, told = facts.pop("time"), facts.pop("level"), str(facts.pop("event"))
    tenant = facts.pop("tenant", "")
    if tenant and not told.startswith(str(tenant)):
        told = f"{tenant}: {told}"
    last = {name: facts.pop(name) for name in LAST if name in facts}
    shown = " ".join(f"{key}={_quoted(value)}" for key, value in {**facts, **last}.items())
    return safe(f"{time} {level!s:<{_WIDTH}} {told}  {shown}".rstrip())


def as_json(logger: object, method: str, event: Event) -> str:
    """Return one object on one line; nothing in it speaks to a terminal or to a build host."""
    first = {name: event[name] for name in ("time", "level", "event")}
    line = json.dumps({**first, **event}, ensure_ascii=True)
    return line.replace("##", r"#\u0023").replace("\x7f", r"\u007f")


def _quoted(value: object) -> str:
    text = str(value)
    return f'"{text}"' if text == "" or any(c.isspace() or c in '"=' for c in text) else text


def _stamped(logger: object, method: str, event: Event) -> Event:
    return {"time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"), **event}


def _plain(logger: object, method: str, event: Event) -> Event:
    """Leave facts that say nothing out, and make all others plain."""
    plain = (bool, int, float)
    return {
        key: value if isinstance(value, plain) else str(value)
        for key, value in event.items()
        if value is not None and value != ""
    }


class _Stderr:
    """Writes to what stderr is now; a log that can not be written stops nothing."""

    def msg(self, line: str) -> None:
        try:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):
            return

    debug = info = warning = warn = error = msg
