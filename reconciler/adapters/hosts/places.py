"""The environment of a job in, the place it is about out: host, address, project, number, and the token.

Each host documents the variables it sets in its jobs (GitHub: "Default environment variables"; GitLab: "Predefined
CI/CD variables"; Azure Pipelines: "Use predefined variables"). Azure passes on a variable nobody set as its own
name, ``$(System.AccessToken)``, which counts as not set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from reconciler.errors import HostTrouble
from reconciler.messages import say

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]{0,99}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_UNSET = re.compile(r"\$\(.*\)")


class Host(StrEnum):
    """The code hosts there are."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE_DEVOPS = "azure-devops"

    @property
    def called(self) -> str:
        """How it calls itself."""
        return {"github": "GitHub", "gitlab": "GitLab", "azure-devops": "Azure DevOps"}[self.value]


DEFAULT_TOKEN = {
    Host.GITHUB: "GITHUB_TOKEN",
    Host.GITLAB: "GITLAB_TOKEN",
    Host.AZURE_DEVOPS: "SYSTEM_ACCESSTOKEN",
}
# The number of the request and the project it is in, by host; the first variable that is set counts.
_ADDRESS = {
    Host.GITHUB: ("GITHUB_API_URL",),
    Host.GITLAB: ("CI_API_V4_URL",),
    Host.AZURE_DEVOPS: ("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"),
}
_NUMBER = {
    Host.GITLAB: "CI_MERGE_REQUEST_IID",
    Host.AZURE_DEVOPS: "SYSTEM_PULLREQUEST_PULLREQUESTID",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where to write. ``project`` is in the host's own words; ``token`` is for the header of a request, nothing else.

    ``number`` is the pull or merge request; None where the run is about none and none was named.
    """

    host: Host
    base: str
    project: str
    number: int | None
    token_name: str
    token: str = field(repr=False)
    repository: str = ""


def spot_of(
    host: Host,
    environment: Mapping[str, str],
    read: Callable[[str], str],
    *,
    number: int | None = None,
    token_name: str | None = None,
    about_a_request: bool = True,
) -> Spot:
    """Return the place a job is about; raises HostTrouble naming everything that is missing.

    ``read`` returns the text of a file (GitHub tells the number in its event file). ``about_a_request``: a number is
    needed, and a merge request from a fork is in the project it goes to.
    """
    known = _Known(host, environment)
    base = known.first(*_ADDRESS[host]) if host is not Host.GITHUB else known.get("GITHUB_API_URL")
    project, repository = _project(known, about_a_request)
    known.complain()
    address = _checked_address(known, base or "https://api.github.com")
    if about_a_request and number is None:
        number = _number(known, read)
    name = token_name or DEFAULT_TOKEN[host]
    return Spot(host, address, project, number, name, _token(known, name), repository)


class _Known:
    """The variables that are set; those that are asked for and are not are remembered."""

    def __init__(self, host: Host, environment: Mapping[str, str]) -> None:
        self.host = host
        self._environment = environment
        self._missing: list[str] = []

    def get(self, name: str) -> str:
        """Return a variable; "" where it is not set."""
        value = self._environment.get(name, "").strip()
        return "" if _UNSET.fullmatch(value) else value

    def first(self, *names: str) -> str:
        """Return the first of these that is set; noted as missing where none is."""
        found = next((value for name in names if (value := self.get(name))), "")
        if not found:
            self._missing.append(names[0])
        return found

    def complain(self) -> None:
        """Raise HostTrouble for everything that was missing."""
        if self._missing:
            raise HostTrouble(say("hosts.missing", host=self.host.called, names=", ".join(self._missing)))


def _project(known: _Known, about_a_request: bool) -> tuple[str, str]:
    if known.host is Host.GITHUB:
        repository = known.first("GITHUB_REPOSITORY")
        if repository and not _REPOSITORY.fullmatch(repository):
            raise _odd("GITHUB_REPOSITORY", repository, "repository")
        return repository, ""
    if known.host is Host.GITLAB:
        # The pipeline of a fork runs in the fork; its merge request is in the project it goes to.
        names = ("CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID") if about_a_request else ("CI_PROJECT_ID",)
        return known.first(*names), ""
    return known.first("SYSTEM_TEAMPROJECTID", "SYSTEM_TEAMPROJECT"), known.first("BUILD_REPOSITORY_ID")


def _number(known: _Known, read: Callable[[str], str]) -> int:
    if known.host is Host.GITHUB:
        file = known.get("GITHUB_EVENT_PATH")
        where, number = file or "GITHUB_EVENT_PATH", _in_event(_event(file, read)) if file else None
    else:
        where = _NUMBER[known.host]
        text = known.get(where)
        if text and not (text.isascii() and text.isdigit()):
            raise _odd(where, text, "number")
        number = int(text) if text else None
    if not number:
        raise HostTrouble(say("hosts.no-number", host=known.host.called, where=where))
    return number


def _event(file: str, read: Callable[[str], str]) -> Any:
    try:
        return json.loads(read(file))
    except OSError as error:
        raise HostTrouble(say("hosts.bad-event", file=file, why=error.strerror or error)) from error
    except (ValueError, RecursionError) as error:
        raise HostTrouble(say("hosts.bad-event", file=file, why=error)) from error


def _in_event(event: Any) -> int | None:
    """The number in an event about a pull request, or about a comment under one; an issue is no pull request."""
    about = event if isinstance(event, dict) else {}
    request, issue = about.get("pull_request"), about.get("issue")
    if not isinstance(request, dict) and isinstance(issue, dict) and "pull_request" in issue:
        request = issue
    number = request.get("number") if isinstance(request, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def _checked_address(known: _Known, base: str) -> str:
    """Only https, or http to this very machine; what stands before an @ would be a password."""
    name = _ADDRESS[known.host][0]
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not host or not secure or "@" in parts.netloc or parts.query or parts.fragment:
        raise _odd(name, base.rsplit("@", 1)[-1], "address")
    return base.rstrip("/")


def _token(known: _Known, name: str) -> str:
    token = known.get(name)
    if not token:
        raise HostTrouble(say("hosts.missing-token", host=known.host.called, name=name))
    # A line end in it would be said in the complaint of the HTTP library, token and all.
    if not token.isascii() or not token.isprintable() or " " in token:
        raise HostTrouble(say("hosts.odd-token", name=name))
    return token


def _odd(name: str, value: str, wanted: str) -> HostTrouble:
    return HostTrouble(say("hosts.odd-value", name=name, value=value, wanted=say(f"hosts.wanted.{wanted}")))
