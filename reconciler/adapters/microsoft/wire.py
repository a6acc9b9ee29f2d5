"""Parsed JSON in, facts out: each member known, or Unknown with what stood in its place.

The services print one thing in several ways (PC 2.4, PC 17, Graph 6.8): members in camelCase or PascalCase, words
in snake_case, PascalCase, with a blank at the end or as a number, dates with none to seven digits of a second, bare,
or with blanks in them. Every one of these ways is taken. Whatever else stands there is no guess of ours: it is
Unknown, and nothing here raises. How large and how deep an answer may be is bounded by the caller, before it is
parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeVar

from reconciler.messages import say
from reconciler.observe import Fact, Unknown

T = TypeVar("T")

# Larger numbers are no count of anything here, and Python takes long over numbers of thousands of digits.
MOST: Final = 2**53
LONGEST_WORD: Final = 100
LONGEST_SHOWN: Final = 40
LONGEST_NUMBER: Final = 24
NO_NUMBERS: Final[Mapping[int, str]] = {}

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
# "InProgress" and "OnlineServicesNCE": a small letter before a large one, and the last of several large ones.
_SEAM = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HALF = re.compile("[\ud800-\udfff]")
_GAP = re.compile(r"[\s_-]+")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ]\s*(\d\d)\s*:\s*(\d\d)(?:\s*:\s*(\d\d)(?:[.,](\d{1,9}))?)?\s*([Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?",
    re.ASCII,
)


class _Nothing:
    """What stands where nothing stands; JSON's null counts as that too (PC 2.4)."""

    __slots__ = ()


NOTHING: Final = _Nothing()
# The member stands there in two spellings; and what was asked for it is no object, so it can not say "none" either.
TWICE: Final = _Nothing()
NOWHERE: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class Body:
    """A view of one value of an answer. ``path`` says where it stands (``items[0].status``), for reasons.

    A member is found whatever the case of its letters; the exact one wins. Several names are several ways to
    spell one member, the first that is there counts. Each reader returns the fact, or Unknown; none raises.
    """

    value: object
    path: str = ""

    @property
    def there(self) -> bool:
        """Is anything there at all? Null is nothing."""
        return not isinstance(self.value, _Nothing) and self.value is not None

    @property
    def absent(self) -> bool:
        """Was it left out of an object that is there (or null in it)? Only then may it mean "none"."""
        return self.value is NOTHING or self.value is None

    @property
    def missing(self) -> Unknown:
        """Why there is nothing here, or that what is here is not what was looked for."""
        where = self.path or say("microsoft.reason.whole")
        if self.value is TWICE:
            return Unknown(say("microsoft.reason.twice", member=where))
        if not self.there and not self.path:
            return Unknown(say("microsoft.reason.empty"))
        if not self.there:
            return Unknown(say("microsoft.reason.left-out", member=where))
        return self.odd(say("microsoft.like.there"))

    def odd(self, like: str) -> Unknown:
        """Return why the value here is not known: ``like`` says what was looked for."""
        where = self.path or say("microsoft.reason.whole")
        return Unknown(say("microsoft.reason.odd", member=where, found=shown(self.value), like=like))

    def at(self, *names: str) -> Body:
        """Return the member of that name, whether or not it is there."""
        if not isinstance(self.value, dict):
            return Body(NOWHERE, self._below(names[0]))
        for name in names:
            found = _member(self.value, name)
            if found is not NOTHING and found is not None:
                return Body(found, self._below(name))
        return Body(NOTHING, self._below(names[0]))

    def text(self, *names: str) -> Fact[str]:
        """Return a text without blanks around it; a whole number is taken for its digits, an empty text for none."""
        return self._read(names, _text, "text")

    def key(self, *names: str) -> Fact[str]:
        """Return an identifier: a GUID in small letters, so that two can be compared; any other text as it is."""
        found = self.text(*names)
        return found if isinstance(found, Unknown) else same_form(found)

    def guid(self, *names: str) -> Fact[str]:
        """Return a GUID in small letters."""
        return self._read(names, _guid, "guid")

    def word(self, *names: str, numbers: Mapping[int, str] = NO_NUMBERS) -> Fact[str]:
        """Return a word of a closed set in kebab-case: "in-progress" for ``InProgress``, ``in_progress``.

        ``numbers`` names the numbers a word may come as; one it does not have passes through as its digits, as an
        unknown word does as itself.
        """
        return self._read(names, lambda value: _word(value, numbers), "word")

    def number(self, *names: str) -> Fact[int]:
        """Return a whole number, also one given as text ("3600") or with nothing behind its point; never of a flag."""
        return self._read(names, _number, "number")

    def count(self, *names: str) -> Fact[int]:
        """Return a whole number that is not below zero."""
        return self._read(names, _count, "count")

    def flag(self, *names: str) -> Fact[bool]:
        """Return true or false, also where it is given as text; never of a number."""
        return self._read(names, _flag, "flag")

    def moment(self, *names: str) -> Fact[datetime | None]:
        """Return a time in UTC, None where the service says never (the years 1 and 9999); a bare one is in UTC."""
        return self._read(names, _moment, "moment")

    def items(self, *names: str) -> Fact[tuple[Body, ...]]:
        """Return what a list holds, in its order, nulls too: nothing of a list is ever left out."""
        found = self.at(*names) if names else self
        if not found.there:
            return found.missing
        if not isinstance(found.value, list):
            return found.odd(say("microsoft.like.list"))
        return tuple(Body(value, f"{found.path}[{n}]") for n, value in enumerate(found.value))

    def texts(self, *names: str) -> Fact[tuple[str, ...]]:
        """Return a list of texts; one that holds anything else is not known."""
        return each(self.items(*names), Body.text)

    def keys(self, *names: str) -> Fact[tuple[str, ...]]:
        """Return a list of identifiers, as ``key`` reads one."""
        return each(self.items(*names), Body.key)

    def _below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _read(self, names: tuple[str, ...], read: Callable[[object], T | _Nothing], like: str) -> Fact[T]:
        if names and isinstance(self.value, dict) and (exact := self.value.get(names[0])) is not None:
            # Nearly all there is to read, and where it stands is of interest only if it can not be read.
            value = read(exact)
            if not isinstance(value, _Nothing):
                return value
        found = self.at(*names) if names else self
        if not found.there:
            return found.missing
        value = read(found.value)
        # ``NOTHING`` is a reader's no; None is a value of its own (a moment that never comes).
        return found.odd(say(f"microsoft.like.{like}")) if isinstance(value, _Nothing) else value


