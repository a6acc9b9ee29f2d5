"""One error of jsonschema in, our own sentences out: what stands there, what is wanted, what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.desired.documents import Document, Path, spelt
from reconciler.errors import Problem
from reconciler.messages import say

Schema = Mapping[str, Any]
Explain = Callable[[Document, Any, Path, Schema], Iterator[Problem]]

# Words people use for a member, where likeness alone would not lead to it.
_MEANT = {
    "licences": "licenses",
    "seats": "licenses",
    "quantity": "licenses",
    "count": "licenses",
    "product": "plan",
    "sku": "plan",
    "id": "subscriptionId",
    "domain": "tenant",
}
_TYPES = {
    "string": "text",
    "integer": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "mapping",
    "null": "null",
}
_LONGEST_WORD = 60
# The loader leaves a number as text that is longer than any reader's integers.
_LONG_NUMBER = re.compile(r"-?[1-9][0-9]{17,}").fullmatch


def explain(document: Document, error: Any, root: Schema) -> Iterator[Problem]:
    """Translate one error; ``root`` is the whole schema, to tell where a misplaced member belongs."""
    path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        yield document.key_problem(
            "bad-key",
            (*path, error.instance),
            member=spelt(path),
            key=_shown(error.instance),
            expected=_meaning(error),
        )
        return
    teller = _TELLERS.get(error.validator)
    if teller is None:
        yield document.problem("not-accepted", path, what=error.message[:200])
        return
    yield from teller(document, error, path, root)


def found_words(document: Document, path: Path, value: object) -> str:
    """Say what stands at ``path``: "it is empty", "010 is text here"."""
    word = document.written(path)
    if isinstance(value, str) and not document.quoted(path) and _LONG_NUMBER(word):
        return say("files.found.long-number", word=clipped(word), digits=len(word.lstrip("-")))
    kind = {type(None): "null", str: "text", bool: "boolean", list: "list", dict: "mapping"}.get(
        type(value), "number"
    )
    return say(f"files.found.{kind}", word=clipped(word))


def clipped(word: str) -> str:
    """Cut a word that is too long for a sentence."""
    return word if len(word) <= _LONGEST_WORD else word[: _LONGEST_WORD - 3] + "..."


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that was most likely meant, or None."""
    from difflib import get_close_matches

    if len(word) > _LONGEST_WORD:
        return None
    folded = {name.casefold(): name for name in known}
    meant = _MEANT.get(word.casefold())
    if meant in known:
        return meant
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.7)
    return folded[close[0]] if close else None


