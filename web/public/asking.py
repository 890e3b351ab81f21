"""The hotline on the public page: something reported, and by its code how far it is, reopened, and how satisfied its caller is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.clock import local_clock
from monitor.hotline.codes import read_code, shown_code
from monitor.hotline.doing import CALLER, rate, reopen
from monitor.hotline.steps import ended, may_reopen
from monitor.hotline.telling import OPEN, due_words, state_words, ticket_with
from monitor.hotline.tickets import Contact, take_in, timezone_of
from monitor.models.hotline import HotlineTicket, TicketChannel, TicketKind, TicketState
from monitor.people.telephone_numbers import read_number
from monitor.problems import BadInput, NotFound, Problem
from monitor.words import LANGUAGES, N_, Words, words
from web.public.budget import TooOften, caller, counted
from web.public.parts import parts
from web.shared.common import language, now, storable
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

pages = Blueprint("asking", __name__)
LONGEST_SAID, LONGEST_MORE, LONGEST_LINE = 4000, 1000, 300
REPORTED_WITHIN_S, MOST_REPORTED = 600, 150
"""From one address: behind it may be a whole district, and a busy hour of the whole province has 400. Above it no people write."""
WRONG_WITHIN_S, MOST_WRONG = 600, 60
"""Wrong codes from one address; the right one is always shown."""
_HERE, _MOST_HERE = "requests", 10
KINDS: Mapping[TicketKind, str] = {
    TicketKind.EMERGENCY: N_("Emergency: a person is in danger"),
    TicketKind.FOOD: N_("Food or water is missing"),
    TicketKind.MEDICINE: N_("Medicine is missing"),
    TicketKind.MONEY: N_("Money is missing"),
    TicketKind.HEALTH_ADVICE: N_("A question about health"),
    TicketKind.VIOLATION: N_("Rules of quarantine are broken"),
    TicketKind.TECHNICAL: N_("Something does not work: electricity, water, this service"),
    TicketKind.OTHER: N_("Another matter"),
}
"""What somebody chooses from, in their words."""
RATINGS = {5: N_("Very satisfied"), 4: N_("Satisfied"), 3: N_("Neither"), 2: N_("Dissatisfied"), 1: N_("Very dissatisfied")}


@dataclass(frozen=True)
class Shown:
    """What a page says of a ticket. steps: what was done, each with its time; answer: on the phone that asked alone."""

    code: str
    state: Words
    due: Words | None
    late: bool
    steps: list[tuple[Words, str]]
    answer: str
    may_reopen: bool
    may_rate: bool
    satisfaction: int | None


@pages.get("/1022")
def form() -> str:
    return _form_page({"token": secrets.token_urlsafe(16), "answer": "yes"}, {}, TypedUnit())


@pages.post("/1022")
def asked() -> Response | tuple[str, int]:
    given = {name: storable(value)[:LONGEST_SAID] for name, value in request.form.items()}
    if counted(f"asked/{caller()}", REPORTED_WITHIN_S) > MOST_REPORTED:
        raise TooOften(N_("Very many requests come from this network. Please call 1022 instead."))
    with parts().database.write() as session:
        unit = typed_unit(session, given)
        wrong = _wrong(given)
        fault = fault_of(unit)
        if fault is not None:
            wrong["unit"] = fault
        if wrong:
            return _form_page(given, wrong, unit), 422
        ticket = take_in(session, _contact(given, unit), now())
        code = ticket.code
    cookie[_HERE] = [code, *(each for each in _here() if each != code)][:_MOST_HERE]
    cookie.permanent = True
    return redirect(url_for("asking.state", code=shown_code(code)), 303)


def _form_page(given: Mapping[str, str], wrong: Mapping[str, Words], unit: TypedUnit) -> str:
    return render_template(
        "public/ask.html", given=given, wrong=wrong, unit=unit, kinds=KINDS, here=[shown_code(each) for each in _here()]
    )


def _wrong(given: Mapping[str, str]) -> dict[str, Words]:
    wrong: dict[str, Words] = {}
    if given.get("kind") not in tuple(TicketKind):
        wrong["kind"] = words(N_("Choose what it is about."))
    if not given.get("said", "").strip():
        wrong["said"] = words(N_("Please write what it is about."))
    try:
        _number(given)
        _fix(given)
    except BadInput as problem:
        wrong[problem.field or "phone"] = problem.words
    return wrong


def _number(given: Mapping[str, str]) -> str:
    """Raises BadInput."""
    typed = given.get("phone", "").strip()
    return read_number(typed[:40]) if typed else ""


def _fix(given: Mapping[str, str]) -> tuple[float, float] | None:
    """Degrees north and east. Raises BadInput."""
    typed = [given.get(name, "").strip().replace(",", ".") for name in ("latitude", "longitude")]
    if not any(typed):
        return None
    try:
        north, east = (float(each) for each in typed)
    except ValueError:
        north = east = 999.0
    # Also what is no number at all, which no comparison is true of.
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise BadInput(N_("Type both degrees, or leave both empty."), field="latitude")
    return north, east


def _contact(given: Mapping[str, str], unit: TypedUnit) -> Contact:
    said, number = given["said"].strip(), _number(given)
    # A double tap is one; who finds the form by the browser's button for back means something else.
    name = hashlib.sha256("\n".join((given.get("token", ""), given["kind"], number, said)).encode()).hexdigest()[:48]
    return Contact(
        TicketChannel.PAGE,
        name,
        said,
        TicketKind(given["kind"]),
        caller=number,
        caller_name=given.get("caller_name", "")[:LONGEST_LINE],
        anonymous=given.get("anonymous") == "yes",
        wants_answer=given.get("answer") != "no",
        language=language() if language() in LANGUAGES else parts().settings.first_language,
        unit=unit.key,
        place=given.get("place", "")[:LONGEST_LINE],
        fix=_fix(given),
        # Whose number it is, nobody knows: the page itself shows the code.
        quiet=True,
    )


@pages.get("/1022/code")
def by_code() -> Response:
    """From the form for a code to its page."""
    return redirect(url_for("asking.state", code=request.args.get("code", "")[:40].strip() or "-"), 303)


@pages.get("/1022/<code>")
def state(code: str) -> str | tuple[str, int]:
    with parts().database.read() as session:
        try:
            return _state_page(session, code)
        except NotFound as problem:
            return _unknown(code, problem)


@pages.post("/1022/<code>/reopen")
def reopened(code: str) -> Response | tuple[str, int]:
    said = storable(request.form.get("words", ""))[:LONGEST_MORE].strip()
    with parts().database.write() as session:
        ticket = _ticket(session, code)
        if not said:
            return _state_page(session, code, wrong={"words": words(N_("Please write what is still missing."))}), 422
        try:
            reopen(session, ticket.id, CALLER, now(), words=said)
        except Problem as problem:
            return _state_page(session, code, wrong={"words": problem.words}), problem.status
    return redirect(url_for("asking.state", code=code), 303)


@pages.post("/1022/<code>/rate")
def rated(code: str) -> Response | tuple[str, int]:
    given = request.form.get("satisfaction", "")
    with parts().database.write() as session:
        ticket = _ticket(session, code)
        try:
            rate(session, ticket.id, int(given) if given in ("1", "2", "3", "4", "5") else 0, now())
        except Problem as problem:
            return _state_page(session, code, wrong={"satisfaction": problem.words}), problem.status
    return redirect(url_for("asking.state", code=code), 303)


def _ticket(session: Session, code: str) -> HotlineTicket:
    """Raises NotFound; TooOften where an address tries many wrong ones."""
    read = read_code(code)
    ticket = ticket_with(session, read) if read else None
    if ticket is None:
        if counted(f"wrong-code/{caller()}", WRONG_WITHIN_S) > MOST_WRONG:
            raise TooOften(N_("Too many attempts. Wait a minute, then try again."))
        raise NotFound(
            N_(
                "There is no request with this code. Check its eight signs; requests are deleted some time after they were closed."
            )
        )
    return ticket


def _unknown(code: str, problem: NotFound) -> tuple[str, int]:
    return render_template(
        "public/ask_code.html", given=code if code != "-" else "", wrong={"code": problem.words}
    ), problem.status


def _state_page(session: Session, code: str, wrong: Mapping[str, Words] | None = None) -> str:
    ticket, read = _ticket(session, code), read_code(code)
    shown = _shown(session, ticket, read, now())
    return render_template("public/ask_state.html", shown=shown, wrong=wrong or {}, ratings=RATINGS, fresh=read in _here()[:1])


def _shown(session: Session, ticket: HotlineTicket, code: str, at: datetime) -> Shown:
    zone = timezone_of(session, ticket)
    done = (
        (N_("It reached us."), ticket.first_contact_at),
        (N_("Staff of 1022 took it in hand."), ticket.taken_at),
        (N_("It was handed to the unit that is responsible."), ticket.handed_over_at),
        (N_("The unit accepted it."), ticket.accepted_at),
        (N_("It was answered."), ticket.answered_at),
        (N_("It was closed."), ticket.closed_at),
        (N_("It was opened again."), ticket.reopened_at),
    )
    times = sorted((moment, place, sentence) for place, (sentence, moment) in enumerate(done) if moment is not None)
    ours = code in _here()
    over = ticket.state in (TicketState.ANSWERED, TicketState.CLOSED)
    return Shown(
        shown_code(code),
        state_words(ticket.state, ticket.close_reason),
        due_words(ticket, zone, at),
        ticket.state in OPEN and at > ticket.due_at,
        [(words(sentence), local_clock(moment, zone, at)) for moment, _, sentence in times],
        ticket.answer if ours and over else "",
        over and may_reopen(ended(ticket.answered_at, ticket.closed_at), at),
        over,
        ticket.satisfaction,
    )


def _here() -> list[str]:
    """Codes of what was asked with this phone, the newest first."""
    kept = cookie.get(_HERE, [])
    return [str(each) for each in kept][:_MOST_HERE] if isinstance(kept, list) else []
