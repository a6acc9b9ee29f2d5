"""The nouns both sides share: what a tenant file declares and what the service shows.

In: nothing. Out: ``Tenant`` and ``Subscription`` (one type for both sides), ``Declaration`` (a tenant file
with its positions), and ``Action``, the only three things there are to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Action(StrEnum):
    """Everything a step can be. There is no member for taking away, and there must never be one."""

    SWITCH = "switch"
    ADD = "add"
    HANDOFF = "handoff"


# The largest total a file may declare; the schema says the same.
MOST_LICENSES = 1_000_000
WRITES = frozenset({Action.SWITCH, Action.ADD})
EVERY_ACTION = frozenset(Action)


class Mode(StrEnum):
    """What the tenant file lets the tool do: ``report`` never writes."""

    APPLY = "apply"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One bought plan: catalogue key (or, live, an unknown word passed through) and bought licences.

    ``licenses`` is None only on a declared subscription that leaves the number unmanaged and has nothing
    live to take it from. It is never used for "could not be read".
    """

    plan: str
    licenses: int | None


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer organisation: its fleet name and its subscriptions by declared name."""

    name: str
    subscriptions: Mapping[str, Subscription]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class DeclaredSubscription:
    """One entry under ``spec.subscriptions``: the plan wanted and, if managed, the absolute total wanted."""

    name: str
    plan: str
    licenses: int | None
    subscription_id: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Backup:
    """The back-up a person recorded before a one-way switch."""

    taken: date
    where: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a person accepted for one switch: no way back (a target plan's key, or True), and a back-up."""

    no_way_back: str | bool | None = None
    backup: Backup | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """A pause somebody answers for; ``until`` is the first UTC day on which it no longer holds."""

    reason: str
    owner: str
    until: date


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule somebody answers for not keeping; ``until`` is the first UTC day on which it no longer holds."""

    rule: str
    reason: str
    owner: str
    until: date


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A live subscription the file names as not ours, by plan or by id."""

    plan: str | None
    subscription_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """One tenant file, validated: what is wanted, what was acknowledged, and where each thing stands.

    ``tenant`` is the word that names the organisation at the service (default domain or GUID).
    ``formerly`` is the name the tenant had in the fleet before, where the file says that it was renamed.
    ``windows`` and ``limits`` are kept as declared, with the keys of the file; ``windows.parse`` and
    ``limits.Limits.narrowed`` read them.
    """

    name: str
    tenant: str
    subscriptions: tuple[DeclaredSubscription, ...]
    place: Place
    labels: Mapping[str, str] = field(default_factory=dict)
    acknowledge: Acknowledgement = Acknowledgement()
    website: str | None = None
    mode: Mode = Mode.APPLY
    suspend: Suspension | None = None
    unmanaged: tuple[Unmanaged, ...] = ()
    windows: tuple[Mapping[str, object], ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    backup_max_age_days: int = 30
    formerly: str | None = None
