"""What follows when an answer was made after its window was closed: the state stays, and a person looks at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import local_clock
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.words import N_, words
from rollcall.answers.page import AnswerPage


def heard_of(session: Session, page: AnswerPage, now: datetime) -> bool:
    """Whoever asks after the resident sees that they were heard of; returns whether somebody does."""
    announce(session, page.zone_id, Topic.ROLL_CALL, now)
    questions = causes.asked_after(page.resident_id)
    asked = select(Incident.id).where(Incident.cause.in_(questions), Incident.state != IncidentState.RESOLVED)
    if session.scalar(asked.limit(1)) is None:
        return False
    end_causes(session, questions, now=now)
    return True


def keep_late(session: Session, page: AnswerPage, now: datetime) -> None:
    """The state stays: only a person leaves it."""
    if heard_of(session, page, now):
        return
    # Staff have resolved their question meanwhile. The page promises that a person will look at it.
    open_incident(
        session,
        IncidentKind(page.state.value),
        causes.late_answer(page.check_in_id),
        zone_id=page.zone_id,
        resident_id=page.resident_id,
        check_in_id=page.check_in_id,
        reason=words(
            N_("%(name)s answered the roll-call of %(at)s after its time. Please check the answer."),
            name=page.full_name,
            at=local_clock(page.opened_at, page.timezone, now),
        ),
        now=now,
    )
