"""Episodes of motion: how looks are joined, how they are compared with labels, and how labels are read."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.benchmarks.episodes import Episode, Found, joined, joined_found, read_labels, score, total

TIMES = st.tuples(st.floats(0, 100), st.floats(0, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@pytest.mark.parametrize(
    ("episodes", "made"),
    [
        ([], []),
        ([(5, 7), (1, 2)], [(1, 7)]),
        ([(1, 2), (8, 9)], [(1, 2), (8, 9)]),
        ([(1, 10), (2, 3)], [(1, 10)]),
    ],
)
def test_episodes_with_a_short_pause_are_one(episodes: list[Episode], made: list[Episode]) -> None:
    assert joined(episodes) == made


@given(st.lists(TIMES, max_size=20))
def test_joined_episodes_cover_all_and_stand_apart(episodes: list[Episode]) -> None:
    made = joined(episodes)
    assert all(any(begin <= each[0] and each[1] <= end for begin, end in made) for each in episodes)
    assert all(later[0] - earlier[1] > 5 for earlier, later in itertools.pairwise(made))


def test_what_was_found_first_says_when_it_was_known() -> None:
    assert joined_found([Found(8, 9, 8.5), Found(4, 5, 4.4)]) == [Found(4, 9, 4.4)]


@pytest.mark.parametrize(
    ("true", "found", "hits", "right", "delays"),
    [
        ([(10, 20)], [Found(10.5, 18, 11.5)], 1, 1, (1.5,)),
        ([(10, 20)], [Found(22, 23, 23)], 1, 1, (13.0,)),  # within the slack, and late
        ([(10, 20)], [Found(23, 24, 24)], 0, 0, ()),
        ([(10, 20), (40, 41)], [Found(9, 50, 9.5)], 2, 1, (0.0, 0.0)),
        ([], [Found(1, 2, 1)], 0, 0, ()),
    ],
)
def test_findings_agree_with_labels_where_they_overlap(
    true: list[Episode], found: list[Found], hits: int, right: int, delays: tuple[float, ...]
) -> None:
    result = score(true, found)
    assert (result.hits, result.right, result.delays) == (hits, right, delays)


def test_figures_of_nothing_are_whole() -> None:
    nothing = total([])
    assert (nothing.recall, nothing.precision, nothing.delay_median_s, nothing.delay_worst_s) == (1, 1, 0, 0)
    half = total([score([(1, 2), (30, 31)], [Found(1, 2, 1.5), Found(60, 61, 60)])])
    assert (half.recall, half.precision, half.delay_median_s) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("text", "episodes"),
    [("start,end\n1.5,3\n\n20;21\n", [(1.5, 3), (20, 21)]), ("", []), ("1,3\n4,6\n", [(1, 6)])],
)
def test_labels_are_read_with_or_without_a_heading(text: str, episodes: list[Episode]) -> None:
    assert read_labels(text) == episodes


@pytest.mark.parametrize("text", ["1,2\nthree,4\n", "1\n", "5,2\n"])
def test_labels_that_cannot_be_read_name_their_line(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        read_labels(text)
