"""What a resident is told of each state of their check-in, in plain words."""

from __future__ import annotations

from typing import NamedTuple

from monitor.models import CheckInState
from monitor.words import N_, Words, words
from rollcall.opening import AnswerPage


class Outcome(NamedTuple):
    """text: a template for the catalogue. tone: good, calm or watch. final: nothing more comes without a person."""

    text: str
    tone: str
    final: bool

    @property
    def words(self) -> Words:
        """The text as words."""
        return Words(self.text)


_ASKED = Outcome(N_("Your answer is awaited."), "calm", False)
# Never red: nothing here accuses anybody.
OUTCOMES = {
    CheckInState.SCHEDULED: _ASKED,
    CheckInState.PROMPTED: _ASKED,
    CheckInState.ANSWERED: Outcome(N_("Received. Thank you!"), "calm", False),
    CheckInState.VERIFIED: Outcome(N_("All is well. Thank you!"), "good", True),
    CheckInState.IN_REVIEW: Outcome(N_("Received. A person will look at it; you need do nothing."), "calm", True),
    CheckInState.ACCEPTED: Outcome(N_("A person has accepted your answer. Thank you!"), "good", True),
    CheckInState.REJECTED: Outcome(N_("This answer could not be accepted. A person will call you."), "watch", True),
    CheckInState.MISSED: Outcome(N_("The time to answer is over. A person will call you."), "watch", True),
    CheckInState.UNREACHED: Outcome(N_("The time to answer is over. A person will call you."), "watch", True),
    CheckInState.EXCUSED: Outcome(N_("No answer is needed for this roll-call."), "good", True),
}
LATE = Outcome(N_("Received, after the time. Thank you!"), "calm", True)
LATE_WORDS = N_("It arrived after the time to answer. A person will look at it; nothing happens by itself.")


def outcome_of(page: AnswerPage) -> tuple[Outcome, list[Words]]:
    """What is said of an answer, and the reasons below it."""
    return (LATE, [words(LATE_WORDS)]) if page.late else (OUTCOMES[page.state], page.reasons)
