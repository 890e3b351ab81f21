"""Who answers with a telephone number, or is meant by a call, and whether an answer of theirs is awaited: a number is not a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Household, QuarantineOrder, Resident
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.people.face_agreement import may_compare
from monitor.people.orders import quarantined
from monitor.people.telephone_numbers import spellings
from rollcall.answers.shared_phone import members_of
from rollcall.checkins.checkin import AWAITED
from rollcall.people.guardians import wards_at
from rollcall.verdicts.verdict import enough

NEWEST = timedelta(days=1)
"""An answer is to a round that opened within this time before it."""
_UNTIL: ScalarSelect[Any] = (
    select(func.max(func.coalesce(QuarantineOrder.ended_at, QuarantineOrder.ends_at, type_=QuarantineOrder.ends_at.type)))
    .where(QuarantineOrder.resident_id == Resident.id)
    .correlate(Resident)
    .scalar_subquery()
)
TO_THE_SECOND = timedelta(seconds=1)
"""Gateways leave out what is less: in the second in which a round opened somebody may have answered it."""
CLOCKS_DIFFER = timedelta(minutes=1)
"""So much a gateway's clock may be behind ours: an answer is not taken for older than the message because of that."""


@dataclass(frozen=True)
class PhoneUser:
    """Somebody who answers with a number. check_in_id: of the newest round within a day, None without one; held: whether an order holds
    them; awaited: whether that round waits for their answer, and an order holds them; nonce: of the code word; number: by which the
    message that was sent names them, 0 where it names nobody; until: when their last order ends or ended.
    """

    resident_id: int
    zone_id: int
    full_name: str
    check_in_id: int | None
    lead_id: int | None
    held: bool
    awaited: bool
    nonce: str
    wanted: EvidenceLevel | None
    until: datetime | None
    number: int = 0


def meant(users: Sequence[PhoneUser], numbers: Sequence[int] = ()) -> list[PhoneUser]:
    """Whom a text of these users is about: those whom it numbers, as their message did; without numbers all of them under an order.

    A number means nothing where a message named nobody, and one person alone may be meant. Where only released people have the
    telephone, it is about who was released last: then staff of that zone hear of it.
    """
    if numbers and any(each.number for each in users):
        return [each for each in users if each.number in numbers]
    return [each for each in users if each.held] or list(users[:1])


def are_numbered(users: Sequence[PhoneUser], numbers: Collection[int]) -> bool:
    """Whether it is known whom these numbers mean."""
    numbered = {each.number for each in users if each.number}
    return set(numbers) <= numbered if numbered else not numbers or len(meant(users)) == 1


def users_of(session: Session, number: str, said_at: datetime, now: datetime) -> list[PhoneUser]:
    """Who answers with a number: those who are awaited first, then others under an order, in the order in which their message numbers them.

    Released people are among them only where their message numbers them, or where nobody under an order has the number. said_at: a text
    answers no round that opened after it was written, and none whose message was sent after it. Somebody with a number of their own is
    among the people of their household's number only where that was asked for them.
    """
    numbers = spellings(number)
    if not numbers:
        return []
    newest = (
        select(func.max(CheckIn.id))
        .where(
            CheckIn.resident_id == Resident.id,
            CheckIn.opened_at > said_at - NEWEST,
            CheckIn.opened_at < said_at + TO_THE_SECOND,
        )
        .where(or_(_first_sent().is_(None), ~_first_sent().between(said_at + CLOCKS_DIFFER, now)))
        .correlate(Resident)
        .scalar_subquery()
    )
    asked_for = (
        select(Prompt.id)
        .where(Prompt.check_in_id == CheckIn.id, Prompt.kind == PromptKind.HOUSEHOLD)
        .correlate(CheckIn)
        .exists()
    )
    answered_for = (
        select(Guardian.id).where(Guardian.resident_id == Resident.id, Guardian.ended_at.is_(None)).correlate(Resident).exists()
    )
    # Somebody with a guardian is asked over the guardian's number, not over the household's.
    of_household = Household.phone.in_(numbers) & (((Resident.phone == "") & ~answered_for) | asked_for)
    wards = wards_at(session, number)
    found = _users(session, now, CheckIn.id == newest, or_(Resident.phone.in_(numbers), of_household, Resident.id.in_(wards)))
    return _in_order(_numbered(session, found, said_at))


