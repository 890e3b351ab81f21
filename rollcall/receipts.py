"""Delivery receipts from gateways: states only go forward, and a late delivery moves the window to answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.models import CheckIn, CheckInState, ParkedReceipt, Plan, Prompt, PromptState, RollCall
from monitor.words import N_, words
from rollcall.checkin import AWAITED, Step
from rollcall.steps import take_step

# Gateways try for up to three days.
PARKED_FOR = timedelta(days=3)
_BEFORE_DELIVERY = (PromptState.QUEUED, PromptState.LEASED, PromptState.SENT, PromptState.UNCERTAIN)


def take_receipt(
    session: Session, *, gateway_reference: str, reference: str, delivered: bool, at: datetime, detail: str = ""
) -> bool:
    """Note what became of a message, in the caller's write transaction; returns whether it told anything new.

    A receipt can overtake our own note that the message was sent, so it is found by either reference. One that matches nothing yet
    is parked. reference: ours; empty where the gateway does not send it back.
    """
    known = Prompt.gateway_reference == gateway_reference
    prompt = session.scalars(
        select(Prompt).where(or_(Prompt.reference == reference, known) if reference else known).limit(1)
    ).first()
    if prompt is None:
        _park(session, gateway_reference, delivered, at, detail)
        return False
    if delivered:
        values: dict[str, object] = {
            "state": PromptState.DELIVERED,
            "delivered_at": at,
            "next_attempt_at": None,
            "problem": None,
        }
        values["sent_at"] = prompt.sent_at or at
        # A delivery is believed even after a failure was told.
        allowed: tuple[PromptState, ...] = (*_BEFORE_DELIVERY, PromptState.FAILED)
    else:
        problem = words(N_("The gateway could not deliver the message. %(detail)s"), detail=detail).dump()
        values = {"state": PromptState.FAILED, "next_attempt_at": None, "problem": problem}
        allowed = _BEFORE_DELIVERY
    changed = session.execute(
        update(Prompt)
        .where(Prompt.id == prompt.id, Prompt.state.in_(allowed))
        .values(gateway_reference=gateway_reference, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if not changed.rowcount:
        return False
    if delivered:
        _move_window(session, prompt.check_in_id, at)
        # The worker that sent it may have died before it could say so, and nobody sends again what has arrived.
        step = Step(CheckInState.PROMPTED, (words(N_("The message was handed to the gateway.")),))
        take_step(session, prompt.check_in_id, step, now=at, frm=(CheckInState.SCHEDULED,))
    announce(session, prompt.zone_id, "roll-call", at)
    return True


def _park(session: Session, gateway_reference: str, delivered: bool, at: datetime, detail: str) -> None:
    """Keep a receipt whose message is not known under this name yet; of two, a delivery is believed."""
    parked = session.scalars(select(ParkedReceipt).where(ParkedReceipt.gateway_reference == gateway_reference)).first()
    if parked is None:
        session.add(ParkedReceipt(gateway_reference=gateway_reference, delivered=delivered, at=at, detail=detail))
        session.flush()
    elif delivered and not parked.delivered:
        parked.delivered, parked.at, parked.detail = True, at, detail


def take_parked(session: Session, gateway_references: Sequence[str]) -> None:
    """Apply the receipts that came before we had noted under which name the gateway has a message."""
    rows = session.scalars(select(ParkedReceipt).where(ParkedReceipt.gateway_reference.in_(gateway_references))).all()
    for parked in rows:
        take_receipt(
            session,
            gateway_reference=parked.gateway_reference,
            reference="",
            delivered=parked.delivered,
            at=parked.at,
            detail=parked.detail,
        )
        session.delete(parked)


def forget_parked(session: Session, now: datetime) -> None:
    """Remove receipts of messages that are not ours."""
    session.execute(delete(ParkedReceipt).where(ParkedReceipt.at < now - PARKED_FOR))


def _move_window(session: Session, check_in_id: int, delivered_at: datetime) -> None:
    """The window to answer counts from the first delivery; it is never made shorter."""
    earlier = session.scalar(
        select(Prompt.id).where(Prompt.check_in_id == check_in_id, Prompt.delivered_at < delivered_at).limit(1)
    )
    if earlier is not None:
        return
    minutes = session.scalar(
        select(Plan.window_minutes)
        .join(RollCall, RollCall.plan_id == Plan.id)
        .join(CheckIn, CheckIn.roll_call_id == RollCall.id)
        .where(CheckIn.id == check_in_id)
    )
    if minutes is None:
        return
    due = delivered_at + timedelta(minutes=minutes)
    session.execute(
        update(CheckIn)
        .where(CheckIn.id == check_in_id, CheckIn.state.in_(AWAITED), CheckIn.due_at < due)
        .values(due_at=due)
        .execution_options(synchronize_session=False)
    )
