"""What people must look at: the list, one incident, and what a person does about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from monitor import audit, incidents
from monitor.access import Permission, Reader
from monitor.database import Database
from monitor.models import (
    Account,
    Camera,
    ContactOutcome,
    ContactWay,
    Incident,
    IncidentKind,
    IncidentMedia,
    IncidentNote,
    IncidentState,
    Resident,
    Room,
    Zone,
)
from monitor.problems import BadInput, Forbidden
from monitor.words import N_
from rollcall.followup import ASKED_AFTER, attempts_on
from rollcall.guardians import guardian_of, number_of
from rollcall.whereabouts import findings
from web.common import now
from web.console.ladder import ladder_of
from web.console.meanwhile import meanwhile
from web.console.paging import after_key, read_key
from web.guard import guarded, require_zone, the_reader

PAGE = 40


@dataclass(frozen=True)
class Listed:
    """An incident with the names of what it is about; None where it is about nothing of that kind."""

    incident: Incident
    zone: str
    timezone: str
    room: str | None
    resident: str | None
    camera: str | None
    taken_by: str | None
    resolved_by: str | None


def _query(reader: Reader) -> Select[Incident, str, str, str, str, str, str, str]:
    taker, resolver = aliased(Account), aliased(Account)
    query = (
        select(
            Incident,
            Zone.name,
            Zone.timezone,
            Room.name,
            Resident.full_name,
            Camera.name,
            taker.username,
            resolver.username,
        )
        .join(Zone, Zone.id == Incident.zone_id)
        .outerjoin(Room, Room.id == Incident.room_id)
        .outerjoin(Resident, Resident.id == Incident.resident_id)
        .outerjoin(Camera, Camera.id == Incident.camera_id)
        .outerjoin(taker, taker.id == Incident.acknowledged_by)
        .outerjoin(resolver, resolver.id == Incident.resolved_by)
    )
    if reader.zones is not None:
        query = query.where(Incident.zone_id.in_(reader.zones))
    return query


def unresolved(session: Session, reader: Reader) -> int:
    """How many incidents in the reader's zones wait for a person to take them on."""
    query = select(func.count()).select_from(Incident).where(Incident.state == IncidentState.OPEN)
    if reader.zones is not None:
        query = query.where(Incident.zone_id.in_(reader.zones))
    return session.scalar(query) or 0


def first_by_deadline(session: Session, reader: Reader, most: int, *, escalated: bool = True) -> list[Listed]:
    """The unresolved incidents whose deadlines come first. escalated: also those that supervisors were told of."""
    query = (
        _query(reader).where(Incident.state != IncidentState.RESOLVED).order_by(Incident.deadline_at, Incident.id).limit(most)
    )
    if not escalated:
        query = query.where(Incident.escalated_at.is_(None))
    return [Listed(*row) for row in session.execute(query)]


def overdue(session: Session, reader: Reader, most: int) -> list[Listed]:
    """The unresolved incidents that supervisors were told of, the longest overdue first."""
    query = (
        _query(reader)
        .where(Incident.state != IncidentState.RESOLVED, Incident.escalated_at.is_not(None))
        .order_by(Incident.deadline_at, Incident.id)
        .limit(most)
    )
    return [Listed(*row) for row in session.execute(query)]


def page_of(
    session: Session, reader: Reader, state: IncidentState, after: tuple[datetime, int, int] | None
) -> tuple[list[Listed], str | None]:
    """One page of incidents in a state, and the key of the next page. Waiting ones by deadline, resolved ones newest first."""
    query = _query(reader).where(Incident.state == state).limit(PAGE + 1)
    resolved = state is IncidentState.RESOLVED
    key = Incident.resolved_at if resolved else Incident.deadline_at
    if resolved:
        query = query.order_by(Incident.resolved_at.desc(), Incident.id.desc())
    else:
        query = query.order_by(Incident.deadline_at, Incident.id)
    if after is not None:
        here, there = tuple_(key, Incident.id), tuple_(after[0], after[2])
        query = query.where(here < there if resolved else here > there)
    listed = [Listed(*row) for row in session.execute(query)]
    if len(listed) <= PAGE:
        return listed, None
    last = listed[PAGE - 1].incident
    at = last.resolved_at if resolved and last.resolved_at else last.deadline_at
    return listed[:PAGE], after_key(at, last.id)


def one_incident(session: Session, reader: Reader, incident_id: int) -> Listed:
    """An incident of the reader's zones. Raises NotFound."""
    row = session.execute(_query(reader).where(Incident.id == incident_id)).first()
    require_zone(reader, row[0].zone_id if row else None)
    assert row is not None
    return Listed(*row)


