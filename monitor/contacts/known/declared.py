"""Contacts by health declarations: who declared with the case's telephone number lives or goes about with them. Possible, for a person to ask."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from monitor.contacts.exposing import Found, Who
from monitor.contacts.known.around import Around
from monitor.contacts.periods import Meeting
from monitor.models.contacts.contacts import Certainty, ExposureSource, Proximity
from monitor.models.declarations import Declarant, Declaration

MOST = 20
"""With one number: more belong to an office or a dormitory, and say nothing of each other."""


def declared_contacts(session: Session, around: Around) -> list[Found]:
    """Who declared with the same number. A number is a household and no person, and its people are no sure contacts."""
    phone = around.resident.phone
    if not phone:
        return []
    in_time = exists().where(Declaration.declarant_id == Declarant.id, Declaration.until >= around.since)
    rows = session.execute(
        select(Declarant.id, Declarant.resident_id)
        .where(Declarant.phone == phone, Declarant.id.not_in(around.declarants), in_time)
        .order_by(Declarant.id)
        .limit(MOST + 1)
    ).all()
    if len(rows) > MOST:
        return []
    return [
        Found(
            key=f"declared/{around.case.id}/{row.id}",
            who=Who(resident_id=row.resident_id, declarant_id=row.id),
            source=ExposureSource.DECLARATION,
            meeting=Meeting(around.since, around.until, None, None, None, Proximity.UNKNOWN),
            surest=Certainty.POSSIBLE,
        )
        for row in rows
        if row.resident_id != around.resident.id
    ]
