"""What people write in a text message, and how it is understood."""

from __future__ import annotations

import unicodedata

import pytest

from monitor.models.rollcalls.inbound import InboundMeaning as M
from monitor.people.telephone_numbers import international, spellings
from rollcall.inbound.reading import Statement, read
from rollcall.verdicts.code_word import LENGTH, LOWEST, code_of

WELL = (
    "Có",
    "CÓ",
    "co",
    "CO",
    "Co.",
    "C",
    "c!",
    "ok",
    "OK 👍",
    "👍",
    "1",
    " 1 ",
    "yes",
    "Yes, I am here",
    "ＣＯ",
    "１",
    "Dạ có ạ",
    "Da co a",
    "em có mặt",
    "Vâng, tôi khoẻ",
    "vang toi khoe",
    "Tôi khỏe",
    "bình thường",
    "Đúng rồi",
    "Có, không sốt",
    "Khong sot khong ho",
    "không sốt không ho, khoẻ",
    "khong co trieu chung",
    "Tôi không có sốt",
    "không sao",
    "I am fine",
    "Co, 37.2 do",
    "co\u200b",
)
ILL = (
    "Không khỏe",
    "không khỏe",
    "KHONG KHOE",
    "ko khoe",
    "K.khỏe",
    "không được khoẻ",
    "chưa khoẻ",
    "ốm",
    "om",
    "ỐM",
    "sốt",
    "SOT",
    "Co sot",
    "Có, sốt 38,5",
    "38.5",
    "co 38.6",
    "2",
    "２",
    "mệt quá",
    "không sốt chỉ ho nhẹ",
    "khong sot, ho nhieu",
    "chưa hết sốt",
    "không ổn",
    "not well",
    "I am sick",
    "không thở được",
    "tôi bị đau đầu",
)
HELP = (
    "giúp",
    "GIUP",
    "Giúp tôi với",
    "HELP ME",
    "help!! help",
    "3",
    "cứu",
    "cuu toi",
    "SOS",
    "can tro giup",
    "không ai giúp tôi",
)
UNCLEAR = (
    "",
    "...",
    "Không",
    "ai đấy?",
    "khoẻ không?",
    "cảm ơn",
    "cam on",
    "5",
    "1 2 3",
    "Cô Lan",
    "cờ",
    "không cần giúp",
    "dùng cơm",
    "Chừng nào tôi được về",
    "hết sốt rồi",
    "Toi khoe, goi 1022 lam gi",
    "toi la F0, co",
    "Dung",
    "dung roi",
)
COMMANDS = {
    M.STOP: ("STOP", "stop.", "DỪNG", "dừng ạ", "HUỶ", "Hủy", "huy"),
    M.START: ("START", "BẬT", "bat", "bật lại"),
    M.EXPLAIN: ("HELP", "help", "TRỢ GIÚP", "tro giup", "?", " ?? ", "hướng dẫn"),
}
TABLE = [
    *((M.WELL, each) for each in WELL),
    *((M.ILL, each) for each in ILL),
    *((M.HELP, each) for each in HELP),
    *((M.UNCLEAR, each) for each in UNCLEAR),
    *((meaning, each) for meaning, texts in COMMANDS.items() for each in texts),
]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("meaning", "text"), TABLE)
def test_a_text_is_understood_however_it_is_spelt(meaning: M, text: str, form: str) -> None:
    assert read(unicodedata.normalize(form, text)).meaning == meaning  # type: ignore[arg-type]


def test_a_word_with_other_accents_is_another_word() -> None:
    assert read("đúng").meaning == M.WELL
    assert read("Dũng").meaning == M.UNCLEAR
    assert read("hồ").meaning == M.UNCLEAR
    assert read("đâu").meaning == M.UNCLEAR


@pytest.mark.parametrize(
    ("text", "symptoms", "wishes"),
    [
        ("sốt và ho", ("fever", "cough"), ()),
        ("KHO THO QUA", ("breathless",), ()),
        ("dau hong, mat mui", ("sore_throat", "no_taste"), ()),
        ("ốm, cần thuốc", (), ("medicine",)),
        ("hết gạo rồi giúp với", (), ("food", "help")),
    ],
)
def test_symptoms_and_wishes_are_those_of_the_page(text: str, symptoms: tuple[str, ...], wishes: tuple[str, ...]) -> None:
    (statement,) = read(text).statements
    assert (statement.symptoms, statement.wishes) == (symptoms, wishes)


@pytest.mark.parametrize(
    ("text", "code", "statements"),
    [
        ("CO 4821", "4821", (Statement(),)),
        ("4821", "4821", (Statement(),)),
        ("co4821", "4821", (Statement(),)),
        ("1 4821", "4821", (Statement(),)),
        ("4821 om", "4821", (Statement(unwell=True),)),
        ("CO 1022", "", (Statement(),)),
        ("CO 1 3", "", (Statement((1, 3)),)),
        ("co 1,3", "", (Statement((1, 3)),)),
        ("CO1 CO3", "", (Statement((1,)), Statement((3,)))),
        ("CO 1 3 OM 2", "", (Statement((1, 3)), Statement((2,), unwell=True))),
        ("Có 1 và 3 4821, sốt 2", "4821", (Statement((1, 3)), Statement((2,), unwell=True, symptoms=("fever",)))),
        ("1 khoẻ 2 sốt", "", (Statement((1,)), Statement((2,), unwell=True, symptoms=("fever",)))),
        ("giup 2", "", (Statement((2,), wishes=("help",)),)),
        ("co 1 sot", "", (Statement((1,), unwell=True, symptoms=("fever",)),)),
    ],
)
def test_code_words_and_numbers_of_members_are_told_apart(text: str, code: str, statements: tuple[Statement, ...]) -> None:
    reading = read(text)
    assert (reading.code, reading.statements) == (code, statements)


def test_a_temperature_is_read_and_is_no_number_of_a_member() -> None:
    assert read("co 36.8").temperature == 36.8
    assert read("co 36,8").statements == (Statement(),)
    assert read("Có 36").temperature == 36.0
    assert read("om 43,0").temperature == 43.0
    # What nobody can have was mistyped: it is no temperature, and alone it says nothing.
    assert (read("om 43,8").meaning, read("om 43,8").temperature) == (M.ILL, None)
    assert read("83.2").meaning == M.UNCLEAR


def test_a_code_word_has_four_digits_that_are_neither_a_year_nor_the_hotline() -> None:
    codes = {code_of(str(number)) for number in range(3000)}
    assert len(codes) > 2000
    assert all(len(each) == LENGTH and int(each) >= LOWEST for each in codes)


@pytest.mark.parametrize(
    ("typed", "one"),
    [
        ("+84900000001", "+84900000001"),
        ("84900000001", "+84900000001"),
        ("0900000001", "+84900000001"),
        ("0900 000 001", "+84900000001"),
        ("0084900000001", "+84900000001"),
        ("+84 (0)90.000.0001", "+84900000001"),
        ("+84000000101", "+84000000101"),
        ("+4915112345678", "+4915112345678"),
        ("1022", "1022"),
        ("VIETTEL", "VIETTEL"),
        ("", ""),
    ],
)
def test_a_number_is_the_same_however_it_is_typed(typed: str, one: str) -> None:
    assert international(typed) == one
    assert one in spellings(typed) or not one


def test_nothing_that_people_can_write_breaks_the_reader() -> None:
    for text in ("\x00", "\ud83d", "1" * 5000, "ko " * 800, "²", "٣", "co ²", "🇻🇳", "\u0301", "CO 00 99"):
        read(text)
