"""Which face detector for small and turned faces in a camera's picture: found, false and milliseconds, by real photographs made small."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.watching.faces import faces_in
from monitor.vision.faces.engines import DlibEngine, YuNetSFace

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]
Detector = Callable[[Picture, Box], list[Box]]
WIDTH, HEIGHT = 1280, 720


@dataclass(frozen=True)
class Scene:
    """A camera's picture with people in it. faces: where they are, moving: the box of the people; all in pixels."""

    picture: Picture
    faces: tuple[Box, ...]
    moving: Box


@dataclass(frozen=True)
class Score:
    """What a detector found of so many faces, what else it took for one, and what a picture cost on one core."""

    found: int
    faces: int
    false: int
    milliseconds: float


def compare(
    photos: Sequence[Picture],
    backgrounds: Sequence[Picture],
    centerface: Path | None = None,
    widths: Sequence[int] = (24, 32, 48),
    turns: Sequence[float] = (0.0, 30.0),
) -> dict[tuple[str, int, float], Score]:
    """By detector, width of the faces in pixels and degrees by which the people are turned in the picture.

    photos: of people, faces large; backgrounds: pictures without people. What YuNet finds in a photo of its own size is taken for
    the truth. One core is used.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yunet = YuNetSFace()
        truth = [[(f.x, f.y, f.width, f.height) for f in yunet.detect(each)] for each in photos]
        scores = {}
        for width in widths:
            for turn in turns:
                scenes = list(_scenes(photos, truth, backgrounds, width, turn))
                for name, detector in detectors(centerface).items():
                    scores[name, width, turn] = _score(detector, scenes)
        return scores
    finally:
        cv2.setNumThreads(threads)


def detectors(centerface: Path | None) -> Mapping[str, Detector]:
    """All that are compared: a picture and where it moves in, boxes out."""
    yunet, dlib = YuNetSFace(), DlibEngine()

    def at(long_side: int) -> Detector:
        return lambda picture, _: [(f.x, f.y, f.width, f.height) for f in yunet.detect(picture, long_side)]

    def tiled(picture: Picture, _: Box) -> list[Box]:
        return _in_parts(yunet, picture, _tiles(picture.shape[1], picture.shape[0]))

    def moving(picture: Picture, box: Box) -> list[Box]:
        height, width = picture.shape[:2]
        relative = (box[0] / width, box[1] / height, box[2] / width, box[3] / height)
        return [(f.x, f.y, f.width, f.height) for f in faces_in(yunet, picture, [relative])]

    found: dict[str, Detector] = {f"YuNet {side}": at(side) for side in (640, 960, 1280)}
    found |= {"YuNet tiles x2": tiled, "YuNet moving crop": moving}
    found["dlib HOG upsampled once"] = lambda picture, _: [(f.x, f.y, f.width, f.height) for f in dlib.detect(picture)]
    if centerface is not None:
        network = cv2.dnn.readNetFromONNX(str(centerface))
        found["CenterFace 1280"] = lambda picture, _: _centerface(network, picture)
    return found


def _tiles(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Four parts of a picture that overlap by a tenth, in pixels (left, top, right, bottom)."""
    across, down = round(width * 0.55), round(height * 0.55)
    return [(x, y, x + across, y + down) for y in (0, height - down) for x in (0, width - across)]


def _in_parts(engine: YuNetSFace, picture: Picture, parts: Sequence[tuple[int, int, int, int]]) -> list[Box]:
    found: list[Box] = []
    for left, top, right, bottom in parts:
        doubled = np.asarray(cv2.resize(picture[top:bottom, left:right], None, fx=2, fy=2), np.uint8)
        for f in engine.detect(doubled):
            box = (left + f.x / 2, top + f.y / 2, f.width / 2, f.height / 2)
            if not any(_overlap(box, other) > 0.3 for other in found):
                found.append(box)
    return found


