"""Nothing personal in logs, metrics, addresses or error pages, and nothing in the clear that is to be sealed: searched for after a round.

Real processes (web, schedule, work, watch), a gateway, a camera with another password, and a database that refuses what it is given.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, text

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.cameras.cameras import Camera, CameraSource, CameraState, MediaProfile, ProfileRole
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Exemption, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.models.service import ProcessBeat
from monitor.vault.vault import Vault, camera_owner
from tests.doubles.ports import free_ports
from tests.doubles.vendor_server import Answer, Asked, VendorServer
from tests.doubles.waiting import PATIENCE
from tests.worlds.due_round import SECRET, WITHOUT_NIGHT, add_plan
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import add_zone
from tests.worlds.tables import make_tables

NAMES = ("Zương Thị Quỳnh Mật", "Phùng Văn Kín Đáo", "Lưu Trọng Riêng Tư")
PHONES = ("+84987650321", "+84987650322", "+84987650323")
DOCUMENT, EMAIL, UNKNOWN = "079085777123", "quynh.mat@rieng.example", "+84911888777"
NOTE, SAID, TRIED = "ho ra máu từ hôm kia", "con tôi lạnh lắm xin chăn", "chồng bà ấy nhấc máy"
REASON, BECAUSE = "tiếp xúc với ca bệnh ở xưởng may", "chạy thận nhân tạo"
PLACE = ("10.987654", "106.654321")
CAMERA_USER, CAMERA_PASSWORD, WRONG = "dieuduong-cam", "mậtkhẩu-ống-kính", "sai-mật-khẩu-của-bác-sĩ"
GATEWAY_TOKEN = "chìa-khóa-cổng-tin-nhắn".encode().hex()
IN_THE_PICTURE = "lời nhắn trong ảnh".encode().hex()
ADDRESS = "198.51.100.77"
SEALED = (*PHONES, DOCUMENT, EMAIL, UNKNOWN, *PLACE, CAMERA_PASSWORD, PASSWORD, WRONG, GATEWAY_TOKEN, IN_THE_PICTURE)
"""What no file holds in the clear, the database included."""
PROCESSES = ("web", "schedule", "work", "watch")
SECONDS = 2 * PATIENCE


def spellings(planted: str) -> set[bytes]:
    """Ways in which something can stand in a log: plain, in an address, as JSON, in a page, as bytes, without accents."""
    plain = "".join(each for each in unicodedata.normalize("NFD", planted) if not unicodedata.combining(each))
    plain = plain.replace("đ", "d").replace("Đ", "D")
    found = {planted, plain, quote(planted), quote_plus(planted), quote(plain), quote_plus(plain)}
    found |= {ascii(planted)[1:-1], repr(planted.encode())[2:-1], unicodedata.normalize("NFD", planted)}
    if planted.startswith("+84"):
        found |= {planted[1:], "0" + planted[3:], planted[3:]}
    return {each.lower().encode() for each in found}


def found_in(content: bytes, planted: str) -> bool:
    content = content.lower()
    return any(each in content for each in spellings(planted))


class Service:
    """The service's processes over one data folder."""

    def __init__(self, folder: Path, database: Database, gateway: VendorServer) -> None:
        self.folder, self.database = folder, database
        port, residents, public = free_ports(3)
        self.console = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, follow_redirects=True)
        self.phone = httpx.Client(base_url=f"http://127.0.0.1:{residents}", timeout=PATIENCE)
        self.residents_port = residents
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
        environment |= {
            "QUARANTINE_DATA_FOLDER": str(folder),
            "QUARANTINE_MASTER_KEY": bytes(32).hex(),
            "QUARANTINE_SECRET_KEY": SECRET.decode(),
            "QUARANTINE_PORT": str(port),
            # Of its supervisor; second factors have tests of their own.
            "QUARANTINE_SECOND_FACTOR_ROLES": "",
            "QUARANTINE_RESIDENTS_PORT": str(residents),
            "QUARANTINE_PUBLIC_PORT": str(public),
            "QUARANTINE_SMS_GATEWAY_URL": f"{gateway.address}/send",
            "QUARANTINE_SMS_GATEWAY_TOKEN": GATEWAY_TOKEN,
            "QUARANTINE_SECOND_FACE_ENGINE": "none",
        }
        self._logs = {name: (folder / "logs" / f"{name}.log").open("wb") for name in PROCESSES}
        self._running = {
            name: subprocess.Popen(
                [sys.executable, "-m", "monitor", name, "--number", "1"], env=environment, stdout=log, stderr=subprocess.STDOUT
            )
            for name, log in self._logs.items()
        }

    def until(self, what: str, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"{what}\n{self.log().decode()[-6000:]}"
            for name, process in self._running.items():
                assert process.poll() is None, f"{name} ended\n{self.log().decode()[-6000:]}"
            time.sleep(0.1)

    def scalar(self, query: Any) -> Any:
        with self.database.read() as session:
            return session.scalar(query)

    def log(self) -> bytes:
        return b"\n".join(path.read_bytes() for path in sorted((self.folder / "logs").glob("*.log")))

    def stop(self) -> None:
        self.console.close()
        self.phone.close()
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(30) for process in self._running.values()]
        for log in self._logs.values():
            log.close()
        assert codes == [0] * len(PROCESSES), self.log().decode()[-6000:]


