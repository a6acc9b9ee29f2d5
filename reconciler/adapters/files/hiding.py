"""Problems of a configuration in, the same out without what may be a secret: one that stands where its place should.

Two members name places of secrets: ``notifications`` and ``microsoft``. Somebody may have written a secret itself
there, in whatever form; what stands below them under a name as of a secret is repeated by no problem of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.desired import clipped, load
from reconciler.errors import Problem
from reconciler.secret_places import Kept

# What is below `microsoft` and holds nothing but places of secrets.
CREDENTIALS = ("reader", "writer")
NOTIFICATIONS, MICROSOFT = "notifications", "microsoft"
# Members that a secret is written to by mistake; a variable's name is none, and looks like one.
_SUSPECT = re.compile("secret|passw|token|key|url|environment|certificate", re.IGNORECASE)
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_GUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_IN_LINE = re.compile(
    r"(?i)(\w*(?:secret|passw|token|url|environment|certificate|keyring)\w*[\"']?\s*:\s*)([^\s{,}][^,}]*)"
)
_HIDDEN = "***"
_PRIVATE_KEY = "PRIVATE KEY-----"
# What is shorter is no secret, and hiding it would make every sentence unreadable.
_SHORTEST = 4


def without_secrets(problems: Iterable[Problem], text: str) -> Iterator[Problem]:
    """Return problems of a configuration without what may be a secret in it."""
    told = list(problems)
    # A key that was pasted in spoils the file more often than not, and then nothing says where it ends.
    key = _PRIVATE_KEY in text
    # Parsing it again costs, so only where a secret may stand; a key may be spelt with escapes.
    may = bool(told) and (NOTIFICATIONS in text or MICROSOFT in text or "\\" in text)
    words = sorted(set(_written_out(text)), key=len, reverse=True) if may else []
    for problem in told:
        message, hint, line = problem.message, problem.hint, problem.line_text
        for word in words:
            for shown in (word, clipped(word)):
                message, hint, line = (part.replace(shown, _HIDDEN) for part in (message, hint, line))
        line = "" if key else _IN_LINE.sub(rf"\1{_HIDDEN}", line)
        yield replace(problem, message=message, hint=hint, line_text=line)


def _written_out(text: str) -> Iterator[str]:
    for document in load(text, "").documents:
        value = document.value if isinstance(document.value, dict) else {}
        yield from _suspects(value.get(NOTIFICATIONS), "")
        told = value.get(MICROSOFT)
        if isinstance(told, dict):
            plain = {member: below for member, below in told.items() if member not in CREDENTIALS}
            yield from _suspects(plain, "")
            # Nothing of ours holds an @: it stands behind a password.
            yield from (word for word in _texts(plain) if "@" in word)
            for member in CREDENTIALS:
                yield from _of_credential(told.get(member), member)
        else:
            yield from _of_credential(told, MICROSOFT)


def _texts(value: object) -> Iterator[str]:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from (value,) if isinstance(value, str) else (word for each in below for word in _texts(each))


def _suspects(value: object, name: str) -> Iterator[str]:
    """Yield what stands under a name as of a secret, and is no place where one is kept."""
    if isinstance(value, dict):
        for member, below in value.items():
            yield from _suspects(below, member if _SUSPECT.search(member) or member == Kept.FILE else name)
    elif isinstance(value, list):
        for below in value:
            yield from _suspects(below, name)
    elif _SUSPECT.search(name) and value is not None and not isinstance(value, bool):
        yield from () if name == Kept.ENVIRONMENT and _VARIABLE.fullmatch(str(value)) else (str(value),)


def _of_credential(value: object, name: str) -> Iterator[str]:
    """Yield all that stands in a credential, as a name too, but for ids and the names of variables and members."""
    if isinstance(value, dict):
        for member, below in value.items():
            yield from () if member.isalpha() else (member,)
            yield from _of_credential(below, member)
    elif isinstance(value, list):
        for below in value:
            yield from _of_credential(below, name)
    elif isinstance(value, str | int | float) and len(str(value)) >= _SHORTEST:
        word = str(value)
        is_name = name == Kept.ENVIRONMENT and word.isupper() and _VARIABLE.fullmatch(word)
        yield from () if is_name or (name == "clientId" and _GUID.fullmatch(word)) else (word,)
