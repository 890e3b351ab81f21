"""What a prompt says, in the resident's language."""

from __future__ import annotations

from monitor.models.rollcalls import PromptKind
from monitor.words import N_, Words, translator

TITLE = N_("Roll-call")
# Short: 160 characters without accents are one part of a text message, 70 with them.
TEXTS = {
    PromptKind.FIRST: N_("Roll-call: please send a selfie by %(due)s: %(link)s Not well? Tell us there, or call 1022."),
    PromptKind.REMINDER: N_("A kind reminder: please answer the roll-call by %(due)s: %(link)s"),
    PromptKind.VOICE: N_(
        "Hello %(name)s. This is the roll-call of the health service. Please answer by the link in your message by %(due)s, or call"
        " 1022: a person answers there at any time."
    ),
    PromptKind.HOUSEHOLD: N_(
        "%(name)s has not answered the roll-call yet. Please ask how they are and help them to answer by %(due)s: %(link)s"
        " Not well? Call 1022."
    ),
}
# Where several people answer with one phone: one message for all of them.
SHARED = {
    PromptKind.FIRST: N_("Roll-call: please answer for everybody with this phone by %(due)s: %(link)s Not well? Call 1022."),
    PromptKind.REMINDER: N_(
        "A kind reminder: somebody with this phone has not answered the roll-call yet, until %(due)s: %(link)s"
    ),
}
# To a guardian, who answers for one other person.
GUARDIAN = {
    PromptKind.FIRST: N_("Roll-call for %(name)s: please answer by %(due)s: %(link)s Not well? Tell us there, or call 1022."),
    PromptKind.REMINDER: N_("A kind reminder: please answer the roll-call for %(name)s by %(due)s: %(link)s"),
    PromptKind.VOICE: N_(
        "Hello. This is the roll-call of the health service for %(name)s, for whom you answer. Please answer by the link in your"
        " message by %(due)s, or call 1022: a person answers there at any time."
    ),
}
# To somebody who does not agree to face matching.
WITHOUT_PICTURE = N_("Roll-call: please say how you are by %(due)s: %(link)s No picture is needed. Not well? Call 1022.")
# To somebody who asked something about their data. What it is about is nobody else's business who sees the phone.
REQUEST_ANSWERED = N_("You asked us something; the answer is here: %(link)s Or call 1022.")
REQUEST_ANSWERED_BY_CALL = N_("You asked us something; the answer is there. Please call 1022 or ask staff.")


def without_picture(language: str, *, link: str, due: str) -> str:
    """The first message to somebody from whom no picture is wanted."""
    return Words(WITHOUT_PICTURE, {"link": link, "due": due}).say(translator(language))


def request_answered(language: str, *, link: str | None) -> str:
    """That a request has its answer. link: None for somebody who cannot open one."""
    said = Words(REQUEST_ANSWERED, {"link": link}) if link else Words(REQUEST_ANSWERED_BY_CALL)
    return said.say(translator(language))


def prompt_text(kind: PromptKind, language: str, *, link: str, due: str, name: str, shared: bool = False) -> str:
    """The message; due: on the zone's wall clock; shared: several people answer with this phone."""
    template = (SHARED if shared and kind in SHARED else TEXTS)[kind]
    return Words(template, {"link": link, "due": due, "name": name}).say(translator(language))
