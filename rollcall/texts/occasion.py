"""The occasion of a message: all that its words depend on, read before and frozen."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.models.people.residents import Resident
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.face_agreement import may_compare
from monitor.words import Words
from rollcall.answers.shared_phone import Member


@dataclass(frozen=True)
class Occasion:
    """One prompt of one check-in.

    state, nonce: of the check-in. shared: several people answer with this phone. members: they, in the order in which a message
    numbers them from 1; empty where its words name nobody, see `names_people`. ward: somebody answers for the resident.
    due: on the zone's wall clock. written_before: it was tried and keeps the words it had, those of text_id, None for the built-in ones.
    told: who knows of somebody in danger, for the reply about that. emergency: the words of such a message, in the person's language.
    """

    zone_id: int
    kind: PromptKind
    channel: str
    state: CheckInState
    nonce: str
    full_name: str
    language: str
    without_smartphone: bool
    without_face: bool
    evidence: EvidenceLevel
    evidence_by_text: EvidenceLevel
    due: str
    shared: bool
    ward: bool
    members: tuple[Member, ...] = ()
    written_before: bool = False
    text_id: int | None = None
    told: Words | None = None
    emergency: str = ""

    @property
    def by_text(self) -> bool:
        """Whether this person answers in words: the page is of no use to them, or the plan asks for no more."""
        return answers_by_text(self.evidence, without_smartphone=self.without_smartphone)


def answers_by_text(evidence: EvidenceLevel, *, without_smartphone: bool) -> bool:
    """Whether somebody of whom a plan asks this evidence answers a text message by another one."""
    return without_smartphone or evidence == EvidenceLevel.CODE_WORD


def names_people(kind: PromptKind, channel: str, *, by_text: bool) -> bool:
    """Whether the words of a prompt to a shared phone number the people who answer with it."""
    if kind in REPLIES:
        return kind is PromptKind.REPLY_TAKEN
    return channel == ChannelName.VOICE or (channel == ChannelName.SMS and by_text)


def occasion_of(
    prompt: Prompt,
    check_in: CheckIn,
    resident: Resident,
    plan: Plan,
    due: str,
    *,
    ward: bool,
    members: tuple[Member, ...] = (),
) -> Occasion:
    """The occasion of a stored prompt, from its rows. due: on the zone's wall clock."""
    return Occasion(
        zone_id=check_in.zone_id,
        kind=prompt.kind,
        channel=prompt.channel,
        state=check_in.state,
        nonce=check_in.nonce,
        full_name=resident.full_name,
        language=resident.language,
        without_smartphone=resident.without_smartphone,
        without_face=not may_compare(resident),
        evidence=plan.evidence,
        evidence_by_text=plan.evidence_by_text,
        due=due,
        shared=check_in.lead_id is not None,
        ward=ward,
        members=members,
    )
