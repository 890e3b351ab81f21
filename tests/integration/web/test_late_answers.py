"""Answers that come later than they were made, places, contested roll-calls and notification addresses, over HTTP."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from monitor.accounts.access import Reader
from monitor.accounts.accounts import add_account, sign_in
from monitor.clock import local_clock
from monitor.database.database import Database
from monitor.database.together import read
from monitor.incidents.incidents import resolve
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Media, OrderState, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import Answer, PlaceVerdict, Verification
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import Words, translator
from rollcall.answers.answers import AnswerOutcome
from rollcall.answers.concluding import IN_TIME
from rollcall.answers.sealing import AnswerKey
from rollcall.answers.stamps import GRACE
from rollcall.faces.verification import verify_due
from rollcall.followup.reviews import change_final, decide
from rollcall.people.push_subscriptions import MOST_ADDRESSES
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.rounds.welfare import in_a_row
from rollcall.verdicts.verdict import Findings, Opinion, judge
from tests.doubles.sealing_phone import seal
from tests.worlds.due_round import SECRET, answer_by_link, check_in_of, jpeg, lift_floor, minutes, token_of, world
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.console.people.timeline import Shown, timeline
from web.console.records.answers import MADE_IN_TIME, MADE_LATE
from web.residents.application import create_residents
from web.residents.outcome import KEPT, OUTCOMES

JSON = {"Accept": "application/json"}


class Phone:
    """The application at a time that the test sets, one resident's link, and what their phone sends."""

    def __init__(self, folder: Path, database: Database, vault: Vault, **settings: str) -> None:
        self.database, self.now = database, NOW
        self.zone, (self.resident, self.other) = world(database, "Nguyễn Thị An", "Trần Văn Bình")
        open_due_rounds(database, NOW)
        self.token = token_of(database, self.resident)
        self.link = f"/a/{self.token}"
        self.settings = Settings(data_folder=folder, secret_key=SECRET.decode(), **settings)  # type: ignore[arg-type]
        app = create_residents(self.settings, database, vault, push_key="the-key", now=lambda: self.now)
        self.client: FlaskClient = app.test_client()

    def stamp(self) -> str:
        """Of the page that is handed out now."""
        found = re.search(r'name="stamp" value="([^"]+)"', self.client.get(self.link).text)
        assert found is not None
        return found[1]

    def send(self, photo: bytes | None = None, *, sealed: bytes | None = None, **form: object) -> TestResponse:
        files = [("photo", ("selfie.jpg", photo or jpeg()))] if sealed is None else [("sealed", ("sealed", sealed))]
        data = form if sealed is not None else {"unwell": "no", **form}
        request = httpx.Request("POST", "http://phone", data=data, files=files)
        content_type = request.headers["Content-Type"]
        return self.client.post(self.link, data=request.read(), content_type=content_type, headers=JSON)

    def answer(self) -> Answer:
        with self.database.read() as session:
            return session.scalars(select(Answer)).one()

    def state(self) -> CheckInState:
        return check_in_of(self.database, self.resident).state

    def incidents(self, resident: int | None = None) -> list[Incident]:
        with self.database.read() as session:
            about = Incident.resident_id == (resident or self.resident)
            return list(session.scalars(select(Incident).where(about).order_by(Incident.id)))

    def close(self, at: float = 20) -> None:
        self.now = minutes(at)
        close_due(self.database, self.now)

    def ask_for_place(self) -> None:
        with self.database.write() as session:
            session.execute(update(Plan).values(place_asked=True))
            session.execute(update(Zone).values(latitude=21.0, longitude=105.0, radius_metres=100.0))

    def plan(self, **values: object) -> None:
        with self.database.write() as session:
            session.execute(update(Plan).values(**values))


@pytest.fixture
def phone(tmp_path: Path, database: Database, vault: Vault) -> Phone:
    return Phone(tmp_path, database, vault)


# --- late


