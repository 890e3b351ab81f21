"""What to believe about one resident's presence, how surely, and until when: a pure decision over evidence.

The first rule that applies decides. "Left" is newer than the sight in question: an outward crossing at the room's exit, their face before
a camera elsewhere, or staff who did not find them. Nothing else is.

| rule | when | belief | surely |
|---|---|---|---|
| seen | recognised within `present_for`, and nobody left since | present | 1 |
| answered | a verified answer, or staff met them, within the hour, and nobody left since | present | 1 |
| away | an exemption covers now | unknown | 0 |
| not found | staff did not find them, within the hour, and nothing since tells otherwise | absent | 1 |
| trouble | the room has cameras, and none can be believed now | unknown | 0 |
| nobody left | seen, or came in, and every exit was watched without a gap since, and nobody left | present | 0.9 to 0.5 |
| too long ago | the same, for longer than 12 hours, and somebody is seen there: a roll-call should ask | unknown | 0 |
| no camera | none sees the room | unknown | 0 |
| somebody inside | somebody came in, nobody went out since, at exits that were watched; who it is, is not known | unknown | 0 |
| not looked for | somebody was in the shared room of whose faces are not looked for, and nobody went out since | unknown | 0 |
| left, and empty | left; a camera watched all the while, and nobody (no motion, person, face) for `empty_after` | absent | 0.9 |
| not seen | not left, or it is not known who left the shared room; nobody for `empty_after`, as one sound camera shows | not seen | 0 |
| trouble at the exit | a camera at the room's exit cannot be believed now | unknown | 0 |
| left | left, and nothing moved after that | unknown | 0 |
| moving | something moved lately | unknown | 0 |
| else | last seen, or never | unknown | 0 |

**Not seen is not absent**, with or without a line at the exit: somebody asleep, turned away or in the bathroom is not seen either. What is
not seen for long is a question for staff all the same, for somebody may lie there.

A camera that fails makes unknown only what it alone could tell. With two in a room the other goes on: seen, not seen. One at the exit
alone can tell whether somebody left: while it fails, or did since, nobody counts as still there because nobody left, nobody as gone; that
nobody is seen in the room is told all the same.

Whose face is not looked for, since they do not agree to it, is never called absent where others would not be: in a room of their own
anybody seen there counts as they, as somebody who came in does.

How surely is chosen, not measured, so that beliefs can be put in order; how often they were right is measured (`monitor.presence.camera_accuracy`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.clock import local_clock
from monitor.models.people.residents import PresenceState
from monitor.presence.evidence import Evidence, RoomCamera, newest
from monitor.presence.so_long import HOUR, so_long
from monitor.room_names import room_words
from monitor.words import N_, Words, words

# A selfie that was verified shows the person, not the place; it counts for as long as a usual pause between two roll-calls.
ANSWER_COUNTS_FOR = timedelta(minutes=60)
# Nobody left, so still there: for a night, in which no roll-call asks (quiet hours last ten by default).
INFERRED_FOR = timedelta(hours=12)
# How sure that is in the beginning, by a recognised face and by an unknown person who came in; at its end; in such steps.
SURE_BY_FACE, SURE_BY_CROSSING, SURE_AT_END, SURE_STEP = 0.9, 0.7, 0.5, 0.05
SURE_LEFT = 0.9
# A face is told of when its picture was judged, some seconds after a crossing that was seen in passing.
FACE_LAG = timedelta(seconds=10)
# As beliefs and incidents of an earlier version say it, which stay as they were stored.
SAID_BEFORE = N_("Nobody has been seen in %(room)s since %(time)s.")
# The door still moves when somebody has left.
LEAVING_MOVES = timedelta(seconds=60)


@dataclass(frozen=True)
class Belief:
    """What is believed, in which words, when the evidence for it was last renewed, when it runs out, and how sure it is.

    expires_at: when the belief changes without new evidence, always ahead; None when it does not. confidence: 0 to 1, 0 when unknown or
    not seen. since: when the state began, where that is not the moment in which it is decided first. known_to_staff: they found it out.
    """

    state: PresenceState
    reason: Words
    seen_at: datetime | None
    expires_at: datetime | None
    confidence: float = 0.0
    since: datetime | None = None
    known_to_staff: bool = False


_TROUBLE = {
    "offline": N_("Camera %(camera)s is offline: presence unknown."),
    "covered": N_("Camera %(camera)s is covered: presence unknown."),
    "moved": N_("Camera %(camera)s was turned away: presence unknown."),
    "defocused": N_("Camera %(camera)s is out of focus: presence unknown."),
    "frozen": N_("The picture of camera %(camera)s is frozen: presence unknown."),
    "replayed": N_("Camera %(camera)s is showing an old recording: presence unknown."),
    "dark": N_("Too dark for camera %(camera)s to see: presence unknown."),
    "silent": N_("Camera %(camera)s has shown no new picture: presence unknown."),
    "resting": N_("Camera %(camera)s is set not to watch at this time: presence unknown."),
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
    def room(self) -> dict[str, Any]:
        return room_words(self.evidence.room or "").dump()

    @property
    def last(self) -> datetime | None:
        """Newest proof of the person."""
        return newest(self.evidence.seen_at, self.proven)

    @property
    def proven(self) -> datetime | None:
        """Newest proof that is no camera's: an answer, or staff who met them."""
        return newest(self.evidence.answered_at, self.evidence.met_at)

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
        """When somebody went out, or they were seen elsewhere or not found, if nothing since tells that they are in there."""
        evidence = self.evidence
        # Who was never seen in this room may have been moved into it, and was seen elsewhere because they lived there.
        elsewhere = evidence.elsewhere_at if evidence.seen_at is not None else None
        left = newest(evidence.went_out_at, elsewhere, evidence.missed_at)
        if left is None or (self.only_they is not None and self.only_they > left):
            return None
        lag = FACE_LAG if left == evidence.went_out_at else timedelta(0)
        return None if any(at is not None and at > left + lag for at in (evidence.seen_at, self.proven)) else left

    @property
    def who_left_is_known(self) -> bool:
        """Whether it was they who left: of a shared room somebody goes out whom nobody recognised."""
        return not self.evidence.shared or self.left_at != self.evidence.went_out_at

    @property
    def unseen_since(self) -> datetime | None:
        """Since when nobody was seen, by cameras of the room that would have seen them; None when none watches."""
        evidence = self.evidence
        if evidence.watched_since is None:
            return None
        return newest(evidence.watched_since, evidence.seen_at, evidence.motion_at, evidence.entered_at, evidence.went_out_at)

    @property
    def unseen_at(self) -> datetime | None:
        """When they count as not seen if nobody is seen until then."""
        unseen = self.unseen_since
        return None if unseen is None else unseen + self.empty_after

    @property
    def gone_at(self) -> datetime | None:
        """When who left counts as absent if nobody is seen until then; None where nobody left, or an exit could not tell that they are back."""
        evidence, unseen = self.evidence, self.unseen_since
        if unseen is None or self.left_at is None or not self.who_left_is_known or any(each.trouble for each in evidence.exits):
            return None
        return max(unseen, evidence.exit_watched_since or unseen) + self.empty_after


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
    reason = words(N_("Seen by a camera in %(room)s at %(time)s."), room=case.room, time=case.clock(seen))
    return Belief(PresenceState.PRESENT, reason, seen, seen + case.present_for, 1.0)


