"""What follows a prompt that is not answered, people who share a phone, and who is asked no more: on both databases, by every worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Exemption, Household, OrderState, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import PlanResident
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.channels.channel import Message, Receipt, Sent
from rollcall.checkins.excusing import excuse_resident
from rollcall.prompts.receipts import take_receipts
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import SECRET, add_plan, answer_by_link, check_in_of, minutes, token_of, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW, add_zone
from web.residents.application import create_residents


class Line:
    """A channel that keeps what it was handed."""

    idempotent = True

    def __init__(self, name: str) -> None:
        self.name, self.messages = name, list[Message]()

    def send(self, messages: Any) -> Any:
        for message in messages:
            self.messages.append(message)
            yield message, Sent(f"{self.name}-{len(self.messages)}")

    def close(self) -> None:
        """Nothing is open."""


def send(database: Database, folder: Path, now: datetime, *lines: Line) -> None:
    sender = make_sender(database, {line.name: line for line in lines}, folder / "outbox")
    while sender.send_due(now):
        pass


def at_once(database: Database, tick: Callable[[Database, datetime], int], now: datetime) -> int:
    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(lambda _: tick(database, now), range(8)))


def deliver(database: Database, at: datetime, *, delivered: bool = True) -> None:
    """A receipt for each message that left."""
    with database.write() as session:
        sent = session.scalars(select(Prompt.gateway_reference).where(Prompt.state == PromptState.SENT))
        take_receipts(session, [Receipt(str(each), delivered, at, "off") for each in sent])


def queued(database: Database) -> list[tuple[PromptKind, str]]:
    with database.read() as session:
        return [(row.kind, row.channel) for row in session.execute(select(Prompt.kind, Prompt.channel).order_by(Prompt.id))]


@pytest.fixture
def text() -> Line:
    return Line("sms")


def test_without_a_receipt_the_next_channel_follows_and_a_failure_brings_it_forward(
    both_databases: Database, tmp_path: Path, text: Line
) -> None:
    database = both_databases
    push = Line("push")
    zone, (one, two) = world(database, "An", "Bình", channels=[["push", 2], ["sms", 3]], ladder=[])
    with database.write() as session:
        # Bình has no browser that takes notifications: that is known at once.
        session.add(ContactAddress(resident_id=one, zone_id=zone, channel="push", address="{}", created_at=NOW))
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, push, text)
    assert [each.to for each in push.messages] == ["{}"]
    assert at_once(database, climb_due, NOW) == 1
    assert at_once(database, climb_due, minutes(2)) == 1
    send(database, tmp_path, minutes(2), push, text)
    assert sorted(each.to for each in text.messages) == sorted(phone_of(database, each) for each in (one, two))
    assert climb_due(database, minutes(9)) == 0


def test_a_delivery_keeps_the_next_channel_quiet_and_moves_the_ladder_with_the_window(
    both_databases: Database, tmp_path: Path, text: Line
) -> None:
    database = both_databases
    _, (one,) = world(database, channels=[["sms", 5], ["voice", 3]], ladder=[[10, "reminder"]])
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, text)
    deliver(database, minutes(4))
    assert check_in_of(database, one).step_at == minutes(9)
    assert climb_due(database, minutes(9)) == 0
    assert check_in_of(database, one).step_at == minutes(14)
    assert climb_due(database, minutes(14)) == 1
    assert queued(database)[1:] == [(PromptKind.REMINDER, "sms")]


def test_a_call_reads_out_words_and_no_address_also_as_the_next_channel(database: Database, tmp_path: Path, text: Line) -> None:
    voice = Line("voice")
    world(database, channels=[["sms", 3], ["voice", 3]], ladder=[])
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, text, voice)
    assert climb_due(database, minutes(3)) == 1
    send(database, tmp_path, minutes(3), text, voice)
    assert "1022" in voice.messages[0].text
    assert "http" not in voice.messages[0].text


def test_the_ladder_waits_for_the_morning_and_counts_from_there(both_databases: Database, tmp_path: Path, text: Line) -> None:
    database = both_databases
    _, (one,) = world(
        database, quiet_from="10:05", quiet_to="11:00", window_minutes=50.0, ladder=[[10, "reminder"], [20, "reminder"]]
    )
    open_due_rounds(database, NOW)
    # The gateway is away until the night begins.
    for minute in range(6, 75):
        climb_due(database, minutes(minute))
        send(database, tmp_path, minutes(minute), text)
        assert len(text.messages) == (minute >= 60) + (minute >= 70), minute
    assert check_in_of(database, one).due_at == minutes(110)


def phone_of(database: Database, resident: int) -> str:
    with database.read() as session:
        return session.get_one(Resident, resident).phone


def test_the_whole_ladder_is_climbed_once_and_ends_with_a_question_to_staff(
    both_databases: Database, tmp_path: Path, text: Line
) -> None:
    database = both_databases
    voice = Line("voice")
    ladder = [[10, "reminder"], [20, "voice"], [35, "household"]]
    zone, _ = world(database, "An", window_minutes=50.0, ladder=ladder)
    with database.write() as session:
        household = Household(zone_id=zone, name="Nhà An", phone="+84911111111")
        session.add(household)
        session.flush()
        session.execute(update(Resident).values(household_id=household.id))
    open_due_rounds(database, NOW)
    for minute in range(0, 51):
        at_once(database, climb_due, minutes(minute))
        send(database, tmp_path, minutes(minute), text, voice)
        if minute == 0:
            deliver(database, NOW)
    assert queued(database) == [
        (PromptKind.FIRST, "sms"),
        (PromptKind.REMINDER, "sms"),
        (PromptKind.VOICE, "voice"),
        (PromptKind.HOUSEHOLD, "sms"),
    ]
    assert text.messages[-1].to == "+84911111111"
    assert "An" in text.messages[-1].text
    assert "1022" in voice.messages[0].text
    assert "http" not in voice.messages[0].text
    assert at_once(database, close_due, minutes(50)) == 1
    with database.read() as session:
        incident = session.scalars(select(Incident)).one()
    assert (incident.kind, incident.visit_due_at) == (IncidentKind.MISSED, minutes(110))


def test_who_answered_is_left_alone(both_databases: Database, vault: Vault, tmp_path: Path, text: Line) -> None:
    database = both_databases
    _, (one,) = world(database, evidence="acknowledged", ladder=[[5, "reminder"], [10, "voice"]])
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, text)
    answer_by_link(database, vault, one)
    assert check_in_of(database, one).step_at is None
    assert climb_due(database, minutes(30)) == 0


@pytest.fixture
def shared(both_databases: Database) -> tuple[Database, list[int]]:
    """Three people answer with their household's phone, a fourth has one of her own."""
    database = both_databases
    zone, residents = world(database, "An", "Bình", "Cường", "Dung", evidence="acknowledged")
    with database.write() as session:
        household = Household(zone_id=zone, name="Nhà An", phone="+84911111111")
        session.add(household)
        session.flush()
        session.execute(update(Resident).where(Resident.id.in_(residents[:3])).values(phone="", household_id=household.id))
    return database, residents


