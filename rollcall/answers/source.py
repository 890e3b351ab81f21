"""By which way an answer came, and what follows from that alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.models.rollcalls.plans import EvidenceLevel
from rollcall.answers.said import LONGEST_NOTE, LONGEST_TEXT
from rollcall.answers.stamps import GRACE


@dataclass(frozen=True)
class OwnPage:
    """The page behind one's own link: it shows a picture and a place, and a phone keeps an answer until it has a line."""

    channel = "web"
    account_id = None
    longest_note = LONGEST_NOTE

    def too_late(self, closed_at: datetime, now: datetime) -> bool:
        """Never: what a phone kept is taken whenever it comes, and shown to a person."""
        return False


@dataclass(frozen=True)
class Telephone:
    """A text or the keys of a call. channel: over which it came; proves: what that shows, by the code word in it or without; understood:
    every word of it was, so that no person needs to read it.
    """

    channel: str
    proves: EvidenceLevel
    understood: bool = True
    account_id = None
    longest_note = LONGEST_TEXT

    def too_late(self, closed_at: datetime, now: datetime) -> bool:
        """Whether the window is so long closed that a text is about something else."""
        return now > closed_at + GRACE


@dataclass(frozen=True)
class Staff:
    """Somebody of staff who saw the resident. account_id: who."""

    account_id: int
    channel = "web"
    longest_note = LONGEST_NOTE

    def too_late(self, closed_at: datetime, now: datetime) -> bool:
        """Always: who is seen after the window was closed is a supervisor's question."""
        return True


Source = OwnPage | Telephone | Staff
