"""What is said to people who answer by text or by keys, and what somebody who wrote is told."""

from __future__ import annotations

from sqlalchemy.orm import Session

from monitor.models import CheckIn, CheckInState, Plan, Prompt, PromptKind, Resident
from monitor.models.rollcalls import REPLIES, EvidenceLevel
from monitor.words import N_, Words, translator
from rollcall.checkin import AWAITED
from rollcall.codes import code_of
from rollcall.ladder import TEXT, VOICE
from rollcall.sharing import Member, members_of
from rollcall.verdict import enough

# CO, 2 and 3 are understood in every language (rollcall/reading.py).
TEXTS = {
    PromptKind.FIRST: N_(
        "Roll-call: are you well? Then text CO%(code)s to %(number)s by %(due)s. Ill: text 2. Need help: text 3. Or call 1022."
    ),
    PromptKind.REMINDER: N_(
        "A kind reminder: please text CO%(code)s to %(number)s by %(due)s if you are well, 2 if ill, 3 if you need help."
        " Or call 1022."
    ),
    PromptKind.HOUSEHOLD: N_(
        "%(name)s has not answered the roll-call yet. Please ask how they are and text to %(number)s by %(due)s: CO%(code)s if"
        " well, 2 if ill, 3 for help. Or call 1022."
    ),
}
SHARED = {
    PromptKind.FIRST: N_(
        "Roll-call for %(people)s. All well? Text CO%(code)s to %(number)s by %(due)s. For some of you add their numbers: CO%(code)s"
        " 1. Ill: OM and the number. Help: 3. Or call 1022."
    ),
    PromptKind.REMINDER: N_(
        "A kind reminder for %(people)s: text CO%(code)s to %(number)s by %(due)s if all are well; ill: OM and the number. Help: 3."
        " Or call 1022."
    ),
}
# Where nobody takes in texts, or calls that nobody answers by keys.
BY_CALL = N_("Roll-call: please call 1022 by %(due)s and tell how you are. A person answers there at any time.")
KEYS = N_(
    "Hello %(name)s. This is the roll-call of the health service. If you are well, press 1. If you feel ill, press 2. If you need"
    " help, press 3. To hear this again, press 9. You can also call 1022: a person answers there at any time."
)
SHARED_KEYS = N_(
    "Hello. This is the roll-call of the health service for %(people)s. If all of you are well, press 1. If somebody feels ill,"
    " press 2. If you need help, press 3. To hear this again, press 9. You can also call 1022: a person answers there at any time."
)
# To a guardian, who answers for one other person.
GUARDIAN = {
    PromptKind.FIRST: N_(
        "Roll-call for %(name)s: all well? Then text CO%(code)s to %(number)s by %(due)s. Ill: text 2. Need help: text 3. Or call 1022."
    ),
    PromptKind.REMINDER: N_(
        "A kind reminder for %(name)s: please text CO%(code)s to %(number)s by %(due)s if all is well, 2 if ill, 3 for help."
        " Or call 1022."
    ),
}
GUARDIAN_KEYS = N_(
    "Hello. This is the roll-call of the health service for %(name)s, for whom you answer. If they are well, press 1. If they feel"
    " ill, press 2. If you need help, press 3. To hear this again, press 9. You can also call 1022: a person answers there at any"
    " time."
)
TAKEN = {
    CheckInState.VERIFIED: N_("Thank you, your answer has arrived. All is well. Hotline: 1022."),
    CheckInState.IN_REVIEW: N_("Thank you, we have your message. A person will look at it and may call you. Hotline: 1022."),
}
TAKEN_ELSE = N_("Thank you, we have your message. Hotline: 1022.")
TAKEN_SOME = N_("Thank you. Still without an answer: %(people)s. Please text CO and their numbers. Hotline: 1022.")
REPLY_TEXTS = {
    PromptKind.REPLY_CARE: N_(
        "Thank you for telling us. Staff know and will call you. If somebody's life is in danger, call 115. Hotline: 1022."
    ),
    PromptKind.REPLY_HOW: N_(
        "Thank you for writing. A person reads it. For the roll-call please text CO%(code)s if you are well, 2 if ill, 3 if you need"
        " help. Or call 1022."
    ),
    PromptKind.REPLY_EXPLAIN: N_(
        "Roll-call of the health service. Well: text CO%(code)s. Ill: 2. Need help: 3. No more texts: STOP. To talk to a person at"
        " any time: call 1022."
    ),
    PromptKind.REPLY_STOPPED: N_(
        "You get no more text messages from us. Staff will agree on another way with you. To get them again text START. Hotline: 1022."
    ),
    PromptKind.REPLY_STARTED: N_("You get our text messages again. Hotline: 1022."),
}


