"""Nothing in, the rows a catalogue consists of out: plans, pairs of plans, caps of families, and their closed sets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STANDALONE = "standalone"
# The article's wizard ends above this many users; a list that says nothing of it means this (R-MAX-300).
WIZARD_LIMIT = 300


class Confidence(StrEnum):
    """How sure the source is that a pair is on the list; only CERTAIN may run on the list alone."""

    CERTAIN = "certain"
    HIGH = "high"
    MEDIUM_HIGH = "medium-high"
    MEDIUM = "medium"


class Eligibility(StrEnum):
    """Who says what may be switched to what.

    LISTED: the catalogue's own list, as that of the 2014 wizard. LIVE: the service, asked for each
    subscription (M-29); the catalogue may then only forbid, never allow what the service does not offer.
    """

    LISTED = "listed"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Plan:
    """What Microsoft sells. ``cap``: most licences one subscription may have, None for no cap.

    ``short`` heads a column of the matrix. It is no name: ``resolve`` does not know it. ``sku_ids``: GUIDs of
    its licences, lower case (Graph's skuId). ``products``: ``product:sku`` of new commerce, upper case, never with
    the availability, which changes from day to day (PC 1.12). ``offers``: GUIDs of legacy offers, lower case.
    """

    key: str
    family: str
    cap: int | None
    services: tuple[str, ...]
    name: str
    name_nb: str
    skus: tuple[str, ...]
    aliases: tuple[str, ...]
    cap_source: tuple[str, ...] = ()
    short: str = ""
    sku_ids: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PooledCap:
    """The most licences a tenant may have of all plans of a family together, and where that comes from (M-25)."""

    licenses: int
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwitchPair:
    """A pair the switch wizard lists, with how sure that is and where it comes from."""

    source_plan: str
    target_plan: str
    confidence: Confidence
    source: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class RejectedPair:
    """A pair some readings of the list allow, and which is held to be not listed; for explanations only."""

    source_plan: str
    target_plan: str
    reason: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForbiddenPair:
    """A pair that is never ordered, also where the service offers it; unlike a rejected one it decides."""

    source_plan: str
    target_plan: str
    reason: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A word that means more than one plan: the keys it may mean, in the catalogue's order."""

    candidates: tuple[str, ...]
