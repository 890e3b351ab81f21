"""Whoever looks at the service from outside: real sockets, real databases; what it finds is kept, also what it could not write at once."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.service import OutagePart, ProcessBeat, ServiceOutage
from monitor.page_looks import Looked, read_look, write_look
from monitor.service.lookout import Address, Lookout, ask, own_addresses
from monitor.settings import Settings
from tests.doubles.waiting import wait_until


class Page:
    """Answers as a test wants: "ok", a status, or not at all."""

    def __init__(self) -> None:
        page = self
        self.status, self.hangs = 200, False

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                while page.hangs:
                    time.sleep(0.05)
                self.send_response(page.status)
                self.send_header("Content-Length", "3")
                self.end_headers()
                self.wfile.write(b"ok\n")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/up"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def page() -> Iterator[Page]:
    running = Page()
    yield running
    running.hangs = False
    running.server.shutdown()
    running.server.server_close()


def test_an_address_answers_says_otherwise_or_is_silent(page: Page) -> None:
    assert ask(page.url) == (True, True)
    page.status = 503
    assert ask(page.url) == (True, False)
    page.hangs = True
    began = time.monotonic()
    assert ask(page.url, 0.3) == (False, False)
    assert time.monotonic() - began < 5
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert ask(f"http://127.0.0.1:{nobody.getsockname()[1]}/up") == (False, False)


@pytest.mark.parametrize(
    ("settings", "urls"),
    [
        ({}, ["http://127.0.0.1:8081/up", "http://127.0.0.1:8080/up"]),
        ({"host": "0.0.0.0", "port": 81}, ["http://127.0.0.1:8081/up", "http://127.0.0.1:81/up"]),
        ({"host": "::"}, ["http://[::1]:8081/up", "http://[::1]:8080/up"]),
        (
            {"residents_url": "https://cachly.example.vn/"},
            ["http://127.0.0.1:8081/up", "http://127.0.0.1:8080/up", "https://cachly.example.vn/up"],
        ),
    ],
)
def test_what_is_asked_is_what_is_listened_on_and_what_phones_see(settings: dict[str, object], urls: list[str]) -> None:
    assert [each.url for each in own_addresses(Settings(**settings))] == urls  # type: ignore[arg-type]


def outages(database: Database) -> list[ServiceOutage]:
    with database.read() as session:
        return list(session.scalars(select(ServiceOutage).order_by(ServiceOutage.id)))


def test_a_page_that_hangs_is_written_down_with_begin_and_end(both_databases: Database, page: Page, tmp_path: Path) -> None:
    database = both_databases
    stopping = threading.Event()
    lookout = Lookout(database, [Address(OutagePart.PAGE, page.url, every=0.1)], tmp_path).start(stopping)

    def look() -> bool:
        with database.read() as session:
            found = read_look(session)
        return found is not None and not found.out

    wait_until(look)
    assert lookout.database_answers
    assert not lookout.silent(0.0, 1.0)
    began = utc_now()
    page.hangs = True
    wait_until(lambda: outages(database))
    (outage,) = outages(database)
    assert (outage.part, outage.ended_at) == (OutagePart.PAGE, None)
    assert began - timedelta(seconds=2) <= outage.started_at <= began + timedelta(seconds=2)
    wait_until(lambda: lookout.silent(0.0, 1.0))
    assert not lookout.silent(time.monotonic(), 1.0)
    page.hangs = False
    wait_until(lambda: outages(database)[0].ended_at)
    wait_until(look)
    assert len(outages(database)) == 1
    stopping.set()


def written(lookout: Lookout, database: Database, at: float) -> None:
    with database.write() as session:
        kept = lookout.write(session, utc_now(), at)
    lookout.kept(kept, at)


def test_what_nobody_could_write_down_meanwhile_is_kept_afterwards(database: Database, tmp_path: Path) -> None:
    lookout = Lookout(database, [Address(OutagePart.PAGE, "")], tmp_path)
    now = time.monotonic()
    for ago, good in ((30, True), (28, False), (24, False), (20, False), (10, True), (8, True)):
        lookout.take(OutagePart.PAGE, good, good, now - ago)
    written(lookout, database, now)
    (outage,) = outages(database)
    assert outage.ended_at is not None
    assert timedelta(seconds=19) < outage.ended_at - outage.started_at < timedelta(seconds=21)
    # Written once.
    written(lookout, database, now)
    assert len(outages(database)) == 1


@pytest.mark.parametrize(("gap", "kept"), [(3, False), (12, True), (3600, False)])
def test_what_nobody_saw_because_all_were_killed_is_an_outage_of_the_page(
    database: Database, tmp_path: Path, gap: float, kept: bool
) -> None:
    before = utc_now() - timedelta(seconds=gap)
    with database.write() as session:
        write_look(session, Looked(before - timedelta(hours=1), before, before, out=False), 1)
    lookout = Lookout(database, [Address(OutagePart.PAGE, "")], tmp_path)
    for _ in range(2):
        lookout.take(OutagePart.PAGE, True, True, time.monotonic())
        written(lookout, database, time.monotonic())
    assert [(each.part, each.started_at) for each in outages(database)] == [(OutagePart.PAGE, before)] * kept


def test_what_was_written_in_vain_is_written_again(database: Database, tmp_path: Path) -> None:
    lookout = Lookout(database, [], tmp_path)
    now = time.monotonic()
    lookout.hear(OutagePart.WORKER, True, now - 20)
    lookout.hear(OutagePart.WORKER, False, now - 10)

    with database.read() as session:
        # Never committed.
        lookout.write(session, utc_now(), now)
    assert outages(database) == []
    written(lookout, database, now)
    lookout.hear(OutagePart.WORKER, True, now)
    written(lookout, database, now)
    (outage,) = outages(database)
    assert (outage.part, outage.cause) == (OutagePart.WORKER, "no-sign")
    assert outage.ended_at is not None


def test_a_lost_line_is_told_apart_from_a_page_that_is_out(database: Database, tmp_path: Path) -> None:
    addresses = [Address(OutagePart.PAGE, ""), Address(OutagePart.LINE, "")]
    lookout = Lookout(database, addresses, tmp_path)
    now = time.monotonic()
    for ago, page, public in ((40, True, True), (30, True, False), (20, True, False), (10, True, True)):
        lookout.take(OutagePart.PAGE, page, page, now - ago)
        lookout.take(OutagePart.LINE, public, public, now - ago)
    for ago in (6, 4, 0):
        lookout.take(OutagePart.PAGE, False, False, now - ago)
        lookout.take(OutagePart.LINE, False, False, now - ago)
    written(lookout, database, now)
    assert sorted(each.part for each in outages(database)) == [OutagePart.LINE, OutagePart.PAGE]
    assert {each.part: each.ended_at is None for each in outages(database)} == {OutagePart.LINE: False, OutagePart.PAGE: True}


def test_a_database_that_takes_nothing_is_an_outage_once_it_does_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.service.lookout.BEGINS_AFTER_S", 1.0)
    stopping = threading.Event()
    lookout = Lookout(database, [], tmp_path).start(stopping)
    wait_until(lambda: lookout.database_answers)
    with database.write() as session:
        session.connection()
        wait_until(lambda: not lookout.database_answers)
        time.sleep(1.2)
    wait_until(lambda: outages(database))
    (outage,) = outages(database)
    assert outage.part == OutagePart.DATABASE
    assert outage.ended_at is not None
    wait_until(lambda: lookout.database_answers)
    stopping.set()


def test_processes_of_other_machines_are_watched_by_their_beats(database: Database, tmp_path: Path) -> None:
    lookout = Lookout(database, [], tmp_path, beats=True)
    now, at = utc_now(), time.monotonic()
    with database.write() as session:
        session.add(ProcessBeat(name="work-1", kind="work", pid=1, started_at=now, beat_at=now))
    written(lookout, database, at)
    for later in (30, 40):
        with database.write() as session:
            kept = lookout.write(session, now + timedelta(seconds=later), at + later)
        lookout.kept(kept, at + later)
    (outage,) = outages(database)
    assert (outage.part, outage.ended_at) == (OutagePart.WORKER, None)
