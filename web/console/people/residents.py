"""One resident: how they stand, what is to be done, facts, curves, the timeline, and a supervisor's decisions on roll-calls."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
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
from monitor.people.merged import record_now
from monitor.personal_data.coming import without_order
from monitor.personal_data.consent import newest
from monitor.personal_data.holds import hold_in_force
from monitor.personal_data.periods import Held, Kind, end_of_quarantine, rules
from monitor.places.units.search import unit_key_of, unit_of
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.trail.who_looked import opened_lately
from rollcall.faces.likeness import alike_with
from rollcall.orders.exemptions import permitted
from rollcall.people.guardians import guardian_of, number_of, wards_of
from rollcall.people.text_stops import stopped_since
from rollcall.rights.data_requests import BY_FORM, LONGEST
from web.console.paging import read_key
from web.console.people.curve import curves_of, values_of
from web.console.people.order_card import order_card
from web.console.people.roles import roles_read
from web.console.people.standing import newest_of, order_now, to_do, waiting_about
from web.console.people.timeline import NAMES, Shown, timeline
from web.console.records.answers import answers_of, newest_photo
from web.console.records.data_requests import requests_of
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts


def _facts(session: Session, resident_id: int) -> dict[str, Any]:
    """The resident with zone, room, household, presence, orders and exemptions. Raises NotFound."""
    row = session.execute(
        select(Resident, Zone, Room, Household, Presence)
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .where(Resident.id == resident_id)
    ).first()
    require_zone(the_reader(), row[0].zone_id if row else None)
    assert row is not None
    resident, zone, room, household, presence = row
    orders = session.scalars(
        select(QuarantineOrder).where(QuarantineOrder.resident_id == resident_id).order_by(QuarantineOrder.starts_at.desc())
    )
    number = number_of(session, resident_id)
    return {
        "number": number,
        "texts_stopped_at": stopped_since(session, number),
        "guardian": guardian_of(session, resident_id),
        "wards": wards_of(session, resident_id),
        "resident": resident,
        "zone": zone,
        "room": room,
        "household": household,
        "presence": presence,
        "orders": list(orders),
        "exemptions": permitted(session, resident_id, now()),
        "birth": birth_of(resident.birth_date, resident.birth_precision),
        "unit": unit_of(session, unit_key_of(resident)),
    }


def _keeping(session: Session, settings: Settings, resident: Resident) -> dict[str, Any]:
    """What was deleted of somebody, what will be when, and what puts that off. Empty dates for who is still under an order."""
    certificates = session.scalars(
        select(DeletionCertificate).where(DeletionCertificate.resident_id == resident.id).order_by(DeletionCertificate.id)
    ).all()
    done = {each.scope for each in certificates}
    orders = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == resident.id))
    ended = end_of_quarantine(Held(each.state, each.ends_at, each.ended_at) for each in orders)
    kept = {rule.kind: rule.kept for rule in rules(settings)}
    scopes = ((DeletionScope.FACES, Kind.FACES), (DeletionScope.PERSON, Kind.PERSONS))
    due = [(scope, ended + kept[kind]) for scope, kind in scopes if ended is not None and scope not in done]
    if ended is None and DeletionScope.PERSON not in done:
        waiting = next(
            (each for each in without_order(session, zones=[resident.zone_id]) if each.resident.id == resident.id), None
        )
        due = [(DeletionScope.PERSON, waiting.since + kept[Kind.UNORDERED])] if waiting else []
    return {
        "certificates": certificates,
        "face_gone": DeletionScope.FACES in done,
        "held": hold_in_force(session, resident.id, now()),
        "deletions": due,
    }


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
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(reader, resident.zone_id if resident else None)
        into = record_now(session, resident_id)
        if into is not None:
            # Old links, letters and notes still name the old number.
            return redirect(url_for("residents.resident_page", resident_id=into))
        # The open page asks again whenever something changes: that is the same look.
        seen = opened_lately(session, Action.RECORD_OPENED, resident_id, reader.account_id, now())
    if not seen:
        with parts().database.write() as session:
            note_view(session, zone_id=zone_id, resident_id=resident_id)
    with parts().database.read() as session:
        facts = _facts(session, resident_id)
        active = [order.starts_at for order in facts["orders"] if order.state is OrderState.ACTIVE]
        timezone = facts["zone"].timezone
        entries, following = timeline(session, facts["resident"], min(active, default=None), before, timezone, chosen)
        values = values_of(session, resident_id, now())
        answers = answers_of(session, reader, facts["resident"])
        keeping = _keeping(session, parts().settings, facts["resident"])
        alike = [each for each in alike_with(session, resident_id) if the_reader().among({each.zone_id})]
        rights = requests_of(session, reader, resident_id)
        consents = newest(session, resident_id)
        card = order_card(session, reader, facts["resident"], facts["orders"], facts["zone"].timezone)
        selfie = newest_photo(session, resident_id, MediaKind.SELFIE) if photos else None
        tests, last_asked = tests_of(session, resident_id), newest_of(session, resident_id)
        waiting = waiting_about(session, resident_id)
        roles = roles_read(session, timezone, facts["orders"], tests, resident_id)
    today = today_in(facts["zone"], now())
    return render_template(
        "console/people/resident.html",
        **facts,
        **keeping,
        **card,
        answers=answers,
        entries=entries,
        following=following,
        first=before is None,
        chosen=chosen,
        kinds=NAMES,
        values=values,
        curves=curves_of(values, timezone),
        last_asked=last_asked,
        order_now=order_now(facts["orders"], card["phases"]),
        to_do=to_do(facts["resident"], waiting, len(answers.doubtful), tests, today, facts["orders"], card["phases"]),
        ways=list(ContactWay),
        outcomes=list(ContactOutcome),
        measured_how=list(MeasuredHow),
        from_=now().astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M"),
        selfie=selfie,
        alike=alike,
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
        roles=roles,
    )
