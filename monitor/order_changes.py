"""Each change of an order is written once, against the version that was seen, and leaves what was before and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from monitor.database.statements import changed
from monitor.models.people.residents import OrderChange, QuarantineOrder
from monitor.people.order_words import as_text
from monitor.problems import Conflict
from monitor.words import N_

CHANGED_SINCE = N_(
    "This was changed after you opened the page, perhaps by a second click of your own. Reload the page to see it."
)


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
