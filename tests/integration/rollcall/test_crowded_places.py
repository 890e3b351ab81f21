"""Too many people in a place: owner and guards are told once an hour by a text, and never a number that wants none."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from monitor.control_points.settling import settle
from monitor.database.database import Database
from monitor.models.control_points import Direction
from monitor.models.people.gate import PhoneConfirmation
from rollcall.confirming.asking import ask_for_public_code
from rollcall.confirming.crowded import AGAIN_AFTER, tell_crowded
from rollcall.confirming.sending import CodeSender
from rollcall.people.text_stops import stop_texts
from rollcall.texts.style import Style
from tests.doubles.phones import Line
from tests.worlds.control_points import add_declared, add_place, give_checker, scan
from tests.worlds.small_zone import NOW

OWNER, GUARD = "+84901234567", "+84901234568"


def _full(database: Database, people: int = 3) -> tuple[int, list[int]]:
    place, points = add_place(database, most_people=2)
    give_checker(database, place)
    for number in range(people):
        scan(database, points[0], add_declared(database, f"Người {number}"), Direction.IN)
        # Who is at the gate and in a room is one person.
    settle(database, NOW, ZoneInfo("Asia/Ho_Chi_Minh"))
    return place, points


def _asked(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(PhoneConfirmation.phone).order_by(PhoneConfirmation.id)))


def test_owner_and_guards_hear_of_it_once_an_hour(both_databases: Database) -> None:
    _full(both_databases)
    assert tell_crowded(both_databases, NOW, texts_set_up=True) == 1
    assert tell_crowded(both_databases, NOW + timedelta(minutes=30), texts_set_up=True) == 0
    assert _asked(both_databases) == [OWNER, GUARD]
    line = Line()
    sender = CodeSender(both_databases, "w1", line, b"secret", Style(), lambda: NOW)  # type: ignore[arg-type]
    assert sender.send_due() == 2
    assert {message.to for message in line.sent} == {OWNER, GUARD}
    for message in line.sent:
        assert message.text.startswith("May B")
        assert "2" in message.text
        assert "Người" not in message.text
    assert tell_crowded(both_databases, NOW + AGAIN_AFTER, texts_set_up=True) == 1
    # Warnings are no codes: the owner can still confirm their number.
    with both_databases.write() as session:
        ask_for_public_code(session, "place-1", OWNER, "vi", texts_set_up=True, now=NOW + AGAIN_AFTER)


def test_below_the_limit_in_a_room_and_at_the_gate_is_one_person(both_databases: Database) -> None:
    _place, (gate, canteen, _floor) = add_place(both_databases, most_people=2)
    for number in range(2):
        who = add_declared(both_databases, f"Người {number}")
        scan(both_databases, gate, who, Direction.IN)
        scan(both_databases, canteen, who, Direction.IN, NOW + timedelta(minutes=1))
    settle(both_databases, NOW + timedelta(minutes=2), ZoneInfo("Asia/Ho_Chi_Minh"))
    assert tell_crowded(both_databases, NOW + timedelta(minutes=2), texts_set_up=True) == 0


def test_a_number_that_wrote_stop_gets_none(both_databases: Database) -> None:
    _full(both_databases)
    with both_databases.write() as session:
        stop_texts(session, GUARD, NOW)
    tell_crowded(both_databases, NOW, texts_set_up=True)
    assert _asked(both_databases) == [OWNER]
