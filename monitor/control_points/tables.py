"""Tables of a place's points and of an employer's workers, as people keep them: read row by row. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.enrolment.cells import mend
from monitor.folding import folded
from monitor.models.control_points import PointKind
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.problems import BadInput
from monitor.sheets import Sheet
from monitor.words import N_, Words, words

MOST_WORKERS, MOST_POINTS = 50_000, 500
LONGEST_NAME, LONGEST_NUMBER = 120, 40
_WORKER_HEADINGS: Mapping[str, str] = {
    "full_name": "ho va ten|ho ten|ten|ho va ten nguoi lao dong|ten nhan vien|full name|name",
    "phone": "so dien thoai|dien thoai|sdt|dien thoai di dong|so dt|dt|phone|mobile|telephone|phone number|telephone number",
    "number": "ma nhan vien|ma nv|msnv|ma so|ma so nhan vien|ma cong nhan|so the|employee number|employee id|staff number|number",
}
_POINT_HEADINGS: Mapping[str, str] = {
    "name": "ten diem|diem|ten|diem kiem dich|cong|point|name|point name",
    "kind": "loai|loai diem|kind|type",
}
_KINDS: Mapping[str, PointKind] = {
    said: kind
    for kind, names in {
        PointKind.GATE: "gate|cong|cua|loi vao|entrance",
        PointKind.FLOOR: "floor|tang|xuong|phan xuong|chuyen|line|workshop",
        PointKind.CANTEEN: "canteen|nha an|can tin|cang tin|bep an",
        PointKind.SHIFT: "shift|ca|ca lam viec|kip",
        PointKind.OTHER: "other|khac",
    }.items()
    for said in names.split("|")
}


@dataclass(frozen=True)
class Worker:
    """phone: as +84…. number: in the employer's books, or empty."""

    full_name: str
    phone: str
    number: str


@dataclass(frozen=True)
class PointRow:
    """A point that a table names."""

    name: str
    kind: PointKind


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a row. number: as the spreadsheet shows it."""

    number: int
    why: Words


def read_workers(sheet: Sheet, today: date) -> tuple[list[Worker], list[Wrong]]:
    """Workers of an employer's table, and the rows that name nobody who could be found. Raises BadInput for another table."""
    places = _columns(sheet.head, _WORKER_HEADINGS, ("full_name", "phone"), N_("name and telephone number"))
    workers: dict[str, Worker] = {}
    wrong: list[Wrong] = []
    for line in sheet.lines:
        said = _cells(line.cells, places)
        name = plain(said.get("full_name", ""))[:LONGEST_NAME]
        mended = mend({"phone": said.get("phone", "")}, today)
        if mended.faults:
            wrong.append(Wrong(line.number, mended.faults[0].words))
            continue
        if not name:
            wrong.append(Wrong(line.number, words(N_("There is no name in this row."))))
            continue
        try:
            phone = read_number(mended.cells.get("phone", ""))
        except BadInput as problem:
            wrong.append(Wrong(line.number, problem.words))
            continue
        if phone in workers and folded(workers[phone].full_name) != folded(name):
            other = N_("%(name)s has this telephone number in another row. Two people of a list cannot share one.")
            wrong.append(Wrong(line.number, words(other, name=workers[phone].full_name)))
            continue
        workers.setdefault(phone, Worker(name, phone, plain(said.get("number", ""))[:LONGEST_NUMBER]))
    return list(workers.values()), wrong


def read_points(sheet: Sheet) -> tuple[list[PointRow], list[Wrong]]:
    """Points of a table, and the rows that name none. Raises BadInput for another table."""
    places = _columns(sheet.head, _POINT_HEADINGS, ("name",), N_("name of the point"))
    points: dict[str, PointRow] = {}
    wrong: list[Wrong] = []
    for line in sheet.lines:
        said = _cells(line.cells, places)
        name = plain(said.get("name", ""))[:LONGEST_NAME]
        kind = _KINDS.get(folded(said.get("kind", "")).strip()) if said.get("kind") else PointKind.OTHER
        if not name:
            wrong.append(Wrong(line.number, words(N_("There is no name in this row."))))
        elif folded(name) in points:
            wrong.append(Wrong(line.number, words(N_("“%(name)s” stands in another row already."), name=name)))
        elif kind is None:
            kinds = N_("“%(kind)s” is not a kind of point. Write gate, floor, canteen, shift or other.")
            wrong.append(Wrong(line.number, words(kinds, kind=said["kind"][:LONGEST_NUMBER])))
        else:
            points[folded(name)] = PointRow(name, kind)
    return list(points.values()), wrong


def _columns(head: Sequence[str], known: Mapping[str, str], needed: Sequence[str], called: str) -> dict[str, int]:
    by_heading = {said: column for column, names in known.items() for said in names.split("|")}
    places: dict[str, int] = {}
    for place, heading in enumerate(head):
        column = by_heading.get(folded(heading).strip())
        if column is not None:
            places.setdefault(column, place)
    if any(column not in places for column in needed):
        raise BadInput(
            N_("The first row must name the columns; these are needed: %(columns)s."),
            columns={"template": called},
            field="table",
        )
    return places


def _cells(cells: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {column: cells[place] for column, place in places.items() if place < len(cells)}
