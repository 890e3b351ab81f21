"""The console's screens for cameras: searching, adding, settings, areas, and pictures of incidents, with real cameras behind."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cameras.adding.request_secrets import open_login
from cameras.demonstration.scenes import encoding
from cameras.service.feed_address import feed_token
from cameras.service.watch import Watch
from monitor.accounts.accounts import sign_in
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import AuditEntry, Role
from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea, CameraSource, CameraState, MediaProfile
from monitor.models.cameras.requests import CameraRequest
from monitor.models.incidents import Incident, IncidentKind, IncidentMedia, IncidentMediaKind
from monitor.settings import Settings
from monitor.vault.vault import Vault, camera_owner
from monitor.words import N_, words
from tests.doubles.demonstration_cameras import PASSWORD, USERNAME, RunningCameras, camera, ticking
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.province import PASSWORD as ACCOUNT_PASSWORD
from tests.worlds.province import Place, seed
from web.console.application import create_console
from web.shared.camera_feed import LiveFeed, newest_picture


@dataclass
class World:
    """A console, a watching process and one demonstration camera."""

    app: Flask
    database: Database
    vault: Vault
    here: Place
    there: Place
    address: str
    folder: Path
    watch: Watch
    secret: bytes

    def client(self, username: str) -> FlaskClient:
        client = self.app.test_client()
        with self.database.write() as session:
            # The seeded sign-ins are of another day; these pages go by the real clock, as the cameras do.
            token = sign_in(session, username, ACCOUNT_PASSWORD, now=utc_now())
        with client.session_transaction() as cookie:
            cookie["token"] = token
        return client


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("screens")
    here, there = seed(folder)
    database = Database(f"sqlite:///{folder}/seed.db", bytes(32))
    settings = Settings(data_folder=folder, demonstration=True)
    vault = Vault(folder / "vault", bytes(32))
    with database.write() as session:
        # Those of the seeded world exist on paper only.
        for each in session.scalars(select(Camera)):
            each.enabled = False
    described = camera("Gate", "common-room", ahead=40.0)
    running = RunningCameras([described], {"common-room": encoding.make(folder, "common-room", 6.0)})
    watch = Watch(database, vault, settings, None)
    watch.serve_feed("127.0.0.1", feed_token(settings.secret("secret_key")))
    app = create_console(settings, database, vault)
    app.config["WTF_CSRF_ENABLED"] = False
    with ticking(database, watch):
        yield World(app, database, vault, here, there, described.address, folder, watch, settings.secret("secret_key"))
    running.stop()
    app.extensions["live"].close()
    database.dispose()


def search(world: World, client: FlaskClient, **form: Any) -> str:
    """Search, wait until it is done, and return the page's address."""
    answer = client.post("/cameras/add", data={"username": USERNAME, "password": PASSWORD} | form)
    assert answer.status_code == 303
    page: str = answer.location

    def done() -> bool:
        with world.database.read() as session:
            return session.get_one(CameraRequest, int(page.rsplit("/", 1)[1])).done_at is not None

    wait_until(done)
    return page


def added(world: World, client: FlaskClient, page: str, address: str, name: str, place: str) -> int:
    numbered = re.search(rf'id="found-(\d+)-name">{re.escape(address)}<', client.get(page).text)
    assert numbered is not None
    answer = client.post(f"{page}/take", data={"number": numbered[1], "name": name, "place": place})
    assert answer.status_code == 303, answer.text

    def found() -> int | None:
        with world.database.read() as session:
            return session.scalar(select(Camera.id).where(Camera.name == name))

    wait_until(found)
    identity = found()
    assert identity is not None
    return identity


def test_a_camera_is_found_asked_shown_and_taken_into_use(world: World) -> None:
    client = world.client("supervisor")
    # A range of one, and one where nobody answers.
    page = search(world, client, addresses=f"{world.address}, 127.0.0.1:9")
    text = client.get(page).text
    assert "Lotus L1" in text
    assert re.search(r"H264, 640×360", text)
    assert "40" in text, "its clock is told to be off"
    assert "127.0.0.1:9" in text
    assert PASSWORD not in text
    picture = client.get(f"{page}/picture/0")
    assert picture.data.startswith(b"\xff\xd8")
    identity = added(world, client, page, world.address, "Cổng chính", f"{world.here.zone}")
    wait_until(lambda: _camera(world, identity).state is CameraState.ONLINE)
    with world.database.read() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "camera-added")) is not None
    for path in ("", "/areas", "/live"):
        assert client.get(f"/cameras/{identity}{path}").status_code == 200
    newest = client.get(f"/cameras/{identity}/picture")
    assert newest.data.startswith(b"\xff\xd8")


