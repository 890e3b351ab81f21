"""Who is on duty: now, by the week's table, with notes at change-over and how many alerts it gives each person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.alerts.duty import DAY, MOST_A_DAY, Entry, Past, busiest_day, by_zone, on_duty
from monitor.alerts.record import counted_since
from monitor.alerts.roster import CALLED, Person, Roster, people_of, read_roster
from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.together import at_once, read
from monitor.models.accounts import Account, AccountZone
from monitor.models.alerts import Alert, DutyEntry, DutyNote, DutyScope
from monitor.models.places import Zone
from monitor.problems import BadInput, Forbidden, NotFound
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.zones_of_reader import zones_of
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

LONGEST_NOTE, NOTES_SHOWN = 500, 12
RANKS = (1, 2, 3)
PAGE = 8
MEASURED = timedelta(days=7)

pages = Blueprint("duty", __name__)


@dataclass(frozen=True)
class OnDutyNow:
    """A zone and who is on duty there, in the order in which they are alerted; nobody where it is empty."""

    zone: Zone
    names: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One line of the table as it is shown. zone: None for all. until: on the wall clock; may_change: for this reader."""

    entry: DutyEntry
    name: str
    zone: str | None
    start: str
    until: str
    may_change: bool


@dataclass(frozen=True)
class Load:
    """How many alerts a person had since midnight and in the last week, and what the table would give on the busiest day."""

    name: str
    today: int
    week: int
    busiest: int

    @property
    def too_many(self) -> bool:
        """More than somebody goes on looking at."""
        return self.busiest > MOST_A_DAY


def on_duty_now(roster: Roster, zones: Sequence[Zone], at: datetime) -> list[OnDutyNow]:
    """Who is on duty in these zones."""
    return [
        OnDutyNow(zone, tuple(roster.people[each].username for each in roster.on_duty(zone.id, None, at))) for zone in zones
    ]


def on_duty_in(session: Session, zones: Sequence[Zone], at: datetime) -> dict[int, tuple[str, ...]]:
    """The names of who is on duty in these zones now, by zone, in the order in which they are called: one statement."""
    covers = exists().where(AccountZone.account_id == Account.id, AccountZone.zone_id == DutyEntry.zone_id)
    rows = session.execute(
        select(DutyEntry, Account.username)
        .join(Account, Account.id == DutyEntry.account_id)
        .where(
            or_(DutyEntry.zone_id.is_(None), one_of(DutyEntry.zone_id, [each.id for each in zones])),
            Account.active,
            Account.role.in_(CALLED),
            or_(Account.all_zones, DutyEntry.zone_id.is_(None), covers),
        )
        .order_by(DutyEntry.rank, DutyEntry.id)
    ).all()
    names = {each.account_id: username for each, username in rows}
    lines = by_zone(
        Entry(each.account_id, each.zone_id, each.scope, each.weekday, each.from_minute, each.minutes, each.rank)
        for each, _username in rows
    )
    found = {}
    for zone in zones:
        there = on_duty([*lines.get(zone.id, ()), *lines[None]], zone.id, None, at.astimezone(ZoneInfo(zone.timezone)))
        found[zone.id] = tuple(names[each] for each in there)
    return found


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _may_change(reader: Reader, zone_id: int | None) -> bool:
    """A line for all zones is of those who have all zones."""
    return reader.may(Permission.MANAGE_DUTY, zone_id) and (zone_id is not None or reader.zones is None)


def _lines(session: Session, reader: Reader, zones: Sequence[Zone]) -> list[Line]:
    rows = session.execute(
        select(DutyEntry, Account.username, Zone.name)
        .join(Account, Account.id == DutyEntry.account_id)
        .outerjoin(Zone, Zone.id == DutyEntry.zone_id)
        .where(DutyEntry.zone_id.is_(None) | DutyEntry.zone_id.in_([each.id for each in zones]))
        .order_by(DutyEntry.weekday, DutyEntry.from_minute, DutyEntry.rank, DutyEntry.id)
    )
    return [
        Line(
            entry,
            name,
            zone,
            _clock(entry.from_minute),
            _clock(entry.from_minute + entry.minutes),
            _may_change(reader, entry.zone_id),
        )
        for entry, name, zone in rows
    ]


