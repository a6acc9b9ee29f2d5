"""The texts of tenant files in, the fleet they declare out, with every problem of every file.

A file is read by itself first; what only several files show (a name, a tenant, a subscription claimed twice) is
looked for over all of them. So whoever keeps what each file said need not read those again that are as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from reconciler.catalogue import Catalogue
from reconciler.desired.checking import Checker
from reconciler.desired.clashes import Claimed, Claims, claimed_in, clash_problems, files_of
from reconciler.desired.declaring import Declaring, Terms, wrong_besides
from reconciler.desired.documents import Document
from reconciler.desired.kinds import Kind, besides, fits, misfit
from reconciler.desired.loading import MAX_PROBLEMS, cut, load
from reconciler.errors import FilesBroken, Problem
from reconciler.limits import Limits
from reconciler.model import Declaration, Place


@dataclass(frozen=True, slots=True)
class Unsound:
    """A document that is not sound, or clashes with another, as far as it can be made out whose it is.

    ``name`` and ``tenant`` are its words without case: enough to know the tenant by, and nothing to act on.
    """

    name: str | None
    tenant: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Fleet:
    """The tenants whose declarations are sound, and what is wrong with the others. ``files`` were looked at.

    Nothing may be written while there are problems: a tenant that is missing here may be missing by mistake.
    """

    declarations: tuple[Declaration, ...]
    problems: tuple[Problem, ...]
    files: int
    unsound: tuple[Unsound, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """One document by itself: what it claims, and what it declares, if that is sound."""

    claims: tuple[Claimed, ...]
    declaration: Declaration | None

    @property
    def claimed(self) -> Iterator[str]:
        """What it claims, in words of which none should be there twice in a whole fleet."""
        # Who was called so before clashes with who is called so now.
        codes = {"duplicate-moved": "duplicate-name"}
        return (f"{codes.get(code, code)} {word}" for code, word, _ in self.claims)


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file by itself: its documents that look like tenants, and its problems."""

    documents: tuple[DocumentRead, ...]
    problems: tuple[Problem, ...]


def declare(
    text: str,
    file: str,
    catalogue: Catalogue,
    checker: Checker,
    *,
    most_backup_days: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    today: date | None = None,
) -> tuple[Declaration, ...]:
    """Return the tenants one file declares; raises FilesBroken with all its problems.

    ``most_backup_days`` is the configuration's limit on the age of a back-up, in days, ``limits`` are its other
    limits; a waiver that has ended by ``today`` is a problem.
    """
    fleet = read_tenants(
        ((file, text),), catalogue, checker, most_backup_days=most_backup_days, limits=limits, today=today
    )
    if fleet.problems:
        raise FilesBroken(fleet.problems)
    return fleet.declarations


def read_tenants(
    sources: Iterable[tuple[str, str]],
    catalogue: Catalogue,
    checker: Checker,
    *,
    most_backup_days: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    today: date | None = None,
) -> Fleet:
    """Read (file, text) pairs into a fleet; never raises for what they say.

    Every document of a file with a problem in its YAML is held back, and both of two that claim the same
    thing. ``sources`` is gone through again if files clash, to show their lines.
    """
    reader = TenantReader(catalogue, checker, Terms(most_backup_days, limits, today))
    reads = (reader.read(file, text) for file, text in sources)
    return gathered(reads, lambda wanted: {file: text for file, text in sources if file in wanted})


def gathered(reads: Iterable[FileRead], texts: Callable[[frozenset[str]], Mapping[str, str]]) -> Fleet:
    """Put files that were read by themselves together; ``texts`` gives those of files that clash, if any do."""
    claims, declared = Claims(), dict[int, Declaration]()
    unsound, problems, files, owner = dict[int, tuple[Claimed, ...]](), list[Problem](), 0, 0
    for read in reads:
        files += 1
        problems += read.problems
        for document in read.documents:
            # Documents are counted through all files, so that a claim knows its owner.
            owner += 1
            claims.note(owner, document.claims)
            if document.declaration is None:
                unsound[owner] = document.claims
            else:
                declared[owner] = document.declaration
    contested = claims.contested()
    if contested:
        problems += clash_problems(contested, texts(files_of(contested)))
        for held in {claim.owner for found in contested.values() for claim in found} & set(declared):
            unsound[held] = _of(declared.pop(held))
    return Fleet(
        tuple(sorted(declared.values(), key=lambda d: (d.place.file, d.place.line, d.place.column))),
        tuple(sorted(problems, key=lambda p: (p.place, p.code))),
        files,
        tuple(sorted((_unsound(found) for found in unsound.values() if found), key=lambda u: u.place)),
    )


def _of(declaration: Declaration) -> tuple[Claimed, ...]:
    return (
        ("duplicate-name", declaration.name.casefold(), declaration.place),
        ("duplicate-tenant", declaration.tenant.casefold(), declaration.place),
    )


def _unsound(claims: tuple[Claimed, ...]) -> Unsound:
    words = {code: word for code, word, _ in reversed(claims)}
    return Unsound(words.get("duplicate-name"), words.get("duplicate-tenant"), claims[0][2])


class TenantReader:
    """Reads tenant files one by one, each by itself."""

    def __init__(self, catalogue: Catalogue, checker: Checker, terms: Terms) -> None:
        self.catalogue, self.checker, self.terms = catalogue, checker, terms

    def read(self, file: str, text: str) -> FileRead:
        """Read the text of one file; never raises for what it says."""
        loaded = load(text, file)
        documents, found = list[DocumentRead](), list(loaded.problems)
        for document in loaded.documents:
            claims = claimed_in(document) if fits(document, Kind.TENANT) else ()
            declared: Declaration | None = None
            # Past the limit nothing is shown, so that what it would cost is saved.
            if len(found) <= MAX_PROBLEMS:
                misfits = misfit(document, Kind.TENANT)
                declared, problems = (None, misfits) if misfits else self._declared(document)
                found += besides(found, problems)
            # Of a file whose YAML is broken only the problems are wanted.
            documents.append(DocumentRead(claims, None if loaded.problems else declared))
        return FileRead(tuple(documents), cut(found, text))

    def _declared(self, document: Document) -> tuple[Declaration | None, tuple[Problem, ...]]:
        problems = self.checker.problems(document)
        if len(problems) > MAX_PROBLEMS:
            return None, problems
        if problems:
            spoilt = self.checker.spoilt(document)
            more = wrong_besides(document, self.catalogue, self.terms, spoilt)
            return None, (*problems, *besides(problems, more))
        declaring = Declaring(document, self.catalogue, self.terms)
        return declaring.declaration(), tuple(declaring.problems)
