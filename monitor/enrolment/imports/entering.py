"""The rows of a confirmed import become people, piece by piece: each piece whole with the rows it came from, or not at all.

A worker that dies in the middle leaves the pieces before it entered and the others waiting: no row twice, none lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import update_rows
from monitor.enrolment.enrolling import Newcomer, Place, enter
from monitor.enrolment.imports.around import Units, households_of
from monitor.enrolment.imports.comparing import free_beds
from monitor.enrolment.imports.judging import Fate, fates, judge_rows, match_values, next_rows
from monitor.enrolment.imports.kept import dump_faults
from monitor.enrolment.imports.leases import Held, go_on
from monitor.enrolment.rows import Judged, Wanted
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.residents import Household
from monitor.models.places import Room
from monitor.people.typed import Fault
from monitor.places.zone_changes import open_zone
from monitor.problems import Conflict, NotFound
from monitor.words import N_, Words, words

AT_ONCE = 250
WITHOUT = "without"
"""What `PeopleImport.room_full` says where rows whose room is full are entered without a room."""
_NO_BED = N_("The room has no bed left. Write another room, or leave it empty.")


def enter_some(database: Database, held: Held, units: Units, now: datetime) -> int:
    """Enter the next rows; returns how many were done with. None left: the import is done."""
    with database.read() as session:
        row = session.get_one(PeopleImport, held.id)
        rows = next_rows(session, held.id, RowState.READY, AT_ONCE)
        judged = judge_rows(session, row, rows, units, now) if rows else []
    with database.write() as session:
        if not rows:
            go_on(session, held, now, state=ImportState.DONE, ended_at=now, next_attempt_at=None)
            return 0
        if not go_on(session, held, now):
            return 0
        # Two tablets may have the same card before them.
        only_one(session, Lock.ENROLLING)
        judged = _in_open_zones(session, judged)
        decided = fates(session, row, rows, judged)
        judged, decided = _in_beds(session, judged, decided, without=row.room_full == WITHOUT)
        _enter(session, row, rows, judged, decided, now)
    return len(rows)


def _enter(
    session: Session,
    row: PeopleImport,
    rows: Sequence[ImportRow],
    judged: Sequence[Judged],
    decided: Sequence[Fate],
    now: datetime,
) -> None:
    coming = [
        (each, one.wanted)
        for each, one, told in zip(rows, judged, decided, strict=True)
        if told.state is RowState.READY and one.wanted is not None
    ]
    homes, made = households(session, [wanted for _each, wanted in coming])
    newcomers = [newcomer_of(wanted, homes) for _each, wanted in coming]
    residents = enter(session, newcomers, row.confirmed_by, now, file=row.id)
    entered = [
        {
            "id": each.id,
            "resident_id": resident.id,
            "zone_id": wanted.zone_id,
            "household_id": made.pop((wanted.zone_id, wanted.household), None),
        }
        for (each, wanted), resident in zip(coming, residents, strict=True)
    ]
    # What they said stands in the people's own rows now.
    done = {"state": RowState.ENTERED, "cells": None, "marks": None, "decided_at": now, "decided_by": row.confirmed_by}
    update_rows(session, ImportRow, entered, done)
    others = [
        {
            "id": each.id,
            "state": told.state,
            "faults": dump_faults(told.faults),
            "parked_at": now if told.state is RowState.PARKED else None,
            **match_values(told.known),
        }
        for each, told in zip(rows, decided, strict=True)
        if told.state is not RowState.READY
    ]
    update_rows(session, ImportRow, others, {"marks": None})


def newcomer_of(wanted: Wanted, homes: Mapping[tuple[int, str], int], *, without_room: bool = False) -> Newcomer:
    """As `enter` takes them. homes: households by zone and name."""
    home = homes[wanted.zone_id, wanted.household] if wanted.household else None
    room = None if without_room else wanted.room_id
    return Newcomer(wanted.details, Place(wanted.zone_id, room, home, wanted.arrived_at), wanted.order)


def households(session: Session, people: Sequence[Wanted]) -> tuple[dict[tuple[int, str], int], dict[tuple[int, str], int]]:
    """The households that people are of, by zone and name, found or made; and those that were made."""
    named = [each for each in people if each.household]
    zones = sorted({each.zone_id for each in named})
    found = households_of(session, zones, [{"household": each.household} for each in named]) if named else {}
    homes = {key: number for key, (number, _phone) in found.items()}
    new: dict[tuple[int, str], Household] = {}
    for each in named:
        key = (each.zone_id, each.household)
        if key not in homes:
            home = new.setdefault(key, Household(zone_id=each.zone_id, name=each.household, phone=""))
            home.phone = home.phone or each.household_phone
        elif each.household_phone and not found[key][1]:
            session.get_one(Household, homes[key]).phone = each.household_phone
    session.add_all(new.values())
    session.flush()
    made = {key: home.id for key, home in new.items()}
    return homes | made, made


def _in_open_zones(session: Session, judged: Sequence[Judged]) -> list[Judged]:
    """Nobody closes the zones until the end of this transaction; rows of those that were closed meanwhile are refused."""
    closed: dict[int, Words] = {}
    for zone_id in sorted({each.wanted.zone_id for each in judged if each.wanted}):
        try:
            open_zone(session, zone_id)
        except (Conflict, NotFound) as problem:
            closed[zone_id] = problem.words
    return [
        Judged(None, (Fault("zone", closed[each.zone_id]),), each.hints, each.zone_id)
        if each.wanted and each.zone_id in closed
        else each
        for each in judged
    ]


def _in_beds(
    session: Session, judged: Sequence[Judged], decided: Sequence[Fate], *, without: bool
) -> tuple[list[Judged], list[Fate]]:
    """Give out the beds that are left, in the rows' order. without: who gets none comes without a room; else the row is refused."""
    wanted = [one.wanted for one, told in zip(judged, decided, strict=True) if told.state is RowState.READY]
    rooms = sorted({each.room_id for each in wanted if each and each.room_id is not None})
    # Until the end of this transaction nobody else gives out a bed in them, and nobody closes them.
    session.execute(select(Room.id).where(Room.id.in_(rooms)).order_by(Room.id).with_for_update())
    closed = set(session.scalars(select(Room.id).where(Room.id.in_(rooms), Room.closed_at.is_not(None))))
    free = Counter(free_beds(session, rooms))
    ones, fates_now = list(judged), list(decided)
    for place, told in enumerate(decided):
        one = ones[place].wanted
        if told.state is not RowState.READY or one is None or one.room_id is None:
            continue
        if one.room_id not in closed and (one.room_id not in free or free[one.room_id] > 0):
            if one.room_id in free:
                free[one.room_id] -= 1
        elif without:
            ones[place] = replace(ones[place], wanted=replace(one, room_id=None))
        else:
            fates_now[place] = Fate(RowState.REFUSED, told.known, (Fault("room", words(_NO_BED)),))
    return ones, fates_now
