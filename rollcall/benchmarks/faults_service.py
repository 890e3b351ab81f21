"""The running service of the faults' bench: `quarantine serve` over sockets and its database, hung, killed, and looked at from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path

import psutil
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.service import ProcessBeat
from monitor.page_looks import read_look
from monitor.service.process import name_in_title
from rollcall.benchmarks.phones import TOKEN
from rollcall.benchmarks.rollcall import SECRET

MASTER_KEY = bytes(32)
HEAL_SECONDS = 60.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Service:
    """A running `quarantine serve`, over sockets and its database. environment: of its processes, beside its settings."""

    folder: Path
    database: Database
    url: str
    ports: list[int]
    gateway: str
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is not whole when this returns."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
        environment |= {
            "DATABASE_URL": self.url,
            "QUARANTINE_DATA_FOLDER": str(self.folder),
            "QUARANTINE_MASTER_KEY": MASTER_KEY.hex(),
            "QUARANTINE_SECRET_KEY": SECRET.decode(),
            "QUARANTINE_PORT": str(self.ports[0]),
            "QUARANTINE_RESIDENTS_PORT": str(self.ports[1]),
            "QUARANTINE_PUBLIC_PORT": str(self.ports[2]),
            "QUARANTINE_SMS_GATEWAY_URL": self.gateway,
            "QUARANTINE_SMS_GATEWAY_TOKEN": TOKEN,
            "QUARANTINE_MESSAGES_PER_DAY": "1000",
            **self.environment,
        }
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "monitor", "serve"], env=environment, stdout=log, stderr=log)

    def processes(self) -> dict[str, list[psutil.Process]]:
        """All below the parent, by name: the web process and its worker have one."""
        found: dict[str, list[psutil.Process]] = {}
        assert self.process is not None
        for each in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                found.setdefault(name_in_title(" ".join(each.cmdline())) or each.name(), []).append(each)
        return found

    def beats(self, name: str) -> int | None:
        """Which process gave the last sign of life under a name; None where nobody knows."""
        with suppress(SQLAlchemyError), self.database.read() as session:
            return session.scalar(select(ProcessBeat.pid).where(ProcessBeat.name == name))
        return None

    def page_is_up(self) -> bool:
        """Whether residents can open their page, and whoever watches it says so."""
        looked = None
        with suppress(SQLAlchemyError), self.database.read() as session:
            looked = read_look(session)
        fresh = looked is not None and utc_now() - looked.at < timedelta(seconds=5) and not looked.out
        return fresh and answers(f"{self.residents}/up")

    def whole(self) -> bool:
        """Whether all parts are well, and the page is up."""
        return self.page_is_up() and answers(f"http://127.0.0.1:{self.ports[0]}/healthz")

    @property
    def residents(self) -> str:
        """Where phones reach the page."""
        return f"http://127.0.0.1:{self.ports[1]}"

    def stop(self) -> None:
        """End it cleanly."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()


def answers(url: str, seconds: float = 2.0) -> bool:
    """Whether an address answers, and says that all is well."""
    try:
        with _OPENER.open(url, timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


def wait(condition: Callable[[], bool], seconds: float = HEAL_SECONDS) -> float:
    """Seconds until it holds; all of them, where it never does."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(0.1)
    return seconds


def hang(service: Service, name: str) -> float:
    """Stop one process with all that it started; seconds until another one works in its place."""
    hanging = service.processes().get(name, [])
    for each in hanging:
        each.send_signal(signal.SIGSTOP)
    pids = {each.pid for each in hanging}

    def healed() -> bool:
        return service.beats(name) not in {None, *pids} and service.page_is_up()

    return wait(healed, HEAL_SECONDS)


def kill_all(service: Service) -> float:
    """Kill the parent and all its children at once, and start it again as a machine's supervisor does; seconds until it is whole."""
    assert service.process is not None
    family = [psutil.Process(service.process.pid), *(each for some in service.processes().values() for each in some)]
    for each in family:
        with suppress(psutil.Error):
            each.kill()
    service.process.wait()
    psutil.wait_procs(family, 5)
    service.start()
    return wait(lambda: answers(f"{service.residents}/up"), HEAL_SECONDS)


def kill(service: Service, name: str) -> None:
    """Kill one process with all that it started; the parent starts it again."""
    for each in service.processes().get(name, []):
        with suppress(psutil.Error):
            each.kill()
