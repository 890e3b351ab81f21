"""The residents' page over HTTP: what a link opens, answers taken whole or not at all, and everything that can be sent wrongly."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.models.incidents import Incident
from monitor.models.people.residents import Media, Resident
from monitor.models.rollcalls.answers import Answer, Verification
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.answers.sealing import AnswerKey
from rollcall.answers.stamps import GRACE
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.sealing_phone import seal
from tests.doubles.waiting import PATIENCE
from tests.worlds.due_round import SECRET, check_in_of, jpeg, minutes, token_of, world
from tests.worlds.mutated_pictures import HEIC
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents
from web.residents.outcome import OUTCOMES

GATEWAY = {"Authorization": "Bearer the gateway's token"}
JSON = {"Accept": "application/json"}


class Page:
    """The application at a time that the test sets, a resident with an open round, and the link."""

    def __init__(self, tmp_path: Path, database: Database, vault: Vault) -> None:
        self.settings = Settings(
            data_folder=tmp_path, secret_key=SECRET.decode(), sms_gateway_token="the gateway's token", upload_megabytes=2
        )
        self.database, self.tmp_path, self.now = database, tmp_path, NOW
        _, (self.resident,) = world(database, "Nguyễn Thị An")
        open_due_rounds(database, NOW)
        self.token = token_of(database, self.resident)
        self.link = f"/a/{self.token}"
        self.app = create_residents(self.settings, database, vault, now=lambda: self.now)
        self.client: FlaskClient = self.app.test_client()

    def send(self, photo: bytes | None = b"", *, address: str = "", as_json: bool = True, **form: object):  # type: ignore[no-untyped-def]
        data = {name: value for name, value in {"unwell": "no", **form}.items() if value is not None}
        files = [("photo", ("selfie.jpg", photo or jpeg()))] if photo is not None else [("photo", ("", b""))]
        # Encoded by httpx: Werkzeug's test client leaves a temporary file open for a large picture.
        request = httpx.Request("POST", "http://phone", data=data, files=files)
        return self.client.post(
            address or self.link,
            data=request.read(),
            content_type=request.headers["Content-Type"],
            headers=JSON if as_json else {"Accept": "text/html"},
        )

    def half_made(self) -> list[int]:
        with self.database.read() as session:
            tables = (Answer, Media, Verification, Incident)
            rows = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        return [*rows, sum(path.is_file() for path in (self.tmp_path / "vault/files").rglob("*"))]

    def set(self, state: CheckInState) -> None:
        with self.database.write() as session:
            session.execute(update(CheckIn).values(state=state))


@pytest.fixture
def page(tmp_path: Path, database: Database, vault: Vault) -> Page:
    return Page(tmp_path, database, vault)


def bomb() -> bytes:
    """A PNG that declares 30,000 x 30,000 pixels in a few hundred bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**5))) + chunk(b"IEND", b"")


def test_an_iphones_picture_is_refused_with_what_to_do(page: Page) -> None:
    refused = page.send(HEIC, address=f"{page.link}?lang=en")
    assert refused.status_code == 415
    assert "HEIC" in refused.json["problem"]
    assert "this page’s camera" in refused.json["problem"]
    # Browsers that can are asked for a kind that is taken: Safari makes a JPEG of it then.
    assert page.client.get(page.link).text.count('accept="image/jpeg,image/png,image/webp"') == 1


def test_the_link_opens_the_form_as_often_as_one_likes_and_changes_nothing(page: Page) -> None:
    for _ in range(3):
        answer = page.client.get(page.link)
        assert answer.status_code == 200
        assert "Nguyễn Thị An" in answer.text
        assert "10:20" in answer.text  # on the wall clock in Vietnam
    assert check_in_of(page.database, page.resident).state == CheckInState.SCHEDULED
    assert 'lang="vi"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "<style" not in answer.text
    assert 'style="' not in answer.text


