"""What a resident is told of each state of their check-in, in plain words."""

from __future__ import annotations

from typing import NamedTuple

from monitor.models import CheckInState
from monitor.words import N_, Words


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
