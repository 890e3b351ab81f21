"""Who looks and when, within what is handed out: across a still, and behind the last of a clip."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from monitor.pictures.marked import BOX, clip_box, marked_picture

WORDS = "supervisor 2026-11-30 10:00:00"


@pytest.mark.parametrize("size", [(64, 48), (640, 360), (1920, 1080)])
@pytest.mark.parametrize("colour", [0, 255])
def test_words_stand_across_the_middle_and_nothing_else_changes(size: tuple[int, int], colour: int) -> None:
    made = BytesIO()
    Image.new("RGB", size, (colour, colour, colour)).save(made, "JPEG")
    with Image.open(BytesIO(marked_picture(made.getvalue(), WORDS))) as marked:
        assert marked.size == size
        pixels = np.asarray(marked.convert("L"), np.int16)
    changed = np.abs(pixels - colour) > 60
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows.size > 0
    assert abs(rows.mean() / size[1] - 0.5) < 0.1
    assert rows.min() > size[1] * 0.2
    columns = np.flatnonzero(changed.any(axis=0))
    assert columns.max() - columns.min() > size[0] * 0.35
    assert not np.array_equal(
        marked_picture(made.getvalue(), WORDS), marked_picture(made.getvalue(), "other 2026-11-30 10:00:00")
    )


def test_what_is_put_behind_a_clip_is_always_as_long() -> None:
    for words in ("", WORDS, "x" * 500, "tên dài " * 80):
        box = clip_box(words)
        assert len(box) == BOX == int.from_bytes(box[:4], "big")
        assert box[4:8] == b"uuid"
    assert WORDS.encode() in clip_box(WORDS)
