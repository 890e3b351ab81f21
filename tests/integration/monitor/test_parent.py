"""The parent process: one per data folder, clear words for a taken port, and how soon a dead child starts again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.parent import LONGEST_PAUSE, AlreadyRunning, Parent, PortTaken, only_one, pause_before_restart, require_free_port

FOREVER = "import time; time.sleep(60)"


@pytest.mark.parametrize(
    ("lived", "failures", "pause"), [(60.0, 0, 0.0), (60.0, 9, 0.0), (1.0, 0, 0.5), (1.0, 3, 4.0), (0.1, 99, LONGEST_PAUSE)]
)
def test_one_that_lived_starts_at_once_and_one_that_keeps_dying_waits(lived: float, failures: int, pause: float) -> None:
    assert pause_before_restart(lived, failures) == pause


def test_a_taken_port_is_told_with_what_to_set() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortTaken, match="QUARANTINE_PORT"):
            require_free_port("127.0.0.1", taken.getsockname()[1], "QUARANTINE_PORT")


def test_a_data_folder_has_one_parent(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRunning), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_the_command_tells_a_taken_port_and_leaves_nothing_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {
            **os.environ,
            "QUARANTINE_DATA_FOLDER": str(tmp_path),
            "QUARANTINE_PORT": str(taken.getsockname()[1]),
            "QUARANTINE_LANGUAGE": "en",
        }
        for command in ("serve", "demo"):
            run = subprocess.run(
                [sys.executable, "-m", "monitor", command],
                env=environment,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert run.returncode == 2
            assert "QUARANTINE_PORT" in run.stderr
            assert "Traceback" not in run.stderr
    assert not (tmp_path / "quarantine.db").exists()


def test_a_killed_child_starts_again_and_all_stop_when_asked(tmp_path: Path) -> None:
    told: list[str] = []
    parent = Parent(dict(os.environ), tmp_path / "logs", tell=told.append, program=(sys.executable, "-c"))
    parent.add("sleeper", FOREVER)
    parent.add("sound", FOREVER)
    first = parent.children[0].process
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and parent.children[0].process in (None, first):
        parent.look_after()
        time.sleep(0.05)
    second = parent.children[0].process
    assert second is not None
    assert second.pid != first.pid
    assert (told, parent.children[0].restarts, parent.children[1].restarts) == (["sleeper"], 1, 0)
    assert parent.stop()
    assert all(child.process is not None and child.process.poll() is not None for child in parent.children)
