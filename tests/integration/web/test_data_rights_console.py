"""What staff do for people's rights on the console: requests, consent, a reason before photos, who looked, and the copy of everything."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry
from monitor.models.cameras.cameras import Camera, CameraState, Observation, ObservationKind
from monitor.models.people.residents import Media, MediaKind
from monitor.models.people.rights import AuditAbout, Consent, RightsRequest
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.settings import Settings
from monitor.trail.who_looked import View, collapse, opened_lately, wants_reason
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, resident_owner
from monitor.words import words
from rollcall.answers.bursts import CONTENT_TYPE, pack
from tests.worlds.due_round import jpeg
from tests.worlds.province import Place, seed
from tests.worlds.small_zone import NOW, add_zone
from tests.worlds.tables import make_tables
from web.console.application import create_console
from web.shared.export_pages import PIECE

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Place, Place]:
    """A database that is filled once; each test works on its own copy."""
    folder = tmp_path_factory.mktemp("console")
    return folder, *seed(folder)


class Desk:
    """The console over a copy of it, on a clock that the test moves."""

    def __init__(self, seeded: tuple[Path, Place, Place], tmp_path: Path) -> None:
        self.folder, self.here, self.there = seeded
        (tmp_path / "test.db").write_bytes((self.folder / "seed.db").read_bytes())
        shutil.copytree(self.folder / "vault", tmp_path / "vault")
        self.database = Database(f"sqlite:///{tmp_path}/test.db", bytes(32))
        self.vault = Vault(tmp_path / "vault", bytes(32))
        self.now = NOW
        settings = Settings(data_folder=tmp_path, web_threads=8, language="en")
        self.app: Flask = create_console(settings, self.database, self.vault, now=lambda: self.now)
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own in test_console.py
        self.resident = self.here.residents[1]

    def as_(self, username: str) -> FlaskClient:
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = (self.folder / username).read_text()
        return client

    def entries(self, action: str) -> list[AuditEntry]:
        with self.database.read() as session:
            found = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
            return list(session.scalars(found))


@pytest.fixture
def desk(seeded: tuple[Path, Place, Place], tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(seeded, tmp_path)
    yield desk
    desk.app.extensions["live"].close()
    desk.database.dispose()


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_request_is_written_down_for_who_has_no_phone_listed_by_its_limit_and_answered_once(desk: Desk) -> None:
    staff, supervisor = desk.as_("staff"), desk.as_("supervisor")
    for resident, kind in ((desk.here.residents[2], "see"), (desk.resident, "copy")):
        form = {"kind": kind, "text": "Bà ấy hỏi.", "asked_by": "Con gái"}
        assert staff.post(f"/residents/{resident}/requests", data=form).status_code == 303
    with desk.database.write() as session:
        first = session.scalars(select(RightsRequest).order_by(RightsRequest.id)).first()
        assert first is not None
        assert (first.made_at, first.due_at) == (NOW, NOW + timedelta(days=2, hours=14))
        first.due_at += timedelta(days=1)
    page = text_of(staff.get("/requests").text)
    # Asked last, due first.
    assert page.index("Trần Văn Bình") < page.index("Lê Thị Cúc")
    assert "recorded by staff" in page
    with desk.database.read() as session:
        first, second = session.scalars(select(RightsRequest).order_by(RightsRequest.due_at)).all()
        assert (first.resident_id, first.asked_by, second.due_at - first.due_at) == (
            desk.resident,
            "Con gái",
            timedelta(days=1),
        )
    assert "A supervisor will answer this." in text_of(staff.get(f"/requests/{first.id}").text)
    answer = {"outcome": "done", "answer": "Đã trao bản sao."}
    assert staff.post(f"/requests/{first.id}/answer", data=answer).status_code == 403
    assert supervisor.post(f"/requests/{first.id}/answer", data={"outcome": "done", "answer": ""}).status_code == 422
    assert supervisor.post(f"/requests/{first.id}/answer", data={"outcome": "x", "answer": "y"}).status_code == 422
    said = supervisor.post(f"/requests/{first.id}/answer", data=answer, follow_redirects=True)
    assert "a message says so" in said.text
    assert supervisor.post(f"/requests/{first.id}/answer", data=answer).status_code == 409
    assert "Trần Văn Bình" not in text_of(staff.get("/requests").text)
    assert "Trần Văn Bình" in text_of(staff.get("/requests?state=answered").text)
    assert "Done." in text_of(staff.get(f"/residents/{desk.resident}").text)


def test_what_is_overdue_says_so_and_another_zones_request_is_not_there(desk: Desk) -> None:
    with desk.database.write() as session:
        for place in (desk.here, desk.there):
            session.add(
                RightsRequest(
                    resident_id=place.residents[0], zone_id=place.zone, kind="see", made_at=NOW, due_at=NOW - 60 * MINUTE
                )
            )
    client = desk.as_("supervisor")
    page = text_of(client.get("/requests").text)
    assert page.count("overdue by 1 hour") == 1
    assert client.get("/requests/1").status_code == 200
    assert client.get("/requests/2").status_code == 404
    assert client.post("/requests/2/answer", data={"outcome": "done", "answer": "x"}).status_code == 404


def test_staff_write_down_what_the_person_or_somebody_for_them_says(desk: Desk) -> None:
    client, path = desk.as_("staff"), f"/residents/{desk.resident}"
    with desk.database.read() as session:
        enrolled = session.scalars(select(Media.name).where(Media.kind == MediaKind.ENROLMENT)).all()
    assert client.post(f"{path}/notice", data={"given_by": "Mẹ"}).status_code == 303
    assert client.post(f"{path}/face-matching", data={"agrees": "no", "given_by": "Mẹ"}).status_code == 303
    with desk.database.read() as session:
        assert [(each.kind, each.given, each.given_by) for each in session.scalars(select(Consent).order_by(Consent.id))] == [
            ("notice", True, "Mẹ"),
            ("faces", False, "Mẹ"),
        ]
        left = select(func.count()).where(Media.resident_id == desk.resident, Media.kind == MediaKind.ENROLMENT)
        assert session.scalar(left) == 0
    assert not any((desk.vault._path(name)).exists() for name in enrolled if name not in _kept(desk))
    assert "Does not agree to face matching" in text_of(client.get(path).text)
    page = text_of(client.get(f"{path}/photos").text)
    assert "no photo is kept" in page
    assert "Add photos" not in page
    assert client.post(f"{path}/face-matching", data={"agrees": "yes"}).status_code == 303
    assert "Add photos" in text_of(client.get(f"{path}/photos").text)
    assert client.post(f"{path}/face-matching", data={"agrees": ""}).status_code == 422
    assert client.post(f"{path}/notice", data={"given_by": "x" * 121}).status_code == 422


def _kept(desk: Desk) -> set[str]:
    with desk.database.read() as session:
        return set(session.scalars(select(Media.name)))


def test_where_a_plan_wants_a_reason_no_photo_is_shown_without_and_the_reason_is_in_the_entry(desk: Desk) -> None:
    client, photo = desk.as_("staff"), f"/photos/{desk.here.photo}"
    page, look = f"/residents/{desk.resident}", f"/residents/{desk.resident}/look"
    assert client.get(photo).status_code == 200
    with desk.database.write() as session:
        session.execute(update(Plan).where(Plan.zone_id == desk.here.zone).values(view_reason=True))
    assert client.get(photo).status_code == 403
    shown = client.get(page).text
    assert "/photos/" not in re.sub(r'href="[^"]*"', "", shown)
    assert "why do you need to?" in text_of(shown)
    for wrong in ({"why": ""}, {"why": "other"}, {"why": "other", "reason": "x" * 201}):
        assert client.post(look, data=wrong).status_code == 422
    assert client.get(photo).status_code == 403
    back = client.post(look, data={"why": "other", "reason": "Mất vòng tay", "next": f"{page}/photos"})
    assert back.location == f"{page}/photos"
    assert client.get(photo).status_code == 200
    assert photo in client.get(page).text
    assert desk.entries("photo-viewed")[-1].details == {
        "media_id": desk.here.photo,
        "why": "other",
        "reason": "Mất vòng tay",
    }
    assert "for another reason: Mất vòng tay" in text_of(client.get(f"{page}/looked").text)
    # Of this person, for a while, and nobody leads elsewhere.
    assert client.post(look, data={"why": "answer", "next": "https://evil.example"}).location == page
    desk.now = NOW + 16 * MINUTE
    assert client.get(photo).status_code == 403
    assert desk.as_("supervisor").get(photo).status_code == 403


def test_a_plan_for_some_people_wants_a_reason_for_those(desk: Desk) -> None:
    with desk.database.write() as session:
        session.execute(update(Plan).where(Plan.id == desk.here.plan).values(view_reason=True))
        session.add(PlanResident(plan_id=desk.here.plan, resident_id=desk.resident))
    with desk.database.read() as session:
        assert wants_reason(session, desk.resident)
        assert not wants_reason(session, desk.here.residents[0])
        assert not wants_reason(session, desk.there.residents[1])
        assert not wants_reason(session, None)


def test_the_plans_form_keeps_that_a_reason_is_wanted(desk: Desk) -> None:
    client = desk.as_("supervisor")
    page = client.get(f"/plans/{desk.here.plan}/replace").text
    assert 'id="view_reason" name="view_reason" value="yes" >' in page
    fields = {
        **dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page)),
        **{"kind": "times", "times": "08:00", "whom": "zone", "evidence": "face", "evidence_by_text": "acknowledged"},
        **{"channel0": "sms", "wait0": "3", "quiet_from": "21:00", "quiet_to": "07:00", "share": "100", "do": "save"},
        **{"window": "50", "reminder": "10", "voice": "", "household": "", "visit": "110", "view_reason": "yes"},
    }
    answer = client.post(f"/plans/{desk.here.plan}/replace", data=fields)
    assert answer.status_code == 303, text_of(answer.text)
    with desk.database.read() as session:
        newest = session.scalars(select(Plan).where(Plan.active).order_by(Plan.id.desc())).first()
        assert newest is not None
        assert newest.view_reason
    assert 'name="view_reason" value="yes" checked' in client.get(f"/plans/{newest.id}/replace").text


def test_opening_a_record_is_one_look_for_ten_minutes_and_a_camera_is_a_look_at_its_room(desk: Desk) -> None:
    client, page = desk.as_("staff"), f"/residents/{desk.resident}"
    for minutes in (0, 1, 9, 11):
        desk.now = NOW + minutes * MINUTE
        # Also where the page says that it only asks again.
        client.get(page, headers={"X-Fragment": "live"} if minutes else {})
    assert [each.at for each in desk.entries("record-opened")] == [NOW, NOW + 11 * MINUTE]
    with desk.database.read() as session:
        assert opened_lately(
            session, "record-opened", desk.resident, desk.entries("record-opened")[0].account_id or 0, desk.now
        )
    assert client.get(f"/cameras/{desk.here.camera}/picture").status_code == 200
    with desk.database.read() as session:
        about = session.scalars(select(AuditAbout.resident_id)).all()
    assert about == [desk.here.residents[0]]
    assert desk.entries("camera-viewed")[-1].details["residents"] == [desk.here.residents[0]]
    looked = text_of(client.get(f"/residents/{desk.here.residents[0]}/looked").text)
    assert "A picture from the camera in the room" in looked


def test_an_auditor_reads_who_looked_and_not_at_whom(desk: Desk) -> None:
    desk.as_("staff").get(f"/residents/{desk.resident}")
    page = text_of(desk.as_("auditor").get(f"/residents/{desk.resident}/looked").text)
    assert "The record: answers, timeline, notes" in page
    assert f"number {desk.resident}" in page
    assert "Trần Văn Bình" not in page


def view(minutes: float, action: str = "photo-viewed", username: str = "an", reason: str = "") -> View:
    at = NOW - minutes * MINUTE
    return View(at, at, action, username, None, words(reason) if reason else None)


@pytest.mark.parametrize(
    ("case", "views", "lines"),
    [
        ("none", [], []),
        ("one", [view(0)], [(0, 0, 1)]),
        ("again and again", [view(0), view(9), view(18)], [(18, 0, 3)]),
        ("a pause", [view(0), view(11)], [(0, 0, 1), (11, 11, 1)]),
        ("two people", [view(0), view(1, username="bình"), view(2)], [(2, 0, 2), (1, 1, 1)]),
        ("two things", [view(0), view(1, "record-opened")], [(0, 0, 1), (1, 1, 1)]),
        ("two reasons", [view(0, reason="a"), view(1, reason="b"), view(2, reason="a")], [(2, 0, 2), (1, 1, 1)]),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_looks_within_minutes_are_one_line(case: str, views: list[View], lines: list[tuple[int, int, int]]) -> None:
    found = [((NOW - each.first) / MINUTE, (NOW - each.last) / MINUTE, each.times) for each in collapse(views)]
    assert found == lines


def test_the_copy_has_everything_in_the_persons_language_and_its_pictures(desk: Desk) -> None:
    burst = pack([(number * 100.0, jpeg(48, 64)) for number in range(8)])
    name = desk.vault.put(resident_owner(desk.resident), burst)
    with desk.database.write() as session:
        moved = add_resident_media(session, desk.here.zone, desk.resident, MediaKind.BURST, name, NOW)
        moved.content_type = CONTENT_TYPE
        gone = add_resident_media(session, desk.here.zone, desk.resident, MediaKind.SELFIE, "ab" * 16, NOW)
        number, missing = moved.id, gone.id
    client, path = desk.as_("supervisor"), f"/residents/{desk.resident}/export"
    assert desk.as_("staff").post(path, data={"reason": "x"}).status_code == 403
    assert client.post(path, data={"reason": " "}).status_code == 422
    answer = client.post(path, data={"reason": "Người đó yêu cầu."})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="resident-{desk.resident}.zip"'
    assert desk.entries("export-made")[-1].details == {"reason": "Người đó yêu cầu."}
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        page, content = archive.read("index.html").decode(), json.loads(archive.read("data.json"))
        assert archive.read(f"pictures/{desk.here.photo}.jpg").startswith(b"\xff\xd8")
        assert archive.read(f"pictures/{number}.jpg").startswith(b"\xff\xd8")
    assert f"pictures/{missing}.jpg" not in names
    assert '<html lang="vi">' in page
    for shown in ("Trần Văn Bình", "Cháu hơi sốt", "+8490000", "Khu A", "Cam 1"):
        assert shown in page
    (answered,) = content["answer"]
    assert (answered["symptoms"], answered["note"], answered["unwell"]) == (["fever"], "Cháu hơi sốt", True)
    assert content["resident"][0]["zone_id"] == "Khu A"
    assert len(content["check_in"]) == 2
    # Nothing of the neighbours, and not the secret of a link.
    assert "Nguyễn Thị An" not in page
    assert "nonce" not in json.dumps(content)


_MEASURE = """
import resource, sys
from pathlib import Path
from monitor.authority import Authority
from monitor.database.database import Database
from monitor.vault.vault import Vault
from tests.worlds.small_zone import NOW
from web.shared.export_pages import PIECE, copy_of, zip_parts
folder = Path(sys.argv[1])
database, vault = Database(f"sqlite:///{folder}/test.db", bytes(32)), Vault(folder / "vault", bytes(32))
copy = copy_of(database, 1, NOW, Authority(), by_link=False)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sizes = [len(piece) for piece in zip_parts(database, vault, copy)]
print(sum(sizes), max(sizes), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_copy_of_any_size_needs_little_memory(tmp_path: Path) -> None:
    database, vault = Database(f"sqlite:///{tmp_path}/test.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    make_tables(database)
    zone, (resident,) = add_zone(database)
    # 40 MB of pictures that no archive makes smaller, and 20,000 sights.
    noise = os.urandom(10 * 2**20)
    with database.write() as session:
        camera = Camera(zone_id=zone, name="c", address="http://c/", state=CameraState.ONLINE, state_since=NOW)
        session.add(camera)
        session.flush()
        for _ in range(4):
            name = vault.put(resident_owner(resident), noise)
            add_resident_media(session, zone, resident, MediaKind.SELFIE, name, NOW)
        sight = {"zone_id": zone, "camera_id": camera.id, "kind": ObservationKind.FACE, "resident_id": resident}
        rows = [
            {**sight, "started_at": NOW + number * MINUTE, "last_at": NOW + number * MINUTE, "confidence": 1.0, "details": {}}
            for number in range(20_000)
        ]
        session.execute(insert(Observation), rows)
    database.dispose()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    total, largest, more = (int(each) for each in done.stdout.split())
    assert total > 40 * 2**20
    assert largest < 8 * PIECE
    assert more < 20 * 1024  # kB
