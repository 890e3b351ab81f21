"""What may be done with a quarantine order as it stands at a moment, and within which bounds. Pure decisions.

What follows for roll-calls, staff and guardians is in `orders.py`; a deed that is not in the table of a phase is refused in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.models.people.residents import OrderState
from monitor.people.orders import GOES_ON
from monitor.problems import BadInput, Conflict
from monitor.words import N_

LONGEST_ORDER = timedelta(days=366)
# A form is filled in for a while, on a clock without seconds.
FORM_TAKES = timedelta(minutes=5)


class Deed(StrEnum):
    """One thing that a supervisor does with an order. Stored in the audit trail, so none may ever be spelt otherwise."""

    EXTEND = "extend"
    SHORTEN = "shorten"
    CORRECT = "correct"
    START = "start"
    TRANSFER = "transfer"
    ROOM = "room"
    EXEMPT = "exempt"
    HOSPITAL = "hospital"
    BACK = "back"
    RELEASE = "release"
    MOVED_AWAY = "moved_away"
    LEFT = "left"
    FOUND = "found"
    DIED = "died"
    REOPEN = "reopen"
    FURTHER = "further"


class Phase(StrEnum):
    """An order's state together with the time."""

    TO_COME = "to_come"
    IN_FORCE = "in_force"
    RUN_OUT = "run_out"
    """Its day has come and nobody has written a release: no roll-call asks any more, and the bed is still taken."""
    HOSPITAL = "hospital"
    LEFT = "left"
    RELEASED = "released"
    MOVED_AWAY = "moved_away"
    DIED = "died"


@dataclass(frozen=True)
class Term:
    """An order as far as these decisions go. All times UTC."""

    state: OrderState
    starts_at: datetime
    ends_at: datetime


_BY_STATE = {
    OrderState.HOSPITALISED: Phase.HOSPITAL,
    OrderState.LEFT: Phase.LEFT,
    OrderState.RELEASED: Phase.RELEASED,
    OrderState.TRANSFERRED: Phase.MOVED_AWAY,
    OrderState.DIED: Phase.DIED,
}


def phase_of(term: Term, now: datetime) -> Phase:
    """Where an order stands at this moment."""
    if term.state is not OrderState.ACTIVE:
        return _BY_STATE[term.state]
    if term.ends_at <= now:
        return Phase.RUN_OUT
    return Phase.IN_FORCE if term.starts_at <= now else Phase.TO_COME


ALLOWED: Mapping[Phase, tuple[Deed, ...]] = {
    Phase.TO_COME: (
        Deed.EXTEND,
        Deed.SHORTEN,
        Deed.TRANSFER,
        Deed.ROOM,
        Deed.EXEMPT,
        Deed.RELEASE,
        Deed.MOVED_AWAY,
        Deed.DIED,
        Deed.CORRECT,
        Deed.START,
    ),
    Phase.IN_FORCE: (
        Deed.EXTEND,
        Deed.SHORTEN,
        Deed.TRANSFER,
        Deed.ROOM,
        Deed.EXEMPT,
        Deed.HOSPITAL,
        Deed.RELEASE,
        Deed.MOVED_AWAY,
        Deed.LEFT,
        Deed.DIED,
        Deed.CORRECT,
        Deed.START,
    ),
    Phase.RUN_OUT: (Deed.RELEASE, Deed.FURTHER, Deed.ROOM, Deed.MOVED_AWAY, Deed.LEFT, Deed.DIED, Deed.CORRECT, Deed.START),
    Phase.HOSPITAL: (
        Deed.BACK,
        Deed.EXTEND,
        Deed.SHORTEN,
        Deed.ROOM,
        Deed.RELEASE,
        Deed.MOVED_AWAY,
        Deed.DIED,
        Deed.CORRECT,
        Deed.START,
    ),
    Phase.LEFT: (Deed.FOUND, Deed.EXTEND, Deed.RELEASE, Deed.MOVED_AWAY, Deed.DIED, Deed.CORRECT, Deed.START),
    Phase.RELEASED: (Deed.FURTHER, Deed.REOPEN, Deed.CORRECT, Deed.START),
    Phase.MOVED_AWAY: (Deed.FURTHER, Deed.REOPEN, Deed.CORRECT, Deed.START),
    Phase.DIED: (Deed.REOPEN, Deed.CORRECT, Deed.START),
}
"""In each phase what may be done, in the order in which it is offered."""

