"""Times, words and ids in, as the wire writes them out, in the documents' odd ways or in plain ones (PC 2.4, PC 17)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment(at: datetime, *, oddly: bool) -> str:
    """Return a time: with seven fractional digits, as many of the documents' have, or none."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%f0Z") if oddly else utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def guid(text: str, *, oddly: bool) -> str:
    """Return an id, in the letters that nobody expects."""
    return text.upper() if oddly else text


def pascal(word: str) -> str:
    """Return a word of several parts as one: ``service-degradation`` as ``ServiceDegradation``."""
    return "".join(part[:1].upper() + part[1:] for part in word.replace("_", "-").split("-"))


def camel(word: str) -> str:
    """Return the same with its first letter small."""
    whole = pascal(word)
    return whole[:1].lower() + whole[1:]


def known(**members: Any) -> dict[str, Any]:
    """Return the members that have a value; null ones are left out (PC 2.4)."""
    return {name: value for name, value in members.items() if value is not None}


def link(uri: str) -> dict[str, Any]:
    """Return a link of Partner Center."""
    return {"uri": uri, "method": "GET", "headers": []}
