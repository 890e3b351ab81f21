"""Delivery receipts from gateways: states only go forward, and a late delivery moves the window to answer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, delete, func, literal, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database, insert_new
from monitor.database.expressions import later
from monitor.database.many_rows import one_of, update_rows
from monitor.database.statements import changed, changed_values
from monitor.models.people.residents import Household, Resident
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import REPLIES, ParkedReceipt, Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.people.telephone_numbers import LONGEST
from monitor.words import N_, Words, words
from rollcall.alerting.receipts import take_alert_receipts
from rollcall.channels.channel import Receipt
from rollcall.channels.receipt_names import other_names
from rollcall.checkins.checkin import AWAITED, Step
from rollcall.checkins.excusing import group_of, in_groups
from rollcall.checkins.steps import take_steps
from rollcall.confirming.receipts import take_code_receipts
from rollcall.hotline.sending import take_hotline_receipts
from rollcall.people.guardians import NUMBER, with_guardian
from rollcall.rounds.ladder_steps import asking, awaits_anybody, bring_forward, rungs_of

# Gateways try for up to three days.
PARKED_FOR = timedelta(days=3)
CROSSED_WITHIN, MOST_CROSSED = timedelta(hours=1), 1000
# So far no gateway's clock is behind, not even one that tells a time of another zone.
NAMED_ANEW = timedelta(days=1)
TO_THE_SECOND = timedelta(seconds=1)
# A message waits for the morning, or for a gateway.
LEAVES_WITHIN = timedelta(days=2)
OTHERWISE_NAMED_WITHIN = timedelta(seconds=30)
# How calls end that nobody took; a machine that answered is nobody.
CALL_ENDS = {
    "busy": N_("The line was busy."),
    "no-answer": N_("Nobody answered the call."),
    "machine": N_("An answering machine took the call."),
    "call-failed": N_("The call could not be made."),
}
_BEFORE_DELIVERY = (PromptState.QUEUED, PromptState.LEASED, PromptState.SENT, PromptState.UNCERTAIN)


@dataclass(frozen=True)
class _Matched:
    """A receipt and the prompt that it is of. known_as: the gateway's name for it, as we know it by now."""

    receipt: Receipt
    zone_id: int
    known_as: str | None


def take_receipts(session: Session, receipts: Sequence[Receipt]) -> int:
    """Note what became of messages, in the caller's write transaction; returns of how many it told anything new.

    A receipt can overtake our own note that the message was sent, so it is found by either reference; by another form of the gateway's
    only where neither is known. One that matches nothing yet is parked.
    """
    prompts = select(
        Prompt.id,
        Prompt.check_in_id,
        Prompt.zone_id,
        Prompt.reference,
        Prompt.gateway_reference,
        Prompt.created_at,
        Prompt.sent_at,
    )
    ours = [receipt.reference for receipt in receipts if receipt.reference]
    gateways = [receipt.gateway_reference for receipt in receipts]
    by_ours = prompts.where(one_of(Prompt.reference, ours))
    by_gateways = prompts.where(one_of(Prompt.gateway_reference, gateways))
    rows: Sequence[Row[*tuple[Any, ...]]] = session.execute(by_ours.union(by_gateways)).all()
    by_reference = {row.reference: row for row in rows}
    by_gateway = {row.gateway_reference: row for row in rows}
    unknown = [each for each in receipts if each.reference not in by_reference and each.gateway_reference not in by_gateway]
    by_other_name = _by_other_names(session, unknown)
    # One statement for all that say the same.
    alike: dict[tuple[bool, datetime, str], dict[int, _Matched]] = defaultdict(dict)
    unmatched: dict[str, Receipt] = {}
    for receipt in receipts:
        row = by_reference.get(receipt.reference) or by_gateway.get(receipt.gateway_reference)
        row = row or by_other_name.get(receipt.gateway_reference)
        if row is None:
            # Of two that cannot be matched yet, a delivery is believed.
            if receipt.delivered or receipt.gateway_reference not in unmatched:
                unmatched[receipt.gateway_reference] = receipt
        else:
            at = when_arrived(receipt.at, row.created_at, row.sent_at, reference_is_ours=row.reference == receipt.reference)
            if at is None:
                continue
            saying = (receipt.delivered, at, "" if receipt.delivered else receipt.detail)
            alike[saying][row.id] = _Matched(receipt, row.zone_id, row.gateway_reference)
    others = take_alert_receipts(session, list(unmatched.values())) if unmatched else []
    others = take_code_receipts(session, others) if others else []
    others = take_hotline_receipts(session, others) if others else []
    if others:
        _park(session, others)
    return (
        len(unmatched)
        - len(others)
        + sum(_apply(session, group, delivered, at, detail) for (delivered, at, detail), group in alike.items())
    )


