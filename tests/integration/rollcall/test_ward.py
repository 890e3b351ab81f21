"""A ward's roll-call by staff: seen, ill, not there; each counts once, whoever else answers, and bracelets open the right line."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.hotline import HotlineTicket, TicketChannel, TicketKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Media
from monitor.models.rollcalls.answers import Answer, Verification
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState, RollCall
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.answers.admission import AlreadyAnswered
from rollcall.answers.ward import bracelet
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.integration.rollcall.test_enrolment import files, photo
from tests.integration.web.test_face_photos import post
from tests.worlds.due_round import SECRET, answer_by_link, check_in_of, minutes, world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console


class Ward:
    """The console, two residents with an open round, and somebody of staff who is signed in."""

    def __init__(self, tmp_path: Path, database: Database, vault: Vault) -> None:
        self.database, self.vault, self.folder, self.now = database, vault, tmp_path, NOW
        self.zone, (self.resident, self.other) = world(database, "Nguyễn Thị An", "Trần Văn Bình")
        open_due_rounds(database, NOW)
        settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode(), upload_megabytes=2)
        self.app = create_console(settings, database, vault, now=lambda: self.now)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.staff = self.signed_in("nhanvien", None)

    def signed_in(self, name: str, zones: list[int] | None) -> FlaskClient:
        return signed_in(self.app, self.database, name, Role.STAFF, zones, NOW)

    def found(self, resident: int, *photos: bytes, **form: str):  # type: ignore[no-untyped-def]
        number = check_in_of(self.database, resident).id
        return post(self.staff, f"/check-ins/{number}/found", *photos, zone=str(self.zone), **form)

    def page(self, address: str = "") -> str:
        return self.staff.get(address or f"/zones/{self.zone}/roll-call").get_data(as_text=True)


@pytest.fixture
def ward(tmp_path: Path, both_databases: Database, vault: Vault) -> Ward:
    return Ward(tmp_path, both_databases, vault)


def test_who_was_seen_is_verified_with_who_saw_them_and_no_picture_is_needed(ward: Ward) -> None:
    assert ward.page().count('name="how" value="well"') == 2
    assert ward.found(ward.resident, how="well").status_code == 303
    check_in = check_in_of(ward.database, ward.resident)
    assert (check_in.state, check_in.evidence) == (CheckInState.VERIFIED, EvidenceLevel.SEEN_BY_STAFF)
    with ward.database.read() as session:
        (answer,) = session.scalars(select(Answer)).all()
        assert answer.entered_by is not None
        assert (answer.unwell, answer.media_id) == (False, None)
        assert session.scalars(select(Verification)).all() == []
        assert session.scalars(
            select(AuditEntry.action).where(AuditEntry.resident_id == ward.resident).order_by(AuditEntry.id)
        ).all() == ["resident-seen"]
    shown = ward.page()
    assert shown.count('name="how" value="well"') == 1
    # Whoever was seen is on the other list.
    assert [name in shown for name in ("Trần Văn Bình", "Nguyễn Thị An")] == [True, False]
    done = ward.page(f"/zones/{ward.zone}/roll-call?show=done")
    assert [name in done for name in ("Trần Văn Bình", "Nguyễn Thị An")] == [False, True]
    # A second tap, and the phone of the resident, change nothing.
    assert ward.found(ward.resident, how="unwell").status_code == 303
    assert "đã có câu trả lời" in ward.page()
    with pytest.raises(AlreadyAnswered):
        answer_by_link(ward.database, ward.vault, ward.resident, photo("astronaut"))
    with ward.database.read() as session:
        assert session.scalars(select(Incident)).all() == []


def test_who_is_ill_brings_an_incident_and_a_photo_may_come_along(ward: Ward) -> None:
    form = {"how": "unwell", "symptoms": "fever", "help": "medicine", "temperature": "38,6", "note": "Sốt từ đêm qua."}
    assert ward.found(ward.resident, photo("astronaut"), **form).status_code == 303
    with ward.database.read() as session:
        (answer,) = session.scalars(select(Answer)).all()
        assert (answer.unwell, answer.symptoms, answer.help_wanted, answer.temperature) == (True, ["fever"], ["medicine"], 38.6)
        assert session.get_one(Media, answer.media_id).resident_id == ward.resident
        kinds = session.scalars(select(Incident.kind).order_by(Incident.id)).all()
        assert kinds == [IncidentKind.UNWELL]
        ticket = session.scalars(select(HotlineTicket)).one()
        assert (ticket.kind, ticket.channel) == (TicketKind.MEDICINE, TicketChannel.STAFF)
    assert files(ward.folder) == 1


def test_a_fever_is_illness_whatever_else_was_tapped(ward: Ward) -> None:
    assert ward.found(ward.resident, how="well", temperature="38.4").status_code == 303
    with ward.database.read() as session:
        assert session.scalars(select(Answer.unwell)).all() == [True]
        assert session.scalars(select(Incident.kind)).all() == [IncidentKind.UNWELL]


@pytest.mark.parametrize(
    "form",
    [{"how": "well", "temperature": "hot"}, {"how": "well", "temperature": "60"}, {"how": "well", "symptoms": "magic"}],
    ids=str,
)
def test_bad_input_is_told_and_nothing_is_half_done(ward: Ward, form: dict[str, str]) -> None:
    assert ward.found(ward.resident, photo("astronaut"), **form).status_code == 303
    assert "notice problem" in ward.page()
    assert check_in_of(ward.database, ward.resident).state == CheckInState.SCHEDULED
    assert files(ward.folder) == 0
    assert ward.found(ward.resident, b"no picture", how="well").status_code == 303
    assert check_in_of(ward.database, ward.resident).state == CheckInState.SCHEDULED
    assert ward.found(ward.resident, how="flown").status_code == 422


def test_who_is_not_there_is_asked_after_at_once_and_the_roll_call_goes_on(ward: Ward) -> None:
    assert ward.found(ward.resident, how="absent").status_code == 303
    assert check_in_of(ward.database, ward.resident).state == CheckInState.SCHEDULED
    with ward.database.read() as session:
        (incident,) = session.scalars(select(Incident)).all()
        assert (incident.kind, incident.cause_ended_at) == (IncidentKind.ROOM_EMPTY, None)
    ward.found(ward.resident, how="well")
    with ward.database.read() as session:
        assert session.scalars(select(Incident)).one().cause_ended_at is not None


def test_a_closed_round_is_left_to_supervisors(ward: Ward) -> None:
    close_due(ward.database, minutes(200))
    with ward.database.read() as session:
        assert session.scalars(select(RollCall.state)).all() == ["closed"]
    ward.now = minutes(201)
    assert ward.found(ward.resident, how="well").status_code == 303
    assert check_in_of(ward.database, ward.resident).state == CheckInState.UNREACHED
    assert "không có đợt điểm danh nào" in ward.page()


def test_two_of_staff_at_the_same_moment_count_once(ward: Ward) -> None:
    number = check_in_of(ward.database, ward.resident).id
    together = threading.Barrier(4)
    clients = [ward.signed_in(f"nhanvien{each}", None) for each in range(4)]

    def tap(client: FlaskClient) -> None:
        together.wait()
        post(client, f"/check-ins/{number}/found", how="well", zone=str(ward.zone))

    threads = [threading.Thread(target=tap, args=(each,)) for each in clients]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with ward.database.read() as session:
        assert len(session.scalars(select(Answer)).all()) == 1


def test_a_bracelet_opens_its_line_for_staff_of_the_zone_only(ward: Ward) -> None:
    printed = ward.page(f"/zones/{ward.zone}/bracelets")
    assert printed.count("<svg") >= 2
    assert 'style="' not in printed
    code = bracelet(SECRET, ward.resident)
    answer = ward.staff.get(f"/b/{code}")
    assert answer.status_code == 302
    shown = ward.page(answer.headers["Location"])
    assert "Nguyễn Thị An" in shown
    assert "Trần Văn Bình" not in shown
    other_zone, _people = add_zone(ward.database, "Khu B")
    elsewhere = ward.signed_in("nguoikhac", [other_zone])
    assert elsewhere.get(f"/b/{code}").status_code == 404
    forged = re.sub("^.", "x", code)
    assert ward.staff.get(f"/b/{forged}").status_code == 404
    assert ward.app.test_client().get(f"/b/{code}").status_code == 303
