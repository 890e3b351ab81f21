"""Who still has a place: somebody whose quarantine goes on, or has not begun, keeps a bed, also while in hospital."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from monitor.models.people.residents import KEEPS_BED, QuarantineOrder, Resident


def placed() -> ColumnElement[bool]:
    """A condition on Resident: still has the room and the zone of their row. Whoever has no order yet was only just entered."""
    orders = exists(QuarantineOrder.id).where(QuarantineOrder.resident_id == Resident.id)
    return and_(Resident.deleted_at.is_(None), or_(~orders, orders.where(QuarantineOrder.state.in_(KEEPS_BED))))
