"""A tenant document that does not fit its schema in, what of it can still be judged out, with blanks for the rest.

One problem must not hide another: a count that is no number says nothing about a plan that nobody knows. So what
does not fit is taken out, and where something has to stand, a blank stands that no check has anything to say about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.desired.documents import Path

# Stands for a plan; no catalogue knows it and no file that fits its schema says it.
BLANK = ""
_WINDOW = {"allow": "Sat 20:00-24:00", "timezone": "UTC"}
_WAIVER = {"rule": BLANK, "reason": BLANK, "owner": BLANK, "until": "9999-12-31"}
_BACKUP = frozenset({"taken", "where"})


def mended(value: Mapping[str, Any], spoilt: frozenset[Path]) -> dict[str, Any]:
    """Return a document that can be declared, for its problems only; entries of lists keep their numbers."""
    whole = _mapping(value.get("spec"))
    spec = _mapping(_less(whole, ("spec",), spoilt))
    found: dict[str, Any] = {"tenant": BLANK}
    found["subscriptions"] = _subscriptions(whole.get("subscriptions"), spec.get("subscriptions"))
    if "acknowledge" in spec:
        found["acknowledge"] = _acknowledge(spec["acknowledge"])
    if "limits" in spec:
        found["limits"] = spec["limits"]
    if "windows" in spec:
        written = zip(whole["windows"], spec["windows"], strict=True)
        found["windows"] = [now if now == was and _is_window(now) else _WINDOW for was, now in written]
    if "waivers" in spec:
        found["waivers"] = [w if _WAIVER.keys() == _mapping(w).keys() else _WAIVER for w in spec["waivers"]]
    if "unmanaged" in spec:
        found["unmanaged"] = [{"reason": BLANK, **_mapping(entry)} for entry in spec["unmanaged"]]
    return {"metadata": {"name": BLANK}, "spec": found}


def _less(value: Any, path: Path, spoilt: frozenset[Path]) -> Any:
    """Leave out what is spoilt: a member with its key, an entry of a list as None."""
    if path in spoilt:
        return None
    if isinstance(value, dict):
        below = {key: (*path, key) for key in value}
        return {key: _less(value[key], at, spoilt) for key, at in below.items() if at not in spoilt}
    if isinstance(value, list):
        return [_less(entry, (*path, i), spoilt) for i, entry in enumerate(value)]
    return value


def _subscriptions(written: Any, kept: Any) -> list[dict[str, Any]]:
    if not isinstance(written, list) or not isinstance(kept, list):
        return [{"plan": BLANK}]
    return [
        _entry(i, _mapping(was), _mapping(now))
        for i, (was, now) in enumerate(zip(written, kept, strict=True))
    ]


def _entry(number: int, written: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """A name or a pin that is there, though not as it should be, tells this entry from the others."""
    own = {key: f"{BLANK}{number}" for key in ("name", "subscriptionId") if key in written}
    if not written:
        own["name"] = f"{BLANK}{number}"
    return {"plan": BLANK, **own, **kept}


def _is_window(entry: Any) -> bool:
    return "timezone" in _mapping(entry) and len(entry) == 2


def _acknowledge(said: Mapping[str, Any]) -> dict[str, Any]:
    whole = _mapping(said.get("backup")).keys() >= _BACKUP
    return {key: member for key, member in said.items() if key != "backup" or whole}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
