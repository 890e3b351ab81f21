"""`quarantine bench`: what this machine can hold. Each command's last line is one JSON object."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.metadata import entry_points
from pathlib import Path

import click

from monitor.problems import Problem
from monitor.service.language import Group
from monitor.service.process import name_in_title
from monitor.words import N_

# Rooms name their measurements in this group of entry points.
BENCHMARKS = "quarantine.benchmarks"
SETTLE_SECONDS = 30.0
START_SECONDS = 300.0


class DemonstrationDidNotStart(Problem):
    """The measured demonstration ended, or its console never came up."""


class _Benchmarks(Group):
    """Finds the rooms' measurements when they are asked for: they load image libraries that no other command needs."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *(each.name for each in entry_points(group=BENCHMARKS))})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        for each in entry_points(group=BENCHMARKS, name=name):
            self.add_command(each.load())
        return super().get_command(context, name)


@click.group("bench", cls=_Benchmarks, help=N_("Measure what this machine can handle."))
def bench_commands() -> None: ...


@bench_commands.command(
    "demo",
    help=N_(
        "Start the demonstration in an empty folder; measure how long it takes to start, and its processor and memory use "
        "at rest.\n\n"
        "Scenes rendered by an earlier demonstration are used; without them, rendering runs during the start. Memory is "
        "the proportional share (PSS), so pages shared by two processes count once."
    ),
)
@click.option("--seconds", default=30.0, show_default=True, help=N_("How long to measure at rest, in seconds."))
def bench_demo(seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as folder:
        ports = free_ports(4 + 12)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
        environment |= {
            "QUARANTINE_DATA_FOLDER": folder,
            "QUARANTINE_PORT": str(ports[0]),
            "QUARANTINE_RESIDENTS_PORT": str(ports[1]),
            "QUARANTINE_PUBLIC_PORT": str(ports[-1]),
            "PYTHONUNBUFFERED": "1",
        }
        started = time.monotonic()
        arguments = ["demo", "--telephone-port", str(ports[2]), "--camera-port", str(ports[3])]
        with (Path(folder) / "bench.log").open("wb") as log:
            parent = subprocess.Popen([sys.executable, "-m", "monitor", *arguments], env=environment, stdout=log, stderr=log)
        try:
            to_console = _wait_for_console(parent, ports[0], started)
            click.echo(f"console after {to_console:.1f} s")
            _wait_for_line(parent, Path(folder) / "bench.log", f":{ports[0]}/")
            click.echo(f"whole after {time.monotonic() - started:.1f} s; settling for {SETTLE_SECONDS:.0f} s")
            time.sleep(SETTLE_SECONDS)
            click.echo(f"measuring for {seconds:.0f} s")
            processes = measure(parent.pid, seconds)
        finally:
            parent.send_signal(signal.SIGINT)
            try:
                parent.wait(30)
            except subprocess.TimeoutExpired:
                parent.kill()
    result = {
        "seconds_to_console": round(to_console, 1),
        "cpu_percent": round(sum(each["cpu_percent"] for each in processes.values()), 1),
        "memory_mb": round(sum(each["memory_mb"] for each in processes.values()), 1),
        "processes": processes,
    }
    click.echo(json.dumps(result))


def measure(parent: int, seconds: float) -> dict[str, dict[str, float]]:
    """Processor use (percent of one core) and memory (MB, proportional share) of a process and all below it, by name."""
    import psutil

    family = [psutil.Process(parent), *psutil.Process(parent).children(recursive=True)]
    before = {each.pid: sum(each.cpu_times()[:2]) for each in family}
    began = time.monotonic()
    time.sleep(seconds)
    lasted = time.monotonic() - began
    found: dict[str, dict[str, float]] = {}
    for each in family:
        try:
            used = sum(each.cpu_times()[:2]) - before[each.pid]
            memory = each.memory_full_info().pss / 2**20
            name = "parent" if each.pid == parent else name_in_title(" ".join(each.cmdline())) or each.name()
        except psutil.NoSuchProcess:
            continue
        total = found.setdefault(name, {"cpu_percent": 0.0, "memory_mb": 0.0})
        total["cpu_percent"] = round(total["cpu_percent"] + 100 * used / lasted, 2)
        total["memory_mb"] = round(total["memory_mb"] + memory, 1)
    return found


def free_ports(count: int) -> list[int]:
    """So many free ports on loopback in a row, outside the range from which the system gives ports to clients."""
    for first in range(20000 + os.getpid() % 8000, 32000, count):
        taken = False
        for port in range(first, first + count):
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    taken = True
                    break
        if not taken:
            return list(range(first, first + count))
    raise DemonstrationDidNotStart(N_("No free ports were found."))


def _wait_for_console(parent: subprocess.Popen[bytes], port: int, started: float) -> float:
    """Seconds until the console answers."""
    while parent.poll() is None and time.monotonic() - started < START_SECONDS:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return time.monotonic() - started
        except OSError:
            time.sleep(0.1)
    raise DemonstrationDidNotStart(N_("The demonstration’s console did not start."))


def _wait_for_line(parent: subprocess.Popen[bytes], log: Path, text: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while parent.poll() is None and time.monotonic() < deadline:
        if text in log.read_text(errors="replace"):
            return
        time.sleep(0.2)
    raise DemonstrationDidNotStart(N_("The demonstration’s console did not start."))
