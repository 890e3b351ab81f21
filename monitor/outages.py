"""Outages as they are kept: begun, seen to last and ended by whoever watches, read by whoever must not count them against anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.models.service import OutagePart, ServiceOutage

# Whoever watches looks every few seconds: an outage that nobody saw for longer lasted until somebody saw it last.
SEEN_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Outage:
    """One outage. ended_at: until when it is known to have lasted; now, while it does. subject: which process or channel.

    zone_id: whose line was lost; None: every zone is touched.
    """

    id: int
    part: OutagePart
    started_at: datetime
    ended_at: datetime
    subject: str = ""
    zone_id: int | None = None


def _open(part: OutagePart, subject: str, zone_id: int | None) -> ColumnElement[bool]:
    of_zone = ServiceOutage.zone_id.is_(None) if zone_id is None else ServiceOutage.zone_id == zone_id
    return and_(ServiceOutage.ended_at.is_(None), ServiceOutage.part == part, ServiceOutage.subject == subject, of_zone)


def note_outage(
    session: Session,
    part: OutagePart,
    *,
    started_at: datetime,
    now: datetime,
    cause: str,
    subject: str = "",
    zone_id: int | None = None,
    looked_at_always: bool = True,
) -> bool:
    """Note that an outage lasts, in the caller's write transaction; returns whether it is one that was not known.

    cause: how it was noticed, see `ServiceOutage`. looked_at_always: that nobody saw it for a while means that whoever watched is gone,
    and it is another one now. Two who begin one at once keep two, which count as one where they overlap.
    """
    if looked_at_always:
        unseen = (_open(part, subject, zone_id), ServiceOutage.seen_at < now - SEEN_WITHIN)
        changed(session, update(ServiceOutage).where(*unseen).values(ended_at=ServiceOutage.seen_at))
    if changed(session, update(ServiceOutage).where(_open(part, subject, zone_id)).values(seen_at=now)):
        return False
    session.add(
        ServiceOutage(
            part=part,
            subject=subject,
            zone_id=zone_id,
            started_at=min(started_at, now),
            ended_at=None,
            seen_at=now,
            cause=cause,
        )
    )
    session.flush()
    return True


def note_end(session: Session, part: OutagePart, *, now: datetime, subject: str = "", zone_id: int | None = None) -> bool:
    """Note that it works again, in the caller's write transaction; returns whether an outage ended by it."""
    ends = update(ServiceOutage).where(_open(part, subject, zone_id))
    return bool(changed(session, ends.values(ended_at=now, seen_at=now)))


def keep_past(
    session: Session, part: OutagePart, *, started_at: datetime, ended_at: datetime, cause: str, subject: str = ""
) -> None:
    """Keep an outage that is over when it is noticed."""
    session.add(
        ServiceOutage(part=part, subject=subject, started_at=started_at, ended_at=ended_at, seen_at=ended_at, cause=cause)
    )


def outages_since(session: Session, since: datetime, now: datetime) -> list[Outage]:
    """Those that lasted at some moment after `since`, by their begin."""
    rows = session.scalars(
        select(ServiceOutage)
        .where(
            ServiceOutage.started_at < now,
            or_(ServiceOutage.ended_at > since, and_(ServiceOutage.ended_at.is_(None), ServiceOutage.seen_at > since)),
        )
        .order_by(ServiceOutage.started_at, ServiceOutage.id)
    )
    return [Outage(each.id, each.part, each.started_at, _until(each, now), each.subject, each.zone_id) for each in rows]


def _until(row: ServiceOutage, now: datetime) -> datetime:
    if row.ended_at is not None:
        return row.ended_at
    seen = row.seen_at or row.started_at
    return now if now - seen <= SEEN_WITHIN else seen


def newest_end(session: Session, now: datetime, *parts: OutagePart) -> datetime | None:
    """Until when something of these last did not work, as known now; None: it always did."""
    ended, open_ones = session.execute(
        select(
            func.max(ServiceOutage.ended_at),
            func.max(ServiceOutage.seen_at).filter(ServiceOutage.ended_at.is_(None)),
        ).where(ServiceOutage.started_at <= now, ServiceOutage.part.in_(parts))
    ).one()
    return max((each for each in (ended, open_ones) if each is not None), default=None)
