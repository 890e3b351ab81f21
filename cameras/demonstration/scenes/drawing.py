"""Draw the empty rooms, the corridor and the yard that the demonstration cameras look into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

# Of uint8; the stubs of OpenCV do not tell.
Picture = NDArray[Any]
Colour = tuple[int, int, int]
Point = tuple[float, float]

WIDTH, HEIGHT = 1280, 720
# Drawn at twice the size and shrunk, so that every edge is smooth.
_SCALE = 2


class Canvas:
    """A picture of 1280x720 being drawn; colours are blue, green, red; points are pixels of the finished picture."""

    def __init__(self, colour: Colour) -> None:
        self.pixels: Picture = np.empty((HEIGHT * _SCALE, WIDTH * _SCALE, 3), np.uint8)
        self.pixels[:] = colour

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled polygon."""
        cv2.fillPoly(self.pixels, [_scaled(points)], colour, cv2.LINE_AA)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def line(self, points: Sequence[Point], colour: Colour, width: int = 2) -> None:
        """An open line."""
        cv2.polylines(self.pixels, [_scaled(points)], False, colour, width * _SCALE, cv2.LINE_AA)

    def ellipse(self, centre: Point, radii: Point, colour: Colour) -> None:
        """A filled ellipse."""
        middle, axes = _scaled([centre, radii])
        cv2.ellipse(self.pixels, tuple(map(int, middle)), tuple(map(int, axes)), 0, 0, 360, colour, -1, cv2.LINE_AA)

    def shade(self, points: Sequence[Point], strength: float, blur: float, colour: Colour = (0, 0, 0)) -> None:
        """Lay a soft patch of `colour` over the picture: a shadow, or light; strength 0 to 1, blur in pixels."""
        small: NDArray[Any] = np.zeros((HEIGHT // 4, WIDTH // 4), np.float32)
        cv2.fillPoly(small, [np.round(np.asarray(points) / 4).astype(np.int32)], strength)
        small = cv2.GaussianBlur(small, (0, 0), max(blur / 4, 0.5))
        cover = cv2.resize(small, (WIDTH * _SCALE, HEIGHT * _SCALE))[..., None]
        self.pixels = _bytes(self.pixels * (1 - cover) + np.array(colour, np.float32) * cover)

    def finished(self) -> Picture:
        """The picture, 720x1280x3, with the light falling off towards the corners as behind a cheap lens."""
        picture: Picture = cv2.resize(self.pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        across = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :, None]
        down = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None, None]
        lit: Picture = picture * (1.02 - 0.16 * (across**2 + down**2))
        return _bytes(lit)


def _scaled(points: Sequence[Point]) -> NDArray[np.int32]:
    return np.round(np.asarray(points, np.float64) * _SCALE).astype(np.int32)


def _bytes(values: NDArray[Any]) -> Picture:
    limited: Picture = np.clip(values, 0, 255).astype(np.uint8)
    return limited


def darker(colour: Colour, factor: float) -> Colour:
    """The same colour with less (factor below 1) or more light."""
    blue, green, red = (min(255, round(part * factor)) for part in colour)
    return blue, green, red


def shell(
    wall: Colour, floor: Colour, *, back: tuple[int, int, int, int] = (230, 70, 1050, 490), tiles: bool = False
) -> Canvas:
    """An empty room seen from the middle of its front wall; `back` is the far wall: left, top, right, bottom."""
    left, top, right, bottom = back
    canvas = Canvas(wall)
    canvas.polygon([(0, 0), (WIDTH, 0), (right, top), (left, top)], (224, 228, 230))
    canvas.polygon([(0, 0), (left, top), (left, bottom), (0, HEIGHT)], darker(wall, 0.86))
    canvas.polygon([(WIDTH, 0), (right, top), (right, bottom), (WIDTH, HEIGHT)], darker(wall, 0.8))
    corners = [(left, bottom), (right, bottom), (WIDTH, HEIGHT), (0, HEIGHT)]
    canvas.polygon(corners, floor)
    # Boards run towards the point where the walls would meet; cross lines come closer together far away.
    vanish_x, vanish_y = (left + right) / 2, top + (bottom - top) * 0.42
    for step in range(-14, 15):
        foot = vanish_x + step * (right - left) / 9
        far = vanish_x + (foot - vanish_x) * 1.0, float(bottom)
        growth = (HEIGHT - vanish_y) / (bottom - vanish_y)
        near = vanish_x + (foot - vanish_x) * growth, float(HEIGHT)
        if left <= far[0] <= right:
            canvas.line([far, near], darker(floor, 0.86), 1)
    if tiles:
        for depth in (1.0, 1.12, 1.27, 1.46, 1.7):
            y = vanish_y + (bottom - vanish_y) * depth
            canvas.line(
                [(vanish_x - (vanish_x - left) * depth, y), (vanish_x + (right - vanish_x) * depth, y)], darker(floor, 0.86), 1
            )
    skirting = darker(wall, 1.18)
    canvas.polygon([(left, bottom - 10), (right, bottom - 10), (right, bottom), (left, bottom)], skirting)
    canvas.polygon([(left, bottom - 10), (left, bottom), (0, HEIGHT), (0, HEIGHT - 26)], darker(skirting, 0.88))
    canvas.polygon([(right, bottom - 10), (right, bottom), (WIDTH, HEIGHT), (WIDTH, HEIGHT - 26)], darker(skirting, 0.84))
    for edge in ([(0, 0), (left, top)], [(WIDTH, 0), (right, top)], [(left, top), (right, top)], [(left, top), (left, bottom)]):
        canvas.line(edge, darker(wall, 0.78), 1)
    canvas.shade([(left, bottom - 30), (right, bottom - 30), (right + 40, bottom + 40), (left - 40, bottom + 40)], 0.16, 24)
    return canvas


def door(canvas: Canvas, left: int, bottom: int, *, opened: bool, wood: Colour = (96, 132, 168)) -> tuple[int, int, int, int]:
    """A door in the far wall; returns its opening (left, top, right, bottom), through which a person comes."""
    right, top = left + 132, bottom - 332
    canvas.box(left - 12, top - 12, right + 12, bottom, darker(wood, 0.72))
    if opened:
        canvas.box(left, top, right, bottom, (92, 98, 104))
        canvas.box(left, top, right, top + 150, (112, 118, 124))
        canvas.polygon([(left, top), (left - 62, top - 24), (left - 62, bottom + 44), (left, bottom)], darker(wood, 0.88))
        canvas.ellipse((left - 50, bottom - 150), (5, 5), (150, 180, 190))
    else:
        canvas.box(left, top, right, bottom, wood)
        for panel in (top + 22, top + 178):
            canvas.box(left + 20, panel, right - 20, panel + 130, darker(wood, 0.9))
            canvas.box(left + 25, panel + 5, right - 25, panel + 125, darker(wood, 1.04))
        canvas.ellipse((right - 13, bottom - 150), (6, 6), (150, 180, 190))
    return left, top, right, bottom


def window(canvas: Canvas, left: int, top: int, right: int, bottom: int) -> None:
    """A window onto a bright day, with the light it throws on the wall around it."""
    canvas.shade(
        [(left - 40, top - 40), (right + 40, top - 40), (right + 40, bottom + 40), (left - 40, bottom + 40)],
        0.35,
        40,
        (255, 255, 255),
    )
    canvas.box(left - 10, top - 10, right + 10, bottom + 10, (238, 240, 242))
    canvas.box(left, top, right, bottom, (246, 226, 196))
    canvas.box(left, top + (bottom - top) * 0.62, right, bottom, (150, 190, 160))
    for share, height in ((0.12, 0.3), (0.4, 0.42), (0.72, 0.34)):
        x = left + (right - left) * share
        canvas.ellipse((x, bottom - (bottom - top) * height), (34, 26), (110, 160, 122))
    middle = (left + right) / 2
    canvas.box(middle - 4, top, middle + 4, bottom, (232, 234, 236))
    canvas.box(left, (top + bottom) / 2 - 3, right, (top + bottom) / 2 + 3, (232, 234, 236))
    canvas.box(left - 18, bottom + 10, right + 18, bottom + 20, (216, 220, 224))


def curtain(canvas: Canvas, left: float, right: float, top: float, bottom: float, colour: Colour, sway: float = 0.0) -> None:
    """A hanging curtain with folds; `sway` moves its lower edge sideways, in pixels."""
    folds = 7
    width = (right - left) / folds
    for fold in range(folds):
        x = left + fold * width
        tone = darker(colour, 0.86 if fold % 2 else 1.04)
        canvas.polygon(
            [(x, top), (x + width + 1, top), (x + width + 1 + sway, bottom), (x + sway, bottom + (6 if fold % 2 else 0))], tone
        )


def bed(canvas: Canvas, *, on_right: bool, blanket: Colour) -> None:
    """A bed along a side wall, its head at the far wall."""

    def across(points: Sequence[Point]) -> list[Point]:
        return [(x if on_right else WIDTH - x, y) for x, y in points]

    canvas.shade(across([(760, 560), (1290, 720), (1290, 600), (1000, 500)]), 0.5, 18)
    canvas.polygon(across([(812, 372), (1010, 372), (1010, 500), (812, 500)]), (72, 104, 138))
    canvas.polygon(across([(806, 470), (1012, 470), (1290, 610), (1290, 720), (900, 720)]), (86, 118, 150))
    canvas.polygon(across([(806, 446), (1012, 446), (1290, 566), (1290, 660), (884, 660)]), (236, 238, 238))
    canvas.polygon(across([(822, 494), (1095, 484), (1290, 566), (1290, 692), (890, 692)]), blanket)
    canvas.polygon(across([(822, 494), (1095, 484), (1130, 499), (832, 512)]), darker(blanket, 1.22))
    canvas.polygon(across([(890, 692), (822, 494), (814, 510), (876, 720), (896, 720)]), darker(blanket, 0.75))
    canvas.polygon(across([(838, 436), (968, 434), (1004, 462), (852, 468)]), (248, 248, 246))
    canvas.polygon(across([(852, 468), (1004, 462), (1000, 471), (856, 477)]), (214, 216, 216))
    for share in (0.3, 0.62):
        canvas.line(
            across([(832 + 60 * share, 512 + 150 * share), (1110 + 150 * share, 496 + 90 * share)]), darker(blanket, 0.9), 3
        )


def table(canvas: Canvas, left: int, right: int, top: int, foot: int, wood: Colour) -> None:
    """A small table with a lamp and a cup, seen a little from above."""
    canvas.shade([(left - 10, foot - 10), (right + 20, foot - 10), (right + 40, foot + 16), (left - 10, foot + 16)], 0.4, 10)
    for x in (left + 8, right - 16):
        canvas.box(x, top, x + 8, foot, darker(wood, 0.66))
    canvas.polygon([(left + 16, top - 22), (right - 16, top - 22), (right, top), (left, top)], wood)
    canvas.box(left, top, right, top + 8, darker(wood, 0.8))
    lamp = left + (right - left) * 0.3
    canvas.box(lamp - 3, top - 70, lamp + 3, top - 12, (90, 96, 100))
    canvas.ellipse((lamp, top - 12), (18, 5), (90, 96, 100))
    canvas.polygon(
        [(lamp - 16, top - 110), (lamp + 16, top - 110), (lamp + 28, top - 66), (lamp - 28, top - 66)], (176, 216, 236)
    )
    cup = left + (right - left) * 0.7
    canvas.box(cup - 8, top - 28, cup + 8, top - 8, (196, 156, 96))


def frame(canvas: Canvas, left: int, top: int, width: int, height: int, colour: Colour) -> None:
    """A framed picture on the wall."""
    canvas.box(left, top, left + width, top + height, (70, 84, 98))
    canvas.box(left + 6, top + 6, left + width - 6, top + height - 6, (226, 230, 232))
    canvas.box(left + 14, top + 14, left + width - 14, top + height - 14, colour)
    canvas.ellipse((left + width * 0.5, top + height * 0.62), (width * 0.22, height * 0.2), darker(colour, 0.7))
