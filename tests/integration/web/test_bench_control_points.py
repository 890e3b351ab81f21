"""A short run of what measures check-ins and card codes: it measures what it says, on the service as it is shipped."""

from __future__ import annotations

import pytest

from tests.doubles.browsing import require_chromium
from web.benchmarks.card_codes import pictures
from web.benchmarks.control_points import control_point_figures


@pytest.mark.browser
def test_a_short_run_measures_check_ins_and_codes() -> None:
    require_chromium()
    figures = control_point_figures(phones=20, cards=5)
    assert set(figures) == {
        "check_ins_per_s",
        "codes_read_share",
        "codes_read_share_clear",
        "codes_read_wrong",
        "codes_read_share_zxing_cpp",
        "code_ms",
    }
    assert figures["check_ins_per_s"] > 0
    assert figures["code_ms"] > 0
    assert figures["codes_read_wrong"] == 0
    assert figures["codes_read_share"] >= figures["codes_read_share_zxing_cpp"]


def test_pictures_are_the_same_for_the_same_seed_and_another_for_another() -> None:
    one, again, other = pictures(2, 1), pictures(2, 1), pictures(2, 2)
    assert [each["png"] for each in one] == [each["png"] for each in again]
    assert [each["text"] for each in one] != [each["text"] for each in other]
