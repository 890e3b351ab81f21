"""Counts the figures of each zone and day, a few each minute, so that rounds and pages notice nothing of it.

A day is counted each quarter of an hour while it lasts and some times after it, as `monitor/reports/figures.py` says; each count replaces the one before
and reads only the rows of that zone and day, by index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.expressions import later
from monitor.models.alerts import Alert
from monitor.models.cameras.cameras import Camera, CameraTruth, Observation, ObservationKind
from monitor.models.places import Zone
from monitor.models.reports import ALL_ZONES, DailyFigures
from monitor.models.rollcalls.answers import Answer, Review, Verification
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.reports.figures import (
    ANSWERED_WITHIN,
    DECIDED_WITHIN,
    LATER,
    NEVER,
    TAKEN_WITHIN,
    Counts,
    Subject,
    Window,
    added,
    bar_of,
    compared,
    next_count,
    window,
)
from rollcall.reporting.causes import WITHOUT_ANSWER, cause_of

# Days of zones that one tick counts, and how far back it begins where nothing was counted yet.
MOST, BACK = 40, timedelta(days=92)
ANSWERED = (
    CheckInState.ANSWERED,
    CheckInState.VERIFIED,
    CheckInState.IN_REVIEW,
    CheckInState.ACCEPTED,
    CheckInState.REJECTED,
)
_ARRIVAL = {
    PromptState.DELIVERED: "arrived",
    PromptState.SENT: "unsure",
    PromptState.UNCERTAIN: "unsure",
    PromptState.FAILED: "failed",
}


class _Day(NamedTuple):
    zone_id: int
    day: date
    next_count_at: datetime
    timezone: str


def count_figures(database: Database, now: datetime, most: int = MOST) -> int:
    """Begin the days that have begun, count what is due; returns how many days of zones were counted."""
    with database.read() as session:
        begun = _begun(session, now)
    if begun:
        with database.write() as session:
            session.execute(insert_new(session, DailyFigures), begun)
    with database.read() as session:
        due = [_Day(*row) for row in session.execute(_due(now, most))]
    for each in due:
        with database.read() as session:
            counts = counted(session, each.zone_id, each.day, window(each.day, each.timezone), now)
        with database.write() as session:
            _keep(session, each, counts, now)
    for day in sorted({each.day for each in due}):
        with database.write() as session:
            _add_up(session, day, now)
    return len(due)


def _begun(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Rows for today of each zone, and of a zone that has none yet for each day since its first round, as far back as figures go."""
    values: list[dict[str, Any]] = []
    for timezone in session.scalars(select(Zone.timezone).distinct()).all():
        today = now.astimezone(ZoneInfo(timezone)).date()
        has_today = select(DailyFigures.zone_id).where(DailyFigures.zone_id == Zone.id, DailyFigures.day == today).exists()
        has_any = select(DailyFigures.zone_id).where(DailyFigures.zone_id == Zone.id).limit(1).exists()
        first = select(func.min(RollCall.opens_at)).where(RollCall.zone_id == Zone.id).scalar_subquery()
        rows = session.execute(select(Zone.id, has_any, first).where(Zone.timezone == timezone, ~has_today)).all()
        for zone_id, known, opened in rows:
            begin = today
            if not known and opened is not None:
                begin = max(opened.astimezone(ZoneInfo(timezone)).date(), today - BACK)
            days = (begin + timedelta(days=each) for each in range((today - begin).days + 1))
            values += ({"zone_id": zone_id, "day": day, "next_count_at": now} for day in days)
    return values


def _due(now: datetime, most: int) -> Any:
    return (
        select(DailyFigures.zone_id, DailyFigures.day, DailyFigures.next_count_at, Zone.timezone)
        .join(Zone, Zone.id == DailyFigures.zone_id)
        .where(DailyFigures.next_count_at <= now)
        .order_by(DailyFigures.next_count_at, DailyFigures.day.desc(), DailyFigures.zone_id)
        .limit(most)
    )


def _keep(session: Session, due: _Day, counts: Counts, now: datetime) -> None:
    states = counts[Subject.CHECK_INS]
    end = window(due.day, due.timezone).end
    session.execute(
        update(DailyFigures)
        .where(
            DailyFigures.zone_id == due.zone_id, DailyFigures.day == due.day, DailyFigures.next_count_at == due.next_count_at
        )
        .values(counts=counts, counted_at=now, next_count_at=next_count(end, now), **_columns(states))
    )


