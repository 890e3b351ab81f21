"""Where the shapes of a chain stand: time across, one row for each branch, none above another. Pure arithmetic.

A branch goes on in its parent's row where time leaves room for it, and takes a new row else: so a chain of one after the other is one line,
and a person with many contacts a column. Rows are given out from above in the order of the tree, and within a row shapes follow each other
by WIDTH and more: nothing can overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from monitor.contacts.chain import Forest
from monitor.contacts.chain_view import View

WIDTH, ROW = 84, 28
"""Of a shape with its words, in the drawing's units."""
LEFT, TOP, SIDE = 24, 40, 20
"""Room left of the first day, above the first row, and how far someone without a day, or a fold, stands behind their source."""
_USUAL, _MOST_ACROSS, _LEAST_A_DAY = 26.0, 1100.0, 2.0
_MARKS = 10


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape. key: whose; fold: whether it is the fold of their children (key None: of the chains); x, y: of its middle.

    dated: x is their day, not only behind their source.
    """

    key: str | None
    fold: bool
    x: float
    y: float
    dated: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a source to whom they exposed, both by their place among the shapes. further: another source than the tree's."""

    source: int
    target: int
    further: bool
    backwards: bool


@dataclass(frozen=True)
class Layout:
    """shapes: in the order of the tree; marks: days named above, with their x."""

    shapes: tuple[Placed, ...]
    edges: tuple[Edge, ...]
    marks: tuple[tuple[float, date], ...]
    width: float
    height: float


def laid_out(forest: Forest, view: View) -> Layout:
    """Shapes and lines of a view."""
    days = [day for key in view.shown if (day := forest.nodes[key].day) is not None]
    first, last = min(days, default=date.min), max(days, default=date.min)
    a_day = min(_USUAL, max(_LEAST_A_DAY, _MOST_ACROSS / max(1, (last - first).days)))

    def x_of(key: str, parent_x: float | None) -> tuple[float, bool]:
        node = forest.nodes[key]
        behind = LEFT if parent_x is None else parent_x + SIDE
        if node.day is None:
            return behind, False
        x = round(LEFT + (node.day - first).days * a_day, 1)
        # A contact has no onset: where the day is their source's, they stand a little behind, off the line that leads down.
        return (x, True) if node.is_case or x >= behind else (behind, x >= behind - SIDE)

    shapes: list[Placed] = []
    index: dict[str, int] = {}
    edges: list[Edge] = []
    row = -1
    # (whose, is it a fold, place of its source among the shapes, may it go on in the source's row)
    stack: list[tuple[str | None, bool, int | None, bool]] = []
    if None in view.folds:
        stack.append((None, True, None, False))
    stack += [(key, False, None, False) for key in reversed(view.roots)]
    while stack:
        key, fold, source, may_go_on = stack.pop()
        parent = shapes[source] if source is not None else None
        if fold or key is None:
            x, dated = (LEFT, False) if parent is None else (parent.x + (WIDTH if may_go_on else SIDE), False)
        else:
            x, dated = x_of(key, parent.x if parent else None)
        if parent is not None and may_go_on and x >= parent.x + WIDTH:
            y = parent.y
        else:
            row += 1
            y = TOP + row * ROW
        place = len(shapes)
        shapes.append(Placed(key, fold, x, y, dated))
        if source is not None and parent is not None:
            edges.append(Edge(source, place, False, x < parent.x))
        if fold or key is None:
            continue
        index[key] = place
        below: list[tuple[str | None, bool]] = [(child, False) for child in view.shown[key]]
        if key in view.folds:
            below.append((key, True))
        # The first that has room goes on in this row; it is drawn first, so that no other row is between.
        goes_on = next((each for each in below if each[1] or x_of(str(each[0]), x)[0] >= x + WIDTH), None)
        if goes_on is not None:
            below.remove(goes_on)
            below.insert(0, goes_on)
        for child, child_fold in reversed(below):
            stack.append((child, child_fold, place, (child, child_fold) == goes_on))
    for key, sources in forest.further.items():
        if key in index:
            edges += [
                Edge(index[each], index[key], True, shapes[index[key]].x < shapes[index[each]].x)
                for each in sources
                if each in index
            ]
    width = max((each.x for each in shapes), default=0) + WIDTH
    return Layout(tuple(shapes), tuple(edges), _marks(first, last, a_day) if days else (), width, TOP + (row + 1) * ROW)


def _marks(first: date, last: date, a_day: float) -> tuple[tuple[float, date], ...]:
    """At most ten days, evenly, so far from each other that their words have room."""
    span = (last - first).days
    step = max(1, -(-span // (_MARKS - 1)), -(-WIDTH // int(max(1.0, a_day))))
    return tuple((round(LEFT + each * a_day, 1), first + timedelta(days=each)) for each in range(0, span + 1, step))
