"""Sentences that were stored before they were reworded are read in today's words."""

from __future__ import annotations

import json
import re

import pytest

from monitor.words import TRANSLATIONS, Words, translator
from tests.unit.monitor.test_translations import catalogue

EARLIER: dict[str, str | dict[str, object]] = json.loads((TRANSLATIONS / "earlier.json").read_text())
PLACE = re.compile(r"%\((\w+)\)")


@pytest.mark.parametrize(
    ("stored", "vietnamese", "english"),
    [
        (
            {"template": "A camera saw you in your room at %(time)s; no answer was needed.", "values": {"time": "10:00"}},
            "Camera ghi nhận quý vị ở trong phòng lúc 10:00; không cần trả lời.",
            "A camera saw you in your room at 10:00; no answer was needed.",
        ),
        (
            {
                "template": "%(name)s: %(why)s",
                "values": {"name": "An", "why": {"template": "No face was found in the photo, so health staff will check."}},
            },
            "An: Không tìm thấy khuôn mặt trong ảnh, nên nhân viên y tế sẽ xem.",
            "An: No face was found in the photo, so health staff will check.",
        ),
        (
            {"template": "Nobody has been seen in room %(room)s since %(time)s.", "values": {"room": "101", "time": "10:00"}},
            "Không thấy ai trong phòng 101 từ 10:00.",
            "Nobody has been seen in room 101 since 10:00.",
        ),
        (
            {"template": "A sentence of nobody's, at %(time)s.", "values": {"time": "10:00"}},
            "A sentence of nobody's, at 10:00.",
            "A sentence of nobody's, at 10:00.",
        ),
    ],
)
def test_a_stored_sentence_is_said_as_it_is_worded_today(stored: dict[str, object], vietnamese: str, english: str) -> None:
    said = Words.load(stored)
    assert (said.say(translator("vi")), said.say(translator("en"))) == (vietnamese, english)


def test_every_earlier_sentence_leads_to_one_of_the_catalogue_that_has_the_same_values() -> None:
    today = {each for message in catalogue() for each in ([message.id] if isinstance(message.id, str) else message.id)}
    for old, since in EARLIER.items():
        template = since if isinstance(since, str) else str(since["template"])
        assert template in today, f"reworded again, or gone: {template}"
        assert old not in today, f"still said: {old}"
        assert set(PLACE.findall(old)) == set(PLACE.findall(template)), old
