"""Documents from real rows: a counted report as files, a zone's day sheet, a supervisor's week, and what schedules make once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.daily_report import ReportState
from monitor.models.incidents import IncidentState
from monitor.models.places import Zone
from monitor.models.report_mail import DocumentKind, DocumentState, FileForm, ReportDelivery, ReportDocument, ReportSchedule
from monitor.models.rollcalls.answers import Review
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.models.service import OutagePart, ServiceOutage
from monitor.problems import BadInput
from monitor.reports import day_sheet as sheets
from monitor.reports.day_sheet import day_sheet
from monitor.reports.recipients import Typed, add_recipient, add_schedule, end_schedule
from monitor.reports.week import charts_of, sections_of, week_of
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.reporting.counting import count_figures
from rollcall.reporting.documents import Sending, begin_documents, make_documents
from rollcall.reporting.makers import makers_of
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.smtp_server import odd_server
from tests.worlds.due_round import answer_by_link, check_in_of, world
from tests.worlds.mailed_reports import MailedReports
from tests.worlds.report_content import ZONE
from tests.worlds.reporting import FIRST, SECOND, SmallProvince, cut_off
from tests.worlds.small_zone import NOW

TO = Typed("Trạm", "tram@tinh.example.vn", "vi", ("pdf",), copy=False)
EVERY_DAY = range(7)
SENDING = Sending(ZONE, "tinh.example.vn")


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_a_counted_report_becomes_files_that_say_what_was_counted(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    province = SmallProvince(database)
    province.report(FIRST)
    report = province.report(SECOND, leaves=ReportState.PROVISIONAL)
    now = cut_off(SECOND) + timedelta(hours=1)
    assert begin_documents(database, now, SENDING) == 2, "of both days"
    makers = makers_of(Settings(timezone="Asia/Ho_Chi_Minh", authority="Ban chỉ đạo tỉnh Tây"))
    assert make_documents(database, vault, makers, now, ZONE) == 2
    with database.read() as session:
        document = session.scalars(select(ReportDocument).where(ReportDocument.report_id == report)).one()
        made = {(each.form, each.language): each.content for each in makers[DocumentKind.DAILY](session, document)}
    assert (document.state, document.number, document.provisional) == (DocumentState.MADE, "2/2026", True)
    stated = json.loads(made[FileForm.JSON, "vi"])
    now_there = next(
        cell for section in stated["sections"] for line in section["lines"] for cell in line["cells"] if "now" in cell["key"]
    )
    assert now_there["value"] is not None
    paper = text_of(made[FileForm.PDF, "vi"])
    assert "BAN CHỈ ĐẠO TỈNH TÂY" in paper
    assert "Xã Tây" in paper
    assert "TẠM THỜI" in paper
    assert "Commune Tây" in text_of(made[FileForm.PDF, "en"])
    assert set(made) == {(form, language) for form in FileForm for language in ("vi", "en")}


def test_the_files_of_a_report_are_made_once_even_by_two_at_once(database: Database, vault: Vault) -> None:
    with odd_server() as server:
        mailed = MailedReports(database, vault, [server.port])
        mailed.release()
        first, second = mailed.worker(), mailed.worker()
        first.work_once()
        second.work_once()
    with database.read() as session:
        assert session.scalars(select(ReportDocument.attempts)).one() == 1


def test_a_day_sheet_has_who_is_there_by_room_and_what_they_answered_that_day(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    zone, (an, binh, cuc) = world(database, "An", "Bình", "Cúc", evidence=EvidenceLevel.ACKNOWLEDGED)
    open_due_rounds(database, NOW)
    answer_by_link(database, vault, an, now=NOW + timedelta(minutes=1), temperature=36.5)
    answer_by_link(database, vault, binh, now=NOW + timedelta(minutes=1), unwell=True, symptoms=("cough", "no_taste"))
    with database.read() as session:
        found = day_sheet(session, session.get_one(Zone, zone), NOW.date(), filled=True)
        named = day_sheet(session, session.get_one(Zone, zone), NOW.date(), filled=False)
        before = day_sheet(session, session.get_one(Zone, zone), NOW.date() - timedelta(days=9), filled=True)
    well, ill, silent = found.lines
    assert [(each.room, each.name, each.day) for each in found.lines] == [
        ("101", "An", 3),
        ("102", "Bình", 3),
        ("103", "Cúc", 3),
    ]
    assert (well.morning, well.normal, well.suspected) == (36.5, True, False)
    assert (ill.signs, ill.normal, ill.suspected) == (frozenset({"cough"}), False, True)
    assert (silent.normal, silent.suspected, silent.signs) == (False, False, frozenset())
    assert not any(each.normal or each.suspected for each in named.lines)
    assert before.lines == [], "nobody was there yet"
    assert cuc


def test_a_zone_of_too_many_for_a_sheet_is_told_what_to_do(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    zone, _people = world(database, "An", "Bình")
    monkeypatch.setattr(sheets, "MOST_PEOPLE", 1)
    with database.read() as session, pytest.raises(BadInput, match="Print the list of people"):
        day_sheet(session, session.get_one(Zone, zone), NOW.date(), filled=True)


def test_room_9_stands_before_room_10(database: Database) -> None:
    assert sorted(["10", "9", None, "A2", "A10"], key=sheets._by_room) == ["9", "10", "A2", "A10", None]


def test_a_supervisors_week_has_what_they_decided_and_what_their_zones_missed(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    zone, (an, binh) = world(database, "An", "Bình", evidence=EvidenceLevel.ACKNOWLEDGED)
    open_due_rounds(database, NOW)
    answer_by_link(database, vault, an, now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(hours=1)
    close_due(database, later)
    with database.write() as session:
        account = add_account(session, "giamsat", "đúng là mật khẩu", Role.SUPERVISOR, zones=[zone], now=NOW)
        other = add_account(session, "nguoikhac", "đúng là mật khẩu", Role.SUPERVISOR, zones=[zone], now=NOW)
        session.flush()
        for who in (account, account, other):
            review = {"check_in_id": check_in_of(database, binh).id, "zone_id": zone, "reason": "đã gọi", "at": later}
            session.add(Review(account_id=who.id, decision=CheckInState.ACCEPTED, **review))
        session.add(
            ServiceOutage(started_at=NOW, ended_at=NOW + timedelta(minutes=7), cause="no-tick", part=OutagePart.SERVICE)
        )
    count_figures(database, later)
    with database.read() as session:
        week = week_of(session, account, NOW.date(), "Asia/Ho_Chi_Minh", later)
    assert week.decided == {CheckInState.ACCEPTED: 2}, "and not what others decided"
    assert (week.sums["asked"], week.outages, week.outage_minutes) == (2, 1, 7)
    assert sum(week.misses.values()) == 1
    assert IncidentState.OPEN in week.misses
    assert [section.key for section in sections_of(week)] == ["decided", "rounds", "misses", "faults", "hotline"]
    assert [len(each.days) for each in charts_of(week)] == [7, 7, 7]


def schedule(world: MailedReports, kind: DocumentKind, at: str = "17:00") -> int:
    with world.database.write() as session:
        account = add_account(session, "lich", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=world.now)
        session.flush()
        row = add_schedule(
            session,
            kind,
            zone_id=world.zone if kind is DocumentKind.DAY_SHEET else None,
            whose=account.id if kind is DocumentKind.WEEK else None,
            weekdays=EVERY_DAY,
            at=at,
            recipients=[TO],
            account_id=account.id,
            now=world.now,
            timezone=ZONE,
        )
        return row.id


def test_a_scheduled_sheet_is_mailed_once_at_its_hour_as_an_address_without_a_name(database: Database, vault: Vault) -> None:
    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        schedule(world, DocumentKind.DAY_SHEET)
        assert world.begin() == 0, "it is a quarter to three"
        world.now = datetime.fromisoformat("2026-11-24T17:00:00+07:00")
        assert world.begin() == 1
        world.now -= timedelta(minutes=30)
        assert world.begin() == 0, "the clock was set back"
        world.now += timedelta(minutes=31)
        assert world.begin() == 0
        world.wait()
        (mail,) = server.parsed
    assert mail["Subject"] == "Phiếu theo dõi hằng ngày của Khu cách ly 1, ngày 24/11/2026"
    body = mail.get_body(("plain",))
    assert body is not None
    assert f"https://console.example.vn/zones/{world.zone}/day-sheet?day=2026-11-24" in body.get_content()
    assert "Nguyễn Thị An" not in mail.as_string()
    assert list(mail.iter_attachments()) == [] or world.mailer._makers, (
        "files of a sheet are made by nobody but whoever prints it"
    )


def test_what_was_due_while_the_service_was_down_is_made_once_and_then_at_its_next_hour(
    database: Database, vault: Vault
) -> None:
    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        number = schedule(world, DocumentKind.WEEK)
        world.now += timedelta(days=5)
        assert world.begin() == 1
        assert world.begin() == 0
        world.wait()
    assert len(server.mails) == 1
    with database.read() as session:
        assert session.get_one(ReportSchedule, number).next_at == datetime.fromisoformat("2026-11-29T17:00:00+07:00")


def test_an_ended_schedule_makes_nothing_more(database: Database, vault: Vault) -> None:
    world = MailedReports(database, vault, [1])
    number = schedule(world, DocumentKind.DAY_SHEET)
    with database.write() as session:
        end_schedule(session, number, 1, world.now)
    world.now += timedelta(days=2)
    assert world.begin() == 0


def test_an_address_gets_a_report_once_however_it_is_written(database: Database, vault: Vault) -> None:
    world = MailedReports(database, vault, [1])
    with database.write() as session:
        add_recipient(session, DocumentKind.DAILY, TO, None, world.now)
    with pytest.raises(Exception, match="already"), database.write() as session:
        add_recipient(session, DocumentKind.DAILY, Typed("", TO.address.upper(), "vi", ("pdf",), copy=False), None, world.now)
    world.release()
    with database.read() as session:
        assert session.scalar(select(func.count(ReportDelivery.id))) == 1
