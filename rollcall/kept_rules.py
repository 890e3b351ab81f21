"""Reads out of the record of messages whether quiet hours and the daily budget were kept, apart from the code that keeps them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from monitor.models import CheckIn, Plan, Prompt, RollCall, Zone
from monitor.models.rollcalls import REPLIES
from rollcall.dispatch import BUDGET_WINDOW
from rollcall.rounds import quiet_of


@dataclass(frozen=True)
class Record:
    """Of the last day. left: messages that left; in_quiet: those of them in quiet hours; most: to one person."""

    left: int
    in_quiet: int
    most: int


def record_of(session: Session, zones: Collection[int], now: datetime) -> Record:
    """What the record says of the messages of these zones. Replies are left out of the quiet hours: whoever writes is answered."""
    since = now - BUDGET_WINDOW
    of_zones = (Prompt.zone_id.in_(zones), Prompt.sent_at > since, Prompt.created_at > since - BUDGET_WINDOW)
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
    in_quiet = 0
    for row in rows:
        try:
            quiet = quiet_of(row.Plan, row.Zone)
        except (ValueError, ZoneInfoNotFoundError):
            continue
        in_quiet += row.messages if quiet.covers(datetime.fromisoformat(row.minute).replace(tzinfo=UTC)) else 0
    of_one = select(func.count().label("messages")).where(*of_zones).group_by(Prompt.resident_id).subquery()
    left, most = session.execute(select(func.sum(of_one.c.messages), func.max(of_one.c.messages))).one()
    return Record(int(left or 0), in_quiet, int(most or 0))


def _minute(session: Session) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m-%dT%H:%M", Prompt.sent_at)
    return func.to_char(func.timezone("UTC", Prompt.sent_at), 'YYYY-MM-DD"T"HH24:MI')
