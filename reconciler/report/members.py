"""A parsed document in, one member of it at a time out, of the type it must be; else PlanRefused with its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, NoReturn, TypeVar

from reconciler.errors import PlanRefused
from reconciler.messages import say

Word = TypeVar("Word", bound=StrEnum)
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class At:
    """A value of a parsed document and the path that leads to it; each reader refuses what it is not for."""

    value: Any
    path: str

    def of(self, name: str) -> At:
        """The member of that name, which has to be there."""
        path = f"{self.path}.{name}" if self.path else name
        if not isinstance(self.value, dict):
            self.refuse(say("document.not-like", like="an object"))
        if name not in self.value:
            At(None, path).refuse(say("document.missing"))
        return At(self.value[name], path)

    def each(self) -> Iterator[At]:
        """The entries of a list."""
        if not isinstance(self.value, list):
            self.refuse(say("document.not-like", like="a list"))
        return (At(item, f"{self.path}[{index}]") for index, item in enumerate(self.value))

    def each_if_there(self, name: str) -> Iterator[At]:
        """The entries of a list that older change plans of this format do not have."""
        there = isinstance(self.value, dict) and name in self.value
        return self.of(name).each() if there else iter(())

    def text(self) -> str:
        """A text."""
        if not isinstance(self.value, str):
            self.refuse(say("document.not-like", like="a text"))
        return str(self.value)

    def text_or_null(self) -> str | None:
        """A text, or nothing."""
        return None if self.value is None else self.text()

    def count(self) -> int:
        """A whole number, 0 or more."""
        # A bool is an int to Python, and true is not 1 licence.
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            self.refuse(say("document.not-like", like="a whole number"))
        return int(self.value)

    def count_or_null(self) -> int | None:
        """A whole number, or nothing."""
        return None if self.value is None else self.count()

    def count_if_there(self, name: str) -> int:
        """A number that older change plans of this format do not have: then it is none."""
        there = isinstance(self.value, dict) and name in self.value
        return self.of(name).count() if there else 0

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            self.refuse(say("document.not-like", like="true or false"))
        return bool(self.value)

    def word(self, words: type[Word]) -> Word:
        """One of a closed set of words."""
        if self.text() not in words_of(words):
            self.refuse(say("document.not-like", like="one of " + ", ".join(words)))
        return words(self.value)

    def moment(self) -> datetime:
        """A time with its zone, in UTC."""
        text = self.text()
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.refuse(say("document.not-like", like="a time"))
        if at.tzinfo is None:
            self.refuse(say("document.not-like", like="a time with its zone"))
        return at.astimezone(UTC)

    def day(self) -> date:
        """A day."""
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            self.refuse(say("document.not-like", like="a day"))

    def covered(self) -> dict[str, Any]:
        """An object as it stands there, for what is compared as a whole."""
        if not isinstance(self.value, dict):
            self.refuse(say("document.not-like", like="an object"))
        return dict(self.value)

    def refuse(self, problem: str) -> NoReturn:
        """Raise PlanRefused: what is wrong, and where."""
        raise PlanRefused(say("document.not-a-plan", path=self.path or "the whole of it", problem=problem))


@cache
def words_of(words: type[StrEnum]) -> frozenset[str]:
    """Return the words of a closed set, to look one up in."""
    return frozenset(words)


def if_there(at: At, name: str, read: Callable[[At], Read]) -> Read | None:
    """Read a member, unless it is null or not there, as older change plans of this format have it."""
    there = isinstance(at.value, dict) and at.value.get(name) is not None
    return read(at.of(name)) if there else None
