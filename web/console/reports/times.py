"""When the parts of a day's report are due and who is called when it is late, with the history of that."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import GRANTS, Permission
from monitor.models.accounts import Account, Role
from monitor.models.daily_report import ReportTimes
from monitor.problems import BadInput, Forbidden, Problem
from monitor.reports.stating import keep_times, newest, times_of
from monitor.reports.times import SHIPPED, STEPS, read_times
from monitor.trail.actions import Action
from monitor.words import N_
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

MOST = 50
NOT_YOURS = N_("Reports are of the whole province. Ask someone who works for all zones.")

pages = Blueprint("report_times", __name__)


@pages.get("/reports/times")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def show() -> Response:
    """The times that hold, or those that are shipped."""
    with parts().database.read() as session:
        row = newest(session)
    times = times_of(row) if row else SHIPPED
    given = MultiDict({step: f"{getattr(times, step):%H:%M}" for step in STEPS})
    given["runs"] = "yes" if times.runs else ""
    given["alarm_account_id"] = str(times.alarm_account_id or "")
    given["seen"] = str(row.id if row else 0)
    return _form(given)


def _form(given: MultiDict[str, str], problem: Problem | None = None) -> Response:
    by, alarmed = aliased(Account), aliased(Account)
    roles = [role for role in Role if Permission.RELEASE_REPORT in GRANTS[role]]
    may = (Account.active, Account.role.in_(roles), Account.all_zones)
    with parts().database.read() as session:
        history = session.execute(
            select(ReportTimes, by.username, alarmed.username.label("alarmed"))
            .outerjoin(by, by.id == ReportTimes.made_by)
            .outerjoin(alarmed, alarmed.id == ReportTimes.alarm_account_id)
            .order_by(ReportTimes.id.desc())
            .limit(MOST)
        ).all()
        accounts = session.execute(select(Account.id, Account.username).where(*may).order_by(Account.username)).all()
    html = render_template(
        "console/reports/times.html",
        given=given,
        history=history,
        accounts=accounts,
        problem=say_to_staff(problem.words) if problem is not None else None,
        wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
        timezone=str(parts().settings.zone),
    )
    return make_response(html, problem.status if problem is not None else 200)


@pages.post("/reports/times")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_TIMES_CHANGED)
def saved() -> Response:
    """Let other times hold from now on."""
    if the_reader().zones is not None:
        raise Forbidden(NOT_YOURS)
    given = MultiDict(request.form)
    try:
        with parts().database.write() as session:
            row = newest(session)
            times = read_times({step: given.get(step, "") for step in STEPS}, times_of(row) if row else SHIPPED)
            whom = given.get("alarm_account_id", "")
            times = replace(times, runs=bool(given.get("runs")), alarm_account_id=int(whom) if whom.isdecimal() else None)
            keep_times(session, times, now(), account_id=the_reader().account_id, seen=given.get("seen", default=0, type=int))
    except Problem as problem:
        return _form(given, problem)
    flash(_("Saved. The new times hold from now on."))
    return redirect(url_for("report_times.show"), 303)
