"""What version 0.1.0 left behind goes on working: its data folder, database and settings file, and all that it has handed out."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import JSON, func, select

from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.models.every_table import METADATA
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Verification, VerificationState
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.service.bench import free_ports
from monitor.trail.audit import first_broken
from monitor.words import Words
from rollcall import jobs
from tests.doubles import patient
from tests.unit.monitor.test_translations import catalogue
from tests.worlds.due_round import jpeg
from tests.worlds.state_of_0_1 import REVISION, OldState, copy_to, unpack
from web.console.application import create_console
from web.residents.application import create_residents

START_SECONDS = 120.0
ROOT = Path(__file__).parents[3]


class Gateway(ThreadingHTTPServer):
    """Takes messages; the references of those it took."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[str] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def variables(self) -> dict[str, str]:
        """The settings file's gateway, moved here."""
        return {"QUARANTINE_SMS_GATEWAY_URL": f"http://127.0.0.1:{self.server_port}/"}


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append(told["reference"])
        said = json.dumps({"id": f"new-{told['reference']}"}).encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    yield server
    server.shutdown()
    server.server_close()


def environment(**more: str) -> dict[str, str]:
    """Ours without any setting, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QUARANTINE_", "DATABASE_URL"))}
    return kept | more


def quarantine(state: OldState, *arguments: str) -> str:
    """What a command prints with the old settings file, where the old service ran."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "--settings", str(state.settings_file), *arguments],
        cwd=state.folder,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def until(what: str, holds: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.1)


@dataclass(frozen=True)
class Served:
    """The new service at work on the old state."""

    state: OldState
    console: str
    residents: str
    database: Database

    def hook(self, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """A gateway hands something over."""
        answer = patient.post(f"{self.residents}/hooks/{path}", json=body, headers={"Authorization": f"Bearer {token}"})
        return dict(answer.raise_for_status().json())

    @contextmanager
    def signed_in(self, username: str) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.console, follow_redirects=True, timeout=20) as browser:
            token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)
            assert token
            form = {"csrf_token": token[1], "username": username, "password": self.state.kept["password"]}
            browser.post("/sign-in", data=form).raise_for_status()
            yield browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, gateway: Gateway) -> Iterator[Served]:
    """`quarantine serve` on the old state, started once for all tests that only use it."""
    state = unpack(tmp_path_factory.mktemp("served"))
    ports = free_ports(3)
    names = ("QUARANTINE_PORT", "QUARANTINE_RESIDENTS_PORT", "QUARANTINE_PUBLIC_PORT")
    moved = {**dict(zip(names, map(str, ports), strict=True)), **gateway.variables}
    with (state.folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--settings", str(state.settings_file), "serve"],
            cwd=state.folder,
            env=environment(PYTHONPATH=str(ROOT), **moved),
            stdout=output,
            stderr=output,
        )
    console, residents, _public = (f"http://127.0.0.1:{port}" for port in ports)
    database, _ = state.open(state.settings())
    try:
        until("the service is whole", lambda: _whole(process, console, state), START_SECONDS)
        yield Served(state, console, residents, database)
    finally:
        database.dispose()
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _whole(process: subprocess.Popen[bytes], console: str, state: OldState) -> bool:
    assert process.poll() is None, (state.folder / "output.log").read_text()
    try:
        return httpx.get(f"{console}/healthz", timeout=3).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_settings_file_is_understood_to_its_last_line(tmp_path: Path) -> None:
    state = unpack(tmp_path)
    shown = dict(line.split("    # ")[0].split(" = ", 1) for line in quarantine(state, "settings").splitlines())
    written = [line.split(" = ", 1) for line in state.settings_file.read_text().splitlines() if not line.startswith("#")]
    assert len(written) > 50
    secrets = {name for name, value in shown.items() if value == "••••••"}
    assert "sms_gateway_token" in secrets
    for name, value in written:
        wanted = {"true": "True", "false": "False"}.get(value, value.strip('"'))
        assert name in secrets or shown[name] == wanted, name


# What the people who filled the old state invented for it; no version ever said it.
OF_ITS_MAKER = {
    "%(name)s did not answer, though the message was delivered.",
    "%(name)s feels unwell.",
    "No answer from %(address)s within %(seconds)s s.",
    "Nothing can be seen any more.",
    "The face is not clearly the enrolled one.",
}


