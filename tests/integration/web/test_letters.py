"""Letters on the console and the page that their code opens: made, what is missing told, saved, withdrawn, handed over, confirmed."""

from __future__ import annotations

import html
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.letters import letters as shell
from monitor.letters.codes import new_token
from monitor.letters.letters import make_letters
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.letters import Letter
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console
from web.residents.application import create_residents
from web.residents.letters import MOST_WRONG

FORM = {"kind": "quarantine", "place": "Phú Cường", "day": "2026-11-23", "signer_role": "Chủ tịch", "signer_name": "Trần Văn B"}


class Console:
    """A zone of two people, and a supervisor's browser."""

    def __init__(self, folder: Path, database: Database, vault: Vault) -> None:
        self.settings = Settings(data_folder=folder, secret_key="x" * 32, residents_url="https://cachly.example.vn")
        self.database, self.vault = database, vault
        self.zone, (self.an, self.binh) = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình"))
        with database.write() as session:
            session.execute(update(Resident).values(birth_date=date(1980, 2, 1), document_number="079080001234"))
            session.execute(update(QuarantineOrder).values(number="12/QĐ-UBND", legal_basis="Luật Phòng bệnh"))
            self.order = session.scalars(select(QuarantineOrder.id).order_by(QuarantineOrder.id)).first()
        self.app = create_console(self.settings, database, vault, now=lambda: NOW)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.supervisor = self.signed_in("giamsat", Role.SUPERVISOR)

    def signed_in(self, name: str, role: Role) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, [self.zone], NOW, "en")

    def residents(self) -> FlaskClient:
        return create_residents(self.settings, self.database, self.vault, now=lambda: NOW).test_client()

    def trail(self, action: str) -> list[AuditEntry]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))

    def letters(self) -> list[Letter]:
        with self.database.read() as session:
            return list(session.scalars(select(Letter).order_by(Letter.id)))


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Console:
    return Console(tmp_path, database, vault)


def text(answer) -> str:  # type: ignore[no-untyped-def]
    return html.unescape(answer.get_data(as_text=True))


def test_a_letter_is_made_saved_and_written_down(console: Console) -> None:
    page = text(console.supervisor.get(f"/orders/{console.order}/letters"))
    assert "No change of the order’s beginning or end is on record." in page
    answer = console.supervisor.post(f"/orders/{console.order}/letters", data=FORM)
    assert answer.status_code == 303
    (letter,) = console.letters()
    assert "Holds" in text(console.supervisor.get(answer.location))
    saved = console.supervisor.get(f"/letters/{letter.id}.pdf")
    assert saved.mimetype == "application/pdf"
    assert f"quarantine-nguyen-thi-an-{letter.id}.pdf" in saved.headers["Content-Disposition"]
    assert "Nguyễn Thị An" in PdfReader(io.BytesIO(saved.data)).pages[0].extract_text()
    assert [entry.resident_id for entry in console.trail("letters-asked")] == [console.an]
    assert [entry.resident_id for entry in console.trail("letter-fetched")] == [console.an]
    # The next form knows who signs, and nothing legal.
    page = text(console.supervisor.get(f"/orders/{console.order}/letters"))
    assert 'value="Chủ tịch"' in page
    assert 'name="number" type="text"' in page


def test_all_that_is_missing_is_told_at_once_and_nothing_is_made(console: Console) -> None:
    with console.database.write() as session:
        session.execute(update(Resident).values(birth_date=None))
    answer = console.supervisor.post(f"/orders/{console.order}/letters", data={**FORM, "kind": "release", "place": ""})
    assert answer.status_code == 422
    page = text(answer)
    for sentence in ("The place where the letter is signed", "date or year of birth", "not released"):
        assert sentence in page
    assert 'value="Trần Văn B"' in page
    assert console.letters() == []
    answer = console.supervisor.post(f"/orders/{console.order}/letters", data={**FORM, "day": "31/02/2026", "kind": "release"})
    assert answer.status_code == 422
    assert "Write the day of the letter" in text(answer)


def test_letters_of_many_are_made_by_a_worker_and_saved_as_one_file(console: Console) -> None:
    with console.database.write() as session:
        session.execute(update(Resident).where(Resident.id == console.binh).values(birth_date=None))
    assert "2 people" in text(console.supervisor.get(f"/zones/{console.zone}/letters"))
    refused = console.supervisor.post(f"/zones/{console.zone}/letters", data={**FORM, "days": "1"})
    assert refused.status_code == 422
    assert "Nobody has such an order here." in text(refused)
    assert console.supervisor.post(f"/zones/{console.zone}/letters", data={**FORM, "days": "0"}).status_code == 422
    answer = console.supervisor.post(f"/zones/{console.zone}/letters", data={**FORM, "days": "30"})
    assert answer.status_code == 303
    assert "0 of 2 made" in text(console.supervisor.get(answer.location))
    assert console.supervisor.get(f"{answer.location}.zip").status_code == 404
    make_letters(console.database, console.vault, console.settings.residents_address, NOW)
    page = text(console.supervisor.get(answer.location))
    assert "1 of 2 made" in page
    assert re.search(r"Trần Văn Bình</a></p>\s*<p class=\"why\">The date or year of birth is missing", page)
    saved = console.supervisor.get(f"{answer.location}.zip")
    with zipfile.ZipFile(io.BytesIO(saved.data)) as packed:
        assert packed.testzip() is None
        (name,) = packed.namelist()
        assert name.startswith("001-quarantine-nguyen-thi-an-")
        assert "Nguyễn Thị An" in PdfReader(io.BytesIO(packed.read(name))).pages[0].extract_text()
    (entry,) = console.trail("letters-fetched")
    assert entry.details["residents"] == [console.an]


