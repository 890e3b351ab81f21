"""`quarantine bench report` in a small province: it runs through, finds all that it planted, and its last line can be read by a program."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from web.benchmarks import report
from web.benchmarks.report import bench_report


def test_the_last_line_is_the_figures_and_every_planted_mistake_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "TIMES", 20)
    run = CliRunner().invoke(bench_report, ["--residents", "3000"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert (figures["residents"], figures["communes"], figures["database"]) == (3000, 3, "sqlite")
    assert (figures["planted"], figures["not_found"], figures["wrongly_named"]) == (80, 0, 0)
    assert all(figures[name] > 0 for name in ("report_s", "report_mb_peak", "open_list_p95_ms"))
    assert figures["report_mb_peak"] < 300