def test_the_page_speaks_the_residents_language_or_the_one_that_is_asked_for(page: Page) -> None:
    with page.database.write() as session:
        session.execute(update(Resident).values(language="en"))
    assert "I feel unwell" in page.client.get(page.link).text
    assert 'lang="vi"' in page.client.get(f"{page.link}?lang=vi").text
    assert f'action="{page.link}?lang=en"' in page.client.get(f"{page.link}?lang=en").text
    assert 'lang="vi"' in page.client.get("/").text
    assert page.client.get("/manifest.webmanifest?lang=en").json["lang"] == "en"


def test_an_answer_is_taken_once_and_the_link_shows_what_became_of_it(page: Page) -> None:
    sent = page.send(as_json=False)
    assert (sent.status_code, sent.headers["Location"]) == (303, page.link)
    assert page.half_made() == [1, 1, 1, 0, 1]
    assert 'data-final="no"' in page.client.get(page.link).text
    state = page.client.get(f"{page.link}/state", headers=JSON).json
    assert (state["state"], state["final"]) == ("answered", False)
    assert state["words"]
    assert page.send().status_code == 409
    again = page.send(as_json=False)
    assert again.status_code == 409
    assert 'data-state="answered"' in again.text
    assert page.half_made() == [1, 1, 1, 0, 1]
    page.set(CheckInState.VERIFIED)
    assert page.client.get(f"{page.link}/state", headers=JSON).json["final"]
    assert 'data-final="yes"' in page.client.get(page.link).text


def test_every_state_has_words() -> None:
    assert set(OUTCOMES) == set(CheckInState)


def test_symptoms_wishes_and_a_note_arrive(page: Page) -> None:
    sent = page.send(unwell="yes", symptoms=["fever", "cough"], help=["food"], note="Con tôi cũng sốt")
    assert sent.status_code == 201
    with page.database.read() as session:
        answer = session.scalars(select(Answer)).one()
    assert (answer.unwell, answer.symptoms, answer.help_wanted) == (True, ["fever", "cough"], ["food"])
    assert answer.note == "Con tôi cũng sốt"


@pytest.mark.parametrize(
    ("photo", "form", "status", "field"),
    [
        (None, {}, 422, "photo"),
        (b"This is a letter, not a picture.", {}, 415, "photo"),
        (bomb(), {}, 413, "photo"),
        (jpeg()[:-200], {}, 415, "photo"),
        (b"\xff\xd8" + bytes(2 * 2**20), {}, 413, "photo"),
        (b"", {"unwell": None}, 422, "unwell"),
        (b"", {"unwell": "perhaps"}, 422, "unwell"),
        (b"", {"symptoms": ["bankruptcy"]}, 422, "symptoms"),
        (b"", {"help": ["gold"]}, 422, "help"),
        (b"", {"note": "x" * 1001}, 422, "note"),
    ],
    ids=["no photo", "a text file", "an image bomb", "cut off", "too large", "feeling", "odd", "symptom", "wish", "note"],
)
def test_what_is_sent_wrongly_is_said_in_words_and_leaves_nothing(
    page: Page, photo: bytes | None, form: dict[str, object], status: int, field: str
) -> None:
    before = page.half_made()
    told = page.send(photo, **form)
    assert told.status_code == status
    assert told.json["problem"]
    assert told.json["field"] == field
    as_page = page.send(photo, as_json=False, address=f"{page.link}?lang=en", **form)
    assert as_page.status_code == status
    assert told.json["problem"] in as_page.text or 'role="alert"' in as_page.text
    assert 'name="photo"' in as_page.text  # the form again, so that one can go on at once
    assert page.half_made() == before
    assert check_in_of(page.database, page.resident).state == CheckInState.SCHEDULED
    assert page.send().status_code == 201


def test_what_was_typed_is_kept_when_the_picture_is_refused(page: Page) -> None:
    told = page.send(b"no picture", as_json=False, unwell="yes", symptoms=["fever"], note="Đau đầu")
    assert "Đau đầu" in told.text
    assert told.text.count("checked>") == 2