def test_a_late_answer_is_kept_and_thanked_for_and_moves_nothing_but_the_question_about_the_miss(phone: Phone) -> None:
    phone.close()
    assert phone.state() == CheckInState.UNREACHED
    phone.now = minutes(100)
    stamp = phone.stamp()
    phone.now = minutes(120)
    sent = phone.send(stamp=stamp, age=10 * 60)
    assert sent.status_code == 201
    assert sent.json["late"] is True
    assert "máy không tự kết luận điều gì" in sent.json["said"]
    answer = phone.answer()
    assert (answer.late, answer.in_window) == (True, False)
    assert (answer.taken_at, answer.received_at) == (minutes(110), minutes(120))
    assert phone.state() == CheckInState.UNREACHED
    (asked,) = phone.incidents()
    assert asked.cause_ended_at == minutes(120)
    page = phone.client.get(phone.link)
    assert page.status_code == 200
    assert "máy không tự kết luận điều gì" in page.text
    assert phone.send(stamp=stamp, age=110 * 60).status_code == 409
    with phone.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Answer)) == 1
        entries, _ = read(session, timeline(session.get_one(Resident, phone.resident), None, None, "UTC", [Shown.ANSWERS]))
    assert MADE_LATE in [reason.template for entry in entries for reason in entry.reasons]


def test_a_late_answer_without_a_stamp_was_made_when_it_came(phone: Phone) -> None:
    phone.close()
    phone.now = minutes(60)
    assert "Đã hết giờ nhưng vẫn có thể trả lời" in phone.client.get(phone.link).text
    # A page that is opened only afterwards can claim no more either.
    assert phone.send(stamp=phone.stamp(), age=3 * 3600).status_code == 201
    answer = phone.answer()
    assert (answer.late, answer.in_window, answer.taken_at) == (True, False, minutes(60))
    with phone.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Verification)) == 0


@pytest.mark.parametrize(("after", "expected"), [(-1, True), (1, False)])
def test_past_the_grace_nothing_is_taken_as_in_time(phone: Phone, after: float, expected: bool) -> None:
    stamp = phone.stamp()
    phone.close()
    phone.now = minutes(20 + after) + GRACE
    assert phone.send(stamp=stamp, age=1e6).status_code == 201
    assert phone.answer().in_window is expected
    assert phone.answer().taken_at == NOW


def test_an_answer_that_the_line_held_up_is_in_time_while_nobody_closed_the_window(phone: Phone) -> None:
    stamp = phone.stamp()
    phone.now = minutes(20.1)
    assert phone.send(stamp=stamp, age=600).status_code == 201
    assert phone.state() == CheckInState.ANSWERED
    assert (phone.answer().late, phone.answer().taken_at) == (False, minutes(10.1))


def test_feeling_unwell_is_heard_however_late(phone: Phone) -> None:
    phone.close()
    phone.now = minutes(300)
    assert phone.send(unwell="yes", symptoms=["breathless"]).status_code == 201
    assert [each.kind for each in phone.incidents()] == [IncidentKind.UNREACHED, IncidentKind.UNWELL]


def test_a_person_is_asked_anew_where_the_question_about_the_miss_was_resolved_before(phone: Phone) -> None:
    phone.close()
    with phone.database.write() as session:
        account = add_account(session, "giamsat", "long enough", Role.SUPERVISOR, zones=None, now=NOW).id
        for each in phone.incidents():
            resolve(session, each.id, account, "called", now=minutes(30))
    phone.now = minutes(60)
    assert phone.send().status_code == 201
    asked = phone.incidents()
    assert len(asked) == 2
    assert asked[1].cause.startswith("late-answer-")
    assert asked[1].resolved_at is None


