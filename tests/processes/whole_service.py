"""Starts `quarantine serve` for real on free ports with a small zone, a gateway beside it, and hangs or kills its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.rollcalls.plans import Plan
from monitor.page_looks import read_look
from monitor.service.process import name_in_title
from monitor.vault.vault import Vault
from tests.doubles.ports import free_ports
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.due_round import SECRET, WITHOUT_NIGHT

MASTER_KEY = bytes(32)


class Gateway:
    """Takes text messages over HTTP and knows references again; what it took, in order."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if message["reference"] not in taken:
                    taken.append(message["reference"])
                body = json.dumps({"id": message["reference"]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class WholeService:
    """A running `quarantine serve`. `stop` ends it."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        """settings: by their names. The database is migrated by whoever made it."""
        self.folder, self.gateway = folder, Gateway()
        self.ports = free_ports(3)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("QUARANTINE_")} | {
            "DATABASE_URL": database_url,
            "QUARANTINE_DATA_FOLDER": str(folder),
            "QUARANTINE_MASTER_KEY": MASTER_KEY.hex(),
            "QUARANTINE_SECRET_KEY": SECRET.decode(),
            "QUARANTINE_PORT": str(self.ports[0]),
            "QUARANTINE_RESIDENTS_PORT": str(self.ports[1]),
            "QUARANTINE_PUBLIC_PORT": str(self.ports[2]),
            "QUARANTINE_SMS_GATEWAY_URL": self.gateway.url,
            "QUARANTINE_SMS_GATEWAY_TOKEN": "a token of the tests",
            "QUARANTINE_LANGUAGE": "en",
            **{f"QUARANTINE_{name.upper()}": value for name, value in settings.items()},
        }
        self.database = Database(database_url, Vault(folder / "vault", MASTER_KEY).column_key())
        self._log = (folder / "serve.log").open("wb")
        command = [sys.executable, "-m", "monitor", "serve"]
        self.process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)

    @property
    def residents(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}"

    def up(self) -> bool:
        """Whether the residents' page answers."""
        try:
            return httpx.get(f"{self.residents}/up", timeout=1).text == "ok\n"
        except httpx.HTTPError:
            return False

    def whole(self) -> bool:
        """Whether all parts say that they are well, and somebody watches the page."""
        try:
            with self.database.read() as session:
                if read_look(session) is None:
                    return False
            return httpx.get(f"http://127.0.0.1:{self.ports[0]}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def processes(self, name: str) -> list[psutil.Process]:
        """Those that carry this name: the web process and its worker are two."""
        found = []
        for each in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if name_in_title(" ".join(each.cmdline())) == name:
                    found.append(each)
            except psutil.Error:
                continue
        return found

    def hang(self, name: str) -> list[int]:
        """Stop all of it at once; returns the process ids, none of which does anything from here on."""
        hanging = self.processes(name)
        assert hanging, name
        for each in hanging:
            each.send_signal(signal.SIGSTOP)
        return [each.pid for each in hanging]

    def ended(self, pids: list[int]) -> bool:
        """Whether none of these is there any more."""
        return not any(map(psutil.pid_exists, pids))

    def open_round(self, minutes: float) -> None:
        """Let the zone's plan open a round now, with so long to answer."""
        with self.database.write() as session:
            for plan in session.query(Plan):
                plan.next_round_at, plan.window_minutes = utc_now(), minutes
                for name, value in WITHOUT_NIGHT.items():
                    setattr(plan, name, value)

    def wait_until_whole(self) -> None:
        wait_until(lambda: self.process.poll() is None and self.whole(), 2 * PATIENCE)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.database.dispose()
            self.gateway.stop()
            self._log.close()
