"""Finding contacts in what is known, codes for logs and warnings on the console; the public page for a log; who may do which."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from monitor.contacts.bluezone.matching import match_waiting
from monitor.control_points.settling import settle
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.contacts.contacts import Exposure
from monitor.models.contacts.tracing import ContactLog, LogState, PlaceWarning, WarningState
from monitor.models.control_points import Direction
from monitor.models.people.residents import Resident
from monitor.vault.vault import Vault
from tests.integration.web.test_contact_tracing import World, local
from tests.worlds.control_points import add_declared, add_place, scan
from tests.worlds.small_zone import NOW

HOUR = timedelta(hours=1)
ROW = f"{'AB' * 12}\t{'CD' * 12}\t-60\t{int((NOW - HOUR).timestamp())}\n".encode()


@pytest.fixture
def world(both_databases: Database, tmp_path: Path) -> World:
    return World(both_databases, tmp_path)


def ready(world: World) -> int:
    """A case of which the nurse said why she looks."""
    case = world.enter()
    for client in (world.nurse, world.colleague, world.supervisor):
        world.look(client, case)
    return case


def checked_in(world: World) -> int:
    """An and Bình together at a place this morning; returns the place."""
    place, (gate, *_rest) = add_place(world.database)
    for name, resident in (("An", world.an), ("Bình", world.binh)):
        person = add_declared(world.database, name, made_at=NOW - 48 * HOUR, resident_id=resident)
        scan(world.database, gate, person, Direction.IN, NOW - 4 * HOUR)
        scan(world.database, gate, person, Direction.OUT, NOW - 2 * HOUR)
    settle(world.database, NOW, world.settings.zone)
    return place


def test_contacts_are_looked_for_by_a_press_and_only_after_saying_why(world: World) -> None:
    case = world.enter()
    checked_in(world)
    answer = world.nurse.post(f"/cases/{case}/known")
    assert answer.location.endswith(f"/cases/{case}#look")
    world.look(world.nurse, case)
    answer = world.nurse.post(f"/cases/{case}/known", follow_redirects=True)
    assert "1 new meeting was found." in answer.text
    assert "May Bình Minh" in answer.text
    assert "0 new meetings were found." in world.nurse.post(f"/cases/{case}/known", follow_redirects=True).text
    with world.database.read() as session:
        assert len(session.scalars(select(Exposure)).all()) == 1


def test_a_warning_is_released_by_a_supervisor_who_did_not_propose_it(world: World) -> None:
    case, place = ready(world), checked_in(world)
    form = {"place": str(place), "from_at": local(NOW - 4 * HOUR), "to_at": local(NOW - 2 * HOUR), "why": "Ăn trưa chung"}
    wrong = world.nurse.post(f"/cases/{case}/known/warnings", data=form | {"to_at": local(NOW - 5 * HOUR)})
    assert (wrong.status_code, "would end before it begins" in wrong.text) == (422, True)
    assert world.supervisor.post(f"/cases/{case}/known/warnings", data=form).status_code == 303
    # Though nobody has looked for contacts yet.
    assert "1 person checked in there then." in world.supervisor.get(f"/cases/{case}/known").text
    warning = world.one(select(PlaceWarning.id))
    address, said = f"/cases/{case}/known/warnings/{warning}", {"decided_why": "Đúng", "go": "release"}
    assert world.nurse.post(address, data=said).status_code == 403
    own = world.supervisor.post(address, data=said)
    assert (own.status_code, "proposed this warning yourself" in own.text) == (409, True)
    second = world._account("second", Role.SUPERVISOR, [world.zone])
    world.look(second, case)
    assert "1 person checked in there then." in second.get(f"/cases/{case}/known").text
    assert "Released: tell people now" in second.post(address, data=said, follow_redirects=True).text
    assert value(world, PlaceWarning.state) is WarningState.RELEASED


def value(world: World, column: InstrumentedAttribute[Any]) -> object:
    with world.database.read() as session:
        return session.scalars(select(column)).one()


def code_of(world: World, case: int) -> str:
    answer = world.nurse.post(f"/cases/{case}/known/log")
    found = re.search(r'class="code">([^<]+)<', answer.text)
    assert found is not None, answer.text
    return found[1]


def test_a_log_comes_by_its_code_and_is_gone_a_day_after(world: World, tmp_path: Path) -> None:
    case = ready(world)
    phone = world.public.test_client()
    headers = {"X-Log-Code": code_of(world, case), "X-Sent-At": str(int(NOW.timestamp() * 1000))}
    answer = phone.post("/bluezone/log", data=ROW * 3, headers=headers, content_type="application/octet-stream")
    assert answer.json == {"rows": 3, "days": 1, "identifiers": 1, "nameless": 0, "fixed": 0, "old": 0}
    assert "3 rows" in world.nurse.get(f"/cases/{case}/known").text
    vault = Vault(tmp_path / "vault", bytes(32))
    match_waiting(world.database, vault, NOW)
    match_waiting(world.database, vault, NOW + 24 * HOUR)
    assert value(world, ContactLog.state) is LogState.DELETED
    assert value(world, ContactLog.file) is None
    again = phone.post("/bluezone/log", data=ROW, headers=headers, content_type="application/octet-stream")
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("body", "more", "status", "said"),
    [
        (ROW, {"X-Log-Code": "00000-00000"}, 404, "This code is not good"),
        (b"name,phone\n" * 99, {}, 422, "not a contact log of Bluezone"),
        (ROW + b"base_id\tx\n", {}, 422, "base identifier"),
        (ROW, {"X-Log-Key": '{"base_id": "ab", "daily_key": "cd"}'}, 422, "base identifier"),
        (ROW, {"X-Sent-At": str(int((NOW + 24 * HOUR).timestamp() * 1000))}, 422, "wrong by 24"),
    ],
    ids=["code", "another file", "base in the log", "base in the key", "clock"],
)
def test_what_is_wrong_with_a_log_is_a_sentence_and_nothing_is_kept(
    world: World, body: bytes, more: dict[str, str], status: int, said: str
) -> None:
    case = ready(world)
    headers = {"X-Log-Code": code_of(world, case), "Accept": "application/json"} | more
    answer = world.public.test_client().post(
        "/bluezone/log?lang=en", data=body, headers=headers, content_type="application/octet-stream"
    )
    assert answer.status_code == status
    assert said in answer.json["problem"]
    with world.database.read() as session:
        assert session.execute(select(ContactLog.state, ContactLog.file)).all() == [(LogState.ASKED, None)]


def test_more_than_200_mb_is_refused_before_it_is_read(world: World) -> None:
    answer = world.public.test_client().post(
        "/bluezone/log?lang=en",
        data=ROW,
        headers={"X-Log-Code": code_of(world, ready(world)), "Accept": "application/json"},
        environ_overrides={"CONTENT_LENGTH": str(201 * 2**20)},
    )
    assert answer.status_code == 413
    assert "larger than 200 MB" in answer.text


def test_codes_cannot_be_guessed_by_trying(world: World) -> None:
    phone = world.public.test_client()
    answers = [phone.post("/bluezone/log", data=ROW, headers={"X-Log-Code": "0"}).status_code for _ in range(25)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_the_public_page_says_that_a_log_without_rows_proves_nothing(world: World) -> None:
    page = world.public.test_client().get("/bluezone?lang=en").text
    assert "A log without rows proves nothing" in page
    assert "deleted within 24 hours" in page
    with world.database.read() as session:
        name = session.get_one(Resident, world.an).full_name
    assert name not in page
