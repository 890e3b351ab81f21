"""What the console does for a person who works with it: signing in, seeing, acting, live changes, and the service's health."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from werkzeug.serving import make_server

from monitor.accounts import accounts
from monitor.accounts.accounts import LOCK_AFTER
from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.together import read
from monitor.models.accounts import Account, AuditEntry, SignInSession
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident, IncidentNote, IncidentState
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn
from monitor.service.parent import PortTaken, require_free_port
from monitor.service.process import beat
from monitor.settings import Settings
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import words
from tests.doubles.ports import free_port, free_ports
from tests.doubles.waiting import PATIENCE, at_best, wait_until
from tests.worlds.province import PASSWORD, Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.console.people.timeline import PAGE, Shown, timeline
from web.console.signing_in import inside
from web.residents.application import create_residents
from web.server import by_port


class Clock:
    """A clock that a test moves."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Place, Place]:
    """A database that is filled once; each test works on its own copy."""
    folder = tmp_path_factory.mktemp("console")
    return folder, *seed(folder)


@pytest.fixture
def place(seeded: tuple[Path, Place, Place]) -> Place:
    return seeded[1]


@pytest.fixture
def database(seeded: tuple[Path, Place, Place], tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "test.db").write_bytes((seeded[0] / "seed.db").read_bytes())
    database = Database(f"sqlite:///{tmp_path}/test.db", bytes(32))
    yield database
    database.dispose()


@pytest.fixture
def vault(seeded: tuple[Path, Place, Place], tmp_path: Path) -> Vault:
    shutil.copytree(seeded[0] / "vault", tmp_path / "vault")
    return Vault(tmp_path / "vault", bytes(32))


@pytest.fixture
def app(database: Database, vault: Vault, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    app = create_console(Settings(data_folder=tmp_path, web_threads=8, language="en"), database, vault, now=clock)
    yield app
    app.extensions["live"].close()


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> int:
    token = token_of(client.get("/sign-in").text)
    form = {"username": username, "password": password, "csrf_token": token, **more}
    return client.post("/sign-in", data=form).status_code


def signed_in(app: Flask, seeded: tuple[Path, Place, Place], username: str) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = (seeded[0] / username).read_text()
    return client


@pytest.fixture
def client(app: Flask, seeded: tuple[Path, Place, Place]) -> FlaskClient:
    return signed_in(app, seeded, "supervisor")


def post(client: FlaskClient, page: str, path: str, **form: str) -> tuple[int, str]:
    answer = client.post(path, data={"csrf_token": token_of(client.get(page).text), **form})
    return answer.status_code, answer.text


def test_the_overview_shows_each_figure_of_the_zone(client: FlaskClient) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", client.get("/").text).split())
    assert "6 residents: Present: 3 Absent: 1 Unknown: 2" in text
    assert "4 of 6 settled" in text
    assert "2 cameras not working" in text
    assert "Roll-call not answered · Lê Thị Cúc" in text


def test_who_may_not_see_residents_sees_figures_and_no_name(app: Flask, seeded: tuple[Path, Place, Place]) -> None:
    client = signed_in(app, seeded, "auditor")
    page = client.get("/").text
    assert "Khu A" in page
    assert "Lê Thị Cúc" not in page


def test_pages_forbid_inline_scripts_frames_and_being_kept(client: FlaskClient) -> None:
    headers = client.get("/").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    page = client.get("/").text
    assert "<style" not in page
    assert not re.search(r"\sstyle=|\son\w+=|<script(?! src)", page)


def test_a_form_without_its_token_is_refused_in_words(client: FlaskClient, database: Database, place: Place) -> None:
    answer = client.post(f"/incidents/{place.incident}/acknowledge")
    assert answer.status_code == 400
    assert "open too long" in answer.text
    with database.read() as session:
        assert session.get_one(Incident, place.incident).state is IncidentState.OPEN
    assert client.application.test_client().post("/sign-in", data={"username": "staff"}).status_code == 400
    assert client.post("/sign-out").status_code == 400


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(app: Flask, clock: Clock) -> None:
    client = app.test_client()
    for _ in range(LOCK_AFTER):
        assert sign_in(client, "staff", "wrong wrong wrong") == 401
    assert sign_in(client, "staff") == 401
    clock.at += timedelta(minutes=16)
    assert sign_in(client, "staff") == 303


def test_many_tries_from_one_address_are_slowed_in_words(app: Flask) -> None:
    client = app.test_client()
    token = token_of(client.get("/sign-in").text)
    form = {"username": "nobody", "password": "x", "csrf_token": token}
    statuses = [client.post("/sign-in", data=form).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert client.post("/sign-in", data=form, headers={"Accept": "application/json"}).json


def test_signing_out_ends_the_session_on_the_server_too(client: FlaskClient) -> None:
    with client.session_transaction() as cookie:
        token = cookie["token"]
    assert post(client, "/", "/sign-out")[0] == 303
    with client.session_transaction() as cookie:
        cookie["token"] = token
    assert client.get("/").status_code == 303


def test_a_session_ends_by_itself_and_at_once_when_the_account_is_closed(
    client: FlaskClient, clock: Clock, database: Database
) -> None:
    for _ in range(11):
        clock.at += timedelta(hours=1)
        assert client.get("/").status_code == 200
    clock.at += timedelta(hours=1)
    assert client.get("/").status_code == 303
    clock.at -= timedelta(hours=1)
    with database.write() as session:
        session.execute(update(Account).values(active=False))
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/zones/3?x=1", "/zones/3?x=1"),
        ("//evil.example/", None),
        ("/\\evil.example", None),
        ("https://evil.example/", None),
        ("/\n/evil.example", None),
        ("zones", None),
        ("", None),
        (None, None),
    ],
)
def test_after_signing_in_one_stays_on_this_console(target: str | None, kept: str | None) -> None:
    assert inside(target) == kept


