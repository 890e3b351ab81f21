"""Whether a burst of frames shows a living person who did what was asked: a pure decision over what was measured of each frame.

A face is told from a picture of one by its depth: eyes and corners of the mouth lie nearly in one plane, the tip of the nose stands half
a distance of the eyes before it. When a head turns, the nose moves against that plane; on paper or a screen it does not, however that is
turned, tilted or brought nearer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.challenge import Move
from monitor.vision.faces.count import count_faces
from monitor.vision.faces.engines import Embedding, FaceEngine, Picture, look_closely, similarity
from monitor.vision.faces.other_models import Thresholds
from monitor.words import N_, Words, words

# A frame counts as a movement from here on, against the straight face: distances of the eyes that the nose moves sideways between them;
# that the face rises (YuNet's points hardly tell a raised chin, so up is where the face goes, and proves no depth); its growth.
TURNED, RISEN, GROWN = 0.13, 0.3, 1.18
# The nose against where the plane of eyes and mouth would put it, in distances of the eyes. Flat pictures stayed below.
LEAST_DEPTH = 0.13
# Between two frames so far apart: turn, place (widths of the face) and size. What jumps farther was cut.
MOST_TURN, MOST_SHIFT, MOST_GROWTH = 0.5, 0.5, 1.35
# A turned head is less like its straight one; another person is far less.
TURNED_GRACE = 0.15
LEAST_FRAMES, LEAST_MS, LONGEST_MS, LONGEST_GAP_MS = 12, 3000, 30_000, 1500
LEAST_SHARE_WITH_FACE = 0.7
STRAIGHT_FRAMES = 3
DESCRIBED_EVERY = 3
"""Of the frames, every so-manieth is compared with the others by its embedding, which costs most."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What was measured of a frame. at_ms: since the first. faces: widths, largest first. points, vector: of the largest face.

    points: shape (5, 2), as `Face.points`. digest: equal for equal content.
    """

    at_ms: float
    faces: tuple[float, ...]
    points: NDArray[np.float32] | None
    vector: Embedding | None
    digest: str


@dataclass(frozen=True)
class Liveness:
    """alive: nothing is in doubt. doubts: what a person is to look at. figures: what was measured, for those who want numbers."""

    doubts: tuple[Words, ...]
    figures: dict[str, float]

    @property
    def alive(self) -> bool:
        """Whether nothing is in doubt."""
        return not self.doubts


@dataclass(frozen=True)
class Pose:
    """turn: the nose off the middle of the eyes, towards the person's left, in distances of the eyes.

    size: from the eyes to the mouth, middle: of the face, eyes: their distance, all in pixels.
    """

    turn: float
    size: float
    middle: tuple[float, float]
    eyes: float


def look_at_frame(engine: FaceEngine, picture: Picture, at_ms: float, digest: str, *, describe: bool) -> Frame:
    """Measure one frame. picture: BGR uint8, shape (height, width, 3). describe: embed its face too."""
    faces = look_closely(engine, picture)
    if not faces or not np.isfinite(faces[0].points).all():
        return Frame(at_ms, tuple(float(face.width) for face in faces), None, None, digest)
    vector = engine.embed(picture, faces[0]) if describe else None
    return Frame(at_ms, tuple(float(face.width) for face in faces), faces[0].points, vector, digest)


def pose_of(points: NDArray[np.float32]) -> Pose:
    """How a head is held, by its five points, however the phone is tilted."""
    right, left, nose, mouth_right, mouth_left = points.astype(np.float64)
    eyes = (right + left) / 2
    across = left - right
    distance = max(float(np.linalg.norm(across)), 1e-6)
    across /= distance
    down = (mouth_right + mouth_left) / 2 - eyes
    length = max(float(np.linalg.norm(down)), 1e-6)
    off = nose - eyes
    # Along the way from eyes to mouth, so that a nose which only goes down does not seem to turn.
    along = float(off @ down) / (length * length)
    turn = float((off - along * down) @ across) / distance
    middle = points.mean(axis=0)
    return Pose(turn, length, (float(middle[0]), float(middle[1])), distance)


def depth_between(straight: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """How far the nose is from where a flat picture's would be, in distances of the eyes: 0 for all pictures of pictures."""
    plane = [0, 1, 3, 4]
    matrix = cv2.getPerspectiveTransform(straight[plane].astype(np.float32), other[plane].astype(np.float32))
    there = cv2.perspectiveTransform(straight[2].reshape(1, 1, 2).astype(np.float64), matrix).reshape(2)
    eyes = max(float(np.linalg.norm(other[1] - other[0])), 1e-6)
    return float(np.linalg.norm(other[2] - there)) / eyes


def move_of(pose: Pose, straight: Pose) -> Move | None:
    """The movement that a frame shows most; None for a straight face."""
    shown = {
        Move.LEFT: (pose.turn - straight.turn) / TURNED,
        Move.RIGHT: (straight.turn - pose.turn) / TURNED,
        Move.UP: (straight.middle[1] - pose.middle[1]) / straight.eyes / RISEN,
        Move.NEARER: (pose.size / straight.size - 1) / (GROWN - 1),
    }
    most = max(shown, key=lambda move: shown[move])
    return most if shown[most] >= 1 else None


