"""The gate: motion from packet sizes alone."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.vision.motion.gate import BIN_SECONDS, PacketGate

FRAMES_PER_SECOND = 15


class Stream:
    """Packets of a noisy camera: a keyframe every two seconds, and uneven packets between."""

    def __init__(self, bytes_per_packet: float = 400, unevenness: float = 0.2, seed: int = 1) -> None:
        self.gate = PacketGate()
        self._usual, self._unevenness = bytes_per_packet, unevenness
        self._random = np.random.default_rng(seed)
        self._number = 0

    def run(self, seconds: float, growth: float = 1.0) -> list[bool]:
        """Whether it fired, after each packet; growth multiplies the packets' sizes."""
        fired = []
        for _ in range(round(seconds * FRAMES_PER_SECOND)):
            key = self._number % (2 * FRAMES_PER_SECOND) == 0
            after_key = 0.6 if self._number % (2 * FRAMES_PER_SECOND) < 8 else 1.0
            size = 9_000 if key else self._usual * after_key * growth * self._random.lognormal(0, self._unevenness)
            fired.append(bool(self.gate.feed(round(size), key, self._number / FRAMES_PER_SECOND)))
            self._number += 1
        return fired


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("unevenness", [0.0, 0.2, 0.5])
def test_a_still_picture_hardly_ever_fires(unevenness: float, seed: int) -> None:
    assert np.mean(Stream(unevenness=unevenness, seed=seed).run(300)) < 0.005


@pytest.mark.parametrize("growth", [2.4, 4, 18])
def test_motion_fires_within_two_bins_and_ends_with_it(growth: float) -> None:
    stream = Stream()
    stream.run(60)
    moving = stream.run(10, growth)
    assert any(moving[: round(2.2 * BIN_SECONDS * FRAMES_PER_SECOND)])
    assert np.mean(moving[FRAMES_PER_SECOND:]) > 0.7
    assert not any(stream.run(10)[FRAMES_PER_SECOND:])


def test_a_minute_of_motion_is_not_learnt_away() -> None:
    stream = Stream()
    stream.run(60)
    assert np.mean(stream.run(60, 3)[-10 * FRAMES_PER_SECOND :]) > 0.7


def test_a_lasting_change_becomes_usual_in_the_end() -> None:
    stream = Stream()
    stream.run(60)
    stream.run(15 * 60, 2.4)
    assert not any(stream.run(30, 2.4))


def test_motion_that_comes_often_does_not_pass_for_unevenness() -> None:
    stream = Stream(unevenness=0.3)
    stream.run(4)
    for _ in range(10):
        stream.run(4, 3.5)
        stream.run(12)
    assert np.mean(stream.run(6, 3.5)[FRAMES_PER_SECOND:]) > 0.7


def test_a_stream_first_seen_moving_notices_motion_two_minutes_later() -> None:
    stream = Stream()
    stream.run(10, 4)
    stream.run(120)
    assert any(stream.run(3, 4))


def test_keyframes_do_not_count() -> None:
    gate = PacketGate()
    for number in range(400):
        assert not gate.feed(100 if number % 20 else 500_000, number % 20 == 0, number / 10)


def test_a_stream_without_packets_between_keyframes_stays_silent() -> None:
    gate = PacketGate()
    for number in range(100):
        assert not gate.feed(50_000, True, number * 2.0)


@pytest.mark.parametrize("jump", [-1000.0, 3600.0])
def test_a_jump_of_the_clock_neither_fires_nor_forgets(jump: float) -> None:
    stream = Stream(unevenness=0.0)
    stream.run(60)
    gate, now = stream.gate, 60.0 + jump
    for number in range(30):
        assert not gate.feed(400, False, now + number / FRAMES_PER_SECOND)
    assert any(gate.feed(2_000, False, now + number / FRAMES_PER_SECOND) for number in range(30, 60))
