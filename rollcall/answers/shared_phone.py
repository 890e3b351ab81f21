"""The people who answer a round with one phone, as the link in their one message opens them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.folding import sort_key
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.orders import quarantined
from monitor.words import N_
from rollcall.answers.page import LinkExpired
from rollcall.checkins.checkin import AWAITED, CLOSED
from rollcall.checkins.excusing import in_groups
from rollcall.people.guardians import GUARDIAN_NAME, with_guardian
from rollcall.people.links import read_token


@dataclass(frozen=True)
class Member:
    """One of them. check_in_id, nonce: of the own link."""

    check_in_id: int
    nonce: str
    full_name: str
    state: CheckInState
    due_at: datetime | None
    timezone: str
    language: str
    without_smartphone: bool
    guardian: str | None = None
    """Who answers for them."""
    links_withdrawn_at: datetime | None = None
    number: int = 0
    """By which messages to this phone name them, from 1: the same from the round's beginning to its end, whoever is released or renamed."""
    born: int | None = None
    """Year of birth, which with the room tells apart who has the same name."""
    room: str = ""


def open_shared(session: Session, secret: bytes, token: str, now: datetime) -> list[Member]:
    """All who share the phone, in the order of their names; whom no order holds any more is asked nothing.

    Raises LinkForged, LinkWithdrawn, LinkExpired.
    """
    content = read_token(secret, token, shared=True)
    lead = session.execute(
        select(CheckIn.id, CheckIn.nonce, Resident.links_withdrawn_at)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .where(CheckIn.id == content.check_in_id)
    ).first()
    if lead is None:
        raise LinkExpired(
            N_("This link belongs to an earlier roll-call that is no longer kept. Please open the link in your newest message.")
        )
    content.require(lead.nonce, lead.links_withdrawn_at)
    asked = AWAITED + CLOSED
    members = sorted(members_of(session, lead.id), key=lambda each: (sort_key(each.full_name), each.check_in_id))
    ids = [each.check_in_id for each in members if each.state in asked]
    released = set(session.scalars(select(CheckIn.id).where(one_of(CheckIn.id, ids), ~quarantined(now, CheckIn.resident_id))))
    return [
        replace(each, state=CheckInState.EXCUSED, due_at=None) if each.check_in_id in released else each for each in members
    ]


def members_of(session: Session, lead_id: int) -> list[Member]:
    """All who share the phone of this leading check-in, in the order in which a message numbers them from 1."""
    return members_by_lead(session, [lead_id]).get(lead_id, [])


def members_by_lead(session: Session, lead_ids: Collection[int]) -> dict[int, list[Member]]:
    """The same for several phones, by their leading check-ins."""
    if not lead_ids:
        return {}
    statement = (
        select(CheckIn, Resident, Zone.timezone, Room.name.label("room"), GUARDIAN_NAME.label("guardian"))
        .join(Resident, Resident.id == CheckIn.resident_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(in_groups(lead_ids))
        # Not by name: a name that staff put right would give the others another number than their message did.
        .order_by(CheckIn.id)
        # States change under the hands of who reads this again.
        .execution_options(populate_existing=True)
    )
    members: dict[int, list[Member]] = defaultdict(list)
    for check_in, resident, timezone, room, guardian in session.execute(with_guardian(statement)):
        group = members[check_in.lead_id or check_in.id]
        group.append(
            Member(
                check_in_id=check_in.id,
                nonce=check_in.nonce,
                full_name=resident.full_name,
                state=check_in.state,
                due_at=check_in.due_at,
                timezone=timezone,
                language=resident.language,
                without_smartphone=resident.without_smartphone,
                guardian=guardian,
                number=len(group) + 1,
                born=resident.birth_date.year if resident.birth_date else None,
                room=room or "",
                links_withdrawn_at=resident.links_withdrawn_at,
            )
        )
    return members
