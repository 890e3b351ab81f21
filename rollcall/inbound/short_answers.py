"""Answers by text or by the keys of a call: whom each statement is about, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.incidents.cases import in_danger
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.prompts import PromptKind
from monitor.words import N_, Words, words
from rollcall.answers.admission import AlreadyAnswered
from rollcall.answers.answers import AnswerOutcome, take
from rollcall.answers.care import ask_for_care, channel_of
from rollcall.answers.page import RoundClosed, page_of
from rollcall.answers.said import Said
from rollcall.answers.source import Telephone
from rollcall.inbound.phone_users import PhoneUser, are_numbered, meant
from rollcall.inbound.reading import Reading, Statement

_TOLD_STAFF = N_("It is on the staff’s list.")
OUTCOMES = {
    AnswerOutcome.VERIFIED: N_("Counted as an answer."),
    AnswerOutcome.IN_REVIEW: N_("Received as an answer; staff will check it."),
    AnswerOutcome.LATE: N_("Received as a late answer."),
    AnswerOutcome.ALREADY: N_("There already was an answer."),
    AnswerOutcome.NOT_ASKED: N_("No answer was needed then."),
}
FIRST_TOLD = (AnswerOutcome.IN_REVIEW, AnswerOutcome.LATE, AnswerOutcome.VERIFIED, AnswerOutcome.ALREADY)
"""Which of several outcomes is told of all of them."""


@dataclass(frozen=True)
class ShortMessage:
    """A text or a key, beside what it says of whom. said_at: when it was written, when it came at the latest; note: its words.

    answers: False where it cannot be told which round it answers, or whether all of it came: then only what is urgent is heard.
    """

    source: Telephone
    said_at: datetime
    temperature: float | None = None
    spo2: int | None = None
    note: str = ""
    answers: bool = True


def message_of(
    row: InboundMessage, reading: Reading, users: Sequence[PhoneUser], source: Telephone, *, answers: bool = True
) -> ShortMessage:
    """A text beside its statements. Figures and words are one person's, where one alone is meant."""
    one = len(meant(users)) == 1
    return ShortMessage(
        source,
        said_at=row.said_at or row.received_at,
        temperature=reading.temperature if one else None,
        spo2=reading.spo2 if one else None,
        note=row.text if one else "",
        answers=answers,
    )


def known_statements(statements: Sequence[Statement], users: Sequence[PhoneUser]) -> Sequence[Statement]:
    """As they are where it is known whom their numbers mean; else of everybody: what is urgent is told for all of them."""
    named = {number for each in statements for number in each.members}
    return statements if are_numbered(users, named) else [replace(each, members=()) for each in statements]


def care_reply(session: Session, users: Sequence[PhoneUser]) -> PromptKind:
    """What whoever wrote of illness is told: to call 115, where one of them is in danger."""
    danger = in_danger(session, [each.resident_id for each in users])
    return PromptKind.REPLY_DANGER if danger else PromptKind.REPLY_CARE


def take_statements(
    session: Session,
    statements: Sequence[Statement],
    users: Sequence[PhoneUser],
    message: ShortMessage,
    now: datetime,
) -> list[AnswerOutcome]:
    """Answers for those whom each statement is about, in the caller's write transaction.

    Symptoms and wishes reach staff at once, also where nothing is awaited.
    """
    came: list[AnswerOutcome] = []
    for statement in statements:
        came += [_take(session, each, statement, message, now) for each in meant(users, statement.members)]
    return came


def _take(session: Session, user: PhoneUser, statement: Statement, message: ShortMessage, now: datetime) -> AnswerOutcome:
    said = Said(
        made_at=message.said_at,
        unwell=statement.unwell,
        symptoms=statement.symptoms,
        help=statement.wishes,
        note=message.note,
        temperature=message.temperature,
        spo2=message.spo2,
    )
    if user.check_in_id is None or not message.answers:
        ask_for_care(session, user, said, now, channel_of(message.source))
        return AnswerOutcome.NOT_ASKED
    try:
        return take(session, page_of(session, user.check_in_id, now), said, message.source, now=now)
    except AlreadyAnswered:
        return AnswerOutcome.ALREADY
    except RoundClosed:
        return AnswerOutcome.NOT_ASKED


def outcome_of(came: Sequence[AnswerOutcome]) -> AnswerOutcome:
    """What came of several answers: the one that needs staff most."""
    return next((each for each in FIRST_TOLD if each in came), AnswerOutcome.NOT_ASKED)


def outcome_words(came: Sequence[AnswerOutcome], *, urgent: bool) -> Words:
    """What came of answers, for staff."""
    first = Words(OUTCOMES[outcome_of(came)])
    return words(N_("%(first)s %(second)s"), first=first.dump(), second=Words(_TOLD_STAFF).dump()) if urgent else first
