"""What each file names its tenant by, and what a live one answers to, in; other files for the same live tenant out."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock


class Rivals:
    """Knows by which words each declared tenant was seen to go, so that two files for one live tenant are found."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._words: dict[str, frozenset[str]] = {}
        # The other way round, for a fleet is looked through at each pass.
        self._names: dict[str, set[str]] = {}

    def declared(self, declarations: Mapping[str, str]) -> None:
        """Take the names there are now, each with the word its file names the tenant by."""
        with self._lock:
            seen = self._words
            self._words = {
                name: frozenset({word, *seen.get(name, ())}) for name, word in declarations.items()
            }
            self._names = {}
            for name, words in self._words.items():
                self._note(name, words)

    def __call__(self, name: str, words: frozenset[str]) -> frozenset[str]:
        """Note the words a live tenant answers to; return the others that are declared as the same one."""
        with self._lock:
            if name in self._words and not words <= self._words[name]:
                self._words[name] |= words
                self._note(name, words)
            return frozenset(name for word in words for name in self._names.get(word, ())) - {name}

    def _note(self, name: str, words: frozenset[str]) -> None:
        for word in words:
            self._names.setdefault(word, set()).add(name)
