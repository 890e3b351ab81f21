"""Which part of a forest of infections is shown at once: at most 500 shapes, all others counted in folds. Pure decisions."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.contacts.chain import Forest

MOST_SHAPES = 500
# More contacts of one person that nobody caught it from than this are one shape, "+37".
FEW_LEAVES = 3
# Chains on the first page: with more of them no room is left for what followed.
MOST_CHAINS = 40


@dataclass(frozen=True, slots=True)
class Fold:
    """People who are not drawn. of: whose children they and those after them are, None: chains of their own.

    start: at which of the children the view begins that shows them; people, cases: how many are inside, with all that follow.
    """

    of: str | None
    start: int
    people: int
    cases: int


@dataclass(frozen=True)
class View:
    """around: the person whose children stand in full, None: all chains. shown: by person, the children that are drawn, in their order.

    roots: where drawing begins; folds: by person, None for the chains; start: how many children of `around` stand before what is drawn.
    """

    around: str | None
    start: int
    roots: Sequence[str]
    shown: dict[str, list[str]]
    folds: dict[str | None, Fold]

    @property
    def shapes(self) -> int:
        """How many shapes are drawn."""
        return len(self.shown) + len(self.folds)

    @property
    def people(self) -> int:
        """How many people are drawn or counted in folds."""
        return len(self.shown) + sum(fold.people for fold in self.folds.values())


def view_of(forest: Forest, around: str | None = None, start: int = 0, most: int = MOST_SHAPES) -> View:
    """What is drawn, the largest branches first, as deep as `most` shapes allow.

    around: this person's children are drawn all, from the one at `start` on; of others, contacts that nobody caught it from are folded.
    Raises KeyError for a person who is not in the forest, ValueError for fewer than four shapes.
    """
    if most < 4:
        raise ValueError("a view has at least four shapes: a person, a child with a fold, and the fold of the others")
    if around is not None:
        _ = forest.nodes[around]
    children = forest.below(around)
    start = min(max(0, start), max(0, len(children) - 1))
    shown: dict[str, list[str]] = {}
    folds: dict[str | None, Fold] = {}
    left = most
    waiting: deque[str | None] = deque([around])
    if around is not None:
        shown[around] = []
        left -= 1
    # Each person who waits has the room of one shape kept, since what does not fit becomes a fold.
    left -= bool(children)
    while waiting:
        key = waiting.popleft()
        those = forest.below(key)[start if key == around else 0 :]
        if not those:
            continue
        most_here = MOST_CHAINS if key is None and forest.below(those[0]) else len(those)
        candidates = _candidates(forest, those, unfolded=key == around and (key is not None or start > 0))
        room, taken = left + 1, 0
        for child in candidates[:most_here]:
            cost = 1 + bool(forest.below(child))
            rest = taken + 1 < len(those)
            if cost + rest > room:
                break
            room -= cost
            taken += 1
        drawn = candidates[:taken]
        left = room - (taken < len(those))
        for child in drawn:
            shown[child] = []
            if forest.below(child):
                waiting.append(child)
        if key is not None:
            shown[key] = list(drawn)
        if taken < len(those):
            rest_of = those[taken:]
            begin = start + taken if key == around else 0
            folds[key] = Fold(
                key, begin, sum(map(forest.size.__getitem__, rest_of)), sum(map(forest.cases.__getitem__, rest_of))
            )
    roots = [around] if around is not None else [key for key in children if key in shown]
    return View(around, start, roots, shown, folds)


def _candidates(forest: Forest, those: Sequence[str], *, unfolded: bool) -> Sequence[str]:
    """Children that may be drawn: all, or without the contacts that nobody caught it from where these are many.

    What is left out is always the end of `those`.
    """
    if unfolded:
        return those
    inner = [key for key in those if forest.below(key) or forest.nodes[key].is_case]
    return those if len(those) - len(inner) <= FEW_LEAVES else inner
