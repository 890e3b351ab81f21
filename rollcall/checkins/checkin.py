"""A check-in's life: which state may follow which, and what becomes of one when its window closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.clock import local_clock
from monitor.models.rollcalls import CheckInState, EvidenceLevel
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
AWAITED = (S.SCHEDULED, S.PROMPTED)
"""States in which an answer is still awaited."""
CLOSED = (S.MISSED, S.UNREACHED)
"""States of a window that closed without an answer; one that comes all the same is kept, and moves nothing."""


@dataclass(frozen=True)
class Step:
    """The next state and why, in words a resident could read."""

    state: CheckInState
    reasons: tuple[Words, ...]
    evidence: EvidenceLevel | None = None


@dataclass(frozen=True)
class Window:
    """What is known of an unanswered check-in whose window closed. Times UTC; None: it did not happen.

    exemption: why absence was allowed in the window; outage_at: when a fault of ours began that lay in it;
    seen_at: when a camera showed the resident in their room in it; delivered_at: first delivery that was confirmed; sent_at: when a
    gateway first took a message.
    """

    opened_at: datetime
    due_at: datetime
    timezone: str
    exemption: str | None = None
    outage_at: datetime | None = None
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
        reason = words(N_("Our own service was down at %(time)s; this never counts against you."), time=clock(window.outage_at))
        return Step(S.EXCUSED, (reason,))
    if window.stopped_at is not None and window.delivered_at is None:
        reason = words(
            N_("Messages were stopped by the health service at %(time)s, so none was sent to you; no answer was needed."),
            time=clock(window.stopped_at),
        )
        return Step(S.EXCUSED, (reason,))
    if window.camera_excuses and window.seen_at is not None:
        reason = words(N_("A camera showed you in your room at %(time)s; no answer was needed."), time=clock(window.seen_at))
        return Step(S.EXCUSED, (reason,), EvidenceLevel.SEEN_BY_CAMERA)
    if window.delivered_at is not None:
        reason = words(
            N_("The message arrived at %(delivered)s and was not answered until %(due)s. A person will ask how you are."),
            delivered=clock(window.delivered_at),
            due=clock(window.due_at),
        )
        return Step(S.MISSED, (reason,))
    if window.sent_at is not None:
        reason = words(
            N_(
                "A message left at %(time)s, but the phone never confirmed it: it may be off or without signal. This is not held"
                " against you; a person will call."
            ),
            time=clock(window.sent_at),
        )
    else:
        reason = words(N_("No message is known to have reached the phone. This is not held against you; a person will call."))
    return Step(S.UNREACHED, (reason,))


def asked_after(resident_id: int) -> list[str]:
    """Causes of the incidents that ask staff after somebody who did not answer; an answer that counts ends them."""
    return [f"{state}-resident-{resident_id}" for state in ("missed", "missed_repeatedly", "unreached")]


def doubted(resident_id: int) -> str:
    """Cause of the incident that asks staff to look at a face."""
    return f"face-resident-{resident_id}"


def misplaced(resident_id: int) -> str:
    """Cause of the incident that asks staff to look at where a phone says it is."""
    return f"place-resident-{resident_id}"
