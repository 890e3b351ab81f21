"""The telling is watched from outside, and real processes tell though one is killed in the middle of it."""

from __future__ import annotations

import asyncio
import email
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, Response, redirect
from sqlalchemy import select
from werkzeug.serving import make_server

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.incidents.incidents import Cause, open_incidents
from monitor.models.alerts import AlertDelivery, AlertWay
from monitor.models.incidents import IncidentKind
from monitor.models.rollcalls.prompts import PromptState
from monitor.service.heartbeat import Heartbeat, call_out
from monitor.vault.vault import Vault
from monitor.words import N_, words
from tests.doubles.ports import free_port
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.on_duty import DANGER, add_person, always_on_duty
from tests.worlds.small_zone import add_zone
from tests.worlds.tables import make_tables


class Mailbox:
    """Takes mail; holds is how many it takes without ever answering."""

    def __init__(self, holds: int = 0) -> None:
        self.mails: list[Any] = []
        self._holds = holds

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd asks by this name
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        if len(self.mails) <= self._holds:
            await asyncio.sleep(PATIENCE)
        return "250 taken"


@pytest.fixture
def mail(request: pytest.FixtureRequest) -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox(getattr(request, "param", 0))
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=PATIENCE)
    controller.start()
    yield box, controller.port
    controller.stop()


class Outside:
    """Somebody else's web server: notes what is asked for. well: what /healthz says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.well = True
        app = Flask("outside")

        @app.get("/<path:path>")
        def take(path: str) -> Any:
            self.asked.append(path)
            if path == "elsewhere":
                return redirect("/there")
            return Response("{}", 200 if self.well or path != "healthz" else 503)

        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def outside() -> Iterator[Outside]:
    running = Outside()
    yield running
    running.stop()


def test_the_parent_tells_an_address_outside_that_all_runs_or_not(outside: Outside) -> None:
    stopping, whole = threading.Event(), threading.Event()
    whole.set()
    heartbeat = Heartbeat(f"{outside.address}/ping/1/", whole.is_set, stopping, every=0.05)
    heartbeat.start()
    wait_until(lambda: "ping/1" in outside.asked)
    assert "ping/1/fail" not in outside.asked
    whole.clear()
    wait_until(lambda: "ping/1/fail" in outside.asked)
    stopping.set()
    heartbeat.join(PATIENCE)
    assert not heartbeat.is_alive()


def test_an_address_that_leads_elsewhere_or_nowhere_is_told_nothing_more(outside: Outside) -> None:
    assert call_out(f"{outside.address}/ping")
    assert not call_out(f"{outside.address}/elsewhere")
    assert "there" not in outside.asked
    assert not call_out(f"http://127.0.0.1:{free_port()}/")


def environment(folder: Path, port: int) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QUARANTINE_")}
    return kept | {
        "QUARANTINE_DATA_FOLDER": str(folder),
        "QUARANTINE_MASTER_KEY": bytes(32).hex(),
        "QUARANTINE_LANGUAGE": "en",
        "QUARANTINE_SMTP_HOST": "127.0.0.1",
        "QUARANTINE_SMTP_PORT": str(port),
        "QUARANTINE_SMTP_SECURITY": "none",
        "QUARANTINE_MAIL_FROM": "bao@example.vn",
        "PYTHONUNBUFFERED": "1",
    }


def start(folder: Path, port: int, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / "processes.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments], env=environment(folder, port), stdout=log, stderr=log
        )


def test_a_second_machine_tells_people_once_that_it_is_down_and_once_that_it_is_up(
    outside: Outside, mail: tuple[Mailbox, int], tmp_path: Path
) -> None:
    box, port = mail
    watching = start(tmp_path, port, "watchdog", outside.address, "--mail", "it@example.vn", "--every", "0.1")
    try:
        wait_until(lambda: outside.asked.count("healthz") >= 2)
        assert not box.mails
        outside.well = False
        wait_until(lambda: box.mails)
        outside.well = True
        wait_until(lambda: len(box.mails) == 2)
        looks = len(outside.asked)
        wait_until(lambda: len(outside.asked) > looks + 5)
    finally:
        watching.kill()
        watching.wait()
    assert [outside.address in each.get_content() for each in box.mails] == [True, True]
    assert "is well again" in box.mails[1].get_content()


@pytest.mark.parametrize("mail", [1], indirect=True)
def test_a_worker_killed_while_it_tells_leaves_nobody_untold(mail: tuple[Mailbox, int], tmp_path: Path) -> None:
    box, port = mail
    url = f"sqlite:///{tmp_path}/quarantine.db"
    database = Database(url, Vault(tmp_path / "vault", bytes(32)).column_key())
    make_tables(database)
    zone, _people = add_zone(database)
    always_on_duty(database, add_person(database, "an", zone, {AlertWay.EMAIL: "an@example.vn"}, language="en"), zone)
    clock, worker = start(tmp_path, port, "schedule"), start(tmp_path, port, "work")
    try:
        with database.write() as session:
            about = Cause("unwell-1", zone, words(N_("%(name)s feels unwell."), name="An"), judged=DANGER)
            open_incidents(session, IncidentKind.UNWELL, [about], now=utc_now())
        # The mail server has it, and the worker never hears so.
        wait_until(lambda: box.mails)
        worker.kill()
        worker.wait()
        worker = start(tmp_path, port, "work")
        wait_until(lambda: len(box.mails) == 2)
        mails = select(AlertDelivery.state).where(AlertDelivery.way == AlertWay.EMAIL).order_by(AlertDelivery.id)

        def states() -> list[PromptState]:
            with database.read() as session:
                return list(session.scalars(mails))

        wait_until(lambda: states() == [PromptState.UNCERTAIN, PromptState.SENT])
    finally:
        for process in (clock, worker):
            process.terminate()
        ended = [process.wait(PATIENCE) for process in (clock, worker)]
        database.dispose()
    assert ended == [0, 0], (tmp_path / "processes.log").read_text()
    assert [each["To"] for each in box.mails] == ["an@example.vn"] * 2
    assert [each["Subject"] for each in box.mails] == ["Urgent: Feels unwell", "Still urgent: Feels unwell"]
