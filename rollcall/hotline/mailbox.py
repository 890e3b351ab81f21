"""The hotline's mailbox on an IMAP server (RFC 3501): looked into, never changed; nothing that a server or a mail does takes more than its bounds.

Mails are known by their UID, which only grows, under a UIDVALIDITY, which changes when a server numbers anew.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

from monitor.problems import Problem
from monitor.settings import Settings
from monitor.words import N_
from rollcall.channels.cutting import cut_after
from rollcall.hotline.mail_reading import read_part

BEGINNING = 256 * 1024
"""Bytes that are read of a mail, whatever its size; the rest, mostly pictures, stays in the mailbox."""
_LONGEST_LITERAL = 2 * BEGINNING
_SILENT_S, _WHOLE_S = 20.0, 60.0
"""For one answer's next byte, and for one command with all of its answer."""
_PARTS = 8
_MOST_NUMBERS = 10_000
_INTERNALDATE = re.compile(r'INTERNALDATE " ?(\d{1,2})-(\w{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxProblem(Problem):
    """The mailbox cannot be looked into now."""

    status = 502


@dataclass(frozen=True)
class Fetched:
    """A mail as it lies there. arrived_at: when the server took it (INTERNALDATE), None where it does not say; size: bytes of all of it."""

    uid: int
    arrived_at: datetime | None
    size: int
    content: bytes


class Mailbox:
    """One connection, made when it is first needed and after each fault."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: str,
        user: str,
        password: str,
        folder: str = "INBOX",
        seconds: float = _WHOLE_S,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """security: tls, starttls or none. seconds: for one command. context: whose certificates are believed; those of the system."""
        self._host, self._port, self._security = host, port, security
        self._user, self._password, self._folder = user, password, folder
        self._seconds, self._context = seconds, context
        self._connection: _Connection | None = None
        self.validity, self.next = 0, 0
        """As the folder was last opened: UIDVALIDITY, and the number that the next mail will get (0: the server does not say)."""

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, imaplib.IMAP4.error), cut_after(connection, 2.0):
                connection.logout()
            connection.end()

    def open(self) -> int:
        """Look into the folder as it is now; returns its UIDVALIDITY. Raises MailboxProblem."""
        if self._connection is None:
            self._connect()
        with self._asked() as connection:
            # Anew each time: what came since, and whether the numbers still hold. For reading only: what staff have not read stays unread.
            kind, _ = connection.select(quoted(self._folder), readonly=True)
            if kind != "OK":
                raise MailboxProblem(N_("The mailbox has no folder %(folder)s."), folder=self._folder)
            told = connection.response("UIDVALIDITY")[1]
            self.validity, self.next = _number(told), _number(connection.response("UIDNEXT")[1])
        return self.validity

    def after(self, uid: int) -> list[int]:
        """The numbers of mails that came after this one, in their order. Raises MailboxProblem."""
        # "n:*" always has the last one, also where that is an older one.
        return [each for each in self._search(f"UID {uid + 1}:*") if each > uid]

    def since(self, day: date) -> list[int]:
        """The numbers of mails that arrived on a day or later, by the server's calendar. Raises MailboxProblem."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def fetch(self, uid: int) -> Fetched | None:
        """One mail, as far as BEGINNING; None where it was taken away meanwhile. Raises MailboxProblem."""
        with self._asked() as connection:
            kind, data = connection.uid("FETCH", str(uid), f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{BEGINNING}>)")
        if kind != "OK":
            raise MailboxProblem(N_("The mail server refused to hand over a mail."))
        literals = [each for each in data if isinstance(each, tuple)]
        if not literals:
            return None
        line = b" ".join(each[0] for each in literals) + b" ".join(each for each in data if isinstance(each, bytes))
        size = _SIZE.search(line)
        content = bytes(literals[0][1])
        return Fetched(uid, _arrived(line), int(size[1]) if size else len(content), content)

    def words_behind(self, uid: int) -> str:
        """The words of a mail that stand behind what `fetch` reads: its first part that has some, two levels deep. Raises MailboxProblem."""
        for path in self._paths(uid, [str(number) for number in range(1, _PARTS + 1)]):
            with self._asked() as connection:
                kind, data = connection.uid("FETCH", str(uid), f"(BODY.PEEK[{path}.MIME] BODY.PEEK[{path}]<0.{BEGINNING}>)")
            found = [bytes(each[1]) for each in data if isinstance(each, tuple)]
            words = read_part(found[0], found[1]).strip() if kind == "OK" and len(found) == 2 else ""
            if words:
                return words
        return ""

    def _paths(self, uid: int, of: Sequence[str]) -> Iterator[str]:
        """Where parts with words are: those of `of`, and what is inside of one of several forms."""
        asked = " ".join(f"BODY.PEEK[{each}.MIME]" for each in of)
        with self._asked() as connection:
            _, data = connection.uid("FETCH", str(uid), f"({asked})")
        for each in data:
            if not isinstance(each, tuple):
                continue
            named, head = re.search(rb"BODY\[([0-9.]+)\.MIME\]", each[0]), bytes(each[1]).lower()
            if named is None:
                continue
            path = named[1].decode()
            if b"multipart/" in head and "." not in path:
                yield from (f"{path}.{number}" for number in range(1, 3))
            elif b"text/plain" in head or b"text/html" in head:
                yield path

    def _search(self, criterion: str) -> list[int]:
        with self._asked() as connection:
            kind, data = connection.uid("SEARCH", criterion)
        if kind != "OK":
            raise MailboxProblem(N_("The mail server refused to say which mails there are."))
        numbers = b" ".join(each for each in data if isinstance(each, bytes)).split()
        # The oldest first; what is more comes with the next look.
        return sorted(int(each) for each in numbers if each.isdigit())[:_MOST_NUMBERS]

    def _connect(self) -> None:
        connection: _Connection | None = None
        try:
            connection = _Connection(
                self._host, self._port, self._security == "tls", self._context or ssl.create_default_context()
            )
            with cut_after(connection, self._seconds):
                connection.begin()
                if self._security == "starttls":
                    connection.starttls(connection.context)
                connection.login(self._user, self._password)
        except (OSError, ValueError, imaplib.IMAP4.error) as error:
            if connection is not None:
                connection.end()
            refused = isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort)
            if refused:
                raise MailboxProblem(N_("The mail server refused the sign-in of the mailbox of 1022.")) from None
            raise _unusable(error) from None
        self._connection = connection

    @contextmanager
    def _asked(self) -> Iterator[_Connection]:
        """The connection for one command; given up with whatever goes wrong. Raises MailboxProblem."""
        connection = self._connection
        if connection is None:
            raise MailboxProblem(N_("The mailbox is not open."))
        try:
            with cut_after(connection, self._seconds):
                yield connection
        except (OSError, ValueError, IndexError, imaplib.IMAP4.error) as error:
            self._connection = None
            connection.end()
            raise _unusable(error) from None


