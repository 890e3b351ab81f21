"""What becomes of a text or a key: answers for those who use the number, a question for staff, a stop, a reply."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.database import insert_new
from monitor.incidents import end_causes, open_incident
from monitor.models import (
    CheckIn,
    EvidenceLevel,
    Guardian,
    Household,
    InboundMeaning,
    InboundMessage,
    IncidentKind,
    Plan,
    Prompt,
    PromptKind,
    Resident,
    RollCall,
)
from monitor.models.rollcalls import REPLIES
from monitor.words import N_, Words, words
from rollcall.checkin import AWAITED
from rollcall.codes import code_of
from rollcall.guardians import wards_at
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.numbers import spellings
from rollcall.reading import Reading, Statement, read
from rollcall.sharing import members_of
from rollcall.short_answers import ShortAnswer, Taken, answer_shortly
from rollcall.text_stops import let_texts_go_on, stop_texts, stopped_since
from rollcall.verdict import enough

# Of one number; what is more is read and not answered.
MOST_REPLIES = 4
DAY = timedelta(days=1)
_TOLD_STAFF = N_("Staff were told at once.")
OUTCOMES = {
    Taken.VERIFIED: N_("Counted as an answer."),
    Taken.IN_REVIEW: N_("Taken as an answer; a person looks at it."),
    Taken.LATE: N_("Taken as an answer that came late."),
    Taken.ALREADY: N_("There was an answer already."),
    Taken.NOT_ASKED: N_("No answer was awaited."),
}


@dataclass(frozen=True)
class Person:
    """Somebody who answers with a number. check_in_id: of the newest round within a day, None without one; nonce: of the code word."""

    resident_id: int
    zone_id: int
    full_name: str
    check_in_id: int | None
    lead_id: int | None
    awaited: bool
    nonce: str
    wanted: EvidenceLevel | None


def people_at(session: Session, number: str, said_at: datetime) -> list[Person]:
    """Who answers with a number, in the order in which their message numbers them, the others behind.

    said_at: a text answers no round that opened after it was written. Somebody with a number of their own is among the people of their
    household's number only where that was asked for them.
    """
    numbers = spellings(number)
    if not numbers:
        return []
    newest = (
        select(func.max(CheckIn.id))
        .where(CheckIn.resident_id == Resident.id, CheckIn.opened_at > said_at - DAY, CheckIn.opened_at <= said_at)
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
    return _people(session, CheckIn.id == newest, or_(Resident.phone.in_(numbers), of_household, Resident.id.in_(wards)))


def people_called(session: Session, check_in_id: int) -> list[Person]:
    """Whom a call for this check-in is for: its resident, or all who answer with the phone."""
    return _people(session, CheckIn.resident_id == Resident.id, or_(CheckIn.id == check_in_id, CheckIn.lead_id == check_in_id))


def _people(session: Session, newest: ColumnElement[bool], which: ColumnElement[bool]) -> list[Person]:
    rows = session.execute(
        select(Resident, CheckIn, Plan)
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(CheckIn, newest)
        .outerjoin(RollCall, RollCall.id == CheckIn.roll_call_id)
        .outerjoin(Plan, Plan.id == RollCall.plan_id)
        .where(which)
        .order_by(Resident.full_name, Resident.id)
    ).all()
    nonces = {row.CheckIn.id: row.CheckIn.nonce for row in rows if row.CheckIn}
    found: dict[int, Person] = {}
    for resident, check_in, plan in rows:
        wanted = None
        if plan:
            wanted = enough(
                plan.evidence,
                plan.evidence_by_text,
                without_smartphone=resident.without_smartphone,
                refuses_faces=resident.refuses_faces,
            )
        found[check_in.id if check_in else -resident.id] = Person(
            resident.id,
            resident.zone_id,
            resident.full_name,
            check_in.id if check_in else None,
            check_in.lead_id if check_in else None,
            bool(check_in and check_in.state in AWAITED),
            nonces.get(check_in.lead_id or check_in.id, check_in.nonce) if check_in else "",
            wanted,
        )
    leads = {each.lead_id for each in found.values() if each.lead_id}
    numbered = members_of(session, max(leads)) if leads else []
    ordered = [found.pop(each.check_in_id) for each in numbered if each.check_in_id in found]
    return [*ordered, *found.values()]


def take_text(session: Session, row: InboundMessage, now: datetime) -> None:
    """Read a text that is claimed, and do what it says, in the caller's write transaction."""
    reading = read(row.text)
    people = people_at(session, row.sender, row.said_at or row.received_at)
    row.meaning = reading.meaning
    if not people:
        row.outcome = words(N_("Nobody is known to have this number.")).dump()
        return
    row.resident_id, row.zone_id = people[0].resident_id, people[0].zone_id
    announce(session, row.zone_id, "roll-call", now)
    match reading.meaning:
        case InboundMeaning.STOP:
            outcome = _stop(session, row, people, now)
        case InboundMeaning.START:
            outcome = _start(session, row, people, now)
        case InboundMeaning.EXPLAIN:
            reply(session, PromptKind.REPLY_EXPLAIN, people, row.sender, now)
            outcome = words(N_("It was explained how to answer."))
        case InboundMeaning.UNCLEAR:
            outcome = _unclear(session, row, people, now)
        case _:
            outcome = _answer(session, row, reading, people, now)
    row.outcome = outcome.dump()


