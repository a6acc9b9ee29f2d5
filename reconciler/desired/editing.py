"""The text of tenant files and higher licence counts in, the text with just these numbers changed out.

Surgery by position, never a dump: comments, order, blank lines, line ends and every other document stay byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from reconciler.desired.declaring import ONLY_NAME
from reconciler.desired.documents import Document, Path
from reconciler.desired.loading import load

_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Rise:
    """The declared total of one subscription is to say ``after``, which must be above ``before``."""

    tenant: str
    subscription: str
    before: int
    after: int

    def __post_init__(self) -> None:
        if self.after <= self.before:
            raise ValueError(f"{self.tenant}.{self.subscription}: {self.after} is not above {self.before}")


def with_rises(text: str, file: str, rises: Sequence[Rise]) -> str | None:
    """Return the text with these numbers; None if one is not found as it was read, and then nothing is changed."""
    mark = _MARK if text.startswith(_MARK) else ""
    loaded = load(text, file)
    if loaded.problems:
        return None
    cuts: list[tuple[int, int, str]] = []
    wanted = [deepcopy(document.value) for document in loaded.documents]
    for rise in rises:
        found = [(n, path) for n, d in enumerate(loaded.documents) if (path := _place(d, rise))]
        if len(found) != 1:
            return None
        number, path = found[0]
        start, end = loaded.documents[number].span(path)
        cuts.append((start, end, str(rise.after)))
        wanted[number]["spec"]["subscriptions"][path[2]]["licenses"] = rise.after
    bare = text.removeprefix(_MARK)
    for start, end, word in sorted(cuts, reverse=True):
        bare = bare[:start] + word + bare[end:]
    again = load(bare, file)
    sound = not again.problems and [document.value for document in again.documents] == wanted
    return mark + bare if sound else None


def _place(document: Document, rise: Rise) -> Path | None:
    """Return the path of the number, if this document is the tenant's and says what was read."""
    value: Any = document.value
    if not isinstance(value, dict) or value.get("metadata", {}).get("name") != rise.tenant:
        return None
    for n, entry in enumerate(value["spec"]["subscriptions"]):
        if entry.get("name", ONLY_NAME) == rise.subscription and entry.get("licenses") == rise.before:
            return ("spec", "subscriptions", n, "licenses")
    return None
