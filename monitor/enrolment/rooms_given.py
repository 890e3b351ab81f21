"""The first room of someone who has come: proposed by who is where, and given, each in the caller's write transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.enrolment.enrolling import bed_in
from monitor.enrolment.entries import is_unfinished
from monitor.enrolment.moving import come_to_room
from monitor.models.people.residents import FStatus, Resident, Sex
from monitor.models.places import Room, Together, Zone
from monitor.people.placed import placed
from monitor.places.room_changes import rooms_in_short
from monitor.places.together import Newcomer, Proposal, RoomNow, proposed_room, rooms_for_all
from monitor.places.zone_changes import open_zone
from monitor.problems import Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_


def proposals(session: Session, resident: Resident, zone: Zone) -> list[Proposal]:
    """The zone's rooms for this person, the best first; those that do not fit come last and say why."""
    return proposed_room(_newcomer(resident, ZoneInfo(zone.timezone)), _rooms_now(session, zone, {resident.id}))


def proposals_for_all(session: Session, people: Sequence[Resident], zone: Zone, now: datetime) -> list[RoomNow | None]:
    """A room of the zone for each of many who come today from elsewhere, so that all fit beside each other; None: none fits."""
    clock = ZoneInfo(zone.timezone)
    today = now.astimezone(clock).date()
    coming = [replace(_newcomer(each, clock), arrived=today) for each in people]
    return rooms_for_all(coming, _rooms_now(session, zone, {each.id for each in people}))


def _rooms_now(session: Session, zone: Zone, besides: Collection[int]) -> list[RoomNow]:
    """The zone's rooms with who is in them. besides: who is not counted."""
    there: defaultdict[int | None, list[Newcomer]] = defaultdict(list)
    # A zone may have thousands: only what decides about rooms is read of each, and who is alike is made once.
    came = func.coalesce(Resident.arrived_at, Resident.created_at)
    people = select(Resident.id, Resident.room_id, Resident.household_id, came, Resident.sex, Resident.f_status).where(
        Resident.zone_id == zone.id, Resident.room_id.is_not(None), placed()
    )
    alike = lru_cache(maxsize=None)(partial(_seen_by_rules, ZoneInfo(zone.timezone)))
    for number, room_id, *told in session.execute(people):
        if number not in besides:
            there[room_id].append(alike(*told))
    return [
        RoomNow(
            room.id,
            room.name,
            room.kind,
            room.beds,
            frozenset(Together(rule) for rule in (zone.together if room.together is None else room.together)),
            tuple(there[room.id]),
        )
        for room in rooms_in_short(session, zone.id)
    ]


def give_room(session: Session, resident: Resident, room_id: int, *, crowded: bool, account_id: int, now: datetime) -> Room:
    """Let someone who is still at the gate, or without a room, have this one. Pressed twice it is given once.

    crowded: they may have a room whose beds are taken, since a person said so. Raises NotFound, Conflict, BadInput.
    """
    if resident.room_id not in (None, room_id) and not is_unfinished(session, resident.id):
        raise Conflict(N_("This person has a room already; move them on their own page."))
    open_zone(session, resident.zone_id)
    room = bed_in(session, resident.zone_id, room_id, crowded=crowded, besides=resident.id)
    come_to_room(session, resident, room, now)
    audit.note(
        session,
        Action.ROOM_GIVEN,
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        room=room.name,
        crowded=crowded,
    )
    return room


def _newcomer(each: Resident, clock: ZoneInfo) -> Newcomer:
    return _seen_by_rules(clock, each.household_id, each.arrived_at or each.created_at, each.sex, each.f_status)


def _seen_by_rules(clock: ZoneInfo, household: int | None, came: datetime, sex: Sex | None, status: FStatus | None) -> Newcomer:
    arrived = came.astimezone(clock).date()
    return Newcomer(household, arrived, sex.value if sex else "", status.value if status else "")
