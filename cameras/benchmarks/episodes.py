"""Episodes of motion: joined from looks, and compared with labels. Plain values in and out."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Episode = tuple[float, float]
# Motion with a shorter pause is one episode; labels and findings are compared with this much slack at both ends, in seconds.
PAUSE_SECONDS, SLACK_SECONDS = 5.0, 2.5


@dataclass(frozen=True)
class Found:
    """An episode as it was found. known_s: when it was known, on the stream's clock."""

    begin_s: float
    end_s: float
    known_s: float


@dataclass(frozen=True)
class Score:
    """How findings agree with labels. hits of true episodes, right of found ones; delays: of the start, one for each hit."""

    true: int
    hits: int
    found: int
    right: int
    delays: tuple[float, ...]

    @property
    def recall(self) -> float:
        """Share of the true episodes that were found; 1 when there were none."""
        return self.hits / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """Share of the found episodes that are true; 1 when none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def delay_median_s(self) -> float:
        """The median delay of the start; 0 when nothing was found."""
        return statistics.median(self.delays) if self.delays else 0.0

    @property
    def delay_worst_s(self) -> float:
        """The longest delay of the start."""
        return max(self.delays, default=0.0)


def joined(episodes: Iterable[Episode], pause_s: float = PAUSE_SECONDS) -> list[Episode]:
    """Episodes in order, those with a short pause between them as one."""
    made: list[Episode] = []
    for begin, end in sorted(episodes):
        if made and begin - made[-1][1] <= pause_s:
            made[-1] = made[-1][0], max(made[-1][1], end)
        else:
            made.append((begin, end))
    return made


def joined_found(found: Iterable[Found], pause_s: float = PAUSE_SECONDS) -> list[Found]:
    """Findings in order, those with a short pause between them as one; known when the first of them was."""
    made: list[Found] = []
    for each in sorted(found, key=lambda one: one.begin_s):
        if made and each.begin_s - made[-1].end_s <= pause_s:
            before = made[-1]
            made[-1] = Found(before.begin_s, max(before.end_s, each.end_s), min(before.known_s, each.known_s))
        else:
            made.append(each)
    return made


def score(true: Sequence[Episode], found: Sequence[Found], slack_s: float = SLACK_SECONDS) -> Score:
    """Compare findings with labels: they agree where they overlap, with some slack."""
    hits, delays = 0, []
    for begin, end in true:
        over = [each for each in found if each.begin_s <= end + slack_s and each.end_s >= begin - slack_s]
        if over:
            hits += 1
            delays.append(max(0.0, min(each.known_s for each in over) - begin))
    right = sum(any(each.begin_s <= end + slack_s and each.end_s >= begin - slack_s for begin, end in true) for each in found)
    return Score(len(true), hits, len(found), right, tuple(delays))


def total(scores: Iterable[Score]) -> Score:
    """All clips' scores as one."""
    scores = list(scores)
    return Score(
        sum(each.true for each in scores),
        sum(each.hits for each in scores),
        sum(each.found for each in scores),
        sum(each.right for each in scores),
        tuple(delay for each in scores for delay in each.delays),
    )


def read_labels(text: str) -> list[Episode]:
    """Start and end seconds, one episode a line; a heading and empty lines are passed over. Raises ValueError with the line."""
    episodes = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = [part.strip() for part in line.replace(";", ",").split(",")]
        if not any(parts) or (number == 1 and not parts[0].replace(".", "").isdigit()):
            continue
        try:
            begin, end = float(parts[0]), float(parts[1])
        except (ValueError, IndexError):
            raise ValueError(f"line {number}: two numbers are wanted, start and end in seconds") from None
        if not 0 <= begin <= end:
            raise ValueError(f"line {number}: the end is before the start")
        episodes.append((begin, end))
    return joined(episodes)
