"""Calls staff to tickets: emergencies one by one, what else is due of one unit at one level as one alert."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.alerts.roster import SUPERVISING, Person, people_of
from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.hotline.messages import Route, send
from monitor.hotline.units import members_of
from monitor.hotline.whom import CALLED, DANGER, Reach, Told, whom
from monitor.models.alerts import Alert, AlertState
from monitor.models.hotline import (
    AlarmLevel,
    EventKind,
    HotlineAlarm,
    HotlineEvent,
    HotlineTicket,
    MessageAbout,
    TicketChannel,
)
from monitor.models.hotline_desk import HotlineUnit
from monitor.models.incidents import Urgency
from monitor.models.places import Zone
from monitor.stated import hotline
from monitor.words import N_, translator
from rollcall.alerting.deliveries import call

TO_UNIT = N_(
    "%(number)s: requests that your unit has: %(count)s are due soon or late. The first is to be answered by %(due)s. Please call the desk."
)

UNIT_HAS = N_(
    "%(number)s: requests that your unit was given: %(count)s. The first is to be answered by %(due)s. Please call the desk to accept."
)


@dataclass(frozen=True)
class Raised:
    """One level of one ticket that is told now. unit_id: who has it, or has the ticket that it stands under."""

    ticket_id: int
    zone_id: int | None
    unit_id: int | None
    taken_by: int | None
    level: AlarmLevel
    round: int
    due_at: datetime


@dataclass(frozen=True)
class _Staff:
    """Everybody who may be called, read once for a look."""

    people: dict[int, Person]
    members: dict[int, list[int]]
    units: dict[int, HotlineUnit]
    first_zone: int | None

    def reach(self, raised: Raised, refusing: Sequence[int]) -> Reach:
        unit = self.units.get(raised.unit_id or 0)
        heads = [unit] if unit is not None else [self.units[each] for each in refusing if each in self.units]
        zone = self.zone(raised)
        return Reach(
            raised.taken_by if raised.taken_by in self.people else None,
            self.members.get(raised.unit_id or 0, []),
            [each.head_id for each in heads if each.head_id is not None and each.head_id in self.people],
            self.province(zone),
            unit is not None and bool(unit.email or unit.phone),
        )

    def province(self, zone_id: int | None) -> list[int]:
        """Supervisors of the whole province; where there are none, those of the zone."""
        supervising = [each for each in self.people.values() if each.role in SUPERVISING]
        whole = [each.account_id for each in supervising if each.zones is None]
        return whole or [each.account_id for each in supervising if zone_id is not None and each.covers(zone_id)]

    def zone(self, raised: Raised) -> int | None:
        unit = self.units.get(raised.unit_id or 0)
        own = unit.zone_id if unit is not None else None
        return next((each for each in (own, raised.zone_id, self.first_zone) if each is not None), None)


def call_to(session: Session, raised: Sequence[Raised], now: datetime, timezone: ZoneInfo, group: timedelta) -> None:
    """Call whoever each level names, in the caller's write transaction, which holds the lock on alerts."""
    if not raised:
        return
    units = {each.unit_id for each in raised if each.unit_id is not None}
    refusing = _refusing(session, [each.ticket_id for each in raised if each.level is AlarmLevel.REFUSED])
    units |= {each for refused in refusing.values() for each in refused}
    staff = _Staff(
        people_of(session),
        members_of(session, units) if units else {},
        {row.id: row for row in session.scalars(select(HotlineUnit).where(HotlineUnit.id.in_(units)))},
        session.scalar(select(Zone.id).where(Zone.closed_at.is_(None)).order_by(Zone.id).limit(1)),
    )
    groups: dict[tuple[int | None, int | None, int | None, AlarmLevel, int], list[Raised]] = defaultdict(list)
    for each in raised:
        alone = each.ticket_id if each.level in DANGER or each.level is AlarmLevel.REFUSED else 0
        groups[staff.zone(each), each.unit_id, each.taken_by, each.level, alone].append(each)
    for (zone_id, unit_id, _taker, level, _alone), together in groups.items():
        told = whom(level, staff.reach(together[0], refusing.get(together[0].ticket_id, [])))
        if told.outside and unit_id is not None:
            _write_to_unit(session, staff.units[unit_id], together, now, timezone)
        if zone_id is not None:
            _alert(session, zone_id, level, together, told, now, timezone, group)


