"""The contents of a message in, plain data for the store out, and back again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from reconciler.notices import Change, Kind, Matter, Notice, Word
from reconciler.notices.digesting import Digest, Entry, Group

Json = dict[str, Any]


def to_plain(contents: Notice | Digest | Entry) -> Json:
    """Return it as plain data."""
    if isinstance(contents, Notice):
        return {"type": "notice", **_notice(contents)}
    if isinstance(contents, Entry):
        return {"type": "entry", **_entry(contents)}
    return {
        "type": "digest",
        "receiver": contents.receiver,
        "at": contents.at.isoformat(),
        "since": contents.since.isoformat(),
        "news": [_group(group) for group in contents.news],
        "standing": [_group(group) for group in contents.standing],
        "left_out": contents.left_out,
    }


def from_plain(value: Mapping[str, Any]) -> Notice | Digest | Entry:
    """Return what it was; ValueError for what a newer version, or nobody of ours, has written."""
    try:
        return _READERS[value["type"]](value)
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"a message in the outbox can not be read: {wrong!r}") from wrong


def words_of(words: tuple[Word, ...]) -> list[list[str]]:
    """Return words as plain data."""
    return [[str(word.kind), word.reason] for word in words]


def words_from(value: Any) -> tuple[Word, ...]:
    """Return words from plain data; ValueError for one that is none."""
    try:
        return tuple(Word(Kind(kind), str(reason)) for kind, reason in value)
    except TypeError as wrong:
        raise ValueError(f"words of a matter can not be read: {wrong}") from wrong


def _notice(notice: Notice) -> Json:
    matter = notice.matter
    return {
        "change": str(notice.change),
        "word": words_of((matter.word,)),
        "fleet": matter.fleet,
        "tenant": matter.tenant,
        "subject": matter.subject,
        "labels": dict(matter.labels),
        "sentence": matter.sentence,
        "remedy": matter.remedy,
        "commit": matter.commit,
        "at": notice.at.isoformat(),
        "opened_at": notice.opened_at.isoformat(),
        "before": words_of((notice.before,) if notice.before else ()),
    }


def _entry(entry: Entry) -> Json:
    return {
        "change": str(entry.change),
        "word": words_of((entry.word,)),
        "fleet": entry.fleet,
        "tenant": entry.tenant,
        "subject": entry.subject,
        "at": entry.at.isoformat(),
        "times": entry.times,
    }


def _group(group: Group) -> Json:
    return {
        "word": words_of((group.word,)),
        "change": None if group.change is None else str(group.change),
        "count": group.count,
        "names": list(group.names),
        "more": group.more,
        "times": group.times,
    }


def _notice_of(value: Mapping[str, Any]) -> Notice:
    (word,), before = words_from(value["word"]), words_from(value["before"])
    matter = Matter(
        word,
        value["fleet"],
        value["tenant"],
        value["subject"],
        dict(value["labels"]),
        value["sentence"],
        value["remedy"],
        value["commit"],
    )
    return Notice(
        Change(value["change"]),
        matter,
        datetime.fromisoformat(value["at"]),
        datetime.fromisoformat(value["opened_at"]),
        before[0] if before else None,
    )


def _entry_of(value: Mapping[str, Any]) -> Entry:
    (word,), at = words_from(value["word"]), datetime.fromisoformat(value["at"])
    return Entry(
        Change(value["change"]),
        word,
        value["fleet"],
        value["tenant"],
        value["subject"],
        at,
        value["times"],
    )


def _digest_of(value: Mapping[str, Any]) -> Digest:
    return Digest(
        value["receiver"],
        datetime.fromisoformat(value["at"]),
        datetime.fromisoformat(value["since"]),
        tuple(_group_of(group) for group in value["news"]),
        tuple(_group_of(group) for group in value["standing"]),
        value["left_out"],
    )


def _group_of(value: Mapping[str, Any]) -> Group:
    (word,), change = words_from(value["word"]), value["change"]
    names = tuple(map(str, value["names"]))
    return Group(
        word,
        None if change is None else Change(change),
        value["count"],
        names,
        value["more"],
        value["times"],
    )


Reader = Callable[[Mapping[str, Any]], Notice | Digest | Entry]
_READERS: Mapping[str, Reader] = {
    "notice": _notice_of,
    "entry": _entry_of,
    "digest": _digest_of,
}
