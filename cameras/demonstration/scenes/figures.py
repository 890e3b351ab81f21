"""People in the scenes: residents with a real face cut from a public-domain photograph, and a drawn passer-by."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.demonstration.scenes.drawing import Colour, Picture, Point, darker
from monitor.demonstration.photographs import PhotographMissing, photograph
from monitor.words import N_

# The outlines were traced by hand in pixels of each photograph.
_ASTRONAUT = (
    "153,92 160,62 176,40 200,22 232,15 262,22 284,38 298,66 301,94 292,116 279,128 272,146 262,166 258,184 282,190 300,214 306,246 "
    "330,256 348,278 358,314 362,346 400,342 440,356 472,382 490,416 497,460 504,470 506,500 500,560 20,560 22,470 26,420 34,340 "
    "52,280 84,238 118,214 112,190 124,166 150,151 184,149 182,132 168,122 156,112"
)
_HOPPER = (
    "151,150 150,112 160,92 174,72 192,46 222,27 268,23 302,36 334,52 352,76 370,92 372,140 368,178 377,196 368,240 356,286 336,308 "
    "331,322 350,336 392,350 452,370 488,390 506,424 508,640 18,640 14,520 22,450 40,398 66,380 130,358 186,340 202,318 194,298 "
    "174,284 164,250 152,206 158,182"
)


@dataclass(frozen=True)
class Portrait:
    """A photograph that comes with a package, and what is needed to cut the person out of it.

    face: centre of the face and its width, in pixels of the photograph. clothes, trousers: colours of the drawn lower body;
    hips: its left and right edge as shares of the photograph's width. height: of the whole person, in widths of the face.
    """

    name: str
    outline: str
    face: tuple[int, int, int]
    clothes: Colour
    trousers: Colour
    hips: tuple[float, float]
    height: float


ASTRONAUT = Portrait("astronaut", _ASTRONAUT, (223, 118, 90), (44, 84, 206), (40, 76, 186), (0.13, 0.75), 12.4)
HOPPER = Portrait(
    "hopper",
    _HOPPER,
    (270, 225, 183),
    (44, 30, 28),
    (40, 28, 26),
    (0.05, 0.97),
    11.2,
)


@dataclass(frozen=True)
class Sprite:
    """A cut-out person: colours already multiplied by `cover` (0 to 255), and the centre of the face in pixels."""

    colours: Picture
    cover: Picture
    face: Point


def cut_out(portrait: Portrait, face_width: float) -> Sprite:
    """The person of a photograph on a drawn lower body, scaled so that the face is `face_width` pixels wide."""
    photo = cv2.imread(str(photograph(portrait.name)), cv2.IMREAD_COLOR)
    if photo is None:
        raise PhotographMissing(N_("The photograph %(file)s cannot be read."), file=portrait.name)
    scale = face_width / portrait.face[2]
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    height, width = photo.shape[:2]
    tall = round(face_width * portrait.height)
    outline = np.array([[float(part) for part in pair.split(",")] for pair in portrait.outline.split()]) * scale
    cover = np.zeros((tall, width), np.uint8)
    cv2.fillPoly(cover, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    cover[height:] = 0
    body, body_cover = _lower_body(portrait, width, tall, height)
    # Photograph and drawing meet in a soft band.
    band = round(face_width * 0.35)
    fade = np.zeros((tall, 1), np.float32)
    fade[: height - band] = 1
    fade[height - band : height, 0] = np.linspace(1, 0, band)
    canvas = np.zeros((tall, width, 3), np.float32)
    canvas[:height] = photo
    colours = canvas * fade[..., None] + body * (1 - fade[..., None])
    whole = np.maximum(cover, (body_cover * (1 - fade)).astype(np.uint8))
    whole = cv2.GaussianBlur(cv2.erode(whole, np.ones((3, 3), np.uint8)), (0, 0), 1.2)
    multiplied = (colours * (whole[..., None] / 255.0)).astype(np.uint8)
    return Sprite(multiplied, whole, (portrait.face[0] * scale, portrait.face[1] * scale))


def _lower_body(portrait: Portrait, width: int, tall: int, top: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Hips and legs below a photograph that ends at row `top`."""
    picture = np.zeros((tall, width, 3), np.uint8)
    cover = np.zeros((tall, width), np.uint8)
    left, right = portrait.hips[0] * width, portrait.hips[1] * width
    start, hips, middle, half = top * 0.8, top + (tall - top) * 0.32, (left + right) / 2, (right - left) / 2

    def shape(points: list[Point], colour: Colour) -> None:
        corners = [np.round(np.array(points)).astype(np.int32)]
        cv2.fillPoly(picture, corners, colour, cv2.LINE_AA)
        cv2.fillPoly(cover, corners, 255, cv2.LINE_AA)

    for side in (-1, 1):
        outer, hem, sole = middle + side * half * 0.86, tall - 30.0, tall - 2.0
        leg = [(middle, hips - 30), (outer, hips - 30), (middle + side * half * 0.68, hem), (middle + side * 14, hem)]
        shape(leg, darker(portrait.trousers, 0.8 if side > 0 else 0.92))
        toe = middle + side * half * 0.8
        shape([(middle + side * 12, hem), (toe - side * 12, hem), (toe, sole), (middle + side * 10, sole)], (40, 40, 44))
    shape([(left, start), (right, start), (middle + half * 0.88, hips), (middle - half * 0.88, hips)], portrait.clothes)
    shade = np.linspace(0.82, 1.08, width, dtype=np.float32)[None, :, None]
    return np.clip(picture * shade, 0, 255).astype(np.float32), cover.astype(np.float32)


