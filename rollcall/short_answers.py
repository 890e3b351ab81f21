"""An answer by text message or by keys of a call: taken like one of the page, and judged by what the plan asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.incidents import end_causes, open_incident
from monitor.models import Answer, CheckIn, CheckInState, EvidenceLevel, IncidentKind
from monitor.words import N_, words
from rollcall.answers import ask_staff, is_unwell, keep_late
from rollcall.checkin import AWAITED, CLOSED, Step, asked_after, doubted, misplaced
from rollcall.opening import page_of
from rollcall.reading import Statement
from rollcall.stamps import GRACE, made_in_window
from rollcall.steps import take_step
from rollcall.verdict import judge_short


class Taken(StrEnum):
    """What came of an answer for one person."""

    VERIFIED = "verified"
    IN_REVIEW = "in_review"
    LATE = "late"
    ALREADY = "already"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True)
class ShortAnswer:
    """What was said of one person. level: what it proves; said_at: when it was written, received_at at the latest; note: the words."""

    channel: str
    statement: Statement
    level: EvidenceLevel
    said_at: datetime
    temperature: float | None = None
    note: str = ""

    @property
    def unwell(self) -> bool:
        """Ill by their words or by a temperature."""
        return is_unwell(self.statement.unwell, self.statement.symptoms, self.temperature)


def answer_shortly(session: Session, check_in_id: int, given: ShortAnswer, *, now: datetime) -> Taken:
    """Take an answer for one person's check-in, in the caller's write transaction.

    Symptoms and wishes reach staff at once, also where nothing is awaited any more.
    """
    page = page_of(session, check_in_id)
    stored = Answer(
        check_in_id=page.check_in_id,
        resident_id=page.resident_id,
        zone_id=page.zone_id,
        channel=given.channel,
        received_at=now,
        taken_at=given.said_at,
        unwell=given.unwell,
        symptoms=list(given.statement.symptoms),
        help_wanted=list(given.statement.wishes),
        note=given.note,
        temperature=given.temperature,
        guardian_id=page.guardian.guardian_id if page.guardian else None,
    )
    if stored.unwell or stored.help_wanted:
        ask_staff(session, page, stored, now)
    if not page.under_order or page.state == CheckInState.EXCUSED:
        return Taken.NOT_ASKED
    if not page.open:
        return Taken.ALREADY
    step = Step(CheckInState.ANSWERED, (words(N_("Your answer has arrived and is being looked at.")),))
    if page.state in AWAITED and not take_step(session, check_in_id, step, now=now):
        page = page_of(session, check_in_id)
    if page.state in CLOSED:
        # Of two late ones only the first is kept: the second waits here, and then sees it.
        session.execute(select(CheckIn.id).where(CheckIn.id == check_in_id).with_for_update())
        page = page_of(session, check_in_id)
    if not page.open:
        return Taken.ALREADY
    if page.closed_at is not None:
        if now > page.closed_at + GRACE:
            return Taken.NOT_ASKED
        stored.late = True
        stored.in_window = made_in_window(given.said_at, now, page.closed_at)
    session.add(stored)
    session.flush()
    if stored.late:
        keep_late(session, page, stored, now)
        return Taken.LATE
    verdict = judge_short(
        given.level,
        page.evidence,
        page.evidence_by_text,
        without_smartphone=page.without_smartphone,
        refuses_faces=page.refuses_faces,
    )
    take_step(session, check_in_id, Step(verdict.state, verdict.reasons, verdict.evidence), now=now)
    if verdict.state == CheckInState.VERIFIED:
        end_causes(session, [misplaced(page.resident_id), *asked_after(page.resident_id)], now=now)
        return Taken.VERIFIED
    # Who wrote is somebody who was heard of.
    end_causes(session, asked_after(page.resident_id), now=now)
    open_incident(
        session,
        IncidentKind.FACE_DOUBTFUL,
        doubted(page.resident_id),
        zone_id=page.zone_id,
        resident_id=page.resident_id,
        check_in_id=check_in_id,
        reason=words(N_("%(name)s: %(why)s"), name=page.full_name, why=verdict.reasons[0].dump()),
        now=now,
    )
    return Taken.IN_REVIEW
