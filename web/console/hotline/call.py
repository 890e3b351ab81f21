"""The operator's screen for a call: the number tells who it may be; the rest is typed by keyboard and handed over in one go."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from monitor.accounts.access import Permission
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.hotline.callers import people_at
from monitor.hotline.codes import shown_code
from monitor.hotline.desk_words import find as find_words
from monitor.hotline.doing import Doer, hand_over, mark
from monitor.hotline.joining import bundle
from monitor.hotline.listing import earlier_of
from monitor.hotline.shifts import own_call, own_shift, ringing_for
from monitor.hotline.steps import Party
from monitor.hotline.tickets import Contact, add_words, take_in
from monitor.hotline.units import candidates_for, path_of
from monitor.models.hotline import HotlineCall, HotlineTicket, TicketChannel, TicketKind, TicketState
from monitor.models.hotline_desk import TextPurpose
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Room
from monitor.models.units import AdministrativeUnit
from monitor.people.telephone_numbers import international
from monitor.places.units.search import UnitKey, unit_key_of
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_
from web.console.hotline.like import asked_before
from web.console.hotline.sight import sight_of, ticket_here
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

RINGS_FOR = timedelta(hours=2)
"""A call that began longer ago and has not ended was lost by its switchboard."""
BY_PLACE, KEEP = "place", "keep"
"""To whom it goes: the nearest unit that takes the kind, or nobody yet."""

pages = Blueprint("hotline_call", __name__)


class _MayBeOne(Exception):
    """Tickets that the one being entered may belong to; nothing is saved before somebody says so."""

    def __init__(self, tickets: Sequence[int]) -> None:
        super().__init__()
        self.tickets = tickets


@dataclass(frozen=True)
class Caller:
    """What a number tells: people, and earlier tickets of theirs, of which some still wait."""

    number: str
    people: Sequence[Row[Resident, Household | None, str | None, str | None]]
    earlier: Sequence[HotlineTicket]

    @property
    def unit(self) -> UnitKey | None:
        """Where they live, where it is known of one."""
        keys = {unit_key_of(household) if household else unit_key_of(resident) for resident, household, *_ in self.people}
        return keys.pop() if len(keys) == 1 else None

    @property
    def waiting(self) -> list[HotlineTicket]:
        """Earlier tickets that this call may be about."""
        return [each for each in self.earlier if each.state not in (TicketState.ANSWERED, TicketState.CLOSED)]


def caller_of(session: Session, number: str, at: datetime) -> Caller:
    """What is known of a number, as far as the reader may see it."""
    known = international(number) if number.strip() else ""
    sight = sight_of(session)
    found = [each for each in people_at(session, known, at) if sight.zones is None or each.zone_id in sight.zones]
    ids = [each.resident_id for each in found]
    query = (
        select(Resident, Household, Room.name, AdministrativeUnit.name)
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(
            AdministrativeUnit,
            (AdministrativeUnit.code == Resident.unit_code) & (AdministrativeUnit.valid_from == Resident.unit_from),
        )
        .where(one_of(Resident.id, ids))
        .order_by(Resident.id)
    )
    people = session.execute(query).all() if ids else []
    households = {each.household_id for each in found if each.household_id is not None}
    query_earlier = earlier_of(sight, caller=known, residents=ids, households=households)
    earlier = session.scalars(query_earlier).all() if known else []
    return Caller(known, people, earlier)


@pages.get("/hotline/call")
@guarded(Permission.WORK_AT_HOTLINE, audit=None)
def screen() -> Answer:
    """Empty; a call that rings opens its own."""
    return _page(MultiDict({"language": "vi", "wants_answer": "yes", "to": BY_PLACE}), None, None)


@pages.get("/hotline/call/<int:call_id>")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.CALLER_LOOKED_UP)
def ringing(call_id: int) -> Answer:
    """As a call opens it, with what its number tells."""
    with parts().database.write() as session:
        call = own_call(session, the_reader().account_id, call_id)
        if call is None:
            flash(_("This call is over, or a colleague has it."), "problem")
            return redirect(url_for("hotline_call.screen"), 303)
        caller = caller_of(session, call.caller, now())
        note_view(session, zone_id=None, call=call.id, people=[row[0].id for row in caller.people])
    given = MultiDict({"language": "vi", "wants_answer": "yes", "to": BY_PLACE, "caller": caller.number, "call": str(call_id)})
    return _page(given, caller, call)


@pages.get("/hotline/call/ringing")
@guarded(Permission.WORK_AT_HOTLINE, audit=None, page=False)
def rings() -> Response:
    """What rings at the reader's telephone, for a screen that waits."""
    with parts().database.read() as session:
        found = ringing_for(session, the_reader().account_id, now() - RINGS_FOR)
    return jsonify(calls=[{"id": each.id, "address": url_for("hotline_call.ringing", call_id=each.id)} for each in found])


