"""The web process: one gunicorn that serves the console, the residents' page and the public pages on three ports, and stops within seconds."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from monitor.database.database import Database
from monitor.service.logs import DiscreetFormatter
from monitor.service.parent import require_free_port
from monitor.service.process import PARENT_VARIABLE, Process
from monitor.settings import Settings
from monitor.vault.vault import open_vault

GRACE = 4  # seconds for requests under way when the process is to stop


def by_port(applications: dict[str, Callable[..., Iterable[bytes]]]) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that hands a request to the one of its listening port. applications: {"8080": …}."""

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return applications[environ["SERVER_PORT"]](environ, start_response)

    return dispatch


class _Log(Logger):  # type: ignore[misc]
    """Gunicorn's log, without what somebody sent: an address of ours can be a resident's link."""

    def setup(self, cfg: Any) -> None:
        """As Logger.setup."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(DiscreetFormatter(self.error_fmt, self.datefmt))

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """As Logger.warning. It quotes a request that it cannot read, with the sender's address."""
        super().warning("Invalid request" if msg.startswith("Invalid request from") else msg, *args, **kwargs)


class _Worker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's worker, whose loop says that it came round to us as it does to its master."""

    process: Process | None = None

    def notify(self) -> None:
        """As ThreadWorker.notify, which its loop calls each second."""
        super().notify()
        if self.process is not None:
            self.process.worked()


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, number: int) -> None:
        self._settings, self._number = settings, number
        self._live: Any = None
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options = {
            "bind": [f"{host}:{settings.port}", f"{host}:{settings.residents_port}", f"{host}:{settings.public_port}"],
            "worker_class": _Worker,
            "workers": 1,
            "threads": settings.web_threads,
            "graceful_timeout": GRACE,
            "timeout": 60,
            "keepalive": 5,
            "loglevel": "warning",
            "logger_class": _Log,
            "proc_name": f"quarantine web-{self._number}",
            "control_socket_disable": True,
            # Which proxies are believed is said by the setting trusted_proxies, to the applications themselves.
            "forwarded_allow_ips": "",
            "post_worker_init": self._started,
            "worker_int": lambda _worker: self._stop(),
        }
        if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn's own heartbeat file: a disk that stalls must not look like a hang
            options["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Iterable[bytes]]:
        # In the worker, after the fork: connections and threads do not survive one.
        from monitor.accounts.factors import needing
        from rollcall.channels.push_keys import public_key
        from web.console.application import create_console
        from web.public.application import create_public
        from web.residents.application import create_residents

        settings = self._settings
        # The heartbeat follows its parent, which for this process is gunicorn's master.
        os.environ[PARENT_VARIABLE] = str(os.getppid())
        vault = open_vault(settings)
        database = Database(settings.database, vault.column_key())
        console = create_console(settings, database, vault, needing=needing(settings.second_factor_roles))
        residents = create_residents(settings, database, vault, push_key=public_key(settings))
        self._live = console.extensions["live"]
        _Worker.process = Process("web", self._number, database).start(signals=False)
        public = create_public(settings, database, vault)
        # What is there now stays: nobody looks through it for cycles again. And what a page leaves is cleared away in small pieces,
        # since whoever asks meanwhile waits for it: 8 ms at a time instead of 40, for the same sum.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
        doors = {settings.port: console, settings.residents_port: residents, settings.public_port: public}
        return by_port({str(port): application for port, application in doors.items()})

    def _started(self, worker: Any) -> None:
        exit_gently = worker.handle_exit

        def handle_exit(number: int, frame: Any) -> None:
            self._stop()
            exit_gently(number, frame)

        signal.signal(signal.SIGTERM, handle_exit)

    def _stop(self) -> None:
        # Streams would hold their threads until the browser leaves.
        if self._live is not None:
            self._live.close()


def serve(settings: Settings, number: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises PortTaken before anything is started."""
    require_free_port(settings.host, settings.port, "QUARANTINE_PORT")
    require_free_port(settings.host, settings.residents_port, "QUARANTINE_RESIDENTS_PORT")
    require_free_port(settings.host, settings.public_port, "QUARANTINE_PUBLIC_PORT")
    # Gunicorn's master has no database; it only ends itself when whoever started it is gone.
    Process("web", number, None).start(signals=False, tells=False)
    _Server(settings, number).run()
