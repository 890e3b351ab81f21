"""The parent process: one per data folder, clear words for a taken port, and how soon a dead child starts again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.models.service import OutagePart
from monitor.service.parent import (
    LONGEST_PAUSE,
    SOUND_SECONDS,
    AlreadyRunning,
    Parent,
    PortTaken,
    only_one,
    pause_before_restart,
    require_free_port,
)
from tests.doubles.waiting import PATIENCE, wait_until

FOREVER = "import time; time.sleep(600)"


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
                timeout=PATIENCE,
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

    def started_again() -> bool:
        parent.look_after()
        return parent.children[0].process not in (None, first)

    wait_until(started_again)
    second = parent.children[0].process
    assert second is not None
    assert second.pid != first.pid
    assert (told, parent.children[0].restarts, parent.children[1].restarts) == (["sleeper"], 1, 0)
    assert parent.stop()
    assert all(child.process is not None and child.process.poll() is not None for child in parent.children)


def test_the_commands_of_the_readme_exist() -> None:
    run = subprocess.run([".venv/bin/quarantine", "--help"], capture_output=True, text=True, check=True)
    for command in ("demo", "serve", "db", "user", "camera", "bench", "settings", "web", "schedule", "work", "watch"):
        assert re.search(rf"^  {command}\b", run.stdout, re.MULTILINE), command


# Gives a sign twenty times a second, until it is told to be silent; `term` says what SIGTERM does.
CHILD = """
import os, signal, time
signal.signal(signal.SIGTERM, {term})
while True:
    os.write(int(os.environ["QUARANTINE_LIFE"]), b"+")
    time.sleep(0.05)
"""


def speaking(tmp_path: Path, *names: str, term: str = "signal.SIG_DFL") -> Parent:
    parent = Parent(dict(os.environ), tmp_path / "logs", program=(sys.executable, "-c"), patience_s=1.0)
    for name in names:
        parent.add(name, CHILD.format(term=term))

    def all_spoke() -> bool:
        parent.look_after()
        return all(child.sound for child in parent.children)

    wait_until(all_spoke)
    return parent


def restarted(parent: Parent, number: int = 0) -> bool:
    time.sleep(0.05)
    parent.look_after()
    return parent.children[number].restarts == 1 and parent.children[number].sound


def test_who_is_stopped_is_restarted_and_with_it_all_that_it_started(tmp_path: Path) -> None:
    parent = speaking(tmp_path, "work-1", "work-2")
    first = parent.children[0].process
    assert first is not None
    os.killpg(first.pid, signal.SIGSTOP)
    wait_until(lambda: restarted(parent))
    assert first.returncode == -signal.SIGKILL
    assert parent.children[1].restarts == 0
    assert parent.stop()


class Outside:
    """Looks at the service as a test wants it to be seen; keeps what the parent tells it of its children."""

    database_answers = True

    def __init__(self) -> None:
        self.page_is_silent = False
        self.heard: dict[OutagePart, bool] = {}

    def silent(self, since: float, patience_s: float) -> bool:
        return self.page_is_silent and since < time.monotonic() - patience_s

    def hear(self, part: OutagePart, good: bool, at: float) -> None:
        self.heard[part] = good


def test_a_web_process_whose_page_does_not_answer_is_asked_to_end_and_then_ended(tmp_path: Path) -> None:
    parent = speaking(tmp_path, "web-1", "work-1", term="signal.SIG_IGN")
    outside = parent.pages = Outside()
    time.sleep(parent.patience_s)
    outside.page_is_silent, outside.database_answers = True, False
    parent.look_after()
    # The database is what hangs: nobody is restarted who waits for it.
    assert parent.children[0].asked_to_end_at is None
    outside.database_answers = True
    wait_until(lambda: restarted(parent))
    assert parent.children[1].restarts == 0
    assert outside.heard == {OutagePart.WORKER: True}
    parent.stop()


def test_only_where_all_of_a_kind_are_silent_its_work_is_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = speaking(tmp_path, "work-1", "work-2")
    outside = parent.pages = Outside()
    # Stopped ones stand for slow ones here, which are not restarted so soon.
    parent.patience_s = 60.0
    monkeypatch.setattr("monitor.service.parent.is_stopped", lambda _pid: False)
    for number, expected in enumerate((True, False)):
        process = parent.children[number].process
        assert process is not None
        os.killpg(process.pid, signal.SIGSTOP)
        until = time.monotonic() + SOUND_SECONDS + 0.5
        while time.monotonic() < until:
            time.sleep(0.1)
            parent.look_after()
        assert outside.heard[OutagePart.WORKER] is expected
    parent.pages = None
    parent.stop()
