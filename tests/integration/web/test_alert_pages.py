"""The pages of alerts: duty, ways with their tests, an open page, one tap; what the record shows, and who may do what where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from monitor.accounts.accounts import add_account, sign_in
from monitor.alerts.duty import MOST_A_DAY
from monitor.database.database import Database
from monitor.incidents.incidents import Cause, open_incidents
from monitor.models.accounts import Account, AuditEntry, Role
from monitor.models.alerts import Alert, AlertAddress, AlertDelivery, AlertHabit, AlertState, AlertWay, DutyEntry
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import PromptState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import N_, words
from rollcall.alerting.raising import tick_alerts
from rollcall.alerting.sending import AlertSender, AlertSetUp
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.scheduler import rules_of
from tests.doubles.phones import Line, Phones
from tests.worlds.due_round import token_of, world
from tests.worlds.on_duty import DANGER, PASSWORD, add_person, always_on_duty
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

SETTINGS = {
    "sms_gateway_url": "http://127.0.0.1:9/",
    "smtp_host": "127.0.0.1",
    "mail_from": "a@example.vn",
    "push_contact": "mailto:it@example.vn",
    "staff_apprise_schemes": "ntfys",
    "language": "en",
}
SUBSCRIPTION = {
    "endpoint": "https://push.example.vn/send/1",
    "keys": {"p256dh": "B" + "A" * 86, "auth": "A" * 22},
}


class Desk:
    """A console with two zones, and people of staff who sign in."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.now = database, NOW
        self.settings = Settings(data_folder=folder, web_threads=8, **SETTINGS)  # type: ignore[arg-type]
        self.here, _ = add_zone(database, "Khu A")
        self.there, _ = add_zone(database, "Khu B")
        self.nurse = add_person(database, "dieuduong", self.here, {}, language="en")
        self.boss = add_person(database, "phutrach", self.here, {}, Role.SUPERVISOR, language="en")
        self.app: Flask = create_console(self.settings, database, Vault(folder / "vault", bytes(32)), now=lambda: self.now)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.line = Line()
        set_up = AlertSetUp({"sms": self.line, "push": Line("push")}, self.settings.console_address)  # type: ignore[dict-item]
        self.sender = AlertSender(database, "w", set_up, lambda: self.now)

    def client(self, name: str) -> FlaskClient:
        with self.database.write() as session:
            token = sign_in(session, name, PASSWORD, now=self.now)
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = token
        return client

    def tick(self, seconds: float = 0) -> None:
        self.now += timedelta(seconds=seconds)
        tick_alerts(self.database, self.now, rules_of(self.settings), self.settings.zone)
        self.sender.send_due()

    def danger(self, number: int = 1, zone: int = 0) -> int:
        about = Cause(f"unwell-{number}", zone or self.here, words(N_("%(name)s feels unwell."), name="An"), judged=DANGER)
        with self.database.write() as session:
            open_incidents(session, IncidentKind.UNWELL, [about], now=self.now)
            return session.scalars(select(Incident.id).where(Incident.cause == about.key)).one()

    def stop(self) -> None:
        self.sender.stop()
        self.app.extensions["live"].close()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    running = Desk(database, tmp_path)
    yield running
    running.stop()


def words_of(answer: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_supervisor_fills_in_the_week_for_their_zones_and_everybody_sees_who_is_on_duty(desk: Desk) -> None:
    boss, nurse = desk.client("phutrach"), desk.client("dieuduong")
    form = {"person": desk.nurse, "zone": desk.here, "days": ["0", "6"], "start": "07:00", "until": "19:00"}
    assert "Nobody is on duty." in words_of(nurse.get("/"))
    assert boss.post("/duty/entries", data=form).status_code == 303
    with desk.database.read() as session:
        entries = session.scalars(select(DutyEntry).order_by(DutyEntry.weekday)).all()
    assert [(each.weekday, each.from_minute, each.minutes) for each in entries] == [(0, 420, 720), (6, 420, 720)]
    # It is ten on a Monday there.
    assert "On duty: dieuduong" in words_of(nurse.get("/"))
    page = words_of(nurse.get("/duty"))
    assert "Monday 07:00–19:00 dieuduong Khu A Everything 1" in page
    assert "Put someone on duty" not in page
    # Not elsewhere, not for all zones, not who does not work there, not without days.
    for wrong, status in (
        ({"zone": desk.there}, 404),
        ({"zone": "everywhere"}, 403),
        ({"person": 9999}, 422),
        ({"days": []}, 422),
        ({"start": "25:00"}, 422),
    ):
        assert boss.post("/duty/entries", data=form | wrong).status_code == status
    assert nurse.post("/duty/entries", data=form).status_code == 403
    assert boss.post(f"/duty/entries/{entries[0].id}/remove").status_code == 303
    assert "Nobody is on duty." in words_of(nurse.get("/"))
    # Over midnight, and a whole day.
    boss.post("/duty/entries", data=form | {"days": ["6"], "start": "22:00", "until": "06:00"})
    boss.post("/duty/entries", data=form | {"days": ["2"], "start": "08:00", "until": "08:00"})
    with desk.database.read() as session:
        assert sorted(session.scalars(select(DutyEntry.minutes))) == [480, 720, 1440]
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action == "duty-changed")).all()
    assert len(actions) == 4


