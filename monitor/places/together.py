"""Which room is proposed for somebody who comes: by free beds and by who may be together. A person decides; nothing is enforced."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from monitor.models.places import RoomKind, Together
from monitor.words import N_, Words, words

LIVED_IN = frozenset({RoomKind.ROOM, RoomKind.HOME})
"""Kinds of room that people are assigned to."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody who needs a room, or is in one, as far as the rules go.

    household: its number; None: by themselves. arrived: the day on which they came. sex, status: "" where nobody said.
    alone: should have a room to themselves.
    """

    household: int | None
    arrived: date
    sex: str = ""
    status: str = ""
    alone: bool = False


@dataclass(frozen=True)
class RoomNow:
    """A room with who is in it. beds: None: nobody said how many. together: the rules that hold for it."""

    id: int
    name: str
    kind: RoomKind
    beds: int | None
    together: frozenset[Together]
    people: tuple[Newcomer, ...] = ()
    closed: bool = False


@dataclass(frozen=True)
class Proposal:
    """A room with the reasons for it, or, where it does not fit, those against it alone."""

    room: RoomNow
    fits: bool
    reasons: tuple[Words, ...]


def proposed_room(person: Newcomer, rooms: Iterable[RoomNow]) -> list[Proposal]:
    """All rooms in which people live and that are open, the best first; those that do not fit come last and say why.

    Best is where the own household is; then where others came on the same day, so that few rooms are opened each day; then an empty
    one; among equals the one with fewest beds left over, by name.
    """
    proposals = [_judged(person, room) for room in rooms if room.kind in LIVED_IN and not room.closed]
    return sorted(proposals, key=lambda proposal: _order(person, proposal))


def rooms_for_all(people: Sequence[Newcomer], rooms: Iterable[RoomNow]) -> list[RoomNow | None]:
    """The best room for each of many who come together, one after the other, as if those before were there; None: none fits.

    Large families first, and where all of them have a bed if there is such a room.
    """
    now = {room.id: room for room in rooms}
    size: Counter[int | None] = Counter(each.household for each in people if each.household is not None)
    found: list[RoomNow | None] = [None] * len(people)
    for index in sorted(range(len(people)), key=lambda each: (-size[people[each].household], people[each].household or 0)):
        person = people[index]
        fitting = [each.room for each in proposed_room(person, now.values()) if each.fits]
        for_all = [room for room in fitting if room.beds is None or room.beds - len(room.people) >= size[person.household]]
        best = next(iter((*for_all, *fitting)), None)
        found[index] = best
        if best is not None:
            now[best.id] = replace(best, people=(*best.people, person))
        size[person.household] -= 1
    return found


def _judged(person: Newcomer, room: RoomNow) -> Proposal:
    against = [each for each in (_no_bed(room), *_broken(person, room)) if each is not None]
    if against:
        return Proposal(room, False, tuple(against))
    reasons = []
    if room.beds is not None:
        reasons.append(words(N_("%(taken)s of %(beds)s beds are in use."), taken=len(room.people), beds=room.beds))
    if _of_household(person, room.people):
        reasons.append(words(N_("People of the same household are there.")))
    elif not room.people:
        reasons.append(words(N_("Nobody is there yet.")))
    elif all(each.arrived == person.arrived for each in room.people):
        reasons.append(words(N_("All there came on the same day.")))
    return Proposal(room, True, tuple(reasons))


def _no_bed(room: RoomNow) -> Words | None:
    if room.beds is None or len(room.people) < room.beds:
        return None
    return words(N_("No bed is free; it has %(beds)s."), beds=room.beds)


def _broken(person: Newcomer, room: RoomNow) -> Iterable[Words]:
    """What speaks against sharing with those who are there."""
    strangers = [each for each in room.people if not _of_household(person, [each])]
    if person.alone and strangers:
        yield words(N_("This person should have a room alone, and others are there."))
    if any(each.alone for each in strangers):
        yield words(N_("Someone there should have the room alone."))
    if Together.HOUSEHOLD in room.together and strangers:
        yield words(N_("People of another household are there."))
    if Together.ARRIVAL_DAY in room.together and any(each.arrived != person.arrived for each in room.people):
        yield words(N_("Someone there came on another day."))
    # A family stays together: a couple may share, and parents with their children.
    if Together.SEX in room.together and strangers:
        if not person.sex or any(not each.sex for each in strangers):
            yield words(N_("Whether people there are of the same sex is not known."))
        elif any(each.sex != person.sex for each in strangers):
            yield words(N_("Someone there is of the other sex and of another household."))
    if Together.STATUS in room.together and any(each.status != person.status for each in room.people):
        yield words(N_("Someone there has another F-status."))


def _of_household(person: Newcomer, people: Sequence[Newcomer]) -> bool:
    return person.household is not None and any(each.household == person.household for each in people)


def _order(person: Newcomer, proposal: Proposal) -> tuple[object, ...]:
    room = proposal.room
    same_day = bool(room.people) and all(each.arrived == person.arrived for each in room.people)
    left = room.beds - len(room.people) if room.beds is not None else 99
    nearness = 0 if _of_household(person, room.people) else 1 if same_day else 2 if not room.people else 3
    return (not proposal.fits, nearness, left, natural(room.name))


@lru_cache(maxsize=1 << 16)
def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts names as people count: 9 before 10, A2 before A10."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in re.split(r"([0-9]+)", name) if part
    )
