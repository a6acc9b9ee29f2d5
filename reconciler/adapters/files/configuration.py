"""``reconciler.yaml`` and the environment in, a ``Config`` out.

The file comes first, then each ``RECONCILER_...`` variable that is set takes the place of one value. Paths in the
file are relative to the file, paths in the environment to the working folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.adapters.files import microsoft
from reconciler.adapters.files.bounds import Bounds, bounds_of
from reconciler.adapters.files.hiding import NOTIFICATIONS, without_secrets
from reconciler.adapters.files.microsoft import MicrosoftConfig
from reconciler.adapters.files.pacing import PACE_VARIABLES, PACE_WORDS, LoopConfig
from reconciler.adapters.files.source import VARIABLES as SOURCE_VARIABLES
from reconciler.adapters.files.source import WORDS as SOURCE_WORDS
from reconciler.adapters.files.source import (
    SourceConfig,
    covered,
    length,
    paths_of,
    with_source,
    with_usual_token,
    without_secret,
    wrong_source,
)
from reconciler.adapters.files.state import StatePlace, wrong_state
from reconciler.adapters.files.state import changes_of as state_changes
from reconciler.adapters.files.state import paths_of as state_paths
from reconciler.adapters.files.walking import CONFIGURATION_NAMES, upwards
from reconciler.desired import Checker, Document, load, read_documents, scalar
from reconciler.desired import Kind as Documents
from reconciler.drift.kinds import Confirming, Kind
from reconciler.errors import FilesBroken, Problem
from reconciler.limits import BUY_BACK, MEMBERS, Limits
from reconciler.messages import say
from reconciler.model import Place

if TYPE_CHECKING:
    from reconciler.notices.receivers import Notifications

DEFAULT_VALID_FOR = timedelta(hours=72)
EVERY_OTHER = "default"
STATE_FOLDER = ".reconciler"
TENANTS_FOLDER = "tenants"


class Backend(StrEnum):
    """Where the tenants are."""

    SIMULATOR = "simulator"
    MICROSOFT = "microsoft"

    @property
    def catalogue(self) -> str:
        """The catalogue of what is sold there, which holds unless another one is named."""
        return {"simulator": "office365-2014", "microsoft": "microsoft365"}[self.value]


@dataclass(frozen=True, slots=True)
class Config:
    """How the tool works here. ``file`` None: there is no configuration file, these are the defaults.

    ``backend_named``, ``state_named`` and ``catalogue_named`` say whether somebody chose it. ``catalogue`` is a shipped
    name or a path. ``live`` are the live states the embedded service loads when it is first used; ``tenants`` the
    tenant files of commands that are given none. ``backup_max_age_days`` None: not set here. ``bounds``: how far files
    may lead. ``notifications`` None: nobody is told anything. ``state_place`` None: the state is
    in ``state_folder``, which else holds only what is made anew when it is lost.
    """

    file: Path | None
    state_folder: Path
    backend: Backend = Backend.SIMULATOR
    backend_named: bool = False
    state_named: bool = False
    catalogue: str = Backend.SIMULATOR.catalogue
    catalogue_named: bool = False
    tenants: tuple[Path, ...] = ()
    live: tuple[Path, ...] = ()
    adds_in_order: bool = True
    backup_max_age_days: int | None = None
    plan_valid_for: timedelta = DEFAULT_VALID_FOR
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    confirming: Confirming = Confirming()  # noqa: RUF009 - frozen
    bounds: Bounds = Bounds()  # noqa: RUF009 - frozen
    loop: LoopConfig = LoopConfig()  # noqa: RUF009 - frozen
    source: SourceConfig = SourceConfig()  # noqa: RUF009 - frozen
    notifications: Notifications | None = None
    microsoft: MicrosoftConfig = MicrosoftConfig()  # noqa: RUF009 - frozen
    state_place: StatePlace | None = None


# Which variable stands for which member; of a list the entries are separated as in PATH.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "RECONCILER_BACKEND": ("backend",),
    "RECONCILER_FOLDER": ("folder",),
    "RECONCILER_STATE": ("state",),
    "RECONCILER_CATALOGUE": ("catalogue",),
    "RECONCILER_TENANTS": ("tenants",),
    "RECONCILER_SIMULATOR_LIVE": ("simulator", "live"),
    "RECONCILER_SIMULATOR_ADDS_IN_ORDER": ("simulator", "addsInOrder"),
    "RECONCILER_BACKUP_MAX_AGE_DAYS": ("backup", "maxAgeDays"),
    "RECONCILER_PLAN_VALID_FOR": ("plan", "validFor"),
    **PACE_VARIABLES,
    **SOURCE_VARIABLES,
    **microsoft.VARIABLES,
}
_LISTS = frozenset({"RECONCILER_TENANTS", "RECONCILER_SIMULATOR_LIVE"})
_WORDS = (
    SOURCE_WORDS
    | PACE_WORDS
    | microsoft.WORDS
    | {
        "RECONCILER_BACKEND",
        "RECONCILER_FOLDER",
        "RECONCILER_STATE",
        "RECONCILER_CATALOGUE",
        "RECONCILER_PLAN_VALID_FOR",
    }
)


def load_config_with(
    start: Path,
    explicit: Path | None,
    checker: Checker,
    read_text: Callable[[Path], str],
    environment: Mapping[str, str],
    is_file: Callable[[Path], bool] = Path.is_file,
) -> Config:
    """Find, read and check the configuration; raises FilesBroken with every problem of file and environment."""
    named = environment.get("RECONCILER_CONFIG")
    file = explicit or (Path(named) if named else None) or _find(start, is_file)
    bounds = bounds_of(environment, Path.cwd())
    config = Config(None, Path(STATE_FOLDER))
    problems: list[Problem] = []
    document: Document | None = None
    if file is not None:
        bounds.refuse((file,))
        # A configuration that stands elsewhere is not the pull request's, and names what it likes.
        within = bounds if bounds.concerns(file) else Bounds()
        document, problems = _document(read_text(file), os.fspath(file), checker, within)
        config = _with(_beside(file), document, file.parent)
    readable = document is not None or file is None
    for variable in VARIABLES:
        if environment.get(variable):
            said, wrong = _document_of(variable, environment[variable], checker)
            problems += wrong
            config = _with(config, said, Path())
            readable = readable and said is not None
    if readable:
        used = config.backend is Backend.MICROSOFT
        missing = microsoft.wrong_as_a_whole(config.microsoft, used, document)
        problems += without_secrets(missing, document.text if document else "")
    if problems:
        raise FilesBroken(tuple(problems))
    catalogue = config.catalogue if config.catalogue_named else config.backend.catalogue
    source = with_usual_token(config.source, environment)
    return replace(config, bounds=bounds, catalogue=catalogue, source=source)


def _find(start: Path, is_file: Callable[[Path], bool]) -> Path | None:
    places = (folder / name for folder in upwards(start) for name in CONFIGURATION_NAMES)
    return next((place for place in places if is_file(place)), None)


def _beside(file: Path) -> Config:
    """What holds where a configuration file is and says nothing else."""
    tenants = file.parent / TENANTS_FOLDER
    return Config(file, file.parent / STATE_FOLDER, tenants=(tenants,) if tenants.is_dir() else ())


def _document(
    text: str,
    file: str,
    checker: Checker,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> tuple[Document | None, list[Problem]]:
    """Return one configuration document (None if it does not fit the schema), and its problems."""
    documents, wrong = read_documents(((file, text),), Documents.CONFIGURATION, checker)
    extra = [d.problem("several-documents", (), count=i) for i, d in enumerate(documents[1:], 2)]
    told = (p for d in documents[:1] for p in _misfits(d, bounds))
    # A document that does not fit is not among these; the token may be why. Parsing it again costs, so only then.
    loaded = load(text, file).documents if wrong and "token" in text else documents
    problems = covered((*without_secrets(wrong, text), *extra, *told), next(iter(loaded), None))
    return next(iter(documents), None), problems


def _misfits(document: Document, bounds: Bounds) -> Iterator[Problem]:
    """Find what is wrong with a document that fits the schema."""
    yield from wrong_state(document, in_a_file=document.file not in VARIABLES)
    yield from wrong_source(document)
    yield from without_secrets(microsoft.misfits(document, bounds), document.text)
    if NOTIFICATIONS in document.value:
        # Here and below: who notifies nobody does not pay for loading how that is done.
        from reconciler.adapters.files.notifications import misfits

        yield from misfits(document)
    yield from _outside(document, bounds)


def _outside(document: Document, bounds: Bounds) -> Iterator[Problem]:
    """Find what a configuration nobody has reviewed names outside its repository."""
    base = Path(document.file).parent
    for path, word in _paths(document.value):
        if not bounds.holds(base / word):
            yield document.problem("outside-repository", path, path=without_secret(word), root=bounds.root)


def _paths(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what a configuration says of where things are, each with its place in the document."""
    yield from state_paths(value)
    if _is_path(value.get("catalogue", "")):
        yield ("catalogue",), value["catalogue"]
    yield from ((("tenants", i), word) for i, word in enumerate(value.get("tenants", ())))
    live = value.get("simulator", {}).get("live", ())
    yield from ((("simulator", "live", i), word) for i, word in enumerate(live))
    yield from paths_of(value.get("source", {}))
    if NOTIFICATIONS in value:
        from reconciler.adapters.files.notifications import secret_files

        yield from secret_files(value)
    yield from microsoft.secret_files(value)