def test_a_note_waits_for_the_next_and_is_not_shown_to_who_sees_no_resident(desk: Desk) -> None:
    nurse = desk.client("dieuduong")
    assert nurse.post("/duty/notes", data={"zone": desk.here, "text": "Phòng 102: gọi lại."}).status_code == 303
    assert nurse.post("/duty/notes", data={"zone": desk.there, "text": "x"}).status_code == 404
    assert nurse.post("/duty/notes", data={"zone": desk.here, "text": " "}).status_code == 422
    assert "Phòng 102: gọi lại." in desk.client("phutrach").get("/duty").text
    with desk.database.write() as session:
        add_account(session, "kiemtra", PASSWORD, Role.AUDITOR, zones=None, now=NOW)
    page = desk.client("kiemtra").get("/duty")
    assert page.status_code == 200
    assert "Phòng 102" not in page.text


def test_a_table_that_would_give_one_person_too_many_alerts_is_said_to(desk: Desk) -> None:
    always_on_duty(desk.database, desk.nurse, desk.here)
    with desk.database.write() as session:
        for minute in range(MOST_A_DAY + 1):
            at = NOW - timedelta(days=1, minutes=minute)
            values = {"zone_id": desk.here, "kind": IncidentKind.UNWELL, "urgency": Urgency.SOON, "state": AlertState.CLEARED}
            session.add(Alert(**values, opened_at=at, joined_at=at, raised_at=at, incidents=1, calls=1, again=0))
    desk.danger()
    desk.tick()
    page = words_of(desk.client("phutrach").get("/duty"))
    assert f"By this table dieuduong would get {MOST_A_DAY + 1} alerts on the busiest day, more than {MOST_A_DAY}." in page
    # Today one, in the week one; and what the table would have given on the busiest day.
    assert f"dieuduong 1 1 {MOST_A_DAY + 1}" in page


