"""Which schema a database has, and which one this version needs: told without the library that migrates, which every start would pay for."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from monitor.database.database import Database, DatabaseProblem
from monitor.words import N_

SCRIPTS = Path(__file__).parent / "migrations"
_NAMED = re.compile(r"""^(revision|down_revision)\b[^=]*= ['"](\w+)['"]""", re.MULTILINE)


def newest_revision() -> str:
    """The revision that this version of the code needs: the one that no other follows."""
    found = [pair for path in (SCRIPTS / "versions").glob("*.py") for pair in _NAMED.findall(path.read_text())]
    (newest,) = {name for kind, name in found if kind == "revision"} - {name for kind, name in found if kind == "down_revision"}
    return str(newest)


def current_revision(connection: Connection) -> str | None:
    """The revision a database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def require_current(database: Database) -> None:
    """Raise DatabaseProblem unless all migrations ran."""
    with database.engine.connect() as connection:
        if current_revision(connection) != newest_revision():
            raise DatabaseProblem(N_("The database is not up to date. Run `quarantine db upgrade` first."))


def is_empty(database: Database) -> bool:
    """Whether there is no table in it, ours or anybody's."""
    with database.engine.connect() as connection:
        return not inspect(connection).get_table_names()