@pytest.mark.parametrize("delivered", [False, True])
def test_what_was_made_in_time_without_a_line_sets_the_check_in_right(phone: Phone, delivered: bool) -> None:
    phone.plan(evidence=EvidenceLevel.ACKNOWLEDGED)
    if delivered:
        with phone.database.write() as session:
            session.execute(update(Prompt).values(state=PromptState.DELIVERED, sent_at=NOW, delivered_at=NOW))
    phone.now = minutes(5)
    stamp = phone.stamp()
    phone.close()
    assert phone.state() == (CheckInState.MISSED if delivered else CheckInState.UNREACHED)
    phone.now = minutes(120)
    sent = phone.send(stamp=stamp, age=110 * 60)
    assert (sent.status_code, sent.json["late"]) == (201, False)
    assert (phone.answer().taken_at, phone.answer().received_at) == (minutes(10), minutes(120))
    # Verified by its own reasons, and told to the person: when it was made, when it came.
    check_in = check_in_of(phone.database, phone.resident)
    assert (check_in.state, check_in.evidence) == (CheckInState.VERIFIED, EvidenceLevel.ACKNOWLEDGED)
    assert check_in.reasons[0]["template"] == IN_TIME
    assert len(check_in.reasons) == 2
    page = phone.client.get(phone.link).text
    made, arrived = (local_clock(each, "Asia/Ho_Chi_Minh") for each in (minutes(10), minutes(120)))
    assert made in page
    assert arrived in page
    assert OUTCOMES[CheckInState.VERIFIED].words.say(translator("vi")) in page
    assert arrived in phone.client.get(f"{phone.link}/history").text
    with phone.database.read() as session:
        changes = session.execute(
            select(CheckInChange.state, CheckInChange.correction)
            .where(CheckInChange.check_in_id == check_in.id)
            .order_by(CheckInChange.id)
        ).all()
        assert changes[-1] == (CheckInState.VERIFIED, True)
        assert not any(correction for _, correction in changes[:-1])
        entries, _ = read(session, timeline(session.get_one(Resident, phone.resident), None, None, "UTC", [Shown.ANSWERS]))
        assert in_a_row(session, [phone.resident]) == {}
    assert MADE_IN_TIME in [reason.template for entry in entries for reason in entry.reasons]
    # The question about the miss ended with a word.
    (asked,) = phone.incidents()
    assert asked.cause_ended_at == minutes(120)
    assert "answered in time" in Words.load(asked.reason).say(translator("en"))


def test_three_answers_that_a_phone_kept_leave_no_miss_in_a_row(phone: Phone) -> None:
    phone.plan(evidence=EvidenceLevel.ACKNOWLEDGED)
    tokens = []
    for number in range(3):
        if number:
            open_due_rounds(phone.database, minutes(180 * number))
        with phone.database.write() as session:
            at = minutes(180 * number)
            session.execute(update(Prompt).values(state=PromptState.DELIVERED, sent_at=at, delivered_at=at))
        phone.now = minutes(180 * number + 1)
        phone.token = token_of(phone.database, phone.resident)
        phone.link = f"/a/{phone.token}"
        tokens.append((phone.link, phone.stamp()))
        phone.close(180 * number + 20)
    assert IncidentKind.MISSED_REPEATEDLY in [each.kind for each in phone.incidents()]
    phone.now = minutes(420)
    for number, (phone.link, stamp) in enumerate(tokens):
        assert phone.send(stamp=stamp, age=(420 - 180 * number - 2) * 60).json["late"] is False
    with phone.database.read() as session:
        states = session.scalars(select(CheckIn.state).where(CheckIn.resident_id == phone.resident)).all()
        assert states == [CheckInState.VERIFIED] * 3
        assert in_a_row(session, [phone.resident]) == {}
    assert all(each.cause_ended_at is not None for each in phone.incidents())
    assert all("answered in time" in Words.load(each.reason).say(translator("en")) for each in phone.incidents())


def test_an_answer_made_in_time_whose_place_is_in_doubt_goes_to_a_person(phone: Phone) -> None:
    phone.plan(evidence=EvidenceLevel.ACKNOWLEDGED)
    phone.ask_for_place()
    stamp = phone.stamp()
    phone.close()
    phone.now = minutes(60)
    phone.send(stamp=stamp, age=3000, latitude="10.0", longitude="105.0", accuracy="10")
    assert phone.state() == CheckInState.IN_REVIEW
    assert IncidentKind.PLACE_DOUBTFUL in [each.kind for each in phone.incidents()]


