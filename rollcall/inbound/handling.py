"""What becomes of a text or a key: answers for those who use the number, a question for staff, a stop, a reply."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.models.rollcalls.inbound import InboundMeaning, InboundMessage
from monitor.models.rollcalls.messages import MessageText
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import PromptKind
from monitor.words import N_, Words, words
from rollcall.answers.answers import AnswerOutcome
from rollcall.answers.source import Telephone
from rollcall.inbound.doubtful import is_doubtful, take_doubtful
from rollcall.inbound.hotline_texts import read_hotline, take_code, take_matter, text_of
from rollcall.inbound.phone_users import PhoneUser, meant, users_of
from rollcall.inbound.reading import Reading, Writers, read
from rollcall.inbound.reply_queue import reply
from rollcall.inbound.short_answers import care_reply, known_statements, message_of, outcome_words, take_statements
from rollcall.people.text_stops import let_texts_go_on, stop_texts
from rollcall.verdicts.code_word import code_of

# Versions of own words of messages that a text may quote.
_MOST_SENT = 40


def take_text(session: Session, row: InboundMessage, now: datetime, answer_number: str = "") -> None:
    """Read a text that is claimed, and do what it says, in the caller's write transaction. answer_number: the one that people write to."""
    users = users_of(session, row.sender, row.said_at or row.received_at, now)
    reading = read(row.text, _writers(session, row, users, answer_number))
    row.meaning = reading.meaning
    if users:
        row.resident_id, row.zone_id = users[0].resident_id, users[0].zone_id
        announce(session, row.zone_id, Topic.ROLL_CALL, now)
    asked = read_hotline(row.text)
    came = take_code(session, text_of(row), asked, now)
    if came is None and not users:
        came = take_matter(session, text_of(row), reading, now) or words(N_("It is not known whose number this is."))
    if came is not None:
        row.outcome = came.dump()
        return
    if is_doubtful(row, reading, users):
        row.outcome = take_doubtful(session, row, reading, users, now).dump()
        return
    match reading.meaning:
        case InboundMeaning.STOP:
            outcome = _stop(session, row, users, now)
        case InboundMeaning.START:
            outcome = _start(session, row, users, now)
        case InboundMeaning.EXPLAIN:
            reply(session, PromptKind.REPLY_EXPLAIN, users, row.sender, now)
            outcome = words(N_("How to answer was explained."))
        case InboundMeaning.QUOTATION:
            # Whoever marks our message with a heart was not heard to say anything; we go on waiting for an answer.
            outcome = words(N_("Only a quotation or a reaction to our message; it says nothing."))
        case InboundMeaning.UNCLEAR if asked.addressed and (
            made := take_matter(session, text_of(row), reading, now, users[0].resident_id if len(users) == 1 else None)
        ):
            outcome = made
        case InboundMeaning.UNCLEAR:
            outcome = _unclear(session, row, users, now)
        case _:
            outcome = _answer(session, row, reading, users, now)
    row.outcome = outcome.dump()


def _writers(session: Session, row: InboundMessage, users: list[PhoneUser], answer_number: str) -> Writers:
    """What is known of who may have written a text."""
    if not users:
        return Writers(numbers=(row.sender, answer_number))
    ids, zones = [each.resident_id for each in users], {each.zone_id for each in users}
    rooms = session.scalars(select(Room.name).join(Resident, Resident.room_id == Room.id).where(Resident.id.in_(ids)))
    own_words = (
        select(MessageText.text)
        .where(or_(MessageText.zone_id.is_(None), MessageText.zone_id.in_(zones)), MessageText.text != "")
        .order_by(MessageText.id.desc())
        .limit(_MOST_SENT)
    )
    asked = any(each.wanted == EvidenceLevel.CODE_WORD for each in users)
    codes = {code_of(each.nonce) for each in users if each.nonce} if asked else ()
    return Writers(
        names=_names(users),
        rooms=tuple(rooms),
        numbers=(row.sender, answer_number),
        codes=tuple(sorted(codes)),
        sent=tuple(session.scalars(own_words)),
    )


def _names(users: list[PhoneUser]) -> tuple[str, ...]:
    """Of those who may be meant, each at the place by which the message numbers them; who is not numbered stands behind."""
    numbered = {each.number: each.full_name for each in users if each.number}
    if not numbered:
        return tuple(each.full_name for each in meant(users))
    named = [numbered.get(number, "") for number in range(1, max(numbered) + 1)]
    return (*named, *(each.full_name for each in users if not each.number))


