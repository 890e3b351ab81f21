"""`quarantine bench hotline` in a small province: it runs through, and its last line can be read by a program."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from web.benchmarks import hotline
from web.benchmarks.hotline import bench_hotline


def test_the_last_line_is_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hotline, "WITHIN_S", 3)
    monkeypatch.setattr(hotline, "TIMES", 10)
    options = ["--people", "400", "--tickets", "400", "--requests", "20", "--due", "50"]
    run = CliRunner().invoke(bench_hotline, options, catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert (figures["people"], figures["tickets"], figures["due"], figures["database"]) == (400, 400, 50, "sqlite")
    assert all(figures[name] > 0 for name in ("tickets_per_s", "list_p95_ms", "intake_ms"))
    assert 0 < figures["alarm_late_s_worst"] < 20
