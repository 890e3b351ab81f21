"""The service behind Debian's nginx and Caddy, with HTTPS: pages, live pages, video, a phone's camera, and callers told apart."""

from __future__ import annotations

import re
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.models.accounts import Role
from monitor.models.cameras.cameras import Camera
from monitor.models.people.residents import QuarantineOrder
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import Plan
from monitor.models.service import ProcessBeat
from monitor.service.serve import environment_for_children
from monitor.settings import Settings
from monitor.vault.vault import open_vault
from rollcall.rounds.opening import open_due_rounds
from tests.doubles import browsing, patient
from tests.doubles.ports import free_ports
from tests.processes import proxies
from tests.worlds.due_round import SECRET, add_plan, token_of
from tests.worlds.small_zone import add_zone
from tests.worlds.tables import make_tables
from web.console.signing_in import MOST_TRIES

pytestmark = pytest.mark.browser

NAMES = ("quanly.test", "cachly.test")
PASSWORD = "đúng là mật khẩu"
# What the service says of every page, once.
HEADERS = (
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
    "permissions-policy",
    "cross-origin-opener-policy",
    "strict-transport-security",
    "cache-control",
)
MOST = int(MOST_TRIES.split()[0])


class Watcher(ThreadingHTTPServer):
    """Stands in for a process that watches: hands out one piece of video, and the next when the test says so."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.go_on = threading.Event()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Watcher

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"first")
        self.wfile.flush()
        if self.server.go_on.wait(20):
            self.wfile.write(b"second")

    def log_message(self, *_: object) -> None:
        return


@dataclass
class Service:
    """The real web process, a resident whose round can be opened, and a camera that somebody watches."""

    settings: Settings
    database: Database
    zone: int
    resident: int
    camera: int
    certificate: proxies.Certificate
    outside: list[int]
    watcher: Watcher
    process: Popen[bytes]

    @property
    def console(self) -> str:
        return f"https://{NAMES[0]}:{self.outside[0]}"

    @property
    def residents(self) -> str:
        return f"https://{NAMES[1]}:{self.outside[1]}"

    def link(self) -> str:
        """Of a round that opens now."""
        with self.database.write() as session:
            session.execute(update(Plan).values(next_round_at=utc_now()))
        assert open_due_rounds(self.database, utc_now()) == 1
        return f"{self.residents}/a/{token_of(self.database, self.resident)}"

    def client(self, address: str = "127.0.0.1", **more: Any) -> httpx.Client:
        """Somebody who calls the proxy from an address of this machine, and trusts the certificate."""
        trust = ssl.create_default_context(cafile=str(self.certificate.file))
        transport = _ByName(httpx.HTTPTransport(verify=trust, local_address=address, http2=False))
        return httpx.Client(transport=transport, timeout=20, **more)

    def sign_in(self, client: httpx.Client) -> None:
        form = {"csrf_token": _token(client, self.console), "username": "hoa", "password": PASSWORD}
        assert client.post(f"{self.console}/sign-in", data=form).status_code == 303

    def wrong_tries(self, client: httpx.Client, base: str, most: int, **headers: str) -> list[int]:
        """Statuses of wrong sign-ins, until one is refused for being too many."""
        found: list[int] = []
        token = _token(client, base)
        while len(found) < most and 429 not in found:
            form = {"csrf_token": token, "username": "nobody", "password": "wrong"}
            found.append(client.post(f"{base}/sign-in", data=form, headers=headers).status_code)
        return found


class _ByName(httpx.BaseTransport):
    """Reaches the names of the test on loopback; the certificate is checked against the name."""

    def __init__(self, inner: httpx.HTTPTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        if name not in NAMES:
            return self._inner.handle_request(request)
        # The request itself stays as it is: cookies belong to its name.
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host="127.0.0.1"),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": name},
            )
        )

    def close(self) -> None:
        self._inner.close()


def _token(client: httpx.Client, base: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"{base}/sign-in").text)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    inside, outside = free_ports(2), free_ports(3)
    settings = Settings(
        data_folder=folder / "data",
        secret_key=SECRET.decode(),
        port=inside[0],
        residents_port=inside[1],
        console_url=f"https://{NAMES[0]}:{outside[0]}",
        residents_url=f"https://{NAMES[1]}:{outside[1]}",
        secure_cookies=True,
        trusted_proxies="127.0.0.1",
        second_factor_roles="",
    )
    database = Database(settings.database, open_vault(settings).column_key())
    make_tables(database)
    zone, (resident,) = add_zone(database, residents=("Nguyễn Thị An",))
    add_plan(database, zone, quiet_from="00:00", quiet_to="00:00", place_asked=False)
    watcher, now = Watcher(), utc_now()
    with database.write() as session:
        session.execute(update(QuarantineOrder).values(starts_at=now - timedelta(days=2), ends_at=now + timedelta(days=9)))
        add_account(session, "hoa", PASSWORD, Role.STAFF, zones=None, now=now)
        camera = Camera(
            zone_id=zone,
            name="cửa",
            address="http://127.0.0.1:1/",
            leased_by="w",
            leased_until=now + timedelta(hours=1),
            state_since=now,
        )
        details = {"holder": "w", "feed": f"127.0.0.1:{watcher.server_port}"}
        later = now + timedelta(hours=1)
        beat = ProcessBeat(name="watch-1", kind="watch", pid=1, started_at=now, beat_at=later, details=details)
        session.add_all([camera, beat])
        session.flush()
        camera_id = camera.id
    with (folder / "web.log").open("wb") as log:
        environment = environment_for_children(settings)
        process = Popen([sys.executable, "-m", "monitor", "web"], env=environment, stdout=log, stderr=log)
    certificate = proxies.make_certificate(folder, *NAMES)
    try:
        _until("the service answers", lambda: _answers(process, folder / "web.log", inside[0]), 60)
        yield Service(settings, database, zone, resident, camera_id, certificate, outside, watcher, process)
    finally:
        process.terminate()
        process.wait(20)
        watcher.shutdown()
        watcher.server_close()
        database.dispose()


def _answers(process: Popen[bytes], log: Path, port: int) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return patient.get(f"http://127.0.0.1:{port}/sign-in").status_code == 200
    except httpx.TransportError:
        return False


def _until(what: str, holds: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def log(request: pytest.FixtureRequest, service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The proxy's log, while it runs."""
    front = proxies.front(service.certificate, NAMES, service.outside, [service.settings.port, service.settings.residents_port])
    start = proxies.nginx if request.param == "nginx" else proxies.caddy
    with start(tmp_path_factory.mktemp("proxy") / "p", front) as path:
        yield path


