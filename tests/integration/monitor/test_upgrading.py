"""A new version: a backup first, the changes, a check, and the way back, on both databases, with what version 0.1.0 left behind."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import inspect, text

from monitor.database.database import Database
from monitor.database.migrate import outstanding, upgrade
from monitor.database.revisions import current_revision, newest_revision
from monitor.problems import BadInput, Conflict
from monitor.service import backups
from monitor.service.backups import KEPT, back_up, latest, read_backup
from monitor.service.cli import root
from monitor.service.process import ALIVE_SECONDS, beat
from monitor.service.upgrading import counts_of, require_stopped
from tests.worlds.state_of_0_1 import REVISION, OldState, copy_to, unpack

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


@pytest.fixture
def old(tmp_path: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> OldState:
    """A service of 0.1.0, on both databases; `quarantine` works on it."""
    state = unpack(tmp_path / "old")
    for name in [each for each in os.environ if each.startswith(("QUARANTINE_", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QUARANTINE_SETTINGS", str(state.settings_file))
    monkeypatch.setenv("QUARANTINE_DATA_FOLDER", str(state.folder / "data"))
    if empty_database_url.startswith("postgresql"):
        database = Database(empty_database_url, bytes(32))
        upgrade(database, REVISION)
        copy_to(state, empty_database_url)
        database.dispose()
        monkeypatch.setenv("DATABASE_URL", empty_database_url)
    root.load_rooms()  # type: ignore[attr-defined]
    return state


def quarantine(*arguments: str) -> Result:
    return CliRunner().invoke(root, list(arguments))


def database_of(state: OldState) -> Database:
    more = {"DATABASE_URL": os.environ["DATABASE_URL"]} if "DATABASE_URL" in os.environ else {}
    return state.open(state.settings(**more))[0]


def everything(state: OldState) -> dict[str, Any]:
    """The schema's revision, and all rows of the main tables."""
    database = database_of(state)
    try:
        with database.engine.connect() as connection:
            rows = {
                table: sorted(map(str, connection.execute(text(f"SELECT * FROM {table}")).all()))
                for table in counts_of(database)
            }
            tables = sorted(inspect(connection).get_table_names())
            return {"revision": current_revision(connection), "tables": tables, **rows}
    finally:
        database.dispose()


def test_an_upgrade_backs_up_tells_each_step_checks_and_can_be_undone(old: OldState) -> None:
    before = everything(old)
    assert before["revision"] == REVISION
    assert len(before["resident"]) > 3
    database = database_of(old)
    steps = outstanding(database)
    database.dispose()
    done = quarantine("upgrade")
    assert done.exit_code == 0, done.output
    for number, revision in enumerate(steps, 1):
        assert f"  {number}/{len(steps)}  {revision}  " in done.output
    assert f"Checked: schema {newest_revision()}" in done.output
    assert everything(old)["revision"] == newest_revision()
    made = latest(old.folder / "data")
    assert made is not None
    assert made.revision == REVISION
    assert f"quarantine restore {made.folder}" in done.output
    assert (Path(made.folder) / made.file).stat().st_mode & 0o077 == 0
    keys = {each["name"] for each in json.loads((Path(made.folder) / "keys.json").read_text())}
    assert "columns-0" in keys
    # What is written now is not in the copy.
    database = database_of(old)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE zone SET name = name || ' (mới)'"))
    database.dispose()
    back = quarantine("restore", made.folder)
    assert back.exit_code == 0, back.output
    assert everything(old) == before


def test_nothing_is_changed_while_the_service_runs_anywhere(both_databases: Database) -> None:
    database = both_databases
    started = NOW
    moment = NOW

    def alive(_seconds: float) -> None:
        nonlocal moment
        moment += timedelta(seconds=1)
        with database.write() as session:
            beat(session, "work-1", "work", started, moment)

    def ended(_seconds: float) -> None:
        nonlocal moment
        moment += timedelta(seconds=1)

    with database.write() as session:
        beat(session, "work-1", "work", started, moment)
    with pytest.raises(Conflict, match=r"quarantine\.target"):
        require_stopped(database, lambda: moment, alive)
    # One that ended just now is waited for until nobody could be alive any more.
    require_stopped(database, lambda: moment, ended)
    assert moment >= started + timedelta(seconds=ALIVE_SECONDS)


@pytest.mark.postgresql
def test_without_pg_dump_an_upgrade_wants_another_backup(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root.load_rooms()  # type: ignore[attr-defined]
    monkeypatch.setenv("DATABASE_URL", postgresql.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("QUARANTINE_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setattr(backups, "_PROGRAMS", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = quarantine("upgrade")
    assert refused.exit_code == 2
    assert "--no-backup" in refused.output
    assert latest(tmp_path / "data") is None
    done = quarantine("upgrade", "--no-backup")
    assert done.exit_code == 0, done.output
    assert latest(tmp_path / "data") is None


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(old: OldState) -> None:
    before = everything(old)
    database = database_of(old)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE enrolment_sunset (id INTEGER)"))
    failed = quarantine("upgrade")
    assert failed.exit_code != 0
    assert "as it was" in failed.output
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE enrolment_sunset"))
    database.dispose()
    assert everything(old) == before


def test_a_damaged_or_foreign_folder_is_no_backup(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no backup"):
        read_backup(tmp_path)
    made = back_up(database, tmp_path, version="1", now=NOW)
    folder = Path(made.folder)
    assert read_backup(folder) == made
    content = bytearray((folder / made.file).read_bytes())
    content[5000] ^= 1
    (folder / made.file).write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        read_backup(folder)


def test_a_few_copies_are_kept_and_the_newest_is_told(database: Database, tmp_path: Path) -> None:
    assert latest(tmp_path) is None
    for day in range(KEPT + 2):
        back_up(database, tmp_path, version="1", now=NOW + timedelta(days=day))
    found = latest(tmp_path)
    assert found is not None
    assert found.at == (NOW + timedelta(days=KEPT + 1)).isoformat()
    folders = sorted(each.name for each in (tmp_path / "backups").iterdir() if each.is_dir())
    assert folders == [f"202612{day:02}T030000Z" for day in (2, 3, 4)]


def test_a_copy_needs_room(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 10, 0))  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match="no room"):
        back_up(database, tmp_path, version="1", now=NOW)
    assert list((tmp_path / "backups").iterdir()) == []
