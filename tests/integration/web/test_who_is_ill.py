"""The page and the history of somebody who is ill say what is so: staff were told, or nothing of the kind. No figure stands there."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import SECRET, jpeg, minutes, token_of, world
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

TOLD = "It is on the health staff’s list, and they will call you. Trouble breathing, chest pain or danger: call 115 now."
JSON = {"Accept": "application/json"}


class Ill:
    """Somebody's page, their answer sent, and the face found to be the right one."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        _, (self.resident,) = world(database, "Nguyễn Thị An")
        with database.write() as session:
            session.execute(update(Resident).values(language="en"))
        open_due_rounds(database, NOW)
        settings = Settings(data_folder=folder, secret_key=SECRET.decode())
        vault = Vault(folder / "vault", bytes(32))
        self.link = f"/a/{token_of(database, self.resident)}"
        self.client = create_residents(settings, database, vault, now=lambda: NOW).test_client()

    def send(self, **said: object) -> str:
        form = {"unwell": "no", "photo": (BytesIO(jpeg()), "selfie.jpg"), **said}
        sent = self.client.post(self.link, data=form, headers=JSON)
        assert sent.status_code == 201
        return str(sent.json["said"])

    def verify(self, *reasons: dict[str, object]) -> None:
        with self.database.write() as session:
            session.execute(update(CheckIn).values(state=CheckInState.VERIFIED, reasons=list(reasons)))

    def page(self, path: str = "", language: str = "en") -> str:
        shown = self.client.get(f"{self.link}{path}?lang={language}")
        assert shown.status_code == 200
        return shown.text


@pytest.fixture
def ill(both_databases: Database, tmp_path: Path) -> Ill:
    return Ill(both_databases, tmp_path)


@pytest.mark.parametrize("said", [{"unwell": "yes"}, {"symptoms": "cough"}, {"temperature": "38,4"}, {"help": "medicine"}])
def test_a_matching_face_does_not_make_an_ill_person_well(ill: Ill, said: dict[str, str]) -> None:
    assert TOLD in ill.send(**said)
    assert TOLD in ill.page()
    ill.verify()
    for path in ("", "/history"):
        page = ill.page(path)
        assert TOLD in page
        assert "All is well" not in page
        assert 'class="outcome good"' not in page
        assert 'class="past good"' not in page
    assert "sẽ gọi lại" in ill.page(language="vi")
    state = ill.client.get(f"{ill.link}/state", headers=JSON).json
    assert (TOLD in state["title"], state["tone"], state["final"]) == (True, "calm", True)


def test_that_staff_were_told_is_said_only_where_they_were(ill: Ill) -> None:
    ill.send(unwell="yes")
    ill.verify()
    with ill.database.write() as session:
        session.execute(update(Incident).values(state=IncidentState.RESOLVED, resolved_at=minutes(5)))
    assert "will call you" not in ill.page()
    assert "Health staff have looked into it." in ill.page()
    with ill.database.write() as session:
        session.execute(delete(Incident))
    assert "told" not in ill.page()
    assert "Roll-call received. Thank you!" in ill.page()
    assert 'class="outcome calm"' in ill.page()


def test_a_note_alone_asks_nobody_and_promises_nothing(ill: Ill) -> None:
    assert ill.send(note="Tôi bị mất ngủ") == "Received, being checked. Thank you!"
    ill.verify()
    with ill.database.read() as session:
        assert session.scalars(select(Incident.kind)).all() == []
    assert "Health staff" not in ill.page()
    assert 'class="outcome calm"' in ill.page()


def test_who_is_well_gets_the_tick(ill: Ill) -> None:
    ill.send()
    ill.verify()
    assert 'class="outcome good"' in ill.page()
    assert "Roll-call received. Thank you!" in ill.page()


def test_an_older_question_that_is_still_open_stands_for_the_answer(ill: Ill) -> None:
    ill.send(unwell="yes")
    with ill.database.write() as session:
        session.execute(update(Incident).values(check_in_id=None, opened_at=minutes(-60)))
    assert TOLD in ill.page()
    with ill.database.write() as session:
        session.execute(update(Incident).values(kind=IncidentKind.MISSED))
    assert TOLD not in ill.page()


def test_figures_of_a_comparison_are_not_shown_to_a_resident(ill: Ill) -> None:
    ill.send()
    compared = "Compared with the reference photos (%(engine)s: likeness %(similarity).2f)."
    ill.verify(words("The face matches the reference photos.").dump(), words(compared, engine="sface", similarity=0.98).dump())
    for path, language in (("", "en"), ("", "vi"), ("/history", "en"), ("/history", "vi")):
        page = ill.page(path, language)
        assert "khớp với ảnh" in page if language == "vi" else "The face matches" in page
        assert not any(each in page for each in ("sface", "0.98", "0,98", "likeness", "độ giống"))
    assert not any("0.98" in each for each in ill.client.get(f"{ill.link}/state", headers=JSON).json["words"])
