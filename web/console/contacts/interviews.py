"""The interview screen, for keyboard and telephone: places and times, people by name and number, what was done together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.contacts.cases import clock_of, period_of
from monitor.contacts.interviews import (
    LONGEST_NOTES,
    MET,
    STOP,
    begin,
    empty_days,
    end,
    name_contact,
    note_stop,
    open_interview,
    read_back,
    remove_stop,
    require_mine,
    save_draft,
    take_over,
)
from monitor.contacts.listing import contacts_of, stops_of
from monitor.contacts.purposes import give_purpose, purpose_of
from monitor.contacts.stored_rules import rules_asked
from monitor.database.together import asked, at_once, first, read
from monitor.models.contacts.cases import CaseInterview, InfectionCase, InterviewWay, Milestone
from monitor.models.contacts.contacts import Proximity
from monitor.models.control_points import ControlPlace, PlaceState
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.contacts.sight import ask_why, case_here, disease_words, may_look
from web.console.contacts.typed import chosen, moment_of, read_met, read_stop, whole
from web.shared.common import now, storable, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST_PLACES, MOST_ROOMS = 300, 1000
"""Names that are offered as one types; others are typed in words."""
NEAR = tuple(Proximity)

pages = Blueprint("interviews", __name__)


@pages.post("/cases/<int:case_id>/interview/begin")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_INTERVIEWED)
def start(case_id: int) -> AnyResponse:
    """Begin, or go on with one's own; to ask is a reason to see what was told before."""
    try:
        with parts().database.write() as session:
            case = case_here(session, case_id)
            way = chosen(InterviewWay, request.form.get("way")) or InterviewWay.TELEPHONE
            begin(session, case, way, the_reader().account_id, now())
            _reason(session, case)
    except NotFound:
        raise
    except Problem as problem:
        flash(problem.say(translate), "problem")
        return redirect(url_for("infection_cases.show", case_id=case_id), 303)
    return redirect(url_for("interviews.screen", case_id=case_id), 303)


@pages.post("/cases/<int:case_id>/interview/take-over")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_INTERVIEWED)
def taken_over(case_id: int) -> AnyResponse:
    """Go on with a colleague's interview; the colleague's screen is told when it saves."""
    try:
        with parts().database.write() as session:
            case = case_here(session, case_id)
            take_over(session, case, whole(request.form, "version") or 0, the_reader().account_id, now())
            _reason(session, case)
    except NotFound:
        raise
    except Problem as problem:
        flash(problem.say(translate), "problem")
        return redirect(url_for("infection_cases.show", case_id=case_id), 303)
    return redirect(url_for("interviews.screen", case_id=case_id), 303)


def _reason(session: Session, case: InfectionCase) -> None:
    if purpose_of(session, case.id, the_reader().account_id, now()) is None:
        give_purpose(session, case, translate(N_("Interview about contacts")), the_reader().account_id, now())


@pages.get("/cases/<int:case_id>/interview")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_SEEN)
def screen(case_id: int) -> AnyResponse:
    with parts().database.write() as session:
        case = case_here(session, case_id)
        if not may_look(session, case):
            return ask_why(case_id)
        found = open_interview(session, case.id)
        if found is None or found[0].account_id != the_reader().account_id:
            flash(translate(N_("You have no interview about this person. Begin one, or take over.")), "problem")
            return redirect(url_for("infection_cases.show", case_id=case_id), 303)
        note_view(session, zone_id=case.zone_id, resident_id=case.resident_id, case=case.id)
        return _page(session, case, found[0], {})


