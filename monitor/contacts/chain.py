"""Who was infected through whom, as a forest: one source for each person, cycles cut, and nobody lost. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol


class Node(Protocol):
    """A person of a chain. key: theirs alone; day: onset, else sampling, else report; of a contact the last exposure. None: not known.

    A protocol, so that tens of thousands of people need no second row each.
    """

    @property
    def key(self) -> str:
        """Theirs alone."""

    @property
    def day(self) -> date | None:
        """Where they stand in time."""

    @property
    def is_case(self) -> bool:
        """Whether the infection is confirmed."""


class Link(NamedTuple):
    """One person was exposed to another. last: the day of their last contact; certain: not only possibly."""

    source: str
    target: str
    last: date | None = None
    certain: bool = True


@dataclass(frozen=True)
class Forest:
    """parents: whose child each person is drawn as, None for the first of a chain; further: the other sources of people.

    children: the largest branches first, then cases, then contacts that nobody is known to have caught it from. roots: likewise.
    size: of a person with all that follow; cases: how many cases are among these; depth: the generation, 0 for the first.
    """

    nodes: Mapping[str, Node]
    parents: Mapping[str, str | None]
    further: Mapping[str, tuple[str, ...]]
    children: Mapping[str, Sequence[str]]
    roots: Sequence[str]
    size: Mapping[str, int]
    cases: Mapping[str, int]
    depth: Mapping[str, int]

    def below(self, key: str | None) -> Sequence[str]:
        """The children of a person; of None the first persons of all chains."""
        return self.roots if key is None else self.children.get(key, ())


def forest(nodes: Iterable[Node], links: Iterable[Link]) -> Forest:
    """All people, each below the likeliest of their sources.

    Where sources go round in a circle, the one who fell ill first of that circle begins a chain, and the link that would close the circle
    is one of `further`. A link of a person to themselves is no link. Raises KeyError for a link to someone who is not among the nodes.
    """
    people = {node.key: node for node in nodes}
    # Most have one source: only of the others anything is compared, since there are tens of thousands.
    chosen: dict[str, Link] = {}
    several: dict[str, dict[str, Link]] = {}
    for link in links:
        # Both must be there.
        _ = people[link.source], people[link.target]
        if link.source == link.target:
            continue
        first = chosen.setdefault(link.target, link)
        if first is link:
            continue
        known = several.setdefault(link.target, {first.source: first})
        if link.source not in known or _strength(people, link) > _strength(people, known[link.source]):
            known[link.source] = link
    parents: dict[str, str | None] = dict.fromkeys(people)
    for target, link in chosen.items():
        parents[target] = link.source
    for target, known in several.items():
        parents[target] = max(known.values(), key=lambda link: (*_strength(people, link), link.source)).source
    cut = _first_of_circles(people, parents)
    for key in cut:
        parents[key] = None
    further = {
        target: found
        for target in dict.fromkeys([*several, *cut])
        if (found := tuple(sorted(each for each in several.get(target, (chosen[target].source,)) if each != parents[target])))
    }
    return _measured(people, parents, further)


def _strength(people: Mapping[str, Node], link: Link) -> tuple[bool, bool, bool, date]:
    """How likely a link is the way of infection: from a case, in the order of time, certain, the latest contact."""
    source, target = people[link.source], people[link.target]
    in_order = source.day is None or target.day is None or source.day <= target.day
    return (source.is_case, in_order, link.certain, link.last or date.min)


def _first_of_circles(people: Mapping[str, Node], parents: Mapping[str, str | None]) -> list[str]:
    """Of each circle of sources, who fell ill first."""
    found: list[str] = []
    seen_in: dict[str, int] = {}
    for number, start in enumerate(people):
        key: str | None = start
        while key is not None and key not in seen_in:
            seen_in[key] = number
            key = parents[key]
        if key is None or seen_in[key] != number:
            continue
        circle, other = [key], parents[key]
        while other is not None and other != key:
            circle.append(other)
            other = parents[other]
        found.append(min(circle, key=lambda each: (people[each].day or date.max, each)))
    return found


def _measured(people: dict[str, Node], parents: dict[str, str | None], further: dict[str, tuple[str, ...]]) -> Forest:
    children: dict[str, list[str]] = {}
    roots: list[str] = []
    for key, parent in parents.items():
        (roots if parent is None else children.setdefault(parent, [])).append(key)
    depth: dict[str, int] = dict.fromkeys(roots, 0)
    order = list(roots)
    for key in order:
        for child in children.get(key, ()):
            depth[child] = depth[key] + 1
            order.append(child)
    size = dict.fromkeys(order, 1)
    cases = {key: int(node.is_case) for key, node in people.items()}
    for key in reversed(order):
        parent = parents[key]
        if parent is not None:
            size[parent] += size[key]
            cases[parent] += cases[key]

    def rank(key: str) -> tuple[bool, int, bool, date, str]:
        node = people[key]
        return (key not in children, -size[key], not node.is_case, node.day or date.max, key)

    for those in children.values():
        if len(those) > 1:
            those.sort(key=rank)
    roots.sort(key=rank)
    return Forest(people, parents, further, children, roots, size, cases, depth)
