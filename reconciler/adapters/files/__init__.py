"""Files on disk in, what they say out: tenants, live states, catalogues, schemas, the configuration."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import reconciler
from reconciler.adapters.files.abreast import Abreast
from reconciler.adapters.files.answers import Answering, Form, Fresh, TextOf, answers_in
from reconciler.adapters.files.blocks import Block, blocks_of
from reconciler.adapters.files.bounds import bounds_of
from reconciler.adapters.files.configuration import Backend, Config, load_config_with
from reconciler.adapters.files.fitting import Recalling
from reconciler.adapters.files.reading import read_text, text_of
from reconciler.adapters.files.source import SourceConfig
from reconciler.adapters.files.state import StatePlace, is_served, shown
from reconciler.adapters.files.walking import (
    CONFIGURATION_NAMES,
    ENDINGS,
    Found,
    find_files,
    trouble,
    upwards,
)
from reconciler.adapters.files.writing import Written, add_to_report, standing, write_report, write_whole
from reconciler.catalogue import Catalogue, from_document
from reconciler.desired import (
    MAX_TEXT,
    Checker,
    Fleet,
    Kind,
    TenantReader,
    Terms,
    decode,
    read_documents,
    read_single,
    read_tenants,
)
from reconciler.errors import FilesBroken, Problem, ReconcilerError
from reconciler.limits import Limits
from reconciler.messages import say

__all__ = [
    "Abreast",
    "Answering",
    "Backend",
    "Block",
    "Config",
    "Form",
    "Found",
    "Fresh",
    "Shelf",
    "SourceConfig",
    "StatePlace",
    "TextOf",
    "Written",
    "add_to_report",
    "answers_in",
    "blocks_of",
    "catalogue_names",
    "find_files",
    "is_served",
    "is_tenant_file",
    "live_states",
    "load_catalogue",
    "load_config",
    "load_live",
    "load_tenants",
    "program",
    "read_sources",
    "read_text",
    "reader_of",
    "schema",
    "schema_beside",
    "schema_names",
    "shown",
    "side_by_side",
    "standing",
    "tenants_of",
    "trouble",
    "write_report",
    "write_whole",
]

_PACKAGE = Path(reconciler.__file__).parent
_SCHEMA_ENDING = ".schema.json"


class Shelf(Protocol):
    """Where files stand that are not those on the disk, such as a commit."""

    def keeps(self, path: Path) -> bool:
        """Say whether what is at ``path`` is to be asked here and not on the disk."""
        ...

    def has(self, path: Path) -> bool:
        """Say whether a regular file is at ``path`` here."""
        ...

    def read(self, path: Path, most: int) -> bytes | int | None:
        """Return its bytes; only how many they are if they are more than ``most``; None if there is no such file."""
        ...


class _Sources:
    """The files found, read one by one as they are asked for: a fleet of texts is never held at once."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = tuple(files)
        self.problems: dict[str, Problem] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for file in self.files:
            text = text_of(file)
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
    return Fleet(fleet.declarations, in_order, len(sources.files), fleet.unsound)


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


@cache
def program() -> tuple[int, int]:
    """Return what changes whenever a module or a schema does: their sizes and the time of the last change."""
    below = (os.path.join(at, name) for at, _, names in os.walk(_PACKAGE) for name in names)
    schemas = map(os.fspath, _schema_folder().glob(f"*{_SCHEMA_ENDING}"))
    found = [os.stat(file) for file in chain(below, schemas) if file.endswith((".py", ".json"))]
    return sum(status.st_size for status in found), max(status.st_mtime_ns for status in found)


def side_by_side(reader: TenantReader) -> Abreast:
    """Return what reads tenant files and live states side by side."""
    return Abreast(reader, _checker("live"))


def read_sources(paths: Iterable[Path | str]) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """Return (file, text) pairs of what ``paths`` mean, and what could not be read."""
    found = find_files(paths)
    sources = _Sources(found.files)
    texts = tuple(sources)
    return texts, (*found.problems, *sources.problems.values())


