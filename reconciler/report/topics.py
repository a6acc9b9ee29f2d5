"""What ``drift --format json`` printed in, one topic for each cause out, and how far the look reached.

A cause is what its key is made of: whose doing, what kind, plan, field, and by how much. The key has no text of
others in it (they are hashed), no tenant and no time, so it stays the same while a cause spreads or is told again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.conversation import MOST_NAMED, Looked, Topic
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.report.marking import clipped, code, prose, sentence

MAJOR = "1."
MOST_LINES = 100
LONGEST_TITLE = 200
LISTS = ("outside", "service")
DOUBTFUL = ("unconfirmed", "under_way")
Json = Mapping[str, Any]
_NAME = re.compile(r"[^\s<>*]{1,200}")
_WORD = re.compile("[a-z]+(-[a-z]+)*")


def drift_topics(printed: str, file: str) -> tuple[tuple[Topic, ...], Looked]:
    """Return the topics in the order of the document's groups; ``file`` is where it was printed to.

    Raises ReconcilerError for what is no such document, and for one made from snapshots, which confirm nothing.
    """
    reading = _Reading(file)
    document = reading.json(printed)
    reading.refuse_other_format(document)
    tenants = reading.records(document, "tenants")
    if reading.member(document, "snapshot", bool):
        raise ReconcilerError(say("hosts.from-snapshot", file=file))
    groups: dict[str, list[Json]] = {}
    for group in reading.records(document, "groups"):
        groups.setdefault(reading.key(group, reading.optional(group, "delta", int)), []).append(group)
    topics = tuple(_topic(reading, key, same, tenants) for key, same in groups.items())
    return topics, _looked(reading, document, tenants)


class _Reading:
    """Reads members that must be there; one that is not is told with the file it is missing from."""

    def __init__(self, file: str) -> None:
        self._file = file

    def json(self, printed: str) -> Any:
        try:
            return json.loads(printed)
        except (ValueError, RecursionError):
            raise self._refusal(say("hosts.not-drift-json")) from None

    def refuse_other_format(self, document: Any) -> None:
        found = self.member(document, "format_version", str)
        if not found.startswith(MAJOR):
            raise self._refusal(say("hosts.not-drift-major", found=clipped(found, 20)))

    def member(self, record: Any, name: str, kind: type) -> Any:
        value = record.get(name) if isinstance(record, dict) else None
        if type(value) is not kind:
            raise self._refusal(say("hosts.not-drift-member", member=name))
        return value

    def optional(self, record: Json, name: str, kind: type) -> Any:
        return None if record.get(name) is None else self.member(record, name, kind)

    def records(self, record: Any, name: str) -> list[Json]:
        found = self.member(record, name, list)
        if not all(isinstance(entry, dict) for entry in found):
            raise self._refusal(say("hosts.not-drift-member", member=name))
        return list(found)

    def names(self, record: Json) -> list[str]:
        """The tenants of a group; a name of a file has no blank in it, and none that could end a comment."""
        found = self.member(record, "tenants", list)
        if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in found):
            raise self._refusal(say("hosts.not-drift-member", member="tenants"))
        return list(found)

    def word(self, record: Json, name: str) -> str:
        found: str = self.member(record, name, str)
        if not _WORD.fullmatch(found) or len(found) > 40:
            raise self._refusal(say("hosts.not-drift-member", member=name))
        return found

    def key(self, record: Json, delta: int | None) -> str:
        cause, kind = self.word(record, "cause"), self.word(record, "kind")
        likeness = [self.optional(record, "plan", str), self.member(record, "field", str), delta]
        mark = hashlib.sha256(json.dumps([cause, kind, *likeness]).encode()).hexdigest()[:16]
        return f"{cause}-{kind}-{mark}"

    def _refusal(self, why: str) -> ReconcilerError:
        return ReconcilerError(say("hosts.not-drift", file=self._file, why=why))


def _looked(reading: _Reading, document: Json, tenants: list[Json]) -> Looked:
    """A tenant is seen if nothing of it is in doubt; where nothing is remembered of it, nothing counts as drift."""
    seen = frozenset(
        reading.member(tenant, "name", str)
        for tenant in tenants
        if not reading.records(tenant, "unread") and reading.optional(tenant, "baseline_at", str) is not None
    )
    met = (f for tenant in tenants for name in DOUBTFUL for f in reading.records(tenant, name))
    doubtful = frozenset(reading.key(finding, _delta(finding)) for finding in met)
    all_seen = len(seen) == len(tenants) and not reading.member(document, "errored", bool)
    # An issue about more tenants than it can name speaks of the fleet, so a look at a few of them settles nothing.
    return Looked(seen, doubtful, whole=all_seen and len(tenants) > MOST_NAMED)


def _delta(finding: Json) -> int | None:
    """By how much a number of licences moved, as a group tells it."""
    before = finding.get("declared" if finding.get("cause") == "wanted" else "before")
    live = finding.get("live")
    if finding.get("field") != "licenses" or type(live) is not int or type(before) is not int:
        return None
    return live - before


def _topic(reading: _Reading, key: str, groups: list[Json], tenants: list[Json]) -> Topic:
    names = sorted({name for group in groups for name in reading.names(group)})
    what = reading.member(groups[0], "message", str)
    found = [part for tenant in tenants for part in _parts(reading, tenant, key)]
    shown = [line for line, _ in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        shown.append(say("hosts.issue-more", count=len(found) - MOST_LINES))
    advice = sorted({told for _, told in found if told})
    head = say(f"hosts.cause.{reading.word(groups[0], 'cause')}", what=prose(what))
    told = [say("hosts.issue-next", advice=sentence(one)) for one in advice[:1]]
    text = "\n\n".join([head, "\n".join(shown), *told, say("hosts.issue-closes")])
    return Topic(key, _title(what), text, tuple(names))


def _parts(reading: _Reading, tenant: Json, key: str) -> Iterator[tuple[str, str]]:
    """A line for each finding of this cause in a tenant, and its advice. No line changes from look to look."""
    name = reading.member(tenant, "name", str)
    for finding in (f for listed in LISTS for f in reading.records(tenant, listed)):
        if reading.key(finding, _delta(finding)) != key:
            continue
        facts = {"tenant": code(name), "what": prose(reading.member(finding, "message", str))}
        first = reading.optional(finding, "first_seen", str)
        dated = say("hosts.issue-in", first=prose(first), **facts) if first else None
        yield dated or say("hosts.issue-in-undated", **facts), reading.member(finding, "advice", str)


def _title(what: str) -> str:
    """A title is shown as it is; an account named in one would be told of it at GitLab."""
    plain = "".join(c if c.isprintable() else " " for c in what).replace("@", "(at)")
    return clipped(say("hosts.issue-title", what=plain), LONGEST_TITLE)