def sentences(stored: object) -> Iterator[dict[str, Any]]:
    """All that are somewhere within a stored value."""
    if isinstance(stored, dict) and "template" in stored:
        yield stored
    for each in stored.values() if isinstance(stored, dict) else stored if isinstance(stored, list) else ():
        yield from sentences(each)


def test_what_was_stored_in_its_words_is_said_in_todays_in_both_languages(tmp_path: Path) -> None:
    state = unpack(tmp_path)
    database, _ = state.open(state.settings())
    upgrade(database)
    columns = [column for table in METADATA.sorted_tables for column in table.columns if isinstance(column.type, JSON)]
    with database.read() as session:
        stored = [each for column in columns for value in session.scalars(select(column)) for each in sentences(value)]
        assert first_broken(session) is None
    database.dispose()
    assert len(stored) > 20
    known = {each for message in catalogue() for each in ([message.id] if isinstance(message.id, str) else message.id)}
    # "%(part0)s" puts others together.
    templates = {each["template"] for each in stored if re.sub(r"%\(\w+\)s|\W", "", each["template"])}
    # Without these there would be nothing to reword.
    assert len(templates - known) > len(OF_ITS_MAKER)
    assert {each for each in templates if Words.load({"template": each}).template not in known} == OF_ITS_MAKER


def test_the_database_is_brought_up_keys_are_wrapped_anew_and_the_trail_is_whole(tmp_path: Path) -> None:
    state = unpack(tmp_path)
    assert "up to date" in quarantine(state, "db", "upgrade")
    assert re.search(r"\d+ keys", quarantine(state, "vault", "rotate"))
    assert "audit trail is intact" in quarantine(state, "audit-verify")


def test_what_a_dead_worker_had_claimed_is_sent_and_its_receipt_taken(served: Served, gateway: Gateway) -> None:
    reference = served.state.kept["reference_claimed"]
    until("the claimed message leaves", lambda: reference in gateway.taken)
    settings = served.state.settings()
    receipt = {"id": f"new-{reference}", "reference": reference, "status": "delivered"}
    served.hook("sms/receipts", settings.sms_gateway_token, receipt)

    def delivered() -> bool:
        with served.database.read() as session:
            found = session.scalar(select(Prompt.state).where(Prompt.reference == reference))
        return found is PromptState.DELIVERED

    until("its receipt is taken", delivered)


def test_staff_see_a_resident_with_the_photo(served: Served) -> None:
    with served.signed_in("staff") as browser:
        page = browser.get(f"/residents/{served.state.kept['resident_with_photo']}")
        assert "Trần Văn Bình" in page.text
        photos = re.findall(r'src="(/photos/\d+)"', page.text)
        assert f"/photos/{served.state.kept['photo']}" in photos
        for address in photos:
            photo = browser.get(address)
            assert (photo.status_code, photo.headers["Content-Type"]) == (200, "image/jpeg")
            assert photo.content.startswith(b"\xff\xd8")


def test_a_bracelet_that_was_printed_opens_its_person(served: Served) -> None:
    with served.signed_in("staff") as browser:
        assert "Nguyễn Thị An" in browser.get(f"/b/{served.state.kept['bracelet']}").raise_for_status().text


def test_a_link_that_was_sent_opens_and_is_answered(served: Served) -> None:
    link = served.residents + served.state.kept["link_open"]
    assert "<form" in patient.get(link).raise_for_status().text
    answer = patient.post(link, data={"unwell": "no"}, files={"photo": ("selfie.jpg", jpeg(), "image/jpeg")})
    assert answer.status_code == 303, answer.text
    assert patient.get(f"{link}/state").raise_for_status().json()["state"] in ("answered", "verified", "in_review")


def test_the_page_of_a_household_that_was_sent_opens(served: Served) -> None:
    page = patient.get(served.residents + served.state.kept["household"]).raise_for_status()
    assert "Đỗ Thị Lan" in page.text
    assert "Đỗ Văn Minh" in page.text


