"""IntuneCD: settings in two folders as its backup writes them, and its offline comparison of the two.

Its backup writes JSON unless it is asked for YAML, which our own files are; both are measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.peers.objects import settings
from benchmarks.peers.peer import Order, Peer

KIND = "#microsoft.graph.deviceManagementConfigurationStringSettingValue"


def lay_json(order: Order) -> Sequence[str]:
    """Write as many policies, twice."""
    return _lay(order, "json", lambda policy: json.dumps(policy, indent=4))


def lay_yaml(order: Order) -> Sequence[str]:
    """The same as YAML."""
    import yaml

    return _lay(order, "yaml", lambda policy: yaml.dump(policy, Dumper=yaml.CSafeDumper))


def _lay(order: Order, end: str, text: Callable[[dict[str, Any]], str]) -> Sequence[str]:
    for side in ("source", "target"):
        place = order.folder / side / "Settings Catalog"
        place.mkdir(parents=True)
        for number in range(order.size):
            policy = _policy(number, side == "target" and number in order.changed)
            (place / f"{policy['name']}.{end}").write_text(text(policy), encoding="utf-8")
    return ("IntuneCD-startcompare", "-s", "source", "-t", "target", "-o", "summary.json", "--no-color")


def _policy(number: int, changed: bool) -> dict[str, Any]:
    (_, name), *values = settings(number, changed)
    chosen = [{"definition": word, "value": {"@odata.type": KIND, "value": value}} for word, value in values]
    return {
        "name": name,
        "platforms": "windows10",
        # A few of them are as many bytes as a tenant has.
        "settings": [one for place, one in enumerate(chosen) if (place - number) % len(chosen) < 3],
        "assignments": [{"intent": "apply", "target": {"groupName": group}} for group in ("staff", "guests")],
    }


DOES = "compares two backups; validates nothing"
JSON = Peer("IntuneCD, JSON", "IntuneCD", DOES, lay_json)
YAML = Peer("IntuneCD, YAML", "IntuneCD", DOES, lay_yaml)
