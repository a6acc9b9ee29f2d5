"""A column and many values in, SQL that picks the rows with one of them out.

PostgreSQL gets them as one array: the statement has one parameter however many there are, so it is put into words and
planned once; with a parameter a value it would be another statement for each length. SQLite has no arrays, and its
statements cost little.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, String, Text, any_, bindparam, literal, true

# More than these are as quickly looked for in the whole table; and SQLite takes no more than some thousands.
NARROW = 500


def _array(column: ColumnElement[Any]) -> ARRAY[Any]:
    # With the length of a column's words a server would cut what is asked for to it, and find others.
    return ARRAY(Text() if isinstance(column.type, String) else column.type)


def has_arrays(connection: Connection) -> bool:
    """Say whether many values may be given as one."""
    return connection.dialect.name == "postgresql"


def one_of(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Narrow a query to rows in which the column is one of ``values``."""
    listed = sorted(set(values), key=str)
    if has_arrays(connection):
        return column == any_(literal(listed, _array(column)))
    return column.in_(listed)


def one_of_those_given(column: ColumnElement[Any], name: str, *, arrays: bool) -> ColumnElement[bool]:
    """Do the same for a query that is built once, and asked with a list as the parameter ``name``."""
    if arrays:
        return column == any_(bindparam(name, type_=_array(column)))
    return column.in_(bindparam(name, expanding=True))


def among(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Narrow a reading query to ``values``; a fleet's worth is read whole. Never for an update or delete."""
    listed = set(values)
    return one_of(connection, column, listed) if len(listed) <= NARROW else true()
