"""What the areas of one camera make of a look: who passed a line, what moved in a closed area, and which alarms are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cameras.watching.decisions import Sight, sights_of_picture
from cameras.watching.recorder import Recorder
from cameras.watching.sights import ExitWatch, alarms_of, closed_areas, sight_of_motion_in_closed
from monitor.places.areas import Area
from monitor.vision.integrity.integrity import IntegrityState
from monitor.vision.motion.looks import MotionState

# An alarm is over so long after the last picture that was a reason for it.
ALARM_LASTS_SECONDS = 60.0


class AreaWatch:
    """One camera's areas. name: of the camera, for the words that staff read; timezone: of its zone, for the areas' schedules."""

    def __init__(self, camera_id: int, name: str, timezone: str, areas: Sequence[Area], recorder: Recorder) -> None:
        self._camera_id, self._name, self._timezone, self._areas = camera_id, name, timezone, tuple(areas)
        self._recorder = recorder
        self._exits: ExitWatch | None = None
        self._alarms: dict[str, float] = {}

    def look(self, state: MotionState, aspect: float, at: datetime, now: float) -> None:
        """Take what moved. aspect: the picture's width over its height; at, now: of the newest picture, UTC and time.monotonic."""
        if not self._areas:
            return
        if self._exits is None:
            self._exits = ExitWatch(self._areas, aspect)
        sights: list[Sight] = []
        if self._exits.watches:
            for time_s, boxes in state.looks:
                sights += self._exits.look(boxes, at - timedelta(seconds=max(0.0, state.looks[-1][0] - time_s)), time_s)
        closed = closed_areas(self._areas, state.boxes, at, self._timezone, people=False) if state.moving else ()
        if closed:
            sights += [sight_of_motion_in_closed(each, closed) for each in sights_of_picture(IntegrityState.OK, state)]
        for sight in sights:
            self._recorder.sight(self._camera_id, sight, at)
            self.alarm(sight, at, now)
        for cause, last in list(self._alarms.items()):
            if now - last > ALARM_LASTS_SECONDS:
                del self._alarms[cause]
                self._recorder.alarm_over(self._camera_id, cause, at)

    def closed_by(self, people: Sequence[Sequence[float]], at: datetime) -> tuple[str, ...]:
        """The names of the closed areas in which one of these people stands. people: boxes (x, y, w, h), 0 to 1."""
        return closed_areas(self._areas, people, at, self._timezone, people=True)

    def alarm(self, sight: Sight, at: datetime, now: float) -> None:
        """Tell staff at once what a sight gives reason for."""
        for alarm in alarms_of(sight, self._areas, self._name, at, self._timezone):
            self._alarms[alarm.cause(self._camera_id)] = now
            self._recorder.alarm(self._camera_id, alarm, at)