def test_a_face_that_was_taken_in_time_is_compared_and_its_verdict_sets_the_check_in_right(phone: Phone, vault: Vault) -> None:
    stamp = phone.stamp()
    phone.close()
    phone.now = minutes(60)
    sent = phone.send(stamp=stamp, age=3000)
    assert sent.json["late"] is False
    # Until a worker has looked it stands as it was, and nobody is told that it was missed.
    assert phone.state() == CheckInState.UNREACHED
    assert KEPT.words.say(translator("vi")) in phone.client.get(phone.link).text

    def broken() -> None:
        raise RuntimeError

    for attempt in range(5):
        verify_due(phone.database, vault, broken, lambda: None, worker="w", now=minutes(61 + attempt))  # type: ignore[arg-type]
    with phone.database.read() as session:
        assert session.scalars(select(Verification.verdict)).one() == CheckInState.IN_REVIEW
    assert phone.state() == CheckInState.IN_REVIEW
    assert [each.kind for each in phone.incidents()] == [IncidentKind.UNREACHED, IncidentKind.FACE_DOUBTFUL]


def test_what_a_person_has_decided_meanwhile_no_kept_answer_changes(phone: Phone, vault: Vault) -> None:
    stamp = phone.stamp()
    phone.close()
    phone.now = minutes(60)
    phone.send(stamp=stamp, age=3000)
    with phone.database.write() as session:
        account = add_account(session, "giamsat", "long enough", Role.SUPERVISOR, zones=None, now=NOW)
        reader = Reader(account.id, "giamsat", Role.SUPERVISOR, None, "vi")
        check_in = check_in_of(phone.database, phone.resident)
        change_final(session, check_in.id, reader, CheckInState.EXCUSED, "no signal", minutes(61))

    def broken() -> None:
        raise RuntimeError

    for attempt in range(5):
        verify_due(phone.database, vault, broken, lambda: None, worker="w", now=minutes(62 + attempt))  # type: ignore[arg-type]
    assert phone.state() == CheckInState.EXCUSED


@pytest.mark.parametrize("which", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_whoever_is_first_the_closing_or_the_answer_nobody_who_answered_in_time_is_missed(
    request: pytest.FixtureRequest, vault: Vault, which: str
) -> None:
    database: Database = request.getfixturevalue("database" if which == "sqlite" else "postgresql")
    _, people = world(database, *(f"Người {number}" for number in range(24)), evidence=EvidenceLevel.ACKNOWLEDGED)
    open_due_rounds(database, NOW)
    together = Barrier(9)

    def answer(some: list[int]) -> list[AnswerOutcome]:
        together.wait()
        return [answer_by_link(database, vault, each, now=minutes(20)) for each in some]

    def closing() -> int:
        together.wait()
        return close_due(database, minutes(20))

    with ThreadPoolExecutor(9) as pool:
        answering = [pool.submit(answer, people[number::8]) for number in range(8)]
        closed = pool.submit(closing).result()
        came = [outcome for each in answering for outcome in each.result()]
    assert set(came) == {AnswerOutcome.VERIFIED}
    with database.read() as session:
        assert set(session.scalars(select(CheckIn.state))) == {CheckInState.VERIFIED}
        corrections = session.scalar(select(func.count()).where(CheckInChange.correction))
        assert corrections == closed
        assert session.scalar(select(func.count()).where(Incident.cause_ended_at.is_(None))) == 0


def test_who_was_released_or_excused_is_asked_nothing(phone: Phone) -> None:
    phone.close()
    with phone.database.write() as session:
        session.execute(update(QuarantineOrder).values(state=OrderState.RELEASED))
    assert phone.client.get(phone.link).status_code == 410
    assert phone.send().status_code == 410
    with phone.database.write() as session:
        session.execute(update(QuarantineOrder).values(state=OrderState.ACTIVE))
        session.execute(update(CheckIn).values(state=CheckInState.EXCUSED))
    assert phone.send().status_code == 410
    with phone.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Media)) == 0


# --- sealed on the phone


