"""Codes of cards as cameras and scanners bring them: what is read, what is doubted, and what is no card.

The codes here are made up. No authority has published what stands in them: their fields are as the readers of a hospital system in use take
them (Vietsens HIS, `Inventec.Common.QrCodeCCCD` and `QrCodeBHYT`), with the oddities that its code provides for.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from monitor.people.births import Birth
from monitor.people.card_text import hex_read, in_capitals_undone, letters_lost, telex_read
from monitor.people.cards import Card, CardKind, NoCard, number_doubts, read_card, unit_texts

TODAY = date(2026, 11, 30)
CARD = "079185001234|024567890|Nguyễn Thị An|05091985|Nữ|12/3, Phú Cường, Thủ Dầu Một, Bình Dương|22122021"
ALL = {
    "document_number": "079185001234",
    "earlier_number": "024567890",
    "full_name": "Nguyễn Thị An",
    "birth": "05/09/1985",
    "sex": "female",
    "nationality": "VN",
    "address": "12/3, Phú Cường, Thủ Dầu Một, Bình Dương",
}
HEX_NAME, HEX_ADDRESS = "Nguyễn Văn Bình".encode().hex(), "Xã An Tây, Tỉnh Bình Dương".encode().hex()
BHYT = f"DN4740112345678|{HEX_NAME}|05/09/1985|1|{HEX_ADDRESS}|79 - 034|01/01/2026|31/12/2026|15/12/2025|79|-|4|01/01/2020|x|$"


def _read(text: str) -> Card:
    card = read_card(text, TODAY)
    assert isinstance(card, Card), card
    return card


@pytest.mark.parametrize(
    ("text", "other"),
    [
        pytest.param(CARD, {}, id="as it is"),
        pytest.param(CARD + "\r\n", {}, id="the scanner ends with CR LF"),
        pytest.param("\ufeff" + CARD + "\r", {}, id="with a byte-order mark"),
        pytest.param(unicodedata.normalize("NFD", CARD), {}, id="letters taken apart"),
        pytest.param(CARD.replace("|", "｜"), {}, id="full-width bars"),
        pytest.param(CARD.replace("|", "¦"), {}, id="broken bars"),
        pytest.param(CARD.replace("|", " | "), {}, id="spaces around the bars"),
        pytest.param(CARD + "|||more|fields", {}, id="more fields, as newer cards may have"),
        pytest.param(CARD.replace("024567890", ""), {"earlier_number": None}, id="no earlier number"),
        pytest.param(CARD.replace("024567890|", ""), {"earlier_number": None}, id="six fields: the earlier number is left out"),
        pytest.param(CARD.replace("|22122021", ""), {}, id="six fields: the day of issue is left out"),
        pytest.param(CARD.replace("05091985", "05/09/1985"), {}, id="a date with slashes"),
        pytest.param(CARD.replace("05091985", "5/9/1985"), {}, id="a date with slashes, without zeros"),
        pytest.param(CARD.replace("05091985", "05-09-1985"), {}, id="a date with dashes"),
        pytest.param(CARD.replace("05091985", "1985"), {"birth": "1985"}, id="the year alone"),
        pytest.param(CARD.replace("05091985", "091985"), {"birth": "09/1985"}, id="month and year"),
        pytest.param(CARD.replace("05091985", "00001985"), {"birth": "1985"}, id="zeros for day and month"),
        pytest.param(CARD.replace("05091985", "00/09/1985"), {"birth": "09/1985"}, id="zeros for the day"),
        pytest.param(CARD.replace("Nguyễn Thị An", "NGUYỄN THỊ AN"), {}, id="the name in capitals"),
        pytest.param(CARD.replace("Nguyễn Thị An", "nGUYỄN tHỊ aN"), {}, id="the key for capitals is held"),
        pytest.param(CARD.replace("079185001234", "079 185 001 234"), {}, id="spaces in the number"),
        pytest.param(CARD.replace("|Nữ|", "|NỮ|"), {}, id="the sex in capitals"),
        pytest.param(CARD.replace("Nguyễn Thị An", "An"), {"full_name": "An"}, id="a name of one word"),
        pytest.param(
            CARD.replace("Nguyễn Thị An", "H'PHYẾT MLÔ"), {"full_name": "H'Phyết Mlô"}, id="a name of the Ê Đê in capitals"
        ),
        pytest.param(
            CARD.replace("079185", "079011").replace("1985", "1911").replace("Nữ", "Nam").replace("079011", "079011"),
            {"document_number": "079011001234", "birth": "05/09/1911", "sex": "male"},
            id="somebody of 115 years",
        ),
        pytest.param(
            CARD.replace("079185", "079225").replace("1985", "2025").replace("024567890", "").replace("Nữ", "Nam"),
            {"document_number": "079225001234", "birth": "05/09/2025", "sex": "male", "earlier_number": None},
            id="a child of this century",
        ),
        pytest.param("\u202b" + CARD + "\u202c", {}, id="marks of direction around it"),
    ],
)
def test_a_citizen_card_is_read_without_a_doubt(text: str, other: dict[str, str | None]) -> None:
    card = _read(text)
    assert (card.kind, dict(card.fields)) == (
        CardKind.CITIZEN,
        {key: value for key, value in {**ALL, **other}.items() if value},
    )
    assert [each.template for each in card.doubts] == []


@pytest.mark.parametrize(
    ("text", "without", "doubt"),
    [
        pytest.param(CARD.replace("05091985", "05091986"), (), "born in 1985", id="the number has another year"),
        pytest.param(CARD.replace("Nữ", "Nam"), (), "other sex", id="the number has another sex"),
        pytest.param(CARD.replace("079185", "003185"), (), "No province has the code 003", id="no such province"),
        pytest.param(CARD.replace("05091985", "31021985"), ("birth",), "There is no such day", id="a day that is none"),
        pytest.param(CARD.replace("05091985", "05092027"), ("birth",), "lies in the future", id="born tomorrow"),
        pytest.param(CARD.replace("05091985", ""), ("birth",), "no date of birth", id="no date of birth"),
        pytest.param(CARD.replace("|Nữ|", "|?|"), ("sex",), "sex could not be read", id="the sex is lost"),
        pytest.param(CARD.replace("Nguyễn Thị", "Nguy?n Th?"), ("full_name",), "Letters of the name were lost", id="letters lost"),
        pytest.param(CARD.replace("ễ", "\ufffd"), ("full_name",), "Letters of the name were lost", id="letters not decoded"),
        pytest.param(CARD.replace("Bình", "B?nh"), ("address",), "Letters of the address", id="letters of the address lost"),
        pytest.param(CARD.replace("Nguyễn Thị An", ""), ("full_name",), "names nobody", id="no name"),
        pytest.param(CARD.replace("079185001234", "79185001234"), ("document_number",), "has 11", id="a digit of the number lost"),
        pytest.param(CARD.replace("024567890", "24567"), ("earlier_number",), "not whole", id="the earlier number is cut"),
        pytest.param(
            "079185001234||Nguyen Thi An|05091985|Nu|12 Phu Cuong, Binh Duong|22122021", ("earlier_number",), "leaves out accents",
            id="accents lost",
        ),
        pytest.param(
            "079185001234||Nguyeexn Thij An|05091985|Nuwx|12/3, Phus Cuwowngf|22122021", ("earlier_number",), "was read as",
            id="typed as Telex",
        ),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_said_and_never_guessed(text: str, without: tuple[str, ...], doubt: str) -> None:
    card = _read(text)
    assert any(doubt in each.say(str) for each in card.doubts), [each.say(str) for each in card.doubts]
    assert set(card.fields) == set(ALL) - set(without)


def test_telex_and_lost_accents_keep_what_can_be_read() -> None:
    card = _read("079185001234||Nguyeexn Thij An|05091985|Nuwx|Phus Cuwowngf, Binhf Duwowng|22122021")
    assert (card.fields["full_name"], card.fields["sex"], card.fields["address"]) == (
        "Nguyễn Thị An",
        "female",
        "Phú Cường, Bình Dương",
    )


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        pytest.param(BHYT, {}, id="as it is, names in hex"),
        pytest.param(BHYT.replace(HEX_NAME, "Nguyễn Văn Bình"), {}, id="names as text"),
        pytest.param(BHYT.replace("DN4740112345678", "DN4740112345678AB9"), {}, id="a longer number is cut"),
        pytest.param(BHYT.replace("DN4740112345678", "0112345678"), {"insurance_number": "0112345678"}, id="ten digits"),
        pytest.param(BHYT.replace("05/09/1985", "5/9/1985"), {}, id="zeros left out"),
        pytest.param(BHYT.replace("05/09/1985", "1985"), {"birth": "1985"}, id="the year alone"),
        pytest.param(BHYT.replace("|1|", "|Nam|"), {}, id="the sex as a word"),
        pytest.param(BHYT.replace("|1|", "|2|"), {"sex": "female"}, id="2 is a woman"),
        pytest.param(BHYT.replace("79 - 034", "79–034"), {}, id="the facility with a dash"),
        pytest.param("|".join(BHYT.split("|")[:6]) + "|$", {}, id="an old card with few fields"),
        pytest.param(BHYT.lower().replace("nguyễn", "Nguyễn"), {}, id="small letters"),
    ],
)
def test_a_health_insurance_card_is_read(text: str, fields: dict[str, str]) -> None:
    card = _read(text)
    whole = {
        "insurance_number": "DN4740112345678",
        "full_name": "Nguyễn Văn Bình",
        "birth": "05/09/1985",
        "sex": "male",
        "address": "Xã An Tây, Tỉnh Bình Dương",
    }
    assert (card.kind, dict(card.fields), card.doubts) == (CardKind.INSURANCE, whole | fields, ())


def test_an_insurance_card_says_what_is_missing_and_names_a_childs_parent() -> None:
    few = _read(f"DN4740112345678|{HEX_NAME}|x|")
    assert set(few.fields) == {"insurance_number", "full_name"}
    assert len(few.doubts) == 2
    parent = "Trần Thị Mẹ".encode().hex()
    child = _read(BHYT.replace("|79|-|", f"|79|{parent}|"))
    assert [each.values for each in child.doubts] == [{"name": "Trần Thị Mẹ"}]


@pytest.mark.parametrize(
    ("written", "facility"),
    [("79 - 034", "79034"), ("79–034", "79034"), ("79034", "79034"), ("", ""), ("79-34", ""), ("x", "")],
)
def test_the_facility_of_an_insurance_card_is_five_digits_or_nothing(written: str, facility: str) -> None:
    assert _read(BHYT.replace("79 - 034", written)).facility == facility
    assert _read("|".join(BHYT.split("|")[:5])).facility == ""


def test_an_insurance_card_that_is_over_says_so() -> None:
    parts = BHYT.split("|")
    parts[7] = "5/9/2020"
    assert [each.values for each in _read("|".join(parts)).doubts] == [{"day": date(2020, 9, 5)}]
    parts[7] = "31/02/2020"
    assert _read("|".join(parts)).doubts == ()


@pytest.mark.parametrize(
    ("text", "fields"),
    [("079185001234", {"document_number": "079185001234", "nationality": "VN"}), ("DN4740112345678\r\n", {"insurance_number": "DN4740112345678"})],
)  # fmt: skip
def test_a_bar_code_that_holds_a_number_alone_says_so(text: str, fields: dict[str, str]) -> None:
    card = _read(text)
    assert (card.kind, dict(card.fields), len(card.doubts)) == (CardKind.NUMBER, fields, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Nothing was read"),
        ("  \r\n", "Nothing was read"),
        ("https://example.com/b/1234", "web address"),
        ("zalo://qr/p/abc", "web address"),
        ("00020101021138570010A000000727", "paying"),
        ("BEGIN:VCARD VERSION:3.0 FN:An END:VCARD", "contact"),
        ("P<VNMNGUYEN<<THI<AN<<<<<<<<<<<<", "passport"),
        ("0901234567", "number alone, of 10 digits"),
        ("8934563138165", "number alone, of 13 digits"),
        ("A|B|C|D|E|F|G", "neither a citizen card’s number"),
        ("Nguyễn Thị An", "neither the code"),
        ('{"id": "079185001234"}', "neither the code"),
    ],
)
def test_what_is_no_card_is_named_and_shown(text: str, says: str) -> None:
    read = read_card(text, TODAY)
    assert isinstance(read, NoCard)
    assert says in read.reason.say(str)
    assert read.text == " ".join(text.split())


def test_a_long_text_is_cut_where_it_is_shown() -> None:
    read = read_card("x" * 10_000, TODAY)
    assert isinstance(read, NoCard)
    assert len(read.text) == 300


@pytest.mark.parametrize(
    ("number", "sex", "year", "doubts"),
    [
        ("079185001234", "female", 1985, 0),
        ("079185001234", "male", 1985, 1),
        ("079085001234", "male", 1985, 0),
        ("079309001234", "female", 2009, 0),
        ("079309001234", "male", 1909, 2),
        ("079185001234", "", None, 0),
        ("079185001234", "other", 1985, 0),
        ("001085001234", "male", 1985, 0),
        ("005085001234", "male", 1985, 1),
        ("101085001234", "male", 1985, 0),
        ("024567890", "male", 1985, 0),
        ("B1234567", "male", 1985, 0),
    ],
)
def test_the_digits_of_a_number_say_province_sex_and_year(number: str, sex: str, year: int | None, doubts: int) -> None:
    birth = Birth(date(year, 5, 1)) if year else None
    assert len(number_doubts(number, sex, birth)) == doubts


@pytest.mark.parametrize(
    ("address", "texts"),
    [
        ("12/3, Phú Cường, Thủ Dầu Một, Bình Dương", ("Phú Cường, Thủ Dầu Một, Bình Dương", "Thủ Dầu Một, Bình Dương")),
        ("Tổ 5, X. An Tây, TX. Bến Cát, T. Bình Dương", ("Xã An Tây, Thị xã Bến Cát, Tỉnh Bình Dương", "Thị xã Bến Cát, Tỉnh Bình Dương")),
        ("Phường Sài Gòn, TP. Hồ Chí Minh", ("Phường Sài Gòn, Thành phố Hồ Chí Minh",)),
        ("12 Lê Lợi", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_the_last_parts_of_an_address_may_name_its_unit(address: str, texts: tuple[str, ...]) -> None:
    assert unit_texts(address) == texts


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Nguyeexn Vawn Binhf", "Nguyễn Văn Bình"),
        ("DDoong DDa", "Đông Đa"),
        ("Dduwcs", "Đức"),
        ("Traanf Quoocs Khanhs", "Trần Quốc Khánh"),
        ("LEE THIJ HOAF", "LÊ THỊ HÒA"),
        # Names as they are.
        ("Nguyen Van Nam", "Nguyen Van Nam"),
        ("Maria Rosa", "Maria Rosa"),
        ("Ksor Blos", "Ksor Blos"),
        ("Alex Max", "Alex Max"),
        ("Nguyễn Maxs", "Nguyễn Maxs"),
    ],
)
def test_telex_is_read_where_enough_speaks_for_it(typed: str, read: str) -> None:
    assert telex_read(typed) == read


def test_text_in_capitals_in_hex_and_with_lost_letters() -> None:
    assert in_capitals_undone("LÊ-THỊ O'NEIL") == "Lê-Thị O'Neil"
    assert in_capitals_undone("Lê Thị An") == "Lê Thị An"
    assert hex_read("416e20c3") == "416e20c3"
    assert [letters_lost(each) for each in ("Nguy?n", "Ai đó?", "An", "Nguy\ufffdn")] == [True, True, False, True]
