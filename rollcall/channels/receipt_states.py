"""What a gateway's word of state decides about a message: delivered, failed, still under way, or nothing that we know. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum


class Decision(StrEnum):
    """What becomes of a message. A word that is in no list decides nothing: a message that is only on its way must not be given up."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNDER_WAY = "under_way"


# SMPP 3.4, table B-2, and 5.0, 4.7.15; and as gateways write them beside.
_WORDS = {
    Decision.DELIVERED: "DELIVRD DELIVERED DELIVERD DELIVRED DLVRD",
    Decision.FAILED: "EXPIRED DELETED UNDELIV UNDELIVERABLE UNDELIVERED UNDELIVRD UNDELIVERD REJECTD REJECTED FAILED",
    Decision.UNDER_WAY: "ENROUTE ACCEPTD ACCEPTED UNKNOWN SCHEDULED BUFFERED SUBMITTED QUEUED PENDING SENT SENDING SKIPPED INTERMEDIATE",
}
KNOWN: Mapping[str, Decision] = {word: decision for decision, words in _WORDS.items() for word in words.split()}
# SMPP 5.0, 4.7.15 (message_state).
_NUMBERS = ("SCHEDULED", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD", "SKIPPED")


def decide(word: str, own: Mapping[str, Decision]) -> Decision | None:
    """What a word says; None where nobody knows. own: what the gateway's setting says, which holds before what is usual."""
    plain = _plain(word)
    return own.get(plain) or KNOWN.get(plain)


def word_of(number: int) -> str:
    """The word for a message_state; its digits where there is none."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)


def read_words(setting: str) -> dict[str, Decision]:
    """A gateway's own words: `delivered=OK failed=BLOCKED under_way=HELD`. Raises ValueError."""
    found = {}
    for each in setting.split():
        decision, _, word = each.partition("=")
        if not _plain(word):
            raise ValueError(each)
        found[_plain(word)] = Decision(decision)
    return found


def _plain(word: str) -> str:
    return re.sub(r"[\W_]", "", word).upper()
