"""Why a part in a round has no answer, as one of a few causes: the reasons that people read name times and hardly ever repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import Words


class Cause(StrEnum):
    """In the order in which figures list them: what is the resident's, what is the line's, what is ours, what was allowed."""

    NO_ANSWER = "no_answer"
    NOT_CONFIRMED = "not_confirmed"
    NOT_KNOWN = "not_known"
    OUR_SERVICE = "our_service"
    OUR_PAGE = "our_page"
    OUR_MESSAGES = "our_messages"
    OUR_LINE = "our_line"
    STOPPED = "stopped"
    AWAY = "away"
    SEEN = "seen"
    ORDER_OVER = "order_over"
    DECIDED = "decided"
    """A person of staff excused it."""


# By the first words of each sentence of `rollcall/checkins/`.
_BEGINNINGS = {
    "The message arrived at": Cause.NO_ANSWER,
    "A message was sent at": Cause.NOT_CONFIRMED,
    "We do not know whether a message": Cause.NOT_KNOWN,
    "Our service was down": Cause.OUR_SERVICE,
    "Our page could not be opened": Cause.OUR_PAGE,
    "Our messages could not be sent": Cause.OUR_MESSAGES,
    "The network was down": Cause.OUR_LINE,
    "The health service stopped messages": Cause.STOPPED,
    "Away with permission": Cause.AWAY,
    "A camera saw you": Cause.SEEN,
    "Your quarantine order is over": Cause.ORDER_OVER,
}
_OTHERWISE = {
    CheckInState.MISSED: Cause.NO_ANSWER,
    CheckInState.UNREACHED: Cause.NOT_KNOWN,
    CheckInState.EXCUSED: Cause.DECIDED,
}
WITHOUT_ANSWER = tuple(_OTHERWISE)


def cause_of(state: CheckInState, reasons: Sequence[Mapping[str, Any]]) -> Cause:
    """The cause of a check-in that is missed, unreached or excused. reasons: stored Words, of which the first known one tells."""
    for stored in reasons:
        template = Words.load(stored).template
        for beginning, cause in _BEGINNINGS.items():
            if template.startswith(beginning):
                return cause
    return _OTHERWISE[state]