def test_people_with_one_phone_get_one_message_and_each_answers(
    shared: tuple[Database, list[int]], vault: Vault, tmp_path: Path, text: Line
) -> None:
    database, residents = shared
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, text)
    assert Counter(each.to for each in text.messages) == {"+84911111111": 1, phone_of(database, residents[3]): 1}
    assert {check_in_of(database, each).state for each in residents} == {CheckInState.PROMPTED}
    (link,) = [each.text.split("http://phones")[1].split()[0] for each in text.messages if each.to == "+84911111111"]
    client = create_residents(
        Settings(data_folder=tmp_path, secret_key=SECRET.decode()), database, vault, now=lambda: NOW
    ).test_client()
    page = client.get(link).text
    assert all(name in page for name in ("An", "Bình", "Cường"))
    assert "Dung" not in page
    assert client.get(link[:-3] + "abc").status_code == 404
    # The first answers: the phone is still reminded, for the others.
    answer_by_link(database, vault, residents[0])
    assert token_of(database, residents[1]) in client.get(link).text
    assert "Tin nhắn gửi lúc" in client.get(f"/a/{token_of(database, residents[1])}/history?lang=vi").text
    assert "/h/" in client.get(f"/a/{token_of(database, residents[0])}").text
    deliver(database, minutes(4))
    # The window counts from the delivery, for those whom the message stands for too.
    assert {check_in_of(database, each).due_at for each in residents[1:]} == {minutes(24)}
    assert at_once(database, climb_due, minutes(14)) == 2
    for each in residents[1:3]:
        answer_by_link(database, vault, each)
    assert close_due(database, minutes(24)) == 1
    assert check_in_of(database, residents[3]).state == CheckInState.MISSED
    # All but she answered, so nobody with that phone is asked again.
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Answer)) == 3
        assert session.scalar(select(RollCall.state)) == "closed"


def test_a_delivery_to_a_shared_phone_counts_for_all_of_them(
    shared: tuple[Database, list[int]], tmp_path: Path, text: Line
) -> None:
    database, residents = shared
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, text)
    deliver(database, NOW)
    assert close_due(database, minutes(20)) == 4
    assert {check_in_of(database, each).state for each in residents} == {CheckInState.MISSED}


