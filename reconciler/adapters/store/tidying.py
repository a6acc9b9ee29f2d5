"""What was kept for a while only in, what of it nobody can ask for any more out of the store.

Forgetting changes no decision. A mark that has run out is as one that is not there, and so is a budget that is full
again; what a tenant leaves that is declared no more ends as these do.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from reconciler.adapters.store import offering, spending
from reconciler.adapters.store.tables import asks, buckets, offers, samples, turns

KEPT_SAMPLES = timedelta(days=35)
KEPT_ASKS = timedelta(days=7)
# Full for so long, it is of somebody who is not looked at any more: a tenant's row is not to come and go at each pass.
KEPT_BUDGETS = timedelta(days=1)


def tidy(connection: Connection, fleet: str, service_now: datetime, moment: datetime, now: datetime) -> None:
    """Forget what is over. ``moment``: the clock that claims go by; ``now``: the machine's."""
    connection.execute(
        delete(samples).where(samples.c.fleet == fleet, samples.c.at < service_now - KEPT_SAMPLES)
    )
    # What a person asked for waits, however long, for a loop that has the tenant.
    long_ago = now - KEPT_ASKS
    nobodys = (asks.c.at < long_ago) & asks.c.name.not_in(select(turns.c.name))
    connection.execute(delete(asks).where((asks.c.handled_at < long_ago) | nobodys))
    connection.execute(delete(offers).where(offering.run_out(moment)))
    # Those of other fleets go by other services' clocks.
    ours = spending.of_tenants(fleet)
    connection.execute(delete(buckets).where(*ours, spending.full_since(service_now - KEPT_BUDGETS)))
