"""Who has entered nothing is reminded by text or mail, and later called: each once a day, whoever dies and however clocks jump.

That somebody is reminded is a row which only one transaction can make, and that they are to be called a column which only one can fill. Who was
down at the time catches up as long as that still helps: no reminder leaves once calls have begun, and no call is asked for in the evening.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database, insert_new
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import one_of
from monitor.database.statements import changed_values
from monitor.hotline.messages import Route, send
from monitor.models.accounts import Account
from monitor.models.alerts import Alert, AlertState
from monitor.models.hotline import MessageAbout, TicketChannel
from monitor.models.incidents import IncidentKind, Urgency
from monitor.models.places import Zone
from monitor.models.reporters import Reporter, ReporterChase
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptStop
from monitor.people.telephone_numbers import Line, line_of
from monitor.reports.collected.days import asked_kinds, entered, times_in_force, to_be_called
from monitor.reports.collected.files import forget_files
from monitor.reports.coverage.counting import count_coverage
from monitor.reports.stating import times_held
from monitor.reports.times import ReportDay, day_at
from monitor.stated import hotline
from monitor.words import N_, translator
from rollcall.alerting.deliveries import call
from rollcall.alerting.raising import clear_alert
from rollcall.people.text_stops import stopped_among

log = logging.getLogger(__name__)
AT_ONCE = 200
FIRST_ALONE = timedelta(minutes=5)
"""The named person has so long before whoever is on duty is called as well."""
REMINDER = N_(
    "%(number)s: today’s numbers have not come yet. Please enter them by %(time)s on the page whose link you were sent. No link? Call %(number)s."
)


class Step(StrEnum):
    """What is to be done about who has entered nothing."""

    NOTHING = "nothing"
    REMIND = "remind"
    CALL = "call"


def step_at(day: ReportDay, now: datetime) -> Step:
    """What is due at a moment of a day. Calls end as long after the report was due as twice the time from the reminder to then: at six."""
    if day.remind_at <= now < day.call_at:
        return Step.REMIND
    return Step.CALL if day.call_at <= now < day.due_at + 2 * (day.due_at - day.remind_at) else Step.NOTHING


@dataclass(frozen=True)
class Ways:
    """How reporters can be written to. timezone: the province's; available: the channels that are set up."""

    timezone: ZoneInfo
    available: Collection[str]


def route_to(phone: str, email: str, available: Collection[str], *, stopped: bool) -> Route | None:
    """By text where their telephone takes texts, else by mail; None: they can only be called. stopped: that number wants no texts."""
    if phone and ChannelName.SMS in available and line_of(phone) is not Line.CALLED_ONLY and not stopped:
        return Route(TicketChannel.TEXT, phone)
    return Route(TicketChannel.EMAIL, email) if email and ChannelName.EMAIL in available else None


def tick_collecting(database: Database, now: datetime, ways: Ways) -> None:
    """What the clock does about coverage and what is collected. What fails is told in the log and keeps nothing else from its turn."""
    for tick in (chase, end_call_alerts):
        try:
            tick(database, now, ways)
        except Exception:
            log.exception("the tick %s failed and is repeated", tick.__name__)
    try:
        if count_coverage(database, now, ways.timezone):
            with database.write() as session:
                forget_files(session, now)
    except Exception:
        log.exception("coverage could not be counted; trying again")


def chase(database: Database, now: datetime, ways: Ways) -> int:
    """Remind or ask for calls, as is due now; returns how many reporters it was about."""
    with database.read() as session:
        times = times_held(session)
        if times is None or not times.runs:
            return 0
        day = day_at(times, now, ways.timezone)
        step = step_at(day, now)
        if step is Step.NOTHING or not _open(session, day.day, step, 1):
            return 0
    done = 0
    while True:
        with database.write() as session:
            found = _open(session, day.day, step, AT_ONCE)
            if step is Step.REMIND:
                done += _remind(session, found, day, ways, now)
            else:
                done += _ask_for_calls(session, found, day, now)
        if len(found) < AT_ONCE:
            break
    if step is Step.CALL and done:
        with database.write() as session:
            _alert(session, times.alarm_account_id, done, now, ways.timezone)
    return done


def _open(session: Session, day: date, step: Step, most: int) -> Sequence[Reporter]:
    """Reporters who have entered nothing and with whom this step was not taken."""
    taken = exists().where(ReporterChase.reporter_id == Reporter.id, ReporterChase.day == day)
    if step is Step.CALL:
        taken = taken.where(ReporterChase.call_at.is_not(None))
    query = (
        select(Reporter)
        .where(Reporter.closed_at.is_(None), Reporter.kind.in_(asked_kinds(session)), ~entered(day), ~taken)
        .order_by(Reporter.id)
        .limit(most)
    )
    return session.scalars(query).all()


