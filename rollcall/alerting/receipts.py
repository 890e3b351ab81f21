"""Receipts of alerts: what a gateway or a browser says became of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.alerts import AlertDelivery, AlertWay
from monitor.models.rollcalls.prompts import PromptState
from monitor.words import words
from rollcall.alerting.deliveries import after_failure
from rollcall.channels.channel import Receipt
from rollcall.channels.row_queue import BEFORE_DELIVERY, NOT_DELIVERED


def take_alert_receipts(session: Session, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Note receipts of alerts, in the caller's write transaction; returns the others, which are about something else."""
    ours = [each.reference for each in receipts if each.reference]
    theirs = [each.gateway_reference for each in receipts if each.gateway_reference]
    by_phone = AlertDelivery.way.in_((AlertWay.SMS, AlertWay.VOICE))
    known: list[AlertDelivery] = []
    for column, names in ((AlertDelivery.reference, ours), (AlertDelivery.gateway_reference, theirs)):
        if names:
            known += session.scalars(select(AlertDelivery).where(by_phone, one_of(column, names))).all()
    by_ours = {each.reference: each for each in known}
    by_theirs = {each.gateway_reference: each for each in known if each.gateway_reference}
    others: list[Receipt] = []
    for receipt in receipts:
        found = by_ours.get(receipt.reference) or by_theirs.get(receipt.gateway_reference)
        if found is None:
            others.append(receipt)
        else:
            _note(session, found, receipt)
    return others


def _note(session: Session, delivery: AlertDelivery, receipt: Receipt) -> None:
    values: dict[str, object] = {"next_attempt_at": None, "leased_by": None}
    if receipt.delivered:
        # Nothing arrives before it left, whatever the gateway's clock says.
        arrived = max(receipt.at, delivery.sent_at or delivery.made_at)
        values |= {
            "sent_at": delivery.sent_at or arrived,
            "state": PromptState.DELIVERED,
            "delivered_at": arrived,
            "problem": None,
        }
        before: ColumnElement[bool] = or_(AlertDelivery.state.in_(BEFORE_DELIVERY), AlertDelivery.state == PromptState.FAILED)
    else:
        values |= {"state": PromptState.FAILED, "problem": words(NOT_DELIVERED).dump()}
        before = AlertDelivery.state.in_(BEFORE_DELIVERY)
    if changed(session, update(AlertDelivery).where(AlertDelivery.id == delivery.id, before).values(**values)):
        if not receipt.delivered:
            session.refresh(delivery)
            after_failure(session, delivery, receipt.at)
        announce(session, None, Topic.ALERT, receipt.at)


def note_shown(session: Session, references: Sequence[str], now: datetime, account_id: int | None = None) -> int:
    """A browser showed these; returns of how many that was news. account_id: only those of this person."""
    conditions = [one_of(AlertDelivery.reference, list(references)), AlertDelivery.delivered_at.is_(None)]
    if account_id is not None:
        conditions.append(AlertDelivery.account_id == account_id)
    else:
        conditions.append(AlertDelivery.way == AlertWay.PUSH)
    values = {
        "state": PromptState.DELIVERED,
        "sent_at": func.coalesce(AlertDelivery.sent_at, now, type_=AlertDelivery.sent_at.type),
        "delivered_at": now,
        "next_attempt_at": None,
        "problem": None,
    }
    shown = changed(session, update(AlertDelivery).where(*conditions).values(**values))
    if shown:
        announce(session, None, Topic.ALERT, now)
    return shown
