"""The tables of jobs on PostgreSQL: they are Procrastinate's own, whichever version is installed."""

from __future__ import annotations

from importlib import resources

from sqlalchemy import Connection, Engine

PREFIX = "procrastinate_"
# The newest change that a migration brought. A version of Procrastinate that changes more needs a migration that calls
# `make_job_tables` again; a test says so.
NEWEST_CHANGE = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
_DROP = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'r' AND starts_with(relname, 'procrastinate_') AND relnamespace = current_schema()::regnamespace
    LOOP EXECUTE format('DROP TABLE %s CASCADE', each.name); END LOOP;
    FOR each IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE starts_with(proname, 'procrastinate_') AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE format('DROP FUNCTION %s CASCADE', each.name); END LOOP;
    FOR each IN SELECT oid::regtype AS name FROM pg_type
        WHERE typtype IN ('e', 'c') AND starts_with(typname, 'procrastinate_') AND typnamespace = current_schema()::regnamespace
    LOOP EXECUTE format('DROP TYPE %s CASCADE', each.name); END LOOP;
END $$
"""


def have_jobs(bind: Engine | Connection) -> bool:
    """Whether work is handed out as jobs here. On SQLite the workers look at the rows that say what is due."""
    return bind.dialect.name == "postgresql"


def make_job_tables(connection: Connection) -> None:
    """Make them anew, in the caller's transaction. Waiting jobs go with the old ones: the rows say what is due, and get new jobs."""
    drop_job_tables(connection)
    schema = (resources.files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")
    _execute(connection, schema)


def drop_job_tables(connection: Connection) -> None:
    """Drop all of them that are there."""
    _execute(connection, _DROP)


def _execute(connection: Connection, script: str) -> None:
    """By the driver itself: SQLAlchemy would take each % for a parameter."""
    cursor = connection.connection.cursor()
    cursor.execute(script)
    cursor.close()
