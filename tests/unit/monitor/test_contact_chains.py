"""Chains of infection: one source for each, nobody lost, at most 500 shapes, none above another, and soon enough."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from monitor.contacts.chain import Forest, Link, forest
from monitor.contacts.chain_layout import ROW, WIDTH, laid_out
from monitor.contacts.chain_view import FEW_LEAVES, MOST_SHAPES, view_of

DAY = date(2021, 7, 1)


class Node(NamedTuple):
    key: str
    day: date | None
    is_case: bool


def case(key: str, day: int | None) -> Node:
    return Node(key, None if day is None else DAY + timedelta(days=day), is_case=True)


def contact(key: str, day: int | None = None) -> Node:
    return Node(key, None if day is None else DAY + timedelta(days=day), is_case=False)


def met(source: str, target: str, day: int | None = None, *, certain: bool = True) -> Link:
    return Link(source, target, None if day is None else DAY + timedelta(days=day), certain)


THREE = [case("a", 0), case("b", 5), case("c", 9)]


@pytest.mark.parametrize(
    ("links", "parents", "further"),
    [
        ([met("a", "b"), met("b", "c")], {"a": None, "b": "a", "c": "b"}, {}),
        # Of two sources the later contact is the likelier; the other is kept.
        ([met("a", "c", 2), met("b", "c", 6)], {"a": None, "b": None, "c": "b"}, {"c": ("a",)}),
        # What is certain goes before what is only possible.
        ([met("a", "c", 2), met("b", "c", 6, certain=False)], {"a": None, "b": None, "c": "a"}, {"c": ("b",)}),
        # Who fell ill later is not the source where another may be.
        ([met("c", "b", 8), met("a", "b", 1)], {"a": None, "b": "a", "c": None}, {"b": ("c",)}),
        # A link twice is one source, with its latest contact.
        ([met("a", "c", 2), met("a", "c", 8), met("b", "c", 6)], {"a": None, "b": None, "c": "a"}, {"c": ("b",)}),
        # Nobody is their own contact.
        ([met("a", "a"), met("a", "b")], {"a": None, "b": "a", "c": None}, {}),
        # A circle begins with who fell ill first, and the link that closes it is kept.
        ([met("a", "b"), met("b", "c"), met("c", "a")], {"a": None, "b": "a", "c": "b"}, {"a": ("c",)}),
    ],
)
def test_each_has_the_likeliest_source_and_the_others_are_kept(
    links: list[Link], parents: dict[str, str | None], further: dict[str, tuple[str, ...]]
) -> None:
    made = forest(THREE, links)
    assert (dict(made.parents), dict(made.further)) == (parents, further)


def test_a_case_is_the_source_before_a_contact() -> None:
    made = forest([case("a", 0), contact("f", 3), case("b", 6)], [met("a", "b", 1), met("f", "b", 5)])
    assert made.parents["b"] == "a"


def test_a_link_to_someone_unknown_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        forest(THREE, [met("a", "nobody")])


def test_contacts_nobody_caught_it_from_are_one_shape() -> None:
    few = forest(
        [case("a", 0), *(contact(f"f{each}", 1) for each in range(FEW_LEAVES))],
        [met("a", f"f{each}") for each in range(FEW_LEAVES)],
    )
    assert len(view_of(few).shown) == 1 + FEW_LEAVES
    assert not view_of(few).folds
    many = forest(
        [case("a", 0), case("b", 4), *(contact(f"f{each}", 1) for each in range(37))],
        [met("a", "b"), *(met("a", f"f{each}") for each in range(37))],
    )
    view = view_of(many)
    assert set(view.shown) == {"a", "b"}
    assert (view.folds["a"].people, view.folds["a"].cases) == (37, 0)
    assert len(view_of(many, around="a").shown) == 39


def test_folds_lead_to_everybody_in_turn() -> None:
    made = forest(
        [case("a", 0), *(contact(f"f{each}", 1) for each in range(1_200))], [met("a", f"f{each}") for each in range(1_200)]
    )
    seen: set[str] = set()
    start = 0
    for _page in range(4):
        view = view_of(made, around="a", start=start)
        assert view.shapes <= MOST_SHAPES
        seen |= set(view.shown)
        if "a" not in view.folds:
            break
        assert view.folds["a"].people == 1_200 - view.start - (len(view.shown) - 1)
        start = view.folds["a"].start
    assert len(seen) == 1_201


def test_many_lone_people_are_folded_and_can_be_looked_at() -> None:
    made = forest([contact(f"f{each:04}", 1) for each in range(900)], [])
    first = view_of(made)
    assert first.people == 900
    assert not first.shown
    second = view_of(made, start=1)
    assert len(second.shown) == MOST_SHAPES - 1


def test_a_person_who_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        view_of(forest(THREE, []), around="nobody")


@some.composite
def outbreaks(draw: some.DrawFn) -> Forest:
    """Any people with any days and any links, also backwards and round."""
    count = draw(some.integers(0, 60))
    names = [f"p{each}" for each in range(count)]
    days = some.none() | some.integers(0, draw(some.sampled_from([1, 20, 700])))
    nodes = [case(name, draw(days)) if draw(some.booleans()) else contact(name, draw(days)) for name in names]
    if not names:
        return forest([], [])
    one = some.sampled_from(names)
    links = draw(some.lists(some.builds(met, one, one, days, certain=some.booleans()), max_size=120))
    return forest(nodes, links)


@settings(max_examples=150, deadline=None)
@given(outbreaks(), some.integers(4, 40), some.data())
def test_everybody_is_counted_within_the_bound_and_nothing_overlaps(made: Forest, most: int, data: some.DataObject) -> None:
    around = data.draw(some.none() | some.sampled_from(sorted(made.nodes))) if made.nodes else None
    start = data.draw(some.integers(0, 20))
    view = view_of(made, around, start, most)
    assert view.shapes <= most
    left_behind = sum(made.size[key] for key in made.below(around)[: view.start])
    assert view.people + left_behind == (made.size[around] if around is not None else len(made.nodes))
    layout = laid_out(made, view)
    assert len(layout.shapes) == view.shapes
    rows: dict[float, list[float]] = {}
    for each in layout.shapes:
        rows.setdefault(each.y, []).append(each.x)
        assert 0 <= each.x <= layout.width - WIDTH
        assert 0 <= each.y <= layout.height
    for row in rows.values():
        row.sort()
        assert all(after - before >= WIDTH for before, after in pairwise(row))
    heights = sorted(rows)
    assert all(after - before >= ROW for before, after in pairwise(heights))
    # A line for everybody who has their source in the picture, and one for each fold.
    drawn = sum(1 for edge in layout.edges if not edge.further)
    assert drawn == view.shapes - len(view.roots) - (None in view.folds)


def test_time_goes_across() -> None:
    made = forest([*THREE, contact("f", 5)], [met("a", "b"), met("b", "c"), met("b", "f", 5)])
    layout = laid_out(made, view_of(made))
    x = {each.key: each.x for each in layout.shapes}
    assert x["a"] < x["b"] < x["c"]
    assert (x["b"] - x["a"]) / 5 == pytest.approx((x["c"] - x["b"]) / 4, abs=0.1)
    # One after the other is one line.
    y = {each.key: each.y for each in layout.shapes}
    assert y["a"] == y["b"] == y["c"] != y["f"]


def test_who_fell_ill_before_their_source_is_drawn_backwards_and_marked() -> None:
    made = forest([case("a", 5), case("b", 0)], [met("a", "b")])
    layout = laid_out(made, view_of(made))
    assert [edge.backwards for edge in layout.edges] == [True]


def test_a_view_of_25000_people_takes_less_than_a_second() -> None:
    chance = random.Random(7)
    nodes, links = [case("p0", 0)], []
    for each in range(1, 25_000):
        # Few infect many.
        source = chance.randrange(max(1, each // 12)) if chance.random() < 0.8 else chance.randrange(each)
        nodes.append(case(f"p{each}", each // 100) if chance.random() < 0.2 else contact(f"p{each}", each // 100))
        links.append(met(f"p{source}", f"p{each}", each // 100))
    begun = time.process_time()
    made = forest(nodes, links)
    view = view_of(made)
    layout = laid_out(made, view)
    assert time.process_time() - begun < 1.0
    assert view.people == 25_000
    assert len(layout.shapes) <= MOST_SHAPES
