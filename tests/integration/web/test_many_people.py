"""One thing done to many, from a round's page and from the list of everybody, across zones; and all of it taken back as one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.moves import DoneForMany, Transfer, TransferState
from monitor.models.people.residents import Exemption, Resident
from monitor.models.places import Room
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from rollcall.orders.exemptions import end_exemption
from rollcall.orders.many_undo import KEPT, TIME_FOR_MANY, forget_done
from tests.worlds.province import NOW, Place, add_place
from tests.worlds.signed_in import signed_in
from web.console.application import create_console

AWAY = {"deed": "exempt", "starts": "2026-11-23T12:00", "ends": "2026-11-23T15:00", "reason": "Xét nghiệm"}


class Desk:
    """A supervisor of two zones, one of one of them, and a nurse."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self.database, self.at = database, NOW
        self.a, self.b = add_place(database, vault, "Khu A"), add_place(database, vault, "Khu B")
        self.app = create_console(Settings(data_folder=folder), database, vault, now=lambda: self.at)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.both = self.client("both", [self.a.zone, self.b.zone])
        self.one = self.client("one", [self.a.zone])

    def client(self, name: str, zones: list[int] | None, role: Role = Role.SUPERVISOR) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")

    def carry_out(self, client: FlaskClient, address: str, form: dict[str, str | list[str]]) -> tuple[str, str]:
        """Look, then do it; what came of it, and under which name it is taken back."""
        page = client.post(address, data=form).text
        hidden = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("seen", "batch")}
        more = {name: found[1] for name, found in hidden.items() if found}
        return client.post(f"{address}/do", data=form | more).text, more["batch"]


