"""Cases on the console: the list with its figures, a new one, one with its dates, why somebody looks, and its end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.contacts.cases import change_case, clock_of, end_case, enter_case, from_result, period_of, rule_of_case
from monitor.contacts.exposing import dates_of
from monitor.contacts.figures import figures_asked
from monitor.contacts.interviews import open_interview
from monitor.contacts.listing import cases_asked
from monitor.contacts.purposes import give_purpose, purpose_of
from monitor.contacts.stored_rules import rules_asked, rules_of
from monitor.database.together import asked, at_once, read
from monitor.enrolment.details import Details, read_details
from monitor.enrolment.duplicates import Match, marks_of, matches
from monitor.enrolment.enrolling import Place, enrol
from monitor.laboratory.steps import found_test
from monitor.models.contacts.cases import CaseState, FoundWhere, InfectionCase, InterviewWay
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.contacts.sight import DISEASES, case_here, disease_words
from web.console.contacts.typed import chosen, read_dates, whole
from web.console.paging import after_key, read_key
from web.console.people.typed import a_number, resident_of
from web.console.zones_of_reader import zones_of
from web.shared.common import now, storable, translate
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

PAGE = 40
NEW = "new"

pages = Blueprint("infection_cases", __name__)


@pages.get("/cases")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def listed() -> str:
    key = read_key(request.args.get("after"))
    state = chosen(CaseState, request.args.get("state", "open"))
    zones = the_reader().zones
    after = (key[0], key[2]) if key is not None else None
    with parts().database.read() as session:
        rows, figures = read(session, at_once(asked(cases_asked(zones, state, after, PAGE + 1)), figures_asked(zones, now())))
    following = after_key(rows[PAGE - 1][0].entered_at, rows[PAGE - 1][0].id) if len(rows) > PAGE else None
    return render_template(
        "console/contacts/list.html",
        rows=rows[:PAGE],
        figures=figures,
        following=following,
        state=state,
        states=list(CaseState),
        disease_words=disease_words,
        timezone=str(parts().settings.zone),
    )


@pages.get("/cases/new")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def new() -> str:
    number = request.args.get("resident", "")
    given = {"token": secrets.token_urlsafe(16), "found_where": "", "disease": "covid-19"}
    with parts().database.read() as session:
        resident = resident_of(session, int(number)) if number.isdecimal() and len(number) < 10 else None
        return _new_page(session, given, resident)


@pages.post("/cases/new")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_ENTERED)
def make() -> Response | tuple[str, int]:
    given = {name: storable(value)[:400] for name, value in request.form.items()}
    try:
        with parts().database.write() as session:
            case = _make(session, given)
            if isinstance(case, list):
                return _new_page(session, given, None, similar=case), 422
            address = url_for("infection_cases.show", case_id=case.id)
    except NotFound:
        raise
    except Problem as problem:
        with parts().database.read() as session:
            resident = resident_of(session, a_number("resident")) if a_number("resident") > 0 else None
            return _new_page(session, given, resident, problem), problem.status
    flash(translate(N_("Saved. Ask now where this person was and whom they met.")))
    return redirect(address, 303)


def _make(session: Session, given: Mapping[str, str]) -> InfectionCase | list[Match]:
    """The case; or who the person may be, for whoever enters to say."""
    at, reader = now(), the_reader()
    number = whole(given, "resident")
    if number is not None:
        resident = resident_of(session, number)
    else:
        found = _person(session, given)
        if isinstance(found, list):
            return found
        resident = found
    dates = read_dates(given, clock_of(session, resident.zone_id))
    if not given.get("token"):
        raise BadInput(N_("Open the form again and fill it in."))
    return enter_case(
        session,
        resident,
        given.get("disease", ""),
        dates,
        reader.account_id,
        at,
        token=given["token"][:64],
        symptoms=given.get("symptoms", ""),
    )


def _person(session: Session, given: Mapping[str, str]) -> Resident | list[Match]:
    """Somebody who is no record yet, or one of those that they may be. Raises BadInput."""
    at, reader = now(), the_reader()
    zone_id = whole(given, "zone")
    if zone_id is None:
        raise BadInput(N_("Choose the zone whose staff trace the contacts."), field="zone")
    require_zone(reader, zone_id)
    clock = clock_of(session, zone_id)
    typed = {name: given.get(name, "") for name in ("full_name", "birth", "phone", "document_number", "sex", "address")}
    details, faults = read_details(typed, at.astimezone(clock).date())
    if details is None:
        raise BadInput(faults[0].words.template, field=faults[0].field, **faults[0].words.values)
    similar = _reachable(matches(session, [marks_of(details)])[0])
    person = given.get("person", "")
    if similar and not person:
        return similar
    if person and person != NEW:
        one = next((each for each in similar if str(each.resident_id) == person), None)
        if one is None:
            raise BadInput(N_("Choose one of the records, or a new one."), field="person")
        return resident_of(session, one.resident_id)
    return _entered(session, details, zone_id)


def _entered(session: Session, details: Details, zone_id: int) -> Resident:
    return enrol(session, details, Place(zone_id), None, the_reader().account_id, now())


def _reachable(found: list[Match]) -> list[Match]:
    """Records of zones in which the reader works; of others they learn nothing here."""
    reader = the_reader()
    return [each for each in found if reader.among({each.zone_id})]


def _new_page(
    session: Session,
    given: Mapping[str, str],
    resident: Resident | None,
    problem: Problem | None = None,
    similar: list[Match] | None = None,
) -> str:
    return render_template(
        "console/contacts/new.html",
        given=given,
        resident=resident,
        similar=similar or [],
        zones=zones_of(session, the_reader()),
        wheres=list(FoundWhere),
        diseases=_diseases(session),
        disease_words=disease_words,
        **_wrong(problem),
    )


def _diseases(session: Session) -> list[str]:
    return list(dict.fromkeys([*DISEASES, *(each.disease for each in rules_of(session))]))


def _wrong(problem: Problem | None) -> dict[str, Any]:
    field = problem.field if isinstance(problem, BadInput) else None
    return {"problem": problem.words if problem else None, "wrong": {field: problem.words} if problem and field else {}}


@pages.post("/cases/from-test/<int:test_id>")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_ENTERED)
def of_test(test_id: int) -> Response:
    """The case of a positive result; once made, its page."""
    try:
        with parts().database.write() as session:
            test, resident = found_test(session, test_id)
            require_zone(the_reader(), resident.zone_id)
            case = from_result(session, test, resident, "covid-19", the_reader().account_id, now())
            require_zone(the_reader(), case.zone_id)
            address = url_for("infection_cases.show", case_id=case.id)
    except NotFound:
        raise
    except Problem as problem:
        flash(problem.say(translate), "problem")
        return redirect(url_for("infection_cases.listed"), 303)
    return redirect(address, 303)


@pages.get("/cases/<int:case_id>")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_SEEN)
def show(case_id: int) -> str:
    with parts().database.write() as session:
        case = case_here(session, case_id)
        note_view(session, zone_id=case.zone_id, resident_id=case.resident_id, case=case.id)
        return _page(session, case)


def _page(session: Session, case: InfectionCase, given: Mapping[str, str] | None = None, problem: Problem | None = None) -> str:
    at, reader = now(), the_reader()
    zone = session.get_one(Zone, case.zone_id)
    clock = ZoneInfo(zone.timezone)
    rules, figures = read(session, at_once(rules_asked(), figures_asked(None, at, case.id)))
    interview = open_interview(session, case.id)
    return render_template(
        "console/contacts/case.html",
        case=case,
        resident=session.get_one(Resident, case.resident_id),
        zone=zone,
        timezone=zone.timezone,
        period=period_of(case, rules, clock),
        rule=rule_of_case(case, rules),
        figures=figures,
        purpose=purpose_of(session, case.id, reader.account_id, at),
        interview=interview[0] if interview else None,
        interviewer=interview[1] if interview else "",
        ways=list(InterviewWay),
        wheres=list(FoundWhere),
        given=given if given is not None else _given(case, clock),
        disease_words=disease_words,
        **_wrong(problem),
    )


def _given(case: InfectionCase, zone: ZoneInfo) -> dict[str, str]:
    """The stored dates as the form has them."""
    dates = dates_of(case)
    days = {name: getattr(dates, name) for name in ("onset_on", "sampled_on", "result_on", "ended_on")}
    given = {name: day.isoformat() if day else "" for name, day in days.items()}
    given["isolated_at"] = f"{dates.isolated_at.astimezone(zone):%Y-%m-%dT%H:%M}" if dates.isolated_at else ""
    given["without_signs"] = "yes" if dates.without_signs else ""
    return given | {"found_where": dates.found_where.value, "symptoms": case.symptoms, "reason": ""}


def _do(case_id: int, deed: Any, done: str) -> Response | tuple[str, int]:
    """One change of a case; what is wrong is told on its page with what was typed."""
    given = {name: storable(value)[:400] for name, value in request.form.items()}
    try:
        with parts().database.write() as session:
            case = case_here(session, case_id)
            deed(session, case, given)
    except NotFound:
        raise
    except Problem as problem:
        with parts().database.read() as session:
            case = case_here(session, case_id)
            shown = _given(case, clock_of(session, case.zone_id)) | given
            return _page(session, case, shown, problem), problem.status
    flash(translate(done))
    return redirect(url_for("infection_cases.show", case_id=case_id), 303)


@pages.post("/cases/<int:case_id>/why")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_PURPOSE_GIVEN)
def why(case_id: int) -> Response | tuple[str, int]:
    """Say why one looks; it stands in the trail, and the person can read it."""

    def give(session: Session, case: InfectionCase, given: Mapping[str, str]) -> None:
        give_purpose(session, case, given.get("reason", ""), the_reader().account_id, now())

    return _do(case_id, give, N_("Noted. It is shown to you for eight hours."))


@pages.post("/cases/<int:case_id>/dates")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_CHANGED)
def dates(case_id: int) -> Response | tuple[str, int]:
    def change(session: Session, case: InfectionCase, given: Mapping[str, str]) -> None:
        typed = read_dates(given, clock_of(session, case.zone_id))
        seen = whole(given, "version") or 0
        change_case(session, case, typed, given.get("symptoms", ""), seen, the_reader().account_id, now())

    return _do(case_id, change, N_("The dates were changed. Contacts that nobody has decided about were judged again."))


@pages.post("/cases/<int:case_id>/end")
@guarded(Permission.RELEASE_CONTACTS, audit=Action.CASE_CHANGED)
def end(case_id: int) -> Response | tuple[str, int]:
    def finish(session: Session, case: InfectionCase, given: Mapping[str, str]) -> None:
        state = chosen(CaseState, given.get("state")) or CaseState.OPEN
        end_case(session, case, state, given.get("why", ""), whole(given, "version") or 0, the_reader().account_id, now())

    return _do(case_id, finish, N_("The tracing of this person’s contacts has ended."))
