"""Prompts by e-mail, over one SMTP connection for a batch."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

from monitor.words import N_
from rollcall.channels import ChannelProblem, Message, Outcome, Sent, Uncertain

_SECONDS = 20.0


class Email:
    """SMTP knows no idempotency key: what was handed over without an answer is uncertain."""

    name = "email"
    idempotent = False

    def __init__(self, host: str, port: int, *, security: str, user: str, password: str, sender: str) -> None:
        """security: none, starttls or tls. sender: the address that mail comes from."""
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._sender = sender

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over one after the other; a connection that breaks is made anew for the next one."""
        connection: smtplib.SMTP | None = self._connect()
        try:
            for message in messages:
                if connection is None:
                    try:
                        connection = self._connect()
                    except ChannelProblem as problem:
                        # Taken already, and never handed over: it may be tried again.
                        yield message, problem
                        continue
                outcome, broken = self._hand_over(connection, message)
                if broken:
                    connection.close()
                    connection = None
                yield message, outcome
        finally:
            if connection is not None:
                try:
                    connection.quit()
                except (OSError, smtplib.SMTPException):
                    connection.close()

    def close(self) -> None:
        """Nothing stays open between batches."""

    def _connect(self) -> smtplib.SMTP:
        try:
            if self._security == "tls":
                context = ssl.create_default_context()
                connection: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_SECONDS, context=context)
            else:
                connection = smtplib.SMTP(self._host, self._port, timeout=_SECONDS)
            if self._security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._user:
                connection.login(self._user, self._password)
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelProblem(
                N_("The mail server cannot be used (%(why)s)."), permanent=False, why=type(error).__name__
            ) from None
        return connection

    def _hand_over(self, connection: smtplib.SMTP, message: Message) -> tuple[Outcome, bool]:
        """What came of it, and whether the connection broke."""
        mail, name = self._mail(message)
        try:
            connection.send_message(mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            code = error.recipients[message.to][0] if isinstance(error, smtplib.SMTPRecipientsRefused) else error.smtp_code
            refused = ChannelProblem(
                N_("The mail server refused the message (status %(status)s)."), permanent=500 <= code < 600, status=code
            )
            # A dialogue that was broken off with a code of the library's own is no refusal.
            return (Uncertain(), True) if code < 0 else (refused, False)
        except (OSError, smtplib.SMTPException):
            return Uncertain(), True
        return Sent(name), False

    def _mail(self, message: Message) -> tuple[EmailMessage, str]:
        mail = EmailMessage(policy=SMTP)
        name = f"<{message.reference}@{self._sender.rpartition('@')[2]}>"
        mail["From"] = self._sender
        mail["To"] = message.to
        mail["Subject"] = message.title or message.text[:60]
        # The same for every attempt, so that a mail server that drops copies can.
        mail["Message-ID"] = name
        mail["Content-Language"] = message.language
        mail.set_content(message.text)
        return mail, name