def _notes(session: Session, incident_id: int) -> list[Row[datetime, str, str]]:
    return list(
        session.execute(
            select(IncidentNote.at, IncidentNote.text, Account.username)
            .join(Account, Account.id == IncidentNote.account_id)
            .where(IncidentNote.incident_id == incident_id)
            .order_by(IncidentNote.id)
        )
    )


def require_supervisor(reader: Reader, incident: Incident) -> None:
    """What a resident contests is not ended by those whose work it may be about."""
    if incident.kind is IncidentKind.CONTESTED and not reader.may(Permission.REVIEW_CHECK_IN, incident.zone_id):
        raise Forbidden(N_("Only a supervisor decides this."))


def incident_pages(database: Database) -> Blueprint:
    """List, page of one, and three actions."""
    pages = Blueprint("incidents", __name__)

    @pages.get("/incidents")
    @guarded(Permission.SEE_RESIDENT, audit=None)
    def incident_list() -> str:
        try:
            state = IncidentState(request.args.get("state", IncidentState.OPEN))
        except ValueError:
            raise BadInput(N_("Incidents are open, acknowledged or resolved.")) from None
        after = read_key(request.args.get("after"))
        reader = the_reader()
        with database.read() as session:
            listed, following = page_of(session, reader, state, after)
        return render_template(
            "console/incidents.html",
            listed=listed,
            state=state,
            states=list(IncidentState),
            following=following,
            first=after is None,
        )

    @pages.get("/incidents/<int:incident_id>")
    @guarded(Permission.SEE_RESIDENT, audit=None)
    def incident_page(incident_id: int) -> str:
        with database.read() as session:
            one = one_incident(session, the_reader(), incident_id)
            asked_after = one.incident.kind in ASKED_AFTER and one.incident.resident_id is not None
            attempts = attempts_on(session, incident_id)
            ladder = ladder_of(session, one.incident, attempts, now()) if asked_after else None
            since = meanwhile(session, one.incident) if asked_after else None
            known = findings(session, [(one.incident, one.timezone)], now()).get(incident_id) if asked_after else None
            phone = number_of(session, one.incident.resident_id) if one.incident.resident_id is not None else ""
            guardian = guardian_of(session, one.incident.resident_id) if one.incident.resident_id is not None else None
            notes = _notes(session, incident_id)
            kept = select(IncidentMedia).where(IncidentMedia.incident_id == incident_id).order_by(IncidentMedia.id)
            media = list(session.scalars(kept))
        unresolved_well = (
            attempts and attempts[0].outcome == ContactOutcome.WELL and one.incident.state != IncidentState.RESOLVED
        )
        return render_template(
            "console/incident.html",
            one=one,
            incident=one.incident,
            notes=notes,
            media=media,
            attempts=attempts,
            ladder=ladder,
            since=since,
            known=known,
            phone=phone,
            guardian=guardian,
            well=attempts[0] if unresolved_well else None,
            ways=list(ContactWay),
            outcomes=list(ContactOutcome),
        )

    @pages.post("/incidents/<int:incident_id>/acknowledge")
    @guarded(Permission.ACT_ON_INCIDENT, audit="incident-acknowledged")
    def acknowledge(incident_id: int) -> Response:
        reader = the_reader()
        with database.write() as session:
            require_supervisor(reader, one_incident(session, reader, incident_id).incident)
            incidents.acknowledge(session, incident_id, reader.account_id, now=now())
        flash(_("You have taken this incident on."))
        return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)

    @pages.post("/incidents/<int:incident_id>/resolve")
    @guarded(Permission.ACT_ON_INCIDENT, audit="incident-resolved")
    def resolve(incident_id: int) -> Response:
        reader = the_reader()
        with database.write() as session:
            require_supervisor(reader, one_incident(session, reader, incident_id).incident)
            incidents.resolve(session, incident_id, reader.account_id, request.form.get("text", ""), now=now())
        flash(_("The incident is resolved."))
        return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)

    @pages.post("/incidents/<int:incident_id>/notes")
    @guarded(Permission.ACT_ON_INCIDENT, audit="incident-noted")
    def add_note(incident_id: int) -> Response:
        reader = the_reader()
        with database.write() as session:
            incident = one_incident(session, reader, incident_id).incident
            incidents.add_note(session, incident, reader.account_id, request.form.get("text", ""), now=now())
            audit.note(
                session,
                "incident-noted",
                at=now(),
                account_id=reader.account_id,
                zone_id=incident.zone_id,
                resident_id=incident.resident_id,
                incident_id=incident_id,
            )
        flash(_("Your note was added."))
        return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)

    return pages
