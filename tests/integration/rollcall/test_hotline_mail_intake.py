"""Mail to the hotline through a real IMAP server: first contact is when that server took it; nothing is lost, nothing comes twice."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import func, select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.hotline.doing import Doer, answer, mark
from monitor.hotline.steps import Party
from monitor.models.accounts import Role
from monitor.models.hotline import (
    EventKind,
    HotlineEvent,
    HotlineMessage,
    HotlineTicket,
    MessageAbout,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_mail import HotlineMailbox
from rollcall.hotline import mail_intake as module
from rollcall.hotline.mail_intake import MailIntake
from rollcall.hotline.mailbox import Mailbox, MailboxProblem
from rollcall.inbound.matters import kind_of
from tests.doubles.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.doubles.ports import free_port

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
OURS = "1022@1022.example.vn"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture
def folder() -> str:
    """A folder of the mailbox that no other test uses."""
    return f"tests {next(_numbers)} Đường dây"


Make = Callable[..., MailIntake]


@pytest.fixture
def make(server: MailServer, folder: str) -> Iterator[Make]:
    made: list[MailIntake] = []

    def one(database: Database, *, port: int | None = None, password: str = PASSWORD, seconds: float = 20.0) -> MailIntake:
        mailbox = Mailbox(
            "localhost",
            port or server.port,
            security="none" if port else "tls",
            user=USER,
            password=password,
            folder=folder,
            seconds=seconds,
            context=server.context,
        )
        made.append(MailIntake(database, mailbox, kind_of, name="box", address=OURS, checker="mx.example.vn"))
        return made[-1]

    yield one
    for each in made:
        each.close()


def mail(words: str, number: int = 1, **headers: str) -> bytes:
    made = EmailMessage()
    usual = {"From": "An <an@example.vn>", "Subject": "Xin giúp", "Message-ID": f"<m{number}@example.vn>"}
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        made[name] = value
    made.set_content(words)
    return made.as_bytes()


def tickets(database: Database) -> list[HotlineTicket]:
    with database.read() as session:
        return list(session.scalars(select(HotlineTicket).order_by(HotlineTicket.id)))


def events(database: Database, kind: EventKind) -> list[HotlineEvent]:
    with database.read() as session:
        return list(session.scalars(select(HotlineEvent).where(HotlineEvent.kind == kind).order_by(HotlineEvent.id)))


def queued(database: Database) -> list[HotlineMessage]:
    with database.read() as session:
        return list(session.scalars(select(HotlineMessage).order_by(HotlineMessage.id)))


def test_a_mail_becomes_a_ticket_whose_clock_began_when_the_server_took_it(
    both_databases: Database, server: MailServer, folder: str, make: Make
) -> None:
    came = NOW - timedelta(hours=3, minutes=7)
    server.deliver(mail("Nhà tôi hết gạo từ hôm qua"), came, folder)
    intake = make(both_databases)
    assert intake.look(NOW) == 1
    (ticket,) = tickets(both_databases)
    assert (ticket.first_contact_at, ticket.due_at) == (came, came + timedelta(hours=5)), "the intake had stood still"
    assert (ticket.channel, ticket.kind, ticket.said) == (TicketChannel.EMAIL, TicketKind.FOOD, "Nhà tôi hết gạo từ hôm qua")
    assert (ticket.mail_address, ticket.caller_name, ticket.subject) == ("an@example.vn", "An", "Xin giúp")
    (told,) = queued(both_databases)
    assert (told.about, told.channel, told.address) == (MessageAbout.RECEIVED, TicketChannel.EMAIL, "an@example.vn")
    assert told.in_reply_to == "<m1@example.vn>"
    assert intake.look(NOW + timedelta(seconds=15)) == 0
    server.deliver(mail("Còn nữa", 2), NOW + timedelta(seconds=20), folder)
    assert intake.look(NOW + timedelta(seconds=30)) == 1
    assert len(tickets(both_databases)) == 2


def test_nothing_comes_twice_when_the_server_numbers_its_mails_anew_and_nothing_is_lost(
    both_databases: Database, server: MailServer, folder: str, make: Make
) -> None:
    for number in range(3):
        server.deliver(mail(f"Thư {number}", number), NOW - timedelta(minutes=9 - number), folder)
    server.deliver(mail("Không tên", 0, Message_ID=""), NOW - timedelta(minutes=1), folder)
    assert make(both_databases).look(NOW) == 4
    server.number_anew()
    server.deliver(mail("Thư mới", 9), NOW, folder)
    # A new process, with nothing but the database.
    assert make(both_databases).look(NOW + timedelta(minutes=1)) == 5
    assert [each.said for each in tickets(both_databases)] == ["Thư 0", "Thư 1", "Thư 2", "Không tên", "Thư mới"]
    assert make(both_databases).look(NOW + timedelta(minutes=2)) == 0


def test_a_mailbox_with_years_of_mail_begins_with_yesterday(
    database: Database, server: MailServer, folder: str, make: Make
) -> None:
    for days in (900, 30, 3):
        server.deliver(mail(f"{days}", days), NOW - timedelta(days=days), folder)
    intake = make(database)
    assert intake.look(NOW) == 0
    server.deliver(mail("heute", 1), NOW - timedelta(hours=30), folder)
    assert intake.look(NOW) == 1, "what comes later is taken in, however old the server says it is"
    assert [each.said for each in tickets(database)] == ["heute"]


def test_a_mail_of_forty_megabytes_costs_its_beginning_and_its_words_are_found_behind_the_pictures(
    database: Database, server: MailServer, folder: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = EmailMessage()
    words.set_content("Hàng xóm tôi tụ tập, xem ảnh")
    words.add_alternative("<p>Hàng xóm tôi tụ tập, xem ảnh</p>", subtype="html")
    head = "From: an@example.vn\nMessage-ID: <big@example.vn>\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
    picture = "Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n" + ("/" * 76 + "\n") * 550_000
    content = f"{head}{picture}--b\n".encode() + words.as_bytes() + b"\n--b--\n"
    server.deliver(content, NOW, folder)
    read: list[int] = []
    whole = Mailbox.fetch

    def counted(self: Mailbox, uid: int) -> Any:
        fetched = whole(self, uid)
        read.append(len(fetched.content) if fetched else 0)
        return fetched

    monkeypatch.setattr(Mailbox, "fetch", counted)
    assert make(database).look(NOW) == 1
    (ticket,) = tickets(database)
    assert ticket.said.startswith("Hàng xóm tôi tụ tập, xem ảnh")
    assert "1" in ticket.said.split("\n\n")[1], "it says that a file hangs on the mail"
    assert read == [256 * 1024]


def test_machines_get_no_answer_and_make_one_ticket_a_day(
    database: Database, server: MailServer, folder: str, make: Make
) -> None:
    machine = {"From": "alarm@example.vn", "Auto-Submitted": "auto-generated"}
    for number in range(5):
        server.deliver(mail(f"Đầy đĩa {number}", number, **machine), NOW + timedelta(minutes=number), folder)
    assert make(database).look(NOW + timedelta(minutes=9)) == 5
    (ticket,) = tickets(database)
    assert not ticket.wants_answer
    assert queued(database) == []
    assert [each.words for each in events(database, EventKind.NOTED)] == [f"Đầy đĩa {number}" for number in range(1, 5)]


def test_a_loop_with_our_own_answer_ends_at_once(database: Database, server: MailServer, folder: str, make: Make) -> None:
    server.deliver(mail("Xin hỏi"), NOW, folder)
    intake = make(database)
    intake.look(NOW)
    (told,) = queued(database)
    name = f"<{told.reference}@1022.example.vn>"
    later = NOW + timedelta(minutes=1)
    # Our answer comes back as it left, is answered by a machine, and does not arrive.
    server.deliver(mail(told.text, From=OURS, Message_ID=name), later, folder)
    server.deliver(mail("Tôi đi vắng", 2, Auto_Submitted="auto-replied", In_Reply_To=name), later, folder)
    server.deliver(mail(f"Returned: {name}", 3, From="MAILER-DAEMON@example.vn", Return_Path="<>"), later, folder)
    # And somebody who writes as if they were us, under a name that we never gave.
    server.deliver(mail("Tôi là 1022", 4, From=OURS, Message_ID="<made-up@1022.example.vn>"), later, folder)
    assert intake.look(later) == 4
    first, false = tickets(database)
    assert (false.said, false.mail_address) == ("Tôi là 1022", "")
    assert [each.words for each in events(database, EventKind.NOTED) if each.ticket_id == first.id] == [
        "Tôi đi vắng",
        f"Returned: {name}",
    ]
    assert len(queued(database)) == 1, "nobody was answered again"


def test_an_answer_goes_to_its_ticket_and_a_false_sender_to_one_of_its_own(
    both_databases: Database, server: MailServer, folder: str, make: Make
) -> None:
    server.deliver(mail("Xin gạo"), NOW, folder)
    intake = make(both_databases)
    intake.look(NOW)
    name = f"<{queued(both_databases)[0].reference}@1022.example.vn>"
    reply = {"In-Reply-To": name}
    failed = {"Authentication-Results": "mx.example.vn; spf=fail; dmarc=fail"}
    passed = {"Authentication-Results": "mx.example.vn; dmarc=pass"}
    later = NOW + timedelta(minutes=5)
    server.deliver(mail("Vẫn chưa có\n> Mã: X", 2, **reply, **passed), later, folder)
    server.deliver(mail("Đổi địa chỉ của tôi", 3, **reply, **failed), later, folder)
    server.deliver(mail("Tôi là người khác", 4, From="binh@example.vn", **reply), later, folder)
    assert intake.look(later) == 3
    first, false, other = tickets(both_databases)
    assert [each.words for each in events(both_databases, EventKind.ADDED)] == ["Vẫn chưa có"]
    assert events(both_databases, EventKind.ADDED)[0].ticket_id == first.id
    assert (false.said, other.said) == ("Đổi địa chỉ của tôi", "Tôi là người khác")
    assert [each.address for each in queued(both_databases)] == ["an@example.vn", "binh@example.vn"], "a false one is not told"
    assert ["not confirmed" in str(each.details) for each in events(both_databases, EventKind.NOTED)] == [True]
    # The same answer once more, as it comes over a second address.
    server.deliver(mail("Vẫn chưa có\n> Mã: X", 2, **reply, **passed), later, folder)
    intake.look(later)
    assert len(events(both_databases, EventKind.ADDED)) == 1


class Proxy:
    """A line to the mail server that breaks after so many bytes of its answers."""

    def __init__(self, server: MailServer) -> None:
        self.port, self.breaks_after = free_port(), 0
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(line,), daemon=True).start()

    def _carry(self, line: socket.socket) -> None:
        with line, socket.create_connection(("127.0.0.1", self._server.plain)) as behind:
            back = threading.Thread(target=self._pump, args=(behind, line, self.breaks_after))
            back.start()
            self._pump(line, behind, None)
            back.join()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(1000):
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                target.sendall(data)
                if left == 0:
                    break
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def test_a_line_that_breaks_anywhere_loses_and_doubles_nothing(
    both_databases: Database, server: MailServer, folder: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAUSES", (timedelta(0),))
    for number in range(3):
        server.deliver(mail(f"Thư {number} " + "x" * 2000, number), NOW, folder)
    with closing(Proxy(server)) as line:
        for bytes_left in range(200, 9000, 700):
            line.breaks_after = bytes_left
            intake = make(both_databases, port=line.port)
            intake.look(NOW + timedelta(seconds=bytes_left))
            intake.close()
        line.breaks_after = 10**9
        make(both_databases, port=line.port).look(NOW + timedelta(hours=1))
    assert [each.said[:5] for each in tickets(both_databases)] == ["Thư 0", "Thư 1", "Thư 2"]


def test_a_server_that_is_down_is_told_of_and_asked_again_and_mail_of_meanwhile_keeps_its_time(
    database: Database, server: MailServer, folder: str, make: Make
) -> None:
    server.deliver(mail("Trước"), NOW, folder)
    intake = make(database)
    assert intake.look(NOW) == 1
    server.stop()
    try:
        assert intake.look(NOW + timedelta(minutes=1)) == 0
        with database.read() as session:
            place = session.scalars(select(HotlineMailbox)).one()
        assert place.failing_since == NOW + timedelta(minutes=1)
        assert place.problem is not None
        assert intake.look(NOW + timedelta(minutes=1, seconds=5)) == 0, "it is not asked at once again"
    finally:
        server.start()
    server.deliver(mail("Lúc đó", 2), NOW + timedelta(minutes=2), folder)
    assert intake.look(NOW + timedelta(hours=2)) == 1
    assert tickets(database)[1].first_contact_at == NOW + timedelta(minutes=2)
    with database.read() as session:
        assert session.scalars(select(HotlineMailbox.failing_since)).one() is None


def test_a_wrong_password_and_a_server_that_says_nothing_are_problems_and_no_more(
    database: Database, make: Make, server: MailServer, folder: str
) -> None:
    wrong = make(database, password="another")
    assert wrong.look(NOW) == 0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = Mailbox("localhost", silent.getsockname()[1], security="tls", user=USER, password=PASSWORD, seconds=0.3)
        with pytest.raises(MailboxProblem):
            quiet.open()
    with database.read() as session:
        assert "sign-in" in str(session.scalars(select(HotlineMailbox.problem)).one())


def test_a_mail_that_our_reader_fails_at_is_a_ticket_all_the_same(
    database: Database, server: MailServer, folder: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = module.read_mail

    def fails(content: bytes, *arguments: str) -> Any:
        if b"poison" in content:
            raise RecursionError
        return read(content, *arguments)

    monkeypatch.setattr(module, "read_mail", fails)
    for number, words in enumerate(("poison", "gut")):
        server.deliver(mail(words, number), NOW - timedelta(hours=1), folder)
    assert make(database).look(NOW) == 2
    broken, good = tickets(database)
    assert (good.said, broken.first_contact_at) == ("gut", NOW - timedelta(hours=1))
    assert "poison" not in broken.said


def test_the_mailbox_is_left_as_it_is(database: Database, server: MailServer, make: Make, folder: str) -> None:
    server.deliver(mail("Xin gạo"), NOW, folder)
    make(database).look(NOW)
    assert not any(b"Seen" in each or b"Deleted" in each for each in server.flags(folder)), "staff's mail stays unread"


def test_two_intakes_at_once_make_one_ticket_of_each_mail(
    both_databases: Database, server: MailServer, folder: str, make: Make
) -> None:
    for number in range(12):
        server.deliver(mail(f"Thư {number}", number), NOW, folder)
    intakes = [make(both_databases) for _ in range(3)]
    threads = [threading.Thread(target=each.look, args=(NOW,)) for each in intakes]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.said for each in tickets(both_databases)) == sorted(f"Thư {number}" for number in range(12))
    with both_databases.read() as session:
        assert session.scalar(select(func.max(HotlineMailbox.last_uid))) == 12


def test_an_answered_ticket_is_opened_again_by_its_callers_mail_within_72_hours_and_thanks_open_nothing(
    both_databases: Database, server: MailServer, folder: str, make: Make
) -> None:
    server.deliver(mail("Xin gạo"), NOW, folder)
    intake = make(both_databases)
    intake.look(NOW)
    reply = {"In-Reply-To": f"<{queued(both_databases)[0].reference}@1022.example.vn>"}
    with both_databases.write() as session:
        account = add_account(session, "desk", "đúng là mật khẩu", Role.STAFF, zones=[], now=NOW).id
        row = session.scalars(select(HotlineTicket)).one()
        answer(session, row.id, Doer(account, frozenset({Party.DESK})), NOW, seen=mark(row), words="Gạo đến lúc 17 giờ.")
    later = NOW + timedelta(hours=71)
    server.deliver(mail("Cảm ơn nhiều!", 2, **reply), later, folder)
    intake.look(later)
    assert tickets(both_databases)[0].reopened == 0
    server.deliver(mail("Gạo vẫn chưa tới", 3, **reply), later, folder)
    intake.look(later)
    (again,) = tickets(both_databases)
    assert (again.state, again.reopened, again.due_at) == (TicketState.NEW, 1, NOW + timedelta(hours=5))
    assert [each.words for each in events(both_databases, EventKind.ADDED)] == ["Cảm ơn nhiều!", "Gạo vẫn chưa tới"]
    with both_databases.write() as session:
        row = session.scalars(select(HotlineTicket)).one()
        row.state, row.answered_at = TicketState.ANSWERED, later
    much_later = later + timedelta(hours=73)
    server.deliver(mail("Lại hết gạo", 4, **reply), much_later, folder)
    intake.look(much_later)
    assert len(tickets(both_databases)) == 2
