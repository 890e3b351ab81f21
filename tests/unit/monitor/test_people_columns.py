"""Columns and cells of files of people: what they are called, what spreadsheets do to them, and what of it is mended."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.enrolment.cells import mend
from monitor.enrolment.columns import COLUMNS, OBLIGATORY, WRONG, heading, is_example, read_headings
from monitor.enrolment.details import FIELDS
from monitor.enrolment.duplicates import Marks
from monitor.enrolment.files import national, written_people
from monitor.enrolment.imports.comparing import Row, compare
from monitor.enrolment.imports.kept import Kept
from monitor.enrolment.orders import ORDER_FIELDS
from monitor.enrolment.template import IN_TEMPLATE, template_csv, template_xlsx
from monitor.models.people.imports import RowState
from monitor.problems import BadInput
from monitor.sheets import FileKind, harmless, new_workbook, read_sheet, written_csv
from monitor.words import translator

TODAY = date(2026, 11, 30)
MUST = [heading(column, "vi") for column in OBLIGATORY]


def test_every_field_that_is_read_has_a_column() -> None:
    assert set(COLUMNS) == {
        *FIELDS,
        *ORDER_FIELDS,
        "unit",
        "zone",
        "room",
        "household",
        "household_phone",
        "arrived_at",
        "record",
    }
    assert len(OBLIGATORY) == 8


@pytest.mark.parametrize("language", ["vi", "en"])
def test_headings_of_either_language_are_known_in_any_order(language: str) -> None:
    names = [heading(column, language) for column in reversed(COLUMNS)]
    assert len(set(names)) == len(names)
    read = read_headings([*names, translator(language)(WRONG)])
    assert [read.places[column] for column in reversed(COLUMNS)] == list(range(len(COLUMNS)))
    assert read.unknown == ()


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ("Họ và tên", "full_name"),
        ("HỌ TÊN *", "full_name"),
        ("ho va ten", "full_name"),
        ("CCCD", "document_number"),
        ("Số CMND/CCCD", "document_number"),
        ("Ngày sinh (ngày/tháng/năm)", "birth"),
        ("Năm sinh", "birth"),
        ("SĐT", "phone"),
        ("Giới tính", "sex"),
        ("Phòng số", "room"),
        ("Từ ngày", "starts_at"),
        ("Đến ngày", "ends_at"),
        ("Hộ gia đình", "household"),
        ("Số QĐ", "number"),
    ],
)
def test_what_people_write_over_columns_is_understood(said: str, column: str) -> None:
    others = [name for name, known in zip(MUST, OBLIGATORY, strict=True) if known != column]
    assert read_headings([*others, "STT", said]).places[column] == len(others) + 1


def test_unknown_columns_are_told_and_missing_ones_named() -> None:
    assert read_headings([*MUST, "Màu tóc", "STT", ""]).unknown == ("Màu tóc",)
    with pytest.raises(BadInput, match="lacks these columns: Sex, Authority"):
        read_headings([name for name in MUST if name not in (heading("sex", "vi"), heading("authority", "vi"))])
    with pytest.raises(BadInput, match="Take the template"):
        read_headings(["Ngày", "Số tiền", "Ghi chú"])
    with pytest.raises(BadInput, match="Two columns are both “Telephone”: Điện thoại and SĐT"):
        read_headings([*MUST, "SĐT"])


@pytest.mark.parametrize(
    ("column", "typed", "meant"),
    [
        ("phone", "912345678", "0912345678"),
        ("phone", "912345678.0", "0912345678"),
        ("phone", "9.12345678E+08", "0912345678"),
        ("phone", "9,12345678E+08", "0912345678"),
        ("phone", "+84 912 345 678", "+84 912 345 678"),
        ("phone", "2743822123", "02743822123"),
        ("phone", "0912345678", "0912345678"),
        # Of a man born in 1980; the card's third to sixth digits say so.
        ("document_number", "79080001234", "079080001234"),
        ("document_number", "24123456", "24123456"),
        ("document_number", "B1234567", "B1234567"),
        ("vaccine_doses", "2.0", "2"),
        ("room", "101.0", "101"),
    ],
)
def test_what_a_spreadsheet_did_is_mended_where_it_is_sure(column: str, typed: str, meant: str) -> None:
    mended = mend({column: typed, "birth": "05/09/1980"}, TODAY)
    assert (mended.cells[column], mended.faults) == (meant, ())


@pytest.mark.parametrize(
    ("column", "typed", "told"),
    [
        ("phone", "9.12E+08", "shortened this number"),
        ("phone", "9,12E+08", "shortened this number"),
        ("document_number", "7.9085E+10", "shortened this number"),
        ("insurance_number", "4.74011E+09", "shortened this number"),
        # The card says another year.
        ("document_number", "79085001234", "this one has 11"),
        ("birth", "29469", "is a number, not a day"),
        ("ends_at", "46370", "is a number, not a day"),
    ],
)
def test_what_is_lost_is_refused_in_words_and_nothing_else_is_said_of_the_cell(column: str, typed: str, told: str) -> None:
    mended = mend({"birth": "05/09/1980", column: typed}, TODAY)
    assert column not in mended.cells
    assert [(each.field, told in each.words.say(str)) for each in mended.faults] == [(column, True)]


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=40), max_size=8))
def test_no_cell_breaks_it(cells: dict[str, str]) -> None:
    mended = mend(cells, TODAY)
    assert set(mended.cells) <= set(cells)


@given(st.text(max_size=60))
def test_no_cell_is_a_formula_and_each_is_read_as_it_was(text: str) -> None:
    cell = " ".join(text.split())
    written = written_csv([["a"], [f"x{cell}"], [cell or "-"]])
    for (one,) in csv.reader(io.StringIO(written.removeprefix("\ufeff"))):
        assert not one.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert harmless("+84901234567") == "'+84901234567"


def test_formulas_are_text_in_both_kinds_of_files() -> None:
    row = {"full_name": "=HYPERLINK(1)", "address": "@x", "phone": "+84901234567"}
    for kind in FileKind:
        sheet = read_sheet(b"".join(written_people([row], kind, "en")), most_rows=10)
        read = dict(zip(read_headings(sheet.head).places, sheet.lines[0].cells, strict=False))
        assert (read["full_name"], read["address"], read["phone"]) == ("=HYPERLINK(1)", "@x", "+84901234567")
    content = b"".join(written_people([row], FileKind.XLSX, "en"))
    assert b"<f>" not in content


@pytest.mark.parametrize(
    "shown",
    [
        "dd/mm/yyyy",
        "d-mmm-yy",
        "mm-dd-yy",
        "yyyy-mm-dd",
        "[$-42A]dd mmmm yyyy",
        "ddd dd/mm",
        'yyyy"年"m"月"d"日"',
        "dd\\.mm\\.yyyy;@",
    ],
)
def test_days_are_read_however_the_cell_shows_them(shown: str) -> None:
    target = io.BytesIO()
    with new_workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "birth")
        sheet.write_datetime(1, 0, datetime(1980, 9, 5), book.add_format({"num_format": shown}))  # noqa: DTZ001 - a cell has no zone
    assert read_sheet(target.getvalue(), most_rows=5).lines[0].cells == ("1980-09-05",)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_template_has_the_columns_and_an_example_that_is_nobody(language: str) -> None:
    zones = {"Khu A": ["101", "102"], "Khu B": []}
    for content in (template_csv(language, TODAY), template_xlsx(language, TODAY, zones)):
        sheet = read_sheet(content, most_rows=10)
        places = read_headings(sheet.head).places
        assert list(places) == list(IN_TEMPLATE)
        (line,) = sheet.lines
        assert is_example({"full_name": line.cells[places["full_name"]]})
    assert not is_example({"full_name": "Nguyễn Văn Dụ"})


def test_a_workbook_keeps_telephones_as_text_and_offers_lists(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "t.xlsx"
    path.write_bytes(template_xlsx("vi", TODAY, {"Khu A": ["101", "A2", "A10"]}))
    with zipfile.ZipFile(path) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
        styles = packed.read("xl/styles.xml").decode()
        texts = packed.read("xl/sharedStrings.xml").decode()
        assert packed.read("xl/comments1.xml")
    assert sheet.count("<dataValidation ") >= 5
    assert "Nam,Nữ,Khác" in sheet
    assert 'formatCode="@"' in styles
    assert texts.index("<t>A2</t>") < texts.index("<t>A10</t>")


def test_numbers_are_written_as_people_write_them() -> None:
    assert [national(each) for each in ("+84901234567", "+82212345678", "")] == ["0901234567", "+82212345678", ""]


def kept(name: str, *, document: str = "", room: int | None = None, household: str = "", phone: str = "") -> Kept:
    return Kept(Marks(name, documents=frozenset(filter(None, [document]))), 1, room, household, phone)


def test_rows_beside_each_other() -> None:
    rows = [
        Row(1, 2, False, kept(" a", room=7, household="H", phone="+841")),
        Row(2, 3, False, kept(" b", room=7, document="079080001234")),
        Row(3, 4, True, kept(" c", room=7)),
        Row(4, 5, False, kept(" d", room=8, household="H", phone="+842")),
        Row(5, 6, False, kept(" e", document="079080001234")),
        Row(6, 7, False, kept(" f", room=7)),
    ]
    found = compare(rows, {7: 1})
    assert {number: beside.no_bed for number, beside in found.items()} == {2: True, 4: False, 5: False, 6: True}
    assert (found[4].state, found[5].state, found[5].match_row) == (RowState.REFUSED, RowState.THERE, 3)
    assert compare(rows[:1], {}) == {}