def _camera(world: World, identity: int) -> Camera:
    with world.database.read() as session:
        return session.get_one(Camera, identity)


def test_what_somebody_else_searched_is_theirs(world: World) -> None:
    page = search(world, world.client("supervisor"), addresses="127.0.0.1:9")
    assert world.client("administrator").get(page).status_code == 404
    with world.database.read() as session:
        request = session.get_one(CameraRequest, int(page.rsplit("/", 1)[1]))
    assert open_login(world.vault, request) == (USERNAME, PASSWORD)
    assert PASSWORD.encode() not in request.sealed_login


@pytest.mark.parametrize(
    "form", [{"addresses": "not an address"}, {"addresses": "10.0.0.0/8"}, {"addresses": "192.168.1.40-10"}]
)
def test_bad_addresses_are_told_and_nothing_is_asked(world: World, form: dict[str, str]) -> None:
    before = _requests(world)
    assert world.client("supervisor").post("/cameras/add", data=form).status_code == 422
    assert _requests(world) == before


def _requests(world: World) -> int:
    with world.database.read() as session:
        return len(session.scalars(select(CameraRequest.id)).all())


def test_a_plain_stream_is_asked_and_watched(world: World) -> None:
    client = world.client("supervisor")
    with world.database.read() as session:
        uri = next(each for each in session.scalars(select(MediaProfile.uri)) if each.endswith("/sub"))
    page = search(world, client, addresses=uri)
    identity = added(world, client, page, uri, "Luồng", f"{world.here.zone}")
    assert _camera(world, identity).source is CameraSource.RTSP
    wait_until(lambda: _camera(world, identity).state is CameraState.ONLINE)


def test_settings_are_kept_sealed_and_watched_anew(world: World) -> None:
    client = world.client("supervisor")
    identity = _named(world, "Cổng chính")
    form = {"name": "Cổng chính", "sensitivity": "0.8", "username": USERNAME, "password": "sai-mat-khau", "enabled": "on"}
    assert client.post(f"/cameras/{identity}", data=form).status_code == 303
    wait_until(lambda: _camera(world, identity).problem is not None)
    assert "sai-mat-khau" not in client.get(f"/cameras/{identity}").text
    assert client.post(f"/cameras/{identity}", data=form | {"password": PASSWORD}).status_code == 303
    wait_until(lambda: _camera(world, identity).problem is None)
    assert _camera(world, identity).sensitivity == 0.8
    assert client.post(f"/cameras/{identity}", data=form | {"name": "Luồng"}).status_code == 409
    assert client.post(f"/cameras/{identity}", data=form | {"name": ""}).status_code == 422


def _named(world: World, name: str) -> int:
    with world.database.read() as session:
        found = session.scalar(select(Camera.id).where(Camera.name == name))
    assert found is not None
    return found


AREA = {"kind": "privacy", "name": "Giường", "points": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]], "schedule": []}


def test_areas_are_saved_whole_and_never_over_somebody_elses(world: World) -> None:
    client = world.client("supervisor")
    identity = _named(world, "Cổng chính")
    path = f"/cameras/{identity}/areas"
    version = re.search(r'data-version="(\w+)"', client.get(path).text)
    assert version is not None
    saved = client.post(path, json={"version": version[1], "areas": [AREA]})
    assert saved.status_code == 200
    assert client.post(path, json={"version": version[1], "areas": []}).status_code == 409
    bad = AREA | {"points": [[0, 0], [2, 0], [0, 1]]}
    assert saved.json is not None
    assert client.post(path, json={"version": saved.json["version"], "areas": [AREA, bad]}).status_code == 422
    with world.database.read() as session:
        (row,) = session.scalars(select(CameraArea).where(CameraArea.camera_id == identity))
    assert (row.kind, row.points[1]) == (AreaKind.PRIVACY, [0.5, 0])


