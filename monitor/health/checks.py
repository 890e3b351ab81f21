"""What is right, missing or wrong with an installation, and what to do: pure decisions from facts, each in one sentence or two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.health.facts import CertificateFacts, ChannelFacts, Facts, MailboxFacts, ZoneCameras
from monitor.people import sunset
from monitor.people.sunset import Standing
from monitor.words import N_, Words, words

OLDEST_PYTHON = (3, 11)
LEAST_FREE, LITTLE_FREE = 2 * 2**30, 10 * 2**30  # bytes: below the first nothing is kept well, below the second it is time
CLOCKS_APART = timedelta(seconds=2)
CERTIFICATE_ENDS, BACKUP_OLD = timedelta(days=21), timedelta(hours=36)
# Beside the web process, which answers for itself.
EXPECTED_PROCESSES = ("schedule", "watch", "work")
# With these gateways tell of each message whether it arrived.
WITH_RECEIPTS = ("sms", "voice", "zns")
NO_RECEIPT_FOR = timedelta(hours=6)
MAIL_READ_WITHIN = timedelta(minutes=10)


class Verdict(StrEnum):
    """RIGHT; MISSING: not set up yet, which may be on purpose; WRONG: something that was set up does not work, or data is in danger."""

    RIGHT = "right"
    MISSING = "missing"
    WRONG = "wrong"


VERDICTS: dict[Verdict, str] = {
    Verdict.RIGHT: N_("all right"),
    Verdict.MISSING: N_("missing"),
    Verdict.WRONG: N_("wrong"),
}
FEW_ZONES, MOST_ZONES = 5, 40
"""Where the cameras of more zones are right, they are one line; of so many whose cameras are not, each is named."""


class Part(StrEnum):
    """What a check is about, in the order in which they are shown."""

    VERSIONS = "versions"
    DATABASE = "database"
    PROCESSES = "processes"
    DISK = "disk"
    BACKUP = "backup"
    PROXY = "proxy"
    CERTIFICATES = "certificates"
    ACCOUNTS = "accounts"
    SHEET = "sheet"
    AUTHORITY = "authority"
    ENROLMENT = "enrolment"
    CHANNELS = "channels"
    CAMERAS = "cameras"


TITLES: dict[Part, str] = {
    Part.VERSIONS: N_("Versions"),
    Part.DATABASE: N_("Database"),
    Part.PROCESSES: N_("Processes of the service"),
    Part.DISK: N_("Disk space"),
    Part.BACKUP: N_("Backup"),
    Part.PROXY: N_("HTTPS and proxies"),
    Part.CERTIFICATES: N_("Certificates"),
    Part.ACCOUNTS: N_("Administrators"),
    Part.SHEET: N_("Recovery sheet"),
    Part.AUTHORITY: N_("Your authority"),
    Part.ENROLMENT: N_("Last day of admission"),
    Part.CHANNELS: N_("Channels"),
    Part.CAMERAS: N_("Cameras"),
}


@dataclass(frozen=True)
class Check:
    """One finding. says: what is there. to_do: what to do about it; None where it is right."""

    part: Part
    verdict: Verdict
    says: Words
    to_do: Words | None = None


def judge(facts: Facts) -> list[Check]:
    """Every finding, by parts."""
    found = [*_versions(facts), *_database(facts), *_disk(facts), *_backup(facts), *_proxy(facts)]
    found += [_certificate(each, facts) for each in facts.certificates]
    if facts.database.problem is None and facts.database.schema:
        found += [*_processes(facts), *_accounts(facts), *_sheet(facts), *_authority(facts), *_cameras(facts)]
        found.append(_enrolment(facts))
        found += list(_channels(facts))
    order = list(Part)
    return sorted(found, key=lambda each: order.index(each.part))


def exit_code(checks: Iterable[Check]) -> int:
    """0: all is right. 1: something is wrong. 3: nothing is wrong, and something is missing. (2 is a command that was typed wrongly.)"""
    verdicts = {each.verdict for each in checks}
    if Verdict.WRONG in verdicts:
        return 1
    return 3 if Verdict.MISSING in verdicts else 0


def _versions(facts: Facts) -> Iterator[Check]:
    shown = ".".join(map(str, facts.python))
    libraries = ", ".join(f"{name} {version}" for name, version in facts.libraries.items() if version)
    if facts.python[:2] < OLDEST_PYTHON:
        yield Check(
            Part.VERSIONS,
            Verdict.WRONG,
            words(N_("Python %(version)s is too old."), version=shown),
            words(N_("Install Python 3.11 or newer, then install the service again.")),
        )
    missing = sorted(name for name, version in facts.libraries.items() if not version)
    if missing:
        yield Check(
            Part.VERSIONS,
            Verdict.WRONG,
            words(N_("These libraries are not installed: %(names)s."), names=", ".join(missing)),
            words(N_("Install the service again; `make install` installs all of them.")),
        )
    yield Check(
        Part.VERSIONS,
        Verdict.RIGHT,
        words(
            N_("Service %(service)s, Python %(python)s, %(libraries)s."),
            service=facts.service_version,
            python=shown,
            libraries=libraries,
        ),
    )


def _database(facts: Facts) -> Iterator[Check]:
    found = facts.database
    name = "PostgreSQL" if found.kind == "postgresql" else "SQLite"
    if found.problem is not None:
        yield Check(
            Part.DATABASE,
            Verdict.WRONG,
            found.problem,
            words(
                N_("Start the database, and check the setting database_url; on an empty machine run `quarantine serve` first.")
            ),
        )
        return
    if not found.schema:
        yield Check(
            Part.DATABASE,
            Verdict.WRONG,
            words(
                N_("%(name)s %(version)s, with the schema of another version of the service."), name=name, version=found.version
            ),
            words(N_("Run `quarantine db upgrade`, then start the service again.")),
        )
    else:
        yield Check(
            Part.DATABASE,
            Verdict.RIGHT,
            words(N_("%(name)s %(version)s; its schema is up to date."), name=name, version=found.version),
        )
    if found.clock_apart is not None:
        seconds = abs(round(found.clock_apart.total_seconds(), 1))
        if abs(found.clock_apart) > CLOCKS_APART:
            yield Check(
                Part.DATABASE,
                Verdict.WRONG,
                words(N_("The clock of the database and that of this machine differ by %(seconds)s seconds."), seconds=seconds),
                words(N_("Let both machines keep time by NTP, for example with systemd-timesyncd or chrony.")),
            )
        else:
            yield Check(Part.DATABASE, Verdict.RIGHT, words(N_("Its clock agrees with that of this machine.")))


def _processes(facts: Facts) -> Iterator[Check]:
    dead = [kind for kind in EXPECTED_PROCESSES if not facts.processes.get(kind)]
    if dead:
        yield Check(
            Part.PROCESSES,
            Verdict.WRONG,
            words(N_("Not running: %(names)s."), names=", ".join(dead)),
            words(N_("Start the service with `quarantine serve`, or start these processes; their logs say why they ended.")),
        )
        return
    running = ", ".join(f"{kind} {count}" for kind, count in sorted(facts.processes.items()))
    yield Check(Part.PROCESSES, Verdict.RIGHT, words(N_("All are running: %(names)s."), names=running))


def _disk(facts: Facts) -> Iterator[Check]:
    free = round(facts.disk.free / 2**30, 1)
    says = words(N_("%(free)s GB are free where the data folder is."), free=free)
    if not facts.disk.writable:
        yield Check(
            Part.DISK,
            Verdict.WRONG,
            words(N_("The service cannot write into its data folder.")),
            words(N_("Give the folder to the user that runs the service, with `chown`.")),
        )
    elif facts.disk.free < LEAST_FREE:
        yield Check(
            Part.DISK,
            Verdict.WRONG,
            says,
            words(N_("Free some space at once: without it, answers and pictures cannot be saved.")),
        )
    elif facts.disk.free < LITTLE_FREE:
        yield Check(Part.DISK, Verdict.MISSING, says, words(N_("Get a larger disk soon, or shorten how long data is kept.")))
    else:
        yield Check(Part.DISK, Verdict.RIGHT, says)


def _backup(facts: Facts) -> Iterator[Check]:
    if facts.backup_at is None:
        yield Check(
            Part.BACKUP,
            Verdict.MISSING,
            words(N_("No backup is known.")),
            words(N_("Back up the database and the data folder every night, and try once to restore them.")),
        )
        return
    age = facts.now - facts.backup_at
    hours = max(0, round(age.total_seconds() / 3600))
    says = words(N_("The last backup is %(hours)s hours old."), hours=hours)
    if age > BACKUP_OLD:
        yield Check(Part.BACKUP, Verdict.WRONG, says, words(N_("Check why no newer backup was made, and make one now.")))
    else:
        yield Check(Part.BACKUP, Verdict.RIGHT, says)


def _proxy(facts: Facts) -> Iterator[Check]:
    proxy = facts.proxy
    if not proxy.https:
        yield Check(
            Part.PROXY,
            Verdict.MISSING,
            words(N_("The console’s address does not begin with https.")),
            words(N_("Put the service behind HTTPS, then set console_url, residents_url and secure_cookies.")),
        )
    elif not proxy.secure_cookies:
        yield Check(
            Part.PROXY,
            Verdict.WRONG,
            words(N_("The console’s address begins with https, and its cookies also travel without encryption.")),
            words(N_("Set secure_cookies to true.")),
        )
    else:
        yield Check(Part.PROXY, Verdict.RIGHT, words(N_("The console is reached over HTTPS only.")))
    if proxy.forwarded and not proxy.trusted:
        yield Check(
            Part.PROXY,
            Verdict.WRONG,
            words(N_("Requests come through a proxy that the service does not trust: everyone has the proxy’s address.")),
            words(N_("Name the proxy’s address in the setting trusted_proxies.")),
        )


def _certificate(each: CertificateFacts, facts: Facts) -> Check:
    if each.ends_at is None:
        problem = each.problem or words(N_("unknown"))
        return Check(
            Part.CERTIFICATES,
            Verdict.WRONG,
            words(N_("The certificate of %(name)s cannot be checked: %(why)s"), name=each.name, why=problem.dump()),
            words(
                N_("Check that the address is reachable from this machine, and that the certificate was issued for its name.")
            ),
        )
    left = each.ends_at - facts.now
    days = left // timedelta(days=1)
    if left <= timedelta():
        says = words(N_("The certificate of %(name)s has expired."), name=each.name)
    else:
        says = words(N_("The certificate of %(name)s is valid for %(days)s more days."), name=each.name, days=days)
    if each.problem is not None and left > timedelta():
        return Check(
            Part.CERTIFICATES,
            Verdict.WRONG,
            words(N_("The certificate of %(name)s is not valid. %(why)s"), name=each.name, why=each.problem.dump()),
            words(N_("Have one issued for this name by an authority that browsers know, for example Let’s Encrypt.")),
        )
    if left < CERTIFICATE_ENDS:
        return Check(
            Part.CERTIFICATES, Verdict.WRONG, says, words(N_("Renew it, and check why it was not renewed automatically."))
        )
    return Check(Part.CERTIFICATES, Verdict.RIGHT, says)


def _accounts(facts: Facts) -> Iterator[Check]:
    if facts.accounts is None:
        return
    if not facts.accounts.administrators:
        yield Check(
            Part.ACCOUNTS,
            Verdict.MISSING,
            words(N_("There is no administrator yet.")),
            words(N_("Open the address that `quarantine serve` printed; `quarantine user first` prints a new one.")),
        )
    elif facts.accounts.unguarded:
        yield Check(
            Part.ACCOUNTS,
            Verdict.WRONG,
            words(N_("Without a second factor: %(names)s."), names=", ".join(facts.accounts.unguarded)),
            words(N_("Each of them sets up a passkey or an authenticator app under “My account”.")),
        )
    else:
        yield Check(Part.ACCOUNTS, Verdict.RIGHT, words(N_("Every administrator signs in as the settings demand.")))


def _sheet(facts: Facts) -> Iterator[Check]:
    if facts.sheet_confirmed is None:
        return
    if facts.sheet_confirmed:
        yield Check(Part.SHEET, Verdict.RIGHT, words(N_("The master key’s recovery sheet was confirmed.")))
    else:
        yield Check(
            Part.SHEET,
            Verdict.MISSING,
            words(N_("No recovery sheet of the master key was confirmed: if the disk is lost, backups cannot be opened.")),
            words(N_("Print the sheet under “Set-up”, and keep it in a safe.")),
        )


def _authority(facts: Facts) -> Iterator[Check]:
    if facts.authority:
        yield Check(Part.AUTHORITY, Verdict.RIGHT, words(N_("Messages come from %(name)s."), name=facts.authority))
    else:
        yield Check(
            Part.AUTHORITY,
            Verdict.MISSING,
            words(N_("No authority is named: messages come from “the health service”.")),
            words(N_("Name it under “Set-up”.")),
        )
    if facts.zones is False:
        yield Check(
            Part.AUTHORITY, Verdict.MISSING, words(N_("There is no quarantine zone yet.")), words(N_("Add one under “Zones”."))
        )


def _enrolment(facts: Facts) -> Check:
    """Until when people can be enrolled. Over is no fault of the installation: an epidemic may have ended."""
    standing = sunset.judge(facts.sunset, facts.now)
    day = f"{facts.sunset.last_day:%d/%m/%Y}" if facts.sunset else ""
    if standing is Standing.OPEN:
        return Check(Part.ENROLMENT, Verdict.RIGHT, words(N_("People can be admitted to quarantine until %(day)s."), day=day))
    says, to_do = _ENROLMENT[standing]
    return Check(Part.ENROLMENT, Verdict.MISSING, words(says, day=day), words(to_do))


_ENROLMENT = {
    Standing.NO_DATE: (
        N_("Nobody has decided until when people can be admitted to quarantine."),
        N_("Set a day, with the reason, on the page “Until when people can be admitted”."),
    ),
    Standing.ENDS_SOON: (
        N_("After %(day)s, in 14 days or less, nobody can be admitted to quarantine any more."),
        N_("If people must still be admitted then, set a later day on the page “Until when people can be admitted”."),
    ),
    Standing.OVER: (
        N_("Nobody can be admitted to quarantine: the last day was %(day)s."),
        N_("If people must still be admitted, set a later day on the page “Until when people can be admitted”."),
    ),
}


def _channels(facts: Facts) -> Iterator[Check]:
    if not facts.channels:
        yield Check(
            Part.CHANNELS,
            Verdict.MISSING,
            words(N_("No channel is set up: nobody can be sent a message.")),
            words(N_("Set up a gateway for text messages or a mail server; see “Channels” in the documentation.")),
        )
    for each in facts.channels:
        yield _channel(each, facts)
    if facts.mailbox is not None:
        yield _mailbox(facts.mailbox, facts.now)


def _mailbox(mailbox: MailboxFacts, now: datetime) -> Check:
    if mailbox.failing_since is not None and mailbox.failed is not None:
        since = _ago(now - mailbox.failing_since)
        return Check(
            Part.CHANNELS,
            Verdict.WRONG,
            words(N_("Mail to 1022 has not been read for %(since)s. %(why)s"), since=since.dump(), why=mailbox.failed.dump()),
            words(
                N_(
                    "Check the mail server and the settings of the mailbox. Mail of meanwhile keeps the time at which it arrived."
                )
            ),
        )
    read = _ago(now - mailbox.read_at)
    if now - mailbox.read_at > MAIL_READ_WITHIN:
        return Check(
            Part.CHANNELS,
            Verdict.WRONG,
            words(N_("Mail to 1022 was last read %(read)s ago."), read=read.dump()),
            words(N_("Check whether the process schedule runs, and whether the mailbox is still set up.")),
        )
    return Check(Part.CHANNELS, Verdict.RIGHT, words(N_("Mail to 1022 was last read %(read)s ago."), read=read.dump()))


def _channel(each: ChannelFacts, facts: Facts) -> Check:
    if each.failed is not None:
        return Check(
            Part.CHANNELS,
            Verdict.WRONG,
            words(N_("%(name)s: the last test failed. %(why)s"), name=each.name, why=each.failed.dump()),
            words(N_("Correct its settings, restart the service and send a test under “Set-up”.")),
        )
    if each.sent_at is None:
        return Check(
            Part.CHANNELS,
            Verdict.MISSING,
            words(N_("%(name)s: set up, and nothing was sent over it yet."), name=each.name),
            words(N_("Send a test to your own phone or address under “Set-up”.")),
        )
    last_sent = _ago(facts.now - each.sent_at)
    if each.receipt_at is None:
        says = words(N_("%(name)s: last message sent %(sent)s ago; no receipt yet."), name=each.name, sent=last_sent.dump())
    else:
        says = words(
            N_("%(name)s: last message sent %(sent)s ago, last receipt %(receipt)s ago."),
            name=each.name,
            sent=last_sent.dump(),
            receipt=_ago(facts.now - each.receipt_at).dump(),
        )
    if each.name in WITH_RECEIPTS and each.receipt_at is not None and each.sent_at - each.receipt_at > NO_RECEIPT_FOR:
        return Check(
            Part.CHANNELS,
            Verdict.WRONG,
            says,
            words(N_("Receipts stopped coming: check the address for receipts at the gateway, see “Gateways”.")),
        )
    return Check(Part.CHANNELS, Verdict.RIGHT, says)


def _cameras(facts: Facts) -> Iterator[Check]:
    if not facts.cameras:
        yield Check(
            Part.CAMERAS,
            Verdict.MISSING,
            words(N_("No camera was added yet.")),
            words(N_("Search for cameras under “Cameras”, or leave them out: roll-calls work without.")),
        )
    right = [each for each in facts.cameras if each.planned == each.working == each.believed]
    if len(right) > FEW_ZONES:
        yield Check(
            Part.CAMERAS,
            Verdict.RIGHT,
            words(
                N_("%(zones)s zones: all of their %(cameras)s cameras are working and believed."),
                zones=len(right),
                cameras=sum(each.planned for each in right),
            ),
        )
        right = []
    wrong = [each for each in facts.cameras if each.planned != each.working or each.planned != each.believed]
    for each in (*wrong[:MOST_ZONES], *right):
        yield _zone_cameras(each)
    if len(wrong) > MOST_ZONES:
        yield Check(
            Part.CAMERAS,
            Verdict.WRONG,
            words(
                N_("%(zones)s more zones have cameras that do not work, or whose pictures are too old to count."),
                zones=len(wrong) - MOST_ZONES,
            ),
            words(N_("Open “Cameras”: each camera there says how it is.")),
        )


def _zone_cameras(each: ZoneCameras) -> Check:
    says = words(
        N_("%(zone)s: %(planned)s cameras planned, %(working)s working, %(believed)s believed."),
        zone=each.zone,
        planned=each.planned,
        working=each.working,
        believed=each.believed,
    )
    if each.working < each.planned:
        return Check(
            Part.CAMERAS, Verdict.WRONG, says, words(N_("Open the zone’s cameras; each page says what is wrong with it."))
        )
    if each.believed < each.planned:
        return Check(
            Part.CAMERAS,
            Verdict.WRONG,
            says,
            words(N_("Some pictures are too old to count: check that enough watch processes are running.")),
        )
    return Check(Part.CAMERAS, Verdict.RIGHT, says)


_UNITS: Sequence[tuple[timedelta, str]] = (
    (timedelta(days=2), N_("%(count)s days")),
    (timedelta(hours=2), N_("%(count)s hours")),
    (timedelta(minutes=2), N_("%(count)s minutes")),
    (timedelta(), N_("%(count)s seconds")),
)


def _ago(span: timedelta) -> Words:
    """How long, in its largest unit of which there are at least two."""
    span = max(span, timedelta())
    for (least, template), unit in zip(
        _UNITS, (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)), strict=True
    ):
        if span >= least:
            return words(template, count=span // unit)
    raise AssertionError("every span is at least nothing")
