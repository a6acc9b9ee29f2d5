"""A fleet of processes that has come to rest in, whatever must never be out: at the service, in our tables, in logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from fleet_processes import LEASED, OFFERED, Fleet
from soak_audit import Audit, Bounds
from worlds import WRITING

from reconciler.adapters.store import open_store

HUGE = 1_000_000
# What must be nothing once all is as declared, with the query that counts it.
NOTHING = {
    "turns that are claimed": "SELECT count(*) FROM turns WHERE claimed_by IS NOT NULL",
    "offers that nobody takes": OFFERED,
    # Who was killed has not signed off: its lease has run out.
    "tenants that are leased": LEASED,
    "intents that are not settled": "SELECT count(*) FROM intents WHERE settled IS NULL",
    "writes that were taken and not seen": (
        "SELECT count(*) FROM intents WHERE settled IN ('done', 'started') AND NOT seen"
    ),
    "jobs in the queue": "SELECT count(*) FROM procrastinate_jobs",
    "requests to support": "SELECT count(*) FROM handoffs",
}


def breaches(fleet: Fleet) -> list[str]:
    """Return what is amiss."""
    return [*_at_the_service(fleet), *_in_the_tables(fleet), *_told(fleet)]


def _at_the_service(fleet: Fleet) -> Iterator[str]:
    """Laws of the call log: looks before writes, nothing lowered, nothing twice, nothing that no file asked for."""
    calls = fleet.service.calls()
    # A file that was read just before the next commit may still be acted by for as long as a worker may be frozen.
    audit = Audit(fleet.tenants, Bounds(HUGE, HUGE, timedelta(hours=12)))
    audit.hear(calls)
    yield from audit.found
    taken = [call for call in calls if call["operation"] in WRITING and call["taken"]]
    yield from fleet.astray()
    for (tenant, _), count in Counter((c["tenant"], c["operation"]) for c in taken).items():
        wishes = len(fleet.tenants[tenant].wishes)
        if count > wishes:
            yield f"{tenant}: {count} writes of a kind were taken for {wishes} versions of its file"


def _in_the_tables(fleet: Fleet) -> Iterator[str]:
    for what, query in NOTHING.items():
        ((count,),) = fleet.server.ask(query)
        if count:
            yield f"{count} {what}"
    with open_store(fleet.server.where, create=False, now=_never) as store:
        examination = store.verify()
    if examination is None or not examination.sound:
        yield f"the ledger is not sound: {examination}"


def _told(fleet: Fleet) -> Iterator[str]:
    """What no process may ever say: a traceback, a pass that broke off by a fault of ours.

    Who is started while the server is away says so in a line for people, and ends.
    """
    for member in fleet.members:
        for event in member.events():
            stray = event.get("stray", "error: ")
            if not stray.startswith("error: ") or "broke off" in event.get("event", ""):
                yield f"{member.name}: {event}"


def _never() -> None:
    raise AssertionError("a reader asks for no time")
