"""What people who share a phone are called in one message: as short as it can be, and each otherwise than the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollcall.channels.message_length import without_accents

# Longer, and a year or a room tells people apart in fewer characters.
LONGEST = 24


@dataclass(frozen=True)
class Named:
    """Somebody. born: the year; room: its name, empty without one."""

    full_name: str
    born: int | None = None
    room: str = ""


def called(people: Sequence[Named]) -> list[str]:
    """What each is called, in their order: the last word of the name where that is nobody else's, as people in Vietnam are called; else
    with the nearest word that tells them apart, the year of birth or the room. Those whom nothing tells apart have their numbers.

    Compared without accents, since many messages leave without them. A word that begins another's name is that person's too: a
    foreign name may begin with what its owner is called.
    """
    candidates = [_candidates(each) for each in people]
    ranks = [_ranks(each, names) for each, names in zip(people, candidates, strict=True)]
    return [_choose(number, people, candidates, ranks) for number in range(len(people))]


def _choose(
    number: int, people: Sequence[Named], candidates: Sequence[Sequence[str]], ranks: Sequence[Mapping[str, int]]
) -> str:
    """The best name of one that is no equally good one of somebody else; of namesakes in everything, as if there were one."""
    others = [each for each in range(len(people)) if each != number]
    named_otherwise = [each for each in others if _plain(people[each].full_name) != _plain(people[number].full_name)]
    for among in (others, named_otherwise):
        for rank, name in enumerate(candidates[number]):
            if all(ranks[each].get(_plain(name), rank + 1) > rank for each in among):
                return name
    return candidates[number][-1]


def _ranks(person: Named, names: Sequence[str]) -> dict[str, int]:
    ranks = {_plain(each): rank for rank, each in reversed(list(enumerate(names)))}
    return ranks | {_plain(each): 0 for each in person.full_name.split()[:1]}


def _candidates(person: Named) -> list[str]:
    """What somebody may be called, the best first."""
    words = person.full_name.split() or [person.full_name]
    last = words[-1][:LONGEST]
    shorter = [last, *(f"{each} {last}" for each in reversed(words[:-1])), " ".join(words)]
    marks = [f"{person.born}"] if person.born else []
    marks += [person.room] if person.room else []
    marked = [f"{last} ({each})" for each in (*marks, " ".join(marks)) if each]
    fitting = [each for each in dict.fromkeys(shorter) if len(each) <= LONGEST]
    return [*fitting, *dict.fromkeys(marked), f"{' '.join(words)[:LONGEST]}"]


def _plain(name: str) -> str:
    return without_accents(name).casefold()
