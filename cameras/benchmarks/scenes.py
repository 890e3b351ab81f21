"""Scenes with known motion: rooms with noise, walkers near and far, and what is no motion but looks like it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.benchmarks.episodes import Episode

WIDTH, HEIGHT, RATE = 640, 360, 15
Canvas = NDArray[np.float32]


@dataclass(frozen=True)
class Walker:
    """Somebody who crosses the picture. size: share of its height; begin_s and end_s: when they are in view."""

    begin_s: float
    end_s: float
    size: float = 0.55
    floor: float = 0.92
    shade: float = 70.0
    leftwards: bool = False


@dataclass(frozen=True)
class Scene:
    """What a clip shows. noise: of the sensor, in grey levels; brightness: of the light, may change with time;
    keyframe_seconds, bit_rate: of the encoder, 0 is constant quality; rain: drops on glass."""

    name: str
    seconds: float = 60.0
    noise: float = 2.0
    keyframe_seconds: float = 2.0
    bit_rate: int = 0
    walkers: tuple[Walker, ...] = ()
    rain: bool = False
    brightness: Callable[[float], float] = field(default=lambda _second: 1.0)
    lamp: Callable[[float], float] = field(default=lambda _second: 0.0)

    @property
    def episodes(self) -> list[Episode]:
        """When somebody is in view."""
        return [(each.begin_s, each.end_s) for each in sorted(self.walkers, key=lambda one: one.begin_s)]


def _flicker(second: float) -> float:
    """A failing tube: it trembles at 4 to 7 Hz, and now and then goes out for a moment."""
    trembling = 12 * math.sin(second * 29) * (0.6 + 0.4 * math.sin(second * 1.7))
    return trembling - (35 if second % 9 > 8.7 else 0)


def _switched(second: float) -> float:
    """The light goes out and on again, within a fifth of a second as lamps do."""
    return 0.35 if 20 <= second % 40 < 34 else 1.0


def scenes() -> list[Scene]:
    """All clips that the command makes."""
    near = (Walker(14, 19), Walker(33, 40, leftwards=True, shade=200), Walker(50, 54))
    far = (Walker(14, 24, size=0.16, floor=0.55), Walker(38, 50, size=0.14, floor=0.5, leftwards=True, shade=210))
    one = (Walker(22, 28), Walker(44, 49, leftwards=True))
    made = [
        Scene("still"),
        Scene("still-night-noise", noise=7.0),
        Scene("still-constant-bitrate", bit_rate=400_000),
        Scene("walkers-near", walkers=near),
        Scene("walkers-far", walkers=far),
        Scene("walkers-night-noise", noise=7.0, walkers=near, brightness=lambda _second: 0.5),
        Scene("walkers-constant-bitrate", bit_rate=400_000, walkers=near),
        Scene("slow-mover", walkers=(Walker(15, 48),)),
        Scene("flickering-lamp", lamp=_flicker),
        Scene("flickering-lamp-walker", lamp=_flicker, walkers=one),
        Scene("light-switched", seconds=80, brightness=_switched),
        Scene("light-switched-walker", brightness=_switched, walkers=(Walker(8, 14), Walker(46, 52))),
        Scene("rain-on-glass", rain=True),
        Scene("rain-on-glass-walker", rain=True, walkers=one),
    ]
    made += [Scene(f"keyframes-every-{every}-s", keyframe_seconds=every, walkers=near) for every in (1, 4, 10)]
    peeks = tuple(Walker(at, at + 1.2, size=0.5) for at in (12.3, 25.1, 40.5, 52.4))
    made += [Scene("brief", walkers=peeks), Scene("low-contrast", walkers=tuple(replace(each, shade=128.0) for each in near))]
    made += [
        Scene("keyframes-every-10-s-still", keyframe_seconds=10),
        Scene("keyframes-every-10-s-far", keyframe_seconds=10, walkers=far),
    ]
    return made


def pictures(scene: Scene) -> Iterator[NDArray[np.uint8]]:
    """Every picture's luma: uint8, shape (HEIGHT, WIDTH). The same each time it is asked for."""
    random = np.random.default_rng(sum(scene.name.encode()))
    room = _room(random)
    lamp = _lamp_light()
    noise = [random.normal(0, scene.noise, (HEIGHT, WIDTH)).astype(np.float32) for _ in range(9)]
    drops = [_Drop(random) for _ in range(26)] if scene.rain else []
    for number in range(round(scene.seconds * RATE)):
        second = number / RATE
        canvas = room.copy()
        for walker in scene.walkers:
            if walker.begin_s <= second < walker.end_s:
                _draw(canvas, walker, second)
        canvas *= scene.brightness(second)
        flicker = scene.lamp(second)
        if flicker:
            canvas += lamp * flicker
        for drop in drops:
            drop.draw(canvas, second)
        shift = random.integers(0, WIDTH)
        canvas += np.roll(noise[number % len(noise)], shift, axis=1)
        yield np.clip(canvas, 0, 255).astype(np.uint8)