def test_the_page_that_was_asked_for_comes_after_signing_in(app: Flask, place: Place) -> None:
    client = app.test_client()
    asked = client.get(f"/zones/{place.zone}")
    assert asked.headers["Location"] == f"/sign-in?next=/zones/{place.zone}"
    token = token_of(client.get(asked.headers["Location"]).text)
    form = {"username": "staff", "password": PASSWORD, "csrf_token": token, "next": f"/zones/{place.zone}"}
    assert client.post("/sign-in", data=form).headers["Location"] == f"/zones/{place.zone}"


def test_the_language_is_remembered_with_the_account(client: FlaskClient, database: Database) -> None:
    assert '<html lang="en">' in client.get("/").text
    assert post(client, "/", "/language", language="vi", next="/cameras")[0] == 303
    assert '<html lang="vi">' in client.get("/").text
    with database.read() as session:
        assert session.scalar(select(Account.language).where(Account.username == "supervisor")) == "vi"
    post(client, "/", "/language", language="xx")
    assert '<html lang="vi">' in client.get("/").text


def test_looking_at_a_photo_is_written_down_with_whose_it_is(client: FlaskClient, database: Database, place: Place) -> None:
    answer = client.get(f"/photos/{place.photo}")
    assert answer.status_code == 200
    assert answer.content_type == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.resident_id, entry.zone_id) == ("photo-viewed", place.residents[1], place.zone)


def test_reasons_are_read_by_staff_in_the_words_for_staff(client: FlaskClient, database: Database, place: Place) -> None:
    told = words("The face does not clearly resemble the reference photos, so health staff will check.").dump()
    with database.write() as session:
        check_in = session.get_one(CheckIn, place.in_review)
        check_in.reasons, resident = [told], check_in.resident_id
    page = client.get(f"/residents/{resident}").text
    assert "The face does not clearly resemble the reference photos." in page
    assert told["template"] not in page


def test_a_picture_whose_key_was_destroyed_is_gone_in_words(client: FlaskClient, vault: Vault, place: Place) -> None:
    vault.forget(f"resident-{place.residents[1]}")
    answer = client.get(f"/photos/{place.photo}")
    assert answer.status_code == 410
    assert "no longer kept" in answer.text