def test_a_forged_link_is_not_found_and_a_closed_round_says_what_to_do(page: Page) -> None:
    for forged in ("/a/x", page.link[:-2], page.link[:4] + page.link[5:], "/a/" + "é" * 40):
        for answer in (page.client.get(forged), page.client.get(f"{forged}/state"), page.send(address=forged)):
            assert answer.status_code == 404
    assert "1022" in page.client.get("/a/x").text
    page.now = minutes(21)
    close_due(page.database, page.now)
    assert page.client.get(f"{page.link}/state", headers=JSON).json["problem"]
    page.now = minutes(21) + GRACE + timedelta(minutes=1)
    closed = page.client.get(page.link)
    assert closed.status_code == 410
    assert "1022" in closed.text
    assert f"{page.link}/history" in closed.text
    with page.database.write() as session:
        check_in = session.scalars(select(CheckIn)).one()
        check_in.nonce = "another"
    assert page.client.get(page.link).status_code == 410


def test_too_many_tries_are_stopped_but_only_forged_links_count_for_an_address(page: Page) -> None:
    for _ in range(30):
        assert page.send(None).status_code == 422
    assert page.send(None).status_code == 429
    for _ in range(62):
        assert page.client.get(page.link).status_code == 200
    for _ in range(60):
        assert page.client.get("/a/guess").status_code == 404
    stopped = page.client.get("/a/guess")
    assert stopped.status_code == 429
    assert "1022" in stopped.text
    # Whoever holds a link of ours is not stopped by those who guess behind the same address.
    for address in (page.link, f"{page.link}/state", f"/{page.token}"):
        assert page.client.get(address).status_code == 200


def test_receipts_are_taken_from_the_gateway_alone(page: Page) -> None:
    with page.database.read() as session:
        prompt = session.scalars(select(Prompt)).one()
    receipt = {"id": "g-1", "reference": prompt.reference, "status": "delivered", "at": minutes(1).isoformat()}
    page.now = minutes(2)

    def post(body: object, headers: dict[str, str] = GATEWAY) -> int:
        return page.client.post("/hooks/sms/receipts", data=json.dumps(body), headers=headers).status_code

    assert post(receipt, {}) == 401
    assert post(receipt, {"Authorization": "Bearer another"}) == 401
    for wrong in (
        [],
        "x",
        {**receipt, "status": "lost"},
        {**receipt, "id": ""},
        {**receipt, "reference": 7},
        {**receipt, "at": "2026-11-23T03:00:00"},
        {**receipt, "at": "yesterday"},
    ):
        assert post(wrong) == 422
    assert post({**receipt, "detail": "x" * 20_000}) == 413
    with page.database.read() as session:
        assert session.scalars(select(Prompt.state)).one() == PromptState.QUEUED
    assert post(receipt) == 200
    assert post(receipt) == 200
    assert post({**receipt, "reference": "unknown", "id": "g-2"}) == 200
    with page.database.read() as session:
        assert session.scalars(select(Prompt.state)).one() == PromptState.DELIVERED
        assert session.scalars(select(CheckIn.due_at)).one() == minutes(21)


def test_a_receipt_from_the_future_makes_no_window_longer(page: Page) -> None:
    with page.database.read() as session:
        reference = session.scalars(select(Prompt.reference)).one()
    page.now = minutes(1)
    receipt = {"id": "g", "reference": reference, "status": "delivered", "at": (NOW + timedelta(days=1)).isoformat()}
    assert page.client.post("/hooks/sms/receipts", json=receipt, headers=GATEWAY).status_code == 200
    assert check_in_of(page.database, page.resident).due_at == minutes(21)


def test_a_gateway_without_a_token_set_is_never_believed(page: Page, vault: Vault) -> None:
    settings = dataclasses.replace(page.settings, sms_gateway_token="")
    client = create_residents(settings, page.database, vault).test_client()
    assert client.post("/hooks/sms/receipts", json={}, headers={"Authorization": "Bearer "}).status_code == 401


