"""The text of a CODEOWNERS file and the tenants' files in, the tenant files nobody owns out, as problems.

The rules are those GitHub documents ("About code owners"): patterns as in gitignore with some exceptions, case
counts, the last pattern that matches wins, and one that names no owner takes the owners away. Not taken over from
gitignore are ``!``, ``[ ]`` and ``\\#``; a line with one of them is invalid there, and so it is a problem here. A blank
in a path is written behind a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.model import Declaration, Place

_USER = r"@[A-Za-z0-9](?:[A-Za-z0-9_.-]*)"
_OWNER = re.compile(rf"{_USER}(?:/[A-Za-z0-9_.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+")
_WORDS = re.compile(r"(?:\\.|[^\s\\])+")
# Read from the left: a folder at any depth, everything below, any folders between, any name part, one character.
_TOKENS = re.compile(r"^\*\*/|/\*\*/|/\*\*$|\*+|\?|\\(.)|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ownership:
    """One line: which paths it means, and who owns them; nobody where ``owners`` is empty."""

    pattern: str
    owners: tuple[str, ...]
    line: int
    meaning: re.Pattern[str]

    def covers(self, path: str) -> bool:
        """Say whether the line is about a file, by its path in the repository."""
        return self.meaning.fullmatch(path) is not None


def read_owners(text: str, file: str) -> tuple[tuple[Ownership, ...], tuple[Problem, ...]]:
    """Return the lines that hold, and a problem for each that is invalid."""
    sound: list[Ownership] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = _words(line)
        if not words:
            continue
        pattern, *owners = words
        wrong = _wrong(pattern, owners)
        if wrong:
            problems.append(_problem(Place(file, number, line.index(wrong[1]) + 1), wrong[0], line, wrong[1]))
        else:
            sound.append(Ownership(pattern, tuple(owners), number, _meaning(pattern)))
    return tuple(sound), tuple(problems)


def owners_of(path: str, lines: Sequence[Ownership]) -> Ownership | None:
    """Return the line that decides about a path: the last that matches; None where none does."""
    return next((line for line in reversed(lines) if line.covers(path)), None)


def without_owner(
    declared: Iterable[tuple[Declaration, str | None]], lines: Sequence[Ownership], file: str
) -> Iterator[Problem]:
    """Yield a problem for each tenant file that nobody owns; a file with several tenants is told once.

    Each tenant comes with its file's path in the repository, None for a file outside of it. ``file`` is CODEOWNERS.
    """
    told: set[str] = set()
    for tenant, path in declared:
        if tenant.place.file in told:
            continue
        told.add(tenant.place.file)
        if path is None:
            yield _unowned(tenant, "owner-outside", file=file)
            continue
        line = owners_of(path, lines)
        if line is None:
            yield _unowned(tenant, "no-owner", file=file, path=path, folder=path.rpartition("/")[0])
        elif not line.owners:
            yield _unowned(tenant, "owner-taken-away", file=file, line=line.line, pattern=line.pattern)


def _unowned(tenant: Declaration, code: str, **facts: object) -> Problem:
    message = say(f"files.{code}", tenant=tenant.name, **facts)
    return Problem(tenant.place, code, message, "", say(f"files.{code}.hint", **facts))


def _problem(place: Place, code: str, line: str, word: str) -> Problem:
    return Problem(place, code, say(f"files.{code}", word=word), line, say(f"files.{code}.hint"))


def _words(line: str) -> list[str]:
    """The words of a line; a comment begins at its head, or behind a blank."""
    found = []
    for word in _WORDS.findall(line):
        if word.startswith("#"):
            break
        found.append(word)
    return found


def _wrong(pattern: str, owners: Sequence[str]) -> tuple[str, str] | None:
    if pattern.startswith(("!", r"\#")) or "[" in pattern or "]" in pattern:
        return "owner-pattern", pattern
    bad = next((owner for owner in owners if not _OWNER.fullmatch(owner)), None)
    return ("owner-name", bad) if bad else None


def _meaning(pattern: str) -> re.Pattern[str]:
    """Translate a pattern into one over whole paths.

    With a slash at its head or in its midst it counts from the root, else at any depth. What it names may be a
    folder, and then means all below; but ``docs/*`` means what is in ``docs`` itself and nothing deeper.
    """
    folder = pattern.endswith("/")
    core = pattern.strip("/") if pattern != "/" else ""
    rooted = pattern.startswith("/") or "/" in pattern.rstrip("/")
    start = "" if rooted else "(?:.*/)?"
    if core == "**":
        return re.compile(".*", re.DOTALL)
    body = "".join(_translated(found) for found in _TOKENS.finditer(core))
    if folder or not core:
        return re.compile(start + body + ("/.*" if core else ".*"), re.DOTALL)
    end = "" if pattern.endswith(("**", "/*")) else "(?:/.*)?"
    return re.compile(start + body + end, re.DOTALL)


def _translated(token: re.Match[str]) -> str:
    whole = token[0]
    if token[1] or token[2]:
        return re.escape(token[1] or token[2])
    fixed = {"**/": "(?:.*/)?", "/**/": "/(?:.*/)?", "/**": "/.*", "?": "[^/]"}
    return fixed.get(whole, "[^/]*")
