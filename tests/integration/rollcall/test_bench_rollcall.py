"""`quarantine bench rollcall` on a small round: it runs through, and its last line can be read by a program."""

from __future__ import annotations

import json

from click.testing import CliRunner

from rollcall.benchmarks.rollcall import bench_rollcall


def test_the_last_line_is_the_figures() -> None:
    run = CliRunner().invoke(bench_rollcall, ["--residents", "400"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert list(figures) == [
        "residents",
        "database",
        "open_s",
        "tick_idle_s",
        "close_s",
        "prompts_per_s_smpp",
        "prompts_per_s_http",
        "answers_per_s",
        "answers_photo_per_s",
    ]
    assert (figures["residents"], figures["database"]) == (400, "sqlite")
    assert all(figures[each] > 0 for each in list(figures)[2:])


def test_what_counting_adds_is_measured_turn_by_turn() -> None:
    run = CliRunner().invoke(bench_rollcall, ["--residents", "400", "--counting"], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert list(figures) == ["residents", "database", "open_cpu_s", "open_counted_cpu_s", "counting_percent"]
    assert (figures["residents"], figures["database"]) == (400, "sqlite")
