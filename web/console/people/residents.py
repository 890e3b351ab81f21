"""One resident: how they stand, what is to be done, facts, curves, the timeline, and a supervisor's decisions on roll-calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.database.together import Reading, asked, at_once, first, known, read
from monitor.hotline.of_people import tickets_of_asked
from monitor.laboratory.lists import tests_of, today_in
from monitor.laboratory.states import told, told_from
from monitor.models.incidents import ContactOutcome, ContactWay
from monitor.models.people.laboratory import LabResult, LabTestKind
from monitor.models.people.measurements import MeasuredHow
from monitor.models.people.residents import (
    Household,
    MediaKind,
    OrderState,
    Presence,
    QuarantineOrder,
    Resident,
)
from monitor.models.people.retention import DeletionCertificate, DeletionScope
from monitor.models.people.rights import ConsentKind
from monitor.models.places import Room, Zone
from monitor.people.births import birth_of
from monitor.people.merged import part_of
from monitor.personal_data.coming import without_order
from monitor.personal_data.consent import newest_asked
from monitor.personal_data.holds import hold_in_force
from monitor.personal_data.periods import Held, Kind, end_of_quarantine, rules
from monitor.places.units.search import unit_asked, unit_key_of
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.trail.who_looked import opened_lately_asked
from rollcall.faces.likeness import alike_asked
from rollcall.orders.exemptions import permitted_asked
from rollcall.people.guardians import guardian_asked, number_asked, wards_of
from rollcall.people.text_stops import stopped_since_asked
from rollcall.rights.data_requests import BY_FORM, LONGEST
from web.console.paging import read_key
from web.console.people.curve import curves_of, values_of
from web.console.people.lines import Key
from web.console.people.order_card import order_card
from web.console.people.roles import roles_told, statuses_of
from web.console.people.standing import newest_of, order_now, to_do, waiting_about
from web.console.people.timeline import NAMES, Shown, timeline
from web.console.records.answers import answers_of, newest_photo
from web.console.records.data_requests import requests_of
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts


def _facts(resident: Resident) -> Reading[dict[str, Any]]:
    """Zone, room, household, presence, exemptions and the like of somebody."""
    number, *others = yield from at_once(
        _number(resident.id),
        first(
            select(Zone, Room, Household, Presence)
            .select_from(Resident)
            .join(Zone, Zone.id == Resident.zone_id)
            .outerjoin(Room, Room.id == Resident.room_id)
            .outerjoin(Household, Household.id == Resident.household_id)
            .outerjoin(Presence, Presence.resident_id == Resident.id)
            .where(Resident.id == resident.id)
        ),
        guardian_asked(resident.id),
        wards_of(resident.id),
        permitted_asked(resident.id, now()),
        unit_asked(unit_key_of(resident)),
        tickets_of_asked(resident.id, now()),
    )
    (zone, room, household, presence), guardian, wards, exemptions, unit, tickets = others
    return {
        "tickets": tickets,
        **number,
        "guardian": guardian,
        "wards": wards,
        "zone": zone,
        "room": room,
        "household": household,
        "presence": presence,
        "exemptions": exemptions,
        "birth": birth_of(resident.birth_date, resident.birth_precision),
        "unit": unit,
    }


def _number(resident_id: int) -> Reading[dict[str, Any]]:
    number = yield from number_asked(resident_id)
    return {"number": number, "texts_stopped_at": (yield from stopped_since_asked(number))}


def _keeping(settings: Settings, resident: Resident, orders: Sequence[QuarantineOrder]) -> Reading[dict[str, Any]]:
    """What was deleted of somebody, what will be when, and what puts that off. Empty dates for who is still under an order."""
    theirs = DeletionCertificate.resident_id == resident.id
    certificates, held, unordered = yield from at_once(
        asked(select(DeletionCertificate).where(theirs).order_by(DeletionCertificate.id)),
        hold_in_force(resident.id, now()),
        known([]) if orders else without_order(Resident.id == resident.id),
    )
    done = {each.scope for each in certificates}
    ended = end_of_quarantine(Held(each.state, each.ends_at, each.ended_at) for each in orders)
    kept = {rule.kind: rule.kept for rule in rules(settings)}
    scopes = ((DeletionScope.FACES, Kind.FACES), (DeletionScope.PERSON, Kind.PERSONS))
    due = [(scope, ended + kept[kind]) for scope, kind in scopes if ended is not None and scope not in done]
    if ended is None and DeletionScope.PERSON not in done:
        due = [(DeletionScope.PERSON, each.since + kept[Kind.UNORDERED]) for each in unordered]
    return {
        "certificates": certificates,
        "face_gone": DeletionScope.FACES in done,
        "held": held,
        "deletions": due,
    }


def _about_orders(
    settings: Settings, reader: Reader, resident: Resident, timezone: str, before: Key | None, chosen: Sequence[Shown]
) -> Reading[dict[str, Any]]:
    """The orders, and what is read with them."""
    orders = yield from asked(
        select(QuarantineOrder).where(QuarantineOrder.resident_id == resident.id).order_by(QuarantineOrder.starts_at.desc())
    )
    active = [order.starts_at for order in orders if order.state is OrderState.ACTIVE]
    keeping, card, (entries, following) = yield from at_once(
        _keeping(settings, resident, orders),
        order_card(reader, resident, orders, timezone),
        timeline(resident, min(active, default=None), before, timezone, chosen),
    )
    return {"orders": orders, **keeping, **card, "entries": entries, "following": following}


def _chosen() -> list[Shown]:
    """What of the timeline is to be shown; what an address names otherwise is passed over."""
    asked = set(request.args.getlist("show"))
    return [each for each in Shown if each.value in asked]


pages = Blueprint("residents", __name__)


@pages.get("/residents/<int:resident_id>")
@guarded(Permission.SEE_RESIDENT, audit=Action.RECORD_OPENED)
def resident_page(resident_id: int) -> str | Response:
    before, chosen = read_key(request.args.get("before")), _chosen()
    reader = the_reader()
    photos = reader.may(Permission.SEE_PHOTO)
    with parts().database.read() as session:
        row, into, seen = read(
            session,
            at_once(
                first(
                    select(Resident, Zone.timezone).join(Zone, Zone.id == Resident.zone_id).where(Resident.id == resident_id)
                ),
                first(part_of(resident_id)),
                # The open page asks again whenever something changes: that is the same look.
                opened_lately_asked(Action.RECORD_OPENED, resident_id, reader.account_id, now()),
            ),
        )
    zone_id = require_zone(reader, row.Resident.zone_id if row else None)
    resident, timezone = row
    if into is not None:
        # Old links, letters and notes still name the old number.
        return redirect(url_for("residents.resident_page", resident_id=into))
    if not seen:
        with parts().database.write() as session:
            note_view(session, zone_id=zone_id, resident_id=resident_id)
    with parts().database.read() as session:
        facts, about_orders, values, answers, alike, rights, consents, selfie, tests, last_asked, waiting, statuses = read(
            session,
            at_once(
                _facts(resident),
                _about_orders(parts().settings, reader, resident, timezone, before, chosen),
                values_of(resident_id, now()),
                answers_of(reader, resident),
                alike_asked(resident_id),
                requests_of(reader, resident_id),
                newest_asked(resident_id),
                newest_photo(resident_id, MediaKind.SELFIE) if photos else known(None),
                tests_of(resident_id),
                newest_of(resident_id),
                waiting_about(resident_id),
                asked(statuses_of(resident_id)),
            ),
        )
    orders, phases = about_orders["orders"], about_orders["phases"]
    today = today_in(facts["zone"], now())
    return render_template(
        "console/people/resident.html",
        **facts,
        **about_orders,
        resident=resident,
        answers=answers,
        first=before is None,
        chosen=chosen,
        kinds=NAMES,
        values=values,
        curves=curves_of(values, timezone),
        last_asked=last_asked,
        order_now=order_now(orders, phases),
        to_do=to_do(resident, waiting, len(answers.doubtful), tests, today, orders, phases),
        ways=list(ContactWay),
        outcomes=list(ContactOutcome),
        measured_how=list(MeasuredHow),
        from_=now().astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M"),
        selfie=selfie,
        alike=[each for each in alike if reader.among({each.zone_id})],
        rights=rights,
        consents=consents,
        ConsentKind=ConsentKind,
        request_kinds=BY_FORM,
        longest_request=LONGEST,
        tests=tests,
        today=today,
        told=lambda resulted_at, released_at: told(resulted_at, released_at, now()),
        told_from=told_from,
        test_kinds=list(LabTestKind),
        test_results=list(LabResult),
        roles=roles_told(timezone, orders, tests, statuses),
    )
