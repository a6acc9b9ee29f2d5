"""A tenant file's or live state's content in, its YAML text out, spelt so that the strict loader reads it back.

Not a writer for all of YAML: mappings, lists, text, whole numbers, true, false and null. What is a fact by itself
goes on one line (``{state: none}``), what people read line by line goes on lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.desired import scalar

WIDTH = 110
ON_LINES = frozenset({"metadata", "spec", "subscriptions", "unmanaged"})
_STEP = "  "
_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._/@+:-]*[A-Za-z0-9])?", re.ASCII).fullmatch
# Readers of older YAML take these for something else than text; ours does not, but a person may use one of those.
_OLD_WORDS = re.compile(r"(?i)y|yes|n|no|on|off|0[xob][0-9a-f]+|[0-9][0-9_,:.]*(e[+-]?[0-9]+)?").fullmatch
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def yaml_text(document: Mapping[str, Any], *, schema: str | None = None) -> str:
    """Return one document; ``schema`` is the path of its JSON Schema, for editors, as its first line."""
    head = [f"# yaml-language-server: $schema={schema}"] if schema else []
    return "\n".join([*head, *_members(document, "")]) + "\n"


def yaml_stream(texts: Sequence[str]) -> str:
    """Put the texts of several documents into one stream."""
    return "---\n".join(texts)


def _members(values: Mapping[str, Any], indent: str) -> list[str]:
    return [line for key, value in values.items() for line in _member(key, value, indent)]


def _member(key: str, value: Any, indent: str) -> list[str]:
    name = f"{indent}{_word(key)}:"
    line = f"{name} {_flow(value)}"
    if not isinstance(value, dict | list) or not value:
        return [line]
    if key not in ON_LINES and len(line) <= WIDTH:
        return [line]
    under = indent + _STEP
    if isinstance(value, dict):
        return [name, *_members(value, under)]
    return [name, *(line for entry in value for line in _entry(entry, under))]


def _entry(value: Any, indent: str) -> list[str]:
    if not isinstance(value, dict) or not value:
        return [f"{indent}- {_flow(value)}"]
    first, *rest = _members(value, indent + _STEP)
    return [f"{indent}- {first.removeprefix(indent + _STEP)}", *rest]


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_word(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return _word(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"no spelling for {type(value).__name__}")


def _word(text: str) -> str:
    """Spell text without quotes where nobody could read anything else in it."""
    if _PLAIN(text) and isinstance(scalar(text), str) and not _OLD_WORDS(text):
        return text
    return '"' + "".join(_spelt(character) for character in text) + '"'


def _spelt(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
