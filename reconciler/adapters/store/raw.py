"""A query in our own words in, rows out as the database itself holds them, not as we would read them.

The ledger tells of a row by its very values, on a file and on a server alike: texts as texts, JSON as the text it was
written as, a yes as 1. So a chain that was begun on the one can be followed on the other, link by link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import Connection, CursorResult

FILE = "sqlite"
_NUMBERS = count()


def ask(connection: Connection, query: str, values: Sequence[Any] = ()) -> CursorResult[Any]:
    """Run a query that has a question mark for each value; with a list of rows once for each of them."""
    if connection.dialect.name == FILE:
        return connection.exec_driver_sql(query, _given(values))
    return connection.exec_driver_sql(query.replace("?", "%s"), _given(values))


def not_by_index(connection: Connection) -> str:
    """What has a file's rows read themselves, not the copy of a key that an index has."""
    return " NOT INDEXED" if connection.dialect.name == FILE else ""


def rows(connection: Connection, query: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query with every member that they have there, also one that we do not know."""
    if connection.dialect.name == FILE:
        yield from (dict(row._mapping) for row in ask(connection, query, values))
        return
    from psycopg.rows import dict_row

    driver = _driver(connection)
    # Of a whole table the server gives a part after the other: nobody has to hold all of it.
    named = {} if values else {"name": f"rows_{next(_NUMBERS)}"}
    with driver.cursor(row_factory=dict_row, **named) as cursor:
        for kind, loader in _as_on_a_file().items():
            cursor.adapters.register_loader(kind, loader)
        cursor.execute(query.replace("?", "%s"), tuple(values) or None)
        yield from cursor


@contextmanager
def readable(connection: Connection) -> Iterator[None]:
    """Let text that is no text any more be read all the same; a server keeps nothing else."""
    if connection.dialect.name != FILE:
        yield
        return
    driver = _driver(connection)
    driver.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def damage(connection: Connection) -> list[str]:
    """Return what the database says is wrong with its own file; a server tells its own log."""
    if connection.dialect.name != FILE:
        return []
    lines = (str(line) for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars())
    return [line for line in lines if line != "ok"]


def _given(values: Sequence[Any]) -> Any:
    if not values:
        return None
    return list(values) if isinstance(values[0], tuple) else tuple(values)


def _driver(connection: Connection) -> Any:
    driver = connection.connection.driver_connection
    if driver is None:
        raise ValueError("a connection without a driver")
    return driver


@cache
def _as_on_a_file() -> dict[str, Any]:
    """How the driver is to give us what a file has no kind of its own for."""
    from psycopg.adapt import Buffer, Loader
    from psycopg.types.string import TextLoader

    class Flag(Loader):
        def load(self, data: Buffer) -> int:
            """One for yes."""
            return int(bytes(data) == b"t")

    return {"json": TextLoader, "bool": Flag}
