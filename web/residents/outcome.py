"""What a resident is told of each state of their check-in, in plain words."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.incidents.cases import case_parts, in_danger
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import N_, Words, words
from rollcall.answers.page import AnswerPage
from rollcall.answers.told import Report, Told, reports
from rollcall.followup.who_was_told import told_words
from rollcall.verdicts.verdict import in_words


class Outcome(NamedTuple):
    """text: a template for the catalogue. tone: good, calm or watch. final: nothing more comes without a person."""

    text: str
    tone: str
    final: bool

    @property
    def words(self) -> Words:
        """The text as words."""
        return Words(self.text)


_ASKED = Outcome(N_("Waiting for your answer."), "calm", False)
# Never red: nothing here accuses anybody. Never "all is well" either: what was looked at is a picture, not the person.
OUTCOMES = {
    CheckInState.SCHEDULED: _ASKED,
    CheckInState.PROMPTED: _ASKED,
    CheckInState.ANSWERED: Outcome(N_("Received, being checked. Thank you!"), "calm", False),
    CheckInState.VERIFIED: Outcome(N_("Roll-call received. Thank you!"), "good", True),
    CheckInState.IN_REVIEW: Outcome(N_("Received. Health staff will look at it; there is nothing more to do."), "calm", True),
    CheckInState.ACCEPTED: Outcome(N_("Health staff accepted your answer. Thank you!"), "good", True),
    CheckInState.REJECTED: Outcome(N_("We could not accept this answer. Health staff will call you."), "watch", True),
    CheckInState.MISSED: Outcome(N_("The time to answer is over. Health staff will call you."), "watch", True),
    CheckInState.UNREACHED: Outcome(N_("The time to answer is over. Health staff will call you."), "watch", True),
    CheckInState.EXCUSED: Outcome(N_("No answer is needed for this roll-call."), "good", True),
}
LATE = Outcome(N_("Received after the deadline. Thank you!"), "calm", True)
KEPT = Outcome(N_("Received. You answered in time; the answer is being checked. Thank you!"), "calm", False)
LATE_WORDS = N_("It arrived after the deadline. Health staff will look at it; nothing is decided automatically.")
CARE = {
    Told.WAITING: N_(
        "Received. It is on the health staff’s list, and they will call you. Trouble breathing, chest pain or danger: call 115 now."
    ),
    Told.DONE: N_("Received. Health staff have looked into it. Trouble breathing, chest pain or danger: call 115 now."),
}


# Who may be in danger needs no words of thanks first.
HOTLINE = N_("You can also call 1022 at any time.")
DANGER = N_("Call 115 now. Do not wait for us to call.")


def outcome_for(state: CheckInState, report: Report, *, late: bool = False, in_window: bool = False) -> Outcome:
    """What is said of a check-in. report: what its answer tells of the person, who comes before the picture.

    late: it came so, and the check-in still stands as it was closed; in_window: but was made in time.
    """
    said = OUTCOMES[state]
    if late:
        said = KEPT if in_window else LATE
    if not report.care:
        return said
    # Calm and without the tick, whatever a machine made of the picture: no answer of somebody who is ill is a success.
    return Outcome(CARE.get(report.told, said.text), "calm" if said.tone == "good" else said.tone, said.final)


def outcome_of(database: Database, page: AnswerPage, now: datetime) -> tuple[Outcome, list[Words]]:
    """What is said of an answer, and the reasons below it. Who is in danger is told whom to call, and who knows."""
    with database.read() as session:
        report = reports(session, [page.check_in_id])[page.check_in_id]
        danger = _danger(session, page, report, now)
    if danger:
        return Outcome(DANGER, "watch", True), danger
    reasons = in_words(page.reasons)
    if page.late:
        reasons = [] if page.in_window else [words(LATE_WORDS)]
    return outcome_for(page.state, report, late=page.late, in_window=page.in_window), reasons


def receipt(database: Database, page: AnswerPage, now: datetime, *, late: bool) -> Words:
    """What a phone is told of an answer that has just been taken in."""
    with database.read() as session:
        report = reports(session, [page.check_in_id])[page.check_in_id]
        danger = _danger(session, page, report, now)
    if danger:
        return words(N_("%(first)s %(second)s"), first=Words(DANGER).dump(), second=danger[0].dump())
    if report.told is not Told.NOT:
        return outcome_for(CheckInState.ANSWERED, report).words
    return Words(LATE_WORDS) if late else OUTCOMES[CheckInState.ANSWERED].words


def _danger(session: Session, page: AnswerPage, report: Report, now: datetime) -> list[Words]:
    """Who knows of somebody in danger, who said so in this roll-call; nothing for everybody else."""
    if not in_danger(session, [page.resident_id]):
        return []
    # A second answer is not taken, but what it told of illness is.
    of_this = (case_parts(page.resident_id), Incident.kind == IncidentKind.UNWELL, Incident.check_in_id == page.check_in_id)
    if report.told is not Told.WAITING and session.scalar(select(Incident.id).where(*of_this).limit(1)) is None:
        return []
    return [told_words(session, page.resident_id, now), Words(HOTLINE)]
