"""What is said of a quarantine order, read field by field: nothing of it is ever filled in silently. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.clock import read_day, read_moment
from monitor.people.order_deeds import check_times as check_times
from monitor.people.pasted import plain
from monitor.people.typed import Fault, Faults, read_whole_day
from monitor.problems import BadInput
from monitor.words import N_


@dataclass(frozen=True)
class OrderDetails:
    """One order; see the columns of `QuarantineOrder`. starts_at, ends_at: moments in UTC."""

    starts_at: datetime
    ends_at: datetime
    authority: str
    reason: str
    number: str = ""
    legal_basis: str = ""
    ordered_orally_on: date | None = None
    written_on: date | None = None
    delivered_on: date | None = None


ORDER_FIELDS = tuple(each.name for each in fields(OrderDetails))


def read_order(typed: Mapping[str, str], timezone: str) -> tuple[OrderDetails | None, tuple[Fault, ...]]:
    """The order, or all that is wrong; None without faults where no field says anything: someone without an order.

    timezone: of the zone, on whose clock days begin. A day alone as the end means that the order holds until that day is over.
    """
    given = dict.fromkeys(ORDER_FIELDS, "") | {name: plain(cell) for name in ORDER_FIELDS if (cell := typed.get(name))}
    if not any(given.values()):
        return None, ()
    faults = Faults()
    starts = faults.read("starts_at", lambda: moment_of(given["starts_at"], timezone, "starts_at"), None)
    ends = faults.read("ends_at", lambda: moment_of(given["ends_at"], timezone, "ends_at", whole_day=True), None)
    if starts is not None and ends is not None:
        faults.read("ends_at", lambda: check_times(starts, ends), None)

    def day(name: str) -> date | None:
        return faults.read(name, lambda: read_whole_day(given[name], name), None)

    def text(name: str, most: int) -> str:
        return faults.read(name, lambda: _text(given[name], name, most), "")

    orally, written, delivered = day("ordered_orally_on"), day("written_on"), day("delivered_on")
    authority, reason = text("authority", 200), text("reason", 300)
    number, basis = text("number", 60), text("legal_basis", 300)
    if not given["authority"]:
        faults.read("authority", _no_authority, None)
    if faults.found or starts is None or ends is None:
        return None, tuple(faults.found)
    return OrderDetails(starts, ends, authority, reason, number, basis, orally, written, delivered), ()


def moment_of(typed: str, timezone: str, field: str, *, whole_day: bool = False) -> datetime:
    """A moment or a day on the zone's clock, in UTC. whole_day: a day alone means its end. Raises BadInput."""
    zone = ZoneInfo(timezone)
    with suppress(ValueError, OverflowError):
        day = read_day(typed)
        return datetime.combine(day + timedelta(days=1 if whole_day else 0), time(), zone).astimezone(UTC)
    try:
        return read_moment(typed).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            N_("Write a day or a day with a time, for example 24/11/2026 or 24/11/2026 10:00."), field=field
        ) from None


def _text(given: str, field: str, most: int) -> str:
    if len(given) > most:
        raise BadInput(N_("At most %(most)s letters fit here; these are %(count)s."), most=most, count=len(given), field=field)
    return given


def _no_authority() -> None:
    raise BadInput(N_("Write which authority ordered the quarantine."), field="authority")