@pages.post("/hotline/call/number")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.CALLER_LOOKED_UP)
def look_up() -> Answer:
    """What a number that was typed tells; what else stands in the form stays."""
    with parts().database.write() as session:
        caller = caller_of(session, request.form.get("caller", ""), now())
        note_view(session, zone_id=None, people=[row[0].id for row in caller.people])
    return _page(_given(), caller, None)


@pages.post("/hotline/call")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_ENTERED)
def enter() -> Answer:
    """Make the ticket, or add to one that waits; hand it over in the same transaction."""
    given = _given()
    try:
        with parts().database.write() as session:
            ticket, told = _enter(session, given)
            note_view(session, zone_id=ticket.zone_id, resident_id=ticket.resident_id, ticket=ticket.code)
    except (Problem, _MayBeOne) as stopped:
        with parts().database.read() as session:
            caller = caller_of(session, given.get("caller", ""), now())
            alike = [ticket_here(session, each).ticket for each in stopped.tickets] if isinstance(stopped, _MayBeOne) else []
        return _page(given, caller, None, None if isinstance(stopped, _MayBeOne) else stopped, alike)
    flash(_(told) % {"code": shown_code(ticket.code)} if "%(" in told else _(told))
    return redirect(url_for("hotline_ticket.show", ticket_id=ticket.id), 303)


def _given() -> MultiDict[str, str]:
    return MultiDict((name, storable(value)) for name, value in request.form.items(multi=True))


def _enter(session: Session, given: Mapping[str, str]) -> tuple[HotlineTicket, str]:
    at, reader = now(), the_reader()
    kind = next((each for each in TicketKind if each.value == given.get("kind")), None)
    if kind is None:
        raise BadInput(N_("Choose what it is about."), field="kind")
    unit = typed_unit(session, given)
    if (fault := fault_of(unit)) is not None:
        raise BadInput(fault.template, field="unit", **fault.values)
    number = given.get("call", "")
    call = own_call(session, reader.account_id, int(number)) if number.isdecimal() and len(number) < 10 else None
    if call is None and (known := _ticket_of_call(session, number, reader.account_id)) is not None:
        return known, N_("Saved already. Code: %(code)s")
    if "like" not in given:
        where = unit.key.code if unit.key is not None else ""
        asked = asked_before(
            session, sight_of(session), kind, at, number=given.get("caller", ""), unit=where, place=given.get("place", "")
        )
        if asked:
            raise _MayBeOne([each.id for each in asked])
    how, _between, other = given.get("like", "").partition("-")
    if how == "add" and other.isdecimal():
        here = ticket_here(session, int(other))
        add_words(session, here.ticket, given.get("said", ""), at, account_id=reader.account_id)
        _has_ticket(session, call, here.ticket.id, reader.account_id)
        return here.ticket, N_("Added to the ticket that waits.")
    contact = Contact(
        TicketChannel.TELEPHONE,
        call.call_id if call is not None else f"typed-{given.get('key', '')[:64] or secrets.token_hex(16)}",
        given.get("said", ""),
        kind,
        at=call.rang_at if call is not None else None,
        caller=given.get("caller", ""),
        caller_name=given.get("caller_name", ""),
        anonymous="anonymous" in given,
        wants_answer="wants_answer" in given,
        language=given["language"] if given.get("language") in LANGUAGES else "vi",
        unit=unit.key,
        place=given.get("place", ""),
        by=reader.account_id,
    )
    ticket = take_in(session, contact, at)
    _has_ticket(session, call, ticket.id, reader.account_id)
    doer = Doer(reader.account_id, frozenset({Party.DESK}))
    if how == "under" and other.isdecimal():
        above = ticket_here(session, int(other)).ticket
        return bundle(session, above.bundled_under_id or above.id, ticket.id, doer, at), N_(
            "Saved under the other ticket. Code: %(code)s"
        )
    return _to_unit(session, ticket, given.get("to", KEEP), doer, at)


