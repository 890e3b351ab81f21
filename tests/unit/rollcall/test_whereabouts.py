"""A silent phone alone never means that somebody left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rollcall.followup.whereabouts import Guess, Known, judge
from tests.worlds.small_zone import NOW


def at(minutes: int) -> Any:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("known", "guess"),
    [
        ({}, Guess.UNKNOWN),
        ({"sent_at": at(0)}, Guess.PHONE_OFF),
        ({"sent_at": at(0), "delivered_at": at(1)}, Guess.PHONE_ON),
        # It arrived, and the phone was switched off since.
        ({"sent_at": at(0), "delivered_at": at(1), "phone_off_at": at(30)}, Guess.PHONE_OFF),
        ({"phone_off_at": at(1), "sent_at": at(0), "delivered_at": at(30)}, Guess.PHONE_ON),
        # Off, and seen in the room: there, whatever the phone does.
        ({"sent_at": at(0), "present_at": at(20)}, Guess.THERE),
        ({"sent_at": at(0), "absent_since": at(5)}, Guess.PERHAPS_LEFT),
        ({"delivered_at": at(1), "outside_at": at(2)}, Guess.PERHAPS_LEFT),
        ({"sent_at": at(0), "not_found_at": at(60)}, Guess.PERHAPS_LEFT),
        # Not seen is not absent.
        ({"unseen_since": at(-180)}, Guess.UNKNOWN),
        ({"sent_at": at(0), "unseen_since": at(-180)}, Guess.PHONE_OFF),
        # The newer word counts.
        ({"absent_since": at(5), "found_at": at(60)}, Guess.THERE),
        ({"present_at": at(5), "not_found_at": at(60)}, Guess.PERHAPS_LEFT),
        ({"outside_at": at(2), "present_at": at(20)}, Guess.THERE),
    ],
)
def test_a_phone_that_is_off_is_told_apart_from_a_person_who_left(known: dict[str, Any], guess: Guess) -> None:
    finding = judge(Known("Asia/Ho_Chi_Minh", **known))
    assert finding.guess == guess
    assert finding.reasons
    said = [str(each.template) for each in finding.reasons]
    assert ("Nothing suggests that this person left." in said) == (guess == Guess.PHONE_OFF)