@pytest.fixture
def desk(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(both_databases, vault, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_all_that_match_the_list_of_people_in_every_zone_may_be_away_and_that_is_taken_back(desk: Desk) -> None:
    page = desk.both.get("/people?standing=in_force").text
    assert page.count('class="tick"') == 12
    assert 'action="/people/many"' in page
    assert 'name="standing" value="in_force"' in page
    choose = desk.both.get("/people/many?list=people&everybody=yes").text
    assert ("12 people" in choose, "<legend>Khu B</legend>" in choose, 'value="room"' in choose) == (True, True, False)
    said, batch = desk.carry_out(desk.both, "/people/many", {"everybody": "yes", "list": "people", **AWAY})
    assert "Done for 12 people" in said
    assert "Take back for 12 people" in said
    with desk.database.write() as session:
        # Somebody came back already, and was let go again for longer.
        changed = session.scalars(select(Exemption).order_by(Exemption.id)).first()
        assert changed is not None
        name = session.get_one(Resident, changed.resident_id).full_name
        end_exemption(session, changed.id, "Về sớm", 1, 1, NOW)
    assert desk.one.post(f"/people/many/{batch}/undo").status_code == 404, "another's"
    undone = desk.both.post(f"/people/many/{batch}/undo").text
    assert "Taken back for 11 people" in undone
    assert f"{name}</a>: " in undone, "who cannot be any more is said by name"
    with desk.database.read() as session:
        assert all(each.ended_at == NOW for each in session.scalars(select(Exemption)))
        noted = select(AuditEntry.details).where(AuditEntry.action == Action.DONE_FOR_MANY_UNDONE).order_by(AuditEntry.id)
        assert [(each["people"], each["refused"]) for each in session.scalars(noted)] == [(11, 1)]


def test_nobody_of_another_zone_is_touched(desk: Desk) -> None:
    stranger = str(desk.b.residents[0])
    assert desk.one.post("/people/many", data={"person": stranger, **AWAY}).status_code == 422
    seen = f"{stranger}:1:0"
    said = desk.one.post("/people/many/do", data={"seen": seen, "batch": "a" * 24, **AWAY}).text
    assert "Done for 0 people" in said
    assert desk.one.get(f"/zones/{desk.b.zone}/many").status_code == 404
    assert "6 people" in desk.one.get("/people/many?list=people").text
    with desk.database.read() as session:
        assert session.scalars(select(Exemption)).all() == []


def rooms(desk: Desk, place: Place) -> dict[int, int | None]:
    with desk.database.read() as session:
        found = session.execute(select(Resident.id, Resident.room_id).where(Resident.zone_id == place.zone))
        return {number: room for number, room in found}  # noqa: C416 - a row is no pair for mypy


def test_moves_are_taken_back_and_who_has_no_bed_any_more_is_said(desk: Desk) -> None:
    first, second, third = desk.a.residents[:3]
    with desk.database.write() as session:
        session.execute(update(Room).values(beds=2))
    before = rooms(desk, desk.a)
    form = {"deed": "room", "reason": "Sửa phòng", "person": [str(first), str(second)]}
    form |= {f"room-{first}": "104", f"room-{second}": "105"}
    said, batch = desk.carry_out(desk.one, f"/zones/{desk.a.zone}/many", form)  # type: ignore[arg-type]
    assert "Done for 2 people" in said
    assert rooms(desk, desk.a) != before
    with desk.database.write() as session:
        # The bed that the first one left is taken, by two who were put there meanwhile.
        room = session.get_one(Room, before[first])
        room.beds = 1
        session.execute(update(Resident).where(Resident.id == third).values(room_id=room.id))
    undone = desk.one.post(f"/zones/{desk.a.zone}/many/{batch}/undo").text
    assert "Taken back for 1 person" in undone
    assert "no free bed" in undone
    after = rooms(desk, desk.a)
    assert (after[second], after[first] == before[first]) == (before[second], False)
    assert desk.one.post(f"/zones/{desk.a.zone}/many/{batch}/undo").text.count("no free bed") == 1, "what was not, may be later"


def test_offers_are_taken_back_and_too_late_nothing_is(desk: Desk) -> None:
    form = {
        "deed": "transfer",
        "reason": "Đóng cửa",
        "to_zone": str(desk.b.zone),
        "person": [str(each) for each in desk.a.residents[:2]],
    }
    said, batch = desk.carry_out(desk.both, "/people/many", form)  # type: ignore[arg-type]
    assert "Done for 2 people" in said
    desk.at = NOW + TIME_FOR_MANY
    assert "Taken back for 2 people" in desk.both.post(f"/people/many/{batch}/undo").text
    with desk.database.read() as session:
        assert {each.state for each in session.scalars(select(Transfer))} == {TransferState.WITHDRAWN}
    _said, batch = desk.carry_out(desk.both, "/people/many", form)  # type: ignore[arg-type]
    desk.at += TIME_FOR_MANY + timedelta(seconds=1)
    assert "Take back" not in desk.both.get(f"/people/many/{batch}").text
    assert desk.both.post(f"/people/many/{batch}/undo").status_code == 409
    with desk.database.write() as session:
        forget_done(session, desk.at + KEPT)
        assert session.scalars(select(DoneForMany)).all() == []


def test_who_is_in_that_zone_already_is_said_by_name_and_the_others_are_offered(desk: Desk) -> None:
    form = {"deed": "transfer", "reason": "Đóng cửa", "to_zone": str(desk.b.zone)}
    both = [str(desk.a.residents[0]), str(desk.b.residents[0])]
    page = desk.both.post("/people/many", data={**form, "person": both}).text
    assert ("For 1 person" in page, "Not for 1 person" in page, "is in that zone already" in page) == (True, True, True)
    assert desk.both.post("/people/many", data={**form, "person": both[1:]}).status_code == 422


def test_what_has_an_effect_in_law_is_not_taken_back_as_one_and_says_so(desk: Desk) -> None:
    form = {"deed": "extend", "ends_at": "2026-12-20", "reason": "Ca mới", "person": [str(desk.b.residents[0])]}
    assert "This cannot be taken back as one" in desk.both.post("/people/many", data=form).text
    said, batch = desk.carry_out(desk.both, "/people/many", form)  # type: ignore[arg-type]
    assert ("Done for 1 person" in said, "Take back" in said) == (True, False)
    assert desk.both.post(f"/people/many/{batch}/undo").status_code == 404


def test_from_a_rounds_page_those_in_a_state_are_meant(desk: Desk) -> None:
    page = desk.one.get(f"/rounds/{desk.a.round}").text
    assert f'name="round" value="{desk.a.round}"' in page
    with desk.database.read() as session:
        asked = set(session.scalars(select(CheckIn.resident_id).where(CheckIn.roll_call_id == desk.a.round)))
        missed = select(CheckIn.resident_id).where(CheckIn.roll_call_id == desk.a.round, CheckIn.state == CheckInState.MISSED)
        silent = set(session.scalars(missed))
    for address in (f"/zones/{desk.a.zone}/many", f"/zones/{desk.a.zone}/texts/many"):
        for more, meant in (("", asked), ("&state=missed", silent)):
            shown = desk.one.get(f"{address}?round={desk.a.round}{more}").text
            assert {int(each) for each in re.findall(r'id="person-(\d+)"', shown)} == meant
            assert f'href="/rounds/{desk.a.round}"' in shown


def test_from_the_list_of_a_zone_a_message_goes_to_those_who_were_ticked(desk: Desk) -> None:
    assert "texts/many" not in desk.both.get("/people").text
    assert f'formaction="/zones/{desk.a.zone}/texts/many"' in desk.both.get(f"/people?zone={desk.a.zone}").text
    first = desk.a.residents[0]
    shown = desk.one.get(f"/zones/{desk.a.zone}/texts/many?list=people&zone={desk.a.zone}&typed=an&person={first}").text
    assert re.search(rf'value="{first}" checked', shown)
    assert 'name="typed" value="an"' in shown
