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

from monitor.accounts.access import Reader
from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.incidents.incidents import escalate_overdue
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.guardians import Guardian, GuardianRelation
from monitor.models.people.residents import MediaKind, QuarantineOrder, Resident
from monitor.models.people.rights import Consent, ConsentKind, RequestKind, RequestOutcome, RightsRequest
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.people.order_deeds import Deed
from monitor.personal_data.consent import NOTICE_VERSION
from monitor.problems import BadInput, Conflict, NotFound
from monitor.settings import Settings
from monitor.trail import audit
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, resident_owner
from monitor.working_days import read_holidays
from rollcall.channels.channel import Message, Outcome, Sent
from rollcall.faces.face_consent import refuse_faces
from rollcall.orders.exemptions import add_exemption
from rollcall.orders.orders import Asked as AskedDeed
from rollcall.orders.orders import act
from rollcall.people.text_stops import stop_texts
from rollcall.rights.data_requests import Asked, answer_request, open_overdue, take_request, tell
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import SECRET, jpeg, token_of, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

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
    assert "You will have an answer by 00:00, 26 November" in phone_on_both.page()
    phone_on_both.now = NOW + HOUR
    assert phone_on_both.answer(asked.id)
    page = phone_on_both.page()
    assert "Done. “Your birth date is right now.”" in page
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
    make_sender(phone.database, {"sms": channel}, tmp_path).send_due(NOW + after)
    return [each.text for each in channel.said[before:] if each.to == PHONE]


def test_a_text_tells_that_the_answer_is_there_leads_to_it_and_keeps_it_to_itself(
    phone_on_both: Phone, channel: Channel, tmp_path: Path
) -> None:
    send(phone_on_both, channel, tmp_path)
    phone_on_both.ask(kind="correct", text="My birth date is wrong")
    phone_on_both.now = NOW + HOUR
    phone_on_both.answer(phone_on_both.requests()[0].id)
    (said,) = send(phone_on_both, channel, tmp_path, HOUR)
    found = re.search(r"http://phones(/\S+/data)", said)
    assert found
    assert f"/a{found[1]}" == f"{phone_on_both.link}/data"
    assert phone_on_both.client.get(found[1]).status_code == 200
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
    assert "No photo needed" in said
    assert phone.link.removeprefix("/a") in said
    assert [each for each in channel.said if each.to != PHONE]


def test_face_matching_is_refused_and_agreed_to_by_one_tap_each(phone: Phone) -> None:
    assert "Take a selfie" in phone.page("")
    assert "Call 1022 and say how you are." in phone.page()
    assert phone.client.post(f"{phone.link}/data/faces", data={"agrees": "no"}).status_code == 303
    page = phone.page()
    assert "You refused: your face is not compared with anything." in page
    assert "Withdraw my consent to face matching" in page
    asked = phone.page("")
    assert "Take a selfie" not in asked
    assert "no photo is needed" in asked
    assert "You refused face matching" in phone.page("/photos")
    assert phone.client.post(f"{phone.link}/photos", data={"photo": (io.BytesIO(jpeg()), "f.jpg")}).status_code == 422
    assert phone.client.post(phone.link, data={"unwell": "no"}).status_code == 303
    assert "Roll-call received. Thank you!" in phone.page("")
    assert phone.client.post(f"{phone.link}/data/faces", data={"agrees": "yes"}).status_code == 303
    assert "compared with your own photos" in phone.page()
    assert phone.client.post(f"{phone.link}/data/faces", data={"agrees": "perhaps"}).status_code == 422


def test_the_first_answer_asks_in_one_tap_with_the_other_way_beside_it(phone_on_both: Phone) -> None:
    phone = phone_on_both
    with phone.database.write() as session:
        session.execute(update(Resident).values(agrees_to_faces=False))
    page = phone.page("")
    assert "I agree that my photo is compared" in page
    assert "I do not agree: answer another way" in page
    assert "Answer on this page as before, without a photo. That is enough." in page
    assert "Call 1022 and say how you are." in page
    # Nothing is asked for that may not be compared, and nobody has to say anything to answer.
    assert "Take a selfie" not in page
    assert "How are you feeling?" in page
    assert "I agree that my photo is compared" in phone.page("/photos")
    assert phone.client.post(f"{phone.link}/photos", data={"photo": (io.BytesIO(jpeg()), "f.jpg")}).status_code == 422
    assert "not said anything yet, so your face is not compared" in phone.page()
    tapped = phone.client.post(f"{phone.link}/data/faces?lang=en", data={"agrees": "yes", "back": "answer"})
    assert (tapped.status_code, tapped.location) == (303, f"{phone.link}?lang=en")
    page = phone.page("")
    assert "I agree that" not in page
    assert "Take a selfie" in page
    with phone.database.read() as session:
        said = session.scalars(select(Consent)).one()
        assert (said.kind, said.given, said.version, said.at) == (ConsentKind.FACES, True, NOTICE_VERSION, NOW)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "faces-agreed")).one()
        assert (entry.resident_id, entry.account_id) == (phone.resident, None)


