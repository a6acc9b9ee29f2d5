"""Tenant files and live-state files in, what they say out, file by file of both sides in turn; nothing is kept.

The files of both sides usually come in one order, by the tenant's name. So a tenant's declaration and its state are
read shortly after one another, and who takes them need not hold a fleet of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from reconciler.adapters.files.answers import TextOf
from reconciler.adapters.files.blocks import Block
from reconciler.desired import Checker, FileRead, Kind, TenantReader, read_documents
from reconciler.errors import FilesBroken, Problem

Documents = Sequence[dict[str, Any]]
NOBODY = FileRead((), ())


class Turn(NamedTuple):
    """What the next file of each side says."""

    read: FileRead = NOBODY
    documents: Documents = ()


class Abreast:
    """Reads both sides."""

    def __init__(self, reader: TenantReader, checker: Checker) -> None:
        self._reader, self._checker = reader, checker

    def turns(self, block: Block, text_of: TextOf) -> Iterator[Turn]:
        """Yield what there is, turn by turn. Raises FilesBroken for the first live file with a problem."""
        for tenant_file, live_file in zip_longest(*block):
            yield Turn(
                NOBODY if tenant_file is None else self._read(tenant_file, text_of(tenant_file)),
                () if live_file is None else self._states(live_file, text_of(live_file)),
            )

    def _read(self, file: str, text: str | Problem) -> FileRead:
        return self._reader.read(file, text) if isinstance(text, str) else FileRead((), (text,))

    def _states(self, file: str, text: str | Problem) -> Documents:
        if not isinstance(text, str):
            raise FilesBroken((text,))
        documents, problems = read_documents(((file, text),), Kind.LIVE_STATE, self._checker)
        if problems:
            raise FilesBroken(problems)
        return [document.value for document in documents]
