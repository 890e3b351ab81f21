"""The burnt-in clock is found where it runs, and nothing else is taken for one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.vision.motion.background import Luma, downscale
from monitor.vision.motion.overlay import LEAST_PAIRS, ClockFinder, boxes_of, mask_of

HEIGHT, WIDTH = 360, 640
random = np.random.default_rng(3)


def room(second: int, at: tuple[int, int] | None, *, scale: float = 0.5, noise: float = 4) -> Luma:
    """A room, with a clock whose lower left corner is `at`."""
    picture = np.full((HEIGHT, WIDTH), 120.0)
    picture[100:300, 60:200] = 60
    picture = np.clip(picture + random.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
    if at:
        text = f"2026-03-07 {8 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        for colour, width in ((0, 3), (255, 1)):
            cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, width, cv2.LINE_AA)
    return picture


def watch(finder: ClockFinder, looks: int, at: tuple[int, int] | None, *, since: int = 0, **options: float) -> None:
    for number in range(looks):
        finder.look(downscale(room(since + 2 * number, at, **options)))


@pytest.mark.parametrize("scale", [0.4, 0.5, 0.8])
@pytest.mark.parametrize("at", [(10, 24), (330, 24), (10, 350), (300, 345)])
def test_a_running_clock_is_found_in_every_corner_with_its_hours_and_minutes(at: tuple[int, int], scale: float) -> None:
    finder = ClockFinder()
    watch(finder, LEAST_PAIRS, at, scale=scale)
    assert not finder.boxes
    watch(finder, 4, at, scale=scale, since=2 * LEAST_PAIRS)
    mask = mask_of(finder.boxes, (HEIGHT, WIDTH))
    assert mask is not None
    assert (~mask).mean() < 0.06
    # From one hour to the next every digit of the time changes, and all of them are masked.
    (letter, _), _ = cv2.getTextSize("2026-03-07 ", cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    differs = cv2.absdiff(room(0, at, scale=scale, noise=0), room(3600 + 1754, at, scale=scale, noise=0)) > 0
    differs[:, : at[0] + letter - 2] = False
    assert not (differs & mask).any()


def test_a_clock_that_is_gone_is_watched_again() -> None:
    finder = ClockFinder()
    watch(finder, 20, (10, 24))
    assert finder.boxes
    watch(finder, 3, (300, 345))
    assert finder.boxes
    watch(finder, 40, (300, 345))
    mask = mask_of(finder.boxes, (HEIGHT, WIDTH))
    assert mask is not None
    assert mask[:72].all()
    assert not mask[288:].all()


@pytest.mark.parametrize("noise", [0.0, 4.0, 12.0])
def test_noise_alone_is_no_clock(noise: float) -> None:
    finder = ClockFinder()
    watch(finder, 60, None, noise=noise)
    assert not finder.boxes


def test_somebody_who_moves_at_the_edge_or_a_screen_in_the_middle_is_no_clock() -> None:
    finder = ClockFinder()
    for number in range(60):
        picture = room(0, None)
        left = int(random.integers(0, 500))
        picture[:60, left : left + 120] = 220
        picture[170:190, 300:330] = 250 * (number % 2)
        finder.look(downscale(picture))
    assert not finder.boxes


def test_a_clock_that_stands_still_with_the_picture_is_remembered() -> None:
    finder = ClockFinder()
    watch(finder, 20, (10, 24))
    found = finder.boxes
    for _ in range(100):
        finder.look(downscale(room(40, (10, 24), noise=0)))
    assert finder.boxes == found


def test_another_size_of_picture_begins_anew_and_a_tiny_one_has_no_clock() -> None:
    finder = ClockFinder()
    watch(finder, 20, (10, 24))
    finder.look(downscale(room(0, (10, 24)))[:120])
    assert not finder.boxes
    finder.look(np.zeros((5, 5), np.uint8))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 39)), max_size=40), st.integers(20, 400), st.integers(20, 700))
def test_a_mask_covers_every_small_group_of_cells_and_never_more_than_the_picture(
    cells: list[tuple[int, int]], height: int, width: int
) -> None:
    clock = np.zeros((8, 40), np.bool_)
    for row, column in cells:
        clock[row, column] = True
    boxes = boxes_of(clock, (180, 320), 32)
    assert all(left >= 0 and top >= 0 and left + wide <= 1.0001 and top + high <= 1.0001 for left, top, wide, high in boxes)
    mask = mask_of(boxes, (height, width))
    assert (mask is None) is (not boxes)
    if len(cells) == 1:
        assert mask is not None
        row, column = cells[0]
        middle = (row * 8 + 4) if row < 4 else 180 - 32 + (row - 4) * 8 + 4
        assert not mask[min(height - 1, int(middle / 180 * height)), min(width - 1, int((column * 8 + 4) / 320 * width))]
