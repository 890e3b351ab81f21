"""For what a declaration may be read: the care that it is about, or a reason that stands in the trail. Pure decisions."""

from __future__ import annotations

from enum import StrEnum

from monitor.models.declarations import Signs
from monitor.problems import BadInput
from monitor.words import N_

LONGEST_REASON = 300


class Purpose(StrEnum):
    """What declarations are for; the value stands in the trail."""

    CARE = "care"
    """A symptom or a contact was declared, and the health station of the place looks after it."""
    OTHER = "other"
    """Anything else, as joining it with other data: wants a reason."""


def purpose_of(signs: Signs, *, in_own_zone: bool) -> Purpose:
    """For what somebody of staff reads a declaration. in_own_zone: the zone whose station looks at it is among theirs."""
    return Purpose.CARE if signs is not Signs.NONE and in_own_zone else Purpose.OTHER


def require_reason(typed: str) -> str:
    """Why it is read, where that is not what it is for. Raises BadInput."""
    reason = " ".join(typed.split())
    if not 8 <= len(reason) <= LONGEST_REASON:
        raise BadInput(
            N_("Please say for what it is needed and by whose decision, in 8 to %(most)s letters."),
            field="reason",
            most=LONGEST_REASON,
        )
    return reason
