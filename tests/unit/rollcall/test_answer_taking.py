"""Whether an answer is taken and what comes of it, as tables: by what was asked, by which way it came, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.people.face_agreement import FaceAgreement
from monitor.problems import BadInput, Problem
from monitor.words import N_, words
from rollcall.answers.admission import AlreadyAnswered, admit
from rollcall.answers.judgement import arrival, judge_answer
from rollcall.answers.page import AnswerPage, RoundClosed
from rollcall.answers.places import PlaceFinding
from rollcall.answers.said import LONGEST_NOTE, Said, check_said
from rollcall.answers.source import OwnPage, Source, Staff, Telephone
from rollcall.answers.stamps import GRACE
from tests.worlds.due_round import minutes
from tests.worlds.small_zone import NOW

E, S = EvidenceLevel, CheckInState
WELL = Said(made_at=NOW)
SELFIE = replace(WELL, photo=b"a picture")
PAGE, TEXT, NURSE = OwnPage(), Telephone("sms", E.CODE_WORD), Staff(7)
DOUBT = words(N_("The phone did not find its location."))
ASKED = AnswerPage(
    check_in_id=1,
    resident_id=2,
    zone_id=3,
    nonce="n",
    full_name="An",
    language="vi",
    opened_at=NOW,
    due_at=minutes(20),
    timezone="Asia/Ho_Chi_Minh",
    state=S.PROMPTED,
    reasons=[],
    needs_photo=False,
    moves=(),
    evidence=E.ACKNOWLEDGED,
    evidence_by_text=E.ACKNOWLEDGED,
    without_smartphone=False,
    faces=FaceAgreement.AGREED,
    circle=None,
    closed_at=None,
    received_at=None,
    late=False,
    in_window=False,
    under_order=True,
    guardian=None,
    shares_with=None,
)
FACE = replace(ASKED, evidence=E.FACE, needs_photo=True)
CLOSED = replace(ASKED, state=S.MISSED, closed_at=minutes(20), due_at=None)
AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("page", "said", "source", "after", "refused"),
    [
        (ASKED, WELL, PAGE, AN_HOUR, None),
        (ASKED, WELL, TEXT, AN_HOUR, None),
        (ASKED, WELL, NURSE, AN_HOUR, None),
        # The picture that a plan asks for is asked of the page only.
        (FACE, SELFIE, PAGE, AN_HOUR, None),
        (FACE, WELL, PAGE, AN_HOUR, BadInput),
        (FACE, WELL, TEXT, AN_HOUR, None),
        (FACE, WELL, NURSE, AN_HOUR, None),
        # Late: a phone may keep it for ever, a text some hours, staff see somebody now.
        (CLOSED, WELL, PAGE, 9 * GRACE, None),
        (CLOSED, WELL, TEXT, GRACE, None),
        (CLOSED, WELL, TEXT, GRACE + AN_HOUR, RoundClosed),
        (CLOSED, WELL, NURSE, timedelta(0), RoundClosed),
        # Once answered, once only.
        (replace(ASKED, state=S.ANSWERED, received_at=NOW), WELL, PAGE, AN_HOUR, AlreadyAnswered),
        (replace(CLOSED, received_at=NOW), WELL, TEXT, AN_HOUR, AlreadyAnswered),
        (replace(ASKED, state=S.ACCEPTED), WELL, PAGE, AN_HOUR, AlreadyAnswered),
        # Whom nothing holds any more is asked nothing.
        (replace(ASKED, state=S.EXCUSED), WELL, PAGE, AN_HOUR, RoundClosed),
        (replace(ASKED, under_order=False), WELL, PAGE, AN_HOUR, RoundClosed),
        (replace(ASKED, under_order=False), WELL, TEXT, AN_HOUR, RoundClosed),
        (replace(ASKED, under_order=False), WELL, NURSE, AN_HOUR, RoundClosed),
        (replace(CLOSED, under_order=False), WELL, PAGE, AN_HOUR, RoundClosed),
        (replace(ASKED, state=S.VERIFIED, received_at=NOW, under_order=False), WELL, PAGE, AN_HOUR, AlreadyAnswered),
    ],
)
def test_who_may_answer_until_when(
    page: AnswerPage, said: Said, source: Source, after: timedelta, refused: type[Problem] | None
) -> None:
    now = (page.closed_at or NOW) + after
    if refused is None:
        admit(page, said, source, now)
        return
    with pytest.raises(refused):
        admit(page, said, source, now)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, None),
        ({"symptoms": ("fever", "other"), "help": ("food", "help"), "note": "x" * LONGEST_NOTE, "temperature": 43.0}, None),
        ({"symptoms": ("bankruptcy",)}, "symptoms"),
        ({"help": ("gold",)}, "help"),
        ({"note": "x" * (LONGEST_NOTE + 1)}, "note"),
        ({"temperature": 43.1}, "temperature"),
        ({"spo2": 50}, None),
        ({"spo2": 101}, "spo2"),
        ({"symptoms": ("danger",)}, None),
    ],
)
def test_what_may_be_said(said: dict[str, Any], field: str | None) -> None:
    if field is None:
        check_said(replace(WELL, **said), LONGEST_NOTE)
        return
    with pytest.raises(BadInput) as told:
        check_said(replace(WELL, **said), LONGEST_NOTE)
    assert told.value.field == field


@pytest.mark.parametrize(
    ("said", "ill"),
    [
        ({}, False),
        ({"unwell": True}, True),
        ({"symptoms": ("cough",)}, True),
        ({"temperature": 38.0}, True),
        ({"temperature": 37.9}, False),
        ({"spo2": 96}, True),
        ({"spo2": 97}, False),
        ({"help": ("food",)}, False),
    ],
)
def test_illness_is_heard_however_it_is_said(said: dict[str, Any], ill: bool) -> None:
    assert replace(WELL, **said).ill == ill


def place(verdict: PlaceVerdict, *, doubtful: bool = False) -> PlaceFinding:
    return PlaceFinding(verdict, (DOUBT,), doubtful)


REFUSES = replace(FACE, faces=FaceAgreement.REFUSED, needs_photo=False)
INSIDE, OUTSIDE = place(PlaceVerdict.INSIDE), place(PlaceVerdict.OUTSIDE, doubtful=True)


@pytest.mark.parametrize(
    ("page", "source", "found", "expected"),
    [
        (ASKED, PAGE, None, (S.VERIFIED, E.ACKNOWLEDGED)),
        (ASKED, PAGE, INSIDE, (S.VERIFIED, E.ACKNOWLEDGED)),
        (ASKED, PAGE, OUTSIDE, (S.IN_REVIEW, None)),
        # A worker compares the picture, and looks at the place then.
        (FACE, PAGE, OUTSIDE, None),
        (REFUSES, PAGE, None, (S.VERIFIED, E.CODE_WORD)),
        (REFUSES, PAGE, INSIDE, (S.VERIFIED, E.PLACE)),
        (REFUSES, PAGE, OUTSIDE, (S.IN_REVIEW, None)),
        (ASKED, TEXT, None, (S.VERIFIED, E.CODE_WORD)),
        (FACE, TEXT, None, (S.IN_REVIEW, None)),
        (replace(FACE, without_smartphone=True), TEXT, None, (S.VERIFIED, E.CODE_WORD)),
        (REFUSES, TEXT, None, (S.VERIFIED, E.CODE_WORD)),
        # Eyes are the best evidence, whatever the plan asks for.
        (FACE, NURSE, None, (S.VERIFIED, E.SEEN_BY_STAFF)),
    ],
)
def test_what_comes_of_an_answer_in_time(
    page: AnswerPage, source: Source, found: PlaceFinding | None, expected: tuple[S, E | None] | None
) -> None:
    verdict = judge_answer(page, source, found, NOW)
    assert (None if verdict is None else (verdict.state, verdict.evidence)) == expected


def test_the_trail_says_that_an_answer_came_or_that_staff_saw_somebody() -> None:
    came, seen = (arrival(ASKED, each, NOW) for each in (PAGE, NURSE))
    assert came.state == seen.state == S.ANSWERED
    assert "arrived" in came.reasons[0].say(str)
    assert "Health staff saw you at 10:00" in seen.reasons[0].say(str)