def test_a_sealed_answer_is_opened_by_us_alone_and_for_its_own_link(phone: Phone) -> None:
    key = AnswerKey(bytes.fromhex(phone.settings.secret("answer_key").decode()))
    assert f'data-key="{key.public}"' in phone.client.get(phone.link).text
    fields = [["unwell", "yes"], ["symptoms", "fever"], ["symptoms", "cough"], ["note", "Con tôi cũng sốt"]]
    good = seal(key.public, phone.token, fields, jpeg())
    for wrong in (
        b"",
        b"\x01",
        good[:-1],
        b"\x02" + good[1:],
        b"\x01" + bytes(65) + good[66:],
        good[:70] + bytes([good[70] ^ 1]) + good[71:],
        seal(key.public, "another", fields, jpeg()),
        seal(AnswerKey(bytes(32)).public, phone.token, fields, jpeg()),
        seal(key.public, phone.token, b'"no pairs"'),
        seal(key.public, phone.token, b"[" * 60_000),
        seal(key.public, phone.token, b'[["unwell", ' + b"9" * 5000 + b"]]"),
    ):
        refused = phone.send(sealed=wrong)
        assert (refused.status_code, refused.json["field"]) == (422, "sealed")
    assert phone.send(sealed=good).status_code == 201
    answer = phone.answer()
    assert (answer.symptoms, answer.note) == (["fever", "cough"], "Con tôi cũng sốt")
    assert answer.media_id is not None


def test_what_is_in_a_sealed_answer_is_checked_like_any_other(phone: Phone) -> None:
    key = AnswerKey(bytes.fromhex(phone.settings.secret("answer_key").decode()))

    def status(fields: list[list[str]], photo: bytes) -> int:
        return phone.send(sealed=seal(key.public, phone.token, fields, photo)).status_code

    assert status([["unwell", "no"]], b"") == 422
    assert status([["unwell", "perhaps"]], jpeg()) == 422
    assert status([["unwell", "no"]], b"no picture") == 415


# --- temperature


@pytest.mark.parametrize(
    ("typed", "status", "unwell"),
    [
        ("36.6", 201, False),
        ("37,9", 201, False),
        ("38,0", 201, True),
        (" 39 ", 201, True),
        ("", 201, False),
        ("33.9", 422, None),
        ("43.1", 422, None),
        ("hot", 422, None),
        ("1e1", 422, None),
        ("nan", 422, None),
    ],
)
def test_a_temperature_is_typed_as_people_type_it_and_fever_is_unwell(
    phone: Phone, typed: str, status: int, unwell: bool | None
) -> None:
    sent = phone.send(temperature=typed)
    assert sent.status_code == status
    if status != 201:
        assert sent.json["field"] == "temperature"
        return
    assert phone.answer().unwell is unwell
    assert [each.kind for each in phone.incidents()] == ([IncidentKind.UNWELL] if unwell else [])
    if unwell:
        assert "°C" in str(phone.incidents()[0].reason)


# --- place


def test_no_place_is_kept_where_the_plan_does_not_ask(phone: Phone) -> None:
    assert "data-place" not in phone.client.get(phone.link).text
    phone.send(latitude="21", longitude="105", accuracy="10")
    assert (phone.answer().fix, phone.answer().place) == (None, None)


