"""Marks for what fitted its schema: what was found to fit is not asked again, and nothing else is taken to fit."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli import ROOT, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_untrusted import PLAN, checkout, refused
from two_sides import some

from reconciler.adapters.files.fitting import MOST_MARKS, Recalling
from reconciler.desired import Checker, Document

__all__ = ["checkout"]

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer", "minimum": 0}, "b": {"enum": ["x", True]}},
    "additionalProperties": False,
}
VALUES = st.dictionaries(
    st.sampled_from("abc"), st.sampled_from([0, 1, -1, True, False, "x", "y", None]), max_size=3
)


def of(value: object) -> Document:
    return Document("reconciler.yaml", "a: 1\n", value)


def marks(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_what_fitted_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "cache"
    assert Recalling(SCHEMA, folder, "key").problems(of({"a": 1})) == ()
    (mark,) = marks(folder)
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(mark.stat().st_mode)) == (0o700, 0o600)
    monkeypatch.setattr(Checker, "problems", lambda *_: pytest.fail("it was checked"))
    assert Recalling(SCHEMA, folder, "key").problems(of({"a": 1})) == ()


@pytest.mark.parametrize(
    ("key", "value"), [("key", {"a": 2}), ("key", {"a": True}), ("key", {}), ("another", {"a": 1})]
)
def test_another_value_and_another_program_are_asked(
    key: str, value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Recalling(SCHEMA, tmp_path, "key").problems(of({"a": 1})) == ()
    asked: list[object] = []
    monkeypatch.setattr(Checker, "problems", lambda _, document: asked.append(document.value) or ())
    Recalling(SCHEMA, tmp_path, key).problems(of(value))
    assert asked == [value]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(VALUES, st.sampled_from("klmn")), max_size=12))
def test_it_says_what_a_checker_says_whatever_was_asked_before(
    asked: list[tuple[dict[str, object], str]], tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    plain = Checker(SCHEMA)
    for value, key in asked:
        assert Recalling(SCHEMA, tmp_path / "cache", key).problems(of(value)) == plain.problems(of(value))


def test_what_does_not_fit_leaves_no_mark(tmp_path: Path) -> None:
    assert Recalling(SCHEMA, tmp_path, "key").problems(of({"a": -1}))
    assert marks(tmp_path) == []


@pytest.mark.parametrize("mode", [0o640, 0o606, 0o620, 0o777], ids=oct)
def test_a_mark_that_others_could_read_or_write_is_not_there(mode: int, tmp_path: Path) -> None:
    assert Recalling(SCHEMA, tmp_path, "key").problems(of({"a": 1})) == ()
    (mark,) = marks(tmp_path)
    mark.chmod(mode)
    asked = Recalling({"type": "string"}, tmp_path, "key").problems(of({"a": 1}))
    assert asked, "the mark of another schema was believed"


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_what_is_no_file_is_no_mark(kind: str, tmp_path: Path) -> None:
    assert Recalling(SCHEMA, tmp_path, "key").problems(of({"a": 1})) == ()
    (mark,) = marks(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    mark.rename(elsewhere)
    if kind == "link":
        mark.symlink_to(elsewhere)
    else:
        mark.mkdir(mode=0o700)
    assert Recalling({"type": "string"}, tmp_path, "key").problems(of({"a": 1}))


def test_only_so_many_marks_are_left_the_youngest(tmp_path: Path) -> None:
    for number in range(MOST_MARKS + 3):
        Recalling(SCHEMA, tmp_path, "key").problems(of({"a": number}))
        for at, mark in enumerate(sorted(marks(tmp_path), key=lambda m: m.stat().st_mtime_ns)):
            os.utime(mark, (at, at))
    assert len(marks(tmp_path)) == MOST_MARKS
    left = Recalling({"type": "string"}, tmp_path, "key")
    assert [bool(left.problems(of({"a": number}))) for number in (0, 2, 3, MOST_MARKS + 2)] == [
        *(True, True, False, False)
    ]


def test_where_no_mark_can_be_left_it_is_checked_each_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    for _ in range(2):
        assert Recalling(SCHEMA, tmp_path / "cache", "key").problems(of({"a": 1})) == ()
        assert Recalling(SCHEMA, tmp_path / "cache", "key").problems(of({"a": -1}))


def test_a_plan_of_what_is_kept_loads_nothing_that_checks(desk: Desk) -> None:
    some(desk)
    desk.configure(limits={"maxLicensesAdded": 7})
    code = (
        "import sys, reconciler.cli as tool\n"
        "code = tool.run(['plan', 'tenants', '--live', 'live', '--cache', 'cache'])\n"
        "print(code, 'jsonschema_rs' in sys.modules, 'jsonschema' in sys.modules)"
    )

    def told() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=desk.folder,
            timeout=30,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
        )
        return done.stdout.splitlines()[-1]

    assert told() == "0 True False"
    assert told() == "0 False False"
    desk.configure(limits={"maxLicensesAdded": -7})
    assert desk.run("plan", "tenants", "--live", "live", "--cache", "cache").code == 1


def test_no_mark_is_left_where_a_link_of_the_repository_leads_out(checkout: Desk) -> None:
    (checkout.folder / "cache").symlink_to(checkout.folder.parent / "outside")
    before = sorted((checkout.folder.parent / "outside").rglob("*"))
    refused(checkout, *PLAN, "--cache", "cache")
    refused(checkout, "validate", "tenants", "--cache", "cache")
    assert sorted((checkout.folder.parent / "outside").rglob("*")) == before
