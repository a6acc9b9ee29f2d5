"""The strict loader: what YAML allows and a reviewed file must not, each refused with its position."""

from __future__ import annotations

import math
import re
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired import Loaded, decode, load, scalar
from reconciler.desired.loading import MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, MAX_TEXT
from reconciler.errors import Problem


def value_of(text: str) -> object:
    loaded = load(text, "f.yaml")
    assert loaded.problems == ()
    (document,) = loaded.documents
    return document.value


def told(text: str) -> list[tuple[str, int, int]]:
    return [(p.code, p.place.line, p.place.column) for p in load(text, "f.yaml").problems]


@pytest.mark.parametrize(
    "word",
    [
        "NO",
        "no",
        "yes",
        "on",
        "Off",
        "y",
        "12:30",
        "010",
        "0x10",
        "0o7",
        "0b1",
        "+5",
        "1_000",
        ".5",
        "5.",
        ".inf",
        ".NaN",
        "2026-11-20",
        "2026-11-23T10:00:00Z",
        "1e999",
        "-1e999",
        "--",
        "-1-",
        "1,000",
        "٤٢",
        "٤",
        "nULL",
        "tRUE",
    ],
)
def test_what_people_read_as_text_stays_text(word: str) -> None:
    assert value_of(f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("true", True),
        ("TRUE", True),
        ("false", False),
        ("0", 0),
        ("-0", 0),
        ("42", 42),
        ("-7", -7),
        ("999999999999999999", 999999999999999999),
    ],
)
def test_the_core_words_and_decimal_integers_mean_what_they_say(word: str, value: object) -> None:
    found = value_of(f"a: {word}")
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(
    ("word", "value"), [("5.0", 5.0), ("-0.5", -0.5), ("1e3", 1000.0), ("1.5E-2", 0.015)]
)
def test_a_fraction_or_an_exponent_makes_a_float_and_the_document_says_so(word: str, value: float) -> None:
    (document,) = load(f"a: [{word}]", "f").documents
    assert document.value == {"a": [value]}
    assert document.floats
    assert not load("a: 5", "f").documents[0].floats


@pytest.mark.parametrize("word", ["true", "null", "42", "5.0", "~", ""])
def test_in_quotes_everything_is_text(word: str) -> None:
    assert value_of(f"a: '{word}'\nb: \"{word}\"") == {"a": word, "b": word}
    assert value_of(f"a: |-\n  {word}x") == {"a": f"{word}x"}


def test_a_number_of_ten_thousand_digits_is_text_and_costs_nothing() -> None:
    assert value_of("a: " + "9" * 10_000) == {"a": "9" * 10_000}


# The core schema of YAML 1.2.2, chapter 10.3.2, as its tables write it.
CORE = {
    "null": re.compile(r"null|Null|NULL|~|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII),
    "float": re.compile(
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"
    ),
}


@given(st.text(alphabet="0123456789+-.eExXo_:abcdftrunlNTF~ ", max_size=20))
def test_no_scalar_is_read_as_something_the_core_schema_does_not_read_it_as(word: str) -> None:
    found = scalar(word)
    if found is None:
        assert CORE["null"].fullmatch(word)
    elif isinstance(found, bool):
        assert CORE["bool"].fullmatch(word)
        assert found is (word.lower() == "true")
    elif isinstance(found, int):
        assert CORE["int"].fullmatch(word)
        assert str(found) == word.replace("-0", "0") or str(found) == word
    elif isinstance(found, float):
        assert CORE["float"].fullmatch(word)
        assert math.isclose(found, float(word))
    else:
        assert found == word


@given(st.integers(min_value=-(10**16), max_value=10**16))
def test_every_decimal_integer_is_read_back(number: int) -> None:
    assert scalar(str(number)) == number


@given(
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cn", "Co", "Cs"])
    )
)
def test_every_text_in_single_quotes_comes_back_as_it_is(word: str) -> None:
    assert value_of("a: '" + word.replace("'", "''") + "'") == {"a": word}


@given(st.text(max_size=200))
def test_any_text_ends_in_documents_or_problems_and_never_in_an_exception(text: str) -> None:
    loaded = load(text, "f.yaml")
    assert loaded.documents or loaded.problems


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%#@` \n\t~<1", max_size=60))
def test_any_heap_of_indicators_ends_in_documents_or_problems(text: str) -> None:
    loaded = load(text, "f.yaml")
    assert loaded.documents or loaded.problems
    assert all(p.place.line >= 1 and p.place.column >= 1 for p in loaded.problems)


def test_an_alias_and_its_anchor_are_refused_with_their_positions() -> None:
    assert told("a: &x 1\nb: *x\n") == [("anchor", 1, 4), ("alias", 2, 4)]


def test_an_alias_without_an_anchor_is_an_alias_too() -> None:
    assert told("a:\n  - *nowhere\n") == [("alias", 2, 5)]


def test_anchors_on_mappings_and_keys_are_found() -> None:
    assert told("&r\na: &s [1]\n&k b: 2\n") == [("anchor", 1, 1), ("anchor", 2, 4), ("anchor", 3, 1)]


