"""The docs against the code: commands, exit codes, links, and the sentences people read."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import ROOT, Desk

from reconciler.cli import COMMANDS
from reconciler.messages import SENTENCES
from reconciler.report.exits import Exit
from reconciler.rules.table import GROUND, TABLE

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(p for p in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")))
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
CODE = "\n".join(
    p.read_text(encoding="utf-8")
    for kind in ("*.py", "*.html")
    for p in sorted((ROOT / "reconciler").rglob(kind))
    if "messages" not in p.parts
)


def commands_of_the_table() -> set[str]:
    """The commands that the README's table names."""
    table = README.split("## Everyday commands")[1].split("\n\n")[1]
    firsts = [row.split("|")[1] for row in table.splitlines()[2:]]
    words = [word for first in firsts for word in re.findall(r"`([^`]+)`", first)]
    named = {word.removeprefix("reconciler ").split()[0] for word in words}
    # Words in capitals are arguments of the command before them.
    return {word for word in named if word == word.lower()}


def test_the_readme_names_the_commands_there_are() -> None:
    assert commands_of_the_table() - {"show"} == set(COMMANDS) - {"show"}
    assert "`reconciler show`" in README


def test_every_command_the_docs_call_exists() -> None:
    for page in PAGES:
        called = re.findall(r"(?:\$ |`)reconciler ([a-z][a-z-]*)", page.read_text(encoding="utf-8"))
        assert set(called) <= set(COMMANDS), page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(desk: Desk, command: str) -> None:
    lines = desk.ok(command, "--help").out.splitlines()
    assert lines[0].startswith(f"Usage: reconciler {command}")
    assert lines[2].strip()
    assert COMMANDS[command][1].endswith(".")


@pytest.mark.parametrize("words", [(), ("handoff",), ("simulator",)])
def test_a_list_of_commands_ends_each_line_with_a_sentence_and_not_in_the_middle(
    desk: Desk, words: tuple[str, ...]
) -> None:
    listed = desk.ok(*words, "--help").out.partition("Commands:\n")[2].splitlines()
    assert listed
    assert all(line.endswith(".") and not line.endswith("...") for line in listed), listed


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        file = (page.parent / target) if target else page
        assert file.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {link}"


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_every_rule_has_a_paragraph() -> None:
    assert {rule.id for rule in (*TABLE, *GROUND)} <= anchors(ROOT / "docs/rules.md")


def test_the_readme_tells_the_exit_codes_there_are() -> None:
    (paragraph,) = re.findall(r"^Exit codes: (.+?)\n\n", README, re.MULTILINE | re.DOTALL)
    told = {int(number) for number in re.findall(r"(?<![+\d])\b(\d+)\b", paragraph) if int(number) != 128}
    assert told == {int(code) for code in Exit}
    assert "128+n" in paragraph


def test_the_readme_tells_the_signs_there_are() -> None:
    from reconciler.report.wording import ACTION_SIGN, ENDING_SIGN, UNMANAGED_SIGN, VERDICT_SIGN

    (paragraph,) = re.findall(r"^Signs in a change plan: (.+?)\n\n", README, re.MULTILINE | re.DOTALL)
    signs = {*ACTION_SIGN.values(), *ENDING_SIGN.values(), *VERDICT_SIGN.values(), UNMANAGED_SIGN}
    assert {s for s in re.findall(r"`(.)`", paragraph) if s != "-"} == signs
    assert "-" not in signs


def keys_in_code() -> Iterator[re.Pattern[str]]:
    """What the code may ask for: whole keys, and keys put together of a fixed part and others."""
    for literal in re.findall(r'"([a-z][\w.:-]*)"', CODE):
        yield re.compile(re.escape(literal))
    for template in re.findall(r'f"([^"\n]*\{[^"\n]*)"', CODE):
        parts = re.split(r"\{[^}]*\}", template)
        if len("".join(parts)) > 2:
            yield re.compile(".+".join(re.escape(part) for part in parts))
    for prefix in re.findall(r'"([a-z][\w.-]*\.)" [+~]', CODE):
        yield re.compile(re.escape(prefix) + ".+")


def test_every_sentence_is_said_somewhere() -> None:
    patterns = list(keys_in_code())
    rules = {rule.id for rule in (*TABLE, *GROUND)}

    def said(key: str) -> bool:
        # Sentences about files are asked for by the code of a problem, which stands somewhere by itself.
        code = re.split("[.:]", key)[1]
        known = not key.startswith("files.") or f'"{code}"' in CODE or f".{code}" in CODE
        return known and any(pattern.fullmatch(key) for pattern in patterns)

    assert not said("cli.never-said")
    assert not said("files.never-said")
    assert [key for key in SENTENCES if key.split(".")[0] not in rules and not said(key)] == []


def test_every_sentence_the_code_asks_for_is_there() -> None:
    asked = set(re.findall(r'say\(\s*"([^"]+)"[,)\s]', CODE)) | set(
        re.findall(r'say\(\s*"[^"]+" if [^"]+ else "([^"]+)"', CODE)
    )
    assert len(asked) > 100
    assert {key for key in asked if not key.endswith(".")} <= set(SENTENCES)


def test_no_sentence_has_a_dash_for_a_sign_and_each_can_be_read_by_a_machine() -> None:
    for key, sentence in SENTENCES.items():
        fields = [field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None]
        assert all(part.isidentifier() for field in fields for part in field.split(".")), key
        assert not re.search("[\u2013\u2014]|(^|\n) *- ", sentence), key


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_page_names_a_place_of_the_machine_it_was_written_on(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users)/", text)
