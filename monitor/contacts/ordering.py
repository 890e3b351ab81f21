"""From a contact to an order: what the order's form is filled in with, for a person to check; and that it was made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.contacts.cases import clock_of
from monitor.contacts.deciding import contact_of, tier_of
from monitor.contacts.exposing import isolated
from monitor.contacts.rules import Tier, rule_of
from monitor.database.statements import changed
from monitor.models.contacts.contacts import CaseContact, ContactState, ContactTask, Exposure, TaskKind, TaskOutcome
from monitor.models.people.residents import QuarantineOrder
from monitor.problems import NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Translate


def filled_in(
    tier: Tier | None, exposure: Exposure | None, degree: int, now: datetime, zone: ZoneInfo, language: str, say: Translate
) -> Mapping[str, str]:
    """Fields of the form for an order, by their names; empty where the rule wants none. Who orders it is never filled in. Pure.

    The last day is counted from the last meeting by the rule of its day.
    """
    if tier is None or exposure is None or not tier.order_days:
        return {}
    rule = rule_of(exposure.rule)
    last = exposure.possible_to.astimezone(zone).date()
    reason = say(N_("Contact (F%(degree)s) of an infected person, last on %(day)s"))
    return {
        "starts_at": f"{now.astimezone(zone):%Y-%m-%dT%H:%M}",
        "ends_at": (last + timedelta(days=tier.order_days)).isoformat(),
        "reason": reason % {"degree": degree, "day": f"{last:%d/%m/%Y}"},
        "legal_basis": f"{rule.source}: {tier.name.get(language, tier.name['vi'])}"[:300],
    }


def form_for(
    session: Session, contact_id: int, resident_id: int, now: datetime, language: str, say: Translate
) -> Mapping[str, str]:
    """The same for a contact. Raises NotFound where it is not this person's, or not released."""
    contact, case = contact_of(session, contact_id)
    if contact.resident_id != resident_id or contact.state is not ContactState.RELEASED:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    tier, exposure = tier_of(session, contact)
    return filled_in(tier, exposure, contact.degree, now, clock_of(session, case.zone_id), language, say)


def note_order(session: Session, contact_id: int, order: QuarantineOrder, account_id: int, now: datetime) -> None:
    """The order for a contact was made: its task is done, and whom they meet from then on is no contact of theirs."""
    contact, case = contact_of(session, contact_id)
    if contact.resident_id != order.resident_id:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    changed(session, update(CaseContact).where(CaseContact.id == contact_id).values(order_id=order.id))
    waiting = (
        ContactTask.contact_id == contact_id,
        ContactTask.kind == TaskKind.ORDER,
        ContactTask.done_at.is_(None),
    )
    done = {"done_at": now, "done_by": account_id, "outcome": TaskOutcome.DONE}
    changed(session, update(ContactTask).where(*waiting).values(**done))
    if contact.isolated_at is None or order.starts_at < contact.isolated_at:
        isolated(session, case, contact_id, order.starts_at)
    audit.note(
        session,
        Action.CONTACT_TASK_DONE,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=order.resident_id,
        case=case.id,
        contact=contact_id,
        kind=TaskKind.ORDER.value,
        order_id=order.id,
    )