def _document_of(variable: str, text: str, checker: Checker) -> tuple[Document | None, list[Problem]]:
    """Read a variable as if it stood in a file, so that file and environment are held to one schema."""
    value: Any = scalar(text)
    if variable in _LISTS:
        value = [path for path in text.split(os.pathsep) if path]
    elif variable in _WORDS:
        value = text
    for member in reversed(VARIABLES[variable]):
        value = {member: value}
    whole = json.dumps({"apiVersion": "reconciler/v1", "kind": Documents.CONFIGURATION, **value})
    document, problems = _document(whole, variable, checker)
    place = Place(say("files.environment", name=variable), 1, 1)
    shown = "" if microsoft.of_credential(VARIABLES[variable]) else without_secret(text)
    return document, [replace(p, place=place, line_text=shown) for p in problems]


def _with(config: Config, document: Document | None, base: Path) -> Config:
    """Return ``config`` with what one document says, if there is one; its paths are relative to ``base``."""
    if document is None:
        return config
    value = document.value
    service, backup, plan = (value.get(member, {}) for member in ("simulator", "backup", "plan"))
    changes: dict[str, Any] = {}
    if "backend" in value:
        changes |= {"backend": Backend(value["backend"]), "backend_named": True}
    changes |= state_changes(document, base)
    if "catalogue" in value:
        changes |= {"catalogue": _catalogue(value["catalogue"], base), "catalogue_named": True}
    if "tenants" in value:
        changes["tenants"] = tuple(base / path for path in value["tenants"])
    if "live" in service:
        changes["live"] = tuple(base / path for path in service["live"])
    if "addsInOrder" in service:
        changes["adds_in_order"] = service["addsInOrder"]
    if "maxAgeDays" in backup:
        changes["backup_max_age_days"] = backup["maxAgeDays"]
    if "validFor" in plan:
        changes["plan_valid_for"] = length(plan["validFor"])
    if "loop" in value:
        changes["loop"] = config.loop.changed(value["loop"])
    if "limits" in value:
        changes["limits"] = _limits(config.limits, value["limits"])
    if NOTIFICATIONS in value:
        from reconciler.adapters.files.notifications import notifications_of

        changes[NOTIFICATIONS] = notifications_of(document, base)
    changes["microsoft"] = microsoft.with_microsoft(config.microsoft, document, base)
    changes["source"] = with_source(config.source, value.get("source", {}), base)
    changes["confirming"] = _confirming(config.confirming, value.get("drift", {}).get("confirm", {}))
    return replace(config, **changes)


def _limits(before: Limits, given: Mapping[str, Any]) -> Limits:
    numbers: dict[str, Any] = {MEMBERS[key]: number for key, number in given.items() if key in MEMBERS}
    buys_back = before.buy_back if BUY_BACK not in given else given[BUY_BACK] == "allow"
    return replace(before, **numbers, buy_back=buys_back)


def _confirming(before: Confirming, given: Mapping[str, Mapping[str, Any]]) -> Confirming:
    """How drift is confirmed; ``default`` first, which the kinds that are named then go by."""
    for word in sorted(given, key=lambda word: (word != EVERY_OTHER, word)):
        kind = None if word == EVERY_OTHER else Kind(word)
        lasting = given[word].get("for")
        before = before.changed(kind, given[word].get("times"), length(lasting) if lasting else None)
    return before


def _catalogue(word: str, base: Path) -> str:
    return os.fspath(base / word) if _is_path(word) else word


def _is_path(word: str) -> bool:
    """A word with an ending or a slash is the path of a file, any other the name of a shipped catalogue."""
    return os.sep in word or Path(word).suffix in (".yaml", ".yml")