SERVE = """
import sys
from pathlib import Path
from gunicorn.app.base import BaseApplication
from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.sealing_phone import seal
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

folder = Path(sys.argv[1])

class Server(BaseApplication):
    def load_config(self):
        for name, value in {"bind": ["127.0.0.1:0"], "worker_class": "gthread", "threads": 4, "loglevel": "info",
                            "graceful_timeout": 1, "control_socket_disable": True}.items():
            self.cfg.set(name, value)
    def load(self):
        settings = Settings(data_folder=folder, secret_key=sys.argv[2], upload_megabytes=2)
        return create_residents(settings, Database(f"sqlite:///{folder}/test.db", bytes(32)), Vault(folder / "vault", bytes(32)),
                                now=lambda: NOW)

Server().run()
"""


@pytest.fixture
def served(page: Page):  # type: ignore[no-untyped-def]
    """The page under the real web server, on a free port."""
    with (page.tmp_path / "server.log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(page.tmp_path), SECRET.decode()],
            stderr=log,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
        try:
            deadline = time.monotonic() + PATIENCE
            address = None
            while address is None or "Booting worker" not in (page.tmp_path / "server.log").read_text():
                assert process.poll() is None, (page.tmp_path / "server.log").read_text()
                assert time.monotonic() < deadline
                lines = (page.tmp_path / "server.log").read_text().split()
                address = next((word for word in lines if word.startswith("http://")), None)
                time.sleep(0.05)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def test_a_40_mb_upload_gets_its_answer_and_not_a_closed_connection(page: Page, served: str) -> None:
    before = page.half_made()
    with httpx.Client(base_url=served, timeout=PATIENCE) as client:
        for as_page in (True, False):
            told = client.post(
                f"{page.link}?lang=en",
                data={"unwell": "no"},
                files={"photo": ("selfie.jpg", bytes(40 * 2**20), "image/jpeg")},
                headers={"Accept": "text/html"} if as_page else JSON,
            )
            assert told.status_code == 413
            assert "2 MB" in told.text
        assert client.get(page.link).status_code == 200
        assert page.half_made() == before
        sent = client.post(
            page.link, data={"unwell": "no"}, files={"photo": ("selfie.jpg", jpeg(), "image/jpeg")}, headers=JSON
        )
        assert sent.status_code == 201


def test_a_declared_size_is_refused_before_anything_of_it_was_sent(page: Page, served: str) -> None:
    host, port = served.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as phone:
        phone.sendall(
            f"POST {page.link} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            f"Content-Length: {40 * 2**20}\r\n\r\n".encode()
        )
        assert phone.recv(4096).startswith(b"HTTP/1.1 413")


def test_what_no_database_holds_is_no_fault_of_ours(tmp_path: Path, both_databases: Database, vault: Vault) -> None:
    page = Page(tmp_path, both_databases, vault)
    for nested in ("/hooks/sms/receipts", "/hooks/sms/messages"):
        told = page.client.post(nested, data=b"[" * 3000, headers=GATEWAY, content_type="application/json")
        assert told.status_code == 422
    # A stray sign costs no text, in its words or in who wrote it; a person reads it.
    for sender, text in ((b"+84900", b"m\\u0000 \\ud800"), (b"\\ud800", b"CO")):
        body = b'{"id": "%d", "from": "%s", "text": "%s"}' % (len(text), sender, text)
        told = page.client.post("/hooks/sms/messages", data=body, headers=GATEWAY, content_type="application/json")
        assert told.status_code == 200
    told = page.client.post("/hooks/sms/messages", json={"id": "3", "from": "\0", "text": "CO"}, headers=GATEWAY)
    assert told.status_code == 422
    key = AnswerKey(bytes.fromhex(page.settings.secret("answer_key").decode()))
    sealed = seal(key.public, page.token, b'[["unwell", "no"], ["note", "m\\u1ec7t\\u0000 \\ud800"]]', jpeg())
    request = httpx.Request("POST", "http://phone", files=[("sealed", ("sealed", sealed))])
    content_type = request.headers["Content-Type"]
    assert page.client.post(page.link, data=request.read(), content_type=content_type, headers=JSON).status_code == 201
    with page.database.read() as session:
        assert session.scalars(select(Answer.note)).one() == "mệt ?"
