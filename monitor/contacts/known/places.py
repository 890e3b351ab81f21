"""Places where a case checked in while they could infect others, and which of them have one code for too many people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.known.around import around_of
from monitor.contacts.matching.candidates import coarse_places, stays_of
from monitor.database.many_rows import one_of
from monitor.models.contacts.cases import InfectionCase
from monitor.models.control_points import ControlPlace
from monitor.problems import BadInput


@dataclass(frozen=True)
class PlaceOfCase:
    """coarse: its one code is for more people than can be contacts of one of them."""

    id: int
    name: str
    coarse: bool


def places_of_case(session: Session, case: InfectionCase, now: datetime) -> list[PlaceOfCase]:
    """By name; none where nobody knows when the case could infect others."""
    try:
        around = around_of(session, case, now)
    except BadInput:
        return []
    stays = stays_of(session, around.declarants, around.since, around.until, around.until)
    places = {each.place for each in stays}
    if not places:
        return []
    coarse = coarse_places(session, places)
    rows = session.execute(
        select(ControlPlace.id, ControlPlace.name).where(one_of(ControlPlace.id, list(places))).order_by(ControlPlace.name)
    )
    return [PlaceOfCase(row.id, row.name, row.id in coarse) for row in rows]
