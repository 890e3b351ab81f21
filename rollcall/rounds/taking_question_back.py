"""A question to one person is taken back, as long as no message of it has left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import N_, words
from rollcall.checkins.checkin import AWAITED, Step
from rollcall.checkins.steps import take_step

TAKEN_BACK = words(N_("The health service took this question back before it was sent; no answer is needed."))


def take_question_back(session: Session, check_in_id: int, account_id: int, now: datetime) -> bool:
    """Ask nothing after all, as long as no message has left, in the caller's write transaction; returns whether that was so."""
    theirs = Prompt.check_in_id == check_in_id
    gone = select(Prompt.id).where(theirs, (Prompt.state != PromptState.QUEUED) | Prompt.handed_at.is_not(None))
    waiting = update(Prompt).where(theirs, Prompt.state == PromptState.QUEUED, Prompt.handed_at.is_(None))
    held = changed(session, waiting.values(state=PromptState.FAILED, next_attempt_at=None, problem=TAKEN_BACK.dump()))
    if not held or session.scalar(gone.where(Prompt.problem.is_(None)).limit(1)) is not None:
        return False
    return take_step(
        session, check_in_id, Step(CheckInState.EXCUSED, (TAKEN_BACK,)), now=now, frm=AWAITED, account_id=account_id
    )
