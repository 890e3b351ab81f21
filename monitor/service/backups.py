"""Copies of the database in the data folder's `backups/`, each with a note of what it is, and one of them put back.

A copy holds what the database holds: sealed columns stay sealed. The vault is not copied: its files are of no use without their keys, and
a copy of a key would open them after they were to be forgotten.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import pysqlite3
from sqlalchemy import URL
from sqlalchemy.engine import make_url

from monitor.database.database import Database
from monitor.database.revisions import current_revision
from monitor.problems import BadInput, Conflict
from monitor.words import N_

FOLDER, LATEST, NOTE, KEYS = "backups", "latest.json", "backup.json", "keys.json"
KEPT = 3
"""How many stay; older ones go when a new one is whole, since they hold people who are forgotten elsewhere."""
_FILES: Mapping[str, str] = {"sqlite": "quarantine.db", "postgresql": "quarantine.dump"}
# Where Debian puts PostgreSQL's programs, the newest last; one of the path goes before.
_PROGRAMS = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Backup:
    """One copy. file: in its folder. size: bytes. revision: of the schema. at: ISO 8601, UTC. version: of the program that made it."""

    at: str
    kind: str
    file: str
    size: int
    sha256: str
    revision: str | None
    version: str
    folder: str


def latest(data: Path) -> Backup | None:
    """The newest copy's note; None where none was made, or it cannot be read."""
    try:
        return Backup(**json.loads((data / FOLDER / LATEST).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def can_back_up(database: Database) -> bool:
    """Whether this machine has what a copy needs."""
    return database.is_sqlite or _program("pg_dump") is not None


def back_up(database: Database, data: Path, *, version: str, now: datetime) -> Backup:
    """Copy the database while others may go on using it. Raises Conflict where that cannot be."""
    folder = data / FOLDER / f"{now:%Y%m%dT%H%M%SZ}"
    unfinished = folder.with_name(f".{folder.name}")
    unfinished.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        path = unfinished / _FILES[database.kind]
        _copy(database, path)
        path.chmod(0o600)
        with database.engine.connect() as connection:
            revision = current_revision(connection)
        made = Backup(
            now.isoformat(), database.kind, path.name, path.stat().st_size, digest(path), revision, version, str(folder)
        )
        _write(unfinished / KEYS, json.dumps(_keys(data), indent=1))
        _write(unfinished / NOTE, json.dumps(asdict(made), indent=1))
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _write(data / FOLDER / LATEST, json.dumps(asdict(made), indent=1))
    _drop_older(data / FOLDER)
    return made


def read_backup(folder: Path) -> Backup:
    """A copy's note, and whether the copy is still what it was. Raises BadInput."""
    try:
        made = Backup(**json.loads((folder / NOTE).read_text()))
    except (OSError, ValueError, TypeError):
        raise BadInput(N_("%(folder)s holds no backup of this service."), folder=str(folder)) from None
    path = folder / made.file
    if not path.is_file() or path.stat().st_size != made.size or digest(path) != made.sha256:
        raise BadInput(
            N_("The backup in %(folder)s is damaged: its checksum is another one. Take another backup."), folder=str(folder)
        )
    return made


def put_back(database: Database, made: Backup, folder: Path) -> None:
    """Put a copy in the place of the database, whole or not at all; nobody may be using it. Raises BadInput or Conflict."""
    if made.kind != database.kind:
        raise BadInput(N_("This backup is one of %(kind)s, and the setting database_url names another kind."), kind=made.kind)
    path = folder / made.file
    if database.is_sqlite:
        _replace_file(database, path)
    else:
        _replace_schema(database, path)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(database: Database, path: Path) -> None:
    if not database.is_sqlite:
        program = _program("pg_dump")
        if program is None:
            raise Conflict(N_("pg_dump is missing: apt-get install postgresql-client."))
        _run(database.engine.url, str(program), "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")
        return
    source = Path(database.engine.url.database or "")
    size = source.stat().st_size if source.exists() else 0
    if shutil.disk_usage(path.parent).free < size * 1.1 + 2**20:
        raise Conflict(
            N_("The disk of %(folder)s has no room for a copy of the database (%(size)d MB). Make room first."),
            folder=str(path.parent.parent),
            size=size // 2**20 + 1,
        )
    # SQLite's own way: what others write meanwhile is in it whole or not at all.
    with closing(pysqlite3.connect(str(source))) as from_, closing(pysqlite3.connect(str(path))) as to:
        from_.backup(to)
        to.execute("PRAGMA journal_mode=DELETE")


def _replace_file(database: Database, path: Path) -> None:
    target = Path(database.engine.url.database or "")
    database.dispose()
    fresh = target.with_name(f".{target.name}.restored")
    shutil.copyfile(path, fresh)
    fresh.chmod(0o600)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    # What was written after the last checkpoint belongs to the database that goes.
    for end in ("-wal", "-shm"):
        target.with_name(f"{target.name}{end}").unlink(missing_ok=True)
    fresh.replace(target)


def _replace_schema(database: Database, path: Path) -> None:
    read, run = _program("pg_restore"), _program("psql")
    if read is None or run is None:
        raise Conflict(N_("pg_restore and psql are missing: apt-get install postgresql-client."))
    database.dispose()
    script = path.with_suffix(".sql")
    try:
        script.touch(mode=0o600)
        subprocess.run(
            [read, "--no-owner", "--no-privileges", f"--file={script}", path], check=True, capture_output=True, text=True
        )
        anew = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        options = (
            "--quiet",
            "--no-psqlrc",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--command={anew}",
            f"--file={script}",
        )
        _run(database.engine.url, str(run), *options)
    except subprocess.CalledProcessError as error:
        raise _failed(str(read), error) from None
    finally:
        script.unlink(missing_ok=True)


def _program(name: str) -> Path | None:
    """One of PostgreSQL's programs: the newest that Debian has, which reads all older servers too; else that of the path."""
    found = sorted(_PROGRAMS.glob(f"*/bin/{name}"), key=lambda each: int(each.parts[-3]))
    on_path = shutil.which(name)
    return found[-1] if found else Path(on_path) if on_path else None


def _run(url: URL, program: str, *options: str) -> None:
    """Run a program on a database. Its password goes along in the environment, which others do not see."""
    url = make_url(url)
    told: dict[str, str] = {
        "dbname": url.database or "",
        **{name: str(value) for name, value in url.query.items() if name != "options"},
    }
    told |= {name: str(value) for name, value in (("host", url.host), ("port", url.port), ("user", url.username)) if value}
    connection = " ".join(f"{name}='{_quoted(value)}'" for name, value in told.items())
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    try:
        subprocess.run(
            [program, *options, f"--dbname={connection}"], check=True, capture_output=True, text=True, env=environment
        )
    except subprocess.CalledProcessError as error:
        raise _failed(program, error) from None


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _failed(program: str, error: subprocess.CalledProcessError) -> Conflict:
    # Its first line says what is wrong; what follows may quote a row.
    said = (error.stderr or "").strip().splitlines()
    return Conflict(N_("%(program)s did not succeed: %(why)s"), program=Path(program).name, why=said[0] if said else "—")


def _keys(data: Path) -> list[dict[str, str | int]]:
    """Which keys the vault had: names and sizes, no key."""
    folder = data / "vault" / "keys"
    return [
        {"name": str(each.relative_to(folder)), "size": each.stat().st_size}
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    ]


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, "utf-8")
    fresh.replace(path)


def _drop_older(folder: Path) -> None:
    made = sorted(each for each in folder.iterdir() if each.is_dir() and (each / NOTE).is_file())
    for each in made[:-KEPT]:
        shutil.rmtree(each, ignore_errors=True)