def test_the_day_of_delivery_is_entered_and_a_wrong_one_is_told(console: Console) -> None:
    address = f"/orders/{console.order}/delivered"
    refused = console.supervisor.post(address, data={"delivered_on": "2026-12-01", "version": "1"})
    assert refused.status_code == 422
    assert "lies in the future" in text(refused)
    assert console.supervisor.post(address, data={"delivered_on": "2026-11-22", "version": "1"}).status_code == 303
    assert console.supervisor.post(address, data={"delivered_on": "2026-11-21", "version": "1"}).status_code == 409
    with console.database.read() as session:
        assert session.get_one(QuarantineOrder, console.order).delivered_on == date(2026, 11, 22)


def test_staff_who_manage_no_residents_make_no_letters(console: Console) -> None:
    staff = console.signed_in("dieuduong", Role.STAFF)
    assert "/letters" not in text(staff.get(f"/residents/{console.an}"))
    assert f"/orders/{console.order}/letters" in text(console.supervisor.get(f"/residents/{console.an}"))
    assert f"/zones/{console.zone}/letters" in text(console.supervisor.get(f"/zones/{console.zone}"))


def test_the_page_of_a_code_says_that_the_letter_is_genuine_and_nothing_of_the_person(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = new_token()
    monkeypatch.setattr(shell, "new_token", lambda: token)
    console.supervisor.post(f"/orders/{console.order}/letters", data=FORM)
    (letter,) = console.letters()
    monkeypatch.undo()
    reader = console.residents()
    answer = reader.get(f"/l/{token}?lang=en")
    page = text(answer)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "genuine and holds" in page
    assert letter.sha256 in page
    assert "12/QĐ-UBND" in page
    assert "23 November 2026" in page
    # Digits of the code and of the digest may come out as anything, also as a status.
    words = re.sub(r"\b[0-9A-F]{4}(-[0-9A-F]{4})+\b|\b[0-9a-f]{64}\b", "", page)
    for private in ("Nguyễn Thị An", "1980", "079080001234", "Khu A", "F1", str(letter.resident_id) + "<"):
        assert private not in words, private
    # With as many facts in another order, the page is the same but for what stands on the letter.
    console.supervisor.post(f"/letters/{letter.id}/withdraw", data={"why": "Sai tên của An"})
    page = text(reader.get(f"/l/{token}?lang=en"))
    assert "withdrawn" in page
    assert "Sai tên" not in page


def test_a_wrong_code_and_one_guess_too_many_get_the_same_page(console: Console) -> None:
    reader = console.residents()
    first = reader.get("/l/wrong?lang=en")
    assert first.status_code == 404
    assert "cannot be confirmed" in text(first)
    most = int(MOST_WRONG.split()[0])
    answers = [reader.get(f"/l/{new_token()}?lang=en") for _each in range(most + 5)]
    assert {answer.status_code for answer in answers} == {404}
    assert {text(answer) for answer in answers} == {text(first)}
    assert {answer.headers.get("Retry-After") for answer in answers} == {None}
    assert not any(name.startswith("X-RateLimit") for name, _value in answers[-1].headers)


def test_genuine_codes_never_count_as_guesses(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    token = new_token()
    monkeypatch.setattr(shell, "new_token", lambda: token)
    console.supervisor.post(f"/orders/{console.order}/letters", data=FORM)
    reader = console.residents()
    assert {reader.get(f"/l/{token}").status_code for _each in range(int(MOST_WRONG.split()[0]) + 5)} == {200}


def test_a_copy_of_somebodys_data_has_their_letters(console: Console) -> None:
    console.supervisor.post(f"/orders/{console.order}/letters", data=FORM)
    (letter,) = console.letters()
    copy = console.supervisor.post(f"/residents/{console.an}/export", data={"reason": "Người đó yêu cầu."})
    with zipfile.ZipFile(io.BytesIO(copy.data)) as packed:
        assert packed.read(f"letters/{letter.id}.pdf").startswith(b"%PDF")
        page = packed.read("index.html").decode()
    assert f'href="letters/{letter.id}.pdf"' in page
    assert letter.sha256 in page
    assert str(letter.code_hash) not in page
