"""`quarantine bench console` in a small province: every page opens, and the last line can be read by a program."""

from __future__ import annotations

import json

from click.testing import CliRunner

from web.benchmarks.console import bench_console
from web.benchmarks.province import zone_sizes


def test_a_whole_province_has_three_hundred_zones_one_of_them_large() -> None:
    sizes = zone_sizes(300_000)
    assert (len(sizes), sizes[0], sum(sizes), max(sizes[1:])) == (300, 5000, 300_000, 987)
    assert sum(zone_sizes(300)) == 300


def test_the_last_line_is_the_figures() -> None:
    arguments = ["--residents", "300", "--listening", "4", "--times", "1"]
    run = CliRunner().invoke(bench_console, arguments, catch_exceptions=False)
    assert run.exit_code == 0, run.output
    figures = json.loads(run.output.splitlines()[-1])
    assert (figures["residents"], figures["database"]) == (300, "sqlite")
    assert {"/", "/zones/<int:zone_id>", "/review/<int:incident_id>", "/accounts"} <= figures["pages"].keys()
    assert all(min(page.values()) > 0 for page in figures["pages"].values() if page["kb"])
    assert list(figures)[3:] == [
        "median_ms",
        "worst_p95_ms",
        "worst_p95_in_a_round_ms",
        "worst_queries",
        "worst_kb",
        "live_p95_ms",
        "review_next_ms",
    ]
    assert all(figures[each] > 0 for each in list(figures)[3:])
