"""Reads out of the record of messages whether quiet hours and the daily budget were kept, apart from the code that keeps them.

Quiet are the hours of the plan that asked and the floor that held when the message left: a plan without quiet hours of its own proves
nothing by that, and a floor that was changed since is not reckoned back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from monitor.models.accounts import Account
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.quiet import EmergencyMessage
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.places.quiet_floor import Floors, floors
from rollcall.prompts.budget import BUDGET_WINDOW
from rollcall.prompts.left import left_at
from rollcall.rounds.opening import quiet_of


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
    most: to one person. emergencies: what left whatever the hour, in none of these."""

    left: int
    in_quiet: int
    most: int
    unreadable: int = 0
    emergencies: tuple[Emergency, ...] = ()


def record_of(session: Session, zones: Collection[int], now: datetime) -> Record:
    """What the record says of the messages of these zones. Replies are left out of the quiet hours: whoever writes is answered."""
    since = now - BUDGET_WINDOW
    of_zones = (Prompt.zone_id.in_(zones), left_at() > since, Prompt.created_at > since - BUDGET_WINDOW)
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
        .where(EmergencyMessage.zone_id.in_(zones), EmergencyMessage.sent_at > since, ~EmergencyMessage.notice)
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
