"""Bring a database to the newest schema, or one step back; the migrations travel inside the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from monitor.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def newest_revision() -> str | None:
    """The revision that this version of the code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current_revision(connection: Connection) -> str | None:
    """The revision a database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to a revision. Safe when several machines start at once: one runs, the others wait."""
    config = _config()
    with _changing(database) as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20210630)")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(database: Database, revision: str) -> None:
    """Go back to a revision; `base` is empty."""
    config = _config()
    with _changing(database) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


@contextmanager
def _changing(database: Database) -> Iterator[Connection]:
    """A transaction in which SQLite's tables can be made anew though rows of others refer to theirs.

    SQLite changes little in place; to make a table anew it wants foreign keys off before the transaction and all checked before its
    end. Source: https://sqlite.org/lang_altertable.html#otheralter
    """
    with database.engine.execution_options(write=True).connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                yield connection
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                before = current_revision(connection)
                yield connection
                if current_revision(connection) != before:
                    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                    assert lost is None, f"a row of {lost[0]} refers to none of {lost[2]}"
        finally:
            driver.execute("PRAGMA foreign_keys=ON")
