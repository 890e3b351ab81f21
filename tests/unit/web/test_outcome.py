"""What a resident is told of an answer: the person comes before the picture, and only what is so is said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import translator
from rollcall.answers.told import NOTHING, Question, Report, Told, told_of
from tests.worlds.small_zone import NOW
from web.residents.outcome import CARE, LATE, OUTCOMES, outcome_for

HOUR = timedelta(hours=1)
UNWELL = {each: Report(care=True, told=each) for each in Told}
TOLD_NOW = (
    "Received. It is on the health staff’s list, and they will call you. Trouble breathing, chest pain or danger: call 115 now.",
    "Đã nhận. Tin đã vào danh sách của nhân viên y tế, họ sẽ gọi lại. Khó thở, đau ngực hoặc nguy hiểm: gọi ngay 115.",
)


@pytest.mark.parametrize("state", list(CheckInState))
@pytest.mark.parametrize("late", [False, True])
def test_who_is_ill_and_was_told_of_reads_that_staff_call_whatever_the_face_showed(state: CheckInState, late: bool) -> None:
    said = outcome_for(state, UNWELL[Told.WAITING], late=late)
    assert (said.words.say(translator("en")), said.words.say(translator("vi"))) == TOLD_NOW
    assert said.tone != "good"
    assert said.final == (LATE if late else OUTCOMES[state]).final


@pytest.mark.parametrize(
    ("state", "report", "text", "tone"),
    [
        (CheckInState.VERIFIED, NOTHING, "Roll-call received. Thank you!", "good"),
        # A note asks nobody, so nothing is promised of it; and an incident that is over promises no call.
        (CheckInState.VERIFIED, UNWELL[Told.NOT], "Roll-call received. Thank you!", "calm"),
        (CheckInState.VERIFIED, UNWELL[Told.DONE], CARE[Told.DONE], "calm"),
        (CheckInState.ANSWERED, NOTHING, "Received, being checked. Thank you!", "calm"),
        (CheckInState.ANSWERED, UNWELL[Told.NOT], "Received, being checked. Thank you!", "calm"),
        (CheckInState.ANSWERED, UNWELL[Told.WAITING], TOLD_NOW[0], "calm"),
        (CheckInState.IN_REVIEW, NOTHING, OUTCOMES[CheckInState.IN_REVIEW].text, "calm"),
        (CheckInState.IN_REVIEW, UNWELL[Told.WAITING], TOLD_NOW[0], "calm"),
        (CheckInState.ACCEPTED, NOTHING, OUTCOMES[CheckInState.ACCEPTED].text, "good"),
        (CheckInState.ACCEPTED, UNWELL[Told.NOT], OUTCOMES[CheckInState.ACCEPTED].text, "calm"),
        (CheckInState.REJECTED, UNWELL[Told.NOT], OUTCOMES[CheckInState.REJECTED].text, "watch"),
        (CheckInState.REJECTED, UNWELL[Told.WAITING], TOLD_NOW[0], "watch"),
        (CheckInState.MISSED, NOTHING, OUTCOMES[CheckInState.MISSED].text, "watch"),
    ],
)
def test_what_is_said(state: CheckInState, report: Report, text: str, tone: str) -> None:
    said = outcome_for(state, report)
    assert (said.text, said.tone) == (text, tone)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_state_says_that_all_is_well_of_a_person(language: str) -> None:
    everything = [outcome_for(state, each) for state in CheckInState for each in (NOTHING, *UNWELL.values())]
    said = " ".join(each.words.say(translator(language)) for each in everything).lower()
    assert not any(each in said for each in ("all is well", "tốt", "ổn"))


def test_the_tick_is_for_good_outcomes_alone() -> None:
    style = (Path(__file__).parents[3] / "web/static/phones.css").read_text()
    assert ".outcome:not(.good) .tick" in style


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (None, Told.NOT),
        (Question(7, NOW, None), Told.WAITING),
        (Question(7, NOW, NOW + HOUR), Told.DONE),
        # An earlier one that was still open stands for this answer too; one that was over, or came later, does not.
        (Question(6, NOW - HOUR, None), Told.WAITING),
        (Question(6, NOW - HOUR, NOW + HOUR), Told.DONE),
        (Question(6, NOW - HOUR, NOW - HOUR / 2), Told.NOT),
        (Question(8, NOW + HOUR, None), Told.NOT),
        # The newest answer's check-in stands on the one incident.
        (Question(7, NOW - HOUR, None), Told.WAITING),
    ],
)
def test_staff_were_told_where_an_incident_says_so(question: Question | None, told: Told) -> None:
    assert told_of(7, NOW, [question] if question else []) == told