def when_arrived(told: datetime, made: datetime, sent: datetime | None, *, reference_is_ours: bool) -> datetime | None:
    """When what a receipt tells happened: never before its message left. None: it is an earlier message's of the same name.

    told: by the gateway's clock, which may be behind. made, sent: the message. Gateways use their names again.
    """
    # What seems to have left days after it was made left by a clock that was wrong.
    left = sent if sent is not None and sent - made <= LEAVES_WITHIN else made
    if told < left - NAMED_ANEW and not reference_is_ours:
        return None
    # Many gateways tell whole seconds, and thousands of receipts at once.
    return told if told >= left - TO_THE_SECOND else left


def _by_other_names(session: Session, receipts: Sequence[Receipt]) -> dict[str, Row[*tuple[Any, ...]]]:
    """The prompts of receipts that name them in another form than the gateway did when it took them, by the name in the receipt.

    The same digits are another name in another form, and several systems may share a gateway: it must be one message alone, sent
    lately, to the number that the receipt is of.
    """
    wanted = {name for each in receipts for name in each.other_names}
    if not wanted:
        return {}
    statement = (
        select(
            Prompt.id,
            Prompt.check_in_id,
            Prompt.zone_id,
            Prompt.gateway_reference,
            Prompt.reference,
            Prompt.created_at,
            Prompt.sent_at,
            Prompt.address,
            NUMBER.label("number"),
            Household.phone.label("household"),
        )
        .join(Resident, Resident.id == Prompt.resident_id)
        .outerjoin(Household, Household.id == Resident.household_id)
    )
    since = max(each.at for each in receipts) - PARKED_FOR
    rows = session.execute(
        with_guardian(statement).where(one_of(Prompt.gateway_reference, wanted), Prompt.sent_at >= since)
    ).all()
    by_name = {row.gateway_reference: row for row in rows}
    found: dict[str, Row[*tuple[Any, ...]]] = {}
    for receipt in receipts:
        of_it = {by_name[name].id: by_name[name] for name in receipt.other_names if name in by_name}
        of_it = {
            number: row
            for number, row in of_it.items()
            if _same_number(receipt.number, (row.address, row.number, row.household))
        }
        if len(of_it) == 1:
            found[receipt.gateway_reference] = next(iter(of_it.values()))
    return found


def _same_number(told: str, known: Sequence[str | None]) -> bool:
    """Whether a receipt's number is one of these, as far as its last eight digits go; one without a number says nothing against it."""
    digits = re.sub(r"\D", "", told)[-8:]
    return not digits or any(re.sub(r"\D", "", each or "").endswith(digits) for each in known if each)


