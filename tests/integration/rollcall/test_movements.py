"""Head movements over HTTP, judged by a worker with the real models: a person passes, pictures of one go to a person, nobody is stuck."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from monitor.benchmarks.heads import acted, moved_photo, swapped, two_people
from monitor.benchmarks.recaptures import photographed_screen
from monitor.challenge import Move, challenge_of
from monitor.database.database import Database
from monitor.faces.gallery import enrol
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.rollcalls.answers import Answer, Verification
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.personal_data.purge import Purge
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.answers.bursts import pack, unpack
from rollcall.answers.sealing import AnswerKey
from rollcall.faces.verification import verify_due
from rollcall.rounds.opening import open_due_rounds
from tests.integration.rollcall.test_enrolment import files
from tests.integration.web.test_late_answers import seal
from tests.worlds.due_round import SECRET, check_in_of, token_of, world
from tests.worlds.rendered_selfies import encoded, engine, packed, sitter
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.residents.application import create_residents


class Phone:
    """A resident who is enrolled and asked for head movements."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self.database, self.vault, self.folder = database, vault, folder
        self.settings = Settings(data_folder=folder, secret_key=SECRET.decode())
        self.zone, (self.resident,) = world(database, "Nguyễn Thị An", evidence=EvidenceLevel.FACE_AND_LIVENESS)
        picture = sitter("astronaut").picture
        with database.write() as session:
            enrol(session, vault, [engine()], session.get_one(Resident, self.resident), picture, encoded(picture), now=NOW)
        self.app = create_residents(self.settings, database, vault, now=lambda: NOW)
        self.open(NOW)

    def open(self, at: object) -> None:
        with self.database.write() as session:
            session.execute(update(Plan).values(next_round_at=at))
        assert open_due_rounds(self.database, at) == 1  # type: ignore[arg-type]

    @property
    def moves(self) -> tuple[Move, ...]:
        return challenge_of(check_in_of(self.database, self.resident).nonce)

    @property
    def link(self) -> str:
        return f"/a/{token_of(self.database, self.resident)}"

    def page(self) -> str:
        return self.app.test_client().get(self.link).get_data(as_text=True)

    def send(self, burst: bytes | None, **fields: str) -> TestResponse:
        """Send a selfie, with a burst or without."""
        sent = [("photo", ("a.jpg", encoded(sitter("astronaut").picture)))]
        if burst is not None:
            sent.append(("burst", ("frames", burst)))
        return self.post(sent, unwell="no", **fields)

    def post(self, sent: list[tuple[str, tuple[str, bytes]]], **form: str) -> TestResponse:
        request = httpx.Request("POST", "http://here", data=form, files=sent)
        return self.app.test_client().post(
            self.link,
            data=request.read(),
            content_type=request.headers["Content-Type"],
            headers={"Accept": "application/json"},
        )

    def judge(self) -> Verification:
        assert verify_due(self.database, self.vault, engine, lambda: None, worker="w", now=NOW + timedelta(minutes=1)) == 1
        with self.database.read() as session:
            return session.scalars(select(Verification).order_by(Verification.id.desc()).limit(1)).one()

    def outcome(self) -> tuple[CheckInState, EvidenceLevel | None, str]:
        check_in = check_in_of(self.database, self.resident)
        return check_in.state, check_in.evidence, " ".join(each["template"] for each in check_in.reasons)

    def console(self) -> FlaskClient:
        app = create_console(self.settings, self.database, self.vault, now=lambda: NOW)
        app.config["WTF_CSRF_ENABLED"] = False
        return signed_in(app, self.database, "giamsat", Role.SUPERVISOR, None, NOW)


@pytest.fixture
def phone(database: Database, vault: Vault, tmp_path: Path) -> Phone:
    return Phone(database, vault, tmp_path)


def chance() -> np.random.Generator:
    return np.random.default_rng(20211)


def test_a_person_who_moves_as_asked_is_verified_with_more_than_a_face(phone: Phone) -> None:
    assert f"[{', '.join(f'&#34;{move}&#34;' for move in phone.moves)}]" in phone.page()
    assert phone.send(packed(acted(sitter("astronaut"), phone.moves, chance()))).status_code == 201
    verification = phone.judge()
    assert phone.outcome()[:2] == (CheckInState.VERIFIED, EvidenceLevel.FACE_AND_LIVENESS)
    assert verification.movements is not None
    assert verification.movements["figures"]["depth"] > 0.13
    assert len(set(verification.movements["digests"])) == len(verification.movements["digests"]) > 20


@pytest.mark.parametrize(
    ("attack", "doubt"),
    [
        ("a photo that is moved", "flat picture"),
        ("made for other movements", "not those asked for"),
        ("in another order", "jump"),
        ("two people", "The face changed"),
    ],
)
def test_pictures_of_a_person_go_to_a_person(phone: Phone, attack: str, doubt: str) -> None:
    me, other, moves = sitter("astronaut"), sitter("hopper"), phone.moves
    match attack:
        case "a photo that is moved":
            frames = moved_photo(me, moves, chance())
        case "made for other movements":
            frames = acted(me, moves[::-1] if moves != moves[::-1] else (Move.UP, Move.NEARER, Move.LEFT), chance())
        case "in another order":
            frames = swapped(acted(me, moves, chance()), chance())
        case _:
            frames = two_people(acted(me, moves, chance()), acted(other, moves, chance()), chance())
    assert phone.send(packed(frames)).status_code == 201
    phone.judge()
    state, evidence, reasons = phone.outcome()
    assert (state, evidence) == (CheckInState.IN_REVIEW, None)
    assert doubt in reasons or "not those asked for" in reasons


