"""One damaged row, key or file stops nothing else: every tick, job and page goes on with the others, and staff are told which it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from monitor.accounts.factors import Judged, judge_totp
from monitor.alerts.escalation import Rules
from monitor.damage.kinds import KINDS
from monitor.damage.looking import DamageWatch
from monitor.database.database import Database
from monitor.database.right_key import require_right_key
from monitor.incidents.incidents import escalate_overdue
from monitor.models.accounts import Account
from monitor.models.alerts import AlertAddress, AlertWay
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceTemplate
from monitor.models.people.guardians import Guardian, GuardianRelation
from monitor.models.people.residents import Household, Media, MediaKind, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.models.sealed_columns import SealedValueProblem, Unreadable
from monitor.personal_data.purge import Purge
from monitor.presence.camera_accuracy import record_truth
from monitor.presence.keeper import PresenceKeeper
from monitor.settings import Settings
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, camera_owner, resident_owner
from rollcall.alerting.raising import raise_due
from rollcall.alerting.watching import watch_duty, watch_telling
from rollcall.answers.answers import AnswerOutcome
from rollcall.inbound import keeping
from rollcall.prompts.may_leave import UNREADABLE
from rollcall.prompts.receipts import take_crossed
from rollcall.rights.data_requests import open_overdue
from rollcall.rights.deletion_notice import announce_deletions
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.worker import _done
from tests.doubles.phones import Line
from tests.integration.web.test_console_access import EXPECTED, address
from tests.worlds.due_round import add_plan, answer_by_link, check_in_of, jpeg, minutes, world
from tests.worlds.province import Place, add_accounts, add_place
from tests.worlds.senders import make_sender
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

DAMAGED = "ZGFtYWdlZA=="  # base64 of a word, sealed by nobody


class Province:
    """A zone in which one person has one of everything that can be damaged, and others have it whole."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.vault, self.folder = database, Vault(folder / "vault", bytes(32)), folder
        self.settings = Settings(data_folder=folder, secret_key="of the tests", language="en")
        self.place: Place = add_place(database, self.vault, "Khu A")
        self.accounts = add_accounts(database, self.place)
        self.ill, self.well = self.place.residents[1], self.place.residents[0]
        self._fill()

    def _fill(self) -> None:
        zone = self.place.zone
        with self.database.write() as session:
            household = Household(zone_id=zone, name="Nhà Bình", phone="+84900111222", address="12 Hai Bà Trưng")
            session.add(household)
            session.flush()
            person = session.get_one(Resident, self.ill)
            person.household_id, person.document_number = household.id, "079085001234"
            session.add_all(
                [
                    Guardian(
                        resident_id=self.ill,
                        zone_id=zone,
                        full_name="Mẹ",
                        relation=next(iter(GuardianRelation)),
                        phone="+84900111333",
                        set_at=NOW,
                        set_by=self.accounts["everywhere"],
                    ),
                    ContactAddress(resident_id=self.ill, zone_id=zone, channel="email", address="b@x.vn", created_at=NOW),
                    InboundMessage(
                        channel="sms",
                        gateway_reference="g1",
                        sender="+84900111444",
                        text="ok",
                        received_at=NOW,
                        next_attempt_at=NOW,
                    ),
                    AlertAddress(
                        account_id=self.accounts["everywhere"],
                        way=AlertWay.SMS,
                        address="+84900111555",
                        rank=1,
                        also_soon=True,
                        made_at=NOW,
                    ),
                ]
            )
            for resident in (self.ill, self.well):
                name = self.vault.put(resident_owner(resident), jpeg())
                media = add_resident_media(session, zone, resident, MediaKind.ENROLMENT, name, NOW)
                sealed = self.vault.seal(resident_owner(resident), bytes(512), about="template")
                session.add_all(
                    [
                        FaceTemplate(
                            resident_id=resident, zone_id=zone, media_id=media.id, engine="e", model="m", sealed=sealed
                        ),
                        EnrolmentPhoto(
                            resident_id=resident, zone_id=zone, media_id=media.id, state=EnrolmentState.KEPT, offered_at=NOW
                        ),
                    ]
                )
            camera = session.get_one(Camera, self.place.camera)
            camera.username = "admin"
            camera.sealed_password = self.vault.seal(camera_owner(camera.id), b"secret", about="password")
            session.get_one(Account, self.accounts["everywhere"]).totp_secret = "JBSWY3DPEHPK3PXP"
            session.execute(update(Answer).values(fix=[10.9, 106.6, 9.0]))

    def damage(self, name: str) -> None:
        """Change bytes of one thing, as a bad sector does. name: of KINDS, or a table and column."""
        if name == "resident.key":
            (self.folder / "vault" / "keys" / resident_owner(self.ill)).write_bytes(b"damaged" * 9)
        elif name == "enrolment_photo":
            with self.database.read() as session:
                of_it = select(Media.name).join(EnrolmentPhoto, EnrolmentPhoto.media_id == Media.id)
                file = session.scalars(of_it.where(EnrolmentPhoto.resident_id == self.ill)).one()
            (self.folder / "vault" / "files" / file[:2] / file).write_bytes(b"damaged" * 99)
        else:
            with self.database.write() as session:
                done = session.execute(text(HOW[name]), {"sealed": DAMAGED, "bytes": b"damaged" * 9, "id": self.ill})
                assert done.rowcount == 1  # type: ignore[attr-defined]