def take_answers(
    session: Session, statements: Sequence[Statement], people: Sequence[Person], given: ShortAnswer, now: datetime
) -> list[Taken]:
    """Answers for those whom each statement is about. given: the rest of what was said."""
    came: list[Taken] = []
    for statement in statements:
        about = [people[number - 1] for number in statement.members] if statement.members and len(people) > 1 else people
        for each in about:
            if each.check_in_id is None:
                came.append(Taken.NOT_ASKED)
                if statement.unwell or statement.wishes:
                    _tell_staff(session, each, now)
            else:
                came.append(answer_shortly(session, each.check_in_id, replace(given, statement=statement), now=now))
    return came


def _answer(session: Session, row: InboundMessage, reading: Reading, people: list[Person], now: datetime) -> Words:
    named = {number for each in reading.statements for number in each.members}
    if len(people) > 1 and not named <= set(range(1, len(people) + 1)):
        # A number that nobody has: whom it is about, a person must find out. What is urgent is told for all of them.
        if reading.meaning == InboundMeaning.WELL:
            return _unclear(session, row, people, now)
        reading = replace(reading, statements=tuple(replace(each, members=()) for each in reading.statements))
    awaited = [each for each in people if each.awaited]
    known = {code_of(each.nonce) for each in people if each.nonce}
    level = EvidenceLevel.CODE_WORD if reading.code and reading.code in known else EvidenceLevel.ACKNOWLEDGED
    lacks_code = level == EvidenceLevel.ACKNOWLEDGED and any(each.wanted == EvidenceLevel.CODE_WORD for each in awaited)
    if lacks_code and reading.meaning == InboundMeaning.WELL and reply(session, PromptKind.REPLY_HOW, people, row.sender, now):
        # Asked for it once a round; whoever writes again without it is looked at by a person.
        return words(N_("The code word was missing or another one; we asked for it."))
    given = ShortAnswer(
        channel=row.channel,
        statement=Statement(),
        level=level,
        said_at=row.said_at or row.received_at,
        temperature=reading.temperature if len(people) == 1 else None,
        note=row.text if len(people) == 1 else "",
    )
    came = take_answers(session, reading.statements, people, given, now)
    urgent = reading.meaning in (InboundMeaning.ILL, InboundMeaning.HELP)
    if urgent or any(each not in (Taken.ALREADY, Taken.NOT_ASKED) for each in came):
        reply(session, PromptKind.REPLY_CARE if urgent else PromptKind.REPLY_TAKEN, people, row.sender, now)
    return outcome_of(came, urgent=urgent)


