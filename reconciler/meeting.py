"""Tenant files and recorded states in, as they are read; what has to be told of the fleet out. Holds no more than that.

    a file's declarations ─┐
                           ├─ meet by the tenant's domain or id ─► at rest: counted ─ else: judged, and its plan kept
    a file's states ───────┘

Whoever reads both sides in the same order never holds more than a few of either, however large the fleet. What only
shows over the whole fleet (a name, a tenant, a subscription claimed twice) is looked for by the hashes of the words.

It does only what is plain. Where two hashes are equal, a state may be meant by its name alone, or too many wait for
each other, ``NotPlain`` is raised, and the fleet has to be read as a whole: that tells who clashes with whom, and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest
from typing import Any

from reconciler.at_rest import MOST_NAMED, AtRest, is_at_rest
from reconciler.catalogue import Catalogue
from reconciler.change_plan import TenantPlan
from reconciler.decide import decide
from reconciler.desired import FileRead
from reconciler.errors import Problem
from reconciler.limits import Limits
from reconciler.live import from_document, moment
from reconciler.memory import Memory, folded, keys_of
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import NEVER, Observation, Observer, TenantRef, Traits
from reconciler.repeats import Words, hash_of

Document = Mapping[str, Any]
# A state weighs three kilobytes; more of them than this are not kept waiting.
MOST_WAITING = 2000


class NotPlain(Exception):
    """The fleet has to be read as a whole."""


@dataclass(slots=True)
class Found:
    """What a part of a fleet came to. ``wanted`` and ``shown`` have not met yet: by domain or id, without case."""

    plans: list[TenantPlan] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    renamed: list[Declaration] = field(default_factory=list)
    looks: Counter[datetime] = field(default_factory=Counter)
    oldest: list[tuple[datetime, str]] = field(default_factory=list)
    claims: Words = field(default_factory=Words)
    owners: Words = field(default_factory=Words)
    states: Words = field(default_factory=Words)
    names: Words = field(default_factory=Words)
    wanted: dict[str, Declaration] = field(default_factory=dict)
    shown: dict[str, Document] = field(default_factory=dict)

    @property
    def at_rest(self) -> AtRest:
        """The tenants of which nothing is told."""
        return AtRest.of(self.looks, self.oldest)

    def rest(self, at: datetime, name: str) -> None:
        """Count a tenant as at rest."""
        self.looks[at] += 1
        if at > NEVER:
            self.oldest.append((at, name))

    def join(self, other: Found) -> None:
        """Take all that another part came to, but for those who wait there."""
        self.plans += other.plans
        self.problems += other.problems
        self.renamed += other.renamed
        self.looks.update(other.looks)
        self.oldest += other.oldest
        if len(self.oldest) > 100 * MOST_NAMED:
            self.oldest = nsmallest(MOST_NAMED, self.oldest)
        self.claims.join(other.claims)
        self.owners.join(other.owners)
        self.states.join(other.states)
        self.names.join(other.names)


@dataclass(frozen=True, slots=True)
class Judge:
    """How tenants are judged from snapshots."""

    catalogue: Catalogue
    traits: Traits
    limits: Limits
    memory: Memory = field(default_factory=lambda: Memory(absent=say("plan.from-snapshot")))

    def see(self, document: Document) -> Observation:
        """Make an observation of a state."""
        return from_document(document, traits=self.traits, snapshot=True, catalogue=self.catalogue)

    def plan(self, declaration: Declaration, seen: Observation) -> TenantPlan:
        """Judge one tenant."""
        return decide(declaration, seen, self.memory, self.catalogue, self.limits)


def words_of(document: Document) -> tuple[str, ...]:
    """Return the words a state is found by, each once."""
    spec = document["spec"]
    words = (word.casefold() for word in (spec.get("tenant"), spec.get("tenantId")) if word is not None)
    return tuple(dict.fromkeys(words))


def owners_at_rest(declaration: Declaration, document: Document) -> tuple[str, ...]:
    """Return all words of a tenant that is at rest, which its file names by its domain."""
    id_ = document["spec"].get("tenantId")
    words = (declaration.tenant,) if id_ is None else (declaration.tenant, id_)
    return tuple(dict.fromkeys(map(folded, words)))


class Meeting:
    """Where declarations and states meet."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.found = Found()

    def meet(self, read: FileRead, documents: Sequence[Document]) -> None:
        """Take what one file of each side says. Raises NotPlain."""
        self.declare(read)
        for document in documents:
            self.show(document)

    def declare(self, read: FileRead) -> None:
        """Take what one tenant file says."""
        found = self.found
        found.problems += read.problems
        for document in read.documents:
            found.claims.add(*document.claimed)
            if document.declaration is not None:
                self._want(document.declaration)

    def show(self, document: Document) -> None:
        """Take the recorded state of one tenant."""
        found, words = self.found, words_of(document)
        found.names.add(document["metadata"]["name"])
        found.states.add(*words)
        self._show(document, words)

    def join(self, other: Found) -> None:
        """Take what another part of the same fleet came to."""
        self.found.join(other)
        for word, document in other.shown.items():
            self._show(document, {word})
        for declaration in other.wanted.values():
            self._meet_or_wait(declaration)

    def end(self, nobody: Observer) -> Found:
        """Judge those who met no state, as ``nobody`` shows them, and return what all came to. Raises NotPlain."""
        found = self.found
        names = found.names.hashes() if found.wanted else frozenset()
        for declaration in found.wanted.values():
            if hash_of(declaration.name) in names:
                # Its state is found by its name, and shows that it is another tenant's.
                raise NotPlain
            self._judge(declaration, nobody.observe(TenantRef.of(declaration)))
        if any(words.repeat() for words in (found.claims, found.owners, found.states, found.names)):
            raise NotPlain
        return found

    def _want(self, declaration: Declaration) -> None:
        if declaration.formerly:
            self.found.renamed.append(declaration)
        self._meet_or_wait(declaration)

    def _meet_or_wait(self, declaration: Declaration) -> None:
        found, word = self.found, declaration.tenant.casefold()
        document = found.shown.pop(word, None)
        if document is None:
            found.wanted[word] = declaration
            self._bound(found.wanted)
        else:
            for other in words_of(document):
                found.shown.pop(other, None)
            self._meet(declaration, document)

    def _show(self, document: Document, words: Iterable[str]) -> None:
        found = self.found
        for word in words:
            declaration = found.wanted.pop(word, None)
            if declaration is not None:
                self._meet(declaration, document)
                return
        found.shown.update(dict.fromkeys(words, document))
        self._bound(found.shown)

    @staticmethod
    def _bound(waiting: Mapping[str, object]) -> None:
        if len(waiting) > MOST_WAITING:
            raise NotPlain

    def _meet(self, declaration: Declaration, document: Document) -> None:
        if not is_at_rest(declaration, document, self.judge.catalogue):
            self._judge(declaration, self.judge.see(document))
            return
        self.found.rest(moment(document["metadata"]["observedAt"]), declaration.name)
        self.found.owners.add(*owners_at_rest(declaration, document))

    def _judge(self, declaration: Declaration, seen: Observation) -> None:
        self.found.plans.append(self.judge.plan(declaration, seen))
        self.found.owners.add(*keys_of(TenantRef.of(declaration), seen))