def _page(
    session: Session, case: InfectionCase, interview: CaseInterview, given: Mapping[str, str], problem: Problem | None = None
) -> Response:
    at = now()
    zone, resident, rules, stops, places, rooms = read(
        session,
        at_once(
            first(select(Zone).where(Zone.id == case.zone_id)),
            first(select(Resident).where(Resident.id == case.resident_id)),
            rules_asked(),
            asked(stops_of(case.id)),
            asked(_PLACES),
            asked(_rooms_of(case.zone_id)),
        ),
    )
    assert zone is not None
    clock = ZoneInfo(zone.timezone)
    period = period_of(case, rules, clock)
    draft = interview.draft if isinstance(interview.draft, dict) else {}
    field = problem.field if isinstance(problem, BadInput) else None
    html = render_template(
        "console/contacts/interview.html",
        case=case,
        resident=resident,
        interview=interview,
        timezone=zone.timezone,
        stops=stops,
        people=contacts_of(session, case.id, None),
        period=period,
        empty=empty_days(period, [(row[0].from_at, row[0].to_at) for row in stops], clock, at) if period else [],
        places=sorted({row.name for row in places}),
        rooms={row.id: row.name for row in rooms},
        near=NEAR,
        given={**draft, "notes": interview.notes, **given},
        problem=problem.words if problem else None,
        wrong={field: problem.words} if problem and field else {},
        form_token=secrets.token_urlsafe(16),
        longest_notes=LONGEST_NOTES,
        disease_words=disease_words,
    )
    return make_response(html, problem.status if problem is not None else 200)


_PLACES = (
    select(ControlPlace.id, ControlPlace.name)
    .where(ControlPlace.state == PlaceState.APPROVED)
    .order_by(ControlPlace.folded)
    .limit(MOST_PLACES)
)


def _rooms_of(zone_id: int) -> Select[int, str]:
    open_ones = (Room.zone_id == zone_id, Room.closed_at.is_(None))
    return select(Room.id, Room.name).where(*open_ones).order_by(Room.name).limit(MOST_ROOMS)


@pages.post("/cases/<int:case_id>/interview/draft")
@guarded(Permission.TRACE_CONTACTS, audit=None, page=False)
def draft(case_id: int) -> AnyResponse:
    """What stands in the fields, every few seconds."""
    fields = {name: storable(value) for name, value in request.form.items() if name.startswith((STOP, MET))}
    with parts().database.write() as session:
        case = case_here(session, case_id)
        interview = require_mine(session, case.id, the_reader().account_id)
        save_draft(session, interview.id, interview.account_id, fields, storable(request.form.get("notes", "")), now())
    return jsonify(saved=True)


Deed = Callable[[Session, InfectionCase, CaseInterview, Mapping[str, str], ZoneInfo], Any]


def _do(case_id: int, deed: Deed, done: str, anchor: str = "") -> AnyResponse:
    """One thing noted; what is wrong is told on the screen, with all that was typed."""
    given = {name: storable(value)[:6000] for name, value in request.form.items()}
    try:
        with parts().database.write() as session:
            case = case_here(session, case_id)
            interview = require_mine(session, case.id, the_reader().account_id)
            deed(session, case, interview, given, clock_of(session, case.zone_id))
    except NotFound:
        raise
    except Problem as problem:
        with parts().database.read() as session:
            case = case_here(session, case_id)
            found = open_interview(session, case.id)
            if found is not None and found[0].account_id == the_reader().account_id:
                return _page(session, case, found[0], given, problem)
        flash(problem.say(translate), "problem")
        return redirect(url_for("infection_cases.show", case_id=case_id), 303)
    flash(translate(done))
    return redirect(url_for("interviews.screen", case_id=case_id) + anchor, 303)


@pages.post("/cases/<int:case_id>/interview/stops")
@guarded(Permission.TRACE_CONTACTS, audit=Action.MILESTONE_NOTED)
def add_stop(case_id: int) -> AnyResponse:
    def note(session: Session, case: InfectionCase, interview: CaseInterview, given: Mapping[str, str], zone: ZoneInfo) -> None:
        places = {row.id: row.name for row in session.execute(_PLACES)}
        rooms = {row.id: row.name for row in session.execute(_rooms_of(case.zone_id))}
        stop = read_stop(given, zone, places, rooms)
        try:
            note_stop(session, case, interview, stop, now())
        except BadInput as problem:
            field = {"place": "place", "to_at": "to", "from_at": "from"}.get(problem.field or "", "place")
            raise BadInput(problem.words.template, field=f"{STOP}{field}", **problem.words.values) from None

    return _do(case_id, note, N_("Noted. Whom did the person meet there?"), "#met")


