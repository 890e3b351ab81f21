"""The hotline's public pages, on both databases: reported once, followed by a code that shows nothing personal, reopened, rated."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from monitor.accounts.accounts import add_account
from monitor.accounts.codes import LETTERS
from monitor.database.database import Database
from monitor.hotline.codes import shown_code
from monitor.hotline.doing import Doer, answer, mark
from monitor.hotline.joining import merge
from monitor.hotline.steps import Party
from monitor.models.accounts import Role
from monitor.models.hotline import HotlineMessage, HotlineTicket, TicketChannel, TicketKind, TicketState
from tests.worlds.declaring import Phone, fields_of, filled
from tests.worlds.small_zone import NOW
from web.public.asking import MOST_WRONG

ASKED = {
    "kind": "food",
    "said": "Nhà tôi hết gạo, tôi là Cúc",
    "phone": "0901 234 567",
    "caller_name": "Trần Thị Cúc",
    "place": "5 hẻm 12",
}


@pytest.fixture
def phone(both_databases: Database, tmp_path: Path) -> Phone:
    return Phone(both_databases, tmp_path)


def ask(phone: Phone, client: FlaskClient | None = None, **given: object) -> str:
    """The address of the page that follows."""
    client = client or phone.client
    fields = filled(fields_of(client.get("/1022").text, "/1022"), ASKED | given)
    told = client.post("/1022", data=fields)
    assert told.status_code == 303, told.text
    return told.location


def tickets(database: Database) -> list[HotlineTicket]:
    with database.read() as session:
        return list(session.scalars(select(HotlineTicket).order_by(HotlineTicket.id)))


def answered(database: Database, ticket: HotlineTicket) -> None:
    with database.write() as session:
        account = add_account(session, "desk", "đúng là mật khẩu", Role.STAFF, zones=[], now=NOW).id
        row = session.get_one(HotlineTicket, ticket.id)
        answer(session, row.id, Doer(account, frozenset({Party.DESK})), NOW, seen=mark(row), words="Gạo đến lúc 17 giờ.")


def send(phone: Phone, path: str, what: str, **given: str) -> tuple[int, str]:
    action = f"{path}/{what}"
    told = phone.client.post(action, data=filled(fields_of(phone.client.get(path).text, action), given))
    return told.status_code, told.text


def test_what_is_reported_is_one_ticket_with_its_words_and_a_code(phone: Phone, both_databases: Database) -> None:
    fields = filled(
        fields_of(phone.client.get("/1022").text, "/1022"),
        ASKED | {"anonymous": "yes", "latitude": "10,98", "longitude": "106.65"},
    )
    first, second = (phone.client.post("/1022", data=fields) for _ in range(2))
    assert first.location == second.location
    (ticket,) = tickets(both_databases)
    assert (ticket.channel, ticket.kind, ticket.said) == (TicketChannel.PAGE, TicketKind.FOOD, ASKED["said"])
    assert (ticket.caller, ticket.caller_name, ticket.place) == ("+84901234567", "Trần Thị Cúc", "5 hẻm 12")
    assert (ticket.anonymous, ticket.wants_answer, ticket.fix) == (True, True, [10.98, 106.65])
    assert (ticket.first_contact_at, ticket.due_at) == (NOW, NOW + timedelta(hours=5))
    assert first.location == f"/1022/{shown_code(ticket.code)}"
    with both_databases.read() as session:
        assert session.scalar(select(func.count()).select_from(HotlineMessage)) == 0, (
            "nobody texts a number that anyone may type"
        )
    page = phone.client.get(first.location).text
    assert shown_code(ticket.code) in page
    # Another matter on the same form is another ticket.
    phone.client.post("/1022", data=filled(fields, {"said": "Mẹ tôi cần thuốc", "kind": "medicine"}))
    assert len(tickets(both_databases)) == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": ""}, "kind-wrong"),
        ({"kind": "gold"}, "kind-wrong"),
        ({"said": " \n"}, "said-wrong"),
        ({"phone": "12"}, "phone-wrong"),
        ({"latitude": "95", "longitude": "1"}, "latitude-wrong"),
        ({"latitude": "nan", "longitude": "1"}, "latitude-wrong"),
        ({"latitude": "", "longitude": "1"}, "latitude-wrong"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    database: Database, tmp_path: Path, given: dict[str, str], says: str
) -> None:
    phone = Phone(database, tmp_path)
    fields = filled(fields_of(phone.client.get("/1022").text, "/1022"), ASKED | given)
    told = phone.client.post("/1022", data=fields)
    assert told.status_code == 422
    assert f'id="{says}"' in told.text
    assert "5 hẻm 12" in told.text, "nothing is typed twice"
    assert tickets(database) == []
    assert phone.client.post("/1022", data=ASKED).status_code == 400, "without the form's token"


def test_a_code_shows_how_far_it_is_and_nothing_personal_and_the_answer_on_its_own_phone_alone(
    phone: Phone, both_databases: Database
) -> None:
    page = ask(phone)
    (ticket,) = tickets(both_databases)
    answered(both_databases, ticket)
    stranger = phone.app.test_client()
    for typed in (ticket.code, ticket.code.lower(), f" {page[6:]} "):
        led = stranger.get("/1022/code", query_string={"code": typed})
        seen = stranger.get(led.location)
        assert seen.status_code == 200
        for personal in ("Cúc", "gạo", "0901", "hẻm", "17 giờ"):
            assert personal not in seen.text
    assert "Gạo đến lúc 17 giờ." in phone.client.get(page).text
    wrong = next(each for each in LETTERS if each != ticket.code[-1])
    assert stranger.get(f"/1022/{ticket.code[:-1]}{wrong}").status_code == 404
    assert stranger.get("/1022/-").status_code == 404


def test_wrong_codes_are_slowed_and_the_right_one_never(database: Database, tmp_path: Path) -> None:
    phone = Phone(database, tmp_path)
    page = ask(phone)
    statuses = [phone.client.get(f"/1022/{number:08}").status_code for number in range(MOST_WRONG + 5)]
    assert statuses[0] == 404
    assert statuses[-1] == 429
    assert phone.client.get(page).status_code == 200


def test_it_is_reopened_within_72_hours_and_rated_once_the_newest_word_holds(phone: Phone, both_databases: Database) -> None:
    page = ask(phone)
    (ticket,) = tickets(both_databases)
    assert "/reopen" not in phone.client.get(page).text
    answered(both_databases, ticket)
    assert send(phone, page, "rate")[0] == 422
    for number in (2, 5):
        assert send(phone, page, "rate", satisfaction=str(number))[0] == 303
    assert send(phone, page, "reopen", words=" ")[0] == 422
    phone.now = NOW + timedelta(hours=72)
    assert send(phone, page, "reopen", words="Gạo vẫn chưa tới")[0] == 303
    (again,) = tickets(both_databases)
    assert (again.state, again.reopened, again.due_at) == (TicketState.NEW, 1, ticket.due_at)
    assert "late" not in phone.client.get(page).text.split("<main>")[0]
    answered_at = phone.now
    with both_databases.write() as session:
        row = session.get_one(HotlineTicket, again.id)
        row.state, row.answered_at = TicketState.ANSWERED, answered_at
    phone.now = answered_at + timedelta(hours=72, seconds=1)
    assert "/reopen" not in phone.client.get(page).text
    token = fields_of(phone.client.get(page).text, f"{page}/rate")
    assert phone.client.post(f"{page}/reopen", data=filled(token, {"words": "nữa"})).status_code == 409


def test_a_ticket_that_became_part_of_another_tells_of_that_one(phone: Phone, both_databases: Database) -> None:
    first, second = ask(phone), ask(phone, said="Vẫn hết gạo")
    with both_databases.write() as session:
        account = add_account(session, "desk", "đúng là mật khẩu", Role.STAFF, zones=[], now=NOW).id
        merge(session, 1, 2, Doer(account, frozenset({Party.DESK})), NOW)
    states = {phone.client.get(each).text.partition("place-state")[2].partition("</p>")[0] for each in (first, second)}
    assert len(states) == 1


def test_four_hundred_people_in_an_hour_behind_one_address_are_all_taken(database: Database, tmp_path: Path) -> None:
    phone = Phone(database, tmp_path)
    fields = fields_of(phone.client.get("/1022").text, "/1022")
    for number in range(70):  # ten minutes of such an hour
        assert phone.client.post("/1022", data=filled(fields, ASKED | {"said": f"Hết gạo {number}"})).status_code == 303
    assert len(tickets(database)) == 70
