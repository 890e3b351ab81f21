"""The measurement of bad luck counts what it says, and a short run of it finds nobody harmed."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import pytest
from click.testing import CliRunner

from rollcall.benchmarks import faults
from rollcall.benchmarks.faults import Out, bench_faults
from tests.worlds.due_round import minutes


def test_what_was_lost_of_a_time_and_what_was_left_of_it() -> None:
    out = Out([(minutes(-5), minutes(1)), (minutes(3), minutes(4)), (minutes(30), minutes(40))])
    assert out.within(minutes(0), minutes(10)) == (timedelta(minutes=2), timedelta(minutes=6))
    assert out.within(minutes(5), minutes(10)) == (timedelta(0), timedelta(minutes=5))


@pytest.mark.skipif("QUARANTINE_TEST_FAULTS" not in os.environ, reason="a minute and more: set QUARANTINE_TEST_FAULTS=1")
def test_a_short_run_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "HUNG", ("work-1",))
    run = CliRunner().invoke(bench_faults, ["--people", "20", "--phase", "hang"], catch_exceptions=False)
    figures = json.loads(run.output.splitlines()[-1])
    counts = {name: value for name, value in figures.items() if isinstance(value, int)}
    assert set(counts.values()) == {0}, figures
    assert figures["messages_late_s_worst"] <= 20
