"""What the engine has to say in, lines of ours out that show no password."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from reconciler.adapters.store.whereabouts import Server
from reconciler.messages import say


class Passing(logging.Handler):
    """Passes on what the engine warns of and why, in a line; what else it tells is of no use to an operator."""

    def __init__(self, told: Callable[[str], None], server: Server) -> None:
        super().__init__(logging.WARNING)
        self._told, self._server = told, server

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on."""
        error = record.exc_info[1] if record.exc_info else None
        words = record.getMessage()
        self._told(_said(words if error is None else f"{words} ({_named(error)})", self._server))


def unheard(context: dict[str, Any], server: Server) -> str:
    """What nobody in the engine waited for to hear, in a line; by itself it would be a traceback on stderr."""
    error = context.get("exception")
    return _said(context["message"] if error is None else _named(error), server)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _said(words: str, server: Server) -> str:
    return say("queue.says", what=server.without_secrets(" ".join(words.split())))
