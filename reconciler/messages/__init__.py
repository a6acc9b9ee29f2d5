"""A message's key and the numbers in it in, the sentence out: every sentence meant for administrators.

The sentences stand in tables, one file per area, so that they can be translated as a whole. A sentence uses
``str.format`` fields; a test formats each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reconciler.messages.adopt import ADOPT
from reconciler.messages.calling import CALLING
from reconciler.messages.catalogue import CATALOGUE
from reconciler.messages.cli import CLI
from reconciler.messages.db import DB
from reconciler.messages.desk import DESK
from reconciler.messages.doctor import DOCTOR
from reconciler.messages.drift import DRIFT
from reconciler.messages.explain import EXPLAIN
from reconciler.messages.files import FILES
from reconciler.messages.formats import FORMATS
from reconciler.messages.handoff import HANDOFF
from reconciler.messages.handoff_nb import HANDOFF_NB
from reconciler.messages.history import HISTORY
from reconciler.messages.hosts import HOSTS
from reconciler.messages.limits import LIMITS
from reconciler.messages.live import LIVE
from reconciler.messages.loop import LOOP
from reconciler.messages.microsoft import MICROSOFT
from reconciler.messages.notices import NOTICES
from reconciler.messages.notices_nb import NOTICES_NB
from reconciler.messages.notify import NOTIFY
from reconciler.messages.page import PAGE
from reconciler.messages.queue import QUEUE
from reconciler.messages.ready import READY
from reconciler.messages.report import REPORT
from reconciler.messages.review import REVIEW
from reconciler.messages.rules import RULES
from reconciler.messages.run import RUN
from reconciler.messages.serving import SERVING
from reconciler.messages.sign_in import SIGN_IN
from reconciler.messages.simulator import SIMULATOR
from reconciler.messages.source import SOURCE
from reconciler.messages.state import STATE
from reconciler.messages.status import STATUS
from reconciler.messages.what_if import WHAT_IF

SENTENCES: dict[str, str] = {
    **ADOPT,
    **CALLING,
    **CATALOGUE,
    **CLI,
    **DB,
    **DESK,
    **DOCTOR,
    **DRIFT,
    **EXPLAIN,
    **FILES,
    **FORMATS,
    **HANDOFF,
    **HISTORY,
    **HOSTS,
    **LIMITS,
    **LIVE,
    **LOOP,
    **MICROSOFT,
    **PAGE,
    **NOTICES,
    **NOTIFY,
    **QUEUE,
    **READY,
    **REPORT,
    **REVIEW,
    **RULES,
    **RUN,
    **SOURCE,
    **SERVING,
    **STATE,
    **STATUS,
    **SIGN_IN,
    **SIMULATOR,
    **WHAT_IF,
}


class Language(StrEnum):
    """The languages in which we write to people; what a command prints is English."""

    ENGLISH = "en"
    NORWEGIAN = "nb"


# Letters to support and notices to administrators are there in each language; every other sentence is English.
WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: SENTENCES,
    Language.NORWEGIAN: {**SENTENCES, **HANDOFF_NB, **NOTICES_NB},
}


def say(key: str, /, **facts: object) -> str:
    """Return the sentence for ``key`` with its facts filled in; an unknown key is a programming error."""
    return SENTENCES[key].format(**facts)


def known(*keys: str) -> str:
    """Return the first of ``keys`` that there is a sentence for; none is a programming error."""
    return next(key for key in keys if key in SENTENCES)