def _ticket_of_call(session: Session, number: str, account_id: int) -> HotlineTicket | None:
    """The ticket that the reader made of this call before: the form was sent twice."""
    if not number.isdecimal() or len(number) > 9:
        return None
    mine = (HotlineCall.id == int(number), HotlineCall.operator_id == account_id)
    return session.scalars(
        select(HotlineTicket).join(HotlineCall, HotlineCall.ticket_id == HotlineTicket.id).where(*mine)
    ).first()


def _has_ticket(session: Session, call: HotlineCall | None, ticket_id: int, account_id: int) -> None:
    if call is not None:
        mine = {"ticket_id": ticket_id, "operator_id": account_id}
        changed(session, update(HotlineCall).where(HotlineCall.id == call.id).values(**mine))


def _to_unit(session: Session, ticket: HotlineTicket, to: str, doer: Doer, at: datetime) -> tuple[HotlineTicket, str]:
    """Hand a fresh ticket over, where that was chosen and there is a unit."""
    if to == KEEP or ticket.state is not TicketState.TAKEN:
        return ticket, N_("Saved; you have it. Code: %(code)s")
    unit_id = int(to) if to.isdecimal() and len(to) < 10 else None
    if to == BY_PLACE:
        home = path_of(session, UnitKey(ticket.unit_code, ticket.unit_from)) if ticket.unit_code and ticket.unit_from else []
        ranked = candidates_for(session, ticket.kind, [key for key, _name in home], ticket.zone_id, at)
        unit_id = next((each.unit_id for each in ranked if ticket.kind.value in each.kinds), None)
    if unit_id is None:
        return ticket, N_("Saved; you have it, since no unit takes this kind yet. Code: %(code)s")
    return hand_over(session, ticket.id, unit_id, doer, at, seen=mark(ticket)), N_("Saved and handed over. Code: %(code)s")


def _page(
    given: MultiDict[str, str],
    caller: Caller | None,
    call: HotlineCall | None,
    problem: Problem | None = None,
    alike: Sequence[HotlineTicket] = (),
) -> Answer:
    at = now()
    with parts().database.read() as session:
        shift = own_shift(session, the_reader().account_id)
        units = candidates_for(session, TicketKind.OTHER, [], None, at)
        scripts = find_words(session, TextPurpose.SCRIPT)
        unit = typed_unit(session, given) if problem is not None or alike else TypedUnit()
        home = path_of(session, caller.unit) if caller is not None and caller.unit is not None and not given.get("unit") else []
    if home:
        given["unit"] = given["unit_asked"] = ", ".join(name for _key, name in home)
        given["unit_key"] = str(home[0][0])
    html = render_template(
        "console/hotline/call.html",
        given=given,
        caller=caller,
        may_be={each.id: each for each in (*alike, *(caller.waiting if caller is not None else ()))}.values(),
        asked=bool(alike),
        call=call,
        shift=shift,
        units=units,
        unit=unit,
        scripts=scripts,
        kinds=list(TicketKind),
        languages=LANGUAGES,
        problem=say_to_staff(problem.words) if problem is not None else None,
        wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
        key=given.get("key") or secrets.token_urlsafe(16),
        shown_code=shown_code,
        by_place=BY_PLACE,
        keep=KEEP,
        at=at,
        timezone=str(parts().settings.zone),
    )
    return make_response(html, problem.status if problem is not None else 200)
