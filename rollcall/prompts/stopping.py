"""One button that stops all prompts, everywhere or in one zone, and the one that lets them go on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.database.tallies import OF_MESSAGES
from monitor.database.together import Reading, asked, read
from monitor.models.accounts import Account
from monitor.models.places import Zone
from monitor.models.rollcalls.prompts import Prompt, PromptState, PromptStop
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

LONGEST_REASON = 500


@dataclass(frozen=True)
class Stop:
    """A stop in force. zone: None for everywhere."""

    id: int
    zone_id: int | None
    zone: str | None
    reason: str
    stopped_at: datetime
    by: str | None


def stopped() -> ColumnElement[bool]:
    """A condition on Prompt: a person stopped it, everywhere or in its zone."""
    here = or_(PromptStop.zone_id.is_(None), PromptStop.zone_id == Prompt.zone_id)
    return select(PromptStop.id).where(PromptStop.ended_at.is_(None), here).exists()


def stops_in_force(session: Session, zones: Collection[int]) -> list[Stop]:
    """The stops that hold in these zones, those for everywhere first."""
    return read(session, stops_asked(zones))


def stops_asked(zones: Collection[int]) -> Reading[list[Stop]]:
    """The same as a reading."""
    query = (
        select(PromptStop, Zone.name, Account.username)
        .outerjoin(Zone, Zone.id == PromptStop.zone_id)
        .outerjoin(Account, Account.id == PromptStop.stopped_by)
        .where(PromptStop.ended_at.is_(None), or_(PromptStop.zone_id.is_(None), PromptStop.zone_id.in_(zones)))
        .order_by(PromptStop.zone_id.is_not(None), Zone.name)
    )
    rows = yield from asked(query)
    return [Stop(stop.id, stop.zone_id, zone, stop.reason, stop.stopped_at, by) for stop, zone, by in rows]


def stop_prompts(session: Session, zone_id: int | None, reason: str, account_id: int, now: datetime) -> None:
    """Stop all prompts of a zone (None: of every zone), in the caller's write transaction. Raises BadInput, Conflict."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise BadInput(N_("Please write briefly why sending is to stop."), field="reason")
    if session.scalar(select(PromptStop.id).where(_same(zone_id), PromptStop.ended_at.is_(None))) is not None:
        raise Conflict(N_("These messages are already stopped."))
    session.add(PromptStop(zone_id=zone_id, reason=reason.strip(), stopped_at=now, stopped_by=account_id))
    audit.note(session, Action.PROMPTS_STOPPED, at=now, account_id=account_id, zone_id=zone_id, reason=reason.strip())
    announce(session, zone_id, Topic.ROLL_CALL, now)


def let_prompts_go_on(session: Session, stop: PromptStop, account_id: int, now: datetime) -> None:
    """End a stop, in the caller's write transaction. Raises Conflict."""
    in_force = (PromptStop.id == stop.id, PromptStop.ended_at.is_(None))
    if not changed(session, update(PromptStop).where(*in_force).values(ended_at=now, ended_by=account_id)):
        raise Conflict(N_("Someone else has already resumed these messages."))
    audit.note(session, Action.PROMPTS_GO_ON, at=now, account_id=account_id, zone_id=stop.zone_id)
    announce(session, stop.zone_id, Topic.ROLL_CALL, now)


def messages_by_zone(session: Session, zones: Collection[int], now: datetime) -> dict[int, dict[PromptState, int]]:
    """How many messages of the last 24 hours are in each state, by zone; from the tally, so from the full hour before on."""
    tally, since = OF_MESSAGES.c, (now - timedelta(hours=24)).replace(minute=0, second=0, microsecond=0)
    rows = session.execute(
        select(tally.zone_id, tally.state, func.sum(tally.messages).label("messages"))
        .where(one_of(tally.zone_id, zones), tally.hour >= since)
        .group_by(tally.zone_id, tally.state)
    )
    messages: dict[int, dict[PromptState, int]] = {zone: {} for zone in zones}
    for row in rows:
        if row.messages:
            messages[row.zone_id][PromptState(row.state)] = int(row.messages)
    return messages


def _same(zone_id: int | None) -> ColumnElement[bool]:
    return PromptStop.zone_id.is_(None) if zone_id is None else PromptStop.zone_id == zone_id
