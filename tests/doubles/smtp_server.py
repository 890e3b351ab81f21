"""A real SMTP server on loopback that does with each mail what a test wants: takes it, refuses, delays, falls silent, drops the line."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.doubles.ports import free_port


class Deed(StrEnum):
    """What it does with the next mail."""

    TAKE = "take"
    REFUSE = "refuse"
    """550 at the recipient."""
    REFUSE_AFTER = "refuse_after"
    """554 when all of it is there."""
    DELAY = "delay"
    """450 at the recipient."""
    BUSY = "busy"
    """451 when all of it is there."""
    SILENT = "silent"
    """It says nothing to the recipient's address."""
    SILENT_AFTER = "silent_after"
    """It takes the mail, and never says so."""
    DROP = "drop"
    """It takes the mail, and the line is cut before it says so."""
    DROP_BEFORE = "drop_before"
    """The line is cut at the recipient's address."""
    TWICE = "twice"
    """It takes it, and delivers it twice."""


class OddServer:
    """deeds: of the next mails, one after the other; then it takes each. mails: what it delivered, in order."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.port = free_port()
        self._doing: dict[int, Deed] = {}
        self._controller: Controller | None = None

    def start(self) -> OddServer:
        """Serve."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, data_size_limit=2**25)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Be down."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def parsed(self) -> list[EmailMessage]:
        """The mails as programs read them."""
        return [message_from_bytes(each, policy=policy.default) for each in self.mails]  # type: ignore[misc]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd asks by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """The recipient's address."""
        # Of this mail: several may be on their way at once.
        deed = self._doing[id(envelope)] = self.deeds.pop(0) if self.deeds else Deed.TAKE
        if deed is Deed.REFUSE:
            return "550 5.1.1 no such mailbox here"
        if deed is Deed.DELAY:
            return "450 4.2.0 greylisted, try again"
        if deed is Deed.SILENT:
            await asyncio.sleep(3600)
        if deed is Deed.DROP_BEFORE:
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """All of a mail."""
        deed = self._doing.pop(id(envelope))
        if deed is Deed.REFUSE_AFTER:
            return "554 5.7.1 not wanted"
        if deed is Deed.BUSY:
            return "451 4.3.0 try later"
        assert isinstance(envelope.content, bytes)
        self.mails += [envelope.content] * (2 if deed is Deed.TWICE else 1)
        self.recipients += envelope.rcpt_tos * (2 if deed is Deed.TWICE else 1)
        if deed is Deed.SILENT_AFTER:
            await asyncio.sleep(3600)
        if deed is Deed.DROP:
            server.transport.abort()
        return f"250 2.0.0 taken as {len(self.mails)}"


@contextmanager
def odd_server(*deeds: Deed) -> Iterator[OddServer]:
    """One that runs."""
    server = OddServer()
    server.deeds += deeds
    server.start()
    try:
        yield server
    finally:
        server.stop()


def closed_port() -> int:
    """Where nobody listens."""
    with closing(socket.socket()) as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])
