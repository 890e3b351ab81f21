"""An import is undone as a whole while nothing else happened to its people; else it is told to whom what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import one_of, update_rows
from monitor.database.statements import changed
from monitor.database.together import asked, at_once, read
from monitor.enrolment.details import Details
from monitor.enrolment.enrolling import columns_of
from monitor.folding import folded, sort_key
from monitor.models.accounts import AuditEntry
from monitor.models.every_table import METADATA
from monitor.models.people.imports import ImportRow, ImportState, NotTheSame, PeopleImport, RowState
from monitor.models.people.residents import Household, OrderState, Presence, QuarantineOrder, Resident, StatusPeriod
from monitor.problems import Conflict
from monitor.trail.actions import Action
from monitor.words import N_, Words, words

MOST_TOLD = 100
# What an import makes itself, what follows by itself, and who looked: nothing of it happened to anyone.
_OF_ITSELF = frozenset(
    {"quarantine_order", "status_period", "presence", "import_row", "not_the_same", "audit_entry", "audit_about"}
)
_LOOKED = (
    Action.PERSON_ENTERED,
    Action.RECORD_OPENED,
    Action.PERSON_SEARCHED,
    Action.PHOTO_VIEWED,
    Action.CAMERA_VIEWED,
    Action.CAMERA_LIVE_VIEWED,
    Action.VISITS_LISTED,
    Action.BRACELETS_PRINTED,
    Action.DOUBTFUL_SHOWN,
    Action.DOUBTFUL_DECIDED,
)
_CHANGED, _ORDER = N_("The record was changed."), N_("The order was changed.")
_TOLD: Mapping[str, str] = {
    "answer": N_("An answer came."),
    "check_in": N_("A roll-call asked."),
    "prompt": N_("A message was sent."),
    "inbound_message": N_("A text message came."),
    "media": N_("A photo was taken."),
    "enrolment_photo": N_("A photo was taken."),
    "incident": N_("An incident was opened."),
    "exemption": N_("An absence was permitted."),
    "observation": N_("A camera recognised the face."),
    "consent": N_("The notice was given, or a consent was recorded."),
    "guardian": N_("Someone answers for this person, or this person for someone."),
    "order_change": _ORDER,
}
_ELSE = N_("Something else was noted.")


@dataclass(frozen=True)
class Happened:
    """Something that keeps an import from being undone: to whom, and what."""

    resident_id: int
    zone_id: int
    name: str
    what: Words


def why_not(found: Sequence[Happened], state: ImportState) -> Words | None:
    """Why an import cannot be undone; None: it can. Pure."""
    if state is not ImportState.DONE:
        return words(N_("Only an import that is done can be undone."))
    if found:
        return words(
            N_(
                "Something has happened to people of this import since. It cannot be undone any more; end their orders one by one."
            )
        )
    return None


def happened(session: Session, import_id: int, most: int = MOST_TOLD) -> list[Happened]:
    """What happened to the people of an import since they were entered, at most so much of it, in their order."""
    found: dict[tuple[int, str], None] = {}
    questions = list(_questions(_entered(import_id)))
    numbers = read(session, at_once(*(asked(query.distinct().limit(most)) for _told, query in questions)))
    for (told, _query), those in zip(questions, numbers, strict=True):
        for number in those:
            found.setdefault((number, told))
    people = {
        each.id: each
        for each in session.execute(
            select(Resident.id, Resident.zone_id, Resident.full_name).where(
                one_of(Resident.id, sorted({number for number, _told in found}))
            )
        )
    }
    return [
        Happened(number, people[number].zone_id, people[number].full_name, words(told)) for number, told in sorted(found)[:most]
    ]


def undo(session: Session, row: PeopleImport, account_id: int, now: datetime) -> int:
    """Take everybody of an import out again, with orders and households; returns how many. Raises Conflict.

    What was said of them is erased; the numbers of their rows stay, since the trail names them.
    """
    only_one(session, Lock.ENROLLING)
    mine = update(PeopleImport).where(PeopleImport.id == row.id, PeopleImport.state == ImportState.DONE)
    if not changed(session, mine.values(state=ImportState.UNDONE, undone_at=now, undone_by=account_id)):
        raise _not(why_not((), row.state) or words(N_("It was undone already.")))
    entered = _entered(row.id)
    # Nothing new can refer to them until this is committed.
    people = list(session.scalars(select(Resident.id).where(Resident.id.in_(entered)).order_by(Resident.id).with_for_update()))
    refused = why_not(happened(session, row.id, 1), ImportState.DONE)
    if refused is not None:
        raise _not(refused)
    zones = set(session.scalars(select(Resident.zone_id).where(one_of(Resident.id, people)).distinct()))
    for table, column in (
        (QuarantineOrder, QuarantineOrder.resident_id),
        (StatusPeriod, StatusPeriod.resident_id),
        (Presence, Presence.resident_id),
        (NotTheSame, NotTheSame.one_id),
        (NotTheSame, NotTheSame.other_id),
    ):
        changed(session, delete(table).where(one_of(column, people)))
    _erase(session, people, now)
    _rows_undone(session, row.id, people)
    for zone_id in sorted(zones):
        announce(session, zone_id, Topic.PEOPLE, now)
    return len(people)


def _erase(session: Session, people: Sequence[int], now: datetime) -> None:
    nobody = columns_of(Details(full_name=""))
    gone: dict[str, Any] = nobody | {"room_id": None, "household_id": None, "arrived_at": None, "deleted_at": now}
    del gone["full_name"]
    named = [
        {"id": number, "full_name": f"#{number}", "sort_key": sort_key(f"#{number}"), "name_folded": folded(f"#{number}")}
        for number in people
    ]
    update_rows(session, Resident, named, gone)


def _rows_undone(session: Session, import_id: int, people: Sequence[int]) -> None:
    of_file = update(ImportRow).where(ImportRow.import_id == import_id)
    made = list(
        session.scalars(
            select(ImportRow.household_id).where(ImportRow.import_id == import_id, ImportRow.household_id.is_not(None))
        )
    )
    nothing: dict[str, Any] = {"cells": None, "marks": None, "faults": None, "hints": None, "parked_at": None}
    entered = of_file.where(ImportRow.state == RowState.ENTERED)
    changed(session, entered.values(state=RowState.UNDONE, household_id=None, **nothing))
    changed(session, of_file.where(ImportRow.state == RowState.PARKED).values(state=RowState.LEFT_OUT, **nothing))
    # Rows of other files that may be one of them have nobody to be compared with any more.
    changed(session, update(ImportRow).where(one_of(ImportRow.match_id, people)).values(match_id=None))
    lived_in = select(Resident.id).where(Resident.household_id == Household.id).exists()
    changed(session, delete(Household).where(one_of(Household.id, [each for each in made if each is not None]), ~lived_in))


def _entered(import_id: int) -> Select[int]:
    return select(ImportRow.resident_id).where(  # type: ignore[return-value]
        ImportRow.import_id == import_id, ImportRow.state == RowState.ENTERED, ImportRow.resident_id.is_not(None)
    )


def _questions(entered: Select[int]) -> Iterator[tuple[str, Select[int]]]:
    """What is told, and whose it is, of everything that could have happened; a table that is new is asked too."""
    yield (
        _CHANGED,
        select(Resident.id).where(Resident.id.in_(entered), or_(Resident.version > 1, Resident.deleted_at.is_not(None))),
    )
    order = QuarantineOrder
    other = or_(order.version > 1, order.state != OrderState.ACTIVE)
    yield _ORDER, select(order.resident_id).where(order.resident_id.in_(entered), other)
    later = and_(AuditEntry.resident_id.in_(entered), AuditEntry.action.not_in([each.value for each in _LOOKED]))
    yield _ELSE, select(AuditEntry.resident_id).where(later)  # type: ignore[misc]
    for table in METADATA.sorted_tables:
        if table.name in _OF_ITSELF:
            continue
        for column in table.columns:
            told = _TOLD.get(table.name, _ELSE)
            if column.name == "resident_id" or _leads_to(column, "resident"):
                yield told, select(column).where(column.in_(entered))
            elif _leads_to(column, "quarantine_order"):
                joined: ColumnElement[bool] = column == order.id
                yield told, select(order.resident_id).join(table, joined).where(order.resident_id.in_(entered))


def _leads_to(column: Column[Any], table: str) -> bool:
    return any(each.column.table.name == table for each in column.foreign_keys)


def _not(why: Words) -> Conflict:
    return Conflict(why.template, **dict(why.values))
