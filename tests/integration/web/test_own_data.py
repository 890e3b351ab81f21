"""A resident's own page of their data over HTTP: refusing, asking, being answered and told, who looked, and a copy that tells no more."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor import audit
from monitor.access import Reader
from monitor.accounts import add_account
from monitor.database import Database
from monitor.incidents import escalate_overdue
from monitor.models import (
    AuditEntry,
    Consent,
    ConsentKind,
    Incident,
    IncidentKind,
    MediaKind,
    Prompt,
    PromptKind,
    PromptState,
    RequestKind,
    RequestOutcome,
    Resident,
    RightsRequest,
    Role,
)
from monitor.problems import BadInput, Conflict, NotFound
from monitor.resident_media import add_resident_media
from monitor.settings import Settings
from monitor.vault import Vault, resident_owner
from monitor.working_days import read_holidays
from rollcall.channels import Message, Outcome, Sent
from rollcall.data_requests import Asked, answer_request, open_overdue, take_request, tell
from rollcall.face_consent import refuse_faces
from rollcall.prompts import Sender
from rollcall.rounds import open_due_rounds
from rollcall.text_stops import stop_texts
from tests.rounds import SECRET, jpeg, token_of, world
from tests.support import NOW
from web.residents import create_residents

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOLIDAYS = read_holidays()
DUE = NOW + timedelta(days=2, hours=14)  # the end of Wednesday in Vietnam
PHONE, DOCUMENT = "+84900000111", "079085001234"


class Phone:
    """The residents' application, somebody with a round that is open, and a supervisor."""

    def __init__(self, tmp_path: Path, database: Database) -> None:
        self.database, self.vault = database, Vault(tmp_path / "vault", bytes(32))
        self.now = NOW
        self.zone, (self.resident, self.other) = world(database, "Nguyễn Thị An", "Trần Văn Bình")
        with database.write() as session:
            account = add_account(session, "bsHoa", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=NOW)
            session.flush()
            self.reader = Reader(account.id, "bsHoa", Role.SUPERVISOR, None, "vi")
            session.execute(
                update(Resident)
                .where(Resident.id == self.resident)
                .values(language="en", phone=PHONE, document_number=DOCUMENT)
            )
        open_due_rounds(database, NOW)
        self.link = f"/a/{token_of(database, self.resident)}"
        settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode())
        self.client: FlaskClient = create_residents(settings, database, self.vault, now=lambda: self.now).test_client()

    def page(self, path: str = "/data") -> str:
        answer = self.client.get(self.link + path)
        assert answer.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())

    def ask(self, **form: str) -> int:
        return self.client.post(f"{self.link}/data/request", data=form).status_code

    def requests(self) -> list[RightsRequest]:
        with self.database.read() as session:
            return list(session.scalars(select(RightsRequest).order_by(RightsRequest.id)))

    def answer(self, number: int, text: str = "Your birth date is right now.") -> bool:
        with self.database.write() as session:
            return answer_request(session, number, self.reader, RequestOutcome.DONE, text, self.now)[1]


@pytest.fixture
def phone(tmp_path: Path, database: Database) -> Phone:
    return Phone(tmp_path, database)


@pytest.fixture
def phone_on_both(tmp_path: Path, both_databases: Database) -> Phone:
    """For what the two databases could do differently."""
    return Phone(tmp_path, both_databases)


def test_a_request_takes_two_taps_has_its_limit_and_its_answer_is_read_on_the_page(phone_on_both: Phone) -> None:
    assert phone_on_both.ask(kind="correct", text="My birth date is wrong", asked_by="Mẹ") == 303
    (asked,) = phone_on_both.requests()
    assert (asked.kind, asked.made_at, asked.due_at, asked.asked_by) == (RequestKind.CORRECT, NOW, DUE, "Mẹ")
    assert "An answer comes by 00:00, Nov 26" in phone_on_both.page()
    phone_on_both.now = NOW + HOUR
    assert phone_on_both.answer(asked.id)
    page = phone_on_both.page()
    assert "It was done. “Your birth date is right now.”" in page
    assert "My birth date is wrong" in page
    with phone_on_both.database.read() as session:
        actions = [each.action for each in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions[-2:] == ["request-made", "request-answered"]
    with pytest.raises(Conflict):
        phone_on_both.answer(asked.id)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"kind": "see"}, 303),
        ({"kind": "correct", "text": " "}, 422),
        ({"kind": "withdraw"}, 422),
        ({"kind": "anything"}, 422),
        ({}, 422),
        ({"kind": "object", "text": "x" * 2001}, 422),
        ({"kind": "see", "asked_by": "x" * 121}, 422),
    ],
)
def test_what_cannot_be_asked_is_told_and_nothing_is_kept_of_it(phone: Phone, form: dict[str, str], status: int) -> None:
    assert phone.ask(**form) == status
    assert len(phone.requests()) == (status == 303)


def test_the_same_is_not_asked_twice_nor_without_end(phone: Phone) -> None:
    assert [phone.ask(kind="see"), phone.ask(kind="see")] == [303, 409]
    assert [phone.ask(kind="object", text=str(number)) for number in range(10)][-1] == 409
    assert len(phone.requests()) == 10


