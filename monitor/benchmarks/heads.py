"""Bursts that are rendered from a photograph: a head of generic shape that turns in space, and pictures held before the camera.

They are rendered, not recorded: no muscle moves and nobody's own shape is known. They stand in where no recordings are at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.challenge import EVERY_MS, MOVE_MS, NEUTRAL_MS, Move
from monitor.vision.faces.engines import Picture

SIZE = (360, 480)  # width, height of a frame
# In distances of the eyes: half the head's width and height and its depth before the ears; the nose before the rest of the face, its
# half width, and how it falls off upwards (of the way to the mouth) and downwards; and the camera's distance.
WIDE, HIGH, DEEP = 1.4, 2.2, 1.5
NOSE, NOSE_WIDE, NOSE_HIGH, NOSE_LOW = 0.45, 0.22, 0.42, 0.14
CAMERA = 9.0
TURN, RAISE, NEAR = 38.0, 20.0, 1.45  # degrees, degrees, times
SHOWN = tuple[float, Picture]
"""Milliseconds since the first frame, and the frame."""


@dataclass(frozen=True, eq=False)
class Sitter:
    """Somebody's photograph with the five points of their face. picture: BGR uint8; points: shape (5, 2)."""

    name: str
    picture: Picture
    points: NDArray[np.float32]


