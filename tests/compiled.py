"""What SQLAlchemy makes of a statement, shared by all stores of a process: tests open thousands, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from reconciler.adapters.store import filed


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let each statement be compiled once for as long as the block lasts; by itself it is anew for each store."""
    shared: LRUCache[object, object] = LRUCache(2000)

    def made(*words: Any, **named: Any) -> Engine:
        engine = create_engine(*words, **named)
        engine.update_execution_options(compiled_cache=shared)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filed, "create_engine", made)
        # What is kept is found by the dialect, and each engine has one of its own, like all the others.
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda dialect: hash(type(dialect)))
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda dialect, other: type(dialect) is type(other))
        yield