@pages.post("/cases/<int:case_id>/interview/stops/<int:milestone_id>/remove")
@guarded(Permission.TRACE_CONTACTS, audit=Action.MILESTONE_REMOVED)
def take_out(case_id: int, milestone_id: int) -> AnyResponse:
    def take(
        session: Session, case: InfectionCase, interview: CaseInterview, _given: Mapping[str, str], _zone: ZoneInfo
    ) -> None:
        remove_stop(session, case, milestone_id, interview.account_id, now())

    return _do(case_id, take, N_("Taken out."))


@pages.post("/cases/<int:case_id>/interview/people")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACT_NAMED)
def add_person(case_id: int) -> AnyResponse:
    def name(session: Session, case: InfectionCase, interview: CaseInterview, given: Mapping[str, str], zone: ZoneInfo) -> None:
        met = read_met(given, now().astimezone(zone).date())
        stop = _stop(session, case, given)
        times = _times(given, zone, stop)
        try:
            name_contact(session, case, interview, met, times, now(), token=given.get("token", "")[:64], milestone=stop)
        except BadInput as problem:
            field = {"to_at": "to", "from_at": "from"}.get(problem.field or "", problem.field or "full_name")
            raise BadInput(problem.words.template, field=f"{MET}{field}", **problem.words.values) from None

    return _do(case_id, name, N_("Noted. Whom else?"), "#met")


def _stop(session: Session, case: InfectionCase, given: Mapping[str, str]) -> Milestone | None:
    number = whole(given, f"{MET}stop")
    if number is None:
        return None
    stop = session.get(Milestone, number)
    if stop is None or stop.case_id != case.id or stop.removed_at is not None:
        raise BadInput(N_("Choose one of the places that were noted, or write the times."), field=f"{MET}stop")
    return stop


def _times(given: Mapping[str, str], zone: ZoneInfo, stop: Milestone | None) -> tuple[datetime, datetime]:
    """From when until when they were together: as typed, else as long as the person was at the place."""
    start, end = moment_of(given, f"{MET}from", zone), moment_of(given, f"{MET}to", zone)
    if stop is not None:
        return start or stop.from_at, end or stop.to_at
    if start is None or end is None:
        raise BadInput(N_("Choose a place that was noted, or write from when until when they met."), field=f"{MET}from")
    return start, end


@pages.post("/cases/<int:case_id>/interview/read-back")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_INTERVIEWED)
def agreed(case_id: int) -> AnyResponse:
    def agree(
        session: Session, case: InfectionCase, interview: CaseInterview, _given: Mapping[str, str], _zone: ZoneInfo
    ) -> None:
        read_back(session, interview, now())
        note_view(session, zone_id=case.zone_id, resident_id=case.resident_id, case=case.id, step="read-back")

    return _do(case_id, agree, N_("Noted that it was read back."), "#end")


@pages.post("/cases/<int:case_id>/interview/end")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_INTERVIEWED)
def ended(case_id: int) -> AnyResponse:
    def finish(
        session: Session, case: InfectionCase, interview: CaseInterview, given: Mapping[str, str], _zone: ZoneInfo
    ) -> None:
        end(session, case, interview, given.get("notes", ""), now())

    answer = _do(case_id, finish, N_("The interview is over. The contacts wait for a decision."))
    if answer.status_code == 303:
        return redirect(url_for("case_contacts.listed", case_id=case_id), 303)
    return answer
