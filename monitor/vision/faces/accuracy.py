"""How often a face engine errs: scores of the same and of different people, and what they say, in the terms of ISO/IEC 19795.

Scores are likenesses from -1 to 1, larger is more alike. FMR: the share of different people taken for the same at a threshold; FNMR:
the share of the same person not recognised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Scores are counted in steps of a ten-thousandth; differences smaller than that mean nothing.
STEPS = 20_000
RESAMPLES = 400
CONFIDENCE = 0.95
# A share is claimed only from so many comparisons on: with none of them wrong, it lies below 3/n with 95 % confidence.
RULE_OF_THREE = 3.0
_Z = 1.959964


@dataclass(frozen=True, eq=False)
class Scores:
    """All comparisons of a set of photos, every one with every other.

    genuine, impostor: how many fell into each step, shape (STEPS,), int64. genuine_people: the person's number, and
    genuine_scores the score of each genuine pair. photos: of each person, shape (people,). close_people: shape (n, 2), the two
    people, and close_scores the score, of each impostor pair that is at least `closeness`.
    """

    genuine: NDArray[np.int64]
    impostor: NDArray[np.int64]
    genuine_people: NDArray[np.int64]
    genuine_scores: NDArray[np.float64]
    photos: NDArray[np.int64]
    close_people: NDArray[np.int64]
    close_scores: NDArray[np.float64]
    closeness: float

    @property
    def genuine_pairs(self) -> int:
        """Comparisons of two photos of one person."""
        return int(self.genuine.sum())

    @property
    def impostor_pairs(self) -> int:
        """Comparisons of photos of two people."""
        return int(self.impostor.sum())


@dataclass(frozen=True)
class Share:
    """A share of comparisons, and the interval that holds the true one with 95 % confidence. NaN: nothing was compared."""

    value: float
    low: float
    high: float


def compare_all(
    embeddings: NDArray[np.float32], people: NDArray[np.int64], scale: str, closeness: float, block: int = 1000
) -> Scores:
    """Compare every photo with every other.

    embeddings: shape (photos, dimensions); people: shape (photos,), numbers from 0 on. scale: as of `Thresholds`. closeness:
    impostor pairs from this score on are remembered one by one; rates can be told for thresholds from there on.
    """
    genuine, impostor = np.zeros(STEPS, np.int64), np.zeros(STEPS, np.int64)
    same_people, same_scores, close_people, close_scores = [], [], [], []
    for start in range(0, len(embeddings), block):
        rows = slice(start, min(start + block, len(embeddings)))
        scores = _compared(embeddings[rows], embeddings, scale)
        first, second = np.triu_indices(rows.stop - start, start + 1, len(embeddings))
        values, one, other = scores[first, second], people[first + start], people[second]
        alike = one == other
        genuine += _counted(values[alike])
        impostor += _counted(values[~alike])
        same_people.append(one[alike])
        same_scores.append(values[alike])
        close = ~alike & (values >= closeness)
        close_people.append(np.stack([one[close], other[close]], axis=1))
        close_scores.append(values[close])
    return Scores(
        genuine,
        impostor,
        np.concatenate(same_people),
        np.concatenate(same_scores),
        np.bincount(people),
        np.concatenate(close_people),
        np.concatenate(close_scores),
        closeness,
    )


@dataclass(frozen=True, eq=False)
class BothScores:
    """All comparisons by two engines at once, counted by both scores: all of shape (JOINT, JOINT), first engine along the rows.

    first, second: the score that a cell stands for; genuine, impostor: how many comparisons fell into it.
    """

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    genuine: NDArray[np.int64]
    impostor: NDArray[np.int64]


JOINT = 800


def compare_both(
    first: tuple[NDArray[np.float32], str],
    second: tuple[NDArray[np.float32], str],
    people: NDArray[np.int64],
    block: int = 500,
) -> BothScores:
    """Compare every photo with every other by two engines. first, second: embeddings and scale, as of `compare_all`, of the same photos."""
    counts = {same: np.zeros(JOINT * JOINT, np.int64) for same in (True, False)}
    for start in range(0, len(people), block):
        rows = slice(start, min(start + block, len(people)))
        one, other = np.triu_indices(rows.stop - start, start + 1, len(people))
        cells = np.zeros(len(one), np.int64)
        for vectors, scale in (first, second):
            scores = _compared(vectors[rows], vectors, scale)[one, other]
            cells = cells * JOINT + np.clip(((scores + 1) * (JOINT / 2)).astype(np.int64), 0, JOINT - 1)
        alike = people[one + start] == people[other]
        for same in counts:
            counts[same] += np.bincount(cells[alike == same], minlength=JOINT * JOINT)
    middles = (np.arange(JOINT) + 0.5) * 2 / JOINT - 1
    grid = np.meshgrid(middles, middles, indexing="ij")
    return BothScores(grid[0], grid[1], counts[True].reshape(JOINT, JOINT), counts[False].reshape(JOINT, JOINT))


def _compared(some: NDArray[np.float32], all_: NDArray[np.float32], scale: str) -> NDArray[np.float64]:
    """The score of each of some with each of all: shape (some, all)."""
    left, right = (np.asarray(each, np.float64) for each in (some, all_))
    if scale == "cosine":
        left, right = (each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-12) for each in (left, right))
        return np.asarray(left @ right.T)
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2 * left @ right.T
    return np.asarray(1.0 - np.sqrt(np.maximum(squares, 0.0)))


def _counted(values: NDArray[np.float64]) -> NDArray[np.int64]:
    steps = np.clip(((values + 1) * (STEPS / 2)).astype(np.int64), 0, STEPS - 1)
    return np.bincount(steps, minlength=STEPS)


def edges() -> NDArray[np.float64]:
    """The thresholds between the steps, shape (STEPS + 1,): threshold k lies below step k."""
    return np.linspace(-1.0, 1.0, STEPS + 1)


def curve(scores: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """FMR and FNMR at each of `edges()`, both of shape (STEPS + 1,)."""
    matched = np.concatenate([np.cumsum(scores.impostor[::-1])[::-1], [0]])
    missed = np.concatenate([[0], np.cumsum(scores.genuine)])
    return matched / max(scores.impostor_pairs, 1), missed / max(scores.genuine_pairs, 1)


def area_under_roc(scores: Scores) -> float:
    """The probability that a genuine pair scores higher than an impostor pair. NaN without pairs of both kinds."""
    if not scores.genuine_pairs or not scores.impostor_pairs:
        return float("nan")
    below = np.cumsum(scores.impostor) - scores.impostor
    won = (scores.genuine * (below + scores.impostor / 2)).sum()
    return float(won / scores.genuine_pairs / scores.impostor_pairs)


def threshold_for_fmr(scores: Scores, wanted: float) -> float:
    """The lowest threshold at which no larger share of impostor pairs matches."""
    fmr, _ = curve(scores)
    return float(edges()[int(np.argmax(fmr <= wanted))])


def threshold_for_fnmr(scores: Scores, wanted: float) -> float:
    """The highest threshold at which no larger share of genuine pairs is missed."""
    _, fnmr = curve(scores)
    return float(edges()[int(np.flatnonzero(fnmr <= wanted)[-1])])


def enough_for(scores: Scores, fmr: float) -> bool:
    """Whether so small a share can be told from so few impostor pairs at all."""
    return scores.impostor_pairs * fmr >= RULE_OF_THREE


def fnmr_at(scores: Scores, threshold: float, seed: int = 0) -> Share:
    """The share of genuine pairs below a threshold. The interval comes from drawing people anew, since one person's photos are alike."""
    missed = scores.genuine_scores < threshold
    people = len(scores.photos)
    wrong = np.bincount(scores.genuine_people, missed, people)
    all_ = np.bincount(scores.genuine_people, minlength=people).astype(np.float64)
    drawn = _drawn(people, seed)
    return _share(int(missed.sum()), len(missed), drawn @ wrong, drawn @ all_)


