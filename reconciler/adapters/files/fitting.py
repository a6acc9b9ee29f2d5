"""A value that fitted its schema before in, that it does out, with nothing loaded to check it: marks in a folder.

Loading a validator and building it for a schema takes ten times as long as reading a configuration does. What a value
came to hangs on nothing but the value, the schema and the program, so a file named by a hash of all three says it. It
says so in itself too: one that was only moved to that name vouches for nothing. A mark that is not the owner's alone is
not there. Nothing that decides on a write asks here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from reconciler.adapters.files.owned import opened, put
from reconciler.desired import Checker, Document
from reconciler.errors import Problem

# Each variable that stands for a part of the configuration is a value of its own.
MOST_MARKS = 128
_ENDING = ".fits"


class Recalling(Checker):
    """A checker that leaves a mark in ``folder`` for each value that fits. ``program``: what else that hangs on."""

    def __init__(self, schema: Mapping[str, Any], folder: Path, program: object) -> None:
        super().__init__(schema)
        self._folder, self._by = folder, repr((program, self.schema))

    def problems(self, document: Document) -> tuple[Problem, ...]:
        """Return what is wrong with a document, () when it fits; of very many problems the first."""
        told = repr((self._by, document.value)).encode(errors="surrogatepass")
        word = sha256(told).hexdigest()
        mark = self._folder / f"{word[:32]}{_ENDING}"
        if _says(mark, word):
            return ()
        found = super().problems(document)
        if not found:
            # Whoever keeps the rest in this folder will say why nothing can be kept there.
            with suppress(OSError):
                put(mark, (word.encode(),), _ENDING, MOST_MARKS)
        return found


def _says(mark: Path, word: str) -> bool:
    file = opened(mark)
    if file is None:
        return False
    with file:
        return file.read(len(word) + 1) == word.encode()
