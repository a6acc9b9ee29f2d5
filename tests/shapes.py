"""Two JSON values in, where their shapes differ out: members that only one has, and values of another kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"


@cache
def sample(name: str) -> Any:
    """A documented body, as ``partner-center/customer-get.response``."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def differences(ours: Any, documented: Any) -> set[str]:
    """``+a.b`` is ours alone, ``-a.b`` the documents', ``a.b: int`` is ours as an int and theirs as something else."""
    return set(_differences(ours, documented, ""))


def _differences(ours: Any, documented: Any, at: str) -> Iterator[str]:
    if isinstance(ours, Mapping) and isinstance(documented, Mapping):
        yield from (f"+{at}{name}" for name in ours if name not in documented)
        yield from (f"-{at}{name}" for name in documented if name not in ours)
        for name in ours.keys() & documented.keys():
            yield from _differences(ours[name], documented[name], f"{at}{name}.")
        return
    if isinstance(ours, list) and isinstance(documented, list):
        if ours and documented:
            yield from _differences(_one(ours), _one(documented), at)
        return
    if ours is not None and documented is not None and type(ours) is not type(documented):
        yield f"{at.removesuffix('.')}: {type(ours).__name__}"


def _one(items: list[Any]) -> Any:
    """All items of a list as one: with every member that any of them has."""
    if not all(isinstance(item, Mapping) for item in items):
        return items[0]
    whole: dict[str, Any] = {}
    for item in items:
        for name, value in item.items():
            whole[name] = (
                _one([whole[name], value]) if isinstance(value, Mapping) and name in whole else value
            )
    return whole