def refusing_camera() -> socket.socket:
    """A camera that knows another password, and says so to whoever comes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(3)
                try:
                    while asked := connection.recv(4096):
                        number = re.search(rb"CSeq: *(\d+)", asked, re.IGNORECASE)
                        connection.sendall(
                            b'RTSP/1.0 401 Unauthorized\r\nCSeq: %s\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'
                            % (number[1] if number else b"1")
                        )
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    return listening


def plant(database: Database, vault: Vault, camera_port: int) -> list[int]:
    """Three people with everything that is known of them, and a camera."""
    now = utc_now()
    zone, residents = add_zone(database, residents=NAMES)
    add_plan(database, zone, **WITHOUT_NIGHT, next_round_at=now, window_minutes=60.0, place_asked=True, ladder=[])
    with database.write() as session:
        place = session.get_one(Zone, zone)
        place.latitude, place.longitude, place.radius_metres = 21.0, 105.0, 100.0
        for order in session.scalars(select(QuarantineOrder)):
            order.starts_at, order.ends_at, order.reason = now - timedelta(days=1), now + timedelta(days=9), REASON
        for resident, phone in zip(residents, PHONES, strict=True):
            session.get_one(Resident, resident).phone = phone
        session.get_one(Resident, residents[0]).document_number = DOCUMENT
        session.add(ContactAddress(resident_id=residents[0], zone_id=zone, channel="email", address=EMAIL, created_at=now))
        session.add(
            Exemption(
                resident_id=residents[0],
                zone_id=zone,
                starts_at=now + timedelta(days=1),
                ends_at=now + timedelta(days=2),
                reason=BECAUSE,
            )
        )
        stream = f"rtsp://127.0.0.1:{camera_port}/main"
        camera = Camera(
            zone_id=zone,
            name="Cam 1",
            address=stream,
            source=CameraSource.RTSP,
            username=CAMERA_USER,
            state=CameraState.NEW,
            state_since=now,
        )
        session.add(camera)
        session.flush()
        camera.sealed_password = vault.seal(camera_owner(camera.id), CAMERA_PASSWORD.encode(), about="password")
        session.add(
            MediaProfile(
                camera_id=camera.id,
                role=ProfileRole.SUB,
                token="sub",
                codec="H264",
                width=640,
                height=360,
                frames_per_second=15.0,
                uri=stream,
            )
        )
        add_account(session, "giamsat", PASSWORD, Role.SUPERVISOR, zones=None, now=now, language="en")
    return residents


def gateway_answer(asked: Asked) -> Answer:
    """Takes the first one's, refuses the second one's with a sentence that names them, and breaks off at the third one's."""
    number = asked.json["to"]
    if number == PHONES[0]:
        return Answer(200, {"id": f"sent-{asked.json['reference']}"})
    if number == PHONES[1]:
        return Answer(400, {"error": f"{number} ({NAMES[1]}) is no number"})
    return Answer(500, {}, cut=True)


@pytest.fixture
def gateway() -> Iterator[VendorServer]:
    server = VendorServer(gateway_answer)
    yield server
    server.stop()