def fmr_at(scores: Scores, threshold: float, seed: int = 0) -> Share:
    """The share of impostor pairs from a threshold on. Raises ValueError below `closeness`."""
    if threshold < scores.closeness:
        raise ValueError(f"impostor pairs below {scores.closeness} were only counted")
    matched = scores.close_people[scores.close_scores >= threshold]
    drawn = _drawn(len(scores.photos), seed)
    wrong = (drawn[:, matched[:, 0]] * drawn[:, matched[:, 1]]).sum(axis=1)
    photos = drawn * scores.photos
    all_ = (photos.sum(axis=1) ** 2 - (photos**2).sum(axis=1)) / 2
    return _share(len(matched), scores.impostor_pairs, wrong, all_)


def _drawn(people: int, seed: int) -> NDArray[np.float64]:
    """How often each person is drawn, in so many draws of all of them: shape (RESAMPLES, people)."""
    return np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), RESAMPLES).astype(np.float64)


def _share(wrong: int, all_: int, drawn_wrong: NDArray[np.float64], drawn_all: NDArray[np.float64]) -> Share:
    if not all_:
        return Share(float("nan"), float("nan"), float("nan"))
    share = wrong / all_
    usable = drawn_all > 0
    drawn = drawn_wrong[usable] / drawn_all[usable]
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]) if usable.any() else (share, share)
    # With few errors, drawing anew knows too little: then the wider of the two.
    narrow, wide = wilson(wrong, all_)
    return Share(share, min(float(low), narrow), max(float(high), wide))


def wilson(wrong: int, all_: int) -> tuple[float, float]:
    """Wilson's interval of a share with 95 % confidence, for comparisons that do not depend on each other."""
    share, spread = wrong / all_, _Z**2 / all_
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * ((share * (1 - share) + spread / 4) / all_) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)
