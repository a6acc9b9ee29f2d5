"""A catalogue document that its schema has accepted in, ``Catalogue`` out, or every contradiction in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.catalogue.rows import (
    WIZARD_LIMIT,
    Confidence,
    Eligibility,
    ForbiddenPair,
    Plan,
    PooledCap,
    RejectedPair,
    SwitchPair,
)
from reconciler.catalogue.whole import Catalogue
from reconciler.catalogue.words import folded, words
from reconciler.errors import ReconcilerError
from reconciler.messages import say


def from_document(document: Mapping[str, Any]) -> Catalogue:
    """Build the catalogue from a document that its schema has accepted.

    Raises ReconcilerError, naming every contradiction: a plan, family or service that is not declared, a key
    or pair given twice, a pair of a plan with itself, a name that is another plan's key.
    """
    spec = document["spec"]
    name = document["metadata"]["name"]
    eligibility = Eligibility(spec.get("eligibility", Eligibility.LISTED))
    families = {row["key"]: row["title"] for row in spec["families"]}
    services = {row["key"]: row["title"] for row in spec["services"]}
    plans = tuple(_plan(row) for row in spec["plans"])
    pairs = tuple(_pair(row) for row in spec["pairs"])
    rejected = tuple(_rejected(row) for row in spec.get("rejected", ()))
    forbidden = tuple(_forbidden(row) for row in spec.get("forbidden", ()))
    health = {row["key"]: tuple(row.get("health", ())) for row in spec["services"]}
    problems = (
        *_twice("family", (row["key"] for row in spec["families"])),
        *_twice("service", (row["key"] for row in spec["services"])),
        *_plan_problems(plans, families.keys(), services.keys()),
        *_health_problems(services, health),
        *([say("catalogue.pairs-live")] if pairs and eligibility is Eligibility.LIVE else ()),
        *_pair_problems((*pairs, *rejected, *forbidden), {plan.key for plan in plans}),
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
        eligibility=eligibility,
        forbidden={(pair.source_plan, pair.target_plan): pair for pair in forbidden},
        pooled={row["key"]: _pooled(row["pooledCap"]) for row in spec["families"] if "pooledCap" in row},
        roles={row["key"]: tuple(row["roles"]) for row in spec["families"] if row.get("roles")},
        most_users=_most_users(spec, eligibility),
        health_names=health,
    )


def _most_users(spec: Mapping[str, Any], eligibility: Eligibility) -> int | None:
    """The list has a limit also where the file says nothing of it; today's text names no number (R-MAX-300, M-11)."""
    unsaid = None if eligibility is Eligibility.LIVE else WIZARD_LIMIT
    most: int | None = spec.get("wizard", {}).get("mostUsers", unsaid)
    return most


def _pooled(row: Mapping[str, Any]) -> PooledCap:
    return PooledCap(row["licenses"], tuple(row["source"]))


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
        sku_ids=tuple(id_.lower() for id_ in row.get("skuIds", ())),
        products=tuple(id_.upper() for id_ in row.get("products", ())),
        offers=tuple(id_.lower() for id_ in row.get("offers", ())),
    )


def _pair(row: Mapping[str, Any]) -> SwitchPair:
    return SwitchPair(
        row["from"], row["to"], Confidence(row["confidence"]), tuple(row["source"]), row.get("note", "")
    )


def _rejected(row: Mapping[str, Any]) -> RejectedPair:
    return RejectedPair(row["from"], row["to"], row["reason"], tuple(row["source"]))


def _forbidden(row: Mapping[str, Any]) -> ForbiddenPair:
    return ForbiddenPair(row["from"], row["to"], row["reason"], tuple(row["source"]))


def _plan_problems(
    plans: tuple[Plan, ...], families: Iterable[str], services: Iterable[str]
) -> Iterator[str]:
    known_families, known_services = frozenset(families), frozenset(services)
    yield from _twice("plan", (plan.key for plan in plans))
    yield from _twice("short", (plan.short for plan in plans))
    yield from _twice("name", (folded(plan.name) for plan in plans))
    yield from _twice("name-nb", (folded(plan.name_nb) for plan in plans))
    keys = {plan.key for plan in plans}
    for plan in plans:
        if plan.family not in known_families:
            yield say("catalogue.family-unknown", plan=plan.key, family=plan.family)
        for service in plan.services:
            if service not in known_services:
                yield say("catalogue.service-unknown", plan=plan.key, service=service)
        for word in words(plan):
            if folded(word) in keys - {plan.key}:
                yield say("catalogue.name-is-key", plan=plan.key, word=word)


def _health_problems(services: Mapping[str, str], health: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    claimed: dict[str, str] = {}
    for key, title in services.items():
        for word in (key, title, *health[key]):
            first = claimed.setdefault(word.casefold(), key)
            if first != key:
                yield say("catalogue.health-twice", word=word, first=first, second=key)


def _pair_problems(
    pairs: tuple[SwitchPair | RejectedPair | ForbiddenPair, ...], keys: set[str]
) -> Iterator[str]:
    rows = [(pair.source_plan, pair.target_plan) for pair in pairs]
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
