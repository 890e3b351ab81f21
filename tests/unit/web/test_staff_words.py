"""Residents' sentences have a partner for staff, of the same values, and nothing on staff's screens speaks to the resident."""

from __future__ import annotations

import re

from monitor.words import Words, translator, words
from rollcall.rights.data_requests import ASKED
from tests.unit.monitor.test_translations import catalogue
from web.shared.staff_words import STAFF_WORDS, for_staff

PLACE = re.compile(r"%\((\w+)\)")


def test_both_are_sentences_of_the_catalogue_with_the_same_values() -> None:
    known = {message.id for message in catalogue()}
    for told, staff in STAFF_WORDS.items():
        assert told in known, f"reworded, or gone: {told}"
        assert staff in known
        assert set(PLACE.findall(staff)) <= set(PLACE.findall(told)), staff
        assert staff not in STAFF_WORDS


def test_staff_are_not_addressed_as_the_resident() -> None:
    for staff in STAFF_WORDS.values():
        assert not re.search(r"\b(you|your|me|my)\b", staff, re.IGNORECASE), staff
        assert "quý vị" not in translator("vi")(staff).lower(), staff


def test_every_kind_of_request_is_named_for_staff() -> None:
    assert set(ASKED.values()) <= set(STAFF_WORDS)


def test_a_sentence_within_another_is_said_for_staff_too() -> None:
    told = words("Our service was down at %(time)s. This does not count against you.", time="10:00")
    whole = for_staff(Words("%(name)s: %(why)s", {"name": "An", "why": told.dump()}))
    assert whole.say(translator("en")) == "An: Our service was down at 10:00. This does not count against the person."
    assert for_staff(Words("Roll-call")) == Words("Roll-call")
