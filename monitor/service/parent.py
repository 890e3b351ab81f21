"""The parent process: starts the service's processes, restarts one that dies, stops all of them cleanly."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from monitor.problems import Problem
from monitor.process import PARENT_VARIABLE
from monitor.words import N_

log = logging.getLogger(__name__)

STOP_SECONDS = 8.0
# One that lived for so long and died is started again at once; one that keeps dying waits longer and longer.
STEADY_SECONDS, LONGEST_PAUSE = 10.0, 10.0
LARGEST_LOG = 5 * 2**20


class PortTaken(Problem):
    """A port that is taken, or an address that is not this machine's."""


class AlreadyRunning(Problem):
    """Another parent works on the same data folder."""


def require_free_port(host: str, port: int, variable: str) -> None:
    """Raise PortTaken unless a server can listen here. variable: the setting or option that moves it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port that is only waiting for old connections to fade is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(
                    N_("Port %(port)s is taken by another program. Stop it, or choose another with %(variable)s."),
                    port=port,
                    variable=variable,
                ) from None
            raise PortTaken(
                N_("Cannot listen on %(host)s, port %(port)s: %(why)s."), host=host, port=port, why=error.strerror
            ) from None


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder for this parent; raises AlreadyRunning. The lock ends with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "parent.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                N_("The data folder %(folder)s is in use by another `quarantine`. Stop that one first."), folder=str(folder)
            ) from None
        yield


def pause_before_restart(lived_seconds: float, failures: int) -> float:
    """Seconds to wait before starting a process again that lived so long and died so often in a row."""
    if lived_seconds >= STEADY_SECONDS:
        return 0.0
    return float(min(LONGEST_PAUSE, 0.5 * 2 ** min(failures, 10)))


@dataclass
class Child:
    """One process of the service, as the parent sees it."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    restarts: int = 0
    start_at: float = 0.0


@dataclass
class Parent:
    """Runs commands of ours as children. Times are of `time.monotonic`.

    environment: for the children. logs: folder for what they print. tell: called when one is started again, with its name.
    program: what a child's arguments follow.
    """

    environment: Mapping[str, str]
    logs: Path
    tell: Callable[[str], None] = lambda _name: None
    program: Sequence[str] = (sys.executable, "-m", "monitor")
    children: list[Child] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def add(self, name: str, *arguments: str) -> None:
        """Name a child to run: `quarantine <arguments>`, and start it."""
        child = Child(name, arguments)
        self.children.append(child)
        self._start(child)

    def take_signals(self) -> None:
        """Ctrl-C and SIGTERM become a wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())

    def look_after(self) -> None:
        """One round: start again what died. Called a few times a second."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.start_at:
                    self._start(child)
                continue
            code = child.process.poll()
            if code is None:
                continue
            # Whatever it had started itself must not hold its ports or cameras.
            _signal_group(child.process.pid, signal.SIGKILL)
            pause = pause_before_restart(now - child.started, child.failures)
            child.failures = 0 if pause == 0 else child.failures + 1
            child.restarts += 1
            child.process, child.start_at = None, now + pause
            log.warning("%s ended with %s, starts again in %.1f s", child.name, code, pause)
            self.tell(child.name)

    def run(self) -> None:
        """Look after the children until asked to stop."""
        while not self.stopping.wait(0.2):
            self.look_after()

    def stop(self) -> bool:
        """Ask all to stop, wait, end those that do not. Returns whether all stopped by themselves."""
        self.stopping.set()
        alive = [child for child in self.children if child.process is not None]
        for child in alive:
            assert child.process is not None
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        clean = True
        for child in alive:
            assert child.process is not None
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                clean = False
                log.warning("%s did not stop in time and was ended", child.name)
            _signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
        return clean

    def _start(self, child: Child) -> None:
        with self._log_of(child.name) as output:
            child.process = subprocess.Popen(
                [*self.program, *child.arguments],
                env={**self.environment, PARENT_VARIABLE: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own group: Ctrl-C reaches the parent only, which then stops all in order.
                start_new_session=True,
            )
        child.started = time.monotonic()

    def _log_of(self, name: str) -> IO[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
