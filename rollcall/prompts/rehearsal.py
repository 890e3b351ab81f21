"""What a plan would do in its next round: who would get what, when, over which channel. Nothing is written and nothing is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.database.many_rows import one_of
from monitor.database.together import asked, at_once, read
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import FaceTemplate
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Exemption, Household, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptKind
from monitor.models.rollcalls.rounds import CheckInState
from monitor.people.face_agreement import agreed
from monitor.words import N_, Words, words
from rollcall.answers.shared_phone import Member
from rollcall.checkins.excusing import away
from rollcall.people.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.plans.ladder import BY_TELEPHONE, first_channel
from rollcall.plans.schedule import chosen
from rollcall.plans.typed_plan import Draft
from rollcall.prompts.budget import messages_used
from rollcall.rounds.ladder_steps import rungs_of
from rollcall.rounds.opening import asked_people
from rollcall.texts.lengths import link_at
from rollcall.texts.occasion import Occasion, answers_by_text, names_people
from rollcall.texts.style import Style
from rollcall.texts.writing import Wording, Written
from rollcall.verdicts.without_face import FACES

SHOWN = 100
# Nobody is called so: what is written for them has no name of anybody.
_NOBODY = "\N{WHITE SQUARE}"


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
    """A whole round. people: the first SHOWN of them; messages: how many leave at its opening; steps: (minutes, kind, channel).

    parts, cost: of those messages, from the words that they would have; parts: of text messages alone, cost: in đồng.
    """

    at: datetime
    asked: int
    not_yet: int
    messages: int
    parts: int
    cost: int
    excused: int
    without_address: int
    held: int
    without_photo: int
    steps: tuple[tuple[float, str, str], ...]
    people: tuple[Rehearsed, ...]


@dataclass(frozen=True)
class _Person:
    """What is known of somebody whom the round would ask.

    number: where they are reached by telephone, empty where there is none; channels: those on which they have another address.
    exemption: why they are away; used: messages that they had within the budget's window; photo_lacks: none to compare with, though
    they agree to it.
    """

    resident_id: int
    full_name: str
    language: str
    without_smartphone: bool
    without_face: bool
    number: str
    channels: frozenset[str]
    guardian: str | None
    exemption: str | None
    used: int
    photo_lacks: bool

    def address(self, channel: str) -> str:
        """The phone, or which kind of address; empty where there is none."""
        if channel in BY_TELEPHONE:
            return self.number
        return channel if channel in self.channels else ""


class _Alike(NamedTuple):
    """What of a message differs from person to person but for the name: parts of an `Occasion`."""

    language: str
    without_smartphone: bool
    without_face: bool
    shared: bool
    ward: bool
    members: tuple[Member, ...]


def rehearse(
    session: Session,
    zone_id: int,
    draft: Draft,
    named: Collection[int] | None,
    at: datetime,
    *,
    available: Collection[str],
    budget: int,
    style: Style,
    address: str,
) -> Rehearsal:
    """Lay out the round that would open at `at`, from what is known now. named: None for the whole zone; budget: messages a day.

    style, address: as messages are written, and where their links lead.
    """
    everybody = asked_people(session, zone_id, named, draft.seed, 100, at)
    now_asked = [each for each in everybody if chosen(draft.seed, each, draft.share_percent)]
    people = _gather(session, now_asked, at)
    channel = first_channel(draft.channels, available or None)
    reached = [person for person in people if person.exemption is None]
    leads = _leads(reached)
    # Who shares a phone is told in the message of the one who leads.
    told_by = {person.resident_id: leads.get(person.number, person) for person in reached}
    leaving = [person for person in reached if told_by[person.resident_id] is person and person.address(channel)]
    held = {person.resident_id for person in leaving if person.used >= budget}
    with_face = draft.evidence in FACES
    sharing: dict[int, list[_Person]] = defaultdict(list)
    for person in reached:
        sharing[told_by[person.resident_id].resident_id].append(person)
    phones = {lead.resident_id: sharing[lead.resident_id] for lead in leaving}
    due = at + timedelta(minutes=draft.window_minutes)
    written = _written(session, zone_id, draft, phones, channel, due, style, address)

    def rehearsed(person: _Person) -> Rehearsed:
        lead = told_by.get(person.resident_id, person)
        return Rehearsed(
            person.resident_id,
            person.full_name,
            person.language,
            channel,
            person.address(channel),
            lead.full_name if lead is not person else None,
            _remarks(person, person.address(channel), held=person.resident_id in held, with_face=with_face),
        )

    return Rehearsal(
        at=at,
        asked=len(now_asked),
        not_yet=len(everybody) - len(now_asked),
        messages=len(leaving),
        parts=sum(message.parts for message in written) if channel == ChannelName.SMS else 0,
        cost=sum(message.cost for message in written),
        excused=len(people) - len(reached),
        without_address=sum(not person.address(channel) for person in reached),
        held=len(held),
        without_photo=sum(person.photo_lacks for person in people) if with_face else 0,
        steps=tuple(
            (rung.after / timedelta(minutes=1), rung.kind.value, rung.channel)
            for rung in rungs_of(draft.channels, draft.ladder, draft.window_minutes)
        ),
        people=tuple(rehearsed(person) for person in people[:SHOWN]),
    )


def _gather(session: Session, residents: Collection[int], at: datetime) -> list[_Person]:
    """In the order of their names."""
    statement = (
        select(
            Resident.id,
            Resident.full_name,
            Resident.language,
            (~agreed()).label("without_face"),
            Resident.without_smartphone,
            NUMBER.label("number"),
            GUARDIAN_NAME.label("guardian"),
            Guardian.kin_id,
            exists().where(FaceTemplate.resident_id == Resident.id).label("enrolled"),
        )
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(one_of(Resident.id, residents))
        .order_by(Resident.sort_key, Resident.id)
    )
    rows = session.execute(with_guardian(statement)).all()
    kin = {row.kin_id for row in rows} - {None}
    away_now = (Exemption.starts_at <= at, Exemption.ends_at > at)
    absences, contacts = read(
        session,
        at_once(
            asked(select(Exemption.resident_id, Exemption.reason).where(one_of(Exemption.resident_id, residents), *away_now)),
            asked(
                select(ContactAddress.resident_id, ContactAddress.channel).where(
                    one_of(ContactAddress.resident_id, [*residents, *kin])
                )
            ),
        ),
    )
    exemptions = {row.resident_id: row.reason for row in absences}
    channels: dict[int, set[str]] = defaultdict(set)
    for contact in contacts:
        channels[contact.resident_id].add(contact.channel)
    used = messages_used(session, residents, at)
    # By place and not by name: of thousands of rows that is a quarter of the time.
    return [
        _Person(
            resident_id=resident_id,
            full_name=full_name,
            language=language,
            without_smartphone=without_smartphone,
            without_face=without_face,
            number=number,
            channels=frozenset(channels[resident_id] | channels[kin_id]) if channels else frozenset(),
            guardian=guardian,
            exemption=exemptions.get(resident_id),
            used=used[resident_id],
            photo_lacks=not enrolled and not without_face,
        )
        for resident_id, full_name, language, without_face, without_smartphone, number, guardian, kin_id, enrolled in rows
    ]


def _written(
    session: Session,
    zone_id: int,
    draft: Draft,
    phones: Mapping[int, Sequence[_Person]],
    channel: str,
    due: datetime,
    style: Style,
    address: str,
) -> list[Written]:
    """The first messages as they would leave, each with a link as long as a real one. phones: who is told in whose message.

    Most of thousands are the same but for whom they go to, and are written once.
    """
    timezone = session.get_one(Zone, zone_id).timezone
    wording, link = Wording(session, {zone_id}, style), link_at(address)

    def write(alike: _Alike, full_name: str, number: str) -> Written:
        occasion = Occasion(
            zone_id=zone_id,
            kind=PromptKind.FIRST,
            channel=channel,
            state=CheckInState.SCHEDULED,
            nonce="",
            full_name=full_name,
            evidence=draft.evidence,
            evidence_by_text=draft.evidence_by_text,
            due=local_clock(due, timezone),
            **alike._asdict(),
        )
        return wording.write(occasion, number, "", link)

    written: list[Written] = []
    nobodys: dict[_Alike, Written | None] = {}
    for lead_id, people in phones.items():
        lead = next(person for person in people if person.resident_id == lead_id)
        by_text = answers_by_text(draft.evidence, without_smartphone=lead.without_smartphone)
        named = len(people) > 1 and names_people(PromptKind.FIRST, channel, by_text=by_text)
        members = (
            Member(0, "", each.full_name, CheckInState.SCHEDULED, due, timezone, each.language, each.without_smartphone)
            for each in people
        )
        alike = _Alike(
            language=lead.language,
            without_smartphone=lead.without_smartphone,
            without_face=lead.without_face,
            shared=len(people) > 1,
            ward=lead.guardian is not None,
            members=tuple(members) if named else (),
        )
        if alike not in nobodys:
            theirs, nobody = write(alike, lead.full_name, ""), write(alike, _NOBODY, "")
            nobodys[alike] = nobody if theirs.message.text == nobody.message.text else None
        written.append(nobodys[alike] or write(alike, lead.full_name, lead.number))
    return written


def _leads(people: Collection[_Person]) -> dict[str, _Person]:
    """By number, whose message it is where several answer with one phone: as at the opening, that of the one who came first."""
    leads: dict[str, _Person] = {}
    for person in sorted(people, key=lambda person: person.resident_id):
        if person.number:
            leads.setdefault(person.number, person)
    return leads


def _remarks(person: _Person, address: str, *, held: bool, with_face: bool) -> tuple[Words, ...]:
    """What is to be known of one person in it. held: by the daily budget; with_face: the plan asks for one."""
    if person.exemption is not None:
        return (away(person.exemption),)
    remarks: list[Words] = []
    if not address:
        remarks.append(words(N_("No address for this channel: the next channel follows, and finally staff are asked to call.")))
    if held:
        remarks.append(words(N_("The daily limit of messages is reached; this one would wait or not be sent.")))
    if person.guardian is not None:
        remarks.append(words(N_("%(name)s answers for this person."), name=person.guardian))
    if with_face and person.photo_lacks:
        remarks.append(words(N_("No reference photo: a person would check the answer.")))
    return tuple(remarks)
