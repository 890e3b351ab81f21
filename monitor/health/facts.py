"""What the checks of an installation judge: plain values, gathered elsewhere. None: could not be found out, or does not apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.people.sunset import Sunset
from monitor.words import Words


@dataclass(frozen=True)
class DatabaseFacts:
    """kind: "sqlite" or "postgresql". problem: why it could not be asked; then nothing else is known.

    schema: whether its revision is the one this version needs. clock_apart: by how much its clock is ahead of this machine's; None: it
    has no other.
    """

    kind: str
    version: str = ""
    problem: Words | None = None
    schema: bool = True
    clock_apart: timedelta | None = None


@dataclass(frozen=True)
class CertificateFacts:
    """Of which address or file; when it ends. problem: why that is not known, or why browsers do not accept it."""

    name: str
    ends_at: datetime | None = None
    problem: Words | None = None


@dataclass(frozen=True)
class DiskFacts:
    """Of the disk that the data folder is on, in bytes. writable: whether the service can write there."""

    free: int
    total: int
    writable: bool = True


@dataclass(frozen=True)
class ChannelFacts:
    """A channel that is set up. sent_at: something last left over it; receipt_at: a gateway last told of an arrival.

    failed: why the last test from the console was not accepted, unless a later one was.
    """

    name: str
    sent_at: datetime | None = None
    receipt_at: datetime | None = None
    failed: Words | None = None


@dataclass(frozen=True)
class MailboxFacts:
    """The mailbox of 1022. read_at: when all that was there had last been taken in; failed: why it cannot be looked into, since when."""

    read_at: datetime
    failing_since: datetime | None = None
    failed: Words | None = None


@dataclass(frozen=True)
class ZoneCameras:
    """A zone's cameras: planned: in use; working: with a picture that is well; believed: whose picture counts for presence now."""

    zone: str
    planned: int
    working: int
    believed: int


@dataclass(frozen=True)
class ProxyFacts:
    """https: the console's address begins with it. secure_cookies, trusted: the settings. forwarded: the request for this page came with
    headers of a proxy that is not trusted; None where no request is there to be looked at.
    """

    https: bool
    secure_cookies: bool
    trusted: bool
    forwarded: bool | None = None


@dataclass(frozen=True)
class AccountFacts:
    """administrators: whether one can sign in. unguarded: names of some who need a second factor and have none."""

    administrators: bool
    unguarded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All of an installation. What needs the database is empty while that cannot be asked."""

    now: datetime
    service_version: str
    python: tuple[int, int, int]
    libraries: dict[str, str]
    database: DatabaseFacts
    disk: DiskFacts
    backup_at: datetime | None
    proxy: ProxyFacts
    certificates: tuple[CertificateFacts, ...] = ()
    channels: tuple[ChannelFacts, ...] = ()
    mailbox: MailboxFacts | None = None
    cameras: tuple[ZoneCameras, ...] = ()
    processes: dict[str, int] = field(default_factory=dict)
    accounts: AccountFacts | None = None
    sheet_confirmed: bool | None = None
    authority: str = ""
    zones: bool | None = None
    sunset: Sunset | None = None
    """Until when people can be enrolled; None: nobody decided."""
