"""Hands prompts to their channels: claimed in batches, sent once, tried again with a growing pause and an end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.clock import local_clock, utc_now
from monitor.database import Database
from monitor.models import CheckIn, CheckInState, Household, Plan, Prompt, PromptKind, PromptState, Resident, RollCall, Zone
from monitor.words import N_, Words, words
from rollcall.channels import Channel, ChannelProblem, Message
from rollcall.checkin import AWAITED, Step
from rollcall.links import make_link
from rollcall.rounds import quiet_of
from rollcall.steps import take_step
from rollcall.texts import prompt_text

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(seconds=15)
MOST_ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True)
class Outgoing:
    """A claimed prompt with all that is needed to send it; hold_until: in quiet hours, when it may leave."""

    prompt_id: int
    check_in_id: int
    zone_id: int
    channel: str
    attempts: int
    message: Message
    open: bool
    hold_until: datetime | None


def pause_before(attempt: int) -> timedelta | None:
    """How long to wait after the so-manieth failed attempt; None: give up."""
    return None if attempt >= MOST_ATTEMPTS else FIRST_PAUSE * 2 ** (attempt - 1)


def send_due(
    database: Database, channels: Mapping[str, Channel], *, secret: bytes, address: str, worker: str, now: datetime
) -> int:
    """Claim what is due, send it, note what came of it; returns how many were claimed.

    A lease that ran out means that its worker died: the message is handed over again with the same reference, which the gateway
    honours, so that nobody gets it twice.
    """
    if not _anything(database, now):
        return 0
    claimed = _claim(database, worker, now)
    for outgoing in _gather(database, claimed, secret, address, now):
        _send(database, channels, outgoing, worker)
    return len(claimed)


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(Prompt.next_attempt_at <= now, Prompt.state.in_((PromptState.QUEUED, PromptState.LEASED)))


def _anything(database: Database, now: datetime) -> bool:
    """Asked without the write lock, since most of the time there is nothing."""
    with database.read() as session:
        return session.scalar(select(Prompt.id).where(_due(now)).limit(1)) is not None


def _claim(database: Database, worker: str, now: datetime) -> list[int]:
    with database.write() as session:
        chosen = select(Prompt.id).where(_due(now)).order_by(Prompt.next_attempt_at).limit(BATCH)
        ids = list(session.scalars(chosen.with_for_update(skip_locked=True)))
        session.execute(
            update(Prompt)
            .where(Prompt.id.in_(ids))
            .values(state=PromptState.LEASED, leased_by=worker, next_attempt_at=now + LEASE, attempts=Prompt.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        return ids


def _gather(database: Database, ids: list[int], secret: bytes, address: str, now: datetime) -> list[Outgoing]:
    with database.read() as session:
        rows = session.execute(
            select(Prompt, CheckIn, Resident, Household, Plan, Zone)
            .join(CheckIn, CheckIn.id == Prompt.check_in_id)
            .join(Resident, Resident.id == Prompt.resident_id)
            .join(RollCall, RollCall.id == CheckIn.roll_call_id)
            .join(Plan, Plan.id == RollCall.plan_id)
            .join(Zone, Zone.id == Prompt.zone_id)
            .outerjoin(Household, Household.id == Resident.household_id)
            .where(Prompt.id.in_(ids))
            .order_by(Prompt.id)
        ).all()
    found = []
    for prompt, check_in, resident, household, plan, zone in rows:
        quiet = quiet_of(plan, zone)
        link = make_link(secret, address, check_in.id, check_in.nonce)
        due = local_clock(check_in.due_at or now, zone.timezone)
        text = prompt_text(PromptKind(prompt.kind), resident.language, link=link, due=due)
        phone = resident.phone or (household.phone if household else "")
        found.append(
            Outgoing(
                prompt_id=prompt.id,
                check_in_id=check_in.id,
                zone_id=prompt.zone_id,
                channel=prompt.channel,
                attempts=prompt.attempts,
                message=Message(phone, text, prompt.reference),
                open=check_in.state in AWAITED,
                hold_until=quiet.after(now) if quiet.covers(now) else None,
            )
        )
    return found


def _send(database: Database, channels: Mapping[str, Channel], outgoing: Outgoing, worker: str) -> None:
    if not _still_mine(database, outgoing, worker):
        return
    failure: Words | None = None
    permanent = False
    gateway_reference = ""
    channel = channels.get(outgoing.channel)
    if not outgoing.open:
        failure, permanent = words(N_("The message was not sent: no answer is awaited any more.")), True
    elif outgoing.hold_until is not None:
        # Enforced here, where messages leave: no plan, fault or person can wake anybody.
        _finish(database, outgoing, worker, state=PromptState.QUEUED, next_attempt_at=outgoing.hold_until, attempts=0)
        return
    elif not outgoing.message.to:
        failure, permanent = words(N_("No telephone number is known.")), True
    elif channel is None:
        failure, permanent = words(N_("The channel %(name)s is not set up."), name=outgoing.channel), True
    else:
        try:
            gateway_reference = channel.send(outgoing.message).gateway_reference
        except ChannelProblem as problem:
            failure, permanent = problem.words, problem.permanent
    now = utc_now()
    if failure is None:
        _sent(database, outgoing, worker, gateway_reference, now)
        return
    pause = None if permanent else pause_before(outgoing.attempts)
    _finish(
        database,
        outgoing,
        worker,
        state=PromptState.FAILED if pause is None else PromptState.QUEUED,
        next_attempt_at=None if pause is None else now + pause,
        problem=failure.dump(),
    )


def _still_mine(database: Database, outgoing: Outgoing, worker: str) -> bool:
    """Whether the lease still holds; False when it ran out behind slow messages and another worker took this one over."""
    with database.read() as session:
        ends = session.scalar(select(Prompt.next_attempt_at).where(_mine(outgoing, worker)))
    if ends is None or ends - utc_now() > LEASE / 2:
        # Mostly so: a look costs less than a write.
        return ends is not None
    with database.write() as session:
        renewed = session.execute(
            update(Prompt)
            .where(_mine(outgoing, worker))
            .values(next_attempt_at=utc_now() + LEASE)
            .execution_options(synchronize_session=False)
        )
        assert isinstance(renewed, CursorResult)
        return bool(renewed.rowcount)


def _sent(database: Database, outgoing: Outgoing, worker: str, gateway_reference: str, now: datetime) -> None:
    with database.write() as session:
        # A receipt may have overtaken us: then the prompt is DELIVERED already and only the check-in is left to move.
        session.execute(
            update(Prompt)
            .where(_mine(outgoing, worker))
            .values(
                state=PromptState.SENT, sent_at=now, gateway_reference=gateway_reference, next_attempt_at=None, problem=None
            )
            .execution_options(synchronize_session=False)
        )
        step = Step(CheckInState.PROMPTED, (words(N_("The message was handed to the gateway.")),))
        take_step(session, outgoing.check_in_id, outgoing.zone_id, step, now=now, frm=(CheckInState.SCHEDULED,))


def _mine(outgoing: Outgoing, worker: str) -> ColumnElement[bool]:
    return and_(
        Prompt.id == outgoing.prompt_id,
        or_(Prompt.state == PromptState.LEASED, Prompt.state == PromptState.QUEUED),
        Prompt.leased_by == worker,
    )


def _finish(database: Database, outgoing: Outgoing, worker: str, **values: object) -> None:
    with database.write() as session:
        changed = session.execute(
            update(Prompt).where(_mine(outgoing, worker)).values(**values).execution_options(synchronize_session=False)
        )
        assert isinstance(changed, CursorResult)
        if changed.rowcount:
            announce(session, outgoing.zone_id, "roll-call", utc_now())


def forget_claims(session: Session, worker: str) -> None:
    """Give back what a worker had claimed when it stops in order; a killed one's leases run out by themselves."""
    session.execute(
        update(Prompt)
        .where(Prompt.leased_by == worker, Prompt.state == PromptState.LEASED)
        .values(state=PromptState.QUEUED, next_attempt_at=utc_now())
        .execution_options(synchronize_session=False)
    )