def _room(random: np.random.Generator) -> Canvas:
    """A wall with a window, a floor with perspective, a bed, a table, and things on shelves."""
    room = np.full((HEIGHT, WIDTH), 168, np.float32)
    room += cv2.GaussianBlur(random.normal(0, 40, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 6)
    floor = int(HEIGHT * 0.45)
    room[floor:] = np.linspace(100, 135, HEIGHT - floor, dtype=np.float32)[:, None]
    room[floor:] += cv2.GaussianBlur(random.normal(0, 50, (HEIGHT - floor, WIDTH)).astype(np.float32), (0, 0), 3)
    for x in range(-200, WIDTH + 200, 46):
        cv2.line(room, (WIDTH // 2 + (x - WIDTH // 2) // 3, floor), (x, HEIGHT), 88.0, 1, cv2.LINE_AA)
    cv2.rectangle(room, (70, 30), (190, 120), 226.0, -1)
    cv2.rectangle(room, (70, 30), (190, 120), 80.0, 3)
    cv2.line(room, (130, 30), (130, 120), 80.0, 3)
    cv2.rectangle(room, (400, 190), (600, 270), 196.0, -1)
    cv2.rectangle(room, (400, 250), (600, 275), 60.0, -1)
    for _ in range(22):
        x, y = int(random.integers(230, 560)), int(random.integers(40, 120))
        cv2.rectangle(
            room,
            (x, y),
            (x + int(random.integers(8, 30)), y + int(random.integers(8, 26))),
            float(random.integers(40, 220)),
            -1,
        )
    return np.asarray(cv2.GaussianBlur(room, (3, 3), 0), np.float32)


def _lamp_light() -> Canvas:
    """How a lamp in the upper right lights the room, 0 to 1."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return np.asarray(1 / (1 + ((x - 480) ** 2 + (y - 20) ** 2) / 60_000), np.float32)


def _draw(canvas: Canvas, walker: Walker, second: float) -> None:
    """A person of two tones with moving arms and legs, at their place on their way."""
    tall = walker.size * HEIGHT
    way = (second - walker.begin_s) / (walker.end_s - walker.begin_s)
    if walker.leftwards:
        way = 1 - way
    x, foot = way * WIDTH, walker.floor * HEIGHT
    stride = math.sin(second * 7) * tall * 0.13
    hip, shoulder, wide = foot - tall * 0.47, foot - tall * 0.82, max(1, round(tall * 0.09))
    trousers, coat = walker.shade * 0.7, walker.shade

    def line(one: tuple[float, float], other: tuple[float, float], shade: float, thick: int) -> None:
        cv2.line(canvas, (round(one[0]), round(one[1])), (round(other[0]), round(other[1])), shade, max(1, thick), cv2.LINE_AA)

    for side in (1, -1):
        line((x, hip), (x + side * stride, foot), trousers, wide)
        line((x, shoulder + tall * 0.05), (x - side * stride * 0.9, hip), coat * 0.85, max(1, wide * 2 // 3))
    axes = (max(1, round(tall * 0.1)), max(2, round(tall * 0.2)))
    cv2.ellipse(canvas, (round(x), round((hip + shoulder) / 2)), axes, 0, 0, 360, coat, -1, cv2.LINE_AA)
    cv2.circle(canvas, (round(x), round(foot - tall * 0.91)), max(1, round(tall * 0.075)), 175.0, -1, cv2.LINE_AA)


class _Drop:
    """A drop that sits on the glass, runs down in jerks, and makes what is behind it brighter or darker."""

    def __init__(self, random: np.random.Generator) -> None:
        self._x, self._y = float(random.uniform(0, WIDTH)), float(random.uniform(0, HEIGHT))
        self._speed, self._phase = float(random.uniform(4, 40)), float(random.uniform(0, 9))
        self._radius, self._tone = int(random.integers(1, 4)), float(random.uniform(-26, 34))

    def draw(self, canvas: Canvas, second: float) -> None:
        """Add it to the picture."""
        run = second + 0.8 * math.sin(second * 1.3 + self._phase)
        y = int(self._y + self._speed * run) % HEIGHT
        x = int(self._x + 3 * math.sin(second * 0.9 + self._phase)) % WIDTH
        top, left = max(0, y - self._radius * 2), max(0, x - self._radius)
        canvas[top : y + 1, left : x + self._radius + 1] += self._tone
