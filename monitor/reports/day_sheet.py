"""A zone's sheet of a day, as ward staff know it from the annexes of QĐ 879/QĐ-BYT: who is there by room, and what each answered.

What nobody answered stays an empty box, and nothing here ever says that somebody is absent: that staff write by hand, who looked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer
from monitor.people.symptoms import SYMPTOMS
from monitor.people.temperature import FEVER
from monitor.problems import BadInput
from monitor.words import N_, Words

MOST_PEOPLE = 1500
NOON = time(12, 0)
SIGNS: tuple[tuple[str, str], ...] = (
    ("fever", N_("Fever")),
    ("cough", N_("Cough")),
    ("sore_throat", N_("Sore throat")),
    ("runny_nose", N_("Sneezing, runny nose")),
    ("aches", N_("Aches, tired, chills")),
    ("breathless", N_("Short of breath")),
)
"""The form's six, and their keys where an answer can have them; the others are ticked by hand."""
_ON_THE_SHEET = {key for key, _words in SIGNS}


@dataclass(frozen=True)
class Said:
    """What an answer said. at: on the zone's wall clock."""

    at: datetime
    unwell: bool
    symptoms: Collection[str]
    temperature: float | None


@dataclass(frozen=True)
class Line:
    """One person's. day: of their quarantine, from 1; signs: keys of SIGNS; others: symptoms that the form has no column for.

    normal, suspected: both False where nothing was answered, so that nobody takes silence for health.
    """

    room: str
    name: str
    born: str
    day: int | None
    morning: float | None = None
    afternoon: float | None = None
    signs: frozenset[str] = frozenset()
    others: tuple[Words, ...] = ()
    normal: bool = False
    suspected: bool = False


@dataclass(frozen=True)
class DaySheet:
    """All of it. lines: empty of a form without names."""

    zone: str
    day: date
    lines: Sequence[Line] = field(default_factory=tuple)


def line_of(room: str, name: str, born: str, day: int | None, answers: Iterable[Said]) -> Line:
    """What is filled in for a person: of each half of the day the highest temperature, and every sign that was told."""
    said = list(answers)
    morning = [each.temperature for each in said if each.temperature is not None and each.at.time() < NOON]
    afternoon = [each.temperature for each in said if each.temperature is not None and each.at.time() >= NOON]
    told = {symptom for each in said for symptom in each.symptoms}
    if any(degrees >= FEVER for degrees in (*morning, *afternoon)):
        told.add("fever")
    others = tuple(Words(SYMPTOMS[each]) for each in SYMPTOMS if each in told - _ON_THE_SHEET)
    suspected = bool(told) or any(each.unwell for each in said)
    return Line(
        room,
        name,
        born,
        day,
        max(morning, default=None),
        max(afternoon, default=None),
        frozenset(told & _ON_THE_SHEET),
        others,
        normal=bool(said) and not suspected,
        suspected=suspected,
    )


def day_sheet(session: Session, zone: Zone, day: date, *, filled: bool) -> DaySheet:
    """Who was in a zone on a day, with what they answered on it where `filled`. Raises BadInput where they are too many for a sheet."""
    begin = datetime.combine(day, time(), ZoneInfo(zone.timezone))
    end = begin + timedelta(days=1)
    there = (
        select(Resident, Room.name, QuarantineOrder.starts_at)
        .join(QuarantineOrder, QuarantineOrder.resident_id == Resident.id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(
            Resident.zone_id == zone.id,
            QuarantineOrder.zone_id == zone.id,
            QuarantineOrder.state.in_((OrderState.ACTIVE, OrderState.RELEASED)),
            QuarantineOrder.starts_at < end,
            QuarantineOrder.ends_at > begin,
        )
        .order_by(Resident.sort_key, Resident.id, QuarantineOrder.starts_at)
        .limit(MOST_PEOPLE + 1)
    )
    rows = {resident.id: (resident, room, starts) for resident, room, starts in session.execute(there)}
    if len(rows) > MOST_PEOPLE:
        raise BadInput(
            N_("More than %(most)s people are in this zone. Print the list of people by room instead."), most=MOST_PEOPLE
        )
    answers = _answers(session, list(rows), begin, end) if filled else {}
    ordered = sorted(rows.values(), key=lambda each: _by_room(each[1]))
    return DaySheet(
        zone.name,
        day,
        [
            line_of(
                room or "",
                resident.full_name,
                _born(resident),
                (day - starts.astimezone(begin.tzinfo).date()).days + 1,
                answers.get(resident.id, ()),
            )
            for resident, room, starts in ordered
        ],
    )


def _born(resident: Resident) -> str:
    return str(resident.birth_date.year) if resident.birth_date is not None else ""


def _by_room(name: str | None) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Room 9 before room 10; who has none comes last."""
    parts = re.findall(r"\d+|\D+", name or "")
    return name is None, [(False, int(each), "") if each.isdecimal() else (True, 0, each) for each in parts]


def _answers(session: Session, people: Sequence[int], begin: datetime, end: datetime) -> Mapping[int, Sequence[Said]]:
    """What each said on the day, whenever it arrived until the next one was over."""
    asked = select(Answer.resident_id, Answer.taken_at, Answer.unwell, Answer.symptoms, Answer.temperature).where(
        one_of(Answer.resident_id, people), Answer.received_at >= begin, Answer.received_at < end + timedelta(days=1)
    )
    found: dict[int, list[Said]] = defaultdict(list)
    for row in session.execute(asked.order_by(Answer.id)):
        at = row.taken_at.astimezone(begin.tzinfo)
        if begin <= at < end:
            found[row.resident_id].append(Said(at, row.unwell, row.symptoms, row.temperature))
    return found
