"""Handing a mail to an SMTP server (RFC 5321): in bounded time, with what the server said, and with what is known of a line that broke.

Until its last dot a mail surely did not leave; behind the dot only the server's answer tells.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from rollcall.channels.cutting import cut_after

SECONDS = 10.0
"""For one mail, and for making a connection."""
_LONGEST_ANSWER = 2**16  # bytes
LONGEST_SAID = 300  # characters of an answer that are kept
# "Service not available, closing transmission channel" (RFC 5321, 4.2.3).
_CLOSING = 421


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over. security: none, starttls or tls; user: empty where there is no sign-in."""

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = ""


class Fate(StrEnum):
    """What is known of a mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """With a code: 5xx for good, 4xx for now."""
    BROKEN = "broken"
    """The line broke before the mail's end was written: it surely did not leave."""
    UNCERTAIN = "uncertain"
    """Its end was written, and no answer came."""


@dataclass(frozen=True)
class HandedIn:
    """What came of one mail. code: of SMTP, 0 where none came; said: the server's words; usable: whether the line can take another."""

    fate: Fate
    code: int = 0
    said: str = ""
    usable: bool = False

    @property
    def permanent(self) -> bool:
        """Whether the server will say the same again."""
        return self.fate is Fate.REFUSED and 500 <= self.code < 600


class SmtpUnusable(Exception):
    """No connection, or no sign-in; nothing left. args[0]: what broke."""

    def __init__(self, why: str, code: int = 0, said: str = "") -> None:
        super().__init__(why)
        self.why, self.code, self.said = why, code, said


def connected(server: SmtpServer, seconds: float = SECONDS) -> SmtpConnection:
    """A connection that takes mail. Raises SmtpUnusable."""
    connection = SmtpConnection(server.host, tls=server.security == "tls", seconds=seconds)
    try:
        with cut_after(connection, seconds):
            code, said = connection.connect(server.host, server.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
            connection.ehlo_or_helo_if_needed()
    except smtplib.SMTPResponseException as error:
        connection.close()
        raise SmtpUnusable(type(error).__name__, error.smtp_code, _said(error.smtp_error)) from None
    except (OSError, ValueError, smtplib.SMTPException) as error:
        connection.close()
        raise SmtpUnusable(type(error).__name__) from None
    return connection


def hand_in(
    connection: SmtpConnection, sender: str, to: str, mail: bytes, *, before_end: Callable[[], bool] = lambda: True
) -> HandedIn:
    """Hand one mail in. before_end: called when all of it is written but the dot that ends it; where it says no, nothing leaves."""
    try:
        for code, said in _commands(connection, sender, to):
            if not 200 <= code < 400:
                return _refused(connection, code, said)
        connection.send(re.sub(rb"(?m)^\.", b"..", mail) + (b"" if mail.endswith(b"\r\n") else b"\r\n"))
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return HandedIn(Fate.BROKEN, said=type(error).__name__)
    if not before_end():
        return HandedIn(Fate.BROKEN)
    try:
        # What the socket did not take is not on its way.
        connection.send(b".\r\n")
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return HandedIn(Fate.BROKEN, said=type(error).__name__)
    try:
        code, said = connection.getreply()
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return HandedIn(Fate.UNCERTAIN, said=type(error).__name__)
    if code == 250:
        return HandedIn(Fate.ACCEPTED, code, _said(said), usable=True)
    # A dialogue that was broken off with a code of the library's own is no refusal.
    return HandedIn(Fate.UNCERTAIN) if code < 200 else HandedIn(Fate.REFUSED, code, _said(said), usable=code != _CLOSING)


def _commands(connection: SmtpConnection, sender: str, to: str) -> Iterator[tuple[int, bytes]]:
    yield connection.mail(sender)
    yield connection.rcpt(to)
    yield connection.docmd("data")


def _refused(connection: SmtpConnection, code: int, said: bytes) -> HandedIn:
    if code < 0:
        return HandedIn(Fate.BROKEN, said=smtplib.SMTPServerDisconnected.__name__)
    return HandedIn(Fate.REFUSED, code, _said(said), usable=code != _CLOSING and _starts_anew(connection))


def _starts_anew(connection: SmtpConnection) -> bool:
    try:
        code, _said = connection.rset()
    except (OSError, ValueError, smtplib.SMTPException):
        return False
    return code == 250


def _said(answer: bytes | str) -> str:
    """As it is kept: one line, of letters that can be shown."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:LONGEST_SAID]


class SmtpConnection(smtplib.SMTP):
    """Can be cut at any moment, in the middle of a greeting of TLS too, and reads so much of an answer."""

    def __init__(self, host: str, *, tls: bool, seconds: float) -> None:
        super().__init__(timeout=seconds)
        self._line: socket.socket | None = None
        self._tls = tls
        # Whose certificate it is to be: smtplib knows it only where it connects in its constructor.
        self._host = host

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer."""
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock.makefile("rb"))
        if isinstance(self.file, _Bounded):
            self.file.left = _LONGEST_ANSWER
        return super().getreply()

    def cut(self) -> None:
        """Let whoever waits for the server wait no longer; asked by another thread."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up."""
        super().close()
        if self._line is not None:
            self._line.close()

    def say_goodbye(self) -> None:
        """Hang up as the standard wants it, within a second."""
        try:
            with cut_after(self, 1.0):
                self.quit()
        except (OSError, smtplib.SMTPException):
            self.close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = socket.create_connection((host, port), timeout)
        # Of the same line: the layer of TLS takes the socket itself away.
        self._line = connected.dup()
        if not self._tls:
            return connected
        return ssl.create_default_context().wrap_socket(connected, server_hostname=self._host)


class _Bounded:
    """A file of answers, of which only so many bytes are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = _LONGEST_ANSWER

    def readline(self, limit: int) -> bytes:
        """The next line. Raises OSError where the answer never ends."""
        line = self._file.readline(limit)
        self.left -= len(line)
        if self.left < 0:
            raise OSError
        return line

    def close(self) -> None:
        """Read no more."""
        self._file.close()