def test_another_zones_supervisor_answers_nothing_and_no_answer_is_without_words(phone: Phone) -> None:
    phone.ask(kind="see")
    (asked,) = phone.requests()
    stranger = Reader(phone.reader.account_id, "x", Role.SUPERVISOR, frozenset({9_999}), "vi")
    with phone.database.write() as session, pytest.raises(NotFound):
        answer_request(session, asked.id, stranger, RequestOutcome.DONE, "x", NOW)
    with phone.database.write() as session, pytest.raises(BadInput):
        answer_request(session, asked.id, phone.reader, RequestOutcome.DONE, "  ", NOW)


def test_what_is_overdue_goes_to_supervisors_once_and_ends_with_the_answer(phone_on_both: Phone) -> None:
    with phone_on_both.database.write() as session:
        asked = take_request(session, phone_on_both.resident, Asked(RequestKind.SEE), HOLIDAYS, NOW)
    assert open_overdue(phone_on_both.database, DUE - timedelta(seconds=1)) == 0
    assert open_overdue(phone_on_both.database, DUE) == 1
    assert escalate_overdue(phone_on_both.database, DUE) == 1
    assert open_overdue(phone_on_both.database, DUE + HOUR) == 0
    with phone_on_both.database.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.kind, incident.resident_id, incident.escalated_at) == (
            IncidentKind.REQUEST_OVERDUE,
            phone_on_both.resident,
            DUE,
        )
    phone_on_both.now = DUE + 2 * HOUR
    phone_on_both.answer(asked.id)
    with phone_on_both.database.read() as session:
        assert session.scalars(select(Incident.cause_ended_at)).one() == phone_on_both.now
    assert open_overdue(phone_on_both.database, DUE + DAY) == 0


class Channel:
    """Takes each message, and keeps what it said."""

    name, idempotent = "sms", True

    def __init__(self) -> None:
        self.said: list[Message] = []

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for message in messages:
            self.said.append(message)
            yield message, Sent(f"g-{message.reference}")

    def close(self) -> None:
        return


@pytest.fixture
def channel() -> Channel:
    return Channel()


def send(phone: Phone, channel: Channel, tmp_path: Path, after: timedelta = timedelta()) -> list[str]:
    """What is sent now to the one who asked."""
    before = len(channel.said)
    options = {"secret": SECRET, "address": "http://phones", "budget": 24}
    Sender(phone.database, {"sms": channel}, worker="w", outbox=tmp_path, **options).send_due(NOW + after)  # type: ignore[arg-type, dict-item]
    return [each.text for each in channel.said[before:] if each.to == PHONE]


def test_a_text_tells_that_the_answer_is_there_leads_to_it_and_keeps_it_to_itself(
    phone_on_both: Phone, channel: Channel, tmp_path: Path
) -> None:
    send(phone_on_both, channel, tmp_path)
    phone_on_both.ask(kind="correct", text="My birth date is wrong")
    phone_on_both.now = NOW + HOUR
    phone_on_both.answer(phone_on_both.requests()[0].id)
    (said,) = send(phone_on_both, channel, tmp_path, HOUR)
    found = re.search(r"http://phones(/a/\S+/data)", said)
    assert found
    assert found[1] == f"{phone_on_both.link}/data"
    assert "birth" not in said
    # A second answer under the same roll-call is told too.
    phone_on_both.ask(kind="see")
    phone_on_both.answer(phone_on_both.requests()[1].id)
    assert len(send(phone_on_both, channel, tmp_path, 2 * HOUR)) == 1


def test_the_word_waits_for_the_morning_and_moves_no_roll_calls_window(phone: Phone, channel: Channel, tmp_path: Path) -> None:
    send(phone, channel, tmp_path)
    evening = timedelta(hours=13)  # eleven at night in Vietnam
    phone.ask(kind="see")
    with phone.database.read() as session:
        before = session.execute(select(Prompt.check_in_id, Prompt.id)).all()
    phone.now = NOW + evening
    assert phone.answer(phone.requests()[0].id)
    assert send(phone, channel, tmp_path, evening) == []
    with phone.database.read() as session:
        row = session.scalars(select(Prompt).where(Prompt.kind == PromptKind.REQUEST_ANSWERED)).one()
        assert (row.state, row.next_attempt_at) == (PromptState.QUEUED, NOW + timedelta(hours=21))
        assert len(before) == 2
    # Not grown old by then, unlike a reply to somebody who has just written.
    assert len(send(phone, channel, tmp_path, timedelta(hours=21))) == 1


def test_who_cannot_be_told_by_text_is_left_to_staff(phone: Phone) -> None:
    with phone.database.write() as session:
        assert tell(session, phone.other, NOW)
        stop_texts(session, PHONE, NOW)
    with phone.database.write() as session:
        assert not tell(session, phone.resident, NOW)
        session.execute(update(Resident).values(phone=""))
    with phone.database.write() as session:
        assert not tell(session, phone.other, NOW)


