"""What comes of an answer in time: a pure decision over what was asked, by which way it came, and where the phone was."""

from __future__ import annotations

from datetime import datetime

from monitor.clock import local_clock
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import N_, Words, words
from rollcall.answers.page import AnswerPage
from rollcall.answers.places import PlaceFinding
from rollcall.answers.source import Source, Staff, Telephone
from rollcall.checkins.checkin import Step
from rollcall.verdicts.verdict import Verdict, judge_short, judge_without_face
from rollcall.verdicts.without_face import FACES


def arrival(page: AnswerPage, source: Source, now: datetime) -> Step:
    """The step that an answer takes when it comes, before it is judged."""
    if isinstance(source, Staff):
        return Step(CheckInState.ANSWERED, (_seen(page, now),))
    return Step(CheckInState.ANSWERED, (words(N_("Your answer arrived and is being checked.")),))


LOST = N_(
    "Your answer arrived. Its photo could not be saved because of a fault of our service; health staff will look at the answer."
)


def judge_answer(
    page: AnswerPage, source: Source, place: PlaceFinding | None, now: datetime, *, lost: bool = False
) -> Verdict | None:
    """The verdict with its reasons; None where a worker compares the picture first.

    place: None where the plan does not ask for it. An answer that needs no face is good as it is, unless its place is in doubt.
    lost: its picture came and could not be kept.
    """
    if isinstance(source, Staff):
        return Verdict(CheckInState.VERIFIED, EvidenceLevel.SEEN_BY_STAFF, (_seen(page, now),))
    if isinstance(source, Telephone):
        verdict = judge_short(
            source.proves,
            page.evidence,
            page.evidence_by_text,
            without_smartphone=page.without_smartphone,
            without_face=page.without_face,
        )
        if verdict.state == CheckInState.VERIFIED and not source.understood:
            return Verdict(
                CheckInState.IN_REVIEW, None, (words(N_("Your message arrived; health staff will read it.")),), "words"
            )
        return verdict
    if page.needs_photo:
        return Verdict(CheckInState.IN_REVIEW, None, (words(LOST),), "face") if lost else None
    doubts = place.reasons if place is not None and place.doubtful else ()
    if page.without_face and page.evidence in FACES:
        return judge_without_face(place.verdict if place else None, doubts)
    if doubts:
        return Verdict(CheckInState.IN_REVIEW, None, doubts, "place")
    enough = words(N_("Your answer was enough; no photo was needed."))
    return Verdict(CheckInState.VERIFIED, EvidenceLevel.ACKNOWLEDGED, (enough,))


def _seen(page: AnswerPage, now: datetime) -> Words:
    return words(N_("Health staff saw you at %(at)s."), at=local_clock(now, page.timezone, now))
