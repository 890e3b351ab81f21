"""Look for faces in one picture of a room, and match them against the residents of that room only."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from cameras.decisions import FacesFound
from monitor.database import Database
from monitor.gallery import load_gallery
from monitor.models import Resident
from monitor.vault import Vault, VaultProblem
from monitor.vision.faces import FaceEngine, best_match

# People are far from a camera: nearly its own size. 77 ms for 1280x720.
LONG_SIDE = 1280
# New photos of the same residents are noticed this late; other residents at once.
GALLERY_SECONDS = 30.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Gallery:
    residents: tuple[int, ...]
    loaded_at: float
    faces: dict[int, list[NDArray[np.float32]]]


class FaceLooker:
    """One engine, shared by all cameras of a process."""

    def __init__(self, database: Database, vault: Vault, engine: FaceEngine) -> None:
        self._database, self._vault, self._engine = database, vault, engine
        self._lock = threading.Lock()
        self._galleries: dict[int, _Gallery] = {}

    def look(self, room_id: int | None, picture: NDArray[np.uint8]) -> FacesFound:
        """Whose faces are in a picture. picture: BGR uint8, shape (height, width, 3).

        Where nobody is assigned, faces are counted and nothing is computed of them. Vectors of strangers end with this call.
        """
        gallery = self._gallery(room_id) if room_id is not None else {}
        with self._lock:
            faces = self._engine.detect(picture, LONG_SIDE)
            if not gallery:
                return FacesFound(strangers=len(faces), matched=False)
            matches = [best_match(self._engine.embed(picture, face), gallery, self._engine.thresholds) for face in faces]
        residents: dict[int, float] = {}
        for match in matches:
            if match.certainty == "same" and match.resident_id is not None:
                residents[match.resident_id] = max(match.similarity, residents.get(match.resident_id, 0.0))
        return FacesFound(
            residents=residents,
            strangers=sum(match.certainty != "same" for match in matches),
            doubtful=sum(match.certainty == "grey" for match in matches),
        )

    def _gallery(self, room_id: int) -> dict[int, list[NDArray[np.float32]]]:
        with self._database.read() as session:
            residents = tuple(session.scalars(select(Resident.id).where(Resident.room_id == room_id).order_by(Resident.id)))
            known, now = self._galleries.get(room_id), time.monotonic()
            if known is not None and known.residents == residents and now - known.loaded_at < GALLERY_SECONDS:
                return known.faces
            faces: dict[int, list[NDArray[np.float32]]] = {}
            for resident in residents:
                try:
                    faces |= load_gallery(session, self._vault, self._engine, [resident])
                except VaultProblem as problem:
                    # One damaged or just forgotten photo is no reason to lose the others of the room.
                    log.warning("the faces of resident %d cannot be read: %s", resident, problem)
        self._galleries[room_id] = _Gallery(residents, now, faces)
        return faces
