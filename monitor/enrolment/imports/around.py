"""What rows of a file are read against: zones, rooms, communes and households, gathered for one piece of the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.enrolment.rows import Around, RoomAround, ZoneAround, unit_texts
from monitor.folding import folded
from monitor.models.people.imports import PeopleImport
from monitor.models.people.residents import Household
from monitor.models.places import Room, Zone
from monitor.people.pasted import plain
from monitor.places.patterns import same_name
from monitor.places.units.search import UnitKey, choices, meant, search_units
from monitor.words import N_, Words, words

LONGEST_UNIT, MOST_CHOICES = 200, 3
Units = MutableMapping[str, UnitKey | Words]
"""What cells say of communes, as far as it was looked up: thousands of rows say the same few."""


def gather(session: Session, row: PeopleImport, rows: Sequence[Mapping[str, str]], units: Units, now: datetime) -> Around:
    """For the cells of these rows. units: filled with what was not asked before."""
    allowed = select(Zone.id, Zone.name, Zone.timezone, Zone.closed_at)
    if row.account_zones is not None:
        allowed = allowed.where(one_of(Zone.id, [*row.account_zones, row.zone_id]))
    zones = {folded(each.name): each for each in session.execute(allowed)}
    usual = next(each for each in zones.values() if each.id == row.zone_id)
    named = {folded(cells["zone"]) for cells in rows if cells.get("zone")}
    wanted = [usual.id, *(each.id for name, each in zones.items() if name in named)]
    rooms: defaultdict[int, dict[str, RoomAround]] = defaultdict(dict)
    for each in session.execute(
        select(Room.id, Room.zone_id, Room.name, Room.kind, Room.closed_at).where(
            one_of(Room.zone_id, wanted), Room.merged_into_id.is_(None)
        )
    ):
        rooms[each.zone_id][same_name(each.name)] = RoomAround(each.id, each.kind, each.closed_at is not None)
    around = {
        name: ZoneAround(each.id, each.name, each.timezone, each.closed_at is not None, rooms[each.id])
        for name, each in zones.items()
    }
    for text in {unit_texts(cells) for cells in rows} - units.keys() - {""}:
        units[text] = unit_said(session, text)
    return Around(
        zones=around,
        usual=around[folded(usual.name)],
        today=now.astimezone(ZoneInfo(usual.timezone)).date(),
        units=units,
        households={key: phone for key, (_id, phone) in households_of(session, wanted, rows).items()},
    )


def households_of(
    session: Session, zones: Sequence[int], rows: Sequence[Mapping[str, str]]
) -> dict[tuple[int, str], tuple[int, str]]:
    """Households of these zones which the rows name: (zone, name) -> their key and telephone; the oldest of one name."""
    names = sorted({plain(cells["household"]) for cells in rows if cells.get("household")})
    if not names:
        return {}
    found = session.execute(
        select(Household.id, Household.zone_id, Household.name, Household.phone)
        .where(one_of(Household.zone_id, sorted(set(zones))), one_of(Household.name, names))
        .order_by(Household.id.desc())
    )
    return {(each.zone_id, each.name): (each.id, each.phone) for each in found}


def unit_said(session: Session, text: str) -> UnitKey | Words:
    """The commune that a cell surely means, or what to write instead."""
    found = search_units(session, text[:LONGEST_UNIT])
    surely = meant(found, text[:LONGEST_UNIT])
    if surely is not None and surely.key in {unit.key for unit in found}:
        return surely.key
    if surely is not None:
        # An old name leads to a new one, and a person must have written that.
        told = N_("“%(unit)s” is there no more; it is now part of %(new)s. Write that, if it is right.")
        return words(told, unit=text[:60], new=surely.written("vi"))
    several = choices(found)[:MOST_CHOICES]
    if several:
        told = N_("“%(unit)s” may be several: %(choices)s. Write the one with its province.")
        return words(told, unit=text[:60], choices="; ".join(each.written("vi") for each in several))
    return words(N_("There is no commune or ward “%(unit)s”. Write its name with the province, or its code."), unit=text[:60])
