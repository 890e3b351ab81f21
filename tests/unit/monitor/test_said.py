"""How rooms, numbers, days and names are said in each language, and how typed days are read."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from monitor.authority import Authority
from monitor.clock import read_day, read_moment
from monitor.room_names import room_words
from monitor.words import number, translator, words
from rollcall.channels.message_length import measure
from rollcall.texts.writing import places


@pytest.mark.parametrize(
    ("name", "vietnamese", "english"),
    [
        ("101", "phòng 101", "room 101"),
        ("A101", "phòng A101", "room A101"),
        ("B-2.04", "phòng B-2.04", "room B-2.04"),
        ("P.12", "phòng P.12", "room P.12"),
        ("Phòng sinh hoạt chung", "Phòng sinh hoạt chung", "Phòng sinh hoạt chung"),
        ("Phòng 101", "Phòng 101", "Phòng 101"),
        ("Sân", "Sân", "Sân"),
        ("Sân 2", "Sân 2", "Sân 2"),
        ("100% lạnh", "100% lạnh", "100% lạnh"),
    ],
)
def test_a_room_with_a_number_is_called_room_and_a_name_stands_alone(name: str, vietnamese: str, english: str) -> None:
    said = room_words(name)
    assert (said.say(translator("vi")), said.say(translator("en"))) == (vietnamese, english)


def test_a_sentence_names_the_yard_once() -> None:
    seen = words("Nobody has been seen in %(room)s since %(time)s.", room=room_words("Sân").dump(), time="10:00")
    assert seen.say(translator("vi")) == "Không thấy ai trong Sân từ 10:00."


@pytest.mark.parametrize(
    ("value", "decimals", "vietnamese", "english"),
    [
        (37.2, 1, "37,2", "37.2"),
        (0.98, 2, "0,98", "0.98"),
        (38.0, None, "38", "38"),
        (0.5, None, "0,5", "0.5"),
        (12, 0, "12", "12"),
        (-1.25, 2, "-1,25", "-1.25"),
    ],
)
def test_decimals_have_the_readers_sign(value: float, decimals: int | None, vietnamese: str, english: str) -> None:
    assert number(value, translator("vi"), decimals) == vietnamese
    assert number(value, translator("en"), decimals) == english


def test_stored_sentences_have_it_too() -> None:
    stored = words("Temperature %(degrees)s °C", degrees=38.4)
    assert stored.say(translator("vi")).endswith("38,4 °C")
    assert stored.say(translator("en")).endswith("38.4 °C")
    compared = words("likeness %(similarity).2f, %(count)s", similarity=0.9, count=3)
    assert compared.say(translator("vi")) == "likeness 0,90, 3"


@pytest.mark.parametrize(
    "typed", ["2026-11-24T10:00", "2026-11-24 10:00", "24/11/2026 10:00", "10:00 24/11/2026", " 24/11/2026,  10:00 "]
)
def test_a_moment_is_read_as_people_type_it_and_as_browsers_send_it(typed: str) -> None:
    assert read_moment(typed) == datetime(2026, 11, 24, 10)  # noqa: DTZ001 - a wall clock's


@pytest.mark.parametrize("typed", ["", "24/13/2026 10:00", "31/02/2026 10:00", "24/11/2026 25:00", "2026-11-24T10:00+07:00"])
def test_what_is_no_moment_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_moment(typed)


def test_a_day_is_read_both_ways() -> None:
    assert read_day("24/12/2026") == read_day("2026-12-24") == date(2026, 12, 24)
    with pytest.raises(ValueError, match=r".+"):
        read_day("24/12")


@pytest.mark.parametrize(
    ("authority", "language", "named", "headed"),
    [
        (Authority(), "vi", "cơ quan y tế", "Cơ quan y tế"),
        (Authority(), "en", "the health service", "The health service"),
        (Authority("Trạm Y tế phường Phú Cường"), "vi", "Trạm Y tế phường Phú Cường", "Trạm Y tế phường Phú Cường"),
        (Authority("Trạm Y tế phường Phú Cường"), "en", "Trạm Y tế phường Phú Cường", "Trạm Y tế phường Phú Cường"),
        (Authority("Trạm Y tế", "Health Station"), "en", "Health Station", "Health Station"),
        (Authority("Trạm Y tế", "Health Station"), "vi", "Trạm Y tế", "Trạm Y tế"),
    ],
)
def test_who_speaks_is_the_body_that_was_named(authority: Authority, language: str, named: str, headed: str) -> None:
    assert (authority.named(language), authority.headed(language)) == (named, headed)


def test_the_name_makes_no_english_text_message_longer_than_its_letters() -> None:
    authority = Authority("Trạm Y tế phường Phú Cường")
    assert measure(places(authority, "en", "sms")["service"]).gsm
    assert places(authority, "en", "voice")["service"] == authority.name
    assert places(authority, "vi", "sms")["service"] == authority.name
