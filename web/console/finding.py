"""Find a person by a telephone or document number, exactly: both are stored encrypted, and no number stands in an address."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, or_, select

from monitor.access import Permission
from monitor.database import Database
from monitor.documents import read_document
from monitor.models import Guardian, Household, Resident, Zone
from monitor.problems import BadInput
from rollcall.numbers import spellings
from web.guard import guarded, note_view, the_reader

MOST = 50


def finding_pages(database: Database) -> Blueprint:
    """The form, and what it found."""
    pages = Blueprint("finding", __name__)

    @pages.get("/find")
    @guarded(Permission.SEE_RESIDENT, audit=None)
    def form() -> str:
        return render_template("console/find.html", found=None)

    @pages.post("/find")
    @guarded(Permission.SEE_RESIDENT, audit="person-searched")
    def find() -> str:
        typed, reader = request.form.get("number", ""), the_reader()
        try:
            document = read_document(typed)
        except BadInput:
            document = ""
        numbers = spellings(typed)
        which: list[ColumnElement[bool]] = [Resident.phone.in_(numbers), Household.phone.in_(numbers)]
        # Whoever calls staff back may be somebody who answers for a child.
        wards = select(Guardian.resident_id).where(Guardian.phone.in_(numbers), Guardian.ended_at.is_(None))
        which.append(Resident.id.in_(wards))
        if document:
            which.append(Resident.document_number == document)
        query = (
            select(Resident, Zone)
            .join(Zone, Zone.id == Resident.zone_id)
            .outerjoin(Household, Household.id == Resident.household_id)
            .where(or_(*which))
            .order_by(Resident.full_name, Resident.id)
            .limit(MOST)
        )
        if reader.zones is not None:
            query = query.where(Resident.zone_id.in_(reader.zones))
        with database.write() as session:
            found = session.execute(query).all() if typed.strip() else []
            # Who searched, and how many were found; the number stays out of the trail.
            note_view(session, zone_id=None, found=len(found))
        return render_template("console/find.html", found=found)

    return pages
