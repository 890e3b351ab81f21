"""What a province has on its first morning: `quarantine serve` on an empty folder, cameras in its rooms, and a gateway to telephones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.doubles.ports import free_ports
from tests.doubles.waiting import wait_until
from tests.processes.commands import environment

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/start/[0-9A-Z-]{29}")
CAMERA_USER, CAMERA_PASSWORD, TOKEN = "cachly", "mật khẩu của máy quay", "khoa-cua-cong-tin-nhan"
START_SECONDS = 120.0
RENDERING_SECONDS = 400.0  # of all scenes, where a machine has none of them yet
STOP_SECONDS = 60.0


class FromNothing:
    """Three processes, started one after the other and ended by their ids. printed: what the service said so far."""

    def __init__(self, folder: Path, database_url: str, clips: Path) -> None:
        """database_url: empty for the embedded database. clips: the folder of the cameras' scenes, rendered where they are missing."""
        self.folder, self.clips = folder, clips
        console, residents, public, telephone, *cameras = free_ports(4 + 12)
        self.telephone, self._telephone_port, self._cameras = f"http://127.0.0.1:{telephone}", telephone, cameras
        own = {
            "QUARANTINE_PORT": str(console),
            "QUARANTINE_RESIDENTS_PORT": str(residents),
            "QUARANTINE_PUBLIC_PORT": str(public),
            "QUARANTINE_SMS_GATEWAY_URL": f"{self.telephone}/messages",
            "QUARANTINE_SMS_GATEWAY_TOKEN": TOKEN,
            # As in the demonstration: somebody who sits still is looked for more often than each half minute.
            "QUARANTINE_FACES_EVERY_SECONDS": "10",
        }
        if database_url:
            own["DATABASE_URL"] = database_url
        self._service = environment(folder, **own)
        # Others' machines: they have their own folder, and know of the service what a gateway knows.
        self._others = environment(
            folder / "others",
            QUARANTINE_RESIDENTS_PORT=str(residents),
            QUARANTINE_SMS_GATEWAY_TOKEN=TOKEN,
            QUARANTINE_DEMONSTRATION_CAMERA_PASSWORD=CAMERA_PASSWORD,
        )
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def camera(self, number: int) -> str:
        """Where one of the demonstration's cameras listens, as somebody types it."""
        return f"http://127.0.0.1:{self._cameras[2 * number]}/onvif/device_service"

    def start(self, phones: dict[str, str]) -> str:
        """Start all three; returns the address that the service prints. phones: names by their numbers."""
        (self.folder / "others" / "data").mkdir(parents=True)
        cameras = self._configuration(
            "cameras", base_port=self._cameras[0], clips=str(self.clips), location=self.folder.name, username=CAMERA_USER
        )
        people = [{"name": name, "number": number, "behaviour": "by-hand"} for number, name in phones.items()]
        telephone = self._configuration("telephone", port=self._telephone_port, people=people)
        self._run("serve", self._service, "serve")
        self._run("telephone", self._others, "demonstration-telephone", "--configuration", telephone)
        rendered = self._run("clips", self._others, "demonstration-clips", "--configuration", cameras)
        assert rendered.wait(RENDERING_SECONDS) == 0, self.output("clips")
        self._run("cameras", self._others, "demonstration-cameras", "--configuration", cameras)
        wait_until(lambda: self._answers(self.telephone), START_SECONDS)
        wait_until(lambda: ADDRESS.search(self.output("serve")) or self._ended("serve"), START_SECONDS)
        found = ADDRESS.search(self.output("serve"))
        assert found is not None, self.output("serve")
        return found[0]

    def output(self, name: str) -> str:
        """What one of them printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        """The last lines of everything, for whoever must find out why it failed."""
        paths = sorted([*self.folder.glob("*.log"), *(self.folder / "data" / "logs").glob("*.log")])
        return "\n".join(f"== {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-12:]) for path in paths)

    def stop(self) -> None:
        """End what runs, the service last: the others may be asked until then."""
        for _name, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
        for _name, process in self._running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)
                raise

    def _configuration(self, name: str, **values: object) -> str:
        path = self.folder / "others" / f"{name}.json"
        path.write_text(json.dumps(values))
        return str(path)

    def _run(self, name: str, variables: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "monitor", *command], env=variables, stdout=log, stderr=log)
        self._running.append((name, process))
        return process

    def _ended(self, name: str) -> bool:
        return any(process.poll() is not None for each, process in self._running if each == name)

    @staticmethod
    def _answers(address: str) -> bool:
        try:
            return httpx.get(address, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False
