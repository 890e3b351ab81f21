"""Whose order one person alone may not extend: after a roll-call was missed, an extension may be a sanction and wants a second person."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.people.residents import QuarantineOrder
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.problems import Conflict
from monitor.words import N_

AGAINST = (CheckInState.MISSED, CheckInState.REJECTED)
"""What stands against somebody; who could not be reached, or was excused, missed nothing."""


def after_a_miss(session: Session, order: QuarantineOrder) -> bool:
    """Whether something stands against the person in the time of this order."""
    theirs = (CheckIn.resident_id == order.resident_id, CheckIn.opened_at >= order.starts_at, CheckIn.state.in_(AGAINST))
    return session.scalar(select(CheckIn.id).where(*theirs).limit(1)) is not None


def require_one_is_enough(session: Session, order: QuarantineOrder) -> None:
    """Raises Conflict where a second person must agree first."""
    if after_a_miss(session, order):
        raise Conflict(
            N_(
                "This person has missed roll-calls, so an extension needs the agreement of a second supervisor. Propose it from the person’s"
                " page, under “Decisions by two people”."
            )
        )
