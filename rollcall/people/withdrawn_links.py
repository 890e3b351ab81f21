"""Withdraws links: whatever a lost phone still shows, or a number that changed hands, opens nothing any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, union, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.rounds import CheckIn


def withdraw_links(session: Session, resident_id: int, now: datetime) -> list[Resident]:
    """Withdraw all links that a resident's phone may hold, in the caller's write transaction; returns whose links those were.

    They are their own, those of everybody who answered with the same phone, and those of whom they answer for: one message opened all of
    them. Browsers that took notifications get none any more, for the next one would bring a new link. The next message to each of these
    people holds a new link.
    """
    phones = select(CheckIn.lead_id).where(CheckIn.resident_id == resident_id, CheckIn.lead_id.is_not(None))
    with_them = union(
        select(CheckIn.resident_id).where(CheckIn.lead_id.in_(phones)),
        select(Guardian.resident_id).where(Guardian.kin_id == resident_id, Guardian.ended_at.is_(None)),
    )
    whose = sorted({resident_id, *session.scalars(with_them)})
    changed(session, update(Resident).where(Resident.id.in_(whose)).values(links_withdrawn_at=now))
    changed(
        session,
        delete(ContactAddress).where(ContactAddress.resident_id.in_(whose), ContactAddress.channel == ChannelName.PUSH),
    )
    return list(
        session.scalars(
            select(Resident).where(Resident.id.in_(whose)).order_by(Resident.id).execution_options(populate_existing=True)
        )
    )
