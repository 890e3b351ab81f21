"""Quarantine orders: when one is in force, and what follows when one changes its state.

Conditions for queries, and one pure table. Everybody who is asked, counted, matched or shown as in quarantine is chosen by these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, SQLColumnExpression, and_, exists

from monitor.models.people.residents import OVER, OrderState, QuarantineOrder, Resident

Moment = datetime | BindParameter[datetime]


def in_force(at: Moment, order: type[QuarantineOrder] = QuarantineOrder) -> ColumnElement[bool]:
    """A condition on QuarantineOrder, or on an alias: it holds somebody at this moment. From its beginning, until before its end."""
    return and_(order.state == OrderState.ACTIVE, order.starts_at <= at, order.ends_at > at)


def quarantined(at: Moment, resident_id: SQLColumnExpression[int] | None = None) -> ColumnElement[bool]:
    """A condition on Resident, or on another column that names a resident: one of their orders is in force."""
    whose = Resident.id if resident_id is None else resident_id
    return exists(QuarantineOrder.id).where(QuarantineOrder.resident_id == whose, in_force(at))


@dataclass(frozen=True)
class Standing:
    """What a state of an order means.

    missed: who is not where they should be is still to be looked for. answers_for_others: can go on answering for a child or for who
    cannot answer alone.
    """

    missed: bool
    answers_for_others: bool


STANDING: Mapping[OrderState, Standing] = {
    OrderState.ACTIVE: Standing(missed=True, answers_for_others=True),
    OrderState.RELEASED: Standing(missed=False, answers_for_others=True),
    OrderState.TRANSFERRED: Standing(missed=False, answers_for_others=True),
    OrderState.HOSPITALISED: Standing(missed=False, answers_for_others=False),
    OrderState.LEFT: Standing(missed=True, answers_for_others=False),
    OrderState.DIED: Standing(missed=False, answers_for_others=False),
}

GOES_ON = tuple(state for state in OrderState if state not in OVER)
"""States in which a quarantine goes on until the day that the order names: photos may still be needed."""


@dataclass(frozen=True)
class Consequences:
    """What follows when an order goes from one state to another.

    ended_at_set: the moment is noted at which it was in force no more; else that note is taken away.
    stops_asking: open roll-calls of the person are looked at again, and excused where nothing holds the person any more.
    ends_questions: what staff were asked about the person's roll-calls and whereabouts is settled.
    guardian_leaves, guardian_died: who answers for others is replaced by a person, not by a machine.
    """

    ended_at_set: bool
    stops_asking: bool
    ends_questions: bool
    guardian_leaves: bool
    guardian_died: bool


def consequences(old: OrderState, new: OrderState) -> Consequences:
    """What follows from a change; pure. Raises ValueError where nothing changes."""
    if old == new:
        raise ValueError("the order is in this state already")
    standing = STANDING[new]
    return Consequences(
        ended_at_set=new is not OrderState.ACTIVE,
        stops_asking=new is not OrderState.ACTIVE,
        ends_questions=not standing.missed,
        guardian_leaves=not standing.answers_for_others,
        guardian_died=new is OrderState.DIED,
    )
