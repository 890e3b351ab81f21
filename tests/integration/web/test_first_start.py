"""`quarantine serve` on an empty folder, as a process: the address it prints, over the socket; and what `quarantine doctor` says of it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Invitation, Role
from monitor.service.context import Context
from monitor.service.serve import print_first_address
from monitor.settings import Settings
from monitor.vault.vault import open_vault
from monitor.words import translator
from tests.doubles import patient
from tests.doubles.ports import free_port
from tests.processes.commands import doctor, environment
from tests.worlds.signed_in import PASSWORD

START_SECONDS = 120.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/start/[0-9A-Z-]{29}")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Serving:
    """The service as a process, and what it printed so far."""

    def __init__(self, folder: Path) -> None:
        names = ("QUARANTINE_PORT", "QUARANTINE_RESIDENTS_PORT", "QUARANTINE_PUBLIC_PORT")
        ports = {name: str(free_port()) for name in names}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "serve"],
            env=environment(folder, **ports),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.printed = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line

    def close(self) -> None:
        self._reading.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def first_address(self) -> str:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if found := ADDRESS.search(self.printed):
                return found[0]
            time.sleep(0.1)
        raise AssertionError(self.printed)


@contextmanager
def serving(folder: Path) -> Iterator[Serving]:
    running = Serving(folder)
    try:
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)
        running.close()


def test_an_empty_folder_is_set_up_at_the_one_address_that_is_printed(tmp_path: Path) -> None:
    assert doctor(tmp_path)[0] == 1
    assert not (tmp_path / "data").exists()  # who only asks makes nothing
    with serving(tmp_path) as running:
        address = running.first_address()
        site, code = address.split("/start/")
        settings = Settings(data_folder=tmp_path / "data")
        database = Database(settings.database, open_vault(settings).column_key())

        def expires(after: timedelta) -> None:
            with database.write() as session:
                session.execute(update(Invitation).values(expires_at=utc_now() + after))

        with patient.Client(base_url=site) as browser:
            wrong = browser.get(f"/start/{'0' * 24}", headers={"Accept-Language": "en"})
            assert wrong.status_code == 410
            assert "Không có mã kích hoạt" in wrong.text or "There is no such invitation" in wrong.text
            expires(timedelta(minutes=-1))
            late = browser.get(f"/start/{code}")
            assert late.status_code == 410
            assert "quarantine user first" in late.text
            expires(timedelta(hours=1))
            page = browser.get(f"/start/{code}")
            assert page.status_code == 200
            token = TOKEN.findall(page.text)[-1]
            led = browser.post(f"/start/{code}", data={"csrf_token": token, "language": "en"})
            assert led.status_code == 303
            form = TOKEN.findall(browser.get(led.headers["Location"]).text)[-1]
            account = {"csrf_token": form, "username": "quantri", "password": PASSWORD, "again": PASSWORD}
            assert browser.post(led.headers["Location"], data=account).status_code == 303
            # Used, it is dead: for looking, and for another account.
            assert browser.get(f"/start/{code}").status_code == 410
            again = browser.post(led.headers["Location"], data={**account, "username": "khac"})
            assert again.status_code == 410
            assert "used already" in again.text or "An administrator exists already" in again.text
            assert "Choose another" not in again.text
        database.dispose()
        code_of_doctor, said = doctor(tmp_path)
        assert code_of_doctor == 1, said
        assert "Without a second factor: quantri." in said
        assert "All are running:" in said


def test_each_start_prints_a_new_address_until_there_is_an_administrator(
    migrated_sqlite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "quarantine.db").write_bytes(migrated_sqlite.read_bytes())
    context = Context(Settings(data_folder=tmp_path), translator("en"))
    print_first_address(context)
    first = ADDRESS.search(capsys.readouterr().out)
    print_first_address(context)
    second = ADDRESS.search(capsys.readouterr().out)
    assert first is not None
    assert second is not None
    assert first[0] != second[0]
    assert first[0].split("/start/")[1] not in (tmp_path / "quarantine.db").read_bytes().decode("latin-1")
    with context.ready_database().write() as session:
        add_account(session, "quantri", PASSWORD, Role.ADMINISTRATOR, zones=None, now=utc_now())
    print_first_address(context)
    assert capsys.readouterr().out == ""
    context.ready_database().dispose()
