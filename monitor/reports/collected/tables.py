"""Tables of reporters and their counts, as people keep them: read row by row, each that cannot be used with the reason. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.enrolment.cells import mend
from monitor.folding import folded
from monitor.models.reporters import ReporterKind
from monitor.people.pasted import plain
from monitor.places.units.search import UnitKey, key_of
from monitor.problems import BadInput
from monitor.reports.collected.communes import CommuneIndex
from monitor.reports.collected.counts import CountDetails, read_count
from monitor.reports.collected.reporters import ReporterDetails, read_reporter, same_as
from monitor.sheets import Sheet
from monitor.words import N_, Words, words

MOST_ROWS = 5000
_HEADINGS: Mapping[str, str] = {
    "kind": "loai|loai don vi|loai hinh|kind|type",
    "name": "ten|ten don vi|don vi|don vi bao cao|co quan|doanh nghiep|ten doanh nghiep|name|reporter|organisation|organization",
    "unit": "xa phuong|phuong xa|xa|phuong|phuong xa dac khu|dia ban|don vi hanh chinh|ma xa|commune|ward|unit",
    "contact": "nguoi lien he|dau moi|nguoi phu trach|ho ten nguoi lien he|contact|contact name|contact person",
    "phone": "so dien thoai|dien thoai|sdt|dt|phone|telephone|telephone number|mobile",
    "email": "email|e mail|thu dien tu|mail",
    "people": "dan so|so nguoi|so lao dong|tong so nguoi|lao dong|people|population|workers",
    "users": "nguoi dung dien thoai thong minh|so nguoi dung dien thoai thong minh|dien thoai thong minh|so nguoi co dien thoai thong minh"
    "|so thue bao thong minh|smartphone users|smartphones",
    "places": "diem kiem dich can co|so diem kiem dich|diem can dang ky|places|places known|control points|control points known",
    "counted_on": "ngay so lieu|tinh den ngay|ngay|ngay thong ke|as of|counted on|date|day",
    "source": "nguon|nguon so lieu|source",
}
_KINDS: Mapping[str, ReporterKind] = {
    said: kind
    for kind, names in {
        ReporterKind.COMMUNE: "xa|phuong|xa phuong|thi tran|dac khu|cap xa|commune|ward",
        ReporterKind.AGENCY: "co quan|don vi su nghiep|so nganh|truong hoc|benh vien|agency|authority|office",
        ReporterKind.ENTERPRISE: "doanh nghiep|cong ty|nha may|hop tac xa|enterprise|company|factory",
        ReporterKind.INDUSTRIAL_PARK: "khu cong nghiep|kcn|cum cong nghiep|industrial park|industrial zone",
    }.items()
    for said in names.split("|")
}


@dataclass(frozen=True)
class TableRow:
    """A row that can be used. number: as the spreadsheet shows it. count: what it says of people and smartphones; None: nothing."""

    number: int
    reporter: ReporterDetails
    count: CountDetails | None

    def dump(self) -> dict[str, Any]:
        """As it is kept until somebody has looked at it."""
        mine, count = self.reporter, self.count
        return {
            "number": self.number,
            "kind": mine.kind.value,
            "name": mine.name,
            "unit": str(mine.unit) if mine.unit else "",
            "contact": [mine.contact_name, mine.contact_phone, mine.contact_email, mine.language],
            "count": [count.counted_on.isoformat(), count.source, *count.numbers] if count else None,
        }

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> TableRow:
        """What `dump` kept."""
        name, phone, email, language = kept["contact"]
        unit = key_of(kept["unit"])
        reporter = ReporterDetails(ReporterKind(kept["kind"]), kept["name"], unit, name, phone, email, language)
        count = None
        if kept["count"] is not None:
            day, source, *numbers = kept["count"]
            count = CountDetails(date.fromisoformat(day), source, *numbers)
        return cls(kept["number"], reporter, count)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a row. number: as the spreadsheet shows it."""

    number: int
    why: Words


