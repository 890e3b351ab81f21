"""What a switchboard tells of calls, over a real socket: twice, in any order, in its own words; and what nobody answered."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from werkzeug.serving import make_server

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.hotline.calls import SETTLED_AFTER, read_event, take_missed
from monitor.hotline.tickets import Contact, take_in
from monitor.models.accounts import Role
from monitor.models.hotline import (
    EventKind,
    HotlineCall,
    HotlineEvent,
    HotlineTicket,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_desk import HotlineShift
from monitor.settings import Settings
from monitor.vault.vault import Vault
from web.residents.application import create_residents

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
TOKEN, AN = "the token of the switchboard", "+84901234567"


@contextmanager
def switchboard(database: Database, vault: Vault, folder: Path, at: list[datetime], **more: Any) -> Iterator[httpx.Client]:
    settings = Settings(data_folder=folder, secret_key="x" * 64, hotline_call_token=TOKEN, **more)
    app = create_residents(settings, database, vault, now=lambda: at[0])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", headers=headers, timeout=60) as client:
        yield client
    server.shutdown()
    server.server_close()


def tell(client: httpx.Client, event: str, seconds: int = 0, **more: Any) -> httpx.Response:
    at = (NOW - timedelta(seconds=60) + timedelta(seconds=seconds)).isoformat()
    return client.post("/hooks/hotline/calls", json={"id": "c1", "event": event, "from": "0901234567", "at": at, **more})


def calls(database: Database) -> list[HotlineCall]:
    with database.read() as session:
        return list(session.scalars(select(HotlineCall).order_by(HotlineCall.id)))


def tickets(database: Database) -> list[HotlineTicket]:
    with database.read() as session:
        return list(session.scalars(select(HotlineTicket).order_by(HotlineTicket.id)))


TOLD = (("ringing", 0, "101"), ("answered", 7, "102"), ("hangup", 50, "102"))


def test_a_call_is_one_in_every_order_and_however_often_it_is_told(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    with both_databases.write() as session:
        nurse = add_account(session, "nurse", "đúng là mật khẩu", Role.STAFF, zones=[], now=NOW).id
        session.add(HotlineShift(account_id=nurse, extension="102", begun_at=NOW))
    with switchboard(both_databases, vault, tmp_path, [NOW]) as client:
        for number, order in enumerate(itertools.permutations(TOLD)):
            for event, seconds, extension in (*order, *order):
                tell(client, event, seconds, extension=extension, id=f"c{number}").raise_for_status()
            assert tell(client, "ringing", 0, extension="101", id=f"c{number}").json() == {"new": False}
    found = calls(both_databases)
    assert len(found) == 6
    began = NOW - timedelta(seconds=60)
    for call in found:
        assert (call.caller, call.rang_at, call.extension, call.operator_id) == (AN, began, "102", nurse)
        assert (call.answered_at, call.ended_at) == (began + timedelta(seconds=7), began + timedelta(seconds=50))
    assert take_missed(both_databases, NOW + timedelta(hours=1)) == 0
    assert tickets(both_databases) == []


def test_only_the_switchboard_is_heard_in_its_own_words_and_bounds(database: Database, vault: Vault, tmp_path: Path) -> None:
    with switchboard(database, vault, tmp_path, [NOW], hotline_call_fields="id=Anruf event=was") as client:
        path = "/hooks/hotline/calls"
        assert client.post(path, json={}, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.post(path, content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
        assert client.post(path, data={"was": "ringing"}).status_code == 422
        assert client.post(path, data={"Anruf": "x" * 200, "was": "ringing"}).status_code == 422
        assert client.post(path, data={"Anruf": "7", "was": "x" * 300_000}).status_code in (413, 422)
        assert client.post(path, data={"Anruf": "7", "was": "music on hold"}).json() == {"new": False}
        assert calls(database) == []
        form = {"Anruf": "7", "was": "NO-ANSWER", "CallerIDNum": "anonymous", "timestamp": "2099-01-01T00:00:00Z"}
        assert client.post(path, data=form).json() == {"new": True}
    (call,) = calls(database)
    assert (call.call_id, call.caller, call.rang_at, call.ended_at) == ("7", "", NOW, NOW)
    assert take_missed(database, NOW + timedelta(minutes=1)) == 0, "nobody can call back who shows no number"


@pytest.mark.parametrize(
    ("word", "event"),
    [
        ("ringing", "ringing"),
        ("in-progress", "answered"),
        ("ANSWERED", "answered"),
        ("Hangup", "ended"),
        ("no_answer", "ended"),
        ("dtmf", None),
    ],
)
def test_words_of_switchboards(word: str, event: str | None) -> None:
    assert read_event(word) == event


def test_a_call_that_nobody_answered_is_a_ticket_from_when_it_rang_and_its_caller_has_one(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    at = [NOW]
    with switchboard(both_databases, vault, tmp_path, at) as client:
        tell(client, "ringing", extension="101")
        assert take_missed(both_databases, NOW + timedelta(hours=1)) == 0, "it still rings"
        tell(client, "hangup", 30)
        assert take_missed(both_databases, NOW + SETTLED_AFTER / 2) == 0, "that somebody answered may be told yet"
        # The intake stood still for two hours, and the caller tries twice more.
        late = NOW + timedelta(hours=2)
        assert take_missed(both_databases, late) == 1
        at[0] = late
        for number in (2, 3):
            tell(client, "ringing", 7200, id=f"c{number}")
            tell(client, "hangup", 7230, id=f"c{number}")
        assert take_missed(both_databases, late + timedelta(minutes=1)) == 2
    (ticket,) = tickets(both_databases)
    rang = NOW - timedelta(seconds=60)
    assert (ticket.first_contact_at, ticket.due_at) == (rang, rang + timedelta(hours=5))
    assert (ticket.channel, ticket.caller, ticket.state) == (TicketChannel.TELEPHONE, AN, TicketState.NEW)
    assert {each.ticket_id for each in calls(both_databases)} == {ticket.id}
    with both_databases.read() as session:
        added = session.scalar(select(func.count()).where(HotlineEvent.kind == EventKind.ADDED))
    assert added == 2
    # The operator who calls back types into the same ticket: the call has one.
    with both_databases.write() as session:
        again = take_in(session, Contact(TicketChannel.TELEPHONE, "c1", "Cần gạo", TicketKind.FOOD, by=None), late)
        assert again.id == ticket.id


def test_four_hundred_calls_in_an_hour_are_all_there(database: Database, vault: Vault, tmp_path: Path) -> None:
    at = [NOW]
    with switchboard(database, vault, tmp_path, at) as client:
        for number in range(400):
            at[0] = NOW + timedelta(seconds=9 * number)
            said = {"id": f"n{number}", "from": f"09{number:08}", "at": at[0].isoformat()}
            for event in ("hangup",) if number % 4 else ("hangup", "ringing", "hangup"):
                assert client.post("/hooks/hotline/calls", json={"event": event, **said}).status_code == 200
    taken = 0
    while more := take_missed(database, at[0] + timedelta(minutes=1)):
        taken += more
    assert taken == 400
    found = tickets(database)
    assert len({each.code for each in found}) == len(found) == 400
    assert all(each.due_at - each.first_contact_at == timedelta(hours=5) for each in found)
