"""The first room of someone who has come: proposed by who is where, and given, each in the caller's write transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from monitor.enrolment.enrolling import bed_in
from monitor.enrolment.entries import is_unfinished
from monitor.enrolment.moving import come_to_room
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Together, Zone
from monitor.people.placed import placed
from monitor.places.room_changes import rooms_of
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
    there: defaultdict[int, list[Newcomer]] = defaultdict(list)
    # A zone may have thousands: only what decides about rooms is read of each.
    told = (Resident.household_id, Resident.arrived_at, Resident.created_at, Resident.sex, Resident.f_status)
    people = select(Resident.id, Resident.room_id, *told).where(
        Resident.zone_id == zone.id, Resident.room_id.is_not(None), placed()
    )
    clock = ZoneInfo(zone.timezone)
    for row in session.execute(people):
        if row.room_id is not None and row.id not in besides:
            there[row.room_id].append(_newcomer(row, clock))
    return [
        RoomNow(
            room.id,
            room.name,
            room.kind,
            room.beds,
            frozenset(Together(rule) for rule in (zone.together if room.together is None else room.together)),
            tuple(there[room.id]),
        )
        for room in rooms_of(session, zone.id)
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


def _newcomer(each: Resident | Row[*tuple[Any, ...]], clock: ZoneInfo) -> Newcomer:
    """each: a resident, or a row with these columns of one."""
    arrived = (each.arrived_at or each.created_at).astimezone(clock).date()
    return Newcomer(
        each.household_id, arrived, each.sex.value if each.sex else "", each.f_status.value if each.f_status else ""
    )
