"""A PostgreSQL server of our own, on a socket in a temporary folder, that may be stopped and started at will."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = Path("/usr/lib/postgresql")
TEMPORARY = Path("/tmp")  # noqa: S108 - the folder in it is new and has a name that nobody can know before


class OwnPostgresql:
    """A server that runs. options: of `postgres`, on its command line. root: where its folder is made; a socket's path has at most 107 bytes."""

    def __init__(self, binaries: Path, options: str = "", root: Path = TEMPORARY) -> None:
        self._binaries = binaries
        self._folder = root / f"quarantine-pg-{secrets.token_hex(4)}"
        self._folder.mkdir(mode=0o777)
        # PostgreSQL refuses to run as root.
        self._run: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
            self._run |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        self._options = f"-k {self._folder} -c listen_addresses='' {options}"
        self._call("initdb", "-A", "trust", "-U", "quarantine", "-E", "UTF8", "--no-sync")
        self.start()

    def address(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://quarantine@/{database}?host={self._folder}"

    def start(self) -> None:
        """Start it; it answers when this returns."""
        self._call("pg_ctl", "-w", "-o", self._options, "start")

    def kill(self) -> None:
        """Stop it at once, as when its machine loses power."""
        self._call("pg_ctl", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Stop it, where it runs, and delete all of it."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), "-D", str(self._folder / "data"), *arguments]
        subprocess.run(command, check=True, **self._run)


def programs() -> Path | None:
    """Where PostgreSQL's programs are, of its newest version; None where it is not installed."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def own_postgresql(binaries: Path, options: str = "", root: Path = TEMPORARY) -> Iterator[OwnPostgresql]:
    """While it is needed."""
    server = OwnPostgresql(binaries, options, root)
    try:
        yield server
    finally:
        server.remove()