HOW = {
    "resident.phone": "UPDATE resident SET phone = :sealed WHERE id = :id",
    "resident.document": "UPDATE resident SET document_number = :sealed WHERE id = :id",
    "household.phone": "UPDATE household SET phone = :sealed",
    "household.address": "UPDATE household SET address = :sealed",
    "guardian.phone": "UPDATE guardian SET phone = :sealed WHERE resident_id = :id",
    "contact_address": "UPDATE contact_address SET address = :sealed WHERE resident_id = :id",
    "face_template": "UPDATE face_template SET sealed = :bytes WHERE resident_id = :id",
    "camera.address": "UPDATE camera SET address = :sealed WHERE username = 'admin'",
    "camera.password": "UPDATE camera SET sealed_password = :bytes WHERE username = 'admin'",
    "inbound.sender": "UPDATE inbound_message SET sender = :sealed",
    "alert_address": "UPDATE alert_address SET address = :sealed",
    "account.totp": "UPDATE account SET totp_secret = :sealed WHERE username = 'everywhere'",
    "answer.fix": "UPDATE answer SET fix = :sealed",
}
NAMED = [kind.name for kind in KINDS]
ALL = [*HOW, "resident.key", "enrolment_photo"]


@pytest.fixture
def province(both_databases: Database, tmp_path: Path) -> Province:
    return Province(both_databases, tmp_path)


def ticks(province: Province) -> list[Callable[[], object]]:
    """Every tick of the scheduler, as it is called, but those that look after the clock and the jobs."""
    database, now = province.database, minutes(30)
    keeper = PresenceKeeper(database, present_for=timedelta(minutes=10))
    rules = Rules(timedelta(seconds=90), timedelta(minutes=5), timedelta(minutes=2))
    return [
        partial(open_due_rounds, database, NOW),
        partial(climb_due, database, now),
        partial(take_crossed, database, now),
        partial(close_due, database, now),
        partial(raise_due, database, now, rules),
        partial(watch_duty, database, now),
        partial(watch_telling, database, now, lambda _count: None),
        partial(keeper.refresh, now),
        partial(record_truth, database, now, present_for=timedelta(minutes=10)),
        partial(open_overdue, database, now),
        partial(escalate_overdue, database, now),
        partial(keeping.take_waiting, database, now, ""),
        partial(keeping.tidy, database, now),
        partial(announce_deletions, database, province.settings, now),
    ]


@pytest.mark.parametrize("name", ALL)
def test_no_tick_stops_at_one_damaged_thing_and_the_purge_goes_through(province: Province, name: str) -> None:
    database = province.database
    province.damage(name)
    with database.write() as session:
        session.execute(update(Plan).values(next_round_at=NOW, channels=[["sms", 0]]))
    for tick in ticks(province):
        tick()
    assert Purge(database, province.vault, province.settings).run(minutes(31)).problems == 0
    with database.read() as session:
        opened = select(func.count()).select_from(CheckIn).where(CheckIn.opened_at == NOW)
        assert session.scalar(opened) == len(province.place.residents)
        assert (
            session.scalar(select(func.count()).select_from(InboundMessage).where(InboundMessage.next_attempt_at.is_not(None)))
            == 0
        )


