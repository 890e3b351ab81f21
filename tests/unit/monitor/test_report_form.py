"""What a report says in each form: the same figures, what changed told without colour, gaps named, nothing taken for a formula."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from monitor.models.daily_report import ReportState
from monitor.reports.content import Collected, UnitRow
from monitor.reports.day_sheet import DaySheet, Line, Said, line_of
from monitor.reports.form.as_json import keyed
from monitor.reports.form.charts import drawn, top_of
from monitor.reports.form.day_sheet import day_sheet_document
from monitor.reports.form.pdf import document_of
from monitor.reports.form.said import Spoken
from monitor.reports.form.workbook import workbook_of
from monitor.typesetting.glyphs import unwritable
from tests.worlds.report_content import CUT_OFF, DAY, LETTERHEAD, UNITS, ZONE, content, corrected, provisional, said


def texts(of: Any) -> list[str]:
    """All texts of a document, however deep."""
    if isinstance(of, str):
        return [of]
    found = of.values() if isinstance(of, dict) else of if isinstance(of, list | tuple) else ()
    return [text for each in found for text in texts(each)]


def sheets(written: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(written))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_all_forms_have_the_same_figures(language: str) -> None:
    spoken = said(corrected(), language)
    document, stated = document_of(spoken, LETTERHEAD), keyed(spoken)
    first, units, *_rest = sheets(workbook_of(spoken, LETTERHEAD)).values()
    drawn_units = [[each["value"] for each in row["cells"]] for row in document["units"]["rows"]]
    assert len(drawn_units) == len(stated["units"]) == len(units) - 1 == UNITS
    for row, (on_paper, as_json) in enumerate(zip(drawn_units, stated["units"], strict=True), start=1):
        values = [cell["value"] for cell in as_json["cells"]]
        assert units[row][1:] == pytest.approx(values)
        assert [int(each.rstrip("*")) for each in on_paper[:-1]] == values[:-1]
    ever = stated["sections"][0]["lines"][0]["cells"]
    assert [cell["value"] for cell in ever] == [1207, 2407, 3607]
    assert document["sections"][0]["lines"][0]["cells"][0]["value"] == ("1.207" if language == "vi" else "1,207")
    assert [row[1:4] for row in first if row[1:4] == [1207, 2407, 3607]]


def test_a_changed_figure_has_a_star_and_what_stood_there_and_the_report_says_which_it_replaces() -> None:
    document = document_of(said(corrected()), LETTERHEAD)
    tests = document["sections"][1]["lines"][0]["cells"][0]
    assert tests == {"value": "433*", "before": "431"}
    assert document["units"]["rows"][0]["cells"][0] == {"value": "77*", "before": "0"}
    assert "Báo cáo này thay thế báo cáo số 12 cùng ngày." in document["status"]
    assert "12" in document["changed_note"]
    unchanged = [each for row in document["units"]["rows"] for each in row["cells"] if each["before"]]
    assert len(unchanged) == 1
    assert keyed(said(corrected()))["changed"] == [["tests.taken", ""], ["unit.0", "26701_2025-07-01"]]


def test_a_provisional_one_says_so_and_names_its_gaps_in_every_form() -> None:
    spoken = said(provisional())
    document = document_of(spoken, LETTERHEAD)
    assert document["provisional"].startswith("TẠM THỜI")
    assert document["gaps"]["lines"] == [each.template for each in provisional().gaps]
    assert len(keyed(spoken)["gaps"]) == 2
    written = sheets(workbook_of(spoken, LETTERHEAD))
    assert any("Phường Phú Cường entered nothing." in row for row in written["Nội dung thiếu và ghi chú"])
    assert any(row and str(row[0]).startswith("TẠM THỜI") for row in written["Báo cáo"])
    assert document_of(said(), LETTERHEAD)["provisional"] == ""
    assert document_of(said(content(state=ReportState.DRAFT, number=None)), LETTERHEAD)["number"] == "Số …/BC"


def test_a_share_of_nobody_is_a_dash_and_no_number() -> None:
    cells = document_of(said(), LETTERHEAD)["sections"][1]["lines"]
    assert [each["cells"][0]["value"] for each in cells] == ["431", "92,5%", "–"]
    assert keyed(said())["sections"][1]["lines"][2]["cells"][0]["value"] is None


def test_nothing_that_people_typed_is_a_formula_or_a_link() -> None:
    odd = ["=1+1", "+84900", "@SUM(A1)", "-1", "https://example.vn", '=HYPERLINK("http://evil")']
    rows = tuple(Collected(each, None, (1,)) for each in odd)
    unit = UnitRow("x", odd[0], odd[0], content().units[0].cells)
    made = workbook_of(said(content(collected=rows, units=(unit,))), replace(LETTERHEAD, signer=odd[5]))
    with ZipFile(BytesIO(made)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")}
    assert not any("<f>" in part or "<hyperlink" in part for part in parts.values())
    written = sheets(made)
    assert [row[0] for row in list(written.values())[-1][1:]] == odd


def test_the_workbook_asks_for_times_new_roman_everywhere() -> None:
    with ZipFile(BytesIO(workbook_of(said(), LETTERHEAD))) as archive:
        styles = archive.read("xl/styles.xml").decode()
    assert styles.count('<name val="Times New Roman"/>') == styles.count("<name val=")


def test_what_the_font_does_not_have_is_a_question_mark_and_never_an_empty_box() -> None:
    odd = UnitRow("x", "Phường 王 😀", "Ward", content().units[0].cells)
    document = document_of(said(content(units=(odd,), authority="Ban 王")), LETTERHEAD)
    assert document["units"]["rows"][0]["name"] == "Phường ? ?"
    assert not unwritable("".join(texts(document)))


def test_days_below_ten_and_the_first_months_have_a_zero_as_the_decree_wants_it() -> None:
    document = document_of(said(content(released_at=CUT_OFF.replace(month=2, day=3))), LETTERHEAD)
    assert document["place_and_day"] == "Bình Dương, ngày 03 tháng 02 năm 2026"
    assert document_of(said(), LETTERHEAD)["place_and_day"] == "Bình Dương, ngày 24 tháng 11 năm 2026"


def test_a_day_with_nobody_is_a_report_of_noughts_that_says_so() -> None:
    sections = content().sections
    none = tuple(
        replace(
            section,
            lines=tuple(replace(line, cells=tuple(replace(cell, value=0) for cell in line.cells)) for line in section.lines),
        )
        for section in sections
    )
    document = document_of(said(content(sections=none, units=(), charts=(), collected=())), LETTERHEAD)
    assert document["status"][-1] == "Không có người cách ly, trong ngày không phát sinh số liệu."
    assert document["status"][-1] not in document_of(said(), LETTERHEAD)["status"]


def test_json_can_be_read_by_a_program_and_says_which_format_it_is() -> None:
    stated = json.loads(json.dumps(keyed(said())))
    assert (stated["format"], stated["version"], stated["number"], stated["cut_off"]) == (
        "quarantine-report",
        1,
        12,
        "2026-11-24T14:00:00+07:00",
    )


@pytest.mark.parametrize(
    ("values", "shares", "top"),
    [([], False, 4), ([0, None], False, 4), ([3], False, 4), ([269], False, 300), ([1001], False, 1500), ([0.2], True, 1)],
)
def test_a_curve_ends_at_a_round_number_above_all_values(values: list[float | None], shares: bool, top: float) -> None:
    assert top_of(values, shares=shares) == top


def test_a_curve_is_broken_where_nothing_is_known_and_has_its_words_escaped() -> None:
    svg = drawn([1, None, 3, 4], ["a", "b", "c", "<d>"], ["0", "2", "4"], 4)
    assert svg.count("<circle") == 3
    assert svg.count('d="M52') == 4, "three marks and the first piece"
    assert "&lt;d&gt;" in svg


def answer(hour: int, *symptoms: str, unwell: bool = False, temperature: float | None = None) -> Said:
    return Said(CUT_OFF.astimezone(ZONE).replace(hour=hour), unwell, symptoms, temperature)


def test_on_a_day_sheet_silence_is_neither_health_nor_absence() -> None:
    silent = line_of("101", "An", "1980", 3, [])
    assert (silent.normal, silent.suspected, silent.signs, silent.morning) == (False, False, frozenset(), None)
    document = day_sheet_document(Spoken("vi", ZONE), DaySheet("Khu A", DAY, [silent]), "Trạm Y tế")
    assert document["rows"] == [["1", "101", "An", "1980", "3", *[""] * 12]]


@pytest.mark.parametrize(
    ("answers", "signs", "normal", "suspected", "degrees"),
    [
        ([answer(8, temperature=36.5), answer(16, temperature=36.9)], set(), True, False, (36.5, 36.9)),
        ([answer(8, temperature=36.5), answer(9, temperature=38.4)], {"fever"}, False, True, (38.4, None)),
        ([answer(8, "cough"), answer(16)], {"cough"}, False, True, (None, None)),
        ([answer(8, unwell=True)], set(), False, True, (None, None)),
        ([answer(8, "breathless", "chest_pain")], {"breathless"}, False, True, (None, None)),
    ],
)
def test_what_is_filled_in_on_a_day_sheet(
    answers: list[Said], signs: set[str], normal: bool, suspected: bool, degrees: tuple[float | None, float | None]
) -> None:
    line: Line = line_of("101", "An", "1980", 3, answers)
    assert (line.signs, line.normal, line.suspected, (line.morning, line.afternoon)) == (signs, normal, suspected, degrees)


def test_a_symptom_without_a_column_stands_in_the_remarks() -> None:
    line = line_of("101", "An", "1980", 3, [answer(8, "chest_pain", "no_taste")])
    document = day_sheet_document(Spoken("en", ZONE), DaySheet("Khu A", DAY, [line]), "Station")
    assert document["rows"][0][-1] == "Chest pain or tightness, Loss of taste or smell"
    assert document["rows"][0][-2] == "", "nobody looked"


def test_a_blank_sheet_has_a_page_of_empty_lines() -> None:
    document = day_sheet_document(Spoken("vi", ZONE), DaySheet("Khu A", DAY), "Trạm Y tế")
    assert len(document["rows"]) == 22
    assert all(set(row[1:]) == {""} for row in document["rows"])
    assert len(document["rows"][0]) == len(document["heads"])
