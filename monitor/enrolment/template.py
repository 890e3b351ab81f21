"""The template for files of people: few obligatory columns, lists to choose from, notes, and an example that is skipped when it is read."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from monitor.enrolment.columns import COLUMNS, EXAMPLE, OBLIGATORY, YES_OR_NO, heading
from monitor.enrolment.files import NO, SEXES, YES, written_people
from monitor.models.people.residents import FStatus, Sex
from monitor.places.together import natural
from monitor.sheets import FileKind, new_workbook
from monitor.words import N_, translator

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

ROWS = 20_000
"""So many rows have lists and are formatted as text."""
IN_TEMPLATE = tuple(column for column in COLUMNS if column != "record")
_MUST, _MAY, _DATE = N_("Must be filled in."), N_("May stay empty."), N_("Day/month/year, for example 05/09/1980.")
NOTES: Mapping[str, str] = {
    "full_name": N_("As on the identity card, with all accents. A name of one word is fine."),
    "sex": N_("Choose from the list."),
    "birth": N_("Day/month/year, for example 05/09/1980. Where only the year is known: 1980."),
    "phone": N_(
        "The person’s own number, ten digits with the zero in front. Leave it empty to ask over the household’s number."
    ),
    "document_number": N_("Identity card (12 digits), old identity card (9 digits) or passport. By it a person is recognised."),
    "zone": N_("Choose from the list. Empty: the zone that you choose when you send the file."),
    "room": N_("As the zone’s list has it. Empty: no room yet."),
    "household": N_("People with the same text here are one household and may answer over one telephone."),
    "household_phone": N_("Once is enough; the others of the household share it."),
    "starts_at": N_("First day of the order: day/month/year, with a time if it is known: 30/11/2026 14:00."),
    "ends_at": N_("Last day of the order; it holds until that day is over. All three empty: no order yet."),
    "authority": N_("Who ordered the quarantine. Needed where there is an order."),
    "number": N_("As on the paper, for example 123/QĐ-UBND."),
    "unit": N_("Ward or commune with its province, as since July 2025: Phường Thủ Dầu Một, Thành phố Hồ Chí Minh."),
    "earlier_number": N_("The old number, where there is a new card: earlier records may have it."),
    "insurance_number": N_("10 digits, or the 15 signs of the card."),
    "nationality": N_("Two letters: VN, CN, KR, GB. Empty: VN."),
    "language": N_("Language of messages: vi or en. Empty: vi."),
    "vaccine_doses": N_("A number: 0, 1, 2 …"),
    "f_status": N_("Choose from the list."),
    "without_smartphone": N_("Yes: messages say how to answer by text or by call."),
    "holds_still": N_("Yes: head movements are never asked for."),
    "name_awaited": N_("Yes: a newborn whose name is not given yet, entered under the mother’s."),
    "reason": _MAY,
}


def example(language: str, today: date) -> dict[str, str]:
    """The row that shows how, and is nobody."""
    say = translator(language)
    return {
        "full_name": say(EXAMPLE) % {"name": "Nguyễn Thị An"},
        "sex": say(SEXES[Sex.FEMALE]),
        "birth": "05/09/1980",
        "phone": "0901234567",
        "document_number": "079180001234",
        "room": "101",
        "household": "Hộ Nguyễn Văn Bình",
        "household_phone": "0907654321",
        "starts_at": today.strftime("%d/%m/%Y"),
        "ends_at": (today + timedelta(days=14)).strftime("%d/%m/%Y"),
        "authority": "UBND phường Thủ Dầu Một",
        "number": "123/QĐ-UBND",
        "f_status": "F1",
        "unit": "Phường Thủ Dầu Một, Thành phố Hồ Chí Minh",
        "long_illness": say(NO),
    }


def template_csv(language: str, today: date) -> bytes:
    """Headings and the example."""
    return b"".join(written_people([example(language, today)], FileKind.CSV, language, IN_TEMPLATE))


def template_xlsx(language: str, today: date, zones: Mapping[str, Iterable[str]]) -> bytes:
    """The workbook. zones: names of the reader's zones, each with those of its rooms."""
    say = translator(language)
    target = io.BytesIO()
    with new_workbook(target, row_by_row=False) as book:
        people = book.add_worksheet(say(N_("People"))[:31])
        _notes(book, book.add_worksheet(say(N_("Notes"))[:31]), language)
        lists = book.add_worksheet(say(N_("Lists"))[:31])
        offered = _offers(lists, zones, language)
        text = book.add_format({"num_format": "@"})
        must = book.add_format({"bold": True, "bg_color": "#CFE8E0", "border": 1, "text_wrap": True})
        may = book.add_format({"bold": True, "bg_color": "#EEF1F0", "border": 1, "text_wrap": True})
        shown = book.add_format({"num_format": "@", "italic": True, "font_color": "#6B6B6B"})
        row = example(language, today)
        for place, column in enumerate(IN_TEMPLATE):
            needed = column in OBLIGATORY
            # Days too: a spreadsheet of another country would take the month for the day.
            people.set_column(place, place, 26 if column in ("full_name", "unit", "address") else 16, text)
            people.write_string(0, place, heading(column, language) + (" *" if needed else ""), must if needed else may)
            people.write_string(1, place, row.get(column, ""), shown)
            if column in NOTES:
                people.write_comment(0, place, say(NOTES[column]), {"x_scale": 2})
            if column in offered:
                choice = {"validate": "list", "source": offered[column], "error_type": "warning"}
                people.data_validation(1, place, ROWS, place, choice)
        people.freeze_panes(1, 1)
        people.set_row(0, 32)
    return target.getvalue()


