"""What waits is put right when the service goes over to another time: it goes on waiting as long as it still had to.

What is set by people for a day and an hour (orders, exemptions, holds, quiet hours, retention) stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.database.expressions import later
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.alerts import Alert, AlertDelivery
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState
from monitor.models.rollcalls.answers import Verification, VerificationState
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.messages import ChannelPace
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, RollCall, RollCallState
from monitor.models.service import ProcessBeat, ServiceOutage

# Who waits longer waits for an hour of the day, the end of the night for example, and not for so many minutes.
SHORT_WAIT = timedelta(minutes=30)
# Several times as long as any worker claims anything for.
LONGEST_LEASE = timedelta(minutes=2)
Moment = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class _Waiting:
    """Rows of one table whose moments move together. of_open: of them all that still wait; None: all."""

    table: type[Any]
    moments: tuple[Moment, ...]
    of_open: ColumnElement[bool] | None = None


def _moving(before: datetime) -> list[_Waiting]:
    soon = before + SHORT_WAIT
    return [
        _Waiting(RollCall, (RollCall.closes_at,), RollCall.state == RollCallState.OPEN),
        _Waiting(Prompt, (Prompt.next_attempt_at,), Prompt.next_attempt_at <= soon),
        _Waiting(InboundMessage, (InboundMessage.next_attempt_at,), InboundMessage.next_attempt_at.is_not(None)),
        _Waiting(Verification, (Verification.next_attempt_at,), Verification.next_attempt_at.is_not(None)),
        _Waiting(EnrolmentPhoto, (EnrolmentPhoto.next_attempt_at,), EnrolmentPhoto.next_attempt_at.is_not(None)),
        _Waiting(AlertDelivery, (AlertDelivery.next_attempt_at,), AlertDelivery.next_attempt_at <= soon),
        _Waiting(Alert, (Alert.next_step_at,), Alert.next_step_at.is_not(None)),
        _Waiting(Incident, (Incident.deadline_at, Incident.visit_due_at), Incident.state != IncidentState.RESOLVED),
        _Waiting(ChannelPace, (ChannelPace.free_at,)),
        _Waiting(Camera, (Camera.leased_until,), Camera.leased_until.is_not(None)),
        _Waiting(ProcessBeat, (ProcessBeat.beat_at,)),
        _Waiting(Plan, (Plan.next_round_at,), and_(Plan.kind == PlanKind.EVERY, Plan.next_round_at.is_not(None))),
    ]


def _windows(session: Session, before: datetime) -> list[_Waiting]:
    """Of rounds whose time to answer has begun: what the night holds back begins at an hour of the day."""
    still_open = (
        select(RollCall.id, Plan.window_minutes)
        .join(Plan, Plan.id == RollCall.plan_id)
        .where(RollCall.state == RollCallState.OPEN)
    )
    by_window: dict[float, list[int]] = defaultdict(list)
    for row in session.execute(still_open):
        by_window[row.window_minutes].append(row.id)
    waiting = []
    for minutes, rounds in by_window.items():
        ends = before + timedelta(minutes=minutes)
        for moment in (CheckIn.due_at, CheckIn.step_at):
            waiting.append(_Waiting(CheckIn, (moment,), and_(one_of(CheckIn.roll_call_id, rounds), moment <= ends)))
    return waiting


def move_waiting(session: Session, seconds: float, before: datetime) -> None:
    """Let all that waits go on waiting as long as it had to, in the caller's write transaction.

    seconds: by which the time that is believed changes; before: now, by the time so far.
    """
    for each in [*_windows(session, before), *_moving(before)]:
        statement = update(each.table).values({moment.key: later(moment, seconds) for moment in each.moments})
        changed(session, statement if each.of_open is None else statement.where(each.of_open))
    after = before + timedelta(seconds=seconds)
    # An outage that reaches into the future never was, as far as it does.
    changed(session, update(ServiceOutage).where(ServiceOutage.started_at > after).values(started_at=after))
    changed(session, update(ServiceOutage).where(ServiceOutage.ended_at > after).values(ended_at=after))


def free_leases_ahead(session: Session, now: datetime) -> int:
    """End claims that would hold for longer than anybody claims anything: whoever made them had another time. Returns how many."""
    ahead = now + LONGEST_LEASE
    rows = (
        (Prompt, Prompt.next_attempt_at, Prompt.state == PromptState.LEASED),
        (Verification, Verification.next_attempt_at, Verification.state == VerificationState.LEASED),
        (EnrolmentPhoto, EnrolmentPhoto.next_attempt_at, EnrolmentPhoto.state == EnrolmentState.LEASED),
        (AlertDelivery, AlertDelivery.next_attempt_at, AlertDelivery.state == PromptState.LEASED),
        (Camera, Camera.leased_until, Camera.leased_until.is_not(None)),
    )
    freed = 0
    for table, moment, leased in rows:
        freed += changed(session, update(table).where(moment > ahead, leased).values({moment.key: now}))
    # The limit of a channel is a matter of seconds; what a gateway asked for, of a day at most.
    changed(session, update(ChannelPace).where(ChannelPace.free_at > now + timedelta(days=1)).values(free_at=now))
    return freed


def any_ahead(session: Session, now: datetime) -> bool:
    """Whether there is any such claim; asked without the write lock, since there is none nearly always."""
    ahead = now + LONGEST_LEASE
    leased = or_(
        select(Prompt.id).where(Prompt.next_attempt_at > ahead, Prompt.state == PromptState.LEASED).exists(),
        select(Verification.id)
        .where(Verification.next_attempt_at > ahead, Verification.state == VerificationState.LEASED)
        .exists(),
        select(EnrolmentPhoto.id)
        .where(EnrolmentPhoto.next_attempt_at > ahead, EnrolmentPhoto.state == EnrolmentState.LEASED)
        .exists(),
        select(AlertDelivery.id)
        .where(AlertDelivery.next_attempt_at > ahead, AlertDelivery.state == PromptState.LEASED)
        .exists(),
        select(Camera.id).where(Camera.leased_until > ahead).exists(),
        select(ChannelPace.channel).where(ChannelPace.free_at > now + timedelta(days=1)).exists(),
    )
    return bool(session.scalar(select(leased)))
