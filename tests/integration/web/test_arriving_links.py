"""Links as they arrive at the residents' page: short, earlier, changed on their way, guessed by others, and withdrawn by staff."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from rollcall.answers.sealing import AnswerKey
from rollcall.people.links import make_household_link, make_link, make_token
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles import patient
from tests.doubles.phones import AN, Phones
from tests.doubles.sealing_phone import seal
from tests.worlds.due_round import SECRET, check_in_of, jpeg, minutes, token_of, world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW
from web.console.application import create_console

# Made by the code of before with the tests' secret, for check-ins 1 and 2 with this nonce, and for all who share the phone of 1.
NONCE = "Zk9_3-aB0cD1eF2g"
EARLIER = "/a/WzEsIlprOV8zLWFCMGNEMWVGMmciXQ.rkyl7tfyzK8jmL-lodzUrlyIkpQ"
EARLIER_OF_2 = "/a/WzIsIlprOV8zLWFCMGNEMWVGMmciXQ.iD5qBnW6vyQnqqzpxy7TR4zpobQ"
EARLIER_SHARED = "/h/WzEsIlprOV8zLWFCMGNEMWVGMmciXQ.XYB2nKhZP8zRFwIyTPeTZojiwTM"
BEHIND = [
    ".",
    ")",
    ",",
    ").",
    "%20",
    "/",
    "%0A",
    "%3E",
    "*",
    "%C2%A0",
    "%E2%80%9D",
    "%E2%80%A6",
    "%E2%80%8B",
    "%2520",
    "%E2%80",
]
PAGES = ["", "/state", "/data", "/data/looked", "/history", "/photos", "/guardian"]


class Ward:
    """Two people who answer with one phone and one with a phone of his own, their round open; the service on a real socket."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self.database = database
        self.zone, (self.an, self.binh, self.cuong) = world(database, "An", "Bình", "Cường")
        with database.write() as session:
            session.execute(update(Resident).values(language="en"))
            session.execute(update(Resident).where(Resident.id != self.cuong).values(phone=AN))
        open_due_rounds(database, NOW)
        self.phones = Phones(database, vault, folder, residents_url="https://cachly.example.gov.vn")
        self.lead = check_in_of(database, self.an)
        self.browser = patient.Client(follow_redirects=True)

    def get(self, path: str) -> httpx.Response:
        return self.browser.get(self.phones.address + path)

    def stop(self) -> None:
        self.browser.close()
        self.phones.stop()

    def token(self, resident: int) -> str:
        return token_of(self.database, resident)

    def shared(self) -> str:
        with self.database.read() as session:
            withdrawn_at = session.get_one(Resident, self.an).links_withdrawn_at
        return make_token(SECRET, self.lead.id, self.lead.nonce, withdrawn_at, shared=True)


@pytest.fixture
def ward(database: Database, vault: Vault, tmp_path: Path) -> Iterator[Ward]:
    made = Ward(database, vault, tmp_path)
    yield made
    made.stop()