def _loads(session: Session, roster: Roster, zones: Sequence[Zone], at: datetime) -> list[Load]:
    """Of everybody who is in the table, or was alerted in the last week."""
    past = [
        Past(row.zone_id, row.kind, roster.local(row.zone_id, row.opened_at))
        for row in session.execute(
            select(Alert.zone_id, Alert.kind, Alert.opened_at).where(
                Alert.opened_at >= at - MEASURED, Alert.zone_id.in_([each.id for each in zones])
            )
        )
    ]
    busiest = busiest_day(roster.entries, past)
    near = {account_id for account_id, person in roster.people.items() if any(person.covers(zone.id) for zone in zones)}
    midnight = at.astimezone(parts().settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today, week = read(session, at_once(counted_since(near, midnight), counted_since(near, at - MEASURED)))
    shown = {each.account_id for each in roster.entries} | set(week)
    return [
        Load(person.username, today.get(account_id, 0), week.get(account_id, 0), busiest.get(account_id, 0))
        for account_id, person in roster.people.items()
        if account_id in shown
    ]


def _notes(session: Session, zones: Sequence[Zone]) -> list[tuple[DutyNote, str, str]]:
    rows = session.execute(
        select(DutyNote, Account.username, Zone.name)
        .join(Account, Account.id == DutyNote.account_id)
        .join(Zone, Zone.id == DutyNote.zone_id)
        .where(DutyNote.zone_id.in_([each.id for each in zones]))
        .order_by(DutyNote.id.desc())
        .limit(NOTES_SHOWN)
    )
    return [(note, name, zone) for note, name, zone in rows]


@pages.get("/duty")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def table() -> str:
    reader = the_reader()
    with parts().database.read() as session:
        every, after = zones_of(session, reader), request.args.get("after", 0, type=int)
        start = next((place + 1 for place, zone in enumerate(every) if zone.id == after), 0)
        zones = every[start : start + PAGE]
        roster = read_roster(session, [each.id for each in zones])
        reads_notes = reader.may(Permission.SEE_RESIDENT)
        content = {
            "there": on_duty_now(roster, zones, now()),
            "lines": _lines(session, reader, zones),
            "loads": _loads(session, roster, zones, now()),
            "notes": _notes(session, zones) if reads_notes else None,
        }
        manages = reader.may(Permission.MANAGE_DUTY)
        people = [each for each in roster.people.values() if any(each.covers(zone.id) for zone in zones)] if manages else []
    return render_template(
        "console/alerts/duty.html",
        zones=zones,
        following=zones[-1].id if len(every) > start + PAGE else None,
        first=not start,
        people=people,
        manages=manages,
        everywhere=reader.zones is None,
        scopes=list(DutyScope),
        ranks=RANKS,
        most=MOST_A_DAY,
        **content,
    )


@dataclass(frozen=True)
class _Given:
    """What the form says. zone_id: None for all."""

    account_id: int
    zone_id: int | None
    scope: DutyScope
    days: tuple[int, ...]
    from_minute: int
    minutes: int
    rank: int


def _read_form() -> _Given:
    """Raises BadInput."""
    form = request.form
    try:
        account_id, rank = int(form.get("person", "")), int(form.get("rank", "1"))
        zone_id = None if form.get("zone") == "everywhere" else int(form.get("zone", ""))
        scope = DutyScope(form.get("scope", DutyScope.EVERYTHING))
        days = tuple(sorted({int(each) for each in form.getlist("days")}))
        start, end = (time.fromisoformat(form.get(name, "")) for name in ("start", "until"))
    except ValueError:
        raise BadInput(N_("Please fill in who, where, on which days, from when and until when.")) from None
    if not days or not set(days) <= set(range(7)) or rank not in RANKS:
        raise BadInput(N_("Please fill in who, where, on which days, from when and until when."))
    first, last = (each.hour * 60 + each.minute for each in (start, end))
    # Until the same time: a whole day.
    return _Given(account_id, zone_id, scope, days, first, (last - first) % DAY or DAY, rank)


def _require_person(people: dict[int, Person], given: _Given) -> Person:
    person = people.get(given.account_id)
    if person is None or (given.zone_id is not None and not person.covers(given.zone_id)):
        raise BadInput(N_("This person cannot be on duty there: the account does not cover the zone."), field="person")
    return person


@pages.post("/duty/entries")
@guarded(Permission.MANAGE_DUTY, audit=Action.DUTY_CHANGED)
def add() -> Response:
    reader, given = the_reader(), _read_form()
    if given.zone_id is not None:
        require_zone(reader, given.zone_id)
    elif not _may_change(reader, None):
        raise Forbidden(N_("Only someone whose account covers all zones can do this for all zones."))
    with parts().database.write() as session:
        if given.zone_id is not None:
            require_zone(reader, session.scalar(select(Zone.id).where(Zone.id == given.zone_id)))
        person = _require_person(people_of(session), given)
        session.add_all(
            DutyEntry(
                account_id=person.account_id,
                zone_id=given.zone_id,
                scope=given.scope,
                weekday=weekday,
                from_minute=given.from_minute,
                minutes=given.minutes,
                rank=given.rank,
                made_by=reader.account_id,
                made_at=now(),
            )
            for weekday in given.days
        )
        note_view(session, zone_id=given.zone_id, username=person.username, scope=given.scope.value, days=list(given.days))
        announce(session, given.zone_id, Topic.ALERT, now())
    flash(_("The duty table was changed."))
    return redirect(url_for("duty.table"), 303)


@pages.post("/duty/entries/<int:entry_id>/remove")
@guarded(Permission.MANAGE_DUTY, audit=Action.DUTY_CHANGED)
def remove(entry_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        entry = session.get(DutyEntry, entry_id)
        if entry is None or not _may_change(reader, entry.zone_id):
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        username = session.scalar(select(Account.username).where(Account.id == entry.account_id))
        note_view(session, zone_id=entry.zone_id, username=username, removed=entry.weekday)
        announce(session, entry.zone_id, Topic.ALERT, now())
        session.delete(entry)
    flash(_("The duty table was changed."))
    return redirect(url_for("duty.table"), 303)


@pages.post("/duty/notes")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.DUTY_NOTED)
def leave_note() -> Response:
    reader = the_reader()
    text = storable(request.form.get("text", "")).strip()
    zone_id = request.form.get("zone", type=int)
    require_zone(reader, zone_id)
    if not 1 <= len(text) <= LONGEST_NOTE:
        raise BadInput(N_("A note has from 1 to %(most)s characters."), most=LONGEST_NOTE, field="text")
    with parts().database.write() as session:
        zone_id = require_zone(reader, session.scalar(select(Zone.id).where(Zone.id == zone_id)))
        session.add(DutyNote(zone_id=zone_id, account_id=reader.account_id, at=now(), text=text))
        note_view(session, zone_id=zone_id)
        announce(session, zone_id, Topic.ALERT, now())
    flash(_("Your note is there for whoever is on duty next."))
    return redirect(url_for("duty.table"), 303)
