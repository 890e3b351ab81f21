"""The demonstration's mailbox over real sockets: reports arrive, stay over a restart, and their files open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from monitor.database.database import Database
from monitor.service.parent import PortTaken
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.demonstration.configuration import Configuration
from rollcall.demonstration.mailbox import MailFolder, MailServer
from rollcall.demonstration.running import Telephone
from tests.doubles.ports import free_port
from tests.worlds.mailed_reports import MailedReports


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path, sms_gateway_token="a token", language="en")


@pytest.fixture
def telephone(settings: Settings, tmp_path: Path) -> Iterator[tuple[Telephone, int]]:
    port = free_port()
    running = Telephone(Configuration(0, frozenset(), (), port, 7.0), settings, tmp_path / "telephone.jsonl").start()
    yield running, port
    running.stop()


def test_a_report_arrives_while_one_watches_and_its_files_open(
    telephone: tuple[Telephone, int], database: Database, vault: Vault
) -> None:
    running, port = telephone
    before = httpx.get(f"{running.address}/api/version").json()["version"]
    empty = httpx.get(f"{running.address}/mail?lang=en").text
    assert "a day of reports lasts 7 minutes" in empty
    world = MailedReports(database, vault, [port])
    world.recipient()
    world.release(12, provisional=True)
    world.wait()
    assert httpx.get(f"{running.address}/api/version").json()["version"] == before + 1, "the page takes itself anew"
    listed = httpx.get(f"{running.address}/mail?lang=vi").text
    assert "Báo cáo số 12/2026 ngày 24/11/2026 (tạm thời)" in listed
    one = httpx.get(f"{running.address}/mail/1?lang=en").text
    assert "bao-cao-12-2026-20261124.pdf" in one
    pdf = httpx.get(f"{running.address}/mail/1/files/0")
    assert (pdf.headers["Content-Type"], pdf.content) == ("application/pdf", b"%pdf 12/2026 vi")
    assert pdf.headers["Content-Disposition"].startswith("inline")
    assert httpx.get(f"{running.address}/mail/1/files/9").status_code == 404
    assert httpx.get(f"{running.address}/mail/2").status_code == 404
    assert world.delivery.answer == "250 2.0.0 taken as 1"


def test_mails_are_there_after_a_restart(settings: Settings, tmp_path: Path, database: Database, vault: Vault) -> None:
    port, journal = free_port(), tmp_path / "telephone.jsonl"
    world = MailedReports(database, vault, [port])
    world.recipient()
    for number in (12, 13):
        running = Telephone(Configuration(0, frozenset(), (), port, 7.0), settings, journal).start()
        try:
            world.release(number)
            world.wait()
            assert httpx.get(f"{running.address}/mail/{number - 11}").status_code == 200
            assert httpx.get(f"{running.address}/mail/1").status_code == 200
        finally:
            running.stop()


def test_without_a_mailbox_there_is_no_page_and_no_link_to_one(settings: Settings, tmp_path: Path) -> None:
    running = Telephone(Configuration(0, frozenset(), ()), settings, tmp_path / "telephone.jsonl").start()
    try:
        assert httpx.get(f"{running.address}/mail").status_code == 404
        assert "/mail" not in httpx.get(f"{running.address}/").text
    finally:
        running.stop()


def test_a_port_that_another_program_has_is_told_with_the_option_that_chooses_another(
    telephone: tuple[Telephone, int], tmp_path: Path
) -> None:
    _running, port = telephone
    with pytest.raises(PortTaken) as raised:
        MailServer(MailFolder(tmp_path / "second"), port).start()
    assert raised.value.words.values["variable"] == "--mail-port"
