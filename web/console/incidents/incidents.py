"""What people must look at: the list, one incident, and what a person does about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, Select, case, func, select, tuple_
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.alerts.record import told_of_incident
from monitor.incidents import incidents
from monitor.incidents.cases import leads, parts_of
from monitor.incidents.causes import ASKED_AFTER
from monitor.incidents.risks import risks_of
from monitor.incidents.triage import RANK, risk_words
from monitor.incidents.triage_table import in_force
from monitor.models.accounts import Account
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import (
    ContactOutcome,
    ContactWay,
    Incident,
    IncidentKind,
    IncidentMedia,
    IncidentNote,
    IncidentState,
)
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.followup.attempts import attempts_on
from rollcall.followup.resolving import require_who_may_end
from rollcall.followup.resolving import resolve as resolve_incident
from rollcall.followup.unjudged import holding_open
from rollcall.followup.whereabouts import findings
from rollcall.people.guardians import guardian_of, number_of
from web.console.incidents.ladder import ladder_of
from web.console.incidents.meanwhile import meanwhile
from web.console.paging import after_key, read_key
from web.console.records.answers import answers_of, disputed
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

PAGE = 40


@dataclass(frozen=True)
class Listed:
    """What stands for a case, or alone, with the names of what it is about; None where it is about nothing of that kind.

    parts: all incidents of the case, what goes on and speaks most for looking first before the others; itself where it stands alone.
    """

    incident: Incident
    zone: str
    timezone: str
    room: str | None
    resident: str | None
    camera: str | None
    taken_by: str | None
    resolved_by: str | None
    parts: tuple[Incident, ...] = ()

    @property
    def top(self) -> Incident:
        """What the case is called by."""
        return self.parts[0] if self.parts else self.incident

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on."""
        return all(each.cause_ended_at is not None for each in self.parts or (self.incident,))


def _listed(session: Session, query: Select[Incident, str, str, str, str, str, str, str]) -> list[Listed]:
    found = [Listed(*row) for row in session.execute(query)]
    parts = parts_of(session, [each.incident.id for each in found])
    return [replace(each, parts=tuple(parts[each.incident.id])) for each in found]


_URGENCY = case(*((Incident.urgency == urgency, -rank) for urgency, rank in RANK.items()), else_=0)
"""The most urgent first."""


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
        .outerjoin(Resident, Resident.id == Incident.resident_id)
        .outerjoin(Camera, Camera.id == Incident.camera_id)
        # An incident may name its room, or only somebody who lives there, or a camera that looks into it.
        .outerjoin(Room, Room.id == func.coalesce(Incident.room_id, Resident.room_id, Camera.room_id))
        .outerjoin(taker, taker.id == Incident.acknowledged_by)
        .outerjoin(resolver, resolver.id == Incident.resolved_by)
    )
    if reader.zones is not None:
        query = query.where(Incident.zone_id.in_(reader.zones))
    return query


def unresolved(session: Session, reader: Reader) -> int:
    """How many cases and other incidents in the reader's zones wait for a person to take them on."""
    query = select(func.count()).select_from(Incident).where(Incident.state == IncidentState.OPEN, leads())
    if reader.zones is not None:
        query = query.where(Incident.zone_id.in_(reader.zones))
    return session.scalar(query) or 0


def most_urgent(session: Session, reader: Reader, most: int, *, escalated: bool = True) -> list[Listed]:
    """What is unresolved, the most urgent first, then by deadline. escalated: also what stands on the supervisors' list."""
    query = (
        _query(reader)
        .where(Incident.state != IncidentState.RESOLVED, leads())
        .order_by(_URGENCY, Incident.deadline_at, Incident.id)
        .limit(most)
    )
    if not escalated:
        query = query.where(Incident.escalated_at.is_(None))
    return _listed(session, query)


def overdue(session: Session, reader: Reader, most: int) -> list[Listed]:
    """The supervisors' list: what nobody resolved by its deadline, the most urgent first, then the longest overdue."""
    query = (
        _query(reader)
        .where(Incident.state != IncidentState.RESOLVED, Incident.escalated_at.is_not(None), leads())
        .order_by(_URGENCY, Incident.deadline_at, Incident.id)
        .limit(most)
    )
    return _listed(session, query)


def page_of(
    session: Session, reader: Reader, state: IncidentState, after: tuple[datetime, int, int] | None
) -> tuple[list[Listed], str | None]:
    """One page of what is in a state, and the key of the next page. What waits: the most urgent first; resolved: newest first."""
    query = _query(reader).where(Incident.state == state, leads()).limit(PAGE + 1)
    if state is IncidentState.RESOLVED:
        query = query.order_by(Incident.resolved_at.desc(), Incident.id.desc())
        if after is not None:
            query = query.where(tuple_(Incident.resolved_at, Incident.id) < tuple_(after[0], after[2]))
    else:
        query = query.order_by(_URGENCY, Incident.deadline_at, Incident.id)
        if after is not None:
            query = query.where(tuple_(_URGENCY, Incident.deadline_at, Incident.id) > tuple_(after[1], after[0], after[2]))
    listed = _listed(session, query)
    if len(listed) <= PAGE:
        return listed, None
    last = listed[PAGE - 1].incident
    return listed[:PAGE], after_key(last.resolved_at or last.deadline_at, last.id, -RANK[last.urgency])


