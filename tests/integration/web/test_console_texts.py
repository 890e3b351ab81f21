"""What staff see of texts and keys: in a resident's log, of unknown numbers, and of who takes no more texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import Incident
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.prompts import Prompt
from rollcall.inbound.keeping import Arrived, keep, take_waiting
from rollcall.people.text_stops import stopped_since
from rollcall.rounds.opening import open_due_rounds
from tests.integration.rollcall.test_follow_up import Console, words_of
from tests.worlds.due_round import world
from tests.worlds.small_zone import NOW
from web.console.messages.log import PAGE

AN = "+84900000101"


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Iterator[Console]:
    console = Console(database, tmp_path)
    yield console
    console.app.extensions["live"].close()


def write(database: Database, *texts: str, number: str = AN) -> None:
    with database.write() as session:
        known = len(session.scalars(select(InboundMessage.id)).all())
        keep(session, [Arrived(number, text, NOW, f"t-{known + place}") for place, text in enumerate(texts)])
    take_waiting(database, NOW)


def one_resident(database: Database) -> int:
    _, (an,) = world(database, "An")
    with database.write() as session:
        session.execute(update(Resident).values(phone=AN))
    open_due_rounds(database, NOW)
    return an


def test_what_a_resident_wrote_is_in_their_log_with_what_came_of_it(console: Console, database: Database) -> None:
    an = one_resident(database)
    write(database, "Có ạ", "<b>alo</b>")
    page = console.client("nurse").get(f"/residents/{an}/messages").text
    assert "Wrote: “Có ạ” sms Well" in words_of(page)
    assert "Not understood; staff were asked to read it." in page
    assert "<b>alo" not in page
    assert "By text message." in console.client("nurse").get(f"/residents/{an}").text


def test_a_long_log_shows_messages_of_both_directions_once(console: Console, database: Database) -> None:
    an = one_resident(database)
    write(database, *(f"chưa hiểu {number + 200}" for number in range(PAGE)))
    with database.write() as session:
        assert session.scalars(select(Prompt)).all()
        session.execute(update(Prompt).values(created_at=NOW - timedelta(minutes=1)))
    first = console.client("nurse").get(f"/residents/{an}/messages")
    link = first.text.split('href="/residents/')[-1].split('"')[0].replace("&amp;", "&")
    second = console.client("nurse").get(f"/residents/{an}?{link.partition('?')[2]}".replace(f"{an}?", f"{an}/messages?"))
    shown = [each.split('"')[0] for page in (first, second) for each in page.text.split('<tr id="')[1:]]
    assert len(shown) == len(set(shown)) == PAGE + 2


def test_texts_of_unknown_numbers_are_shown_audited_and_put_away_by_a_person(console: Console, database: Database) -> None:
    one_resident(database)
    write(database, "giúp", number="0911 111 111")
    nurse = console.client("nurse")
    waiting = 'Unknown numbers</span><span class="count">1<span class="unseen"> to be checked</span></span>'
    assert waiting in nurse.get("/").text
    page = nurse.get("/texts/unknown").text
    assert "+84911111111" in page
    assert "Asks for help" in page
    # The number is that of the setting.
    assert "deleted after 14 days" in page
    with database.read() as session:
        (number,) = session.scalars(select(InboundMessage.id))
        audited = session.scalars(select(AuditEntry).where(AuditEntry.action == "unknown-texts-listed")).one()
        # Which ones, never whose and what.
        assert "911111" not in str(audited.details)
    assert nurse.post(f"/texts/{number}/seen").status_code == 303
    assert nurse.post(f"/texts/{number}/seen").status_code == 404
    assert "+84911111111" not in nurse.get("/texts/unknown").text
    assert waiting not in nurse.get("/").text


def test_who_takes_no_more_texts_is_marked_with_what_to_do(console: Console, database: Database) -> None:
    an = one_resident(database)
    page = console.client("nurse").get(f"/residents/{an}").text
    assert 'id="texts-stopped"' not in page
    write(database, "STOP")
    page = console.client("nurse").get(f"/residents/{an}").text
    assert "Agree on another way" in page
    write(database, "START")
    assert 'id="texts-stopped"' not in console.client("nurse").get(f"/residents/{an}").text


def test_staff_stop_and_resume_texts_to_a_number_with_a_reason_that_the_trail_keeps(
    console: Console, database: Database
) -> None:
    an = one_resident(database)
    nurse = console.client("nurse")
    assert "Stop text messages to this number" in nurse.get(f"/residents/{an}").text
    assert nurse.post(f"/residents/{an}/texts/stop", data={"reason": " "}).status_code == 422
    assert nurse.post(f"/residents/{an}/texts/start", data={"reason": "by call"}).status_code == 409
    assert nurse.post(f"/residents/{an}/texts/stop", data={"reason": "Asked for it in a call"}).status_code == 303
    assert nurse.post(f"/residents/{an}/texts/stop", data={"reason": "again"}).status_code == 409
    page = nurse.get(f"/residents/{an}").text
    assert 'id="texts-stopped"' in page
    assert "Send text messages to this number again" in page
    with database.read() as session:
        assert stopped_since(session, AN) == NOW
    # Whoever wrote STOP and says in a call that texts may come again; what was to be agreed on is done.
    write(database, "STOP")
    assert nurse.post(f"/residents/{an}/texts/start", data={"reason": "By call: texts please"}).status_code == 303
    assert 'id="texts-stopped"' not in nurse.get(f"/residents/{an}").text
    with database.read() as session:
        assert stopped_since(session, AN) is None
        assert session.scalars(select(Incident.cause_ended_at)).one() is not None
        said = AuditEntry.action.in_(["texts-stopped", "texts-started"])
        kept = session.scalars(select(AuditEntry).where(said).order_by(AuditEntry.id)).all()
        assert [(each.action, each.details["reason"], each.resident_id) for each in kept] == [
            ("texts-stopped", "Asked for it in a call", an),
            ("texts-started", "By call: texts please", an),
        ]


def test_texts_cannot_be_stopped_where_there_is_no_number(console: Console, database: Database) -> None:
    an = one_resident(database)
    with database.write() as session:
        session.execute(update(Resident).values(phone=""))
    assert "Stop text messages to this number" not in console.client("nurse").get(f"/residents/{an}").text
    assert console.client("nurse").post(f"/residents/{an}/texts/stop", data={"reason": "why"}).status_code == 409


def test_a_supervisor_notes_that_somebody_has_no_smartphone(console: Console, database: Database) -> None:
    an = one_resident(database)
    boss = console.client("boss", Role.SUPERVISOR)
    assert boss.post(f"/residents/{an}/telephone", data={"smartphone": "perhaps"}).status_code == 422
    assert boss.post(f"/residents/{an}/telephone", data={"smartphone": "no"}).status_code == 303
    assert "no smartphone" in words_of(boss.get(f"/residents/{an}").text)
    with database.read() as session:
        assert session.scalars(select(Resident.without_smartphone)).one()