def _answered(case: _Case) -> Belief | None:
    proven = case.proven
    if proven is None or case.left_at is not None or case.now >= proven + ANSWER_COUNTS_FOR:
        return None
    if proven == case.evidence.answered_at:
        template = N_("Answered the roll-call at %(time)s; the answer was valid.")
    else:
        template = N_("Staff met this person at %(time)s.")
    return Belief(PresenceState.PRESENT, words(template, time=case.clock(proven)), proven, proven + ANSWER_COUNTS_FOR, 1.0)


def _away(case: _Case) -> Belief | None:
    until = case.evidence.exempt_until
    if until is None or case.now >= until:
        return None
    return _unknown(case, words(N_("Away with permission until %(time)s."), time=case.clock(until)), until)


def _not_found(case: _Case) -> Belief | None:
    missed = case.evidence.missed_at
    if missed is None or case.left_at != missed or case.now >= missed + ANSWER_COUNTS_FOR:
        return None
    reason = words(N_("Staff did not find this person there at %(time)s."), time=case.clock(missed))
    return Belief(PresenceState.ABSENT, reason, case.last, missed + ANSWER_COUNTS_FOR, 1.0, known_to_staff=True)


def _no_camera(case: _Case) -> Belief | None:
    if case.evidence.cameras:
        return None
    if case.last is None:
        return _unknown(case, words(N_("No camera sees this room, and no roll-call has been answered yet.")))
    return _unknown(case, words(N_("Last sign at %(time)s; no camera sees this room."), time=case.clock(case.last)))


