"""Alerts over real sockets: a push service and a mail server of others; whom they reach, in which order, and what the record says."""

from __future__ import annotations

import email
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select, update

from monitor.alerts.escalation import Rules
from monitor.alerts.record import first_told, names_told, told_of, told_of_incident, untold
from monitor.alerts.taking import take_alert
from monitor.authority import Authority
from monitor.calls_out.allowed import read_allowed
from monitor.database.database import Database
from monitor.database.together import read
from monitor.incidents.incidents import Cause, acknowledge, end_cause, open_incidents, resolve
from monitor.models.accounts import Role
from monitor.models.alerts import Alert, AlertAddress, AlertDelivery, AlertState, AlertWay, DeliveryAbout
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import PromptState
from monitor.problems import Conflict
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import N_, translator, words
from rollcall.alerting.raising import raise_due, tick_alerts
from rollcall.alerting.receipts import note_shown
from rollcall.alerting.sending import AlertSender, AlertSetUp
from rollcall.alerting.watching import watch_duty, watch_telling
from rollcall.channels.channel import Channel, Message, Outcome, Receipt, Sent
from rollcall.channels.email import Email
from rollcall.channels.push import WebPush
from rollcall.channels.push_keys import private_key, public_key
from rollcall.followup.who_was_told import told_words
from rollcall.prompts.receipts import take_receipts
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.phones import AN, Line, Phones
from tests.doubles.ports import free_port
from tests.doubles.push_service import INSTALLED, PushService
from tests.doubles.waiting import PATIENCE
from tests.worlds import due_round
from tests.worlds.on_duty import DANGER, SOON, add_person, always_on_duty
from tests.worlds.small_zone import NOW, add_zone

RULES = Rules(wait=timedelta(seconds=60), soon=timedelta(minutes=10), group=timedelta(minutes=10))
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
JUDGED = {Urgency.DANGER: DANGER, Urgency.SOON: SOON}
CONSOLE = "https://console.example"
PERSON, ROOM = "Nguyễn Thị An", "101"