@pytest.mark.parametrize(
    ("form", "verdict", "state", "kinds"),
    [
        ({"latitude": "21.0001", "longitude": "105", "accuracy": "10"}, PlaceVerdict.INSIDE, CheckInState.VERIFIED, []),
        (
            {"latitude": "21.1", "longitude": "105", "accuracy": "10"},
            PlaceVerdict.OUTSIDE,
            CheckInState.IN_REVIEW,
            [IncidentKind.PLACE_DOUBTFUL],
        ),
        ({"latitude": "21.1", "longitude": "105", "accuracy": "5000"}, PlaceVerdict.UNKNOWN, CheckInState.VERIFIED, []),
        (
            {"latitude": "21", "longitude": "105", "accuracy": "0"},
            PlaceVerdict.UNKNOWN,
            CheckInState.IN_REVIEW,
            [IncidentKind.PLACE_DOUBTFUL],
        ),
        ({"place_withheld": "denied"}, PlaceVerdict.UNKNOWN, CheckInState.VERIFIED, []),
        ({}, PlaceVerdict.UNKNOWN, CheckInState.VERIFIED, []),
    ],
)
def test_a_place_outside_goes_to_a_person_and_what_is_unknown_counts_against_nobody(
    phone: Phone, form: dict[str, str], verdict: PlaceVerdict, state: CheckInState, kinds: list[IncidentKind]
) -> None:
    phone.ask_for_place()
    phone.plan(evidence=EvidenceLevel.ACKNOWLEDGED)
    assert 'data-place="asked"' in phone.client.get(phone.link).text
    assert phone.send(**form).status_code == 201
    assert (phone.answer().place, phone.state()) == (verdict, state)
    assert [each.kind for each in phone.incidents()] == kinds
    assert phone.answer().place_reasons
    if state == CheckInState.IN_REVIEW:
        with phone.database.write() as session:
            account = add_account(session, "giamsat", "long enough", Role.SUPERVISOR, zones=None, now=NOW).id
            reader = Reader(account, "giamsat", Role.SUPERVISOR, None, "vi")
            decide(session, check_in_of(phone.database, phone.resident).id, reader, True, "called", NOW)
        assert phone.incidents()[0].cause_ended_at is not None


def test_the_same_place_to_the_last_digit_again_and_again_goes_to_a_person(phone: Phone) -> None:
    phone.ask_for_place()
    phone.plan(evidence=EvidenceLevel.ACKNOWLEDGED, quiet_from="00:00", quiet_to="00:00")
    with phone.database.write() as session:
        lift_floor(session)
    for number in range(5):
        phone.now = minutes(180 * number)
        open_due_rounds(phone.database, phone.now)
        phone.token = token_of(phone.database, phone.resident)
        phone.link = f"/a/{phone.token}"
        assert phone.send(latitude="21.0001234", longitude="105", accuracy="12.5").status_code == 201
        assert phone.state() == (CheckInState.IN_REVIEW if number == 4 else CheckInState.VERIFIED)


@pytest.mark.parametrize(
    "wrong", [{"latitude": "91"}, {"longitude": "181"}, {"accuracy": "-1"}, {"latitude": "nan"}, {"accuracy": ""}]
)
def test_a_place_that_is_none_is_refused(phone: Phone, wrong: dict[str, str]) -> None:
    phone.ask_for_place()
    sent = phone.send(**{"latitude": "21", "longitude": "105", "accuracy": "9"} | wrong)
    assert (sent.status_code, sent.json["field"]) == (422, "place")


def test_a_face_that_matches_does_not_hide_a_place_in_doubt() -> None:
    found = Findings(True, (120.0,), Opinion("sface", "same", 0.8, 0.4))
    assert judge(found).state == CheckInState.VERIFIED
    doubt = judge(dataclasses.replace(found, doubts=judge(Findings(True, ())).reasons))
    assert (doubt.state, doubt.about) == (CheckInState.IN_REVIEW, "place")
    both = judge(Findings(True, (), doubts=doubt.reasons))
    assert (both.state, both.about) == (CheckInState.IN_REVIEW, "face")
    assert len(both.reasons) > 1


# --- history, and what is not right


def test_the_history_shows_what_was_asked_said_and_came_of_it(phone: Phone) -> None:
    phone.send(note="Tôi khỏe", temperature="36,9", help=["food"])
    text = phone.client.get(f"{phone.link}/history?lang=en").text
    for said in ("Tôi khỏe", "36.9", "Food or water", "on the health staff’s list", "This is wrong", "Nguyễn Thị An"):
        assert said in text
    assert "Trần Văn Bình" not in text
    assert phone.client.get("/a/x/history").status_code == 404


