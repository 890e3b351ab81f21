"""A database to measure on: made for one measurement, and gone after it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from monitor.database.database import Database
from monitor.database.migrate import upgrade


@contextmanager
def scratch_database(folder: Path, url: str, key: bytes = bytes(32)) -> Iterator[Database]:
    """A migrated, empty database: SQLite in a folder, or a new one on the PostgreSQL server of `url`, which is dropped at the end."""
    if not url:
        database = Database(f"sqlite:///{folder}/bench.db", key)
        upgrade(database)
        yield database
        database.dispose()
        return
    plain = url.replace("+psycopg", "")
    name = f"quarantine_bench_{secrets.token_hex(4)}"
    server, _, query = plain.partition("?")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    database = Database(f"{server.rsplit('/', 1)[0].replace('postgresql:', 'postgresql+psycopg:')}/{name}?{query}", key)
    try:
        upgrade(database)
        yield database
    finally:
        database.dispose()
        # A connection of its own: the server may have been stopped meanwhile.
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
