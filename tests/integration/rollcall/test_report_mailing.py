"""Reports by mail through real SMTP servers that refuse, delay, hang, drop the line and take mail twice; and processes that die."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.alerts import Alert, AlertDelivery
from monitor.models.daily_report import ReportTimes
from monitor.models.report_mail import DeliveryState, DocumentState, ReportDelivery, ReportDocument, ReportFile
from monitor.reports.deliveries import note_arrived, send_again
from monitor.vault.vault import Vault
from rollcall.channels.smtp import Fate
from rollcall.reporting import mailing
from rollcall.reporting.mail import Signer
from rollcall.reporting.mail_alarms import FAILED, NO_RECIPIENT, NO_SERVER, NOT_ACCEPTED, NOT_MADE, UNCERTAIN
from tests.doubles.smtp_server import Deed, OddServer, closed_port, odd_server
from tests.processes.report_mailer import PHASES
from tests.worlds.mailed_reports import BOX, COPY, RELEASED, MailedReports

SUPERVISOR = "giamsat"


def supervisor(world: MailedReports) -> int:
    with world.database.write() as session:
        return add_account(session, SUPERVISOR, "a-long-password-here", Role.SUPERVISOR, zones=None, now=RELEASED).id


def test_a_report_goes_to_the_box_and_to_copies_with_its_files_and_what_the_server_said_is_kept(
    database: Database, vault: Vault
) -> None:
    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient(COPY, language="en", forms=["pdf"], copy=True)
        world.recipient(BOX)
        world.release()
        world.wait()
        box, copy = sorted(server.parsed, key=lambda each: str(each["To"]))
    assert sorted(server.recipients) == [BOX, COPY]
    assert box["Subject"] == "Báo cáo số 12/2026 ngày 24/11/2026"
    assert copy["Subject"] == "Report no. 12/2026 of 24 November 2026"
    assert [each.get_filename() for each in box.iter_attachments()] == [
        f"bao-cao-12-2026-20261124.{form}" for form in ("pdf", "xlsx", "json")
    ]
    (pdf,) = copy.iter_attachments()
    assert pdf.get_content() == b"%pdf 12/2026 en"
    text = copy.get_body().get_content()
    assert hashlib.sha256(b"%pdf 12/2026 en").hexdigest() in text
    assert {each.state for each in world.deliveries} == {DeliveryState.ACCEPTED}
    assert sorted(each.answer for each in world.deliveries) == ["250 2.0.0 taken as 1", "250 2.0.0 taken as 2"]
    assert world.alarms == []


def test_files_are_made_once_for_all_mails_and_kept_with_their_digest(database: Database, vault: Vault) -> None:
    with odd_server(Deed.DELAY) as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient(BOX)
        world.release()
        world.wait()
        world.wait(minutes=2)
    with database.read() as session:
        files = session.scalars(select(ReportFile)).all()
    assert len(files) == 6
    for each in files:
        content = vault.get("reports-2026", each.name)
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (each.sha256, each.size)


def test_a_refusal_for_now_is_tried_again_at_growing_distance(database: Database, vault: Vault) -> None:
    with odd_server(Deed.DELAY, Deed.BUSY, Deed.DELAY) as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        world.release()
        world.wait()
        assert world.delivery.answer == "450 4.2.0 greylisted, try again"
        assert world.delivery.next_at == world.now + timedelta(minutes=1)
        world.wait(seconds=59)
        assert len(world.tries) == 1
        world.wait(seconds=1)
        assert world.delivery.next_at == world.now + timedelta(minutes=2)
        world.wait(minutes=2)
        assert world.delivery.next_at == world.now + timedelta(minutes=4)
        assert world.alarms == [NOT_ACCEPTED], (
            "a person is told a quarter of an hour before it is due, or two minutes after it left"
        )
        world.wait(minutes=4)
        assert world.delivery.state is DeliveryState.ACCEPTED
    assert len(server.mails) == 1
    assert world.alarms == []


def test_what_a_server_refuses_for_good_is_told_at_once_and_not_tried_by_itself(database: Database, vault: Vault) -> None:
    with odd_server(Deed.REFUSE) as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        world.release()
        world.wait()
        assert world.alarms == [FAILED]
        world.wait(hours=5)
        assert world.tries == [(1, Fate.REFUSED, 550)]
        account = supervisor(world)
        with database.write() as session:
            send_again(session, world.delivery.id, account, world.now)
        assert world.alarms == []
        world.wait()
    assert world.delivery.state is DeliveryState.ACCEPTED
    assert len(server.mails) == 1


def test_the_second_server_takes_at_once_what_the_first_refuses_for_good(database: Database, vault: Vault) -> None:
    with odd_server(Deed.REFUSE_AFTER) as first, odd_server() as second:
        world = MailedReports(database, vault, [first.port, second.port])
        world.recipient()
        world.release()
        world.wait()
    assert (len(first.mails), len(second.mails)) == (0, 1)
    assert world.tries == [(1, Fate.REFUSED, 554), (2, Fate.ACCEPTED, 250)]
    assert world.alarms == []


def test_a_server_that_is_down_until_ten_past_three_gets_it_then_and_a_person_knew_before(
    database: Database, vault: Vault
) -> None:
    server = OddServer()
    world = MailedReports(database, vault, [server.port])
    world.recipient()
    world.release()
    world.wait()
    for _minute in range(24):
        world.wait(minutes=1)
        if world.now == RELEASED + timedelta(minutes=2):
            assert world.alarms == [NOT_ACCEPTED], "thirteen minutes before it is due"
    assert world.delivery.state is DeliveryState.WAITING
    server.start()
    try:
        for _minute in range(30):
            world.wait(minutes=1)
    finally:
        server.stop()
    assert world.delivery.state is DeliveryState.ACCEPTED
    assert len(server.mails) == 1
    assert world.alarms == [], "what was told is over"
    assert [fate for _server, fate, _code in world.tries[:-1]] == ["unreachable"] * (len(world.tries) - 1)


def test_the_second_server_takes_over_while_the_first_is_down(database: Database, vault: Vault) -> None:
    with odd_server() as second:
        world = MailedReports(database, vault, [closed_port(), second.port])
        world.recipient()
        world.release()
        world.wait()
        assert second.mails == []
        world.wait(minutes=1)
    assert len(second.mails) == 1
    assert [server for server, _fate, _code in world.tries] == [1, 2]
    assert world.alarms == []


def test_a_line_that_drops_after_the_last_dot_leaves_it_to_a_person_and_never_sends_it_twice_by_itself(
    database: Database, vault: Vault
) -> None:
    with odd_server(Deed.DROP) as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        world.release()
        world.wait()
        assert world.delivery.state is DeliveryState.UNCERTAIN
        assert world.alarms == [UNCERTAIN], "at once"
        world.wait(hours=3)
        assert len(server.mails) == 1
        account = supervisor(world)
        with database.write() as session:
            send_again(session, world.delivery.id, account, world.now)
        world.wait()
        first, again = server.parsed
    assert first["Message-ID"] == again["Message-ID"], "a mailbox that got two shows one"
    assert first["Date"] == again["Date"]
    assert world.delivery.state is DeliveryState.ACCEPTED
    assert world.alarms == []


def test_a_person_who_asked_by_telephone_says_that_it_arrived_and_it_is_not_sent_again(
    database: Database, vault: Vault
) -> None:
    with odd_server(Deed.SILENT_AFTER) as server:
        world = MailedReports(database, vault, [server.port], seconds=1.0)
        world.recipient()
        world.release()
        world.wait()
        assert world.delivery.state is DeliveryState.UNCERTAIN
        account = supervisor(world)
        with database.write() as session:
            note_arrived(session, world.delivery.id, account, world.now)
        world.wait(hours=1)
    assert len(server.mails) == 1
    assert (world.delivery.state, world.delivery.settled_by) == (DeliveryState.ACCEPTED, account)
    assert world.alarms == []


@pytest.mark.parametrize("deed", [Deed.SILENT, Deed.DROP_BEFORE])
def test_a_line_that_breaks_before_the_last_dot_surely_sent_nothing_and_is_tried_again(
    deed: Deed, database: Database, vault: Vault
) -> None:
    with odd_server(deed) as server:
        world = MailedReports(database, vault, [server.port], seconds=1.0)
        world.recipient()
        world.release()
        world.wait()
        assert world.delivery.state is DeliveryState.WAITING
        world.wait(minutes=1)
    assert len(server.mails) == 1
    assert world.delivery.state is DeliveryState.ACCEPTED


def test_a_server_that_delivers_twice_delivers_one_message_id(database: Database, vault: Vault) -> None:
    with odd_server(Deed.TWICE) as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        world.release()
        world.wait()
        world.wait(hours=1)
    assert len(server.mails) == 2
    assert len({each["Message-ID"] for each in server.parsed}) == 1
    assert len(world.tries) == 1


@pytest.mark.parametrize(
    ("phase", "delivered", "state"),
    list(
        zip(
            PHASES,
            (1, 1, 0, 1),
            (DeliveryState.ACCEPTED, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN, DeliveryState.UNCERTAIN),
            strict=True,
        )
    ),
)
def test_whatever_process_is_killed_in_whatever_phase_nothing_is_sent_twice_and_nothing_is_lost(
    phase: str, delivered: int, state: DeliveryState, both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    with odd_server() as server:
        world = MailedReports(both_databases, vault, [server.port])
        world.recipient()
        world.release()
        url = both_databases.engine.url.render_as_string(hide_password=False)
        arguments = (url, str(tmp_path / "vault"), str(server.port), world.now.isoformat(), phase)
        killed = subprocess.run([sys.executable, "-m", "tests.processes.report_mailer", *arguments], check=False)
        assert killed.returncode == -signal.SIGKILL
        world.wait(seconds=30)
        assert world.delivery.state is DeliveryState.SENDING, "its claim lasts"
        world.wait(minutes=2)
        world.wait(hours=2)
    assert len(server.mails) == delivered
    assert world.delivery.state is state
    assert world.alarms == ([UNCERTAIN] if state is DeliveryState.UNCERTAIN else [])


def test_a_worker_that_was_slow_and_lost_its_claim_hangs_up_before_the_last_dot(database: Database, vault: Vault) -> None:
    class Slow(mailing.ReportMailer):
        def _mark_end(self, delivery_id: int) -> bool:
            # Meanwhile the claim ends, and another worker mails it.
            world.now += mailing.LEASE
            world.mailer.work_once()
            return super()._mark_end(delivery_id)

    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        world.release()
        Slow(database, vault, "slow", world.mailer._makers, world.mailer._set_up, world.mailer._now).work_once()
        world.wait(hours=1)
    assert len(server.mails) == 1
    assert world.delivery.state is DeliveryState.ACCEPTED


def test_a_report_that_is_released_once_is_begun_once_however_the_clock_is_turned(database: Database, vault: Vault) -> None:
    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        world.release()
        world.wait()
        world.now -= timedelta(minutes=30)
        assert world.begin() == 0
        world.wait()
        world.wait(minutes=40)
    assert len(server.mails) == 1


def test_a_version_that_did_not_leave_is_not_mailed_behind_the_one_that_replaces_it(database: Database, vault: Vault) -> None:
    with odd_server(Deed.DELAY) as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        first = world.release(12, provisional=True)
        world.wait()
        world.wait(seconds=30)
        world.release(13, replaces=first)
        world.wait()
        world.wait(hours=1)
    (only,) = server.parsed
    assert only["Subject"] == "Báo cáo số 13/2026 ngày 24/11/2026"
    assert "12/2026" in only.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert [each.state for each in world.deliveries] == [DeliveryState.STOPPED, DeliveryState.ACCEPTED]
    assert world.alarms == []


def test_without_a_mail_server_a_person_is_told_to_print_it(database: Database, vault: Vault) -> None:
    world = MailedReports(database, vault, [])
    world.recipient()
    world.release()
    world.wait()
    assert world.alarms == [NO_SERVER]
    assert world.delivery.state is DeliveryState.STOPPED
    with database.read() as session:
        assert session.scalars(select(ReportDocument.state)).one() is DocumentState.MADE, "its files are there to be printed"


def test_without_recipients_a_person_is_told(database: Database, vault: Vault) -> None:
    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        world.release()
        world.wait()
    assert world.alarms == [NO_RECIPIENT]


def test_files_that_cannot_be_made_are_tried_three_times_then_a_person_is_told(database: Database, vault: Vault) -> None:
    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient()
        world.mailer._makers = {}
        world.release()
        for _time in range(3):
            world.wait(seconds=20)
        assert NOT_MADE in world.alarms
        assert world.delivery.state is DeliveryState.WAITING
        assert server.mails == []


def test_the_person_whom_the_settings_name_is_called_first(database: Database, vault: Vault) -> None:
    with odd_server(Deed.DROP) as server:
        world = MailedReports(database, vault, [server.port])
        account = supervisor(world)
        steps = {"remind_at": "13:30", "call_at": "14:00", "cut_off_at": "14:00", "alarm_at": "14:30"}
        with database.write() as session:
            session.add(
                ReportTimes(**steps, provisional_at="14:45", due_at="15:00", alarm_account_id=account, made_at=RELEASED)
            )
        world.recipient()
        world.release()
        world.wait()
    with database.read() as session:
        alert = session.scalars(select(Alert)).one()
        called = session.scalars(select(AlertDelivery.account_id).where(AlertDelivery.alert_id == alert.id)).all()
    assert called == [account]
    assert alert.next_step_at == world.now + timedelta(minutes=10), "then whoever is on duty"


def key_pair() -> tuple[bytes, bytes]:
    """A private key as PEM, and the DNS record of its public one."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])


