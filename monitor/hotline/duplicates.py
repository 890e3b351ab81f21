"""Which earlier tickets a new one may repeat, and what is proposed: add to it, or bundle under it. A person decides. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.models.hotline import TicketKind
from monitor.places.distance import metres_between

SAME_PEOPLE_WITHIN = timedelta(days=1)
SAME_PLACE_WITHIN = timedelta(hours=4)
RADIUS_METRES = {
    TicketKind.EMERGENCY: 100.0,
    TicketKind.FOOD: 100.0,
    TicketKind.VIOLATION: 150.0,
    TicketKind.TECHNICAL: 500.0,
}
"""Within which two callers may mean one thing: a fire is heard of from one house, a power cut from a street. Medicine, money and advice
are somebody's own."""
SELDOM = frozenset({TicketKind.TECHNICAL})
"""Two of these in one commune within four hours are mostly one event."""
NOT_ASKED = frozenset({TicketKind.EMERGENCY})
"""Nothing is asked before these are saved: whoever is on duty is rung first, and what is like it stands on its page."""
MOST_PROPOSED = 5


class Likeness(StrEnum):
    """Why two tickets may be one matter, what tells most first."""

    NUMBER = "number"
    HOUSEHOLD = "household"
    PLACE = "place"


class Proposal(StrEnum):
    """What is offered beside *new*."""

    ADD = "add"
    """The same people with the same matter: what they say goes to the ticket that is there."""
    BUNDLE = "bundle"
    """Others with the same event: a ticket each, answered together, and each caller told."""
    LOOK = "look"
    """The same people with another matter: the earlier ticket helps to understand them."""


@dataclass(frozen=True)
class Matter:
    """What is compared of a ticket. ticket_id: 0 for one that is not there yet. caller, household_id, unit, fix, place: "" or None where unknown.

    unit: code of the administrative unit; fix: degrees north and east; at: first contact; place: in words, folded.
    """

    ticket_id: int
    kind: TicketKind
    at: datetime
    caller: str = ""
    household_id: int | None = None
    unit: str = ""
    fix: tuple[float, float] | None = None
    place: str = ""


@dataclass(frozen=True)
class Duplicate:
    """An earlier ticket that may be the same. metres: how far away, where both have a pin and that is why.

    asked: so likely that whoever enters the new one is asked before it is saved.
    """

    ticket_id: int
    likeness: Likeness
    proposal: Proposal
    metres: float | None = None
    asked: bool = False


def duplicates_of(new: Matter, earlier: Iterable[Matter]) -> list[Duplicate]:
    """At most MOST_PROPOSED, the likeliest first, of equal ones the newest."""
    found = [(each, duplicate) for each in earlier if (duplicate := _compare(new, each)) is not None]
    found.sort(key=lambda pair: (_PLACES[pair[1].proposal], _NEARNESS[pair[1].likeness], -pair[0].at.timestamp()))
    return [duplicate for _, duplicate in found[:MOST_PROPOSED]]


def says_more(new: Matter, earlier: Matter, *, within: timedelta) -> bool:
    """Whether a message goes on with what the same people wrote shortly before, so that it is added without asking a person.

    What names another matter never is, an emergency least of all: it has a clock of its own.
    """
    same = bool(new.caller) and new.caller == earlier.caller
    return same and timedelta(0) <= new.at - earlier.at <= within and new.kind in (earlier.kind, TicketKind.OTHER)


_PLACES = {each: place for place, each in enumerate(Proposal)}
_NEARNESS = {each: place for place, each in enumerate(Likeness)}


def _compare(new: Matter, other: Matter) -> Duplicate | None:
    apart = abs(new.at - other.at)
    if other.ticket_id == new.ticket_id:
        return None
    if apart <= SAME_PEOPLE_WITHIN:
        of_people = Proposal.ADD if new.kind is other.kind else Proposal.LOOK
        if new.caller and new.caller == other.caller:
            return Duplicate(
                other.ticket_id, Likeness.NUMBER, of_people, asked=of_people is Proposal.ADD and new.kind not in NOT_ASKED
            )
        if new.household_id is not None and new.household_id == other.household_id:
            return Duplicate(
                other.ticket_id, Likeness.HOUSEHOLD, of_people, asked=of_people is Proposal.ADD and new.kind not in NOT_ASKED
            )
    radius = RADIUS_METRES.get(new.kind)
    if radius is None or new.kind is not other.kind or apart > SAME_PLACE_WITHIN:
        return None
    if new.fix is not None and other.fix is not None:
        metres = metres_between(new.fix, other.fix)
        near = Duplicate(other.ticket_id, Likeness.PLACE, Proposal.BUNDLE, metres, asked=new.kind not in NOT_ASKED)
        return near if metres <= radius else None
    # Without a pin on both, the smallest unit is all that is known; a person reads both.
    if new.unit and new.unit == other.unit:
        # A commune has several families without rice in four hours, and seldom two power cuts.
        same = bool(new.place) and new.place == other.place and new.kind not in NOT_ASKED
        return Duplicate(other.ticket_id, Likeness.PLACE, Proposal.BUNDLE, asked=same or new.kind in SELDOM)
    return None