def load_catalogue(
    name_or_path: str | Path, shelf: Shelf | None = None, kept: Path | None = None
) -> Catalogue:
    """Return a shipped catalogue by its name, or one by the path of its file, on the ``shelf`` if that keeps it.

    In the folder ``kept`` it is marked that it fits its schema.

    Raises ReconcilerError if there is none, FilesBroken if the file has problems.
    """
    word = os.fspath(name_or_path)
    shipped = _PACKAGE / "catalogues" / f"{word}.yaml"
    if word in catalogue_names():
        return _catalogue(shipped, kept)
    is_path = os.path.sep in word or Path(word).suffix in ENDINGS
    if shelf is not None and is_path and shelf.keeps(Path(word)):
        text = text_on(shelf, Path(word))
        return from_document(read_single(text, word, Kind.CATALOGUE, _checker("catalogue")))
    if os.path.sep not in word and not os.path.exists(word):
        raise ReconcilerError(say("files.no-catalogue", name=word, known=", ".join(catalogue_names())))
    return _catalogue(Path(word), kept)


def catalogue_names() -> tuple[str, ...]:
    """Return the names of the catalogues that are shipped."""
    return tuple(sorted(path.stem for path in (_PACKAGE / "catalogues").glob("*.yaml")))


def load_config(
    start: Path | str,
    explicit: Path | None = None,
    shelf: Shelf | None = None,
    kept: Path | None = None,
) -> Config:
    """Return the configuration: ``explicit``, else reconciler.yaml from ``start`` upwards, else the defaults.

    Environment variables ``RECONCILER_...`` come before the file. Raises FilesBroken with every problem. With a
    ``shelf``, the files it keeps are read there and not on the disk. In the folder ``kept`` it is marked that what was
    read fits its schema.
    """
    if kept is not None:
        bounds_of(os.environ, Path.cwd()).refuse((kept,))
    checker = _checker("config", kept)
    if shelf is None:
        return load_config_with(Path(start), explicit, checker, read_text, os.environ)
    # The file a variable names is ``explicit`` already, or left out on purpose where the shelf has none.
    environment = {name: text for name, text in os.environ.items() if name != "RECONCILER_CONFIG"}
    on_shelf, is_there = partial(text_on, shelf), partial(is_file_on, shelf)
    return load_config_with(Path(start), explicit, checker, on_shelf, environment, is_there)


def is_file_on(shelf: Shelf, path: Path) -> bool:
    """Say whether there is a file at ``path``: on the shelf if it keeps that place, else on the disk."""
    return shelf.has(path) if shelf.keeps(path) else path.is_file()


def text_on(shelf: Shelf, path: Path) -> str:
    """Return the text of a file on the shelf, or on the disk; raises FilesBroken if it can not be read as text."""
    if not shelf.keeps(path):
        return read_text(path)
    found, name = shelf.read(path, MAX_TEXT), os.fspath(path)
    if found is None:
        text: str | Problem = trouble(name, "no-such-path", path=name)
    elif isinstance(found, int):
        text = trouble(name, "too-large", size=found, most=MAX_TEXT)
    else:
        text = decode(found, name)
    if isinstance(text, Problem):
        raise FilesBroken((text,))
    return text


def tenants_of(
    sources: Iterable[tuple[str, str]],
    catalogue: Catalogue,
    *,
    backup_max_age_days: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Fleet:
    """Read (file, text) pairs of any origin as ``load_tenants`` reads files; gone through twice if files clash."""
    return read_tenants(
        sources, catalogue, _checker("tenant"), most_backup_days=backup_max_age_days, limits=limits
    )


def reader_of(
    catalogue: Catalogue,
    *,
    backup_max_age_days: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    today: date | None = None,
) -> TenantReader:
    """Return what reads tenant files one by one, for whoever keeps what each of them said."""
    return TenantReader(catalogue, _checker("tenant"), Terms(backup_max_age_days, limits, today))


def is_tenant_file(inside: Path) -> bool:
    """Say whether a walk of a folder would take the file at ``inside`` (relative to the folder) as a tenant file."""
    hidden = any(part.startswith(".") for part in inside.parts)
    return not hidden and inside.suffix in ENDINGS and inside.name not in CONFIGURATION_NAMES


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
def _checker(name: str, kept: Path | None = None) -> Checker:
    return Checker(schema(name)) if kept is None else Recalling(schema(name), kept, program())


@cache
def _catalogue(path: Path, kept: Path | None) -> Catalogue:
    checker = _checker("catalogue", kept)
    return from_document(read_single(read_text(path), os.fspath(path), Kind.CATALOGUE, checker))
