"""Words in pictures: there to be read, and what is shown stays to be seen."""

from __future__ import annotations

import numpy as np
import pytest

from cameras.service.written import with_words


@pytest.mark.parametrize("shape", [(360, 640, 3), (1080, 1920, 3), (90, 160, 3), (640, 360, 3)])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_who_looks_stands_in_the_middle_of_any_picture_which_keeps_its_size(shape: tuple[int, ...], shade: int) -> None:
    before = np.full(shape, shade, np.uint8)
    after = with_words(before, "nguyen.thi.chi 2026-11-30 14:05:09")
    assert after.shape == before.shape
    changed = np.abs(after.astype(int) - before).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    height, width = shape[:2]
    assert rows.size, "on any shade"
    assert columns.min() > width * 0.1
    assert columns.max() < width * 0.9
    assert height * 0.25 < rows.mean() < height * 0.75
    assert changed.mean() < 0.1, "most of the picture is untouched"
    assert (before == shade).all(), "others are shown the same picture with their own names"


def test_without_words_it_is_the_picture() -> None:
    before = np.zeros((36, 64, 3), np.uint8)
    assert with_words(before, "") is before
