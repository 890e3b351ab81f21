"""Who looked at what of a person, when and why: read from the audit trail, for themselves and for those who watch over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, first, read
from monitor.models.accounts import Account, AuditEntry, Role
from monitor.models.people.residents import Resident
from monitor.models.people.rights import AuditAbout
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.people.merged import merged_into
from monitor.trail.actions import Action
from monitor.words import N_, Words, words

VIEWS = {
    Action.PHOTO_VIEWED: N_("A photo of the face"),
    Action.RECORD_OPENED: N_("The record: answers, timeline, notes"),
    Action.CAMERA_VIEWED: N_("A picture from the camera in the room"),
    Action.CAMERA_LIVE_VIEWED: N_("The camera in the room, live"),
    Action.INCIDENT_MEDIA_VIEWED: N_("Pictures of an incident"),
    Action.EXPORT_MADE: N_("A copy of all data, made by staff"),
    Action.LETTER_FETCHED: N_("A letter about the quarantine order"),
    Action.LETTERS_FETCHED: N_("A letter about the quarantine order, with those of others"),
    Action.CASE_PURPOSE_GIVEN: N_("Where this person was and whom they met"),
    Action.EXPORT_FETCHED: N_("A copy without photos, through the link in a message"),
}
REASONS = {
    "answer": N_("to assess an answer"),
    "welfare": N_("to see how the person is"),
    "enrolment": N_("to check the reference photos"),
    "request": N_("because the person made a request"),
    "other": N_("for another reason"),
}
LONGEST_REASON = 200
# A page that is open asks for pictures again and again, and one is opened more than once during one task.
ONE_LOOK = timedelta(minutes=10)
MOST = 500


@dataclass(frozen=True)
class View:
    """One look. first, last: of several within a few minutes; username, role: None for the person themselves. reason: empty where none was asked."""

    first: datetime
    last: datetime
    action: str
    username: str | None
    role: Role | None
    reason: Words | None
    times: int = 1


def living_in(session: Session, room_id: int | None) -> list[int]:
    """Who is assigned to a room now."""
    if room_id is None:
        return []
    return list(session.scalars(select(Resident.id).where(Resident.room_id == room_id).order_by(Resident.id)))


def wants_reason(session: Session, resident_id: int | None) -> bool:
    """Whether a plan that asks this person says that staff tell why they look at a photo."""
    return read(session, wants_reason_asked(resident_id))


def wants_reason_asked(resident_id: int | None) -> Reading[bool]:
    """The same as a reading."""
    named = PlanResident.plan_id == Plan.id
    asks = or_(~exists().where(named), exists().where(named, PlanResident.resident_id == resident_id))
    wanting = (
        select(Plan.id)
        .join(Resident, Resident.zone_id == Plan.zone_id)
        .where(Resident.id == resident_id, Plan.active, Plan.view_reason, asks)
    )
    return (yield from first(wanting)) is not None


def opened_lately(session: Session, action: Action, resident_id: int, account_id: int, now: datetime) -> bool:
    """Whether the same look of the same account is written down already."""
    return read(session, opened_lately_asked(action, resident_id, account_id, now))


def opened_lately_asked(action: Action, resident_id: int, account_id: int, now: datetime) -> Reading[bool]:
    """The same as a reading."""
    known = select(AuditEntry.id).where(
        AuditEntry.resident_id == resident_id,
        AuditEntry.account_id == account_id,
        AuditEntry.action == action,
        AuditEntry.at > now - ONE_LOOK,
    )
    return (yield from first(known)) is not None


def who_looked(session: Session, resident_id: int, most: int = MOST) -> list[View]:
    """The newest looks, newest first; many of one kind within minutes are one. most: entries of the trail that are read."""
    records = [resident_id, *session.scalars(merged_into(resident_id))]
    shown_in = select(AuditAbout.entry_id).where(AuditAbout.resident_id.in_(records))
    rows = session.execute(
        select(AuditEntry, Account.username, Account.role)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .where(or_(AuditEntry.resident_id.in_(records), AuditEntry.id.in_(shown_in)), AuditEntry.action.in_(VIEWS))
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )
    return collapse(
        [View(entry.at, entry.at, entry.action, username, role, reason_of(entry.details)) for entry, username, role in rows]
    )


def reason_of(details: dict[str, Any]) -> Words | None:
    """Why somebody looked, as the entry has it: a reason of the list, with words or without, or words alone."""
    code, text = details.get("why"), str(details.get("reason", ""))
    if code not in REASONS:
        return words("%(text)s", text=text) if text else None
    if not text:
        return Words(REASONS[code])
    return words(N_("%(why)s: %(text)s"), why=Words(REASONS[code]).dump(), text=text)


def collapse(views: Sequence[View]) -> list[View]:
    """One line for looks at the same thing by the same person for the same reason, each within `ONE_LOOK` of the next.

    views: newest first.
    """
    found: list[View] = []
    newest: dict[tuple[object, ...], int] = {}
    for each in views:
        same = (each.action, each.username, repr(each.reason))
        at = newest.get(same)
        if at is not None and found[at].first - each.first <= ONE_LOOK:
            found[at] = replace(found[at], first=each.first, times=found[at].times + each.times)
        else:
            newest[same] = len(found)
            found.append(each)
    return found