def _columns(states: dict[str, int]) -> dict[str, int]:
    answered = sum(states.get(state.value, 0) for state in ANSWERED)
    missed, unreached, excused = (states.get(state.value, 0) for state in WITHOUT_ANSWER)
    asked = answered + missed + unreached + excused
    return {"asked": asked, "answered": answered, "missed": missed, "unreached": unreached, "excused": excused}


def _add_up(session: Session, day: date, now: datetime) -> None:
    """The sum of all zones of a day, anew."""
    rows = session.scalars(select(DailyFigures.counts).where(DailyFigures.day == day, DailyFigures.zone_id != ALL_ZONES))
    counts = added(rows)
    session.execute(delete(DailyFigures).where(DailyFigures.zone_id == ALL_ZONES, DailyFigures.day == day))
    columns = _columns(counts.get(Subject.CHECK_INS, {}))
    session.add(DailyFigures(zone_id=ALL_ZONES, day=day, counts=counts, counted_at=now, next_count_at=None, **columns))


def counted(session: Session, zone_id: int, day: date, of: Window, now: datetime) -> Counts:
    """The figures of one zone and day, as far as the day has come."""
    rounds = (RollCall.zone_id == zone_id, RollCall.opens_at >= of.begin, RollCall.opens_at < of.end)
    return {
        Subject.CHECK_INS: _by(session, CheckIn.state, *rounds),
        Subject.ANSWERED_WITHIN: _answered_within(session, rounds),
        Subject.CAUSES: _causes(session, rounds),
        Subject.MESSAGES: _messages(session, zone_id, of),
        **_reviews(session, zone_id, of),
        **_alerts(session, zone_id, of),
        Subject.CAMERAS: _cameras(session, zone_id, day, of, now),
        Subject.FACES: _faces(session, rounds),
    }


def _by(session: Session, column: Any, *rounds: ColumnElement[bool]) -> dict[str, int]:
    query = select(column, func.count()).select_from(RollCall).join(CheckIn, CheckIn.roll_call_id == RollCall.id)
    return {part.value: number for part, number in session.execute(query.where(*rounds).group_by(column))}


def _bound(since: Any, at: Any, bounds: tuple[int, ...]) -> ColumnElement[str]:
    """Which bound lies between two moments, in minutes."""
    whens = [(at <= later(since, 60.0 * bound), str(bound)) for bound in bounds]
    return case(*whens, else_=LATER)


