"""One report counted and read in a process of its own, as the clock's is, so that its time and memory are known; for the bench of reports.

Reads a JSON object from its standard input and writes one to its standard output.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.authority import Authority
from monitor.database.database import Database
from monitor.reports.reading import content_of
from rollcall.reporting.drawing_up import count_report


def most_memory() -> int:
    """Megabytes that this process had at most; what the system counts for it besides includes those of the process that began it."""
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        name, _between, value = line.partition(":")
        if name == "VmHWM":
            return round(int(value.split()[0]) / 1024)
    return 0


def main() -> None:
    """Count the report that is asked for, read it, and tell what it took."""
    asked = json.load(sys.stdin)
    database = Database(asked["address"], bytes.fromhex(asked["key"]))
    before = most_memory()
    began, used = time.perf_counter(), time.process_time()
    count_report(database, asked["report"], ZoneInfo(asked["timezone"]), datetime.fromisoformat(asked["now"]))
    counted = time.perf_counter()
    with database.read() as session:
        content_of(session, asked["report"], Authority())
    done, processor = time.perf_counter(), time.process_time() - used
    database.dispose()
    said = {
        "report_s": round(done - began, 2),
        "read_s": round(done - counted, 2),
        "processor_s": round(processor, 2),
        "report_mb_peak": most_memory(),
        "mb_before": before,
    }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
