"""What stands in a conversation and what it should say in, what to write there out: create, edit, close, or nothing.

A comment or an issue is ours if our account wrote it and its first line is our hidden marker. Both are asked for:
anybody can paste a marker, and an account may write other things too. What only quotes a marker does not begin
with it. Two runs at once may both have created one; the oldest is kept and edited, the others point to it.

An issue is closed only when every tenant it names was seen without its cause. What was not looked at, or could not
be read, is never taken as put right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.messages import say

DIGEST = re.compile("sha256:[0-9a-f]{64}")
NAME = re.compile("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
# More names than this would not fit a hidden line; the issue then speaks of the whole fleet.
MOST_NAMED = 400
WHOLE_FLEET = "*"
_DRIFT = re.compile(r"<!-- reconciler:drift ([a-z0-9-]{1,100}) -->")
_TENANTS = re.compile(r"<!-- reconciler:tenants ([^<>]*) -->")
_COMMAND = re.compile("^/(?=[a-z])", re.MULTILINE)
_APPROVABLE = re.compile(r"<!-- reconciler:digest (sha256:[0-9a-f]{64}) -->")


class Verb(StrEnum):
    """What there is to do. KEEP: it already says what it should. HOLD: it stays open, since not all was seen."""

    CREATE = "create"
    UPDATE = "update"
    CLOSE = "close"
    KEEP = "keep"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Entry:
    """A comment or an open issue as the host shows it.

    ``number`` orders them, oldest first; ``ref`` is how the host addresses it, for the adapter alone.
    """

    number: int
    author: str
    body: str
    title: str = ""
    ref: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do; ``entry`` is what it is done to (None for CREATE), ``key`` the cause an issue is about."""

    verb: Verb
    body: str
    entry: Entry | None = None
    title: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What one issue should say: the stable ``key`` of a cause, and the tenants it stands in."""

    key: str
    title: str
    text: str
    tenants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a look reached: ``seen`` are the tenants about which nothing is in doubt.

    ``doubtful`` are keys that were met but not confirmed, or that something under way explains. ``whole``: no
    tenant of the fleet is left out or in doubt.
    """

    seen: frozenset[str]
    doubtful: frozenset[str] = frozenset()
    whole: bool = False


def marker(name: str = "") -> str:
    """Return the hidden first line of the comment; ``name`` keeps the comments of several plans apart."""
    return f"<!-- reconciler:plan:{name} -->" if name else "<!-- reconciler:plan -->"


def comment_body(text: str, name: str = "", digest: str = "") -> str:
    """Return the whole comment: the marker, the digest that may be approved (if any), and the text."""
    first = marker(name)
    hidden = [first, f"<!-- reconciler:digest {digest} -->"] if digest else [first]
    return "\n".join([*hidden, "", _folded(text).removeprefix(first).lstrip("\n")]) + "\n"


def one_comment(there: Iterable[Entry], me: str, body: str) -> tuple[Deed, ...]:
    """Return what makes exactly one comment of ours say ``body``, whose first line is its marker."""
    first = body.split("\n", 1)[0]
    ours = _ours(there, me, first)
    if not ours:
        return (Deed(Verb.CREATE, body),)
    oldest, *others = ours
    verb = Verb.KEEP if _same(oldest.body, body) else Verb.UPDATE
    superseded = first.replace(" -->", ":superseded -->") + "\n\n" + say("hosts.superseded") + "\n"
    return (Deed(verb, body, oldest), *(Deed(Verb.UPDATE, superseded, other) for other in others))


def one_issue_each(
    there: Iterable[Entry], me: str, topics: Sequence[Topic], looked: Looked
) -> tuple[Deed, ...]:
    """Return what makes the open issues of ours say ``topics``, one each; of ``there``, only open ones are given."""
    standing = _by_key(there, me)
    wanted = {topic.key: topic for topic in topics}
    deeds = [deed for key in wanted for deed in _about(wanted[key], standing.get(key, []), looked)]
    gone = (key for key in standing if key not in wanted)
    return (*deeds, *(deed for key in gone for deed in _gone(key, standing[key], looked)))


