"""The hotline on the console: from a call to the answer, who sees what, and what is said where something is wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.hotline import (
    HotlineCall,
    HotlineMessage,
    HotlineTicket,
    MessageAbout,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_desk import HotlineMember, HotlineUnit
from tests.worlds.accounts_console import World
from tests.worlds.hotline import add_unit, come
from tests.worlds.small_zone import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path)


def ticket(world: World) -> HotlineTicket:
    with world.database.read() as session:
        return session.scalars(select(HotlineTicket).order_by(HotlineTicket.id.desc()).limit(1)).one()


def seen(client: FlaskClient, number: int) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', client.get(f"/hotline/{number}").text)
    assert found
    return found[1]


def step(client: FlaskClient, number: int, what: str, **form: str) -> str:
    """Take a step with the ticket as its page shows it; what is told then."""
    given = {"seen": seen(client, number), **form}
    answer = client.post(f"/hotline/{number}/{what}", data=given, follow_redirects=True)
    assert answer.status_code == 200
    return "\n".join(re.findall(r'<p class="notice[^>]*>(.*?)</p>', answer.text, re.S))


def add_call(world: World, number: str, *, extension: str = "12", call: str = "c-1") -> int:
    with world.database.write() as session:
        row = HotlineCall(call_id=call, caller=number, extension=extension, rang_at=world.now - MINUTE, noted_at=world.now)
        session.add(row)
        session.flush()
        return row.id


def test_a_call_becomes_a_units_work_and_its_answer_leaves(world: World) -> None:
    member = world.add("hoa", zones=[world.here])
    unit = add_unit(world.database, "Tổ hỗ trợ phường 5", world.here, [member])
    lan = world.in_session("lan", zones=[world.here])
    hoa = world.in_session("hoa2", zones=[world.here])
    with world.database.write() as session:
        account = session.scalars(select(Account.id).where(Account.username == "hoa2")).one()
        session.add(HotlineMember(unit_id=unit, account_id=account))
    assert lan.post("/hotline/shifts/begin", data={"extension": "12"}).status_code == 303
    call = add_call(world, "+84901234567")
    (rings,) = lan.get("/hotline/call/ringing").json["calls"]
    assert rings["id"] == call
    # Nobody else's telephone rings.
    assert hoa.get("/hotline/call/ringing").json["calls"] == []
    assert hoa.get(f"/hotline/call/{call}").status_code == 303
    page = lan.get(rings["address"]).text
    assert 'value="+84901234567"' in page
    # Who hangs up while it is typed is written down all the same.
    with world.database.write() as session:
        session.execute(update(HotlineCall).values(ended_at=world.now, answered_at=world.now))
    form = {
        "call": str(call),
        "kind": "food",
        "said": "Hết gạo từ hôm qua.",
        "caller": "0901234567",
        "wants_answer": "yes",
        "to": "place",
        "language": "vi",
    }
    answer = lan.post("/hotline/call", data=form, follow_redirects=True)
    assert "Saved and handed over. Code:" in answer.text
    made = ticket(world)
    assert (made.state, made.unit_id, made.first_contact_at) == (TicketState.HANDED_OVER, unit, world.now - MINUTE)
    # Sent twice, it is one ticket.
    lan.post("/hotline/call", data=form)
    assert ticket(world).id == made.id
    assert lan.get("/hotline/call/ringing").json["calls"] == []
    assert "Accepted" in step(hoa, made.id, "accept")
    assert "the answer is on its way" in step(hoa, made.id, "answer", words="Chiều nay có người mang gạo.", how="sent")
    with world.database.read() as session:
        (sent,) = session.scalars(select(HotlineMessage).where(HotlineMessage.about == MessageAbout.ANSWER)).all()
        assert sent.address == "+84901234567"
    assert "ticket-entered" in world.trail()
    assert "Closed." in step(hoa, made.id, "close", reason="answered")
    assert "Say what the caller still needs" in step(lan, made.id, "reopen", words=" ")
    assert "Open again" in step(lan, made.id, "reopen", words="Chưa thấy ai đến.")
    assert "Accepted" in step(hoa, made.id, "accept")
    assert "back with the desk" in step(hoa, made.id, "refuse", words="Đã chuyển sang phường 6.")
    assert "You have this ticket now" in step(lan, made.id, "take")
    assert "Choose a unit" in step(lan, made.id, "hand-over")
    assert ticket(world).due_at == made.due_at


def test_a_ticket_that_was_opened_again_has_the_same_pace_from_then_on(world: World) -> None:
    with world.database.write() as session:
        made = come(session, world.now, caller="0901234567")
        at = world.now + timedelta(hours=1)
        answered = {"state": TicketState.ANSWERED, "answered_at": at, "first_answered_at": at, "answer": "Chiều nay."}
        session.execute(update(HotlineTicket).where(HotlineTicket.id == made.id).values(**answered))
    world.now += timedelta(hours=20)
    boss = world.with_factor("thu", Role.SUPERVISOR)
    step(boss, made.id, "reopen", words="Chưa thấy ai đến.")
    page = boss.get("/hotline").text
    assert "opened again, due in 5 hours" in page
    # The law was met: it is neither late nor answered too late.
    assert f"/hotline/{made.id}" not in boss.get("/hotline?which=late").text
    world.now += timedelta(hours=6)
    boss = world.with_factor("son", Role.SUPERVISOR)
    assert "opened again, late by 1 hour" in boss.get("/hotline?which=late").text


def test_every_page_opens_and_says_what_is_missing(world: World) -> None:
    boss = world.with_factor("thu", Role.SUPERVISOR)
    with world.database.write() as session:
        first = come(session, world.now, caller="0901234567", anonymous=True, place="Hẻm 12")
        come(session, world.now, caller="0901234567", kind=TicketKind.EMERGENCY, said="Mẹ tôi bất tỉnh.")
        come(session, world.now, channel=TicketChannel.EMAIL, mail_address="an@example.vn", subject="Xin gạo")
    for address in (
        *(f"/hotline?which={which}" for which in ("open", "new", "mine", "soon", "late", "answered", "closed", "all", "none")),
        "/hotline?kind=food&channel=text&unit=1&from=2026-11-01&to=2026-11-30&part=too_late&which=all",
        f"/hotline/{first.id}",
        f"/hotline/{first.id}?q=gao&use=1",
        "/hotline/call",
        "/hotline/shifts",
        "/hotline/figures",
        "/hotline/figures?from=2020-01-01&to=2026-11-23",
        "/hotline/units",
        "/hotline/units/new",
        "/hotline/calendars/new",
        "/hotline/texts",
        "/hotline/texts/answer/new",
        "/hotline/texts/script/new",
    ):
        answer = boss.get(address)
        assert answer.status_code == 200, address
        assert "%(" not in answer.text, address
    assert "same number" in boss.get(f"/hotline/{first.id}").text
    assert "has not run yet" in boss.get("/hotline").text
    found = boss.post("/hotline/find", data={"code": f"{first.code[:4]} {first.code[4:].lower()}"})
    assert found.location == f"/hotline/{first.id}"
    assert "No ticket has this code" in boss.post("/hotline/find", data={"code": "ABCD-1234"}, follow_redirects=True).text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"said": "Hết gạo."}, "Choose what it is about."),
        ({"kind": "food", "said": "  "}, "Please write what it is about."),
        ({"kind": "food", "said": "Hết gạo.", "unit": "xyzzy"}, "No commune, ward or province has this name."),
        ({"kind": "food", "said": "Hết gạo.", "like": "add-9999"}, "This page does not exist"),
        ({"kind": "food", "said": "Hết gạo.", "to": "9999"}, "Choose a unit that is not dissolved."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_half_done(world: World, form: dict[str, str], told: str) -> None:
    client = world.in_session("lan", zones=[world.here])
    answer = client.post("/hotline/call", data=form)
    assert told in answer.text
    with world.database.read() as session:
        assert session.scalars(select(HotlineTicket)).all() == []


def test_an_operator_is_asked_once_whether_it_is_a_ticket_that_waits(world: World) -> None:
    client = world.in_session("lan", zones=[world.here])
    with world.database.write() as session:
        first = come(session, world.now, caller="0901234567")
        session.execute(update(HotlineTicket).values(zone_id=world.here))
        elsewhere = come(session, world.now, caller="0909999999", said="Ở nơi khác.")
        session.execute(update(HotlineTicket).where(HotlineTicket.id == elsewhere.id).values(zone_id=world.there))
    form = {"kind": "food", "said": "Vẫn chưa có gạo.", "caller": "0901 234 567", "to": "keep"}
    page = client.post("/hotline/call", data=form).text
    assert "Not saved yet" in page
    assert "Vẫn chưa có gạo." in page
    assert f'value="add-{first.id}"' in page
    with world.database.read() as session:
        assert len(session.scalars(select(HotlineTicket)).all()) == 2
    # What the reader may not see is not asked about, and an emergency waits for no question.
    for other in ({"caller": "0909999999"}, {"kind": "emergency"}):
        assert "Not saved yet" not in client.post("/hotline/call", data={**form, **other}, follow_redirects=True).text
    client.post("/hotline/call", data={**form, "like": f"add-{first.id}"})
    client.post("/hotline/call", data={**form, "like": "", "said": "Xin sữa cho cháu."})
    with world.database.read() as session:
        assert len(session.scalars(select(HotlineTicket)).all()) == 5


def test_a_caller_without_a_number_and_units_that_take_nothing(world: World) -> None:
    client = world.in_session("lan", zones=[world.here])
    client.post("/hotline/shifts/begin", data={"extension": "12"})
    call = add_call(world, "")
    assert "came without a number" in client.get(f"/hotline/call/{call}").text
    form = {"call": str(call), "kind": "money", "said": "Mất việc.", "to": "place"}
    assert "no unit takes this kind yet" in client.post("/hotline/call", data=form, follow_redirects=True).text
    made = ticket(world)
    assert (made.caller, made.state, made.wants_answer) == ("", TicketState.TAKEN, False)
    assert "Nothing can be sent" in step(client, made.id, "answer", words="Đã chuyển.", how="sent")


def test_a_ticket_is_seen_by_its_zone_its_unit_and_whoever_has_it(world: World) -> None:
    clients = {name: world.in_session(name, zones=[zone]) for name, zone in (("lan", world.here), ("minh", world.there))}
    unit = add_unit(world.database, "Tổ y tế", world.there, [world.account("minh").id])
    with world.database.write() as session:
        made = come(session, world.now, caller="0901234567", anonymous=True, caller_name="Bà Sáu")
        session.execute(update(HotlineTicket).values(zone_id=world.here))
    assert clients["minh"].get(f"/hotline/{made.id}").status_code == 404
    assert clients["minh"].post(f"/hotline/{made.id}/take", data={"seen": "new.0.0.0"}).status_code == 404
    assert "Bà Sáu" in clients["lan"].get(f"/hotline/{made.id}").text
    assert "Handed over" in step(clients["lan"], made.id, "hand-over", unit=str(unit), words="Gấp.")
    page = clients["minh"].get(f"/hotline/{made.id}").text
    # Who wants not to be named is not named to the unit.
    assert "Bà Sáu" not in page
    assert "901234567" not in page
    assert "for others to do" in step(clients["lan"], made.id, "accept")
    old = seen(clients["minh"], made.id)
    assert "Accepted" in step(clients["minh"], made.id, "accept")
    again = clients["minh"].post(f"/hotline/{made.id}/accept", data={"seen": old}, follow_redirects=True)
    assert "has accepted this ticket meanwhile" in again.text


def test_two_are_merged_or_answered_together_and_taken_apart_again(world: World) -> None:
    client = world.in_session("lan", zones=[world.here])
    with world.database.write() as session:
        first = come(session, world.now, caller="0901234567")
        again = come(session, world.now + MINUTE, caller="0901234567")
        other = come(session, world.now + MINUTE, caller="0907654321")
        session.execute(update(HotlineTicket).values(zone_id=world.here))
    assert "one ticket now" in step(client, again.id, "join", other=str(first.id), how="merge")
    assert "different callers" in step(client, first.id, "join", other=str(other.id), how="merge")
    assert "answered together" in step(client, other.id, "join", other=str(first.id), how="bundle")
    page = client.get(f"/hotline/{first.id}").text
    assert f"/hotline/{other.id}" in page
    assert f"/hotline/{again.id}" in page
    for each in (again.id, other.id):
        answer = client.post(f"/hotline/{each}/part", follow_redirects=True)
        assert "stands by itself again" in answer.text
    with world.database.read() as session:
        states = set(session.scalars(select(HotlineTicket.state)))
        assert states == {TicketState.NEW}


def test_details_change_and_the_hour_does_not(world: World) -> None:
    client = world.in_session("lan", zones=[world.here])
    with world.database.write() as session:
        made = come(session, world.now)
        session.execute(update(HotlineTicket).values(zone_id=world.here))
    world.now += timedelta(hours=2)
    form = {"kind": "emergency", "caller": "0907654321", "caller_name": "Sáu", "place": "Hẻm 12", "language": "en"}
    assert "is what it was" in step(client, made.id, "change", **form)
    assert "Added" in step(client, made.id, "add", words="Nay còn hết cả thuốc.")
    now = ticket(world)
    assert (now.kind, now.caller, now.language, now.wants_answer) == (TicketKind.EMERGENCY, "+84907654321", "en", False)
    assert (now.due_at, now.said) == (made.due_at, made.said)
    assert "Nay còn hết cả thuốc." in client.get(f"/hotline/{made.id}").text


def test_units_calendars_and_words_are_kept_by_whoever_manages_the_hotline(world: World) -> None:
    boss = world.with_factor("thu", Role.SUPERVISOR)
    of_zone = world.with_factor("son", Role.SUPERVISOR, [world.here])
    week = {"name": "Giờ hành chính", "day-0": "8:00-12:00, 13:00-17:00", "day-1": "7h30-11h30", "off_on_holidays": "yes"}
    assert "Write times like" in boss.post("/hotline/calendars", data={**week, "day-2": "9"}).text
    assert boss.post("/hotline/calendars", data=week).status_code == 303
    assert 'value="08:00-12:00, 13:00-17:00"' in boss.get("/hotline/calendars/1").text
    assert of_zone.post("/hotline/calendars", data=week).status_code == 403
    unit = {
        "name": "Tổ y tế",
        "kinds": ["food", "money"],
        "zone_id": str(world.here),
        "calendar_id": "1",
        "email": "to@example.vn",
    }
    assert "at least one kind" in boss.post("/hotline/units", data={**unit, "kinds": []}).text
    assert "is not an e-mail address" in boss.post("/hotline/units", data={**unit, "email": "to"}).text
    assert of_zone.post("/hotline/units", data={**unit, "members": [str(world.account("son").id)]}).status_code == 303
    assert of_zone.post("/hotline/units", data={**unit, "zone_id": ""}).status_code == 403
    assert of_zone.post("/hotline/units", data={**unit, "zone_id": str(world.there)}).status_code == 404
    late = boss.post("/hotline/units", data={**unit, "id": "1", "version": "7"}, follow_redirects=True)
    assert "changed this meanwhile" in late.text
    page = boss.get("/hotline/units/1").text
    assert f'<option value="{world.account("son").id}" selected>' in page
    wrong = boss.post("/hotline/units/1/dissolve", data={"version": "1", "day": "mai"}, follow_redirects=True)
    assert "Write the day like" in wrong.text
    assert (
        "who comes after it"
        in boss.post("/hotline/units/1/dissolve", data={"version": "1", "day": "24/11/2026"}, follow_redirects=True).text
    )
    with world.database.read() as session:
        assert session.scalars(select(HotlineUnit.dissolved_at)).one() == NOW.replace(hour=17)
    words = {
        "purpose": "answer",
        "kind": "food",
        "title_vi": "Gạo",
        "title_en": "Rice",
        "text_vi": "Chiều có gạo.",
        "text_en": "Rice comes today.",
    }
    assert "both languages" in boss.post("/hotline/texts", data={**words, "text_en": ""}).text
    assert boss.post("/hotline/texts", data=words).status_code == 303
    assert boss.post("/hotline/texts", data={**words, "instead_of": "1", "text_vi": "Mai có gạo."}).status_code == 303
    assert "version 2" in boss.get("/hotline/texts?q=gao").text
    assert "None yet" in boss.get("/hotline/texts?q=khong").text
    with world.database.write() as session:
        made = come(session, world.now, language="en")
    assert "Rice comes today." in boss.get(f"/hotline/{made.id}?use=2").text
    assert boss.post("/hotline/texts/2/end").status_code == 303
    assert boss.get("/hotline/texts/2").status_code == 404


def test_a_shift_ends_with_a_note_that_the_next_reads(world: World) -> None:
    lan, minh = (world.in_session(name, zones=[world.here]) for name in ("lan", "minh"))
    lan.post("/hotline/shifts/begin", data={"extension": "12"})
    told = minh.post("/hotline/shifts/begin", data={"extension": "12"}, follow_redirects=True).text
    assert "lan sits at this telephone" in told
    assert "goes on already" in lan.post("/hotline/shifts/begin", data={}, follow_redirects=True).text
    lan.post("/hotline/shifts/end", data={"note": "Còn ba cuộc gọi chưa gọi lại."})
    page = minh.get("/hotline/shifts").text
    assert "Còn ba cuộc gọi chưa gọi lại." in page
    assert minh.post("/hotline/shifts/1/read").status_code == 303
    assert "read " in minh.get("/hotline/shifts").text


def test_each_figure_leads_to_the_list_of_what_it_counts(world: World) -> None:
    with world.database.write() as session:
        made = [come(session, world.now, caller="") for _number in range(5)]
        for number, hours in ((0, 1), (1, 2), (2, 6)):
            at = world.now + timedelta(hours=hours)
            answered = {"state": TicketState.ANSWERED, "answered_at": at, "first_answered_at": at, "answer": "x"}
            session.execute(update(HotlineTicket).where(HotlineTicket.id == made[number].id).values(**answered))
        session.execute(update(HotlineTicket).where(HotlineTicket.id == made[3].id).values(breached_unassigned=True))
        session.execute(update(HotlineTicket).where(HotlineTicket.id == made[0].id).values(reopened=1))
    world.now += timedelta(hours=7)
    boss = world.with_factor("thu", Role.SUPERVISOR)
    page = boss.get("/hotline/figures").text
    whole = page[page.index("<tbody>") : page.index("</tbody>")]
    counts = [int(each) for each in re.findall(r">(\d+)</a>", whole)]
    # Came, in time, late, late with nobody, reopened.
    assert counts == [5, 2, 3, 1, 1]
    assert "(40 %)" in whole
    assert re.findall(r">(\d+ hours)<", whole) == ["2 hours", "6 hours"]
    for address, count in zip(re.findall(r'href="(/hotline[^"]+)"', whole), counts, strict=True):
        listed = boss.get(address.replace("&amp;", "&")).text
        assert len(re.findall(r'<li class="line', listed)) == count, address
    # Of the desk's own what no unit has.
    unit = add_unit(world.database, "Tổ y tế", world.here)
    with world.database.write() as session:
        session.execute(update(HotlineTicket).where(HotlineTicket.id == made[1].id).values(unit_id=unit))
    page = boss.get("/hotline/figures").text
    by_unit = page[page.rindex("<tbody>") : page.rindex("</tbody>")]
    for address, number in re.findall(r'href="(/hotline[^"]+)">(\d+)<', by_unit):
        listed = boss.get(address.replace("&amp;", "&")).text
        assert len(re.findall(r'<li class="line', listed)) == int(number), address
