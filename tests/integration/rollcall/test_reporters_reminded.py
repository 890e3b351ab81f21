"""Reporters who enter nothing are reminded once and then called, over a real mail server and a real gateway, whoever dies and however clocks jump."""

from __future__ import annotations

import email
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.models.alerts import Alert, AlertDelivery, AlertState
from monitor.models.hotline import HotlineMessage
from monitor.models.incidents import IncidentKind
from monitor.models.reporters import CallOutcome, CoverageDay, Reporter, ReporterChase, ReporterKind
from monitor.models.rollcalls.prompts import PromptState, PromptStop
from monitor.problems import Conflict
from monitor.reports.collected.calling import CALLED_WITHIN, count_to_call, note_call, to_call
from monitor.reports.collected.entries import keep_entry
from monitor.reports.collected.fields import close_field, fields_in_force, ship_fields
from monitor.reports.collected.reporters import ReporterDetails, add_reporter, digest_of
from monitor.reports.stating import keep_times
from monitor.reports.times import Times
from monitor.settings import Settings
from rollcall.hotline.sending import HotlineSender
from rollcall.people.text_stops import stop_texts
from rollcall.reporting.links import send_link
from rollcall.reporting.reminding import Ways, chase, end_call_alerts, tick_collecting
from rollcall.work.channel_set_up import hotline_channels
from tests.doubles.ports import free_port
from tests.doubles.waiting import PATIENCE
from tests.worlds.reporters import add_staff
from tests.worlds.small_zone import NOW, add_zone

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = NOW.astimezone(HERE).date()
BOTH = Ways(HERE, ("sms", "email"))


def at(clock: str) -> datetime:
    """That time of today, on the province's wall clock."""
    return datetime.combine(TODAY, time.fromisoformat(clock), HERE)


