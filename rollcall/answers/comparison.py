"""Asks a worker to compare an answer's picture, in the transaction that keeps the answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from monitor.models.rollcalls.answers import Answer, Verification
from rollcall.jobs import VERIFY_ANSWERS, defer


def queue_comparison(session: Session, answer: Answer, now: datetime) -> None:
    """The row says what is due, the job only that it is due now."""
    session.add(
        Verification(
            answer_id=answer.id,
            check_in_id=answer.check_in_id,
            resident_id=answer.resident_id,
            zone_id=answer.zone_id,
            next_attempt_at=now,
        )
    )
    defer(session, VERIFY_ANSWERS, 1)