def test_a_resident_contests_a_roll_call_once_and_a_supervisor_is_asked(phone: Phone) -> None:
    phone.close()
    mine = check_in_of(phone.database, phone.resident).id
    address = f"{phone.link}/history/{mine}"
    assert phone.client.post(address, data={"text": " "}).status_code == 422
    assert phone.client.post(address, data={"text": "x" * 1001}).status_code == 422
    sent = phone.client.post(address, data={"text": "Tôi đã trả lời 100%!"})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{phone.link}/history#roll-call-{mine}")
    again = phone.client.post(address, data={"text": "Lần nữa"})
    assert again.status_code == 409
    contested = phone.incidents()[-1]
    assert contested.kind == IncidentKind.CONTESTED
    assert contested.deadline_at == minutes(20 + 4 * 60)
    assert contested.reason["values"]["text"] == "Tôi đã trả lời 100%!"
    text = phone.client.get(f"{phone.link}/history?lang=en").text
    assert "A supervisor is looking into it." in text
    with phone.database.write() as session:
        account = add_account(session, "giamsat", "long enough", Role.SUPERVISOR, zones=None, now=NOW).id
        resolve(session, contested.id, account, "was right", now=minutes(30))
    assert phone.client.post(address, data={"text": "Lần nữa"}).status_code == 409


def test_nobody_contests_for_somebody_else(phone: Phone) -> None:
    theirs = check_in_of(phone.database, phone.other).id
    assert phone.client.post(f"{phone.link}/history/{theirs}", data={"text": "x"}).status_code == 404
    assert phone.client.post(f"{phone.link}/history/9999", data={"text": "x"}).status_code == 404
    assert phone.incidents(phone.other) == []


# --- notifications


def subscription(endpoint: str = "https://push.example.org/send/abc", **more: object) -> dict[str, object]:
    keys = {
        "p256dh": base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode().rstrip("="),
        "auth": base64.urlsafe_b64encode(bytes(16)).decode().rstrip("="),
    }
    return {"endpoint": endpoint, "expirationTime": None, "keys": keys, **more}


def test_a_subscription_is_kept_once_and_of_many_the_newest(phone: Phone) -> None:
    for _ in range(2):
        assert phone.client.post(f"{phone.link}/push", json=subscription()).status_code == 201
    with phone.database.read() as session:
        kept = session.scalars(select(ContactAddress)).one()
    assert (kept.resident_id, kept.zone_id, kept.channel) == (phone.resident, phone.zone, "push")
    assert json.loads(kept.address)["endpoint"] == "https://push.example.org/send/abc"
    for number in range(MOST_ADDRESSES):
        phone.client.post(f"{phone.link}/push", json=subscription(f"https://push.example.org/{number}"))
    with phone.database.read() as session:
        addresses = session.scalars(select(ContactAddress.address).order_by(ContactAddress.id)).all()
    assert len(addresses) == MOST_ADDRESSES
    assert "/send/abc" not in addresses[0]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        "x",
        subscription("http://push.example.org/"),
        subscription("https://10.0.0.1/"),
        subscription("https://[fd00::1]/"),
        subscription("https://intranet/"),
        subscription("https://somebody@push.example.org/"),
        subscription("https://push.example.org/" + "x" * 1000),
        subscription("ftp://push.example.org/"),
        subscription("https://push.example.org:port/"),
        subscription(keys={"p256dh": "AAAA", "auth": "AAAA"}),
        subscription(keys={}),
        subscription(endpoint=None),  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_what_may_not_be_sent_to_is_refused(phone: Phone, wrong: object) -> None:
    assert phone.client.post(f"{phone.link}/push", json=wrong).status_code == 422
    with phone.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ContactAddress)) == 0


def test_plain_http_is_for_a_service_that_the_operator_named(tmp_path: Path, database: Database, vault: Vault) -> None:
    own = subscription("http://127.0.0.1:9/push")
    here = Phone(tmp_path, database, vault, calls_out_allowed="127.0.0.1")
    assert here.client.post(f"{here.link}/push", json=own).status_code == 201
    settings = dataclasses.replace(here.settings, calls_out_allowed="")
    elsewhere = create_residents(settings, database, vault, push_key="k", now=lambda: NOW).test_client()
    assert elsewhere.post(f"{here.link}/push", json=own).status_code == 422
    off = create_residents(settings, database, vault, now=lambda: NOW).test_client()
    assert off.post(f"{here.link}/push", json=subscription()).status_code == 404
    assert elsewhere.post(f"{here.link}/push", data=b"x" * 5000).status_code == 413


