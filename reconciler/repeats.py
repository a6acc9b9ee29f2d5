"""Words of a whole fleet in, whether one is there twice out; nothing is held of a word but its hash."""

from __future__ import annotations

from array import array
from hashlib import blake2b


def hash_of(word: str) -> int:
    """Return the hash of a word, the same in every process; Python's own is not."""
    return int.from_bytes(blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)


class Words:
    """Words of which each should be there once.

    Two words of one hash are as good as one word twice: whoever asks looks closer.
    """

    def __init__(self) -> None:
        self._hashes = array("q")

    @classmethod
    def from_text(cls, text: str) -> Words:
        """Return those of which ``text`` tells. Raises ValueError."""
        words = cls()
        words._hashes.frombytes(bytes.fromhex(text))
        return words

    @property
    def text(self) -> str:
        """What is held of them, for processes on machines of the same byte order."""
        return self._hashes.tobytes().hex()

    def add(self, *words: str) -> None:
        """Note more words."""
        self._hashes.extend(map(hash_of, words))

    def join(self, other: Words) -> None:
        """Take the words of another part."""
        self._hashes.extend(other._hashes)

    def hashes(self) -> frozenset[int]:
        """Return the hashes of all."""
        return frozenset(self._hashes)

    def repeat(self) -> bool:
        """Say whether a word may be there twice."""
        return len(self.hashes()) < len(self._hashes)
