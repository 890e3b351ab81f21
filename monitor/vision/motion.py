"""Motion in one stream: which packets are worth decoding, and what their pictures show. No clock, no decoder, no I/O of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from monitor.vision.background import BackgroundModel, Luma
from monitor.vision.gate import PacketGate

# Keyframes that come faster than this (Motion JPEG, all-intra) are not all looked at.
LEAST_KEYFRAME_SECONDS = 0.9
# The gate asks for a group at most this often while it stays open.
GROUP_SECONDS = 1.0
# Where keyframes come more seldom than this, groups are looked at by themselves.
SELDOM_SECONDS, SELDOM_LOOK_SECONDS = 3.5, 2.0


class Ask(IntEnum):
    """What is to be decoded now."""

    NOTHING = 0
    KEYFRAME = 1
    GROUP = 2


@dataclass(frozen=True)
class MotionState:
    """What is known after a look. Times are the stream's; boxes relative to the picture, largest first."""

    moving: bool
    since_s: float
    last_s: float
    fraction: float
    boxes: tuple[tuple[float, float, float, float], ...]
    light_change: bool
    follow_up: Ask


class MotionWatch:
    """One stream's motion; `packet` for each packet, `pictures` for each look."""

    def __init__(self) -> None:
        self.keyframe_interval_s: float | None = None
        self._gate, self._background = PacketGate(), BackgroundModel()
        self._key_at: float | None = None
        self._asked_at = float("-inf")
        self._since = self._last = float("-inf")

    @property
    def keyframes_seldom(self) -> bool:
        """Whether keyframes alone come too seldom to notice motion in time."""
        return self.keyframe_interval_s is not None and self.keyframe_interval_s > SELDOM_SECONDS

    def packet(self, size_bytes: int, is_keyframe: bool, time_s: float) -> Ask:
        """Take one packet; what its arrival makes worth decoding. time_s: on the stream's own clock."""
        reading = self._gate.feed(size_bytes, is_keyframe, time_s)
        if time_s < self._asked_at - 1:
            self._asked_at = float("-inf")
        if is_keyframe:
            if self._key_at is not None and time_s > self._key_at:
                self.keyframe_interval_s = time_s - self._key_at
            self._key_at = time_s
            if time_s - self._asked_at >= LEAST_KEYFRAME_SECONDS or self._asked_at > time_s:
                self._asked_at = time_s
                return Ask.KEYFRAME
            return Ask.NOTHING
        if reading.fired and time_s - self._last > 3.0 and time_s - self._asked_at >= GROUP_SECONDS:
            self._asked_at = time_s
            return Ask.GROUP
        silent = self._key_at is not None and time_s - self._key_at > SELDOM_SECONDS
        if silent and time_s - self._asked_at >= SELDOM_LOOK_SECONDS:
            self._asked_at = time_s
            return Ask.GROUP
        return Ask.NOTHING

    def pictures(self, shown: Sequence[tuple[float, Luma]], mask: NDArray[np.generic] | None = None) -> MotionState:
        """Take decoded pictures, oldest first, with their times on the stream's clock."""
        fraction, light, moving = 0.0, False, False
        boxes: tuple[tuple[float, float, float, float], ...] = ()
        for time_s, luma in shown:
            motion = self._background.look(luma, mask)
            if motion.fired:
                if time_s - self._last > 5:
                    self._since = time_s
                self._last = time_s
            moving, fraction, boxes, light = motion.fired, motion.fraction, motion.boxes, motion.light_change
        return MotionState(moving, self._since, self._last, fraction, boxes, light, Ask.NOTHING)