def _answered_within(session: Session, rounds: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
    bound = _bound(CheckIn.opened_at, Answer.taken_at, ANSWERED_WITHIN).label("bound")
    query = (
        select(bound, func.count())
        .select_from(RollCall)
        .join(CheckIn, CheckIn.roll_call_id == RollCall.id)
        .join(Answer, Answer.check_in_id == CheckIn.id)
        .where(*rounds, Answer.late.is_(False) | Answer.in_window, CheckIn.state.in_(ANSWERED))
        .group_by(bound)
    )
    return {part: number for part, number in session.execute(query)}  # noqa: C416 - a row is no pair for mypy


def _causes(session: Session, rounds: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
    query = select(CheckIn.state, CheckIn.reasons).select_from(RollCall).join(CheckIn, CheckIn.roll_call_id == RollCall.id)
    rows = session.execute(query.where(*rounds, CheckIn.state.in_(WITHOUT_ANSWER)))
    return dict(Counter(cause_of(state, reasons).value for state, reasons in rows))


def _faces(session: Session, rounds: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
    """Each answer that a person judged counts with its last decision."""
    last = select(Review.decision).where(Review.check_in_id == CheckIn.id).order_by(Review.id.desc()).limit(1).scalar_subquery()
    query = (
        select(Verification.engine, Verification.similarity, Verification.verdict, last.label("decision"))
        .select_from(RollCall)
        .join(CheckIn, CheckIn.roll_call_id == RollCall.id)
        .join(Verification, Verification.check_in_id == CheckIn.id)
        .where(*rounds, Verification.similarity.is_not(None), Verification.verdict.is_not(None))
    )
    return dict(
        Counter(
            f"{engine}:{bar_of(likeness)}:{compared(verdict, decision)}"
            for engine, likeness, verdict, decision in session.execute(query)
        )
    )


def _messages(session: Session, zone_id: int, of: Window) -> dict[str, int]:
    query = (
        select(Prompt.channel, Prompt.state, func.count())
        .where(
            Prompt.zone_id == zone_id, Prompt.created_at >= of.begin, Prompt.created_at < of.end, Prompt.kind.not_in(REPLIES)
        )
        .group_by(Prompt.channel, Prompt.state)
    )
    found: Counter[str] = Counter()
    for channel, state, number in session.execute(query):
        if state in _ARRIVAL:
            found[f"{channel}:{_ARRIVAL[state]}"] += number
    return dict(found)


def _reviews(session: Session, zone_id: int, of: Window) -> Counts:
    since = func.coalesce(Answer.received_at, RollCall.closes_at, type_=Answer.__table__.c.received_at.type)
    bound = _bound(since, Review.at, DECIDED_WITHIN).label("bound")
    query = (
        select(Review.decision, bound, func.count())
        .select_from(Review)
        .join(CheckIn, CheckIn.id == Review.check_in_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
        .where(Review.zone_id == zone_id, Review.at >= of.begin, Review.at < of.end)
        .group_by(Review.decision, bound)
    )
    decided: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for decision, part, number in session.execute(query):
        decided[decision.value] += number
        within[part] += number
    return {Subject.REVIEWS: dict(decided), Subject.DECIDED_WITHIN: dict(within)}


def _alerts(session: Session, zone_id: int, of: Window) -> Counts:
    bound = case((Alert.taken_at.is_(None), NEVER), else_=_bound(Alert.opened_at, Alert.taken_at, TAKEN_WITHIN)).label("bound")
    query = (
        select(Alert.urgency, bound, func.count())
        .where(Alert.zone_id == zone_id, Alert.opened_at >= of.begin, Alert.opened_at < of.end)
        .group_by(Alert.urgency, bound)
    )
    urgent: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for urgency, part, number in session.execute(query):
        urgent[urgency.value] += number
        within[part] += number
    return {Subject.ALERTS: dict(urgent), Subject.TAKEN_WITHIN: dict(within)}


def _cameras(session: Session, zone_id: int, day: date, of: Window, now: datetime) -> dict[str, int]:
    """Minutes that cameras were to watch, were silent and could not be believed, and how they agreed with roll-calls."""
    cameras = session.scalars(select(Camera.id).where(Camera.zone_id == zone_id, Camera.enabled)).all()
    until = min(of.end, now)
    if not cameras or until <= of.begin:
        return {}
    lasting = int((until - of.begin).total_seconds() // 60)
    lost = {
        kind: sum(_minutes(session, camera, kind, Window(of.begin, until)) for camera in cameras)
        for kind in (ObservationKind.OFFLINE, ObservationKind.TAMPER)
    }
    columns = (CameraTruth.agreed, CameraTruth.false_absent, CameraTruth.false_present, CameraTruth.unknown)
    truth = session.execute(
        select(*(func.coalesce(func.sum(column), 0) for column in columns)).where(
            CameraTruth.camera_id.in_(cameras), CameraTruth.day == day
        )
    ).one()
    return {
        "watched": lasting * len(cameras),
        "silent": lost[ObservationKind.OFFLINE],
        "doubtful": lost[ObservationKind.TAMPER],
        **{column.key: int(number) for column, number in zip(columns, truth, strict=True)},
    }


def _minutes(session: Session, camera: int, kind: ObservationKind, of: Window) -> int:
    """Whole minutes of a window in which a camera had this, each counted once."""
    rows = session.execute(
        select(Observation.started_at, Observation.last_at)
        .where(
            Observation.camera_id == camera,
            Observation.kind == kind,
            Observation.last_at > of.begin,
            Observation.started_at < of.end,
        )
        .order_by(Observation.started_at)
    )
    return sum(int((end - begin).total_seconds() // 60) for begin, end in _merged(rows, of))


def _merged(rows: Any, of: Window) -> Iterator[tuple[datetime, datetime]]:
    begin = end = of.begin
    for started_at, last_at in rows:
        started, last = max(started_at, of.begin), min(last_at, of.end)
        if started > end:
            yield begin, end
            begin = started
        end = max(end, last)
    yield begin, end