def _unknown_members(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    known = sorted(error.schema.get("properties", ()))
    for name in error.instance:
        if name not in known:
            hint = _hint_for(name, known, path, root)
            yield document.key_problem(
                "unknown-member", (*path, name), hint, parent=spelt(path), name=clipped(name)
            )


def _hint_for(name: str, known: Sequence[str], path: Path, root: Schema) -> str:
    """Say what was meant: a member of nearly that name, or where a member of that name belongs."""
    near = nearest(name, known)
    if near:
        return say("files.unknown-member.near", near=near)
    if not path and name == "windows":
        return ""
    home = next((h for h in _homes(name, root, ()) if h != path), None)
    if home is not None:
        return say("files.unknown-member.home", name=name, home=spelt(home))
    if not known:
        return say("files.unknown-member.nothing")
    return say("files.unknown-member.known", known=", ".join(known))


def _homes(name: str, schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    properties = schema.get("properties", {})
    if name in properties:
        yield path
    for member, below in properties.items():
        yield from _homes(name, below, (*path, member))
        yield from _homes(name, below.get("items", {}), (*path, member))


def _missing_members(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    # One error of jsonschema is one missing member, which only its message and this order name.
    for name in error.validator_value:
        if name not in error.instance and error.message.startswith(repr(name)):
            about = error.schema.get("properties", {}).get(name, {})
            yield document.key_problem(
                "missing-member",
                path,
                parent=spelt(path),
                missing=name,
                meaning=about.get("description", ""),
                example=_example(about),
            )


def _wrong_type(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    kinds = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    wanted = say("files.or").join(say(f"files.a.{_TYPES[kind]}") for kind in kinds)
    hint = _type_hint(document, error, path, kinds[0])
    found = found_words(document, path, error.instance)
    yield document.problem("wrong-type", path, hint, wanted=wanted, found=found)


def _type_hint(document: Document, error: Any, path: Path, wanted: str) -> str:
    value, word, example = error.instance, document.written(path), _example(error.schema)
    if value is None:
        return say("files.wrong-type.empty")
    if wanted == "integer":
        number = _meant_number(word)
        if number is None:
            return say("files.wrong-type.plain", example=example)
        return say("files.wrong-type.write", word=number)
    if wanted == "string" and word:
        return say("files.wrong-type.quote", word=clipped(word))
    if wanted == "boolean" and word.casefold() in _TRUTHS:
        return say("files.wrong-type.write", word=_TRUTHS[word.casefold()])
    if wanted == "array":
        return say("files.wrong-type.entries")
    if wanted == "object" and error.schema.get("properties"):
        return say("files.wrong-type.members", known=", ".join(error.schema["properties"]))
    return say("files.wrong-type.example", example=example)


_TRUTHS = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}


def _meant_number(word: str) -> int | None:
    """Return the whole number somebody most likely meant by a word that is none, or None."""
    word = word.strip()
    if len(word) > 18:
        return None
    if re.fullmatch(r"0[xX][0-9a-fA-F]+|0o[0-7]+", word):
        return int(word, 0)
    grouped = re.fullmatch(r"\+?([0-9]{1,3}(?:[ ,_'][0-9]{3})+|[0-9]+)(?:\.0*)?", word, re.ASCII)
    return int(re.sub(r"[^0-9]", "", grouped[1])) if grouped else None


def _not_one_of(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    allowed = [str(value) for value in error.validator_value]
    near = nearest(error.instance, allowed) if isinstance(error.instance, str) else None
    hint = say("files.not-one-of.near", near=near) if near else ""
    yield document.problem(
        "not-one-of", path, hint, found=_shown(error.instance), allowed=say("files.or").join(allowed)
    )


def _not_the_constant(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    found = _shown(error.instance)
    if path == ("apiVersion",):
        yield document.problem("wrong-version", path, found=found)
    elif path == ("kind",):
        yield document.problem("wrong-kind", path, found=found, wanted=error.validator_value)
    else:
        yield document.problem("not-one-of", path, found=found, allowed=str(error.validator_value))


def _bad_format(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    # A text that misses its pattern is no date either: say it once.
    if error.validator == "format" and not re.search(error.schema.get("pattern", ""), error.instance):
        return
    yield document.problem(
        "bad-format",
        path,
        found=_shown(error.instance),
        expected=_meaning(error),
        example=_example(error.schema),
    )


def _limit(code: str, measure: Callable[[Any], object]) -> Explain:
    def tell(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
        yield document.problem(code, path, found=measure(error.instance), limit=error.validator_value)

    return tell


def _which_one(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    required = error.schema.get("required", ())
    names = (name for name in error.schema.get("properties", ()) if name not in required)
    yield document.problem("which-one", path, names=say("files.and").join(names))


def _not_this(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    yield document.problem("not-this", path, found=_shown(error.instance))


def _too_many_entries(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    """Tell a map that is too big from an entry that names two things where one is wanted."""
    tell = (
        _which_one if error.validator_value == error.schema.get("minProperties") else _limit("too-many", len)
    )
    yield from tell(document, error, path, root)


def _too_long(document: Document, error: Any, path: Path, root: Schema) -> Iterator[Problem]:
    """Where a pattern says what is wanted, it says more than the length."""
    tell = _bad_format if "pattern" in error.schema else _limit("too-long", len)
    yield from tell(document, error, path, root)


def _meaning(error: Any) -> str:
    return str(error.schema.get("description", ""))


def _example(schema: Schema) -> str:
    """Return the schema's example as one would write it."""
    import json

    example = next(iter(schema.get("examples", ())), "")
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)


def _shown(value: object) -> str:
    """Return a value in a sentence: text in quotes, the rest as YAML spells it."""
    import json

    return f'"{clipped(value)}"' if isinstance(value, str) else clipped(json.dumps(value, default=str))


_TELLERS: Mapping[str, Explain] = {
    "additionalProperties": _unknown_members,
    "required": _missing_members,
    "type": _wrong_type,
    "enum": _not_one_of,
    "const": _not_the_constant,
    "minimum": _limit("too-small", _shown),
    "maximum": _limit("too-big", _shown),
    "minLength": _limit("too-short", len),
    "maxLength": _too_long,
    "minItems": _limit("too-few", len),
    "maxItems": _limit("too-many", len),
    "minProperties": _which_one,
    "maxProperties": _too_many_entries,
    "pattern": _bad_format,
    "format": _bad_format,
    "not": _not_this,
}
