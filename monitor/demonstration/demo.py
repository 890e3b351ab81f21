"""`quarantine demo`: a whole service on this machine with invented residents, real cameras on loopback, and a telephone."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import click

from monitor.demonstration.control_points import POSTERS, VISITORS, links_of
from monitor.demonstration.hotline import CALLERS, EXTENSION
from monitor.demonstration.people import VIEWS
from monitor.problems import Problem
from monitor.service.context import Context
from monitor.service.parent import Parent, only_one, require_free_port
from monitor.service.serve import (
    Display,
    environment_for_children,
    require_ports,
    run_until_stopped,
    start_service,
    wait_until_whole,
)
from monitor.settings import Settings, made_once
from monitor.words import N_

MARKER = "demonstration.json"
SWITCHBOARD = "switchboard.json"
CAMERA_PORTS = 2 * len(VIEWS)
CAMERA_USER = "quarantine"
MAIL_PORT = 8025
TAKE_ON_SECONDS = 60.0


class NotADemonstration(Problem):
    """The data folder belongs to a real service."""


class DemonstrationFailed(Problem):
    """One of its commands ended with an error; values["errors"] holds what it said."""


def clips_folder() -> Path:
    """Where rendered scenes are kept: the user's cache, since they are the same for every demonstration."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "quarantine" / "clips"


def start_over(folder: Path) -> None:
    """Empty a demonstration's folder."""
    for path in folder.iterdir():
        if path.name == "parent.lock":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def settings_of_demonstration(settings: Settings, telephone_port: int, mail_port: int = MAIL_PORT) -> Settings:
    """The embedded database, the telephone as gateway, and everything a little quicker than in earnest."""
    settings = dataclasses.replace(
        settings,
        demonstration=True,
        database_url="",
        # Invented people sign in with what the terminal shows; the accounts' pages say that it is so.
        second_factor_roles="",
        authority=settings.authority or "Trạm Y tế phường Phú Cường",
        authority_in_english=settings.authority_in_english or ("" if settings.authority else "Phu Cuong Ward Health Station"),
        sms_gateway_url=f"http://127.0.0.1:{telephone_port}/messages",
        sms_answer_number="8149",
        voice_gateway_url=f"http://127.0.0.1:{telephone_port}/calls",
        smtp_host="127.0.0.1",
        smtp_port=mail_port,
        smtp_security="none",
        smtp_user="",
        smtp2_host="",
        mail_from="bao-cao@trinh-dien.example.vn",
        # Its servers are on this machine.
        calls_out_allowed=settings.calls_out_allowed or "127.0.0.1 localhost",
        faces_every_seconds=10.0,
        present_for_minutes=2.0,
        alert_soon_minutes=0.25,
        alert_group_minutes=1.0,
    )
    token = settings.secret("sms_gateway_token").decode()
    return dataclasses.replace(settings, sms_gateway_token=token, voice_gateway_token=token, hotline_call_token=token)


