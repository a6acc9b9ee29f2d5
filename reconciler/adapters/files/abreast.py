"""Tenant files and live-state files in, what they say out, file by file of both sides in turn; nothing is kept.

The files of both sides usually come in one order, by the tenant's name. So a tenant's declaration and its state are
read shortly after one another, and who takes them need not hold a fleet of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from reconciler.adapters.files.reading import text_of
from reconciler.desired import Checker, FileRead, Kind, TenantReader, read_documents
from reconciler.errors import FilesBroken

Documents = Sequence[dict[str, Any]]


def abreast(
    tenant_files: Sequence[str], live_files: Sequence[str], reader: TenantReader, checker: Checker
) -> Iterator[tuple[FileRead | None, Documents]]:
    """Yield what the next file of each side says. Raises FilesBroken for the first live file with a problem."""
    for tenant_file, live_file in zip_longest(tenant_files, live_files):
        yield (
            None if tenant_file is None else read_tenant(tenant_file, reader),
            () if live_file is None else read_live(live_file, checker),
        )


def read_tenant(file: str, reader: TenantReader) -> FileRead:
    """Return what one tenant file says, be it only why it can not be read."""
    text = text_of(file)
    return reader.read(file, text) if isinstance(text, str) else FileRead((), (text,))


def read_live(file: str, checker: Checker) -> Documents:
    """Return the states in one file. Raises FilesBroken."""
    text = text_of(file)
    if not isinstance(text, str):
        raise FilesBroken((text,))
    documents, problems = read_documents(((file, text),), Kind.LIVE_STATE, checker)
    if problems:
        raise FilesBroken(problems)
    return [document.value for document in documents]
