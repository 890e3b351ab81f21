"""When to look for faces and people in what one camera shows, and what is told of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cameras.streams.streams import Picture
from cameras.watching.area_watch import AreaWatch
from cameras.watching.decisions import FacesFound, Sight, faces_due, sights_of_faces
from cameras.watching.faces import FaceLooker
from cameras.watching.sights import sights_of_people
from cameras.watching.watched import Services, Watched
from monitor.clock import utc_now
from monitor.models.cameras.cameras import ObservationKind
from monitor.vision.integrity.integrity import IntegrityState
from monitor.vision.motion.looks import Box

log = logging.getLogger(__name__)


class FaceWatch:
    """Looks for faces in the pool, one look at a time.

    large: gives a picture of the main stream, or None; moving: whether something moves, at a time on time.monotonic; integrity: of
    the newest picture.
    """

    def __init__(
        self,
        watched: Watched,
        services: Services,
        areas: AreaWatch,
        *,
        large: Callable[[], NDArray[np.uint8] | None],
        moving: Callable[[float], bool],
        integrity: Callable[[], IntegrityState | None],
    ) -> None:
        self._watched, self._services, self._areas = watched, services, areas
        self._large, self._moving, self._integrity = large, moving, integrity
        self._looked_at: float | None = None
        self._looking, self._found = False, FacesFound()

    def look_now(self) -> None:
        """Look at the next picture, whenever the last look was."""
        self._looked_at = None

    def look(self, picture: Picture, boxes: Sequence[Box], now: float, *, person_until: float) -> None:
        """Look if it is time. boxes: where something moves; person_until: how long the camera's own word for a person holds."""
        integrity = self._integrity()
        assert integrity is not None, "a picture was judged"
        every = self._services.settings.faces_every_seconds
        likely = self._moving(now) or now < person_until
        due = faces_due(now, self._looked_at, likely, integrity, every, self._found)
        if self._services.looker is None or self._looking or not due:
            return
        self._looking, self._looked_at = True, now
        try:
            self._services.pool.submit(self._look_for, self._services.looker, picture.bgr(), boxes)
        except RuntimeError:
            self._looking = False  # the process is stopping

    def _look_for(self, looker: FaceLooker, small: NDArray[np.uint8], boxes: Sequence[Box]) -> None:
        """In another thread: opening the main stream takes a while, and the packets of the sub stream must not wait."""
        try:
            picture = self._large()
            found = looker.look(self._watched.room_id, small if picture is None else picture, boxes if picture is None else ())
            self._found, at = found, utc_now()
            sights: list[Sight] = sights_of_faces(found, self._moving(time.monotonic()))
            people = self._services.people
            if boxes and people is not None:
                # Where something moves, in the very picture in which it did: who faces away has no face.
                seen = people.look(small, boxes)
                counted = sights_of_people(seen, found, self._areas.closed_by(seen.rows, at))
                sights = [each for each in sights if each.kind is not ObservationKind.NOBODY or not counted] + counted
            for sight in sights if self._integrity() is IntegrityState.OK else ():
                self._services.recorder.sight(self._watched.id, sight, at)
                self._areas.alarm(sight, at, time.monotonic())
        except Exception:
            log.exception("camera %d: looking for faces failed", self._watched.id)
        finally:
            self._looking = False
