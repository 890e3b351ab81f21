"""One page for each thing that can be done with a quarantine order: what it asks for, what will follow, and then it is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.contacts.ordering import form_for, note_order
from monitor.enrolment.beds import rooms_with_beds
from monitor.enrolment.orders import ORDER_FIELDS, moment_of, read_order
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.people.retention import DeletionScope
from monitor.models.places import Room, Zone
from monitor.people.order_deeds import ALLOWED, CAN_WAIT, NEEDS_BED, NEW_STATE, OF_PERSON, Deed, phase_of, require_allowed
from monitor.people.order_words import written
from monitor.people.what_follows import what_follows
from monitor.personal_data.deletion import forget
from monitor.personal_data.holds import require_over
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from rollcall.orders.history import around_of
from rollcall.orders.orders import CORRECTED, Asked, Correction, act, give_order
from rollcall.orders.planned import plan_change
from rollcall.orders.writing import orders_of, term_of
from web.console.people.typed import a_number, given_or, resident_of
from web.shared.common import language, now, translate
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

DONE = {
    Deed.EXTEND: N_("The order was extended."),
    Deed.SHORTEN: N_("The order was shortened."),
    Deed.CORRECT: N_("The order was corrected."),
    Deed.START: N_("The beginning of the order was corrected."),
    Deed.HOSPITAL: N_("Noted: in hospital."),
    Deed.BACK: N_("Noted: back from hospital."),
    Deed.RELEASE: N_("The release was written."),
    Deed.MOVED_AWAY: N_("Noted: moved to another place."),
    Deed.LEFT: N_("Noted: left without release."),
    Deed.FOUND: N_("Noted: found again."),
    Deed.DIED: N_("Noted: died."),
    Deed.REOPEN: N_("The order is in force again."),
}

pages = Blueprint("orders", __name__)


def _deed(name: str) -> Deed:
    """Raises NotFound for what has no page here."""
    if name not in list(Deed) or Deed(name) in OF_PERSON:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return Deed(name)


def _order(session: Session, order_id: int) -> QuarantineOrder:
    order = session.get(QuarantineOrder, order_id)
    require_zone(the_reader(), order.zone_id if order else None)
    assert order is not None
    return order


def _page(order_id: int, deed: Deed, given: MultiDict[str, str], wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        order = _order(session, order_id)
        resident = session.get_one(Resident, order.resident_id)
        zone = session.get_one(Zone, resident.zone_id)
        if wrong is None:
            require_allowed(deed, term_of(order), now())
        values: dict[str, Any] = {
            "order": order,
            "phase": phase_of(term_of(order), now()),
            "possible": deed in ALLOWED[phase_of(term_of(order), now())],
            "resident": resident,
            "zone": zone,
            "room": session.get(Room, resident.room_id) if resident.room_id is not None else None,
            "follows": what_follows(deed, around_of(session, resident, order))
            if order.state is not NEW_STATE.get(deed)
            else [],
            "rooms": rooms_with_beds(session, zone.id) if deed in NEEDS_BED else [],
        }
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    return render_template(
        "console/people/order_deed.html", **values, deed=deed, Deed=Deed, can_wait=deed in CAN_WAIT, given=given, wrong=said
    )


@pages.get("/orders/<int:order_id>/<deed>")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def ask(order_id: int, deed: str) -> str:
    wanted = _deed(deed)
    with parts().database.read() as session:
        order = _order(session, order_id)
        given = MultiDict({name: given_or(getattr(order, name)) for name in CORRECTED} if wanted is Deed.CORRECT else {})
        if wanted is Deed.START:
            clock = ZoneInfo(session.get_one(Zone, order.zone_id).timezone)
            given["starts_at"] = f"{order.starts_at.astimezone(clock):%Y-%m-%dT%H:%M}"
    return _page(order_id, wanted, given)


@pages.post("/orders/<int:order_id>/<deed>")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.ORDER_CHANGED)
def do(order_id: int, deed: str) -> Response | tuple[str, int]:
    wanted = _deed(deed)
    reader, form = the_reader(), request.form
    forgetting = wanted is Deed.RELEASE and form.get("forget") == "yes"
    try:
        with parts().database.write() as session:
            order = _order(session, order_id)
            zone = session.get_one(Zone, order.zone_id)
            due_at = _due_at(wanted, zone.timezone)
            if due_at is not None:
                if forgetting:
                    raise BadInput(N_("Photos can be deleted at once only with a release at once."), field="due_at")
                values = _planned_values(wanted, zone.timezone)
                plan_change(
                    session, order.resident_id, wanted, due_at, form.get("reason", ""), reader.account_id, now(), values=values
                )
                flash(_("It was planned for %(at)s and can be called off until then.", at=written(due_at, zone.timezone)))
            else:
                order = act(session, order_id, _asked(wanted, order, zone.timezone), reader.account_id, now())
                if forgetting:
                    require_over(session, order.resident_id, now())
    except (BadInput, Conflict) as problem:
        return _page(order_id, wanted, form, problem), problem.status
    if forgetting:
        reason = words(N_("Released, and no longer needed."))
        done = forget(
            parts().database,
            parts().vault,
            order.resident_id,
            DeletionScope.FACES,
            reason=reason,
            account_id=reader.account_id,
            now=now(),
        )
        flash(_("The photos and face data were permanently deleted."))
        return redirect(url_for("retention.certificate", certificate_id=done.id), 303)
    if due_at is None:
        flash(_(DONE[wanted]))
    return redirect(url_for("residents.resident_page", resident_id=order.resident_id), 303)


def _due_at(deed: Deed, timezone: str) -> datetime | None:
    """When it is to be done; None: now. Raises BadInput."""
    if deed not in CAN_WAIT or request.form.get("when") != "later":
        return None
    return moment_of(request.form.get("due_at", ""), timezone, "due_at")


def _planned_values(deed: Deed, timezone: str) -> dict[str, str]:
    if deed is not Deed.EXTEND:
        return {}
    return {"ends_at": moment_of(request.form.get("ends_at", ""), timezone, "ends_at", whole_day=True).isoformat()}


def _asked(deed: Deed, order: QuarantineOrder, timezone: str) -> Asked:
    """The form. Raises BadInput."""
    form = request.form
    ends_at = starts_at = correction = None
    if deed is Deed.START:
        starts_at = moment_of(form.get("starts_at", ""), timezone, "starts_at")
    if deed in (Deed.EXTEND, Deed.SHORTEN):
        ends_at = moment_of(form.get("ends_at", ""), timezone, "ends_at", whole_day=deed is Deed.EXTEND)
    if deed is Deed.CORRECT:
        correction = _correction(order, timezone)
    return Asked(
        deed,
        form.get("why" if deed is Deed.CORRECT else "reason", ""),
        seen=a_number("version"),
        ends_at=ends_at,
        starts_at=starts_at,
        correction=correction,
        room_id=a_number("room") or None,
        crowded=form.get("crowded") == "yes",
    )


def _correction(order: QuarantineOrder, timezone: str) -> Correction:
    """What is written, by the same rules as where an order is entered. Raises BadInput with the first that is wrong."""
    typed = {name: request.form.get(name, "") for name in CORRECTED}
    typed |= {name: written(getattr(order, name), timezone) for name in ("starts_at", "ends_at")}
    details, faults = read_order(typed, timezone)
    if faults or details is None:
        raise BadInput(faults[0].words.template, field=faults[0].field, **faults[0].words.values)
    return Correction(**{name: getattr(details, name) for name in CORRECTED})


def _further_page(resident_id: int, given: MultiDict[str, str], wrong: dict[str, Words]) -> str:
    with parts().database.read() as session:
        resident = resident_of(session, resident_id)
        known = orders_of(session, resident_id)
        values = {
            "resident": resident,
            "zone": session.get_one(Zone, resident.zone_id),
            "rooms": rooms_with_beds(session, resident.zone_id),
            "follows": what_follows(Deed.FURTHER, around_of(session, resident, known[0] if known else None)),
        }
    return render_template("console/people/order_further.html", **values, given=given, wrong=wrong)


@pages.get("/residents/<int:resident_id>/orders/new")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def further(resident_id: int) -> str:
    return _further_page(resident_id, _from_contact(resident_id), {})


def _from_contact(resident_id: int) -> MultiDict[str, str]:
    """What is known of the order that a contact needs, where the page was opened from one."""
    number = request.args.get("contact", "")
    if not (number.isdecimal() and len(number) < 10) or not the_reader().may(Permission.RELEASE_CONTACTS):
        return MultiDict()
    with parts().database.read() as session:
        resident_of(session, resident_id)
        filled = form_for(session, int(number), resident_id, now(), language(), translate)
    return MultiDict({**filled, "contact": number})


@pages.post("/residents/<int:resident_id>/orders/new")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.ORDER_GIVEN)
def give(resident_id: int) -> Response | tuple[str, int]:
    form = request.form
    try:
        with parts().database.write() as session:
            resident = resident_of(session, resident_id)
            zone = session.get_one(Zone, resident.zone_id)
            details, faults = read_order({name: form.get(name, "") for name in ORDER_FIELDS}, zone.timezone)
            if faults:
                return _further_page(resident_id, form, {each.field: each.words for each in faults}), 422
            if details is None:
                raise BadInput(N_("Write from when the order holds, until when, and who ordered it."), field="starts_at")
            order = give_order(
                session,
                resident_id,
                details,
                the_reader().account_id,
                now(),
                room_id=a_number("room") or None,
                crowded=form.get("crowded") == "yes",
            )
            if a_number("contact") > 0 and the_reader().may(Permission.RELEASE_CONTACTS):
                note_order(session, a_number("contact"), order, the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        field = problem.field if isinstance(problem, BadInput) else None
        return _further_page(resident_id, form, {field or "": problem.words}), problem.status
    flash(_("The order was given."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)
