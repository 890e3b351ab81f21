"""Rooms by patterns and tables: what is made of what people type, and what is refused with which sentence."""

from __future__ import annotations

import zipfile
from collections.abc import Callable

import pytest

from monitor.models.places import RoomKind, Together
from monitor.places.patterns import names_of
from monitor.places.room_tables import RoomWanted, judge_rows, judge_table
from monitor.problems import BadInput
from monitor.sheets import MOST_BYTES, read_sheet, written_csv
from tests.doubles.workbooks import bomb, far_corner, ods, packed_otherwise, xlsx, zipped


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("101", ["101"]),
        ("101-103", ["101", "102", "103"]),
        (" 101 - 103 ", ["101", "102", "103"]),
        ("101–103", ["101", "102", "103"]),
        ("A1..A3", ["A1", "A2", "A3"]),
        ("A1..3", ["A1", "A2", "A3"]),
        ("A9-A11", ["A9", "A10", "A11"]),
        ("P08..P11", ["P08", "P09", "P10", "P11"]),
        ("98-101", ["98", "99", "100", "101"]),
        ("T1-P01..T1-P03", ["T1-P01", "T1-P02", "T1-P03"]),
        ("T1-P01", ["T1-P01"]),
        ("B-2", ["B-2"]),
        ("Phòng 1..Phòng 2", ["Phòng 1", "Phòng 2"]),
        ("101-102, Sân; Hành lang  tầng 1\nA1", ["101", "102", "Sân", "Hành lang tầng 1", "A1"]),
        ("101,,102,", ["101", "102"]),
        # Letters in parts, as a Mac writes them, are put together.
        ("Sa\u0302n", ["Sân"]),
        ("5-5", ["5"]),
        ("Phòng <b>", ["Phòng <b>"]),
    ],
)
def test_a_pattern_says_these_names(typed: str, names: list[str]) -> None:
    assert names_of(typed) == names


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter names of rooms"),
        (" , ;\n", "Enter names of rooms"),
        ("1-99999", "1-99999 is too many rooms: at most 500"),
        ("1-300, A1..A300", "too many rooms: at most 500"),
        ("120-101", "Write 101..120"),
        ("A12..A1", "Write A1..A12"),
        ("A1..B12", "goes from A to B"),
        ("A..B", "both ends need a number"),
        ("..", "both ends need a number"),
        ("101..", "both ends need a number"),
        ("P1..P020", "as many digits"),
        ("101, 102, 101", "101 stands in it twice"),
        ("p1, P1", "P1 stands in it twice"),
        ("101-105, 103", "103 stands in it twice"),
        ("A\x07", "invisible character"),
        ("\u202e101", "invisible character"),
        ("1\u200b", "invisible character"),
        ("A" * 200, "at most 120 letters"),
        ("A\u0661..A\u0663", "both ends need a number"),
        ("0-999999999", "too many rooms"),
    ],
)
def test_rubbish_is_refused_with_a_sentence(typed: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        names_of(typed)
    assert says in str(refused.value)


def test_a_pattern_of_very_many_ranges_or_digits_ends_soon() -> None:
    for typed in ("1-2," * 100_000, "9" * 100_000, "A1.." * 50_000):
        with pytest.raises(BadInput):
            names_of(typed)


TABLE = [
    ("Tên phòng", "Loại", "Tầng", "Số giường", "Ở chung", "Ghi chú"),
    ("101", "phòng ở", "1", "4", "cùng hộ, cùng giới", "x"),
    ("Sân", "ngoài trời", "", "", "", ""),
    ("101", "", "", "", "", ""),
    ("102", "bếp", "", "-3", "", ""),
    ("", "room", "", "2", "", ""),
    ("103", "washroom", "2", "0", "-", ""),
    ("đã có", "", "", "", "", ""),
]


def _of_csv() -> bytes:
    return written_csv(TABLE).encode()


def _of_csv_of_excel() -> bytes:
    return "\n".join(";".join(f'"{cell}"' for cell in row) for row in TABLE).encode("utf-16")


def _of_xlsx() -> bytes:
    return xlsx(
        {f"{'ABCDEF'[column]}{row}": cell for row, cells in enumerate(TABLE, 1) for column, cell in enumerate(cells) if cell}
    )


@pytest.mark.parametrize(
    "made", [_of_csv, _of_csv_of_excel, _of_xlsx, lambda: ods(TABLE)], ids=["csv", "excel-csv", "xlsx", "ods"]
)
def test_a_table_of_each_form_is_judged_row_by_row(made) -> None:  # type: ignore[no-untyped-def]
    judged = judge_table(read_sheet(made(), most_rows=100), ["Đã có"])
    assert judged.good == (
        RoomWanted("101", RoomKind.ROOM, "1", 4, (Together.HOUSEHOLD, Together.SEX)),
        RoomWanted("Sân", RoomKind.OUTDOORS),
        RoomWanted("103", RoomKind.WASHROOM, "2", 0, ()),
    )
    wrong = {row.number: " ".join(each.say(str) for each in row.wrong) for row in judged.refused}
    assert list(wrong) == [4, 5, 6, 8]
    assert "Row 2 has the same name" in wrong[4]
    assert "bếp" in wrong[5]
    assert "number from 0 to 500" in wrong[5]
    assert "Give the room a name" in wrong[6]
    assert "already has a room" in wrong[8]


def test_what_can_be_made_is_carried_in_a_table_that_says_the_same() -> None:
    judged = judge_table(read_sheet(_of_csv(), most_rows=100), [])
    again = judge_table(
        read_sheet(
            written_csv([("name", "kind", "floor", "beds", "together"), *(room.row() for room in judged.good)]).encode(),
            most_rows=100,
        ),
        [],
    )
    assert again.good == judged.good


def test_a_number_of_a_workbook_is_the_name_that_a_person_sees_and_no_cell_leaves_as_a_formula() -> None:
    sheet = read_sheet(xlsx({"A1": "name", "A3": 101.0, "A4": 2.5}), most_rows=10)
    assert [(line.number, line.cells[0]) for line in sheet.lines] == [(3, "101"), (4, "2.5")]
    rows = [("name",), ("=1+1",), ("-3",), ("@x",)]
    text = written_csv(rows)
    assert "\n=" not in text
    assert [line.cells for line in read_sheet(text.encode(), most_rows=9).lines] == rows[1:]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no rows"),
        (b"\n\n,,\n", "no rows"),
        (b"beds\n4\n", "needs a column"),
        (b"name\n" + b"x\n" * 2001, "more than 2000 rows"),
        (b"PK\x03\x04 no zip", "cannot be read as a table"),
        (zipped({"a.txt": "x"}), "cannot be read as a table"),
        (zipped({f"{number}": "" for number in range(500)}), "cannot be read as a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        ("tên\nSân".encode("utf-16-le"), "Save the table as CSV|cannot be read as a table"),
        (b"name\n\xff\xfe", "UTF-8"),
        (b'name\n"' + b"x" * 200_000, "is not a line of a CSV table"),
        (b"x" * (MOST_BYTES + 1), "larger than 5 MB"),
        (bomb, "Unpacked, the file is larger than 40 MB"),
        (lambda: packed_otherwise(zipfile.ZIP_BZIP2), "cannot be read as a table"),
        (lambda: packed_otherwise(zipfile.ZIP_LZMA), "cannot be read as a table"),
        (far_corner, "cannot be read as a table"),
    ],
)
def test_a_file_that_is_no_table_or_meant_to_harm_is_refused_with_a_sentence(
    content: bytes | Callable[[], bytes], says: str
) -> None:
    # What takes long to pack is packed here, and not by every worker that looks for tests.
    file = content if isinstance(content, bytes) else content()
    with pytest.raises(BadInput) as refused:
        judge_table(read_sheet(file, most_rows=2000), [])
    assert any(each in str(refused.value) for each in says.split("|"))


def test_a_table_may_have_a_name_only_once_whatever_its_letters() -> None:
    rows = [
        (number, {"name": name, "kind": "", "floor": "", "beds": "", "together": ""})
        for number, name in enumerate(("A1", "a1"), 2)
    ]
    judged = judge_rows(rows, [])
    assert [room.name for room in judged.good] == ["A1"]