def test_a_sign_of_an_alias_inside_text_is_only_text() -> None:
    assert value_of("a: R&D\nb: '*x'\nc: \"!y\" # &z\n") == {"a": "R&D", "b": "*x", "c": "!y"}


@pytest.mark.parametrize(
    "tag", ["!!str", "!!python/object/apply:os.system", "!custom", "!", "!<tag:yaml.org,2002:int>"]
)
def test_a_tag_is_refused_with_its_position(tag: str) -> None:
    assert told(f"a: 1\nb: {tag} 010\n") == [("tag", 2, 4)]


def test_tags_on_collections_are_refused() -> None:
    assert told("a: !!set {b}\nc: !x [1]\n") == [("tag", 1, 4), ("tag", 2, 4)]


def test_a_merge_key_is_refused_and_a_quoted_one_is_a_name() -> None:
    assert told("a:\n  <<: {b: 1}\n") == [("merge-key", 2, 3)]
    assert value_of("'<<': 1") == {"<<": 1}


def test_a_duplicate_key_is_refused_and_the_first_one_named() -> None:
    (problem,) = load("a:\n  b: 1\n  c: 2\n  b: 3\n", "f.yaml").problems
    assert (problem.code, str(problem.place)) == ("duplicate-key", "f.yaml:4:3")
    assert "f.yaml:2:3" in problem.message
    assert problem.line_text == "  b: 3"


def test_a_key_that_differs_in_quotes_only_is_a_duplicate() -> None:
    assert told("a: 1\n'a': 2\n\"a\": 3\n") == [("duplicate-key", 2, 1), ("duplicate-key", 3, 1)]


@pytest.mark.parametrize("key", ["1", "5.0", "true", "null", "~", "[a]", "{a: b}", "? [a, b]\n"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert [code for code, *_ in told(f"{key}: x\n")] == ["key-not-text"]


def test_a_key_in_quotes_is_text() -> None:
    assert value_of('"1": a\n"true": b') == {"1": "a", "true": "b"}


@pytest.mark.parametrize("key", ['""', '"a\\nb"', '"a\\tb"', '"a\\x1bb"', "x" * 201])
def test_an_odd_key_is_refused(key: str) -> None:
    assert told(f"? {key}\n: x\n") == [("odd-key", 1, 3)]


@pytest.mark.parametrize(
    "character", "\x00\x01\x07\x1b\x7f\x85\x9f\u200f\u2028\u2029\u202e\u2066\ud800\udfff\ufffe\uffff"
)
def test_a_character_nobody_sees_is_refused_with_its_position(character: str) -> None:
    assert told(f"a: 1\nb: x{character}y\n") == [("control-character", 2, 5)]


def test_a_control_character_hidden_in_an_escape_is_refused() -> None:
    assert told('a: 1\nb: "x\\e[31m"\n') == [("control-character", 2, 4)]
    assert told('a: "\\u202e"\n') == [("control-character", 1, 4)]
    assert value_of('a: "x\\ty\\n"') == {"a": "x\ty\n"}


def test_a_byte_order_mark_at_the_head_is_let_pass_and_shifts_nothing() -> None:
    assert value_of("\ufeffa: 1") == {"a": 1}
    assert told("\ufeffa: 1\na: 2") == [("duplicate-key", 2, 1)]
    assert told("\ufeffa: !x 1") == [("tag", 1, 4)]


def test_windows_line_ends_count_as_one() -> None:
    assert told("a: 1\r\nb: 2\r\nb: 3\r\n") == [("duplicate-key", 3, 1)]
    assert told("a: 1\r\nb: 2\r\nc: \x07\r\n") == [("control-character", 3, 4)]


@pytest.mark.parametrize("text", ["%TAG ! tag:x,2000:\n---\na: 1", "%YAML 1.1\n---\na: 1", "%FOO\n---\na: 1"])
def test_a_directive_is_refused(text: str) -> None:
    assert told(text) == [("directive", 1, 1)]


def test_the_directive_of_the_version_we_read_is_let_pass() -> None:
    assert value_of("%YAML 1.2\n---\na: 100%\n") == {"a": "100%"}


@pytest.mark.parametrize(
    "text", ["", "# only words\n", "\n\n", "---\n", "---\n---\n...\n", "~\n", "null\n", "\ufeff"]
)
def test_a_file_with_nothing_in_it_is_an_error(text: str) -> None:
    assert told(text) == [("empty-file", 1, 1)]


def test_several_documents_are_read_and_empty_ones_between_them_passed_over() -> None:
    loaded = load("---\na: 1\n---\n---\nb: 2\n---\n# end\n", "f")
    assert loaded.problems == ()
    assert [d.value for d in loaded.documents] == [{"a": 1}, {"b": 2}]
    assert str(loaded.documents[1].place(("b",))) == "f:5:4"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: b: c\n", (1, 5)),
        ("a: [1,\nb: 2\n", (3, 1)),
        ("a: 'x\n", (2, 1)),
        ("a:\n\t- b\n", (2, 1)),
        ("a: 1\n...\nb: 2\n", (3, 1)),
        ("- a\nb: c\n", (2, 1)),
        ("a: @x\n", (1, 4)),
    ],
)
def test_broken_yaml_is_one_problem_with_position_line_and_hint(text: str, place: tuple[int, int]) -> None:
    (problem,) = load(text, "f.yaml").problems
    assert problem.code == "syntax"
    assert (problem.place.line, problem.place.column) == place


