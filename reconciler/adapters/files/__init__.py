"""Files on disk in, what they say out: tenants, live states, catalogues, schemas, the configuration."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import reconciler
from reconciler.adapters.files.configuration import Backend, Config, load_config_with
from reconciler.adapters.files.walking import (
    Found,
    find_files,
    reason,
    trouble,
    upwards,
    what_it_is,
)
from reconciler.adapters.files.writing import Written, add_to_report, standing, write_report, write_whole
from reconciler.catalogue import Catalogue, from_document
from reconciler.desired import (
    MAX_TEXT,
    Checker,
    Fleet,
    Kind,
    decode,
    read_documents,
    read_single,
    read_tenants,
)
from reconciler.errors import FilesBroken, Problem, ReconcilerError
from reconciler.limits import Limits
from reconciler.messages import say

__all__ = [
    "Backend",
    "Config",
    "Found",
    "Written",
    "add_to_report",
    "catalogue_names",
    "find_files",
    "live_states",
    "load_catalogue",
    "load_config",
    "load_live",
    "load_tenants",
    "read_sources",
    "schema",
    "schema_beside",
    "schema_names",
    "standing",
    "write_report",
    "write_whole",
]

_PACKAGE = Path(reconciler.__file__).parent
_SCHEMA_ENDING = ".schema.json"


class _Sources:
    """The files found, read one by one as they are asked for: a fleet of texts is never held at once."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = tuple(files)
        self.problems: dict[str, Problem] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for file in self.files:
            text = _read(file)
            if isinstance(text, str):
                yield file, text
            else:
                self.problems[file] = text


def load_tenants(
    paths: Iterable[Path | str],
    catalogue: Catalogue,
    *,
    backup_max_age_days: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    today: date | None = None,
) -> Fleet:
    """Read the tenant files that ``paths`` mean; never raises for what is there or is not.

    ``backup_max_age_days`` is the configuration's, in days, and so are ``limits``; a tenant file may ask for less.
    A waiver that has ended by ``today`` is a problem; without a day it only does not count.
    """
    found = find_files(paths)
    sources = _Sources(found.files)
    fleet = read_tenants(
        sources,
        catalogue,
        _checker("tenant"),
        most_backup_days=backup_max_age_days,
        limits=limits,
        today=today,
    )
    problems = (*found.problems, *sources.problems.values(), *fleet.problems)
    in_order = tuple(sorted(problems, key=lambda p: (p.place, p.code)))
    return Fleet(fleet.declarations, in_order, len(sources.files))


def load_live(paths: Iterable[Path | str]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return (file, LiveState document) pairs; raises FilesBroken with all problems of all files."""
    return tuple(live_states(paths))


def live_states(paths: Iterable[Path | str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (file, LiveState document) pairs as they are read; raises FilesBroken behind the last one."""
    found = find_files(paths)
    sources = _Sources(found.files)
    wrong: list[Problem] = []
    for source in sources:
        # File by file: the parser's nodes, which know the positions, weigh far more than the values.
        documents, problems = read_documents((source,), Kind.LIVE_STATE, _checker("live"))
        yield from ((document.file, document.value) for document in documents)
        wrong += problems
    if found.problems or sources.problems or wrong:
        raise FilesBroken((*found.problems, *sources.problems.values(), *wrong))


def read_sources(paths: Iterable[Path | str]) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """Return (file, text) pairs of what ``paths`` mean, and what could not be read."""
    found = find_files(paths)
    sources = _Sources(found.files)
    texts = tuple(sources)
    return texts, (*found.problems, *sources.problems.values())


def load_catalogue(name_or_path: str | Path) -> Catalogue:
    """Return a shipped catalogue by its name, or one by the path of its file.

    Raises ReconcilerError if there is none, FilesBroken if the file has problems.
    """
    word = os.fspath(name_or_path)
    shipped = _PACKAGE / "catalogues" / f"{word}.yaml"
    if word in catalogue_names():
        return _catalogue(shipped)
    if os.path.sep not in word and not os.path.exists(word):
        raise ReconcilerError(say("files.no-catalogue", name=word, known=", ".join(catalogue_names())))
    return _catalogue(Path(word))


def catalogue_names() -> tuple[str, ...]:
    """Return the names of the catalogues that are shipped."""
    return tuple(sorted(path.stem for path in (_PACKAGE / "catalogues").glob("*.yaml")))


def load_config(start: Path | str, explicit: Path | None = None) -> Config:
    """Return the configuration: ``explicit``, else reconciler.yaml from ``start`` upwards, else the defaults.

    Environment variables ``RECONCILER_...`` come before the file. Raises FilesBroken with every problem.
    """
    return load_config_with(Path(start), explicit, _checker("config"), read_text, os.environ)


def read_text(path: Path | str) -> str:
    """Return the text of one file; raises FilesBroken if it can not be read as text."""
    text = _read(os.fspath(path))
    if isinstance(text, Problem):
        raise FilesBroken((text,))
    return text


def schema(name: str) -> dict[str, Any]:
    """Return a schema by its name ("tenant"); raises ReconcilerError for one there is not."""
    if name not in schema_names():
        raise ReconcilerError(say("files.no-schema", name=name, known=", ".join(schema_names())))
    found: dict[str, Any] = json.loads(
        (_schema_folder() / f"{name}{_SCHEMA_ENDING}").read_text(encoding="utf-8")
    )
    return found


def schema_beside(folder: Path, name: str) -> str | None:
    """Return the path from ``folder`` to the schema in a folder ``schemas`` there or above; None if there is none."""
    file = f"schemas/{name}{_SCHEMA_ENDING}"
    place = next((here / file for here in upwards(folder) if (here / file).is_file()), None)
    return Path(os.path.relpath(place, folder.absolute())).as_posix() if place else None


def schema_names() -> tuple[str, ...]:
    """Return the names of all schemas there are."""
    return tuple(
        sorted(p.name.removesuffix(_SCHEMA_ENDING) for p in _schema_folder().glob(f"*{_SCHEMA_ENDING}"))
    )


def _schema_folder() -> Path:
    """In the wheel the schemas are inside the package; in a checkout they stand beside it."""
    inside = _PACKAGE / "schemas"
    return inside if inside.is_dir() else _PACKAGE.parent / "schemas"


@cache
def _checker(name: str) -> Checker:
    return Checker(schema(name))


@cache
def _catalogue(path: Path) -> Catalogue:
    return from_document(read_single(read_text(path), os.fspath(path), Kind.CATALOGUE, _checker("catalogue")))


def _read(path: str) -> str | Problem:
    """Read one file, never waiting for it: a pipe is refused, a big file is not read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        return trouble(path, "no-such-path", path=path)
    except (OSError, ValueError) as error:
        return trouble(path, "unreadable", why=reason(error))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return trouble(path, "not-a-file", what=what_it_is(status.st_mode))
        if status.st_size > MAX_TEXT:
            return trouble(path, "too-large", size=status.st_size, most=MAX_TEXT)
        return decode(_all_of(descriptor, status.st_size), path)
    except OSError as error:
        return trouble(path, "unreadable", why=reason(error))
    finally:
        os.close(descriptor)


def _all_of(descriptor: int, size: int) -> bytes:
    """Read to the end. A file that grows meanwhile is read one byte past the limit, which the loader refuses."""
    data = os.read(descriptor, size + 1)
    if len(data) == size:
        return data
    parts = [data]
    while data and sum(map(len, parts)) <= MAX_TEXT:
        data = os.read(descriptor, MAX_TEXT)
        parts.append(data)
    return b"".join(parts)[: MAX_TEXT + 1]
