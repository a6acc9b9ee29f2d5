"""Many tenants in, each as it was declared, seen, remembered and judged out, all of one look. Has eyes only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from reconciler.catalogue import Catalogue
from reconciler.change_plan import TenantPlan
from reconciler.decide import decide
from reconciler.limits import Limits
from reconciler.memory import Memory, keys_of, with_words_apart
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Fact, Observation, Observer, TenantRef, observe_all

# Asking our own memory costs as much for many tenants as for one; more at once would only delay the first result.
MEMORIES_AT_ONCE = 100


class Recall(Protocol):
    """Reads what our state store remembers of tenants. Has no method that writes."""

    def recall_all(self, keysets: Sequence[tuple[str, ...]]) -> tuple[Memory, ...]:
        """Return it, in the order asked; what can not be read is Unknown in the result, never missing."""
        ...

    def apart(self) -> Fact[frozenset[frozenset[str]]]:
        """Return by which kinds of word each tenant is known of which something is kept; Unknown where unreadable."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """One tenant as it was declared, seen, remembered and judged, all of one look."""

    declaration: Declaration
    seen: Observation
    memory: Memory
    plan: TenantPlan


def judge_tenants(
    declarations: Sequence[Declaration],
    observer: Observer,
    store: Recall,
    catalogue: Catalogue,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Iterator[Judged]:
    """Look at each tenant and judge it, with all that was judged by. Writes nothing either."""
    for start in range(0, len(declarations), MEMORIES_AT_ONCE):
        some = declarations[start : start + MEMORIES_AT_ONCE]
        refs = [TenantRef.of(d) for d in some]
        looks = observe_all(observer, refs)
        for declaration, seen, known in zip(some, looks, _known(refs, looks, store), strict=True):
            yield Judged(declaration, seen, known, decide(declaration, seen, known, catalogue, limits))


def _known(refs: Sequence[TenantRef], looks: Sequence[Observation], store: Recall) -> Sequence[Memory]:
    """What we remember of each tenant; a snapshot may be of any day, so our own past says nothing about it."""
    if any(seen.snapshot for seen in looks):
        return [Memory(absent=say("plan.from-snapshot"))] * len(looks)
    known = store.recall_all([keys_of(ref, seen) for ref, seen in zip(refs, looks, strict=True)])
    return [with_words_apart(memory, seen, store.apart) for memory, seen in zip(known, looks, strict=True)]
