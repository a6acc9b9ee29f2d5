"""A path and a text in, the file written whole or not at all; what is there already is not lost by accident."""

from __future__ import annotations

import os
import shutil
from enum import StrEnum
from pathlib import Path

from reconciler.adapters.files.walking import reason
from reconciler.errors import ReconcilerError
from reconciler.messages import say


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
