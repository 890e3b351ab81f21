"""What a watcher decides: when to look for faces, when a camera is offline, what was observed. Plain values in and out."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.models.cameras.cameras import CameraState, ObservationKind
from monitor.models.incidents import IncidentKind
from monitor.vision.integrity.integrity import IntegrityState
from monitor.vision.motion.looks import MotionState

# While something moves, faces are looked for this often; a person takes longer to cross a room.
FACES_ON_MOTION_SECONDS = 5.0
# Once the room's resident was recognised, or where nobody lives: then it is only said again. A look costs 0.1 s of a core.
FACES_AGAIN_SECONDS = 15.0
# Boxes of motion that are kept with an observation.
MOST_BOXES = 8
# Motion this long ago still says that somebody may be there.
MOTION_LASTS_SECONDS = 10.0
# Packets without a picture: the longest pause between keyframes of "smart" encoders is about 10 s, so this is a fault.
PICTURELESS_SECONDS = 20.0
# Packets that came so lately still come.
PACKETS_COME_SECONDS = 5.0
# The latest picture is stored this often when nothing happens (who looks at it gets a newer one from memory), and the time of
# analysis noted this often at most: presence believes a picture for 30 s.
PICTURE_SECONDS, ANALYSED_SECONDS = 60.0, 5.0
# When something begins to move the picture is stored sooner, but not more often than this; motion that goes on is noted again.
PICTURE_OF_MOTION_SECONDS, MOTION_NOTED_SECONDS = 30.0, 4.0
# Waiting before a new connection: doubled from the first to the last, but never longer than 10 s in the first 5 minutes.
FIRST_WAIT, SHORT_WAIT, SHORT_OUTAGE, LONG_WAIT = 1.0, 10.0, 300.0, 300.0
# When so many cameras of a zone, and this share of them, fall silent within so many seconds, it is the site, not the cameras.
SITE_LEAST, SITE_SHARE, SITE_SECONDS = 4, 0.5, 30.0
# Cameras lock an account after a few wrong passwords: half a minute between attempts keeps below what is usual.
WRONG_PASSWORD_WAIT = 30.0


@dataclass(frozen=True)
class FacesFound:
    """What a look for faces found. residents: certainty by resident id; strangers: other faces, counted and forgotten;
    doubtful: those of them that are somewhat like a resident of the room; matched: whether anybody lives there to be matched."""

    residents: dict[int, float] = field(default_factory=dict)
    strangers: int = 0
    doubtful: int = 0
    matched: bool = True


@dataclass(frozen=True)
class Sight:
    """One observation to be noted."""

    kind: ObservationKind
    resident_id: int | None = None
    confidence: float = 1.0
    details: dict[str, Any] = field(default_factory=dict)


def is_offline(now: float, packet_at: float, picture_at: float, limit_s: float, *, was_offline: bool = False) -> bool:
    """Whether a camera counts as offline: nothing came for limit_s, or packets without any picture for longer.

    now, packet_at (last packet), picture_at (last analysed picture): seconds on one clock; before the first, when watching began.
    was_offline: then packets alone are not enough, only a picture brings it back.
    """
    if was_offline:
        return now - picture_at >= limit_s
    return now - packet_at >= limit_s or now - picture_at >= limit_s + PICTURELESS_SECONDS


def state_of(offline: bool, integrity: IntegrityState | None) -> CameraState | None:
    """The state to show; None leaves it as it is (nothing was analysed yet, and it is too early to call it offline)."""
    if offline:
        return CameraState.OFFLINE
    if integrity is None:
        return None
    return CameraState.ONLINE if integrity is IntegrityState.OK else CameraState(integrity.value)


def silent_sites(
    offline_since: Mapping[int, float], cameras_by_zone: Mapping[int, Collection[int]], known: Collection[int] = ()
) -> set[int]:
    """The zones whose cameras fell silent together: one thing has failed, such as a switch or the power.

    offline_since: when each silent camera fell silent, in seconds; cameras_by_zone: all that are watched;
    known: zones that were so before, which stay so while half of their cameras are silent.
    """
    found = set()
    for zone, cameras in cameras_by_zone.items():
        times = sorted(offline_since[each] for each in cameras if each in offline_since)
        enough = max(SITE_LEAST, math.ceil(SITE_SHARE * len(cameras)))
        together = any(last - first <= SITE_SECONDS for first, last in zip(times, times[enough - 1 :], strict=False))
        if len(times) >= enough and (together or zone in known):
            found.add(zone)
    return found


def wait_before_retry(failures: int, outage_s: float, chance: float, *, wrong_password: bool = False) -> float:
    """Seconds to wait before the next connection.

    failures: since the last analysed picture, from 1; outage_s: since then; chance: 0 to 1, spreads those who lost a switch together.
    """
    longest = SHORT_WAIT if outage_s < SHORT_OUTAGE else LONG_WAIT
    wait = min(longest, FIRST_WAIT * 2.0 ** min(max(failures, 1) - 1, 10))
    wait *= 0.75 + 0.25 * chance
    return max(wait, WRONG_PASSWORD_WAIT) if wrong_password else wait


def faces_due(
    now: float,
    looked_at: float | None,
    moving: bool,
    integrity: IntegrityState,
    every_s: float,
    found: FacesFound | None = None,
) -> bool:
    """Whether to look for faces: at once in the beginning, often while something moves, else every every_s.

    now, looked_at (begin of the last look): seconds on one clock; found: by that look, if it has ended well.
    """
    if integrity is not IntegrityState.OK:
        return False
    if looked_at is None:
        return True
    settled = found is not None and (bool(found.residents) or not found.matched)
    on_motion = FACES_AGAIN_SECONDS if settled else FACES_ON_MOTION_SECONDS
    return now - looked_at >= (min(on_motion, every_s) if moving else every_s)


def sights_of_picture(integrity: IntegrityState, state: MotionState | None) -> list[Sight]:
    """What a look at pictures showed; state None: motion does not count now."""
    if integrity is not IntegrityState.OK:
        # Behind a cover nothing can be seen to move; in the dark the sensor's noise moves all the time.
        return [Sight(ObservationKind.TAMPER, details={"integrity": str(integrity)})]
    if state is None or not state.moving:
        return []
    boxes = [[round(value, 3) for value in box] for box in state.boxes[:MOST_BOXES]]
    return [Sight(ObservationKind.MOTION, confidence=0.9, details={"fraction": round(state.fraction, 4), "boxes": boxes})]


def worth_noting(sight: Sight, noted: Sight | None, noted_ago_s: float, *, started: bool) -> bool:
    """Whether to note what a picture showed: all that is new at once, what goes on every MOTION_NOTED_SECONDS.

    noted: what was noted last, so many seconds ago; started: motion after a pause. A lens that is covered just after something moved
    is another thing: it must not wait, since it may be uncovered before the wait is over.
    """
    same = noted is not None and sight.kind is noted.kind and sight.details.get("integrity") == noted.details.get("integrity")
    return started or not same or noted_ago_s >= MOTION_NOTED_SECONDS


def sights_of_faces(found: FacesFound, moving: bool) -> list[Sight]:
    """What a look for faces showed: residents of the room, others, or nobody when nothing moved either."""
    sights = [Sight(ObservationKind.FACE, resident, round(sure, 3)) for resident, sure in sorted(found.residents.items())]
    if found.strangers:
        details = {"strangers": found.strangers} | ({"doubtful": found.doubtful} if found.doubtful else {})
        sights.append(Sight(ObservationKind.FACE, details=details))
    if not sights and not moving:
        sights.append(Sight(ObservationKind.NOBODY))
    return sights


_OPENS = {
    CameraState.OFFLINE: IncidentKind.CAMERA_OFFLINE,
    CameraState.COVERED: IncidentKind.CAMERA_COVERED,
    CameraState.MOVED: IncidentKind.CAMERA_MOVED,
    CameraState.DEFOCUSED: IncidentKind.CAMERA_DEFOCUSED,
    CameraState.FROZEN: IncidentKind.CAMERA_FROZEN,
    CameraState.REPLAYED: IncidentKind.CAMERA_REPLAYED,
}


def incidents_of_state(state: CameraState) -> tuple[IncidentKind | None, tuple[IncidentKind, ...]]:
    """(what to open, what has ended) when a camera comes into a state. What an offline camera would show is not known."""
    if state is CameraState.OFFLINE:
        return IncidentKind.CAMERA_OFFLINE, ()
    opens = _OPENS.get(state)
    return opens, tuple(each for each in _OPENS.values() if each is not opens)
