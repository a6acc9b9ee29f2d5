"""The house as designed: which way imports run, who may touch the world, and what has no word."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from cli import ROOT

from reconciler.act import Actor
from reconciler.adapters.microsoft.graph import Graph
from reconciler.adapters.microsoft.partner_center import PartnerCenter
from reconciler.adapters.microsoft.reader import Reader as LiveReader
from reconciler.adapters.microsoft.writer import Writer as LiveWriter
from reconciler.adapters.simulator.backend import Reader, Writer
from reconciler.adapters.simulator.telling import CallLog
from reconciler.cli import COMMANDS, cli
from reconciler.drift.values import Witness
from reconciler.model import WRITES, Action
from reconciler.observe import LastLooks, Lister, Observer

PACKAGE = ROOT / "reconciler"
MODULES = sorted(PACKAGE.rglob("*.py"))
EDGE = (PACKAGE / "adapters", PACKAGE / "cli", PACKAGE / "web")
PURE = [m for m in MODULES if not any(m.is_relative_to(folder) for folder in EDGE)]
# What reaches the world: files, processes, clocks, sockets, chance.
WORLDLY = {
    "asyncio",
    "glob",
    "http",
    "io",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
} | {
    *(
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
    ),
}
VAGUE = {
    "utils",
    "helpers",
    "common",
    "misc",
    "types",
    "constants",
    "base",
    "manager",
    "engine",
    "service",
    "lib",
}
TAKING_AWAY = re.compile(r"(remove|delete|decrease|reduce|lower|cancel|destroy|unassign|revoke|shrink)", re.I)


def name_of(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


@cache
def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@cache
def imported(module: Path) -> frozenset[str]:
    """The top-level packages a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return frozenset(found)


@cache
def calls(module: Path) -> frozenset[str]:
    """The names called in a module: ``print``, ``now`` of ``datetime.now``."""
    called = [node.func for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)]
    names = {function.id for function in called if isinstance(function, ast.Name)}
    return frozenset(names | {function.attr for function in called if isinstance(function, ast.Attribute)})


