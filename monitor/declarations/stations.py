"""Whose health station looks at a declaration: the zone of the unit where somebody lives, or else the nearest that there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.places import Zone
from monitor.models.units import AdministrativeUnit
from monitor.places.units.search import UnitKey


def nearest(home: Sequence[UnitKey], zones: Mapping[int, Sequence[UnitKey]]) -> int | None:
    """The zone that shares the lowest unit with somebody's home; of several the one whose own unit is highest, then the oldest.

    home: the unit where they live and those above it, from the lowest. zones: the same of each zone, nothing where it has no unit.
    Where none shares any unit the oldest zone looks: nobody's signs are looked at by nobody. None: there is no zone.
    """

    def rank(zone_id: int) -> tuple[int, int, int]:
        above = zones[zone_id]
        shared = next((place for place, unit in enumerate(home) if unit in above), len(home))
        return shared, len(above), zone_id

    return min(zones, key=rank, default=None)


def station_of(session: Session, unit: UnitKey | None) -> int | None:
    """The zone whose staff look at a declaration of somebody who lives there."""
    known: dict[UnitKey, list[UnitKey]] = {}
    rows = session.execute(select(Zone.id, Zone.unit_code, Zone.unit_from).where(Zone.closed_at.is_(None)))
    zones = {zone_id: _above(session, UnitKey(code, since), known) if code and since else [] for zone_id, code, since in rows}
    return nearest(_above(session, unit, known) if unit else [], zones)


def _above(session: Session, unit: UnitKey, known: dict[UnitKey, list[UnitKey]]) -> list[UnitKey]:
    """A unit and those above it."""
    if unit not in known:
        found = [unit]
        row = session.get(AdministrativeUnit, (unit.code, unit.valid_from))
        while row is not None and row.parent_code and row.parent_from:
            key = UnitKey(row.parent_code, row.parent_from)
            if key in found:
                break
            found.append(key)
            row = session.get(AdministrativeUnit, (key.code, key.valid_from))
        known[unit] = found
    return known[unit]
