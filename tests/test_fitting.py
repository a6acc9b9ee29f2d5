"""Marks for what fitted its schema: what was found to fit is not asked again, and nothing else is taken to fit."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest
from cli import Desk, last_line_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_untrusted import PLAN, checkout, refused
from two_sides import some

from reconciler.adapters.files import fitting
from reconciler.adapters.files.fitting import Recalling
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


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The values that are checked."""
    values: list[object] = []
    really = Checker.problems

    def problems(checker: Checker, document: Document) -> object:
        values.append(document.value)
        return really(checker, document)

    monkeypatch.setattr(Checker, "problems", problems)
    return values


@pytest.mark.parametrize(
    ("schema", "key", "value"),
    [
        (SCHEMA, "key", {"a": 2}),
        (SCHEMA, "key", {"a": True}),
        (SCHEMA, "key", {}),
        (SCHEMA, "another", {"a": 1}),
        ({**SCHEMA, "maxProperties": 0}, "key", {"a": 1}),
    ],
)
def test_another_value_schema_and_program_are_asked(
    schema: dict[str, object], key: str, value: object, tmp_path: Path, asked: list[object]
) -> None:
    assert Recalling(SCHEMA, tmp_path, "key").problems(of({"a": 1})) == ()
    asked.clear()
    Recalling(schema, tmp_path, key).problems(of(value))
    assert asked == [value]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(VALUES, st.sampled_from("klmn")), max_size=12))
def test_it_says_what_a_checker_says_whatever_was_asked_before(
    pairs: list[tuple[dict[str, object], str]], tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    plain = Checker(SCHEMA)
    for value, key in pairs:
        assert Recalling(SCHEMA, tmp_path / "cache", key).problems(of(value)) == plain.problems(of(value))


def test_what_does_not_fit_leaves_no_mark(tmp_path: Path) -> None:
    assert Recalling(SCHEMA, tmp_path, "key").problems(of({"a": -1}))
    assert marks(tmp_path) == []


def believed(folder: Path, value: object, asked: list[object]) -> bool:
    asked.clear()
    Recalling(SCHEMA, folder, "key").problems(of(value))
    return not asked


@pytest.mark.parametrize("mode", [0o640, 0o606, 0o620, 0o777], ids=oct)
def test_a_mark_that_others_could_read_or_write_is_not_there_and_made_anew(
    mode: int, tmp_path: Path, asked: list[object]
) -> None:
    assert not believed(tmp_path, {"a": 1}, asked)
    (mark,) = marks(tmp_path)
    mark.chmod(mode)
    assert not believed(tmp_path, {"a": 1}, asked)
    assert believed(tmp_path, {"a": 1}, asked)
    assert stat.S_IMODE(mark.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_file_is_no_mark(kind: str, tmp_path: Path, asked: list[object]) -> None:
    assert not believed(tmp_path / "cache", {"a": 1}, asked)
    (mark,) = marks(tmp_path / "cache")
    elsewhere = tmp_path / "elsewhere"
    mark.rename(elsewhere)
    if kind == "link":
        mark.symlink_to(elsewhere)
    elif kind == "folder":
        mark.mkdir(mode=0o700)
    else:
        os.mkfifo(mark, 0o600)
    assert not believed(tmp_path / "cache", {"a": 1}, asked)
    assert elsewhere.exists()


@pytest.mark.parametrize("kind", ["moved", "emptied", "longer"])
def test_a_mark_that_does_not_say_so_itself_is_none(kind: str, tmp_path: Path, asked: list[object]) -> None:
    assert not believed(tmp_path, {"a": 1}, asked)
    (mark,) = marks(tmp_path)
    if kind == "moved":
        # Whoever can write the folder, and no file of it, can give a mark of ours another's name.
        assert not believed(tmp_path, {"a": 2}, asked)
        (other,) = set(marks(tmp_path)) - {mark}
        mark.replace(other)
        assert not believed(tmp_path, {"a": 2}, asked)
    else:
        mark.write_bytes(mark.read_bytes() + b"\n" if kind == "longer" else b"")
        assert not believed(tmp_path, {"a": 1}, asked)


def test_only_so_many_marks_are_left_the_youngest(
    tmp_path: Path, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "MOST_MARKS", 4)
    made: list[Path] = []
    for number in range(7):
        assert not believed(tmp_path, {"a": number}, asked)
        made += set(marks(tmp_path)) - {*made}
        os.utime(made[-1], (number, number))
    assert {*marks(tmp_path)} == {*made[-4:]}
    assert [believed(tmp_path, {"a": number}, asked) for number in (3, 6, 0)] == [True, True, False]


def test_where_no_mark_can_be_left_it_is_checked_each_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    for _ in range(2):
        assert Recalling(SCHEMA, tmp_path / "cache", "key").problems(of({"a": 1})) == ()
        assert Recalling(SCHEMA, tmp_path / "cache", "key").problems(of({"a": -1}))


def test_a_draft_of_one_that_was_killed_is_in_the_way_but_once(tmp_path: Path, asked: list[object]) -> None:
    assert not believed(tmp_path, {"a": 1}, asked)
    (mark,) = marks(tmp_path)
    mark.rename(tmp_path / f".{mark.name}.{os.getpid()}.draft")
    assert not believed(tmp_path, {"a": 1}, asked)
    assert not believed(tmp_path, {"a": 1}, asked)
    assert believed(tmp_path, {"a": 1}, asked)


def test_a_plan_of_what_is_kept_loads_nothing_that_checks(desk: Desk) -> None:
    some(desk)
    desk.configure(limits={"maxLicensesAdded": 7})
    code = (
        "import sys, reconciler.cli as tool\n"
        "code = tool.run(['plan', 'tenants', '--live', 'live', '--cache', 'cache'])\n"
        "print(code, 'jsonschema_rs' in sys.modules, 'jsonschema' in sys.modules)"
    )

    assert last_line_of(code, desk.folder) == "0 True False"
    assert last_line_of(code, desk.folder) == "0 False False"
    desk.configure(limits={"maxLicensesAdded": -7})
    assert desk.run("plan", "tenants", "--live", "live", "--cache", "cache").code == 1


def test_no_mark_is_left_where_a_link_of_the_repository_leads_out(checkout: Desk) -> None:
    (checkout.folder / "cache").symlink_to(checkout.folder.parent / "outside")
    before = sorted((checkout.folder.parent / "outside").rglob("*"))
    refused(checkout, *PLAN, "--cache", "cache")
    refused(checkout, "validate", "tenants", "--cache", "cache")
    assert sorted((checkout.folder.parent / "outside").rglob("*")) == before
