"""The reader of plain texts: whatever it reads, the strict loader reads as the same, with the same places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.fleets import make_fleet
from reconciler.desired.documents import Document
from reconciler.desired.loading import Loaded, load
from reconciler.desired.plain import plain_document
from reconciler.desired.strict import read_strictly

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").rglob("*.yaml"))

WORDS = st.sampled_from(
    """a|b|name|plan|x-1|true|null|~|NO|5|010|0x1|1.5|1e3|-5|12:30
    |a (b)|(a)|a, b|a,b|a,|a:b|a:|:b|a::b|2026-11-23T10:00:00Z|a/b|@c|é|٤|-|--
    |---|<<|&a|*a|!t|%|?|>|a#b|#c|'q'|'it''s'|"d"|"\\t"|"a #b"|''|""|{}|[]|{a:b}|{a: {b: c}}|[a,b]|[a, [b]]
    |{a: b , c: d}
    |{a: b, a: c}|[a: b]|{ [ } ]|,|{a: b,|a b|a  b|[a, b]|{a: b, c: [d, e]}|{a: b} # c|[a]#c|{true: a}|a |'a' b
    |{a: b,\n  c: d}|[\n]|[ a ]|{ a: 'b' }|["x"]|{a: b}c|{a: []}""".replace("\n    |", "|").split("|")
)
KEYS = st.sampled_from(
    ["a", "b", "name", "plan", "true", "a b", "'a'", "5", "x.y-z", "", "- a", "- - a", "-", "? a", "é"]
)
GAPS = st.sampled_from(["", "# c", "   ", "---", "...", "\t", "  # a: b", "%YAML 1.2"])
LINES = st.one_of(
    st.builds(
        lambda indent, key, word, tail: " " * indent + f"{key}: {word}{tail}",
        st.integers(0, 6),
        KEYS,
        WORDS,
        st.sampled_from(["", " ", " # c", "#c"]),
    ),
    st.builds(lambda indent, key: " " * indent + f"{key}:", st.integers(0, 6), KEYS),
    st.builds(lambda indent, word: " " * indent + f"- {word}", st.integers(0, 6), WORDS),
    GAPS,
)


def strictly(text: str) -> Loaded:
    return read_strictly(text, "f.yaml")


def paths_in(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, item in inside for below in paths_in(item, (*path, key)))]


def kinds_in(value: Any) -> Any:
    """The value with the kind of each word: 1 is not True."""
    if isinstance(value, dict):
        return {key: kinds_in(item) for key, item in value.items()}
    return [kinds_in(item) for item in value] if isinstance(value, list) else (type(value), value)


def hold_to_one_answer(text: str) -> bool:
    """Say whether the text is read plainly, having shown that it is then read as the strict loader reads it."""
    plain = plain_document(text)
    if plain is None:
        return False
    loaded = strictly(text)
    assert loaded.problems == ()
    (exactly,) = loaded.documents
    assert kinds_in(plain.value) == kinds_in(exactly.value)
    assert list(map(str, paths_in(plain.value))) == list(map(str, paths_in(exactly.value)))
    assert not exactly.floats
    unmarked = plain_document(text, marked=False)
    assert unmarked is not None
    assert unmarked.value == plain.value
    document = Document("f.yaml", text, plain.value, marks=plain.marks)
    for path in paths_in(plain.value):
        assert document.place(path) == exactly.place(path)
        assert document.key_place(path) == exactly.key_place(path)
        assert document.places(path) == exactly.places(path)
    return True


@settings(max_examples=1500, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=7).map("\n".join))
@example("a: b\nc:\n- d\n- e: f\n  g: h\ni: j")
@example("a:\n  - b: c\n    d: {e: f,\n  g: h}\n  - i")
@example("---\na: b\n---\nc: d")
@example("---\n---\na: b")
@example("a:\nb: c")
@example("a: b\n  c")
@example("a:\n  b: c\n d: e")
def test_what_is_read_plainly_is_read_as_the_strict_loader_reads_it(text: str) -> None:
    hold_to_one_answer(text)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_a_tenant_file_changed_anywhere_is_never_read_in_two_ways(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([file.read_text(encoding="utf-8") for file in EXAMPLES]))
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 3))
    put = data.draw(st.text(alphabet=" \n-:#{}[],'\"\\&*!%?|>~a1.é\t\r\u2028", max_size=3))
    hold_to_one_answer(text[:at] + put + text[at + gone :])


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_means_the_same_read_either_way(file: Path) -> None:
    hold_to_one_answer(file.read_text(encoding="utf-8"))


def test_the_files_of_a_fleet_are_read_plainly(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path / "fleet", 40, 0.2)
    for file in fleet.folder.rglob("[!r]*.yaml"):
        assert hold_to_one_answer(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "---",
        "- a",
        "a: b\n---\nc: d",
        "a: &b c",
        "a: *b",
        "a: !b c",
        "a: b\na: c",
        "a: {b: c, b: d}",
        "true: a",
        "a: 1.5",
        "a: [1.5]",
        'a: "\\x00"',
        "a: b\u2028",
        "a:\tb",
        "a: b\r\nc: d",
        "a: |\n  b",
        "a: b\n c",
        "'a': b",
        "a: b: c",
        "a:",
        "a: [b",
    ],
)
def test_what_is_not_plain_is_left_to_the_strict_loader(text: str) -> None:
    assert plain_document(text) is None


def test_no_two_documents_share_what_one_line_says() -> None:
    one, two = (load("a: {b: [c]}\nd: []", "f.yaml").documents[0].value for _ in range(2))
    one["a"]["b"].append("e")
    one["d"].append("f")
    assert two == {"a": {"b": ["c"]}, "d": []}
    assert load("a: {b: [c]}\nd: []", "f.yaml").documents[0].value == two
