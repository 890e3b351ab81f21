"""The people who answer a round with one phone, as the link in their one message opens them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models import CheckIn, CheckInState, Resident, Zone
from monitor.words import N_
from rollcall.guardians import GUARDIAN_NAME, with_guardian
from rollcall.links import LinkForged, read_household_token
from rollcall.opening import LinkExpired


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


def open_shared(session: Session, secret: bytes, token: str) -> list[Member]:
    """All who share the phone, in the order of their names. Raises LinkForged, LinkExpired."""
    content = read_household_token(secret, token)
    lead = session.get(CheckIn, content.check_in_id)
    if lead is None:
        raise LinkExpired(N_("This link is from an earlier roll-call that is no longer kept."))
    if lead.nonce != content.nonce:
        raise LinkForged(N_("This link is not complete or not ours. Please open it again from the message, or call 1022."))
    return members_of(session, lead.id)


def members_of(session: Session, lead_id: int) -> list[Member]:
    """All who share the phone of this leading check-in, in the order in which a message numbers them from 1."""
    statement = (
        select(CheckIn, Resident.full_name, Resident.language, Resident.without_smartphone, Zone.timezone, GUARDIAN_NAME)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .where((CheckIn.lead_id == lead_id) | (CheckIn.id == lead_id))
        .order_by(Resident.full_name, CheckIn.id)
        # States change under the hands of who reads this again.
        .execution_options(populate_existing=True)
    )
    return [
        Member(each.id, each.nonce, name, each.state, each.due_at, timezone, language, without, guardian)
        for each, name, language, without, timezone, guardian in session.execute(with_guardian(statement))
    ]
