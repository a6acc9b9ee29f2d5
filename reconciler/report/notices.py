"""What is to be told and a language in, subject and body for people out: plain text, each line of ours.

Names come from files we do not control: whatever could end a header, move a cursor or pass for another line is shown
as an escape. What can be markup in a chat is replaced there by what looks like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.messages import WORDS, Language
from reconciler.notices import Change, Notice
from reconciler.notices.digesting import Digest, Group
from reconciler.report.letters import quoted
from reconciler.report.lines import safe

LONGEST_SUBJECT = 150
LONGEST_NAME = 100
LONGEST_CHAT = 1_800
Table = Mapping[str, str]
# Mentions, links, code and the tags of several chats are made of these.
_MARKUP = str.maketrans({"@": "(at)", "<": "‹", ">": "›", "[": "(", "]": ")", "`": "'"})


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads. The subject is one line, however long its names were."""

    subject: str
    body: str

    def for_chat(self) -> Message:
        """The same without anything a chat could take for markup, and not longer than chats take."""
        body = self.body.translate(_MARKUP)
        return Message(self.subject.translate(_MARKUP), _clipped(body, LONGEST_CHAT))


def message_of(contents: Notice | Digest, language: Language, page_url: str = "") -> Message:
    """Write it for people. ``page_url``: where the status page is, "" if nobody has said so."""
    words = WORDS[language]
    if isinstance(contents, Digest):
        return _digest(contents, words, page_url)
    return _notice(contents, words, page_url)


def page_of(tenant: str, page_url: str) -> str:
    """Return the address of a tenant's page, or of the fleet's for what is of no tenant; "" if there is none."""
    if not page_url or not tenant:
        return page_url
    # A name that is no text can stand in no address; its escape at least says whose it was.
    return f"{page_url}/tenants/{quoted(safe(tenant))}"


def _notice(notice: Notice, words: Table, page_url: str) -> Message:
    matter = notice.matter
    name = _name(matter.tenant or matter.fleet) or words["notice.the-loop"]
    said = words[f"notice.{notice.change}"].format(word=_spelt(notice, words))
    subject = words["notice.subject"].format(name=name, what=said)
    head = [f"{words[f'notice.label.{label}']}: {value}" for label, value in _head(notice, words) if value]
    foot = [
        f"{words[f'notice.label.{label}']}: {value}"
        for label, value in (
            ("page", page_of(matter.tenant, page_url)),
            ("commit", safe(matter.commit or "")),
            ("reference", notice.id),
        )
        if value
    ]
    parts = ("\n".join(head), "\n".join(_told(notice, name, words)), "\n".join(foot))
    return Message(_clipped(subject, LONGEST_SUBJECT), "\n\n".join(parts) + "\n")


def _head(notice: Notice, words: Table) -> Iterator[tuple[str, str]]:
    matter, over = notice.matter, notice.change in (Change.RECOVERED, Change.WITHDRAWN)
    yield "tenant", _name(matter.tenant)
    yield "source", _name(matter.fleet)
    yield "about", _name(matter.subject)
    yield "severity", words[f"notice.severity.{matter.word.severity}"]
    yield "since", "" if over else _time(notice.opened_at, words)
    yield "lasted", _length(notice.at - notice.opened_at, words) if over else ""


def _told(notice: Notice, name: str, words: Table) -> Iterator[str]:
    matter = notice.matter
    if notice.change is Change.RECOVERED:
        yield words["notice.over"]
        return
    if notice.change is Change.WITHDRAWN:
        yield words["notice.unwatched"]
        return
    yield words[f"notice.means.{matter.word.kind}"]
    details = safe(" ".join(part for part in (matter.sentence, matter.remedy) if part))
    if details:
        yield f"{words['notice.label.details']}: {details}"
    following = words[f"notice.next.{matter.word.kind}"].format(name=name, subject=_name(matter.subject))
    yield f"{words['notice.label.next']}: {following}"


def _spelt(notice: Notice, words: Table) -> str:
    """``stalled (RoleMissing)``; what has changed also says what it was."""
    word, before = notice.matter.word, notice.before
    facts = {"kind": words[f"notice.kind.{word.kind}"], "reason": _name(word.reason)}
    if before is not None and before.reason != word.reason:
        return words["notice.moved"].format(before=_name(before.reason), **facts)
    return words["notice.word"].format(**facts)


def _digest(digest: Digest, words: Table, page_url: str) -> Message:
    standing = sum(group.count for group in digest.standing)
    subject = words["notice.digest.subject"].format(news=digest.moves, standing=standing)
    since = words["notice.digest.news"].format(since=_time(digest.since, words))
    news = [_line(group, words) for group in digest.news]
    if digest.left_out:
        news.append(words["notice.digest.left-out"].format(count=digest.left_out))
    stand = [_line(group, words) for group in digest.standing]
    parts = [
        _section(since, news, words["notice.digest.nothing"]),
        _section(words["notice.digest.standing"], stand, words["notice.digest.nothing-stands"]),
    ]
    if page_url:
        parts.append(f"{words['notice.label.page']}: {page_url}")
    return Message(subject, "\n\n".join(parts) + "\n")


def _section(title: str, lines: Sequence[str], nothing: str) -> str:
    return "\n".join([f"{title}:", *(f"* {line}" for line in lines or (nothing,))])


def _line(group: Group, words: Table) -> str:
    word = words["notice.word"].format(
        kind=words[f"notice.kind.{group.word.kind}"], reason=_name(group.word.reason)
    )
    if group.change is None:
        said = words["notice.digest.stands"].format(count=group.count, word=word)
    else:
        change = words[f"notice.digest.change.{group.change}"]
        said = words["notice.digest.group"].format(count=group.count, word=word, change=change)
        if group.times > group.count:
            said = words["notice.digest.times"].format(group=said, times=group.times)
    names = ", ".join(map(_name, group.names))
    if group.more:
        names = words["notice.digest.more"].format(names=names, more=group.more)
    return words["notice.digest.names"].format(group=said, names=names) if names else said


def _time(at: datetime, words: Table) -> str:
    return words["notice.time"].format(at=at.astimezone(UTC))


def _length(lasted: timedelta, words: Table) -> str:
    minutes = max(0, lasted // timedelta(minutes=1))
    if minutes < 60:
        return words["notice.minutes"].format(minutes=minutes)
    if minutes < 24 * 60:
        return words["notice.hours"].format(hours=minutes // 60, minutes=minutes % 60)
    return words["notice.days"].format(days=minutes // (24 * 60), hours=minutes // 60 % 24)


def _name(text: str) -> str:
    return _clipped(safe(text), LONGEST_NAME)


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
