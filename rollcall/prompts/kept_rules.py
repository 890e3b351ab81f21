"""Reads out of the record of messages whether quiet hours and the daily budget were kept, apart from the code that keeps them.

Quiet are the hours of the plan that asked and the floor that held when the message left: a plan without quiet hours of its own proves
nothing by that, and a floor that was changed since is not reckoned back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.database.tallies import OF_MESSAGES
from monitor.models.accounts import Account
from monitor.models.places import Zone
from monitor.models.rollcalls.messages import MessageRecord
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.quiet import EmergencyMessage
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.places.quiet_floor import Floors, floors
from rollcall.prompts.budget import BUDGET_WINDOW
from rollcall.prompts.left import left_at
from rollcall.rounds.opening import quiet_of

# So many messages of a day are read by whoever looks at the page.
MOST_READ = 3000


@dataclass(frozen=True)
class Emergency:
    """A message in an emergency: where, to how many, when, whether in quiet hours, which supervisor answers for it, and why."""

    zone: str
    timezone: str
    people: int
    at: datetime
    in_quiet: bool
    by: str
    reason: str


@dataclass(frozen=True)
class Record:
    """Of the last day. left: messages that left; in_quiet: those of them in quiet hours, unreadable: of which that cannot be told;
    most: to one person. emergencies: what left whatever the hour, in none of these. read_at: None: now."""

    left: int
    in_quiet: int
    most: int
    unreadable: int = 0
    emergencies: tuple[Emergency, ...] = ()
    read_at: datetime | None = None


def record_shown(session: Session, zones: Collection[int], now: datetime) -> Record:
    """The same, read from all messages where they are few, else as it was last read by the clock of the service."""
    tally, since = OF_MESSAGES.c, now - BUDGET_WINDOW
    many = session.scalar(select(func.sum(tally.messages)).where(one_of(tally.zone_id, zones), tally.hour > since)) or 0
    if many <= MOST_READ:
        return record_of(session, zones, now)
    kept = session.scalars(select(MessageRecord).where(one_of(MessageRecord.zone_id, zones))).all()
    return Record(
        sum(each.left for each in kept),
        sum(each.in_quiet for each in kept),
        max((each.most for each in kept), default=0),
        sum(each.unreadable for each in kept),
        _emergencies(session, zones, since),
        min((each.read_at for each in kept), default=now - BUDGET_WINDOW),
    )


def keep_records(database: Database, now: datetime) -> None:
    """Read the record of each zone, as `record_shown` shows it."""
    with database.read() as session:
        zones = session.scalars(select(Zone.id).order_by(Zone.id)).all()
    for zone_id in zones:
        with database.read() as session:
            found = record_of(session, [zone_id], now)
        values = {
            "read_at": now,
            "left": found.left,
            "in_quiet": found.in_quiet,
            "unreadable": found.unreadable,
            "most": found.most,
        }
        with database.write() as session:
            if not changed(session, update(MessageRecord).where(MessageRecord.zone_id == zone_id).values(values)):
                session.execute(insert_new(session, MessageRecord).values(zone_id=zone_id, **values))


def record_of(session: Session, zones: Collection[int], now: datetime) -> Record:
    """What the record says of the messages of these zones. Replies are left out of the quiet hours: whoever writes is answered."""
    since = now - BUDGET_WINDOW
    of_zones = (one_of(Prompt.zone_id, zones), left_at() > since, Prompt.created_at > since - BUDGET_WINDOW)
    in_quiet, unreadable = _in_quiet(session, of_zones, floors(session))
    asked = (*of_zones, Prompt.kind != PromptKind.EMERGENCY)
    of_one = select(func.count().label("messages")).where(*asked).group_by(Prompt.resident_id).subquery()
    left, most = session.execute(select(func.sum(of_one.c.messages), func.max(of_one.c.messages))).one()
    return Record(int(left or 0), in_quiet, int(most or 0), unreadable, _emergencies(session, zones, since))


def _in_quiet(session: Session, of_zones: tuple[ColumnElement[bool], ...], held: Floors) -> tuple[int, int]:
    """(messages in quiet hours, messages of which that cannot be told)"""
    # By minute, since a province sends hundreds of thousands a day; grouped by name, since parameters differ in each place.
    minute = _minute(session)
    rows = session.execute(
        select(Plan, Zone, minute.label("minute"), func.count().label("messages"))
        .select_from(Prompt)
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == Prompt.zone_id)
        .where(*of_zones, Prompt.kind.not_in(REPLIES))
        .group_by(Plan.id, Zone.id, "minute")
    ).all()
    in_quiet = unreadable = 0
    for row in rows:
        at = datetime.fromisoformat(row.minute).replace(tzinfo=UTC)
        try:
            quiet = quiet_of(row.Plan, row.Zone, held.at(at).span)
        except (ValueError, ZoneInfoNotFoundError):
            unreadable += row.messages
            continue
        in_quiet += row.messages if quiet.covers(at) else 0
    return in_quiet, unreadable


def _emergencies(session: Session, zones: Collection[int], since: datetime) -> tuple[Emergency, ...]:
    rows = session.execute(
        select(EmergencyMessage, Zone.name, Zone.timezone, Account.username)
        .join(Zone, Zone.id == EmergencyMessage.zone_id)
        .join(Account, Account.id == EmergencyMessage.sent_by)
        .where(one_of(EmergencyMessage.zone_id, zones), EmergencyMessage.sent_at > since, ~EmergencyMessage.notice)
        .order_by(EmergencyMessage.sent_at.desc())
    )
    return tuple(
        Emergency(name, timezone, each.people, each.sent_at, each.in_quiet, username, each.reason)
        for each, name, timezone, username in rows
    )


def _minute(session: Session) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m-%dT%H:%M", left_at())
    return func.to_char(func.timezone("UTC", left_at()), 'YYYY-MM-DD"T"HH24:MI')
