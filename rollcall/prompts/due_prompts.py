"""Reads prompts that are due, each frozen with all that it takes to judge and to write it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.database.many_rows import one_of
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind
from monitor.models.rollcalls.quiet import EmergencyMessage
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.models.sealed_columns import Unreadable
from monitor.people.face_agreement import agreed
from monitor.people.telephone_numbers import Line, line_of
from monitor.places.quiet_floor import Span, in_force
from monitor.timekeeping.keeping import moments_in_doubt
from monitor.words import Words
from rollcall.answers.shared_phone import members_by_lead
from rollcall.followup.who_was_told import told_words
from rollcall.people.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.people.text_stops import stopped_among
from rollcall.plans.ladder import BY_TELEPHONE
from rollcall.prompts.may_leave import Candidate
from rollcall.rounds.ladder_steps import awaits_anybody
from rollcall.rounds.opening import quiet_of
from rollcall.texts.occasion import Occasion, answers_by_text, names_people

log = logging.getLogger(__name__)
Table = TypeVar("Table", Plan, Zone)


@dataclass(frozen=True)
class DuePrompt:
    """A prompt that is due. reference: its idempotency key; attempt: which one this is, from 1; window: time to answer.

    links_withdrawn_at: of whom it is to. left_before: when it may have left already, by the hands of a worker that died.
    """

    id: int
    check_in_id: int
    reference: str
    attempt: int
    window: timedelta
    links_withdrawn_at: datetime | None
    left_before: datetime | None
    candidate: Candidate
    occasion: Occasion


def read_due_prompts(session: Session, ids: Sequence[int], channels: Collection[str], now: datetime) -> list[DuePrompt]:
    """These prompts, in the order in which they were made, without those that cannot be read. channels: those that are set up."""
    rows = _rows(session, ids)
    plans = {plan.id: plan for plan in _each_once(session, Plan, {row.plan_id for row in rows})}
    zones = {zone.id: zone for zone in _each_once(session, Zone, {row.zone_id for row in rows})}
    addresses = {
        row.id: _address(row.address, row.contact, _telephone(row.kind, row.channel, row.number, row.household)) for row in rows
    }
    named = {
        row.lead_id
        for row in rows
        if row.lead_id is not None
        and names_people(
            row.kind,
            row.channel,
            by_text=answers_by_text(plans[row.plan_id].evidence, without_smartphone=row.without_smartphone),
        )
    }
    known = _Known(
        plans,
        zones,
        addresses,
        stopped_among(session, set(addresses.values())),
        members_by_lead(session, named),
        channels,
        moments_in_doubt(session, now),
        in_force(session, now),
        _emergencies(session, {row.emergency_id for row in rows} - {0}),
    )
    due = []
    for row in rows:
        try:
            told = told_words(session, row.resident_id, now) if row.kind is PromptKind.REPLY_DANGER else None
            due.append(known.frozen(row, told, now))
        except SQLAlchemyError:
            raise
        except Exception:
            # A plan or a zone that was spoilt by hand, for example: the messages of the others leave.
            log.exception("message %s cannot be read", row.id)
    return due


@dataclass(frozen=True)
class _Known:
    """What several prompts have in common, read once. addresses: by prompt; members: by the check-in that stands for them."""

    plans: Mapping[int, Plan]
    zones: Mapping[int, Zone]
    addresses: Mapping[int, str]
    stopped_numbers: Collection[str]
    members: Mapping[int, Sequence[Any]]
    channels: Collection[str]
    also: tuple[datetime, ...]
    province: Span
    emergencies: Mapping[tuple[int, str], str]

    def frozen(self, row: Row[*tuple[Any, ...]], told: Words | None, now: datetime) -> DuePrompt:
        """One of them. Raises whatever a row raises that cannot be read."""
        return DuePrompt(
            id=row.id,
            check_in_id=row.check_in_id,
            reference=row.reference,
            attempt=row.attempts + 1,
            window=timedelta(minutes=self.plans[row.plan_id].window_minutes),
            links_withdrawn_at=row.links_withdrawn_at,
            left_before=row.handed_at,
            candidate=self._candidate(row),
            occasion=self._occasion(row, told, now),
        )

    def _candidate(self, row: Row[*tuple[Any, ...]]) -> Candidate:
        address = self.addresses[row.id]
        return Candidate(
            resident_id=row.resident_id,
            kind=row.kind,
            channel=row.channel,
            created_at=row.created_at,
            awaited=bool(row.awaited),
            quiet=quiet_of(self.plans[row.plan_id], self.zones[row.zone_id], self.province),
            channel_set_up=row.channel in self.channels,
            address=address,
            texts_stopped=row.channel == ChannelName.SMS and address in self.stopped_numbers,
            fixed_line=row.channel == ChannelName.SMS and line_of(address) is Line.CALLED_ONLY,
            unreadable=isinstance(address, Unreadable),
            also=self.also,
        )

    def _occasion(self, row: Row[*tuple[Any, ...]], told: Words | None, now: datetime) -> Occasion:
        plan = self.plans[row.plan_id]
        return Occasion(
            zone_id=row.zone_id,
            kind=row.kind,
            channel=row.channel,
            state=row.state,
            nonce=row.nonce,
            full_name=row.full_name,
            language=row.language,
            without_smartphone=row.without_smartphone,
            without_face=row.without_face,
            evidence=plan.evidence,
            evidence_by_text=plan.evidence_by_text,
            due=local_clock(row.due_at or now, self.zones[row.zone_id].timezone),
            shared=row.lead_id is not None,
            ward=row.guardian is not None,
            members=tuple(self.members.get(row.lead_id, ())),
            written_before=row.attempts > 0 and row.parts is not None,
            text_id=row.text_id,
            emergency=self.emergencies.get((row.emergency_id, row.language), ""),
            told=told,
        )


def _rows(session: Session, ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    # A guardian who is a resident too is reached where they are; others at what was written down for whom they answer.
    contact = (
        select(ContactAddress.address)
        .where(
            or_(ContactAddress.resident_id == Prompt.resident_id, ContactAddress.resident_id == Guardian.kin_id),
            ContactAddress.channel == Prompt.channel,
        )
        .order_by(ContactAddress.resident_id == Prompt.resident_id, ContactAddress.id.desc())
        .limit(1)
        .correlate(Prompt, Guardian)
        .scalar_subquery()
    )
    statement = (
        select(
            Prompt.id,
            Prompt.check_in_id,
            Prompt.resident_id,
            Prompt.zone_id,
            Prompt.kind,
            Prompt.channel,
            Prompt.reference,
            Prompt.created_at,
            Prompt.attempts,
            Prompt.parts,
            Prompt.text_id,
            Prompt.emergency_id,
            Prompt.address,
            Prompt.handed_at,
            CheckIn.state,
            CheckIn.due_at,
            CheckIn.nonce,
            CheckIn.lead_id,
            Resident.full_name,
            Resident.language,
            Resident.without_smartphone,
            (~agreed()).label("without_face"),
            Resident.links_withdrawn_at,
            RollCall.plan_id,
            awaits_anybody().label("awaited"),
            contact.label("contact"),
            NUMBER.label("number"),
            Household.phone.label("household"),
            GUARDIAN_NAME.label("guardian"),
        )
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(Resident, Resident.id == Prompt.resident_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(one_of(Prompt.id, ids))
        .order_by(Prompt.id)
    )
    return session.execute(with_guardian(statement)).all()


def _emergencies(session: Session, ids: Collection[int]) -> dict[tuple[int, str], str]:
    """The words of messages in an emergency, by message and language; those in Vietnamese where nobody wrote others."""
    found = {}
    for row in session.scalars(select(EmergencyMessage).where(one_of(EmergencyMessage.id, ids))) if ids else ():
        found[row.id, "vi"], found[row.id, "en"] = row.text_vi, row.text_en or row.text_vi
    return found


def _each_once(session: Session, table: type[Table], ids: Collection[int]) -> Sequence[Table]:
    """Plans or zones: joined, thousands of rows would bring the same ones along."""
    return session.scalars(select(table).where(one_of(table.id, ids))).all()


def _address(*known: str | None) -> str:
    """The first that is known. One that is damaged is not passed over: what stands behind it may be somebody else's."""
    for each in known:
        if each or isinstance(each, Unreadable):
            return each
    return ""


def _telephone(kind: PromptKind, channel: str, number: str, household: str | None) -> str:
    """The number of text messages and calls; other channels know addresses of their own only."""
    if channel not in BY_TELEPHONE:
        return ""
    return (household if household is not None else "") if kind is PromptKind.HOUSEHOLD else number
