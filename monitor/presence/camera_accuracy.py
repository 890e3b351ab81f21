"""How often each camera was right: what it showed of a resident is compared with what roll-calls told of the same moment.

An answer that was verified, or accepted by a person, says that the resident was there; one that a person rejected says that they
were not (that is the only place where a person's decision about it is kept: the notes on incidents are free text). What the
camera alone made believed at the moment of the answer is then

| answer | present | not seen, absent | unknown |
|---|---|---|---|
| verified, accepted | agreed | false_absent | unknown |
| rejected | false_present | agreed | unknown |

Not seen is not called absent, and counts here all the same: it is what the camera showed of somebody who was there, namely nobody.
Nobody who was allowed to be away counts, and no answer that only acknowledged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.cameras.cameras import CameraTruth
from monitor.models.people.residents import Exemption, PresenceState, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState
from monitor.models.service import ProcessBeat
from monitor.presence import gathering
from monitor.presence.camera_soundness import watched
from monitor.presence.rules import believe

# Changes are taken in the order of their ids, and only when so old that none with a smaller id can still be on its way to being
# committed: twice the longest transaction.
SETTLED = timedelta(seconds=60)
# Changes that are taken in one go.
MOST = 2000
# When nothing was counted yet, it begins so far back.
BEGIN = timedelta(hours=1)
CURSOR = "truth"
_TOLD = (CheckInState.VERIFIED, CheckInState.ACCEPTED, CheckInState.REJECTED)
_COUNTS = {
    (True, PresenceState.PRESENT): "agreed",
    (True, PresenceState.NOT_SEEN): "false_absent",
    (True, PresenceState.ABSENT): "false_absent",
    (False, PresenceState.PRESENT): "false_present",
    (False, PresenceState.NOT_SEEN): "agreed",
    (False, PresenceState.ABSENT): "agreed",
}
_Counts = dict[tuple[int, date], Counter[str]]


@dataclass(frozen=True)
class _Change:
    id: int
    at: datetime
    check_in_id: int
    state: CheckInState


@dataclass(frozen=True)
class Truth:
    """How often a camera agreed with roll-calls, and how it did not."""

    agreed: int = 0
    false_absent: int = 0
    false_present: int = 0
    unknown: int = 0


def record_truth(database: Database, now: datetime, *, present_for: timedelta) -> int:
    """Count the answers that were judged since the last call; returns how many counted. Safe to run twice at once, and to be killed.

    Where it stands is a row of its own, moved on in the transaction that adds the counts, and only from where it was found: of two
    that count the same answers one finds it moved, and adds nothing.
    """
    with database.read() as session:
        cursor = session.get(ProcessBeat, CURSOR)
        changes = _changes(session, cursor, now)
        if cursor is not None and not changes:
            return 0
        counted, counts = _count(session, changes, now, present_for) if cursor is not None else (0, {})
    with database.write() as session:
        if cursor is None:
            return _begin(session, now)
        last = changes[-1]
        # Its time is the condition, so it must grow even where the changes' own does not.
        at = max(last.at, cursor.beat_at + timedelta(microseconds=1))
        moved = changed(
            session,
            update(ProcessBeat)
            .where(ProcessBeat.name == CURSOR, ProcessBeat.beat_at == cursor.beat_at)
            .values(beat_at=at, details={"change": last.id}),
        )
        if not moved:
            return 0
        for (camera_id, day), numbers in sorted(counts.items()):
            _add(session, camera_id, day, numbers)
    return counted


def truth_of(session: Session, camera_ids: Collection[int], since: date) -> dict[int, Truth]:
    """What was counted of these cameras from a day on; a camera of which nothing was counted is not in it."""
    sums = [func.sum(column) for column in _columns()]
    rows = session.execute(
        select(CameraTruth.camera_id, *sums)
        .where(CameraTruth.camera_id.in_(camera_ids), CameraTruth.day >= since)
        .group_by(CameraTruth.camera_id)
    )
    return {row[0]: Truth(*(int(number) for number in row[1:])) for row in rows}


def _columns() -> tuple[Any, ...]:
    return CameraTruth.agreed, CameraTruth.false_absent, CameraTruth.false_present, CameraTruth.unknown


def _begin(session: Session, now: datetime) -> int:
    """The first call counts nothing: it marks where the next one begins."""
    newest = session.scalar(select(func.max(CheckInChange.id)).where(CheckInChange.at < now - BEGIN)) or 0
    try:
        with session.begin_nested():
            session.add(
                ProcessBeat(name=CURSOR, kind=CURSOR, pid=0, started_at=now, beat_at=now - BEGIN, details={"change": newest})
            )
    except IntegrityError:
        pass  # another process began in this instant
    return 0


def _changes(session: Session, cursor: ProcessBeat | None, now: datetime) -> list[_Change]:
    """The changes that are to be taken now, in the order of their ids."""
    if cursor is None:
        return []
    rows = session.execute(
        select(CheckInChange.id, CheckInChange.at, CheckInChange.check_in_id, CheckInChange.state)
        .where(CheckInChange.id > int(cursor.details["change"]))
        .order_by(CheckInChange.id)
        .limit(MOST)
    )
    changes = (_Change(*row) for row in rows)
    return list(takewhile(lambda change: change.at <= now - SETTLED, changes))


def _count(session: Session, changes: Iterable[_Change], now: datetime, present_for: timedelta) -> tuple[int, _Counts]:
    told = {each.check_in_id: each.state for each in changes if each.state in _TOLD}
    counts: _Counts = defaultdict(Counter)
    counted = 0
    answers = session.execute(
        select(CheckIn.id, CheckIn.resident_id, Answer.taken_at)
        .join(Answer, Answer.check_in_id == CheckIn.id)
        .where(CheckIn.id.in_(told), CheckIn.evidence.is_distinct_from(EvidenceLevel.ACKNOWLEDGED))
    )
    for row in answers:
        allowed = select(Exemption.id).where(
            Exemption.resident_id == row.resident_id,
            Exemption.starts_at <= row.taken_at,
            Exemption.ends_at > row.taken_at,
        )
        if session.execute(allowed).first() is None:
            said = _said(session, row.resident_id, row.taken_at, now, present_for)
            was_there = told[row.id] is not CheckInState.REJECTED
            for key, state in said.items():
                counts[key][_COUNTS.get((was_there, state), "unknown")] += 1
            counted += bool(said)
    return counted, counts


def _said(
    session: Session, resident_id: int, at: datetime, now: datetime, present_for: timedelta
) -> dict[tuple[int, date], PresenceState]:
    """What each camera of a resident's room alone made believed at a moment, by camera and day of the zone's calendar."""
    said = {}
    for person in gathering.people(session, now, Resident.id == resident_id):
        day = at.astimezone(ZoneInfo(person.timezone)).date()
        for camera in watched(session, at, person.room_id).values() if person.room_id is not None else ():
            evidence = gathering.by_cameras(session, [person], [camera], at, camera.id).of(person)
            belief = believe(evidence, at, present_for=present_for, empty_after=person.empty_after, timezone=person.timezone)
            said[camera.id, day] = belief.state
    return said


def _add(session: Session, camera_id: int, day: date, numbers: Counter[str]) -> None:
    """Only whoever moved the cursor comes here, one at a time."""
    added = changed(
        session,
        update(CameraTruth)
        .where(CameraTruth.camera_id == camera_id, CameraTruth.day == day)
        .values({name: getattr(CameraTruth, name) + number for name, number in numbers.items()}),
    )
    if not added:
        session.add(CameraTruth(camera_id=camera_id, day=day, **numbers))
