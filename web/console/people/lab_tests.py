"""Laboratory tests: a zone's list for whoever goes from bed to bed, and each step of one test; plans for one or for everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import read_day
from monitor.laboratory import steps
from monitor.laboratory.lists import MOST, today_in, waiting_in
from monitor.models.people.laboratory import LabTestKind, LabTestState, ResultSource
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("lab_tests", __name__)


def _zone(session: Session, zone_id: int) -> Zone:
    zone = session.get(Zone, zone_id)
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def _page(session: Session, zone: Zone, problem: Words | None = None, field: str | None = None) -> str:
    waiting = waiting_in(session, zone.id, today_in(zone, now()))
    return render_template(
        "console/people/lab_tests.html",
        zone=zone,
        today=today_in(zone, now()),
        by_state={state: [each for each in waiting if each.test.state is state] for state in LabTestState},
        states=LabTestState,
        kinds=list(LabTestKind),
        cut=len(waiting) >= MOST,
        most=MOST,
        problem=problem,
        field=field,
        given=request.form,
        chosen=set(request.form.getlist("test")),
    )


@pages.get("/zones/<int:zone_id>/tests")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TESTS_LISTED)
def listed(zone_id: int) -> str:
    with parts().database.write() as session:
        note_view(session, zone_id=_zone(session, zone_id).id)
    with parts().database.read() as session:
        return _page(session, _zone(session, zone_id))


def _of_many(zone_id: int, step: Callable[[Session, int], Resident], said: Callable[[int], str]) -> Response | tuple[str, int]:
    """Carry each chosen test on, all of them or none; each in a zone of the reader's."""
    chosen = [int(each) for each in request.form.getlist("test") if each.isdecimal() and len(each) < 10]
    try:
        if not chosen:
            raise BadInput(N_("Tick the people first."), field="test")
        with parts().database.write() as session:
            _zone(session, zone_id)
            for test_id in dict.fromkeys(chosen):
                require_zone(the_reader(), step(session, test_id).zone_id)
    except (BadInput, Conflict) as problem:
        with parts().database.read() as session:
            return _page(session, _zone(session, zone_id), problem.words), problem.status
    flash(said(len(set(chosen))))
    return redirect(url_for("lab_tests.listed", zone_id=zone_id), 303)


@pages.post("/zones/<int:zone_id>/tests/taken")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEST_TAKEN)
def take_many(zone_id: int) -> Response | tuple[str, int]:
    who = the_reader().account_id
    return _of_many(
        zone_id,
        lambda session, test: steps.take(session, test, request.form.get(f"sample-{test}", ""), who, now()),
        lambda count: ngettext("%(num)s sample noted.", "%(num)s samples noted.", count),
    )


@pages.post("/zones/<int:zone_id>/tests/sent")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEST_SENT)
def send_many(zone_id: int) -> Response | tuple[str, int]:
    who, where = the_reader().account_id, request.form.get("laboratory", "")
    return _of_many(
        zone_id,
        lambda session, test: steps.send(session, test, request.form.get(f"sample-{test}", ""), where, who, now()),
        lambda count: ngettext("%(num)s sample sent.", "%(num)s samples sent.", count),
    )


@pages.post("/zones/<int:zone_id>/tests/plan")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TEST_PLANNED)
def plan_zone(zone_id: int) -> Response | tuple[str, int]:
    form = request.form
    try:
        with parts().database.write() as session:
            zone = _zone(session, zone_id)
            kind = steps.read_kind(form.get("kind", ""))
            reader = the_reader()
            new, people = steps.plan_zone(
                session, zone, kind, form.get("days", ""), form.get("why", ""), reader.account_id, now()
            )
            if not new:
                raise BadInput(
                    N_("Nothing new to plan: nobody is under an order, the days are over, or it is all planned already.")
                )
    except BadInput as problem:
        with parts().database.read() as session:
            return _page(session, _zone(session, zone_id), problem.words, problem.field), problem.status
    flash(_("Planned: %(tests)s tests for %(people)s people.", tests=new, people=people))
    return redirect(url_for("lab_tests.listed", zone_id=zone_id), 303)


