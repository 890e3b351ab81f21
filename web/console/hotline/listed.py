"""The hotline's list, with what it is narrowed to; a number of the figures leads here."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import read_day
from monitor.hotline.codes import read_code, shown_code
from monitor.hotline.listing import BY_COMING, Part, Wanted, Which, page_of, visible
from monitor.models.hotline import HotlineTicket, TicketChannel, TicketKind
from monitor.models.hotline_desk import HotlineUnit, HotlineWatch
from monitor.words import N_
from rollcall.hotline.alarms import WATCHED
from rollcall.hotline.watching import STALLED_AFTER
from web.console.hotline.sight import sight_of
from web.console.paging import after_key, read_key
from web.shared.common import now, translate
from web.shared.guard import guarded
from web.shared.parts import parts

PAGE = 40
Chosen = TypeVar("Chosen", bound=StrEnum)

pages = Blueprint("hotline", __name__)


def read_wanted(given: MultiDict[str, str], zone: ZoneInfo) -> Wanted:
    """What an address narrows the list to; what it says wrongly narrows nothing. from, to: days, both of them part of it."""
    since, until = read_days(given, zone)
    unit = given.get("unit", "")
    return Wanted(
        _chosen(Which, given.get("which")) or Which.OPEN,
        _chosen(TicketKind, given.get("kind")),
        _chosen(TicketChannel, given.get("channel")),
        int(unit) if unit.isdecimal() and len(unit) < 10 else None,
        since,
        until,
        _chosen(Part, given.get("part")),
    )


def _chosen(kind: type[Chosen], typed: str | None) -> Chosen | None:
    return next((each for each in kind if each.value == typed), None)


def read_days(given: MultiDict[str, str], zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The moments at which the days of an address begin and end."""

    def day(name: str) -> date | None:
        try:
            return read_day(given.get(name, ""))
        except ValueError:
            return None

    first, last = day("from"), day("to")
    return (
        datetime.combine(first, time(0), zone).astimezone(UTC) if first else None,
        datetime.combine(last + timedelta(days=1), time(0), zone).astimezone(UTC) if last else None,
    )


@pages.get("/hotline")
@guarded(Permission.WORK_AT_HOTLINE, audit=None)
def listed() -> str:
    at = now()
    wanted = read_wanted(request.args, parts().settings.zone)
    key = read_key(request.args.get("after"))
    with parts().database.read() as session:
        after = (key[0], key[2]) if key is not None else None
        rows = page_of(session, wanted, sight_of(session), at, after=after, most=PAGE + 1)
        units = session.execute(select(HotlineUnit.id, HotlineUnit.name).order_by(HotlineUnit.name).limit(500)).all()
        ran_at = session.scalar(select(HotlineWatch.ran_at).where(HotlineWatch.name == WATCHED))
    following = None
    if len(rows) > PAGE:
        last = rows[PAGE - 1][0]
        following = after_key(last.first_contact_at if wanted.which in BY_COMING else last.due_at, last.id)
    kept = {name: value for name, value in request.args.items() if name in ("kind", "channel", "unit", "from", "to", "part")}
    return render_template(
        "console/hotline/list.html",
        rows=rows[:PAGE],
        following=following,
        first=key is None,
        wanted=wanted,
        kept=kept,
        which=[each for each in Which if each is not Which.ALL or wanted.which is Which.ALL],
        kinds=list(TicketKind),
        channels=list(TicketChannel),
        units=units,
        at=at,
        stalled=ran_at is None or ran_at < at - STALLED_AFTER,
        ran_at=ran_at,
        shown_code=shown_code,
        timezone=str(parts().settings.zone),
    )


@pages.post("/hotline/find")
@guarded(Permission.WORK_AT_HOTLINE, audit=None)
def find() -> Response:
    """To the ticket of a code that somebody read out."""
    code = read_code(request.form.get("code", ""))
    with parts().database.read() as session:
        which = (HotlineTicket.code == code, visible(sight_of(session)))
        ticket_id = session.scalar(select(HotlineTicket.id).where(*which)) if code else None
    if ticket_id is None:
        flash(translate(N_("No ticket has this code. It has eight signs; ask for it once more, sign by sign.")), "problem")
        return redirect(url_for("hotline.listed"), 303)
    return redirect(url_for("hotline_ticket.show", ticket_id=ticket_id), 303)