def judge_burst(
    frames: Sequence[Frame],
    asked: Sequence[Move],
    thresholds: Thresholds,
    *,
    selfie: Embedding | None = None,
    earlier: Collection[str] = (),
) -> Liveness:
    """Whether it is one living person who did what was asked. earlier: digests of frames that came with answers before.

    selfie: the answer's picture, which must show the same person.
    """
    # A slow camera gives the same picture twice running; that is no copy.
    frames = [each for number, each in enumerate(frames) if not number or each.digest != frames[number - 1].digest]
    doubts: list[Words] = []
    figures: dict[str, float] = {"frames": float(len(frames))}
    if not _in_time(frames):
        doubts.append(words(N_("The frames of the head movements arrived late or out of order.")))
    seen = [each for each in frames if each.points is not None]
    if len(frames) < LEAST_FRAMES or len(seen) < LEAST_SHARE_WITH_FACE * len(frames) or len(seen) <= STRAIGHT_FRAMES:
        doubts.append(words(N_("The face was not visible all the time during the head movements.")))
        return Liveness(tuple(doubts), figures)
    if sum(count_faces(each.faces) > 1 for each in frames) > len(frames) // 4:
        doubts.append(words(N_("More than one face was seen during the head movements.")))
    digests = [each.digest for each in frames]
    if len(set(digests)) < len(digests) or set(digests) & set(earlier):
        doubts.append(words(N_("The frames of the head movements are the same as earlier ones.")))
    poses = [pose_of(each.points) for each in seen if each.points is not None]
    straight = _straight(poses[:STRAIGHT_FRAMES])
    shown = _shown([move_of(pose, straight) for pose in poses])
    if [move for move, _ in shown] != list(asked):
        doubts.append(words(N_("The head movements are not those asked for, or not in that order.")))
    reference = seen[STRAIGHT_FRAMES // 2].points
    assert reference is not None
    depths = [
        max(depth_between(reference, points) for index in run if (points := seen[index].points) is not None)
        for move, run in shown
        if move in (Move.LEFT, Move.RIGHT)
    ]
    figures["depth"] = round(min(depths, default=0.0), 3)
    if not depths or min(depths) < LEAST_DEPTH:
        doubts.append(words(N_("No depth was visible: the nose moved as on a flat picture.")))
    if _jumps(seen, poses):
        doubts.append(words(N_("The frames jump, as if some were cut out or added.")))
    same = _least_alike(seen, poses, straight, thresholds, selfie)
    figures["likeness"] = round(same, 3)
    if same < thresholds.reject:
        doubts.append(words(N_("The face changed during the head movements, or is not that of the selfie.")))
    return Liveness(tuple(doubts), figures)


def _in_time(frames: Sequence[Frame]) -> bool:
    times = [each.at_ms for each in frames]
    gaps = np.diff(times)
    if not len(gaps) or (gaps <= 0).any() or gaps.max() > LONGEST_GAP_MS:
        return False
    return LEAST_MS <= times[-1] - times[0] <= LONGEST_MS


def _straight(poses: Sequence[Pose]) -> Pose:
    def middle(values: Sequence[float]) -> float:
        return float(np.median(values))

    return Pose(
        middle([each.turn for each in poses]),
        middle([each.size for each in poses]),
        (middle([each.middle[0] for each in poses]), middle([each.middle[1] for each in poses])),
        middle([each.eyes for each in poses]),
    )


def _shown(moves: Sequence[Move | None]) -> list[tuple[Move, list[int]]]:
    """The movements in their order, each with the frames that show it; what shows in one frame only is noise."""
    runs: list[tuple[Move, list[int]]] = []
    for index, move in enumerate(moves):
        if move is None:
            continue
        if runs and runs[-1][0] is move:
            runs[-1][1].append(index)
        else:
            runs.append((move, [index]))
    lasting = [run for run in runs if len(run[1]) > 1]
    joined: list[tuple[Move, list[int]]] = []
    for move, indices in lasting:
        if joined and joined[-1][0] is move:
            joined[-1][1].extend(indices)
        else:
            joined.append((move, list(indices)))
    return joined


def _jumps(seen: Sequence[Frame], poses: Sequence[Pose]) -> bool:
    for (one, before), (other, after) in zip(
        zip(seen, poses, strict=True), zip(seen[1:], poses[1:], strict=True), strict=False
    ):
        # Of two frames with a longer time between them more is allowed.
        longer = max(1.0, (other.at_ms - one.at_ms) / 300)
        shift = float(np.hypot(after.middle[0] - before.middle[0], after.middle[1] - before.middle[1])) / (2.2 * before.eyes)
        growth = max(after.size / before.size, before.size / after.size)
        if abs(after.turn - before.turn) > MOST_TURN * longer or shift > MOST_SHIFT * longer or growth > MOST_GROWTH**longer:
            return True
    return False


def _least_alike(
    seen: Sequence[Frame], poses: Sequence[Pose], straight: Pose, thresholds: Thresholds, selfie: Embedding | None
) -> float:
    """The likeness of what is least like the first straight frame (or the selfie): one frame, with grace for turned heads, or two."""
    described = [
        (each.vector, move_of(pose, straight)) for each, pose in zip(seen, poses, strict=True) if each.vector is not None
    ]
    if not described:
        return -1.0
    against = selfie if selfie is not None else described[0][0]
    assert against is not None
    alike = [(similarity(vector, against, thresholds.scale), move) for vector, move in described if vector is not None]
    turned = (Move.LEFT, Move.RIGHT, Move.UP)
    # One frame of a turned head may be unlike; two in a row are somebody else.
    in_a_row = [(one + other) / 2 for (one, _), (other, _) in pairwise(alike)]
    return min([score + (TURNED_GRACE if move in turned else 0.0) for score, move in alike] + in_a_row)
