"""What is called each second leaves no line in the log of its process, unless it fails: a day has 86,400 seconds."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import time
from monitor.service.logs import log_to_stderr
from rollcall.work.ticking import Ticker

log_to_stderr("schedule-1")
called = []
ticker = Ticker()
ticker.start(lambda: called.append(1), 0.05, "well")
ticker.start(lambda: 1 / 0, 60.0, "failing")
while len(called) < 3:
    time.sleep(0.01)
ticker.stop()
"""


def test_only_a_tick_that_fails_is_told_in_the_log() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    told = [line for line in done.stderr.splitlines() if "schedule-1" in line]
    assert len(told) == 1, done.stderr
    assert "the tick failing failed and is repeated" in told[0]
