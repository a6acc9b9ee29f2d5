"""A switch that is over in, a line of its subscription's history out: who asks later is told how it went.

Readers in this process never see it. Over HTTP it is the list of transitions, which also holds what is long done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reconciler.adapters.simulator.record import Record, Spec, stamp

TABLE = "transitions"


def note_done(record: Record, old: Spec, new: Spec, terms: dict[str, Any], now: datetime) -> None:
    """Write down that a switch ended well; the line stands under the subscription that came of it."""
    switch = old["switch"]
    line = {
        "state": "done",
        "source": old["id"],
        "target": new["id"],
        "from": old.get("plan"),
        "to": new["plan"],
        "total": new["licenses"],
        "manner": terms.get("manner"),
        "request": terms.get("request"),
        "orderedAt": switch.get("orderedAt"),
        "startedAt": switch.get("statusPageSince") or stamp(now),
        "movedAt": terms.get("movedAt"),
        "endedAt": stamp(now),
    }
    _add(record, new["id"], line)


def note_failed(record: Record, subscription: Spec, terms: dict[str, Any], now: datetime) -> None:
    """Write down that a switch failed, and when it had begun."""
    switch = subscription["switch"]
    line = {
        "state": "failed",
        "source": subscription["id"],
        "target": None,
        "from": subscription.get("plan"),
        "to": switch.get("to"),
        "total": terms.get("total") or subscription.get("licenses"),
        "manner": terms.get("manner"),
        "request": terms.get("request"),
        "orderedAt": switch.get("orderedAt"),
        "startedAt": switch.get("statusPageSince"),
        "movedAt": terms.get("movedAt"),
        "endedAt": stamp(now),
    }
    _add(record, subscription["id"], line)


def forget_failed(record: Record, name: str) -> None:
    """Leave out what failed, once support has settled it."""
    lines = record.aside(TABLE).get(name, [])
    record.aside(TABLE)[name] = [line for line in lines if line["state"] != "failed"]


def _add(record: Record, name: str, line: dict[str, Any]) -> None:
    record.aside(TABLE).setdefault(name, []).append(line)
