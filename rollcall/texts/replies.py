"""What is said to people who answer by text or by keys, and what somebody who wrote is told: pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import REPLIES, PromptKind
from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import N_, Words, translator
from rollcall.answers.shared_phone import Member
from rollcall.checkins.checkin import AWAITED
from rollcall.texts.built_in import fitting
from rollcall.texts.called import Named, called
from rollcall.texts.occasion import Occasion, answers_by_text
from rollcall.texts.style import Style
from rollcall.verdicts.code_word import code_of
from rollcall.verdicts.verdict import enough

# 1, 2 and 3 are understood in every language, and are with 4 (danger) the keys of a call (rollcall/inbound/reading.py). Where a person's number follows,
# it is CO and OM, OK and SICK.
TEXTS = {
    PromptKind.FIRST: N_(
        "Roll-call: text 1%(code)s if you are well, 2 if unwell, 3 if you need help, to %(number)s by %(due)s. Or call 1022."
    ),
    PromptKind.REMINDER: N_(
        "Reminder: no answer yet. Text 1%(code)s if you are well, 2 if unwell, 3 if you need help, to %(number)s by %(due)s."
        " Or call 1022."
    ),
    PromptKind.HOUSEHOLD: N_(
        "%(name)s has not answered. Please ask how they are, then text 1%(code)s if well, 2 if unwell, 3 for help, to"
        " %(number)s by %(due)s. Or call 1022."
    ),
}
SHARED = {
    PromptKind.FIRST: N_(
        "Roll-call %(people)s. All well: text OK%(code)s. Someone ill: text SICK and the number, as SICK 2. Help: 3. To"
        " %(number)s by %(due)s."
    ),
    PromptKind.REMINDER: N_(
        "Reminder, still waiting for %(people)s. All well: text OK%(code)s. Someone ill: SICK and the number. Help: 3. To"
        " %(number)s by %(due)s."
    ),
}
# Where nobody takes in texts, or calls that nobody answers by keys.
BY_CALL = N_("Roll-call: please call 1022 by %(due)s and say how you are. Someone answers at any time.")
KEYS = N_(
    "Hello %(name)s. This is the roll-call of %(service)s. If you are well, press 1. If you feel unwell, press 2. If you need"
    " help, press 3. If you have trouble breathing, chest pain or are in danger, press 4 and call 115. To hear this again, press 9. You can also call 1022 at any time to speak to a person."
)
SHARED_KEYS = N_(
    "Hello. This is the roll-call of %(service)s for %(people)s. If all are well, press 1. If someone feels unwell, press 2. If you"
    " need help, press 3. If someone has trouble breathing, chest pain or is in danger, press 4 and call 115. To hear this again, press 9. You can also call 1022 at any time to speak to a person."
)
# To a guardian, who answers for one other person.
GUARDIAN = {
    PromptKind.FIRST: N_(
        "Roll-call for %(name)s: text 1%(code)s if well, 2 if unwell, 3 for help, to %(number)s by %(due)s. Or call 1022."
    ),
    PromptKind.REMINDER: N_(
        "Reminder: no answer yet for %(name)s. Text 1%(code)s if well, 2 if unwell, 3 for help, to %(number)s by %(due)s. Or"
        " call 1022."
    ),
}
GUARDIAN_KEYS = N_(
    "Hello. This is the roll-call of %(service)s for %(name)s, for whom you answer. If %(name)s is well, press 1. If unwell, press"
    " 2. If you need help, press 3. In case of trouble breathing, chest pain or danger, press 4 and call 115. To hear this again, press 9. You can also call 1022 at any time to speak to a person."
)
TAKEN = {
    CheckInState.VERIFIED: N_("Received. Thank you! Need help? Call 1022."),
    CheckInState.IN_REVIEW: N_("Received. Health staff will check and may call you. Need help? Call 1022."),
}
TAKEN_ELSE = N_("We have your message. Thank you! Need help? Call 1022.")
TAKEN_SOME = N_(
    "Received. Still waiting for %(people)s. Well: text OK and the number; ill: SICK and the number. Help: call 1022."
)
REPLY_TEXTS = {
    PromptKind.REPLY_CARE: N_(
        "Your message is on the list of health staff; they will call you. Trouble breathing, chest pain or danger: call 115 now."
        " Hotline 1022."
    ),
    PromptKind.REPLY_DANGER: N_("Call 115 now, do not wait for us to call. %(told)s Hotline 1022."),
    PromptKind.REPLY_HOW: N_(
        "We have your message; a person will read it. Need help? Text 3 or call 1022. For the roll-call: text 1%(code)s if"
        " well, 2 if unwell."
    ),
    PromptKind.REPLY_EXPLAIN: N_(
        "Need help? Text 3 or call 1022. Roll-call: text 1%(code)s if well, 2 if unwell. No more texts: STOP."
    ),
    PromptKind.REPLY_STOPPED: N_(
        "No more texts will come to this number. Health staff will agree on another way. To get them again: START. Hotline"
        " 1022."
    ),
    PromptKind.REPLY_STARTED: N_("This number gets our texts again. Hotline 1022."),
}


def short_text(occasion: Occasion, style: Style) -> str | None:
    """What a prompt says to whoever answers without a page; None for everybody else."""
    kind, members = occasion.kind, occasion.members
    if kind in REPLIES:
        return _say(occasion, *_reply(occasion))
    if occasion.channel == ChannelName.VOICE:
        if not style.keys:
            return None
        template = SHARED_KEYS if members else GUARDIAN_KEYS if occasion.ward else KEYS
        service = style.authority.named(occasion.language)
        return _say(occasion, template, service=service, name=occasion.full_name, people=_named(members))
    if occasion.channel != ChannelName.SMS or not occasion.by_text:
        return None
    if not all(answers_by_text(occasion.evidence, without_smartphone=member.without_smartphone) for member in members):
        # One of them has a telephone that opens the page for all.
        return None
    if not style.number:
        return _say(occasion, BY_CALL, due=occasion.due) if occasion.without_smartphone else None
    templates = SHARED if members else GUARDIAN if occasion.ward else TEXTS
    return _say(
        occasion,
        (templates if kind in templates else TEXTS)[kind],
        code=code_in(occasion),
        number=style.number,
        due=occasion.due,
        name=occasion.full_name,
        people=_named(members),
    )


def code_in(occasion: Occasion) -> str:
    """The code word as it stands behind 1 or CO, with a space before it; empty where none is asked for."""
    wanted = enough(
        occasion.evidence,
        occasion.evidence_by_text,
        without_smartphone=occasion.without_smartphone,
        without_face=occasion.without_face,
    )
    return f" {code_of(occasion.nonce)}" if wanted == EvidenceLevel.CODE_WORD else ""


def _reply(occasion: Occasion) -> tuple[str, dict[str, str]]:
    if occasion.kind != PromptKind.REPLY_TAKEN:
        told = occasion.told.say(translator(occasion.language)) if occasion.told else ""
        return REPLY_TEXTS[occasion.kind], {"code": code_in(occasion), "told": told}
    if any(member.state in AWAITED for member in occasion.members):
        return TAKEN_SOME, {"people": _listed(occasion.members, AWAITED)}
    states = {member.state for member in occasion.members} or {occasion.state}
    return TAKEN.get(states.pop(), TAKEN_ELSE) if len(states) == 1 else TAKEN_ELSE, {}


def _named(members: Sequence[Member]) -> str:
    return _listed(members, tuple(state for state in CheckInState if state != CheckInState.EXCUSED))


def _listed(members: Sequence[Member], states: Sequence[CheckInState]) -> str:
    """ "1 An, 2 Bình": those of a phone who are in these states. Names differ from those of all who share it, whom a reader knows."""
    names = called([Named(member.full_name, member.born, member.room) for member in members])
    return ", ".join(f"{member.number} {name}" for member, name in zip(members, names, strict=True) if member.state in states)


def _say(occasion: Occasion, template: str, values: dict[str, str] | None = None, **more: str) -> str:
    filled = fitting((values or {}) | more, occasion.language, occasion.channel)
    return Words(template, filled).say(translator(occasion.language))
