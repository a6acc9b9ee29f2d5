"""Where tenants stand in, a table or plain data out."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.status import TenantStatus

HEADS = ("TENANT", "SYNC", "HEALTH", "VERDICT", "HELD BY", "HAND-OFFS")


def status_text(statuses: Sequence[TenantStatus]) -> str:
    """One line for each tenant, under heads."""
    rows = [HEADS] + [
        (s.name, str(s.sync), str(s.health), str(s.verdict), s.waits_for or "-", str(s.open_handoffs or "-"))
        for s in statuses
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines) + "\n"


def status_document(statuses: Sequence[TenantStatus]) -> dict[str, object]:
    """The same as plain data."""
    return {
        "tenants": [
            {
                "name": s.name,
                "tenant": s.tenant,
                "sync": str(s.sync),
                "health": str(s.health),
                "verdict": str(s.verdict),
                "held_by": s.waits_for or None,
                "open_handoffs": s.open_handoffs,
                "observed_at": s.observed_at.isoformat(),
            }
            for s in statuses
        ]
    }
