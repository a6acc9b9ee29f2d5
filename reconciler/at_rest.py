"""A declaration and the recorded state of its tenant in, whether there is nothing to do and nothing to say out.

In most tenants of a fleet all is as declared, and that is quickly seen: whoever only has to tell of the others need
neither make an observation of them nor ask a rule. ``is_at_rest`` says yes only where judging the tenant from this
snapshot (``decide``) could end in nothing but "in sync", with no subscription beside the declared ones, no warning and
no waiver; a test holds it to that. In every other case, the tenant is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest
from typing import Any

from reconciler.catalogue import Catalogue, Eligibility
from reconciler.model import Declaration
from reconciler.observe import NEVER

# Of so many recorded states the age is told by name.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class AtRest:
    """Tenants at rest, of which nothing is kept but how many there are, and how old their recorded states.

    ``looks`` counts them by the time of the look; ``oldest`` names the few that were looked at first.
    """

    count: int = 0
    looks: Mapping[datetime, int] = field(default_factory=dict)
    oldest: tuple[tuple[datetime, str], ...] = ()

    @classmethod
    def of(cls, looks: Mapping[datetime, int], oldest: Iterable[tuple[datetime, str]]) -> AtRest:
        """Count them by their looks; of the ``oldest`` only as many are kept as are ever named."""
        return cls(sum(looks.values()), looks, tuple(nsmallest(MOST_NAMED, oldest)))

    def before(self, moment: datetime) -> int:
        """Return how many were looked at before ``moment``."""
        return sum(count for at, count in self.looks.items() if NEVER < at < moment)


def is_at_rest(declaration: Declaration, document: Mapping[str, Any], catalogue: Catalogue) -> bool:
    """Say whether a validated LiveState document alone shows that the tenant is as declared, and has no news."""
    spec = document["spec"]
    if (
        declaration.waivers
        or declaration.unmanaged
        or declaration.suspend
        or not _is_named_by_domain(declaration, spec)
    ):
        return False
    wanted, live = declaration.subscriptions, spec.get("subscriptions")
    if live is None or len(live) != len(wanted):
        return False
    if catalogue.eligibility is Eligibility.LIVE and not all(each.get("trial") is False for each in live):
        # A trial of today's commerce is told even where nobody wants anything.
        return False
    bought = {each.get("plan"): each.get("licenses") for each in live}
    pinned = any(each.subscription_id for each in wanted)
    if (
        pinned
        or len({each.plan for each in wanted}) < len(wanted)
        or len({each["id"].casefold() for each in live}) < len(live)
    ):
        return False
    return all(
        each.plan in catalogue.plans
        and bought.get(each.plan) is not None
        and each.licenses in (None, bought[each.plan])
        for each in wanted
    )


def _is_named_by_domain(declaration: Declaration, spec: Mapping[str, Any]) -> bool:
    """Say whether the file names the tenant by its default domain; that it is an id has to be looked at closer."""
    domain = spec.get("tenant")
    return domain is not None and "." in domain and domain.casefold() == declaration.tenant.casefold()
