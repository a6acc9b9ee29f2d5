"""LiveState files in, an ``Observer`` out: planning from snapshots, with no service and no credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.catalogue import Catalogue
from reconciler.errors import ReconcilerError
from reconciler.live import from_document
from reconciler.messages import say
from reconciler.observe import NEVER, Observation, TenantRef, Traits, Unknown


class Snapshots:
    """Answers from recorded states: by the tenant's word first, else by its name in the fleet.

    The second way lets a snapshot of the wrong tenant be seen for what it is, instead of as missing. ``none``
    is the reason given for a tenant that is not there.
    """

    def __init__(
        self,
        documents: Iterable[tuple[str, Mapping[str, Any]]],
        traits: Traits,
        catalogue: Catalogue,
        none: str | None = None,
    ) -> None:
        self._traits, self._none = traits, none
        self._by_word: dict[str, tuple[str, Observation]] = {}
        self._by_name: dict[str, tuple[str, Observation]] = {}
        for file, document in documents:
            # Read at once: a fleet of observations weighs a fraction of the documents they came from.
            seen = from_document(document, traits=traits, snapshot=True, catalogue=catalogue)
            self._keep(self._by_name, seen.name, file, seen)
            words = (w.casefold() for w in (seen.domain, seen.tenant_id) if not isinstance(w, Unknown))
            for word in set(words):
                self._keep(self._by_word, word, file, seen)

    def observe(self, ref: TenantRef) -> Observation:
        """Return the recorded state; a tenant without one is Unknown in every fact."""
        found = self._by_word.get(ref.tenant.casefold()) or self._by_name.get(ref.name)
        if found is None:
            reason = self._none or say("snapshot.none", tenant=ref.tenant)
            return nothing_known(ref.name, reason, self._traits)
        return found[1]

    @staticmethod
    def _keep(index: dict[str, tuple[str, Observation]], word: str, file: str, seen: Observation) -> None:
        there = index.setdefault(word, (file, seen))
        if there[1] is not seen:
            raise ReconcilerError(say("snapshot.twice", word=word, one=there[0], other=file))


def nothing_known(name: str, reason: str, traits: Traits) -> Observation:
    """An observation in which nothing could be read, with the reason in every fact."""
    lost = Unknown(reason)
    return Observation(
        name=name,
        at=NEVER,
        domain=lost,
        tenant_id=lost,
        domains=lost,
        roles=lost,
        users=lost,
        website=lost,
        credit_review=lost,
        services=lost,
        subscriptions=lost,
        traits=traits,
        snapshot=True,
    )
