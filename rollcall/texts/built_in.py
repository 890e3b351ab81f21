"""What a prompt says, in the resident's language."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptKind
from monitor.words import N_, Words, translator
from rollcall.channels.message_length import without_accents

TITLE = N_("Roll-call")
# Short: without accents each is one part of a text message (160 characters), with them two (134), with all that is filled in at its
# longest; see `rollcall/texts/lengths.py`.
TEXTS = {
    PromptKind.FIRST: N_(
        "Quarantine roll-call: please send a selfie by %(due)s: %(link)s Unwell or need help? Say so or call 1022."
    ),
    PromptKind.REMINDER: N_(
        "Reminder: we have no answer to the roll-call yet. Please answer by %(due)s: %(link)s Need help? Call 1022."
    ),
    PromptKind.VOICE: N_(
        "Hello %(name)s. This is the roll-call of %(service)s. Please answer through the link in your message by %(due)s, or call"
        " 1022 at any time to speak to a person."
    ),
    PromptKind.HOUSEHOLD: N_("%(name)s has not answered. Please check on them and help them reply by %(due)s: %(link)s"),
}
# Where several people answer with one phone: one message for all of them.
SHARED = {
    PromptKind.FIRST: N_(
        "Roll-call: please answer for each person who uses this phone by %(due)s: %(link)s Need help? Call 1022."
    ),
    PromptKind.REMINDER: N_(
        "Reminder: someone on this phone has not answered. Please answer by %(due)s: %(link)s Need help? Call 1022."
    ),
}
# To a guardian, who answers for one other person.
GUARDIAN = {
    PromptKind.FIRST: N_("Roll-call for %(name)s: please answer by %(due)s: %(link)s Unwell? Say so or call 1022."),
    PromptKind.REMINDER: N_("Reminder: no answer yet for %(name)s. Please reply by %(due)s: %(link)s Need help? Call 1022."),
    PromptKind.VOICE: N_(
        "Hello. This is the roll-call of %(service)s for %(name)s, for whom you answer. Please answer through the link in your"
        " message by %(due)s, or call 1022 at any time to speak to a person."
    ),
}
# To somebody who does not agree to face matching.
WITHOUT_PICTURE = N_("Quarantine roll-call: please say how you are by %(due)s: %(link)s No photo needed. Need help? Call 1022.")
# To somebody who asked something about their data. What it is about is nobody else's business who sees the phone.
REQUEST_ANSWERED = N_("Your request has an answer: %(link)s Or call 1022.")
REQUEST_ANSWERED_BY_CALL = N_("Your request has an answer. Please call 1022 or ask health staff.")
# To try a channel with.
TEST = N_("Test message of the roll-call service. Nothing to do.")


# Of the names in a text message; "Nguyễn Thị Phương Thảo" is one.
LONGEST_NAME = 22


def fitting(values: Mapping[str, str], language: str, channel: str) -> dict[str, str]:
    """What is filled in, as a text message can hold it: names not too long, and no accents in an English one.

    One accent more than doubles its parts.
    """
    if channel != ChannelName.SMS:
        return dict(values)
    fitted = {**values, "name": short_name(values["name"])} if "name" in values else dict(values)
    return {name: without_accents(value) for name, value in fitted.items()} if language == "en" else fitted


def short_name(full_name: str) -> str:
    """A name of at most LONGEST_NAME characters: as many of its last words as that holds, for by the last a Vietnamese is called."""
    words = full_name.split()
    while len(words) > 1 and len(" ".join(words)) > LONGEST_NAME:
        del words[0]
    return " ".join(words)[:LONGEST_NAME]


def without_picture(language: str, *, link: str, due: str) -> str:
    """The first message to somebody from whom no picture is wanted."""
    return Words(WITHOUT_PICTURE, {"link": link, "due": due}).say(translator(language))


def request_answered(language: str, *, link: str | None) -> str:
    """That a request has its answer. link: None for somebody who cannot open one."""
    sentence = Words(REQUEST_ANSWERED, {"link": link}) if link else Words(REQUEST_ANSWERED_BY_CALL)
    return sentence.say(translator(language))