def _first_sent() -> ScalarSelect[Any]:
    """When the first message of a CheckIn was sent that asks something; of one of several people with one phone, to their phone."""
    stands_for = func.coalesce(CheckIn.lead_id, CheckIn.id)
    return (
        select(func.min(Prompt.sent_at))
        .where(Prompt.check_in_id == stands_for, Prompt.kind.not_in(REPLIES), Prompt.sent_at.is_not(None))
        .correlate(CheckIn)
        .scalar_subquery()
    )


def users_called(session: Session, check_in_id: int, now: datetime) -> list[PhoneUser]:
    """Whom a call for this check-in is for: its resident, or all who answer with the phone."""
    which = or_(CheckIn.id == check_in_id, CheckIn.lead_id == check_in_id)
    return _in_order(_users(session, now, CheckIn.resident_id == Resident.id, which))


def _users(session: Session, now: datetime, newest: ColumnElement[bool], which: ColumnElement[bool]) -> list[PhoneUser]:
    rows = session.execute(
        select(Resident, CheckIn, Plan, quarantined(now).label("held"), _UNTIL.label("until"))
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(CheckIn, newest)
        .outerjoin(RollCall, RollCall.id == CheckIn.roll_call_id)
        .outerjoin(Plan, Plan.id == RollCall.plan_id)
        .where(which)
        .order_by(Resident.sort_key, Resident.id)
    ).all()
    nonces = {row.CheckIn.id: row.CheckIn.nonce for row in rows if row.CheckIn}
    found: dict[int, PhoneUser] = {}
    for resident, check_in, plan, held, until in rows:
        wanted = None
        if plan:
            wanted = enough(
                plan.evidence,
                plan.evidence_by_text,
                without_smartphone=resident.without_smartphone,
                without_face=not may_compare(resident),
            )
        found[check_in.id if check_in else -resident.id] = PhoneUser(
            resident.id,
            resident.zone_id,
            resident.full_name,
            check_in.id if check_in else None,
            check_in.lead_id if check_in else None,
            bool(held),
            bool(check_in and held and check_in.state in AWAITED),
            nonces.get(check_in.lead_id or check_in.id, check_in.nonce) if check_in else "",
            wanted,
            until,
        )
    return list(found.values())


def _numbered(session: Session, users: Sequence[PhoneUser], said_at: datetime) -> list[PhoneUser]:
    """With the numbers of the message that they have last been sent before somebody wrote."""
    held = any(each.held for each in users)
    # A message to people of whom none is under an order any more numbers nobody who is.
    leads = {each.lead_id for each in users if each.lead_id is not None and (each.held or not held)}
    if len(leads) > 1:
        asked = {each.lead_id for each in users if each.lead_id is not None and each.lead_id in leads and each.awaited} or leads
        sent = select(Prompt.check_in_id, func.max(Prompt.sent_at)).where(
            Prompt.sent_at <= said_at, Prompt.kind.not_in(REPLIES)
        )
        rows = session.execute(sent.where(Prompt.check_in_id.in_(asked)).group_by(Prompt.check_in_id)).all()
        # Nothing was sent: the round that opened last.
        leads = {max(rows, key=lambda row: (row[1], row[0]))[0] if rows else max(asked)}
    members = {each.check_in_id: each.number for lead in leads for each in members_of(session, lead)}
    return [replace(each, number=members.get(each.check_in_id or 0, 0)) for each in users]


def _in_order(users: Sequence[PhoneUser]) -> list[PhoneUser]:
    """A stable order; without released people whom nobody means."""
    held = any(each.held for each in users)
    kept = [each for each in users if each.held or each.number or not held]
    kept.sort(key=lambda each: (not each.awaited, not each.held, each.number or len(users) + 1))
    # Of released people the last one: their zone's staff know who may write.
    return kept if held else sorted(kept, key=lambda each: each.until.timestamp() if each.until else 0.0, reverse=True)
