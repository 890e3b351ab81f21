"""Texts that are no answer by themselves: a part was lost, or it cannot be told whether the round was open when they were written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.rollcalls.inbound import InboundDoubt, InboundMeaning, InboundMessage
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import PromptKind
from monitor.words import N_, Words, words
from rollcall.answers.source import Telephone
from rollcall.inbound.phone_users import PhoneUser
from rollcall.inbound.reading import Reading
from rollcall.inbound.reply_queue import reply
from rollcall.inbound.short_answers import care_reply, known_statements, message_of, take_statements
from rollcall.verdicts.code_word import code_of

WHY = {
    InboundDoubt.INCOMPLETE: N_("Not all parts of this text message arrived."),
    InboundDoubt.TIME_UNREADABLE: N_("The service cannot tell when this text message was written (“%(said)s”)."),
    InboundDoubt.TIME_IMPOSSIBLE: N_("This text message cannot have been written at the time that came with it (“%(said)s”)."),
}
# Done, or nothing at all, whenever it was written.
_NO_ANSWERS = (InboundMeaning.STOP, InboundMeaning.START, InboundMeaning.EXPLAIN, InboundMeaning.QUOTATION)
_URGENT = (InboundMeaning.ILL, InboundMeaning.HELP)


def is_doubtful(row: InboundMessage, reading: Reading, users: Sequence[PhoneUser]) -> bool:
    """Whether a person must read it before it counts for anything.

    Of a text whose time is in doubt, the code word of the round says that it was written after the message; what it commands is done
    whenever it was written.
    """
    if row.doubt is None or row.doubt is InboundDoubt.INCOMPLETE:
        return row.doubt is not None
    known = {code_of(each.nonce) for each in users if each.nonce}
    return reading.meaning not in _NO_ANSWERS and not (reading.code and reading.code in known)


def take_doubtful(session: Session, row: InboundMessage, reading: Reading, users: Sequence[PhoneUser], now: datetime) -> Words:
    """What is urgent in it reaches staff as ever; the rest they read. It moves no roll-call."""
    assert row.doubt is not None
    urgent = reading.meaning in _URGENT
    message = message_of(row, reading, users, Telephone(row.channel, EvidenceLevel.ACKNOWLEDGED), answers=False)
    if urgent:
        take_statements(session, known_statements(reading.statements, users), users, message, now)
    elif reading.meaning is InboundMeaning.WELL and not any(each.awaited for each in users):
        return words(N_("No answer was needed then."))
    else:
        row.meaning = InboundMeaning.UNCLEAR
    user, why = users[0], words(WHY[row.doubt], said=row.said)
    open_incident(
        session,
        IncidentKind.TEXT_UNCLEAR,
        causes.text_unclear(user.resident_id),
        zone_id=user.zone_id,
        resident_id=user.resident_id,
        check_in_id=user.check_in_id,
        reason=words(
            N_("A text message from %(name)s’s phone to be read by a person: “%(text)s”. %(why)s"),
            name=user.full_name,
            text=row.text[:300],
            why=why.dump(),
        ),
        now=now,
    )
    reply(session, care_reply(session, users) if urgent else PromptKind.REPLY_HOW, users, row.sender, now)
    return words(N_("%(why)s Staff were asked to read it; it counts as no answer."), why=why.dump())
