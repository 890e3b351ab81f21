"""`quarantine bench public` with few of everything: it measures what it says on the service as it is shipped, and a program can read it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.doubles.browsing import require_chromium
from web.benchmarks.card_codes import pictures
from web.benchmarks.public import bench_public


@pytest.mark.browser
def test_the_last_line_is_the_figures() -> None:
    require_chromium()
    run = CliRunner().invoke(bench_public, ["--declarations", "40", "--phones", "20", "--cards", "5"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert (figures["declarations"], figures["database"]) == (40, "sqlite")
    assert figures["declarations_per_s"] > 0
    # What a weak line bears: see the decision about pages without a build step.
    assert 0 < figures["page_kb"] <= 60
    assert figures["check_ins_per_s"] > 0
    assert figures["code_ms"] > 0
    assert figures["codes_read_wrong"] == 0
    assert figures["codes_read_share"] >= figures["codes_read_share_zxing_cpp"]
    assert "codes_read_share_clear" in figures


def test_pictures_are_the_same_for_the_same_seed_and_another_for_another() -> None:
    one, again, other = pictures(2, 1), pictures(2, 1), pictures(2, 2)
    assert [each["png"] for each in one] == [each["png"] for each in again]
    assert [each["text"] for each in one] != [each["text"] for each in other]
