"""The demonstration telephone over real sockets: a gateway that keeps its word, receipts that arrive, phones that answer."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, update
from werkzeug.serving import make_server

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckInState
from monitor.service.parent import PortTaken
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.demonstration.configuration import Behaviour, Configuration, ConfigurationUnusable, Owner, read_configuration
from rollcall.demonstration.inbox import Inbox
from rollcall.demonstration.running import Telephone, TokenMissing
from rollcall.rounds.opening import open_due_rounds
from tests.doubles import patient
from tests.doubles.waiting import wait_until
from tests.worlds.due_round import SECRET, WITHOUT_NIGHT, check_in_of, token_of, world
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

TOKEN = "the gateway's token"
GATEWAY = {"Authorization": f"Bearer {TOKEN}"}
MESSAGE = {"to": "+84000000101", "text": "Điểm danh: http://127.0.0.1:1/a/abc.", "reference": "r-1"}
SWITCHED_OFF = "+84000000104"


class Service:
    """Takes receipts as the service would; `deaf` makes it refuse them."""

    def __init__(self) -> None:
        self.receipts: list[dict[str, Any]] = []
        self.tokens: set[str | None] = set()
        self.deaf = False
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.tokens.add(self.headers["Authorization"])
                if not service.deaf:
                    service.receipts.append({"path": self.path, **body})
                self.send_response(503 if service.deaf else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def start(tmp_path: Path, service: Service) -> Iterator[Callable[..., Telephone]]:
    """Starts telephones over one journal, and stops them all at the end."""
    running: list[Telephone] = []

    def start(*owners: Owner, address: str = service.address) -> Telephone:
        configuration = Configuration(0, frozenset({SWITCHED_OFF}), owners)
        settings = Settings(data_folder=tmp_path, residents_url=address, sms_gateway_token=TOKEN)
        telephone = Telephone(configuration, settings, tmp_path / "telephone.jsonl").start()
        running.append(telephone)
        return telephone

    yield start
    for telephone in running:
        telephone.stop()


def owner(behaviour: Behaviour = Behaviour.BY_HAND, number: str = "+84000000101", photo: Path | None = None) -> Owner:
    return Owner("Nguyễn Thị An", number, behaviour, 0, photo, photo)


def post(telephone: Telephone, **more: object) -> httpx.Response:
    return patient.post(f"{telephone.address}/messages", json={**MESSAGE, **more}, headers=GATEWAY)


def kept(telephone: Telephone, **query: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = patient.get(f"{telephone.address}/api/messages", params=query).json()  # type: ignore[arg-type]
    return found


def test_a_message_is_taken_once_however_often_it_is_handed_over(start: Callable[..., Telephone]) -> None:
    telephone = start(owner())
    answers = [post(telephone) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [each["link"] for each in kept(telephone, to=MESSAGE["to"])] == ["http://127.0.0.1:1/a/abc"]
    assert kept(telephone, to="+84000000999") == []
    assert post(telephone, reference="r-2").json() != answers[0].json()
    assert [each["reference"] for each in kept(telephone, after=1)] == ["r-2"]


def test_only_whole_messages_of_a_customer_are_taken(start: Callable[..., Telephone]) -> None:
    telephone = start(owner())
    address = f"{telephone.address}/messages"
    assert patient.post(address, json=MESSAGE).status_code == 401
    assert patient.post(address, json=MESSAGE, headers={"Authorization": "Bearer x"}).status_code == 401
    assert patient.post(address, content=b"no JSON", headers=GATEWAY).status_code == 400
    assert post(telephone, to="").status_code == 422
    assert post(telephone, text=7).status_code == 422
    assert post(telephone, text="x" * 70_000).status_code == 413
    assert kept(telephone) == []
    post(telephone)
    assert post(telephone, text="another").status_code == 409


def test_messages_outlive_a_kill_in_the_middle_of_writing(tmp_path: Path, start: Callable[..., Telephone]) -> None:
    first = start(owner())
    taken = post(first).json()["id"]
    wait_until(lambda: '"told"' in (tmp_path / "telephone.jsonl").read_text())
    # What a kill leaves: nothing is closed, and the last line is half written.
    with (tmp_path / "telephone.jsonl").open("a") as journal:
        journal.write('{"kind": "message", "id": "ha')
    second = start(owner())
    assert post(second).json()["id"] == taken
    assert post(second, reference="r-2").status_code == 202
    inbox = Inbox(tmp_path / "telephone.jsonl")
    assert [each.reference for each in inbox.messages()] == ["r-1", "r-2"]
    inbox.close()


def test_receipts_say_delivered_or_failed_and_are_told_once(start: Callable[..., Telephone], service: Service) -> None:
    telephone = start(owner())
    sent = {post(telephone).json()["id"]: "delivered", post(telephone, to=SWITCHED_OFF, reference="r-2").json()["id"]: "failed"}
    wait_until(lambda: len(service.receipts) == 2)
    time.sleep(0.6)
    assert {each["id"]: each["status"] for each in service.receipts} == sent
    assert {each["path"] for each in service.receipts} == {"/hooks/sms/receipts"}
    assert service.tokens == {f"Bearer {TOKEN}"}


def test_a_receipt_that_nobody_took_is_told_after_a_restart(start: Callable[..., Telephone], service: Service) -> None:
    service.deaf = True
    telephone = start(owner())
    taken = post(telephone).json()["id"]
    wait_until(lambda: service.tokens)
    telephone._receipts.stop()
    assert service.receipts == []
    service.deaf = False
    start(owner())
    wait_until(lambda: service.receipts)
    assert service.receipts[0]["id"] == taken


def test_a_visitor_reads_everybodys_messages_in_both_languages(start: Callable[..., Telephone]) -> None:
    telephone = start(owner(photo=photograph("astronaut")), owner(Behaviour.IGNORES, SWITCHED_OFF))
    post(telephone)
    post(telephone, to=SWITCHED_OFF, reference="r-2")
    page = patient.get(f"{telephone.address}/?lang=en")
    assert "Nguyễn Thị An" in page.text
    assert "1 new" in page.text
    assert "Switched off" in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick", page.text)
    inbox = patient.get(f"{telephone.address}/inbox/+84000000101?lang=en")
    assert 'href="http://127.0.0.1:1/a/abc" target="_blank" rel="noopener noreferrer"' in inbox.text
    assert "1 new" not in patient.get(f"{telephone.address}/?lang=en").text
    assert "<a class" not in patient.get(f"{telephone.address}/inbox/{SWITCHED_OFF}").text.split("messages")[-1]
    assert 'lang="vi"' in patient.get(f"{telephone.address}/").text
    assert patient.get(f"{telephone.address}/inbox/+1").status_code == 404
    photo = patient.get(f"{telephone.address}/photos/+84000000101.jpg")
    assert photo.content.startswith(b"\xff\xd8")
    assert "attachment" in photo.headers["Content-Disposition"]
    assert patient.get(f"{telephone.address}/photos/{SWITCHED_OFF}.jpg").status_code == 404
    for asset in ("telephone.css", "telephone.js", "telephone.svg"):
        assert patient.get(f"{telephone.address}/static/{asset}").status_code == 200


def test_phones_answer_through_the_residents_page_each_link_once(
    tmp_path: Path, database: Database, vault: Vault, start: Callable[..., Telephone]
) -> None:
    _, residents = world(database, "An", "Hoa", "Bình", "Nga")
    open_due_rounds(database, NOW)
    settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode(), sms_gateway_token=TOKEN)
    server = make_server("127.0.0.1", 0, create_residents(settings, database, vault, now=lambda: NOW), threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        kinds = (Behaviour.ANSWERS, Behaviour.SOMEBODY_ELSE, Behaviour.IGNORES, Behaviour.UNWELL)
        owners = [owner(kind, f"+8400000010{number}", photograph("hopper")) for number, kind in enumerate(kinds)]
        telephone = start(*owners, address=address)
        for number, resident in enumerate(residents):
            for reminder in range(2):
                text = f"{address}/{token_of(database, resident)}"
                post(telephone, to=owners[number].number, text=text, reference=f"{number}-{reminder}")
        answered = [residents[0], residents[1], residents[3]]
        wait_until(lambda: all(check_in_of(database, each).state == CheckInState.ANSWERED for each in answered))
        telephone._phones.stop()
        again = start(
            *(replace(each, behaviour=Behaviour.ANSWERS) for each in owners if each is not owners[2]), address=address
        )
        wait_until(lambda: len(again._phones._known) == len(answered) and not again._phones._open)
        assert check_in_of(database, residents[2]).state == CheckInState.SCHEDULED
        with database.read() as session:
            answers = {answer.resident_id: answer for answer in session.scalars(select(Answer))}
        assert set(answers) == set(answered)
        assert answers[residents[3]].symptoms == ["fever", "cough"]
        assert not answers[residents[0]].unwell
    finally:
        server.shutdown()
        server.server_close()


def test_the_same_hand_takes_no_picture_twice(tmp_path: Path) -> None:
    from rollcall.demonstration.phones import Phones

    phones = Phones((), "", seed=1)
    first, second = phones._selfie(photograph("astronaut")), phones._selfie(photograph("astronaut"))
    assert first != second
    (tmp_path / "selfie.jpg").write_bytes(first)
    with Image.open(tmp_path / "selfie.jpg") as picture:
        assert max(picture.size) > 450


def test_a_taken_port_and_a_missing_token_are_said_in_words(tmp_path: Path, start: Callable[..., Telephone]) -> None:
    telephone = start(owner())
    port = int(telephone.address.rsplit(":", 1)[1])
    settings = Settings(data_folder=tmp_path, sms_gateway_token=TOKEN)
    with pytest.raises(PortTaken, match=str(port)):
        Telephone(Configuration(port, frozenset(), ()), settings, tmp_path / "other.jsonl")
    with pytest.raises(TokenMissing):
        Telephone(Configuration(0, frozenset(), ()), replace(settings, sms_gateway_token=""), tmp_path / "other.jsonl")


def test_a_configuration_that_cannot_be_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "telephone.json"
    person = {
        "name": "An",
        "number": "+84000000101",
        "behaviour": "answers",
        "delay_seconds": 2,
        "photo": None,
        "answer_photo": None,
    }
    with pytest.raises(ConfigurationUnusable, match="cannot be read"):
        read_configuration(path)
    for content in ("no JSON", "[]", '{"port": 1}', json.dumps({"port": 1, "people": [{**person, "behaviour": "sleeps"}]})):
        path.write_text(content)
        with pytest.raises(ConfigurationUnusable):
            read_configuration(path)
    path.write_text(json.dumps({"port": 1, "unreachable": [SWITCHED_OFF], "people": [person]}))
    configuration = read_configuration(path)
    assert configuration.owners[0].delay_seconds == 2
    assert configuration.owner(SWITCHED_OFF) is None


def test_a_visitor_answers_by_text_and_by_the_keys_of_a_call(
    tmp_path: Path, database: Database, vault: Vault, start: Callable[..., Telephone]
) -> None:
    # The telephone says when something was written, by the real clock.
    _, residents = world(database, "An", "Bình", "Cúc", **WITHOUT_NIGHT)
    numbers = [f"+8400000010{number}" for number in (1, 2, 3)]
    with database.write() as session:
        for resident, number in zip(residents, numbers, strict=True):
            session.execute(update(Resident).where(Resident.id == resident).values(phone=number, without_smartphone=True))
        session.execute(update(Plan).values(next_round_at=utc_now()))
    open_due_rounds(database, utc_now())
    prompt = Prompt(
        check_in_id=check_in_of(database, residents[1]).id,
        resident_id=residents[1],
        zone_id=1,
        kind=PromptKind.VOICE,
        channel="voice",
        reference="call-of-binh",
        created_at=utc_now(),
    )
    with database.write() as session:
        session.add(prompt)
    settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode(), sms_gateway_token=TOKEN, voice_gateway_token=TOKEN)
    server = make_server("127.0.0.1", 0, create_residents(settings, database, vault, now=utc_now), threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        owners = [owner(number=numbers[0]), owner(number=numbers[1]), owner(Behaviour.BY_TEXT, numbers[2])]
        telephone = start(*owners, address=f"http://127.0.0.1:{server.server_port}")
        inbox = f"{telephone.address}/inbox/{numbers[0]}"
        assert patient.post(f"{inbox}/texts", data={"text": " "}).status_code == 422
        assert patient.post(f"{inbox}/texts", data={"text": "1"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert patient.post(f"{telephone.address}/inbox/+1/texts", data={"text": "1"}).status_code == 404
        assert patient.post(f"{inbox}/texts", data={"text": "Có"}).status_code == 303
        wait_until(lambda: check_in_of(database, residents[0]).state == CheckInState.VERIFIED)
        call = {"to": numbers[1], "text": "Xin bấm 1", "reference": "call-of-binh"}
        name = patient.post(f"{telephone.address}/calls", json=call, headers=GATEWAY).json()["id"]
        keys = f"{telephone.address}/inbox/{numbers[1]}/keys"
        assert 'value="9"' in patient.get(keys.removesuffix("/keys")).text
        assert patient.post(keys, data={"call": name, "key": "7"}).status_code == 422
        assert patient.post(keys, data={"call": name, "key": "1"}).status_code == 303
        assert check_in_of(database, residents[1]).state == CheckInState.VERIFIED
        assert "said" in patient.get(keys.removesuffix("/keys")).text
        post(telephone, to=numbers[2], text="Khỏe nhắn 1 4821, gửi 8149", reference="r-9")
        wait_until(lambda: check_in_of(database, residents[2]).state == CheckInState.VERIFIED)
        telephone.stop()
        kept_inbox = Inbox(tmp_path / "telephone.jsonl")
        assert [each.text for each in kept_inbox.messages() if each.written] == ["Có", "1 4821"]
        assert len(next(each for each in kept_inbox.messages() if each.call).said) == 1
        kept_inbox.close()
    finally:
        server.shutdown()
        server.server_close()