def test_mail_is_signed_with_the_domains_key_and_a_changed_one_does_not_hold(database: Database, vault: Vault) -> None:
    private, record = key_pair()
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    with odd_server() as server:
        world = MailedReports(database, vault, [server.port], signer=Signer(private, "baocao", "tinh.example.vn"))
        world.recipient()
        world.release()
        world.wait()
        (mail,) = server.mails
    assert dkim.verify(mail, dnsfunc=dns)
    assert asked == [b"baocao._domainkey.tinh.example.vn."]
    assert not dkim.verify(mail.replace(b"12/2026", b"13/2026"), dnsfunc=dns)


def test_two_workers_at_once_send_each_mail_once(database: Database, vault: Vault) -> None:
    with odd_server() as server:
        world = MailedReports(database, vault, [server.port])
        for number in range(10):
            world.recipient(f"box-{number}@tinh.example.vn", forms=[])
        world.release()
        workers = [world.worker() for _each in range(3)]
        threads = [threading.Thread(target=each.work_once) for each in workers]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        world.wait()
    assert sorted(server.recipients) == sorted(f"box-{number}@tinh.example.vn" for number in range(10))
    with database.read() as session:
        assert set(session.scalars(select(ReportDelivery.state))) == {DeliveryState.ACCEPTED}
