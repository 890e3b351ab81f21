"""One row of a file: whom it asks to be entered, where and under which order; or all that is wrong with it. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from monitor.enrolment.cells import mend
from monitor.enrolment.details import Details, read_details
from monitor.enrolment.orders import OrderDetails, moment_of, read_order
from monitor.folding import folded
from monitor.models.places import RoomKind
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.people.typed import Fault, Faults
from monitor.places.patterns import same_name
from monitor.places.together import LIVED_IN
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput
from monitor.words import N_, Words

LONGEST_HOUSEHOLD = 120
MOST_NAMED = 12
"""Zones that a sentence lists."""


@dataclass(frozen=True)
class ZoneAround:
    """A zone that rows may name. rooms: by `same_name` of their names."""

    id: int
    name: str
    timezone: str
    closed: bool
    rooms: Mapping[str, RoomAround] = field(default_factory=dict)


@dataclass(frozen=True)
class RoomAround:
    """A room of it."""

    id: int
    kind: RoomKind
    closed: bool


@dataclass(frozen=True)
class Around:
    """What a row is read against. zones: by folded name, those in which whoever uploaded the file works; usual: for rows that name none.

    units: what a cell says of a commune -> its key, or the sentence that says what to write. households: (zone, name) -> telephone, of
    those that are there.
    """

    zones: Mapping[str, ZoneAround]
    usual: ZoneAround
    today: date
    units: Mapping[str, UnitKey | Words] = field(default_factory=dict)
    households: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """Whom a row asks to be entered. household: its name, "" for none; record: the number that our own export gave the row."""

    details: Details
    order: OrderDetails | None
    zone_id: int
    room_id: int | None = None
    household: str = ""
    household_phone: str = ""
    arrived_at: datetime | None = None
    record: int | None = None


@dataclass(frozen=True)
class Judged:
    """wanted: None where there are faults. zone_id: where it belongs, faults or not."""

    wanted: Wanted | None
    faults: tuple[Fault, ...]
    hints: tuple[Fault, ...]
    zone_id: int


def judge_row(cells: Mapping[str, str], around: Around) -> Judged:
    """Read one row. cells: by columns."""
    mended = mend(cells, around.today)
    typed = mended.cells
    faults = Faults()
    zone = faults.read("zone", lambda: _zone(typed.get("zone", ""), around), around.usual)
    unit = faults.read("unit", lambda: _unit(typed.get("unit", ""), around), None)
    details, wrong = read_details(typed, around.today, unit)
    order, wrong_order = read_order(typed, zone.timezone)
    room = faults.read("room", lambda: _room(typed.get("room", ""), zone), None)
    household = faults.read("household", lambda: _household(typed.get("household", "")), "")
    phone = faults.read("household_phone", lambda: _household_phone(typed, zone, around), "")
    arrived = faults.read("arrived_at", lambda: _arrived(typed.get("arrived_at", ""), zone), None)
    record = faults.read("record", lambda: _record(typed.get("record", "")), None)
    lost = {each.field for each in mended.faults}
    # Of a cell that could not be mended nothing else is said.
    found = (*mended.faults, *(each for each in (*wrong, *wrong_order, *faults.found) if each.field not in lost))
    if found or details is None:
        return Judged(None, found, mended.hints, zone.id)
    wanted = Wanted(details, order, zone.id, room, household, phone, arrived, record)
    return Judged(wanted, (), mended.hints, zone.id)


def unit_texts(cells: Mapping[str, str]) -> str:
    """What the row says of a commune, as `Around.units` is asked for it."""
    return plain(cells.get("unit", ""))


def _zone(name: str, around: Around) -> ZoneAround:
    zone = around.zones.get(folded(name)) if name else around.usual
    if zone is None:
        names = sorted(each.name for each in around.zones.values() if not each.closed)
        raise BadInput(
            N_("You work in no zone “%(zone)s”. Write one of these: %(zones)s."),
            zone=name[:60],
            zones=", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else ""),
            field="zone",
        )
    if zone.closed:
        raise BadInput(N_("Zone %(zone)s was closed. Choose another zone."), zone=zone.name, field="zone")
    return zone


def _room(name: str, zone: ZoneAround) -> int | None:
    if not name:
        return None
    room = zone.rooms.get(same_name(name))
    if room is None:
        raise BadInput(
            N_("There is no room “%(room)s” in %(zone)s. Write its name as the zone’s list has it, or leave it empty."),
            room=name[:60],
            zone=zone.name,
            field="room",
        )
    if room.closed:
        raise BadInput(N_("Room “%(room)s” was closed. Choose another room."), room=name, field="room")
    if room.kind not in LIVED_IN:
        raise BadInput(N_("Choose a room of this zone in which people live."), field="room")
    return room.id


def _household(name: str) -> str:
    if len(name) > LONGEST_HOUSEHOLD:
        raise BadInput(
            N_("At most %(most)s letters fit here; these are %(count)s."),
            most=LONGEST_HOUSEHOLD,
            count=len(name),
            field="household",
        )
    return name


def _household_phone(typed: Mapping[str, str], zone: ZoneAround, around: Around) -> str:
    given, name = typed.get("household_phone", ""), typed.get("household", "")
    if not given:
        return ""
    if not name:
        raise BadInput(N_("Name the household whose telephone this is."), field="household_phone")
    phone = read_number(given, field="household_phone")
    known = around.households.get((zone.id, name), "")
    if known and known != phone:
        raise BadInput(
            N_(
                "The zone has a household %(name)s with another telephone number. Give this one another name, or take the number out."
            ),
            name=name,
            field="household_phone",
        )
    return phone


def _unit(text: str, around: Around) -> UnitKey | None:
    found = around.units.get(text) if text else None
    if isinstance(found, Words):
        raise BadInput(found.template, **dict(found.values), field="unit")
    return found


def _arrived(text: str, zone: ZoneAround) -> datetime | None:
    return moment_of(text, zone.timezone, "arrived_at") if text else None


def _record(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise BadInput(N_("The number of a record has digits only. Empty the cell for a new person."), field="record")
    return int(text)