def functions(module: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def code_lines(module: Path) -> int:
    """Lines that are neither empty, comments nor docstrings."""
    told: set[int] = set()
    for node in ast.walk(tree_of(module)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            told |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(module.read_text(encoding="utf-8").splitlines(), start=1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in told for n, line in lines)


def public_methods(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_") and callable(getattr(kind, name))}


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with its words, those below groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")


def test_imports_run_as_the_contracts_say() -> None:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_module_of_the_core_is_named_in_the_contract_of_purity() -> None:
    text = (ROOT / ".importlinter").read_text(encoding="utf-8")
    pure = text.split("[importlinter:contract:pure]")[1].split("forbidden_modules")[0]
    named = set(re.findall(r"reconciler\.(\w+)", pure))
    there = {m.stem for m in PACKAGE.glob("*.py")} | {m.parent.name for m in PACKAGE.glob("*/__init__.py")}
    assert there - named == {"__init__", "__main__", "adapters", "cli", "web"}


@pytest.mark.parametrize("module", PURE, ids=name_of)
def test_the_core_touches_neither_files_nor_clocks_nor_anything_else_of_the_world(module: Path) -> None:
    if module.name == "__main__.py":
        return
    assert imported(module) & WORLDLY == set()
    assert calls(module) & {"open", "now", "utcnow", "today", "read_text", "write_text", "sleep"} <= {"today"}


def test_the_core_asks_no_calendar_for_today() -> None:
    """``today`` of the rules is a function of the scene; that of a date would ask the machine."""
    for module in PURE:
        text = module.read_text(encoding="utf-8")
        assert "date.today" not in text, module
        assert "datetime.now" not in text, module


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_only_the_command_line_prints(module: Path) -> None:
    assert "print" not in calls(module) - {"_print"}
    if not module.is_relative_to(PACKAGE / "cli"):
        assert "echo" not in calls(module)
        assert "sys.std" not in module.read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_module_begins_by_saying_what_it_is_for(module: Path) -> None:
    said = ast.get_docstring(tree_of(module))
    assert said
    assert said.splitlines()[0].rstrip().endswith((".", ":"))


def test_no_module_is_named_for_what_it_is_not() -> None:
    names = {part for module in MODULES for part in module.relative_to(PACKAGE).with_suffix("").parts}
    assert names & VAGUE == set()


def test_the_main_road_is_one_screen_or_two() -> None:
    assert code_lines(PACKAGE / "reconcile.py") < 150


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        ("yaml", ("reconciler/desired/",)),
        ("jsonschema", ("reconciler/desired/",)),
        ("jsonschema_rs", ("reconciler/desired/",)),
        ("deepdiff", ("reconciler/diff.py",)),
        ("sqlalchemy", ("reconciler/adapters/store/",)),
        (
            "psycopg",
            (
                "reconciler/adapters/queue/",
                "reconciler/adapters/store/raw.py",
                "reconciler/adapters/store/served.py",
            ),
        ),
        ("procrastinate", ("reconciler/adapters/queue/",)),
        ("alembic", ("reconciler/adapters/store/migrating.py", "reconciler/adapters/store/migrations/")),
        ("sqlite3", ("reconciler/adapters/simulator/", "reconciler/adapters/store/")),
        (
            "urllib3",
            (
                "reconciler/adapters/hosts/",
                "reconciler/adapters/microsoft/sending.py",
                "reconciler/adapters/microsoft/sockets.py",
                "reconciler/adapters/notify/webhook.py",
            ),
        ),
        ("msal", ("reconciler/adapters/microsoft/redeeming.py",)),
        ("cryptography", ("reconciler/adapters/microsoft/certificates.py",)),
        ("keyring", ("reconciler/adapters/microsoft/secrets.py",)),
        ("smtplib", ("reconciler/adapters/notify/mail.py",)),
        ("apprise", ("reconciler/adapters/notify/chat.py", "reconciler/adapters/notify/references.py")),
        ("click", ("reconciler/cli/",)),
        ("jinja2", ("reconciler/web/",)),
        ("starlette", ("reconciler/web/", "reconciler/adapters/simulator/http/face.py")),
        ("uvicorn", ("reconciler/web/",)),
        ("rich", ("reconciler/cli/",)),
        ("prometheus_client", ("reconciler/web/",)),
        ("subprocess", ("reconciler/adapters/git/program.py",)),
    ],
)
def test_each_library_has_one_door(library: str, doors: tuple[str, ...]) -> None:
    users = {name_of(m) for m in MODULES if library in imported(m)}
    assert {user for user in users if not user.startswith(doors)} == set()


def test_there_are_three_actions_and_two_of_them_write() -> None:
    assert {str(action) for action in Action} == {"switch", "add", "handoff"}
    assert {str(action) for action in WRITES} == {"switch", "add"}


def test_the_port_for_writing_has_two_methods_and_so_has_the_writer() -> None:
    assert public_methods(Actor) == {"switch", "raise_licenses"}
    assert public_methods(Writer) == public_methods(LiveWriter) == public_methods(Actor)


def test_who_may_only_look_has_no_method_to_write() -> None:
    assert public_methods(Observer) == {"observe"}
    assert public_methods(Lister) == {"tenants"}
    assert public_methods(Reader) == {"observe", "observe_all", "taken", "tenants"}
    assert public_methods(Reader) & public_methods(Writer) == set()
    assert public_methods(LiveReader) == {"observe", "observe_all", "taken", "tenants"}
    assert not any("write" in name or "send" in name for name in public_methods(PartnerCenter))
    assert public_methods(Graph) == {"directory", "users"}
    assert public_methods(Witness) == public_methods(CallLog) == {"last_change"}
    assert public_methods(LastLooks) == {"observe", "observe_all", "through"}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_function_is_there_to_take_away(module: Path) -> None:
    if module.is_relative_to(PACKAGE / "adapters" / "simulator"):
        # The service answers other clients too, and one of them may lower a number; so tests see that we do not.
        return
    found = {name for name in functions(module) if TAKING_AWAY.search(name)}
    assert found <= {"fewer_licenses"}


def test_no_command_and_no_option_takes_away() -> None:
    for name, command in commands(cli):
        words = [name, *(option for p in command.params for option in (*p.opts, *p.secondary_opts))]
        assert [word for word in words if TAKING_AWAY.search(word) or "force" in word] == []


def test_there_is_one_road_to_a_write_and_one_place_that_builds_a_writer() -> None:
    simulator = PACKAGE / "adapters" / "simulator"
    outside = [m for m in MODULES if not m.is_relative_to(simulator)]
    assert [name_of(m) for m in outside if "raise_licenses" in calls(m)] == [
        "reconciler/act/__init__.py",
        # Passes on what it was given, and counts it.
        "reconciler/adapters/metering.py",
    ]
    assert [name_of(m) for m in outside if {"order_switch", "set_licenses"} & calls(m)] == []
    # The parts of the live one are put together where its reader's are; asked to write is it in one place alone.
    assert [name_of(m) for m in outside if "Writer" in calls(m)] == [
        "reconciler/adapters/microsoft/building.py",
        "reconciler/cli/running.py",
    ]
    assert [name_of(m) for m in outside if "writer" in calls(m)] == ["reconciler/cli/running.py"]


def test_of_the_live_backend_only_the_writer_and_the_notes_of_tickets_send_anything() -> None:
    live = PACKAGE / "adapters" / "microsoft"
    writing = [name_of(m) for m in MODULES if m.is_relative_to(live) and "write" in calls(m)]
    # Those of the sign-in write secrets into their stores, and nothing to a service.
    assert writing == [
        "reconciler/adapters/microsoft/consent.py",
        "reconciler/adapters/microsoft/refreshing.py",
        "reconciler/adapters/microsoft/secrets.py",
        "reconciler/adapters/microsoft/tickets.py",
        "reconciler/adapters/microsoft/writer.py",
    ]


def test_every_command_can_be_imported_and_has_a_line_of_its_own() -> None:
    there = dict(commands(cli))
    assert set(COMMANDS) <= set(there)
    for name, command in there.items():
        assert command.help, name
