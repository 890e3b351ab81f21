"""The residents' page under the real web server on a free port, for tests with a browser: `python -m tests.processes.residents_server FOLDER`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.due_round import SECRET
from web.residents.application import create_residents

ROOT = Path(__file__).parents[2]
PUSH_KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"
START_SECONDS = 120.0


def settings_in(folder: Path) -> Settings:
    """As the server has them."""
    return Settings(data_folder=folder, secret_key=SECRET.decode())


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": ["127.0.0.1:0"],
            "worker_class": "gthread",
            "threads": 8,
            "loglevel": "info",
            "graceful_timeout": 1,
            # As the real server does: a disk that stalls must not look like a hang.
            "worker_tmp_dir": "/dev/shm",
            "timeout": 60,
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        database = Database(f"sqlite:///{self._folder}/test.db", bytes(32))
        vault = Vault(self._folder / "vault", bytes(32))
        return create_residents(settings_in(self._folder), database, vault, push_key=PUSH_KEY)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a running server over `folder`/test.db, which is migrated already."""
    path = folder / "server.log"
    with path.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.residents_server", str(folder)],
            stderr=log,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while "Booting worker" not in path.read_text():
                assert process.poll() is None, path.read_text()
                assert time.monotonic() < deadline, path.read_text()
                time.sleep(0.05)
            yield next(word for word in path.read_text().split() if word.startswith("http://"))
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    _Server(Path(sys.argv[1])).run()
