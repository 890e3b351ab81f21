"""What is known of people who do not add up, so that each can be named with a reason: orders, changes, merged records, zones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.accounts import AuditEntry
from monitor.models.people.merged import MergedRecord
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.reports.courses import Order
from monitor.reports.reasons import Facts, reason_of
from monitor.reports.stocks import Slip
from monitor.trail.actions import Action
from monitor.words import Words
from rollcall.reporting.gathered import Span
from rollcall.reporting.membership import orders_where
from rollcall.reporting.zones_of_report import Zones

AT_ONCE = 2000


def explain(session: Session, slips: Sequence[Slip], span: Span, zones: Zones, timezone: ZoneInfo) -> list[tuple[Slip, Words]]:
    """Each with the sentence that explains it best."""

    def written(at: datetime) -> str:
        return f"{at.astimezone(timezone):%H:%M %d/%m/%Y}"

    names = {zone_id: zone.name for zone_id, zone in zones.by_id.items()}
    changed = _zones_changed(session, span.since) if slips else {}
    found: list[tuple[Slip, Words]] = []
    for start in range(0, len(slips), AT_ONCE):
        some = slips[start : start + AT_ONCE]
        people = sorted({each.resident_id for each in some})
        orders: dict[int, list[Order]] = defaultdict(list)
        for order in orders_where(session, one_of(QuarantineOrder.resident_id, people)):
            orders[order.resident_id].append(order)
        merged = select(MergedRecord.gone_id, MergedRecord.into_id).where(one_of(MergedRecord.gone_id, people))
        into: dict[int, int] = {gone: stays for gone, stays in session.execute(merged)}  # noqa: C416 - a row is no pair for mypy
        gone = select(Resident.id, Resident.deleted_at).where(one_of(Resident.id, people), Resident.deleted_at.is_not(None))
        deleted: dict[int, datetime | None] = {number: at for number, at in session.execute(gone)}  # noqa: C416
        for slip in some:
            mine = slip.resident_id
            # The newest first: of several it is mostly that one.
            facts = Facts(orders[mine][::-1], into.get(mine), deleted.get(mine), names, changed)
            found.append((slip, reason_of(slip, facts, span.since, span.until, written)))
    return found


def _zones_changed(session: Session, since: datetime) -> dict[int, datetime]:
    """When something of each zone was last changed."""
    at = AuditEntry.__table__.c.at
    rows = session.execute(
        select(AuditEntry.zone_id, func.max(AuditEntry.at, type_=at.type))
        .where(AuditEntry.action == Action.ZONE_CHANGED, AuditEntry.at > since, AuditEntry.zone_id.is_not(None))
        .group_by(AuditEntry.zone_id)
    )
    return {zone_id: at for zone_id, at in rows if zone_id is not None}
