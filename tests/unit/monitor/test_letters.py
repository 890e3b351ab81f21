"""What stands in letters, what is missing for one, what a form says, and that the font has every letter that is written."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from monitor.letters.codes import hash_of, new_token, short_code
from monitor.letters.content import (
    Case,
    Code,
    Given,
    Moved,
    OrderSaid,
    Person,
    TermMoved,
    facts_of,
    letter_of,
    missing_of_case,
    missing_of_given,
)
from monitor.letters.delivery import read_delivered
from monitor.letters.given import dumped, loaded, read_given, read_kind
from monitor.models.people.letters import LetterKind
from monitor.models.people.residents import BirthPrecision, OrderState, Sex
from monitor.people.births import Birth
from monitor.problems import BadInput
from monitor.typesetting.glyphs import WRITABLE, unwritable
from monitor.typesetting.process import FONTS

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PERSON = Person("Nguyễn Thị An", birth=Birth(date(1980, 2, 1)), sex=Sex.FEMALE, document="079080001234", address="12 Lê Lợi")
ORDER = OrderSaid(
    number="12/QĐ-UBND",
    authority="Ủy ban nhân dân phường Phú Cường",
    legal_basis="Luật Phòng bệnh;\nCăn cứ Quyết định số 1",
    reason="Tiếp xúc gần",
    starts_at=NOW,
    ends_at=NOW + timedelta(days=14),
    state=OrderState.ACTIVE,
    ended_at=None,
    place="Khu A",
)
CASE = Case(PERSON, ORDER)
RELEASED = Case(PERSON, replace(ORDER, state=OrderState.RELEASED, ended_at=NOW + timedelta(days=14)))
LONGER = replace(CASE, term_moved=TermMoved((NOW, NOW), (NOW + timedelta(days=7), NOW + timedelta(days=14)), "Có ca mới"))
GONE_ON = replace(CASE, moved=Moved("Khu A", "Khu B", NOW, "Khu A đóng"))
GIVEN = Given(place="Phú Cường", day=date(2026, 2, 3), signer_role="Chủ tịch", signer_name="Trần Văn B")
CODE = Code("<svg/>", "0000-0000-0000")
WHOLE = {
    LetterKind.QUARANTINE: CASE,
    LetterKind.CHANGE: LONGER,
    LetterKind.TRANSFER: GONE_ON,
    LetterKind.RELEASE: RELEASED,
}


def templates(found: list[Any]) -> list[str]:
    return [each.template for each in found]


@pytest.mark.parametrize("kind", LetterKind)
def test_a_whole_record_lacks_nothing_and_each_letter_names_the_person_and_the_order(kind: LetterKind) -> None:
    assert missing_of_case(kind, WHOLE[kind], GIVEN) == []
    letter = letter_of(kind, WHOLE[kind], GIVEN, CODE)
    assert ("Họ và tên", "Nguyễn Thị An") in [(row.label, row.value) for row in letter.facts]
    assert letter.place_and_day == "Phú Cường, ngày 03 tháng 02 năm 2026"
    assert letter.heading == ("GIẤY XÁC NHẬN" if kind is LetterKind.RELEASE else "QUYẾT ĐỊNH")
    if kind is not LetterKind.QUARANTINE:
        assert "12/QĐ-UBND" in letter.opening[0]
        assert letter.number == "Số: ........../.........."
    else:
        assert letter.number == "Số: 12/QĐ-UBND"
    assert letter.english is None


@pytest.mark.parametrize(
    ("kind", "case", "said"),
    [
        (LetterKind.QUARANTINE, replace(CASE, person=replace(PERSON, birth=None)), "date or year of birth"),
        (LetterKind.QUARANTINE, replace(CASE, person=replace(PERSON, name_awaited=True)), "name is not known yet"),
        (LetterKind.QUARANTINE, replace(CASE, order=replace(ORDER, legal_basis="")), "legal basis is missing"),
        (LetterKind.QUARANTINE, replace(CASE, order=replace(ORDER, reason="")), "reason of the order"),
        (LetterKind.QUARANTINE, replace(CASE, order=replace(ORDER, authority="")), "authority that issues"),
        (LetterKind.QUARANTINE, replace(CASE, person=replace(PERSON, name="王小明")), "font of letters"),
        (LetterKind.CHANGE, CASE, "No change of the order’s beginning or end"),
        (LetterKind.CHANGE, replace(LONGER, order=replace(ORDER, number="")), "number of the quarantine order"),
        (LetterKind.TRANSFER, CASE, "No move to another zone"),
        (LetterKind.RELEASE, CASE, "is not released"),
    ],
)
def test_what_is_missing_is_told_and_no_letter_is_made(kind: LetterKind, case: Case, said: str) -> None:
    (sentence,) = missing_of_case(kind, case, GIVEN)
    assert said in sentence.template
    with pytest.raises(ValueError, match="missing"):
        letter_of(kind, case, GIVEN, CODE)


def test_a_certificate_needs_no_legal_basis_and_a_basis_that_is_filled_in_comes_before_the_orders() -> None:
    without = replace(RELEASED, order=replace(RELEASED.order, legal_basis=""))
    assert missing_of_case(LetterKind.RELEASE, without, GIVEN) == []
    letter = letter_of(LetterKind.QUARANTINE, CASE, replace(GIVEN, basis="Nghị định 1"), CODE)
    assert letter.basis == ("Căn cứ Nghị định 1;",)
    assert letter_of(LetterKind.QUARANTINE, CASE, GIVEN, CODE).basis == (
        "Căn cứ Luật Phòng bệnh;",
        "Căn cứ Quyết định số 1;",
    )


def test_who_signs_where_and_when_is_never_filled_in_by_the_machine() -> None:
    assert len(missing_of_given(Given())) == 3
    assert missing_of_given(GIVEN) == []
    assert templates(missing_of_given(replace(GIVEN, signer_role=""))) == ["The position of the person who signs is missing."]


def test_moments_are_on_the_zones_clock_and_a_year_of_birth_is_called_one() -> None:
    case = replace(CASE, person=replace(PERSON, birth=Birth(date(1980, 1, 1), BirthPrecision.YEAR)))
    facts = {row.label: row.value for row in facts_of(LetterKind.QUARANTINE, case, "vi")}
    assert facts["Năm sinh"] == "1980"
    assert facts["Thời gian cách ly"] == "từ 10 giờ 00 phút ngày 23/11/2026 đến 10 giờ 00 phút ngày 07/12/2026"
    assert facts["Quốc tịch"] == "Việt Nam"
    english = letter_of(LetterKind.QUARANTINE, case, replace(GIVEN, english=True), CODE).english
    assert english is not None
    assert ("Year of birth", "1980") in [(row.label, row.value) for row in english.facts]
    assert "Vietnam" in [row.value for row in english.facts]


def test_what_is_filled_in_is_kept_and_read_again_and_what_is_too_long_is_refused() -> None:
    typed = {
        "place": " Phú  Cường ",
        "day": "03/02/2026",
        "signer_role": "Chủ tịch",
        "closing": "Một\r\n\r\nHai",
        "english": "yes",
    }
    given = read_given(typed)
    assert (given.place, given.day, given.closing, given.english) == ("Phú Cường", date(2026, 2, 3), ("Một", "Hai"), True)
    assert loaded(dumped(given)) == given
    for wrong in ({"place": "x" * 101}, {"day": "31/02/2026"}, {"closing": "x\n" * 11}, {"basis": "x" * 301}, {"day": "1.1.1"}):
        with pytest.raises(BadInput) as refused:
            read_given(typed | wrong)
        assert refused.value.field == next(iter(wrong))
    assert read_kind("release") is LetterKind.RELEASE
    with pytest.raises(BadInput):
        read_kind("")


@pytest.mark.parametrize(
    ("typed", "allowed"),
    [
        ("2026-11-23", True),
        ("23/11/2026", True),
        ("24/11/2026", False),
        ("19/11/2026", False),
        ("", False),
        ("31/02/2026", False),
    ],
)
def test_a_letter_is_handed_over_between_its_writing_and_today(typed: str, *, allowed: bool) -> None:
    if allowed:
        assert read_delivered(typed, date(2026, 11, 20), date(2026, 11, 23)) == date(2026, 11, 23)
        return
    with pytest.raises(BadInput):
        read_delivered(typed, date(2026, 11, 20), date(2026, 11, 23))


def test_of_a_code_only_a_digest_is_known_and_what_was_never_one_has_none() -> None:
    token = new_token()
    known = hash_of(token)
    assert known is not None
    assert len(token) == 22
    assert token not in known
    assert short_code(known) == f"{known[:4]}-{known[4:8]}-{known[8:12]}".upper()
    for other in ("", "x", token + "x", token[:-1] + "/", token[:-1] + "ạ"):
        assert hash_of(other) is None


def vietnamese() -> set[str]:
    """All letters of Vietnamese with all tones, small and large: 134 that English has not, and the others."""
    vowels = [*"aăâeêioôơuưy"]
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    small = {unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(vowels, tones)} | {"đ"}
    return small | {letter.upper() for letter in small} | set("bcdghklmnpqrstvxBCDGHKLMNPQRSTVX")


@pytest.mark.parametrize("cut", ["Regular", "Bold", "Italic", "BoldItalic"])
def test_the_font_has_every_vietnamese_letter_and_all_that_is_let_through(cut: str) -> None:
    letters = vietnamese()
    assert len([letter for letter in letters if ord(letter) > 127]) == 134
    has = TTFont(FONTS / f"Tinos-{cut}.ttf").getBestCmap()
    assert {letter for letter in letters if ord(letter) not in has} == set()
    through = {code for first, last in WRITABLE for code in range(first, last + 1)} - {0x0A}
    assert through - set(has) == set()
    assert unwritable("".join(letters)) == []
    assert unwritable("Lê 王 王 😀") == ["王", "😀"]
