"""Words of a whole fleet in, whether one is there twice out; nothing is held of a word but its hash."""

from __future__ import annotations

from array import array


class Words:
    """Words of which each should be there once. Those of a part are held, for what it came to to be kept.

    Once parts are joined, hashes are left of them. Two words of one hash are as good as one word twice: whoever asks
    looks closer.
    """

    def __init__(self, texts: list[str] | None = None) -> None:
        self.texts = [] if texts is None else texts
        self.hashes = array("q")

    def add(self, *words: str) -> None:
        """Note words of this part."""
        self.texts += words

    def join(self, other: Words) -> None:
        """Take the words of another part."""
        self.hashes.extend(other.hashes)
        self.hashes.extend(map(hash, other.texts))

    def hashed(self) -> array[int]:
        """Return the hashes of all."""
        self.hashes.extend(map(hash, self.texts))
        self.texts.clear()
        return self.hashes

    def repeat(self) -> bool:
        """Say whether a word may be there twice."""
        return len(set(self.hashed())) < len(self.hashes)
