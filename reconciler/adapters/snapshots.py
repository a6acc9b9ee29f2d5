"""LiveState files in, an ``Observer`` out: planning from snapshots, with no service and no credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.catalogue import Catalogue
from reconciler.errors import ReconcilerError
from reconciler.live import from_document
from reconciler.messages import say
from reconciler.observe import Observation, TenantRef, Traits, Unknown


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
        self._traits, self._catalogue, self._none = traits, catalogue, none
        self._by_word: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._by_name: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for file, document in documents:
            self._keep(self._by_name, document["metadata"]["name"], file, document)
            spec = document["spec"]
            for word in {w.casefold() for w in (spec.get("tenant"), spec.get("tenantId")) if w}:
                self._keep(self._by_word, word, file, document)

    def observe(self, ref: TenantRef) -> Observation:
        """Return the recorded state; a tenant without one is Unknown in every fact."""
        found = self._by_word.get(ref.tenant.casefold()) or self._by_name.get(ref.name)
        if found is None:
            reason = self._none or say("snapshot.none", tenant=ref.tenant)
            return nothing_known(ref.name, reason, self._traits)
        return from_document(found[1], traits=self._traits, snapshot=True, catalogue=self._catalogue)

    @staticmethod
    def _keep(
        index: dict[str, tuple[str, Mapping[str, Any]]], word: str, file: str, document: Mapping[str, Any]
    ) -> None:
        there = index.setdefault(word, (file, document))
        if there[1] is not document:
            raise ReconcilerError(say("snapshot.twice", word=word, one=there[0], other=file))


def nothing_known(name: str, reason: str, traits: Traits) -> Observation:
    """An observation in which nothing could be read, with the reason in every fact."""
    lost = Unknown(reason)
    return Observation(
        name=name,
        at=datetime(1970, 1, 1, tzinfo=UTC),
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