def test_the_first_message_to_who_refuses_asks_for_no_selfie(phone: Phone, channel: Channel, tmp_path: Path) -> None:
    refuse_faces(phone.database, phone.vault, phone.resident, language="en", now=NOW)
    (said,) = send(phone, channel, tmp_path)
    assert "selfie" not in said
    assert "No picture is needed" in said
    assert phone.link in said
    assert [each for each in channel.said if each.to != PHONE]


def test_face_matching_is_refused_and_agreed_to_by_one_tap_each(phone: Phone) -> None:
    assert "Take a selfie" in phone.page("")
    assert "Call 1022 and say how you are." in phone.page()
    assert phone.client.post(f"{phone.link}/data/faces", data={"agrees": "no"}).status_code == 303
    page = phone.page()
    assert "You do not agree: your face is compared with nothing." in page
    assert "Withdraw that faces may be matched" in page
    asked = phone.page("")
    assert "Take a selfie" not in asked
    assert "no picture is asked of you" in asked
    assert "You do not agree to comparing faces" in phone.page("/photos")
    assert phone.client.post(f"{phone.link}/photos", data={"photo": (io.BytesIO(jpeg()), "f.jpg")}).status_code == 422
    assert phone.client.post(phone.link, data={"unwell": "no"}).status_code == 303
    assert "All is well" in phone.page("")
    assert phone.client.post(f"{phone.link}/data/faces", data={"agrees": "yes"}).status_code == 303
    assert "compared with your own photos" in phone.page()
    assert phone.client.post(f"{phone.link}/data/faces", data={"agrees": "perhaps"}).status_code == 422


def test_that_the_notice_was_read_is_kept_with_its_version_and_language(phone: Phone) -> None:
    assert "I have read this" in phone.page()
    assert phone.client.post(f"{phone.link}/data/notice?lang=vi").status_code == 303
    assert "I have read this" not in phone.page()
    with phone.database.read() as session:
        said = session.scalars(select(Consent)).one()
        assert (said.kind, said.version, said.language, said.at) == (ConsentKind.NOTICE, "2026-11", "vi", NOW)


def test_a_resident_reads_who_looked_and_why_and_nothing_of_others(phone_on_both: Phone) -> None:
    def note(action: str, after: int, **more: object) -> None:
        values = {"account_id": phone_on_both.reader.account_id, "zone_id": phone_on_both.zone, **more}
        with phone_on_both.database.write() as session:
            audit.note(session, action, at=NOW + timedelta(minutes=after), **values)  # type: ignore[arg-type]

    assert "Nobody has looked yet." in phone_on_both.page("/data/looked")
    for after in (0, 4, 8):
        note("camera-viewed", after, about=[phone_on_both.resident])
    note("photo-viewed", 9, resident_id=phone_on_both.resident, why="other", reason="Lost her bracelet", media_id=1)
    note("photo-viewed", 9, resident_id=phone_on_both.other, why="welfare")
    note("camera-live-viewed", 10, about=[phone_on_both.other])
    note("order-changed", 11, resident_id=phone_on_both.resident)
    page = phone_on_both.page("/data/looked")
    assert page.count("bshoa of the health staff") == 2
    assert "A photo of the face 10:09 bshoa of the health staff Why: for another reason: Lost her bracelet" in page
    assert "A picture of the camera in the room 10:00 – 10:08 (3 times)" in page
    with phone_on_both.database.read() as session:
        assert audit.first_broken(session) is None


def test_the_copy_by_link_holds_no_picture_no_whole_number_and_is_seen_by_the_person(phone: Phone) -> None:
    picture = b"\xff\xd8 a face"
    name = phone.vault.put(resident_owner(phone.resident), picture)
    with phone.database.write() as session:
        add_resident_media(session, phone.zone, phone.resident, MediaKind.ENROLMENT, name, NOW)
    assert phone.client.get(f"{phone.link}/data/copy").status_code == 405
    answer = phone.client.post(f"{phone.link}/data/copy")
    assert answer.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["index.html", "data.json"]
        page, content = archive.read("index.html").decode(), json.loads(archive.read("data.json"))
    everything = page + json.dumps(content)
    assert content["resident"][0]["phone"] == "…111"
    for planted in (PHONE, DOCUMENT, "media", "Trần Văn Bình"):
        assert planted not in everything
    assert "Nguyễn Thị An" in page
    assert "staff give you all of it" in page
    assert len(content["check_in"]) == 1
    assert "A copy without pictures, by the link in a message" in phone.page("/data/looked")
    statuses = [phone.client.post(f"{phone.link}/data/copy").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("path", ["/data", "/data/looked"])
def test_a_link_that_is_not_ours_opens_nothing(phone: Phone, path: str) -> None:
    assert phone.client.get(f"/a/forged{path}").status_code == 404
    assert phone.client.post("/a/forged/data/copy").status_code == 404
    assert phone.client.post("/a/forged/data/faces", data={"agrees": "no"}).status_code == 404
    with phone.database.read() as session:
        assert not session.get_one(Resident, phone.resident).refuses_faces
