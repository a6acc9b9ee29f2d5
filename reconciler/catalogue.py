"""A parsed catalogue document in, ``Catalogue`` out: plans, their families, what may be switched to what.

A plan is named by its key. People also write its display name, an older name or a SKU part number; such a
word counts only while it means exactly one plan, since a wrong guess would order the wrong thing.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.messages import say

STANDALONE = "standalone"

# A longer word is no slip of a plan's name, and comparing it would take time a hostile file could ask for.
LONGEST_SLIP = 120
MOST_SUGGESTIONS = 3
_PLAN_IN_BRACKETS = re.compile(r"\(\s*((?:plan|løsning)\s+\w+)\s*\)")


class Confidence(StrEnum):
    """How sure the source is that a pair is on the list; only CERTAIN may run on the list alone."""

    CERTAIN = "certain"
    HIGH = "high"
    MEDIUM_HIGH = "medium-high"
    MEDIUM = "medium"


@dataclass(frozen=True, slots=True)
class Plan:
    """What Microsoft sells. ``cap``: most licences one subscription may have, None for no cap.

    ``short`` heads a column of the matrix. It is no name: ``resolve`` does not know it.
    """

    key: str
    family: str
    cap: int | None
    services: tuple[str, ...]
    name: str
    name_nb: str
    skus: tuple[str, ...]
    aliases: tuple[str, ...]
    cap_source: tuple[str, ...] = ()
    short: str = ""


@dataclass(frozen=True, slots=True)
class SwitchPair:
    """A pair the switch wizard lists, with how sure that is and where it comes from."""

    source_plan: str
    target_plan: str
    confidence: Confidence
    source: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class RejectedPair:
    """A pair some readings of the list allow, and which is held to be not listed; for explanations only."""

    source_plan: str
    target_plan: str
    reason: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A word that means more than one plan: the keys it may mean, in the catalogue's order."""

    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """All plans by key and all listed pairs by (from, to).

    ``rejected`` must not be used for a verdict: a pair that is not in ``pairs`` is not listed, whatever else
    is known of it. Without slots, so that what is worked out once can be kept.
    """

    name: str
    plans: Mapping[str, Plan]
    pairs: Mapping[tuple[str, str], SwitchPair]
    title: str = ""
    families: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[tuple[str, str], RejectedPair] = field(default_factory=dict)

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

    def resolve(self, word: str) -> str | Ambiguous | None:
        """Return the key of the one plan a word means, ``Ambiguous`` for several, None for none.

        A word is a key, a display name (English or Norwegian), a further known name or a SKU part number.
        """
        if word in self.plans:
            return word
        means = self._by_name.get(_folded(word), ())
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
        names = get_close_matches(_folded(word), self._by_name, n=12, cutoff=0.7)
        keys = dict.fromkeys(key for name in names for key in self._by_name[name])
        return tuple(keys)[:MOST_SUGGESTIONS]

    @cached_property
    def digest(self) -> str:
        """The sha256 of what the catalogue says, whatever the order of its rows; prose is left out."""
        content = {
            "name": self.name,
            "plans": {key: _covered(plan) for key, plan in self.plans.items()},
            "pairs": sorted(
                [*pair, str(row.confidence), *sorted(row.source)] for pair, row in self.pairs.items()
            ),
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for plan in self.plans.values():
            for word in _words(plan):
                found.setdefault(_folded(word), {})[plan.key] = None
        return {word: tuple(keys) for word, keys in found.items()}

    @cached_property
    def _targets(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for source, target in self.pairs:
            found.setdefault(source, []).append(target)
        return {source: tuple(targets) for source, targets in found.items()}


def from_document(document: Mapping[str, Any]) -> Catalogue:
    """Build the catalogue from a document that its schema has accepted.

    Raises ReconcilerError, naming every contradiction: a plan, family or service that is not declared, a key
    or pair given twice, a pair of a plan with itself, a name that is another plan's key.
    """
    spec = document["spec"]
    name = document["metadata"]["name"]
    families = {row["key"]: row["title"] for row in spec["families"]}
    services = {row["key"]: row["title"] for row in spec["services"]}
    plans = tuple(_plan(row) for row in spec["plans"])
    pairs = tuple(_pair(row) for row in spec["pairs"])
    rejected = tuple(_rejected(row) for row in spec.get("rejected", ()))
    problems = (
        *_twice("family", (row["key"] for row in spec["families"])),
        *_twice("service", (row["key"] for row in spec["services"])),
        *_plan_problems(plans, families.keys(), services.keys()),
        *_pair_problems(pairs, rejected, {plan.key for plan in plans}),
    )
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise ReconcilerError(say("catalogue.broken", name=name, count=len(problems), problems=lines))
    return Catalogue(
        name=name,
        plans={plan.key: plan for plan in plans},
        pairs={(pair.source_plan, pair.target_plan): pair for pair in pairs},
        title=document["metadata"]["title"],
        families=families,
        services=services,
        rejected={(pair.source_plan, pair.target_plan): pair for pair in rejected},
    )


def _plan(row: Mapping[str, Any]) -> Plan:
    return Plan(
        key=row["key"],
        family=row["family"],
        cap=row["cap"],
        services=tuple(row["services"]),
        name=row["name"]["en"],
        name_nb=row["name"]["nb"],
        skus=tuple(row.get("skus", ())),
        aliases=tuple(row.get("aliases", ())),
        cap_source=tuple(row.get("capSource", ())),
        short=row["short"],
    )


def _pair(row: Mapping[str, Any]) -> SwitchPair:
    return SwitchPair(
        row["from"], row["to"], Confidence(row["confidence"]), tuple(row["source"]), row.get("note", "")
    )


def _rejected(row: Mapping[str, Any]) -> RejectedPair:
    return RejectedPair(row["from"], row["to"], row["reason"], tuple(row["source"]))


def _plan_problems(
    plans: tuple[Plan, ...], families: Iterable[str], services: Iterable[str]
) -> Iterator[str]:
    known_families, known_services = frozenset(families), frozenset(services)
    yield from _twice("plan", (plan.key for plan in plans))
    yield from _twice("short", (plan.short for plan in plans))
    yield from _twice("name", (_folded(plan.name) for plan in plans))
    yield from _twice("name-nb", (_folded(plan.name_nb) for plan in plans))
    keys = {plan.key for plan in plans}
    for plan in plans:
        if plan.family not in known_families:
            yield say("catalogue.family-unknown", plan=plan.key, family=plan.family)
        for service in plan.services:
            if service not in known_services:
                yield say("catalogue.service-unknown", plan=plan.key, service=service)
        for word in _words(plan):
            if _folded(word) in keys - {plan.key}:
                yield say("catalogue.name-is-key", plan=plan.key, word=word)


def _pair_problems(
    pairs: tuple[SwitchPair, ...], rejected: tuple[RejectedPair, ...], keys: set[str]
) -> Iterator[str]:
    rows = [(pair.source_plan, pair.target_plan) for pair in pairs]
    rows += [(pair.source_plan, pair.target_plan) for pair in rejected]
    for (source, target), count in Counter(rows).items():
        if count > 1:
            yield say("catalogue.pair-twice", source=source, target=target, count=count)
        if source == target:
            yield say("catalogue.pair-self", plan=source)
        for key in sorted({source, target} - keys):
            yield say("catalogue.pair-unknown", source=source, target=target, plan=key)


def _twice(kind: str, words: Iterable[str]) -> Iterator[str]:
    for word, count in Counter(words).items():
        if count > 1:
            yield say(f"catalogue.{kind}-twice", word=word, count=count)


def _words(plan: Plan) -> tuple[str, ...]:
    return (plan.key, plan.name, plan.name_nb, *plan.aliases, *plan.skus)


def _folded(word: str) -> str:
    """Bring a name to the form names are compared in: composed, no case, single spaces, bare ``plan 1``."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold())
    return " ".join(_PLAN_IN_BRACKETS.sub(r" \1 ", folded).split())


def _covered(plan: Plan) -> dict[str, object]:
    return {
        "family": plan.family,
        "cap": plan.cap,
        "services": sorted(plan.services),
        "names": sorted(_folded(word) for word in _words(plan)),
    }
