"""How supervisors decide, for themselves and whoever leads them: how many a day, how long, and how often others came to the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from monitor.database.many_rows import one_of
from monitor.models.accounts import Account
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.rollcalls.answers import Review, ReviewDecision, SecondLook
from monitor.models.rollcalls.rounds import CheckInState

SPAN = timedelta(days=14)
LEAST = 5
"""Of fewer, a share says nothing."""
MOST = 200


@dataclass(frozen=True)
class Shared:
    """How many of some were agreed to."""

    agreed: int = 0
    of: int = 0

    @property
    def percent(self) -> int | None:
        """None: too few to say."""
        return round(100 * self.agreed / self.of) if self.of >= LEAST else None


@dataclass(frozen=True)
class Reviewer:
    """One supervisor's last days. a_day: on days on which they decided. seconds: the median of a case; None: not known.

    second: second looks that agreed. disputes: decisions that residents disputed and that stood.
    """

    username: str
    decisions: int
    a_day: float
    seconds: int | None
    second: Shared
    disputes: Shared


def reviewers(session: Session, zones: Collection[int] | None, now: datetime) -> list[Reviewer]:
    """Who decided something lately in these zones, by name: never by any of the numbers. zones: None for all."""
    counted = _lately(zones, now)
    day = func.date(ReviewDecision.at)
    rows = session.execute(
        select(ReviewDecision.account_id, Account.username, func.count(), func.count(day.distinct()))
        .join(Account, Account.id == ReviewDecision.account_id)
        .where(counted)
        .group_by(ReviewDecision.account_id, Account.username)
        .order_by(Account.username)
        .limit(MOST)
    ).all()
    medians, second, disputes = _medians(session, counted), _second(session, zones, now), _disputes(session, zones, now)
    return [
        Reviewer(
            username,
            decisions,
            decisions / days,
            medians.get(number),
            second.get(number, Shared()),
            disputes.get(number, Shared()),
        )
        for number, username, decisions, days in rows
    ]


def _lately(zones: Collection[int] | None, now: datetime) -> ColumnElement[bool]:
    # What was decided for many at once says nothing of how long one takes, nor of a day's work.
    alone = ReviewDecision.batch.is_(None)
    counted = and_(ReviewDecision.at > now - SPAN, ReviewDecision.undone_at.is_(None), alone)
    return counted if zones is None else and_(counted, one_of(ReviewDecision.zone_id, zones))


def _medians(session: Session, counted: ColumnElement[bool]) -> dict[int, int]:
    known = (
        select(
            ReviewDecision.account_id,
            ReviewDecision.seconds,
            func.row_number().over(partition_by=ReviewDecision.account_id, order_by=ReviewDecision.seconds).label("place"),
            func.count().over(partition_by=ReviewDecision.account_id).label("all"),
        )
        .where(counted, ReviewDecision.seconds.is_not(None))
        .subquery()
    )
    middle = and_(2 * known.c.place >= known.c.all, 2 * known.c.place <= known.c.all + 2)
    rows = session.execute(select(known.c.account_id, func.avg(known.c.seconds)).where(middle).group_by(known.c.account_id))
    return {row[0]: round(float(row[1])) for row in rows}


def _second(session: Session, zones: Collection[int] | None, now: datetime) -> dict[int, Shared]:
    looked = [SecondLook.looked_at > now - SPAN]
    if zones is not None:
        looked.append(one_of(SecondLook.zone_id, zones))
    agreed = func.sum(case((SecondLook.agrees.is_(True), 1), else_=0))
    rows = session.execute(select(SecondLook.first_by, agreed, func.count()).where(*looked).group_by(SecondLook.first_by))
    return {row[0]: Shared(int(row[1]), row[2]) for row in rows}


def _disputes(session: Session, zones: Collection[int] | None, now: datetime) -> dict[int, Shared]:
    """What residents said of a decision was not right; it stood where nobody set the roll-call right afterwards."""
    later = aliased(Review)
    set_right = select(later.id).where(
        later.check_in_id == Review.check_in_id,
        later.at >= Incident.opened_at,
        later.decision.in_((CheckInState.ACCEPTED, CheckInState.EXCUSED)),
    )
    settled = [
        Incident.kind == IncidentKind.CONTESTED,
        Incident.state == IncidentState.RESOLVED,
        Incident.resolved_at > now - SPAN,
        Review.at < Incident.opened_at,
    ]
    if zones is not None:
        settled.append(one_of(Incident.zone_id, zones))
    stood = func.sum(case((~set_right.exists(), 1), else_=0))
    rows = session.execute(
        select(Review.account_id, stood, func.count())
        .select_from(Incident)
        .join(Review, Review.check_in_id == Incident.check_in_id)
        .where(*settled)
        .group_by(Review.account_id)
    )
    return {row[0]: Shared(int(row[1]), row[2]) for row in rows}
