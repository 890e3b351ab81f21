"""The day on which the paper came into the person's hands."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import read_day
from monitor.models.people.residents import QuarantineOrder
from monitor.order_changes import write_change
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_


def read_delivered(typed: str, earliest: date | None, today: date) -> date:
    """The day that was typed; pure. earliest: of the order in writing. Raises BadInput."""
    day: date | None = None
    with suppress(ValueError):
        day = read_day(plain(typed))
    if day is None:
        raise BadInput(N_("Write the day as day/month/year, for example 24/11/2026."), field="delivered_on")
    if day > today:
        raise BadInput(N_("This day lies in the future. Enter it once the letter is handed over."), field="delivered_on")
    if earliest is not None and day < earliest:
        raise BadInput(N_("The order was not written yet on this day. Check the day."), field="delivered_on")
    return day


def mark_delivered(
    session: Session, order: QuarantineOrder, typed: str, timezone: str, *, seen: int, account_id: int, now: datetime
) -> date:
    """Set the day; returns it. seen: the version on the page. Raises BadInput, Conflict."""
    day = read_delivered(typed, order.written_on, now.astimezone(ZoneInfo(timezone)).date())
    write_change(session, order, {"delivered_on": day}, reason="", account_id=account_id, now=now, seen=seen)
    audit.note(
        session,
        Action.ORDER_DELIVERED,
        at=now,
        account_id=account_id,
        zone_id=order.zone_id,
        resident_id=order.resident_id,
        order_id=order.id,
        day=day.isoformat(),
    )
    announce(session, order.zone_id, Topic.PEOPLE, now)
    return day
