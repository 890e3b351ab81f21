"""Under which key each thing that an incident can be about waits: the keys are stored, so they stay."""

from __future__ import annotations

import pytest

from monitor.incidents import causes
from monitor.models.incidents import IncidentKind


@pytest.mark.parametrize(
    ("cause", "key"),
    [
        (causes.face_doubtful(7), "face-resident-7"),
        (causes.place_doubtful(7), "place-resident-7"),
        (causes.not_there(7), "not-there-resident-7"),
        (causes.unwell(7), "unwell-resident-7"),
        (causes.late_answer(7), "late-answer-7"),
        (causes.contested(7), "contest-check-in-7"),
        (causes.text_unclear(7), "text-resident-7"),
        (causes.texts_stopped(7), "texts-stopped-resident-7"),
        (causes.guardian_needed(7), "guardian-resident-7"),
        (causes.request_overdue(7), "data-request-7-overdue"),
        (causes.room_empty(3, 7), "room-3-empty-7"),
        (causes.not_seen(3, 7), "room-3-not-seen-7"),
        (causes.too_many_people(3), "room-3-people"),
        (causes.camera_trouble(3, IncidentKind.CAMERA_OFFLINE), "camera-3-offline"),
        (causes.camera_trouble(3, IncidentKind.CAMERA_DEFOCUSED), "camera-3-defocused"),
        (causes.area_alarm(3, IncidentKind.CLOSED_AREA, "kho"), "camera-3-closed_area-kho"),
        (causes.area_alarm(3, IncidentKind.EXIT_CROSSED, "kho"), "camera-3-exit_crossed-kho"),
        (causes.site_silent(3), "site-3-silent"),
    ],
)
def test_each_cause_keeps_its_key(cause: str, key: str) -> None:
    assert cause == key


def test_staff_ask_after_somebody_for_three_kinds_of_silence_which_one_answer_ends() -> None:
    assert causes.asked_after(7) == ["missed-resident-7", "missed_repeatedly-resident-7", "unreached-resident-7"]