def _member(values: Mapping[object, object], name: str) -> object:
    """The value under ``name``, else the one under another spelling of it; of two other spellings neither."""
    if name in values:
        return values[name]
    wanted = name.casefold()
    found = [value for key, value in values.items() if isinstance(key, str) and key.casefold() == wanted]
    if not found:
        return NOTHING
    return found[0] if len(found) == 1 else TWICE


def each(items: Fact[tuple[Body, ...]], read: Callable[[Body], Fact[T]]) -> Fact[tuple[T, ...]]:
    """Return every item as ``read`` reads it; one that is not known makes the whole list not known."""
    if isinstance(items, Unknown):
        return items
    done: list[T] = []
    for item in items:
        value = read(item)
        if isinstance(value, Unknown):
            return value
        done.append(value)
    return tuple(done)


def records(items: Fact[tuple[Body, ...]], read: Callable[[Body], T]) -> Fact[tuple[T, ...]]:
    """Return every item as ``read`` makes a record of it; what is not known of one stands in that one."""
    return items if isinstance(items, Unknown) else tuple(read(item) for item in items)


def some(body: Body, read: Callable[[Body], T]) -> Fact[tuple[T, ...]]:
    """Return the records of a list, none where it was left out: only for lists that are left out when empty."""
    return () if body.absent else records(body.items(), read)


def is_guid(text: str) -> bool:
    """Does ``text`` read as a GUID, in small letters or large?"""
    return _GUID.fullmatch(text) is not None


def same_form(text: str) -> str:
    """Return an identifier as it is compared: a GUID in small letters, anything else as it is."""
    return text.lower() if is_guid(text) else text


def same(one: str, other: str) -> bool:
    """Are these the same identifier? GUIDs come in small letters and in large (PC 2.4, Graph 6.2)."""
    return one.casefold() == other.casefold()


@lru_cache(maxsize=512)
def kebab(text: str) -> str:
    """Return a word the way we write words: "serviceOperational", "Service_Operational " -> service-operational."""
    return _GAP.sub("-", _SEAM.sub("-", text.strip())).strip("-").lower()


def shown(value: object) -> str:
    """Return what stood there in a few words, never more of it than a line can take."""
    if isinstance(value, dict):
        return say("microsoft.found.object")
    if isinstance(value, list):
        return say("microsoft.found.list", count=len(value))
    if isinstance(value, str) and not value.strip():
        return say("microsoft.found.empty")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) <= MOST else say("microsoft.found.huge")
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return f"{value[:LONGEST_SHOWN]!r}..."
    return repr(value)


def _text(value: object) -> str | _Nothing:
    if isinstance(value, str):
        # Half of a character pair can be written nowhere: not to a screen, a file, or an address.
        return NOTHING if _HALF.search(value) else value.strip() or NOTHING
    number = _number(value) if isinstance(value, int) else NOTHING
    return number if isinstance(number, _Nothing) else str(number)


def _guid(value: object) -> str | _Nothing:
    text = _text(value)
    return text.lower() if isinstance(text, str) and is_guid(text) else NOTHING


def _word(value: object, numbers: Mapping[int, str]) -> str | _Nothing:
    number = _number(value)
    if not isinstance(number, _Nothing):
        return numbers.get(number, str(number))
    if not isinstance(value, str) or len(value) > LONGEST_WORD or not value.isprintable():
        return NOTHING
    return kebab(value) or NOTHING


def _number(value: object) -> int | _Nothing:
    if isinstance(value, bool):
        return NOTHING
    if isinstance(value, str):
        text = value.strip()
        if len(text) > LONGEST_NUMBER or not _WHOLE.fullmatch(text):
            return NOTHING
        return _number(int(text.split(".")[0]))
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MOST else NOTHING
    return value if isinstance(value, int) and abs(value) <= MOST else NOTHING


def _count(value: object) -> int | _Nothing:
    number = _number(value)
    return number if isinstance(number, int) and number >= 0 else NOTHING


def _flag(value: object) -> bool | _Nothing:
    if isinstance(value, bool):
        return value
    text = value.strip().casefold() if isinstance(value, str) else ""
    return {"true": True, "false": False}.get(text, NOTHING)


def _moment(value: object) -> datetime | _Nothing | None:
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return NOTHING
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    micro = int((found[7] or "")[:6].ljust(6, "0"))
    try:
        local = datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)
    except ValueError:
        return NOTHING
    # "Never" is told as the first or the last year there is, and takes no offset.
    return None if year in (1, 9999) else local - _offset(found[8])


def _offset(text: str | None) -> timedelta:
    if text is None or text in "Zz":
        return timedelta()
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return -size if text[0] == "-" else size
