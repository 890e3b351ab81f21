"""Starts `quarantine demo` for real on free ports, and talks to it as people do: over HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from monitor.service.process import name_in_title
from tests.doubles.ports import free_ports
from tests.doubles.waiting import PATIENCE

START_SECONDS = 180.0
# A round each minute, open for most of it: tests need one and do not want to wait.
ROUNDS_EVERY = "1"


@dataclass
class Demonstration:
    """A running demonstration. passwords: by user name; output: what it printed."""

    folder: Path
    ports: list[int]
    process: subprocess.Popen[bytes]
    passwords: dict[str, str] = field(default_factory=dict)
    whole_at: float = 0.0
    """Of time.monotonic: when it said that all parts are well."""
    start_seconds: float = 0.0
    """How long that took."""

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def residents(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}"

    @property
    def telephone(self) -> str:
        return f"http://127.0.0.1:{self.ports[2]}"

    def output(self) -> str:
        return (self.folder / "output.log").read_text()

    def health(self) -> tuple[int, dict[str, Any]]:
        try:
            answer = httpx.get(f"{self.console}/healthz", timeout=10)
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the embedded database from outside, for counting."""
        import pysqlite3

        connection = pysqlite3.connect(f"file:{self.folder}/data/quarantine.db?mode=ro", uri=True, timeout=20)
        try:
            return list(connection.execute(query, values))
        finally:
            connection.close()

    def children(self) -> dict[str, psutil.Process]:
        """The parent's children by name: web-1, schedule-1, …"""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                name = name_in_title(" ".join(child.cmdline()))
            except psutil.NoSuchProcess:
                continue
            if name:
                found[name] = child
        return found

    def sign_in(self, username: str) -> httpx.Client:
        """A browser's worth of console: signed in, pages in English."""
        client = httpx.Client(base_url=self.console, timeout=PATIENCE, follow_redirects=True)
        self.send(client, "/sign-in", {"username": username, "password": self.passwords[username]})
        self.send(client, "/language", {"language": "en", "next": "/"})
        return client

    def send(self, client: httpx.Client, address: str, form: dict[str, str], page: str = "/sign-in") -> httpx.Response:
        """Send a form with the token of a page."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
        assert token
        answer = client.post(address, data={"csrf_token": token[1], **form})
        assert answer.status_code == 200, answer.text
        return answer

    def until(self, what: str, holds: Callable[[], object], seconds: float = 2 * PATIENCE) -> float:
        """Wait until something holds and return how long it took; fails with `what` when the time is over."""
        began = time.monotonic()
        while True:
            if holds():
                return time.monotonic() - began
            assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}\n{self.tail()}"
            assert self.process.poll() is None, f"the demonstration ended\n{self.output()}"
            time.sleep(0.3)

    def tail(self) -> str:
        logs = sorted((self.folder / "data/logs").glob("*.log"))
        return "\n".join(f"== {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-12:]) for path in logs)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise


def start(folder: Path, *arguments: str, ports: list[int] | None = None) -> Demonstration:
    """Start it in folder/data and wait until it says that it is whole."""
    ports = ports or free_ports(5 + 12)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
    environment |= {
        "QUARANTINE_DATA_FOLDER": str(folder / "data"),
        "QUARANTINE_PORT": str(ports[0]),
        "QUARANTINE_RESIDENTS_PORT": str(ports[1]),
        "QUARANTINE_PUBLIC_PORT": str(ports[-1]),
        "QUARANTINE_LANGUAGE": "en",
    }
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "monitor",
                "demo",
                "--telephone-port",
                str(ports[2]),
                "--mail-port",
                str(ports[-2]),
                "--camera-port",
                str(ports[3]),
                "--rounds-every",
                ROUNDS_EVERY,
                *arguments,
            ],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    began = time.monotonic()
    running = Demonstration(folder, ports, process)
    try:
        running.until("Console:", lambda: "Ctrl-C" in running.output(), START_SECONDS)
    except BaseException:
        running.stop()
        raise
    running.whole_at = time.monotonic()
    running.start_seconds = running.whole_at - began
    running.passwords = dict(re.findall(r"^  (\w+) +(\S+)$", running.output(), re.MULTILINE))
    return running