def test_an_answer_that_a_phone_could_not_send_is_opened(served: Served) -> None:
    answer = patient.post(
        served.residents + served.state.kept["link_sealed"],
        data={"stamp": served.state.kept["stamp"], "age": "30"},
        files={"sealed": base64.b64decode(served.state.kept["sealed"])},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 201, answer.text


def test_an_answer_that_nobody_had_looked_at_gets_its_verdict(served: Served) -> None:
    def waiting() -> int | None:
        with served.database.read() as session:
            return session.scalar(select(func.count()).where(Verification.state != VerificationState.DONE))

    until("the answer is judged", lambda: waiting() == 0, 60)


def test_gateways_hand_over_at_the_addresses_they_know(served: Served) -> None:
    settings = served.state.settings()
    text = {"id": "t-9", "from": "+84900000204", "text": "khoe"}
    assert served.hook("sms/messages", settings.sms_gateway_token, text) == {"taken": True}
    ended = {"id": "c-9", "reference": "unknown", "status": "busy"}
    assert served.hook("voice/receipts", settings.voice_gateway_token, ended) == {"new": False}
    # Refused for want of a token or a signature: known, where another address would not be.
    for path in ("voice/keys", "zalo"):
        assert patient.post(f"{served.residents}/hooks/{path}", json={"event_name": "user_send_text"}).status_code == 401


def test_a_gateway_known_by_name_reaches_the_address_it_was_given(tmp_path: Path) -> None:
    state = unpack(tmp_path)
    settings = state.settings(QUARANTINE_SMS_GATEWAY_URL="", QUARANTINE_SMS_GATEWAY="twilio")
    database, vault = state.open(settings)
    upgrade(database)
    told = state.kept["receipts_of_twilio"].removeprefix(settings.residents_address)
    assert create_residents(settings, database, vault).test_client().post(told).status_code == 200
    database.dispose()


# Others have these: gateways in their forms, people in their messages and on their wrists, browsers in their cookies.
HANDED_OUT = {
    "/a/<token>",
    "/h/<shared>",
    "/hooks/sms/<gateway>/<token>",
    "/hooks/sms/messages",
    "/hooks/sms/receipts",
    "/hooks/voice/keys",
    "/hooks/voice/receipts",
    "/hooks/zalo",
    "/sw.js",
    "/manifest.webmanifest",
}


def test_addresses_and_cookies_that_others_have_keep_their_names(tmp_path: Path) -> None:
    state = unpack(tmp_path)
    settings = state.settings()
    database, vault = state.open(settings)
    upgrade(database)
    residents, console = create_residents(settings, database, vault), create_console(settings, database, vault)
    assert {rule.rule for rule in residents.url_map.iter_rules()} >= HANDED_OUT
    assert {"/b/<code>", "/healthz"} <= {rule.rule for rule in console.url_map.iter_rules()}
    assert residents.config["SESSION_COOKIE_NAME"] == "quarantine_residents"
    assert console.config["SESSION_COOKIE_NAME"] == "quarantine_console"
    database.dispose()


@pytest.mark.postgresql
def test_on_postgresql_it_goes_on_too_with_the_jobs_that_waited(tmp_path: Path, postgresql_url: str, gateway: Gateway) -> None:
    state = unpack(tmp_path)
    settings = state.settings(DATABASE_URL=postgresql_url)
    database, _ = state.open(settings)
    upgrade(database, REVISION)
    plain = postgresql_url.replace("+psycopg", "")
    copy_to(state, postgresql_url)
    names = [task.name for task in (jobs.SEND_PROMPTS, jobs.VERIFY_ANSWERS, jobs.JUDGE_ENROLMENTS, jobs.RENEW_TEMPLATES)]
    assert names == ["send_prompts", "verify_answers", "judge_enrolments", "renew_templates"]
    upgrade(database)
    with psycopg.connect(plain) as connection:
        for name in names:
            connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args) VALUES ('default', %s, 0, '{}')", [name]
            )
    with database.read() as session:
        assert first_broken(session) is None
        # Sealed then, opened now.
        assert session.scalar(select(Resident.document_number).where(Resident.full_name == "Bùi Thị Nga")) == "079123456789"
    variables = {"DATABASE_URL": postgresql_url, **gateway.variables, "PYTHONPATH": str(ROOT)}
    with (tmp_path / "worker.log").open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--settings", str(state.settings_file), "work"],
            cwd=state.folder,
            env=environment(**variables),
            stdout=output,
            stderr=output,
        )
    try:
        with psycopg.connect(plain, autocommit=True) as connection:
            query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = ANY(%s) AND status = 'todo'"
            until("the jobs are taken", lambda: connection.execute(query, [names]).fetchone() == (0,), START_SECONDS)
            failed = connection.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'").fetchall()
        assert failed == [], (tmp_path / "worker.log").read_text()
        until("the claimed message leaves", lambda: state.kept["reference_claimed"] in gateway.taken)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(20)
        database.dispose()
