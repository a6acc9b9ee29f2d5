"""The rows of a catalogue in, answers to what they mean together out: ``Catalogue``, which finds and compares plans."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from reconciler.catalogue.rows import (
    STANDALONE,
    WIZARD_LIMIT,
    Ambiguous,
    Eligibility,
    ForbiddenPair,
    Plan,
    PooledCap,
    RejectedPair,
    SwitchPair,
)
from reconciler.catalogue.words import folded, words
from reconciler.errors import ReconcilerError
from reconciler.messages import say

# A longer word is no slip of a plan's name, and comparing it would take time a hostile file could ask for.
LONGEST_SLIP = 120
MOST_SUGGESTIONS = 3


@dataclass(frozen=True)
class Catalogue:
    """All plans by key and all listed pairs by (from, to).

    ``rejected`` must not be used for a verdict: a pair that is not in ``pairs`` is not listed, whatever else
    is known of it. ``forbidden`` decides, most of all where ``eligibility`` is LIVE and there is no list.
    ``pooled`` and ``roles`` are by family; a family without roles goes by the article's (R-ROLE-ENT-MID,
    R-ROLE-SB). ``most_users``: how many may hold a licence of what is switched, None for no such limit.
    ``health_names``: by service, further names and ids of its row on the service health page.
    Without slots, so that what is worked out once can be kept.
    """

    name: str
    plans: Mapping[str, Plan]
    pairs: Mapping[tuple[str, str], SwitchPair]
    title: str = ""
    families: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[tuple[str, str], RejectedPair] = field(default_factory=dict)
    eligibility: Eligibility = Eligibility.LISTED
    forbidden: Mapping[tuple[str, str], ForbiddenPair] = field(default_factory=dict)
    pooled: Mapping[str, PooledCap] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    most_users: int | None = WIZARD_LIMIT
    health_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Display names by key."""
        return {key: plan.name for key, plan in self.plans.items()}

    def pair(self, source: str, target: str) -> SwitchPair | None:
        """Return the listed pair of two plan keys, None if it is not on the list (R-LIST, R-NOT-LISTED)."""
        return self.pairs.get((source, target))

    def targets_of(self, key: str) -> tuple[str, ...]:
        """Return the keys the list names as targets of a plan, in the catalogue's order (R-LIST)."""
        return self._targets.get(key, ())

    @property
    def asks_service(self) -> bool:
        """Whether the service is asked what may be switched, for each subscription, in place of a list (M-29)."""
        return self.eligibility is Eligibility.LIVE

    def crosses_family(self, source: str, target: str) -> bool:
        """Say whether a switch leaves its service family (A-9, A-10).

        A standalone plan belongs to no family, so a switch from or to one does not leave any. Of a plan the
        catalogue does not know the family is not known either, and the switch counts as leaving it.
        """
        if source == target:
            return False
        before, after = self.plans.get(source), self.plans.get(target)
        if before is None or after is None:
            return True
        return STANDALONE not in (before.family, after.family) and before.family != after.family

    def is_one_way(self, source: str, target: str) -> bool:
        """Say whether a switch must be accepted as one without a way back.

        By the list that is one to another family (R-MAN-NO-RETURN, A-9); where the service is asked, every one:
        upgrades go up only and can not be undone (M-31, PC 1.3).
        """
        if self.asks_service:
            return source != target
        return self.crosses_family(source, target)

    def services_lost(self, source: str, target: str) -> tuple[str, ...]:
        """Return the services the target lacks, in the source's order; none where a plan is not known here."""
        before, after = self.plans.get(source), self.plans.get(target)
        if before is None or after is None:
            return ()
        return tuple(service for service in before.services if service not in after.services)

    def resolve(self, word: str) -> str | Ambiguous | None:
        """Return the key of the one plan a word means, ``Ambiguous`` for several, None for none.

        A word is a key, a display name (English or Norwegian), a further known name or a SKU part number.
        """
        if word in self.plans:
            return word
        means = self._by_name.get(folded(word), ())
        if len(means) > 1:
            return Ambiguous(means)
        return means[0] if means else None

    def named(self, word: str) -> Plan:
        """Return the plan a word means; raises ReconcilerError with the candidates or the nearest names."""
        found = self.resolve(word)
        if isinstance(found, str):
            return self.plans[found]
        if found is not None:
            raise ReconcilerError(
                say("catalogue.word-ambiguous", word=word, candidates=", ".join(found.candidates))
            )
        near = self.suggest(word)
        if near:
            raise ReconcilerError(say("catalogue.word-near", word=word, near=", ".join(near)))
        raise ReconcilerError(say("catalogue.word-unknown", word=word, name=self.name))

    def suggest(self, word: str) -> tuple[str, ...]:
        """Return the keys of up to three plans whose names are nearest to a word, nearest first."""
        if len(word) > LONGEST_SLIP:
            return ()
        from difflib import get_close_matches

        # A plan has several names, all near when one is: ask for enough of them to find three plans.
        names = get_close_matches(folded(word), self._by_name, n=12, cutoff=0.7)
        keys = dict.fromkeys(key for name in names for key in self._by_name[name])
        return tuple(keys)[:MOST_SUGGESTIONS]

    @cached_property
    def by_sku_id(self) -> Mapping[str, str]:
        """Plan key by the GUID of its licences, lower case; a GUID that two plans claim names neither."""
        return _claimed_once((id_, plan.key) for plan in self.plans.values() for id_ in plan.sku_ids)

    @cached_property
    def by_product(self) -> Mapping[str, str]:
        """Plan key by ``product:sku``, upper case; one that two plans claim names neither."""
        return _claimed_once((id_, plan.key) for plan in self.plans.values() for id_ in plan.products)

    @cached_property
    def by_offer(self) -> Mapping[str, str]:
        """Plan key by the GUID of its legacy offer, lower case; one that two plans claim names neither."""
        return _claimed_once((id_, plan.key) for plan in self.plans.values() for id_ in plan.offers)

    @cached_property
    def health(self) -> Mapping[str, str]:
        """Service key by what the service health page calls it, casefolded: its key, title, further names, ids."""
        return {
            word.casefold(): key
            for key, title in self.services.items()
            for word in (key, title, *self.health_names.get(key, ()))
        }

    @cached_property
    def digest(self) -> str:
        """The sha256 of what the catalogue says, whatever the order of its rows; prose is left out."""
        content = {
            "name": self.name,
            "plans": {key: _covered(plan) for key, plan in self.plans.items()},
            "pairs": sorted(
                [*pair, str(row.confidence), *sorted(row.source)] for pair, row in self.pairs.items()
            ),
            "eligibility": str(self.eligibility),
            "forbidden": sorted([*pair, *sorted(row.source)] for pair, row in self.forbidden.items()),
            "pooled": {family: cap.licenses for family, cap in self.pooled.items()},
            "roles": {family: sorted(roles) for family, roles in self.roles.items()},
            "most_users": self.most_users,
            "health": dict(self.health),
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for plan in self.plans.values():
            for word in words(plan):
                found.setdefault(folded(word), {})[plan.key] = None
        return {word: tuple(keys) for word, keys in found.items()}

    @cached_property
    def _targets(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for source, target in self.pairs:
            found.setdefault(source, []).append(target)
        return {source: tuple(targets) for source, targets in found.items()}


def _claimed_once(claims: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return plan keys by id, without the ids that more than one plan claims."""
    found: dict[str, set[str]] = {}
    for id_, key in claims:
        found.setdefault(id_, set()).add(key)
    return {id_: keys.pop() for id_, keys in found.items() if len(keys) == 1}


def _covered(plan: Plan) -> dict[str, object]:
    return {
        "family": plan.family,
        "cap": plan.cap,
        "services": sorted(plan.services),
        "names": sorted(folded(word) for word in words(plan)),
        "ids": [sorted(plan.sku_ids), sorted(plan.products), sorted(plan.offers)],
    }