def _trouble(case: _Case) -> Belief | None:
    cameras = case.evidence.cameras
    return _broken(case, cameras[0]) if cameras and all(each.trouble for each in cameras) else None


def _trouble_at_exit(case: _Case) -> Belief | None:
    broken = next((each for each in case.evidence.exits if each.trouble), None)
    return _broken(case, broken, case.unseen_at) if broken is not None else None


def _nobody_left(case: _Case) -> Belief | None:
    evidence, came_in, watched = case.evidence, case.came_in_at, case.evidence.exit_watched_since
    if not evidence.exits or any(each.trouble for each in evidence.exits) or watched is None:
        return None
    if came_in is None or came_in < watched or case.left_at is not None:
        return None
    if case.now >= came_in + INFERRED_FOR:
        return None
    if came_in == evidence.seen_at:
        template = N_("Seen at %(time)s; nobody was seen leaving since. Someone asleep or turned away still counts as present.")
    elif came_in == case.unnamed:
        template = N_(
            "Someone was in the room at %(time)s; nobody was seen leaving since. Someone asleep or turned away still counts"
            " as present."
        )
    else:
        template = N_(
            "Someone came in at %(time)s; nobody was seen leaving since. Someone asleep or turned away still counts as present."
        )
    reason = words(template, time=case.clock(came_in))
    return Belief(PresenceState.PRESENT, reason, came_in, came_in + INFERRED_FOR, _how_sure(case, watched))


def _too_long_ago(case: _Case) -> Belief | None:
    came_in, watched = case.came_in_at, case.evidence.exit_watched_since
    if watched is None or came_in is None or came_in < watched or case.left_at is not None:
        return None
    if case.unseen_at is not None and case.now >= case.unseen_at:
        return None
    long_ago = words(
        N_("Seen at %(time)s and not seen leaving, but that is too long ago to rely on. A roll-call would settle it."),
        time=case.clock(came_in),
    )
    return _unknown(case, long_ago, case.unseen_at)


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
        N_("Someone came into %(room)s at %(time)s and has not left; it is not known who."),
        room=case.room,
        time=case.clock(entered),
    )
    return _unknown(case, reason)


def _not_looked_for(case: _Case) -> Belief | None:
    there, watched = case.unnamed, case.evidence.exit_watched_since
    if there is None or watched is None or there < watched or case.now >= there + INFERRED_FOR:
        return None
    reason = words(
        N_("Someone was in %(room)s at %(time)s and nobody has left since. The system does not look for who it was."),
        room=case.room,
        time=case.clock(there),
    )
    return _unknown(case, reason, there + INFERRED_FOR)


