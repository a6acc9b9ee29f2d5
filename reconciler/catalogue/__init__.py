"""A parsed catalogue document in, ``Catalogue`` out: plans, their families, what may be switched to what.

A plan is named by its key. People also write its display name, an older name or a SKU part number; such a
word counts only while it means exactly one plan, since a wrong guess would order the wrong thing. The same
holds for the ids the service uses (SKU, product, offer): one that two plans claim names neither.
"""

from __future__ import annotations

from reconciler.catalogue.document import from_document
from reconciler.catalogue.rows import (
    STANDALONE,
    Ambiguous,
    Confidence,
    Eligibility,
    ForbiddenPair,
    Plan,
    PooledCap,
    RejectedPair,
    SwitchPair,
)
from reconciler.catalogue.whole import Catalogue

__all__ = [
    "STANDALONE",
    "Ambiguous",
    "Catalogue",
    "Confidence",
    "Eligibility",
    "ForbiddenPair",
    "Plan",
    "PooledCap",
    "RejectedPair",
    "SwitchPair",
    "from_document",
]
