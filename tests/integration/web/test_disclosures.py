"""Whatever is handed out about people stands in the register, once, with whom it is about; and each reads their own part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.legal import Disclosure, DisclosureAbout, Proposal, RecipientKind
from monitor.personal_data.copy import PARTS, rows_of
from monitor.sheets import read_sheet
from monitor.trail.actions import Action
from tests.worlds.queue import Queue
from web.console.records import disclosures


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def register(queue: Queue) -> list[tuple[RecipientKind, str, int, list[int]]]:
    with queue.database.read() as session:
        found = []
        for each in session.scalars(select(Disclosure).order_by(Disclosure.id)):
            about = select(DisclosureAbout.resident_id).where(DisclosureAbout.disclosure_id == each.id)
            found.append((each.kind, each.recipient, each.people, sorted(session.scalars(about))))
        return found


def test_exports_copies_and_handovers_write_themselves_down(queue: Queue) -> None:
    an = queue.people[0]
    saved = queue.chi.post("/people/export", data={"kind": "csv", "recipient": "CDC tỉnh", "legal_basis": "Điều 9"})
    assert "An" in saved.text
    assert queue.chi.post(f"/residents/{an}/export", data={"reason": "Người đó yêu cầu."}).status_code == 200
    police = {"deed": "police", "reason": "Rời khu.", "legal_basis": "Luật", "recipient": "Công an phường", "what": "Tên, giờ"}
    queue.chi.post(f"/residents/{an}/two", data=police)
    with queue.database.read() as session:
        proposal = session.scalars(select(Proposal.id)).one()
    assert len(register(queue)) == 2, "a proposal hands nothing out"
    queue.dao.post(f"/second-person/{proposal}/decide", data={"say": "yes", "decision": "Đúng."})
    by_hand = {"kind": "health", "recipient": "Bệnh viện", "what": "Kết quả", "legal_basis": "Luật"}
    assert queue.chi.post(f"/residents/{an}/disclose", data={**by_hand, "kind": "police"}).status_code == 422
    assert queue.chi.post(f"/residents/{an}/disclose", data={**by_hand, "legal_basis": " "}).status_code == 422
    assert queue.chi.post(f"/residents/{an}/disclose", data=by_hand).status_code == 303
    assert register(queue) == [
        (RecipientKind.FILE, "CDC tỉnh", 4, sorted(queue.people)),
        (RecipientKind.PERSON, "", 1, [an]),
        (RecipientKind.POLICE, "Công an phường", 1, [an]),
        (RecipientKind.HEALTH, "Bệnh viện", 1, [an]),
    ]
    page = queue.chi.get("/disclosures").text
    assert page.count('id="disclosure-') == 4
    assert queue.chi.get("/disclosures?kind=police").text.count('id="disclosure-') == 1
    assert queue.chi.get("/disclosures?q=b%E1%BB%87nh").text.count('id="disclosure-') <= 1
    assert queue.chi.get("/disclosures?since=2030-01-01").text.count('id="disclosure-') == 0
    assert queue.chi.get("/disclosures?since=x").status_code == 422
    assert "Công an phường" in queue.chi.get("/disclosures.csv?kind=police").text
    assert queue.chi.get("/disclosures.xml").status_code == 404
    part = next(each for each in PARTS if each.model is Disclosure)
    assert part.by_link
    assert len(list(rows_of(queue.database, part, an))) == 4
    assert len(list(rows_of(queue.database, part, queue.people[1]))) == 1


def test_who_may_not_see_residents_reads_no_names_and_no_other_zone(queue: Queue) -> None:
    an = queue.people[0]
    form = {"kind": "health", "recipient": "Bệnh viện", "what": "Kết quả", "legal_basis": "Luật"}
    queue.chi.post(f"/residents/{an}/disclose", data=form)
    assert f"/residents/{an}" in queue.chi.get("/disclosures").text
    auditor = queue.client("kiem", Role.AUDITOR).get("/disclosures").text
    assert "Bệnh viện" in auditor
    assert f"/residents/{an}" not in auditor
    assert "Bệnh viện" not in queue.client("xa", zones=[]).get("/disclosures").text


def test_the_register_is_saved_as_both_kinds_of_file_without_formulas_and_that_is_written_down(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosures, "PIECE", 2)
    an = queue.people[0]
    for recipient in ("=1+1", "Bệnh viện", "Sở Y tế"):
        form = {"kind": "health", "recipient": recipient, "what": "+Kết quả", "legal_basis": "@Luật"}
        assert queue.chi.post(f"/residents/{an}/disclose", data=form).status_code == 303
    csv = queue.chi.get("/disclosures.csv").text
    assert [line.split(",")[2] for line in csv.splitlines()[1:]] == ["Sở Y tế", "Bệnh viện", "'=1+1"]
    assert "'+Kết quả,'@Luật" in csv
    book = read_sheet(queue.chi.get("/disclosures.xlsx?q=1").data, most_rows=10)
    assert [line.cells[2:5] for line in book.lines] == [("=1+1", "+Kết quả", "@Luật")]
    with zipfile.ZipFile(io.BytesIO(queue.chi.get("/disclosures.xlsx").data)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    monkeypatch.setattr(disclosures, "MOST_SAVED", 2)
    assert "There are more than 2 entries" in queue.chi.get("/disclosures.csv").text.splitlines()[-1]
    with queue.database.read() as session:
        saved = select(AuditEntry.details).where(AuditEntry.action == Action.DISCLOSURES_EXPORTED).order_by(AuditEntry.id)
        assert [each["kind"] for each in session.scalars(saved)] == ["csv", "xlsx", "xlsx", "csv"]