def selfie() -> bytes:
    content = BytesIO()
    Image.new("RGB", (320, 240), "grey").save(content, "JPEG", comment=IN_THE_PICTURE.encode())
    return content.getvalue()


def an_answer(note: str) -> dict[str, Any]:
    fields = {"unwell": "yes", "note": note, "latitude": PLACE[0], "longitude": PLACE[1], "accuracy": "20"}
    return {"data": fields, "files": {"photo": ("selfie.jpg", selfie())}}


def a_text(said: str, number: str, sender: str) -> dict[str, Any]:
    return {
        "json": {"id": number, "from": sender, "text": said},
        "headers": {"Authorization": f"Bearer {GATEWAY_TOKEN}"},
    }


def raw(port: int, request: bytes) -> None:
    """What no client sends."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        while connection.recv(4096):
            pass


def break_database(database: Database, broken: bool) -> None:
    """Whatever somebody says is refused, as by a full disk."""
    with database.write() as session:
        for table in ("answer", "inbound_message", "contact_attempt"):
            session.execute(text(f"DROP TRIGGER IF EXISTS broken_{table}"))
            if broken:
                session.execute(
                    text(f"CREATE TRIGGER broken_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END")
                )


def test_nothing_personal_is_told_after_a_round_with_every_error(tmp_path: Path, gateway: VendorServer) -> None:
    for name in ("logs", "data"):
        (tmp_path / name).mkdir()
    vault = Vault(tmp_path / "vault", bytes(32))
    database = Database(f"sqlite:///{tmp_path}/quarantine.db", vault.column_key())
    make_tables(database)
    camera = refusing_camera()
    residents = plant(database, vault, camera.getsockname()[1])
    service = Service(tmp_path, database, gateway)
    links: list[str] = []
    pages: list[tuple[str, int, str]] = []

    def error(client: httpx.Client, method: str, address: str, expected: int, **more: Any) -> None:
        answer = client.request(method, address, **more)
        assert answer.status_code == expected, (address, answer.status_code, answer.text[:500], service.log().decode()[-3000:])
        pages.append((address, answer.status_code, answer.text))

    try:
        service.until("the round", lambda: len(gateway.asked) >= 3)
        for phone in PHONES:
            said = next(each.json["text"] for each in gateway.asked if each.json["to"] == phone)
            links.append(re.search(r"http://[^/ ]+(/\S+)", said)[1])  # type: ignore[index]
        service.until("a refusal", lambda: service.scalar(select(Prompt.id).where(Prompt.state == PromptState.FAILED)))

        # One answers by the page, another by text, a stranger writes, and staff look after it.
        assert service.phone.get(links[0]).status_code == 200
        assert service.phone.post(links[0], **an_answer(NOTE)).status_code == 303
        for number, sender in (("t1", PHONES[1]), ("t2", UNKNOWN)):
            assert service.phone.post("/hooks/sms/messages", **a_text(SAID, number, sender)).status_code == 200
        judged = (CheckInState.IN_REVIEW, CheckInState.VERIFIED)
        service.until(
            "a verdict", lambda: service.scalar(select(CheckIn.state).where(CheckIn.resident_id == residents[0])) in judged
        )
        incident = service.scalar(select(Incident.id).where(Incident.kind == IncidentKind.UNWELL))
        assert incident

        def token(page: str) -> str:
            return re.search(r'name="csrf_token" value="([^"]+)"', service.console.get(page).text)[1]  # type: ignore[index]

        def signing_in(password: str) -> dict[str, Any]:
            return {"data": {"csrf_token": token("/sign-in"), "username": "giamsat", "password": password}}

        error(service.console, "POST", "/sign-in", 401, **signing_in(WRONG))
        assert service.console.post("/sign-in", **signing_in(PASSWORD)).status_code == 200
        page = f"/incidents/{incident}"
        assert NAMES[0] in service.console.get(page).text
        attempt = {"data": {"csrf_token": token(page), "way": "call", "outcome": "no_answer", "note": TRIED}}
        assert service.console.post(f"{page}/attempts", **attempt).status_code == 200
        service.until("the camera", lambda: service.scalar(select(Camera.state).where(Camera.problem.is_not(None))) is not None)

        # Errors of every kind, with what was planted in all of what was sent.
        forwarded = {"X-Forwarded-For": ADDRESS, "Referer": f"http://x/{quote(NAMES[0])}", "User-Agent": PHONES[0]}
        error(service.phone, "GET", links[2][:-1], 404, headers=forwarded)
        error(service.phone, "GET", f"/khach/{quote(NAMES[0])}", 404, params={"q": PHONES[0]}, headers=forwarded)
        error(service.console, "GET", f"/nguoi/{quote(NAMES[0])}", 404, params={"q": DOCUMENT})
        error(service.console, "GET", "/residents/99999999999999999999", 400)
        error(service.phone, "PUT", links[2], 405, content=NOTE.encode())
        error(service.phone, "POST", links[2], 422, data={"unwell": "maybe", "note": NOTE, "temperature": PHONES[0]})
        error(service.phone, "POST", links[2], 415, data={"unwell": "no"}, files={"photo": (f"{NAMES[2]}.jpg", NOTE.encode())})
        error(service.phone, "POST", links[2], 413, data={"unwell": "no"}, files={"photo": ("x", selfie() + bytes(9 * 2**20))})
        error(service.phone, "POST", "/hooks/sms/messages", 422, **{**a_text(SAID, "t9", ""), "json": [NOTE, PHONES[0]]})
        error(service.phone, "POST", "/hooks/sms/receipts", 401, json={"id": PHONES[0]}, headers={"Authorization": "x"})
        raw(service.residents_port, f"GET {links[2]} {PHONES[0]} HTTP/9\r\nHost: x\r\n\r\n".encode())
        raw(service.residents_port, f"GET {links[2]} HTTP/1.1\r\nHost: x\r\nBad Header {DOCUMENT}: 1\r\n\r\n".encode())
        break_database(database, True)
        error(service.phone, "POST", links[2], 500, **an_answer(NOTE))
        error(service.phone, "POST", "/hooks/sms/messages", 500, **a_text(SAID, "t3", PHONES[2]))
        error(service.console, "POST", f"{page}/attempts", 500, **attempt)
        break_database(database, False)
        assert service.phone.post(links[2], **an_answer(NOTE)).status_code == 303
        gateway.stop()

        told = {name: service.console.get(name).text for name in ("/metrics", "/healthz")}
        assert "check_ins" in told["/metrics"]
        beats = service.scalar(select(ProcessBeat.kind).where(ProcessBeat.kind == "watch"))
        assert beats == "watch"
        session_token = service.console.cookies["quarantine_console"]
    finally:
        service.stop()
        camera.close()

    personal = (*NAMES, *PHONES, DOCUMENT, EMAIL, UNKNOWN, NOTE, SAID, TRIED, REASON, BECAUSE, *PLACE, ADDRESS)
    secret = (CAMERA_USER, CAMERA_PASSWORD, WRONG, PASSWORD, GATEWAY_TOKEN, IN_THE_PICTURE, session_token, SECRET.decode())
    tokens = [link.removeprefix("/") for link in links] + [links[2].removeprefix("/")[:-1]]
    log = service.log()
    assert b"error in answer.send" in log, "the errors were not written down at all"
    leaks = [("log", each) for each in (*personal, *secret, *tokens) if found_in(log, each)]
    for name, content in told.items():
        leaks += [(name, each) for each in (*personal, *secret, *tokens) if found_in(content.encode(), each)]
    for address, status, content in pages:
        # A form that comes back holds what was typed into it, and its own address.
        own = {NOTE, PHONES[0], NAMES[2], *tokens} if status in (413, 415, 422) else set()
        leaks += [
            (f"{status} {address}", each)
            for each in (*personal, *secret, *tokens)
            if each not in own and found_in(content.encode(), each)
        ]
    database.dispose()
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file() and path.parent.name not in ("logs", "secrets"):
            content = path.read_bytes()
            leaks += [(str(path.relative_to(tmp_path)), each) for each in (*SEALED, *tokens) if found_in(content, each)]
            leaks += [(str(path.relative_to(tmp_path)), "a picture")] if b"JFIF" in content else []
    assert leaks == []
