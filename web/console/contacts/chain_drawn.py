"""A view of a chain as templates draw it: shapes with their links, lines as paths, and the same people as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.contacts.chain import Forest
from monitor.contacts.chain_layout import Edge, Layout, Placed, laid_out
from monitor.contacts.chain_rows import Chain, Person
from monitor.contacts.chain_view import Fold, View

SHAPES = 5
"""Different shapes and colours; the generations after these share the last."""
_REACH = 10
# Of a letter of the drawing at most, and of what is left around words.
_LETTER, _AROUND = 8, 20


@dataclass(frozen=True)
class Shape:
    """One shape. look: its number among the shapes; person, fold: who, or how many; parent: the key of who stands before it; width: of a
    fold's box, by its words."""

    key: str
    x: float
    y: float
    look: int
    dated: bool
    person: Person | None
    fold: Fold | None
    parent: str
    width: int = 0


@dataclass(frozen=True)
class Line:
    """d: a path; kind: a class, "", "further" or "backwards"."""

    d: str
    kind: str


@dataclass(frozen=True)
class Row:
    """One person in words. sources: codes of those who may have infected them, the likeliest first; after: how many follow."""

    person: Person
    generation: int
    sources: Sequence[str]
    after: int
    unfolds: bool


@dataclass(frozen=True)
class Drawing:
    """What a page shows of a chain."""

    width: float
    height: float
    shapes: Sequence[Shape]
    lines: Sequence[Line]
    marks: Sequence[tuple[float, date]]
    rows: Sequence[Row]
    looks: Sequence[int]


def drawn(chain: Chain, made: Forest, view: View) -> Drawing:
    """A view, ready for a template."""
    layout = laid_out(made, view)
    shapes = [_shape(each, chain, made, view) for each in layout.shapes]
    lines = [_line(edge, layout) for edge in layout.edges]
    rows = [_row(shape.person, chain.people, made) for shape in shapes if shape.person is not None]
    looks = sorted({shape.look for shape in shapes if shape.fold is None})
    # Nothing stands right of a fold in its row, so that its words may be longer than others'.
    width = max([layout.width, *(shape.x + shape.width for shape in shapes)])
    return Drawing(width, layout.height, shapes, lines, layout.marks, rows, looks)


def look_of(generation: int) -> int:
    """Which shape and colour a generation has."""
    return min(generation, SHAPES - 1)


def _shape(placed: Placed, chain: Chain, made: Forest, view: View) -> Shape:
    key = placed.key or ""
    if placed.fold:
        fold = view.folds[placed.key]
        words = f"+{fold.people:,}" + (f" ({fold.cases:,} F0)" if fold.cases else "")
        width = _AROUND + _LETTER * len(words)
        return Shape(f"fold-{key}", placed.x, placed.y, SHAPES - 1, placed.dated, None, fold, key, width)
    parent = made.parents[key] if key != view.around else None
    return Shape(key, placed.x, placed.y, look_of(made.depth[key]), placed.dated, chain.people[key], None, parent or "")


def _line(edge: Edge, layout: Layout) -> Line:
    begin, end = layout.shapes[edge.source], layout.shapes[edge.target]
    if edge.further or edge.backwards:
        # Bowed, so that it lies on no other line.
        middle = (begin.x + end.x) / 2 + (40 if edge.further else -40)
        d = f"M{begin.x:g} {begin.y:g}Q{middle:g} {(begin.y + end.y) / 2:g} {end.x:g} {end.y:g}"
        return Line(d, "further" if edge.further else "backwards")
    if begin.y == end.y:
        return Line(f"M{begin.x + _REACH:g} {begin.y:g}H{end.x - _REACH:g}", "")
    return Line(f"M{begin.x:g} {begin.y + _REACH:g}V{end.y:g}H{end.x - _REACH:g}", "")


def _row(person: Person, people: Mapping[str, Person], made: Forest) -> Row:
    key = person.key
    sources = [each for each in (made.parents[key], *made.further.get(key, ())) if each is not None]
    return Row(person, made.depth[key], [people[each].code for each in sources], made.size[key] - 1, bool(made.below(key)))