def _remind(session: Session, found: Sequence[Reporter], day: ReportDay, ways: Ways, now: datetime) -> int:
    everything = select(PromptStop.id).where(PromptStop.ended_at.is_(None), PromptStop.zone_id.is_(None))
    available = ways.available if session.scalar(everything.limit(1)) is None else ()
    stopped = stopped_among(session, {each.contact_phone for each in found if each.contact_phone})
    routes = {
        each.id: route_to(each.contact_phone, each.contact_email, available, stopped=each.contact_phone in stopped)
        for each in found
    }
    rows = [
        {
            "day": day.day,
            "reporter_id": each.id,
            "reminded_at": now,
            "message_key": _key(each.id, day.day) if routes[each.id] else "",
            "note": "",
        }
        for each in found
    ]
    if not rows:
        return 0
    ours = set(session.scalars(insert_new(session, ReporterChase).values(rows).returning(ReporterChase.reporter_id)))
    for each in found:
        route = routes[each.id]
        if each.id in ours and route is not None:
            said = translator(each.language)(REMINDER) % {
                "number": hotline(),
                "time": f"{day.cut_off.astimezone(ways.timezone):%H:%M}",
            }
            send(session, _key(each.id, day.day), None, MessageAbout.REPORTER_REMINDED, route, said, each.language, now)
    return len(ours)


def _key(reporter_id: int, day: date) -> str:
    return f"reporter-reminded-{reporter_id}-{day}"


def _ask_for_calls(session: Session, found: Sequence[Reporter], day: ReportDay, now: datetime) -> int:
    ids = [each.id for each in found]
    if not ids:
        return 0
    known = update(ReporterChase).where(
        ReporterChase.day == day.day, one_of(ReporterChase.reporter_id, ids), ReporterChase.call_at.is_(None)
    )
    claimed = changed_values(session, known.values(call_at=now).returning(ReporterChase.reporter_id))
    rows = [
        {"day": day.day, "reporter_id": each, "call_at": now, "message_key": "", "note": ""}
        for each in ids
        if each not in claimed
    ]
    if rows:
        made = insert_new(session, ReporterChase).values(rows).returning(ReporterChase.reporter_id)
        claimed += session.scalars(made).all()
    return len(claimed)


def _alert(session: Session, named: int | None, many: int, now: datetime, timezone: ZoneInfo) -> None:
    """Call the named person of staff, or whoever is on duty, to the list of reporters to call; an alert that is open grows."""
    only_one(session, Lock.ALERTING)
    zone_id = session.scalar(select(Zone.id).where(Zone.closed_at.is_(None)).order_by(Zone.id).limit(1))
    if zone_id is None:
        log.warning("reporters are to be called, and there is no zone whose staff could be told")
        return
    going_on = update(Alert).where(Alert.kind == IncidentKind.REPORTERS_TO_CALL, Alert.state == AlertState.OPEN)
    if changed_values(session, going_on.values(incidents=Alert.incidents + many, joined_at=now).returning(Alert.id)):
        return
    works_here = named is not None and session.scalar(select(Account.active).where(Account.id == named))
    alert = Alert(
        zone_id=zone_id,
        kind=IncidentKind.REPORTERS_TO_CALL,
        urgency=Urgency.SOON,
        state=AlertState.OPEN,
        opened_at=now,
        joined_at=now,
        raised_at=now,
        # Where nobody is named, or they do not take it, whoever is on duty is called as to any other.
        next_step_at=now + FIRST_ALONE if works_here else now,
        incidents=many,
        calls=0,
        again=0,
    )
    session.add(alert)
    session.flush()
    if works_here and named is not None:
        call(session, alert, [named], "reporters", now, timezone)
    announce(session, zone_id, Topic.ALERT, now)


def end_call_alerts(database: Database, now: datetime, ways: Ways) -> int:
    """Clear the alert once there is nobody left to call; returns how many alerts ended."""
    lasting = select(Alert.id).where(
        Alert.kind == IncidentKind.REPORTERS_TO_CALL, Alert.state.in_((AlertState.OPEN, AlertState.TAKEN))
    )
    with database.read() as session:
        if session.scalar(lasting.limit(1)) is None or _still_to_call(session, now, ways.timezone):
            return 0
    with database.write() as session:
        only_one(session, Lock.ALERTING)
        ended = session.scalars(lasting).all()
        for alert_id in ended:
            clear_alert(session, alert_id, now)
        return len(ended)


def _still_to_call(session: Session, now: datetime, timezone: ZoneInfo) -> bool:
    day = day_at(times_in_force(session), now, timezone)
    waiting = select(ReporterChase.reporter_id).join(Reporter, Reporter.id == ReporterChase.reporter_id)
    there = session.scalar(waiting.where(*to_be_called(day.day)).limit(1)) is not None
    return there and step_at(day, now) is Step.CALL
