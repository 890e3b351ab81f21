"""Figures of the hotline over some days; each number leads to the list of what it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from monitor.accounts.access import Permission
from monitor.hotline.figures import report_of
from monitor.hotline.listing import Part, Wanted, Which
from web.console.hotline.listed import read_days
from web.console.hotline.sight import sight_of
from web.shared.common import now
from web.shared.guard import guarded
from web.shared.parts import parts

USUAL, LONGEST = timedelta(days=6), timedelta(days=92)
UNITS = 50
"""On a page."""

pages = Blueprint("hotline_figures", __name__)


@pages.get("/hotline/figures")
@guarded(Permission.WORK_AT_HOTLINE, audit=None)
def show() -> str:
    zone, at = parts().settings.zone, now()
    today = at.astimezone(zone).date()
    given = MultiDict({"from": (today - USUAL).isoformat(), "to": today.isoformat()})
    since, until = read_days(request.args, zone)
    if since is not None and until is not None and timedelta(0) < until - since <= LONGEST:
        given["from"], given["to"] = request.args["from"], request.args["to"]
    since, until = read_days(given, zone)
    start = max(0, request.args.get("start", 0, type=int))
    wanted = replace(Wanted(Which.ALL), since=since, until=until)
    with parts().database.read() as session:
        report = report_of(session, wanted, sight_of(session), at)
    return render_template(
        "console/hotline/figures.html",
        report=report,
        units=report.units[start : start + UNITS],
        start=start,
        following=start + UNITS if len(report.units) > start + UNITS else None,
        days={"from": given["from"], "to": given["to"]},
        Part=Part,
        today=today.isoformat(),
        longest=LONGEST.days,
        asked=bool(request.args.get("from")) and request.args.get("from") != given["from"],
    )
