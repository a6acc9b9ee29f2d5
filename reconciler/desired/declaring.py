"""A tenant document that fits its schema in, a ``Declaration`` out, or what its meaning shows to be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from reconciler.catalogue import Ambiguous, Catalogue
from reconciler.desired.documents import Document, Path
from reconciler.desired.explaining import clipped
from reconciler.desired.mending import BLANK, mended
from reconciler.errors import Problem
from reconciler.limits import Limits
from reconciler.messages import say
from reconciler.model import (
    Acknowledgement,
    Backup,
    Declaration,
    DeclaredSubscription,
    Mode,
    Place,
    Suspension,
    Unmanaged,
    Waiver,
)
from reconciler.windows import NotAWindow, parse

ONLY_NAME = "main"
BACKUP_MAX_AGE_DAYS = 30
_LIST: Path = ("spec", "subscriptions")
_NO_WAY_BACK: Path = ("spec", "acknowledge", "noWayBack")
# Most files have neither labels nor limits: ten thousand declarations share one empty mapping.
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NOT_ACKNOWLEDGED = Acknowledgement()


@dataclass(frozen=True, slots=True)
class Terms:
    """What every tenant file is held to. ``today`` None: a waiver that has ended is sound, it only does not count."""

    most_backup_days: int | None = None
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    today: date | None = None


class Declaring:
    """One document on its way to a declaration; ``problems`` fills while ``declaration`` is asked for."""

    def __init__(self, document: Document, catalogue: Catalogue, terms: Terms) -> None:
        self.document, self.catalogue, self.terms = document, catalogue, terms
        self.spec: Mapping[str, Any] = document.value["spec"]
        self.problems: list[Problem] = []

    def declaration(self) -> Declaration | None:
        """Return the declaration, or None and the problems."""
        metadata, spec = self.document.value["metadata"], self.spec
        acknowledged = spec.get("acknowledge")
        subscriptions = self._subscriptions()
        declared = Declaration(
            name=metadata["name"],
            tenant=spec["tenant"],
            subscriptions=subscriptions,
            place=self.document.place(("metadata", "name")),
            labels=metadata.get("labels") or _NOTHING,
            acknowledge=self._acknowledgement(acknowledged) if acknowledged else _NOT_ACKNOWLEDGED,
            website=spec["website"]["domain"] if "website" in spec else None,
            mode=Mode(spec.get("mode", Mode.APPLY)),
            suspend=_suspension(spec["suspend"]) if "suspend" in spec else None,
            unmanaged=self._unmanaged() if "unmanaged" in spec else (),
            windows=self._windows() if "windows" in spec else (),
            limits=self._limits() if "limits" in spec else _NOTHING,
            waivers=self._waivers() if "waivers" in spec else (),
            backup_max_age_days=self._backup_days(acknowledged),
            formerly=metadata.get("moved", _NOTHING).get("from"),
        )
        if len(subscriptions) > 1:
            self._check_names(subscriptions)
            self._check_pins(subscriptions)
        self._check_against_subscriptions(declared)
        return None if self.problems else declared

    def _subscriptions(self) -> tuple[DeclaredSubscription, ...]:
        entries = self.spec["subscriptions"]
        places = self.document.places(_LIST)
        return tuple(self._subscription(i, entry, places[i]) for i, entry in enumerate(entries))

    def _subscription(self, index: int, entry: Mapping[str, Any], place: Place) -> DeclaredSubscription:
        path = (*_LIST, index)
        plan = self._name_plan(entry["plan"], (*path, "plan"))
        licenses = entry.get("licenses")
        if plan is not None and licenses is not None:
            self._check_cap(plan, licenses, (*path, "licenses"))
        return DeclaredSubscription(
            name=entry.get("name", ONLY_NAME),
            plan=plan or entry["plan"],
            licenses=licenses,
            subscription_id=entry.get("subscriptionId"),
            place=place,
        )

    def _name_plan(self, word: str, path: Path) -> str | None:
        """Return the key of the plan a word means; None, and a problem, if it means none or several."""
        known = self.catalogue.plans.get(word)
        if known is not None:
            return known.key
        if word == BLANK:
            return None
        found = self.catalogue.resolve(word)
        if isinstance(found, Ambiguous):
            candidates = ", ".join(found.candidates)
            self._report("ambiguous-plan", path, word=clipped(word), candidates=candidates)
            return None
        if found is None:
            near = say("files.or").join(self.catalogue.suggest(word))
            hint = say("files.unknown-plan.near", near=near) if near else say("files.unknown-plan.list")
            self._report("unknown-plan", path, hint, word=clipped(word), catalogue=self.catalogue.name)
        return found

    def _check_cap(self, key: str, licenses: int, path: Path) -> None:
        """A total above the plan's own cap can never come true (R-SB-CAP-25, A-12, M-25)."""
        plan = self.catalogue.plans[key]
        if plan.cap is not None and licenses > plan.cap:
            over = licenses - plan.cap
            self._report("over-plan-cap", path, found=licenses, plan=plan.name, cap=plan.cap, over=over)

    def _acknowledgement(self, said: Mapping[str, Any]) -> Acknowledgement:
        target, backup = said.get("noWayBack"), said.get("backup")
        if isinstance(target, str):
            target = self._name_plan(target, _NO_WAY_BACK)
        taken = backup and Backup(date.fromisoformat(backup["taken"]), backup["where"])
        return Acknowledgement(target, taken)

    def _backup_days(self, acknowledged: Mapping[str, Any] | None) -> int:
        """The file and the configuration may each set an age; the smaller counts."""
        own = (acknowledged or _NOTHING).get("backup", _NOTHING).get("maxAgeDays")
        return min(
            (days for days in (own, self.terms.most_backup_days) if days is not None),
            default=BACKUP_MAX_AGE_DAYS,
        )

    def _unmanaged(self) -> tuple[Unmanaged, ...]:
        return tuple(
            Unmanaged(
                plan=self._name_plan(entry["plan"], ("spec", "unmanaged", i, "plan"))
                if "plan" in entry
                else None,
                subscription_id=entry.get("subscriptionId"),
                reason=entry["reason"],
            )
            for i, entry in enumerate(self.spec["unmanaged"])
        )

    def _windows(self) -> tuple[Mapping[str, object], ...]:
        entries: list[Mapping[str, object]] = self.spec["windows"]
        for i, entry in enumerate(entries):
            try:
                parse(entry)
            except NotAWindow as wrong:
                path = ("spec", "windows", i, wrong.member)
                self._report(f"window.{wrong.key}", path, found=clipped(str(entry[wrong.member])))
        return tuple(entries)

    def _limits(self) -> Mapping[str, int]:
        declared: Mapping[str, int] = self.spec["limits"]
        for key, number in declared.items():
            most = self.terms.limits.value(key)
            if number > most:
                self._report("limit-raised", ("spec", "limits", key), limit=key, found=number, most=most)
        return declared

    def _waivers(self) -> tuple[Waiver, ...]:
        waivers = tuple(
            Waiver(said["rule"], said["reason"], said["owner"], date.fromisoformat(said["until"]))
            for said in self.spec["waivers"]
        )
        for i, waiver in enumerate(waivers):
            if self.terms.today is not None and self.terms.today >= waiver.until:
                path = ("spec", "waivers", i, "until")
                self._report("waiver-expired", path, rule=waiver.rule, until=waiver.until, owner=waiver.owner)
        return waivers

    def _check_names(self, subscriptions: tuple[DeclaredSubscription, ...]) -> None:
        first: dict[str, Place] = {}
        for i, entry in enumerate(self.spec["subscriptions"]):
            if "name" not in entry:
                self._report("missing-name", (*_LIST, i))
                continue
            path = (*_LIST, i, "name")
            there = first.setdefault(entry["name"], self.document.place(path))
            if there != self.document.place(path):
                self._report("duplicate-subscription", path, word=entry["name"], first=there)

    def _check_pins(self, subscriptions: tuple[DeclaredSubscription, ...]) -> None:
        """Of several entries with one plan, all but one must be pinned, or nobody can tell them apart."""
        loose = Counter(s.plan for s in subscriptions if s.subscription_id is None)
        for plan, count in loose.items():
            if count < 2 or plan not in self.catalogue.plans:
                continue
            alike = [i for i, s in enumerate(subscriptions) if s.plan == plan and s.subscription_id is None]
            names = say("files.and").join(subscriptions[i].name for i in alike)
            self._report("ambiguous-declared", (*_LIST, alike[0], "plan"), names=names, plan=plan)

    def _check_against_subscriptions(self, declared: Declaration) -> None:
        for i, other in enumerate(declared.unmanaged):
            managed = next(_same(other, declared), None)
            if managed is not None:
                word = other.plan or other.subscription_id
                path = ("spec", "unmanaged", i, "plan" if other.plan else "subscriptionId")
                self._report("both-managed", path, word=word, other=managed.place)
        target, plans = declared.acknowledge.no_way_back, {s.plan: None for s in declared.subscriptions}
        all_known = all(plan in self.catalogue.plans for plan in plans)
        if isinstance(target, str) and target not in plans and all_known:
            named = ", ".join(plans) or say("files.none")
            self._report("acknowledged-nothing", _NO_WAY_BACK, word=target, declared=named)

    def _report(self, code: str, path: Path, hint: str = "", **facts: object) -> None:
        self.problems.append(self.document.problem(code, path, hint, **facts))


def wrong_besides(
    document: Document, catalogue: Catalogue, terms: Terms, spoilt: frozenset[Path]
) -> tuple[Problem, ...]:
    """Return what the meaning of a document shows to be wrong in it, though it does not fit its schema.

    ``spoilt``: the paths of what does not fit, which is not looked at.
    """
    # What was noted of places is of the values as they were.
    whole = replace(document, value=mended(document.value, spoilt), marks=None)
    declaring = Declaring(whole, catalogue, terms)
    declaring.declaration()
    return tuple(declaring.problems)


def _suspension(said: Mapping[str, Any]) -> Suspension:
    return Suspension(said["reason"], said["owner"], date.fromisoformat(said["until"]))


def _same(other: Unmanaged, declared: Declaration) -> Iterator[DeclaredSubscription]:
    for s in declared.subscriptions:
        by_id = other.subscription_id and s.subscription_id and other.subscription_id.casefold()
        if (other.plan and other.plan == s.plan) or (by_id and by_id == (s.subscription_id or "").casefold()):
            yield s