def test_the_other_way_is_one_tap_too_and_an_answer_there_is_enough(phone: Phone) -> None:
    with phone.database.write() as session:
        session.execute(update(Resident).values(agrees_to_faces=False))
    tapped = phone.client.post(f"{phone.link}/data/faces", data={"agrees": "no", "back": "answer"})
    assert (tapped.status_code, tapped.location) == (303, phone.link)
    page = phone.page("")
    assert "You refused face matching, so no photo is needed. Your answer is enough." in page
    assert "I agree that" not in page
    assert phone.client.post(phone.link, data={"unwell": "no"}).status_code == 303
    assert "Roll-call received. Thank you!" in phone.page("")


def test_who_answers_for_somebody_speaks_for_them_here_too(phone: Phone) -> None:
    with phone.database.write() as session:
        session.execute(update(Resident).values(agrees_to_faces=False))
        values = {"resident_id": phone.resident, "zone_id": phone.zone, "full_name": "Lê Thị Mẹ", "phone": PHONE}
        session.add(Guardian(**values, relation=GuardianRelation.MOTHER, set_at=NOW, consented_at=NOW))
    assert "I agree that the photo is compared" in phone.page("")
    phone.client.post(f"{phone.link}/data/faces", data={"agrees": "yes", "back": "answer"})
    with phone.database.read() as session:
        assert session.scalars(select(Consent.given_by)).one() == "Lê Thị Mẹ"


def test_a_roll_call_that_asks_for_no_face_asks_nobody_for_that(phone: Phone) -> None:
    with phone.database.write() as session:
        session.execute(update(Resident).values(agrees_to_faces=False))
        session.execute(update(Plan).values(evidence=EvidenceLevel.ACKNOWLEDGED))
    assert "I agree that" not in phone.page("")


def test_that_the_notice_was_read_is_kept_with_its_version_and_language(phone: Phone) -> None:
    assert "I have read this" in phone.page()
    assert phone.client.post(f"{phone.link}/data/notice?lang=vi").status_code == 303
    assert "I have read this" not in phone.page()
    with phone.database.read() as session:
        said = session.scalars(select(Consent)).one()
        assert (said.kind, said.version, said.language, said.at) == (ConsentKind.NOTICE, NOTICE_VERSION, "vi", NOW)


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
    assert page.count("bshoa, health staff") == 2
    assert "A photo of the face 10:09 bshoa, health staff Why: for another reason: Lost her bracelet" in page
    assert "A picture from the camera in the room 10:00 – 10:08 (3 times)" in page
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
    assert "Staff hand over the full copy" in page
    assert len(content["check_in"]) == 1
    assert "A copy without photos, through the link in a message" in phone.page("/data/looked")
    statuses = [phone.client.post(f"{phone.link}/data/copy").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("path", ["/data", "/data/looked"])
def test_a_link_that_is_not_ours_opens_nothing(phone: Phone, path: str) -> None:
    assert phone.client.get(f"/a/forged{path}").status_code == 404
    assert phone.client.post("/a/forged/data/copy").status_code == 404
    assert phone.client.post("/a/forged/data/faces", data={"agrees": "no"}).status_code == 404
    with phone.database.read() as session:
        assert not session.get_one(Resident, phone.resident).refuses_faces


def test_somebody_reads_what_was_changed_of_their_order_and_why(phone_on_both: Phone) -> None:
    phone = phone_on_both
    with phone.database.write() as session:
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == phone.resident)).one()
        later = AskedDeed(Deed.EXTEND, "Có người cùng phòng mắc bệnh", ends_at=order.ends_at + timedelta(days=3))
        act(session, order.id, later, phone.reader.account_id, NOW)
        times = (NOW + timedelta(hours=1), NOW + timedelta(hours=3))
        add_exemption(session, phone.resident, times, "Xét nghiệm", phone.reader.account_id, NOW)
    page = phone.page()
    assert "End moved from 10:00 05/12/2026 to 10:00 08/12/2026. “Có người cùng phòng mắc bệnh”" in page
    assert "You may be away from 11:00 to 13:00: Xét nghiệm" in page
    assert "bsHoa" not in page
    copied = phone.client.post(f"{phone.link}/data/copy")
    with zipfile.ZipFile(io.BytesIO(copied.data)) as archive:
        told = " ".join(archive.read(name).decode() for name in archive.namelist() if not name.endswith(".jpg"))
    assert "To: 10:00 08/12/2026" in told
    with phone.database.write() as session:
        act(session, order.id, AskedDeed(Deed.RELEASE, "Đủ ngày"), phone.reader.account_id, NOW)
    assert "Released from quarantine. “Đủ ngày”" in phone.page()
