"""Notes in the database what became of messages: taken by the gateway, uncertain, or anything else, while they are still held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import Session

from monitor.bulk import one_of, update_rows
from monitor.models import CheckIn, CheckInState, Prompt, PromptState
from monitor.words import N_, words
from rollcall.checkin import Step
from rollcall.climbing import asking, awaits_anybody
from rollcall.leaving import group_of
from rollcall.receipts import take_parked
from rollcall.steps import take_steps


@dataclass(frozen=True)
class Taken:
    """A message that the gateway has. gateway_reference: its own name for it."""

    prompt_id: int
    check_in_id: int
    gateway_reference: str
    at: datetime


def held_by(worker: str | None) -> ColumnElement[bool]:
    """Claimed by this worker (None: by any) and nothing noted of it yet."""
    held = or_(Prompt.state == PromptState.LEASED, Prompt.state == PromptState.QUEUED)
    return held if worker is None else and_(held, Prompt.leased_by == worker)


def note_sent(session: Session, taken: Sequence[Taken], worker: str | None = None) -> None:
    """The gateway has these messages. worker: only those that it still holds."""
    if not taken:
        return
    # A receipt may have overtaken us: then the prompt is DELIVERED already and only the check-in is left to move.
    update_rows(
        session,
        Prompt,
        [{"id": each.prompt_id, "sent_at": each.at, "gateway_reference": each.gateway_reference} for each in taken],
        {"state": PromptState.SENT, "next_attempt_at": None, "problem": None},
        held_by(worker),
    )
    step = Step(CheckInState.PROMPTED, (words(N_("The message was handed to the gateway.")),))
    check_ins = group_of(session, asking(session, [each.prompt_id for each in taken]))
    take_steps(session, check_ins, step, now=taken[-1].at, frm=(CheckInState.SCHEDULED,))
    take_parked(session, [each.gateway_reference for each in taken])


def note_uncertain(session: Session, prompts: Sequence[tuple[int, int]], now: datetime) -> None:
    """What may have gone out is never repeated; the reminder, worded differently, goes out at once instead.

    prompts: pairs of prompt and check-in.
    """
    if not prompts:
        return
    reason = words(N_("Nobody knows whether this message went out: the sending process ended in that instant."))
    session.execute(
        update(Prompt)
        .where(one_of(Prompt.id, [prompt_id for prompt_id, _ in prompts]), Prompt.state == PromptState.LEASED)
        .values(state=PromptState.UNCERTAIN, next_attempt_at=None, problem=reason.dump())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(CheckIn)
        .where(one_of(CheckIn.id, asking(session, [prompt_id for prompt_id, _ in prompts])), awaits_anybody())
        .values(step_at=now)
        .execution_options(synchronize_session=False)
    )


def note_prompt(session: Session, prompt_id: int, *, worker: str | None = None, **values: object) -> None:
    """Anything else of one message."""
    session.execute(
        update(Prompt)
        .where(Prompt.id == prompt_id, held_by(worker))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