def _gone(case: _Case) -> Belief | None:
    left, gone_at, unseen = case.left_at, case.gone_at, case.unseen_since
    if left is None or gone_at is None or unseen is None or case.now < gone_at:
        return None
    if left == case.evidence.went_out_at:
        template = N_("Someone left %(room)s at %(time)s, and nobody has been seen there since %(quiet)s.")
    elif left == case.evidence.elsewhere_at:
        template = N_("Seen elsewhere at %(time)s, and nobody has been seen in %(room)s since %(quiet)s.")
    else:
        template = N_("Staff did not find this person at %(time)s, and nobody has been seen in %(room)s since %(quiet)s.")
    reason = words(template, room=case.room, time=case.clock(left), quiet=case.clock(gone_at - case.empty_after))
    return Belief(PresenceState.ABSENT, reason, case.last, None, SURE_LEFT)


def _not_seen(case: _Case) -> Belief | None:
    unseen, unseen_at = case.unseen_since, case.unseen_at
    if unseen is None or unseen_at is None or case.now < unseen_at:
        return None
    values = {"room": case.room, "time": case.clock(unseen), "long": so_long(case.now - unseen).dump()}
    if case.left_at is not None and not case.who_left_is_known:
        template = N_("Nobody has been seen in %(room)s for %(long)s, since %(time)s. Someone left; it is not known who.")
    else:
        template = N_("Nobody has been seen in %(room)s for %(long)s, since %(time)s.")
    # Said in whole hours, so it is said anew with each.
    next_hour = unseen + ((case.now - unseen) // HOUR + 1) * HOUR
    until = min(next_hour, case.gone_at) if case.gone_at is not None else next_hour
    return Belief(PresenceState.NOT_SEEN, words(template, **values), case.last, until, since=unseen)


def _left(case: _Case) -> Belief | None:
    left, moved = case.left_at, case.evidence.motion_at
    if left is None or (moved is not None and moved > left + LEAVING_MOVES):
        return None
    if left == case.evidence.went_out_at:
        template = N_("Someone left %(room)s at %(time)s. Who is still inside is unknown until someone is recognised.")
    elif left == case.evidence.elsewhere_at:
        template = N_("Seen by a camera elsewhere at %(time)s, and not in %(room)s since.")
    else:
        template = N_("Staff did not find this person in %(room)s at %(time)s.")
    return _unknown(case, words(template, room=case.room, time=case.clock(left)), case.unseen_at)


def _moving(case: _Case) -> Belief | None:
    moved = case.evidence.motion_at
    if moved is None or case.now >= moved + case.present_for:
        return None
    reason = words(
        N_("Something moved in %(room)s at %(time)s, but no face was recognised."), room=case.room, time=case.clock(moved)
    )
    until = moved + case.present_for
    return _unknown(case, reason, min(until, case.unseen_at or until))


def _else(case: _Case) -> Belief:
    if case.last is None:
        return _unknown(case, words(N_("Not seen yet.")), case.unseen_at)
    reason = words(
        N_("Last seen at %(time)s. Someone asleep or turned away still counts as present."), time=case.clock(case.last)
    )
    return _unknown(case, reason, case.unseen_at)


def _broken(case: _Case, camera: RoomCamera, until: datetime | None = None) -> Belief:
    return _unknown(case, words(_TROUBLE[camera.trouble or "silent"], camera=camera.name), until)


def _unknown(case: _Case, reason: Words, until: datetime | None = None) -> Belief:
    return Belief(PresenceState.UNKNOWN, reason, case.last, until)


_RULES: tuple[Callable[[_Case], Belief | None], ...] = (
    _seen,
    _answered,
    _away,
    _not_found,
    _trouble,
    _nobody_left,
    _too_long_ago,
    _no_camera,
    _somebody_inside,
    _not_looked_for,
    _gone,
    _not_seen,
    _trouble_at_exit,
    _left,
    _moving,
    _else,
)
