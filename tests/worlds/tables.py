"""Databases with all tables and nothing in them: the migrations run once for a process, and take more than a second."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from monitor.database.database import Database
from monitor.database.migrate import upgrade


def make_tables(database: Database) -> None:
    """Into an empty database that nobody has opened yet. On PostgreSQL by the migrations themselves."""
    if database.is_sqlite:
        Path(database.engine.url.database or "").write_bytes(migrated())
    else:
        upgrade(database)


@cache
def migrated() -> bytes:
    """The file of such a database."""
    with tempfile.TemporaryDirectory(prefix="quarantine-migrated-") as folder:
        path = Path(folder) / "test.db"
        database = Database(f"sqlite:///{path}", bytes(32))
        upgrade(database)
        database.dispose()
        return path.read_bytes()
