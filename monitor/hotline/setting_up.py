"""Units and calendars of the hotline: made, changed, dissolved with who comes after them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from monitor.database.many_rows import insert_rows
from monitor.database.statements import changed
from monitor.hotline.clock import UNANSWERED
from monitor.models.accounts import Account
from monitor.models.hotline import HotlineTicket, TicketKind
from monitor.models.hotline_desk import HotlineCalendar, HotlineMember, HotlineUnit
from monitor.models.places import Zone
from monitor.people.telephone_numbers import read_number
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_

LONGEST_NAME = 160
_TIMES = re.compile(r"([01]?\d|2[0-4])[:.h]([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4])[:.h]([0-5]\d)")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY = 24 * 60
CHANGED = N_("Someone else has changed this meanwhile. Reload the page to see it as it is now.")


@dataclass(frozen=True)
class UnitDetails:
    """What a form says of a unit."""

    name: str
    kinds: Collection[TicketKind]
    place: UnitKey | None = None
    zone_id: int | None = None
    head_id: int | None = None
    members: Collection[int] = ()
    email: str = ""
    phone: str = ""
    calendar_id: int | None = None


def save_unit(session: Session, unit_id: int | None, version: int, details: UnitDetails, now: datetime) -> int:
    """Make a unit (None), or change one as it was seen. Returns its number. Raises BadInput, Conflict."""
    name = details.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(N_("Give the unit a name."), field="name")
    if not details.kinds:
        raise BadInput(N_("Choose at least one kind of request that the unit takes."), field="kinds")
    email = details.email.strip()
    if email and not _MAIL.fullmatch(email):
        raise BadInput(N_("%(address)s is not an e-mail address."), address=email, field="email")
    values = {
        "name": name,
        "kinds": [kind.value for kind in TicketKind if kind in details.kinds],
        "unit_code": details.place.code if details.place else None,
        "unit_from": details.place.valid_from if details.place else None,
        "zone_id": _known(session, Zone.id, details.zone_id),
        "head_id": _known(session, Account.id, details.head_id),
        "email": email,
        "phone": read_number(details.phone) if details.phone.strip() else "",
        "calendar_id": _known(session, HotlineCalendar.id, details.calendar_id),
    }
    if unit_id is None:
        unit = HotlineUnit(**values, made_at=now)
        session.add(unit)
        session.flush()
        unit_id = unit.id
    else:
        seen = update(HotlineUnit).where(HotlineUnit.id == unit_id, HotlineUnit.version == version)
        if not changed(session, seen.values(**values, version=version + 1)):
            raise Conflict(CHANGED)
    members = set(session.scalars(select(Account.id).where(Account.id.in_(details.members), Account.active)))
    changed(session, delete(HotlineMember).where(HotlineMember.unit_id == unit_id))
    insert_rows(session, HotlineMember, [{"account_id": each} for each in sorted(members)], {"unit_id": unit_id})
    look_anew(session, now)
    return unit_id


def _known(session: Session, column: object, number: int | None) -> int | None:
    if number is not None and session.scalar(select(column).where(column == number)) is None:  # type: ignore[call-overload]
        raise BadInput(N_("Choose one of the options."))
    return number


def dissolve(
    session: Session, unit_id: int, version: int, at: datetime | None, successor_id: int | None, now: datetime
) -> None:
    """Set from when a unit takes nothing (None: it goes on after all), and who has its tickets then (None: the desk).

    Raises BadInput where the successor is itself, or dissolved before; Conflict.
    """
    if successor_id is not None:
        successor = session.get(HotlineUnit, successor_id)
        gone = successor is None or (successor.dissolved_at is not None and at is not None and successor.dissolved_at <= at)
        if successor_id == unit_id or gone:
            raise BadInput(N_("Choose another unit, which is there when this one is not."), field="successor")
    seen = update(HotlineUnit).where(HotlineUnit.id == unit_id, HotlineUnit.version == version)
    values = {"dissolved_at": at, "successor_id": successor_id if at is not None else None, "version": version + 1}
    if not changed(session, seen.values(**values)):
        raise Conflict(CHANGED)
    look_anew(session, now)


def read_week(days: Sequence[str]) -> list[list[int]]:
    """Stretches of a week as somebody typed them, a line for each day from Monday: "8:00-12:00, 13:00-17:00"; empty: closed.

    Raises BadInput that names the day's field.
    """
    segments: list[list[int]] = []
    for weekday, typed in enumerate(days):
        for part in filter(None, (each.strip() for each in typed.split(","))):
            found = _TIMES.fullmatch(part)
            start, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
            if not start < end <= _DAY:
                raise BadInput(
                    N_("Write times like 8:00-12:00, 13:00-17:00; the end comes after the beginning."), field=f"day-{weekday}"
                )
            segments.append([weekday, start, end])
    if not segments:
        raise BadInput(N_("A calendar needs at least one stretch of time."), field="day-0")
    return segments


def written_week(segments: Sequence[Sequence[int]]) -> list[str]:
    """The stretches of each day, as `read_week` reads them."""
    days: list[list[str]] = [[] for _day in range(7)]
    for weekday, start, end in sorted(map(tuple, segments)):
        days[weekday].append(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}")
    return [", ".join(each) for each in days]


def save_calendar(
    session: Session,
    calendar_id: int | None,
    version: int,
    *,
    name: str,
    days: Sequence[str],
    off_on_holidays: bool,
    opening: bool,
    now: datetime,
) -> None:
    """Make a calendar (None), or change one as it was seen. opening: it is the hotline's own. Raises BadInput, Conflict."""
    name = name.strip()
    if not name or len(name) > 120:
        raise BadInput(N_("Give the calendar a name."), field="name")
    other = select(HotlineCalendar.id).where(HotlineCalendar.name == name, HotlineCalendar.id != (calendar_id or 0))
    if session.scalar(other) is not None:
        raise BadInput(N_("There is a calendar of this name."), field="name")
    values = {"name": name, "segments": read_week(days), "off_on_holidays": off_on_holidays, "opening": opening}
    if opening:
        changed(session, update(HotlineCalendar).values(opening=False))
    if calendar_id is None:
        session.add(HotlineCalendar(**values))
        session.flush()
    else:
        seen = update(HotlineCalendar).where(HotlineCalendar.id == calendar_id, HotlineCalendar.version == version)
        if not changed(session, seen.values(**values, version=version + 1)):
            raise Conflict(CHANGED)
    look_anew(session, now)


def look_anew(session: Session, now: datetime) -> None:
    """What units or calendars say is another thing now: the clocks inside of all that waits are looked at again. The law's are not asked."""
    waiting = update(HotlineTicket).where(HotlineTicket.state.in_(UNANSWERED))
    changed(session, waiting.values(next_alarm_at=now))


def unit_seen(session: Session, unit_id: int) -> HotlineUnit:
    """A unit. Raises NotFound."""
    unit = session.get(HotlineUnit, unit_id)
    if unit is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return unit
