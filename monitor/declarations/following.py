"""What follows of signs in a declaration: a task on exactly one list of the health station, or of the zone that somebody is held in."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from monitor.declarations.answers import asked
from monitor.declarations.forms import YES, Form
from monitor.declarations.stations import station_of
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.incidents.triage import UNWELL, Heard, Told
from monitor.models.declarations import Declarant, Declaration, Signs
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.people.cards import CITIZEN_DIGITS
from monitor.people.orders import quarantined
from monitor.people.symptoms import ANY_DANGER
from monitor.places.units.search import UnitKey
from monitor.words import N_, words

KINDS = {
    Signs.CONTACT: IncidentKind.DECLARED_CONTACT,
    Signs.SYMPTOM: IncidentKind.DECLARED_SYMPTOM,
    Signs.DANGER: IncidentKind.DECLARED_DANGER,
}
_REASONS = {
    Signs.CONTACT: N_("Someone declared a contact. The declaration says who and when."),
    Signs.SYMPTOM: N_("Someone declared a symptom. Call them; the declaration says who it is."),
    Signs.DANGER: N_("Someone declared a sign of danger. Call them at once; the declaration says who it is."),
}
_WAITING = N_(
    "Someone declared a sign of danger while very many were declaring, and has not confirmed it yet. Open the list and call them: most may"
    " be false, one may not."
)
_IN_QUARANTINE = N_("Said so in a health declaration.")
_CITIZEN = re.compile(rf"\d{{{CITIZEN_DIGITS}}}")


OF_NUMBER = select(func.max(Resident.id)).where(
    Resident.document_number == bindparam("number", type_=Resident.document_number.type), Resident.deleted_at.is_(None)
)
"""Made once: each declaration asks. number: of `citizen_number`."""


def citizen_number(document_number: str) -> str | None:
    """The number of a citizen's card, by which somebody is surely known; None for any other, which equals nobody's."""
    return document_number if _CITIZEN.fullmatch(document_number) else None


def surely_the_resident(session: Session, document_number: str) -> int | None:
    """Who it is among people here, by the number of a citizen's card; nobody by anything less. Of two records the newest."""
    number = citizen_number(document_number)
    found: int | None = session.connection().execute(OF_NUMBER, {"number": number}).scalar() if number else None
    return found


def follow(session: Session, row: Declaration, declarant: Declarant, form: Form, now: datetime) -> None:
    """Put what somebody declared before staff, in the caller's write transaction. It says no name: who may opens the declaration."""
    resident = session.get(Resident, declarant.resident_id) if declarant.resident_id is not None else None
    if resident is not None and not _held(session, resident, now):
        resident = None
    if resident is not None and row.signs is not Signs.CONTACT:
        # Whoever is in quarantine has a case of their own, and what they tell is part of it.
        row.zone_id = resident.zone_id
        session.flush()
        open_incident(
            session,
            IncidentKind.UNWELL,
            causes.unwell(resident.id),
            zone_id=resident.zone_id,
            resident_id=resident.id,
            room_id=resident.room_id,
            reason=words(_IN_QUARANTINE),
            heard=Heard(Told(signs_told(form, row))),
            now=now,
        )
        return
    row.zone_id = resident.zone_id if resident is not None else station_of(session, _home(declarant))
    session.flush()
    if row.zone_id is not None:
        open_incident(
            session,
            KINDS[row.signs],
            causes.declared(row.id),
            zone_id=row.zone_id,
            reason=words(_REASONS[row.signs]),
            now=now,
        )


def follow_waiting(session: Session, row: Declaration, declarant: Declarant, now: datetime) -> None:
    """A sign of danger that came while very many declared and does not count yet, in the caller's write transaction: who is on duty hears
    that there are such, once for their whole list. A flood rings once in a zone, and a sick person within it is not left alone."""
    row.zone_id = station_of(session, _home(declarant))
    session.flush()
    if row.zone_id is not None:
        open_incident(
            session,
            IncidentKind.DECLARED_DANGER,
            causes.declared_waiting(row.zone_id),
            zone_id=row.zone_id,
            reason=words(_WAITING),
            now=now,
        )


def was_followed(session: Session, row: Declaration) -> bool:
    """Whether what follows of a declaration followed already: by itself, not as one of a list."""
    if row.zone_id is None or row.signs is not Signs.DANGER:
        return row.zone_id is not None
    return session.scalar(select(Incident.id).where(Incident.cause == causes.declared(row.id)).limit(1)) is not None


def _home(declarant: Declarant) -> UnitKey | None:
    return UnitKey(declarant.unit_code, declarant.unit_from) if declarant.unit_code and declarant.unit_from else None


def signs_told(form: Form, row: Declaration) -> frozenset[str]:
    """What of the answers the table of warning signs knows: symptoms by their keys, danger as such, else that somebody feels unwell."""
    told = {UNWELL}
    for question in asked(form, row.answers or {}):
        answer = (row.answers or {}).get(question.key)
        chosen = answer if isinstance(answer, list) else [answer]
        told |= {each.key for each in question.options if each.key in chosen and each.signs in (Signs.SYMPTOM, Signs.DANGER)}
        if question.signs is Signs.DANGER and answer == YES:
            told |= set(ANY_DANGER)
    if row.signs is Signs.DANGER:
        told |= set(ANY_DANGER)
    return frozenset(told)


def _held(session: Session, resident: Resident, now: datetime) -> bool:
    return session.scalar(select(Resident.id).where(Resident.id == resident.id, quarantined(now))) is not None
