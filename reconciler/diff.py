"""Two tenants in, their differences out; and back: ``patch`` makes the one into the other.

Equal pairs are told apart by plain comparison; deepdiff words only the pairs that differ, which keeps its
import and its cost away from a fleet that is in sync.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from reconciler.model import Subscription, Tenant


@dataclass(frozen=True, slots=True)
class Difference:
    """One subscription that is not as declared. ``before`` None: there is nothing live to become it."""

    address: str
    before: Subscription | None
    after: Subscription
    changed: tuple[str, ...]


def diff(live: Tenant, declared: Tenant) -> tuple[Difference, ...]:
    """Return what must change in ``live`` to make it ``declared``, in declared order.

    Both must already be cut to what is declared: a live subscription nobody declared is not a difference.
    """
    if live.subscriptions == declared.subscriptions:
        return ()
    return tuple(
        Difference(address, live.subscriptions.get(address), wanted, changed)
        for address, wanted in declared.subscriptions.items()
        if (changed := _changed(live.subscriptions.get(address), wanted))
    )


def patch(tenant: Tenant, address: str, after: Subscription) -> Tenant:
    """Return the tenant as it stands once ``address`` has become ``after``."""
    return Tenant(tenant.name, {**tenant.subscriptions, address: after})


def _changed(before: Subscription | None, after: Subscription) -> tuple[str, ...]:
    if before == after:
        return ()
    if before is None:
        return ("plan", "licenses")
    from deepdiff import DeepDiff

    # Without threshold_to_diff_deeper=0 deepdiff reports two small dictionaries as one change of the root.
    tree = DeepDiff(asdict(before), asdict(after), view="tree", threshold_to_diff_deeper=0)
    members = {str(level.path(output_format="list")[0]) for kind in tree.values() for level in kind}
    return tuple(name for name in ("plan", "licenses") if name in members)