@pages.post("/residents/<int:resident_id>/tests")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TEST_PLANNED)
def plan_one(resident_id: int) -> Response:
    form = request.form
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        require_zone(the_reader(), resident.zone_id if resident else None)
        assert resident is not None
        day = _day(form.get("due_on", ""), "due_on")
        if day < today_in(session.get_one(Zone, resident.zone_id), now()):
            raise BadInput(N_("This day is over. Choose today or a later one."), field="due_on")
        kind = steps.read_kind(form.get("kind", ""))
        new, _people = steps.plan(session, [(resident, [day])], kind, form.get("why", ""), the_reader().account_id, now())
        if not new:
            raise Conflict(N_("This test is planned for that day already."))
    flash(_("The test is planned."))
    return _back(resident_id)


def _day(typed: str, field: str) -> date:
    try:
        return read_day(typed)
    except ValueError:
        raise BadInput(N_("Please enter a day, for example 24/11/2026."), field=field) from None


def _back(resident_id: int) -> Response:
    return redirect(url_for("residents.resident_page", resident_id=resident_id) + "#tests", 303)


def _one(step: Callable[[Session], Resident], said: str) -> Response:
    with parts().database.write() as session:
        resident = step(session)
        require_zone(the_reader(), resident.zone_id)
    flash(said)
    return _back(resident.id)


@pages.post("/tests/<int:test_id>/taken")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEST_TAKEN)
def take(test_id: int) -> Response:
    sample, who = request.form.get("sample_number", ""), the_reader().account_id
    return _one(lambda session: steps.take(session, test_id, sample, who, now()), _("The sample is noted."))


@pages.post("/tests/<int:test_id>/sent")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEST_SENT)
def send(test_id: int) -> Response:
    form, who = request.form, the_reader().account_id
    sample, where = form.get("sample_number", ""), form.get("laboratory", "")
    return _one(lambda session: steps.send(session, test_id, sample, where, who, now()), _("The sample is on its way."))


@pages.post("/tests/<int:test_id>/result")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEST_RESULT_NOTED)
def result(test_id: int) -> Response:
    form, who = request.form, the_reader().account_id
    found, day = steps.read_result(form.get("result", "")), _day(form.get("result_on", ""), "result_on")
    return _one(
        lambda session: steps.note_result(session, test_id, found, day, ResultSource.STAFF, who, now()),
        _("The result is noted. The resident reads it once you show it to them, or in 24 hours."),
    )


@pages.post("/tests/<int:test_id>/correct")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TEST_RESULT_CORRECTED)
def correct(test_id: int) -> Response:
    form, who = request.form, the_reader().account_id
    found, was = steps.read_result(form.get("result", "")), steps.read_result(form.get("before", ""))
    day, why = _day(form.get("result_on", ""), "result_on"), form.get("reason", "")
    return _one(
        lambda session: steps.note_result(
            session, test_id, found, day, ResultSource.STAFF, who, now(), correcting=was, reason=why
        ),
        _(
            "The result was corrected. Tell the resident yourself; their page shows it once you show it to them, or in 24 hours."
        ),
    )


@pages.post("/tests/<int:test_id>/release")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEST_RESULT_RELEASED)
def release(test_id: int) -> Response:
    who = the_reader().account_id
    return _one(lambda session: steps.release(session, test_id, who, now()), _("The resident can read the result now."))


@pages.post("/tests/<int:test_id>/cancel")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TEST_CANCELLED)
def cancel(test_id: int) -> Response:
    why, who = request.form.get("reason", ""), the_reader().account_id
    return _one(lambda session: steps.cancel(session, test_id, why, who, now()), _("The test was cancelled."))