def test_the_one_whose_prompt_stands_for_all_may_leave_and_the_others_are_still_asked(
    shared: tuple[Database, list[int]], tmp_path: Path, text: Line
) -> None:
    database, residents = shared
    open_due_rounds(database, NOW)
    with database.write() as session:
        release(session, residents[0])
        assert excuse_resident(session, residents[0], NOW) == 1
    send(database, tmp_path, NOW, text)
    assert "+84911111111" in [each.to for each in text.messages]
    assert check_in_of(database, residents[0]).state == CheckInState.EXCUSED
    assert check_in_of(database, residents[1]).state == CheckInState.PROMPTED


def release(session: Any, resident: int, state: OrderState = OrderState.RELEASED) -> None:
    session.execute(update(QuarantineOrder).where(QuarantineOrder.resident_id == resident).values(state=state))


@pytest.mark.parametrize("state", [each for each in OrderState if each != OrderState.ACTIVE])
def test_whoever_is_no_longer_under_an_order_gets_no_message_from_an_open_round(
    database: Database, tmp_path: Path, text: Line, state: OrderState
) -> None:
    _, (one, two) = world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    with database.write() as session:
        # Nobody told the round: it is seen where messages leave.
        release(session, one, state)
    send(database, tmp_path, NOW, text)
    assert [each.to for each in text.messages] == [phone_of(database, two)]
    assert check_in_of(database, one).state == CheckInState.EXCUSED
    close_due(database, minutes(20))
    with database.read() as session:
        assert session.scalars(select(Incident.resident_id)).all() == [two]


def test_an_exemption_and_a_release_after_the_message_excuse_too(database: Database, tmp_path: Path, text: Line) -> None:
    zone, (one, two) = world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, text)
    deliver(database, NOW)
    with database.write() as session:
        release(session, one)
        session.add(Exemption(resident_id=two, zone_id=zone, starts_at=minutes(5), ends_at=minutes(60), reason="PCR"))
    assert climb_due(database, minutes(10)) == 0
    states = {check_in_of(database, each).state for each in (one, two)}
    assert states == {CheckInState.EXCUSED}
    with database.read() as session:
        assert session.scalars(select(Incident)).all() == []


def test_three_misses_in_a_row_are_urgent_and_who_is_alone_comes_first(
    both_databases: Database, tmp_path: Path, text: Line
) -> None:
    database = both_databases
    _, (one, two, three) = world(database, "An", "Bình", "Cường", every_minutes=60.0, ladder=[])
    with database.write() as session:
        room = session.get_one(Resident, one).room_id
        session.execute(update(Resident).where(Resident.id == two).values(room_id=room))
    for hour in range(3):
        open_due_rounds(database, minutes(60 * hour))
        send(database, tmp_path, minutes(60 * hour), text)
        deliver(database, minutes(60 * hour))
        close_due(database, minutes(60 * hour + 20))
    with database.read() as session:
        incidents = {(row.resident_id, row.kind): row.deadline_at - row.opened_at for row in session.scalars(select(Incident))}
    kinds = (IncidentKind.MISSED, IncidentKind.MISSED_REPEATEDLY)
    assert set(incidents) == {(each, kind) for each in (one, two, three) for kind in kinds}
    assert incidents[one, IncidentKind.MISSED] == 2 * incidents[three, IncidentKind.MISSED]


def test_a_phone_that_is_off_is_told_apart_from_one_that_nothing_was_sent_to(
    database: Database, tmp_path: Path, text: Line
) -> None:
    _, (one, two) = world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Resident).where(Resident.id == two).values(phone=""))
    send(database, tmp_path, NOW, text)
    close_due(database, minutes(20))
    assert {check_in_of(database, each).state for each in (one, two)} == {CheckInState.UNREACHED}
    with database.read() as session:
        reasons = {row.resident_id: row.reason["template"] for row in session.scalars(select(Incident))}
    assert "off" in reasons[one]
    assert "could be sent" in reasons[two]


def test_a_plan_for_some_people_or_a_share_asks_only_them(database: Database) -> None:
    zone, residents = add_zone(database, residents=tuple("ABCDEFGH"))
    named = add_plan(database, zone)
    with database.write() as session:
        session.add_all(PlanResident(plan_id=named, resident_id=each) for each in residents[:2])
    add_plan(database, zone, share_percent=50, seed="a seed", name="new")
    assert open_due_rounds(database, NOW) == 2
    with database.read() as session:
        asked = Counter(session.scalars(select(RollCall.plan_id).join(CheckIn, CheckIn.roll_call_id == RollCall.id)))
    assert asked.pop(named) == 2
    (share,) = asked.values()
    assert 0 < share < len(residents)


def test_after_an_outage_a_reminder_is_one_message(database: Database, tmp_path: Path, text: Line) -> None:
    world(database, window_minutes=120.0, ladder=[[10, "reminder"], [20, "reminder"], [30, "reminder"]])
    open_due_rounds(database, NOW)
    send(database, tmp_path, NOW, text)
    assert climb_due(database, NOW + timedelta(minutes=40)) == 1
    assert climb_due(database, NOW + timedelta(minutes=41)) == 0