def _answer(session: Session, row: InboundMessage, reading: Reading, users: list[PhoneUser], now: datetime) -> Words:
    statements = known_statements(reading.statements, users)
    if statements is not reading.statements and reading.meaning == InboundMeaning.WELL:
        # A number that nobody has: whom it is about, a person must find out.
        return _unclear(session, row, users, now)
    awaited = [each for each in users if each.awaited]
    known = {code_of(each.nonce) for each in users if each.nonce}
    level = EvidenceLevel.CODE_WORD if reading.code and reading.code in known else EvidenceLevel.ACKNOWLEDGED
    lacks_code = level == EvidenceLevel.ACKNOWLEDGED and any(each.wanted == EvidenceLevel.CODE_WORD for each in awaited)
    if lacks_code and reading.meaning == InboundMeaning.WELL and reply(session, PromptKind.REPLY_HOW, users, row.sender, now):
        # Asked for it once a round; whoever writes again without it is looked at by a person.
        return words(N_("The code was missing or wrong; we asked for it."))
    message = message_of(row, reading, users, Telephone(row.channel, level, understood=reading.whole))
    came = take_statements(session, statements, users, message, now)
    if not reading.whole and AnswerOutcome.IN_REVIEW in came:
        _ask_to_read(session, row, users[0], now)
    urgent = reading.meaning in (InboundMeaning.ILL, InboundMeaning.HELP)
    if urgent or any(each not in (AnswerOutcome.ALREADY, AnswerOutcome.NOT_ASKED) for each in came):
        reply(session, care_reply(session, users) if urgent else PromptKind.REPLY_TAKEN, users, row.sender, now)
    return outcome_words(came, urgent=urgent)


def _unclear(session: Session, row: InboundMessage, users: list[PhoneUser], now: datetime) -> Words:
    row.meaning = InboundMeaning.UNCLEAR
    _ask_to_read(session, row, users[0], now)
    reply(session, PromptKind.REPLY_HOW, users, row.sender, now)
    return words(N_("Not understood; staff were asked to read it."))


def _ask_to_read(session: Session, row: InboundMessage, user: PhoneUser, now: datetime) -> None:
    open_incident(
        session,
        IncidentKind.TEXT_UNCLEAR,
        causes.text_unclear(user.resident_id),
        zone_id=user.zone_id,
        resident_id=user.resident_id,
        check_in_id=user.check_in_id,
        reason=words(
            N_("A text message from %(name)s’s phone that the service did not understand: “%(text)s”"),
            name=user.full_name,
            text=row.text[:300],
        ),
        now=now,
    )


def _own_time(row: InboundMessage) -> datetime:
    """When it was written, as far as that is known: texts can come in another order."""
    return row.said_at or row.received_at


def _said_later(session: Session, row: InboundMessage, meaning: InboundMeaning) -> bool:
    """Whether the same number has said this after it wrote this text, which came late."""
    later = select(InboundMessage.id).where(
        InboundMessage.sender == row.sender,
        InboundMessage.id != row.id,
        InboundMessage.meaning == meaning,
        func.coalesce(InboundMessage.said_at, InboundMessage.received_at, type_=InboundMessage.received_at.type)
        > _own_time(row),
    )
    return session.scalar(later.limit(1)) is not None


def _stop(session: Session, row: InboundMessage, users: list[PhoneUser], now: datetime) -> Words:
    if _said_later(session, row, InboundMeaning.START):
        return words(N_("This message came late: the number has written START since, and that holds."))
    stop_texts(session, row.sender, _own_time(row))
    for each in users:
        if not each.held:
            continue
        open_incident(
            session,
            IncidentKind.TEXTS_STOPPED,
            causes.texts_stopped(each.resident_id),
            zone_id=each.zone_id,
            resident_id=each.resident_id,
            reason=words(
                N_("%(name)s wants no more text messages (STOP). Please agree on another way: a call, e-mail or visits."),
                name=each.full_name,
            ),
            now=now,
        )
    reply(session, PromptKind.REPLY_STOPPED, users, row.sender, now)
    return words(N_("This number gets no more text messages."))


def _start(session: Session, row: InboundMessage, users: list[PhoneUser], now: datetime) -> Words:
    if _said_later(session, row, InboundMeaning.STOP):
        return words(N_("This message came late: the number has written STOP since, and that holds."))
    # What staff stopped since stays so.
    let_texts_go_on(session, row.sender, _own_time(row))
    end_causes(session, [causes.texts_stopped(each.resident_id) for each in users], now=now)
    reply(session, PromptKind.REPLY_STARTED, users, row.sender, now)
    return words(N_("This number gets text messages again."))
