"""Prompts by e-mail, over a few SMTP connections for a batch; what one recipient or the server does costs no other message."""

from __future__ import annotations

import asyncio
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import BinaryIO

from monitor.authority import Authority
from monitor.calls_out.http import JOURNEY, Journey
from monitor.models.rollcalls.channels import ChannelName
from monitor.problems import BadInput
from monitor.settings import Settings
from monitor.words import N_
from rollcall.channels.at_once import AtOnce, failed_here
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.cutting import cut_after
from rollcall.channels.email_addresses import read_email

_SECONDS = 10.0
# One after the other while that is quick; beside one that hangs the next goes over another connection.
_PATIENCE, _MOST = 0.5, 4
_LONGEST_ANSWER = 2**16  # bytes
# "Service not available, closing transmission channel" (RFC 5321, 4.2.3).
_CLOSING = 421


def email_of(settings: Settings) -> Email:
    """The mail server that is set up."""
    return Email(
        settings.smtp_host,
        settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.mail_from,
        authority=settings.speaker,
    )


class Email:
    """SMTP knows no idempotency key: what was handed over without an answer is uncertain."""

    name = ChannelName.EMAIL
    idempotent = False

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: str,
        user: str,
        password: str,
        sender: str,
        authority: Authority,
        seconds: float = _SECONDS,
    ) -> None:
        """security: none, starttls or tls. sender: the address that mail comes from. authority: who writes, beside it.

        seconds: for one message, and for making a connection.
        """
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._sender = sender
        self._authority = authority
        self._seconds = seconds
        self._line = AtOnce(self._one, at_once=1, patience=_PATIENCE, most=_MOST)
        self._idle: list[_Connection] = []
        self._open = 0
        self._free = threading.Condition()

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over; a connection that breaks is made anew for the next one."""
        self._give_back(self._take())
        try:
            yield from self._line.send(messages)
        finally:
            self._hang_up()

    def close(self) -> None:
        """Nothing stays open between batches."""
        self._line.close()
        self._hang_up()

    async def _one(self, message: Message) -> Outcome:
        return await asyncio.to_thread(self._hand_over, message)

    def _hand_over(self, message: Message) -> Outcome:
        try:
            to = read_email(message.to)
            mail, name = self._mail(message, to)
        except BadInput:
            return ChannelProblem(N_("The mail server would not take this e-mail address."), permanent=True)
        try:
            connection = self._take()
        except ChannelProblem as problem:
            return problem
        outcome: Outcome = failed_here()
        broken = True
        try:
            with cut_after(connection, self._seconds):
                outcome, broken = _hand_in(connection, self._sender, to, mail, Sent(name))
        finally:
            self._give_back(connection, broken=broken)
        return outcome

    def _take(self) -> _Connection:
        """A connection of one's own. Raises ChannelProblem."""
        with self._free:
            if self._idle:
                return self._idle.pop()
            self._open += 1
        try:
            return self._connect()
        except ChannelProblem:
            with self._free:
                self._open -= 1
                # A server that wants no second connection: somebody else's will be free.
                if self._open and self._free.wait_for(lambda: self._idle, self._seconds):
                    return self._idle.pop()
            raise

    def _give_back(self, connection: _Connection, *, broken: bool = False) -> None:
        with self._free:
            if broken:
                self._open -= 1
            else:
                self._idle.append(connection)
            self._free.notify()
        if broken:
            connection.close()

    def _hang_up(self) -> None:
        with self._free:
            idle, self._idle = self._idle, []
            self._open -= len(idle)
        for each in idle:
            try:
                with cut_after(each, 1.0):
                    each.quit()
            except (OSError, smtplib.SMTPException):
                each.close()

    def _connect(self) -> _Connection:
        connection = _Connection(self._host, tls=self._security == "tls", seconds=self._seconds)
        try:
            with cut_after(connection, self._seconds):
                code, _ = connection.connect(self._host, self._port)
                if code != 220:
                    raise smtplib.SMTPConnectError(code, b"")
                if self._security == "starttls":
                    connection.starttls(context=ssl.create_default_context())
                if self._user:
                    connection.login(self._user, self._password)
                connection.ehlo_or_helo_if_needed()
        except (OSError, ValueError, smtplib.SMTPException) as error:
            connection.close()
            raise ChannelProblem(
                N_("The mail server cannot be used (%(why)s)."), permanent=False, why=type(error).__name__
            ) from None
        return connection

    def _mail(self, message: Message, to: str) -> tuple[bytes, str]:
        mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        name = f"<{message.reference}@{self._sender.rpartition('@')[2]}>"
        mail["From"] = Address(self._authority.headed(message.language), addr_spec=self._sender)
        mail["To"] = Address(addr_spec=to)
        # A line's end in it would begin another header.
        mail["Subject"] = " ".join((message.title or message.text[:60]).split())
        # The same for every attempt, so that a mail server that drops copies can.
        mail["Message-ID"] = name
        mail["Content-Language"] = message.language
        if message.in_reply_to:
            mail["In-Reply-To"] = mail["References"] = message.in_reply_to
            # Programs that answer for people who are away leave answers alone that ask for it.
            mail["X-Auto-Response-Suppress"] = "All"
        if message.by_itself:
            # RFC 3834: whatever machine reads it does not answer.
            mail["Auto-Submitted"] = "auto-replied" if message.in_reply_to else "auto-generated"
        mail.set_content(message.text)
        return mail.as_bytes(), name


class _Connection(smtplib.SMTP):
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


def _hand_in(connection: _Connection, sender: str, to: str, mail: bytes, sent: Sent) -> tuple[Outcome, bool]:
    """What came of one mail, and whether the connection is of no more use. Nothing left before the whole mail was written."""
    try:
        for code, _said in _commands(connection, sender, to):
            if not 200 <= code < 400:
                return _refused(code), code == _CLOSING or not _starts_anew(connection)
        connection.send(re.sub(rb"(?m)^\.", b"..", mail) + (b"" if mail.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        JOURNEY.get(Journey()).left = True
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return _broken(error), True
    try:
        code, _said = connection.getreply()
    except (OSError, ValueError, smtplib.SMTPException):
        return Uncertain(), True
    if code == 250:
        return sent, False
    # A dialogue that was broken off with a code of the library's own is no refusal.
    return (Uncertain(), True) if code < 200 else (_refused(code), code == _CLOSING)


def _commands(connection: _Connection, sender: str, to: str) -> Iterator[tuple[int, bytes]]:
    yield connection.mail(sender)
    yield connection.rcpt(to)
    yield connection.docmd("data")


def _starts_anew(connection: _Connection) -> bool:
    try:
        code, _said = connection.rset()
    except (OSError, ValueError, smtplib.SMTPException):
        return False
    return code == 250


def _refused(code: int) -> ChannelProblem:
    if code < 0:
        return _broken(smtplib.SMTPServerDisconnected())
    return ChannelProblem(
        N_("The mail server refused the message (status %(status)s)."), permanent=500 <= code < 600, status=code
    )


def _broken(error: Exception) -> ChannelProblem:
    return ChannelProblem(N_("The mail server cannot be used (%(why)s)."), permanent=False, why=type(error).__name__)
