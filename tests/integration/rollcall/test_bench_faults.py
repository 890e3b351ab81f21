"""The measurement of bad luck counts what it says, and a short run of it finds nobody harmed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from rollcall.benchmarks import faults
from rollcall.benchmarks.faults import bench_faults
from rollcall.benchmarks.faults_clock import COMPILER
from rollcall.benchmarks.faults_counting import Figures, Out
from rollcall.benchmarks.faults_disk import FailingDisk
from tests.worlds.due_round import minutes


def test_what_was_lost_of_a_time_and_what_was_left_of_it() -> None:
    out = Out([(minutes(-5), minutes(1)), (minutes(3), minutes(4)), (minutes(30), minutes(40))])
    assert out.within(minutes(0), minutes(10)) == (timedelta(minutes=2), timedelta(minutes=6))
    assert out.within(minutes(5), minutes(10)) == (timedelta(0), timedelta(minutes=5))


def test_counts_of_two_services_are_added_and_of_times_the_worst_stays() -> None:
    figures = Figures(wrongly_missed=1, healed_s_worst=9.0)
    figures.add(Figures(wrongly_missed=2, held_up_by_one_row=0, healed_s_worst=3.0, messages_late_s_worst=4.0))
    assert figures == Figures(wrongly_missed=3, held_up_by_one_row=0, healed_s_worst=9.0, messages_late_s_worst=4.0)


@pytest.mark.skipif(COMPILER is None and not os.environ.get("CI"), reason="needs a C compiler: apt-get install gcc libc6-dev")
def test_a_disk_that_fails_gives_and_takes_nothing_of_a_database_and_does_again_when_mended(tmp_path: Path) -> None:
    program = """
import sys
import pysqlite3
from pathlib import Path

connection = pysqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("CREATE TABLE one (two INTEGER)")
for line in sys.stdin:
    try:
        connection.execute("INSERT INTO one VALUES (1)")
        Path(sys.argv[1]).with_name("other").write_text("what is no database is written")
        print("written", flush=True)
    except pysqlite3.Error as error:
        print(error, flush=True)
"""
    disk = FailingDisk(tmp_path)
    command = [sys.executable, "-c", program, str(tmp_path / "a.db")]
    with subprocess.Popen(
        command, env=os.environ | disk.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask() -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        assert ask() == "written"
        disk.fail()
        assert ask() == "disk I/O error"
        disk.mend()
        assert ask() == "written"


@pytest.mark.skipif("QUARANTINE_TEST_FAULTS" not in os.environ, reason="a minute and more: set QUARANTINE_TEST_FAULTS=1")
def test_a_short_run_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "HUNG", ("work-1",))
    run = CliRunner().invoke(bench_faults, ["--people", "20", "--phase", "hang"], catch_exceptions=False)
    figures = json.loads(run.output.splitlines()[-1])
    counts = {name: value for name, value in figures.items() if isinstance(value, int)}
    assert set(counts.values()) == {0}, figures
    assert figures["messages_late_s_worst"] <= 20