@pytest.mark.parametrize("name", NAMED)
def test_each_damaged_thing_is_named_to_staff_once_and_no_more_when_it_is_whole(province: Province, name: str) -> None:
    database = province.database
    watch = DamageWatch(database, province.vault)
    assert watch.look(NOW) == 0
    kept = backup(province, name)
    province.damage(name)
    for second in range(3):
        watch.look(NOW + timedelta(minutes=second))
    waiting = select(Incident).where(Incident.kind == IncidentKind.DATA_UNREADABLE, Incident.state == IncidentState.OPEN)
    with database.read() as session:
        (told,) = session.scalars(waiting).all()
    assert told.cause.startswith(f"unreadable-{name}-")
    assert told.reason["values"]["name"] in {"Trần Văn Bình", "Nhà Bình", "Cam 1"}
    kept()
    watch.look(minutes(10))
    with database.read() as session:
        assert session.scalars(waiting).one().cause_ended_at == minutes(10)


def backup(province: Province, name: str) -> Callable[[], None]:
    """What puts one thing back as it is now."""
    folder = province.folder / "vault"
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}
    table = {"resident.phone": ("resident", "phone"), "resident.document": ("resident", "document_number")}.get(
        name, (name.partition(".")[0], name.partition(".")[2] or "address")
    )
    column = {"face_template": "sealed", "camera.password": "sealed_password"}.get(name, table[1])
    rows = {}
    if name in HOW:
        with province.database.read() as session:
            rows = {row[0]: row[1] for row in session.execute(text(f"SELECT id, {column} FROM {table[0]}"))}

    def put_back() -> None:
        for path, content in files.items():
            path.write_bytes(content)
        if rows:
            with province.database.write() as session:
                for row_id, value in rows.items():
                    session.execute(
                        text(f"UPDATE {table[0]} SET {column} = :value WHERE id = :id"), {"value": value, "id": row_id}
                    )

    return put_back


# Pages.