def test_everybody_has_ways_of_their_own_in_their_order_and_tests_each(desk: Desk) -> None:
    nurse, boss = desk.client("dieuduong"), desk.client("phutrach")

    def add(way: str, address: str) -> int:
        return nurse.post("/alerts/ways", data={"way": way, "address": address}).status_code

    assert add("sms", "0900 000 001") == 303
    assert add("email", "an@example.vn") == 303
    assert add("apprise", "ntfys://ntfy.example/duty") == 303
    for way, address in (
        ("sms", "abc"),
        ("email", "an"),
        ("apprise", "json://10.0.0.1"),
        ("voice", "0900000001"),
        ("push", "{}"),
    ):
        assert add(way, address) == 422, way
    kept = nurse.post("/alerts/ways/push", json={"subscription": SUBSCRIPTION, "name": "Điện thoại"})
    assert kept.status_code == 201
    for endpoint in ("http://127.0.0.1:1/x", "https://10.0.0.1/x"):
        assert nurse.post("/alerts/ways/push", json={"subscription": SUBSCRIPTION | {"endpoint": endpoint}}).status_code in (
            201,
            422,
        )
    with desk.database.read() as session:
        rows = {each.way: each for each in session.scalars(select(AlertAddress).order_by(AlertAddress.id.desc()))}
    sms, push = rows[AlertWay.SMS], rows[AlertWay.PUSH]
    assert (sms.address, sms.also_soon, push.also_soon) == ("+84900000001", False, True)
    # Another's are not there for anybody else.
    for path in (f"/alerts/ways/{sms.id}", f"/alerts/ways/{sms.id}/remove", f"/alerts/ways/{sms.id}/test"):
        assert boss.post(path).status_code == 404
    assert nurse.post(f"/alerts/ways/{sms.id}", data={"also_soon": "yes"}).status_code == 303
    assert nurse.post(f"/alerts/ways/{sms.id}", data={"do": "first"}).status_code == 303
    assert nurse.post("/alerts/ways/quiet", data={"start": "22:00", "until": "06:00"}).status_code == 303
    assert nurse.post("/alerts/ways/quiet", data={"start": "x", "until": ""}).status_code == 422
    with desk.database.read() as session:
        habit = session.get_one(AlertHabit, desk.nurse)
        sms = session.get_one(AlertAddress, sms.id)
        assert sms.rank == min(session.scalars(select(AlertAddress.rank)))
    assert (habit.quiet_from, habit.quiet_to, sms.also_soon) == ("22:00", "06:00", True)
    # A test leaves at once, and its result stands beside the way.
    assert nurse.post(f"/alerts/ways/{sms.id}/test").status_code == 303
    assert "Test: waiting to be sent" in words_of(nurse.get("/alerts/ways"))
    desk.tick()
    assert [each.to for each in desk.line.sent] == ["+84900000001"]
    assert "Test alert" in desk.line.sent[0].text
    assert "Test: sent" in words_of(nurse.get("/alerts/ways"))
    nurse.post(f"/alerts/ways/{rows[AlertWay.EMAIL].id}/test")
    desk.tick()
    page = words_of(nurse.get("/alerts/ways"))
    assert "Test: could not be sent" in page
    assert "This way is not set up on this service." in page
    assert nurse.post(f"/alerts/ways/{sms.id}/remove").status_code == 303
    assert "+84900000001" not in nurse.get("/alerts/ways").text


def test_an_open_page_shows_the_alert_says_so_and_one_tap_takes_it(desk: Desk) -> None:
    always_on_duty(desk.database, desk.nurse, desk.here)
    nurse, boss = desk.client("dieuduong"), desk.client("phutrach")
    incident = desk.danger()
    desk.tick()
    told = nurse.get("/alerts/waiting").json
    assert told is not None
    (shown,) = told["alerts"]
    assert (shown["title"], shown["danger"], shown["open"], len(shown["references"])) == ("Urgent: Feels unwell", True, True, 1)
    assert boss.get("/alerts/waiting").json == {"alerts": []}
    # Only the person it is for can say that it was shown.
    assert boss.post("/alerts/shown", json={"references": shown["references"]}).json == {"noted": 0}
    assert nurse.post("/alerts/shown", json={"references": shown["references"]}).json == {"noted": 1}
    assert nurse.post("/alerts/shown", json={"references": [7, {}]}).status_code == 200
    again = nurse.get("/alerts/waiting").json
    assert again is not None
    # It stays on the page until somebody takes it, and rings no more.
    assert [each["references"] for each in again["alerts"]] == [[]]
    record = words_of(nurse.get(f"/incidents/{incident}"))
    assert "Who was told, when and how dieuduong delivered" in record
    assert "phutrach" not in record.partition("Assign to a colleague")[0]
    taken = nurse.post(f"{shown['link']}/take")
    assert (taken.status_code, taken.headers["Location"]) == (303, f"/incidents/{incident}")
    assert boss.post(f"{shown['link']}/take").status_code == 409
    assert nurse.get("/alerts/waiting").json == {"alerts": []}
    desk.tick(3600)
    with desk.database.read() as session:
        one = session.get_one(Incident, incident)
        assert (one.state, one.acknowledged_by) == (IncidentState.ACKNOWLEDGED, desk.nurse)
        assert session.scalars(select(AlertDelivery.account_id).distinct()).all() == [desk.nurse]
        audited = session.scalars(select(AuditEntry).where(AuditEntry.action == "alert-taken")).one()
    assert audited.details["incidents"] == [incident]
    assert "Taken on" in words_of(nurse.get("/alerts"))