NEW_STATE: Mapping[Deed, OrderState] = {
    Deed.HOSPITAL: OrderState.HOSPITALISED,
    Deed.BACK: OrderState.ACTIVE,
    Deed.RELEASE: OrderState.RELEASED,
    Deed.MOVED_AWAY: OrderState.TRANSFERRED,
    Deed.LEFT: OrderState.LEFT,
    Deed.FOUND: OrderState.ACTIVE,
    Deed.DIED: OrderState.DIED,
    Deed.REOPEN: OrderState.ACTIVE,
}
"""Deeds that give an order another state."""
NEEDS_BED = frozenset({Deed.FOUND, Deed.REOPEN, Deed.FURTHER})
"""Whose bed may have been given to somebody else meanwhile."""
ENDS_ALL = frozenset({Deed.DIED, Deed.MOVED_AWAY})
"""Deeds that end whatever else is ordered of the person, too: an order to come would ask somebody who is not there."""
CAN_WAIT = frozenset({Deed.EXTEND, Deed.HOSPITAL, Deed.BACK, Deed.RELEASE, Deed.MOVED_AWAY, Deed.ROOM, Deed.TRANSFER})
"""What can be set for a later time, a transfer by the zone that takes them in; what happens to people by itself is only ever noted."""
OF_PERSON = frozenset({Deed.TRANSFER, Deed.ROOM, Deed.EXEMPT, Deed.FURTHER})
"""Deeds with pages of their own."""

REFUSED: Mapping[Phase, str] = {
    Phase.TO_COME: N_("The order has not begun yet; this cannot be done with it."),
    Phase.IN_FORCE: N_("The order is in force; this cannot be done with it."),
    Phase.RUN_OUT: N_("The order has run out. Write the release, or give a further order."),
    Phase.HOSPITAL: N_("This person is in hospital. First note that they are back."),
    Phase.LEFT: N_("This person left without release. First note that they were found."),
    Phase.RELEASED: N_("This person is already released."),
    Phase.MOVED_AWAY: N_("This person was already moved to another place."),
    Phase.DIED: N_("This person is recorded as having died."),
}


def require_allowed(deed: Deed, term: Term, now: datetime) -> None:
    """Raise Conflict where this cannot be done with an order as it stands."""
    phase = phase_of(term, now)
    if deed not in ALLOWED[phase]:
        raise Conflict(REFUSED[phase])


def check_new_end(deed: Deed, term: Term, ends_at: datetime, others: Iterable[Term], now: datetime) -> datetime:
    """The end that an order gets, extended or shortened. others: the same person's other orders. Raises BadInput, Conflict."""
    check_times(term.starts_at, ends_at)
    if deed is Deed.EXTEND:
        if ends_at <= term.ends_at:
            raise BadInput(N_("The new end is not later than the end that the order has. Choose a later day."), field="ends_at")
        if ends_at <= now:
            raise BadInput(N_("This time is already past. Please choose an end in the future."), field="ends_at")
        require_alone(Term(term.state, term.starts_at, ends_at), others)
        return ends_at
    if ends_at >= term.ends_at:
        raise BadInput(
            N_("The new end is not earlier than the end that the order has. Choose an earlier day."), field="ends_at"
        )
    if ends_at < now - FORM_TAKES:
        raise BadInput(N_("This time is already past. An order can end now or later, not in the past."), field="ends_at")
    # Not before its beginning, which is past where it is in force.
    return max(ends_at, now)


def check_new_start(term: Term, starts_at: datetime, ended_at: datetime | None, others: Iterable[Term]) -> datetime:
    """The beginning that an order should have had. ended_at: when it was in force no more; others: the same person's other orders.

    Raises BadInput, Conflict.
    """
    if starts_at == term.starts_at:
        raise BadInput(N_("The order begins at that time already. Choose the right one."), field="starts_at")
    check_times(starts_at, term.ends_at, field="starts_at")
    if ended_at is not None and starts_at >= ended_at:
        raise BadInput(N_("The order was over by then. Choose a time before its end."), field="starts_at")
    right = Term(term.state, starts_at, term.ends_at)
    if holds(right):
        require_alone(right, others)
    return starts_at


def check_times(starts: datetime, ends: datetime, *, field: str = "ends_at") -> None:
    """Raises BadInput where an order would end before it begins, or hold somebody longer than a year. field: where it is told."""
    if ends <= starts:
        raise BadInput(N_("The order would end before it begins. Check both days."), field=field)
    if ends - starts > LONGEST_ORDER:
        raise BadInput(N_("The order would hold for more than a year. Check both days."), field=field)


def require_alone(term: Term, others: Iterable[Term]) -> None:
    """Raise Conflict where two orders would hold one person at the same time."""
    for other in others:
        if holds(other) and other.starts_at < term.ends_at and term.starts_at < other.ends_at:
            raise Conflict(N_("Another order of this person holds at that time. End or change that one first."))


def holds(term: Term) -> bool:
    """Whether an order holds somebody from its beginning to its end, as far as anybody has said."""
    return term.state in GOES_ON
