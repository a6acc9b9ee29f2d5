"""The service's call log behind drift's own port: who, other than us, changed something last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.record import instant
from reconciler.drift.values import Change
from reconciler.errors import StateUnreadable
from reconciler.observe import Fact, TenantRef, Unknown

OURS = "reconciler"


class CallLog:
    """A ``Witness``. Of the log, which grows for as long as the service runs, it reads one tenant's changes alone."""

    def __init__(self, service: Commerce) -> None:
        self._service = service

    def last_change(self, ref: TenantRef, subscription_id: str | None, field: str) -> Fact[Change | None]:
        """Return the last call of another caller that changed this field."""
        try:
            calls = self._service.changes(ref, but=OURS)
        except StateUnreadable as problem:
            return Unknown(str(problem))
        told = (call for call in reversed(calls) if call["subscription"] == subscription_id)
        found = next((call for call in told if _changed(call, field)), None)
        return None if found is None else Change(found["caller"], instant(found["at"]))


def _changed(call: Mapping[str, Any], field: str) -> bool:
    before, after = call["before"], call["after"]
    if before and after and field in before:
        return bool(before[field] != after.get(field))
    # Of what is no plan and no licences, the log has only the words of its note.
    return f".{field}:" in (call["note"] or "")
