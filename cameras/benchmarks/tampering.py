"""Clips of a drawn room for `quarantine bench tamper`: what happens to the camera, and from when to when.

Everything is drawn and encoded anew from fixed seeds, and every picture has noise of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.demonstration.scenes.figures import draw_walker
from monitor.vision.integrity.integrity import IntegrityState

# Of uint8, grey levels; the stubs of OpenCV do not tell.
Grey = NDArray[Any]
# What the camera shows at a second, without noise, and the deviation of its noise in grey levels.
Shown = tuple[Grey, float]

WIDTH, HEIGHT, FRAMES_PER_SECOND, KEYFRAME_SECONDS = 640, 360, 15, 2
# The room is drawn wider than the camera sees, so that it can turn. The home view begins here, the other one there.
ROOM_WIDTH, HOME, AWAY = 1600, 120, 920
NOISE = 2.0
# Just after a keyframe, when it takes longest until a picture shows it; a clock is known after half a minute.
BEGINS, ENDS, SECONDS = 24.1, 46.1, 60.0
BEGINS_WITH_CLOCK, ENDS_WITH_CLOCK, SECONDS_WITH_CLOCK = 40.1, 62.1, 76.0


@dataclass(frozen=True)
class Clip:
    """What one camera shows for some time.

    kind: what happens to it from `begins` to `ends` (seconds), None for nothing; show: what it shows at a second;
    keyframes_only: one picture every KEYFRAME_SECONDS, for long clips, instead of FRAMES_PER_SECOND with keyframes that often;
    kilobits: the encoder's ceiling; clock: burnt in; moves: when the camera is told to turn, and to which preset. From `begins` to `ends`, held: the picture of
    `begins`, noise and all, is encoded again and again; recorded: the pictures from the beginning of the clip are encoded again;
    resent: the packets from the beginning of the clip are sent again, bit by bit.
    """

    name: str
    kind: IntegrityState | None
    show: Callable[[float], Shown]
    begins: float = BEGINS
    ends: float = ENDS
    seconds: float = SECONDS
    keyframes_only: bool = False
    kilobits: int = 800
    clock: bool = False
    held: bool = False
    recorded: bool = False
    resent: bool = False
    moves: tuple[tuple[float, str], ...] = ()

    @property
    def rate(self) -> Fraction:
        """Pictures a second."""
        return Fraction(1, KEYFRAME_SECONDS) if self.keyframes_only else Fraction(FRAMES_PER_SECOND)

    def pictures(self) -> Iterator[Grey]:
        """Every picture with its noise; the array is not changed later."""
        rate, noise = float(self.rate), _Noise(self.name)
        # Keyframes fall on the same pictures of a recording only when it is repeated after a whole number of them.
        again = math.floor(self.begins / KEYFRAME_SECONDS) * KEYFRAME_SECONDS
        for number in range(round(self.seconds * rate)):
            second = shown = number / rate
            if self.begins <= second < self.ends:
                shown = self.begins if self.held else second - again if self.recorded else second
            picture = noise.on(*self.show(shown), round(shown * rate))
            yield with_clock(picture, second) if self.clock else picture


class _Noise:
    """Sensor noise of a clip: for each picture another part of one large plane, mirrored or not."""

    def __init__(self, name: str) -> None:
        self._seed = [ord(letter) for letter in name]
        self._planes: dict[float, Grey] = {}

    def on(self, picture: Grey, deviation: float, number: int) -> Grey:
        if deviation not in self._planes:
            drawn = np.random.default_rng(self._seed).normal(0, deviation, (HEIGHT * 3, WIDTH * 3))
            self._planes[deviation] = np.clip(np.round(drawn), -127, 127).astype(np.int8)
        down, across, upside, mirrored = np.random.default_rng([number, *self._seed]).integers(0, (HEIGHT * 2, WIDTH * 2, 2, 2))
        part = self._planes[deviation][down : down + HEIGHT, across : across + WIDTH]
        part = np.ascontiguousarray(part[:: 1 - 2 * int(upside), :: 1 - 2 * int(mirrored)])
        noisy: Grey = cv2.add(picture, part, dtype=cv2.CV_8U)
        return noisy


@lru_cache
def room(*, infra_red: bool = False) -> Grey:
    """A long wall with furniture, posters and shelves in fixed places; infra-red gives the things other grey levels."""
    random, levels = np.random.default_rng(4), np.random.default_rng(6)

    def level(low: int, high: int) -> int:
        seen = int(random.integers(low, high))
        return int(0.4 * seen + 0.6 * levels.integers(60, 230)) if infra_red else seen

    picture: Grey = np.full((HEIGHT, ROOM_WIDTH), 170, np.uint8)
    picture[236:] = 110
    for x in range(0, ROOM_WIDTH, 46):
        cv2.line(picture, (x, 236), (x * 2 - ROOM_WIDTH // 2, HEIGHT), 96, 1, cv2.LINE_AA)
    for left in range(20, ROOM_WIDTH - 60, 130):
        left += int(random.integers(-25, 25))
        wide, high, top = int(random.integers(60, 110)), int(random.integers(40, 150)), int(random.integers(30, 120))
        cv2.rectangle(picture, (left, top), (left + wide, top + high), level(40, 220), -1)
        match int(random.integers(0, 3)):
            case 0:  # a shelf of books
                for x in range(left + 3, left + wide - 5, 5):
                    cv2.rectangle(picture, (x, top + 6), (x + 3, top + high - 4), level(30, 220), -1)
            case 1:  # a notice
                for y in range(top + 12, top + high - 4, 11):
                    text = "".join(chr(int(random.integers(97, 122))) for _ in range(wide // 8))
                    cv2.putText(picture, text, (left + 4, y), cv2.FONT_HERSHEY_PLAIN, 0.6, level(20, 90), 1, cv2.LINE_AA)
            case _:  # a framed picture
                cv2.rectangle(picture, (left + 6, top + 6), (left + wide - 6, top + high - 6), level(30, 220), 2)
                cv2.circle(picture, (left + wide // 2, top + high // 2), min(wide, high) // 4, level(30, 220), -1, cv2.LINE_AA)
    for left in range(60, ROOM_WIDTH - 200, 290):
        top = int(random.integers(190, 240))
        cv2.rectangle(picture, (left, top), (left + 170, top + 80), level(50, 200), -1)
        for x in range(left, left + 170, 14):
            cv2.line(picture, (x, top), (x, top + 80), level(40, 200), 2)
    grain = cv2.GaussianBlur(random.normal(0, 9, picture.shape).astype(np.float32), (0, 0), 0.9)
    drawn: Grey = np.clip(picture + (0.3 if infra_red else 1.0) * grain, 0, 255).astype(np.uint8)
    return drawn


@lru_cache(16)
def looking(left: int = HOME, *, infra_red: bool = False, down: int = 0) -> Grey:
    """What a camera sees that is turned so far; darker towards the corners, under infra-red much more so."""
    part = np.roll(room(infra_red=infra_red), -down, 0)[:, left : left + WIDTH].astype(np.float32)
    across, rows = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None], np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    fall = (0.5 if infra_red else 0.15) * (across**2 + rows**2)
    return np.clip(part * (1.1 - fall), 0, 255).astype(np.uint8)


def with_clock(picture: Grey, second: float) -> Grey:
    """The picture with a burnt-in clock at its upper left."""
    minutes, seconds = divmod(int(second), 60)
    shown, text = picture.copy(), f"2026-03-07 {8 + minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    for colour, width in ((0, 3), (255, 1)):
        cv2.putText(shown, text, (12, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, width, cv2.LINE_AA)
    return shown


def lit(picture: Grey, gain: float) -> Grey:
    """The picture under more or less light."""
    return cv2.convertScaleAbs(picture, alpha=gain)


def still(_second: float) -> Shown:
    """Nothing happens."""
    return looking(), NOISE


def walking(second: float) -> Shown:
    """Somebody comes across, each time another way, then nobody for a while."""
    number, since = divmod(second, 23.0)
    random = np.random.default_rng(int(number))
    lasts, height, facing = random.uniform(4, 9), random.uniform(120, 300), 1 if random.random() < 0.5 else -1
    if since > lasts:
        return still(second)
    picture, way = looking().copy(), -60 + since / lasts * (WIDTH + 120)
    foot = (way if facing > 0 else WIDTH - way, random.uniform(300, 358))
    draw_walker(picture, foot, height, since * 5, facing, (int(random.integers(40, 200)),) * 3)
    return picture, NOISE


def close_by(second: float) -> Shown:
    """Somebody stands right before the camera for half of every minute and hides more than half of the room."""
    picture = looking()
    if second % 60 >= 30:
        picture, sway = picture.copy(), round(6 * math.sin(second))
        cv2.ellipse(picture, (330 + sway, 120), (90, 110), 0, 0, 360, 150, -1, cv2.LINE_AA)
        cv2.ellipse(picture, (330 + sway, 420), (200, 230), 0, 0, 360, 70, -1, cv2.LINE_AA)
    return picture, NOISE


def daylight(second: float) -> Shown:
    """A day in minutes: the light comes and goes, and a patch of sun wanders along the wall."""
    picture = lit(looking(), 0.75 + 0.35 * math.sin(second / 400))
    left = round(second / 4) % WIDTH
    sunny: Grey = picture[60:220, left : left + 120]
    picture[60:220, left : left + 120] = np.minimum(sunny, 210) + 45
    return picture, NOISE


def clouds(second: float) -> Shown:
    """Clouds pass: a quarter of the light comes and goes within seconds."""
    return lit(looking(), 1.0 - 0.25 * max(0.0, math.sin(second / 3)) ** 2), NOISE


def by_night(second: float) -> Shown:
    """The camera changes to infra-red for a while: other grey levels, a bright middle, more noise."""
    return (looking(infra_red=True), 2 * NOISE) if 24.1 <= second < 90.1 else still(second)


def lamp(second: float) -> Shown:
    """A lamp at one side replaces the light from the window at the other."""
    if second < BEGINS:
        return still(second)
    side = np.linspace(1.3, 0.45, WIDTH, dtype=np.float32)[None]
    return np.clip(looking() * side, 0, 255).astype(np.uint8), NOISE


# The camera turns to "bed", back to "door", and to "bed" once more; it takes two seconds each time.
_TURNS = ((20.5, "bed"), (50.5, "door"), (80.5, "bed"))


def turning(second: float) -> Shown:
    """The camera is told to turn from preset to preset."""
    left = HOME
    for at, preset in _TURNS:
        target = AWAY if preset == "bed" else HOME
        left = round(left + (target - left) * min(1.0, max(0.0, (second - at) / 2)))
    return looking(left), NOISE


def while_tampered(tampered: Callable[[float], Shown], begins: float = BEGINS, ends: float = ENDS) -> Callable[[float], Shown]:
    """The still room, and something else from `begins` to `ends`."""
    return lambda second: tampered(second) if begins <= second < ends else still(second)


@lru_cache
def _cloth(level: int, spread: float) -> Grey:
    shades = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 1, (HEIGHT, WIDTH)), (0, 0), 50)
    cloth: Grey = np.clip(level + spread * shades / shades.std(), 0, 255).astype(np.uint8)
    return cloth


@lru_cache
def _blurred(deviation: float) -> Grey:
    return cv2.GaussianBlur(looking(), (0, 0), deviation)


def tampered_clips() -> list[Clip]:
    """One or more clips for each kind."""
    state = IntegrityState

    def clocked(clip: Clip) -> Clip:
        return replace(clip, clock=True, begins=BEGINS_WITH_CLOCK, ends=ENDS_WITH_CLOCK, seconds=SECONDS_WITH_CLOCK)

    return [
        Clip("covered by a cloth", state.COVERED, while_tampered(lambda _: (_cloth(70, 10), NOISE))),
        Clip("covered by black tape", state.COVERED, while_tampered(lambda _: (_cloth(6, 1), 2 * NOISE))),
        Clip("turned to another scene", state.MOVED, while_tampered(lambda _: (looking(AWAY), NOISE))),
        Clip("pushed by a tenth", state.MOVED, while_tampered(lambda _: (looking(HOME + 64, down=9), NOISE))),
        Clip("out of focus", state.DEFOCUSED, while_tampered(lambda _: (_blurred(3.5), NOISE))),
        Clip("far out of focus", state.DEFOCUSED, while_tampered(lambda _: (_blurred(9), NOISE))),
        Clip("light off", state.DARK, while_tampered(lambda _: (lit(looking(), 0.12), 2 * NOISE))),
        Clip("frozen", state.FROZEN, still, held=True),
        clocked(Clip("frozen under a running clock", state.FROZEN, still, held=True)),
        Clip("sent again, nobody there", state.REPLAYED, still, resent=True),
        Clip("sent again, somebody walks", state.REPLAYED, walking, resent=True),
        Clip("recorded, nobody there", state.REPLAYED, still, recorded=True),
        clocked(Clip("recorded, under a clock", state.REPLAYED, walking, recorded=True)),
    ]


def untouched_clips(minutes: float) -> list[Clip]:
    """Clips in which nothing happens to the camera: `minutes` of quiet, walking and a clock, and some of other light; none for 0."""
    if minutes <= 0:
        return []
    third = minutes * 60 / 3
    return [
        Clip("quiet", None, still, seconds=third, keyframes_only=True),
        Clip("people walk", None, walking, seconds=third, keyframes_only=True),
        Clip("people walk under a clock", None, walking, seconds=third, keyframes_only=True, clock=True),
        Clip("day and sun", None, daylight, seconds=minutes * 15, keyframes_only=True),
        Clip("people walk, few bits", None, walking, seconds=100, kilobits=256),
        Clip("clouds", None, clouds, seconds=60),
        Clip("somebody close by", None, close_by, seconds=120, keyframes_only=True),
        Clip("infra-red and back", None, by_night, seconds=120, keyframes_only=True),
        Clip("from daylight to a lamp", None, lamp, seconds=60),
        Clip("turned to presets", None, turning, seconds=100, moves=_TURNS),
    ]
