"""The parent process: starts the service's processes, restarts one that dies or hangs, stops all of them cleanly."""

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
from typing import IO, Protocol

import psutil

from monitor.models.service import OutagePart
from monitor.problems import Problem
from monitor.service.life import STOPPED_SECONDS, WORK_SECONDS, Ear, Heard, hangs
from monitor.service.life import VARIABLE as LIFE_VARIABLE
from monitor.service.process import PARENT_VARIABLE
from monitor.words import N_

log = logging.getLogger(__name__)

STOP_SECONDS = 8.0
# One that lived for so long and died is started again at once; one that keeps dying waits longer and longer.
STEADY_SECONDS, LONGEST_PAUSE = 10.0, 10.0
LARGEST_LOG = 5 * 2**20
# One that hangs is asked to end before it is ended; one that is stopped hears nothing, and is not waited for.
END_SECONDS, END_SILENT_SECONDS = 2.0, 0.5
PATIENCE_SECONDS = 5.0
# Who gave a sign so lately works; what each kind's silence is an outage of. That of the web process is seen at its pages.
SOUND_SECONDS = 3.0
PARTS = {"schedule": OutagePart.SCHEDULER, "work": OutagePart.WORKER, "watch": OutagePart.WATCHER}


class Pages(Protocol):
    """What looks at the service from outside, as far as the parent asks it."""

    @property
    def database_answers(self) -> bool:
        """Whether the database takes what is written."""

    def silent(self, since: float, patience_s: float) -> bool:
        """Whether a page answered after `since`, and then not at all for so long."""

    def hear(self, part: OutagePart, good: bool, at: float) -> None:
        """Take a look at something into account."""


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
                    N_("Another program uses port %(port)s. Stop it, or choose another port with %(variable)s."),
                    port=port,
                    variable=variable,
                ) from None
            raise PortTaken(
                N_("Cannot open port %(port)s on %(host)s: %(why)s."), host=host, port=port, why=error.strerror
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
                N_("Another `quarantine` is using the data folder %(folder)s. Stop it first."), folder=str(folder)
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
    ear: Ear | None = None
    asked_to_end_at: float | None = None

    @property
    def kind(self) -> str:
        """`work` of `work-2`."""
        return self.name.rpartition("-")[0]

    @property
    def sound(self) -> bool:
        """Whether it runs, and was heard lately."""
        heard = self.ear.heard if self.ear is not None and self.process is not None else Heard()
        return heard.spoke and heard.silent_s < SOUND_SECONDS and heard.idle_s < WORK_SECONDS


@dataclass
class Parent:
    """Runs commands of ours as children. Times are of `time.monotonic`.

    environment: for the children. logs: folder for what they print. tell: called when one is started again, with its name.
    program: what a child's arguments follow. patience_s: how long a child may give no sign of life. pages: who looks at the service
    from outside, None until somebody does.
    """

    environment: Mapping[str, str]
    logs: Path
    tell: Callable[[str], None] = lambda _name: None
    program: Sequence[str] = (sys.executable, "-m", "monitor")
    patience_s: float = PATIENCE_SECONDS
    pages: Pages | None = None
    children: list[Child] = field(default_factory=list)
    _looked_at: float = 0.0
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
        """One round: start again what died, and end what hangs. Called a few times a second."""
        now = time.monotonic()
        elapsed, self._looked_at = now - self._looked_at, now
        for child in self.children:
            if child.ear is not None:
                child.ear.listen(elapsed)
            if child.process is None:
                if now >= child.start_at:
                    self._start(child)
                continue
            code = child.process.poll()
            if code is None:
                self._end_if_it_hangs(child, child.process.pid, now)
                continue
            # Whatever it had started itself must not hold its ports or cameras.
            _signal_group(child.process.pid, signal.SIGKILL)
            pause = pause_before_restart(now - child.started, child.failures)
            child.failures = 0 if pause == 0 else child.failures + 1
            child.restarts += 1
            child.process, child.start_at = None, now + pause
            log.warning("%s ended with %s, starts again in %.1f s", child.name, code, pause)
            self.tell(child.name)
        if self.pages is not None:
            for kind, part in PARTS.items():
                of_kind = [child for child in self.children if child.kind == kind]
                if of_kind:
                    self.pages.hear(part, any(child.sound for child in of_kind), now)

    def _end_if_it_hangs(self, child: Child, pid: int, now: float) -> None:
        """Ask it to end, then end it and all that it started; it is started again like any that died."""
        heard = child.ear.heard if child.ear is not None else Heard()
        if child.asked_to_end_at is not None:
            patience = END_SECONDS if heard.silent_s < min(self.patience_s, STOPPED_SECONDS) else END_SILENT_SECONDS
            if now - child.asked_to_end_at >= patience:
                _signal_group(pid, signal.SIGKILL)
            return
        database_answers = self.pages is None or self.pages.database_answers
        stopped = heard.silent_s >= STOPPED_SECONDS and is_stopped(pid)
        silent = hangs(heard, self.patience_s, database_answers=database_answers, stopped=stopped)
        if not silent and child.kind == "web" and database_answers and self.pages is not None:
            silent = self.pages.silent(child.started, self.patience_s)
        if silent:
            log.warning("%s hangs, ending it", child.name)
            child.asked_to_end_at = now
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

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
        if child.ear is not None:
            child.ear.close()
        child.ear, child.asked_to_end_at = Ear(), None
        with self._log_of(child.name) as output:
            child.process = subprocess.Popen(
                [*self.program, *child.arguments],
                env={**self.environment, PARENT_VARIABLE: str(os.getpid()), LIFE_VARIABLE: str(child.ear.fd)},
                pass_fds=(child.ear.fd,),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own group: Ctrl-C reaches the parent only, which then stops all in order.
                start_new_session=True,
            )
        child.ear.child_has_it()
        child.started = time.monotonic()

    def _log_of(self, name: str) -> IO[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")


def is_stopped(pid: int) -> bool:
    """Whether the kernel says that a process, or one that it started, is stopped; a debugger that looks at it is something else."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return any(each.status() == psutil.STATUS_STOPPED for each in (process, *process.children(recursive=True)))
    return False


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