def test_who_takes_the_incident_itself_takes_the_alert(desk: Desk) -> None:
    always_on_duty(desk.database, desk.nurse, desk.here)
    incident = desk.danger()
    desk.tick()
    desk.client("phutrach").post(f"/incidents/{incident}/acknowledge")
    desk.tick(60)
    with desk.database.read() as session:
        (alert,) = session.scalars(select(Alert))
        assert (alert.state, alert.taken_by, alert.calls) == (AlertState.TAKEN, desk.boss, 1)


def test_alerts_of_other_zones_are_not_there(desk: Desk) -> None:
    desk.danger(1, desk.there)
    desk.tick()
    with desk.database.read() as session:
        (alert,) = session.scalars(select(Alert))
    nurse = desk.client("dieuduong")
    assert nurse.get(f"/alerts/{alert.id}").status_code == 404
    assert nurse.post(f"/alerts/{alert.id}/take").status_code == 404
    assert "There are none." in nurse.get("/alerts").text


def test_a_phone_that_showed_a_notification_says_so_by_its_reference_alone(desk: Desk) -> None:
    with desk.database.write() as session:
        address = AlertAddress(account_id=desk.nurse, way=AlertWay.PUSH, address="{}", rank=1, also_soon=True, made_at=NOW)
        session.add(address)
    always_on_duty(desk.database, desk.nurse, desk.here)
    desk.danger()
    desk.tick()
    with desk.database.read() as session:
        push = session.scalars(select(AlertDelivery).where(AlertDelivery.way == AlertWay.PUSH)).one()
        page = session.scalars(select(AlertDelivery).where(AlertDelivery.way == AlertWay.PAGE)).one()
    phone = desk.app.test_client()
    desk.app.config["WTF_CSRF_ENABLED"] = True
    assert phone.get("/alerts-worker.js").mimetype == "text/javascript"
    for body, noted in (
        ({"reference": "guessed"}, 0),
        ({"reference": page.reference}, 0),
        ([], 0),
        ({"reference": push.reference}, 1),
    ):
        assert phone.post("/alerts/received", json=body).json == {"noted": noted}
    with desk.database.read() as session:
        assert session.get_one(AlertDelivery, push.id).state == PromptState.DELIVERED
        assert session.get_one(AlertDelivery, page.id).state == PromptState.QUEUED


def test_what_is_urgent_and_told_to_nobody_stands_on_the_overview_and_in_healthz(desk: Desk) -> None:
    always_on_duty(desk.database, desk.nurse, desk.here)
    desk.danger()
    nurse = desk.client("dieuduong")
    assert nurse.get("/healthz").json["alerts"] == {"ok": True, "untold": 0, "oldest_seconds": 0}  # type: ignore[index]
    desk.now += timedelta(seconds=150)
    health = nurse.get("/healthz")
    assert health.status_code == 503
    assert health.json["alerts"] == {"ok": False, "untold": 1, "oldest_seconds": 150}  # type: ignore[index]
    assert "1 urgent incident was told to nobody, for 2 minutes" in words_of(nurse.get("/"))
    assert "quarantine_alerts_untold 1.0" in nurse.get("/metrics").text
    desk.tick()
    shown = nurse.get("/alerts/waiting").json
    assert shown is not None
    nurse.post("/alerts/shown", json={"references": shown["alerts"][0]["references"]})
    assert nurse.get("/healthz").json["alerts"]["untold"] == 0  # type: ignore[index]


def test_breathlessness_on_the_residents_page_reaches_the_telephone_on_duty(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    zone, (resident,) = world(database, "Nguyễn Thị An", evidence=EvidenceLevel.ACKNOWLEDGED)
    always_on_duty(database, add_person(database, "an", zone, {AlertWay.SMS: "+84900000001"}), zone)
    open_due_rounds(database, NOW)
    phones = Phones(database, vault, tmp_path)
    line = Line()
    sender = AlertSender(database, "w", AlertSetUp({"sms": line}, "https://console.example"), lambda: NOW)  # type: ignore[dict-item]
    try:
        answered = phones.answer(token_of(database, resident), unwell="yes", symptoms="breathless")
        assert answered.status_code < 400
        tick_alerts(database, NOW, rules_of(Settings()), Settings().zone)
        assert sender.send_due() == 1
    finally:
        phones.stop()
        sender.stop()
    assert line.sent[0].to == "+84900000001"
    assert "https://console.example/alerts/1" in line.sent[0].text
    assert not any(each in line.sent[0].text for each in ("Nguyễn", "101", "thở"))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 1
