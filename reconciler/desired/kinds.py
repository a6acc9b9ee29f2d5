"""A document and the kind wanted in, the documents of that kind or what is wrong with them out."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from reconciler.desired.checking import Checker
from reconciler.desired.documents import Document
from reconciler.desired.explaining import clipped, found_words
from reconciler.desired.loading import MAX_PROBLEMS, cut, load
from reconciler.errors import FilesBroken, Problem


class Kind(StrEnum):
    """The kinds of document there are; each has a schema."""

    TENANT = "Tenant"
    LIVE_STATE = "LiveState"
    CONFIGURATION = "Configuration"
    CATALOGUE = "Catalogue"


def fits(document: Document, wanted: Kind) -> bool:
    """Say whether a document looks like one of the kind wanted, so that its members are worth reading."""
    value = document.value
    if not isinstance(value, dict) or ("apiVersion" not in value and "kind" not in value):
        return False
    kind = value.get("kind")
    return not isinstance(kind, str) or kind == wanted


def misfit(document: Document, wanted: Kind) -> tuple[Problem, ...]:
    """Return the problem that a document is of another kind, so that its members are not worth explaining."""
    value = document.value
    if fits(document, wanted):
        return ()
    if not isinstance(value, dict):
        return (document.problem("not-a-mapping", (), found=found_words(document, (), value)),)
    if "apiVersion" not in value and "kind" not in value:
        return (document.problem("not-ours", (), wanted=wanted),)
    return (document.problem("wrong-kind", ("kind",), found=clipped(value["kind"]), wanted=wanted),)


def besides(told: Iterable[Problem], more: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return of ``more`` what stands where nothing was told yet: of one place only the first trouble is."""
    places = {problem.place for problem in told}
    return tuple(problem for problem in more if problem.place not in places)


def read_documents(
    sources: Iterable[tuple[str, str]], wanted: Kind, checker: Checker
) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Read (file, text) pairs into the documents of one kind that fit its schema, and all problems."""
    sound: list[Document] = []
    problems: list[Problem] = []
    for file, text in sources:
        loaded = load(text, file, marked=False)
        found = list(loaded.problems)
        for document in loaded.documents:
            wrong = misfit(document, wanted) or checker.problems(document)
            found += besides(found, wrong)
            if not wrong and not loaded.problems:
                sound.append(document)
            if len(found) > MAX_PROBLEMS:
                break
        problems += cut(found, text)
    return tuple(sound), tuple(problems)


def read_single(text: str, file: str, wanted: Kind, checker: Checker) -> dict[str, Any]:
    """Return the value of a file that holds one document; raises FilesBroken with all its problems."""
    documents, problems = read_documents(((file, text),), wanted, checker)
    extra = tuple(d.problem("several-documents", (), count=i) for i, d in enumerate(documents[1:], 2))
    if problems or extra:
        raise FilesBroken((*problems, *extra))
    found: dict[str, Any] = documents[0].value
    return found
