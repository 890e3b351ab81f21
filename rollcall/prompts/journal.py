"""A worker's own note of what it has handed to a gateway, so that whoever takes over after it was killed knows what went out.

The database learns of messages in batches; a gateway without idempotency keys must be asked about each one. A line appended to a
file costs microseconds and outlives the process that wrote it, though not a power cut: hence the boot in its first line. Where a
gateway knows a reference again it need not be asked twice, and what it took is known as sent also where nobody wants it any more.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from monitor.clock import utc_now

_FOLDER_MODE = 0o700
KEPT_SECONDS = 86400.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return "unknown"


@dataclass(frozen=True)
class Handed:
    """What a dead worker's journal tells. answered: prompt -> the gateway's name for it, and when that was noted (None by an older
    version); unanswered: handed over, no answer noted."""

    answered: dict[int, tuple[str, datetime | None]] = field(default_factory=dict)
    unanswered: frozenset[int] = frozenset()


class Journal:
    """Of one claim, under the name by which its leases are known. Several threads may write it."""

    def __init__(self, folder: Path, worker: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        _tidy(folder)
        self._path = _path(folder, worker)
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, 0)
        os.write(self._file, f"boot {_boot()}\n".encode())

    def handing(self, prompt_id: int) -> None:
        """To be written before a message leaves."""
        os.write(self._file, f"handed {prompt_id}\n".encode())

    def answered(self, prompt_id: int, gateway_reference: str) -> None:
        """The gateway has it."""
        os.write(self._file, f"answered {prompt_id}@{time.time():.3f} {gateway_reference}\n".encode())

    def leave(self) -> None:
        """Write no more, and keep what is there for whoever settles it."""
        os.close(self._file)

    def end(self) -> None:
        """All is noted in the database."""
        self.leave()
        self._path.unlink(missing_ok=True)


def read_journal(folder: Path, worker: str) -> Handed | None:
    """What a worker that is no more had handed over; None when nobody can know: another machine's, or from before a restart of this one."""
    try:
        lines = _path(folder, worker).read_text().splitlines()
    except OSError:
        return None
    if not lines or lines[0] != f"boot {_boot()}" or lines[0] == "boot unknown":
        return None
    answered: dict[int, tuple[str, datetime | None]] = {}
    handed: set[int] = set()
    for line in lines[1:]:
        # A last line cut off in mid-word says at least that its prompt was handed over before.
        note = re.fullmatch(r"(handed|answered) (\d+)(?:@([\d.]+))?(?: (.+))?", line)
        if note and note[1] == "answered" and note[4]:
            at = datetime.fromtimestamp(float(note[3]), UTC) if note[3] else None
            answered[int(note[2])] = (note[4], at)
        elif note:
            handed.add(int(note[2]))
    return Handed(answered, frozenset(handed - answered.keys()))


def _tidy(folder: Path) -> None:
    """Remove journals that nobody can need: leases end within seconds, and their prompts are settled long since."""
    for path in folder.glob("*.journal"):
        with suppress(FileNotFoundError):
            if utc_now().timestamp() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()


def _path(folder: Path, worker: str) -> Path:
    return folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', worker)}.journal"
