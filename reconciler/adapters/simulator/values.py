"""What a person typed in, the value it means out: numbers, true and false, words, lists, "not known"."""

from __future__ import annotations

import json
from typing import Any

from reconciler.errors import Refused
from reconciler.messages import say


def typed(value: object, like: type, what: str) -> Any:
    """Return ``value`` as a ``like`` (int, bool, str, list), ``null`` as None; or raise Refused."""
    read = _read(value) if isinstance(value, str) else value
    if read is None:
        return None
    if like is str and isinstance(value, str):
        return value.strip().strip('"')
    if like is list and isinstance(value, str) and not isinstance(read, list):
        return [word.strip() for word in value.strip("[] ").split(",") if word.strip()]
    if type(read) is not like:
        raise Refused("bad-value", say("simulator.bad-value", what=what, value=value, like=NAMES[like]))
    return read


NAMES = {int: "a whole number", bool: "true or false", str: "a word", list: "a list such as [a, b]"}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
