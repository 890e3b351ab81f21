"""Keys that people press in a call: 1 well, 2 ill, 3 help, 4 danger, 9 once more. Taken in the transaction that answers what to say next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.authority import Authority
from monitor.changes import Topic, announce
from monitor.clock import local_clock
from monitor.database.database import insert_new
from monitor.incidents.cases import in_danger
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.inbound import InboundMeaning, InboundMessage
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.people.telephone_numbers import international
from monitor.problems import NotFound
from monitor.words import N_, Words, translator
from rollcall.answers.answers import AnswerOutcome
from rollcall.answers.source import Telephone
from rollcall.channels.channel import Receipt
from rollcall.followup.who_was_told import told_words
from rollcall.inbound.phone_users import users_called
from rollcall.inbound.reading import Statement
from rollcall.inbound.short_answers import ShortMessage, outcome_of, outcome_words, take_statements
from rollcall.people.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.prompts.receipts import take_receipts
from rollcall.texts.writing import spoken

KEYS = "12349"
_AGAIN = "9"
_SAYS = {
    "1": (InboundMeaning.WELL, Statement()),
    "2": (InboundMeaning.ILL, Statement(unwell=True)),
    "3": (InboundMeaning.HELP, Statement(wishes=("help",))),
    "4": (InboundMeaning.ILL, Statement(unwell=True, symptoms=("danger",))),
}
_THANKS = {
    AnswerOutcome.VERIFIED: N_("Thank you. Your answer has arrived. Goodbye."),
    AnswerOutcome.IN_REVIEW: N_("Thank you. Your answer has arrived. Health staff will check it and may call you. Goodbye."),
    AnswerOutcome.LATE: N_("Thank you. Your answer arrived after the deadline; health staff will check it. Goodbye."),
    AnswerOutcome.ALREADY: N_("Thank you. We already have your answer. Goodbye."),
    AnswerOutcome.NOT_ASKED: N_("Thank you. No answer is needed any more. Goodbye."),
}
_CARE = N_(
    "Thank you for telling us. It is on the health staff’s list, and they will call you. If a life is in danger, call 115. Goodbye."
)
_DANGER = N_(
    "Please hang up and call 115 now. Do not wait for us to call. %(told)s You can also call 1022 at any time. Goodbye."
)
_WHICH = N_(
    "Please press 1 if you are well, 2 if you feel unwell, 3 if you need help, 4 if you have trouble breathing, chest pain or are in"
    " danger, or 9 to hear the message again."
)


class UnknownCall(NotFound):
    """No call of ours has this reference."""


@dataclass(frozen=True)
class Spoken:
    """What the gateway is to read out next. again: whether it is to wait for another key."""

    text: str
    language: str
    again: bool


def take_key(session: Session, reference: str, call: str, key: str, now: datetime, authority: Authority) -> Spoken:
    """Take a key of a call in the caller's write transaction; one that is told twice counts once. Raises UnknownCall.

    reference: ours; call: the gateway's own name for the call, under which it may be known too. authority: who speaks.
    """
    query = (
        select(Prompt, CheckIn, Resident, NUMBER.label("number"), GUARDIAN_NAME.label("guardian"), Plan, Zone)
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(Resident, Resident.id == Prompt.resident_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(Prompt.channel == ChannelName.VOICE, or_(Prompt.reference == reference, Prompt.gateway_reference == call))
    )
    row = session.execute(with_guardian(query)).first()
    if row is None:
        raise UnknownCall(N_("This call does not exist (any more)."))
    prompt, check_in, resident, number, guardian, plan, zone = row
    # Whoever presses a key is no machine.
    named = prompt.gateway_reference or call or prompt.reference
    take_receipts(session, [Receipt(named, delivered=True, at=now, reference=prompt.reference)])

    def says(template: str, *, again: bool = False, **values: Any) -> Spoken:
        return Spoken(Words(template, values).say(translator(resident.language)), resident.language, again)

    if key == _AGAIN:
        due = local_clock(check_in.due_at or now, zone.timezone)
        text = spoken(session, prompt, check_in, resident, plan, due, ward=guardian is not None, authority=authority)
        return Spoken(text, resident.language, True)
    if key not in _SAYS:
        return says(_WHICH, again=True)
    meaning, statement = _SAYS[key]
    kept = {
        "channel": ChannelName.VOICE,
        "gateway_reference": f"{prompt.reference}:{key}",
        "sender": international(number),
        "text": key,
        "received_at": now,
        "acknowledged": True,
        "meaning": meaning,
        "resident_id": resident.id,
        "zone_id": check_in.zone_id,
    }
    fresh = session.scalars(insert_new(session, InboundMessage).returning(InboundMessage.id), [kept]).all()
    urgent = statement.unwell or bool(statement.wishes)
    users = users_called(session, prompt.check_in_id, now)

    def cared_for() -> Spoken:
        in_need = [each.resident_id for each in users if in_danger(session, [each.resident_id])]
        if not in_need:
            return says(_CARE)
        return says(_DANGER, told=told_words(session, in_need[0], now).dump())

    if not fresh:
        return cared_for() if urgent else says(_THANKS[AnswerOutcome.ALREADY])
    message = ShortMessage(Telephone(ChannelName.VOICE, EvidenceLevel.ACKNOWLEDGED), now)
    came = take_statements(session, (statement,), users, message, now)
    session.get_one(InboundMessage, fresh[0]).outcome = outcome_words(came, urgent=urgent).dump()
    announce(session, check_in.zone_id, Topic.ROLL_CALL, now)
    return cared_for() if urgent else says(_THANKS[outcome_of(came)])
