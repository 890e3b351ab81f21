"""A check-in's life: which state may follow which, and what becomes of one when its window closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.clock import local_clock
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.models.service import OutagePart
from monitor.words import N_, Words, words

S = CheckInState
NEXT: dict[CheckInState, frozenset[CheckInState]] = {
    S.SCHEDULED: frozenset({S.PROMPTED, S.ANSWERED, S.MISSED, S.UNREACHED, S.EXCUSED}),
    S.PROMPTED: frozenset({S.ANSWERED, S.MISSED, S.UNREACHED, S.EXCUSED}),
    S.ANSWERED: frozenset({S.VERIFIED, S.IN_REVIEW}),
    # Only a person leaves a review, one way or the other.
    S.IN_REVIEW: frozenset({S.ACCEPTED, S.REJECTED}),
    S.MISSED: frozenset(),
    S.UNREACHED: frozenset(),
    S.EXCUSED: frozenset(),
    S.VERIFIED: frozenset(),
    S.ACCEPTED: frozenset(),
    S.REJECTED: frozenset(),
}
# What a person may set right, with a reason. Apart from NEXT, so that no tick and no worker can ever take it.
BY_PERSON: dict[CheckInState, frozenset[CheckInState]] = {
    S.MISSED: frozenset({S.ACCEPTED, S.EXCUSED}),
    S.UNREACHED: frozenset({S.ACCEPTED, S.EXCUSED}),
    S.REJECTED: frozenset({S.ACCEPTED}),
}
# What an answer sets right by itself that was made in time and came late: its phone had no line. Apart from both others, so that it
# can only ever take away what stands against somebody. Where its verdict is not clear a person decides, as of any answer.
BY_KEPT_ANSWER: dict[CheckInState, frozenset[CheckInState]] = {
    S.MISSED: frozenset({S.VERIFIED, S.IN_REVIEW}),
    S.UNREACHED: frozenset({S.VERIFIED, S.IN_REVIEW}),
}
# What is set right when a clock turns out to have been wrong. Apart from NEXT too: nothing else takes it.
BY_CLOCK: dict[CheckInState, frozenset[CheckInState]] = {
    S.MISSED: frozenset({S.EXCUSED}),
    S.UNREACHED: frozenset({S.EXCUSED}),
}
AWAITED = (S.SCHEDULED, S.PROMPTED)
"""States in which an answer is still awaited."""
CLOSED = (S.MISSED, S.UNREACHED)
"""States of a window that closed without an answer; one that comes all the same moves it only where it was made in time."""


_DOWN = N_("Our service was down at %(time)s. This does not count against you.")
_NO_PAGE = N_("Our page could not be opened at %(time)s. This does not count against you.")
_NO_MESSAGES = N_("Our messages could not be sent at %(time)s. This does not count against you.")
_FAULTS = {
    OutagePart.PAGE: _NO_PAGE,
    OutagePart.LINE: N_("The network was down at %(time)s. This does not count against you."),
    **dict.fromkeys((OutagePart.SCHEDULER, OutagePart.WORKER, OutagePart.GATEWAY), _NO_MESSAGES),
}


@dataclass(frozen=True)
class Step:
    """The next state and why, in words a resident could read."""

    state: CheckInState
    reasons: tuple[Words, ...]
    evidence: EvidenceLevel | None = None


@dataclass(frozen=True)
class Window:
    """What is known of an unanswered check-in whose window closed. Times UTC; None: it did not happen.

    exemption: why absence was allowed in the window; outage_at: when a fault of ours began that kept them from answering, and
    outage_part: what it was;
    seen_at: when a camera showed the resident in their room in it; delivered_at: first delivery that was confirmed; sent_at: when a
    gateway first took a message.
    """

    opened_at: datetime
    due_at: datetime
    timezone: str
    exemption: str | None = None
    outage_at: datetime | None = None
    outage_part: OutagePart = OutagePart.SERVICE
    stopped_at: datetime | None = None
    seen_at: datetime | None = None
    camera_excuses: bool = False
    delivered_at: datetime | None = None
    sent_at: datetime | None = None


def close(window: Window) -> Step:
    """Missed, unreached or excused: three words for three things. What excuses is asked first."""

    def clock(at: datetime) -> str:
        return local_clock(at, window.timezone)

    if window.exemption is not None:
        return Step(S.EXCUSED, (words(N_("Away with permission: %(reason)s."), reason=window.exemption),))
    if window.outage_at is not None:
        return Step(S.EXCUSED, (words(_FAULTS.get(window.outage_part, _DOWN), time=clock(window.outage_at)),))
    if window.stopped_at is not None and window.delivered_at is None:
        reason = words(
            N_("The health service stopped messages at %(time)s, so none was sent to you; no answer was needed."),
            time=clock(window.stopped_at),
        )
        return Step(S.EXCUSED, (reason,))
    if window.camera_excuses and window.seen_at is not None:
        reason = words(N_("A camera saw you in your room at %(time)s; no answer was needed."), time=clock(window.seen_at))
        return Step(S.EXCUSED, (reason,), EvidenceLevel.SEEN_BY_CAMERA)
    if window.delivered_at is not None:
        reason = words(
            N_("The message arrived at %(delivered)s and had no answer by %(due)s. Health staff will ask how you are."),
            delivered=clock(window.delivered_at),
            due=clock(window.due_at),
        )
        return Step(S.MISSED, (reason,))
    if window.sent_at is not None:
        reason = words(
            N_(
                "A message was sent at %(time)s, but the phone did not confirm it; it may have been off or without signal."
                " This does not count against you. Health staff will call."
            ),
            time=clock(window.sent_at),
        )
    else:
        reason = words(
            N_("We do not know whether a message reached the phone. This does not count against you. Health staff will call.")
        )
    return Step(S.UNREACHED, (reason,))
