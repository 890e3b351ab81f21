"""A report as a workbook: the same figures as numbers, a sheet for units, for gaps, for 14 days; whatever people typed stays text."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from monitor import written
from monitor.reports.content import Cell, Measure, Section, Series
from monitor.reports.form.said import CHANGED, Letterhead, Said, Spoken
from monitor.sheets import new_workbook
from monitor.words import N_

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FONT = "Times New Roman"
"""As the decree wants it; whoever opens the file has it, or their program takes its own for it."""
_FORMATS = {Measure.COUNT: "#,##0", Measure.SHARE: "0.0%"}
_WIDE, _USUAL = 48, 14


def workbook_of(said: Said, letterhead: Letterhead) -> bytes:
    """The file."""
    target = BytesIO()
    with new_workbook(target, row_by_row=False) as book:
        book.set_properties({"title": said.title, "author": said.authority})
        _Report(book, said, letterhead).write()
    return target.getvalue()


class Sheets:
    """Sheets of sections and of days, for whatever has some."""

    def __init__(self, book: Workbook, said: Spoken) -> None:
        self._book, self._said = book, said
        # What a cell without a format of its own has.
        book.formats[0].set_font_name(FONT)
        book.formats[0].set_font_size(12)
        self._bold = self._format(bold=True)
        self._middle = self._format(bold=True, align="center")
        self._head = self._format(bold=True, border=1, text_wrap=True, align="center", valign="vcenter")
        self._text = self._format(border=1, text_wrap=True)
        self._plain = self._format(text_wrap=True)
        self._numbers = {
            (measure, changed): self._format(
                # A frame and a star beside the bold type: read without colour.
                border=2 if changed else 1,
                bold=changed,
                num_format=form + (f'"{CHANGED}"' if changed else ""),
            )
            for measure, form in _FORMATS.items()
            for changed in (False, True)
        }

    def _format(self, **values: Any) -> Any:
        return self._book.add_format({"font_name": FONT, "font_size": 12, **values})

    def sheet(self, name: str, *, landscape: bool = False) -> Worksheet:
        """A new one of A4, whose name is a sentence of ours."""
        sheet = self._book.add_worksheet(self._said.say(name))
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=1.18, right=0.6, top=0.8, bottom=0.8)  # inches: 30, 15, 20, 20 mm
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P")
        if landscape:
            sheet.set_landscape()
        sheet.set_column(0, 0, _WIDE)
        sheet.set_column(1, 40, _USUAL)
        return sheet

    def row(self, sheet: Worksheet, row: int, texts: list[str], form: Any) -> int:
        """Texts beside one another, whatever they look like; returns the row below."""
        for column, each in enumerate(texts):
            sheet.write_string(row, column, each, form)
        return row + 1

    def cells(self, sheet: Worksheet, row: int, first: int, cells: tuple[Cell, ...]) -> None:
        """Numbers as numbers; of a changed one a note says what stood there."""
        for column, cell in enumerate(cells, start=first):
            if cell.value is None:
                sheet.write_string(row, column, self._said.value(cell), self._text)
            else:
                sheet.write_number(row, column, cell.value, self._numbers[cell.measure, cell.changed])
            if cell.changed:
                was = self._said.one(N_("In the report that this one replaces: %(value)s"), value=self._said.before(cell))
                sheet.write_comment(row, column, was)

    def line(self, sheet: Worksheet, row: int, text: str, *, bold: bool = False) -> int:
        """A line of text; returns the row below."""
        return self.row(sheet, row, [text], self._bold if bold else self._plain)

    def sections(self, sheet: Worksheet, row: int, sections: Sequence[Section], *, before: bool = True) -> int:
        """Tables of figures, from a row on; returns the row below. before: with what the report before had."""
        said = self._said
        for section in sections:
            row = self.row(sheet, row, [said.words(section.title)], self._bold)
            columns = [said.words(each) for each in section.columns] or [said.say(N_("Value"))]
            yesterday = before and not section.columns
            heads = [said.say(N_("Figure")), *columns, *([said.say(N_("In the report before"))] if yesterday else [])]
            row = self.row(sheet, row, heads, self._head)
            for line in section.lines:
                sheet.write_string(row, 0, said.words(line.words), self._text)
                self.cells(sheet, row, 1, line.cells)
                if yesterday and line.cells:
                    cell = line.cells[0]
                    self.cells(sheet, row, 2, (Cell(cell.key, cell.measure, cell.yesterday),))
                row += 1
            row += 1
        return row

    def days(self, charts: Sequence[Series]) -> None:
        """A sheet of days with a curve of each figure."""
        said = self._said
        name = said.say(N_("14 days"))
        sheet = self.sheet(N_("14 days"), landscape=True)
        self.row(sheet, 0, [said.say(N_("Day")), *(said.words(each.words) for each in charts)], self._head)
        for row, (day, _value) in enumerate(charts[0].days, start=1):
            sheet.write_string(row, 0, written.day(day, said.language), self._text)
        for column, series in enumerate(charts, start=1):
            for row, (_day, value) in enumerate(series.days, start=1):
                if value is not None:
                    sheet.write_number(row, column, value, self._numbers[series.measure, False])
                else:
                    sheet.write_string(row, column, said.number_of(None, series.measure), self._text)
            # Cells of ours alone are named in it: what people typed stands in none.
            last = len(series.days)
            chart: Any = self._book.add_chart({"type": "line"})
            chart.add_series(
                {
                    "name": [name, 0, column],
                    "categories": [name, 1, 0, last, 0],
                    "values": [name, 1, column, last, column],
                    "line": {"color": "black", "width": 1.25},
                    "marker": {"type": "circle", "fill": {"color": "black"}},
                }
            )
            chart.set_legend({"none": True})
            chart.set_title({"name": [name, 0, column], "name_font": {"name": FONT, "size": 12}})
            place = column - 1
            sheet.insert_chart(last + 3 + 16 * (place // 2), 8 * (place % 2), chart)


class _Report(Sheets):
    def __init__(self, book: Workbook, said: Said, letterhead: Letterhead) -> None:
        super().__init__(book, said)
        self._report, self._letterhead = said, letterhead

    def write(self) -> None:
        """All sheets."""
        self._figures()
        if self._report.content.units:
            self._units()
        self._gaps()
        if self._report.content.charts:
            self.days(self._report.content.charts)
        if self._report.content.collected:
            self._collected()

    def _top(self, sheet: Worksheet) -> int:
        said, row = self._report, 0
        if self._letterhead.parent:
            row = self.row(sheet, row, [self._letterhead.parent.upper()], self._plain)
        row = self.row(sheet, row, [said.authority.upper()], self._bold)
        row = self.row(sheet, row, [f"{said.say(N_('No.'))} {said.number}"], self._plain)
        row = self.row(sheet, row + 1, [said.title], self._bold)
        if said.provisional:
            row = self.row(sheet, row, [said.provisional], self._bold)
        for each in said.status:
            row = self.row(sheet, row, [each], self._plain)
        return row + 1

    def _figures(self) -> None:
        said = self._report
        sheet = self.sheet(N_("Report"))
        row = self.sections(sheet, self._top(sheet), said.content.sections)
        self.row(sheet, row, [self._letterhead.signer_role or said.authority], self._middle)
        self.row(sheet, row + 4, [self._letterhead.signer], self._middle)

    def _units(self) -> None:
        said = self._report
        sheet = self.sheet(N_("By unit"), landscape=True)
        heads = [said.say(N_("Unit")), *(said.words(each) for each in said.content.unit_columns)]
        self.row(sheet, 0, heads, self._head)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        for row, unit in enumerate(said.content.units, start=1):
            sheet.write_string(row, 0, said.unit(unit.name, unit.name_en), self._text)
            self.cells(sheet, row, 1, unit.cells)
        sheet.autofilter(0, 0, len(said.content.units), len(heads) - 1)

    def _gaps(self) -> None:
        said = self._report
        sheet = self.sheet(N_("Gaps and notes"))
        sheet.set_column(0, 0, 2 * _WIDE)
        row = self.row(sheet, 0, [said.say(N_("Missing in this report"))], self._bold)
        for each in [said.words(gap) for gap in said.content.gaps] or [said.say(N_("Nothing is missing."))]:
            row = self.row(sheet, row, [each], self._plain)
        row = self.row(sheet, row + 1, [said.say(N_("Notes"))], self._bold)
        for note in said.content.notes:
            row = self.row(sheet, row, [said.words(note)], self._plain)

    def _collected(self) -> None:
        said, own = self._report, 1 if self._said.language == "en" else 0
        sheet = self.sheet(N_("Entered"), landscape=True)
        fields = [each[own] or each[0] for each in said.content.collected_columns]
        self.row(sheet, 0, [said.say(N_("Unit or organisation")), said.say(N_("Entered at")), *fields], self._head)
        sheet.freeze_panes(1, 1)
        for row, each in enumerate(said.content.collected, start=1):
            at = said.moment(each.entered_at) if each.entered_at is not None else said.say(N_("nothing entered"))
            self.row(sheet, row, [each.reporter, at], self._text)
            values = (Cell("", Measure.COUNT, value) for value in each.values)
            self.cells(sheet, row, 2, tuple(values))
