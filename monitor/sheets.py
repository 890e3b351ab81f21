"""Tables that people send as a file, CSV, XLSX or ODS: read in bounds of size, rows, memory and time, all cells as text.

A workbook is a ZIP of XML. It is unpacked here, counted as it comes and not as it says of itself, and then read by a process of its
own with little memory: two cells at the far corners of a sheet are small in the file and fill a machine.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from monitor.problems import BadInput
from monitor.words import N_

if TYPE_CHECKING:
    from xlsxwriter import Workbook

MOST_BYTES = 5 * 2**20
MOST_PARTS, MOST_COLUMNS, LONGEST_CELL = 400, 60, 1000
SECONDS, MEMORY = 20, 2**30
_PIECE = 2**16
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# In memory where there is such a folder: what is written names people.
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - files of our own, without a name or in a folder of ours


@dataclass(frozen=True)
class Bounds:
    """What a file may be: bytes as it comes and unpacked, and characters in the cells that are read."""

    most_bytes: int = MOST_BYTES
    most_unpacked: int = 40 * 2**20
    most_text: int = 16 * 2**20


USUAL = Bounds()


@dataclass(frozen=True)
class Line:
    """One row that has anything in it. number: as the program shows it, from 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The first row that has anything in it, and the rows below."""

    head: tuple[str, ...]
    lines: tuple[Line, ...]


def read_sheet(content: bytes, *, most_rows: int, bounds: Bounds = USUAL) -> Sheet:
    """The first sheet of a file. Raises BadInput, whose sentence says what to do."""
    require_small(len(content), bounds)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput(
            N_("This is an old Excel file, or one with a password. Save it as XLSX without a password, or as CSV."),
            field="table",
        )
    rows = _of_workbook(content, most_rows, bounds) if content.startswith(b"PK") else _of_csv(content, most_rows)
    lines = [Line(number, tuple(cells)) for number, cells in rows if any(cells)]
    if not lines:
        raise BadInput(N_("The file has no rows."), field="table")
    if len(lines) - 1 > most_rows:
        raise BadInput(N_("The file has more than %(most)s rows. Divide it."), most=most_rows, field="table")
    return Sheet(lines[0].cells, tuple(lines[1:]))


def require_small(size: int, bounds: Bounds = USUAL) -> None:
    """Raises BadInput for a file of too many bytes."""
    if size > bounds.most_bytes:
        raise BadInput(
            N_("The file is larger than %(most)s MB. Divide it, and take pictures out of it."),
            most=bounds.most_bytes >> 20,
            field="table",
        )


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `read_sheet` undoes it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as CSV that a spreadsheet opens with all letters right, piece by piece, however many there are."""
    # With a byte order mark: spreadsheets take it for another alphabet otherwise.
    piece = io.StringIO("\ufeff")
    piece.seek(1)
    writer = csv.writer(piece)
    for many, row in enumerate(rows, start=1):
        writer.writerow([harmless(cell) for cell in row])
        if many % 200 == 0:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def written_csv(rows: Iterable[Sequence[str]]) -> str:
    """The same in one piece."""
    return "".join(csv_lines(rows))


@contextmanager
def new_workbook(target: IO[bytes], *, row_by_row: bool = True) -> Iterator[Workbook]:
    """A workbook, written to `target` at the end. row_by_row: filled in the order of rows, of which only one is in memory at once.

    What is written stays text: no formula, no link, and a telephone number keeps its zero.
    """
    # Loaded here: most processes write none.
    from xlsxwriter import Workbook

    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        options = {"constant_memory": row_by_row, "tmpdir": folder}
        book = Workbook(
            target, options | dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        )
        yield book
        book.close()


