"""A person's roles, gathered from their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from monitor.models.people.laboratory import LaboratoryTest
from monitor.models.people.residents import QuarantineOrder, StatusPeriod
from monitor.people.roles import LabTime, OrderTime, Roles, StatusTime, roles_of
from web.shared.common import now


def statuses_of(resident_id: int) -> Select[StatusPeriod]:
    """The times of somebody's F-status, by their beginning."""
    return select(StatusPeriod).where(StatusPeriod.resident_id == resident_id).order_by(StatusPeriod.starts_on, StatusPeriod.id)


def roles_told(
    timezone: str, orders: Sequence[QuarantineOrder], tests: Sequence[LaboratoryTest], statuses: Sequence[StatusPeriod]
) -> Roles:
    """What somebody is now, and was. timezone: in which days begin."""

    def beginning(day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(timezone))

    return roles_of(
        [OrderTime(each.state, each.starts_at, each.ends_at, each.ended_at) for each in orders],
        [LabTime(each.planned_at, each.resulted_at or each.cancelled_at) for each in tests],
        [
            StatusTime(each.status, beginning(each.starts_on), beginning(each.ends_on) if each.ends_on else None)
            for each in statuses
        ],
        now(),
    )
