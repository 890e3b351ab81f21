"""Which places a unit's staff see: those in the units of their zones, and in all units below. Rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.models.control_points import ControlPlace, PlaceState
from monitor.models.places import Zone
from monitor.models.units import AdministrativeUnit
from monitor.problems import NotFound
from monitor.words import N_

Unit = tuple[str, date]


def units_of_zones(session: Session, zones: Collection[int] | None) -> set[Unit] | None:
    """The units that these zones lie in, and all below them; None: every unit, for whom no zone is named."""
    if zones is None:
        return None
    lie_in = select(Zone.unit_code, Zone.unit_from).where(
        Zone.id.in_(zones), Zone.unit_code.is_not(None), Zone.unit_from.is_not(None)
    )
    known: set[Unit] = {(row.unit_code, row.unit_from) for row in session.execute(lie_in)}
    level = known
    while level:
        parent = tuple_(AdministrativeUnit.parent_code, AdministrativeUnit.parent_from)
        below = select(AdministrativeUnit.code, AdministrativeUnit.valid_from).where(parent.in_(sorted(level)))
        level = {(row.code, row.valid_from) for row in session.execute(below)} - known
        known |= level
    return known


def in_units(units: set[Unit] | None) -> ColumnElement[bool] | None:
    """A condition on ControlPlace; None: no condition."""
    if units is None:
        return None
    return tuple_(ControlPlace.unit_code, ControlPlace.unit_from).in_(sorted(units)) if units else false()


def places_page(
    session: Session,
    units: set[Unit] | None,
    states: Collection[PlaceState],
    *,
    after: tuple[datetime, int] | None,
    most: int,
    changed_too: bool = False,
) -> list[ControlPlace]:
    """Places of these units, the newest first. after: (registered_at, id) of the last one of the page before.

    changed_too: also those whose owner asks for a change that waits.
    """
    there = ControlPlace.state.in_(states)
    query = select(ControlPlace).where(or_(there, ControlPlace.proposed_at.is_not(None)) if changed_too else there)
    where = in_units(units)
    if where is not None:
        query = query.where(where)
    if after is not None:
        query = query.where(tuple_(ControlPlace.registered_at, ControlPlace.id) < tuple_(*after))
    return list(session.scalars(query.order_by(ControlPlace.registered_at.desc(), ControlPlace.id.desc()).limit(most)))


def place_in(session: Session, units: set[Unit] | None, place_id: int) -> ControlPlace:
    """A place that is in these units. Raises NotFound for another one as for none."""
    found = session.get(ControlPlace, place_id)
    if found is None or (units is not None and (found.unit_code, found.unit_from) not in units):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return found