class Mailbox:
    """Takes all mail."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd asks by this name
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def to(self, address: str) -> list[Any]:
        return [each for each in self.mails if each["To"] == address]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Email]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=PATIENCE)
    controller.start()
    sender = {"security": "none", "user": "", "password": "", "sender": "bao@example.vn", "authority": Authority("Trạm Y tế")}
    yield box, Email("127.0.0.1", controller.port, **sender)  # type: ignore[arg-type]
    controller.stop()


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushService]:
    if not INSTALLED and not os.environ.get("CI"):
        pytest.skip("needs node and the npm package web-push-testing")
    running = PushService()
    yield running
    running.stop()


@dataclass
class Desk:
    """A zone, a clock, and a worker that tells. tick: the clock's second and the worker's look, `seconds` later."""

    database: Database
    zone: int
    channels: dict[str, Channel]
    now: datetime = NOW
    worker: str = "w1"
    rules: Rules = RULES
    senders: list[AlertSender] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start("w1")

    def start(self, worker: str) -> None:
        self.senders.append(AlertSender(self.database, worker, AlertSetUp(self.channels, CONSOLE), lambda: self.now))

    def tick(self, seconds: float = 0) -> int:
        self.now += timedelta(seconds=seconds)
        tick_alerts(self.database, self.now, self.rules, HANOI)
        return self.senders[-1].send_due()

    def happens(self, number: int = 1, urgency: Urgency = Urgency.DANGER, kind: IncidentKind = IncidentKind.UNWELL) -> int:
        reason = words(N_("%(name)s feels unwell."), name=PERSON)
        with self.database.write() as session:
            open_incidents(
                session,
                kind,
                [Cause(f"{kind}-{number}", self.zone, reason, judged=JUDGED.get(urgency))],
                now=self.now,
            )
            return session.scalars(select(Incident.id).where(Incident.cause == f"{kind}-{number}")).one()

    def alerts(self) -> list[Alert]:
        with self.database.read() as session:
            return list(session.scalars(select(Alert).order_by(Alert.id)))

    def record(self) -> list[tuple[str, AlertWay, DeliveryAbout, PromptState]]:
        with self.database.read() as session:
            told = told_of(session, [each.id for each in self.alerts()])
        return [(each.name, each.way, each.about, each.state) for each in told if each.way is not AlertWay.PAGE]


@pytest.fixture
def desk(both_databases: Database) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(channels: dict[str, Channel] | None = None, **more: Any) -> Desk:
        zone, _people = add_zone(both_databases, residents=(PERSON,))
        made.append(Desk(both_databases, zone, channels if channels is not None else {"sms": Line()}, **more))  # type: ignore[dict-item]
        return made[0]

    yield make
    for each in made:
        for sender in each.senders:
            sender.stop()


def test_danger_reaches_the_first_on_duty_by_all_ways_then_the_second_then_supervisors_and_all_hear_that_it_is_over(
    desk: Callable[..., Desk], push_service: PushService, mailbox: tuple[Mailbox, Email], tmp_path: Path
) -> None:
    settings = Settings(data_folder=tmp_path, push_contact="mailto:it@example.vn")
    box, mail = mailbox
    world = desk({"push": WebPush(private_key(settings), settings.push_contact, read_allowed("localhost")), "email": mail})
    phones = [push_service.subscribe(public_key(settings)) for _ in range(3)]
    people = []
    for name, (address, _hash), role in zip(
        ("an", "binh", "chi"), phones, (Role.STAFF, Role.STAFF, Role.SUPERVISOR), strict=True
    ):
        ways = {AlertWay.PUSH: address, AlertWay.EMAIL: f"{name}@example.vn"}
        people.append(add_person(world.database, name, world.zone, ways, role, language="en" if name == "an" else "vi"))
    always_on_duty(world.database, people[0], world.zone)
    always_on_duty(world.database, people[1], world.zone, rank=2)
    incident = world.happens()
    assert world.tick() == 2
    ((alert),) = world.alerts()
    first, second, third = (push_service.notifications(name) for _address, name in phones)
    assert [each["title"] for each in first] == ["Urgent: Feels unwell"]
    assert first[0]["body"] == f"Khu A, A{alert.id}"
    assert first[0]["link"] == f"{CONSOLE}/alerts/{alert.id}"
    assert not second
    assert not third
    (written,) = box.to("an@example.vn")
    assert f"{CONSOLE}/alerts/{alert.id}" in written.get_content()
    # Nothing personal leaves: no name, no room, no symptom beyond the kind.
    seen = [first[0]["title"], first[0]["body"], first[0]["link"], written["Subject"], written.get_content()]
    assert not any(secret in each for secret in (PERSON, ROOM) for each in seen)
    # Nobody took it: a second early nothing happens, then the next is called.
    assert world.tick(59) == 0
    assert world.tick(1) == 2
    assert [each["title"] for each in push_service.notifications(phones[1][1])] == ["Khẩn cấp: Không khỏe"]
    assert len(box.to("binh@example.vn")) == 1
    assert world.tick(60) == 2
    assert len(push_service.notifications(phones[2][1])) == 1
    # All again, two minutes later.
    assert world.tick(60) == 6
    with world.database.read() as session:
        assert names_told(read(session, told_of_incident(incident))) == ["an", "binh", "chi"]
    # One tap takes it; nobody else is called.
    with world.database.write() as session:
        assert take_alert(session, alert.id, people[1], now=world.now) == [incident]
    with world.database.write() as session, pytest.raises(Conflict):
        take_alert(session, alert.id, people[0], now=world.now)
    assert world.tick(3600) == 0
    with world.database.write() as session:
        resolve(session, incident, people[1], "Đã đưa đi bệnh viện.", now=world.now)
    # Those who were told hear that it is over, but for whoever ended it.
    assert world.tick(1) == 4
    assert [each.state for each in world.alerts()] == [AlertState.CLEARED]
    assert push_service.notifications(phones[0][1])[-1]["title"] == "All clear: Feels unwell"
    assert {each[0] for each in world.record() if each[2] is DeliveryAbout.ALL_CLEAR} == {"an", "chi"}
    world.channels["push"].close()


@pytest.mark.parametrize("way", ["page", "text", "call"])
def test_who_cannot_breathe_is_told_of_to_the_first_on_duty_with_the_console_closed(
    way: str,
    database: Database,
    vault: Vault,
    tmp_path: Path,
    push_service: PushService,
    mailbox: tuple[Mailbox, Email],
) -> None:
    settings = Settings(data_folder=tmp_path, push_contact="mailto:it@example.vn")
    box, mail = mailbox
    zone, (resident,) = due_round.world(
        database, PERSON, evidence=EvidenceLevel.ACKNOWLEDGED, channels=[["voice" if way == "call" else "sms", 3]], ladder=[]
    )
    with database.write() as session:
        session.execute(update(Resident).values(phone=AN, without_smartphone=way != "page"))
    address, name = push_service.subscribe(public_key(settings))
    nurse = add_person(database, "an", zone, {AlertWay.PUSH: address, AlertWay.EMAIL: "an@example.vn"}, language="en")
    always_on_duty(database, nurse, zone)
    open_due_rounds(database, NOW)
    phones = Phones(database, vault, tmp_path)
    desk = Desk(
        database,
        zone,
        {"push": WebPush(private_key(settings), settings.push_contact, read_allowed("localhost")), "email": mail},
    )
    try:
        phones.send()
        if way == "page":
            assert phones.answer(due_round.token_of(database, resident), unwell="yes", symptoms="breathless").status_code < 400
        elif way == "text":
            phones.write("Tôi khó thở quá, cứu với")
        else:
            assert "115" in phones.press(phones.voice.sent[0].reference, "4")["say"]
        assert desk.tick() == 2
        (pushed,), (written,) = push_service.notifications(name), box.to("an@example.vn")
        assert pushed["title"] == "Urgent: Feels unwell"
        # Of what a person sees: names of messages are random, and may hold the figures of a room.
        seen = [pushed["title"], pushed["body"], pushed["link"], written["Subject"], written.get_content()]
        assert not any(secret in each for secret in (PERSON, ROOM, "thở") for each in seen)
        with database.read() as session:
            assert told_words(session, resident, NOW).say(translator("en")).startswith("Health staff on duty were told at ")
    finally:
        phones.stop()
        desk.senders[0].stop()


def test_incidents_of_one_kind_in_one_zone_are_one_alert_with_a_count(desk: Callable[..., Desk]) -> None:
    world = desk()
    account = add_person(world.database, "an", world.zone, {AlertWay.SMS: "+84900000001"})
    always_on_duty(world.database, account, world.zone)
    for number in range(20):
        world.happens(number)
    assert world.tick() == 1
    for number in range(20, 25):
        world.happens(number)
    assert world.tick(30) == 0
    (alert,) = world.alerts()
    assert alert.incidents == 25
    # Another kind is another alert; and what comes long after is told anew.
    world.happens(1, kind=IncidentKind.ROOM_EMPTY)
    assert world.tick(1) == 1
    assert len(world.alerts()) == 2
    with world.database.write() as session:
        taken = take_alert(session, alert.id, account, now=world.now)
    assert len(taken) == 25
    world.happens(99)
    assert world.tick(1) == 1
    assert [each.state for each in world.alerts()] == [AlertState.TAKEN, AlertState.OPEN, AlertState.OPEN]


def test_who_comes_into_danger_later_is_told_of_anew_and_nobody_is_said_to_have_been_told_before(
    desk: Callable[..., Desk],
) -> None:
    world = desk()
    always_on_duty(world.database, add_person(world.database, "an", world.zone, {AlertWay.SMS: "+84900000001"}), world.zone)
    first = world.happens(1)
    assert world.tick() == 1
    world.tick(60)
    world.tick(1)
    second = world.happens(2)
    world.tick(1)
    with world.database.read() as session:
        assert first_told(session, first) == NOW
        assert first_told(session, second) is None, "the alert left before they wrote"
    world.tick(60)
    with world.database.read() as session:
        assert first_told(session, second) == world.now


def test_what_is_less_urgent_waits_for_somebody_to_look_and_then_comes_quietly(desk: Callable[..., Desk]) -> None:
    lines = {"sms": Line(), "push": Line("push"), "email": Line("email")}
    world = desk(lines)
    ways = {AlertWay.SMS: "+84900000001", AlertWay.PUSH: "{}", AlertWay.EMAIL: "an@example.vn"}
    account = add_person(world.database, "an", world.zone, ways)
    always_on_duty(world.database, account, world.zone)
    waiting, looked = world.happens(1, Urgency.SOON), world.happens(2, Urgency.SOON, IncidentKind.MISSED)
    world.happens(3, Urgency.ROUTINE, IncidentKind.FACE_DOUBTFUL)
    assert world.tick(599) == 0
    with world.database.write() as session:
        acknowledge(session, looked, account, now=world.now)
    assert world.tick(1) == 1
    assert [len(each.sent) for each in lines.values()] == [0, 1, 0]
    # It grows worse meanwhile: now it is danger, and comes over every way.
    with world.database.write() as session:
        session.execute(update(Incident).where(Incident.id == waiting).values(urgency=Urgency.DANGER))
    assert world.tick(1) == 3
    assert len(world.alerts()) == 1
    assert lines["sms"].sent[0].text.startswith("Khẩn cấp: ")


class Broken:
    """A channel that fails as none may."""

    name, idempotent = "push", True

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        next(messages)
        raise RuntimeError("a mistake")
        yield

    def close(self) -> None:
        pass


def test_who_cannot_be_reached_is_not_waited_for_and_a_broken_channel_holds_up_no_other(desk: Callable[..., Desk]) -> None:
    line = Line()
    world = desk({"push": Broken(), "sms": line})
    first = add_person(world.database, "an", world.zone, {AlertWay.PUSH: "{}"})
    second = add_person(world.database, "binh", world.zone, {AlertWay.SMS: "+84900000002"})
    always_on_duty(world.database, first, world.zone)
    always_on_duty(world.database, second, world.zone, rank=2)
    world.happens()
    world.tick()
    for _ in range(21):
        world.tick(1)
    # No page was open, and push is tried for longer: the minute is waited for, as somebody may still be told.
    with world.database.read() as session:
        page = session.scalars(select(AlertDelivery).where(AlertDelivery.way == AlertWay.PAGE)).first()
    assert page is not None
    assert page.state == PromptState.FAILED
    world.tick(38)
    assert not line.sent
    world.tick(1)
    assert [each.to for each in line.sent] == ["+84900000002"]


def test_somebody_without_any_way_is_not_waited_for(desk: Callable[..., Desk]) -> None:
    line = Line()
    world = desk({"sms": line})
    always_on_duty(world.database, add_person(world.database, "an", world.zone, {}), world.zone)
    second = add_person(world.database, "binh", world.zone, {AlertWay.SMS: "+84900000002"})
    always_on_duty(world.database, second, world.zone, rank=2)
    world.happens()
    world.tick()
    assert not line.sent
    world.tick(20)
    assert [each.to for each in line.sent] == ["+84900000002"]


class Dies(Line):
    """A gateway that takes the message, whose worker never hears of it."""

    def __init__(self, *, idempotent: bool) -> None:
        super().__init__()
        self.idempotent = idempotent
        self.die = True

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for each in messages:
            self.sent.append(each)
            if self.die:
                raise SystemExit
            yield each, Sent(f"g-{each.reference}")


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_worker_that_dies_between_claim_and_note_leaves_nobody_untold(desk: Callable[..., Desk], idempotent: bool) -> None:
    line = Dies(idempotent=idempotent)
    world = desk({"sms": line})
    account = add_person(world.database, "an", world.zone, {AlertWay.SMS: "+84900000001"})
    always_on_duty(world.database, account, world.zone)
    world.happens()
    with pytest.raises(SystemExit):
        world.tick()
    line.die = False
    world.start("w2")
    # While it may still live, nobody else sends; then another does.
    assert world.tick(5) == 0
    assert world.tick(8) == 1
    states = [each[3] for each in world.record()]
    references = [each.reference for each in line.sent]
    if idempotent:
        # The gateway knows the reference again: told once.
        assert states == [PromptState.SENT]
        assert references[0] == references[1]
    else:
        # Nobody can know whether it left: said so, and sent once more, since telling twice is better than never.
        assert states == [PromptState.UNCERTAIN, PromptState.SENT]
        assert references[0] != references[1]


def test_a_late_outcome_of_one_taken_for_dead_is_not_lost_and_two_workers_claim_each_message_once(
    desk: Callable[..., Desk],
) -> None:
    line = Line()
    world = desk({"sms": line})
    for number in range(30):
        account = add_person(world.database, f"p{number}", world.zone, {AlertWay.SMS: f"+8490000{number:04}"}, Role.SUPERVISOR)
    assert account
    for name in ("w2", "w3", "w4"):
        world.start(name)
    world.happens()
    tick_alerts(world.database, world.now, world.rules, HANOI)
    threads = [threading.Thread(target=each.send_due) for each in world.senders]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(line.sent) == len({each.to for each in line.sent}) == 30
    assert {each[3] for each in world.record()} == {PromptState.SENT}


def test_what_is_urgent_and_told_to_nobody_is_counted_and_said(desk: Callable[..., Desk]) -> None:
    world = desk({"sms": Line()})
    account = add_person(world.database, "an", world.zone, {AlertWay.SMS: "+84900000001"})
    always_on_duty(world.database, account, world.zone)
    world.happens()
    # The clock makes deliveries, and no worker sends them.
    tick_alerts(world.database, world.now, world.rules, HANOI)
    said: list[int] = []
    late = world.now + timedelta(seconds=121)
    with world.database.read() as session:
        assert untold(session, world.now + timedelta(seconds=60)).count == 0
        assert untold(session, late).count == 1
    for _ in range(2):
        assert watch_telling(world.database, late, said.append) == 1
    assert said == [1]
    with world.database.read() as session:
        stalled = session.scalars(select(Incident).where(Incident.kind == IncidentKind.TELLING_STALLED)).one()
    assert stalled.state == IncidentState.OPEN
    assert world.senders[-1].send_due() == 1
    assert watch_telling(world.database, late, said.append) == 0
    with world.database.read() as session:
        again = session.get_one(Incident, stalled.id)
    assert again.cause_ended_at == late


def test_nobody_on_duty_is_an_alarm_of_its_own_and_reaches_supervisors(desk: Callable[..., Desk]) -> None:
    line = Line("push")
    world = desk({"push": line})
    nurse = add_person(world.database, "an", world.zone, {AlertWay.PUSH: "a"})
    add_person(world.database, "chi", world.zone, {AlertWay.PUSH: "c"}, Role.SUPERVISOR)
    assert watch_duty(world.database, world.now) == 1
    assert watch_duty(world.database, world.now) == 1
    world.tick(600)
    assert [each.to for each in line.sent] == ["c"]
    assert "Khu A" in line.sent[0].text
    always_on_duty(world.database, nurse, world.zone)
    assert watch_duty(world.database, world.now) == 0
    world.tick(1)
    assert [each.state for each in world.alerts()] == [AlertState.CLEARED]


def test_a_cause_that_ends_clears_and_one_that_comes_back_is_told_anew(desk: Callable[..., Desk]) -> None:
    line = Line()
    world = desk({"sms": line})
    account = add_person(world.database, "an", world.zone, {AlertWay.SMS: "+84900000001"})
    always_on_duty(world.database, account, world.zone)
    world.happens()
    world.tick()
    with world.database.write() as session:
        end_cause(session, f"{IncidentKind.UNWELL}-1", now=world.now)
    assert world.tick(1) == 1
    assert "Hết cảnh báo" in line.sent[-1].text
    world.now += timedelta(seconds=30)
    world.happens()
    assert world.tick() == 1
    assert [each.state for each in world.alerts()] == [AlertState.CLEARED, AlertState.OPEN]


def test_receipts_of_gateways_and_browsers_are_kept_in_the_record(desk: Callable[..., Desk]) -> None:
    world = desk({"sms": Line(), "push": Line("push")})
    ways = {AlertWay.SMS: "+84900000001", AlertWay.PUSH: "{}"}
    always_on_duty(world.database, add_person(world.database, "an", world.zone, ways), world.zone)
    world.happens()
    world.tick()
    with world.database.read() as session:
        sms, push, page = (
            session.scalars(select(AlertDelivery).where(AlertDelivery.way == way)).one()
            for way in (AlertWay.SMS, AlertWay.PUSH, AlertWay.PAGE)
        )
    at = world.now + timedelta(seconds=2)
    with world.database.write() as session:
        assert take_receipts(session, [Receipt(f"g-{sms.reference}", delivered=True, at=at)]) == 1
        assert note_shown(session, [push.reference], at) == 1
        # The open page's is said by whoever is signed in, and by nobody else.
        assert note_shown(session, [page.reference], at) == 0
        assert note_shown(session, [page.reference], at, account_id=page.account_id + 1) == 0
        assert note_shown(session, [page.reference], at, account_id=page.account_id) == 1
    with world.database.read() as session:
        told = told_of(session, [sms.alert_id or 0])
    assert {(each.way, each.state, each.at) for each in told} == {
        (way, PromptState.DELIVERED, at) for way in (AlertWay.SMS, AlertWay.PUSH, AlertWay.PAGE)
    }


def test_an_address_that_was_removed_is_not_told_and_raising_twice_raises_once(desk: Callable[..., Desk]) -> None:
    line = Line()
    world = desk({"sms": line})
    account = add_person(world.database, "an", world.zone, {AlertWay.SMS: "+84900000001"})
    always_on_duty(world.database, account, world.zone)
    world.happens()
    assert raise_due(world.database, world.now, world.rules) == 1
    assert raise_due(world.database, world.now, world.rules) == 0
    tick_alerts(world.database, world.now, world.rules, HANOI)
    with world.database.write() as session:
        session.delete(session.scalars(select(AlertAddress)).one())
    world.senders[-1].send_due()
    assert not line.sent
    assert [each[3] for each in world.record()] == [PromptState.FAILED]
