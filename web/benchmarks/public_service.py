"""The public pages as they are shipped, to measure on: `quarantine web` as a process, and what it and its database use of processors."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from sqlalchemy import text

from monitor.database.database import Database
from monitor.service.bench import free_ports
from web.benchmarks.browser import NotThere
from web.benchmarks.under_way import MASTER_KEY, SECRET

START_SECONDS = 60.0
# Of PostgreSQL itself, which write down what the connections' own processes were given.
_WRITERS = ("walwriter", "background writer", "checkpointer")


@dataclass(frozen=True)
class Service:
    """It runs. address: of the public pages, without a slash at the end; console, residents: of the others."""

    address: str
    process: psutil.Process
    database: Database
    console: str = ""
    residents: str = ""

    def processor_s(self) -> float:
        """Seconds of processors so far, see `processor_s`."""
        return processor_s([self.process], self.database)


def processor_s(ours: Sequence[psutil.Process], database: Database) -> float:
    """Seconds of processors that these and their children have used so far, and what serves this database, where that is on this machine:
    nobody else's PostgreSQL."""
    used = 0.0
    for each in [*ours, *(child for one in ours for child in one.children(recursive=True)), *_postgresql(database)]:
        # Of those that have ended, their parent has counted.
        with suppress(psutil.Error):
            times = each.cpu_times()
            used += times.user + times.system
    return used


def _postgresql(database: Database) -> Iterator[psutil.Process]:
    if database.is_sqlite:
        return
    asked = text(
        "SELECT pid FROM pg_stat_activity WHERE (datname = current_database() AND pid != pg_backend_pid())"
        " OR backend_type = ANY(:writers)"
    )
    with database.engine.connect() as connection:
        pids = connection.execute(asked, {"writers": list(_WRITERS)}).scalars().all()
    for pid in pids:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if "postgres" in process.name():
                yield process


@contextmanager
def serving(folder: Path, database: Database, **more: str) -> Iterator[Service]:
    """`quarantine web` on free ports, behind a proxy that says who calls: each phone of the measurement has an address of its own.

    more: further variables of its environment.
    """
    console, residents, public = free_ports(3)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
    environment |= {
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "QUARANTINE_DATA_FOLDER": str(folder),
        "QUARANTINE_MASTER_KEY": MASTER_KEY.hex(),
        "QUARANTINE_SECRET_KEY": SECRET.decode(),
        "QUARANTINE_PORT": str(console),
        "QUARANTINE_RESIDENTS_PORT": str(residents),
        "QUARANTINE_PUBLIC_PORT": str(public),
        "QUARANTINE_PUBLIC_PER_MINUTE": "1000000",
        "QUARANTINE_TRUSTED_PROXIES": "127.0.0.1",
        "QUARANTINE_LANGUAGE": "vi",
        **more,
    }
    with (folder / "web.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "monitor", "web"], env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{public}"
    try:
        _until_up(address, process)
        others = (f"http://127.0.0.1:{each}" for each in (console, residents))
        yield Service(address, psutil.Process(process.pid), database, *others)
    finally:
        process.terminate()
        process.wait(30)


def _until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{address}/up", timeout=2, trust_env=False).status_code == 200:
                return
        time.sleep(0.2)
    raise NotThere("the public pages did not start")