@pytest.fixture
def console(tmp_path: Path, database: Database) -> Iterator[tuple[Province, Flask]]:
    province = Province(database, tmp_path)
    app = create_console(province.settings, database, province.vault, now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    yield province, app
    app.extensions["live"].close()


# Of somebody whose key is damaged, these show that a picture is not there; no other page does.
PICTURES = {"pictures.photo", "pictures.burst", "enrolment.photo"}


def test_no_page_stops_at_what_is_damaged_and_lists_show_the_others(console: tuple[Province, Flask]) -> None:
    province, app = console
    clients = {}
    for name in ("staff", "supervisor", "administrator", "auditor"):
        clients[name] = app.test_client()
        assert clients[name].post("/sign-in", data={"username": name, "password": PASSWORD}).status_code in (200, 303)
    shown = [
        (endpoint, role, address(template, province.place))
        for endpoint, (method, template, allowed, _zoned, _form) in EXPECTED.items()
        for role in sorted(str(each) for each in allowed)[:1]
        if method == "GET" and endpoint not in {"live.live", "live_view.live"}
    ]
    before = {path: _status(clients[role].get(path, buffered=True)) for _endpoint, role, path in shown}
    assert sum(status == 200 for status in before.values()) > 50
    for name in ALL:
        province.damage(name)
    after = {path: _status(clients[role].get(path, buffered=True)) for _endpoint, role, path in shown}
    stopped = {
        (endpoint, after[path])
        for endpoint, _role, path in shown
        if after[path] != before[path] and not (endpoint in PICTURES and after[path] == 410)
    }
    assert stopped == set()
    zone = clients["staff"].get(f"/zones/{province.place.zone}").text
    assert all(name in zone for name in ("Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Cúc"))
    page = clients["supervisor"].get("/service").text
    assert "Nothing is known to be damaged" in page
    DamageWatch(province.database, province.vault).look(NOW)
    page = clients["supervisor"].get("/service").text
    assert re.search("Key to a resident’s photos", page)
    assert "Trần Văn Bình" not in page


def _status(answer: object) -> int:
    return int(answer.status_code)  # type: ignore[attr-defined]


# Messages.


def test_one_unreadable_number_stops_no_message_to_anybody_else(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    _, residents = world(database, "An", "Bình", "Cúc", channels=[["sms", 0]])
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(text("UPDATE resident SET phone = :sealed WHERE id = :id"), {"sealed": DAMAGED, "id": residents[1]})
    line = Line()
    assert make_sender(database, {"sms": line}, tmp_path).send_due(NOW) == 3
    with database.read() as session:
        states = {each.resident_id: each for each in session.scalars(select(Prompt))}
        assert [states[each].state for each in residents] == [PromptState.SENT, PromptState.FAILED, PromptState.SENT]
        problem = states[residents[1]].problem
        assert problem is not None
        assert problem["template"] == UNREADABLE
        told = session.scalars(select(Incident).where(Incident.kind == IncidentKind.DATA_UNREADABLE)).one()
        assert (told.resident_id, told.cause) == (residents[1], f"unreadable-resident.phone-{residents[1]}")


def test_a_plan_that_was_spoilt_stops_no_message_of_another(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    _, (an,) = world(database, "An", channels=[["sms", 0]])
    open_due_rounds(database, NOW)
    zone, (binh,) = add_zone(database, "Khu B", ("Bình",))
    add_plan(database, zone, channels=[["sms", 0]])
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Plan).where(Plan.id == 1).values(quiet_from="x"))
    make_sender(database, {"sms": Line()}, tmp_path).send_due(NOW)
    with database.read() as session:
        states = {each.resident_id: each.state for each in session.scalars(select(Prompt))}
    assert states == {an: PromptState.FAILED, binh: PromptState.SENT}


def test_what_is_damaged_stays_as_it_is_when_something_else_of_the_row_is_changed(both_databases: Database) -> None:
    database = both_databases
    _, (an,) = world(database, "An")
    with database.write() as session:
        session.execute(text("UPDATE resident SET phone = :sealed"), {"sealed": DAMAGED})
    with database.write() as session:
        person = session.get_one(Resident, an)
        assert isinstance(person.phone, Unreadable)
        assert person.phone == ""
        person.full_name, person.phone = "Anh", Unreadable.of(person.phone.stored)
    with database.read() as session:
        assert session.scalar(text("SELECT phone FROM resident")) == DAMAGED


def test_with_another_key_nothing_begins_to_act_and_with_one_damaged_value_it_does(both_databases: Database) -> None:
    database = both_databases
    world(database, "An", "Bình", "Cúc")
    require_right_key(database)
    with database.write() as session:
        session.execute(text("UPDATE resident SET phone = :sealed WHERE id = 1"), {"sealed": DAMAGED})
    require_right_key(database)
    other = Database(database.engine.url.render_as_string(hide_password=False), b"1" * 32)
    with pytest.raises(SealedValueProblem):
        require_right_key(other)
    other.dispose()


def test_a_damaged_secret_of_an_authenticator_app_lets_nobody_in() -> None:
    assert judge_totp(Unreadable.of(DAMAGED), "000000", None, NOW)[0] is Judged.WRONG


# Answers.


@pytest.mark.parametrize("fault", ["key", "disk"])
def test_an_answer_whose_picture_we_cannot_keep_is_kept_without_it(
    both_databases: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    database, vault = both_databases, Vault(tmp_path / "vault", bytes(32))
    _, (an,) = world(database, "An")
    open_due_rounds(database, NOW)
    if fault == "key":
        (tmp_path / "vault" / "keys" / resident_owner(an)).write_bytes(b"damaged" * 9)
    else:

        def full(*_: object, **__: object) -> str:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(vault, "put", full)
    assert answer_by_link(database, vault, an, jpeg(), symptoms=("fever",), unwell=True) is AnswerOutcome.IN_REVIEW
    answered = check_in_of(database, an)
    assert answered.state == CheckInState.IN_REVIEW
    assert "Your answer arrived." in answered.reasons[0]["template"]
    with database.read() as session:
        answer = session.scalars(select(Answer)).one()
        assert (answer.media_id, answer.symptoms, answer.unwell) == (None, ["fever"], True)
        kinds = {each.kind for each in session.scalars(select(Incident))}
    assert {IncidentKind.UNWELL, IncidentKind.DATA_UNREADABLE} <= kinds


def test_a_part_of_the_work_that_fails_keeps_no_other_from_its_turn() -> None:
    def bad() -> int:
        raise ValueError("whatever it is")

    assert (_done(bad), _done(lambda: 3)) == (0, 3)