def _refusing(session: Session, tickets: Collection[int]) -> dict[int, list[int]]:
    """Which units refused each ticket."""
    found: dict[int, list[int]] = defaultdict(list)
    if tickets:
        refused = (one_of(HotlineEvent.ticket_id, list(tickets)), HotlineEvent.kind == EventKind.REFUSED)
        for ticket_id, details in session.execute(
            select(HotlineEvent.ticket_id, HotlineEvent.details).where(*refused).order_by(HotlineEvent.id)
        ):
            found[ticket_id].append(int(details["unit"]))
    return found


def _alert(
    session: Session,
    zone_id: int,
    level: AlarmLevel,
    together: Sequence[Raised],
    told: Told,
    now: datetime,
    timezone: ZoneInfo,
    group: timedelta,
) -> None:
    """Make an alert for some tickets, or let them join one of the same unit and level that is still fresh."""
    alert = None if level in DANGER else _fresh(session, zone_id, level, together[0], now - group)
    if alert is not None:
        more = {"incidents": Alert.incidents + len(together), "joined_at": now}
        changed(session, update(Alert).where(Alert.id == alert.id).values(**more))
    else:
        alert = Alert(
            zone_id=zone_id,
            kind=CALLED[level],
            urgency=Urgency.DANGER if level in DANGER else Urgency.SOON,
            state=AlertState.OPEN,
            opened_at=now,
            joined_at=now,
            raised_at=now,
            next_step_at=now if told.duty else None,
            incidents=len(together),
            calls=0,
            again=0,
        )
        session.add(alert)
        session.flush()
        if told.accounts:
            call(session, alert, told.accounts, f"hotline-{level}", now, timezone)
    mine = (one_of(HotlineAlarm.ticket_id, [each.ticket_id for each in together]), HotlineAlarm.level == level)
    changed(session, update(HotlineAlarm).where(*mine, HotlineAlarm.at == now).values(alert_id=alert.id))
    announce(session, zone_id, Topic.ALERT, now)
    announce(session, zone_id, Topic.HOTLINE, now)


def _fresh(session: Session, zone_id: int, level: AlarmLevel, like: Raised, since: datetime) -> Alert | None:
    return session.scalars(
        select(Alert)
        .join(HotlineAlarm, HotlineAlarm.alert_id == Alert.id)
        .join(HotlineTicket, HotlineTicket.id == HotlineAlarm.ticket_id)
        .where(
            Alert.state == AlertState.OPEN,
            Alert.zone_id == zone_id,
            Alert.kind == CALLED[level],
            Alert.opened_at > since,
            HotlineAlarm.level == level,
            HotlineTicket.unit_id.is_not_distinct_from(like.unit_id),
            HotlineTicket.taken_by.is_not_distinct_from(like.taken_by),
        )
        .order_by(Alert.id.desc())
        .limit(1)
    ).first()


def _write_to_unit(session: Session, unit: HotlineUnit, together: Sequence[Raised], now: datetime, timezone: ZoneInfo) -> None:
    """To the address of a unit, which people without accounts read: how many, until when, and nothing personal."""
    route = Route(TicketChannel.EMAIL, unit.email) if unit.email else Route(TicketChannel.TEXT, unit.phone)
    first = session.scalar(
        select(HotlineTicket.due_at)
        .where(one_of(HotlineTicket.id, [each.ticket_id for each in together]))
        .order_by(HotlineTicket.due_at)
        .limit(1)
    )
    assert first is not None
    values = {"number": hotline(), "count": len(together), "due": first.astimezone(timezone).strftime("%H:%M %d/%m")}
    fresh = together[0].level is AlarmLevel.HANDED_OVER
    said = translator("vi")(UNIT_HAS if fresh else TO_UNIT) % values
    key = f"unit-{unit.id}-{together[0].ticket_id}-{together[0].level}-{together[0].round}"
    about = MessageAbout.UNIT_TOLD if fresh else MessageAbout.UNIT_WARNED
    send(session, key, together[0].ticket_id, about, route, said, "vi", now)
