"""The page on which a contact lists whom they met: opened by a link alone, good once; it says nothing of who is ill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from monitor.clock import read_day
from monitor.contacts.exposing import Named
from monitor.contacts.own_lists import MOST_LISTED, Line, Opened, check_day, met_nobody, opened, take_list
from monitor.models.contacts.contacts import Proximity
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.people.typed import read_name
from monitor.problems import BadInput, NotFound, Problem
from monitor.words import N_, Words, words
from web.public.budget import TooOften, caller, counted
from web.public.parts import parts
from web.shared.common import now, storable

FEWEST, MORE = 5, 5
SENT_WITHIN_S, MOST_SENT = 600, 60
"""Lists from one address: behind it may be a whole factory. Above it nobody types."""
NEAR: Mapping[Proximity, str] = {
    Proximity.TOUCH: N_("Touched: shook hands, cared for"),
    Proximity.NEAR: N_("Near: talked or ate together"),
    Proximity.SAME_ROOM: N_("In the same room, not near"),
    Proximity.PASSING: N_("Only in passing"),
}

pages = Blueprint("own_lists", __name__)


@pages.get("/l/<link>")
def show(link: str) -> str:
    with parts().database.read() as session:
        return _page(opened(session, link, now()), link, {}, {}, FEWEST)


@pages.post("/l/<link>")
def sent(link: str) -> Response | tuple[str, int] | str:
    if counted(f"own-list/{caller()}", SENT_WITHIN_S) > MOST_SENT:
        raise TooOften(N_("Very many requests come from this network. Please call 1022 instead."))
    given = {name: storable(value)[:400] for name, value in request.form.items()}
    typed = given.get("rows", "")
    rows = min(int(typed), MOST_LISTED) if typed.isdecimal() and len(typed) < 4 else FEWEST
    if "more" in given:
        with parts().database.read() as session:
            return _page(opened(session, link, now()), link, given, {}, min(rows + MORE, MOST_LISTED))
    with parts().database.write() as session:
        page = opened(session, link, now())
        lines, wrong = _lines(given, page, _zone(), rows)
        try:
            if not wrong:
                take_list(session, link, lines, now())
        except NotFound:
            raise
        except Problem as problem:
            wrong = {problem.field or "" if isinstance(problem, BadInput) else "": problem.words}
        if wrong:
            return _page(page, link, given, wrong, rows), 422
    return redirect(url_for("own_lists.done"), 303)


@pages.post("/l/<link>/nobody")
def nobody(link: str) -> Response:
    with parts().database.write() as session:
        met_nobody(session, link, now())
    return redirect(url_for("own_lists.done"), 303)


@pages.get("/list-sent")
def done() -> str:
    return render_template("public/own_list_sent.html")


def _zone() -> ZoneInfo:
    return parts().settings.zone


def _lines(given: Mapping[str, str], page: Opened, zone: ZoneInfo, rows: int) -> tuple[list[Line], dict[str, Words]]:
    """What was written, and all that is wrong with it by its field; rows in which nothing stands count for nothing."""
    lines, wrong = [], {}
    for row in range(rows):
        if not any(given.get(f"{name}-{row}", "").strip() for name in ("name", "phone", "done")):
            continue
        try:
            lines.append(_line(given, page, zone, row))
        except BadInput as problem:
            wrong[problem.field or f"name-{row}"] = problem.words
    return lines, wrong


def _line(given: Mapping[str, str], page: Opened, zone: ZoneInfo, row: int) -> Line:
    """One row. Raises BadInput that names the field."""

    def said(name: str) -> str:
        return given.get(f"{name}-{row}", "")

    def wrong(name: str, problem: BadInput) -> BadInput:
        return BadInput(problem.words.template, field=f"{name}-{row}", **problem.words.values)

    try:
        name = read_name(said("name"))
    except BadInput as problem:
        raise wrong("name", problem) from None
    try:
        phone = read_number(said("phone")) if said("phone").strip() else ""
    except BadInput as problem:
        raise wrong("phone", problem) from None
    near = next((each for each in NEAR if each.value == said("near")), None)
    if near is None:
        raise BadInput(N_("Choose how near you were."), field=f"near-{row}")
    try:
        day = read_day(said("day").strip())
    except (ValueError, OverflowError):
        raise BadInput(N_("Write the day, for example 24/11/2026."), field=f"day-{row}") from None
    start, end = _bounds(day, zone)
    try:
        check_day(start, end, page, now())
    except BadInput as problem:
        raise wrong("day", problem) from None
    return Line(Named(name, phone), (start, min(end, now())), near, plain(said("done"))[:300])


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), zone)
    return start.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _page(page: Opened, link: str, given: Mapping[str, str], wrong: Mapping[str, Words], rows: int) -> str:
    zone = _zone()
    last = min(page.until, now()) if page.until is not None else now()
    return render_template(
        "public/own_list.html",
        link=link,
        first=page.since.astimezone(zone).date(),
        last=last.astimezone(zone).date(),
        ends_at=page.link.ends_at,
        timezone=str(zone),
        given=given,
        wrong=wrong,
        all_wrong=wrong.get("", words("")),
        rows=rows,
        may_add=rows < MOST_LISTED,
        near=NEAR,
    )
