"""What a prompt says, in the resident's language."""

from __future__ import annotations

from monitor.models.rollcalls import PromptKind
from monitor.words import N_, Words, translator

# Short: 160 characters without accents are one part of a text message, 70 with them.
TEXTS = {
    PromptKind.FIRST: N_("Roll-call: please send a selfie by %(due)s: %(link)s Not well? Tell us there, or call 1022."),
    PromptKind.REMINDER: N_("A kind reminder: please answer the roll-call by %(due)s: %(link)s"),
}


def prompt_text(kind: PromptKind, language: str, *, link: str, due: str) -> str:
    """The message; due: on the zone's wall clock."""
    return Words(TEXTS[kind], {"link": link, "due": due}).say(translator(language))
