"""The demonstration's mailbox: a small SMTP server (aiosmtpd) on this machine, each mail a file before it says that it took it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.service.parent import PortTaken
from monitor.words import N_

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST = 2**25  # bytes
_DIGITS = 8


@dataclass(frozen=True)
class Attached:
    """One file of a mail."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail as the page shows it. sequence: 1, 2, 3 … in order of arrival; signed: it bears a signature of a domain."""

    sequence: int
    received_at: datetime
    sender: str
    to: str
    subject: str
    text: str
    signed: bool
    attachments: tuple[Attached, ...]


class MailFolder:
    """Mails as files that are named by their number, for threads of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._count = max((int(each.stem) for each in folder.glob("*.eml")), default=0)

    @property
    def count(self) -> int:
        """How many there are."""
        with self._lock:
            return self._count

    def take(self, content: bytes) -> int:
        """Keep a mail; on disk when this returns. Returns its number."""
        with self._lock:
            number = self._count + 1
            path = self._path(number)
            with path.with_suffix(".part").open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.with_suffix(".part").rename(path)
            self._count = number
            return number

    def newest(self, most: int) -> list[Mail]:
        """The newest, first."""
        numbers = range(self.count, max(0, self.count - most), -1)
        return [mail for number in numbers if (mail := self.mail(number)) is not None]

    def mail(self, number: int) -> Mail | None:
        """One mail; None where there is none of this number."""
        path = self._path(number)
        if not path.is_file():
            return None
        parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = parsed.get_body(("plain",))
        return Mail(
            number,
            datetime.fromtimestamp(path.stat().st_mtime, UTC),
            str(parsed["From"] or ""),
            str(parsed["To"] or ""),
            str(parsed["Subject"] or ""),
            str(body.get_content()) if body is not None else "",
            parsed["DKIM-Signature"] is not None,
            tuple(_attached(each) for each in parsed.iter_attachments()),
        )

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:0{_DIGITS}}.eml"


def _attached(part: Any) -> Attached:
    content = part.get_payload(decode=True) or b""
    return Attached(part.get_filename() or "file", part.get_content_type(), content)


class MailServer:
    """Takes mail for whomever, on this machine alone."""

    def __init__(self, folder: MailFolder, port: int) -> None:
        # Loaded here: nothing but the demonstration has it installed.
        from aiosmtpd.controller import Controller

        self._folder, self._port = folder, port
        self._controller = Controller(self, hostname="127.0.0.1", port=port, data_size_limit=LARGEST)

    def start(self) -> None:
        """Serve in a thread. Raises PortTaken."""
        try:
            self._controller.start()
        except OSError:
            # It began one before it found the port taken.
            self._controller.loop.close()
            raise PortTaken(
                N_("Another program uses port %(port)s. Stop it, or choose another port with %(variable)s."),
                port=self._port,
                variable="--mail-port",
            ) from None

    def stop(self) -> None:
        """Serve no more."""
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd asks by this name
        """A whole mail."""
        content = envelope.content
        return f"250 2.0.0 taken as {self._folder.take(content if isinstance(content, bytes) else b'')}"
