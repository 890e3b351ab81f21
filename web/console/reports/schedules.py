"""What is made by schedule: day sheets of zones and weeks of supervisors, on which days, at what time, for whom."""

from __future__ import annotations

from collections import defaultdict

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.accounts import Account, Role
from monitor.models.places import Zone
from monitor.models.report_mail import DocumentKind, ReportRecipient, ReportSchedule
from monitor.problems import BadInput, NotFound, Problem
from monitor.reports.recipients import Typed, add_schedule, end_schedule
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.channels.email_addresses import read_email
from web.console.zones_of_reader import zones_of
from web.shared.common import now, storable
from web.shared.guard import guarded, require_province, require_zone, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
KINDS = (DocumentKind.DAY_SHEET, DocumentKind.WEEK)

pages = Blueprint("report_schedules", __name__)


@pages.get("/reports/schedules")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def listed() -> Response:
    return _shown(MultiDict([("language", "vi"), ("at", "17:00"), *(("weekdays", str(day)) for day in range(7))]))


def _shown(given: MultiDict[str, str], problem: Problem | None = None) -> Response:
    reader = the_reader()
    asked = select(ReportSchedule, Zone.name, Account.username)
    asked = asked.outerjoin(Zone, Zone.id == ReportSchedule.zone_id)
    asked = asked.outerjoin(Account, Account.id == ReportSchedule.account_id).where(ReportSchedule.closed_at.is_(None))
    if reader.zones is not None:
        mine = ReportSchedule.zone_id.in_(reader.zones) | (ReportSchedule.account_id == reader.account_id)
        asked = asked.where(mine)
    with parts().database.read() as session:
        rows = session.execute(asked.order_by(ReportSchedule.kind, ReportSchedule.id).limit(500)).all()
        ids = [schedule.id for schedule, *_names in rows]
        addresses: dict[int | None, list[str]] = defaultdict(list)
        recipients = select(ReportRecipient.schedule_id, ReportRecipient.address).where(ReportRecipient.schedule_id.in_(ids))
        for row in session.execute(recipients.where(ReportRecipient.closed_at.is_(None))):
            addresses[row.schedule_id].append(row.address)
        html = render_template(
            "console/reports/schedules.html",
            rows=rows,
            addresses=addresses,
            zones=zones_of(session, reader),
            supervisors=_supervisors(session),
            given=given,
            weekdays=WEEKDAYS,
            kinds=KINDS,
            problem=say_to_staff(problem.words) if problem is not None else None,
            wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
            timezone=str(parts().settings.zone),
        )
    return make_response(html, problem.status if problem is not None else 200)


def _supervisors(session: Session) -> list[tuple[int, str]]:
    reader = the_reader()
    asked = select(Account.id, Account.username).where(Account.active, Account.role == Role.SUPERVISOR)
    if reader.zones is not None:
        asked = asked.where(Account.id == reader.account_id)
    return [(row.id, row.username) for row in session.execute(asked.order_by(Account.username).limit(1000))]


@pages.post("/reports/schedules")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_SCHEDULE_CHANGED)
def add() -> Response:
    given = MultiDict((name, storable(value)) for name, value in request.form.items(multi=True))
    try:
        kind = next((each for each in KINDS if each.value == given.get("kind")), None)
        if kind is None:
            raise BadInput(N_("Choose what is to be made."), field="kind")
        typed = [
            Typed("", read_email(each), given.get("language", ""), ("pdf", "xlsx"), copy=False)
            for each in given.get("addresses", "").replace(",", " ").split()
        ]
        with parts().database.write() as session:
            zone_id, whose = _of(session, kind, given)
            add_schedule(
                session,
                kind,
                zone_id=zone_id,
                whose=whose,
                weekdays=[int(each) for each in given.getlist("weekdays") if each in {*"0123456"}],
                at=given.get("at", ""),
                recipients=typed,
                account_id=the_reader().account_id,
                now=now(),
                timezone=parts().settings.zone,
            )
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        if isinstance(problem, BadInput) and problem.field == "address":
            problem.field = "addresses"
        return _shown(given, problem)
    flash(_("Saved. It is made at its time from now on."))
    return redirect(url_for("report_schedules.listed"), 303)


def _of(session: Session, kind: DocumentKind, given: MultiDict[str, str]) -> tuple[int | None, int | None]:
    """Zone of a sheet, account of a week. Raises BadInput, NotFound, Forbidden."""
    if kind is DocumentKind.DAY_SHEET:
        zone_id = given.get("zone", type=int)
        if zone_id is None:
            raise BadInput(N_("Choose a zone."), field="zone")
        return require_zone(the_reader(), zone_id), None
    whose = given.get("account", type=int)
    if whose is None:
        raise BadInput(N_("Choose whose week it is."), field="account")
    if whose != the_reader().account_id:
        require_province()
    account = session.get(Account, whose)
    if account is None or account.role is not Role.SUPERVISOR:
        raise BadInput(N_("Choose whose week it is."), field="account")
    return None, whose


@pages.post("/reports/schedules/<int:schedule_id>/end")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_SCHEDULE_CHANGED)
def end(schedule_id: int) -> Response:
    with parts().database.write() as session:
        row = session.get(ReportSchedule, schedule_id)
        if row is None:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        if row.zone_id is not None:
            require_zone(the_reader(), row.zone_id)
        elif row.account_id != the_reader().account_id:
            require_province()
        end_schedule(session, schedule_id, the_reader().account_id, now())
    flash(_("Ended. Nothing more is made by it."))
    return redirect(url_for("report_schedules.listed"), 303)
