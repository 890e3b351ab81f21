"""Keys that people press in a call: 1 well, 2 ill, 3 help, 9 once more. Taken in the transaction that answers what to say next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.clock import local_clock
from monitor.database import insert_new
from monitor.models import (
    CheckIn,
    EvidenceLevel,
    Household,
    InboundMeaning,
    InboundMessage,
    Plan,
    Prompt,
    Resident,
    RollCall,
    Zone,
)
from monitor.problems import NotFound
from monitor.words import N_, Words, translator
from rollcall.channels import Receipt
from rollcall.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.ladder import VOICE
from rollcall.numbers import international
from rollcall.reading import Statement
from rollcall.receipts import take_receipts
from rollcall.short_answers import ShortAnswer, Taken
from rollcall.taking import outcome_of, people_called, take_answers
from rollcall.wording import spoken

KEYS = "1239"
_AGAIN = "9"
_SAYS = {
    "1": (InboundMeaning.WELL, Statement()),
    "2": (InboundMeaning.ILL, Statement(unwell=True)),
    "3": (InboundMeaning.HELP, Statement(wishes=("help",))),
}
_THANKS = {
    Taken.VERIFIED: N_("Thank you. Your answer has arrived. All is well. Goodbye."),
    Taken.IN_REVIEW: N_("Thank you. Your answer has arrived. A person will look at it and may call you. Goodbye."),
    Taken.LATE: N_("Thank you. Your answer has arrived after the time; a person will look at it. Goodbye."),
    Taken.ALREADY: N_("Thank you. We have your answer already. Goodbye."),
    Taken.NOT_ASKED: N_("Thank you. No answer is needed any more. Goodbye."),
}
_CARE = N_("Thank you for telling us. Staff know and will call you. If a life is in danger, call 115. Goodbye.")
_WHICH = N_("Please press 1 if you are well, 2 if you feel ill, 3 if you need help, or 9 to hear the message again.")


class UnknownCall(NotFound):
    """No call of ours has this reference."""


@dataclass(frozen=True)
class Said:
    """What the gateway is to read out next. again: whether it is to wait for another key."""

    text: str
    language: str
    again: bool


def take_key(session: Session, reference: str, call: str, key: str, now: datetime) -> Said:
    """Take a key of a call in the caller's write transaction; one that is told twice counts once. Raises UnknownCall.

    reference: ours; call: the gateway's own name for the call, under which it may be known too.
    """
    query = (
        select(Prompt, CheckIn, Resident, NUMBER.label("number"), GUARDIAN_NAME.label("guardian"), Plan, Zone)
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(Resident, Resident.id == Prompt.resident_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(Prompt.channel == VOICE, or_(Prompt.reference == reference, Prompt.gateway_reference == call))
    )
    row = session.execute(with_guardian(query)).first()
    if row is None:
        raise UnknownCall(N_("There is no such call."))
    prompt, check_in, resident, number, guardian, plan, zone = row
    # Whoever presses a key is no machine.
    named = prompt.gateway_reference or call or prompt.reference
    take_receipts(session, [Receipt(named, delivered=True, at=now, reference=prompt.reference)])

    def says(template: str, *, again: bool = False) -> Said:
        return Said(Words(template).say(translator(resident.language)), resident.language, again)

    if key == _AGAIN:
        due = local_clock(check_in.due_at or now, zone.timezone)
        return Said(spoken(session, prompt, check_in, resident, plan, due, ward=guardian is not None), resident.language, True)
    if key not in _SAYS:
        return says(_WHICH, again=True)
    meaning, statement = _SAYS[key]
    kept = {
        "channel": VOICE,
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
    if not fresh:
        return says(_CARE if urgent else _THANKS[Taken.ALREADY])
    given = ShortAnswer(VOICE, statement, EvidenceLevel.ACKNOWLEDGED, now)
    came = take_answers(session, (statement,), people_called(session, prompt.check_in_id), given, now)
    session.get_one(InboundMessage, fresh[0]).outcome = outcome_of(came, urgent=urgent).dump()
    announce(session, check_in.zone_id, "roll-call", now)
    if urgent:
        return says(_CARE)
    order = (Taken.IN_REVIEW, Taken.LATE, Taken.VERIFIED, Taken.ALREADY)
    return says(_THANKS[next((each for each in order if each in came), Taken.NOT_ASKED)])