def test_what_a_common_slip_needs_is_said() -> None:
    (problem,) = load("a: b: c\n", "f.yaml").problems
    assert problem.line_text == "a: b: c"
    assert "second `: `" in problem.hint


def test_all_problems_of_a_file_are_told_at_once() -> None:
    text = "a: !x 1\na: 2\n1: 3\n<<: 4\n---\nb: 1\nb: 2\n"
    assert [code for code, *_ in told(text)] == [
        "tag",
        "duplicate-key",
        "key-not-text",
        "merge-key",
        "duplicate-key",
    ]


def test_of_very_many_problems_the_first_are_told_and_that_there_are_more() -> None:
    problems = load("a: 1\n" * 500, "f").problems
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].code == "more-problems"


def test_nesting_is_bounded_at_its_place() -> None:
    assert load("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f").problems == ()
    assert told("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == [("too-deep", 1, MAX_DEPTH + 1)]
    deep = "".join("  " * i + "a:\n" for i in range(900))
    assert told(deep) == [("too-deep", MAX_DEPTH + 1, 2 * MAX_DEPTH + 1)]


def test_long_and_short_texts_are_bounded_alike() -> None:
    padding = "#" * 5000 + "\n"
    for depth in (MAX_DEPTH, MAX_DEPTH + 1):
        text = "[" * depth + "x" + "]" * depth
        assert [c for c, *_ in told(text)] == [c for c, *_ in told(padding + text)]


def test_bytes_that_are_not_utf8_are_a_problem_at_their_place() -> None:
    problem = decode(b"a: 1\nb: bl\xe5b\xe6r\n", "f.yaml")
    assert isinstance(problem, Problem)
    assert (problem.code, str(problem.place)) == ("not-utf-8", "f.yaml:2:6")
    assert "0xe5" in problem.message


def test_utf16_is_named_in_the_hint() -> None:
    problem = decode("a: 1".encode("utf-16"), "f.yaml")
    assert isinstance(problem, Problem)
    assert "UTF-16" in problem.hint
    assert decode("blåbær".encode(), "f") == "blåbær"


MEGABYTE = 1_000_000
HOSTILE = {
    "open brackets": "[" * MEGABYTE,
    "open braces": "{a: " * (MEGABYTE // 4),
    "dashes": "- " * (MEGABYTE // 2),
    "question marks": "? " * (MEGABYTE // 2),
    "many values": "[" + "a, " * (MEGABYTE // 3),
    "many empty entries": "-\n" * (MEGABYTE // 2),
    "duplicate keys": "a: 1\n" * (MEGABYTE // 5),
    "far duplicate": "".join(f"k{i}: 1\n" for i in range(45_000)) + "k44999: 1\n" * 4_000,
    "nested lists": "a: [" + ("[" * 30 + "]" * 30 + ",") * 15_000,
    "anchors": "".join(f"- &a{i} b\n" for i in range(70_000)),
    "aliases": "- &a b\n" + "- *a\n" * 190_000,
    "a billion laughs": "a0: &a0 [x, x]\n"
    + "".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(60)),
    "an alias of itself": "&a [*a]",
    "tags": "- !a%41%41 b\n" * 75_000,
    "tag handles": "".join(f"%TAG !a{i}! x\n" for i in range(50_000)),
    "open quote": '"' + "a" * MEGABYTE,
    "escapes": 'a: "' + "\\x01" * (MEGABYTE // 4) + '"',
    "colons": ":" * MEGABYTE,
    "control characters": "\x01\n" * (MEGABYTE // 2),
    "documents": "--- a\n" * (MEGABYTE // 6),
    "open block": "a: |\n" + " \n" * (MEGABYTE // 3) + "\tb",
    "tabs": "\t" * MEGABYTE,
    "indentation": "a:\n" + " " * MEGABYTE + "b: c: d",
    "too large": "a" * (MAX_TEXT + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_clear_error_quickly(name: str) -> None:
    start = time.process_time()
    loaded = load(HOSTILE[name], "f.yaml")
    spent = time.process_time() - start
    assert 1 <= len(loaded.problems) <= MAX_PROBLEMS + 1
    assert spent < 2


@pytest.mark.parametrize(
    "name", ["many values", "nested lists", "a billion laughs", "escapes", "control characters"]
)
def test_a_hostile_file_takes_little_memory(name: str) -> None:
    tracemalloc.start()
    try:
        load(HOSTILE[name], "f.yaml")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


def test_the_number_of_values_is_bounded() -> None:
    loaded: Loaded = load("[" + "a," * (MAX_NODES - 1) + "]", "f")
    assert loaded.problems == ()
    assert [p.code for p in load("[" + "a," * MAX_NODES + "]", "f").problems] == ["too-many-nodes"]