# --- what a phone keeps


def test_only_the_page_of_an_open_round_may_be_kept(phone: Phone) -> None:
    until = str(int(minutes(20).timestamp()))
    assert phone.client.get(phone.link).headers["X-Answer-Until"] == until
    assert "X-Answer-Until" not in phone.client.get(f"{phone.link}/history").headers
    phone.send()
    assert phone.client.get(phone.link).headers["X-Answer-Until"] == "0"


def test_the_shell_is_of_one_version_and_names_nobody(phone: Phone) -> None:
    worker = phone.client.get("/sw.js?lang=en")
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    shell = json.loads(worker.text.split("self.shell = ")[1].rstrip(";\n"))
    assert shell["offline"] == "/offline?lang=en"
    for address in [*shell["files"], shell["offline"], shell["icon"]]:
        kept = phone.client.get(address)
        assert kept.status_code == 200, address
        assert address == shell["offline"] or "immutable" in kept.headers["Cache-Control"]
        assert "Nguyễn" not in kept.get_data().decode(errors="replace")
    old = phone.client.get(shell["files"][0].replace(shell["version"], "old"))
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-store")
    for wrong in ("/shell/x/console.css", "/shell/x/../common.py", "/shell/x/residents/../../common.py"):
        assert phone.client.get(wrong).status_code == 404
    icons = phone.client.get("/manifest.webmanifest").json["icons"]
    assert {(each["sizes"], each.get("purpose")) for each in icons} == {
        ("any", None),
        ("192x192", "any"),
        ("512x512", "any"),
        ("192x192", "maskable"),
        ("512x512", "maskable"),
    }
    assert all(phone.client.get(each["src"]).status_code == 200 for each in icons)


def test_text_is_compressed_for_browsers_that_take_it(phone: Phone) -> None:
    plain = phone.client.get(phone.link)
    packed = phone.client.get(phone.link, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2


# --- what staff see


@pytest.fixture
def console(phone: Phone, vault: Vault) -> Iterator[Callable[[Role], FlaskClient]]:
    """Signs somebody in."""
    app = create_console(phone.settings, phone.database, vault, now=lambda: phone.now)
    app.config["WTF_CSRF_ENABLED"] = False

    def signed_in(role: Role) -> FlaskClient:
        with phone.database.write() as session:
            add_account(session, role.value, "long enough", role, zones=None, now=phone.now)
            token = sign_in(session, role.value, "long enough", now=phone.now)
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = token
        return client

    yield signed_in
    app.extensions["live"].close()


@pytest.mark.parametrize("in_time", [True, False])
def test_the_photo_of_a_late_answer_is_shown_to_staff_where_it_was_made_in_time(
    phone: Phone, console: Callable[[Role], FlaskClient], in_time: bool
) -> None:
    stamp = phone.stamp()
    phone.close()
    phone.now = minutes(60)
    phone.send(**({"stamp": stamp, "age": 3000} if in_time else {}))
    page = console(Role.STAFF).get(f"/residents/{phone.resident}").text
    card = page.split('class="card review" id="late-')[1].split("</section>")[0]
    assert (f"/photos/{phone.answer().media_id}" in card) is in_time


def test_what_a_resident_contests_is_ended_by_a_supervisor_alone(phone: Phone, console: Callable[[Role], FlaskClient]) -> None:
    mine = check_in_of(phone.database, phone.resident).id
    phone.client.post(f"{phone.link}/history/{mine}", data={"text": "Không đúng <b>"})
    (incident,) = phone.incidents()
    for role, status in ((Role.STAFF, 403), (Role.SUPERVISOR, 303)):
        client = console(role)
        page = client.get(f"/incidents/{incident.id}").text
        assert "Không đúng &lt;b&gt;" in page
        assert ('id="resolve"' in page) is (role is Role.SUPERVISOR)
        assert client.post(f"/incidents/{incident.id}/acknowledge").status_code == status
        assert client.post(f"/incidents/{incident.id}/resolve", data={"text": "Đã xem."}).status_code == status