def _centerface(network: cv2.dnn.Net, picture: Picture) -> list[Box]:
    """CenterFace's heat map, sizes and offsets to boxes; its own constants."""
    height, width = (-(-side // 32) * 32 for side in picture.shape[:2])
    network.setInput(cv2.dnn.blobFromImage(picture, 1.0, (width, height), (0, 0, 0), swapRB=True))
    heat, sizes, offsets = (np.asarray(each)[0] for each in network.forward(("537", "538", "539", "540"))[:3])
    rows, columns = np.where(heat[0] > 0.5)
    boxes: list[Box] = []
    scores: list[float] = []
    for row, column in zip(rows, columns, strict=True):
        h, w = np.exp(sizes[:, row, column]) * 4
        y, x = (np.array([row, column]) + offsets[:, row, column] + 0.5) * 4
        scale_x, scale_y = picture.shape[1] / width, picture.shape[0] / height
        boxes.append((float(x - w / 2) * scale_x, float(y - h / 2) * scale_y, float(w) * scale_x, float(h) * scale_y))
        scores.append(float(heat[0, row, column]))
    return [boxes[int(each)] for each in np.ravel(cv2.dnn.NMSBoxes(boxes, scores, 0.5, 0.3))] if boxes else []


def _scenes(
    photos: Sequence[Picture], truth: Sequence[Sequence[Box]], backgrounds: Sequence[Picture], face: int, turn: float
) -> Iterator[Scene]:
    random = np.random.default_rng(face)
    for photo, faces in zip(photos, truth, strict=True):
        scale = face / median(each[2] for each in faces)
        for background in backgrounds:
            around, moved = _turned(photo, scale, turn)
            height, width = around.shape[:2]
            cut = around[: min(height, HEIGHT), : min(width, WIDTH)]
            height, width = cut.shape[:2]
            left, top = (int(random.integers(0, most + 1)) for most in (WIDTH - width, HEIGHT - height))
            picture = np.asarray(cv2.resize(background, (WIDTH, HEIGHT)), np.uint8)
            picture[top : top + height, left : left + width] = cut
            placed = []
            for x, y, w, h in faces:
                middle = moved @ np.array([x + w / 2, y + h / 2, 1.0])
                if 0 <= middle[0] <= width and 0 <= middle[1] <= height:
                    placed.append((left + middle[0] - w * scale / 2, top + middle[1] - h * scale / 2, w * scale, h * scale))
            yield Scene(picture, tuple(placed), (left, top, width, height))


def _turned(photo: Picture, scale: float, degrees: float) -> tuple[Picture, NDArray[np.float64]]:
    """The photo made small, then turned, whole; and where each of its points went."""
    height, width = photo.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale), np.float64)
    across, down = (abs(matrix[0, 0]) * a + abs(matrix[0, 1]) * b for a, b in ((width, height), (height, width)))
    matrix[:, 2] += (across / 2 - width / 2, down / 2 - height / 2)
    blurred = cv2.GaussianBlur(photo, (0, 0), max(0.35 / scale, 0.01))
    return np.asarray(cv2.warpAffine(blurred, matrix, (round(across), round(down)), flags=cv2.INTER_LINEAR), np.uint8), matrix


def _score(detector: Detector, scenes: Sequence[Scene]) -> Score:
    found = faces = false = 0
    times = []
    for scene in scenes:
        begun = time.perf_counter()
        boxes = detector(scene.picture, scene.moving)
        times.append(time.perf_counter() - begun)
        left = list(scene.faces)
        faces += len(left)
        for box in boxes:
            best = max(left, key=lambda each: _overlap(box, each), default=None)
            if best is not None and _overlap(box, best) > 0.25:
                left.remove(best)
                found += 1
            else:
                false += 1
    return Score(found, faces, false, 1000 * median(times))


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    w = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    h = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(w, 0) * max(h, 0) / (one[2] * one[3] + other[2] * other[3] - max(w, 0) * max(h, 0))
