"""Somebody may be away for a time: permitted, changed and ended by a supervisor; an open round stops asking in the same moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import read_moment
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, read
from monitor.models.people.residents import Exemption, Resident
from monitor.order_changes import CHANGED_SINCE
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.checkins.excusing import excuse_resident
from rollcall.orders.writing import hold_person


def read_times(starts: str, ends: str, timezone: str, now: datetime) -> tuple[datetime, datetime]:
    """From when until when, as a form sends it, on the zone's wall clock; see `read_moment`. Raises BadInput."""
    starts_at = _moment(starts, timezone, "starts")
    ends_at = _moment(ends, timezone, "ends")
    if ends_at <= starts_at:
        raise BadInput(N_("The end must come after the beginning."), field="ends")
    if ends_at <= now:
        raise BadInput(N_("This time is already past. Please choose an end in the future."), field="ends")
    return starts_at, ends_at


def add_exemption(
    session: Session, resident_id: int, times: tuple[datetime, datetime], reason: str, account_id: int, now: datetime
) -> Exemption:
    """Let somebody be away for a time, in the caller's write transaction. Raises NotFound, BadInput, Conflict."""
    starts_at, ends_at = times
    reason = require_reason(reason)
    resident = hold_person(session, resident_id)
    same = (Exemption.resident_id == resident_id, Exemption.starts_at == starts_at, Exemption.ends_at == ends_at)
    if session.scalar(select(Exemption.id).where(*same, Exemption.reason == reason).limit(1)) is not None:
        raise Conflict(N_("This absence is permitted already."))
    exemption = Exemption(
        resident_id=resident.id, zone_id=resident.zone_id, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    session.add(exemption)
    session.flush()
    _note(session, Action.EXEMPTION_ADDED, exemption, account_id, now, reason=reason)
    _follow(session, resident, now)
    return exemption


def change_exemption(
    session: Session,
    exemption_id: int,
    times: tuple[datetime, datetime],
    reason: str,
    seen: int,
    account_id: int,
    now: datetime,
) -> Exemption:
    """Give a permission to be away other times or another reason. seen: the version on the page. Raises NotFound, BadInput, Conflict."""
    reason = require_reason(reason)
    exemption, resident = _held(session, exemption_id, now)
    before = (exemption.starts_at, exemption.ends_at)
    starts_at, ends_at = times
    if before == times and exemption.reason == reason:
        raise BadInput(N_("Nothing is other than before. Change what is wrong, then save."), field="starts")
    _write(session, exemption, seen, starts_at=starts_at, ends_at=ends_at, reason=reason)
    _note(session, Action.EXEMPTION_CHANGED, exemption, account_id, now, reason=reason, before=_span(*before))
    _follow(session, resident, now)
    return exemption


def end_exemption(session: Session, exemption_id: int, why: str, seen: int, account_id: int, now: datetime) -> Exemption:
    """End it now: somebody came back earlier, or will not go at all. Raises NotFound, BadInput, Conflict."""
    why = require_reason(why)
    exemption, resident = _held(session, exemption_id, now)
    before = _span(exemption.starts_at, exemption.ends_at)
    # One that has not begun never holds.
    _write(session, exemption, seen, ends_at=max(now, exemption.starts_at), ended_at=now)
    _note(session, Action.EXEMPTION_ENDED, exemption, account_id, now, reason=why, before=before)
    announce(session, resident.zone_id, Topic.PEOPLE, now)
    return exemption


def permitted(session: Session, resident_id: int, now: datetime) -> list[Exemption]:
    """When somebody may be away, now or later, by time."""
    return read(session, permitted_asked(resident_id, now))


def permitted_asked(resident_id: int, now: datetime) -> Reading[list[Exemption]]:
    """The same as a reading."""
    theirs = select(Exemption).where(
        Exemption.resident_id == resident_id, Exemption.ends_at > now, Exemption.ended_at.is_(None)
    )
    return (yield from asked(theirs.order_by(Exemption.starts_at, Exemption.id)))


def _held(session: Session, exemption_id: int, now: datetime) -> tuple[Exemption, Resident]:
    exemption = session.get(Exemption, exemption_id)
    if exemption is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    resident = hold_person(session, exemption.resident_id)
    session.refresh(exemption)
    if exemption.ended_at is not None or exemption.ends_at <= now:
        raise Conflict(N_("This permission is over already."))
    return exemption, resident


def _write(session: Session, exemption: Exemption, seen: int, **values: object) -> None:
    mine = update(Exemption).where(Exemption.id == exemption.id, Exemption.version == seen)
    if not changed(session, mine.values(**values, version=seen + 1)):
        raise Conflict(CHANGED_SINCE)
    session.refresh(exemption)


def _note(session: Session, action: Action, exemption: Exemption, account_id: int, now: datetime, **details: Any) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=exemption.zone_id,
        resident_id=exemption.resident_id,
        exemption_id=exemption.id,
        starts_at=exemption.starts_at.isoformat(timespec="minutes"),
        ends_at=exemption.ends_at.isoformat(timespec="minutes"),
        **details,
    )


def _follow(session: Session, resident: Resident, now: datetime) -> None:
    excuse_resident(session, resident.id, now)
    announce(session, resident.zone_id, Topic.PEOPLE, now)


def _span(starts_at: datetime, ends_at: datetime) -> str:
    return f"{starts_at.isoformat(timespec='minutes')}/{ends_at.isoformat(timespec='minutes')}"


def _moment(text: str, timezone: str, field: str) -> datetime:
    try:
        return read_moment(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(N_("Please enter a day and a time, for example 24/11/2026 10:00."), field=field) from None
