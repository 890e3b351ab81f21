"""STOP and START in the words that people use, and quotations and reactions, which say nothing."""

from __future__ import annotations

import pytest

from monitor.models.rollcalls.inbound import InboundMeaning as M
from monitor.words import LANGUAGES, Words, translator
from rollcall.channels.message_length import without_accents
from rollcall.followup.who_was_told import ON_THE_LIST
from rollcall.inbound.reading import Writers, read
from rollcall.texts import built_in, replies

AN = Writers(names=("Nguyễn Văn An",), rooms=("P.203",), numbers=("+84900000101", "8149"), codes=())
PLACES = {
    "code": " 4821",
    "number": "8149",
    "due": "08:20 24/11",
    "people": "1 An, 2 Bình",
    "name": "An",
    "link": "https://cachly.tinh.gov.vn/a/abc",
    "service": "Sở Y tế",
}
OURS = [
    Words(template, PLACES | {"told": translator(language)(ON_THE_LIST)}).say(translator(language))
    for template in (*replies.TEXTS.values(), *replies.SHARED.values(), *replies.REPLY_TEXTS.values(), *built_in.TEXTS.values())
    for language in LANGUAGES
]
STOP = [
    "Stop. Thank you",
    "STOP 8149",
    "STOPALL",
    "stop all",
    "QUIT",
    "END",
    "CANCEL",
    "REVOKE",
    "OPT OUT",
    "opt-out",
    "OPTOUT",
    "UNSUBSCRIBE",
    "unsubscribe please",
    "ngừng",
    "ngưng",
    "dừng",
    "DỪNG ạ",
    "dừng lại",
    "huỷ",
    "huy",
    "hủy nhận tin",
    "huỷ đăng ký",
    "đừng nhắn nữa",
    "dung nhan tin nua",
    "thôi đừng nhắn tin nữa",
    "xin đừng nhắn nữa ạ",
    "đừng gửi tin nhắn cho tôi nữa",
    "ngưng nhắn tin",
    "không nhận tin nữa",
    "ko muốn nhận tin",
    "đừng làm phiền tôi nữa",
    "khỏi nhắn",
    "chặn số này",
    "xoá số tôi đi",
    "soạn STOP gửi 8149",
    "please stop texting me",
    "Stop sending me messages",
    "no more texts",
    "don't text me",
    "dont text me again",
    "do not text me",
    "Don’t message me anymore",
    "remove me",
    "remove my number",
    "leave me alone",
    "An stop",
    "stop!!!",
]
NOT_STOP = [
    "dung",
    "dung roi",
    "dung so nay",
    "đúng số rồi",
    "đừng ngừng nhắn",
    "don't stop",
    "don't stop texting",
    "đừng dừng lại",
    "not stop",
    "can't stop coughing",
    "the end",
    "when does it end",
    "bao giờ dừng",
    "đừng lo",
    "thôi",
    "không",
    "no",
    "không nhận được tin nhắn",
    "I don't get your messages",
    "tin nhắn gì đây",
    "nhắn lại sau",
    "cancel my appointment",
    "stop the noise next door",
    "ngừng thở",
    "quit smoking",
    "bus stop",
    "dừng xe",
    "cho tôi hủy lịch xét nghiệm",
]


@pytest.mark.parametrize("text", STOP)
def test_who_wants_no_texts_is_understood(text: str) -> None:
    assert read(text, AN).meaning is M.STOP


@pytest.mark.parametrize("text", NOT_STOP)
def test_what_only_looks_like_it_stops_nothing_and_is_not_well(text: str) -> None:
    assert read(text, AN).meaning not in (M.STOP, M.WELL)


def test_somebody_called_huy_stops_nothing_by_signing() -> None:
    assert read("Huy", Writers(names=("Trần Quang Huy",))).meaning is M.UNCLEAR


def test_who_is_ill_and_wants_no_texts_is_ill() -> None:
    assert read("Khó thở, đừng nhắn nữa", AN).meaning is M.ILL
    assert read("Tôi khỏe, đừng nhắn nữa", AN).meaning is M.STOP


@pytest.mark.parametrize(
    "text", ["START", "start please", "START 8149", "BẬT ạ", "bat lai", "nhắn lại cho tôi", "unstop", "resume"]
)
def test_who_wants_texts_again_is_understood(text: str) -> None:
    assert read(text, AN).meaning is M.START


@pytest.mark.parametrize(
    "quoted",
    [
        *(
            "{}",
            "Liked “{}”",
            "Disliked “{}”",
            'Loved "{}"',
            "Emphasized “{}”",
            "Questioned “{}”",
            "Laughed at “{}”",
            "Reacted 👍 to “{}”",
        ),
        *(
            'Reacted 😢 to "{}"',
            "\u200b👍\u200b to “{}”",
            "Removed a heart from “{}”",
            "Đã thích “{}”",
            "Đã bày tỏ cảm xúc 👎 với “{}”",
        ),
        *("> {}", "Re: {}", "Fwd: {}", "Trả lời: {}", "“{}”", "Liked “{}", "On Tue, 24 Nov 2026, 8149 wrote:\n> {}"),
    ],
)
def test_a_quotation_of_our_message_says_nothing(quoted: str) -> None:
    for ours in OURS:
        for text in (ours, without_accents(ours)):
            assert read(quoted.format(text), AN).meaning is M.QUOTATION, text


def test_own_words_of_a_place_are_ours_too() -> None:
    own = "Bà con phường 7 ơi, mời bấm vào đây trả lời giúp trước {due}: {link}"
    text = own.format(due="08:20 24/11", link="https://x.vn/a/1")
    assert read(f"Re: {text}", Writers(names=("An",), sent=(own,))).meaning is M.QUOTATION
    assert read(f"Re: {text}", Writers(names=("An",))).meaning is not M.QUOTATION


@pytest.mark.parametrize("text", ["Liked an image", "Loved a photo", "Đã yêu thích một hình ảnh", "Liked “tôi sốt”"])
def test_a_reaction_to_anything_says_nothing(text: str) -> None:
    assert read(text, AN).meaning is M.QUOTATION


def test_what_stands_outside_a_quotation_is_read() -> None:
    ours = OURS[0]
    assert read(f"Có\n> {ours}", AN).meaning is M.WELL
    assert read(f"Re: {ours}\nKhỏe", AN).meaning is M.WELL
    assert read(f"> {ours}\nkhó thở", AN).meaning is M.ILL
    assert read(f"{ours} Tôi sốt", AN).meaning is M.ILL
    assert read(f"{ours}\nkhông hiểu gì", AN).meaning is M.UNCLEAR
    assert read("OK\nSent from my iPhone", AN).meaning is M.WELL


def test_a_quotation_of_others_is_read_by_a_person() -> None:
    for text in ("> khó thở", '"khỏe"', "“ok”", "Re: khỏe"):
        assert read(text, AN).meaning is M.UNCLEAR, text


def test_complaints_in_the_words_of_our_messages_are_complaints() -> None:
    for text in ("khó thở, đau ngực hoặc nguy hiểm", "Trouble breathing, chest pain or danger", "không khỏe", "2 if unwell"):
        assert read(text, AN).meaning is M.ILL, text