class ShortWording:
    """Made once by a worker's entry point."""

    def __init__(self, number: str = "", *, keys: bool = True) -> None:
        """number: that people text to; empty where nobody takes texts in. keys: whether the voice gateway hands over keys."""
        self._number = number
        self._keys = keys

    def short_text(
        self,
        session: Session,
        prompt: Prompt,
        check_in: CheckIn,
        resident: Resident,
        plan: Plan,
        due: str,
        *,
        ward: bool = False,
    ) -> str | None:
        """What a prompt says to whoever answers without a page; None for everybody else. ward: somebody answers for the resident."""
        if prompt.kind in REPLIES:
            return _say(resident, *_reply(session, prompt.kind, check_in, resident, plan))
        if prompt.channel == VOICE:
            if not self._keys:
                return None
            people = members_of(session, check_in.lead_id) if check_in.lead_id else []
            keys = SHARED_KEYS if people else GUARDIAN_KEYS if ward else KEYS
            return _say(resident, keys, name=resident.full_name, people=_named(people))
        by_text = resident.without_smartphone or plan.evidence == EvidenceLevel.CODE_WORD
        if prompt.channel != TEXT or not by_text:
            return None
        people = members_of(session, check_in.lead_id) if check_in.lead_id else []
        if not all(each.without_smartphone or plan.evidence == EvidenceLevel.CODE_WORD for each in people):
            # One of them has a telephone that opens the page for all.
            return None
        if not self._number:
            return _say(resident, BY_CALL, due=due) if resident.without_smartphone else None
        own = SHARED if people else GUARDIAN if ward else TEXTS
        template = (own if prompt.kind in own else TEXTS)[prompt.kind]
        code = code_in(check_in, resident, plan)
        return _say(resident, template, code=code, number=self._number, due=due, name=resident.full_name, people=_named(people))


def code_in(check_in: CheckIn, resident: Resident, plan: Plan) -> str:
    """The code word as it stands behind CO, with a space before it; empty where none is asked for."""
    wanted = enough(
        plan.evidence,
        plan.evidence_by_text,
        without_smartphone=resident.without_smartphone,
        refuses_faces=resident.refuses_faces,
    )
    return f" {code_of(check_in.nonce)}" if wanted == EvidenceLevel.CODE_WORD else ""


def _reply(session: Session, kind: PromptKind, check_in: CheckIn, resident: Resident, plan: Plan) -> tuple[str, dict[str, str]]:
    if kind != PromptKind.REPLY_TAKEN:
        return REPLY_TEXTS[kind], {"code": code_in(check_in, resident, plan)}
    people = members_of(session, check_in.lead_id) if check_in.lead_id else []
    left = [(number, each) for number, each in enumerate(people, 1) if each.state in AWAITED]
    if left:
        return TAKEN_SOME, {"people": _listed(left)}
    states = {each.state for each in people} or {check_in.state}
    return TAKEN.get(states.pop(), TAKEN_ELSE) if len(states) == 1 else TAKEN_ELSE, {}


def _named(people: list[Member]) -> str:
    return _listed(list(enumerate(people, 1)))


def _listed(people: list[tuple[int, Member]]) -> str:
    """ "1 An, 2 Bình": the last word of a Vietnamese name is the one that people are called by, and shorter."""
    return ", ".join(f"{number} {each.full_name.split()[-1]}" for number, each in people)


def _say(resident: Resident, template: str, values: dict[str, str] | None = None, **more: str) -> str:
    return Words(template, (values or {}) | more).say(translator(resident.language))
