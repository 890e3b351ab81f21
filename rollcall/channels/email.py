"""Prompts by e-mail, over a few SMTP connections for a batch; what one recipient or the server does costs no other message."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

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
from rollcall.channels.smtp import SECONDS, Fate, HandedIn, SmtpConnection, SmtpServer, SmtpUnusable, connected, hand_in

# One after the other while that is quick; beside one that hangs the next goes over another connection.
_PATIENCE, _MOST = 0.5, 4


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
        seconds: float = SECONDS,
    ) -> None:
        """security: none, starttls or tls. sender: the address that mail comes from. authority: who writes, beside it.

        seconds: for one message, and for making a connection.
        """
        self._server = SmtpServer(host, port, security, user, password)
        self._sender = sender
        self._authority = authority
        self._seconds = seconds
        self._line = AtOnce(self._one, at_once=1, patience=_PATIENCE, most=_MOST)
        self._idle: list[SmtpConnection] = []
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
                came = hand_in(connection, self._sender, to, mail, before_end=_note_left)
                outcome, broken = _outcome(came, Sent(name)), not came.usable
        finally:
            self._give_back(connection, broken=broken)
        return outcome

    def _take(self) -> SmtpConnection:
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

    def _give_back(self, connection: SmtpConnection, *, broken: bool = False) -> None:
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
            each.say_goodbye()

    def _connect(self) -> SmtpConnection:
        try:
            return connected(self._server, self._seconds)
        except SmtpUnusable as error:
            raise _unusable(error.why) from None

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


def _outcome(came: HandedIn, sent: Sent) -> Outcome:
    """What came of a mail, as channels say it."""
    if came.fate is Fate.ACCEPTED:
        return sent
    if came.fate is Fate.UNCERTAIN:
        return Uncertain()
    if came.fate is Fate.BROKEN:
        return _unusable(came.said)
    return ChannelProblem(
        N_("The mail server refused the message (status %(status)s)."), permanent=came.permanent, status=came.code
    )


def _unusable(why: str) -> ChannelProblem:
    return ChannelProblem(N_("The mail server cannot be used (%(why)s)."), permanent=False, why=why)


def _note_left() -> bool:
    JOURNEY.get(Journey()).left = True
    return True
