"""The audit trail narrowed to a person, days and actions, page by page, and as a file that is itself in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import Account, AuditEntry, Role
from monitor.settings import Settings
from monitor.sheets import read_sheet
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console
from web.console.records import trail

DAYS = 3
EACH = 30


class Trail:
    """Two nurses who opened the records of two people, every hour of three days; a supervisor and an auditor who read of it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.zone, (self.an, self.binh) = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình"))
        other, _people = add_zone(database, "Khu B", ("Cúc",))
        vault = Vault(folder / "vault", bytes(32))
        self.app = create_console(Settings(data_folder=folder, language="en"), database, vault, now=lambda: NOW)
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own
        self.nurses = [self.client(name, Role.STAFF) for name in ("chi", "dao")]
        self.supervisor = self.client("su", Role.SUPERVISOR)
        self.elsewhere = self.client("lan", Role.SUPERVISOR, [other])
        self.auditor = self.client("au", Role.AUDITOR)
        with database.write() as session:
            accounts = dict(session.execute(select(Account.username, Account.id)).all())
            for number in range(DAYS * EACH):
                about = self.an if number % 3 else self.binh
                at = NOW - timedelta(days=DAYS - 1 - number // EACH) + timedelta(seconds=number)
                action = Action.RECORD_OPENED if number % 2 else Action.PHOTO_VIEWED
                whose = {"zone_id": self.zone, "resident_id": about}
                audit.note(session, action, at=at, account_id=accounts["chi" if number % 5 else "dao"], **whose)

    def client(self, name: str, role: Role, zones: list[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")

    def numbers(self, client: FlaskClient, **typed: str) -> list[int]:
        """Of all entries that the pages show, one after the other."""
        page, found = client.get("/audit", query_string=typed), []
        while True:
            assert page.status_code == 200, page.text
            found += [int(each) for each in re.findall(r"No\. (\d+)", page.text)]
            following = re.search(r'href="(/audit\?[^"]*after=[^"]*)"', page.text)
            if following is None:
                return found
            page = client.get(following[1].replace("&amp;", "&"))

    def wanted(self, *conditions: object) -> list[int]:
        with self.database.read() as session:
            query = select(AuditEntry.id).where(*conditions)  # type: ignore[arg-type]
            return list(session.scalars(query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())))


@pytest.fixture
def world(both_databases: Database, tmp_path: Path) -> Iterator[Trail]:
    made = Trail(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_filters_find_each_entry_once_and_no_others(world: Trail) -> None:
    with world.database.read() as session:
        chi = session.scalars(select(Account.id).where(Account.username == "chi")).one()
    of_binh = AuditEntry.resident_id == world.binh
    assert world.numbers(world.supervisor, who="CHI") == world.wanted(AuditEntry.account_id == chi)
    assert world.numbers(world.supervisor, resident="binh") == world.wanted(of_binh)
    assert world.numbers(world.supervisor, resident=str(world.binh)) == world.wanted(of_binh)
    viewed = AuditEntry.action == Action.PHOTO_VIEWED
    assert world.numbers(world.supervisor, action="photo-viewed", resident="binh") == world.wanted(of_binh, viewed)
    day = world.numbers(world.supervisor, since="2026-11-22", until="2026-11-22", action="photo-viewed")
    assert len(day) == EACH // 2
    assert world.numbers(world.supervisor, who="nobody") == []
    assert "No entry matches these filters." in world.supervisor.get("/audit?who=nobody").text
    assert world.supervisor.get("/audit?since=yesterday").status_code == 422
    # Nobody finds more by filters than without them: not of other zones, and not by a name that they may not know.
    assert world.numbers(world.elsewhere, who="chi") == []
    assert world.numbers(world.auditor, resident="binh") == []
    assert world.numbers(world.auditor, resident=str(world.binh)) == world.wanted(of_binh)
    assert "Trần Văn Bình" not in world.auditor.get(f"/audit?resident={world.binh}").text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_holds_what_the_filters_show_and_is_itself_in_the_trail(
    world: Trail, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "PIECE", 7)
    wanted = world.wanted(AuditEntry.resident_id == world.binh)
    sent = world.supervisor.post("/audit/export", data={"kind": kind, "resident": "binh"})
    assert sent.status_code == 200
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(sent.data.decode("utf-8-sig"))))
    else:
        rows = [line.cells for line in read_sheet(sent.data, most_rows=200).lines]
    body = [row for row in rows if row[0].isdigit()]
    assert [int(row[0]) for row in body] == wanted
    assert {row[5] for row in body} == {"Trần Văn Bình"}
    with world.database.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.TRAIL_EXPORTED))
        assert entry.details == {"filters": ["resident"], "kind": kind}
    assert world.supervisor.post("/audit/export", data={"kind": "pdf"}).status_code == 422


def test_a_file_is_bounded_and_says_so(world: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "PIECE", 10)
    monkeypatch.setattr(trail, "MOST_EXPORTED", 20)
    sent = world.auditor.post("/audit/export", data={"kind": "csv"}).data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(sent)))
    assert len(rows) == 1 + 20 + 1
    assert rows[-1] == ["There are more than 20 entries; this file ends here. Narrow the days."]
    assert "Trần Văn Bình" not in sent, "whoever may see no residents is told numbers"


def test_the_newest_of_one_person_are_found_by_an_index(world: Trail) -> None:
    with world.database.read() as session:
        if session.connection().dialect.name != "sqlite":
            pytest.skip("the planner of PostgreSQL decides by statistics")
        for column in ("account_id", "resident_id", "action", "zone_id"):
            explained = f"EXPLAIN QUERY PLAN SELECT id FROM audit_entry WHERE {column} = 1 ORDER BY at DESC, id DESC LIMIT 61"
            plan = str(session.connection().exec_driver_sql(explained).all())
            assert f"ix_audit_entry_{column}_at_id" in plan
            assert "TEMP B-TREE" not in plan
