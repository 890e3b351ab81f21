"""People with numbers of their own, or with one phone between them, who were asked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from monitor.database.database import Database
from monitor.models.people.residents import Resident
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.phones import AN
from tests.worlds.due_round import world
from tests.worlds.small_zone import NOW


def people(database: Database, *names: str, smartphone: bool = False, one_phone: bool = False, **plan: Any) -> list[int]:
    """Residents with numbers +84900000101, …102, whose round is open; without smartphones unless said otherwise."""
    _, residents = world(database, *names, **plan)
    with database.write() as session:
        for number, resident in enumerate(residents):
            phone = AN if one_phone else f"+849000001{number + 1:02}"
            values = {"phone": phone, "without_smartphone": not smartphone, "language": "en"}
            session.execute(update(Resident).where(Resident.id == resident).values(values))
    open_due_rounds(database, NOW)
    return residents
