"""Looks through what is kept for what is damaged, a part at a time, and asks staff to enter it again, once for each."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from monitor.damage.kinds import KINDS, Kind, named
from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.incidents.incidents import Cause, end_causes, open_incidents
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Resident
from monitor.models.sealed_columns import Unreadable
from monitor.vault.vault import Vault
from monitor.words import words

log = logging.getLogger(__name__)
# Where more is damaged at once, whoever runs the service has heard of it.
MOST_TOLD = 500


class DamageWatch:
    """Made once by the scheduler: remembers how far it came, and begins anew at the end."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault
        self._reached = dict.fromkeys((kind.name for kind in KINDS), 0)

    def look(self, now: datetime) -> int:
        """Look at some of each kind; returns how many damaged things were found. One kind that fails holds up no other."""
        found = 0
        for kind in KINDS:
            try:
                found += self._look(kind, now)
            except Exception:
                log.exception("%s could not be looked through", kind.name)
        self._end_what_is_well(now)
        return found

    def _look(self, kind: Kind, now: datetime) -> int:
        with self._database.read() as session:
            part = kind.query.where(kind.least > self._reached[kind.name]).order_by(kind.least).limit(kind.batch)
            rows = session.execute(part).all()
        self._reached[kind.name] = rows[-1].id if len(rows) == kind.batch else 0
        damaged = [row for row in rows if kind.damaged(self._vault, row)][:MOST_TOLD]
        if damaged:
            with self._database.write() as session:
                tell(session, kind, damaged, now)
        return len(damaged)

    def _end_what_is_well(self, now: datetime) -> None:
        told = select(Incident.cause).where(
            Incident.kind == IncidentKind.DATA_UNREADABLE, unresolved(), Incident.cause_ended_at.is_(None)
        )
        with self._database.read() as session:
            well = [cause for cause in session.scalars(told) if not self._still(session, cause)]
        if well:
            with self._database.write() as session:
                end_causes(session, well, now=now)

    def _still(self, session: Session, cause: str) -> bool:
        """Whether what an incident is about is damaged still; what is gone is not."""
        name, _, row_id = cause.removeprefix(causes.UNREADABLE).rpartition("-")
        for kind in named(name):
            row = session.execute(kind.query.where(kind.least == int(row_id))).first()
            return row is not None and kind.damaged(self._vault, row)
        return True


def tell(session: Session, kind: Kind, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> None:
    """Ask staff to enter these again, in the caller's write transaction; asked already, they are not asked anew."""
    open_incidents(
        session,
        IncidentKind.DATA_UNREADABLE,
        [
            Cause(
                causes.unreadable(kind.name, row.id),
                row.zone_id,
                words(kind.reason, name=row.name),
                resident_id=row.resident_id,
                camera_id=row.camera_id,
            )
            for row in rows
        ],
        now=now,
    )


def tell_of_numbers(session: Session, residents: Collection[int], now: datetime) -> None:
    """The same for numbers and addresses of people whom somebody wanted to write to, in the caller's write transaction."""
    if not residents:
        return
    which: dict[str, Select[int]] = {
        "resident.phone": select(Resident.id).where(one_of(Resident.id, residents)),
        "household.phone": select(Resident.household_id).where(one_of(Resident.id, residents)),  # type: ignore[dict-item]
        "guardian.phone": select(Guardian.id).where(one_of(Guardian.resident_id, residents)),
        "contact_address": select(ContactAddress.id).where(one_of(ContactAddress.resident_id, residents)),
    }
    for name, ids in which.items():
        for kind in named(name):
            rows = session.execute(kind.query.where(kind.least.in_(ids))).all()
            tell(session, kind, [row for row in rows if isinstance(row.value, Unreadable)], now)
