"""Notes in the database what became of messages: taken by the gateway, uncertain, or anything else, while they are still held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of, update_rows
from monitor.database.statements import changed
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.words import N_, Words, words
from rollcall.checkins.checkin import Step
from rollcall.checkins.excusing import group_of
from rollcall.checkins.steps import take_steps
from rollcall.prompts.receipts import take_parked
from rollcall.rounds.ladder_steps import asking, awaits_anybody


@dataclass(frozen=True)
class HandedOver:
    """A message that the gateway has. gateway_reference: its own name for it."""

    prompt_id: int
    gateway_reference: str
    at: datetime


def held_by(worker: str | None) -> ColumnElement[bool]:
    """Claimed by this worker (None: by any) and nothing noted of it yet."""
    held = or_(Prompt.state == PromptState.LEASED, Prompt.state == PromptState.QUEUED)
    return held if worker is None else and_(held, Prompt.leased_by == worker)


def note_sent(session: Session, handed_over: Sequence[HandedOver], worker: str | None = None) -> None:
    """The gateway has these messages. worker: only those that it still holds."""
    if not handed_over:
        return
    # A receipt may have overtaken us: then the prompt is DELIVERED already and only the check-in is left to move.
    update_rows(
        session,
        Prompt,
        [
            {"id": message.prompt_id, "sent_at": message.at, "gateway_reference": message.gateway_reference}
            for message in handed_over
        ],
        {"state": PromptState.SENT, "next_attempt_at": None, "problem": None},
        held_by(worker),
    )
    step = Step(CheckInState.PROMPTED, (words(N_("The message was handed to the gateway.")),))
    check_ins = group_of(session, asking(session, [message.prompt_id for message in handed_over]))
    take_steps(session, check_ins, step, now=handed_over[-1].at, frm=(CheckInState.SCHEDULED,))
    take_parked(session, [message.gateway_reference for message in handed_over])


DIED = words(N_("We do not know whether this message was sent: the sending process ended at that moment."))
NOT_REPEATED = words(N_("This message may have been sent; it is not repeated."))


def note_uncertain(session: Session, prompt_ids: Sequence[int], now: datetime, reason: Words = DIED) -> None:
    """What may have gone out is never repeated; the reminder, worded differently, goes out at once instead."""
    if not prompt_ids:
        return
    changed(
        session,
        update(Prompt)
        .where(one_of(Prompt.id, prompt_ids), held_by(None))
        .values(state=PromptState.UNCERTAIN, next_attempt_at=None, problem=reason.dump()),
    )
    changed(
        session,
        update(CheckIn).where(one_of(CheckIn.id, asking(session, prompt_ids)), awaits_anybody()).values(step_at=now),
    )


def note_prompt(session: Session, prompt_id: int, *, worker: str | None = None, **values: object) -> None:
    """Anything else of one message."""
    changed(session, update(Prompt).where(Prompt.id == prompt_id, held_by(worker)).values(**values))
