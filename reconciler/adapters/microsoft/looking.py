"""What was gathered of a tenant in, an ``Observation`` out: pure, and nothing is filled in that was not said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from reconciler.adapters.microsoft.bought import Glass, subscriptions
from reconciler.adapters.microsoft.gathered import Gathered, InDirectory
from reconciler.adapters.microsoft.health import ServiceHealth, health_word
from reconciler.messages import say
from reconciler.observe import NOT_TOLD, CreditReview, Fact, Observation, TenantRef, Unknown

# Orders that no credit review holds (PC 11).
SETTLED_ORDERS: Final = frozenset(
    {"completed", "pending", "cancelled", "suspended", "pending-po-upload", "po-upload-complete"}
)
UNDER_REVIEW: Final = "pending-review"
PUBLIC_SITE: Final = "SharePointPublic"
RESELLER: Final = "reseller"


def observation(ref: TenantRef, found: Gathered, glass: Glass, at: datetime) -> Observation:
    """Return the tenant as the two services show it."""
    directory = found.directory
    customer = found.customer
    return Observation(
        name=ref.name,
        at=at,
        domain=customer if isinstance(customer, Unknown) else customer.domain,
        tenant_id=customer if isinstance(customer, Unknown) else customer.id,
        domains=_domains(found),
        roles=_roles(found, glass),
        users=directory.users,
        website=_website(directory),
        credit_review=_review(found),
        services=_services(directory, glass),
        subscriptions=subscriptions(found, glass),
        traits=glass.traits,
    )


def _review(found: Gathered) -> Fact[CreditReview]:
    """An order that is under review holds everything; one whose word is not known may be (PC 11)."""
    if isinstance(found.orders, Unknown):
        return found.orders
    unread = next((o.status for o in found.orders if isinstance(o.status, Unknown)), None)
    held = [o for o in found.orders if o.status == UNDER_REVIEW]
    if held:
        dates = [o.created for o in held]
        known = [at for at in dates if isinstance(at, datetime)]
        since: Fact[datetime] = min(known) if known else Unknown(say("live.no-review-time"))
        return CreditReview("pending", since)
    strange = next((o.status for o in found.orders if o.status not in SETTLED_ORDERS), None)
    if unread is not None:
        return unread
    if isinstance(strange, str):
        return CreditReview(strange, NOT_TOLD)
    return CreditReview("none", NOT_TOLD)


def _domains(found: Gathered) -> Fact[tuple[str, ...]]:
    told = found.directory.domains
    if isinstance(told, Unknown):
        custom = found.customer if isinstance(found.customer, Unknown) else found.customer.custom_domains
        return told if isinstance(custom, Unknown) else custom
    names = []
    for each in told:
        for fact in (each.name, each.verified):
            # Anybody may add a name to a tenant; only a verified one is its own.
            if isinstance(fact, Unknown):
                return fact
        if each.verified and isinstance(each.name, str):
            names.append(each.name)
    return tuple(sorted(names))


def _roles(found: Gathered, glass: Glass) -> Fact[frozenset[str]]:
    """What the directory confirms, and the relationship that lets a partner order at all (PC 3).

    Where the directory is silent, the relationship is told alone only if it is enough: else nobody knows the rest.
    """
    customer, held = found.customer, found.directory.roles
    relationship = not isinstance(customer, Unknown) and customer.relationship == RESELLER
    here = frozenset({RESELLER}) if relationship else frozenset()
    if isinstance(held, Unknown):
        return here if here & glass.enough else held
    return here | held


def _website(directory: InDirectory) -> Fact[str]:
    if isinstance(directory.domains, Unknown):
        return directory.domains
    for each in directory.domains:
        serves = each.serves(PUBLIC_SITE)
        if isinstance(serves, Unknown):
            return serves
        if serves:
            return each.name
    return Unknown(say("live.no-website"))


def _services(directory: InDirectory, glass: Glass) -> Fact[Mapping[str, str]]:
    """A word for each service of the catalogue that is shown; where two rows speak of one, the ill one counts.

    A row that can not be read may be ill, so its service is shown as healthy by no other row.
    """
    if isinstance(directory.health, Unknown):
        return directory.health
    words: dict[str, str] = {}
    unread: set[str] = set()
    for key, word in _rows(directory.health, glass):
        if isinstance(word, Unknown):
            unread.add(key)
        elif words.get(key, "healthy") == "healthy":
            words[key] = word
    return {key: word for key, word in words.items() if word != "healthy" or key not in unread}


def _rows(health: Iterable[ServiceHealth], glass: Glass) -> Iterator[tuple[str, Fact[str]]]:
    for row in health:
        names = [name.casefold() for name in (row.service, row.id) if not isinstance(name, Unknown)]
        key = next((glass.health[name] for name in names if name in glass.health), None)
        if key is not None:
            yield key, health_word(row)


def waits(later: float | None) -> timedelta | None:
    """Return how long a service asked to be left alone."""
    return None if later is None else timedelta(seconds=later)
