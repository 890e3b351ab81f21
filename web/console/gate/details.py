"""What is said of someone, corrected by staff: name and numbers too; who else it may be is told, and nobody writes over another."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.enrolment.details import Details
from monitor.enrolment.duplicates import Match, marks_of
from monitor.enrolment.enrolling import change_details, note_status
from monitor.models.people.residents import Resident, StatusPeriod
from monitor.models.places import Zone
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from web.console.gate.form import Given, Typed, Wrong, given_of, read_typed, today_in, who_may_be
from web.console.gate.person import choices
from web.console.gate.steps import resident_here
from web.shared.common import now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.typed_units import TypedUnit

pages = Blueprint("details", __name__)


def _page(
    session: Session,
    resident: Resident,
    given: Given,
    wrong: Wrong,
    unit: TypedUnit,
    *,
    alike: list[Match] | None = None,
    problem: Words | None = None,
) -> str:
    alike = alike or []
    return render_template(
        "console/gate/details.html",
        resident=resident,
        zone=session.get_one(Zone, resident.zone_id),
        given=given,
        wrong=wrong,
        unit=unit,
        alike=alike,
        in_zones=the_reader().among({match.zone_id for match in alike}),
        problem=problem,
        **choices(),
    )


@pages.get("/residents/<int:resident_id>/details")
@guarded(Permission.ENROL, audit=Action.RECORD_OPENED)
def edit(resident_id: int) -> str:
    with parts().database.write() as session:
        resident = resident_here(session, resident_id)
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id)
        given, rule_on = given_of(session, resident), _rule_of(session, resident_id)
        given["f_rule_on"] = rule_on.strftime("%d/%m/%Y") if rule_on else ""
        return _page(session, resident, given, {}, TypedUnit())


@pages.post("/residents/<int:resident_id>/details")
@guarded(Permission.ENROL, audit=Action.PERSON_CHANGED)
def save(resident_id: int) -> Response | tuple[str, int]:
    wrong: Wrong = {}
    alike: list[Match] = []
    problem: Words | None = None
    status, changed = 422, False
    with parts().database.read() as session:
        typed = _typed(session, resident_here(session, resident_id))
        wrong = typed.wrong
        if typed.details is not None:
            alike = _told_first(session, resident_here(session, resident_id), typed.details)
    if alike:
        problem, status = words(N_("This person may be entered already. Please look below.")), 409
    elif typed.details is not None:
        try:
            with parts().database.write() as session:
                changed = _change(session, resident_here(session, resident_id), typed.details)
        except NotFound:
            raise
        except BadInput as refused:
            wrong = {refused.field or "full_name": refused.words}
        except Problem as refused:
            problem, status = refused.words, refused.status
    if wrong or problem is not None:
        with parts().database.read() as session:
            resident = resident_here(session, resident_id)
            return _page(session, resident, request.form, wrong, typed.unit, alike=alike, problem=problem), status
    flash(_("Saved.") if changed else _("Nothing was changed."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


def _typed(session: Session, resident: Resident) -> Typed:
    return read_typed(session, request.form, today_in(session.get_one(Zone, resident.zone_id), now()))


def _told_first(session: Session, resident: Resident, details: Details) -> list[Match]:
    """Who they may be by what is new in this; empty where nothing is, or where someone said of all that they are others."""
    before = read_typed(session, given_of(session, resident), today_in(session.get_one(Zone, resident.zone_id), now())).details
    if before is not None and marks_of(before) == marks_of(details):
        return []
    found = who_may_be(session, details, resident.id)
    return [] if {str(match.resident_id) for match in found} <= set(request.form.getlist("apart")) else found


def _change(session: Session, resident: Resident, details: Details) -> bool:
    """Whether anything is other than before."""
    rule_on = _rule_of(session, resident.id)
    seen, at, account_id = request.form.get("version", 0, type=int), now(), the_reader().account_id
    other = change_details(session, resident, details, min(seen, 2**31 - 1), account_id, at)
    if "f_status" not in other and details.f_status is not None and details.f_rule_on != rule_on:
        # The same status by another rule is another period.
        note_status(session, resident, details, account_id, at)
        return True
    return bool(other)


def _rule_of(session: Session, resident_id: int) -> date | None:
    """The day whose rule gave them the F-status that they have."""
    holds = (StatusPeriod.resident_id == resident_id, StatusPeriod.ends_on.is_(None))
    return session.scalar(select(StatusPeriod.rule_on).where(*holds).order_by(StatusPeriod.id.desc()).limit(1))
