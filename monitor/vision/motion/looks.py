"""Motion in one stream: which packets are worth decoding, and what their pictures show. No clock, no decoder, no I/O of its own.

Two witnesses: the gate sees that packets grow, at once and without decoding, and is fooled by rain and noise; pictures see where
something moved, and come every two seconds. The gate says when to look, pictures say what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from monitor.vision.motion.background import LEAST_AREA, BackgroundModel, Luma, Motion
from monitor.vision.motion.gate import PacketGate

# Keyframes that come faster than this (Motion JPEG, all-intra) are not all looked at.
LEAST_KEYFRAME_SECONDS = 0.9
# Without a look for so long, the running group is looked at: keyframes of smart encoders come every 4 to 60 s.
SELDOM_LOOK_SECONDS = 2.1
# While something moves where a line is watched: a person crosses it within a second.
CLOSE_LOOK_SECONDS = 1.0
# From the look that first showed something to the one that must confirm it: one picture alone may be a flash or a damaged packet.
CONFIRM_SECONDS, CONFIRM_WITHIN = 0.4, 3.0
# Between two looks that the gate asks for; doubled each time that nothing was there, up to where keyframes come anyway.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
# Motion with shorter pauses is one; it is over so long after the last picture that showed it.
OVER_SECONDS = 2.5
Box = tuple[float, float, float, float]


class Ask(IntEnum):
    """What is to be decoded now."""

    NOTHING = 0
    KEYFRAME = 1
    GROUP = 2


@dataclass(frozen=True)
class MotionState:
    """What is known after a look. moving: now; since_s, last_s: of this motion, or of the last one, on the stream's clock.

    fraction: share of the watched picture; boxes: (x, y, width, height) from 0 to 1, largest first; follow_up: GROUP when the group
    before this keyframe should be looked at too, to know when it began.
    """

    moving: bool
    since_s: float
    last_s: float
    fraction: float
    boxes: tuple[Box, ...]
    light_change: bool
    follow_up: Ask
    looks: tuple[tuple[float, tuple[Box, ...]], ...] = ()
    """What moved in each picture that was not looked at before, with its time: for following somebody over a line."""


class MotionWatch:
    """One stream's motion: `packet` for each packet, `pictures` for each look."""

    def __init__(self, *, sensitivity: float = 0.5, closely: bool = False) -> None:
        """sensitivity: 0 (only what is large) to 1 (everything that moves); closely: while something moves, look once a second."""
        self._closely = closely
        self.keyframe_interval_s: float | None = None
        self.gate_open = False
        self._gate, self._background = PacketGate(), BackgroundModel(least_area=LEAST_AREA * 4.0 ** (1 - 2 * sensitivity))
        self._newest = float("-inf")
        self._begin_anew()

    def _begin_anew(self) -> None:
        """The stream's clock jumped: what was timed by it is forgotten, what was learnt stays."""
        self._key_at: float | None = None
        self._looked_at = self._asked_at = float("-inf")
        self._pause, self._gate_after = FIRST_PAUSE, float("-inf")
        self._opened = self._opened_before = False
        self._confirm_at: float | None = None
        self._first_seen: float | None = None
        self._since = self._last = self._told_until = float("-inf")

    @property
    def keyframes_seldom(self) -> bool:
        """Whether keyframes alone come too seldom to notice motion in time."""
        return self.keyframe_interval_s is not None and self.keyframe_interval_s > SELDOM_LOOK_SECONDS

    def packet(self, size_bytes: int, is_keyframe: bool, time_s: float) -> Ask:
        """Take one packet; what its arrival makes worth decoding. time_s: on the stream's own clock."""
        if not -1.0 < time_s - self._newest < 60.0:
            self._begin_anew()
        self._newest = time_s
        fired = self.gate_open = self._gate.feed(size_bytes, is_keyframe, time_s).fired
        self._opened = self._opened or fired
        if is_keyframe:
            self._opened_before, self._opened = self._opened, fired
            return self._keyframe(time_s)
        if self._key_at is None:
            return Ask.NOTHING
        confirm = self._confirm_at is not None and time_s >= self._confirm_at
        gate = fired and time_s >= self._gate_after and time_s - self._last > OVER_SECONDS
        pause = CLOSE_LOOK_SECONDS if self._closely and time_s - self._last <= OVER_SECONDS else SELDOM_LOOK_SECONDS
        seldom = time_s - max(self._looked_at, self._asked_at) >= pause
        if (confirm or gate or seldom) and time_s - self._asked_at >= CONFIRM_SECONDS:
            if gate and not confirm:
                self._gate_after = time_s + self._pause
                self._pause = min(LONGEST_PAUSE, 2 * self._pause)
            self._asked_at, self._confirm_at = time_s, None
            return Ask.GROUP
        return Ask.NOTHING

    def _keyframe(self, time_s: float) -> Ask:
        if self._key_at is not None:
            self.keyframe_interval_s = time_s - self._key_at
        self._key_at = time_s
        if time_s - self._looked_at < LEAST_KEYFRAME_SECONDS:
            return Ask.NOTHING
        self._looked_at = time_s
        return Ask.KEYFRAME

    def pictures(self, shown: Sequence[tuple[float, Luma]], mask: NDArray[np.generic] | None = None) -> MotionState:
        """Take decoded pictures, oldest first, with their times on the stream's clock: a keyframe, or some of a group.

        mask: places that count, see BackgroundModel. Raises ValueError for an empty or wrongly typed picture.
        """
        single = len(shown) == 1
        newest = shown[-1][0]
        # Regular looks teach the background; of a group only the last picture does, and only where keyframes do not suffice.
        teach = single or self.keyframes_seldom or self._background.is_young
        found: list[tuple[float, Motion]] = []
        for number, (time_s, luma) in enumerate(shown):
            learn = teach and number == len(shown) - 1
            found.append((time_s, self._background.look(luma, mask, learn=learn)))
        fired = [(time_s, motion) for time_s, motion in found if motion.fired]
        last = found[-1][1]
        was_moving = newest - self._last <= OVER_SECONDS
        follow_up = Ask.NOTHING
        if fired:
            self._seen([time_s for time_s, _ in fired])
            # Where it began is not known from a keyframe alone; when packets did not grow before, it began just now.
            if single and not was_moving and self._opened_before:
                follow_up = Ask.GROUP
            best = max((motion for _, motion in fired), key=lambda motion: motion.fraction)
        else:
            best = last
        moving = max(newest, self._looked_at) - self._last <= OVER_SECONDS
        looks = tuple((time_s, motion.boxes) for time_s, motion in found if time_s > self._told_until)
        self._told_until = max(self._told_until, newest)
        return MotionState(moving, self._since, self._last, best.fraction, best.boxes, last.light_change, follow_up, looks)

    def _seen(self, times: list[float]) -> None:
        """Something was seen at these times: begin a motion once two pictures agree, or go on with it."""
        self._pause, self._gate_after = FIRST_PAUSE, float("-inf")
        if times[-1] - self._last <= OVER_SECONDS:
            # Earlier pictures of what is known already tell when it began.
            self._since = min(self._since, times[0])
            self._last = max(self._last, times[-1])
            return
        first = self._first_seen
        agree = len(times) > 1 or (first is not None and abs(times[-1] - first) <= CONFIRM_WITHIN)
        earliest = times[0] if first is None or abs(times[0] - first) > CONFIRM_WITHIN else min(first, times[0])
        if agree:
            self._since, self._last = earliest, max(times[-1], first or times[-1])
            self._first_seen = self._confirm_at = None
        else:
            self._first_seen, self._confirm_at = times[-1], times[-1] + CONFIRM_SECONDS
