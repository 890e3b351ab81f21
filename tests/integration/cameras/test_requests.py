"""Requests from the console to the processes that watch: taken once, taken again after a death, told as they go, forgotten in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import select, update

from cameras.adding.request_secrets import open_login, request_owner, seal_login
from cameras.adding.requests import KEPT, TAKEN_AGAIN, RequestServer
from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.cameras.cameras import Camera, CameraSource, MediaProfile
from monitor.models.cameras.requests import CameraRequest, CameraRequestKind, CameraRequestState
from monitor.vault.vault import Vault, VaultProblem, camera_owner
from tests.doubles.waiting import wait_until
from tests.worlds.small_zone import NOW, add_zone
from tests.worlds.tables import make_tables

JPEG = cv2.imencode(".jpg", np.full((120, 160, 3), 90, np.uint8))[1].tobytes()


class Snapshots(BaseHTTPRequestHandler):
    """A camera that gives out single pictures to whoever has the login; its address says which of several it is."""

    def do_GET(self) -> None:
        allowed = self.headers.get("Authorization") == "Basic bnVyc2U6c2VjcmV0"  # nurse:secret
        self.send_response(200 if allowed else 401)
        if not allowed:
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
        self.end_headers()
        if allowed:
            self.wfile.write(JPEG)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Desk:
    """A database with one account and two zones, a vault, and a process that serves."""

    def __init__(self, folder: Path, place: str) -> None:
        self.folder, self.place = folder, place
        self.database = Database(f"sqlite:///{folder}/asking.db", bytes(32))
        make_tables(self.database)
        self.vault = Vault(folder / "vault", bytes(32))
        self.here, self.there = add_zone(self.database, "Khu A")[0], add_zone(self.database, "Khu B")[0]
        with self.database.write() as session:
            account = add_account(session, "lead", "đúng là mật khẩu", Role.SUPERVISOR, zones=[self.here], now=NOW)
            session.flush()
            self.account = account.id
        self.pool = ThreadPoolExecutor(4)
        self.server = self.another()

    def another(self) -> RequestServer:
        return RequestServer(self.database, self.vault, self.pool, lambda *_: None)

    def ask(self, kind: CameraRequestKind, target: dict[str, Any], login: tuple[str, str] = ("nurse", "secret")) -> int:
        with self.database.write() as session:
            asked = CameraRequest(account_id=self.account, kind=kind, target=target, asked_at=utc_now())
            session.add(asked)
            session.flush()
            asked.sealed_login = seal_login(self.vault, asked.id, *login)
            return asked.id

    def probe(self, *addresses: str, **login: Any) -> int:
        return self.ask(CameraRequestKind.PROBE, {"addresses": list(addresses)}, **login)

    def add(self, *wanted: dict[str, str], zones: list[int] | None = None) -> int:
        return self.ask(CameraRequestKind.ADD, {"wanted": list(wanted), "zones": zones, "search": 0})

    def of(self, request_id: int) -> CameraRequest | None:
        with self.database.read() as session:
            return session.get(CameraRequest, request_id)

    def done(self, request_id: int) -> CameraRequest:
        """Serve, wait for the answer, and return it."""
        self.server.serve(utc_now())
        wait_until(lambda: self._over(request_id))
        found = self.of(request_id)
        assert found is not None
        return found

    def _over(self, request_id: int) -> bool:
        found = self.of(request_id)
        return found is not None and found.done_at is not None

    def cameras(self) -> list[Camera]:
        with self.database.read() as session:
            return list(session.scalars(select(Camera).order_by(Camera.id)))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    camera = ThreadingHTTPServer(("127.0.0.1", 0), Snapshots)
    thread = threading.Thread(target=camera.serve_forever, args=(0.05,))
    thread.start()
    desk = Desk(tmp_path, f"http://127.0.0.1:{camera.server_port}")
    yield desk
    desk.pool.shutdown()
    camera.shutdown()
    camera.server_close()
    thread.join()
    desk.database.dispose()


def named(address: str, name: str, zone: str = "Khu A", room: str = "101") -> dict[str, str]:
    return {"address": address, "zone": zone, "room": room, "name": name}


def test_each_address_is_answered_with_its_picture_or_what_is_wrong_in_the_order_of_the_list(desk: Desk) -> None:
    good, closed = f"{desk.place}/one.jpg", "http://127.0.0.1:9/two.jpg"
    request = desk.done(desk.probe(closed, good))
    assert request.state is CameraRequestState.DONE
    assert request.answer is not None
    first, second = request.answer["found"]
    assert (first["asked"], first["number"], first["source"]) == (good, 64, "snapshot")
    assert (second["asked"], second["number"]) == (closed, 0)
    assert "problem" in second
    assert desk.vault.get(request_owner(request.id), first["picture"]) == JPEG
    assert [request.answer[key] for key in ("asked", "of")] == [2, 2]


def test_a_wrong_login_is_told(desk: Desk) -> None:
    request = desk.done(desk.probe(f"{desk.place}/one.jpg", login=("nurse", "wrong")))
    assert request.answer is not None
    assert "password" in request.answer["found"][0]["problem"]["template"]


def test_two_processes_never_take_the_same_request(desk: Desk) -> None:
    for _ in range(4):
        desk.probe(f"{desk.place}/one.jpg")
    now, taken = utc_now(), []
    servers = [desk.another() for _ in range(4)]
    threads = [threading.Thread(target=lambda each=each: taken.append(each.serve(now))) for each in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 4
    assert desk.server.serve(utc_now()) == 0


def test_a_request_whose_process_died_is_taken_again_and_not_before(desk: Desk) -> None:
    request_id = desk.probe(f"{desk.place}/one.jpg")
    now = utc_now()
    with desk.database.write() as session:
        session.execute(update(CameraRequest).values(state=CameraRequestState.WORKING, taken_at=now))
    assert desk.server.serve(now + TAKEN_AGAIN - timedelta(seconds=1)) == 0
    assert desk.server.serve(now + TAKEN_AGAIN + timedelta(seconds=1)) == 1
    wait_until(lambda: desk._over(request_id))


def test_an_hour_later_the_answer_its_picture_and_its_login_are_gone(desk: Desk) -> None:
    request = desk.done(desk.probe(f"{desk.place}/one.jpg"))
    assert request.answer is not None
    name = request.answer["found"][0]["picture"]
    assert open_login(desk.vault, request) == ("nurse", "secret")
    assert b"secret" not in request.sealed_login
    desk.server.serve(request.asked_at + KEPT - timedelta(seconds=1))
    assert desk.of(request.id) is not None
    desk.server.serve(request.asked_at + KEPT + timedelta(seconds=1))
    assert desk.of(request.id) is None
    assert open_login(desk.vault, request) == ("", "")
    assert not list(desk.folder.glob(f"vault/files/*/{name}"))
    with pytest.raises(VaultProblem):
        desk.vault.get(request_owner(request.id), name)


def test_nothing_is_written_while_nobody_asks(desk: Desk) -> None:
    desk.done(desk.probe(f"{desk.place}/one.jpg"))
    with desk.database.write():  # whoever wrote now would wait for this one
        assert desk.server.serve(utc_now()) == 0


def test_cameras_are_taken_into_use_and_their_login_is_kept_with_them_alone(desk: Desk) -> None:
    request = desk.done(
        desk.add(
            named(f"{desk.place}/one.jpg", "Cửa"),
            named("http://127.0.0.1:9/x.jpg", "Hỏng"),
            named(f"{desk.place}/two.jpg", "Cửa", "Khu A", ""),
            named(f"{desk.place}/three.jpg", "Sân", "Khu A", "no such room"),
        )
    )
    assert request.answer is not None
    told = request.answer["added"]
    assert [("camera" in each, each["name"]) for each in told] == [
        (True, "Cửa"),
        (False, "Hỏng"),
        (False, "Cửa"),
        (False, "Sân"),
    ]
    assert "already has" in told[2]["problem"]["template"]
    (camera,) = desk.cameras()
    assert (camera.source, camera.zone_id, camera.username) == (CameraSource.SNAPSHOT, desk.here, "nurse")
    assert desk.vault.unseal(camera_owner(camera.id), camera.sealed_password, about="password") == b"secret"
    with desk.database.read() as session:
        assert len(session.scalars(select(MediaProfile).where(MediaProfile.camera_id == camera.id)).all()) == 2
    wait_until(lambda: open_login(desk.vault, request) == ("", ""))


def test_a_camera_of_another_zone_is_not_taken_away_from_it(desk: Desk) -> None:
    address = f"{desk.place}/one.jpg"
    desk.done(desk.add(named(address, "Của họ", "Khu B", "")))
    refused = desk.done(desk.add(named(address, "Của tôi"), zones=[desk.here]))
    assert refused.answer is not None
    assert "another zone" in refused.answer["added"][0]["problem"]["template"]
    assert [(each.name, each.zone_id) for each in desk.cameras()] == [("Của họ", desk.there)]
    desk.done(desk.add(named(address, "Của tôi"), zones=[desk.here, desk.there]))
    assert [(each.name, each.zone_id) for each in desk.cameras()] == [("Của tôi", desk.here)]


def test_of_a_camera_in_use_no_second_picture_is_kept(desk: Desk) -> None:
    """What people drew as private in its picture is known to who watches it only."""
    address = f"{desk.place}/one.jpg"
    desk.done(desk.add(named(address, "Cửa")))
    request = desk.done(desk.probe(address))
    assert request.answer is not None
    (found,) = request.answer["found"]
    assert found["in_use"]
    assert found["picture"] is None


def test_a_fault_of_the_program_is_told_and_ends_the_request(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    request = desk.done(desk.ask(CameraRequestKind.PROBE, {}))
    assert request.state is CameraRequestState.FAILED
    assert request.answer is not None
    assert "report" in request.answer["problem"]["template"]