def _apply(session: Session, group: Mapping[int, _Matched], delivered: bool, at: datetime, detail: str) -> int:
    """Receipts that say the same, of prompts by their id; returns how many prompts they changed."""
    values: dict[str, object]
    if delivered:
        in_time = Prompt.sent_at <= later(Prompt.created_at, LEAVES_WITHIN.total_seconds())
        left = case((in_time, Prompt.sent_at), else_=Prompt.created_at)
        # Nothing arrives before it left.
        arrived = case((left > at, left), else_=literal(at, Prompt.delivered_at.type))
        values = {"state": PromptState.DELIVERED, "delivered_at": arrived, "problem": None}
        values["sent_at"] = func.coalesce(Prompt.sent_at, arrived)
        # A delivery is believed even after a failure was told.
        allowed: tuple[PromptState, ...] = (*_BEFORE_DELIVERY, PromptState.FAILED)
    else:
        if detail in CALL_ENDS:
            problem = Words(CALL_ENDS[detail]).dump()
        else:
            problem = words(N_("The gateway could not deliver the message. %(detail)s"), detail=detail).dump()
        values = {"state": PromptState.FAILED, "problem": problem}
        allowed = _BEFORE_DELIVERY
    noted = set(
        changed_values(
            session,
            update(Prompt)
            .where(one_of(Prompt.id, list(group)), Prompt.state.in_(allowed))
            .values(next_attempt_at=None, **values)
            .returning(Prompt.id),
        )
    )
    renamed = [
        {"id": prompt_id, "gateway_reference": matched.receipt.gateway_reference}
        for prompt_id, matched in group.items()
        if prompt_id in noted and matched.known_as != matched.receipt.gateway_reference
    ]
    update_rows(session, Prompt, renamed, {})
    check_ins = asking(session, noted)
    if delivered and check_ins:
        _move_windows(session, check_ins, at)
        # The worker that sent it may have died before it could say so, and nobody sends again what has arrived.
        step = Step(CheckInState.PROMPTED, (words(N_("The message was handed to the gateway.")),))
        take_steps(session, group_of(session, check_ins), step, now=at, frm=(CheckInState.SCHEDULED,))
    if not delivered:
        bring_forward(session, check_ins, at)
    for zone_id in {matched.zone_id for prompt_id, matched in group.items() if prompt_id in noted}:
        announce(session, zone_id, Topic.ROLL_CALL, at)
    return len(noted)


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
        changed(
            session,
            update(CheckIn).where(in_groups(ids), CheckIn.state.in_(AWAITED), CheckIn.due_at < due).values(due_at=due),
        )
        if after is not None:
            # The ladder counts from the same moment as the window.
            changed(
                session,
                update(CheckIn)
                .where(one_of(CheckIn.id, ids), CheckIn.step_at.is_not(None))
                .values(step_at=delivered_at + after),
            )


def _park(session: Session, receipts: Sequence[Receipt]) -> None:
    """Keep receipts whose messages are not known under their names yet; a delivery replaces a failure, never the other way."""
    rows = [
        {
            "gateway_reference": receipt.gateway_reference,
            "delivered": receipt.delivered,
            "at": receipt.at,
            "detail": receipt.detail,
            # Without a number, or where other names mean nothing, none is looked for later.
            "number": receipt.number[:LONGEST] if receipt.other_names else "",
        }
        for receipt in receipts
    ]
    delivered = [receipt.gateway_reference for receipt in receipts if receipt.delivered]
    failures = (one_of(ParkedReceipt.gateway_reference, delivered), ParkedReceipt.delivered.is_(False))
    changed(session, delete(ParkedReceipt).where(*failures))
    session.execute(insert_new(session, ParkedReceipt), rows)


def take_parked(session: Session, gateway_references: Sequence[str]) -> None:
    """Apply the receipts that came before we had noted under which name the gateway has a message."""
    if session.scalar(select(ParkedReceipt.id).limit(1)) is None:
        return
    names = {other for each in gateway_references for other in (each, *other_names(each))}
    rows = session.scalars(select(ParkedReceipt).where(one_of(ParkedReceipt.gateway_reference, names))).all()
    if rows:
        # What matches nothing is parked again.
        changed(session, delete(ParkedReceipt).where(one_of(ParkedReceipt.id, [row.id for row in rows])))
        take_receipts(session, [_as_it_came(row) for row in rows])


def _as_it_came(row: ParkedReceipt) -> Receipt:
    others = other_names(row.gateway_reference) if row.number else ()
    return Receipt(row.gateway_reference, row.delivered, row.at, row.detail, other_names=others, number=row.number)


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
    # Those in another form are looked for while they may have crossed, not as long as they are kept.
    lately = select(ParkedReceipt).where(ParkedReceipt.at >= now - OTHERWISE_NAMED_WITHIN).limit(MOST_CROSSED)
    with database.read() as session:
        references = list(session.scalars(crossed.limit(MOST_CROSSED)))
        otherwise = _by_other_names(session, [_as_it_came(row) for row in session.scalars(lately)])
        references += [str(row.gateway_reference) for row in otherwise.values()]
    if references:
        with database.write() as session:
            take_parked(session, references)
    return len(references)


def forget_parked(session: Session, now: datetime) -> None:
    """Remove receipts of messages that are not ours."""
    session.execute(delete(ParkedReceipt).where(ParkedReceipt.at < now - PARKED_FOR))
