"""A word that names a git repository in, how it is reached out; or why it is not, without saying a secret.

Only what is encrypted, or does not leave the machine, is fetched from. What git would take for an option, a program to
run or a helper of its own is refused here already, before git sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import RepositoryRefused
from reconciler.messages import say

LONGEST = 2000
LONGEST_BRANCH = 250


class Way(StrEnum):
    """How a repository is reached; the words are git's names of its protocols."""

    HTTPS = "https"
    # From this machine only.
    HTTP = "http"
    SSH = "ssh"
    FOLDER = "file"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository somebody may fetch from. ``url`` is what git is given; no secret is in it, so it may be shown.

    ``host`` is the part of an https or http URL up to the path, which credentials are for; "" for the others.
    """

    way: Way
    url: str
    host: str = ""


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# As git tells them apart: a colon before any slash means another machine.
_SCP = re.compile(r"([^/:]+|[^/:]*\[[0-9A-Fa-f:.]+\]):(?!:)(.*)", re.DOTALL)
_HELPER = re.compile(r"[A-Za-z0-9]+::")
_UNSEEN_ENCODED = re.compile(r"%(0[0-9A-Fa-f]|1[0-9A-Fa-f]|7[Ff])")
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_]([A-Za-z0-9_.-]*))(:(?P<port>[0-9]{1,5}))?")
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|\[::1\]", re.IGNORECASE)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_BAD_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|/$|^[-/.]|^@$")


def is_remote(word: str) -> bool:
    """Say whether a word names a repository by more than a path: a URL, ``host:path``, or a helper of git's."""
    return bool(_SCHEME.fullmatch(word) or _HELPER.match(word) or _SCP.fullmatch(word))


def repository(word: str) -> Repository:
    """Return the repository a word names; raises RepositoryRefused. The path of a folder must be absolute."""
    if not word or word.startswith("-"):
        raise _refused("option")
    if len(word) > LONGEST or not word.isprintable() or _UNSEEN_ENCODED.search(word):
        raise _refused("unseen", most=LONGEST)
    if word.startswith("/"):
        return Repository(Way.FOLDER, word)
    scheme = _SCHEME.fullmatch(word)
    if scheme is None:
        if _HELPER.match(word) or not (scp := _SCP.fullmatch(word)):
            raise _refused("way", way=word.partition(":")[0][:20])
        return _over_ssh(word, scp[1], scp[2])
    way, rest = scheme[1].lower(), scheme[2]
    if way in ("https", "http"):
        return _over_http(word, Way(way), rest)
    if way == "ssh":
        host, slash, path = rest.partition("/")
        return _over_ssh(word, host, slash + path)
    if way == "file" and rest.startswith("/"):
        return Repository(Way.FOLDER, word)
    raise _refused("way", way=way[:20])


def wrong_branch(name: str) -> bool:
    """Say whether a word can not be the name of a branch; git has the same rules, and more than one of them bites."""
    return not name or len(name) > LONGEST_BRANCH or not name.isprintable() or bool(_BAD_BRANCH.search(name))


def _over_http(word: str, way: Way, rest: str) -> Repository:
    host, _, path = rest.partition("/")
    if "@" in host:
        # Of a name alone nobody can tell whether it is one, or a token.
        raise _refused("credentials")
    if "?" in rest or "#" in rest:
        raise _refused("query")
    found = _HOST.fullmatch(host)
    if found is None or not path:
        raise _refused("host")
    if way is Way.HTTP and not _LOOPBACK.fullmatch(found["name"]):
        raise _refused("http")
    return Repository(way, f"{way}://{rest}", f"{way}://{host}")


def _over_ssh(word: str, host: str, path: str) -> Repository:
    user, at, name = host.rpartition("@")
    if ":" in user or "@" in path.partition("/")[0]:
        raise _refused("credentials")
    if (
        (at and not _USER.fullmatch(user))
        or _HOST.fullmatch(name) is None
        or path.lstrip("/").startswith("-")
    ):
        raise _refused("host")
    if not path.strip("/"):
        raise _refused("host")
    return Repository(Way.SSH, word)


def _refused(key: str, **facts: object) -> RepositoryRefused:
    return RepositoryRefused(say(f"repository.{key}", **facts), say(f"repository.{key}.hint"))
