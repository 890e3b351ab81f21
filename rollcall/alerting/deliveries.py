"""The rows that say what is due to whom: made for a call, for a repeat, for the next way, for the all clear, for a test."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.alerts.record import ALARMS
from monitor.alerts.ways import OPEN_PAGE, Address, is_quiet, way_after, ways_now
from monitor.changes import Topic, announce
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.alerts import (
    Alert,
    AlertAddress,
    AlertDelivery,
    AlertHabit,
    AlertState,
    AlertWay,
    DeliveryAbout,
)
from monitor.models.incidents import Urgency
from monitor.models.rollcalls.prompts import PromptState

PAGE = Address(OPEN_PAGE, AlertWay.PAGE, 0, also_soon=True)


def addresses_of(session: Session, accounts: Iterable[int]) -> dict[int, list[Address]]:
    """The ways of some people, besides the open page, which everybody has."""
    found: dict[int, list[Address]] = {each: [] for each in accounts}
    rows = session.scalars(select(AlertAddress).where(AlertAddress.account_id.in_(found)).order_by(AlertAddress.rank))
    for row in rows:
        found[row.account_id].append(Address(row.id, row.way, row.rank, row.also_soon))
    return found


def queue(
    session: Session,
    alert_id: int | None,
    account_id: int,
    about: DeliveryAbout,
    step: str,
    addresses: Sequence[Address],
    now: datetime,
) -> None:
    """Make what is due to one person at one step; what is there already stays as it is."""
    rows: list[dict[str, Any]] = [
        {
            "alert_id": alert_id,
            "account_id": account_id,
            "way": each.way,
            "address_id": each.id,
            "about": about,
            "step": step,
            "state": PromptState.QUEUED,
            "reference": secrets.token_hex(16),
            "made_at": now,
            "next_attempt_at": now,
            "attempts": 0,
        }
        for each in addresses
    ]
    if rows:
        session.execute(insert_new(session, AlertDelivery), rows)


def call(session: Session, alert: Alert, accounts: Sequence[int], step: int | str, now: datetime, timezone: ZoneInfo) -> None:
    """Make what is due when an alert calls people for the `step`-th time, or for what else `step` names. timezone: on whose wall clock their quiet hours are."""
    about = DeliveryAbout.AGAIN if alert.again else DeliveryAbout.ALARM
    addresses = addresses_of(session, accounts)
    quiet = _in_quiet_hours(session, accounts, now.astimezone(timezone).time())
    for account_id in accounts:
        over = ways_now(addresses[account_id], alert.urgency, quiet=account_id in quiet)
        queue(session, alert.id, account_id, about, str(step), [PAGE, *over], now)
    announce(session, alert.zone_id, Topic.ALERT, now)


def _in_quiet_hours(session: Session, accounts: Sequence[int], at: time) -> set[int]:
    habits = session.scalars(select(AlertHabit).where(AlertHabit.account_id.in_(accounts)))
    return {
        each.account_id
        for each in habits
        if is_quiet(at, time.fromisoformat(each.quiet_from), time.fromisoformat(each.quiet_to))
    }


def after_failure(session: Session, delivery: AlertDelivery, now: datetime) -> None:
    """What follows when a message is given up: the person's next way, or, where nothing else is on its way, the next person."""
    if delivery.alert_id is None or delivery.about not in ALARMS:
        return
    alert = session.get(Alert, delivery.alert_id, populate_existing=True)
    if alert is None or alert.state is not AlertState.OPEN:
        return
    of_step = session.execute(
        select(AlertDelivery.account_id, AlertDelivery.address_id, AlertDelivery.state).where(
            AlertDelivery.alert_id == alert.id, AlertDelivery.step == delivery.step
        )
    ).all()
    if alert.urgency is not Urgency.DANGER and delivery.way is not AlertWay.PAGE:
        tried = [row.address_id for row in of_step if row.account_id == delivery.account_id]
        following = way_after(addresses_of(session, [delivery.account_id])[delivery.account_id], tried)
        if following is not None:
            queue(session, alert.id, delivery.account_id, delivery.about, delivery.step, [following], now)
            return
    if delivery.step.partition(".")[0] == str(alert.calls) and all(row.state == PromptState.FAILED for row in of_step):
        # Nobody of this call can be reached: to wait for them would help nobody.
        changed(
            session,
            update(Alert)
            # Who was called in vain is not called again without the pause between.
            .where(Alert.id == alert.id, Alert.state == AlertState.OPEN, Alert.calls == alert.calls, Alert.again == 0)
            .where(Alert.next_step_at > now)
            .values(next_step_at=now),
        )
