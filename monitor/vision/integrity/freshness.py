"""Whether the pictures are new: one that stands still, or a sequence that was shown before, is told from a quiet room."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.vision.motion.background import Luma
from monitor.vision.motion.noise import Noise, NoiseModel
from monitor.vision.motion.overlay import Box, Mask, mask_of

# About so many points of the picture are compared as they are: noise lives in single pixels and is gone from a shrunk picture.
SAMPLE_SIDE = 128
# Pairs of the same picture before it stands still: six to eight seconds at a keyframe every 2 s, at least FROZEN_SECONDS.
FROZEN_PAIRS, FROZEN_SECONDS = 3, 4.0
# Pictures are identical when at most this share of the points differs, by one grey level: encoders round differently at times.
DIFFERING = 0.002
# An encoder that gets the same picture again and again shows it a little finer each time. Measured (x264, 800 kbit/s): its noise
# is alike by 0.55 to 1, that of a room by -0.3 to 0.4. A ceiling of 256 kbit/s spoils that, and so does an encoder that had thrown
# the noise away before: those are found when their pictures have become identical.
SAME_NOISE = 0.5
# Two pictures of one noise differ by less than this share of what two with different noise usually differ by.
LESS_DIFFERENCE = 0.8
# Grey levels by which pictures with noise usually differ, at least: without noise only identical pictures tell.
LEAST_NOISE = 0.5
# The share of each pair that the usual difference learns, downwards and upwards: movement is added to noise, and does not last.
QUIETER_RATE, LOUDER_RATE = 0.3, 0.03
# Whatever moves counts no more than this many grey levels.
MOST_DIFFERENCE = 8
# Pictures of an hour at a keyframe every 2 s.
REMEMBERED = 1800
# Pairs in a row that came before in the same order.
REPEATED = 3
# Bits that describe how the noise changed from the picture before, and how many must agree: chance gives half, give or take 6.
BITS, AGREEING_BITS = 128, 90
# Grey levels beyond which a point counts no more: whatever moves must not outweigh the noise.
NOISE = 3
# Points that changed at all, in a picture with noise; with fewer there is nothing to know it by.
LEAST_CHANGED = 0.1
# Fewer pictures than this before, it is a flicker rather than a loop.
SHORTEST_LOOP = 2


class Verdict(Enum):
    """What the last pictures are."""

    NEW = auto()
    FROZEN = auto()
    REPLAYED = auto()


@dataclass(frozen=True)
class Freshness:
    """The verdict, and when what it speaks of began (the clock of `look`)."""

    verdict: Verdict
    since: float


def sample(luma: Luma) -> Luma:
    """Single pixels of a picture on an even grid, about SAMPLE_SIDE of them wide; uint8."""
    step = max(1, -(-max(luma.shape) // SAMPLE_SIDE))
    down, across = (min(step // 2, size - 1) for size in luma.shape)
    return np.ascontiguousarray(luma[down::step, across::step])


def compare(before: Luma, after: Luma, watched: Mask | None = None) -> tuple[float, bool]:
    """Mean difference of two samples by noise in the watched places, in grey levels; and whether they show the same picture, noise and all."""
    difference = cv2.absdiff(before, after)
    if watched is not None:
        difference = difference[watched]
    if not difference.size:
        return 0.0, True
    differing = int(np.count_nonzero(difference))
    identical = int(difference.max()) <= 1 and differing <= DIFFERING * difference.size
    return float(np.minimum(difference, MOST_DIFFERENCE).mean()), identical


def stands_still(difference: float, usual: float | None, noise: Noise | None, *, already: bool = False) -> bool:
    """Whether a pair of pictures that are not identical is one picture, encoded twice.

    Noise that is alike tells, as long as nothing else is: what is new in the room, and new light, are alike in both too.
    Once a picture stands still (`already`), what grows is its own noise, shown finer.
    """
    if noise is None or (noise.grown and not already) or usual is None or usual < LEAST_NOISE:
        return False
    return noise.likeness >= SAME_NOISE and difference <= LESS_DIFFERENCE * usual


def noise_bits(before: Luma, after: Luma, watched: Mask | None = None) -> NDArray[np.uint64] | None:
    """What changed from one sample to the next, in BITS bits; None where too little did.

    Each bit is the sign of a sum of many points of both signs, spread over the picture, so that no single place sets it. Light
    is taken off first, and movement counts no more than noise: two sequences agree only when their noise is the same.
    """
    difference = np.subtract(after, before, dtype=np.int16)
    if watched is not None:
        difference[~watched] = 0
    if np.count_nonzero(difference) < LEAST_CHANGED * difference.size:
        return None
    change = difference.astype(np.float32)
    change = np.clip(change - cv2.blur(change, (5, 5)), -NOISE, NOISE).ravel()
    change = np.resize(change, -(-change.size // BITS) * BITS) * _signs(-(-change.size // BITS) * BITS)
    sums = change.reshape(-1, BITS).sum(0)
    return np.packbits(sums > 0).view(np.uint64)


_SIGNS: dict[int, NDArray[np.float32]] = {}


def _signs(count: int) -> NDArray[np.float32]:
    """Always the same random signs."""
    if count not in _SIGNS:
        _SIGNS[count] = np.random.default_rng(1).choice(np.array([-1, 1], np.float32), count)
    return _SIGNS[count]


class History:
    """The pictures of the last hour as fingerprints, and for each of them how many in a row the newest ones repeat."""

    def __init__(self) -> None:
        self._bits = np.zeros((BITS // 64, REMEMBERED), np.uint64)
        self._exact = np.zeros(REMEMBERED, np.uint64)
        self._run = np.zeros(REMEMBERED, np.uint16)
        self._count = 0

    def add(self, exact: int, bits: NDArray[np.uint64] | None) -> int:
        """Take the next picture; returns how many in a row came before, in the same order and each after another one.

        exact: a hash of the picture; bits: `noise_bits` from the picture before. Places without are never alike.
        """
        slot = self._count % REMEMBERED
        alike = self._exact == np.uint64(exact)
        if bits is not None:
            alike |= np.bitwise_count(self._bits ^ bits[:, None]).sum(0, dtype=np.uint8) <= BITS - AGREEING_BITS
        known = min(self._count, REMEMBERED)
        alike[known:] = False
        for age in range(1, min(SHORTEST_LOOP, known + 1)):
            alike[(slot - age) % REMEMBERED] = False
        self._run = np.where(alike, np.roll(self._run, 1) + 1, 0).astype(np.uint16)
        self._run[slot] = 0
        self._exact[slot] = exact
        self._bits[:, slot] = bits if bits is not None else _half_bits(self._count)
        self._count += 1
        return int(self._run.max())


def _half_bits(number: int) -> NDArray[np.uint64]:
    """Bits that agree with no others: chance gives half."""
    return np.random.default_rng(number).integers(0, 2**64, BITS // 64, dtype=np.uint64)


class FreshnessJudge:
    """Remembers what one camera showed; the verdict needs no agreement of several looks, since it rests on several."""

    def __init__(self) -> None:
        self._sample: Luma = np.zeros((0, 0), np.uint8)
        self._digest: bytes | None = None
        self._seen_at = 0.0
        self._usual: float | None = None
        self._history, self._noise = History(), NoiseModel()
        self._still_pairs, self._still_since = 0, 0.0
        self._times: deque[float] = deque(maxlen=REPEATED)
        self._repeated_since: float | None = None

    def look(self, luma: Luma, time_s: float, digest: bytes | None = None, clocks: tuple[Box, ...] = ()) -> Freshness:
        """Judge one keyframe. digest: of its compressed bytes, if known; clocks: where clocks run, which tell nothing."""
        seen = sample(luma)
        watched = mask_of(clocks, seen.shape)
        before, again, seen_at = self._sample, digest is not None and digest == self._digest, self._seen_at
        self._sample, self._digest, self._seen_at = seen, digest, time_s
        if before.shape != seen.shape:
            self._still_pairs, self._usual, self._history, self._noise = 0, None, History(), NoiseModel()
            return Freshness(Verdict.NEW, time_s)
        difference, identical = compare(before, seen, watched)
        sample_now = seen.astype(np.float32)
        noise = self._noise.look(sample_now, watched)
        if again or identical or stands_still(difference, self._usual, noise, already=self._still_pairs > 0):
            self._still_since = self._still_since if self._still_pairs else seen_at
            self._still_pairs += 1
            if self._still_pairs >= FROZEN_PAIRS and time_s - self._still_since >= FROZEN_SECONDS:
                return Freshness(Verdict.FROZEN, self._still_since)
            return Freshness(Verdict.NEW, time_s)
        self._still_pairs = 0
        self._noise.learn(sample_now, anew=noise is not None and noise.grown)
        usual = difference if self._usual is None else self._usual
        self._usual = usual + (QUIETER_RATE if difference < usual else LOUDER_RATE) * (difference - usual)
        return self._repeats(before, seen, watched, time_s)

    def _repeats(self, before: Luma, seen: Luma, watched: Mask | None, time_s: float) -> Freshness:
        """Whether the last pictures were shown before, in this order."""
        self._times.append(time_s)
        plain = seen if watched is None else np.where(watched, seen, np.uint8(0))
        exact = int.from_bytes(hashlib.blake2b(plain.tobytes(), digest_size=8).digest(), "little")
        if self._history.add(exact, noise_bits(before, seen, watched)) < REPEATED:
            self._repeated_since = None
            return Freshness(Verdict.NEW, time_s)
        if self._repeated_since is None:
            self._repeated_since = self._times[0]
        return Freshness(Verdict.REPLAYED, self._repeated_since)
