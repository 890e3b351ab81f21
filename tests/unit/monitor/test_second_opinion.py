"""When another engine is asked, and what both say together."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.vision.faces.other_models import Thresholds
from monitor.vision.faces.second_opinion import agree, agree_all, needs_second

THRESHOLDS = Thresholds(accept=0.40, reject=0.30)


@pytest.mark.parametrize(
    ("similarity", "needed"),
    [(-0.2, False), (0.299, False), (0.30, True), (0.39, True), (0.40, True), (0.449, True), (0.451, False), (0.9, False)],
)
def test_another_engine_is_asked_near_the_thresholds_only(similarity: float, needed: bool) -> None:
    assert needs_second(similarity, THRESHOLDS) == needed


@pytest.mark.parametrize(
    ("above", "also_above", "same"),
    [
        (-0.05, 0.11, True),
        (-0.05, 0.09, False),
        (-0.05, -0.01, False),
        (0.03, -0.05, True),
        (0.03, -0.07, False),
        (0.0, 0.0, True),
    ],
)
def test_both_count_together(above: float, also_above: float, same: bool) -> None:
    assert agree(above, also_above) == same
    assert agree_all(np.array([above]), np.array([also_above])).tolist() == [same]
