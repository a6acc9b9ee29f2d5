"""A document and a JSON Schema in, every way in which it does not fit out.

jsonschema-rs says "valid" on the fast path; what it does not accept, jsonschema explains and has the last word
on. The two differ in what a whole number is (5.0), what ``$`` matches and what a date is, so they are held to one
answer here. Both are loaded when the first document needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from reconciler.desired.documents import Document, Path
from reconciler.desired.explaining import explain
from reconciler.desired.loading import MAX_PROBLEMS
from reconciler.errors import Problem

if TYPE_CHECKING:
    import jsonschema.protocols
    import jsonschema_rs

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any]]

_SPOIL_NOTHING = frozenset({"required", "minProperties", "maxProperties"})


class Checker:
    """One schema, with its validators built when they are first needed. Keep it: building them costs most."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = dict(schema)

    def accepts(self, value: Any, *, floats: bool = True) -> bool:
        """Say whether ``value`` fits; ``floats`` False promises that no float is in it, and is faster."""
        if not floats and self._fast.is_valid(value):
            return True
        return bool(self._slow.is_valid(value))

    def problems(self, document: Document) -> tuple[Problem, ...]:
        """Return what is wrong with a document, () when it fits; of very many problems the first."""
        if not document.floats and self._fast.is_valid(document.value):
            return ()
        found = (
            p
            for error in self._slow.iter_errors(document.value)
            for p in explain(document, error, self.schema)
        )
        return tuple(islice(found, MAX_PROBLEMS + 1))

    def spoilt(self, document: Document) -> frozenset[Path]:
        """Return the paths of what stands in a document and does not fit; what is missing has none.

        A choice made wrongly ("exactly one of") spoils no member of it.
        """
        found: set[Path] = set()
        for error in self._slow.iter_errors(document.value):
            path, schema = tuple(error.absolute_path), cast("Mapping[str, Any]", error.schema)
            if error.validator == "additionalProperties":
                members = cast("Mapping[str, Any]", error.instance)
                found |= {(*path, name) for name in members if name not in schema["properties"]}
            elif error.validator not in _SPOIL_NOTHING:
                found.add(path)
        return frozenset(found)

    @cached_property
    def _fast(self) -> jsonschema_rs.Draft202012Validator:
        from jsonschema_rs import Draft202012Validator

        return Draft202012Validator(self.schema, formats=_FORMATS, validate_formats=True)

    @cached_property
    def _slow(self) -> jsonschema.protocols.Validator:
        """Build jsonschema's validator, with a stricter integer, a strict ``$``, and bounded work."""
        from jsonschema import Draft202012Validator, FormatChecker
        from jsonschema.validators import extend

        known: Mapping[str, Keyword] = Draft202012Validator.VALIDATORS
        bounded: dict[str, Any] = {
            "items": _unless_oversized(known["items"], "maxItems"),
            "additionalProperties": _unless_oversized(known["additionalProperties"], "maxProperties"),
            "propertyNames": _unless_oversized(known["propertyNames"], "maxProperties"),
        }
        whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
        strict: Any = extend(  # type: ignore[no-untyped-call]
            Draft202012Validator, {"pattern": _pattern, **bounded}, type_checker=whole
        )
        formats = FormatChecker(formats=())
        for name, fits in _FORMATS.items():
            formats.checks(name)(_of_text(fits))
        built: jsonschema.protocols.Validator = strict(self.schema, format_checker=formats)
        return built


def is_date(text: str) -> bool:
    """Say whether the text is a day of the calendar, spelt as 2026-11-20."""
    try:
        return len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


def is_time(text: str) -> bool:
    """Say whether the text is a time that there is, with its zone, as RFC 3339 spells it."""
    try:
        return datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False


_FORMATS = {"date": is_date, "date-time": is_time}


def _of_text(fits: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or fits(value)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    """Match as ECMA 262 does: ``$`` is the end, and not also the place before a last line break."""
    from jsonschema import ValidationError

    if not isinstance(instance, str) or len(instance) > schema.get("maxLength", len(instance)):
        return
    if not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"does not match {pattern}")


def _unless_oversized(keyword: Keyword, most: str) -> Keyword:
    """Do not look at each entry of a collection whose size alone is refused: that could take minutes."""

    def bounded(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, list | dict) and len(instance) > schema.get(most, len(instance)):
            return
        yield from keyword(validator, rule, instance, schema)

    return bounded
