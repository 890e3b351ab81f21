"""One ticket of the hotline: what was said, whose it is, what was done, and the steps that the reader may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import Reading, asked, at_once, first, read
from monitor.hotline.codes import shown_code
from monitor.hotline.desk_words import found_by
from monitor.hotline.doing import (
    accept,
    answer,
    change,
    close,
    hand_over,
    mark,
    refuse,
    reopen,
    standing,
    take,
)
from monitor.hotline.duplicates import SAME_PEOPLE_WITHIN
from monitor.hotline.joining import bundle, merge, unbundle, unmerge
from monitor.hotline.listing import earlier_of, nearby
from monitor.hotline.messages import route_of
from monitor.hotline.steps import Party, Step, possible
from monitor.hotline.tickets import add_words
from monitor.hotline.units import candidates_for, path_of
from monitor.incidents.cases import unresolved
from monitor.models.accounts import Account
from monitor.models.hotline import (
    CloseReason,
    HotlineAlarm,
    HotlineEvent,
    HotlineMessage,
    HotlineTicket,
    TicketKind,
)
from monitor.models.hotline_desk import HotlineText, TextPurpose
from monitor.models.incidents import Incident
from monitor.models.people.residents import Resident
from monitor.models.sealed_columns import Unreadable
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_
from web.console.hotline.like import like
from web.console.hotline.sight import Here, ticket_here
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

MOST_EVENTS = 200
REASONS = tuple(each for each in CloseReason if each not in (CloseReason.MERGED, CloseReason.ANSWERED))

pages = Blueprint("hotline_ticket", __name__)


@pages.get("/hotline/<int:ticket_id>")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_SEEN)
def show(ticket_id: int) -> str:
    at = now()
    with parts().database.write() as session:
        here = ticket_here(session, ticket_id)
        ticket = here.ticket
        note_view(session, zone_id=ticket.zone_id, resident_id=ticket.resident_id, ticket=ticket.code)
        path = path_of(session, UnitKey(ticket.unit_code, ticket.unit_from)) if ticket.unit_code and ticket.unit_from else []
        steps = {step for step in Step if possible(step, standing(ticket, here.doer.parties), at)}
        home = [key for key, _name in path]
        ranked = candidates_for(session, ticket.kind, home, ticket.zone_id, at) if Step.HAND_OVER in steps else []
        found = read(session, _around(here, request.args.get("q", "")))
    used = request.args.get("use", type=int)
    return render_template(
        "console/hotline/ticket.html",
        here=here,
        ticket=ticket,
        mark=mark(ticket),
        steps=steps,
        Step=Step,
        hidden_caller=ticket.anonymous and Party.DESK not in here.doer.parties,
        place_name=", ".join(name for _key, name in path),
        candidates=[each for each in ranked if each.unit_id != ticket.unit_id],
        found=found,
        like=like(ticket, found.alike) if Step.JOIN in steps else [],
        resident=found.resident if found.resident is not None and _may_see(found.resident) else None,
        words=found.words if Step.ANSWER in steps else [],
        used=next((each for each in found.words if each.id == used), None),
        route=route_of(ticket),
        damaged=any(isinstance(each, Unreadable) for each in (ticket.said, ticket.caller, ticket.answer)),
        reasons=REASONS,
        kinds=list(TicketKind),
        no_unit=TypedUnit(),
        given=_details_of(path),
        languages=LANGUAGES,
        shown_code=shown_code,
        timezone=str(parts().settings.zone),
    )


@dataclass(frozen=True)
class Around:
    """What stands around a ticket on its page. events: each with who did it. others: of which it is a part, or that stand under it. alike:
    tickets that may be about the same. cases: of the same person; what is done about symptoms, silence and presence is done there.
    """

    events: Sequence[Row[HotlineEvent, str | None]]
    alarms: Sequence[HotlineAlarm]
    messages: Sequence[HotlineMessage]
    others: Sequence[HotlineTicket]
    alike: Sequence[HotlineTicket]
    cases: Sequence[Incident]
    words: Sequence[HotlineText]
    resident: Resident | None


def _around(here: Here, typed: str) -> Reading[Around]:
    """All of that by one statement. typed: words of an answer that is looked for."""
    ticket = here.ticket
    events = select(HotlineEvent, Account.username).outerjoin(Account, Account.id == HotlineEvent.account_id)
    linked = [each for each in (ticket.merged_into_id, ticket.bundled_under_id) if each is not None]
    below = (HotlineTicket.bundled_under_id == ticket.id) | (HotlineTicket.merged_into_id == ticket.id)
    residents = [ticket.resident_id] if ticket.resident_id is not None else []
    households = [ticket.household_id] if ticket.household_id is not None else []
    cases = select(Incident).where(Incident.case_of == (ticket.resident_id or 0), Incident.lead_id.is_(None), unresolved())
    found = yield from at_once(
        asked(events.where(HotlineEvent.ticket_id == ticket.id).order_by(HotlineEvent.id).limit(MOST_EVENTS)),
        asked(select(HotlineAlarm).where(HotlineAlarm.ticket_id == ticket.id).order_by(HotlineAlarm.id)),
        asked(select(HotlineMessage).where(HotlineMessage.ticket_id == ticket.id).order_by(HotlineMessage.id)),
        asked(select(HotlineTicket).where(below | HotlineTicket.id.in_(linked)).order_by(HotlineTicket.id).limit(50)),
        asked(nearby(ticket.kind, ticket.first_contact_at, SAME_PEOPLE_WITHIN, here.sight, ticket.id)),
        asked(earlier_of(here.sight, caller=ticket.caller, residents=residents, households=households, but=ticket.id)),
        asked(cases),
        asked(found_by(TextPurpose.ANSWER, kind=None if typed else ticket.kind, typed=typed)),
        first(select(Resident).where(Resident.id == (ticket.resident_id or 0))),
    )
    history, alarms, messages, others, near, earlier, of_person, words, resident = found
    alike = {each.id: each for each in (*near, *earlier)}
    return Around(history, alarms, messages, others, list(alike.values()), of_person, words, resident)


def _details_of(path: Sequence[tuple[UnitKey, str]]) -> dict[str, str]:
    """The unit of a ticket as its form has it."""
    written = ", ".join(name for _key, name in path)
    return {"unit": written, "unit_asked": written, "unit_key": str(path[0][0])} if path else {}


def _may_see(resident: Resident) -> bool:
    return the_reader().may(Permission.SEE_RESIDENT, resident.zone_id)


def _deed(ticket_id: int, do: Callable[[Session, Here], str | None], told: str) -> Response:
    """One step in a transaction of its own; what is wrong is told on the page. do: returns another sentence to tell, or None."""
    try:
        with parts().database.write() as session:
            here = ticket_here(session, ticket_id)
            said = do(session, here)
            note_view(
                session,
                zone_id=here.ticket.zone_id,
                resident_id=here.ticket.resident_id,
                ticket=here.ticket.code,
                step=(request.endpoint or "").rpartition(".")[2],
            )
    except NotFound:
        raise
    except Problem as problem:
        flash(say_to_staff(problem.words), "problem")
    else:
        flash(_(said or told))
    return redirect(url_for("hotline_ticket.show", ticket_id=ticket_id), 303)


def _seen() -> str:
    return request.form.get("seen", "")


def _said(name: str = "words") -> str:
    return storable(request.form.get(name, ""))


@pages.post("/hotline/<int:ticket_id>/take")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def taken(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        take(session, ticket_id, here.doer, now(), seen=_seen())

    return _deed(ticket_id, do, N_("You have this ticket now."))


@pages.post("/hotline/<int:ticket_id>/hand-over")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def handed_over(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        unit = request.form.get("unit", type=int)
        if unit is None:
            raise BadInput(N_("Choose a unit."), field="unit")
        hand_over(session, ticket_id, unit, here.doer, now(), seen=_seen(), words=_said())

    return _deed(ticket_id, do, N_("Handed over. The unit has 60 minutes to accept it."))


@pages.post("/hotline/<int:ticket_id>/accept")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def accepted(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        accept(session, ticket_id, here.doer, now(), seen=_seen())

    return _deed(ticket_id, do, N_("Accepted. Write the answer here once you have it."))


@pages.post("/hotline/<int:ticket_id>/refuse")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def refused(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        refuse(session, ticket_id, here.doer, now(), seen=_seen(), words=_said())

    return _deed(ticket_id, do, N_("It is back with the desk, with your reason."))


@pages.post("/hotline/<int:ticket_id>/answer")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def answered(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> str | None:
        told = request.form.get("how") == "told"
        _ticket, reached = answer(session, ticket_id, here.doer, now(), seen=_seen(), words=_said(), told=told)
        if told:
            return N_("Answered: you told the caller.")
        return None if reached else N_("Noted. Nothing can be sent to this caller: call them, and tell the answer.")

    return _deed(ticket_id, do, N_("Answered: the answer is on its way to the caller."))


@pages.post("/hotline/<int:ticket_id>/close")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def closed(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        reason = next((each for each in CloseReason if each.value == request.form.get("reason")), None)
        if reason is None:
            raise BadInput(N_("Choose a reason."), field="reason")
        close(session, ticket_id, here.doer, now(), seen=_seen(), reason=reason, words=_said())

    return _deed(ticket_id, do, N_("Closed."))


@pages.post("/hotline/<int:ticket_id>/reopen")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def reopened(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        if not _said().strip():
            raise BadInput(N_("Say what the caller still needs."), field="words")
        reopen(session, ticket_id, here.doer, now(), words=_said())

    return _deed(ticket_id, do, N_("Open again."))


@pages.post("/hotline/<int:ticket_id>/add")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def added(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        add_words(session, here.ticket, _said(), now(), account_id=the_reader().account_id)

    return _deed(ticket_id, do, N_("Added. The words from before stay as they were."))


@pages.post("/hotline/<int:ticket_id>/change")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def changed(ticket_id: int) -> Response:
    def do(session: Session, here: Here) -> None:
        given = request.form
        unit = typed_unit(session, given)
        if (fault := fault_of(unit)) is not None:
            raise BadInput(fault.template, **fault.values)
        hidden = here.ticket.anonymous and Party.DESK not in here.doer.parties
        change(
            session,
            ticket_id,
            here.doer,
            now(),
            kind=next((each for each in TicketKind if each.value == given.get("kind")), here.ticket.kind),
            wants_answer="wants_answer" in given,
            anonymous=here.ticket.anonymous if hidden else "anonymous" in given,
            language=given["language"] if given.get("language") in LANGUAGES else here.ticket.language,
            caller=here.ticket.caller if hidden else _said("caller"),
            caller_name=here.ticket.caller_name if hidden else _said("caller_name"),
            unit=unit.key,
            place=_said("place"),
        )

    return _deed(ticket_id, do, N_("Saved. The time by which it is due is what it was."))


@pages.post("/hotline/<int:ticket_id>/join")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def joined(ticket_id: int) -> Response:
    """Merge it with another one, or put it under that one."""

    def do(session: Session, here: Here) -> str | None:
        other = ticket_here(session, request.form.get("other", type=int) or 0)
        if request.form.get("how") == "merge":
            merge(session, ticket_id, other.ticket.id, here.doer, now())
            return N_("The two are one ticket now, due when the earlier one was.")
        above = other.ticket.bundled_under_id or other.ticket.id
        bundle(session, above, ticket_id, here.doer, now())
        return None

    return _deed(ticket_id, do, N_("They are answered together; each caller is told."))


@pages.post("/hotline/<int:ticket_id>/part")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.TICKET_MOVED)
def parted(ticket_id: int) -> Response:
    """Take a merging or a bundling back."""

    def do(session: Session, here: Here) -> None:
        part = unmerge if here.ticket.merged_into_id is not None else unbundle
        part(session, ticket_id, here.doer, now())

    return _deed(ticket_id, do, N_("It stands by itself again, as before."))
