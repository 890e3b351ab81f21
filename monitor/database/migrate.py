"""Bring a database to the newest schema, or one step back; the migrations travel inside the package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from monitor.database.database import Database
from monitor.database.locks import Lock, only_one
from monitor.database.name_index import make_name_index
from monitor.database.people_index import make_people_index
from monitor.database.revisions import SCRIPTS, current_revision
from monitor.database.tallies import drop_triggers, make_tallies


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def outstanding(database: Database) -> list[str]:
    """The migrations that did not run yet, the next one first: their revisions."""
    with database.engine.connect() as connection:
        current = current_revision(connection)
    found = [each.revision for each in ScriptDirectory.from_config(_config()).iterate_revisions("head", current or "base")]
    return found[::-1]


def upgrade(database: Database, revision: str = "head", applied: Callable[[str, str], None] | None = None) -> None:
    """Run the migrations up to a revision. Safe when several machines start at once: one runs, the others wait.

    applied: told of each that ran, its revision and what it brings; all are one transaction, which ends after the last.
    """
    config = _config()
    if applied is not None:
        config.attributes["applied"] = lambda step, **_more: applied(
            step.up_revision_id, (step.up_revision.doc or "").strip().rstrip(".")
        )
    with _changing(database) as connection:
        only_one(connection, Lock.MIGRATIONS)
        config.attributes["connection"] = connection
        if current_revision(connection) != ScriptDirectory.from_config(config).get_current_head():
            drop_triggers(connection)
        command.upgrade(config, revision)
        if revision == "head":
            # Lost where a migration made the table of residents, orders or answers anew.
            make_name_index(connection)
            make_people_index(connection)
            make_tallies(connection)


def downgrade(database: Database, revision: str) -> None:
    """Go back to a revision; `base` is empty."""
    config = _config()
    with _changing(database) as connection:
        config.attributes["connection"] = connection
        drop_triggers(connection)
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
