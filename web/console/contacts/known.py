"""Of one case: contacts looked for in what is known, a code for a phone's log, and warnings about places by two people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.contacts.bluezone.asking import ask_for_log
from monitor.contacts.cases import clock_of
from monitor.contacts.known.finding import find_known
from monitor.contacts.known.places import places_of_case
from monitor.contacts.warnings import decide_warning, propose_warning
from monitor.database.together import asked, at_once, first, read
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, ContactState
from monitor.models.contacts.tracing import ContactLog, PlaceWarning
from monitor.models.control_points import ControlPlace
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.contacts.sight import ask_why, case_here, may_look
from web.console.contacts.typed import moment_of, whole
from web.shared.common import now, storable, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST = 100
"""Logs, contacts and warnings of a page."""

pages = Blueprint("known_contacts", __name__)


@pages.get("/cases/<int:case_id>/known")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CASE_SEEN)
def show(case_id: int) -> str | Response:
    with parts().database.write() as session:
        case = case_here(session, case_id)
        note_view(session, zone_id=case.zone_id, resident_id=case.resident_id, case=case.id)
        return _page(session, case) if may_look(session, case) else ask_why(case_id)


@pages.post("/cases/<int:case_id>/known")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACTS_LOOKED_FOR)
def find(case_id: int) -> Response | tuple[str, int] | str:
    def look(session: Session, case: InfectionCase, _given: Mapping[str, str]) -> str:
        outcome = find_known(session, case, now())
        audit.note(
            session,
            Action.CONTACTS_LOOKED_FOR,
            at=now(),
            account_id=the_reader().account_id,
            zone_id=case.zone_id,
            resident_id=case.resident_id,
            case=case.id,
            found=sum(outcome.found.values()),
            fresh=outcome.fresh,
        )
        return str(ngettext("%(num)s new meeting was found.", "%(num)s new meetings were found.", outcome.fresh))

    return _do(case_id, look)


@pages.post("/cases/<int:case_id>/known/log")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CONTACT_LOG_ASKED)
def ask(case_id: int) -> Response | tuple[str, int] | str:
    """A code, shown once: it is told or sent by a person."""
    with parts().database.write() as session:
        case = case_here(session, case_id)
        if not may_look(session, case):
            return ask_why(case_id)
        try:
            _log, code = ask_for_log(session, case, whole(request.form, "contact"), the_reader().account_id, now())
        except Problem as problem:
            return _page(session, case, problem=problem), problem.status
        return _page(session, case, code=code)


@pages.post("/cases/<int:case_id>/known/warnings")
@guarded(Permission.TRACE_CONTACTS, audit=Action.PLACE_WARNING_PROPOSED)
def warn(case_id: int) -> Response | tuple[str, int] | str:
    def propose(session: Session, case: InfectionCase, given: Mapping[str, str]) -> str:
        zone = clock_of(session, case.zone_id)
        start, end, place = moment_of(given, "from_at", zone), moment_of(given, "to_at", zone), whole(given, "place")
        if place is None or place not in {each.id for each in places_of_case(session, case, now())}:
            raise BadInput(N_("Choose a place where this person was."), field="place")
        if start is None or end is None:
            raise BadInput(N_("Write from when until when, as well as the person remembers."), field="from_at")
        propose_warning(session, case, place, start, end, given.get("why", ""), the_reader().account_id, now())
        return translate(N_("Proposed. A different person must release it; nothing is sent by itself."))

    return _do(case_id, propose)


@pages.post("/cases/<int:case_id>/known/warnings/<int:warning_id>")
@guarded(Permission.RELEASE_CONTACTS, audit=Action.PLACE_WARNING_DECIDED)
def decide(case_id: int, warning_id: int) -> Response | tuple[str, int] | str:
    def decided(session: Session, case: InfectionCase, given: Mapping[str, str]) -> str:
        warning = session.get(PlaceWarning, warning_id)
        if warning is None or warning.case_id != case.id:
            raise NotFound(N_("This warning does not exist (any more)."))
        release = given.get("go") == "release"
        decide_warning(
            session,
            warning_id,
            release=release,
            why=given.get("decided_why", ""),
            account_id=the_reader().account_id,
            now=now(),
        )
        return translate(N_("Released: tell people now, in the way you choose.") if release else N_("Refused."))

    return _do(case_id, decided)


def _do(case_id: int, deed: Any) -> Response | tuple[str, int] | str:
    """One change; what is wrong is told on the page with what was typed."""
    given = {name: storable(value)[:400] for name, value in request.form.items()}
    try:
        with parts().database.write() as session:
            case = case_here(session, case_id)
            if not may_look(session, case):
                return ask_why(case_id)
            done = deed(session, case, given)
    except NotFound:
        raise
    except Problem as problem:
        with parts().database.read() as session:
            return _page(session, case_here(session, case_id), given, problem), problem.status
    flash(done)
    return redirect(url_for("known_contacts.show", case_id=case_id), 303)


def _page(
    session: Session,
    case: InfectionCase,
    given: Mapping[str, str] | None = None,
    problem: Problem | None = None,
    code: str = "",
) -> str:
    logs = select(ContactLog).where(ContactLog.case_id == case.id).order_by(ContactLog.id.desc()).limit(MOST)
    warnings = (
        select(PlaceWarning, ControlPlace.name)
        .join(ControlPlace, ControlPlace.id == PlaceWarning.control_place_id)
        .where(PlaceWarning.case_id == case.id)
        .order_by(PlaceWarning.id.desc())
        .limit(MOST)
    )
    contacts = (
        select(CaseContact.id, CaseContact.full_name, Resident.full_name.label("record"))
        .outerjoin(Resident, Resident.id == CaseContact.resident_id)
        .where(CaseContact.case_id == case.id, CaseContact.state.in_((ContactState.PROPOSED, ContactState.RELEASED)))
        .order_by(CaseContact.id)
        .limit(MOST)
    )
    field = problem.field if isinstance(problem, BadInput) else None
    of_logs, of_warnings, of_contacts, resident, timezone = read(
        session,
        at_once(
            asked(logs),
            asked(warnings),
            asked(contacts),
            first(select(Resident).where(Resident.id == case.resident_id)),
            first(select(Zone.timezone).where(Zone.id == case.zone_id)),
        ),
    )
    return render_template(
        "console/contacts/known.html",
        case=case,
        resident=resident,
        timezone=timezone,
        logs=of_logs,
        warnings=of_warnings,
        contacts={number: record or name for number, name, record in of_contacts},
        places=places_of_case(session, case, now()),
        given=given or {},
        problem=problem.words if problem else None,
        wrong={field: problem.words} if problem and field else {},
        code=code,
        address=f"{parts().settings.public_address}/bluezone",
    )