def paste(picture: Picture, sprite: Sprite, face: Point, scale: float, clip: tuple[int, int, int, int] | None = None) -> None:
    """Put a person into a picture, in place: the face's centre at `face`, to a fraction of a pixel; nothing outside `clip`.

    clip: left, top, right, bottom in pixels.
    """
    left, top, right, bottom = clip or (0, 0, picture.shape[1], picture.shape[0])
    colours, cover, (face_x, face_y) = sprite.colours, sprite.cover, sprite.face
    if scale < 0.7:  # bilinear sampling would flicker: shrink by areas first
        colours = cv2.resize(colours, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cover = cv2.resize(cover, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        face_x, face_y, scale = face_x * scale, face_y * scale, 1.0
    x, y = face[0] - face_x * scale, face[1] - face_y * scale
    left, top = max(left, math.floor(x)), max(top, math.floor(y))
    right, bottom = min(right, math.ceil(x + colours.shape[1] * scale)), min(bottom, math.ceil(y + colours.shape[0] * scale))
    if right <= left or bottom <= top:
        return
    move = np.array([[scale, 0, x - left], [0, scale, y - top]], np.float32)
    size = (right - left, bottom - top)
    moved = cv2.warpAffine(colours, move, size)
    rest = cv2.bitwise_not(cv2.warpAffine(cover, move, size))
    part = picture[top:bottom, left:right]
    under = cv2.multiply(part, cv2.merge([rest, rest, rest]), scale=1 / 255)
    picture[top:bottom, left:right] = cv2.add(under, moved)


def draw_walker(picture: Picture, foot: Point, height: float, stride: float, facing: int, clothes: Colour) -> None:
    """Draw somebody walking across, seen from the side, in place.

    foot: where they stand; height in pixels; stride: phase of the step in radians; facing: 1 to the right, -1 to the left.
    """
    x, ground = foot
    bounce = abs(math.sin(stride)) * height * 0.012
    hip: Point = (x, ground - height * 0.5 - bounce)
    neck: Point = (x + facing * height * 0.02, ground - height * 0.83 - bounce)
    trousers, skin, hair = (78, 60, 52), (118, 150, 196), (30, 34, 42)

    def limb(start: Point, angle: float, bend: float, length: float, width: float, colour: Colour) -> Point:
        joint = (start[0] + facing * math.sin(angle) * length, start[1] + math.cos(angle) * length)
        end = (joint[0] + facing * math.sin(angle - bend) * length, joint[1] + math.cos(angle - bend) * length)
        for one, two in ((start, joint), (joint, end)):
            cv2.line(picture, _whole(one), _whole(two), colour, max(2, round(width)), cv2.LINE_AA)
        return end

    swing = 0.5 * math.sin(stride)
    limb((neck[0], neck[1] + height * 0.06), -swing * 0.8, -0.3, height * 0.17, height * 0.05, darker(clothes, 0.7))
    for angle, tone in ((-swing, 0.75), (swing, 1.0)):
        end = limb(
            hip,
            angle,
            0.35 + 0.35 * math.sin(stride + (0 if angle == swing else math.pi) + 1.2),
            height * 0.25,
            height * 0.085,
            darker(trousers, tone),
        )
        cv2.ellipse(
            picture,
            _whole((end[0] + facing * height * 0.025, end[1])),
            (round(height * 0.05), round(height * 0.02)),
            0,
            0,
            360,
            (36, 36, 40),
            -1,
            cv2.LINE_AA,
        )
    cv2.line(picture, _whole((neck[0], neck[1] + height * 0.07)), _whole(hip), clothes, round(height * 0.17), cv2.LINE_AA)
    cv2.line(picture, _whole(neck), _whole((neck[0], neck[1] - height * 0.05)), skin, round(height * 0.06), cv2.LINE_AA)
    head = (neck[0] + facing * height * 0.015, neck[1] - height * 0.095)
    cv2.ellipse(picture, _whole(head), (round(height * 0.06), round(height * 0.075)), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(
        picture,
        _whole((head[0] - facing * height * 0.022, head[1] - height * 0.012)),
        (round(height * 0.055), round(height * 0.075)),
        0,
        0,
        360,
        hair,
        -1,
        cv2.LINE_AA,
    )
    limb((neck[0], neck[1] + height * 0.06), swing * 0.8, -0.3, height * 0.17, height * 0.05, darker(clothes, 1.12))


def _whole(point: Point) -> tuple[int, int]:
    return round(point[0]), round(point[1])
