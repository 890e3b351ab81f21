"""Receipts of codes: whether one arrived, so that whoever waits at the gate knows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.rollcalls.prompts import PromptState
from monitor.words import N_, words
from rollcall.channels.channel import Receipt

_BEFORE = (PromptState.QUEUED, PromptState.LEASED, PromptState.SENT, PromptState.UNCERTAIN)
NOT_DELIVERED = N_("The gateway could not deliver the message.")


def take_code_receipts(session: Session, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Note receipts of codes, in the caller's write transaction; returns the others, which are about something else."""
    known: list[PhoneConfirmation] = []
    for column, names in (
        (PhoneConfirmation.reference, [each.reference for each in receipts if each.reference]),
        (PhoneConfirmation.gateway_reference, [each.gateway_reference for each in receipts if each.gateway_reference]),
    ):
        if names:
            known += session.scalars(select(PhoneConfirmation).where(one_of(column, names))).all()
    by_name = {name: row for row in known for name in (row.reference, row.gateway_reference) if name}
    others: list[Receipt] = []
    for receipt in receipts:
        row = by_name.get(receipt.reference) or by_name.get(receipt.gateway_reference)
        if row is None:
            others.append(receipt)
            continue
        values: dict[str, object] = {"next_attempt_at": None, "leased_by": None}
        if receipt.delivered:
            values |= {"state": PromptState.DELIVERED, "delivered_at": receipt.at, "problem": None}
        else:
            values |= {"state": PromptState.FAILED, "problem": words(NOT_DELIVERED).dump()}
        mine = update(PhoneConfirmation).where(PhoneConfirmation.id == row.id, PhoneConfirmation.state.in_(_BEFORE))
        if changed(session, mine.values(**values)) and row.zone_id is not None:
            announce(session, row.zone_id, Topic.PEOPLE, receipt.at)
    return others