def read_table(
    sheet: Sheet, communes: CommuneIndex, today: date, *, source: str = "", counted_on: str = ""
) -> tuple[list[TableRow], list[Wrong]]:
    """Reporters of a table, and the rows that cannot be used. source, counted_on: for rows that say neither.

    Raises BadInput for a table without the columns that are needed.
    """
    places = _columns(sheet.head)
    rows: dict[str, TableRow] = {}
    wrong: list[Wrong] = []
    for line in sheet.lines:
        cells = {column: line.cells[place] for column, place in places.items() if place < len(line.cells)}
        try:
            row = _row(line.number, cells, communes, today, source, counted_on)
        except BadInput as problem:
            wrong.append(Wrong(line.number, problem.words))
            continue
        same = same_as(row.reporter.kind, row.reporter.name, row.reporter.unit)
        if same in rows and rows[same].dump() | {"number": 0} != row.dump() | {"number": 0}:
            why = N_("Row %(other)s names the same reporter and says something else. Keep one of the two.")
            wrong.append(Wrong(line.number, words(why, other=rows[same].number)))
            continue
        rows.setdefault(same, row)
    return list(rows.values()), wrong


def _row(number: int, cells: Mapping[str, str], communes: CommuneIndex, today: date, source: str, counted_on: str) -> TableRow:
    mended = mend({"phone": cells.get("phone", "")}, today)
    if mended.faults:
        raise _told(mended.faults[0].words)
    name, at = plain(cells.get("name", "")), plain(cells.get("unit", ""))
    kind = _kind(plain(cells.get("kind", "")), name, at, communes)
    unit = _unit(at or name, communes) if kind is ReporterKind.COMMUNE or at else None
    if kind is ReporterKind.COMMUNE and unit is not None:
        # As the authorities write it, however the table does.
        name = communes.by_code[unit.code].name
    reporter = read_reporter(
        kind.value, name, unit, cells.get("contact", ""), mended.cells.get("phone", ""), cells.get("email", "")
    )
    count = read_count(
        cells.get("people", ""),
        cells.get("users", ""),
        cells.get("places", ""),
        cells.get("source", "") or source,
        cells.get("counted_on", "") or counted_on,
        today,
    )
    return TableRow(number, reporter, count)


def _told(said: Words) -> BadInput:
    return BadInput(said.template, **said.values)


def _kind(typed: str, name: str, at: str, communes: CommuneIndex) -> ReporterKind:
    found = _KINDS.get(folded(typed).strip())
    if found is not None:
        return found
    if typed:
        raise BadInput(
            N_("“%(kind)s” is not a kind of reporter. Write commune, agency, enterprise or industrial park."), kind=typed[:60]
        )
    if (not name and at) or communes.named(name):
        return ReporterKind.COMMUNE
    raise BadInput(N_("Say what kind of reporter it is: commune, agency, enterprise or industrial park."))


def _unit(typed: str, communes: CommuneIndex) -> UnitKey:
    found = communes.named(typed)
    if len(found) == 1:
        return found[0].key
    if found:
        names = ", ".join(f"{each.name} ({each.key.code})" for each in found[:5])
        raise BadInput(N_("“%(unit)s” may be one of these: %(names)s. Write the code."), unit=typed[:60], names=names)
    after = communes.after(typed)
    if after:
        raise BadInput(
            N_("“%(unit)s” does not exist any more; it became %(names)s. Write the name of today."),
            unit=typed[:60],
            names=", ".join(after[:5]),
        )
    raise BadInput(
        N_("This province has no commune, ward or special zone named “%(unit)s”. Write its name or its code."), unit=typed[:60]
    )


def _columns(head: Sequence[str]) -> dict[str, int]:
    by_heading = {said: column for column, names in _HEADINGS.items() for said in names.split("|")}
    places: dict[str, int] = {}
    for place, heading in enumerate(head):
        column = by_heading.get(folded(heading).strip())
        if column is not None:
            places.setdefault(column, place)
    if "name" not in places and "unit" not in places:
        raise BadInput(N_("The first row must name the columns; needed is a column “name” or “commune”."), field="table")
    return places
