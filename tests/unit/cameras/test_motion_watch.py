"""When motion is worth decoding for, and what a look makes known: packets and drawn pictures in, decisions out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.vision.motion.looks import Ask, MotionWatch

RATE = 15
STILL, MOVING, KEY = 400, 2500, 20_000
Luma = NDArray[np.uint8]


class Stream:
    """A camera of 15 pictures a second, whose every asked-for picture is drawn: somebody stands at `person` or nobody."""

    def __init__(self, keyframe_s: float = 2.0, **options: float | bool) -> None:
        self.watch = MotionWatch(**options)  # type: ignore[arg-type]
        self.second, self.keyframe_s = 0.0, keyframe_s
        self.asks: list[tuple[float, Ask]] = []
        self.known: list[float] = []
        self._key = 0.0
        self._random = np.random.default_rng(4)
        room = self._random.integers(60, 200, (23, 40)).astype(np.uint8)
        self._room = np.kron(room, np.ones((16, 16), np.uint8))[:360, :640]

    def picture(self, person: float | None) -> Luma:
        noise = self._random.normal(0, 2, self._room.shape)
        shown = self._room.astype(np.float64) + noise
        if person is not None:
            left = int(person * 560)
            shown[120:330, left : left + 70] = 20
        return np.clip(shown, 0, 255).astype(np.uint8)

    def run(self, seconds: float, person: float | None = None, size: int = STILL) -> None:
        for _ in range(round(seconds * RATE)):
            is_key = self.second - self._key >= self.keyframe_s or self.second == 0
            if is_key:
                self._key = self.second
            ask = self.watch.packet(KEY if is_key else size, is_key, self.second)
            while ask is not Ask.NOTHING:
                self.asks.append((self.second, ask))
                times = [self.second] if ask is Ask.KEYFRAME else [max(0.0, self.second - 0.4), self.second]
                state = self.watch.pictures([(at, self.picture(person)) for at in times])
                if state.moving:
                    self.known.append(self.second)
                ask = state.follow_up
            self.second += 1 / RATE

    def groups(self, since: float) -> int:
        return sum(ask is Ask.GROUP and at >= since for at, ask in self.asks)


def test_a_still_room_costs_its_keyframes_and_nothing_else() -> None:
    stream = Stream()
    stream.run(60)
    assert stream.known == []
    assert stream.groups(0) == 0
    assert len(stream.asks) == 30


@pytest.mark.parametrize("into_the_group", [0.3, 1.0, 1.7])
def test_somebody_is_known_within_a_second_wherever_in_the_group_they_come_in(into_the_group: float) -> None:
    stream = Stream()
    stream.run(20 + into_the_group)
    came = stream.second
    stream.run(4, person=0.4, size=MOVING)
    assert stream.known
    assert stream.known[0] - came <= 1.1


def test_a_constant_bitrate_hides_them_from_the_gate_and_the_keyframe_sees_them() -> None:
    stream = Stream()
    stream.run(20.5)
    came = stream.second
    stream.run(5, person=0.4, size=STILL)
    assert stream.known
    assert stream.known[0] - came <= 2.2


def test_a_gate_that_opens_for_nothing_asks_less_and_less() -> None:
    stream = Stream()
    stream.run(20)
    begun = stream.second
    stream.run(60, size=MOVING)  # rain: packets grow, and nobody is there
    assert stream.known == []
    assert stream.groups(begun) <= 14


def test_one_odd_picture_is_no_motion() -> None:
    stream = Stream()
    stream.run(19.95)
    stream.run(1 / RATE, person=0.4)  # a flash, just in the keyframe
    stream.run(6)
    assert stream.known == []


def test_rare_keyframes_are_noticed_and_the_group_is_looked_at_by_itself() -> None:
    stream = Stream(keyframe_s=10.0)
    stream.run(41)
    assert stream.watch.keyframe_interval_s == pytest.approx(10, abs=0.1)
    assert stream.watch.keyframes_seldom
    came = stream.second
    stream.run(4, person=0.5, size=STILL)
    assert stream.known
    assert stream.known[0] - came <= 2.5


def test_all_intra_video_is_looked_at_about_once_a_second() -> None:
    stream = Stream(keyframe_s=0.0)
    stream.run(30)
    assert 27 <= len(stream.asks) <= 34


def test_near_a_line_somebody_is_followed_once_a_second() -> None:
    stream = Stream(closely=True)
    stream.run(20.2)
    begun = stream.second
    stream.run(8, person=0.4, size=MOVING)
    looked = sorted(at for at, _ in stream.asks if at > begun + 1)
    assert max(later - earlier for earlier, later in itertools.pairwise(looked)) <= 1.2


def test_a_camera_whose_clock_jumps_is_watched_on() -> None:
    stream = Stream()
    stream.run(20)
    stream.second += 100_000
    stream._key = stream.second - 2
    stream.run(3, person=0.4, size=MOVING)
    stream.second -= 50_000
    stream._key = stream.second - 2
    stream.run(4, person=0.4, size=MOVING)
    assert stream.known


@pytest.mark.parametrize(("sensitivity", "noticed"), [(0.0, False), (0.5, True), (1.0, True)])
def test_sensitivity_says_how_small_somebody_may_be(sensitivity: float, noticed: bool) -> None:
    stream = Stream(sensitivity=sensitivity)
    stream.run(20.2)
    small = stream.picture

    def far(person: float | None) -> Luma:
        shown = small(None)
        if person is not None:
            shown[150:190, 300:312] = 10  # 0.2 % of the picture
        return shown

    stream.picture = far  # type: ignore[method-assign]
    stream.run(6, person=0.4, size=MOVING)
    assert bool(stream.known) is noticed
