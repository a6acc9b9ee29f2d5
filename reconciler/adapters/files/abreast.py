"""Tenant files and live-state files in, what they say out, file by file of both sides in turn; nothing is kept.

The files of both sides usually come in one order, by the tenant's name. So a tenant's declaration and its state are
read shortly after one another, and who takes them need not hold a fleet of either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from reconciler.adapters.files.answers import Answers
from reconciler.adapters.files.reading import text_of
from reconciler.desired import Checker, FileRead, Kind, TenantReader, decode, read_documents
from reconciler.errors import FilesBroken, Problem
from reconciler.meeting import Pair

Documents = Sequence[dict[str, Any]]
NOBODY = FileRead((), ())


class Turn(NamedTuple):
    """What the next file of each side says, or only what was kept of what the two of them came to.

    ``keep`` keeps what they came to, which must hang on nothing else.
    """

    read: FileRead = NOBODY
    documents: Documents = ()
    pair: Pair | None = None
    keep: Callable[[Pair], None] | None = None


class Abreast:
    """Reads both sides; with ``answers``, it opens no file that is known."""

    def __init__(self, reader: TenantReader, checker: Checker, answers: Answers | None = None) -> None:
        self._reader, self._checker, self._answers = reader, checker, answers

    def turns(self, tenant_files: Sequence[str], live_files: Sequence[str]) -> Iterator[Turn]:
        """Yield what there is, turn by turn. Raises FilesBroken for the first live file with a problem."""
        for tenant_file, live_file in zip_longest(tenant_files, live_files):
            if self._answers is not None and tenant_file is not None and live_file is not None:
                yield self._known(self._answers, tenant_file, live_file)
                continue
            yield Turn(
                NOBODY if tenant_file is None else self._read(tenant_file, text_of(tenant_file)),
                () if live_file is None else self._states(live_file, text_of(live_file)),
            )

    def _known(self, answers: Answers, tenant_file: str, live_file: str) -> Turn:
        found = answers.ask(tenant_file, live_file)
        if isinstance(found, Problem):
            # One of the two can not be read; the other one may.
            return Turn(
                self._read(tenant_file, text_of(tenant_file)), self._states(live_file, text_of(live_file))
            )
        if found.pair is not None:
            return Turn(pair=found.pair)
        assert found.tenant.data is not None
        assert found.live.data is not None
        return Turn(
            self._read(tenant_file, decode(found.tenant.data, tenant_file)),
            self._states(live_file, decode(found.live.data, live_file)),
            keep=lambda pair: answers.keep(tenant_file, live_file, found, pair),
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