class FileKind(StrEnum):
    """Which files we write."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def content_type(self) -> str:
        """As browsers are told."""
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return sheet if self is FileKind.XLSX else "text/csv; charset=utf-8"


def written_table(names: Sequence[str], lines: Iterable[Sequence[str]], kind: FileKind) -> Iterator[bytes]:
    """A file with one table, piece by piece; in memory is a part of it only, however long it is. names: of the columns."""
    if kind is FileKind.CSV:
        yield from (piece.encode() for piece in csv_lines(itertools.chain([names], lines)))
        return
    with tempfile.TemporaryFile(dir=IN_MEMORY) as target:
        with new_workbook(target) as book:
            sheet = book.add_worksheet()
            text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
            sheet.set_column(0, len(names) - 1, 16, text)
            sheet.freeze_panes(1, 1)
            for place, name in enumerate(names):
                sheet.write_string(0, place, name, bold)
            for number, line in enumerate(lines, start=1):
                for place, cell in enumerate(line):
                    if cell:
                        sheet.write_string(number, place, cell, text)
        target.seek(0)
        while piece := target.read(_PIECE):
            yield piece


def _cell(value: object) -> str:
    """As a person would have typed it: 101.0 is 101."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        value = value.date()
    text = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
    text = text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
    return text.strip()[:LONGEST_CELL]


def _of_csv(content: bytes, most_rows: int) -> list[tuple[int, list[str]]]:
    text = None
    for encoding in ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig",):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            raise BadInput(N_("Save the table as CSV with UTF-8, then try again."), field="table") from None
    assert text is not None
    if "\0" in text:
        raise _unreadable()
    head = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=max(",;\t", key=head.count))
    rows = []
    try:
        for cells in reader:
            rows.append((reader.line_num, [_cell(each) for each in cells[:MOST_COLUMNS]]))
            if len(rows) > 2 * most_rows + 100:
                break
    except csv.Error:
        raise BadInput(N_("Line %(line)s is not a line of a CSV table."), line=reader.line_num, field="table") from None
    return rows


def _of_workbook(content: bytes, most_rows: int, bounds: Bounds) -> list[tuple[int, list[str]]]:
    plain = _unpacked(content, bounds.most_unpacked)
    with tempfile.TemporaryFile(dir=IN_MEMORY) as said:
        try:
            # What it says goes into a file that the system lets grow so far and no further.
            done = subprocess.run(
                [sys.executable, "-m", "monitor.sheets", str(2 * most_rows + 100), str(bounds.most_text)],
                input=plain,
                stdout=said,
                stderr=subprocess.DEVNULL,
                timeout=2 * SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _unreadable() from None
        if done.returncode == TOO_MUCH:
            raise BadInput(
                N_("The cells of the file hold more text than %(most)s MB. Copy the rows alone into a new file."),
                most=bounds.most_text >> 20,
                field="table",
            )
        if done.returncode != 0:
            raise _unreadable()
        said.seek(0)
        return [(number, cells) for number, cells in json.load(said)]


def _unpacked(content: bytes, most: int) -> bytes:
    """The same ZIP without compression, so that whoever reads it cannot unpack more than this. Raises BadInput."""
    out, left = io.BytesIO(), most
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as plain:
            parts = packed.infolist()
            # Workbooks know these two ways only; of others the library unpacks a piece whole, however large it gets.
            usual = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            if len(parts) > MOST_PARTS or any(part.flag_bits & 1 or part.compress_type not in usual for part in parts):
                raise _unreadable()
            for part in parts:
                with packed.open(part) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise BadInput(
                        N_("Unpacked, the file is larger than %(most)s MB. Copy the rows alone into a new file."),
                        most=most >> 20,
                        field="table",
                    )
                plain.writestr(part.filename, data)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, ValueError, OSError):
        raise _unreadable() from None
    return out.getvalue()


def _unreadable() -> BadInput:
    return BadInput(
        N_("The file cannot be read as a table. Copy its rows into a new file, and save that as XLSX, ODS or CSV."),
        field="table",
    )


TOO_MUCH = 3
"""How the process of its own ends when the cells hold too much text."""


def _read_here(most: int, most_text: int) -> list[tuple[int, list[str]]]:
    """In the process of its own: the first sheet of the workbook on the standard input."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    # JSON takes six bytes for a letter at most, and a few for what is around it.
    longest = 8 * most_text + 64 * most
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
    first = sheet.start[0] if sheet.start else 0
    rows, text = [], 0
    for number, values in enumerate(sheet.to_python(skip_empty_area=True, nrows=most), start=first + 1):
        cells = [_cell(each) for each in values[:MOST_COLUMNS]]
        text += sum(map(len, cells))
        if text > most_text:
            sys.exit(TOO_MUCH)
        if any(cells):
            rows.append((number, cells))
    return rows


if __name__ == "__main__":
    json.dump(_read_here(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
