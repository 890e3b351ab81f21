"""Everybody in one list: searched as one types, narrowed by filters, page by page; printed, and found by a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import get_locale
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.enrolment.files import written_people
from monitor.incidents.triage import Risk
from monitor.models.legal import RecipientKind
from monitor.models.people.residents import BirthPrecision, FStatus, PresenceState, Resident
from monitor.models.places import Room, Zone
from monitor.people.births import Birth, birth_of, years
from monitor.personal_data.disclosures import LIST, LIST_WITH_NUMBERS, HandedOut, also_about, hand_out
from monitor.personal_data.holds import require_reason
from monitor.places.room_changes import rooms_in_short
from monitor.problems import BadInput
from monitor.register.criteria import Criteria, Order, Standing, read_criteria, taken_apart
from monitor.register.export import rows_of
from monitor.register.listing import PAGE, Entry, Page, all_numbers, entries_of, page_of
from monitor.sheets import FileKind
from monitor.trail.actions import Action
from monitor.words import N_
from web.shared.common import now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST_PRINTED = 2000

pages = Blueprint("people", __name__)


@pages.app_template_filter("years_old")
def _years_old(resident: Resident) -> str:
    """In full years; ~45 where only the year of birth is known; empty where nothing is."""
    birth = birth_of(resident.birth_date, resident.birth_precision)
    return "" if birth is None else _age_of(birth, now().date())


def _age_of(birth: Birth, today: date) -> str:
    if birth.precision is BirthPrecision.DAY:
        return str(years(birth.first, today))
    # Somewhere between two ages; the middle of the time is nearest to both.
    return f"~{years(birth.first + (birth.last - birth.first) / 2, today)}"


@pages.get("/people")
@guarded(Permission.SEE_RESIDENT, audit=None)
def listed() -> str:
    criteria = read_criteria(request.args)
    # A number is asked for by a form, so that it stands in no address and no log.
    with parts().database.read() as session:
        page = page_of(session, criteria, _zones(), now(), request.args.get("after", ""))
        return _shown(session, criteria, page)


@pages.post("/people")
@guarded(Permission.SEE_RESIDENT, audit=Action.PERSON_SEARCHED)
def search() -> Response | str:
    given = request.form
    criteria = read_criteria(given)
    apart = taken_apart(criteria.typed)
    if not apart.number and not apart.tail:
        with parts().database.write() as session:
            note_view(session, zone_id=None)
        return redirect(f"{url_for('people.listed')}?{urlencode(criteria.address())}", 303)
    # Whoever has a number before them wants the person, released ones too.
    criteria = Criteria(typed=criteria.typed, standing=Standing.ALL)
    with parts().database.write() as session:
        page = page_of(session, criteria, _zones(), now())
        # Who searched, and how many were found; the number stays out of the trail.
        note_view(session, zone_id=None, found=len(page.entries))
        return _shown(session, criteria, replace(page, following=""), by_number=True)


@pages.get("/people/print")
@guarded(Permission.SEE_RESIDENT, audit=Action.PEOPLE_PRINTED)
def printed() -> str:
    criteria = read_criteria(request.args)
    found: list[Entry] = []
    with parts().database.read() as session:
        for numbers in all_numbers(session, criteria, _zones(), now(), 500):
            found += entries_of(session, numbers)
            if len(found) > MOST_PRINTED:
                break
        zones = _names(session)
    more, found = len(found) > MOST_PRINTED, found[:MOST_PRINTED]
    with parts().database.write() as session:
        note_view(session, zone_id=criteria.zone, people=len(found))
    return render_template(
        "console/people/people_printed.html", entries=found, zones=zones, more=more, most=MOST_PRINTED, criteria=criteria
    )


@pages.post("/people/export")
@guarded(Permission.EXPORT_PEOPLE, audit=Action.PEOPLE_EXPORTED)
def exported() -> Response:
    criteria = read_criteria(request.form)
    try:
        kind = FileKind(request.form.get("kind", ""))
    except ValueError:
        raise BadInput(N_("Choose CSV or Excel."), field="kind") from None
    numbers = request.form.get("numbers") == "yes"
    # Plain numbers leave the sealed columns with a reason only, which stands in the trail.
    reason = require_reason(request.form.get("reason", "")) if numbers else ""
    database, zones, at, language = parts().database, _zones(), now(), str(get_locale())
    with database.write() as session:
        # Which filters, and not what was typed: it may be a name.
        filters = sorted(criteria.address())
        note_view(session, zone_id=criteria.zone, filters=filters, numbers=numbers, kind=kind.value, reason=reason)
    _write_down(criteria, zones, at, numbers=numbers)

    def pieces() -> Iterator[bytes]:
        with database.read() as session:
            yield from written_people(rows_of(session, criteria, zones, at, language, numbers=numbers), kind, language)

    name = f"nguoi-cach-ly-{at:%Y-%m-%d}.{kind.value}"
    return Response(pieces(), content_type=kind.content_type, headers={"Content-Disposition": f"attachment; filename={name}"})


def _write_down(criteria: Criteria, zones: list[int] | None, at: datetime, *, numbers: bool) -> None:
    """Into the register of disclosures, with everybody in the file: in pieces, so that a province holds nobody else up."""
    database, recipient, basis = parts().database, request.form.get("recipient", ""), request.form.get("legal_basis", "")
    what, account_id = LIST_WITH_NUMBERS if numbers else LIST, the_reader().account_id
    handed = HandedOut(RecipientKind.FILE, what, criteria.zone, account_id, recipient.strip(), basis.strip())
    with database.write() as session:
        number = hand_out(session, handed, [], at) or 0
    with database.read() as reading:
        for some in all_numbers(reading, criteria, zones, at, 2000):
            with database.write() as session:
                also_about(session, number, some)


def _zones() -> list[int] | None:
    zones = the_reader().zones
    return None if zones is None else sorted(zones)


def _names(session: Session) -> Mapping[int, Zone]:
    query = select(Zone).order_by(Zone.name)
    zones = _zones()
    return {zone.id: zone for zone in session.scalars(query if zones is None else query.where(Zone.id.in_(zones)))}


def _shown(session: Session, criteria: Criteria, page: Page, *, by_number: bool = False) -> str:
    zones = _names(session)
    room: Room | None = session.get(Room, criteria.room) if criteria.room is not None else None
    context: dict[str, Any] = {
        "rooms": rooms_in_short(session, criteria.zone) if criteria.zone is not None and criteria.zone in zones else [],
        "room": room if room is not None and room.zone_id in zones else None,
    }
    return render_template(
        "console/people/people.html",
        entries=page.entries,
        following=page.following,
        broken_off=page.broken_off,
        criteria=criteria,
        zones=zones,
        by_number=by_number,
        first=not request.args.get("after"),
        page_size=PAGE,
        standings=list(Standing),
        orders=list(Order),
        presences=list(PresenceState),
        statuses=list(FStatus),
        risks=list(Risk),
        **context,
    )
