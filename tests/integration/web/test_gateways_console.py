"""What administrators see of a gateway: what it sent, how it was read, and nothing that people wrote; the same by command and as metrics."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.rollcalls.prompts import ParkedReceipt
from monitor.service.context import Context
from monitor.settings import load_settings
from monitor.vault.vault import Vault
from monitor.words import translator
from rollcall.channels.heard import heard_receipt
from rollcall.inbound.gateway_notes import GatewayNotes
from tests.doubles.phones import AN, Phones
from tests.integration.rollcall.test_follow_up import Console, words_of
from tests.worlds.due_round import world
from tests.worlds.small_zone import NOW


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Iterator[Console]:
    console = Console(database, tmp_path)
    yield console
    console.app.extensions["live"].close()


def test_a_button_shows_what_came_and_how_it_was_read(
    console: Console, database: Database, vault: Vault, tmp_path: Path
) -> None:
    world(database, "An")
    phones = Phones(database, vault, tmp_path)
    try:
        phones.write("Tôi bị đau ngực", at="23/11/2026 10:00:00")
        phones.write("Cứu tôi", at="just now")
    finally:
        phones.stop()
    GatewayNotes(database, "smpp").note([heard_receipt(AN, "id:7 stat:PIGEON", "7", "PIGEON", None)], NOW)
    with database.write() as session:
        session.add(ParkedReceipt(gateway_reference="9", delivered=True, at=NOW))
    admin = console.client("admin", Role.ADMINISTRATOR)
    before = words_of(admin.get("/messages/gateways").text)
    assert "smpp Receipt: unknown status PIGEON 1" in before
    assert "http Time unreadable — 1" in before
    assert "1 delivery receipt names a message that this service did not send" in before
    assert "id:7" not in before
    shown = words_of(admin.post("/messages/gateways").text)
    assert "id:7 stat:PIGEON" in shown
    assert "Delivery receipt for message 7 with a status the service does not know (PIGEON). It decides nothing." in shown
    assert "time written: “23/11/2026 10:00:00”, read as 2026-11-23 03:00:00 UTC" in shown
    assert "“just now”" in shown
    assert "+••••••••101" in shown
    for secret in (AN, "đau ngực", "Cứu"):
        assert secret not in shown
    with database.read() as session:
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()[-1:] == ["gateway-viewed"]
    assert "Gateways" in words_of(admin.get("/messages").text)
    supervisor = console.client("boss", Role.SUPERVISOR)
    assert supervisor.get("/messages/gateways").status_code == 403
    assert "/messages/gateways" not in supervisor.get("/messages").text
    metrics = supervisor.get("/metrics").text
    assert 'quarantine_gateway_heard{gateway="smpp",reading="unknown_state"} 1.0' in metrics


def test_where_nothing_came_the_page_says_where_to_look(console: Console) -> None:
    admin = console.client("admin", Role.ADMINISTRATOR)
    assert "quarantine channels list" in admin.post("/messages/gateways").text


def test_a_command_shows_the_same(tmp_path: Path) -> None:
    environment = os.environ | {"QUARANTINE_DATA_FOLDER": str(tmp_path), "QUARANTINE_LANGUAGE": "en"}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-W", "ignore", "-m", "monitor", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    run("db", "upgrade")
    assert run("channels", "heard") == ""
    database = Context(load_settings(environment), translator("en")).ready_database()
    GatewayNotes(database, "smpp").note([heard_receipt(AN, "id:7 stat:PIGEON", "7", "PIGEON", None)], utc_now())
    database.dispose()
    counts, sample = run("channels", "heard").splitlines()
    assert counts == "smpp unknown_state PIGEON 1"
    assert "+••••••••101 id:7 stat:PIGEON -> Delivery receipt for message 7" in sample
