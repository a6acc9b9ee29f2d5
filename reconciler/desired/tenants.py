"""The texts of tenant files in, the fleet they declare out, with every problem of every file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reconciler.catalogue import Catalogue
from reconciler.desired.checking import Checker
from reconciler.desired.clashes import Claims, clash_problems, texts_of
from reconciler.desired.declaring import Declaring, Terms, wrong_besides
from reconciler.desired.documents import Document
from reconciler.desired.kinds import Kind, besides, fits, misfit
from reconciler.desired.loading import MAX_PROBLEMS, cut, load
from reconciler.errors import FilesBroken, Problem
from reconciler.limits import Limits
from reconciler.model import Declaration


@dataclass(frozen=True, slots=True)
class Fleet:
    """The tenants whose declarations are sound, and what is wrong with the others. ``files`` were looked at.

    Nothing may be written while there are problems: a tenant that is missing here may be missing by mistake.
    """

    declarations: tuple[Declaration, ...]
    problems: tuple[Problem, ...]
    files: int


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
    reading = _Reading(catalogue, checker, Terms(most_backup_days, limits, today))
    for file, text in sources:
        reading.read(file, text)
    contested = reading.claims.contested()
    problems = (*reading.problems, *clash_problems(contested, texts_of(contested, sources)))
    held = {claim.owner for claims in contested.values() for claim in claims}
    sound = (d for owner, d in reading.declared.items() if owner not in held)
    return Fleet(
        tuple(sorted(sound, key=lambda d: (d.place.file, d.place.line, d.place.column))),
        tuple(sorted(problems, key=lambda p: (p.place, p.code))),
        reading.files,
    )


class _Reading:
    """What has been read so far; documents are counted through all files, so that claims know their owner."""

    def __init__(self, catalogue: Catalogue, checker: Checker, terms: Terms) -> None:
        self.catalogue, self.checker, self.terms = catalogue, checker, terms
        self.claims = Claims()
        self.declared: dict[int, Declaration] = {}
        self.problems: list[Problem] = []
        self.files = self.count = 0

    def read(self, file: str, text: str) -> None:
        self.files += 1
        loaded = load(text, file)
        found = list(loaded.problems)
        for document in loaded.documents:
            self.count += 1
            if fits(document, Kind.TENANT):
                self.claims.note(self.count, document)
            # Past the limit nothing is shown, so that what it would cost is saved.
            if len(found) <= MAX_PROBLEMS:
                misfits = misfit(document, Kind.TENANT)
                found += besides(found, misfits or self._declare(document, broken=bool(loaded.problems)))
        self.problems += cut(found, text)

    def _declare(self, document: Document, *, broken: bool) -> tuple[Problem, ...]:
        """Declare a document, and return its problems; in a file whose YAML is ``broken`` only these are wanted."""
        problems = self.checker.problems(document)
        if len(problems) > MAX_PROBLEMS:
            return problems
        if problems:
            spoilt = self.checker.spoilt(document)
            more = wrong_besides(document, self.catalogue, self.terms, spoilt)
            return (*problems, *besides(problems, more))
        declaring = Declaring(document, self.catalogue, self.terms)
        declared = declaring.declaration()
        if declared is not None and not broken:
            self.declared[self.count] = declared
        return tuple(declaring.problems)