def outcome_of(came: Sequence[Taken], *, urgent: bool) -> Words:
    """What came of answers, for staff: the one that needs them most."""
    first = next(
        (each for each in (Taken.IN_REVIEW, Taken.LATE, Taken.VERIFIED, Taken.ALREADY) if each in came), Taken.NOT_ASKED
    )
    said = Words(OUTCOMES[first])
    return words(N_("%(first)s %(second)s"), first=said.dump(), second=Words(_TOLD_STAFF).dump()) if urgent else said


def _tell_staff(session: Session, person: Person, now: datetime) -> None:
    """Who feels ill outside any round is heard all the same."""
    open_incident(
        session,
        IncidentKind.UNWELL,
        f"unwell-resident-{person.resident_id}",
        zone_id=person.zone_id,
        resident_id=person.resident_id,
        reason=words(N_("%(name)s feels unwell or asks for help. Please call."), name=person.full_name),
        now=now,
    )


def _unclear(session: Session, row: InboundMessage, people: list[Person], now: datetime) -> Words:
    row.meaning = InboundMeaning.UNCLEAR
    person = people[0]
    open_incident(
        session,
        IncidentKind.TEXT_UNCLEAR,
        f"text-resident-{person.resident_id}",
        zone_id=person.zone_id,
        resident_id=person.resident_id,
        check_in_id=person.check_in_id,
        reason=words(
            N_("A text from the phone of %(name)s that the service does not understand: “%(text)s”"),
            name=person.full_name,
            text=row.text[:300],
        ),
        now=now,
    )
    reply(session, PromptKind.REPLY_HOW, people, row.sender, now)
    return words(N_("Not understood; staff were asked to read it."))


def _stop(session: Session, row: InboundMessage, people: list[Person], now: datetime) -> Words:
    stop_texts(session, row.sender, now)
    for each in people:
        open_incident(
            session,
            IncidentKind.TEXTS_STOPPED,
            f"texts-stopped-resident-{each.resident_id}",
            zone_id=each.zone_id,
            resident_id=each.resident_id,
            reason=words(
                N_("%(name)s wants no more text messages (STOP). Please agree on another way: a call, e-mail, or a visit."),
                name=each.full_name,
            ),
            now=now,
        )
    reply(session, PromptKind.REPLY_STOPPED, people, row.sender, now)
    return words(N_("No text message goes to this number any more."))


def _start(session: Session, row: InboundMessage, people: list[Person], now: datetime) -> Words:
    let_texts_go_on(session, row.sender, now)
    end_causes(session, [f"texts-stopped-resident-{each.resident_id}" for each in people], now=now)
    reply(session, PromptKind.REPLY_STARTED, people, row.sender, now)
    return words(N_("Text messages go to this number again."))


_ALWAYS = (PromptKind.REPLY_EXPLAIN, PromptKind.REPLY_STOPPED, PromptKind.REPLY_STARTED)


def reply(session: Session, kind: PromptKind, people: Sequence[Person], number: str, now: datetime) -> bool:
    """Queue a reply to a number; each kind goes once a round, and few of all go in a day. Returns whether this one goes."""
    person = max(
        (each for each in people if each.check_in_id is not None), key=lambda each: each.check_in_id or 0, default=None
    )
    if person is None or (kind not in _ALWAYS and stopped_since(session, number) is not None):
        return False
    today = select(func.count()).where(Prompt.address == number, Prompt.kind.in_(REPLIES), Prompt.created_at > now - DAY)
    if (session.scalar(today) or 0) >= MOST_REPLIES:
        return False
    lead = session.get_one(CheckIn, person.lead_id or person.check_in_id)
    row = {
        "check_in_id": lead.id,
        "resident_id": lead.resident_id,
        "zone_id": lead.zone_id,
        "kind": kind,
        "channel": "sms",
        "reference": secrets.token_hex(16),
        "created_at": now,
        "next_attempt_at": now,
        "address": number,
    }
    made = session.scalars(insert_new(session, Prompt).returning(Prompt.id), [row]).all()
    defer(session, SEND_PROMPTS, len(made))
    return bool(made)