def test_who_looks_at_an_answer_is_told_that_it_may_be_a_picture_of_a_screen(phone: Phone) -> None:
    shown = photographed_screen(sitter("hopper").picture, chance())
    sent = [("photo", ("a.jpg", encoded(shown)))]
    assert phone.post(sent, unwell="no").status_code == 201
    phone.judge()
    state, _evidence, reasons = phone.outcome()
    assert state == CheckInState.IN_REVIEW
    assert "as when a screen is photographed" in reasons


def test_frames_that_came_before_are_not_taken_for_new_ones(phone: Phone) -> None:
    burst = packed(acted(sitter("astronaut"), phone.moves, chance()))
    assert phone.send(burst).status_code == 201
    phone.judge()
    phone.open(NOW + timedelta(hours=3))
    assert phone.send(burst).status_code == 201
    phone.judge()
    assert "the same as earlier ones" in phone.outcome()[2]


@pytest.mark.parametrize(
    ("plan", "still", "state"),
    [(False, False, CheckInState.IN_REVIEW), (True, False, CheckInState.VERIFIED), (False, True, CheckInState.VERIFIED)],
)
def test_without_movements_the_plan_and_staff_decide_what_is_enough(
    phone: Phone, plan: bool, still: bool, state: CheckInState
) -> None:
    with phone.database.write() as session:
        session.execute(update(Plan).values(face_enough=plan))
    if still:
        console, address = phone.console(), f"/residents/{phone.resident}/movements"
        assert console.post(address, data={"still": "yes"}).status_code == 422
        assert console.post(address, data={"still": "yes", "reason": "Đau cổ"}).status_code == 303
    assert ('id="moves"' in phone.page()) == (not still)
    assert phone.send(None).status_code == 201
    phone.judge()
    found, evidence, reasons = phone.outcome()
    assert found == state
    if state == CheckInState.VERIFIED:
        assert evidence == EvidenceLevel.FACE
    else:
        assert "without the head movements" in reasons


def test_a_burst_that_waited_sealed_on_the_phone_is_judged_alike(phone: Phone) -> None:
    key = AnswerKey(bytes.fromhex(phone.settings.secret("answer_key").decode()))
    photo, burst = encoded(sitter("astronaut").picture), packed(acted(sitter("astronaut"), phone.moves, chance()))
    fields = [["unwell", "no"], ["photo_size", str(len(photo))]]
    sealed = seal(key.public, phone.link.rsplit("/", 1)[1], fields, photo + burst)
    assert phone.post([("sealed", ("sealed", sealed))]).status_code == 201
    phone.judge()
    assert phone.outcome()[:2] == (CheckInState.VERIFIED, EvidenceLevel.FACE_AND_LIVENESS)


@pytest.mark.parametrize(
    "burst",
    [
        b"no frames",
        b"\x00\x00\x00\x02[]",
        b"\xff\xff\xff\xff" + b"x" * 100,
        pack([(0.0, b"no picture")]),
        pack([(0.0, b"x" * 130_000)]),
        pack([(float(number), b"x") for number in range(41)]),
        b"\x00\x00\x00\x0d[[NaN, 1000]]x",
        b"\x00\x00\x00\x08[[0, 5]]abc",
        b"x" * 3_100_000,
    ],
)
def test_a_damaged_burst_is_told_and_nothing_of_the_answer_is_kept(phone: Phone, burst: bytes) -> None:
    before = files(phone.folder)
    answer = phone.send(burst)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["field"] == "burst"
    assert files(phone.folder) == before
    with phone.database.read() as session:
        assert session.scalars(select(Answer)).all() == []


def test_staff_see_eight_frames_on_the_record_and_they_go_with_the_selfie(phone: Phone) -> None:
    frames = moved_photo(sitter("astronaut"), phone.moves, chance())
    assert phone.send(packed(frames)).status_code == 201
    phone.judge()
    with phone.database.read() as session:
        burst = session.scalars(select(Media).where(Media.kind == MediaKind.BURST)).one()
    console = phone.console()
    page = console.get(f"/residents/{phone.resident}").get_data(as_text=True)
    assert f"/bursts/{burst.id}" in page
    shown = console.get(f"/bursts/{burst.id}")
    with Image.open(io.BytesIO(shown.data)) as sheet:
        assert sheet.size == (720, 480)
    with phone.database.read() as session:
        viewed = session.scalars(select(AuditEntry).where(AuditEntry.action == "photo-viewed")).one()
        assert viewed.details["media_id"] == burst.id
        selfie = session.scalar(select(Media.id).where(Media.kind == MediaKind.SELFIE))
    # A selfie has no frames, and its number opens none.
    assert console.get(f"/bursts/{selfie}").status_code == 404
    assert len(unpack(phone.vault.get(burst.owner, burst.name))) == len(frames)
    with phone.database.write() as session:
        session.execute(update(CheckIn).values(state=CheckInState.ACCEPTED, state_since=NOW))
        session.execute(update(Incident).values(state=IncidentState.RESOLVED))
    report = Purge(phone.database, phone.vault, phone.settings).run(NOW + timedelta(hours=73))
    assert report.deleted == {"selfies": 2}
    with phone.database.read() as session:
        assert session.scalars(select(Answer.burst_id)).all() == [None]
