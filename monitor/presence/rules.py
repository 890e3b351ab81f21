"""Whether a resident is believed present, absent or unknown, why, how surely, and until when: a pure decision over evidence.

The first rule that applies decides. "Left" is an outward crossing at the room's exit that is newer than the sight in question.

| rule | when | belief | surely |
|---|---|---|---|
| seen | recognised within `present_for`, and nobody left since | present | 1 |
| answered | a verified answer within the hour, and nobody left since | present | 1 |
| away | an exemption covers now | unknown | 0 |
| trouble | the room has cameras, and none can be believed now | unknown | 0 |
| nobody left | seen, or came in, and every exit was watched without a gap since, and nobody left | present | 0.9 to 0.5 |
| too long ago | the same, for longer than 12 hours: a roll-call should ask | unknown | 0 |
| no camera | none sees the room | unknown | 0 |
| trouble at the exit | a camera at the room's exit cannot be believed now | unknown | 0 |
| somebody inside | somebody came in, nobody went out since, at exits that were watched; who it is, is not known | unknown | 0 |
| not looked for | somebody was in the shared room of who refuses face matching, and nobody went out since, at exits that were watched | unknown | 0 |
| empty | a camera watched all the while, and nobody (no motion, person, face) for `empty_after` | absent | 0.6, left: 0.9 |
| left | somebody went out, and nothing moved after that | unknown | 0 |
| moving | something moved lately | unknown | 0 |
| else | last seen, or never | unknown | 0 |

Whose face is not looked for, since they do not agree to it, is never called absent where others would not be: in a room of their own
anybody seen there counts as they, as somebody who came in does.

So where the exit is watched, somebody who sleeps is not called absent: only who left, who was never seen, or whose exit was
unwatched for a while, and then after nobody was seen for the whole allowed time since. Where no exit is watched, stillness for
longer than allowed is all that can tell. A camera that fails makes it unknown, never absent.

How surely is chosen, not measured, so that beliefs can be put in order; how often they were right is measured (`monitor.truth`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.clock import local_clock
from monitor.evidence import Evidence, RoomCamera, newest
from monitor.models.people import PresenceState
from monitor.words import N_, Words, words

# A selfie that was verified shows the person, not the place; it counts for as long as a usual pause between two roll-calls.
ANSWER_COUNTS_FOR = timedelta(minutes=60)
# Nobody left, so still there: for a night, in which no roll-call asks (quiet hours last ten by default).
INFERRED_FOR = timedelta(hours=12)
# How sure that is in the beginning, by a recognised face and by an unknown person who came in; at its end; in such steps.
SURE_BY_FACE, SURE_BY_CROSSING, SURE_AT_END, SURE_STEP = 0.9, 0.7, 0.5, 0.05
SURE_LEFT, SURE_EMPTY = 0.9, 0.6
# A face is told of when its picture was judged, some seconds after a crossing that was seen in passing.
FACE_LAG = timedelta(seconds=10)
# The door still moves when somebody has left.
LEAVING_MOVES = timedelta(seconds=60)


@dataclass(frozen=True)
class Belief:
    """What is believed, in which words, when the evidence for it was last renewed, when it runs out, and how sure it is.

    expires_at: when the belief changes without new evidence, always ahead; None when it does not. confidence: 0 to 1, 0 when unknown.
    """

    state: PresenceState
    reason: Words
    seen_at: datetime | None
    expires_at: datetime | None
    confidence: float = 0.0


_TROUBLE = {
    "offline": N_("The camera %(camera)s is offline, so nobody knows."),
    "covered": N_("The camera %(camera)s is covered, so nobody knows."),
    "moved": N_("The camera %(camera)s was turned away, so nobody knows."),
    "defocused": N_("The camera %(camera)s is out of focus, so nobody knows."),
    "frozen": N_("The picture of camera %(camera)s stands still, so nobody knows."),
    "replayed": N_("The camera %(camera)s shows an old recording again, so nobody knows."),
    "dark": N_("It is too dark for the camera %(camera)s to see, so nobody knows."),
    "silent": N_("The camera %(camera)s has shown no new picture, so nobody knows."),
    "resting": N_("The camera %(camera)s is set not to watch at this time, so nobody knows."),
}


@dataclass(frozen=True)
class _Case:
    """Evidence with what several rules ask of it."""

    evidence: Evidence
    now: datetime
    present_for: timedelta
    empty_after: timedelta
    timezone: str

    def clock(self, at: datetime) -> str:
        return local_clock(at, self.timezone, self.now)

    @property
    def room(self) -> str:
        return self.evidence.room or ""

    @property
    def last(self) -> datetime | None:
        """Newest proof of the person."""
        return newest(self.evidence.seen_at, self.evidence.answered_at)

    @property
    def unnamed(self) -> datetime | None:
        """Newest sight of somebody who may be the resident, whose face is not looked for; not of who has just gone out."""
        there, out = self.evidence.unnamed_at, self.evidence.went_out_at
        return None if there is None or (out is not None and there <= out + LEAVING_MOVES) else there

    @property
    def only_they(self) -> datetime | None:
        """Newest sight of somebody unrecognised who can only be the resident: in the room, or coming in."""
        return newest(self.evidence.came_in_at, self.unnamed if self.evidence.alone else None)

    @property
    def came_in_at(self) -> datetime | None:
        return newest(self.evidence.seen_at, self.only_they)

    @property
    def left_at(self) -> datetime | None:
        """When somebody went out, if nothing since tells that the resident is in there."""
        evidence, out = self.evidence, self.evidence.went_out_at
        if out is None or (self.only_they is not None and self.only_they > out):
            return None
        inside = any(at is not None and at > out + FACE_LAG for at in (evidence.seen_at, evidence.answered_at))
        return None if inside else out

    @property
    def quiet_since(self) -> datetime | None:
        """Since when nobody was seen, by cameras that would have seen them; None when none watches."""
        evidence = self.evidence
        if evidence.watched_since is None:
            return None
        exit_since = evidence.exit_watched_since if evidence.exits else None
        return newest(
            evidence.watched_since, exit_since, evidence.seen_at, evidence.motion_at, evidence.entered_at, evidence.went_out_at
        )

    @property
    def empty_at(self) -> datetime | None:
        """When the room counts as empty if nobody is seen until then."""
        quiet = self.quiet_since
        return None if quiet is None else quiet + self.empty_after


def believe(evidence: Evidence, now: datetime, *, present_for: timedelta, empty_after: timedelta, timezone: str) -> Belief:
    """What to believe about one resident, by the rules above.

    present_for: how long a sight counts; empty_after: how long nobody may be seen before the room is called empty.
    """
    case = _Case(evidence, now, present_for, empty_after, timezone)
    return next(belief for rule in _RULES if (belief := rule(case)) is not None)


def _seen(case: _Case) -> Belief | None:
    seen = case.evidence.seen_at
    if seen is None or case.left_at is not None or case.now >= seen + case.present_for:
        return None
    reason = words(N_("Seen by camera in room %(room)s at %(time)s."), room=case.room, time=case.clock(seen))
    return Belief(PresenceState.PRESENT, reason, seen, seen + case.present_for, 1.0)


def _answered(case: _Case) -> Belief | None:
    answered = case.evidence.answered_at
    if answered is None or case.left_at is not None or case.now >= answered + ANSWER_COUNTS_FOR:
        return None
    reason = words(N_("Answered the roll-call at %(time)s, and the answer was good."), time=case.clock(answered))
    return Belief(PresenceState.PRESENT, reason, answered, answered + ANSWER_COUNTS_FOR, 1.0)


def _away(case: _Case) -> Belief | None:
    until = case.evidence.exempt_until
    if until is None or case.now >= until:
        return None
    return _unknown(case, words(N_("Away with permission until %(time)s."), time=case.clock(until)), until)


def _no_camera(case: _Case) -> Belief | None:
    if case.evidence.cameras:
        return None
    if case.last is None:
        return _unknown(case, words(N_("No camera sees this room, and no roll-call was answered yet.")))
    return _unknown(case, words(N_("Last known at %(time)s; no camera sees this room."), time=case.clock(case.last)))


def _trouble(case: _Case) -> Belief | None:
    cameras = case.evidence.cameras
    return _broken(case, cameras[0]) if cameras and all(each.trouble for each in cameras) else None


def _trouble_at_exit(case: _Case) -> Belief | None:
    broken = next((each for each in case.evidence.exits if each.trouble), None)
    return _broken(case, broken) if broken is not None else None


def _nobody_left(case: _Case) -> Belief | None:
    evidence, came_in, watched = case.evidence, case.came_in_at, case.evidence.exit_watched_since
    if not evidence.exits or any(each.trouble for each in evidence.exits) or watched is None:
        return None
    if came_in is None or came_in < watched or case.left_at is not None:
        return None
    if case.now >= came_in + INFERRED_FOR:
        long_ago = words(
            N_("Seen at %(time)s, and nobody was seen leaving since; but that is too long ago. A roll-call would tell."),
            time=case.clock(came_in),
        )
        return _unknown(case, long_ago)
    if came_in == evidence.seen_at:
        template = N_("Seen at %(time)s; nobody was seen leaving since. Asleep or turned away is not absent.")
    elif came_in == case.unnamed:
        template = N_(
            "Somebody was in the room at %(time)s; nobody was seen leaving since. Asleep or turned away is not absent."
        )
    else:
        template = N_("Somebody came in at %(time)s; nobody was seen leaving since. Asleep or turned away is not absent.")
    reason = words(template, time=case.clock(came_in))
    return Belief(PresenceState.PRESENT, reason, came_in, came_in + INFERRED_FOR, _how_sure(case, watched))


def _how_sure(case: _Case, watched_since: datetime) -> float:
    """Falls evenly while nothing renews it, in steps, since each step is written."""
    sure = SURE_AT_END
    for at, start in ((case.evidence.seen_at, SURE_BY_FACE), (case.only_they, SURE_BY_CROSSING)):
        if at is not None and at >= watched_since:
            left = max(0.0, 1 - (case.now - at) / INFERRED_FOR)
            sure = max(sure, SURE_AT_END + left * (start - SURE_AT_END))
    return round(round(sure / SURE_STEP) * SURE_STEP, 2)


def _somebody_inside(case: _Case) -> Belief | None:
    evidence = case.evidence
    entered, out, watched = evidence.entered_at, evidence.went_out_at, evidence.exit_watched_since
    if entered is None or watched is None or entered < watched or (out is not None and out >= entered):
        return None
    reason = words(
        N_("Somebody came into room %(room)s at %(time)s and did not go out; who it was is not known."),
        room=case.room,
        time=case.clock(entered),
    )
    return _unknown(case, reason)


def _not_looked_for(case: _Case) -> Belief | None:
    there, watched = case.unnamed, case.evidence.exit_watched_since
    if there is None or watched is None or there < watched or case.now >= there + INFERRED_FOR:
        return None
    reason = words(
        N_("Somebody was in room %(room)s at %(time)s, and nobody went out since. Who it was is not looked for."),
        room=case.room,
        time=case.clock(there),
    )
    return _unknown(case, reason, there + INFERRED_FOR)


def _empty(case: _Case) -> Belief | None:
    quiet, empty_at = case.quiet_since, case.empty_at
    if quiet is None or empty_at is None or case.now < empty_at:
        return None
    if case.left_at is not None:
        reason = words(
            N_("Somebody went out of room %(room)s at %(time)s, and nobody has been seen there since %(quiet)s."),
            room=case.room,
            time=case.clock(case.left_at),
            quiet=case.clock(quiet),
        )
        return Belief(PresenceState.ABSENT, reason, case.last, None, SURE_LEFT)
    reason = words(N_("Nobody has been seen in room %(room)s since %(time)s."), room=case.room, time=case.clock(quiet))
    return Belief(PresenceState.ABSENT, reason, case.last, None, SURE_EMPTY)


def _left(case: _Case) -> Belief | None:
    left, moved = case.left_at, case.evidence.motion_at
    if left is None or (moved is not None and moved > left + LEAVING_MOVES):
        return None
    reason = words(
        N_("Somebody went out of room %(room)s at %(time)s. Who is in there is not known until somebody is recognised."),
        room=case.room,
        time=case.clock(left),
    )
    return _unknown(case, reason, case.empty_at)


def _moving(case: _Case) -> Belief | None:
    moved = case.evidence.motion_at
    if moved is None or case.now >= moved + case.present_for:
        return None
    reason = words(
        N_("Something moved in room %(room)s at %(time)s, but no face was recognised."), room=case.room, time=case.clock(moved)
    )
    until = moved + case.present_for
    return _unknown(case, reason, min(until, case.empty_at or until))


def _else(case: _Case) -> Belief:
    if case.last is None:
        return _unknown(case, words(N_("Not seen yet.")), case.empty_at)
    reason = words(N_("Last seen at %(time)s. Asleep or turned away is not absent."), time=case.clock(case.last))
    return _unknown(case, reason, case.empty_at)


def _broken(case: _Case, camera: RoomCamera) -> Belief:
    return _unknown(case, words(_TROUBLE[camera.trouble or "silent"], camera=camera.name))


def _unknown(case: _Case, reason: Words, until: datetime | None = None) -> Belief:
    return Belief(PresenceState.UNKNOWN, reason, case.last, until)


_RULES: tuple[Callable[[_Case], Belief | None], ...] = (
    _seen,
    _answered,
    _away,
    _trouble,
    _nobody_left,
    _no_camera,
    _trouble_at_exit,
    _somebody_inside,
    _not_looked_for,
    _empty,
    _left,
    _moving,
    _else,
)
