"""The built-in text messages: what each costs at its longest, and that the demonstration's phones understand what they ask for."""

from __future__ import annotations

import pytest

from monitor.authority import Authority
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptKind
from monitor.service.serve import long_address
from monitor.settings import LONGEST_ADDRESS, Settings
from monitor.words import Words, translator
from rollcall.channels.message_length import measure, without_accents
from rollcall.demonstration.phones import well
from rollcall.followup.who_was_told import ON_THE_LIST
from rollcall.texts import built_in, replies
from rollcall.texts.lengths import (
    LONGEST_DUE,
    LONGEST_NAME,
    Parts,
    address_too_long,
    link_at,
    parts_of_built_in,
    parts_of_words,
)
from rollcall.texts.own_words import InForce

ADDRESS = "https://cachly.tinh-xyz.gov.vn"
# The longest that each place holds; the link is that of REQUEST_ANSWERED where the message is.
LONGEST = {
    "link": link_at(ADDRESS),
    "due": LONGEST_DUE,
    "name": "Công Tằng Tôn Nữ Thị Phương Thảo",
    "number": "0123456789",
    "code": " 4821",
    "people": "1 Lan, 2 Minh, 3 Thảo",
}
WITH_A_LINK = {
    **{f"{kind}, link": text for kind, text in built_in.TEXTS.items() if kind != PromptKind.VOICE},
    **{f"shared {kind}, link": text for kind, text in built_in.SHARED.items()},
    **{f"guardian {kind}, link": text for kind, text in built_in.GUARDIAN.items() if kind != PromptKind.VOICE},
    "without picture": built_in.WITHOUT_PICTURE,
    "request answered": built_in.REQUEST_ANSWERED,
    "request answered by call": built_in.REQUEST_ANSWERED_BY_CALL,
}
BY_TEXT = {
    **{f"{kind}, text": text for kind, text in replies.TEXTS.items()},
    **{f"shared {kind}, text": text for kind, text in replies.SHARED.items()},
    **{f"guardian {kind}, text": text for kind, text in replies.GUARDIAN.items()},
}
NOTHING_ASKED = {
    "by call": replies.BY_CALL,
    **{f"taken {state}": text for state, text in replies.TAKEN.items()},
    "taken": replies.TAKEN_ELSE,
    "taken some": replies.TAKEN_SOME,
    **{str(kind): text for kind, text in replies.REPLY_TEXTS.items()},
    "test": built_in.TEST,
}
ALL = WITH_A_LINK | BY_TEXT | NOTHING_ASKED


def said(template: str, language: str, **values: str) -> str:
    if template == built_in.REQUEST_ANSWERED:
        values = {"link": LONGEST["link"] + "/data", **values}
    told = Words(ON_THE_LIST).say(translator(language))
    filled = built_in.fitting(LONGEST | {"told": told} | values, language, ChannelName.SMS)
    return Words(template, filled).say(translator(language))


def test_these_are_all() -> None:
    assert len(ALL) == 29


@pytest.mark.parametrize("name", ALL)
def test_a_message_is_one_part_in_english_and_without_accents_and_at_most_two_with_them(name: str) -> None:
    english, vietnamese = said(ALL[name], "en"), said(ALL[name], "vi")
    plain = without_accents(vietnamese)
    assert (measure(english).gsm, measure(english).parts) == (True, 1), english
    assert measure(vietnamese).parts <= 2, vietnamese
    assert (measure(plain).gsm, measure(plain).parts) == (True, 1), plain


@pytest.mark.parametrize(
    ("full_name", "short"),
    [
        ("Nguyễn Thị Phương Thảo", "Nguyễn Thị Phương Thảo"),
        ("Công Tằng Tôn Nữ Thị Phương Thảo", "Tôn Nữ Thị Phương Thảo"),
        ("Maria Fernanda González de la Cruz", "González de la Cruz"),
        ("Wolfeschlegelsteinhausenbergerdorff", "Wolfeschlegelsteinhaus"),
        ("", ""),
    ],
)
def test_a_long_name_keeps_its_last_words_in_a_text_message_and_all_of_them_elsewhere(full_name: str, short: str) -> None:
    assert built_in.fitting({"name": full_name, "due": "x"}, "vi", ChannelName.SMS) == {"name": short, "due": "x"}
    assert built_in.fitting({"name": full_name}, "vi", ChannelName.VOICE) == {"name": full_name}
    assert len(LONGEST_NAME) == built_in.LONGEST_NAME


def test_an_address_that_makes_messages_dear_is_told_with_what_they_cost() -> None:
    assert len(ADDRESS) == LONGEST_ADDRESS
    assert parts_of_built_in(ADDRESS, Authority()) == Parts(2, 1)
    assert address_too_long(ADDRESS, Authority()) is None
    for more, parts in ((1, Parts(3, 2)), (60, Parts(3, 2)), (100, Parts(4, 2))):
        told = address_too_long(ADDRESS + "x" * more, Authority())
        assert told is not None
        assert (told.values["count"], told.values["written"], told.values["plain"]) == (30 + more, parts.written, parts.plain)


def test_the_start_of_the_whole_service_tells_of_a_long_address_that_somebody_set() -> None:
    told = long_address(Settings(residents_url=ADDRESS + "x/"))
    assert told is not None
    assert told.values == {"count": 31, "most": 30}
    assert long_address(Settings(residents_url=ADDRESS + "/")) is None
    assert long_address(Settings(host="a-machine.of.the.province.example")) is None


@pytest.mark.parametrize(
    ("text", "plain", "parts"),
    [
        ("Xin trả lời: {link}", False, Parts(1, 1)),
        ("Xin trả lời ở: {link}", False, Parts(2, 1)),
        ("Xin trả lời: {link}", True, Parts(1, 1)),
        ("{name} {name} {name} {due} {link}", False, Parts(3, 1)),
        ("Trả lời tại {link} " + "x" * 100, False, Parts(3, 2)),
    ],
)
def test_own_words_are_counted_with_all_that_is_filled_in_at_its_longest(text: str, plain: bool, parts: Parts) -> None:
    assert parts_of_words(InForce(text, plain), "vi", ADDRESS, Authority()) == parts


@pytest.mark.parametrize("name", ALL)
def test_the_demonstrations_phones_answer_what_asks_for_a_text_and_nothing_else(name: str) -> None:
    wanted = {"vi": "CO" if name.startswith("shared") else "1", "en": "OK" if name.startswith("shared") else "1"}
    for language in ("vi", "en"):
        for code in ("", " 4821"):
            message = said(ALL[name], language, number="8149", code=code)
            answer = f"{wanted[language]}{code}" if name in BY_TEXT else None
            assert well(message) == well(without_accents(message)) == answer, message
