"""The data folder, database and settings file of a service of version 0.1.0 that lost its power while a round went out.

`state_of_0_1.tar.xz` was made by that version itself (commit b5f1ec7): its processes, its console and its residents' page ran, people
answered, then everything was killed. The script that did so lies in the archive as `made_by.py`, and `kept.json` there holds what
others have kept since: links in messages, a bracelet's code, a gateway's address, an answer that a phone could not send.
"""

from __future__ import annotations

import json
import sqlite3
import tarfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import JSON, Boolean, Date, DateTime, MetaData, create_engine
from sqlalchemy.types import TypeEngine

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.settings import Settings, load_settings
from monitor.vault.vault import Vault, open_vault
from tests.worlds.daytime import daytime

ARCHIVE = Path(__file__).with_suffix(".tar.xz")
REVISION = "0018"
# Longer than a claim lasts, shorter than any window to answer.
LOST_POWER = timedelta(minutes=3)
# Every entry of the trail is authenticated with its time.
AS_WRITTEN = {"audit_entry"}


@dataclass(frozen=True)
class OldState:
    """Unpacked. kept: what others have, see `made_by.py` in the archive."""

    folder: Path
    kept: dict[str, Any]

    @property
    def settings_file(self) -> Path:
        return self.folder / "settings.toml"

    @property
    def database_file(self) -> Path:
        return self.folder / "data/quarantine.db"

    def settings(self, **more: str) -> Settings:
        """As the settings file says, with the data folder named in full."""
        return load_settings({"QUARANTINE_DATA_FOLDER": str(self.folder / "data"), **more}, self.settings_file)

    def open(self, settings: Settings) -> tuple[Database, Vault]:
        vault = open_vault(settings)
        return Database(settings.database, vault.column_key()), vault


def unpack(folder: Path) -> OldState:
    """The state as it was, but that it lost its power three minutes ago, and by day."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    state = OldState(folder, json.loads((folder / "kept.json").read_text()))
    connection = sqlite3.connect(state.database_file)
    (last,) = connection.execute("SELECT max(beat_at) FROM process_beat").fetchone()
    late_by = utc_now() - LOST_POWER - datetime.fromisoformat(last).replace(tzinfo=UTC)
    connection.create_function("later", 1, lambda text: text and str(datetime.fromisoformat(text) + late_by))
    for table, columns in _columns(connection).items():
        moments = [name for name, kind in columns if kind == "DATETIME"]
        if moments and table not in AS_WRITTEN:
            connection.execute(f"UPDATE {table} SET " + ", ".join(f"{name} = later({name})" for name in moments))
    connection.execute("UPDATE zone SET timezone = ?", [daytime()])
    connection.commit()
    connection.close()
    return state


def copy_to(state: OldState, url: str) -> None:
    """The rows into an empty database on PostgreSQL that was migrated to REVISION."""
    source, target = sqlite3.connect(state.database_file), create_engine(url)
    schema = MetaData()
    with target.begin() as connection:
        schema.reflect(connection)
        # Rows come in any order.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for name, columns in _columns(source).items():
            if name == "alembic_version":
                continue
            table = schema.tables[name]
            rows = [
                {column: _value(table.c[column].type, value) for (column, _), value in zip(columns, row, strict=True)}
                for row in source.execute(f"SELECT * FROM {name}")
            ]
            if rows:
                connection.execute(sqlalchemy.insert(table), rows)
            if "id" in table.c:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name} HAVING max(id) > 0"
                )
    target.dispose()
    source.close()


def _columns(connection: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Table -> name and kind of each column."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: [(name, kind) for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")] for table in tables
    }


def _value(kind: TypeEngine[Any], stored: Any) -> Any:
    """What SQLite keeps as text or number, as PostgreSQL's driver takes it."""
    if stored is None:
        return None
    match kind:
        case DateTime():
            return datetime.fromisoformat(stored).replace(tzinfo=UTC)
        case Date():
            return date.fromisoformat(stored)
        case JSON():
            return json.loads(stored)
        case Boolean():
            return bool(stored)
        case _:
            return stored
