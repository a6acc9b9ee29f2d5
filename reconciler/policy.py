"""What is declared now and what stands at the protected ref in; what of it counts, and what does not count yet, out.

A tenant file may loosen nothing by itself: a waiver, a change window, a limit or the age of a back-up counts as far as
it stands at the ref too. What is stricter than there counts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.changed import Pair, paired
from reconciler.memory import folded
from reconciler.messages import say
from reconciler.model import Declaration, Place, Waiver
from reconciler.windows import Kind as WindowKind
from reconciler.windows import Window, parse


class Loosening(StrEnum):
    """What of a tenant file can loosen what holds for the tenant."""

    WAIVER = "waiver"
    WINDOWS = "windows"
    LIMITS = "limits"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class NotCounted:
    """Something in a tenant file that does not count, since it does not stand at the ref; ``message`` says so."""

    tenant: str
    kind: Loosening
    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class Held:
    """The declarations as they count, in order of name, and what does not count.

    ``there``: those of the ref, under the names their tenants have now: whoever answers to one of their words must be
    called so, or a file could take over what holds for another tenant.
    """

    declarations: tuple[Declaration, ...]
    not_counted: tuple[NotCounted, ...]
    there: tuple[Declaration, ...]


def held(now: Sequence[Declaration], there: Iterable[Declaration], ref: str) -> Held:
    """Hold the declarations to those at ``ref``; a tenant that is not there has only waivers to loosen."""
    at_ref = tuple(there)
    pairs = _paired(at_ref, now)
    counted, left = [], list[NotCounted]()
    for pair in pairs:
        before = pair.before
        declared, told = _held(pair.now, before, ref) if before else _without_waivers(pair.now, ref)
        counted.append(declared)
        left += told
    names = {pair.before.name: pair.now.name for pair in pairs if pair.before}
    return Held(
        tuple(counted), tuple(left), tuple(replace(d, name=names.get(d.name, d.name)) for d in at_ref)
    )


def _paired(there: Sequence[Declaration], now: Sequence[Declaration]) -> tuple[Pair, ...]:
    """Find what holds for each tenant by its domain or id first: a policy is the live tenant's, and not the name's."""
    by_word = {folded(d.tenant): d for d in there}
    same = {d.name: Pair(d, by_word[folded(d.tenant)]) for d in now if folded(d.tenant) in by_word}
    taken = {pair.before.name for pair in same.values() if pair.before}
    others = paired([d for d in there if d.name not in taken], [d for d in now if d.name not in same])
    return tuple(sorted((*same.values(), *others), key=lambda pair: pair.now.name))


def _without_waivers(now: Declaration, ref: str) -> tuple[Declaration, list[NotCounted]]:
    told = [_waiver_told(now, waiver, ref) for waiver in now.waivers]
    return replace(now, waivers=()), told


def _held(now: Declaration, there: Declaration, ref: str) -> tuple[Declaration, list[NotCounted]]:
    told: list[NotCounted] = []
    waivers = tuple(w for wished in now.waivers if (w := _counting(wished, there.waivers)))
    told += [_waiver_told(now, w, ref) for w in now.waivers if w not in waivers]
    windows = now.windows
    if not _as_narrow(now.windows, there.windows):
        # Nothing wider than at the ref; what is denied now is denied at once.
        denied = [w for w in now.windows if WindowKind.DENY in w and w not in there.windows]
        windows = (*there.windows, *denied)
        told.append(_told(now, Loosening.WINDOWS, say("policy.windows", ref=ref)))
    limits, raised = _least(now.limits, there.limits)
    for key in raised:
        facts = {"limit": key, "most": there.limits[key], "ref": ref}
        told.append(_told(now, Loosening.LIMITS, say("policy.limits", **facts)))
    days = min(now.backup_max_age_days, there.backup_max_age_days)
    if days < now.backup_max_age_days:
        message = say("policy.backup", days=days, found=now.backup_max_age_days, ref=ref)
        told.append(_told(now, Loosening.BACKUP, message))
    return replace(now, waivers=waivers, windows=windows, limits=limits, backup_max_age_days=days), told


def _counting(wished: Waiver, there: Sequence[Waiver]) -> Waiver | None:
    """The waiver as far as it stands at the ref: of the same rule, and no longer than there."""
    same = [w for w in there if w.rule == wished.rule]
    if any(w.until >= wished.until for w in same):
        return wished
    return max(same, key=lambda w: w.until, default=None)


def _as_narrow(now: Sequence[Mapping[str, object]], there: Sequence[Mapping[str, object]]) -> bool:
    """Say whether whatever ``now`` lets be written in, ``there`` does too, as far as the windows alone show it."""
    ours, theirs = _by_kind(now), _by_kind(there)
    allows, allowed = ours[WindowKind.ALLOW], theirs[WindowKind.ALLOW]
    narrower = not allowed or (bool(allows) and allows <= allowed)
    return narrower and theirs[WindowKind.DENY] <= ours[WindowKind.DENY]


def _by_kind(windows: Sequence[Mapping[str, object]]) -> dict[WindowKind, frozenset[Window]]:
    read = [parse(window) for window in windows]
    return {kind: frozenset(w for w in read if w.kind is kind) for kind in WindowKind}


def _least(now: Mapping[str, int], there: Mapping[str, int]) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """The lower number of each limit of a tenant, and the keys of those that were raised or taken out."""
    raised = tuple(key for key in sorted(there) if key not in now or now[key] > there[key])
    return ({**now, **{key: there[key] for key in raised}} if raised else now), raised


def _waiver_told(now: Declaration, waiver: Waiver, ref: str) -> NotCounted:
    facts = {"rule": waiver.rule, "until": waiver.until, "owner": waiver.owner, "ref": ref}
    return _told(now, Loosening.WAIVER, say("policy.waiver", **facts))


def _told(now: Declaration, kind: Loosening, message: str) -> NotCounted:
    return NotCounted(now.name, kind, message, now.place)
