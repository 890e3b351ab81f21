"""Letters of many people, made by a worker piece by piece, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from monitor.letters.content import Given
from monitor.letters.letters import ask_for
from monitor.models.people.letters import Letter, LetterBatch, LetterKind, LetterState
from monitor.models.people.residents import OrderState, QuarantineOrder
from rollcall.jobs import WRITE_LETTERS, defer

MOST_DAYS = 366
# Who was released longer ago has the certificate.
RELEASED_LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Progress:
    """How many letters of a batch are in which state."""

    waiting: int
    made: int
    refused: int

    @property
    def whole(self) -> int:
        """All letters of the batch."""
        return self.waiting + self.made + self.refused

    @property
    def done(self) -> int:
        """Those that wait for nothing."""
        return self.made + self.refused


def orders_for(
    session: Session, zone_id: int, kind: LetterKind, within_days: int | None, now: datetime
) -> list[QuarantineOrder]:
    """The orders of a zone that letters of a kind could be about, in their order.

    within_days: only those that end, or ended, within so many days from now; None: all. A certificate is for who was released in the last
    30 days; everything else for who is under an order that has not run out.
    """
    query = _orders(zone_id, kind, within_days, now).order_by(QuarantineOrder.ends_at, QuarantineOrder.id)
    return list(session.scalars(query))


def count_orders(session: Session, zone_id: int, now: datetime) -> dict[LetterKind, int]:
    """How many orders letters of each kind could be about, whenever they end: one statement."""
    held, released = (
        _orders(zone_id, kind, None, now).with_only_columns(func.count()).scalar_subquery()
        for kind in (LetterKind.QUARANTINE, LetterKind.RELEASE)
    )
    counts = session.execute(select(held, released)).one()
    return {kind: counts[kind is LetterKind.RELEASE] for kind in LetterKind}


def _orders(zone_id: int, kind: LetterKind, within_days: int | None, now: datetime) -> Select[QuarantineOrder]:
    query = select(QuarantineOrder).where(QuarantineOrder.zone_id == zone_id)
    if kind is LetterKind.RELEASE:
        since = now - min(timedelta(days=within_days), RELEASED_LATELY) if within_days is not None else now - RELEASED_LATELY
        query = query.where(QuarantineOrder.state == OrderState.RELEASED, QuarantineOrder.ended_at >= since)
    else:
        query = query.where(QuarantineOrder.state == OrderState.ACTIVE, QuarantineOrder.ends_at > now)
        if within_days is not None:
            query = query.where(QuarantineOrder.ends_at <= now + timedelta(days=within_days))
    return query


def ask_for_many(
    session: Session, orders: Sequence[QuarantineOrder], kind: LetterKind, given: Given, *, account_id: int, now: datetime
) -> LetterBatch:
    """As `ask_for`, for a worker to make."""
    batch = ask_for(session, orders, kind, given, account_id=account_id, now=now)
    defer(session, WRITE_LETTERS, len(orders))
    return batch


def progress_of(session: Session, batch_id: int) -> Progress:
    """How far a batch is."""
    counted = select(Letter.state, func.count()).where(Letter.batch_id == batch_id).group_by(Letter.state)
    by_state = dict(session.execute(counted).all())
    return Progress(*(by_state.get(state, 0) for state in (LetterState.WAITING, LetterState.MADE, LetterState.REFUSED)))
