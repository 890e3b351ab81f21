"""What somebody typed to add to a cluster: numbers of cases, a place by its name, orders by the number of their decision."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.clusters import Part
from monitor.control_points.of_units import in_units, units_of_zones
from monitor.models.contacts.cases import CaseState, InfectionCase
from monitor.models.control_points import ControlPlace, PlaceState
from monitor.models.people.residents import QuarantineOrder
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.words import N_
from web.shared.guard import the_reader

MOST_AT_ONCE, MOST_NAMED = 200, 5


def numbers_of(session: Session, part: Part, typed: str) -> list[int]:
    """The rows that are meant, all of them the reader's to see. Raises BadInput, whose sentence says what to type."""
    typed = plain(typed)
    if not typed:
        raise BadInput(N_("Type what to add."), field="typed")
    if part is Part.CASE:
        return _cases(session, typed)
    return _place(session, typed) if part is Part.PLACE else _orders(session, typed)


def _cases(session: Session, typed: str) -> list[int]:
    """ "F0 12, 13": one or several."""
    said = re.sub(r"(?i)f0", " ", typed)
    numbers = [int(each) for each in re.findall(r"\d+", said) if len(each) < 10]
    if not numbers or re.search(r"[^\d\s,;.]", said) or len(numbers) > MOST_AT_ONCE:
        raise BadInput(N_("Type numbers of cases, as “F0 12” or “12, 13”."), field="typed")
    query = select(InfectionCase.id).where(InfectionCase.id.in_(numbers), InfectionCase.state != CaseState.WITHDRAWN)
    zones = the_reader().zones
    if zones is not None:
        query = query.where(InfectionCase.zone_id.in_(sorted(zones)))
    found = set(session.scalars(query))
    if missing := [each for each in numbers if each not in found]:
        raise BadInput(N_("There is no case F0 %(number)s in your zones. Nothing was added."), number=missing[0], field="typed")
    return sorted(found)


def _place(session: Session, typed: str) -> list[int]:
    """One place of the reader's units, by its name or a part of it."""
    query = select(ControlPlace.id, ControlPlace.name).where(ControlPlace.state.in_((PlaceState.APPROVED, PlaceState.CLOSED)))
    where = in_units(units_of_zones(session, the_reader().zones))
    if where is not None:
        query = query.where(where)
    named = query.where(ControlPlace.name.icontains(typed, autoescape=True)).order_by(ControlPlace.name).limit(MOST_NAMED + 1)
    found = session.execute(named).all()
    same = [each.id for each in found if each.name.casefold() == typed.casefold()]
    if len(same) == 1 or len(found) == 1:
        return same or [found[0].id]
    if not found:
        raise BadInput(N_("No control point of your units has this name. Type another part of it."), field="typed")
    names = "; ".join(each.name for each in found[:MOST_NAMED])
    raise BadInput(N_("Several control points have this name: %(names)s. Type the whole name."), names=names, field="typed")


def _orders(session: Session, typed: str) -> list[int]:
    """All orders of a decision: one decision may be about many people."""
    query = select(QuarantineOrder.id).where(QuarantineOrder.number == typed).order_by(QuarantineOrder.id)
    zones = the_reader().zones
    if zones is not None:
        query = query.where(QuarantineOrder.zone_id.in_(sorted(zones)))
    found = list(session.scalars(query.limit(MOST_AT_ONCE + 1)))
    if not found:
        raise BadInput(
            N_("No quarantine order in your zones has this number. Type it as it stands on the decision, as 123/QĐ-UBND."),
            field="typed",
        )
    if len(found) > MOST_AT_ONCE:
        raise BadInput(
            N_("This decision is about more than %(most)s people: too many at once."), most=MOST_AT_ONCE, field="typed"
        )
    return found