class Box:
    """Keeps mails."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd asks by this name
        self.mails.append(email.message_from_bytes(bytes(envelope.content or b""), policy=default))
        return "250 OK"


@contextmanager
def outside() -> Iterator[tuple[Box, list[dict[str, Any]], dict[str, Any]]]:
    """A mail server and a gateway for texts on loopback, and the settings that lead there."""
    box, port, texts = Box(), free_port(), []
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = b'{"id": "g1"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    controller.start()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = {
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_security": "none",
            "mail_from": "1022@1022.example.vn",
            "sms_gateway_url": f"http://127.0.0.1:{server.server_port}/sms",
        }
        yield box, texts, settings
        server.shutdown()
    controller.stop()


def world(database: Database, *, named: int | None = None) -> dict[str, int]:
    """Reporters with a mobile, with a mail address, with a fixed line, and with nothing; and the times of a report. Name -> number."""
    found: dict[str, int] = {}
    with database.write() as session:
        keep_times(session, Times(alarm_account_id=named), NOW, account_id=None)
        ship_fields(session, NOW)
        for name, phone, mail in (
            ("mobile", "+84901234567", ""),
            ("mail", "", "so@example.vn"),
            ("fixed", "+842743822123", ""),
            ("nothing", "", ""),
        ):
            details = ReporterDetails(ReporterKind.AGENCY, name, None, "", phone, mail)
            found[name] = add_reporter(session, details, NOW) or 0
    return found


def messages(database: Database) -> list[HotlineMessage]:
    with database.read() as session:
        return list(session.scalars(select(HotlineMessage).order_by(HotlineMessage.id)))


def chased(database: Database) -> dict[int, ReporterChase]:
    with database.read() as session:
        return {row.reporter_id: row for row in session.scalars(select(ReporterChase))}


def enter(database: Database, reporter: int, now: datetime = NOW) -> None:
    with database.write() as session:
        keep_entry(session, reporter, TODAY, {"codes_put_up": 1}, same_confirmed=False, account_id=None, now=now)


def test_a_reminder_leaves_once_by_text_or_mail_over_real_servers(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    reporters = world(database)
    with outside() as (box, texts, settings):
        channels = hotline_channels(Settings(data_folder=tmp_path, **settings), database)
        sender = HotlineSender(database, "w1", channels, clock=lambda: at("13:31"))
        assert chase(database, at("13:29"), BOTH) == 0
        assert chase(database, at("13:30"), BOTH) == 4
        assert chase(database, at("13:30"), BOTH) == 0
        assert sender.send_due() == 2
        # The clock is set back before the reminder, and forward again: nobody is written to twice.
        assert chase(database, at("13:15"), BOTH) == chase(database, at("13:45"), BOTH) == 0
        assert sender.send_due() == 0
        for each in channels.values():
            each.close()
    assert [each["to"] for each in texts] == ["+84901234567"]
    assert "14:00" in texts[0]["text"]
    (mail,) = box.mails
    assert (mail["To"], mail["Subject"]) == ("so@example.vn", "Thiếu số liệu hôm nay")
    assert "trước 14:00" in mail.get_content()
    assert [row.state for row in messages(database)] == [PromptState.SENT] * 2
    told = chased(database)
    assert [bool(told[reporters[name]].message_key) for name in ("mobile", "mail", "fixed", "nothing")] == [
        True,
        True,
        False,
        False,
    ]


def test_who_has_entered_is_asked_nothing_and_who_is_asked_no_number_neither(both_databases: Database) -> None:
    database = both_databases
    reporters = world(database)
    enter(database, reporters["mobile"])
    with database.write() as session:
        for each in fields_in_force(session, ReporterKind.AGENCY):
            close_field(session, each.id, each.version, NOW)
    assert chase(database, at("13:30"), BOTH) == 0
    with database.write() as session:
        session.add(Reporter(kind=ReporterKind.COMMUNE, name="Xã", folded=" xa", same_as="x", made_at=NOW))
    assert chase(database, at("13:30"), BOTH) == 1


def test_nothing_leaves_before_somebody_has_said_that_reports_are_made(database: Database) -> None:
    with database.write() as session:
        ship_fields(session, NOW)
        add_reporter(session, ReporterDetails(ReporterKind.AGENCY, "Sở", None, "", "+84901234567"), NOW)
    assert chase(database, at("13:30"), BOTH) == chase(database, at("14:00"), BOTH) == 0
    with database.write() as session:
        keep_times(session, Times(runs=False), NOW, account_id=None)
    assert chase(database, at("13:30"), BOTH) == 0


@pytest.mark.parametrize("why", ["stopped number", "everything stopped"])
def test_who_wants_no_texts_gets_none_and_is_called(database: Database, why: str) -> None:
    reporters = world(database)
    hoa = add_staff(database)
    with database.write() as session:
        if why == "stopped number":
            stop_texts(session, "+84901234567", NOW)
        else:
            session.add(PromptStop(zone_id=None, reason="Sai nội dung", stopped_at=NOW, stopped_by=hoa))
    assert chase(database, at("13:30"), BOTH) == 4
    assert len(messages(database)) == (1 if why == "stopped number" else 0)
    assert chase(database, at("14:00"), BOTH) == 4
    assert chased(database)[reporters["mobile"]].call_at is not None


def test_two_schedulers_at_once_remind_each_reporter_once(both_databases: Database) -> None:
    database = both_databases
    with database.write() as session:
        keep_times(session, Times(), NOW, account_id=None)
        ship_fields(session, NOW)
        for number in range(450):
            details = ReporterDetails(ReporterKind.AGENCY, f"Sở {number}", None, "", f"+8490{number:07}")
            add_reporter(session, details, NOW)
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(chase(database, at("13:30"), BOTH))) for _each in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(done) == 450
    assert len({row.key for row in messages(database)}) == len(messages(database)) == 450


def test_at_two_a_named_person_is_alerted_once_and_the_list_empties_by_calls_and_entries(both_databases: Database) -> None:
    database = both_databases
    add_zone(database)
    hoa = add_staff(database)
    reporters = world(database, named=hoa)
    # The service was down at half past one: nobody is reminded any more, and all are called.
    assert chase(database, at("14:00"), BOTH) == 4
    assert chase(database, at("14:00"), BOTH) == chase(database, at("13:59"), BOTH) == 0
    assert messages(database) == []
    with database.read() as session:
        (alert,) = session.scalars(select(Alert)).all()
        assert (alert.kind, alert.state, alert.incidents) == (IncidentKind.REPORTERS_TO_CALL, AlertState.OPEN, 4)
        assert session.scalars(select(AlertDelivery.account_id).distinct()).all() == [hoa]
        assert session.scalar(count_to_call(at("14:01") - CALLED_WITHIN)) == 4
    with database.write() as session:
        add_reporter(session, ReporterDetails(ReporterKind.AGENCY, "later", None), at("14:02"))
    assert chase(database, at("14:03"), BOTH) == 1
    with database.read() as session:
        # It joins the alert that is open.
        assert session.scalars(select(Alert.incidents)).all() == [5]

    def call(name: str, outcome: CallOutcome) -> None:
        with database.write() as session:
            note_call(session, reporters[name], TODAY, outcome.value, "", hoa, at("14:05"))

    call("mobile", CallOutcome.WILL_ENTER)
    call("fixed", CallOutcome.NO_ANSWER)
    with pytest.raises(Conflict):
        call("mobile", CallOutcome.NO_ANSWER)
    enter(database, reporters["mail"], at("14:06"))
    with database.read() as session:
        # Who did not answer stands last, to be tried again.
        assert [each.reporter.name for each in to_call(session, TODAY, None)] == ["later", "nothing", "fixed"]
    assert end_call_alerts(database, at("14:07"), BOTH) == 0
    call("fixed", CallOutcome.WRONG_NUMBER)
    enter(database, reporters["nothing"], at("14:08"))
    with database.read() as session:
        (last,) = to_call(session, TODAY, None)
    with database.write() as session:
        note_call(session, last.reporter.id, TODAY, "will_enter", "", hoa, at("14:09"))
    assert end_call_alerts(database, at("14:10"), BOTH) == 1
    assert end_call_alerts(database, at("14:11"), BOTH) == 0
    with database.read() as session:
        assert session.scalars(select(Alert.state)).all() == [AlertState.CLEARED]


def test_in_the_evening_nobody_is_asked_to_call_any_more_and_the_next_day_begins_anew(database: Database) -> None:
    world(database)
    assert chase(database, at("18:00"), BOTH) == 0
    assert chase(database, at("13:30") + timedelta(days=1), BOTH) == 4


def test_a_link_that_is_sent_stands_nowhere_once_it_has_left(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    reporters = world(database)
    with database.write() as session:
        link = send_link(session, session.get_one(Reporter, reporters["mail"]), "https://khai.example.vn/r/", ("email",), NOW)
        with pytest.raises(Conflict):
            send_link(session, session.get_one(Reporter, reporters["fixed"]), "https://x/r/", ("sms", "email"), NOW)
    with outside() as (box, _texts, settings):
        channels = hotline_channels(Settings(data_folder=tmp_path, **settings), database)
        assert HotlineSender(database, "w1", channels, clock=lambda: NOW).send_due() == 1
        for each in channels.values():
            each.close()
    assert f"https://khai.example.vn/r/{link}" in box.mails[0].get_content()
    (row,) = messages(database)
    assert (row.state, row.text) == (PromptState.SENT, "")
    with database.read() as session:
        assert session.get_one(Reporter, reporters["mail"]).key == digest_of(link)
        # A new one was only made where it could be sent.
        assert session.get_one(Reporter, reporters["fixed"]).key is None


def test_the_tick_counts_coverage_too_and_goes_on_where_one_part_fails(database: Database) -> None:
    add_zone(database)
    world(database)
    tick_collecting(database, at("13:30"), BOTH)
    tick_collecting(database, at("13:31"), BOTH)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CoverageDay).where(CoverageDay.about == "province")) == 1
        assert session.scalar(select(func.count()).select_from(ReporterChase)) == 4
