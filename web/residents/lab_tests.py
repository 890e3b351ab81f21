"""A resident's own tests: what is planned, what came of them once it may be told, and a calendar for their phone."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _
from flask_limiter import Limiter
from sqlalchemy import select

from monitor.database.database import Database
from monitor.database.together import read
from monitor.laboratory.calendar import calendar_of
from monitor.laboratory.lists import tests_of, today_in
from monitor.laboratory.telling import RULE, told_tests
from monitor.models.people.laboratory import LabTestState
from monitor.models.people.residents import QuarantineOrder
from monitor.models.places import Zone
from monitor.people.orders import in_force
from rollcall.answers.page import open_own
from web.residents.answering import address_of, forged_limit
from web.shared.common import now
from web.shared.labels import label


def lab_test_pages(database: Database, secret: bytes, limiter: Limiter) -> Blueprint:
    """The page and the calendar, both by the link and withdrawn with it."""
    pages = Blueprint("lab_tests", __name__)
    limited = forged_limit(limiter, secret)

    @pages.get("/a/<token>/tests")
    @limited
    def show(token: str) -> str:
        with database.read() as session:
            own = open_own(session, secret, token, now())
            today = today_in(session.get_one(Zone, own.zone_id), now())
            told = told_tests(read(session, tests_of(own.resident_id)), today, now())
        return render_template(
            "residents/tests.html",
            own=own,
            tests=told,
            rule=RULE,
            kind_name=lambda kind: label(kind).words,
            back=address_of("answer.show", token),
            calendar=address_of("lab_tests.calendar", token),
        )

    @pages.get("/a/<token>/calendar.ics")
    @limited
    def calendar(token: str) -> Response:
        """What lies ahead, as their phone's calendar takes it: once, or asked for again by itself."""
        with database.read() as session:
            own = open_own(session, secret, token, now())
            theirs = read(session, tests_of(own.resident_id))
            tests = {test.id: test.due_on for test in theirs if test.state is LabTestState.DUE}
            orders = session.scalars(
                select(QuarantineOrder).where(QuarantineOrder.resident_id == own.resident_id, in_force(now()))
            )
            ends = {order.id: order.ends_at for order in orders}
        # As little as a calendar can say: others see it.
        content = calendar_of(_("Health appointment"), tests, ends, secret=secret, now=now())
        return Response(
            content,
            content_type="text/calendar; charset=utf-8",
            headers={"Content-Disposition": 'inline; filename="calendar.ics"'},
        )

    return pages
