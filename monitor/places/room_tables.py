"""Rooms as a table says them, row by row: what can be made, and what is wrong with the others and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.folding import folded
from monitor.models.places import RoomKind, Together
from monitor.places.patterns import MOST_AT_ONCE, room_name, same_name
from monitor.problems import BadInput
from monitor.sheets import Sheet
from monitor.words import N_, Words, words

MOST_ROWS = MOST_AT_ONCE * 4
MOST_BEDS = 500
COLUMNS = ("name", "kind", "floor", "beds", "together")
# What people write over the columns and into them, in plain letters; what the program itself writes is always understood.
_HEADS = {
    "name": ("name", "room", "ten", "ten phong", "phong", "so phong"),
    "kind": ("kind", "loai", "loai phong"),
    "floor": ("floor", "tang", "lau"),
    "beds": ("beds", "giuong", "so giuong"),
    "together": ("together", "o chung", "ai o chung"),
}
_KINDS = {
    RoomKind.ROOM: ("bedroom", "phong", "phong o", "phong ngu"),
    RoomKind.CORRIDOR: ("hanh lang",),
    RoomKind.COMMON: ("common room", "phong chung", "phong sinh hoat chung"),
    RoomKind.OUTDOORS: ("ngoai troi", "san"),
    RoomKind.HOME: ("nha", "nha o"),
    RoomKind.WASHROOM: ("nha ve sinh", "phong tam", "toilet"),
    RoomKind.ENTRANCE: ("loi vao", "cong"),
}
_TOGETHER = {
    Together.HOUSEHOLD: ("same household", "cung ho", "cung gia dinh"),
    Together.ARRIVAL_DAY: ("arrival day", "same arrival day", "cung ngay vao"),
    Together.SEX: ("same sex", "cung gioi", "cung gioi tinh"),
    Together.STATUS: ("same status", "cung dien"),
}
KINDS = {written: kind for kind, words_of in _KINDS.items() for written in (kind.value, *words_of)}
TOGETHER = {written: rule for rule, words_of in _TOGETHER.items() for written in (rule.value.replace("_", " "), *words_of)}


@dataclass(frozen=True)
class RoomWanted:
    """A room to be made, checked. together: None: as the zone has it."""

    name: str
    kind: RoomKind = RoomKind.ROOM
    floor: str = ""
    beds: int | None = None
    together: tuple[Together, ...] | None = None

    def row(self) -> tuple[str, ...]:
        """As a table's row with `COLUMNS`, which is read as the same again."""
        rules = "" if self.together is None else ", ".join(self.together) or "-"
        return (self.name, self.kind.value, self.floor, "" if self.beds is None else str(self.beds), rules)


@dataclass(frozen=True)
class Refused:
    """A row that makes no room. cells: as they stand in it, by column."""

    number: int
    cells: Mapping[str, str]
    wrong: tuple[Words, ...]


@dataclass(frozen=True)
class Judged:
    """Both kinds of rows, in their order."""

    good: tuple[RoomWanted, ...]
    refused: tuple[Refused, ...]


def judge_table(sheet: Sheet, existing: Iterable[str]) -> Judged:
    """Each row of a table. existing: names of the zone's rooms. Raises BadInput when it has no column of names."""
    columns = {_column(head): place for place, head in reversed(list(enumerate(sheet.head)))}
    if "name" not in columns:
        raise BadInput(
            N_("The table needs a column “name” in its first row; “kind”, “floor”, “beds” and “together” may follow."),
            field="table",
        )
    rows = []
    for line in sheet.lines:
        cells = {name: line.cells[place] for name, place in columns.items() if name and place < len(line.cells)}
        rows.append((line.number, {name: cells.get(name, "") for name in COLUMNS}))
    return judge_rows(rows, existing)


def judge_rows(rows: Sequence[tuple[int, Mapping[str, str]]], existing: Iterable[str]) -> Judged:
    """Rows by their columns' names, each with its number."""
    taken, seen = {same_name(name) for name in existing}, dict[str, int]()
    good, refused = [], []
    for number, cells in rows:
        wrong: list[Words] = []
        room = _room(cells, wrong)
        if room is not None and same_name(room.name) in taken:
            wrong.append(words(N_("The zone already has a room “%(name)s”."), name=room.name))
        elif room is not None and same_name(room.name) in seen:
            wrong.append(words(N_("Row %(row)s has the same name."), row=seen[same_name(room.name)]))
        if room is None or wrong:
            refused.append(Refused(number, cells, tuple(wrong)))
        else:
            seen[same_name(room.name)] = number
            good.append(room)
    return Judged(tuple(good), tuple(refused))


def floor_of(typed: str) -> str:
    """A floor as it is kept. Raises BadInput."""
    floor = " ".join(typed.split())
    if len(floor) > 20 or not floor.isprintable():
        raise BadInput(N_("A floor is named with at most 20 letters."), field="floor")
    return floor


def beds_of(typed: str) -> int | None:
    """A number of beds; None for nothing. Raises BadInput."""
    typed = typed.strip()
    if not typed:
        return None
    if not typed.isascii() or not typed.isdecimal() or len(typed) > 4 or not 0 <= int(typed) <= MOST_BEDS:
        raise BadInput(N_("Beds are a number from 0 to %(most)s, or nothing."), most=MOST_BEDS, field="beds")
    return int(typed)


def kind_of(typed: str) -> RoomKind:
    """A kind of room, in either language. Raises BadInput."""
    if not typed.strip():
        return RoomKind.ROOM
    found = KINDS.get(folded(typed).strip())
    if found is None:
        raise BadInput(
            N_("“%(kind)s” is not a kind of room. Use one of these: %(kinds)s."),
            kind=typed[:40],
            kinds=", ".join(RoomKind),
            field="kind",
        )
    return found


def together_of(typed: str) -> tuple[Together, ...] | None:
    """Rules with commas between; None for nothing, no rule for a hyphen. Raises BadInput."""
    if not typed.strip():
        return None
    if typed.strip() == "-":
        return ()
    found = []
    for part in typed.split(","):
        rule = TOGETHER.get(folded(part).strip())
        if rule is None:
            raise BadInput(
                N_("“%(rule)s” is not a rule for sharing a room. Use these: %(rules)s; “-” for none."),
                rule=part.strip()[:40],
                rules=", ".join(Together),
                field="together",
            )
        found.append(rule)
    return tuple(rule for rule in Together if rule in found)


def _room(cells: Mapping[str, str], wrong: list[Words]) -> RoomWanted | None:
    """The room of a row; None, and why in `wrong`, when anything in it is."""
    try:
        name = room_name(cells["name"])
    except BadInput as problem:
        wrong.append(problem.words)
        name = ""
    values = []
    for column, read in (("kind", kind_of), ("floor", floor_of), ("beds", beds_of), ("together", together_of)):
        try:
            values.append(read(cells[column]))
        except BadInput as problem:
            wrong.append(problem.words)
    return None if wrong else RoomWanted(name, *values)  # type: ignore[arg-type]


def _column(head: str) -> str:
    plain = folded(head).strip()
    return next((name for name, heads in _HEADS.items() if plain in heads), "")
