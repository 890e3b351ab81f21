"""Whether a resident is believed present, absent or unknown, why, and until when: a pure decision over evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitor.clock import local_clock
from monitor.models.people import PresenceState
from monitor.words import N_, Words, words

# A selfie that was verified shows the person, not the place; it counts for as long as a usual pause between two roll-calls.
ANSWER_COUNTS_FOR = timedelta(minutes=60)
# A picture older than this says nothing about now.
PICTURE_COUNTS_FOR = timedelta(seconds=30)

CameraTrouble = Literal["offline", "covered", "moved", "defocused", "frozen", "replayed", "dark", "silent"]


@dataclass(frozen=True)
class RoomCamera:
    """A camera that looks at the resident's room. trouble: why it cannot be believed now, None when it can."""

    name: str
    trouble: CameraTrouble | None


@dataclass(frozen=True)
class Evidence:
    """What is known of one resident. All times UTC.

    seen_at, first_seen_at: newest sight of their face in their room, and when that sight began; answered_at: newest verified
    selfie; watched_since: since when a camera of the room has shown the room without a gap, None when none does.
    """

    room: str | None
    cameras: tuple[RoomCamera, ...]
    seen_at: datetime | None
    first_seen_at: datetime | None
    motion_at: datetime | None
    answered_at: datetime | None
    watched_since: datetime | None
    exempt_until: datetime | None


@dataclass(frozen=True)
class Belief:
    """What is believed, in which words, when the evidence for it was last renewed, and when it runs out."""

    state: PresenceState
    reason: Words
    seen_at: datetime | None
    expires_at: datetime | None


_TROUBLE = {
    "offline": N_("The camera %(camera)s is offline, so nobody knows."),
    "covered": N_("The camera %(camera)s is covered, so nobody knows."),
    "moved": N_("The camera %(camera)s was turned away, so nobody knows."),
    "defocused": N_("The camera %(camera)s is out of focus, so nobody knows."),
    "frozen": N_("The picture of camera %(camera)s stands still, so nobody knows."),
    "replayed": N_("The camera %(camera)s shows an old recording again, so nobody knows."),
    "dark": N_("It is too dark for the camera %(camera)s to see, so nobody knows."),
    "silent": N_("The camera %(camera)s has shown no new picture, so nobody knows."),
}


def believe(evidence: Evidence, now: datetime, *, present_for: timedelta, empty_after: timedelta, timezone: str) -> Belief:
    """What to believe about one resident.

    present_for: how long a sight counts; empty_after: how long nobody may be seen before the room is called empty.
    A camera that fails makes it unknown, never absent; and absence needs a camera that watched all the while.
    """

    def clock(at: datetime) -> str:
        return local_clock(at, timezone, now)

    seen, answered = evidence.seen_at, evidence.answered_at
    if seen is not None and now < seen + present_for:
        reason = words(N_("Seen by camera in room %(room)s at %(time)s."), room=evidence.room or "", time=clock(seen))
        return Belief(PresenceState.PRESENT, reason, seen, seen + present_for)
    if answered is not None and now < answered + ANSWER_COUNTS_FOR:
        reason = words(N_("Answered the roll-call at %(time)s with a verified selfie."), time=clock(answered))
        return Belief(PresenceState.PRESENT, reason, answered, answered + ANSWER_COUNTS_FOR)
    last = max((each for each in (seen, answered) if each is not None), default=None)
    if evidence.exempt_until is not None and now < evidence.exempt_until:
        reason = words(N_("Away with permission until %(time)s."), time=clock(evidence.exempt_until))
        return Belief(PresenceState.UNKNOWN, reason, last, evidence.exempt_until)
    if not evidence.cameras:
        if last is None:
            return Belief(
                PresenceState.UNKNOWN, words(N_("No camera sees this room, and no roll-call was answered yet.")), None, None
            )
        reason = words(N_("Last known at %(time)s; no camera sees this room."), time=clock(last))
        return Belief(PresenceState.UNKNOWN, reason, last, None)
    if all(each.trouble for each in evidence.cameras):
        broken = evidence.cameras[0]
        return Belief(PresenceState.UNKNOWN, words(_TROUBLE[broken.trouble or "silent"], camera=broken.name), last, None)
    moved = evidence.motion_at
    watched = evidence.watched_since
    somebody = max((each for each in (seen, moved) if each is not None), default=None)
    quiet_since = max((each for each in (somebody, watched) if each is not None), default=None)
    if watched is not None and quiet_since is not None and now - quiet_since >= empty_after:
        reason = words(
            N_("Nobody has been seen in room %(room)s since %(time)s."), room=evidence.room or "", time=clock(quiet_since)
        )
        return Belief(PresenceState.ABSENT, reason, last, None)
    if moved is not None and now < moved + present_for:
        reason = words(
            N_("Something moved in room %(room)s at %(time)s, but no face was recognised."),
            room=evidence.room or "",
            time=clock(moved),
        )
        return Belief(PresenceState.UNKNOWN, reason, last, moved + present_for)
    if last is None:
        return Belief(PresenceState.UNKNOWN, words(N_("Not seen yet.")), None, None)
    reason = words(N_("Last seen at %(time)s. Asleep or turned away is not absent."), time=clock(last))
    return Belief(PresenceState.UNKNOWN, reason, last, quiet_since + empty_after if quiet_since else None)
