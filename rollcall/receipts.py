"""Delivery receipts from gateways: states only go forward, and a late delivery moves the window to answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from monitor.bulk import one_of, update_rows
from monitor.changes import announce
from monitor.database import Database, insert_new
from monitor.models import CheckIn, CheckInState, ParkedReceipt, Plan, Prompt, PromptState, RollCall
from monitor.models.rollcalls import REPLIES
from monitor.words import N_, Words, words
from rollcall.channels import Receipt
from rollcall.checkin import AWAITED, Step
from rollcall.climbing import asking, awaits_anybody, bring_forward, rungs_of
from rollcall.leaving import group_of, in_groups
from rollcall.steps import take_steps

# Gateways try for up to three days.
PARKED_FOR = timedelta(days=3)
CROSSED_WITHIN, MOST_CROSSED = timedelta(hours=1), 1000
# How calls end that nobody took; a machine that answered is nobody.
CALL_ENDS = {
    "busy": N_("The line was busy."),
    "no-answer": N_("Nobody answered the call."),
    "machine": N_("A machine answered the call."),
    "call-failed": N_("The call could not be made."),
}
_BEFORE_DELIVERY = (PromptState.QUEUED, PromptState.LEASED, PromptState.SENT, PromptState.UNCERTAIN)


def take_receipts(session: Session, told: Sequence[Receipt]) -> int:
    """Note what became of messages, in the caller's write transaction; returns of how many it told anything new.

    A receipt can overtake our own note that the message was sent, so it is found by either reference. One that matches nothing yet
    is parked.
    """
    known = select(Prompt.id, Prompt.check_in_id, Prompt.zone_id, Prompt.reference, Prompt.gateway_reference)
    by_ours = known.where(one_of(Prompt.reference, [each.reference for each in told if each.reference]))
    by_theirs = known.where(one_of(Prompt.gateway_reference, [each.gateway_reference for each in told]))
    rows = session.execute(by_ours.union(by_theirs)).all()
    by_reference = {row.reference: row for row in rows}
    by_gateway = {row.gateway_reference: row for row in rows}
    matched: dict[tuple[bool, datetime, str], dict[int, tuple[Receipt, Any]]] = defaultdict(dict)
    new = 0
    unknown: dict[str, Receipt] = {}
    for each in told:
        row = by_reference.get(each.reference) or by_gateway.get(each.gateway_reference)
        if row is None:
            # Of two that cannot be matched yet, a delivery is believed.
            if each.delivered or each.gateway_reference not in unknown:
                unknown[each.gateway_reference] = each
        else:
            matched[(each.delivered, each.at, "" if each.delivered else each.detail)][row.id] = (each, row)
    if unknown:
        _park(session, list(unknown.values()))
    for (delivered, at, detail), group in matched.items():
        new += _apply(session, group, delivered, at, detail)
    return new


def _apply(session: Session, group: dict[int, tuple[Receipt, Any]], delivered: bool, at: datetime, detail: str) -> int:
    """Receipts that say the same, of prompts by their id."""
    values: dict[str, Any]
    if delivered:
        values = {"state": PromptState.DELIVERED, "delivered_at": at, "problem": None}
        values["sent_at"] = func.coalesce(Prompt.sent_at, at)
        # A delivery is believed even after a failure was told.
        allowed: tuple[PromptState, ...] = (*_BEFORE_DELIVERY, PromptState.FAILED)
    else:
        if detail in CALL_ENDS:
            problem = Words(CALL_ENDS[detail]).dump()
        else:
            problem = words(N_("The gateway could not deliver the message. %(detail)s"), detail=detail).dump()
        values = {"state": PromptState.FAILED, "problem": problem}
        allowed = _BEFORE_DELIVERY
    changed = set(
        session.scalars(
            update(Prompt)
            .where(one_of(Prompt.id, list(group)), Prompt.state.in_(allowed))
            .values(next_attempt_at=None, **values)
            .returning(Prompt.id)
            .execution_options(synchronize_session=False)
        )
    )
    renamed = [
        {"id": prompt_id, "gateway_reference": told.gateway_reference}
        for prompt_id, (told, row) in group.items()
        if prompt_id in changed and row.gateway_reference != told.gateway_reference
    ]
    update_rows(session, Prompt, renamed, {})
    check_ins = asking(session, changed)
    if delivered and check_ins:
        _move_windows(session, check_ins, at)
        # The worker that sent it may have died before it could say so, and nobody sends again what has arrived.
        step = Step(CheckInState.PROMPTED, (words(N_("The message was handed to the gateway.")),))
        take_steps(session, group_of(session, check_ins), step, now=at, frm=(CheckInState.SCHEDULED,))
    if not delivered:
        bring_forward(session, check_ins, at)
    for zone_id in {row.zone_id for prompt_id, (_, row) in group.items() if prompt_id in changed}:
        announce(session, zone_id, "roll-call", at)
    return len(changed)


def _move_windows(session: Session, check_in_ids: Sequence[int], delivered_at: datetime) -> None:
    """The window to answer counts from the first delivery; it is never made shorter."""
    earlier = (
        select(Prompt.id)
        .where(Prompt.check_in_id == CheckIn.id, Prompt.delivered_at < delivered_at, Prompt.kind.not_in(REPLIES))
        .exists()
    )
    rows = session.execute(
        select(CheckIn.id, Plan.window_minutes, CheckIn.step, CheckIn.step_at, Plan.channels, Plan.ladder)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .where(one_of(CheckIn.id, check_in_ids), awaits_anybody(), ~earlier)
    )
    by_window: dict[tuple[float, timedelta | None], list[int]] = defaultdict(list)
    for row in rows:
        steps = rungs_of(row.channels, row.ladder, row.window_minutes)
        left = row.step_at is not None and row.step < len(steps)
        by_window[row.window_minutes, steps[row.step].after if left else None].append(row.id)
    for (minutes, after), ids in by_window.items():
        due = delivered_at + timedelta(minutes=minutes)
        session.execute(
            update(CheckIn)
            .where(in_groups(ids), CheckIn.state.in_(AWAITED), CheckIn.due_at < due)
            .values(due_at=due)
            .execution_options(synchronize_session=False)
        )
        if after is not None:
            # The ladder counts from the same moment as the window.
            session.execute(
                update(CheckIn)
                .where(one_of(CheckIn.id, ids), CheckIn.step_at.is_not(None))
                .values(step_at=delivered_at + after)
                .execution_options(synchronize_session=False)
            )


def _park(session: Session, told: Sequence[Receipt]) -> None:
    """Keep receipts whose messages are not known under their names yet; a delivery replaces a failure, never the other way."""
    rows = [
        {"gateway_reference": each.gateway_reference, "delivered": each.delivered, "at": each.at, "detail": each.detail}
        for each in told
    ]
    session.execute(
        delete(ParkedReceipt)
        .where(
            one_of(ParkedReceipt.gateway_reference, [each.gateway_reference for each in told if each.delivered]),
            ParkedReceipt.delivered.is_(False),
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(insert_new(session, ParkedReceipt), rows)


def take_parked(session: Session, gateway_references: Sequence[str]) -> None:
    """Apply the receipts that came before we had noted under which name the gateway has a message."""
    mine = one_of(ParkedReceipt.gateway_reference, gateway_references)
    rows = session.execute(
        select(ParkedReceipt.gateway_reference, ParkedReceipt.delivered, ParkedReceipt.at, ParkedReceipt.detail).where(mine)
    ).all()
    if rows:
        take_receipts(session, [Receipt(row.gateway_reference, row.delivered, row.at, row.detail) for row in rows])
        session.execute(delete(ParkedReceipt).where(mine).execution_options(synchronize_session=False))


def take_crossed(database: Database, now: datetime) -> int:
    """Apply parked receipts whose messages are known by now: on PostgreSQL a receipt and our note can be written in the same instant,
    and neither transaction sees the other's. Returns how many.
    """
    # Those that stay longer are of messages which are not ours, where several systems share a gateway.
    crossed = (
        select(ParkedReceipt.gateway_reference)
        .join(Prompt, Prompt.gateway_reference == ParkedReceipt.gateway_reference)
        .where(ParkedReceipt.at >= now - CROSSED_WITHIN)
    )
    with database.read() as session:
        found = session.scalars(crossed.limit(MOST_CROSSED)).all()
    if found:
        with database.write() as session:
            take_parked(session, found)
    return len(found)


def forget_parked(session: Session, now: datetime) -> None:
    """Remove receipts of messages that are not ours."""
    session.execute(delete(ParkedReceipt).where(ParkedReceipt.at < now - PARKED_FOR))