class Demonstration:
    """One run of it: what is started in which order."""

    def __init__(
        self, settings: Settings, display: Display, telephone_port: int, camera_port: int, rounds_every: float
    ) -> None:
        self.settings, self.display = settings, display
        self.telephone_port, self.camera_port, self.rounds_every = telephone_port, camera_port, rounds_every
        self.folder = settings.data_folder
        self.marker = self.folder / MARKER
        password = made_once(self.folder / "secrets" / "camera_password")[:20]
        self.environment = environment_for_children(
            settings, QUARANTINE_DEMONSTRATION_CAMERA_PASSWORD=password, QUARANTINE_CAMERA_PASSWORD=password
        )
        self.parent = Parent(
            self.environment,
            self.folder / "logs",
            tell=lambda name: display.say(N_("%(name)s stopped and is being restarted."), name=name),
            patience_s=settings.hang_seconds,
        )
        self.adopted = self.known().get("adopted", False)
        self.failure: Problem | None = None

    def known(self) -> dict[str, Any]:
        """What earlier runs noted in the folder: this demonstration's identity, and whether its cameras were taken on."""
        try:
            return dict(json.loads(self.marker.read_text()))
        except FileNotFoundError:
            return {}

    def require_ports(self) -> None:
        """Raise PortTaken before anything is started."""
        require_ports(self.settings)
        require_free_port("127.0.0.1", self.telephone_port, "--telephone-port")
        require_free_port("127.0.0.1", self.settings.smtp_port, "--mail-port")
        for port in range(self.camera_port, self.camera_port + CAMERA_PORTS):
            require_free_port("127.0.0.1", port, "--camera-port")

    def start(self) -> dict[str, str]:
        """Fill the database when it is empty, start everything; returns the new accounts' passwords, if any were made."""
        known = self.known()
        known.setdefault("id", secrets.token_hex(4))
        self.marker.write_text(json.dumps(known))
        self.display.step("seed", N_("Database, residents and accounts"))
        options = (
            *("--telephone-port", str(self.telephone_port), "--rounds-every", str(self.rounds_every)),
            *("--mail-port", str(self.settings.smtp_port)),
        )
        passwords: dict[str, str] = json.loads(self.command("demonstration-seed", *options).splitlines()[-1])
        self.display.step("seed", N_("Database, residents and accounts"), done=True)
        self.parent.add("telephone-1", "demonstration-telephone", "--configuration", str(self.folder / "telephone.json"))
        if (self.folder / VISITORS).exists():
            self.parent.add("visitors-1", "demonstration-visitors", "--configuration", str(self.folder / VISITORS))
        self._start_switchboard()
        threading.Thread(target=self._cameras, args=(known["id"],), name="cameras", daemon=True).start()
        start_service(self.parent, self.settings)
        return passwords

    def _start_switchboard(self) -> None:
        """Who calls the hotline. A file of its own, for this user alone: the token is in it."""
        file = self.folder / SWITCHBOARD
        configuration = {
            "address": f"{self.settings.residents_address}/hooks/hotline/calls",
            "token": self.settings.hotline_call_token,
            "extension": EXTENSION,
            "callers": list(CALLERS),
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(configuration))
        self.parent.add("switchboard-1", "demonstration-switchboard", "--configuration", str(file))

    def ready(self) -> bool:
        """Whether the cameras were taken on; raises what went wrong with them."""
        if self.failure is not None:
            raise self.failure
        return bool(self.adopted)

    def command(self, *arguments: str, told: str | None = None) -> str:
        """Run one of our commands to its end and return what it printed; lines "done/total" are shown as progress of `told`."""
        with subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if told:
                    self.display.step(told, N_("Preparing camera scenes: %(progress)s"), progress=line.strip())
            errors = process.stderr.read()
        if process.returncode != 0:
            raise DemonstrationFailed(
                N_("`quarantine %(command)s` ended with an error: %(errors)s"),
                command=arguments[0],
                errors=errors.strip()[-2000:],
            )
        return "".join(lines)

    def _cameras(self, identity: str) -> None:
        try:
            self._start_cameras(identity)
        except Problem as problem:
            self.failure = problem

    def _start_cameras(self, identity: str) -> None:
        configuration = self.folder / "cameras.json"
        configuration.write_text(
            json.dumps(
                {
                    "base_port": self.camera_port,
                    "clips": str(clips_folder()),
                    "location": identity,
                    "username": CAMERA_USER,
                }
            )
        )
        self.display.step("scenes", N_("Preparing camera scenes: %(progress)s"), progress="…")
        self.command("demonstration-clips", "--configuration", str(configuration), told="scenes")
        self.display.step("scenes", N_("Preparing camera scenes: %(progress)s"), progress="✓", done=True)
        self.parent.add("cameras-1", "demonstration-cameras", "--configuration", str(configuration))
        if self.adopted:
            return
        self.display.step("cameras", N_("Looking for cameras on the network"))
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + TAKE_ON_SECONDS
        while len(found) < len(VIEWS) and time.monotonic() < deadline:
            scope = f"onvif://www.onvif.org/location/{identity}"
            found = json.loads(
                self.command("camera", "discover", "--interface", "127.0.0.1", "--scope", scope, "--seconds", "1", "--json")
            )
        self._take_on([(each["address"], *VIEWS[each["name"]]) for each in found])
        self.command("demonstration-exit")
        self.display.step("cameras", N_("Cameras found and added: %(count)s"), count=len(found), done=True)
        self.marker.write_text(json.dumps({**self.known(), "adopted": True}))
        self.adopted = True

    def _take_on(self, cameras: list[tuple[str, str, str]]) -> None:
        """(address, zone, room) of each. Those that do not answer are asked again: one of them loses its power now and then."""
        table, deadline = self.folder / "cameras.csv", time.monotonic() + TAKE_ON_SECONDS
        while True:
            with table.open("w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["address", "zone", "room", "name"])
                rows.writerows((address, zone, room, room) for address, zone, room in cameras)
            try:
                self.command("camera", "import", str(table), "--username", CAMERA_USER)
                return
            except DemonstrationFailed as failed:
                errors = str(failed.words.values["errors"]).splitlines()
                cameras = [each for each in cameras if any(line.startswith(f"{each[2]}: ") for line in errors)]
                if not cameras or time.monotonic() > deadline:
                    raise


@click.command("demo", help=N_("Show the whole service at work on this machine, with invented residents."))
@click.option("--fresh", is_flag=True, help=N_("Delete the demonstration’s data and start over."))
@click.option("--telephone-port", default=8082, show_default=True, help=N_("Port of the demonstration telephone."))
@click.option(
    "--mail-port", default=MAIL_PORT, show_default=True, help=N_("Port on which the demonstration’s mailbox takes mail.")
)
@click.option("--camera-port", default=8600, show_default=True, help=N_("First port of the cameras."))
@click.option(
    "--rounds-every",
    type=click.FloatRange(0.5, 60),
    default=3.0,
    show_default=True,
    help=N_("Minutes from one roll-call of the facility to the next, when the data is new."),
)
@click.pass_obj
def demo_command(
    context: Context, fresh: bool, telephone_port: int, mail_port: int, camera_port: int, rounds_every: float
) -> None:
    folder = context.settings.data_folder
    display = Display(context.translate)
    with only_one(folder):
        if (folder / "quarantine.db").exists() and not (folder / MARKER).exists():
            raise NotADemonstration(
                N_("The folder %(folder)s holds data of a real service. Set QUARANTINE_DATA_FOLDER to another folder."),
                folder=str(folder),
            )
        if fresh:
            start_over(folder)
        settings = settings_of_demonstration(context.settings, telephone_port, mail_port)
        demonstration = Demonstration(settings, display, telephone_port, camera_port, rounds_every)
        demonstration.require_ports()
        demonstration.parent.take_signals()
        try:
            with display.shown():
                passwords = demonstration.start()
                whole = wait_until_whole(demonstration.parent, settings, display, demonstration.ready)
            if not whole and not demonstration.parent.stopping.is_set():
                display.say(
                    N_("Not every part is running yet; see %(folder)s for the reason."), folder=str(demonstration.parent.logs)
                )
            _tell(display, settings, telephone_port, passwords)
            run_until_stopped(demonstration.parent, settings, display)
        finally:
            demonstration.parent.stop()


def _tell(display: Display, settings: Settings, telephone_port: int, passwords: dict[str, str]) -> None:
    display.say(N_("Console: http://%(host)s:%(port)s/"), host=settings.host, port=settings.port)
    display.say(N_("Phones of all residents: http://%(host)s:%(port)s/"), host="127.0.0.1", port=telephone_port)
    display.say(N_("Mailbox in which reports arrive: http://%(host)s:%(port)s/mail"), host="127.0.0.1", port=telephone_port)
    display.say(N_("Where the public declares: %(address)s/"), address=settings.public_address)
    links = links_of(settings.data_folder)
    if links:
        display.say(N_("A factory’s guard: %(guard)s"), guard=links["guard"])
        display.say(
            N_("Its owner: %(owner)s, posters: %(file)s"), owner=links["owner"], file=str(settings.data_folder / POSTERS)
        )
    display.say(
        N_(
            "The switchboard of 1022 calls every minute and a half. Some callers rang nearly three hours ago, so that warnings come soon."
        )
    )
    if passwords:
        display.say(N_("Accounts (shown this once):"))
        for username, password in passwords.items():
            display.say(N_("  %(username)s  %(password)s"), username=username.ljust(10), password=password)
    else:
        display.say(N_("Accounts are those of the first start; use --fresh to start over with new ones."))
    display.say(N_("Ctrl-C stops everything."))
