"""The trail read newest first, page by page, narrowed to a person of staff, a resident, days and actions; in what zones, the reader says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.accounts import Account, AuditEntry
from monitor.models.people.residents import Resident
from monitor.models.people.rights import AuditAbout
from monitor.models.places import Zone

Entry = Row[AuditEntry, str, str, str]
"""An entry with the names of the account, the zone and the resident; None for what it does not name."""
Place = tuple[datetime, int]


@dataclass(frozen=True)
class Wanted:
    """Which entries. None: of any kind; an empty list: nothing is found. since, until: moments, the latter left out.

    zones: None for every zone, with what belongs to none.
    """

    zones: Collection[int] | None = None
    account_id: int | None = None
    residents: Sequence[int] | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """On AuditEntry."""
        found: list[ColumnElement[bool]] = []
        if self.zones is not None:
            found.append(AuditEntry.zone_id.in_(self.zones))
        if self.account_id is not None:
            found.append(AuditEntry.account_id == self.account_id)
        if self.action is not None:
            found.append(AuditEntry.action == self.action)
        if self.since is not None:
            found.append(AuditEntry.at >= self.since)
        if self.until is not None:
            found.append(AuditEntry.at < self.until)
        if self.residents is not None:
            # A camera's picture is about all who live in the room.
            shown = select(AuditAbout.entry_id).where(one_of(AuditAbout.resident_id, list(self.residents)))
            found.append(or_(one_of(AuditEntry.resident_id, list(self.residents)), AuditEntry.id.in_(shown)))
        return found


def page_of(session: Session, wanted: Wanted, after: Place | None, size: int) -> list[Entry]:
    """At most so many entries behind a place, newest first."""
    found = select(AuditEntry.id).where(*wanted.conditions()).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(size)
    if after is not None:
        found = found.where(tuple_(AuditEntry.at, AuditEntry.id) < tuple_(*after))
    rows = session.execute(
        select(AuditEntry, Account.username, Zone.name, Resident.full_name)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .outerjoin(Zone, Zone.id == AuditEntry.zone_id)
        .outerjoin(Resident, Resident.id == AuditEntry.resident_id)
        .where(one_of(AuditEntry.id, session.scalars(found).all()))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return list(rows)
