"""All subscriptions of a tenant together in, answers out: the cap a family shares, and the same plan twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.messages import say
from reconciler.model import Subscription
from reconciler.observe import LiveSubscription
from reconciler.rules.reading import live, number, plan, source, target, title, titles, who
from reconciler.rules.scene import Answer, Scene, know

# What is over holds no licence that counts, and gives nobody a service (PC 4.4).
OVER = frozenset({"expired", "disabled", "deleted"})


@dataclass(frozen=True, slots=True)
class _Other:
    """Another subscription of the tenant; ``name`` is how sentences call it.

    ``by_then``: as the steps before will have left it, None for one that is not declared.
    """

    name: str
    seen: LiveSubscription
    by_then: Subscription | None

    @property
    def plan(self) -> str:
        """Its plan by then; raises NotKnown where that could not be read."""
        return self.by_then.plan if self.by_then else know(self.seen.plan, self._fact("plan"))

    @property
    def licenses(self) -> int:
        """Its licences by then; raises NotKnown where they could not be read."""
        if self.by_then is not None and self.by_then.licenses is not None:
            return self.by_then.licenses
        return know(self.seen.licenses, self._fact("licenses"))

    @property
    def over(self) -> bool:
        """Whether its term is over; raises NotKnown where its status could not be read."""
        return know(self.seen.status, self._fact("status")) in OVER

    def _fact(self, member: str) -> str:
        return f"subscriptions[{self.name}].{member}"


def over_family_cap(scene: Scene) -> Answer:
    """All plans of a family may share one cap in a tenant, whoever sold them (M-25)."""
    wanted = plan(scene, target(scene).plan)
    pool = scene.catalogue.pooled.get(wanted.family)
    if pool is None:
        return Answer.skipped(say("over-family-cap.skipped", plan=wanted.name))
    # An order never lowers the number, so a target below what is bought would still end at what is bought.
    own = max(number(target(scene), scene), number(source(scene), scene))
    counted = [(scene.address, own), *_counted(scene, wanted.family)]
    total = sum(licenses for _, licenses in counted)
    facts = {
        **who(scene),
        "family": scene.catalogue.families.get(wanted.family, wanted.family),
        "total": total,
        "cap": pool.licenses,
        "parts": ", ".join(f"{name} {licenses}" for name, licenses in counted),
    }
    if total > pool.licenses:
        return Answer.failed(over=total - pool.licenses, **facts)
    return Answer.passed(**facts)


def same_product_twice(scene: Scene) -> Answer:
    """Whose licence a user holds can not be told where two subscriptions give the same (M-06, N2, N3, A-27)."""
    start = source(scene).plan
    same = [other.name for other in _others(scene) if other.plan == start and not other.over]
    if same:
        return Answer.failed(others=", ".join(same), **titles(scene))
    return Answer.passed(plan=title(scene, start), **who(scene))


def _counted(scene: Scene, family: str) -> Iterator[tuple[str, int]]:
    """Yield what else counts towards the family's cap. A plan that is not of the catalogue is not of the family."""
    for other in _others(scene):
        known = scene.catalogue.plans.get(other.plan)
        if known is not None and known.family == family and not other.over:
            yield other.name, other.licenses


def _others(scene: Scene) -> Iterator[_Other]:
    own = live(scene).id
    names = {id_: address for address, id_ in scene.paired.items()}
    for seen in know(scene.observation.subscriptions, "subscriptions"):
        if seen.id != own:
            name = names.get(seen.id)
            yield _Other(name or seen.id, seen, scene.tenant.subscriptions.get(name) if name else None)