def _offers(lists: Worksheet, zones: Mapping[str, Iterable[str]], language: str) -> dict[str, Any]:
    """Column -> what a list to choose from is made of; long ones stand on a sheet of their own."""
    say = translator(language)
    rooms = sorted({room for names in zones.values() for room in names}, key=natural)
    offered: dict[str, Any] = {
        "sex": [say(each) for each in SEXES.values()],
        "f_status": [each.value for each in FStatus],
        **{column: [say(YES), say(NO)] for column in YES_OR_NO},
    }
    for place, (column, names) in enumerate((("zone", sorted(zones)), ("room", rooms))):
        lists.set_column(place, place, 32)
        _column(lists, place, [heading(column, language), *names])
        if names:
            letter = "AB"[place]
            offered[column] = f"='{lists.get_name()}'!${letter}$2:${letter}${len(names) + 1}"
    return offered


def _notes(book: Workbook, notes: Worksheet, language: str) -> None:
    say = translator(language)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    notes.set_column(0, 0, 30)
    notes.set_column(1, 1, 20)
    notes.set_column(2, 2, 80, wrapped)
    for place, told in enumerate((N_("Column"), N_("Needed"), N_("What to write"))):
        notes.write_string(0, place, say(told), bold)
    for number, column in enumerate(IN_TEMPLATE, start=1):
        notes.write_string(number, 0, heading(column, language), wrapped)
        needed = N_("The column is needed") if column in OBLIGATORY else N_("Optional")
        notes.write_string(number, 1, say(_MUST if column == "full_name" else needed), wrapped)
        note = NOTES.get(column) or (_DATE if column.endswith("_on") or column == "arrived_at" else _MAY)
        notes.write_string(number, 2, say(note), wrapped)
    for number, told in enumerate(
        (
            N_("Columns may be in any order, and those that you do not need may be taken out, but for the needed ones."),
            N_("The row with the example is skipped; you may write over it."),
            N_("Before anyone is entered you see every row, and what is wrong with it."),
        ),
        start=len(IN_TEMPLATE) + 3,
    ):
        notes.merge_range(number, 0, number, 2, say(told), wrapped)


def _column(sheet: Worksheet, place: int, cells: Sequence[str]) -> None:
    for number, cell in enumerate(cells):
        sheet.write_string(number, place, cell)