class _Connection(imaplib.IMAP4):
    """Can be cut at any moment, in the middle of a greeting of TLS too, and reads no more than was asked for."""

    def __init__(self, host: str, port: int, tls: bool, context: ssl.SSLContext) -> None:
        self.context = context
        self._tls, self._address = tls, (host, port)
        self._line: socket.socket | None = None

    def begin(self) -> None:
        """Connect, and read the greeting."""
        super().__init__(*self._address, timeout=_SILENT_S)

    def cut(self) -> None:
        """Let whoever waits for the server wait no longer; asked by another thread."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Hang up without a word."""
        with suppress(OSError, AttributeError):
            self.shutdown()
        if self._line is not None:
            self._line.close()

    def read(self, size: int) -> bytes:
        """A literal. Raises OSError where it is longer than anything that was asked for, or ends before its end."""
        if size > _LONGEST_LITERAL:
            raise OSError("a literal that is too long")
        content = super().read(size)
        if len(content) < size:
            raise OSError("the line ended in a literal")
        return content

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connected = socket.create_connection(self._address, timeout)
        # Of the same line: the layer of TLS takes the socket itself away.
        self._line = connected.dup()
        return self.context.wrap_socket(connected, server_hostname=self._address[0]) if self._tls else connected


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def mailbox_of(settings: Settings) -> Mailbox | None:
    """The mailbox that is set up; None without one."""
    if not settings.hotline_mail_host:
        return None
    return Mailbox(
        settings.hotline_mail_host,
        settings.hotline_mail_port,
        security=settings.hotline_mail_security,
        user=settings.hotline_mail_user,
        password=settings.hotline_mail_password,
        folder=settings.hotline_mail_folder,
    )


def _number(told: Sequence[object] | None) -> int:
    return int(told[0]) if told and isinstance(told[0], bytes) and told[0].isdigit() else 0


def quoted(folder: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3) in quotation marks."""
    written = re.sub(
        r"[^\x20-\x7e]+",
        lambda found: "&" + found[0].encode("utf-7").decode()[1:].rstrip("-").replace("/", ",") + "-",
        folder.replace("&", "&-"),
    )
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _arrived(line: bytes) -> datetime | None:
    found = _INTERNALDATE.search(line.decode("ascii", "replace"))
    if found is None or found[2] not in _MONTHS:
        return None
    day, month, year, clock, zone = found.groups()
    with suppress(ValueError):
        # Not by names of months in the language of the machine.
        return datetime.fromisoformat(f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02}T{clock}{zone}").astimezone(UTC)
    return None


def _unusable(error: Exception) -> MailboxProblem:
    return MailboxProblem(N_("The mail server cannot be used (%(why)s)."), why=type(error).__name__)
