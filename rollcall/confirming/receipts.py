"""Receipts of codes: whether one arrived, so that whoever waits at the gate knows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.models.people.gate import PhoneConfirmation
from rollcall.channels.channel import Receipt
from rollcall.channels.row_queue import take_row_receipts


def take_code_receipts(session: Session, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Note receipts of codes, in the caller's write transaction; returns the others, which are about something else."""
    noted, others = take_row_receipts(session, PhoneConfirmation, receipts)
    for row, receipt in noted:
        if row.zone_id is not None:
            announce(session, row.zone_id, Topic.PEOPLE, receipt.at)
    return others
