"""The migrations: upwards from empty, downwards once, and the same schema as the models, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from monitor.database import Database, DatabaseProblem
from monitor.migrate import current_revision, downgrade, newest_revision, upgrade
from monitor.models import Base


def test_migrations_run_up_from_empty_down_and_up_again(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with pytest.raises(DatabaseProblem):
        database.require_current()
    upgrade(database)
    database.require_current()
    tables = set(inspect(database.engine).get_table_names())
    assert tables == set(Base.metadata.tables) | {"alembic_version"}
    downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    upgrade(database)
    with database.engine.connect() as connection:
        assert current_revision(connection) == newest_revision()
    database.dispose()


def test_the_migrated_schema_is_what_the_models_say(both_databases: Database) -> None:
    with both_databases.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
