"""Who answers for a child, or for somebody who cannot answer alone: set, seen and ended by staff."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, case, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import Reading, asked, read
from monitor.models.people.guardians import Guardian, GuardianRelation
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.people.telephone_numbers import Line, line_of
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, Words
from rollcall.people.guardians import LONGEST_NAME, end_guardian, guardian_of, set_guardian
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

# To choose from: the household and the room first. Others are found by their number and entered by name.
MOST_KIN = 200


def _resident(session: Session, resident_id: int) -> Resident:
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident


def near_people(resident: Resident) -> Reading[list[Row[int, str, str]]]:
    """Who may be their guardian among the residents of the zone: number, name, and that of the room; the nearest first."""
    nearness: ColumnElement[int] = case(
        (Resident.household_id == resident.household_id, 0), (Resident.room_id == resident.room_id, 1), else_=2
    )
    answered_for = select(Guardian.id).where(Guardian.resident_id == Resident.id, Guardian.ended_at.is_(None)).exists()
    return (
        yield from asked(
            select(Resident.id, Resident.full_name, Room.name.label("room"))
            .outerjoin(Room, Room.id == Resident.room_id)
            .where(
                Resident.zone_id == resident.zone_id, Resident.id != resident.id, Resident.deleted_at.is_(None), ~answered_for
            )
            .order_by(nearness, Resident.sort_key, Resident.id)
            .limit(MOST_KIN)
        )
    )


pages = Blueprint("guardians", __name__)


def page(session: Session, resident_id: int, problem: Words | None = None, field: str | None = None) -> str:
    resident = _resident(session, resident_id)
    return render_template(
        "console/people/guardian.html",
        resident=resident,
        zone=session.get_one(Zone, resident.zone_id),
        guardian=guardian_of(session, resident_id),
        near=read(session, near_people(resident)),
        relations=list(GuardianRelation),
        languages=LANGUAGES,
        longest=LONGEST_NAME,
        problem=problem,
        field=field,
        given=request.form,
    )


@pages.get("/residents/<int:resident_id>/guardian")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def show(resident_id: int) -> str:
    with parts().database.read() as session:
        return page(session, resident_id)


@pages.post("/residents/<int:resident_id>/guardian")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.GUARDIAN_SET)
def choose(resident_id: int) -> Response | tuple[str, int]:
    form = request.form
    try:
        with parts().database.write() as session:
            resident = _resident(session, resident_id)
            chosen = form.get("kin", type=int)
            row = set_guardian(
                session,
                resident,
                kin=_resident(session, chosen) if chosen is not None else None,
                full_name=form.get("full_name", ""),
                relation=form.get("relation", ""),
                phone=form.get("phone", ""),
                language=form.get("language", resident.language),
                consent=form.get("consent", ""),
                account_id=the_reader().account_id,
                now=now(),
            )
            # Neither name nor number: the trail is never deleted.
            note_view(
                session,
                zone_id=resident.zone_id,
                resident_id=resident_id,
                guardian=row.id,
                kin=row.kin_id,
                relation=row.relation.value,
                consent=row.consent_way.value if row.consent_way else "",
            )
    except BadInput as problem:
        with parts().database.read() as session:
            return page(session, resident_id, problem.words, problem.field), problem.status
    flash(_("Saved. From the next message on, this person is asked."))
    if row.phone and line_of(row.phone) is Line.CALLED_ONLY:
        flash(_("This is a fixed line: it can be called, but it takes no text messages."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/guardian/end")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.GUARDIAN_ENDED)
def end(resident_id: int) -> Response:
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        end_guardian(session, resident, now())
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id)
    flash(_("Saved. From the next message on, the resident is asked directly."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)