def test_an_incident_is_taken_on_noted_and_resolved_once(client: FlaskClient, database: Database, place: Place) -> None:
    page = f"/incidents/{place.incident}"
    assert post(client, page, f"{page}/acknowledge")[0] == 303
    status, text = post(client, page, f"{page}/acknowledge")
    assert (status, "Someone else" in text) == (409, True)
    assert post(client, page, f"{page}/notes", text="  ")[0] == 422
    assert post(client, page, f"{page}/notes", text="Đang gọi <b>")[0] == 303
    assert post(client, page, f"{page}/resolve", text="")[0] == 422
    assert post(client, page, f"{page}/resolve", text="Ngủ quên")[0] == 303
    shown = client.get(page).text
    assert "Đang gọi &lt;b&gt;" in shown
    assert "Ngủ quên" in shown
    with database.read() as session:
        assert session.get_one(Incident, place.incident).state is IncidentState.RESOLVED
        assert len(session.scalars(select(IncidentNote)).all()) == 2
    assert "Lê Thị Cúc" in client.get("/incidents?state=resolved").text
    assert client.get("/incidents?state=forgotten").status_code == 422
    assert client.get("/incidents?after=nonsense").status_code == 422


def test_the_timeline_pages_by_key_show_every_line_once_in_order(database: Database, place: Place) -> None:
    resident_id = place.residents[1]
    with database.write() as session:
        old = session.scalars(select(Prompt).where(Prompt.resident_id == resident_id)).first()
        assert old is not None
        session.add_all(
            Prompt(
                check_in_id=old.check_in_id,
                resident_id=resident_id,
                zone_id=place.zone,
                kind=old.kind,
                channel=f"channel-{number}",
                reference=f"reference-{number}",
                created_at=NOW - timedelta(minutes=number // 3),  # some at the same moment
            )
            for number in range(80)
        )
    seen = []
    key = None
    with database.read() as session:
        resident = session.get_one(Resident, resident_id)
        while True:
            entries, following = read(session, timeline(resident, NOW - timedelta(days=2), key, "UTC", list(Shown)))
            seen += [entry.key for entry in entries]
            if following is None:
                break
            assert len(entries) == PAGE
            key = entries[-1].key
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 80 + 9  # and what the small province has already


def test_a_program_that_asks_for_json_gets_the_problem_as_json(client: FlaskClient) -> None:
    answer = client.get("/zones/999", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json == {"problem": "This page does not exist. Check the address, or go back to the start."}
    assert client.get("/nothing").status_code == 404
    assert client.delete("/").status_code == 405


def test_every_error_shows_a_way_on_also_where_the_database_is_what_is_wrong(
    app: Flask, client: FlaskClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    first = 'href="/">To the first page</a>'
    assert first in client.get("/nothing").text
    assert first in client.get("/zones/999").text
    assert 'href="/sign-in">Sign in</a>' in app.test_client().get("/nothing").text
    residents = create_residents(Settings(data_folder=Path(), language="en"), database, Vault(Path("vault"), bytes(32)))
    page = residents.test_client().get("/nothing/at/all")
    assert (page.status_code, "open the newest message about it once more" in page.text) == (404, True)
    with database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE incident RENAME TO incident_elsewhere")
    page = client.get("/")
    assert (page.status_code, first in page.text) == (500, True)
    assert "no head for the page of an error" in caplog.text
    answer = client.get("/", headers={"Accept": "application/json"})
    assert answer.json == {"problem": "Something went wrong on our side; the error was recorded. Please try again."}


def test_a_row_names_the_room_of_who_it_is_about(client: FlaskClient) -> None:
    """What somebody says belongs to them and to no room; they are found in theirs."""
    shown = " ".join(re.sub(r"<[^>]+>", " ", client.get("/incidents").text).split())
    assert "Trần Văn Bình Khu A, room 102" in shown


def test_a_body_that_is_too_large_is_refused_in_words(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"username": "x" * 300_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_the_audit_page_says_whether_the_chain_is_whole(client: FlaskClient, database: Database) -> None:
    assert "The chain is intact" in client.get("/audit").text
    starts = (NOW + timedelta(days=1)).isoformat(timespec="minutes")
    with database.write() as session:
        zone = session.scalars(select(Resident.zone_id).limit(1)).one()
        audit.note(
            session,
            Action.CAMERA_CHANGED,
            at=NOW,
            account_id=None,
            zone_id=zone,
            camera_id=999,
            became_owner=True,
            starts_at=starts,
        )
        camera, name = session.execute(select(Camera.id, Camera.name).where(Camera.zone_id == zone).limit(1)).one()
        lived = session.execute(select(Resident.id, Resident.full_name).where(Resident.zone_id == zone).limit(1)).one()
        audit.note(
            session, Action.CAMERA_VIEWED, at=NOW, account_id=None, zone_id=zone, camera_id=camera, residents=[lived.id, 9_999]
        )
    page = client.get("/audit").text
    # By its name; one that is gone by its number.
    assert f"Camera: {name}" in page
    assert f"Residents: {lived.full_name}, number 9999" in page
    assert "Camera: number 999" in page
    assert "Took it on: yes" in page
    assert "From: 10:00, 24 November" in page
    assert "camera_id" not in page
    with database.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(action="nothing"))
    assert "broken at entry 2" in client.get("/audit").text


@contextlib.contextmanager
def served(app: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        app.extensions["live"].close()
        server.shutdown()
        thread.join(5)
        server.server_close()


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("quarantine_console")
    assert cookie is not None
    return f"quarantine_console={cookie.value}"


@pytest.fixture
def live_console(
    database: Database, vault: Vault, seeded: tuple[Path, Place, Place], tmp_path: Path
) -> Iterator[tuple[int, str, Flask]]:
    """A console on a real socket and on the real clock; its port, and a staff member's cookie."""
    clock = Clock(NOW)
    app = create_console(Settings(data_folder=tmp_path, web_threads=8, language="en"), database, vault, now=clock)
    client = signed_in(app, seeded, "staff")
    with served(app) as port:
        yield port, cookie_of(client), app


def listen(port: int, cookie: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/live", headers={"Cookie": cookie})
    return connection, connection.getresponse()


def test_a_change_reaches_an_open_page_within_two_seconds_and_other_zones_do_not(
    live_console: tuple[int, str, Flask], database: Database, place: Place
) -> None:
    port, cookie, _app = live_console
    connection, answer = listen(port, cookie)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    while answer.readline().strip():
        pass  # the greeting, up to its empty line

    def told() -> None:
        with database.write() as session:
            announce(session, None, Topic.CAMERA, NOW)
            announce(session, place.zone, Topic.INCIDENT, NOW)
        lines = [answer.readline().decode().strip() for _ in range(6)]
        assert 'data: {"zone": null, "topic": "camera"}' in lines
        assert f'data: {{"zone": {place.zone}, "topic": "incident"}}' in lines

    at_best(2, told)
    connection.close()


def test_more_streams_than_allowed_are_told_to_come_back_and_left_ones_make_room(
    live_console: tuple[int, str, Flask],
) -> None:
    port, cookie, app = live_console
    opened = [listen(port, cookie) for _ in range(4)]  # half of eight threads
    connection, refused = listen(port, cookie)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
    connection.close()
    for each, answer in opened:
        answer.close()
        each.close()
    wait_until(lambda: app.extensions["live"].streams == 0)


def test_only_changes_of_the_readers_zones_are_told(
    live_console: tuple[int, str, Flask], database: Database, seeded: tuple[Path, Place, Place]
) -> None:
    _folder, place, other = seeded
    port, cookie, _app = live_console
    connection, answer = listen(port, cookie)
    while answer.readline().strip():
        pass
    with database.write() as session:
        announce(session, other.zone, Topic.PEOPLE, NOW)
    time.sleep(0.8)  # the other zone's change has been handed on by now
    with database.write() as session:
        announce(session, place.zone, Topic.PEOPLE, NOW)
    assert answer.readline() == b"event: zone\n"
    assert f'"zone": {place.zone},'.encode() in answer.readline()
    connection.close()


def test_health_is_503_until_every_kind_of_process_lives(app: Flask, database: Database, clock: Clock) -> None:
    client = app.test_client()
    with database.write() as session:
        session.execute(delete(SignInSession))
    sick = client.get("/healthz")
    assert sick.status_code == 503
    assert sick.json is not None
    assert (sick.json["ok"], sick.json["watch"]["ok"], sick.json["database"]["ok"]) == (False, False, True)
    with database.write() as session:
        for kind in ("schedule", "work", "watch"):
            beat(session, f"{kind}-1", kind, NOW, NOW)
    well = client.get("/healthz")
    assert well.status_code == 200
    assert well.json is not None
    assert {state: count for state, count in well.json["cameras"].items() if count} == {"online": 2, "offline": 2, "covered": 2}
    clock.at += timedelta(seconds=13)
    assert client.get("/healthz").status_code == 503


def test_work_that_nobody_takes_up_makes_the_service_unwell(app: Flask, database: Database) -> None:
    with database.write() as session:
        for kind in ("schedule", "work", "watch"):
            beat(session, f"{kind}-1", kind, NOW, NOW)
        session.execute(update(Prompt).values(next_attempt_at=NOW - timedelta(seconds=61)))
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json and answer.json["backlog"]["prompts"]) == (503, 24)


def test_health_answers_when_the_database_is_broken(app: Flask, database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE process_beat")
        connection.commit()
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json and answer.json["database"]["ok"]) == (503, False)


def test_metrics_count_and_name_nobody(app: Flask, place: Place) -> None:
    text = app.test_client().get("/metrics").text
    assert 'quarantine_cameras{state="covered"} 2.0' in text
    assert 'quarantine_check_ins{state="verified"} 12.0' in text
    assert 'quarantine_incidents_unresolved{kind="missed"} 2.0' in text
    assert 'quarantine_presence{state="present"} 6.0' in text
    assert f'quarantine_camera_picture_age_seconds{{camera="{place.camera}"}} 2.0' in text
    assert "quarantine_live_streams 0.0" in text
    assert "Nguyễn" not in text
    assert "Khu A" not in text


def test_a_taken_port_is_told_before_anything_starts() -> None:
    port = free_port()
    told = pytest.raises(PortTaken, match=rf"uses port {port}[.] .* QUARANTINE_PORT")
    with socket.create_server(("127.0.0.1", port)), told:
        require_free_port("127.0.0.1", port, "QUARANTINE_PORT")
    require_free_port("127.0.0.1", port, "QUARANTINE_PORT")
    with pytest.raises(PortTaken, match=r"on 192\.0\.2\.1"):
        require_free_port("192.0.2.1", port, "QUARANTINE_PORT")


def test_each_port_has_its_own_application() -> None:
    application = by_port({"1": lambda _environ, _start: [b"console"], "2": lambda _environ, _start: [b"residents"]})
    assert list(application({"SERVER_PORT": "2"}, None)) == [b"residents"]
    with pytest.raises(KeyError):
        application({"SERVER_PORT": "3"}, None)


def status_of(port: int, path: str) -> int | None:
    """The status of an answer; None when nobody listens yet."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        try:
            connection.request("GET", path)
            with connection.getresponse() as answer:
                return answer.status
        except OSError:
            return None


def test_the_web_process_serves_both_ports_and_stops_within_five_seconds_with_a_page_open(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        token = accounts.sign_in(session, "staff", PASSWORD, now=utc_now())
        without_factor = accounts.sign_in(session, "supervisor", PASSWORD, now=utc_now())

    def stopped() -> float:
        """How long it took to stop."""
        console, residents, public = free_ports(3)
        environment = {
            **os.environ,
            "QUARANTINE_DATA_FOLDER": str(tmp_path),
            "QUARANTINE_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "QUARANTINE_PORT": str(console),
            "QUARANTINE_RESIDENTS_PORT": str(residents),
            "QUARANTINE_PUBLIC_PORT": str(public),
        }
        program = [sys.executable, "-c", "from monitor.service.cli import main; main()", "web"]
        with subprocess.Popen(program, env=environment) as process:
            try:
                wait_until(lambda: process.poll() is not None or status_of(console, "/healthz") is not None)
                assert status_of(console, "/healthz") == 503  # nothing but the web process runs
                # The cookie is made as the console makes it: same key, from the same data folder.
                app = create_console(Settings(data_folder=tmp_path), database, Vault(tmp_path / "vault", bytes(32)))
                client = app.test_client()
                with client.session_transaction() as cookie:
                    cookie["token"] = token
                open_page, answer = listen(console, cookie_of(client))
                assert answer.status == 200
                # What the setting says where nobody sets it: supervisors must have a second factor.
                with client.session_transaction() as cookie:
                    cookie["token"] = without_factor
                refused_page, refused = listen(console, cookie_of(client))
                assert refused.status == 401
                refused.close()
                refused_page.close()
                assert status_of(residents, "/accounts") == 404
                asked = time.monotonic()
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)
                took = time.monotonic() - asked
                answer.close()
                open_page.close()
            finally:
                process.kill()
        return took

    at_best(5, stopped)
