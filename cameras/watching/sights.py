"""What people in a picture mean: how many are in the room, who is in a closed area, who went through an exit. Plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cameras.watching.decisions import MOST_BOXES, FacesFound, Sight
from cameras.watching.people import People
from monitor.incidents import causes
from monitor.models.cameras.cameras import AreaKind, ObservationKind
from monitor.models.incidents import IncidentKind
from monitor.places.areas import Area, Point, active, inside
from monitor.vision.motion.tracking import LineTracker, foot
from monitor.words import N_, Words, words


@dataclass(frozen=True)
class Alarm:
    """Something that staff are told at once. area: its name, part of the incident's cause."""

    kind: IncidentKind
    area: str
    reason: Words

    def cause(self, camera_id: int) -> str:
        """The key of the incident."""
        return causes.area_alarm(camera_id, self.kind, self.area)


def sights_of_people(people: People, faces: FacesFound, closed: Sequence[str] = ()) -> list[Sight]:
    """Somebody is there: as many as bodies or faces were seen, whichever are more; nothing when none.

    closed: names of the closed areas in which one of them stands (`closed_areas`).
    """
    number = max(people.count, len(faces.residents) + faces.strangers)
    if number == 0:
        return []
    details: dict[str, Any] = {"people": number}
    if people.boxes:
        details["boxes"] = [[round(value, 3) for value in box] for box in people.rows[:MOST_BOXES]]
    if closed:
        details["closed"] = list(closed)
    return [
        Sight(
            ObservationKind.PERSON, confidence=round(max((box.score for box in people.boxes), default=0.9), 3), details=details
        )
    ]


def sight_of_motion_in_closed(sight: Sight, closed: Sequence[str]) -> Sight:
    """A sight of motion that also says in which closed areas it was; the same when in none."""
    if not closed:
        return sight
    return Sight(sight.kind, sight.resident_id, sight.confidence, sight.details | {"closed": list(closed)})


def closed_areas(
    areas: Iterable[Area], boxes: Sequence[Sequence[float]], at: datetime, timezone: str, *, people: bool
) -> tuple[str, ...]:
    """The names of areas that are closed now and entered. boxes: (x, y, w, h, …), 0 to 1, of people or else of motion.

    A person is where they stand; of motion either its middle or its lower edge may be inside, since it may be an arm alone.
    """
    entered = []
    for area in areas:
        if area.kind is AreaKind.CLOSED and area.name not in entered and active(area.schedule, at, timezone):
            points = [point for box in boxes for point in _points(box, people)]
            if any(inside(point, area.points) for point in points):
                entered.append(area.name)
    return tuple(entered)


def _points(box: Sequence[float], people: bool) -> list[Point]:
    middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    return [foot(box)] if people else [foot(box), middle]


class ExitWatch:
    """The lines at exits in one camera's picture, and when each was last passed in either direction.

    What is noted of a crossing is extended and overwritten like every observation; so each sight carries the newest time in and
    out of every line, and none is lost when two follow each other closely.
    """

    def __init__(self, areas: Iterable[Area], aspect: float) -> None:
        """aspect: the picture's width over its height."""
        lines = [each for each in areas if each.kind is AreaKind.EXIT and each.points[0] != each.points[1]]
        self._trackers = [(each, LineTracker(each.points[0], each.points[1], aspect)) for each in lines]
        self._passed: dict[str, dict[str, str]] = {}

    @property
    def watches(self) -> bool:
        """Whether there is any line, so that people are worth looking for."""
        return bool(self._trackers)

    def look(self, boxes: Sequence[Sequence[float]], at: datetime, time_s: float) -> list[Sight]:
        """Take one picture's people, or its motion where people are not looked for; always the same of the two.

        boxes: (x, y, w, h, …), 0 to 1; at: when the picture was taken; time_s: the same on a clock that only grows.
        """
        crossed = []
        for area, tracker in self._trackers:
            for each in tracker.look([foot(box) for box in boxes], time_s):
                self._passed.setdefault(area.name, {})[each.direction] = at.isoformat()
                crossed.append([area.name, each.direction])
        if not crossed:
            return []
        lines = {name: dict(passed) for name, passed in self._passed.items()}
        return [Sight(ObservationKind.CROSSING, confidence=0.8, details={"lines": lines, "crossed": crossed})]


def alarms_of(sight: Sight, areas: Iterable[Area], camera: str, at: datetime, timezone: str) -> list[Alarm]:
    """What staff are to be told at once because of a sight: somebody in a closed area, or out through an exit while that counts.

    A line's schedule says when going out is alarming; crossings are evidence of presence at any time.
    """
    alarms = [
        Alarm(
            IncidentKind.CLOSED_AREA,
            name,
            words(N_("Camera %(camera)s shows someone in “%(area)s”, which is closed now."), camera=camera, area=name),
        )
        for name in sight.details.get("closed", ())
    ]
    counting = {each.name for each in areas if each.kind is AreaKind.EXIT and active(each.schedule, at, timezone)}
    out = {name for name, direction in sight.details.get("crossed", ()) if direction == "out" and name in counting}
    alarms += [
        Alarm(
            IncidentKind.EXIT_CROSSED,
            name,
            words(N_("Camera %(camera)s showed someone going out through “%(area)s”."), camera=camera, area=name),
        )
        for name in sorted(out)
    ]
    return alarms
