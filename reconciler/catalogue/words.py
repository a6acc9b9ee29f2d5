"""A plan or a word in, the form in which names are compared out."""

from __future__ import annotations

import re
import unicodedata

from reconciler.catalogue.rows import Plan

_PLAN_IN_BRACKETS = re.compile(r"\(\s*((?:plan|løsning)\s+\w+)\s*\)")


def words(plan: Plan) -> tuple[str, ...]:
    """Return every word a plan is known by."""
    return (plan.key, plan.name, plan.name_nb, *plan.aliases, *plan.skus)


def folded(word: str) -> str:
    """Bring a name to the form names are compared in: composed, no case, single spaces, bare ``plan 1``."""
    lower = unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold())
    return " ".join(_PLAN_IN_BRACKETS.sub(r" \1 ", lower).split())