@pytest.fixture
def ward_on_both(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[Ward]:
    made = Ward(both_databases, vault, tmp_path)
    yield made
    made.stop()


def test_messages_hold_a_short_link_that_opens_without_a_detour(ward: Ward) -> None:
    said = ward.phones.send()
    links = sorted(next(word for word in each.split() if word.startswith("http")) for each in said)
    assert {len(link) for link in links} == {len("http://phones/") + 26}
    for link in links:
        opened = ward.get(link.removeprefix("http://phones"))
        assert (opened.status_code, opened.history) == (200, [])
    # Capitals, and signs that are read for others, do not matter.
    assert ward.get(f"/{ward.token(ward.cuong).upper()}").status_code == 200


def test_what_stands_behind_a_link_does_no_harm_on_any_page(ward: Ward) -> None:
    own, shared = ward.token(ward.cuong), ward.shared()
    for page, behind in product(PAGES, BEHIND):
        answer = ward.get(f"/a/{own}{page}{behind}?lang=en")
        assert answer.status_code == 200, page + behind
        assert answer.url.path == (f"/a/{own}" if page == "/guardian" else f"/a/{own}{page}")
        assert answer.url.params["lang"] == "en"
    for path, behind in product((f"/{own}", f"/h/{shared}", f"/{shared}"), BEHIND):
        assert ward.get(path + behind).status_code == 200, path + behind


def test_links_that_came_twice_or_to_the_wrong_page_lead_to_the_right_one(ward: Ward) -> None:
    own, shared = ward.token(ward.cuong), ward.shared()
    for path in (f"/{own}https://cachly.example.gov.vn/{own}", f"/a/{shared}", f"/h/{own}", f"/A/{own.upper()}."):
        assert ward.get(path).status_code == 200
    assert "Answer for An" in ward.get(f"/a/{shared}").text
    assert ward.get(f"/h/{own}").url.path == f"/a/{own}"
    mixed = ward.get(f"/{own}https://cachly.example.gov.vn/{ward.token(ward.an)}?lang=en")
    assert mixed.status_code == 404
    assert "Two different links came together" in mixed.text


def test_a_link_whose_end_was_cut_off_says_what_to_do(ward: Ward) -> None:
    own, shared = ward.token(ward.cuong), ward.shared()
    cut = [f"/{token[:kept]}" for token in (own, shared) for kept in (25, 20, 12, 8)]
    for path in (*cut, f"/a/{own[:-1]}", f"/a/{own[:5]}", f"/h/{shared[:-1]}", f"/a/{own[:-1]}/data", EARLIER[:40]):
        told = ward.get(f"{path}?lang=en")
        assert told.status_code == 404
        assert "The end of this link is missing" in told.text
        assert "1022" in told.text
    assert "not from us" in ward.get(f"/a/{'u' * 26}?lang=en").text


def test_who_guesses_links_stops_nobody_else_behind_the_same_address(ward: Ward) -> None:
    token = ward.token(ward.cuong)
    for _ in range(61):
        guessed = ward.get(f"/a/{token[:-3]}")
    assert guessed.status_code == 429
    assert ward.get(f"/{token[:-3]}").status_code == 429
    for path in (f"/a/{token}", f"/{token}", f"/{token}.", f"/h/{ward.shared()}", f"/a/{token}/data"):
        assert ward.get(path).status_code == 200
    sent = patient.post(f"{ward.phones.address}/a/{token}", data={"unwell": "no"}, files={"photo": jpeg()})
    assert sent.status_code == 303


# --- links of before


@pytest.fixture
def before(ward: Ward) -> Ward:
    """As it was when the links of before were made."""
    with ward.database.write() as session:
        assert list(session.scalars(select(CheckIn.id).order_by(CheckIn.id))) == [1, 2, 3]
        session.execute(update(CheckIn).values(nonce=NONCE))
    return ward


def test_links_of_before_open_until_they_end(before: Ward) -> None:
    for path in (EARLIER, f"{EARLIER_OF_2}/data", EARLIER_SHARED):
        opened = before.get(path)
        assert (opened.status_code, opened.history) == (200, [])
    for behind in ("", *BEHIND):
        assert before.get(EARLIER + behind).status_code == 200
        data = before.get(f"{EARLIER_OF_2}/data{behind}")
        assert (data.status_code, data.url.path.rpartition("/")[2]) == (200, "data")
        assert "Answer for An" in before.get(EARLIER_SHARED + behind).text
    assert close_due(before.database, minutes(21)) == 3
    before.phones.now = minutes(24 * 60)
    assert before.get(EARLIER).status_code == 410
    with before.database.write() as session:
        session.execute(update(CheckIn).values(nonce="another"))
    assert before.get(EARLIER).status_code == 410


def test_a_page_that_was_opened_under_an_earlier_link_still_sends_its_answer(before: Ward, tmp_path: Path) -> None:
    key = AnswerKey(bytes.fromhex(Settings(data_folder=tmp_path).secret("answer_key").decode()))
    sealed = seal(key.public, EARLIER.removeprefix("/a/"), [["unwell", "yes"], ["note", "sealed before"]], jpeg())
    foreign = seal(key.public, EARLIER.removeprefix("/a/"), [["unwell", "no"]], jpeg())
    for path, body, status in ((EARLIER_OF_2, foreign, 422), (EARLIER, sealed, 201)):
        sent = patient.post(
            before.phones.address + path,
            files={"sealed": ("sealed", body)},
            headers={"Accept": "application/json"},
        )
        assert sent.status_code == status, sent.text
    plain = patient.post(before.phones.address + EARLIER_OF_2, data={"unwell": "no"}, files={"photo": jpeg()})
    assert (plain.status_code, plain.headers["Location"]) == (303, f"/a/{before.token(before.binh)}")
    with before.database.read() as session:
        answers = {row.resident_id: row.note for row in session.scalars(select(Answer))}
    assert answers == {before.an: "sealed before", before.binh: ""}


# --- withdrawn


def test_staff_withdraw_what_a_lost_phone_could_open(ward_on_both: Ward, vault: Vault, tmp_path: Path) -> None:
    ward = ward_on_both
    old = {each: f"/a/{ward.token(each)}" for each in (ward.an, ward.binh, ward.cuong)}
    old_shared = f"/h/{ward.shared()}"
    with ward.database.write() as session:
        for each in (ward.binh, ward.cuong):
            address = {"resident_id": each, "zone_id": ward.zone, "channel": "push", "address": f"https://push.example/{each}"}
            session.add(ContactAddress(**address, created_at=NOW))
    settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode())
    app = create_console(settings, ward.database, vault, now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        supervisor = signed_in(app, ward.database, "giamsat", Role.SUPERVISOR, None, NOW, "en")
        form = f"/residents/{ward.binh}/links/withdraw"
        assert form in supervisor.get(f"/residents/{ward.binh}").text
        assert supervisor.post(form, data={"reason": " "}).status_code == 422
        assert ward.get(old[ward.binh]).status_code == 200
        told = supervisor.post(form, data={"reason": "Mất điện thoại"}, follow_redirects=True).text
    finally:
        app.extensions["live"].close()
    assert "The links were withdrawn" in told
    assert "1 other person who answers with the same phone" in told
    assert 'id="links-withdrawn"' in told

    # What the phone could open is closed, on every page and to every answer; who has another phone notices nothing.
    for path in (old[ward.an], old[ward.binh], old_shared, f"{old[ward.binh]}/data", f"{old[ward.binh]}/history"):
        gone = ward.get(f"{path}?lang=en")
        assert gone.status_code == 410
        assert "withdrawn by health staff" in gone.text
    sent = patient.post(ward.phones.address + old[ward.binh], data={"unwell": "no"}, files={"photo": jpeg()})
    assert sent.status_code == 410
    assert ward.get(old[ward.cuong]).status_code == 200
    # Nor does the next notification bring the phone a new link.
    with ward.database.read() as session:
        assert list(session.scalars(select(ContactAddress.resident_id))) == [ward.cuong]
        trail = session.execute(
            select(AuditEntry.resident_id, AuditEntry.details).where(AuditEntry.action == Action.LINKS_WITHDRAWN)
        ).all()
    assert {row.resident_id: row.details["reason"] for row in trail} == dict.fromkeys((ward.an, ward.binh), "Mất điện thoại")
    # The next message brings new ones.
    assert any(f"http://phones/{ward.shared()} " in said for said in ward.phones.send())
    assert ward.get(f"/{ward.shared()}").text.count("Answer for ") == 2
    assert ward.get(f"/a/{ward.token(ward.binh)}").status_code == 200


def test_a_link_of_before_is_withdrawn_with_the_others(before: Ward) -> None:
    with before.database.write() as session:
        session.execute(update(Resident).values(links_withdrawn_at=NOW))
    for path in (EARLIER, EARLIER_SHARED):
        assert before.get(path).status_code == 410


def test_a_stolen_database_makes_no_link(ward: Ward) -> None:
    check_in = check_in_of(ward.database, ward.cuong)
    for make in (make_link, make_household_link):
        assert ward.get(make(b"guessed", "", check_in.id, check_in.nonce)).status_code == 404
