"""`quarantine bench public` with few declarations: it runs through, and its last line can be read by a program."""

from __future__ import annotations

import json

from click.testing import CliRunner

from web.benchmarks.public import bench_public


def test_the_last_line_is_the_figures() -> None:
    run = CliRunner().invoke(bench_public, ["--declarations", "40"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert (figures["declarations"], figures["database"]) == (40, "sqlite")
    assert figures["declarations_per_s"] > 0
    # What a weak line bears: see the decision about pages without a build step.
    assert 0 < figures["page_kb"] <= 60
