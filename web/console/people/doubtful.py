"""Rows of files that may be people who are there already: both beside each other with the reason, and what somebody decides."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import Reading, asked, at_once, first, known, read
from monitor.enrolment.columns import COLUMNS, heading_words
from monitor.enrolment.details import Details
from monitor.enrolment.duplicates import Match
from monitor.enrolment.files import Filed, cells_of
from monitor.enrolment.imports.deciding import Decision, leave, look_alike, other, others_alike, same, wanted_of
from monitor.enrolment.imports.listing import AT_ONCE, parked_for, people_of
from monitor.enrolment.known_details import details_of, differing
from monitor.enrolment.orders import ORDER_FIELDS, OrderDetails
from monitor.enrolment.rows import Wanted
from monitor.models.people.imports import ImportRow, PeopleImport, RowState
from monitor.models.people.residents import Household, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.places.units.search import unit_asked
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.console.paging import after_key, read_key
from web.shared.common import language, now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

TELLING = frozenset(
    {
        *("full_name", "sex", "birth", "phone", "document_number", "earlier_number", "insurance_number", "unit", "address"),
        *("zone", "room", "household", "household_phone", "starts_at", "ends_at", "authority"),
    }
)
"""Columns that are shown of the record though the file says nothing of them: they help to tell whether the two are one."""

pages = Blueprint("doubtful", __name__)


@dataclass(frozen=True)
class Line:
    """One column of both: what the file says, what the record says, and whether it can be taken over, by the field's name."""

    column: Words
    file: str
    record: str
    field: str | None


@pages.get("/people/doubtful")
@guarded(Permission.IMPORT_PEOPLE, audit=None)
def listed() -> str:
    key = read_key(request.args.get("after"))
    reader = the_reader()
    with parts().database.read() as session:
        rows = parked_for(session, reader, (key[0], key[2]) if key else None, AT_ONCE + 1)
        zones = {zone.id: zone.name for zone in session.scalars(select(Zone))}
        people = people_of(session, rows)
    last = rows[AT_ONCE - 1] if len(rows) > AT_ONCE else None
    return render_template(
        "console/people/doubtful.html",
        rows=rows[:AT_ONCE],
        zones=zones,
        near={number: bool(reader.among({each.zone_id})) for number, each in people.items()},
        people=people,
        more=after_key(last.parked_at, last.id) if last is not None and last.parked_at is not None else None,
    )


def _row(session: Session, row_id: int) -> ImportRow:
    row = session.get(ImportRow, row_id)
    require_zone(the_reader(), row.zone_id if row is not None else None)
    if row is None or row.state is not RowState.PARKED or row.parked_at is None:
        raise NotFound(N_("This was decided already, or its time is over."))
    return row


@pages.get("/people/doubtful/<int:row_id>")
@guarded(Permission.IMPORT_PEOPLE, audit=Action.DOUBTFUL_SHOWN)
def show(row_id: int) -> str:
    with parts().database.write() as session:
        row = _row(session, row_id)
        resident = look_alike(session, row)
        near = resident is not None and bool(the_reader().among({resident.zone_id}))
        note_view(
            session, zone_id=row.zone_id, resident_id=resident.id if resident is not None and near else None, file=row.import_id
        )
        return _shown(session, row, resident)


def _shown(session: Session, row: ImportRow, resident: Resident | None, wrong: Words | None = None) -> str:
    of_file = session.get_one(PeopleImport, row.import_id)
    near = resident is not None and bool(the_reader().among({resident.zone_id}))
    try:
        wanted, fault = wanted_of(session, row, now()), None
    except Conflict as problem:
        wanted, fault = None, problem.words
    filed, zones = read(
        session,
        at_once(
            filed_of(resident, details_of(resident)) if resident is not None and near else known(None),
            asked(select(Zone)),
        ),
    )
    named = {each.id: each for each in zones}
    return render_template(
        "console/people/doubtful_pair.html",
        row=row,
        of_file=of_file,
        resident=resident,
        near=near,
        zone=named[resident.zone_id] if resident is not None else None,
        lines=_beside(row, wanted.details if wanted else None, filed),
        alike=_twice(session, wanted, resident) if wanted and resident and near else [],
        zones={number: each.name for number, each in named.items()},
        fault=fault,
        has_room=wanted is not None and wanted.room_id is not None,
        decisions=Decision,
        wrong=wrong,
    )


