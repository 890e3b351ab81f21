"""Units and calendars of the hotline, for whoever sets it up."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import read_day
from monitor.hotline.setting_up import UnitDetails, dissolve, save_calendar, save_unit, unit_seen, written_week
from monitor.hotline.units import path_of
from monitor.models.accounts import Account
from monitor.models.hotline import TicketKind
from monitor.models.hotline_desk import HotlineCalendar, HotlineMember, HotlineUnit
from monitor.models.places import Zone
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_
from web.shared.common import language, now, storable
from web.shared.guard import guarded, note_view, require_province, require_zone, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff
from web.shared.typed_units import TypedUnit, fault_of, typed_unit
from web.shared.written import weekday

MOST = 300
_MONDAY = date(2024, 1, 1)

pages = Blueprint("hotline_units", __name__)


@pages.get("/hotline/units")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def listed() -> str:
    with parts().database.read() as session:
        units = session.execute(
            select(HotlineUnit, Account.username)
            .outerjoin(Account, Account.id == HotlineUnit.head_id)
            .order_by(HotlineUnit.dissolved_at.is_not(None), HotlineUnit.name)
            .limit(MOST)
        ).all()
        calendars = session.scalars(select(HotlineCalendar).order_by(HotlineCalendar.name)).all()
    return render_template(
        "console/hotline/units.html",
        units=units,
        calendars=calendars,
        TicketKind=TicketKind,
        at=now(),
        timezone=str(parts().settings.zone),
    )


@pages.get("/hotline/units/new")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def new() -> Response:
    return _unit_form(MultiDict(("kinds", kind.value) for kind in TicketKind), None)


@pages.get("/hotline/units/<int:unit_id>")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def one(unit_id: int) -> Response:
    with parts().database.read() as session:
        unit = unit_seen(session, unit_id)
        members = session.scalars(select(HotlineMember.account_id).where(HotlineMember.unit_id == unit_id)).all()
        path = path_of(session, UnitKey(unit.unit_code, unit.unit_from)) if unit.unit_code and unit.unit_from else []
    given: MultiDict[str, str] = MultiDict(
        [*(("kinds", str(each)) for each in unit.kinds), *(("members", str(each)) for each in members)]
    )
    for name in ("name", "email", "phone", "zone_id", "head_id", "calendar_id", "version"):
        value = getattr(unit, name)
        given[name] = "" if value is None else str(value)
    if path:
        given["unit"] = given["unit_asked"] = ", ".join(name for _key, name in path)
        given["unit_key"] = str(path[0][0])
    return _unit_form(given, unit_id)


def _unit_form(given: MultiDict[str, str], unit_id: int | None, problem: Problem | None = None) -> Response:
    with parts().database.read() as session:
        unit = unit_seen(session, unit_id) if unit_id is not None else None
        html = render_template(
            "console/hotline/unit.html",
            given=given,
            unit=unit,
            kinds=list(TicketKind),
            zones=session.execute(select(Zone.id, Zone.name).where(Zone.closed_at.is_(None)).order_by(Zone.name)).all(),
            accounts=session.execute(
                select(Account.id, Account.username).where(Account.active).order_by(Account.username).limit(1000)
            ).all(),
            calendars=session.execute(select(HotlineCalendar.id, HotlineCalendar.name).order_by(HotlineCalendar.name)).all(),
            others=session.execute(
                select(HotlineUnit.id, HotlineUnit.name)
                .where(HotlineUnit.id != (unit.id if unit else 0), HotlineUnit.dissolved_at.is_(None))
                .order_by(HotlineUnit.name)
                .limit(MOST)
            ).all(),
            asked=typed_unit(session, given) if problem is not None else TypedUnit(),
            problem=say_to_staff(problem.words) if problem is not None else None,
            wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
            timezone=str(parts().settings.zone),
        )
    return make_response(html, problem.status if problem is not None else 200)


def _require_own(zone_id: int | None) -> None:
    """That a unit is of the reader's zones; one of no zone is the province's. Raises NotFound, Forbidden."""
    if zone_id is None:
        require_province()
    else:
        require_zone(the_reader(), zone_id)


def _number(given: MultiDict[str, str], name: str) -> int | None:
    value = given.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else None


@pages.post("/hotline/units")
@guarded(Permission.MANAGE_HOTLINE, audit=Action.HOTLINE_UNIT_CHANGED)
def saved() -> Response:
    given = MultiDict((name, storable(value)) for name, value in request.form.items(multi=True))
    known = _number(given, "id")
    try:
        with parts().database.write() as session:
            before = unit_seen(session, known).zone_id if known is not None else None
            details = _details(session, given)
            for zone_id in {details.zone_id, before if known is not None else details.zone_id}:
                _require_own(zone_id)
            unit_id = save_unit(session, known, _number(given, "version") or 1, details, now())
            note_view(session, zone_id=None, unit=unit_id)
    except BadInput as problem:
        return _unit_form(given, known, problem)
    except Conflict as problem:
        flash(say_to_staff(problem.words), "problem")
        return redirect(url_for("hotline_units.one", unit_id=known), 303)
    flash(_("Saved."))
    return redirect(url_for("hotline_units.listed"), 303)


def _details(session: Session, given: MultiDict[str, str]) -> UnitDetails:
    place = typed_unit(session, given)
    if (fault := fault_of(place)) is not None:
        raise BadInput(fault.template, field="unit", **fault.values)
    return UnitDetails(
        given.get("name", ""),
        [each for each in TicketKind if each.value in given.getlist("kinds")],
        place.key,
        _number(given, "zone_id"),
        _number(given, "head_id"),
        [int(each) for each in given.getlist("members") if each.isdecimal() and len(each) < 10],
        given.get("email", ""),
        given.get("phone", ""),
        _number(given, "calendar_id"),
    )


@pages.post("/hotline/units/<int:unit_id>/dissolve")
@guarded(Permission.MANAGE_HOTLINE, audit=Action.HOTLINE_UNIT_CHANGED)
def dissolved(unit_id: int) -> Response:
    """From a day on, or after all not."""
    given, zone = request.form, parts().settings.zone
    try:
        at = None
        if given.get("day", "").strip():
            try:
                at = datetime.combine(read_day(given["day"]), time(0), zone).astimezone(UTC)
            except ValueError:
                raise BadInput(N_("Write the day like 24/11/2026."), field="day") from None
        with parts().database.write() as session:
            _require_own(unit_seen(session, unit_id).zone_id)
            version = given.get("version", type=int) or 1
            dissolve(session, unit_id, version, at, given.get("successor", type=int), now())
            note_view(session, zone_id=None, unit=unit_id, dissolved=at is not None)
    except NotFound:
        raise
    except Problem as problem:
        flash(say_to_staff(problem.words), "problem")
        return redirect(url_for("hotline_units.one", unit_id=unit_id), 303)
    flash(_("Saved. From then on its tickets go to who comes after it.") if at else _("Saved. The unit goes on."))
    return redirect(url_for("hotline_units.listed"), 303)


@pages.get("/hotline/calendars/new")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def new_calendar() -> Response:
    week = {f"day-{day}": "08:00-12:00, 13:00-17:00" for day in range(5)}
    return _calendar_form({**week, "off_on_holidays": "yes"}, None)


@pages.get("/hotline/calendars/<int:calendar_id>")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def calendar(calendar_id: int) -> Response:
    with parts().database.read() as session:
        row = session.get(HotlineCalendar, calendar_id)
    if row is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    given = {f"day-{day}": text for day, text in enumerate(written_week(row.segments))}
    given |= {"name": row.name, "version": str(row.version)}
    given |= {name: "yes" for name in ("off_on_holidays", "opening") if getattr(row, name)}
    return _calendar_form(given, calendar_id)


def _calendar_form(given: dict[str, str], calendar_id: int | None, problem: Problem | None = None) -> Response:
    html = render_template(
        "console/hotline/calendar.html",
        given=given,
        calendar_id=calendar_id,
        weekdays=[weekday(_MONDAY + timedelta(days=day), language()) for day in range(7)],
        problem=say_to_staff(problem.words) if problem is not None else None,
        wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
    )
    return make_response(html, problem.status if problem is not None else 200)


@pages.post("/hotline/calendars")
@guarded(Permission.MANAGE_HOTLINE, audit=Action.HOTLINE_UNIT_CHANGED)
def calendar_saved() -> Response:
    require_province()
    given = {name: storable(value) for name, value in request.form.items()}
    number = request.form.get("id", type=int)
    try:
        with parts().database.write() as session:
            save_calendar(
                session,
                number,
                request.form.get("version", type=int) or 1,
                name=given.get("name", ""),
                days=[given.get(f"day-{day}", "") for day in range(7)],
                off_on_holidays="off_on_holidays" in given,
                opening="opening" in given,
                now=now(),
            )
            note_view(session, zone_id=None, calendar=given.get("name", "")[:120])
    except BadInput as problem:
        return _calendar_form(given, number, problem)
    except Conflict as problem:
        flash(say_to_staff(problem.words), "problem")
        return redirect(url_for("hotline_units.listed"), 303)
    flash(_("Saved."))
    return redirect(url_for("hotline_units.listed"), 303)
