"""Where each zone stands in a report: its kind, and its unit under today's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.daily_report import NO_UNIT
from monitor.models.places import Zone, ZoneKind
from monitor.places.units.search import UnitKey
from monitor.reports.courses import Mode, Step
from monitor.reports.places import NOWHERE, Place, place_of, setting_of
from monitor.reports.successors import Units, read_units


@dataclass(frozen=True)
class ZoneStands:
    """A zone's name, kind, and unit: as it was stated, and as it is on the day of the report."""

    name: str
    kind: ZoneKind
    stated: str
    unit: str


@dataclass(frozen=True)
class Zones:
    """All zones, and the units of a day."""

    by_id: Mapping[int, ZoneStands]
    units: Units

    def unit(self, zone_id: int | None) -> str:
        """The unit of a zone; of none, or one that is gone, NO_UNIT."""
        zone = self.by_id.get(zone_id or 0)
        return zone.unit if zone else NO_UNIT

    def place(self, zone_id: int, *, in_hospital: bool) -> Place:
        """Where somebody of a zone is counted."""
        zone = self.by_id[zone_id]
        return place_of(setting_of(zone.kind, in_hospital=in_hospital), zone.unit)

    def place_at(self, step: Step) -> Place:
        """Where a step of an order's course puts somebody."""
        return NOWHERE if step.mode is Mode.OVER else self.place(step.zone_id, in_hospital=step.mode is Mode.IN_HOSPITAL)


def read_zones(session: Session, day: date, more_units: Iterable[str] = ()) -> Zones:
    """All zones as a report of a day counts them. more_units: others whose successors are asked for, as those of the report before."""
    rows = session.execute(select(Zone.id, Zone.name, Zone.kind, Zone.unit_code, Zone.unit_from)).all()
    stated = {row.id: unit_written(row.unit_code, row.unit_from) for row in rows}
    units = read_units(session, {*stated.values(), *more_units} - {NO_UNIT}, day)
    return Zones(
        {row.id: ZoneStands(row.name, row.kind, stated[row.id], units.today(stated[row.id])) for row in rows},
        units,
    )


def unit_written(code: str | None, valid_from: date | None) -> str:
    """A unit as reports keep it."""
    return str(UnitKey(code, valid_from)) if code and valid_from else NO_UNIT
