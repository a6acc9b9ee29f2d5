"""The tenants declared before and those declared now in; whose effective content differs, and who went or moved, out.

Effective is what reaches the tenant: its own file without places, comments and order, and what the configuration adds
(limits, how licences are added, what the catalogue says of the plans it wants). What nobody could read before is taken
to have changed: a tenant is left out only where it is known to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.catalogue import Catalogue
from reconciler.limits import Limits
from reconciler.memory import folded
from reconciler.model import Declaration
from reconciler.roster import Renamed
from reconciler.windows import parse


@dataclass(frozen=True, slots=True)
class Reach:
    """What reaches every tenant through the configuration."""

    catalogue: Catalogue
    limits: Limits
    adds_in_order: bool


@dataclass(frozen=True, slots=True)
class MovedFile:
    """A tenant that is declared in another file than before; that alone changes nothing."""

    tenant: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs. ``changed`` are names of now; ``gone`` were declared before and are not any more."""

    changed: frozenset[str]
    unchanged: int
    gone: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    moved: tuple[MovedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A tenant as it is declared now and as it was before; ``before`` None: it was not declared."""

    now: Declaration
    before: Declaration | None


def paired(before: Iterable[Declaration], now: Sequence[Declaration]) -> tuple[Pair, ...]:
    """Find for each tenant of now what it was before, in order of name.

    By its name, else by the name the file says it had, else by its domain or id; nobody is found twice.
    """
    left = {d.name: d for d in before}
    found: dict[str, Declaration] = {}

    def take(each: Declaration, name: str | None) -> None:
        if name in left and each.name not in found:
            found[each.name] = left.pop(name)

    for each in now:
        take(each, each.name)
    for each in now:
        take(each, each.formerly)
    by_word = {folded(d.tenant): d.name for d in left.values()}
    for each in now:
        take(each, by_word.get(folded(each.tenant)))
    return tuple(Pair(d, found.get(d.name)) for d in sorted(now, key=lambda d: d.name))


def changes(
    before: Sequence[Declaration],
    now: Sequence[Declaration],
    was: Reach,
    reach: Reach,
    unread: frozenset[str],
) -> Changes:
    """Compare two fleets. ``unread``: files of ``before`` not read whole; their tenants count as changed."""
    sound = [d for d in before if d.place.file not in unread]
    pairs = paired(sound, now)
    changed = frozenset(p.now.name for p in pairs if p.before is None or _differ(p.before, p.now, was, reach))
    met = {p.before.name for p in pairs if p.before}
    both = [(p.before, p.now) for p in pairs if p.before]
    return Changes(
        changed,
        len(pairs) - len(changed),
        tuple(sorted(d.name for d in sound if d.name not in met)),
        tuple(Renamed(old.name, new.name) for old, new in both if old.name != new.name),
        tuple(
            MovedFile(new.name, old.place.file, new.place.file)
            for old, new in both
            if old.place.file != new.place.file
        ),
    )


def effective(declaration: Declaration, reach: Reach) -> Mapping[str, object]:
    """What reaches the tenant, by parts that compare whatever the order in the file; a label or name does nothing."""
    plans = {s.plan for s in declaration.subscriptions}
    said = declaration.acknowledge
    return {
        "tenant": folded(declaration.tenant),
        "subscriptions": frozenset(
            (s.name, s.plan, s.licenses, s.subscription_id) for s in declaration.subscriptions
        ),
        "acknowledge": (type(said.no_way_back), said.no_way_back, said.backup),
        "website": declaration.website,
        "mode": declaration.mode,
        "suspend": declaration.suspend,
        "unmanaged": frozenset(declaration.unmanaged),
        "windows": frozenset(parse(window) for window in declaration.windows),
        "waivers": frozenset(declaration.waivers),
        "backup age": declaration.backup_max_age_days,
        # By how much a fleet may shrink is asked of the fleet, and of no tenant.
        "limits": replace(reach.limits.narrowed(declaration.limits), fleet_shrink_percent=0),
        "adds in order": reach.adds_in_order,
        "catalogue": {plan: _told_of(plan, reach.catalogue) for plan in plans},
    }


def _differ(before: Declaration, now: Declaration, was: Reach, reach: Reach) -> bool:
    return effective(before, was) != effective(now, reach)


def _told_of(key: str, catalogue: Catalogue) -> object:
    """What the catalogue says of having a plan and of coming to it from another; prose and other names are left out."""
    ways = {pair: row for pair, row in catalogue.pairs.items() if pair[1] == key}
    return (
        _row(key, catalogue),
        _of_all(catalogue),
        frozenset(pair for pair in catalogue.forbidden if pair[1] == key),
        {
            source: (_row(source, catalogue), row.confidence, frozenset(row.source))
            for (source, _), row in ways.items()
        },
    )


def _of_all(catalogue: Catalogue) -> object:
    """What the catalogue says of every plan: who is asked, who may order, and what families and the wizard take."""
    roles = {family: frozenset(roles) for family, roles in catalogue.roles.items()}
    pooled = {family: cap.licenses for family, cap in catalogue.pooled.items()}
    return catalogue.eligibility, catalogue.most_users, roles, pooled


def _row(key: str, catalogue: Catalogue) -> object:
    plan = catalogue.plans.get(key)
    return plan and (plan.family, plan.cap, frozenset(plan.services))