def digest_in(there: Iterable[Entry], me: str, name: str = "") -> tuple[Entry, str] | None:
    """Return our comment and the digest it shows; None where there is no such comment, or it shows none."""
    ours = _ours(there, me, marker(name))
    if not ours:
        return None
    found = _APPROVABLE.fullmatch([*_lines(ours[0].body), ""][1])
    return (ours[0], found[1]) if found else None


def _ours(there: Iterable[Entry], me: str, first: str) -> list[Entry]:
    return sorted((e for e in there if e.author == me and _lines(e.body)[0] == first), key=lambda e: e.number)


def _by_key(there: Iterable[Entry], me: str) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in sorted(there, key=lambda e: e.number):
        key = _DRIFT.fullmatch(_lines(entry.body)[0])
        if key and entry.author == me:
            found.setdefault(key[1], []).append(entry)
    return found


def _about(topic: Topic, standing: Sequence[Entry], looked: Looked) -> Iterator[Deed]:
    """One cause that is there: the oldest issue says it, any other is closed as the same."""
    if not standing:
        yield Deed(Verb.CREATE, _issue_body(topic, ()), title=topic.title, key=topic.key)
        return
    oldest, *others = standing
    named = _named(oldest)
    unseen = tuple(t for t in named if t not in looked.seen | {*topic.tenants})
    body = _issue_body(topic, () if looked.whole and WHOLE_FLEET in named else unseen)
    same = _same(oldest.body, body) and oldest.title == topic.title
    yield Deed(Verb.KEEP if same else Verb.UPDATE, body, oldest, topic.title, topic.key)
    for other in others:
        yield _closing(other, topic.key, say("hosts.issue-same", number=oldest.number))


def _gone(key: str, standing: Sequence[Entry], looked: Looked) -> Iterator[Deed]:
    """One cause that no tenant shows any more, or that nobody could look for."""
    for entry in standing:
        named = _named(entry)
        all_seen = looked.whole if WHOLE_FLEET in named else looked.seen.issuperset(named)
        if key in looked.doubtful or not named or not all_seen:
            yield Deed(Verb.HOLD, entry.body, entry, entry.title, key)
        else:
            yield _closing(entry, key, say("hosts.issue-gone"))


def _closing(entry: Entry, key: str, why: str) -> Deed:
    hidden, text = _parted(entry.body)
    return Deed(Verb.CLOSE, "\n".join([*hidden, "", why, "", *text]).rstrip() + "\n", entry, entry.title, key)


def _issue_body(topic: Topic, unseen: Sequence[str]) -> str:
    tenants = sorted({*topic.tenants, *unseen})
    many = WHOLE_FLEET in tenants or len(tenants) > MOST_NAMED
    named = WHOLE_FLEET if many else " ".join(tenants)
    hidden = [f"<!-- reconciler:drift {topic.key} -->", f"<!-- reconciler:tenants {named} -->"]
    carried = [say("hosts.issue-unseen", names=", ".join(unseen)), ""] if unseen and not many else []
    return "\n".join([*hidden, "", *carried, _folded(topic.text)]) + "\n"


def _named(entry: Entry) -> tuple[str, ...]:
    """The tenants an issue says it is about; none where that line was taken out by hand."""
    found = _TENANTS.fullmatch([*_lines(entry.body), ""][1])
    return tuple(found[1].split()) if found else ()


def _parted(body: str) -> tuple[list[str], list[str]]:
    """The hidden lines at the head, and what people read."""
    lines = _lines(body)
    hidden = next((n for n, line in enumerate(lines) if not line.startswith("<!-- reconciler:")), len(lines))
    return lines[:hidden], "\n".join(lines[hidden:]).strip("\n").split("\n")


def _lines(body: str) -> list[str]:
    return [line.rstrip() for line in _folded(body).split("\n")]


def _same(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)


def _folded(body: str) -> str:
    """Hosts keep line ends of their own and cut blanks at the end; neither is news."""
    return body.replace("\r\n", "\n").rstrip()


def inert(body: str) -> str:
    """Return the text with no line that GitLab would take as a command (``/close``); our own text has none."""
    return _COMMAND.sub(r"\\/", body)
