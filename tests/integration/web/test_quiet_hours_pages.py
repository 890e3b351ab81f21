"""The pages of quiet hours: the floor that administrators set, a message in an emergency, and the record that says who woke people."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import Prompt, PromptKind
from monitor.models.rollcalls.quiet import EmergencyMessage, QuietFloor
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import SECRET, world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

NIGHT = NOW + timedelta(hours=13)  # 23:00 in Vietnam
WORDS = {"vietnamese": "Cháy ở nhà B, xin ra sân ngay", "english": "Fire in house B", "reason": "Cháy ở nhà B"}


class Desk:
    """The console at night, and a zone with three people, one of whom has no telephone."""

    def __init__(self, tmp_path: Path, database: Database, vault: Vault) -> None:
        self.database, self.now = database, NIGHT
        self.zone, self.people = world(database, "Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Cúc")
        with database.write() as session:
            session.execute(update(Resident).where(Resident.id == self.people[2]).values(phone=""))
        open_due_rounds(database, NOW)
        settings = Settings(
            data_folder=tmp_path,
            secret_key=SECRET.decode(),
            sms_gateway_url="http://127.0.0.1:1/",
            sms_gateway_token="token",
            price_sms_part=300,
        )
        self.app = create_console(settings, database, vault, now=lambda: self.now)
        self.app.config["WTF_CSRF_ENABLED"] = False

    def client(self, name: str, role: Role, zones: list[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, self.now, "en")

    def entries(self, action: str) -> list[AuditEntry]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.fixture
def desk(tmp_path: Path, both_databases: Database, vault: Vault) -> Desk:
    return Desk(tmp_path, both_databases, vault)


def words_of(answer) -> str:  # type: ignore[no-untyped-def]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def test_an_emergency_is_shown_before_it_is_sent_and_stands_on_the_record_with_its_name(desk: Desk) -> None:
    supervisor = desk.client("giamsat", Role.SUPERVISOR)
    form = {"zone": str(desk.zone), **WORDS}
    shown = words_of(supervisor.post("/messages/emergency/preview", data=form))
    for said in (
        "Nothing has been sent yet",
        "These are quiet hours: people will be woken. giamsat answers for it.",
        "2 people (2 text messages",
        "Tell these people yourselves Lê Thị Cúc",
        "Cơ quan y tế: Cháy ở nhà B, xin ra sân ngay",
        "The health service: Fire in house B",
        "Send now to 2 people",
    ):
        assert said in shown
    assert desk.entries("emergency-sent") == []
    assert supervisor.post("/messages/emergency", data=form).status_code == 303
    (entry,) = desk.entries("emergency-sent")
    assert entry.details["reason"] == "Cháy ở nhà B"
    record = words_of(supervisor.get("/messages"))
    assert "Emergency: 2 people in Khu A" in record
    assert "giamsat · in quiet hours" in record
    assert "Cháy ở nhà B" in record
    with desk.database.read() as session:
        assert len(session.scalars(select(Prompt).where(Prompt.kind == PromptKind.EMERGENCY)).all()) == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"reason": " "}, "what the emergency is; it stays on record under your name"),
        ({"vietnamese": ""}, "at most 300 characters"),
        ({"english": "x" * 301}, "at most 300 characters"),
        ({"zone": "x"}, "Please choose a zone"),
    ],
)
def test_what_lacks_is_told_with_what_was_typed_and_nothing_leaves(desk: Desk, wrong: dict[str, str], told: str) -> None:
    supervisor = desk.client("giamsat", Role.SUPERVISOR)
    for path in ("/messages/emergency/preview", "/messages/emergency"):
        answer = supervisor.post(path, data={"zone": str(desk.zone), **WORDS} | wrong)
        assert answer.status_code == 422
        assert told in words_of(answer)
    with desk.database.read() as session:
        assert session.scalars(select(EmergencyMessage)).all() == []


def test_only_supervisors_of_the_zone_send_one(desk: Desk) -> None:
    other, _people = add_zone(desk.database, "Khu B", ("Võ Thị Dung",))
    form = {"zone": str(desk.zone), **WORDS}
    assert desk.client("khac", Role.SUPERVISOR, [other]).post("/messages/emergency", data=form).status_code == 404
    for name, role in (("nhanvien", Role.STAFF), ("quantri", Role.ADMINISTRATOR), ("kiemtoan", Role.AUDITOR)):
        assert desk.client(name, role).post("/messages/emergency", data=form).status_code == 403


def test_administrators_of_all_zones_set_the_floor_and_see_what_holds_where(desk: Desk) -> None:
    administrator = desk.client("quantri", Role.ADMINISTRATOR)
    assert "21:00–07:00" in words_of(administrator.get("/night-rest"))
    for wrong, told in (
        ({"quiet_from": "22:00", "quiet_to": "02:00", "reason": "x"}, "must last from 6 to 16 hours"),
        ({"quiet_from": "late", "quiet_to": "07:00", "reason": "x"}, "need a beginning and an end"),
        ({"quiet_from": "20:00", "quiet_to": "08:00", "reason": ""}, "why the quiet hours change"),
    ):
        answer = administrator.post("/night-rest", data=wrong)
        assert answer.status_code == 422
        assert told in words_of(answer)
    saved = administrator.post("/night-rest", data={"quiet_from": "20h00", "quiet_to": "8:00", "reason": "Mùa đông"})
    assert saved.status_code == 303
    page = words_of(administrator.get("/night-rest"))
    assert "20:00–08:00" in page
    assert "Mùa đông" in page
    assert "quantri" in page
    assert "Khu A : 20:00–08:00" in page
    (entry,) = desk.entries("quiet-floor-set")
    assert entry.details == {"before": "21:00–07:00", "after": "20:00–08:00", "reason": "Mùa đông"}
    plans = words_of(desk.client("giamsat", Role.SUPERVISOR).get(f"/zones/{desk.zone}/plans"))
    assert "Nobody is asked anything in this zone at 20:00–08:00, whatever a schedule says." in plans
    some = desk.client("motkhu", Role.ADMINISTRATOR, [desk.zone])
    assert some.post("/night-rest", data={"quiet_from": "22:00", "quiet_to": "06:00", "reason": "x"}).status_code == 403
    with desk.database.read() as session:
        assert len(session.scalars(select(QuietFloor)).all()) == 1


def test_a_plan_that_is_typed_into_the_floor_is_told_so(desk: Desk) -> None:
    supervisor = desk.client("giamsat", Role.SUPERVISOR)
    form = {
        "name": "Đêm",
        "kind": "times",
        "times": "22:30",
        "quiet_from": "00:00",
        "quiet_to": "00:00",
        "window": "50",
        "visit": "110",
        "evidence": "face",
        "evidence_by_text": "code_word",
        "share": "10",
        "channel0": "sms",
        "wait0": "3",
        "whom": "zone",
        "do": "check",
    }
    answer = supervisor.post(f"/zones/{desk.zone}/plans", data=form)
    assert answer.status_code == 422
    assert "22:30 is within the quiet hours; that round would wait until 07:00." in words_of(answer)
    answer = supervisor.post(f"/zones/{desk.zone}/plans", data=form | {"times": "09:00"})
    assert answer.status_code == 200
    assert "Nobody is asked anything at 21:00–07:00 in this zone, whatever is chosen here." in words_of(answer)
