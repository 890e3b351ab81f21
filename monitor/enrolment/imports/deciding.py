"""A row that may be someone who is there already: someone says whether it is, and what becomes of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed
from monitor.enrolment.duplicates import Match, Sameness, matches, not_the_same
from monitor.enrolment.enrolling import bed_in, change_details, enter
from monitor.enrolment.imports.entering import households, newcomer_of
from monitor.enrolment.imports.judging import judge_rows
from monitor.enrolment.imports.kept import kept_of
from monitor.enrolment.known_details import details_of, differing, taken_over
from monitor.enrolment.rows import Wanted
from monitor.models.people.imports import ImportRow, PeopleImport, RowState
from monitor.models.people.residents import Resident
from monitor.people.merged import part_of
from monitor.places.zone_changes import open_zone
from monitor.problems import BadInput, Conflict
from monitor.words import N_


class Decision(StrEnum):
    """What someone says of a pair."""

    SAME = "same"
    OTHER = "other"
    LEAVE = "leave"


def wanted_of(session: Session, row: ImportRow, now: datetime) -> Wanted:
    """Whom a parked row asks for, as things are now. Raises Conflict where something of it became wrong meanwhile."""
    of_file = session.get_one(PeopleImport, row.import_id)
    (judged,) = judge_rows(session, of_file, [row], {}, now)
    if judged.wanted is None:
        first = judged.faults[0]
        raise Conflict(first.words.template, **dict(first.words.values))
    return judged.wanted


def look_alike(session: Session, row: ImportRow) -> Resident | None:
    """Who a row may be, where they are entered: someone who was there, or who an earlier row of the file became.

    Where that record became a part of another one meanwhile, it is that one.
    """
    number = row.match_id
    if number is None and row.match_row is not None:
        earlier = select(ImportRow.resident_id).where(ImportRow.import_id == row.import_id, ImportRow.number == row.match_row)
        number = session.scalar(earlier)
    now_part_of = part_of(number or 0).scalar_subquery()
    found = (
        session.scalar(select(Resident).where(Resident.id == func.coalesce(now_part_of, number)))
        if number is not None
        else None
    )
    return found if found is not None and found.deleted_at is None else None


def others_alike(session: Session, wanted: Wanted, resident: Resident) -> list[Match]:
    """Who else is entered and may be the one whom a row asks for: then the record that it may be, and theirs, may be one person's."""
    return [each for each in matches(session, [kept_of(wanted).marks])[0] if each.resident_id != resident.id]


def same(
    session: Session, row: ImportRow, resident: Resident, chosen: Collection[str], seen: int, account_id: int, now: datetime
) -> list[str]:
    """It is this person: take over these values of the row; returns which columns changed. seen: the version that was looked at.

    Raises BadInput and Conflict.
    """
    new = wanted_of(session, row, now).details
    known = details_of(resident)
    if not set(chosen) <= set(differing(known, new)):
        raise BadInput(N_("The values to be taken over have changed meanwhile. Reload the page."))
    _decided(session, row, RowState.TAKEN_OVER, account_id, now, resident)
    return change_details(session, resident, taken_over(known, new, chosen), seen, account_id, now) if chosen else []


def other(
    session: Session, row: ImportRow, resident: Resident | None, account_id: int, now: datetime, *, without_room: bool
) -> Resident:
    """It is someone else: enter them, and never suggest the two for one again. Raises Conflict and BadInput.

    without_room: enter them without the room that the row names, which may be full.
    """
    only_one(session, Lock.ENROLLING)
    wanted = wanted_of(session, row, now)
    open_zone(session, wanted.zone_id)
    for match in matches(session, [kept_of(wanted).marks])[0]:
        if match.sameness is Sameness.CERTAIN:
            raise Conflict(
                N_("%(name)s is already entered with this number. Open that record, or check the number."), name=match.full_name
            )
    homes, made = households(session, [wanted])
    newcomer = newcomer_of(wanted, homes, without_room=without_room)
    if newcomer.place.room_id is not None:
        bed_in(session, wanted.zone_id, newcomer.place.room_id)
    (entered,) = enter(session, [newcomer], account_id, now, file=row.import_id)
    row.household_id = next(iter(made.values()), None)
    _decided(session, row, RowState.ENTERED, account_id, now, entered)
    if resident is not None:
        not_the_same(session, entered.id, resident.id, account_id, now)
    return entered


def leave(session: Session, row: ImportRow, account_id: int, now: datetime) -> None:
    """Nobody is entered, and nothing is changed. Raises Conflict."""
    _decided(session, row, RowState.LEFT_OUT, account_id, now, None)


def _decided(
    session: Session, row: ImportRow, state: RowState, account_id: int, now: datetime, resident: Resident | None
) -> None:
    mine = update(ImportRow).where(ImportRow.id == row.id, ImportRow.state == RowState.PARKED)
    values = {
        "state": state,
        "parked_at": None,
        "cells": None,
        "faults": None,
        "hints": None,
        "resident_id": resident.id if resident is not None else None,
        "household_id": row.household_id,
        "decided_at": now,
        "decided_by": account_id,
    }
    if not changed(session, mine.values(**values)):
        raise Conflict(N_("Someone else has decided this meanwhile. Reload the page."))
    session.refresh(row)
    if row.zone_id is not None:
        announce(session, row.zone_id, Topic.PEOPLE, now)
