"""A declaration, a look and the ground it is held against in, the differences out, each with whose doing it is.

One rule tells the commit from the rest. Where what is live is not as declared: it is *wanted* if it stands as it stood
when all was well, or if nobody knows how it stood; it was *changed outside* if it stands otherwise. Of cause *service*
are states that no administrator types in: expired, suspended, unhealthy. Whatever a switch, setting up or a write of
ours that has not ended may explain is neither, and what could not be read is no difference at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reconciler.baseline import AT_REST, Ground
from reconciler.catalogue import Catalogue
from reconciler.drift.kinds import ACTIVE, STATUS_KIND, Cause, Kind, folded_word
from reconciler.drift.standing import same_host
from reconciler.drift.values import Finding, Unread, Value
from reconciler.match import Pair, Problem, listed_as_unmanaged
from reconciler.memory import Standing
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import LiveSubscription, NotAsked, Observation, Unknown

UNDER_WAY = frozenset({"ordered", "running"})
EVERY = "*"
TENANT = ""


@dataclass(slots=True)
class Seen:
    """What one look shows. ``held``: what it can not judge, as (scope, field); ``EVERY`` stands for all of one."""

    findings: list[Finding] = field(default_factory=list)
    under_way: list[Finding] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    held: set[tuple[str, str]] = field(default_factory=set)

    def holds(self, finding: Finding) -> bool:
        """Say whether this look does not tell if ``finding`` is still there."""
        places = ((EVERY, EVERY), (finding.scope, EVERY), (finding.scope, finding.field))
        return any(place in self.held for place in places)

    def missing(self, scope: str, address: str, name: str, reason: str, *, holds: str = "") -> None:
        """Note a fact that is not known, and that nothing is said of what hangs on it."""
        lost = Unread(address, name, reason)
        if lost not in self.unread:
            self.unread.append(lost)
        self.held.add((scope, holds or name))

    def unasked(self, scope: str, name: str) -> None:
        """Note a fact that nobody asked for: what was found before still stands, and there is nothing to tell."""
        self.held.add((scope, name))

    def wait(self, finding: Finding) -> None:
        """Note a difference that something under way explains."""
        self.under_way.append(finding)
        self.held.add((finding.scope, finding.field))


def compare(
    declaration: Declaration,
    look: Observation,
    pairs: tuple[Pair, ...],
    ground: Ground,
    catalogue: Catalogue,
) -> Seen:
    """Return every difference of a tenant whose list of subscriptions was read."""
    seen = Seen()
    if isinstance(look.subscriptions, Unknown):
        seen.missing(EVERY, "", "subscriptions", look.subscriptions.reason, holds=EVERY)
        return seen
    live_ids = frozenset(live.id for live in look.subscriptions)
    for pair in pairs:
        if pair.live is None:
            _not_there(seen, pair, ground, live_ids)
            continue
        stood = ground.of(pair, live_ids)
        _as_declared(seen, pair, pair.live, stood, ground)
        _its_state(seen, pair, pair.live, stood, ground)
    _newcomers(seen, declaration, look.subscriptions, pairs, ground)
    _services(seen, look, pairs, catalogue)
    _website(seen, declaration, look, ground)
    return seen


def _as_declared(
    seen: Seen, pair: Pair, live: LiveSubscription, stood: Standing | None, ground: Ground
) -> None:
    """Plan and licences: the two members a file wants."""
    wanted = pair.wanted
    before = stood or Standing(wanted.name)
    fields: list[tuple[str, Value, object, Value]] = [
        ("plan", wanted.plan, live.plan, before.plan),
        ("licenses", wanted.licenses, live.licenses, before.licenses),
    ]
    for name, declared, fact, stands in fields:
        if declared is None:
            continue
        if isinstance(fact, Unknown):
            seen.missing(live.id, wanted.name, name, fact.reason)
            continue
        if fact == declared or not isinstance(fact, str | int):
            continue
        finding = Finding(
            cause=Cause.WANTED if stands in (None, fact) else Cause.OUTSIDE,
            kind=_kind(declared, fact),
            scope=live.id,
            field=name,
            address=wanted.name,
            subscription_id=live.id,
            plan=None if isinstance(live.plan, Unknown) else live.plan,
            declared=declared,
            live=fact,
            before=stands,
            place=wanted.place,
        )
        _settled(seen, finding, live, ground)


def _kind(declared: Value, live: Value) -> Kind:
    if not isinstance(declared, int) or not isinstance(live, int):
        return Kind.PLAN_CHANGED
    return Kind.LICENSES_ABOVE if live > declared else Kind.LICENSES_BELOW


def _settled(seen: Seen, finding: Finding, live: LiveSubscription, ground: Ground) -> None:
    """Take a finding for what it is only where nothing under way may explain it."""
    unknown = next(
        ((n, f.reason) for n in ("switch", "provisioned") if isinstance(f := getattr(live, n), Unknown)), None
    )
    if unknown is not None:
        seen.missing(live.id, finding.address, *unknown, holds=finding.field)
    elif live.id in ground.busy or _moving(live):
        seen.wait(finding)
    elif not isinstance(live.switch, Unknown) and live.switch.state not in AT_REST:
        why = say("drift.unknown-word", word=live.switch.state)
        seen.missing(live.id, finding.address, "switch.state", why, holds=finding.field)
    else:
        seen.findings.append(finding)


def _moving(live: LiveSubscription) -> bool:
    return live.provisioned is False or (
        not isinstance(live.switch, Unknown) and live.switch.state in UNDER_WAY
    )


def _its_state(
    seen: Seen, pair: Pair, live: LiveSubscription, stood: Standing | None, ground: Ground
) -> None:
    """What the service makes of a subscription: its status, and users who hold no valid licence."""
    for found in (_status(seen, pair, live, stood), _conflict(seen, pair, live)):
        if found is None:
            continue
        if live.id in ground.busy or _moving(live):
            seen.wait(found)
        else:
            seen.findings.append(found)


def _status(seen: Seen, pair: Pair, live: LiveSubscription, stood: Standing | None) -> Finding | None:
    if isinstance(live.status, Unknown):
        seen.missing(live.id, pair.wanted.name, "status", live.status.reason)
        return None
    if live.status == ACTIVE:
        return None
    kind = STATUS_KIND.get(folded_word(live.status))
    if kind is None:
        why = say("drift.unknown-word", word=live.status)
        seen.missing(live.id, pair.wanted.name, "status", why)
        return None
    tried = live.trial is True or bool(stood and stood.trial)
    if tried and kind in (Kind.EXPIRED, Kind.SUSPENDED):
        kind = Kind.TRIAL_ENDED
    return _of_service(pair, live, kind, "status", live.status, stood.status if stood else None)


def _conflict(seen: Seen, pair: Pair, live: LiveSubscription) -> Finding | None:
    """Users beyond the bought number, or without a licence at all: one known number is enough to see them."""
    facts = {
        "licenses": live.licenses,
        "assigned": live.assigned,
        "usersWithoutLicense": live.users_without_license,
    }
    without = 0 if isinstance(live.users_without_license, Unknown) else live.users_without_license
    over = (
        0
        if isinstance(live.assigned, Unknown) or isinstance(live.licenses, Unknown)
        else live.assigned - live.licenses
    )
    if max(over, without) > 0:
        return _of_service(pair, live, Kind.LICENSE_CONFLICT, "usersWithoutLicense", max(over, without), None)
    for name, fact in facts.items():
        if isinstance(fact, NotAsked):
            seen.unasked(live.id, "usersWithoutLicense")
        elif isinstance(fact, Unknown):
            seen.missing(live.id, pair.wanted.name, name, fact.reason, holds="usersWithoutLicense")
    return None


def _of_service(
    pair: Pair, live: LiveSubscription, kind: Kind, name: str, value: Value, before: Value
) -> Finding:
    return Finding(
        cause=Cause.SERVICE,
        kind=kind,
        scope=live.id,
        field=name,
        address=pair.wanted.name,
        subscription_id=live.id,
        plan=None if isinstance(live.plan, Unknown) else live.plan,
        live=value,
        before=before,
        place=pair.wanted.place,
    )


def _not_there(seen: Seen, pair: Pair, ground: Ground, live_ids: frozenset[str]) -> None:
    """A declared subscription that nothing live is: it is gone, was never there, or it is not clear which it is."""
    wanted = pair.wanted
    if pair.problem is Problem.UNREAD:
        # It may be any of those whose plan was not read.
        seen.missing(EVERY, wanted.name, "subscription", pair.reason, holds=EVERY)
        return
    lost = ground.lost(wanted, live_ids)
    if lost is None and pair.problem is Problem.AMBIGUOUS:
        for id_ in pair.may_mean:
            seen.held.add((id_, EVERY))
        why = say("drift.ambiguous", candidates=", ".join(pair.candidates))
        seen.missing(wanted.name, wanted.name, "subscription", why)
        return
    stood = ground.subscriptions[lost] if lost else Standing(wanted.name)
    finding = Finding(
        cause=Cause.OUTSIDE if lost else Cause.WANTED,
        kind=Kind.SUBSCRIPTION_GONE,
        scope=lost or wanted.name,
        field="subscription",
        address=wanted.name,
        subscription_id=lost,
        plan=stood.plan or wanted.plan,
        declared=wanted.licenses,
        before=stood.licenses,
        place=wanted.place,
    )
    if lost and (ground.ids_move or lost in ground.busy):
        seen.wait(finding)
        seen.held.add((lost, EVERY))
    else:
        seen.findings.append(finding)


def _newcomers(
    seen: Seen,
    declaration: Declaration,
    there: Iterable[LiveSubscription],
    pairs: tuple[Pair, ...],
    ground: Ground,
) -> None:
    """Subscriptions nobody knew. Where it was never noted which there are, none is new.

    One whose plan was not read may be listed as unmanaged by it; while some pair could not be told, it may be that one.
    """
    if ground.known is None or (EVERY, EVERY) in seen.held:
        return
    ours = {pair.live.id for pair in pairs if pair.live}
    for live in sorted(there, key=lambda live: live.id):
        if live.id in ground.known | ours or listed_as_unmanaged(live, declaration):
            continue
        if isinstance(live.plan, Unknown):
            seen.missing(live.id, "", f"subscriptions[{live.id}].plan", live.plan.reason, holds=EVERY)
            continue
        finding = Finding(
            cause=Cause.OUTSIDE,
            kind=Kind.SUBSCRIPTION_NEW,
            scope=live.id,
            field="subscription",
            subscription_id=live.id,
            plan=live.plan,
            live=None if isinstance(live.licenses, Unknown) else live.licenses,
            place=declaration.place,
        )
        if ground.ids_move:
            seen.wait(finding)
        else:
            seen.findings.append(finding)


def _services(seen: Seen, look: Observation, pairs: tuple[Pair, ...], catalogue: Catalogue) -> None:
    """The services of the plans that are managed here and live now."""
    for name in sorted(set(_services_of(pairs, catalogue))):
        what = f"services.{name}"
        if isinstance(look.services, Unknown):
            seen.missing(TENANT, "", what, look.services.reason)
        elif name not in look.services:
            seen.missing(TENANT, "", what, say("service-unhealthy.not-shown"))
        elif look.services[name] != "healthy":
            seen.findings.append(
                Finding(Cause.SERVICE, Kind.UNHEALTHY, TENANT, what, live=look.services[name])
            )


def _services_of(pairs: tuple[Pair, ...], catalogue: Catalogue) -> Iterator[str]:
    for pair in pairs:
        if pair.live is not None and not isinstance(pair.live.plan, Unknown):
            plan = catalogue.plans.get(pair.live.plan)
            yield from plan.services if plan else ()


def _website(seen: Seen, declaration: Declaration, look: Observation, ground: Ground) -> None:
    wanted, stood = declaration.website, ground.website
    if wanted is None:
        return
    if isinstance(look.website, Unknown):
        seen.missing(TENANT, "", "website.domain", look.website.reason)
    elif not same_host(look.website, wanted):
        seen.findings.append(
            Finding(
                cause=Cause.WANTED if stood is None or same_host(stood, look.website) else Cause.OUTSIDE,
                kind=Kind.WEBSITE_CHANGED,
                scope=TENANT,
                field="website.domain",
                declared=wanted,
                live=look.website,
                before=stood,
                place=declaration.place,
            )
        )
