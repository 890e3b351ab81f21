"""`quarantine bench people` on a small province: all that was planted is found, nobody new is taken for another, and programs can read it."""

from __future__ import annotations

import json

from click.testing import CliRunner

from monitor.benchmarks.people import bench_people


def test_the_last_line_is_the_figures_and_duplicates_are_found() -> None:
    run = CliRunner().invoke(bench_people, ["--people", "2000"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert {"people", "database", "import_10000_s", "planted_duplicates_found", "false_likely_share"} <= set(figures)
    assert (figures["people"], figures["database"]) == (2000, "sqlite")
    assert (figures["planted_duplicates_found"], figures["false_likely_share"]) == (1.0, 0.0)
    assert "planted 70" in run.output