def _twice(session: Session, wanted: Wanted, resident: Resident) -> list[Match]:
    """With whom the record may be made one, by who may do that in both zones."""
    reader = the_reader()
    if not reader.may(Permission.MANAGE_RESIDENT, resident.zone_id):
        return []
    return [each for each in others_alike(session, wanted, resident) if reader.may(Permission.MANAGE_RESIDENT, each.zone_id)]


def _beside(row: ImportRow, new: Details | None, filed: Filed | None) -> list[Line]:
    there = cells_of(filed, language()) if filed is not None else {}
    can = set(differing(filed.details, new)) if filed is not None and new is not None else set()
    cells: dict[str, str] = row.cells or {}
    shown = [
        column for column in COLUMNS if column != "record" and (cells.get(column) or (column in TELLING and there.get(column)))
    ]
    return [
        Line(heading_words(column), cells.get(column, ""), there.get(column, ""), column if column in can else None)
        for column in shown
    ]


def filed_of(resident: Resident, details: Details) -> Reading[Filed]:
    """Somebody as a file would have them."""
    place = (
        select(Zone, Room, Household)
        .select_from(Zone)
        .outerjoin(Room, Room.id == resident.room_id)
        .outerjoin(Household, Household.id == resident.household_id)
        .where(Zone.id == resident.zone_id)
    )
    orders = select(QuarantineOrder).where(QuarantineOrder.resident_id == resident.id)
    (zone, room, home), unit, order = yield from at_once(
        first(place), unit_asked(details.unit), first(orders.order_by(QuarantineOrder.starts_at.desc()))
    )
    return Filed(
        details,
        resident.id,
        zone.name,
        zone.timezone,
        room=room.name if room else "",
        household=home.name if home else "",
        household_phone=home.phone if home else "",
        unit=unit.written("vi") if unit else "",
        arrived_at=resident.arrived_at,
        order=OrderDetails(**{name: getattr(order, name) for name in ORDER_FIELDS}) if order is not None else None,
    )


@pages.post("/people/doubtful/<int:row_id>")
@guarded(Permission.IMPORT_PEOPLE, audit=Action.DOUBTFUL_DECIDED)
def decide(row_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            row = _row(session, row_id)
            decision = _decision()
            resident = _decide(session, row, decision)
            note_view(
                session,
                zone_id=row.zone_id,
                resident_id=resident.id if resident is not None else None,
                file=row.import_id,
                decision=decision.value,
            )
    except (BadInput, Conflict) as problem:
        with parts().database.read() as session:
            row = _row(session, row_id)
            return _shown(session, row, look_alike(session, row), problem.words), problem.status
    flash(_SAID[decision]())
    with parts().database.read() as session:
        following = parked_for(session, the_reader(), None, 1)
    # The next pair at once: nobody wants to go back to the list forty times.
    if following:
        return redirect(url_for("doubtful.show", row_id=following[0].id), 303)
    return redirect(url_for("doubtful.listed"), 303)


_SAID = {
    Decision.SAME: lambda: _("The same person: their record has what you took over."),
    Decision.OTHER: lambda: _("Another person: they were entered, and the two are not suggested again."),
    Decision.LEAVE: lambda: _("The row was left out."),
}


def _decision() -> Decision:
    try:
        return Decision(request.form.get("decision", ""))
    except ValueError:
        raise BadInput(N_("Choose what to do with the row."), field="decision") from None


def _decide(session: Session, row: ImportRow, decision: Decision) -> Resident | None:
    reader, account_id = the_reader(), the_reader().account_id
    resident = look_alike(session, row)
    if decision is Decision.LEAVE:
        leave(session, row, account_id, now())
        return None
    if decision is Decision.OTHER:
        without = "without_room" in request.form
        return other(session, row, resident, account_id, now(), without_room=without)
    if resident is None or not reader.among({resident.zone_id}):
        raise Conflict(N_("The matching record is in none of your zones. Ask the staff there, or leave the row out."))
    seen = request.form.get("version", 0, type=int)
    same(session, row, resident, request.form.getlist("take"), seen, account_id, now())
    return resident
