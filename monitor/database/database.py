"""Connections and transactions: SQLite (embedded) or PostgreSQL, one behaviour."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import ColumnElement, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from monitor.models.every_table import METADATA
from monitor.models.sealed_columns import ColumnCipher, use_cipher
from monitor.problems import Problem
from monitor.words import N_

# Versions 3.7.0 to 3.51.2 of SQLite can corrupt a database in WAL mode with two connections (the "WAL-reset" bug).
OLDEST_SQLITE = (3, 51, 3)
WAIT_FOR_WRITERS = 30
"""Seconds for which who writes waits for others that write to SQLite."""
# Milliseconds: 1, 2, 5 and 10 between tries.
BEGIN_ANEW_AFTER = 18


class DatabaseProblem(Problem):
    """The database cannot be used as it is."""

    status = 503


class Database:
    """An engine and the two kinds of transaction. Made once per process by its entry point.

    metadata: all tables; with it each is known in every process, since they refer to one another by name.
    """

    metadata = METADATA

    def __init__(self, url: str, key: bytes) -> None:
        """key: of the sealed columns, 32 bytes, see `Vault.column_key`."""
        self.engine = _create(url)
        self.cipher = ColumnCipher(key)
        use_cipher(self.engine.dialect, self.cipher)
        self.kind = self.engine.dialect.name
        self.is_sqlite = self.kind == "sqlite"
        self._writing = self.engine.execution_options(write=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that changes nothing; rolled back at its end."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that takes the write lock at its start (SQLite), so that it cannot fail half way; commits at its end."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def writers(self, most: int) -> int:
        """How many transactions of ours that write can run side by side, where `most` are wanted: on SQLite one."""
        return 1 if self.is_sqlite else most

    def take_stock(self) -> None:
        """Let PostgreSQL look at what its tables hold now, and tidy them, as it else does by itself within minutes."""
        if not self.is_sqlite:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM (ANALYZE)")

    def data_version(self, connection: Connection) -> int | None:
        """A number that changes when another connection has committed (SQLite only): a cheap reason not to ask further."""
        if not self.is_sqlite:
            return None
        return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def insert_new(session: Session, table: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves out rows which a unique index refuses; both databases say it alike, in SQLAlchemy's two dialects."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def insert_or_update(
    session: Session,
    table: type[Any],
    row: Mapping[str, Any],
    *,
    keys: Sequence[Any],
    values: Mapping[str, Any],
    where: ColumnElement[bool],
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of a row; where there is one with these keys and a condition on it holds, that one gets the values instead."""
    if session.get_bind().dialect.name == "sqlite":
        made = sqlite.insert(table).values(**row)
        return made.on_conflict_do_update(index_elements=keys, set_=values, where=where)
    into = postgresql.insert(table).values(**row)
    return into.on_conflict_do_update(index_elements=keys, set_=values, where=where)


def _create(url: str) -> Engine:
    # hide_parameters: an error's message would quote the row, and land in a log.
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # Each of our statements is done sooner than PostgreSQL would have compiled it.
        options = f"{parsed.query.get('options', '')} -c jit=off".strip()
        return create_engine(
            url, connect_args={"options": options}, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True
        )
    if pysqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseProblem(
            N_("SQLite %(version)s can corrupt data; install pysqlite3 0.6.1 or newer."), version=pysqlite3.sqlite_version
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, module=pysqlite3, connect_args={"timeout": 30}, pool_size=10, max_overflow=50, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # We say BEGIN ourselves: the driver would begin late and not at all before DDL.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", f"busy_timeout={WAIT_FOR_WRITERS * 1000}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer that upgrades from a read lock can meet "database is locked" half way; IMMEDIATE waits at the start instead.
        if connection.get_execution_options().get("write"):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_writing(connection: Connection) -> None:
    """Take SQLite's write lock soon after it is free.

    SQLite waits longer from try to try, up to a tenth of a second: while something writes again and again, as a round that opens does, a
    page that notes who looks would find it taken each time for seconds. Here it begins anew with short waits.
    """
    driver: Any = connection.connection.dbapi_connection
    until = time.monotonic() + WAIT_FOR_WRITERS
    driver.execute(f"PRAGMA busy_timeout={BEGIN_ANEW_AFTER}")
    try:
        while time.monotonic() < until:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except pysqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY":
                    break
        # By SQLAlchemy, so that what is wrong is told as everything else is.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={WAIT_FOR_WRITERS * 1000}")
