"""A path and a text in, the file written whole or not at all; what is there already is not lost by accident."""

from __future__ import annotations

import os
import shutil
import stat
from enum import StrEnum
from pathlib import Path

from reconciler.adapters.files.walking import reason
from reconciler.errors import ReconcilerError
from reconciler.messages import say

YAML = frozenset({".yaml", ".yml"})


class Written(StrEnum):
    """What came of it."""

    NEW = "written"
    REPLACED = "replaced"
    SAME = "same"


def write_whole(path: Path, text: str, *, replace: bool) -> Written:
    """Put ``text`` into the file at ``path``; folders above it are made, a link is followed, its mode is kept.

    Raises ReconcilerError if something else stands there and ``replace`` is not set, or it can not be written.
    """
    data = text.encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(path))
        there = target.read_bytes() if target.exists() else None
        if there == data:
            return Written.SAME
        if there is not None and not replace:
            raise ReconcilerError(say("take.exists", file=path))
        _put(target, data, replace=there is not None)
    except FileExistsError as error:
        raise ReconcilerError(say("take.exists", file=path)) from error
    except OSError as error:
        raise ReconcilerError(say("take.not-written", file=path, why=reason(error))) from error
    return Written.NEW if there is None else Written.REPLACED


def write_report(path: Path, text: str) -> None:
    """Put a report into the file at ``path``, whole or not at all, over nothing but an older file of its kind.

    What is no regular file is left as it is: a link in a repository may lead anywhere. So is YAML, for it may declare
    a tenant. Raises ReconcilerError naming what stands there, or why it can not be written.
    """
    _refuse_what_is_no_report(path)
    write_whole(path, text, replace=True)


def add_to_report(path: Path, text: str) -> None:
    """Put ``text`` at the end of the file a host named for it; raises ReconcilerError where that can not be done."""
    _refuse_what_is_no_report(path)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ReconcilerError(say("take.not-written", file=path, why=reason(error))) from error


def _refuse_what_is_no_report(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ReconcilerError(say("take.not-written", file=path, why=reason(error))) from error
    if not stat.S_ISREG(mode) or path.suffix.lower() in YAML:
        raise ReconcilerError(say("take.no-report", file=path))


def standing(path: Path) -> str | None:
    """Return the text of the file at ``path``, bytes that are no text kept apart from any; None if there is none.

    Raises ReconcilerError if it can not be read.
    """
    try:
        return path.read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ReconcilerError(say("take.not-read", file=path, why=reason(error))) from error


def _put(target: Path, data: bytes, *, replace: bool) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        # Made anew, never followed: a link may lie in wait under this name.
        with draft.open("xb") as file:
            file.write(data)
        if replace:
            shutil.copymode(target, draft)
            draft.replace(target)
        else:
            # A link, and no renaming: it fails where somebody has put a file there meanwhile.
            os.link(draft, target)
    finally:
        draft.unlink(missing_ok=True)
