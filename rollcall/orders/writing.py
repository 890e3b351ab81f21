"""A person is held while something is done with their orders, and each change of an order leaves what was before and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from monitor.database.statements import changed
from monitor.models.people.residents import OrderChange, QuarantineOrder, Resident
from monitor.people.order_deeds import Term, holds
from monitor.people.order_words import as_text
from monitor.problems import Conflict, NotFound
from monitor.words import N_

CHANGED_SINCE = N_(
    "This was changed after you opened the page, perhaps by a second click of your own. Reload the page to see it."
)


def hold_person(session: Session, resident_id: int) -> Resident:
    """The resident, of whom nobody else changes orders, room or zone until the end of this transaction. Raises NotFound, Conflict."""
    resident = session.scalar(
        select(Resident)
        .where(Resident.id == resident_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if resident is None:
        raise NotFound(N_("This page does not exist."))
    if resident.deleted_at is not None:
        raise Conflict(N_("This person’s data was deleted; nothing can be changed any more."))
    return resident


def term_of(order: QuarantineOrder) -> Term:
    """An order as decisions take it."""
    return Term(order.state, order.starts_at, order.ends_at)


def orders_of(session: Session, resident_id: int) -> list[QuarantineOrder]:
    """All orders of a person, as they are now, the newest first."""
    query = select(QuarantineOrder).where(QuarantineOrder.resident_id == resident_id)
    newest_first = query.order_by(QuarantineOrder.starts_at.desc(), QuarantineOrder.id.desc())
    return list(session.scalars(newest_first.execution_options(populate_existing=True)))


def current_order(orders: list[QuarantineOrder], now: datetime) -> QuarantineOrder | None:
    """Of a person's orders, newest first, the one that somebody would act on: what holds now, what comes next, what was last."""
    held = [each for each in orders if holds(term_of(each))]
    begun = [each for each in held if each.starts_at <= now < each.ends_at]
    coming = [each for each in held if each.starts_at > now]
    return next(iter((*begun, *reversed(coming), *held, *orders)), None)


def write_change(
    session: Session,
    order: QuarantineOrder,
    values: Mapping[str, Any],
    *,
    reason: str,
    account_id: int | None,
    now: datetime,
    seen: int | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Give an order new values, with the row that says what was before; returns both as text, of the columns that are other.

    seen: the version on the page; None: whichever it is. Raises Conflict when it is another one by now.
    """
    other = {name: value for name, value in values.items() if getattr(order, name) != value}
    before = {name: as_text(getattr(order, name)) for name in other}
    after = {name: as_text(value) for name, value in other.items()}
    version = order.version if seen is None else seen
    mine = update(QuarantineOrder).where(QuarantineOrder.id == order.id, QuarantineOrder.version == version)
    if not changed(session, mine.values(**other, version=version + 1)):
        raise Conflict(CHANGED_SINCE)
    for name, value in {**other, "version": version + 1}.items():
        set_committed_value(order, name, value)
    note_change(session, order, before, after, reason=reason, account_id=account_id, now=now)
    return before, after


def note_change(
    session: Session,
    order: QuarantineOrder,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    reason: str,
    account_id: int | None,
    now: datetime,
) -> None:
    """Keep what was other before, of the order itself or of where its person is."""
    session.add(
        OrderChange(
            order_id=order.id,
            resident_id=order.resident_id,
            zone_id=order.zone_id,
            at=now,
            account_id=account_id,
            before=dict(before),
            after=dict(after),
            reason=reason,
        )
    )
    session.flush()