def test_what_is_private_is_in_no_picture_and_in_no_clip(world: World) -> None:
    """After the test above: the left half of the gate's picture is private."""
    import cv2
    import numpy as np

    identity = _named(world, "Cổng chính")
    wait_until(lambda: world.watch.watchers[identity].watched.areas)
    wait_until(world.watch.watchers[identity].ring.newest)
    client = world.client("supervisor")

    def something_is_seen() -> bool:
        """On the other half; on the private one never. The room's lens is covered for a part of each loop."""
        content = client.get(f"/cameras/{identity}/picture").data
        shown = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        # Across the middle stands who looks.
        shown = shown[: shown.shape[0] // 3]
        left, right = shown[:, : shown.shape[1] // 2 - 8], shown[:, shown.shape[1] // 2 + 8 :]
        assert left.std() < 2
        return bool(right.std() > 10)

    wait_until(something_is_seen)
    media = _media_of(world, identity)
    assert [each.kind for each in media] == [IncidentMediaKind.PICTURE]
    kept = cv2.imdecode(np.frombuffer(world.vault.get(camera_owner(identity), media[0].name), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert kept[:300, :300].std() < 2
    assert kept[-10:].max() > 200, "its time is written under it"


def _media_of(world: World, camera_id: int) -> list[IncidentMedia]:
    """Open an incident of a camera, and wait for what is kept of it."""
    with world.database.write() as session:
        zone_id = session.get_one(Camera, camera_id).zone_id
        open_incident(
            session,
            IncidentKind.CLOSED_AREA,
            f"test-{camera_id}",
            zone_id=zone_id,
            camera_id=camera_id,
            reason=words(N_("Camera %(camera)s sends no pictures."), camera="x"),
            now=utc_now(),
        )

    def kept() -> list[IncidentMedia]:
        with world.database.read() as session:
            return list(
                session.scalars(select(IncidentMedia).where(IncidentMedia.camera_id == camera_id).order_by(IncidentMedia.id))
            )

    wait_until(kept)
    return kept()


def test_a_picture_and_the_seconds_around_an_incident_are_kept_and_seen_by_those_who_may(world: World) -> None:
    import io

    import av

    identity = _named(world, "Luồng")
    media = _media_of(world, identity)
    assert [each.kind for each in media] == [IncidentMediaKind.PICTURE, IncidentMediaKind.CLIP]
    client = world.client("supervisor")
    clip = client.get(f"/incident-media/{media[1].id}")
    assert clip.content_type == "video/mp4"
    assert b"shown to supervisor 20" in clip.data[-200:], "who looked, and when, goes along with the file"
    assert re.search(r"filename=clip-\d+-supervisor-20[\d-]+\.mp4", clip.headers["Content-Disposition"])
    still = client.get(f"/incident-media/{media[0].id}").data
    assert still != world.vault.get(camera_owner(identity), media[0].name), "and is written into a still"
    piece = client.get(f"/incident-media/{media[1].id}", headers={"Range": "bytes=100-199"})
    assert (piece.status_code, piece.data) == (206, clip.data[100:200])
    with av.open(io.BytesIO(clip.data)) as file:
        frames = sum(1 for _ in file.decode(video=0))
    assert frames / 10 == pytest.approx(media[1].seconds, abs=1.5)
    assert media[1].seconds > 4
    with world.database.read() as session:
        incident = session.scalar(
            select(Incident.id).where(Incident.camera_id == identity, Incident.kind == IncidentKind.CLOSED_AREA)
        )
        viewed = session.scalar(select(AuditEntry.id).where(AuditEntry.action == "incident-media-viewed"))
    assert viewed is not None
    page = client.get(f"/incidents/{incident}").text
    assert f"/incident-media/{media[0].id}" in page
    assert world.client("auditor").get(f"/incident-media/{media[0].id}").status_code == 403


def test_the_live_feed_carries_an_mp4_of_the_stream(world: World) -> None:
    identity = _named(world, "Luồng")
    client = world.client("supervisor")
    with client.get(f"/cameras/feed?cameras={identity}", buffered=False) as answer:
        assert answer.status_code == 200
        data, deadline = b"", time.monotonic() + PATIENCE
        for part in answer.response:
            data += part if isinstance(part, bytes) else part.encode()
            if data.count(b"moof") > 12 or time.monotonic() > deadline:
                break
    assert data[:4] == identity.to_bytes(4, "big")
    assert b'video/mp4; codecs="avc1.' in data[:80]
    assert data.count(b"moof") > 12
    with world.database.read() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "camera-live-viewed")) is not None
    # Who leaves is not sent anything any more, soon.
    wait_until(lambda: not world.watch.watchers[identity].listeners)


def test_a_live_view_goes_on_when_its_camera_begins_anew(world: World) -> None:
    identity = _named(world, "Luồng")
    watcher = world.watch.watchers[identity]
    heard, stopping = bytearray(), threading.Event()
    feed = LiveFeed(world.watch.details()["feed"], feed_token(world.secret), [identity])

    def read() -> None:
        for part in feed.parts():
            heard.extend(part)
            if stopping.is_set():
                return

    thread = threading.Thread(target=read)
    thread.start()
    wait_until(lambda: heard.count(b"moof") > 5)
    began = heard.count(b"video/mp4")
    # The camera hangs up; its clock begins anew with the next connection.
    watcher.connection.link.close()  # type: ignore[union-attr]
    wait_until(lambda: heard.count(b"video/mp4") > began)
    fragments = heard.count(b"moof")
    wait_until(lambda: heard.count(b"moof") > fragments + 5)
    stopping.set()
    thread.join(PATIENCE)
    feed.close()


def test_nobody_but_the_service_gets_pictures_from_a_watching_process(world: World) -> None:
    import http.client

    feed = world.watch.details()["feed"]
    for header in ({}, {"Authorization": "Bearer x"}):
        connection = http.client.HTTPConnection(feed, timeout=PATIENCE)
        connection.request("GET", f"/picture/{_named(world, 'Luồng')}", headers=header)
        assert connection.getresponse().status == 403
        connection.close()


def test_a_picture_from_a_watching_process_carries_the_name_of_whoever_looks(world: World) -> None:
    feed, token = world.watch.details()["feed"], feed_token(world.secret)
    camera = _named(world, "Luồng")
    # The scene moves: where nobody is named, some picture of those that follow each other is the same as the one before.
    plain = [newest_picture(feed, token, camera, "") for _each in range(6)]
    named = newest_picture(feed, token, camera, "chi 2026-11-30 14:05:09")
    assert all(plain)
    assert named
    assert any(one == other for one, other in itertools.pairwise(plain))
    assert named not in plain
    page = world.client("supervisor").get(f"/cameras/{camera}").text
    assert 'class="shown-to"' in page
    assert "supervisor · " in page


def test_the_sub_stream_is_set_and_set_back(world: World) -> None:
    client = world.client("supervisor")
    identity = _named(world, "Cổng chính")
    assert client.post(f"/cameras/{identity}/ask", data={"kind": "fit"}).status_code == 303
    wait_until(lambda: _camera(world, identity).encoder_before)
    assert client.post(f"/cameras/{identity}/ask", data={"kind": "undo_fit"}).status_code == 303
    wait_until(lambda: not _camera(world, identity).encoder_before)

    def profiles() -> int:
        with world.database.read() as session:
            return len(session.scalars(select(MediaProfile.id).where(MediaProfile.camera_id == identity)).all())

    wait_until(lambda: profiles() == 2)
    assert client.post(f"/cameras/{identity}/ask", data={"kind": "preset", "preset": "nowhere"}).status_code == 422


def test_roles_without_the_right_manage_nothing(world: World) -> None:
    for role in (Role.STAFF, Role.AUDITOR):
        client = world.client(role.value)
        for path in ("/cameras/add", f"/cameras/{_named(world, 'Luồng')}/areas"):
            assert client.get(path).status_code == 403


def test_prometheus_is_told_what_each_camera_costs(world: World) -> None:
    identity = _named(world, "Luồng")

    def packets() -> float:
        text = world.app.test_client().get("/metrics").text
        found = re.search(rf'quarantine_camera_packets_total{{camera="{identity}"}} ([\d.]+)', text)
        return float(found[1]) if found else 0.0

    wait_until(lambda: packets() > 0)
    text = world.app.test_client().get("/metrics").text
    for name in ("decoded_frames_total", "gate_openings_total", "reconnects_total", "lag_seconds", "keyframe_seconds"):
        assert f'quarantine_camera_{name}{{camera="{identity}"}}' in text
    assert re.search(r'quarantine_watch_cameras{process="watch-1"} [2-9]', text)
