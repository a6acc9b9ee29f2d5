"""The member ``source`` of a configuration in, where the loop's declarations come from out; secrets only as references.

Somebody may have written a secret itself where only its place belongs. What a problem of such a line shows is covered.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler.desired import Document, place_at
from reconciler.errors import Problem, RepositoryRefused
from reconciler.messages import say
from reconciler.model import Place
from reconciler.repository import is_remote, repository, wrong_branch

UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
# The variable that holds a token where no configuration names another place.
TOKEN_VARIABLE = "RECONCILER_SOURCE_TOKEN"  # noqa: S105 - the name of a variable
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "RECONCILER_SOURCE_GIT": ("source", "git"),
    "RECONCILER_SOURCE_BRANCH": ("source", "branch"),
    "RECONCILER_SOURCE_FOLDER": ("source", "folder"),
    "RECONCILER_SOURCE_INTERVAL": ("source", "interval"),
    "RECONCILER_SOURCE_TIMEOUT": ("source", "timeout"),
    "RECONCILER_SOURCE_SSH_KEY": ("source", "sshKey", "file"),
    "RECONCILER_SOURCE_KNOWN_HOSTS": ("source", "knownHosts", "file"),
    "RECONCILER_SOURCE_TOKEN_FILE": ("source", "token", "file"),
    "RECONCILER_SOURCE_USERNAME": ("source", "username"),
    "RECONCILER_SOURCE_ALLOWED_SIGNERS": ("source", "requireSignature", "allowedSigners"),
    "RECONCILER_SOURCE_GPG_HOME": ("source", "requireSignature", "gpgHome"),
    "RECONCILER_SOURCE_ONLY_FORWARD": ("source", "onlyForward"),
}
WORDS = frozenset(VARIABLES) - {"RECONCILER_SOURCE_ONLY_FORWARD"}
_FILES = (("sshKey", "file"), ("knownHosts", "file"), ("token", "file"))
_SIGNERS = (("requireSignature", "allowedSigners"), ("requireSignature", "gpgHome"))
# A name with a password, in whatever form it stands before a host; and what stands behind a word for a token.
_SECRET = re.compile(r"://|[^\s:@]+:[^\s@]+@|token(?=.*[:=])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where the loop's declarations come from, and how they are reached and trusted.

    ``git`` is a URL, ``host:path``, or the absolute path of a folder; None: no repository is configured. ``folder``
    is inside it, "" for all of it. Of ``token_variable`` and ``token_file``, and of ``allowed_signers`` and
    ``gpg_home``, at most one is set.
    """

    git: str | None = None
    branch: str = "main"
    folder: str = ""
    interval: timedelta = timedelta(minutes=1)
    timeout: timedelta = timedelta(seconds=60)
    ssh_key: Path | None = None
    known_hosts: Path | None = None
    token_variable: str | None = None
    token_file: Path | None = None
    username: str | None = None
    allowed_signers: Path | None = None
    gpg_home: Path | None = None
    only_forward: bool = False


def with_source(before: SourceConfig, given: Mapping[str, Any], base: Path) -> SourceConfig:
    """Return a source with what one document says of it; its paths are relative to ``base``."""
    changes: dict[str, Any] = {key: given[key] for key in ("branch", "username") if key in given}
    if "git" in given:
        changes["git"] = given["git"] if is_remote(given["git"]) else os.path.abspath(base / given["git"])
    if "folder" in given:
        inside = os.path.normpath(given["folder"])
        changes["folder"] = "" if inside == "." else inside
    for key in ("interval", "timeout"):
        if key in given:
            changes[key] = length(given[key])
    for key, member in (("ssh_key", "sshKey"), ("known_hosts", "knownHosts")):
        if member in given:
            changes[key] = base / given[member]["file"]
    if "token" in given:
        # Named anew, it takes the place of the other one as well.
        changes["token_variable"] = given["token"].get("environment")
        changes["token_file"] = base / given["token"]["file"] if "file" in given["token"] else None
    if "requireSignature" in given:
        signers = given["requireSignature"]
        changes["allowed_signers"] = base / signers["allowedSigners"] if "allowedSigners" in signers else None
        changes["gpg_home"] = base / signers["gpgHome"] if "gpgHome" in signers else None
    if "onlyForward" in given:
        changes["only_forward"] = given["onlyForward"]
    return replace(before, **changes)


def with_usual_token(source: SourceConfig, environment: Mapping[str, str]) -> SourceConfig:
    """Return a source whose token is in the usual variable, if that is set and nothing else was named."""
    named = source.token_variable or source.token_file
    return (
        source
        if named or not environment.get(TOKEN_VARIABLE)
        else replace(source, token_variable=TOKEN_VARIABLE)
    )


def length(text: str) -> timedelta:
    """Return a length of time as the schema lets it be written."""
    return int(text[:-1]) * UNITS[text[-1]]


def wrong_source(document: Document) -> Iterator[Problem]:
    """Find what only the meaning of the words shows."""
    given = document.value.get("source", {})
    if "git" in given and (is_remote(given["git"]) or given["git"].startswith("-")):
        try:
            repository(given["git"])
        except RepositoryRefused as refused:
            found = document.problem("bad-repository", ("source", "git"), refused.hint, why=refused)
            yield replace(found, line_text="")
    if wrong_branch(given.get("branch", "main")):
        yield document.problem("bad-branch", ("source", "branch"), found=given["branch"])
    if os.path.normpath(given.get("folder", ".")).startswith(("..", "/")):
        yield document.problem("bad-folder", ("source", "folder"), found=given["folder"])


def paths_of(given: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what a source says of where things are on this machine, each with its place in the document."""
    if "git" in given and not is_remote(given["git"]):
        yield ("source", "git"), given["git"]
    for member, inner in (*_FILES, *_SIGNERS):
        if inner in given.get(member, {}):
            yield ("source", member, inner), given[member][inner]


def covered(problems: Sequence[Problem], document: Document | None) -> list[Problem]:
    """Return problems without what may be a secret: what stands as the token is not repeated at all."""
    span = _span_of_token(document) if document is not None else None
    return [_covered(p, span) for p in problems]


def without_secret(text: str) -> str:
    """Return a text as far as no secret can be in it."""
    found = _SECRET.search(text)
    return f"{text[: found.end() if found[0] == '://' else found.start()]}..." if found else text


def _covered(problem: Problem, span: tuple[Place, Place] | None) -> Problem:
    place = problem.place
    if span is not None and span[0] <= place <= span[1]:
        return replace(problem, message=say("files.token"), line_text="", hint=say("files.token.hint"))
    return replace(problem, line_text=without_secret(problem.line_text))


def _span_of_token(document: Document) -> tuple[Place, Place] | None:
    """Return where that which stands as the token begins and ends."""
    source = document.value.get("source") if isinstance(document.value, dict) else None
    if not isinstance(source, dict) or "token" not in source:
        return None
    begin, end = (place_at(document.file, document.text, at) for at in document.span(("source", "token")))
    return begin, end
