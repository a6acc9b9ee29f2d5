"""The text of a file in, what it declares out, or every problem in it with file, line and column.

The law of this folder: it is the one door to YAML and JSON Schema, and it opens no files. Texts and schemas
are arguments. Nothing is read leniently: what two people could read as two things is a problem.
"""

from __future__ import annotations

from reconciler.desired.checking import Checker
from reconciler.desired.declaring import Terms
from reconciler.desired.documents import Document, place_at, problem
from reconciler.desired.editing import Rise, with_rises
from reconciler.desired.explaining import clipped, nearest
from reconciler.desired.formatting import formatted
from reconciler.desired.kinds import Kind, read_documents, read_single
from reconciler.desired.loading import MAX_TEXT, Loaded, decode, load
from reconciler.desired.scalars import scalar
from reconciler.desired.tenants import (
    FileRead,
    Fleet,
    TenantReader,
    Unsound,
    declare,
    gathered,
    read_tenants,
)

__all__ = [
    "MAX_TEXT",
    "Checker",
    "Document",
    "FileRead",
    "Fleet",
    "Kind",
    "Loaded",
    "Rise",
    "TenantReader",
    "Terms",
    "Unsound",
    "clash_problems",
    "clipped",
    "declare",
    "decode",
    "formatted",
    "gathered",
    "load",
    "nearest",
    "place_at",
    "problem",
    "read_documents",
    "read_single",
    "read_tenants",
    "scalar",
    "with_rises",
]