@pytest.fixture(scope="module")
def browser(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with a camera that shows a face, which trusts the certificate and finds the names here."""
    browsing.require_chromium()
    with Image.open(photograph("astronaut")) as image:
        frame = image.convert("RGB").resize((640, 480))
    content = BytesIO()
    frame.save(content, "JPEG", quality=92)
    path = tmp_path_factory.mktemp("camera") / "face.mjpeg"
    path.write_bytes(content.getvalue() * 30)
    arguments = [
        *browsing.ARGUMENTS,
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
        f"--ignore-certificate-errors-spki-list={service.certificate.pin}",
        "--host-resolver-rules=" + ", ".join(f"MAP {name} 127.0.0.1" for name in NAMES),
    ]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browsing.WHOLE_CHROMIUM, args=arguments)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(permissions=["camera"], locale="vi-VN", viewport={"width": 400, "height": 800})
    yield context.new_page()
    context.close()


@pytest.mark.usefixtures("log")
def test_staff_sign_in_and_the_overview_changes_by_itself(service: Service, page: Page) -> None:
    page.goto(f"{service.console}/sign-in")
    page.fill("[name=username]", "hoa")
    page.fill("[name=password]", PASSWORD)
    with page.expect_response(lambda answer: answer.url.endswith("/live")) as live:
        page.click("button.main")
    assert live.value.status == 200
    assert page.url == f"{service.console}/"
    assert all(each["secure"] for each in page.context.cookies())
    asked_again = page.expect_response(lambda answer: answer.url == f"{service.console}/", timeout=10_000)
    with asked_again, service.database.write() as session:
        announce(session, service.zone, Topic.PEOPLE, utc_now())


@pytest.mark.usefixtures("log")
def test_every_header_is_said_once_and_the_plain_address_leads_to_https(service: Service) -> None:
    with service.client() as client:
        for address in (f"{service.console}/sign-in", f"{service.residents}/"):
            answer = client.get(address)
            assert answer.status_code == 200
            assert {name: len(answer.headers.get_list(name)) for name in HEADERS} == dict.fromkeys(HEADERS, 1)
        for name, wanted in zip(NAMES, (service.console, service.residents), strict=True):
            answer = client.get(f"http://{name}:{service.outside[2]}/sign-in?next=%2F")
            assert answer.status_code in (301, 308)
            assert answer.headers["location"].startswith(("https://", wanted))
            assert answer.headers["location"].endswith("/sign-in?next=%2F")


@pytest.mark.usefixtures("log")
def test_what_changes_is_told_at_once(service: Service) -> None:
    with service.client() as client:
        service.sign_in(client)
        with client.stream("GET", f"{service.console}/live") as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith("retry:")
            began = time.monotonic()
            with service.database.write() as session:
                announce(session, service.zone, Topic.ROLL_CALL, utc_now())
            assert any("roll-call" in line for line in lines)
            assert time.monotonic() - began < 10


@pytest.mark.usefixtures("log")
def test_video_is_passed_on_piece_by_piece(service: Service) -> None:
    service.watcher.go_on.clear()
    with service.client() as client:
        service.sign_in(client)
        with client.stream("GET", f"{service.console}/cameras/feed?cameras={service.camera}") as answer:
            assert answer.status_code == 200
            pieces = answer.iter_raw()
            # The second is not sent before the first is here.
            assert next(pieces) == b"first"
            service.watcher.go_on.set()
            assert b"".join(pieces) == b"second"


@pytest.mark.usefixtures("log")
def test_a_phone_takes_a_selfie_and_answers(service: Service, page: Page) -> None:
    with service.database.read() as session:
        before = set(session.scalars(select(Answer.id)))
    page.goto(service.link())
    assert page.evaluate("isSecureContext")
    page.locator("#shoot").wait_for(state="visible", timeout=15_000)
    page.wait_for_timeout(500)  # the camera's first picture
    page.click("#shoot")
    page.locator("#well").click()
    expect(page.locator("#outcome")).to_be_visible()
    with service.database.read() as session:
        answers = session.scalars(select(Answer).where(Answer.id.not_in(before))).all()
    assert [each.media_id is not None for each in answers] == [True]


def test_a_photo_that_is_too_large_is_refused_in_words_and_never_lies_on_the_disk(service: Service, log: Path) -> None:
    with service.client(headers={"Accept-Language": "vi"}) as client:
        link, megabyte = service.link(), b"x" * 2**20
        answer = client.post(link, files={"photo": ("p.jpg", megabyte * 9, "image/jpeg")})
        assert (answer.status_code, "8 MB" in answer.text) == (413, True)
        # Far more than that nobody means to send; the proxy may hang up before it was all sent.
        with suppress(httpx.TransportError):
            # Caddy says it of the service, which it could not hand all of it.
            assert client.post(link, files={"photo": ("p.jpg", megabyte * 40, "image/jpeg")}).status_code in (413, 503)
    assert "temporary file" not in log.read_text()


@pytest.mark.usefixtures("log")
def test_callers_are_told_apart_and_nobody_calls_as_somebody_else(service: Service) -> None:
    with service.client("127.0.0.2") as one, service.client("127.0.0.3") as other:
        # The limit counts for a minute: one that began within the tries is met by twice as many.
        assert service.wrong_tries(one, service.console, 2 * MOST + 1)[-1] == 429
        assert service.wrong_tries(other, service.console, 1) == [401]
        said = {"X-Forwarded-For": "127.0.0.77", "X-Real-IP": "127.0.0.77", "Forwarded": "for=127.0.0.77"}
        assert service.wrong_tries(one, service.console, 1, **said) == [429]


def test_who_is_no_proxy_is_not_believed(service: Service) -> None:
    base = f"http://127.0.0.1:{service.settings.port}"
    statuses: list[int] = []
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.4"), timeout=20) as client:
        # Cookies go over HTTPS only, so the form's token is kept by hand.
        page = client.get(f"{base}/sign-in")
        cookie = page.headers["set-cookie"].partition(";")[0]
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert found
        form = {"csrf_token": found[1], "username": "nobody", "password": "wrong"}
        for number in range(2 * MOST + 1):
            headers = {"Cookie": cookie, "X-Forwarded-For": f"10.1.1.{number}", "X-Forwarded-Proto": "https"}
            statuses.append(client.post(f"{base}/sign-in", data=form, headers=headers).status_code)
    assert statuses[0] == 401
    assert 429 in statuses


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_while_the_service_rests_everybody_is_told_to_come_back(service: Service, tmp_path: Path, kind: str) -> None:
    nobody, outside = free_ports(2), free_ports(3)
    front = proxies.front(service.certificate, NAMES, outside, nobody)
    start = proxies.nginx if kind == "nginx" else proxies.caddy
    with start(tmp_path / "p", front), service.client() as client:
        for name, port in zip(NAMES, outside, strict=False):
            answer = client.get(f"https://{name}:{port}/")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            assert "bảo trì" in answer.text
