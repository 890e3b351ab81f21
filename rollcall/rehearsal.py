"""What a plan would do in its next round: who would get what, when, over which channel. Nothing is written and nothing is sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.bulk import one_of
from monitor.models import ContactAddress, Exemption, FaceTemplate, Guardian, Household, Prompt, PromptState, Resident
from monitor.models.rollcalls import EvidenceLevel
from monitor.words import N_, Words, words
from rollcall.climbing import rungs_of
from rollcall.drafts import Draft
from rollcall.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.ladder import BY_TELEPHONE, first_channel
from rollcall.leaving import away
from rollcall.rounds import asked_people

SHOWN = 300
WITH_FACE = (EvidenceLevel.FACE, EvidenceLevel.FACE_AND_LIVENESS)


@dataclass(frozen=True)
class Rehearsed:
    """One person in it. address: the phone, or which kind of address; empty where there is none. with_: whose message it is."""

    resident_id: int
    full_name: str
    language: str
    channel: str
    address: str
    with_: str | None
    remarks: tuple[Words, ...]


@dataclass(frozen=True)
class Rehearsal:
    """A whole round. people: the first SHOWN of them; messages: how many leave at its opening; steps: (minutes, kind, channel)."""

    at: datetime
    asked: int
    not_yet: int
    messages: int
    excused: int
    without_address: int
    held: int
    without_photo: int
    steps: tuple[tuple[float, str, str], ...]
    people: tuple[Rehearsed, ...]


def rehearse(
    session: Session,
    zone_id: int,
    draft: Draft,
    named: Collection[int] | None,
    at: datetime,
    *,
    available: Collection[str],
    budget: int,
) -> Rehearsal:
    """Lay out the round that would open at `at`, from what is known now. named: None for the whole zone; budget: messages a day."""
    everybody = asked_people(session, zone_id, named, draft.seed, 100, at)
    asked = asked_people(session, zone_id, named, draft.seed, draft.share_percent, at)
    with_number = select(Resident, NUMBER.label("number"), GUARDIAN_NAME.label("guardian"), Guardian.kin_id).outerjoin(
        Household, Household.id == Resident.household_id
    )
    rows = session.execute(
        with_guardian(with_number).where(one_of(Resident.id, asked)).order_by(Resident.full_name, Resident.id)
    ).all()
    exempt = {
        row.resident_id: row.reason
        for row in session.execute(
            select(Exemption.resident_id, Exemption.reason).where(
                one_of(Exemption.resident_id, asked), Exemption.starts_at <= at, Exemption.ends_at > at
            )
        )
    }
    addresses: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(
        select(ContactAddress.resident_id, ContactAddress.channel).where(
            one_of(ContactAddress.resident_id, [*asked, *(row.kin_id for row in rows if row.kin_id)])
        )
    ):
        addresses[row.resident_id].add(row.channel)
    sent = Counter(_sent_lately(session, asked, at))
    enrolled = set(session.scalars(select(FaceTemplate.resident_id).where(one_of(FaceTemplate.resident_id, asked)).distinct()))
    # Nothing is missing of who does not agree to face matching.
    enrolled |= set(session.scalars(select(Resident.id).where(one_of(Resident.id, asked), Resident.refuses_faces)))
    channel = first_channel(draft.channels, available or None)
    leads: dict[str, Resident] = {}
    people, messages, without, held = [], 0, 0, 0
    for resident, phone, guardian, kin_id in rows:
        there = addresses[resident.id] | addresses[kin_id]
        said: list[Words] = []
        lead = None
        if resident.id in exempt:
            said.append(away(exempt[resident.id]))
        else:
            lead = leads.setdefault(phone, resident) if phone else resident
            reached = _address(channel, phone, there)
            if not reached:
                without += 1
                said.append(
                    words(N_("No address for this channel: the next one follows, and in the end staff are asked to call."))
                )
            elif lead is resident:
                messages += 1
                if sent[resident.id] >= budget:
                    held += 1
                    said.append(words(N_("The daily number of messages is used up; this one would wait or not be sent.")))
            if guardian is not None:
                said.append(words(N_("%(name)s answers for them."), name=guardian))
            if draft.evidence in WITH_FACE and resident.id not in enrolled:
                said.append(words(N_("No enrolled photo: a person would look at the answer.")))
        people.append(
            Rehearsed(
                resident.id,
                resident.full_name,
                resident.language,
                channel,
                _address(channel, phone, there),
                lead.full_name if lead is not None and lead is not resident else None,
                tuple(said),
            )
        )
    steps = rungs_of([list(each) for each in draft.channels], [list(each) for each in draft.ladder], draft.window_minutes)
    return Rehearsal(
        at=at,
        asked=len(asked),
        not_yet=len(everybody) - len(asked),
        messages=messages,
        excused=len(exempt),
        without_address=without,
        held=held,
        without_photo=len(set(asked) - enrolled) if draft.evidence in WITH_FACE else 0,
        steps=tuple((each.after / timedelta(minutes=1), each.kind.value, each.channel) for each in steps),
        people=tuple(people[:SHOWN]),
    )


def _address(channel: str, phone: str, addresses: Collection[str]) -> str:
    if channel in BY_TELEPHONE:
        return phone
    return channel if channel in addresses else ""


def _sent_lately(session: Session, people: Sequence[int], at: datetime) -> dict[int, int]:
    rows = session.execute(
        select(Prompt.resident_id, func.count().label("messages"))
        .where(
            one_of(Prompt.resident_id, people),
            Prompt.created_at > at - timedelta(hours=24),
            Prompt.state.in_((PromptState.SENT, PromptState.DELIVERED, PromptState.UNCERTAIN)),
        )
        .group_by(Prompt.resident_id)
    )
    return {row.resident_id: row.messages for row in rows}
