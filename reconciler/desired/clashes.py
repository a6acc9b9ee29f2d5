"""What several documents claim in, the claims made more than once out.

A name, a former name, a tenant and a pinned subscription each belong to one document. Where two claim the same
one, nobody can say which is right, so none of them is read; a document that is broken otherwise still counts as
claiming. A former name that is still declared is claimed by both documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from reconciler.desired.documents import Document, Path, problem
from reconciler.desired.loading import MAX_PROBLEMS, cut
from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.model import Place

MOST_NAMED = 5
# The problem code of a clash, the word that is claimed, in one case, and where.
Claimed = tuple[str, str, Place]


@dataclass(frozen=True, slots=True)
class Claim:
    """Where a word is claimed, and by the how-manieth document of all."""

    owner: int
    place: Place


@dataclass(slots=True)
class Claims:
    """Every claim of a reading, by problem code and word; words are compared without case."""

    by_word: dict[tuple[str, str], Claim | list[Claim]] = field(default_factory=dict)

    def note(self, owner: int, claimed: Iterable[Claimed]) -> None:
        """Note what a document claims."""
        for code, word, place in claimed:
            claim = Claim(owner, place)
            key = (code, word)
            there = self.by_word.setdefault(key, claim)
            if isinstance(there, list):
                there.append(claim)
            elif there is not claim:
                self.by_word[key] = [there, claim]

    def contested(self) -> Mapping[tuple[str, str], list[Claim]]:
        """Return the words that are claimed more than once."""
        found = {key: claims for key, claims in self.by_word.items() if isinstance(claims, list)}
        for code, word in self.by_word:
            if code == "duplicate-moved" and ("duplicate-name", word) in self.by_word:
                found["still-declared", word] = [
                    *self._claims(code, word),
                    *self._claims("duplicate-name", word),
                ]
        return found

    def _claims(self, code: str, word: str) -> list[Claim]:
        claims = self.by_word[code, word]
        return claims if isinstance(claims, list) else [claims]


def clash_problems(
    contested: Mapping[tuple[str, str], list[Claim]], texts: Mapping[str, str]
) -> Iterator[Problem]:
    """Make a problem for each claim that is not the only one; ``texts`` are the files they stand in.

    File by file, and of each file only as many as are worth showing: a folder copied twice clashes everywhere.
    """
    clashes = sorted(
        (
            (claim.place, code, word, _others(claim, claims))
            for (code, word), found in contested.items()
            # In an order of their own: what is said of a clash must not hang on which file was read first.
            for claims in (sorted(found, key=lambda claim: claim.place),)
            for claim in claims
        )
    )
    for file, found in groupby(clashes, key=lambda clash: clash[0].file):
        text = texts.get(file, "").removeprefix("\ufeff")
        shown = islice(found, MAX_PROBLEMS + 1)
        yield from cut(
            [problem(place, text, code, word=word, others=others) for place, code, word, others in shown],
            text,
        )


def _others(claim: Claim, claims: list[Claim]) -> str:
    others = [str(other.place) for other in islice((c for c in claims if c is not claim), MOST_NAMED + 1)]
    return say("files.and").join(others[:MOST_NAMED]) + (", ..." if len(others) > MOST_NAMED else "")


def claimed_in(document: Document) -> tuple[Claimed, ...]:
    """Return what a document claims, as far as it can be made out."""
    found = _claimed(document.value)
    return tuple((code, word.casefold(), document.place(path)) for code, word, path in found)


def files_of(contested: Mapping[tuple[str, str], list[Claim]]) -> frozenset[str]:
    """Return the files that clash."""
    return frozenset(claim.place.file for claims in contested.values() for claim in claims)


def _claimed(value: Any) -> Iterator[tuple[str, str, Path]]:
    metadata, spec = _mapping(value, "metadata"), _mapping(value, "spec")
    if isinstance(metadata.get("name"), str):
        yield "duplicate-name", metadata["name"], ("metadata", "name")
    moved = _mapping(metadata, "moved")
    if isinstance(moved.get("from"), str):
        yield "duplicate-moved", moved["from"], ("metadata", "moved", "from")
    if isinstance(spec.get("tenant"), str):
        yield "duplicate-tenant", spec["tenant"], ("spec", "tenant")
    entries = spec.get("subscriptions")
    for i, entry in enumerate(entries if isinstance(entries, list) else ()):
        pin = entry.get("subscriptionId") if isinstance(entry, dict) else None
        if isinstance(pin, str):
            yield "duplicate-id", pin, ("spec", "subscriptions", i, "subscriptionId")


def _mapping(value: Any, member: str) -> Mapping[str, Any]:
    found = value.get(member) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
