"""A document as a mail: who writes, a few lines, the files; signed where the province's domain has a key (DKIM, RFC 6376). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from monitor.authority import Authority
from monitor.settings import Settings

_SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"content-language", b"mime-version", b"content-type")
_TYPES = {
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": ("application", "json"),
}


@dataclass(frozen=True)
class Attachment:
    """One file. name: as the recipient sees it, in ASCII; its ending says what it is."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Signer:
    """A domain's private key, as PEM, and under which name its DNS has the public one."""

    key: bytes
    selector: str
    domain: str

    def signed(self, mail: bytes) -> bytes:
        """The mail with its signature above it."""
        # Loaded here: most services sign nothing.
        import dkim

        signature: bytes = dkim.sign(
            mail, self.selector.encode(), self.domain.encode(), self.key, include_headers=list(_SIGNED)
        )
        return signature + mail


def signer_of(settings: Settings) -> Signer | None:
    """The key that is set; None without one."""
    if not settings.dkim_key:
        return None
    domain = settings.dkim_domain or settings.mail_from.rpartition("@")[2]
    return Signer(settings.dkim_key.encode(), settings.dkim_selector, domain)


@dataclass(frozen=True)
class Letter:
    """What is mailed. message_id: the same for each try; at: when it was asked for, the same too."""

    to: str
    subject: str
    text: str
    language: str
    message_id: str
    at: datetime
    attachments: Sequence[Attachment] = ()


def mail_of(letter: Letter, sender: str, authority: Authority, signer: Signer | None) -> bytes:
    """As it is handed in, with lines that end as the standard wants them."""
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"] = Address(authority.headed(letter.language), addr_spec=sender)
    mail["To"] = Address(addr_spec=letter.to)
    # A line's end in it would begin another header.
    mail["Subject"] = " ".join(letter.subject.split())
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = letter.message_id
    mail["Content-Language"] = letter.language
    # RFC 3834: whatever machine reads it does not answer.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    for each in letter.attachments:
        main, sub = _TYPES[each.name.rpartition(".")[2]]
        mail.add_attachment(each.content, maintype=main, subtype=sub, filename=each.name)
    written = mail.as_bytes()
    return signer.signed(written) if signer is not None else written
