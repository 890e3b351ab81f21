"""Faults of the bench: one damaged telephone number, one photo, one key, and a database that takes nothing for a while."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from monitor.database.database import Database
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.vault.vault import resident_owner

# What is sealed looks like this, and nobody sealed it.
_SEALED = "ZGFtYWdlZA=="
_BYTES = b"damaged" * 16
MOST_TRIES = 20


def damage_number(database: Database, resident_id: int) -> None:
    """Make a resident's telephone number one that cannot be opened, past the code that seals it."""
    with database.write() as session:
        session.execute(text("UPDATE resident SET phone = :sealed WHERE id = :id"), {"sealed": _SEALED, "id": resident_id})


def damage_photo(database: Database, data_folder: Path, resident_id: int) -> bool:
    """Change the bytes of somebody's newest reference photo; returns whether there was one."""
    with database.read() as session:
        of_them = select(Media.name).where(Media.resident_id == resident_id, Media.kind == MediaKind.ENROLMENT)
        name = session.scalars(of_them.order_by(Media.id.desc()).limit(1)).first()
    if name is None:
        return False
    (data_folder / "vault" / "files" / name[:2] / name).write_bytes(_BYTES)
    return True


def damage_key(data_folder: Path, resident_id: int) -> None:
    """Change the bytes of the key to somebody's photos."""
    (data_folder / "vault" / "keys" / resident_owner(resident_id)).write_bytes(_BYTES)


def lock_database(database: Database, seconds: float) -> None:
    """Let nobody else write for so long: on SQLite at all, on PostgreSQL to the people and their messages."""
    for left in reversed(range(MOST_TRIES)):
        try:
            with database.write() as session:
                if not database.is_sqlite:
                    session.execute(text("LOCK TABLE resident, prompt, check_in, process_beat IN EXCLUSIVE MODE"))
                else:
                    session.execute(update(Resident).where(Resident.id < 0).values(id=Resident.id))
                time.sleep(seconds)
            return
        except OperationalError:
            # One table is taken after the other: somebody who held one of them waited for another.
            if not left:
                raise
