"""Pages of what left by mail: who got which number, what servers said, and what a person does where nobody knows; recipients, schedules, sheets."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.report_mail import (
    DeliveryState,
    DocumentState,
    ReportDelivery,
    ReportDocument,
    ReportLetterhead,
    ReportRecipient,
    ReportSchedule,
)
from monitor.vault.vault import Vault
from rollcall.reporting.makers import letterhead_of
from tests.doubles.smtp_server import Deed, odd_server
from tests.worlds.accounts_console import World
from tests.worlds.mailed_reports import BOX, MailedReports

MAIL = {"smtp_host": "127.0.0.1", "mail_from": "cachly@tinh.example.vn"}


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path, **MAIL)


def mailed(world: World, vault: Vault, *deeds: Deed) -> MailedReports:
    """A report that left over a server that does these."""
    with odd_server(*deeds) as server:
        found = MailedReports(world.database, vault, [server.port])
        world.now = found.now
        found.recipient(BOX)
        found.release(12, provisional=True)
        found.wait()
    return found


def province(world: World) -> FlaskClient:
    """A supervisor of all zones."""
    return world.with_factor("giamsat", Role.SUPERVISOR)


def test_the_list_says_who_got_which_number_and_what_the_server_said(world: World, vault: Vault) -> None:
    mailed(world, vault, Deed.REFUSE)
    client = province(world)
    page = client.get("/reports/sending").text
    assert "Report no. 12/2026 of 24 November 2026" in page
    assert "provisional" in page
    assert f"{BOX}: 550 5.1.1 no such mailbox here" in page
    one = client.get("/reports/sending/1").text
    assert "<q>550 5.1.1 no such mailbox here</q>" in one
    assert "Send again" in one
    assert "SHA-256" in one


def test_what_nobody_knows_is_settled_by_a_person_and_written_down(world: World, vault: Vault) -> None:
    sent = mailed(world, vault, Deed.DROP)
    client = province(world)
    assert "telephone and ask" in client.get("/reports/sending/1").text
    answer = client.post("/reports/sending/1/mails/1/arrived", follow_redirects=True)
    assert "Noted: it arrived" in answer.text
    assert "giamsat found out that it arrived" in answer.text
    assert sent.delivery.state is DeliveryState.ACCEPTED
    again = client.post("/reports/sending/1/mails/1/again", follow_redirects=True)
    assert "on its way, or has arrived" in again.text
    assert sent.delivery.state is DeliveryState.ACCEPTED
    assert world.trail().count("report-arrived") == 1
    assert "report-sent-again" not in world.trail()


def test_it_is_sent_again_once_however_often_the_button_is_pressed(world: World, vault: Vault) -> None:
    sent = mailed(world, vault, Deed.DROP)
    client = province(world)
    for _press in range(2):
        client.post("/reports/sending/1/mails/1/again")
    assert sent.delivery.state is DeliveryState.WAITING
    assert world.trail().count("report-sent-again") == 1


def test_who_has_some_zones_sees_the_list_and_settles_nothing(world: World, vault: Vault) -> None:
    sent = mailed(world, vault, Deed.DROP)
    client = world.with_factor("khua", Role.SUPERVISOR, [world.here])
    assert "Send again" not in client.get("/reports/sending/1").text
    assert client.post("/reports/sending/1/mails/1/again").status_code == 403
    assert client.post("/reports/sending/1/mails/1/arrived").status_code == 403
    assert client.post("/reports/recipients", data={"address": "a@b.vn"}).status_code == 403
    assert sent.delivery.state is DeliveryState.UNCERTAIN


def test_a_mail_of_another_document_is_not_found(world: World, vault: Vault) -> None:
    mailed(world, vault, Deed.DROP)
    assert province(world).post("/reports/sending/2/mails/1/again").status_code == 404


def test_a_file_opens_as_it_was_made_and_each_opening_is_written_down(world: World, vault: Vault) -> None:
    mailed(world, vault)
    client = province(world)
    pdf = client.get("/reports/sending/1/pdf/vi")
    assert pdf.data == b"%pdf 12/2026 vi"
    assert pdf.headers["Content-Disposition"] == 'inline; filename="bao-cao-12-2026-20261124.pdf"'
    assert client.get("/reports/sending/1/json/en").headers["Content-Disposition"].startswith("attachment")
    assert client.get("/reports/sending/9/pdf/vi").status_code == 404
    assert client.get("/reports/sending/1/exe/vi").status_code == 404
    assert world.trail().count("report-file-opened") == 2


def test_without_a_mail_server_the_page_says_to_print_and_offers_no_sending(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    world = World(database, tmp_path)
    found = MailedReports(database, vault, [])
    found.recipient()
    found.release()
    found.wait()
    world.now = found.now
    client = province(world)
    assert "No mail server is set up" in client.get("/reports/sending").text
    one = client.get("/reports/sending/1").text
    assert "/reports/sending/1/pdf/vi" in one
    assert "Send again" not in one
    answer = client.post("/reports/sending/1/mails/1/again", follow_redirects=True)
    assert "Print the report and bring it" in answer.text
    assert found.delivery.state is DeliveryState.STOPPED


def test_files_that_could_not_be_made_are_asked_for_again(world: World, vault: Vault) -> None:
    mailed(world, vault)
    with world.database.write() as session:
        session.get_one(ReportDocument, 1).state = DocumentState.FAILED
    client = province(world)
    assert "The files could not be made" in client.get("/reports/sending/1").text
    client.post("/reports/sending/1/make")
    with world.database.read() as session:
        assert session.get_one(ReportDocument, 1).state is DocumentState.WAITING


def test_recipients_are_added_with_words_for_what_is_wrong_and_removed(world: World) -> None:
    client = province(world)
    form = {"address": " Uy ban <bao-cao@tinh.example.vn>", "name": "Ủy ban", "language": "vi", "forms": ["pdf", "json"]}
    assert "Saved" in client.post("/reports/recipients", data=form, follow_redirects=True).text
    twice = client.post("/reports/recipients", data=form)
    assert twice.status_code == 409
    assert "gets these reports already" in twice.text
    wrong = client.post("/reports/recipients", data={**form, "address": "no address"})
    assert wrong.status_code == 422
    assert "Example: an@example.vn" in wrong.text
    none = client.post("/reports/recipients", data={**form, "address": "other@tinh.example.vn", "forms": []})
    assert "Choose at least one kind of file." in none.text
    assert "bao-cao@tinh.example.vn" in client.get("/reports/recipients").text
    client.post("/reports/recipients/1/remove")
    assert client.post("/reports/recipients/1/remove").status_code == 404
    with world.database.read() as session:
        row = session.scalars(select(ReportRecipient)).one()
    assert (row.address, row.forms, row.closed_at) == ("bao-cao@tinh.example.vn", ["pdf", "json"], world.now)
    assert world.trail().count("report-recipients-changed") == 2


def test_the_letterhead_stands_on_the_next_report_and_the_one_before_stays_as_history(world: World) -> None:
    client = province(world)
    for name in ("Nguyễn Văn An", "Trần Thị Bình"):
        client.post("/reports/letterhead", data={"parent": "UBND tỉnh", "signer_role": "Trưởng ban", "signer": name})
    with world.database.read() as session:
        assert letterhead_of(session).signer == "Trần Thị Bình"
        assert len(session.scalars(select(ReportLetterhead)).all()) == 2


def test_a_schedule_is_for_the_own_zones_and_the_own_week(world: World) -> None:
    client = world.with_factor("khua", Role.SUPERVISOR, [world.here])
    other = world.add("nguoikhac", Role.SUPERVISOR)
    sheet = {
        "kind": "day_sheet",
        "weekdays": ["0", "4"],
        "at": "17:00",
        "addresses": "tram@example.vn, b@example.vn",
        "language": "vi",
    }
    assert client.post("/reports/schedules", data={**sheet, "zone": world.there}).status_code == 404
    week = {**sheet, "kind": "week"}
    assert client.post("/reports/schedules", data={**week, "account": other}).status_code == 403
    assert "Saved" in client.post("/reports/schedules", data={**sheet, "zone": world.here}, follow_redirects=True).text
    assert "tram@example.vn, b@example.vn" in client.get("/reports/schedules").text
    with world.database.read() as session:
        assert session.scalars(select(ReportSchedule.weekdays)).one() == [0, 4]
    client.post("/reports/schedules/1/end")
    assert client.post("/reports/schedules/1/end").status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"at": "25 o'clock"}, "Write the time as hours:minutes"),
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"addresses": "no address"}, "Example: an@example.vn"),
        ({"addresses": " "}, "Enter at least one e-mail address."),
        ({"zone": ""}, "Choose a zone."),
        ({"kind": "daily"}, "Choose what is to be made."),
    ],
)
def test_what_is_wrong_in_a_schedule_is_said_and_what_was_typed_stays(
    world: World, changed: dict[str, object], said: str
) -> None:
    form = {"kind": "day_sheet", "zone": world.here, "weekdays": ["0"], "at": "17:00", "addresses": "a@b.vn", "language": "en"}
    answer = province(world).post("/reports/schedules", data={**form, **changed})
    assert answer.status_code == 422
    assert said in answer.text
    with world.database.read() as session:
        assert session.scalars(select(ReportSchedule)).all() == []


def test_a_day_sheet_is_printed_in_the_own_zone_and_each_is_written_down(world: World, vault: Vault) -> None:
    found = MailedReports(world.database, vault, [])
    client = world.in_session("dieuduong", Role.STAFF, [found.zone])
    page = client.get(f"/zones/{found.zone}/day-sheet")
    assert "only staff who looked write that someone is absent" in page.text
    asked = f"/zones/{found.zone}/day-sheet.pdf?day=2026-11-23"
    filled = client.get(asked)
    assert filled.mimetype == "application/pdf"
    assert "Nguyễn Thị An" in "".join(each.extract_text() for each in PdfReader(BytesIO(filled.data)).pages)
    blank = client.get(f"{asked}&form=blank")
    assert "Nguyễn" not in "".join(each.extract_text() for each in PdfReader(BytesIO(blank.data)).pages)
    assert client.get(f"/zones/{world.here}/day-sheet.pdf").status_code == 404
    assert client.get(f"{asked[:-10]}nonsense").status_code == 422
    with world.database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "day-sheet-printed").order_by(AuditEntry.id)).all()
    assert [(row.zone_id, row.details["people"]) for row in rows] == [(found.zone, 1), (found.zone, 0)]


def test_the_newest_documents_come_first_and_older_ones_a_page_behind(world: World, vault: Vault) -> None:
    with odd_server() as server:
        found = MailedReports(world.database, vault, [server.port])
        for number in range(1, 33):
            found.now += timedelta(seconds=1)
            found.release(number)
    client = province(world)
    first = client.get("/reports/sending").text
    assert "no. 32/2026" in first
    assert "no. 2/2026" not in first
    assert "no. 2/2026" in client.get("/reports/sending?before=3").text
    with world.database.read() as session:
        assert session.scalars(select(ReportDelivery)).all() == []
