"""A person is offered to another zone, which takes them in or not; both sides see what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import Reading, asked, at_once, first, known, read
from monitor.enrolment.beds import rooms_with_beds
from monitor.enrolment.orders import moment_of
from monitor.models.accounts import Account
from monitor.models.people.moves import PlannedChange, Transfer, TransferState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.people.order_deeds import Deed
from monitor.people.typed import read_whole_day
from monitor.people.what_follows import what_follows
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.orders.history import around_of
from rollcall.orders.planned import cancel, room_names
from rollcall.orders.transfers import (
    APART,
    TOGETHER,
    TakenIn,
    accept,
    agree,
    agreed_asked,
    agreed_of,
    housemates,
    offer,
    refuse,
    withdraw,
)
from rollcall.people.guardians import number_asked
from web.console.people.typed import a_number, resident_of
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("transfers", __name__)


def _said(wrong: Problem | None) -> dict[str, Words]:
    field = wrong.field if isinstance(wrong, BadInput) else None
    return {field or "": wrong.words} if wrong else {}


def other_zones(session: Session, zone_id: int) -> list[Zone]:
    """Zones to which people can be offered. Their names, and nobody in them: their people one may not be allowed to see."""
    return list(session.scalars(select(Zone).where(Zone.closed_at.is_(None), Zone.id != zone_id).order_by(Zone.name)))


def typed_zone() -> int:
    """The zone that a form names. Raises BadInput."""
    to_zone = a_number("to_zone")
    if to_zone <= 0:
        raise BadInput(N_("Choose the zone that is to take the person in."), field="to_zone")
    return to_zone


def _offer_page(resident_id: int, given: MultiDict[str, str], wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        resident = resident_of(session, resident_id)
        values: dict[str, Any] = {
            "resident": resident,
            "zone": session.get_one(Zone, resident.zone_id),
            "zones": other_zones(session, resident.zone_id),
            "follows": what_follows(Deed.TRANSFER, around_of(session, resident, None)),
        }
    return render_template("console/people/transfer_offer.html", **values, given=given, wrong=_said(wrong))


@pages.get("/residents/<int:resident_id>/transfer")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def ask(resident_id: int) -> str:
    return _offer_page(resident_id, MultiDict())


@pages.post("/residents/<int:resident_id>/transfer")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TRANSFER_OFFERED)
def make_offer(resident_id: int) -> Response | tuple[str, int]:
    form = request.form
    try:
        with parts().database.write() as session:
            resident_of(session, resident_id)
            to_zone = typed_zone()
            wanted_on = read_whole_day(form.get("wanted_on", ""), "wanted_on")
            made = offer(session, resident_id, to_zone, form.get("reason", ""), wanted_on, the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        return _offer_page(resident_id, form, problem), problem.status
    flash(_("The offer was made. Until the other zone accepts, the person stays here."))
    return redirect(url_for("transfers.show", transfer_id=made.id), 303)


def _transfer(session: Session, transfer_id: int) -> Transfer:
    """For a reader of one of the two zones. Raises NotFound."""
    transfer = session.get(Transfer, transfer_id)
    reader = the_reader()
    if transfer is None or not reader.among({transfer.from_zone_id, transfer.to_zone_id}):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return transfer


def _agreed(transfer: Transfer) -> Reading[tuple[PlannedChange | None, str]]:
    """The time that was set for a transfer, with the name of the room; None and nothing."""
    agreed = (yield from agreed_asked([transfer])).get(transfer.id)
    rooms = (yield from room_names([agreed])) if agreed else {}
    return agreed, rooms.get(int(agreed.values["room_id"]), "") if agreed else ""


def _page(transfer_id: int, given: MultiDict[str, str], wrong: Problem | None = None) -> str:
    reader = the_reader()
    with parts().database.read() as session:
        transfer = _transfer(session, transfer_id)
        resident = session.get_one(Resident, transfer.resident_id)
        by = select(Account.id, Account.username).where(Account.id.in_((transfer.offered_by, transfer.decided_by or 0)))
        open_here = transfer.state is TransferState.OFFERED and reader.may(Permission.MANAGE_RESIDENT, transfer.to_zone_id)
        order, zones, accounts, number, (agreed, room) = read(
            session,
            at_once(
                first(select(QuarantineOrder).where(QuarantineOrder.id == transfer.order_id)),
                asked(select(Zone).where(Zone.id.in_((transfer.from_zone_id, transfer.to_zone_id)))),
                asked(by),
                number_asked(resident.id) if open_here else known(""),
                _agreed(transfer),
            ),
        )
        named = {zone.id: zone for zone in zones}
        values: dict[str, Any] = {
            "transfer": transfer,
            "resident": resident,
            "order": order,
            "from_zone": named[transfer.from_zone_id],
            "to_zone": named[transfer.to_zone_id],
            "accounts": dict(accounts),
            "agreed": agreed,
            "agreed_room": room,
            "rooms": rooms_with_beds(session, transfer.to_zone_id) if open_here else [],
            "housemates": housemates(session, resident) if open_here else [],
            "number": number,
        }
    may_withdraw = transfer.state is TransferState.OFFERED and reader.may(Permission.MANAGE_RESIDENT, transfer.from_zone_id)
    return render_template(
        "console/people/transfer.html",
        **values,
        may_decide=open_here,
        may_withdraw=may_withdraw,
        sees_record=bool(reader.among({resident.zone_id})),
        back=transfer.to_zone_id if reader.among({transfer.to_zone_id}) else transfer.from_zone_id,
        TOGETHER=TOGETHER,
        APART=APART,
        given=given,
        wrong=_said(wrong),
    )


@pages.get("/transfers/<int:transfer_id>")
@guarded(Permission.SEE_RESIDENT, audit=Action.TRANSFER_SEEN)
def show(transfer_id: int) -> str:
    with parts().database.write() as session:
        transfer = _transfer(session, transfer_id)
        seen_from = next(iter(sorted(the_reader().among({transfer.from_zone_id, transfer.to_zone_id}))))
        note_view(session, zone_id=seen_from, resident_id=transfer.resident_id, transfer=transfer.id)
    return _page(transfer_id, MultiDict())


@pages.post("/transfers/<int:transfer_id>/accept")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TRANSFER_ACCEPTED)
def take_in(transfer_id: int) -> Response | tuple[str, int]:
    form = request.form
    try:
        with parts().database.write() as session:
            transfer = _transfer(session, transfer_id)
            require_zone(the_reader(), transfer.to_zone_id)
            room_id = a_number("room")
            if room_id <= 0:
                raise BadInput(N_("Choose a room of this zone in which people live."), field="room")
            taken = TakenIn(room_id, form.get("crowded") == "yes", form.get("household", ""), form.get("phone", ""))
            due_at = _due_at(session.get_one(Zone, transfer.to_zone_id).timezone)
            if due_at is None:
                accept(session, transfer_id, taken, the_reader().account_id, now())
            else:
                agree(session, transfer_id, taken, due_at, the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        return _page(transfer_id, form, problem), problem.status
    if due_at is not None:
        flash(_("The person was accepted for the set time; until then they stay where they are, and it can be called off."))
        return redirect(url_for("transfers.show", transfer_id=transfer_id), 303)
    flash(_("The person is in this zone now, with their whole record."))
    return redirect(url_for("residents.resident_page", resident_id=transfer.resident_id), 303)


def _due_at(timezone: str) -> datetime | None:
    """From when they are taken in; None: at once. Raises BadInput."""
    return moment_of(request.form.get("due_at", ""), timezone, "due_at") if request.form.get("when") == "later" else None


@pages.post("/transfers/<int:transfer_id>/call-off")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.PLANNED_CANCELLED)
def call_off(transfer_id: int) -> Response:
    with parts().database.write() as session:
        agreed = agreed_of(session, [_transfer(session, transfer_id)]).get(transfer_id)
        if agreed is None:
            raise Conflict(N_("This was already done or called off. Reload the page."))
        cancel(session, agreed.id, the_reader().account_id, now())
    flash(_("The set time was called off. The offer still waits for an answer."))
    return redirect(url_for("transfers.show", transfer_id=transfer_id), 303)


@pages.post("/transfers/<int:transfer_id>/refuse")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TRANSFER_REFUSED)
def turn_down(transfer_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            require_zone(the_reader(), _transfer(session, transfer_id).to_zone_id)
            refuse(session, transfer_id, request.form.get("refusal", ""), the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        return _page(transfer_id, request.form, problem), problem.status
    flash(_("The offer was refused; the other zone sees why."))
    return redirect(url_for("transfers.show", transfer_id=transfer_id), 303)


@pages.post("/transfers/<int:transfer_id>/withdraw")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TRANSFER_WITHDRAWN)
def take_back(transfer_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            require_zone(the_reader(), _transfer(session, transfer_id).from_zone_id)
            withdraw(session, transfer_id, request.form.get("withdrawal", ""), the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        return _page(transfer_id, request.form, problem), problem.status
    flash(_("The offer was withdrawn."))
    return redirect(url_for("transfers.show", transfer_id=transfer_id), 303)