def one_incident(session: Session, reader: Reader, incident_id: int) -> Listed:
    """The incident of the reader's zones, or that which stands for its case. Raises NotFound."""
    asked = aliased(Incident)
    lead = select(func.coalesce(asked.lead_id, asked.id)).where(asked.id == incident_id).scalar_subquery()
    listed = _listed(session, _query(reader).where(Incident.id == lead))
    require_zone(reader, listed[0].incident.zone_id if listed else None)
    return listed[0]


def _notes(session: Session, incident_ids: Collection[int]) -> list[Row[datetime, str, str]]:
    return list(
        session.execute(
            select(IncidentNote.at, IncidentNote.text, Account.username)
            .join(Account, Account.id == IncidentNote.account_id)
            .where(IncidentNote.incident_id.in_(incident_ids))
            .order_by(IncidentNote.id)
        )
    )


def _risks(session: Session, resident_id: int | None) -> Words | None:
    """What speaks for looking after a resident sooner, as it is known now; None for nothing."""
    if resident_id is None:
        return None
    table = in_force(session, now())
    risks = risks_of(session, [resident_id], now(), table).get(resident_id)
    return risk_words(risks, table.old_from) if risks else None


pages = Blueprint("incidents", __name__)


@pages.get("/incidents")
@guarded(Permission.SEE_RESIDENT, audit=None)
def incident_list() -> str:
    try:
        state = IncidentState(request.args.get("state", IncidentState.OPEN))
    except ValueError:
        raise BadInput(N_("An incident is new, taken on or resolved.")) from None
    after = read_key(request.args.get("after"))
    reader = the_reader()
    with parts().database.read() as session:
        listed, following = page_of(session, reader, state, after)
    return render_template(
        "console/incidents/incidents.html",
        listed=listed,
        state=state,
        states=list(IncidentState),
        following=following,
        first=after is None,
    )


@pages.get("/incidents/<int:incident_id>")
@guarded(Permission.SEE_RESIDENT, audit=None)
def incident_page(incident_id: int) -> str:
    with parts().database.read() as session:
        one = one_incident(session, the_reader(), incident_id)
        resident_id = one.incident.resident_id
        ids = [each.id for each in one.parts]
        silence = next((each for each in one.parts if each.kind in ASKED_AFTER and resident_id is not None), None)
        attempts = attempts_on(session, ids)
        ladder = ladder_of(session, silence, attempts, now()) if silence else None
        since = meanwhile(session, one.incident, ids) if one.incident.case_of is not None else None
        known = findings(session, [(silence, one.timezone)], now()).get(silence.id) if silence else None
        risks = _risks(session, resident_id)
        phone = number_of(session, resident_id) if resident_id is not None else ""
        guardian = guardian_of(session, resident_id) if resident_id is not None else None
        notes = _notes(session, ids)
        told = [each for part in ids for each in told_of_incident(session, part)]
        kept = select(IncidentMedia).where(IncidentMedia.incident_id.in_(ids)).order_by(IncidentMedia.id)
        media = list(session.scalars(kept))
        reader = the_reader()
        resident = session.get(Resident, resident_id) if resident_id is not None else None
        waiting = holding_open(session, one.incident) if one.incident.state != IncidentState.RESOLVED else 0
        is_dispute = one.incident.kind is IncidentKind.CONTESTED and one.incident.check_in_id is not None
        answers = answers_of(session, reader, resident) if resident is not None and (waiting or is_dispute) else None
        dispute = disputed(session, one.incident.check_in_id) if is_dispute and one.incident.check_in_id else None
    unresolved_well = attempts and attempts[0].outcome == ContactOutcome.WELL and one.incident.state != IncidentState.RESOLVED
    return render_template(
        "console/incidents/incident.html",
        one=one,
        incident=one.incident,
        notes=notes,
        told=told,
        media=media,
        attempts=attempts,
        ladder=ladder,
        since=since,
        known=known,
        waiting=waiting,
        answers=answers,
        dispute=dispute,
        risks=risks,
        phone=phone,
        guardian=guardian,
        well=attempts[0] if unresolved_well else None,
        ways=list(ContactWay),
        outcomes=list(ContactOutcome),
    )


@pages.post("/incidents/<int:incident_id>/acknowledge")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_ACKNOWLEDGED)
def acknowledge(incident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        require_who_may_end(reader, one_incident(session, reader, incident_id).incident)
        incidents.acknowledge(session, incident_id, reader.account_id, now=now())
    flash(_("You have taken this on."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)


@pages.post("/incidents/<int:incident_id>/resolve")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_RESOLVED)
def resolve(incident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        incident = one_incident(session, reader, incident_id).incident
        resolve_incident(session, incident, reader, request.form.get("text", ""), now=now())
    flash(_("The incident is resolved."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)


@pages.post("/incidents/<int:incident_id>/notes")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_NOTED)
def add_note(incident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        incident = one_incident(session, reader, incident_id).incident
        incidents.add_note(session, incident, reader.account_id, request.form.get("text", ""), now=now())
        audit.note(
            session,
            Action.INCIDENT_NOTED,
            at=now(),
            account_id=reader.account_id,
            zone_id=incident.zone_id,
            resident_id=incident.resident_id,
            incident_id=incident_id,
        )
    flash(_("Your note was added."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)
