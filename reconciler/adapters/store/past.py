"""The ways a tenant is named in, what the ledger tells of it out, with what came of verifying the whole of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from reconciler.adapters.store import ledger, raw
from reconciler.adapters.store.remembering import rows_of
from reconciler.adapters.store.tables import about, aliases
from reconciler.adapters.store.upgrading import without_ledger
from reconciler.evidence import FILE, Flaw, Wrong
from reconciler.evidence.past import Event, Whose, past
from reconciler.evidence.verifying import Examination, examine


@dataclass(frozen=True, slots=True)
class Past:
    """What happened, newest first. ``examination`` is None where there is no ledger to verify.

    ``older``: the store was last written by a version that kept no ledger.
    """

    events: tuple[Event, ...] = ()
    examination: Examination | None = None
    older: bool = False


def verify(connection: Connection, expect: str | None) -> Examination | None:
    """Verify the whole store; None where it is older than the ledger."""
    if not ledger.begun(connection):
        return None
    with ledger.as_it_stands(connection) as record:
        found = examine(record, expect)
    # The file's own index may differ from the rows it is of: rows are then found, or missed, by what is not there.
    found = replace(
        found, flaws=(*found.flaws, *(Flaw(FILE, line, Wrong.ALTERED) for line in raw.damage(connection)))
    )
    version = connection.execute(select(about.c.value).where(about.c.key == "schema")).scalar_one()
    if not without_ledger(version):
        return found
    # Made to look older than its ledger, it would be upgraded, and a new chain begun over whatever is in it.
    return replace(found, flaws=(Flaw(about.name, "schema", Wrong.ALTERED, "value"), *found.flaws))


def told_of(connection: Connection, whose: Whose | None) -> Past:
    """Return the history of a tenant, of all of them without ``whose``."""
    examination = verify(connection, None)
    if examination is None:
        return Past(past(ledger.found_entries(connection), whose), older=True)
    with ledger.as_it_stands(connection) as record:
        return Past(past(record.entries, whose), examination)


def whose(connection: Connection, keys: Iterable[str]) -> Whose:
    """Say which rows are meant by these keys, and all the words that lead to them."""
    words = {key.casefold() for key in keys}
    (rows,) = rows_of(connection, (tuple(words),))
    known = select(aliases.c.key).where(aliases.c.tenant_id.in_(sorted(rows)))
    return Whose(rows, frozenset(words | set(connection.execute(known).scalars())))
