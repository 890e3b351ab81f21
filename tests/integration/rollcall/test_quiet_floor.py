"""Hours that no plan can lift: nothing opens or leaves in them, the record is reckoned against them, and an emergency passes under a name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.quiet import EmergencyMessage
from monitor.models.rollcalls.rounds import RollCall
from monitor.places.quiet_floor import SHIPPED, Span, floors, in_force, set_floor
from monitor.problems import BadInput, Conflict
from rollcall.channels.channel import Message, Outcome, Sent
from rollcall.people.text_stops import stop_texts
from rollcall.prompts.emergency import Typed, reach_of, send_emergency
from rollcall.prompts.kept_rules import record_of
from rollcall.prompts.stopping import stop_prompts
from rollcall.rounds.opening import open_due_rounds
from rollcall.rounds.plan_changes import ask_now
from tests.worlds.due_round import add_plan
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW, add_zone

HOUR = timedelta(hours=1)
NIGHT = NOW + 13 * HOUR  # 23:00 in Vietnam
MORNING = NOW + 21 * HOUR  # 07:00
FIRE = Typed.read("Cháy ở nhà B, xin ra sân ngay", "Fire in house B, go to the yard", "Cháy ở nhà B")


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


def lifted(database: Database, *names: str) -> tuple[int, list[int]]:
    """A zone whose plan says that no hours are quiet."""
    zone, people = add_zone(database, residents=names or ("An", "Bình"))
    with database.write() as session:
        values = {"zone_id": zone, "name": "Nachts", "kind": "every", "every_minutes": 60.0, "channels": [["sms", 3]]}
        session.add(Plan(**values, ladder=[], quiet_from="00:00", quiet_to="00:00", next_round_at=NOW, camera_excuses=False))
    return zone, people


def account(database: Database, name: str = "giamsat") -> int:
    with database.write() as session:
        return add_account(session, name, "một mật khẩu đủ dài", Role.SUPERVISOR, zones=None, now=NOW).id


def send(database: Database, channel: Channel, folder: Path, now: object) -> list[str]:
    before = len(channel.said)
    make_sender(database, {"sms": channel}, folder).send_due(now)  # type: ignore[arg-type]
    return [each.text for each in channel.said[before:]]


def test_no_plan_opens_a_round_in_the_night_or_is_asked_to(both_databases: Database) -> None:
    database = both_databases
    lifted(database)
    with database.write() as session:
        session.execute(update(Plan).values(next_round_at=NIGHT))
    assert open_due_rounds(database, NIGHT) == 0
    with database.write() as session:
        plan = session.scalars(select(Plan)).one()
        assert plan.next_round_at == MORNING
        zone = session.get_one(Zone, plan.zone_id)
        with pytest.raises(BadInput) as told:
            ask_now(session, plan, zone, account_id=1, now=NIGHT, available={"sms"})
        assert "until 07:00" in told.value.words.say(str)
    assert open_due_rounds(database, MORNING) == 1


def test_no_message_leaves_in_the_night_and_the_ladder_waits(both_databases: Database, tmp_path: Path) -> None:
    database, channel = both_databases, Channel()
    lifted(database)
    open_due_rounds(database, NOW + 10 * HOUR + timedelta(minutes=59))  # 20:59
    assert send(database, channel, tmp_path, NOW + 11 * HOUR) == []
    with database.read() as session:
        assert set(session.scalars(select(Prompt.next_attempt_at))) == {MORNING}
    assert len(send(database, channel, tmp_path, MORNING)) == 2


def test_a_zone_has_longer_ones_of_its_own_on_its_own_clock(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    lifted(database)
    evening = NOW + 10 * HOUR + timedelta(minutes=30)  # 20:30 in Vietnam
    with database.write() as session:
        session.execute(update(Zone).values(quiet_from="20:00", quiet_to="08:00"))
        session.execute(update(Plan).values(next_round_at=evening))
    assert open_due_rounds(database, evening) == 0
    with database.read() as session:
        assert session.scalars(select(Plan.next_round_at)).one() == MORNING + HOUR


def test_what_administrators_set_holds_from_then_on_with_name_and_reason(both_databases: Database) -> None:
    database = both_databases
    by = account(database, "quantri")
    with database.read() as session:
        assert in_force(session, NOW) == SHIPPED
    with database.write() as session:
        set_floor(session, Span.parse("20:00", "08:00"), "Mùa đông", by, NOW)
    with database.read() as session:
        held = floors(session)
        assert (str(held.at(NOW).span), str(held.at(NOW - HOUR).span)) == ("20:00–08:00", "21:00–07:00")
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "quiet-floor-set")).one()
        assert (entry.account_id, entry.details) == (
            by,
            {"before": "21:00–07:00", "after": "20:00–08:00", "reason": "Mùa đông"},
        )
    for span, reason in (("00:00-00:00", "x"), ("21:00-02:00", "x"), ("06:00-05:00", "x"), ("21:00-07:00", " ")):
        with database.write() as session, pytest.raises(BadInput):
            set_floor(session, Span.parse(*span.split("-")), reason, by, NOW)


def test_the_record_is_reckoned_against_the_floor_as_it_was(both_databases: Database) -> None:
    database = both_databases
    zone, _people = lifted(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        # As if something had let them out in the night, under a plan that knows none.
        session.execute(update(Prompt).values(state=PromptState.SENT, sent_at=NIGHT))
    with database.read() as session:
        assert record_of(session, [zone], NIGHT + HOUR).in_quiet == 2
    by = account(database, "quantri")
    with database.write() as session:
        set_floor(session, Span.parse("00:00", "06:00"), "Kiểm tra", by, NIGHT + HOUR)
    with database.read() as session:
        # Moving the floor afterwards proves nothing.
        assert record_of(session, [zone], NIGHT + HOUR).in_quiet == 2
    with database.write() as session:
        session.execute(update(Prompt).values(sent_at=NIGHT + 90 * timedelta(minutes=1)))  # 00:30
    with database.read() as session:
        assert record_of(session, [zone], NIGHT + 2 * HOUR).in_quiet == 2
    with database.write() as session:
        session.execute(update(Zone).values(timezone="Nowhere/At_all"))
    with database.read() as session:
        record = record_of(session, [zone], NIGHT + 2 * HOUR)
        # What cannot be told is not counted as kept.
        assert (record.in_quiet, record.unreadable) == (0, 2)


def test_an_emergency_passes_the_night_the_budget_and_stop_under_a_name_and_is_in_the_trail(
    both_databases: Database, tmp_path: Path
) -> None:
    database, channel = both_databases, Channel()
    zone, (an, _binh, cuc) = lifted(database, "An", "Bình", "Cúc")
    by = account(database)
    open_due_rounds(database, NOW)
    send(database, channel, tmp_path, NOW)
    with database.write() as session:
        # What is handed over bears the machine's own time, whatever hour that is.
        session.execute(update(Prompt).values(sent_at=NOW))
        phone = session.get_one(Resident, an).phone
        # Cúc answers with An's phone: one message; Bình wrote STOP.
        session.execute(update(Resident).where(Resident.id == cuc).values(phone=phone, language="en"))
        stop_texts(session, session.get_one(Resident, _binh).phone, NOW)
    with database.write() as session:
        where = session.get_one(Zone, zone)
        reach = reach_of(session, where, NIGHT)
        assert (reach.people, len(reach.leads), reach.without, reach.in_quiet) == (3, 2, (), True)
        message = send_emergency(session, where, FIRE, by, {"sms"}, NIGHT)
        assert (message.people, message.in_quiet, message.sent_by) == (3, True, by)
    before = len(channel.said)
    sender = make_sender(database, {"sms": channel}, tmp_path, budget=1)
    sender.send_due(NIGHT)
    assert [each.text for each in channel.said[before:]] == ["Cơ quan y tế: Cháy ở nhà B, xin ra sân ngay"] * 2
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "emergency-sent")).one()
        assert (entry.account_id, entry.zone_id) == (by, zone)
        assert entry.details == {"message": 1, "people": 3, "quiet": True, "reason": "Cháy ở nhà B"}
        record = record_of(session, [zone], NIGHT + HOUR)
        assert (record.left, record.in_quiet, record.most) == (3, 0, 1)
        (told,) = record.emergencies
        assert (told.by, told.people, told.in_quiet, told.reason) == ("giamsat", 3, True, "Cháy ở nhà B")
        assert record_of(session, [zone + 1], NIGHT + HOUR).emergencies == ()
        # It moved no roll-call.
        assert session.scalars(select(func.count()).select_from(RollCall)).one() == 1


def test_a_second_emergency_is_another_message_and_the_first_stays_on_record(both_databases: Database, tmp_path: Path) -> None:
    database, channel = both_databases, Channel()
    zone, _people = lifted(database)
    by = account(database)
    open_due_rounds(database, NOW)
    for number in (1, 2):
        with database.write() as session:
            where, typed = session.get_one(Zone, zone), Typed.read(f"Tin {number}", f"Word {number}", "Lũ")
            send_emergency(session, where, typed, by, {"sms"}, NIGHT)
    with database.write() as session:
        session.execute(update(Resident).values(language="en"))
    said = [text for text in send(database, channel, tmp_path, NIGHT) if "Word" in text]
    assert sorted(said) == sorted(f"The health service: Word {number}" for number in (1, 2) for _ in range(2))
    with database.read() as session:
        assert session.scalar(select(func.count()).where(Prompt.kind == PromptKind.EMERGENCY)) == 4


def test_what_stands_in_the_way_of_an_emergency_is_told_and_nothing_is_sent(both_databases: Database) -> None:
    database = both_databases
    zone, (an, binh) = lifted(database)
    by = account(database)
    for wrong in (("", "", "x"), ("Cháy", "", " "), ("x" * 301, "", "x"), ("Cháy", "a" * 301, "x")):
        with pytest.raises(BadInput):
            Typed.read(*wrong)
    with database.write() as session:
        where = session.get_one(Zone, zone)
        with pytest.raises(BadInput, match="not set up"):
            send_emergency(session, where, FIRE, by, set(), NOW)
        # Nobody was ever asked, so no message hangs on a roll-call: staff tell them.
        assert [number for number, _name in reach_of(session, where, NOW).without] == [an, binh]
        with pytest.raises(BadInput, match="Nobody in this zone"):
            send_emergency(session, where, FIRE, by, {"sms"}, NOW)
    open_due_rounds(database, NOW)
    with database.write() as session:
        stop_prompts(session, None, "Thử", by, NOW)
        with pytest.raises(Conflict, match="are stopped"):
            send_emergency(session, session.get_one(Zone, zone), FIRE, by, {"sms"}, NOW)
    with database.read() as session:
        assert session.scalars(select(EmergencyMessage)).all() == []


def test_plans_of_the_tests_themselves_are_under_the_floor_too(database: Database) -> None:
    zone, _people = add_zone(database)
    add_plan(database, zone, next_round_at=NIGHT)
    assert open_due_rounds(database, NIGHT) == 0
