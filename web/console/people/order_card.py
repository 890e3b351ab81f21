"""The part of a resident's page that is about their orders: what holds, what became of them, what waits, what may be done now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select

from monitor.accounts.access import Permission, Reader
from monitor.database.together import Reading, at_once, first
from monitor.models.people.moves import Transfer, TransferState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.people.order_deeds import ALLOWED, Deed, Phase, phase_of
from rollcall.orders.history import history
from rollcall.orders.movements import planned_of
from rollcall.orders.writing import current_order, term_of
from web.shared.common import now

# On the page itself.
_ON_THE_CARD = frozenset({Deed.EXEMPT})


def order_card(reader: Reader, resident: Resident, orders: Sequence[QuarantineOrder], timezone: str) -> Reading[dict[str, Any]]:
    """The values of `order_card.html`."""
    phases = {order.id: phase_of(term_of(order), now()) for order in orders}
    current = current_order(list(orders), now())
    may = reader.may(Permission.MANAGE_RESIDENT) and resident.deleted_at is None
    told, planned, offered = yield from at_once(
        history(resident.id, timezone),
        planned_of(resident.zone_id, now(), resident.id),
        first(select(Transfer).where(Transfer.resident_id == resident.id, Transfer.state == TransferState.OFFERED)),
    )
    return {
        "phases": phases,
        "deeds": {order.id: _deeds(order, phases[order.id], order is current) if may else [] for order in orders},
        "order_history": told,
        "planned": planned,
        "offered": offered,
    }


def _deeds(order: QuarantineOrder, phase: Phase, current: bool) -> list[tuple[Deed, str]]:
    """What may be done, each with its page. What is about the person goes with the order that holds them."""
    found = []
    for deed in ALLOWED[phase]:
        if deed in _ON_THE_CARD or (not current and deed in (Deed.TRANSFER, Deed.ROOM, Deed.FURTHER)):
            continue
        found.append((deed, _page(deed, order)))
    return found


def _page(deed: Deed, order: QuarantineOrder) -> str:
    if deed is Deed.TRANSFER:
        return url_for("transfers.ask", resident_id=order.resident_id)
    if deed is Deed.ROOM:
        return url_for("room_moves.ask", resident_id=order.resident_id)
    if deed is Deed.FURTHER:
        return url_for("orders.further", resident_id=order.resident_id)
    return url_for("orders.ask", order_id=order.id, deed=deed.value)