def fitted(name: str, picture: Picture, points: NDArray[np.float32]) -> Sitter:
    """The photograph as a selfie of SIZE: the eyes a fifth of the width apart, the face in the middle."""
    width, height = SIZE
    eyes = float(np.linalg.norm(points[1] - points[0]))
    scale = 0.19 * width / eyes
    middle = points.mean(axis=0) * scale
    matrix = np.array([[scale, 0, width / 2 - middle[0]], [0, scale, height / 2 - middle[1]]], np.float64)
    made = cv2.warpAffine(picture, matrix, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    moved = points * scale + matrix[:, 2]
    return Sitter(name, np.asarray(made, np.uint8), moved.astype(np.float32))


def acted(
    sitter: Sitter,
    moves: Sequence[Move],
    chance: np.random.Generator,
    *,
    every: int = EVERY_MS,
    ahead: int = NEUTRAL_MS,
    behind: int = 0,
) -> list[SHOWN]:
    """A burst of the person doing these movements, each with a reach of its own, with sway, noise and changing light.

    every, ahead, behind: milliseconds between frames, and of a straight face before and after.
    """
    reach = {move: chance.uniform(0.8, 1.1) for move in Move}
    sway = chance.normal(0, 1.5, 2)
    frames = []
    for at in _times(ahead + len(moves) * MOVE_MS + behind, every, chance):
        turn = raise_ = 0.0
        near = 1.0
        for number, move in enumerate(moves):
            done = _part(at, ahead + number * MOVE_MS, MOVE_MS)
            match move:
                case Move.LEFT:
                    turn += TURN * reach[move] * done
                case Move.RIGHT:
                    turn -= TURN * reach[move] * done
                case Move.UP:
                    raise_ += RAISE * reach[move] * done
                case Move.NEARER:
                    near += (NEAR - 1) * reach[move] * done
        sway = 0.9 * sway + chance.normal(0, 0.8, 2)
        frames.append((at, _taken(_turned(sitter, turn, raise_, near, sway), chance)))
    return frames


def still(sitter: Sitter, moves: Sequence[Move], chance: np.random.Generator) -> list[SHOWN]:
    """A photo held before the camera by a hand that shakes."""
    frames = []
    for at in _times(NEUTRAL_MS + len(moves) * MOVE_MS, EVERY_MS, chance):
        frames.append((at, _taken(_held(sitter, chance.normal(0, 1.0, 3), 1.0, chance.normal(0, 1.5, 2)), chance)))
    return frames


def moved_photo(sitter: Sitter, moves: Sequence[Move], chance: np.random.Generator) -> list[SHOWN]:
    """A photo that is turned, tilted and brought nearer as the page asks."""
    reach = chance.uniform(0.8, 1.5)
    frames = []
    for at in _times(NEUTRAL_MS + len(moves) * MOVE_MS, EVERY_MS, chance):
        angles, near = np.zeros(3), 1.0
        for number, move in enumerate(moves):
            done = _part(at, NEUTRAL_MS + number * MOVE_MS, MOVE_MS)
            match move:
                case Move.LEFT:
                    angles[1] += TURN * reach * done
                case Move.RIGHT:
                    angles[1] -= TURN * reach * done
                case Move.UP:
                    angles[0] += 1.5 * RAISE * reach * done
                case Move.NEARER:
                    near += (NEAR - 1) * done
        frames.append((at, _taken(_held(sitter, angles + chance.normal(0, 0.6, 3), near, chance.normal(0, 1.2, 2)), chance)))
    return frames


def swapped(frames: Sequence[SHOWN], chance: np.random.Generator) -> list[SHOWN]:
    """Pieces of a burst in another order, at the times of the first."""
    pieces = np.array_split(np.arange(len(frames)), int(chance.integers(5, 9)))
    chance.shuffle(pieces)
    order = np.concatenate(pieces)
    return [(at, frames[int(index)][1]) for (at, _), index in zip(frames, order, strict=True)]


def two_people(one: Sequence[SHOWN], other: Sequence[SHOWN], chance: np.random.Generator) -> list[SHOWN]:
    """Begun by one person and gone on by another."""
    cut = int(chance.integers(len(one) // 4, 3 * len(one) // 4))
    return [*one[:cut], *((at, picture) for (at, _), (_, picture) in zip(one[cut:], other[cut:], strict=False))]


def _times(whole: int, every: int, chance: np.random.Generator) -> list[float]:
    return [float(number * every + chance.uniform(-0.08, 0.08) * every) if number else 0.0 for number in range(whole // every)]


def _part(at: float, begins: float, lasts: float) -> float:
    """How far a movement is done: there by two fifths of its time, back at its end."""
    through = (at - begins) / lasts
    if not 0 < through < 1:
        return 0.0
    return float(np.sin(np.pi * through) ** 0.7)


@dataclass(frozen=True, eq=False)
class _Head:
    """A sitter's head in space, around the point between the eyes (centre, in pixels), in distances of the eyes.

    u, v, depth: to the right, down and towards the camera; colours: of each of these points; wall: the picture without the head.
    """

    centre: NDArray[np.float64]
    eyes: float
    u: NDArray[np.float64]
    v: NDArray[np.float64]
    depth: NDArray[np.float64]
    colours: NDArray[np.uint8]
    wall: Picture


@cache
def _head_of(sitter: Sitter) -> _Head:
    width, height = SIZE
    points = sitter.points.astype(np.float64)
    eyes = float(np.linalg.norm(points[1] - points[0]))
    centre = (points[0] + points[1]) / 2
    down = float(np.linalg.norm((points[3] + points[4]) / 2 - centre)) / eyes
    fine = np.asarray(cv2.resize(sitter.picture, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR), np.uint8)
    rows, columns = np.mgrid[0 : 2 * height, 0 : 2 * width] / 2.0
    u, v = (columns - centre[0]) / eyes, (rows - centre[1]) / eyes - 0.35
    on_head = 1 - (u / WIDE) ** 2 - (v / HIGH) ** 2 > 0.02
    u, v, colours = u[on_head], v[on_head], fine[on_head]
    round_ = 1 - (u / WIDE) ** 2 - (v / HIGH) ** 2
    nose = (points[2] - centre) / eyes - np.array([0.0, 0.35])
    depth = DEEP * np.sqrt(round_) + NOSE * np.exp(
        -(((u - nose[0]) / NOSE_WIDE) ** 2) - ((v - nose[1]) / np.where(v < nose[1], NOSE_HIGH * down, NOSE_LOW)) ** 2
    )
    return _Head(centre, eyes, u, v, depth, colours, _behind(sitter, centre, eyes))


def _turned(sitter: Sitter, turn: float, raise_: float, near: float, sway: NDArray[np.float64]) -> Picture:
    """The head turned in space (degrees; to the person's left, upwards) before what was behind it, and nearer."""
    width, height = SIZE
    head = _head_of(sitter)
    yaw, pitch = np.radians(turn), np.radians(raise_)
    # Around the neck: first to the side, then upwards.
    x, z = head.u * np.cos(yaw) + head.depth * np.sin(yaw), head.depth * np.cos(yaw) - head.u * np.sin(yaw)
    y, z = head.v * np.cos(pitch) - z * np.sin(pitch), z * np.cos(pitch) + head.v * np.sin(pitch)
    nearness = CAMERA / (CAMERA - z + DEEP)
    place = np.stack([x * nearness, y * nearness + 0.35], axis=-1) * head.eyes + head.centre
    made = head.wall.copy()
    far_first = np.argsort(z)
    at = np.rint(place[far_first]).astype(np.int64)
    colours = head.colours[far_first]
    for shift in ((1, 0), (0, 1), (1, 1), (0, 0)):
        # Each point is drawn over four pixels, its own last, so that no gap stays where the head is stretched.
        column, row = (at + shift).T
        within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        made[row[within], column[within]] = colours[within]
    matrix = np.array([[near, 0, width / 2 * (1 - near) + sway[0]], [0, near, height / 2 * (1 - near) + sway[1]]])
    return np.asarray(cv2.warpAffine(made, matrix, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _behind(sitter: Sitter, centre: NDArray[np.float64], eyes: float) -> Picture:
    """The picture with the head painted over by what is around it."""
    mask = np.zeros(sitter.picture.shape[:2], np.uint8)
    middle = (round(centre[0]), round(centre[1] + 0.35 * eyes))
    cv2.ellipse(mask, middle, (round(WIDE * eyes), round(HIGH * eyes)), 0, 0, 360, 255, -1)
    small = cv2.resize(sitter.picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    painted = cv2.inpaint(small, cv2.resize(mask, (small.shape[1], small.shape[0])), 3, cv2.INPAINT_TELEA)
    wall = cv2.resize(painted, SIZE, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(mask[..., None] > 0, wall, sitter.picture), np.uint8)


def _held(sitter: Sitter, angles: NDArray[np.float64], near: float, sway: NDArray[np.float64]) -> Picture:
    """A flat print held before the camera. angles: degrees around the horizontal, the vertical and the view."""
    width, height = SIZE
    distance = 2.0 * width
    rotation, _ = cv2.Rodrigues(np.radians(angles))
    corners = np.array(
        [(-width / 2, -height / 2, 0), (width / 2, -height / 2, 0), (width / 2, height / 2, 0), (-width / 2, height / 2, 0)]
    )
    turned = corners @ rotation.T
    seen = turned[:, :2] * (distance / (distance / near + turned[:, 2:])) + np.array([width / 2, height / 2]) + sway
    matrix = cv2.getPerspectiveTransform(
        np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32), seen.astype(np.float32)
    )
    made = cv2.warpPerspective(
        sitter.picture, matrix, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(90, 95, 100)
    )
    return np.asarray(made, np.uint8)


def _taken(picture: Picture, chance: np.random.Generator) -> Picture:
    """As a phone's camera takes it: light that changes a little, noise, JPEG."""
    light = chance.uniform(0.97, 1.03)
    noisy = picture.astype(np.float32) * light + chance.normal(0, 3.0, picture.shape)
    _, encoded = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 75])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
