"""Gathers what the checks judge: each fact by an index or from a small table, so that it is quick with any amount of data."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, exists, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.revisions import current_revision, newest_revision
from monitor.database.together import Reading, asked, at_once, first, known, read
from monitor.health.certificates import of_address, of_file
from monitor.health.facts import (
    AccountFacts,
    CertificateFacts,
    ChannelFacts,
    DatabaseFacts,
    DiskFacts,
    Facts,
    MailboxFacts,
    ProxyFacts,
    ZoneCameras,
)
from monitor.models.accounts import Account, Passkey, Role
from monitor.models.alerts import AlertDelivery
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.hotline_mail import HotlineMailbox
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.service import ChannelTry
from monitor.people.sunset import as_decided, decisions
from monitor.presence.camera_soundness import watched_asked
from monitor.service.process import alive_asked
from monitor.setting_up.progress import administrators
from monitor.setting_up.recovery_sheet import is_confirmed
from monitor.setting_up.stating import load_asked
from monitor.settings import Settings
from monitor.stated import take
from monitor.words import N_, Words, words

# What does the work besides Python itself; the version of av is that of the FFmpeg it brings.
LIBRARIES = ("sqlalchemy", "flask", "av", "opencv-python", "onvif-zeep")
# Where the service's own backups are told of, and where a script of the operator's says when it made one: as ISO 8601, or by the
# time of the file itself.
OWN_BACKUPS, BACKUP_STAMP = Path("backups") / "latest.json", Path("last-backup")
MOST_NAMED = 10
_NEWEST_ALERTS = 200
_UNREACHABLE = N_("The database does not answer (%(why)s).")
_NOT_THERE = N_("There is no database in the data folder yet.")


def not_there(settings: Settings) -> Words | None:
    """That the embedded database was never made; None where it was, or is another: opening it would make it."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        return words(_NOT_THERE)
    return None


def gather(
    settings: Settings,
    database: Database | Words,
    *,
    now: datetime,
    channels: Collection[ChannelName],
    key: bytes | None,
    needing: Collection[Role],
    forwarded: bool | None = None,
    ask_addresses: bool = True,
) -> Facts:
    """All facts. database: or why there is none to be asked. channels: those that are set up; key: the master key.

    forwarded: see ProxyFacts. ask_addresses: whether the public addresses are called for their certificates.
    """
    kind = make_url(settings.database).get_backend_name()
    found = DatabaseFacts(kind, problem=database) if isinstance(database, Words) else _database(database)
    general = Facts(
        now=now,
        service_version=_version("quarantine"),
        python=(sys.version_info.major, sys.version_info.minor, sys.version_info.micro),
        libraries={name: _version(name) for name in LIBRARIES},
        database=found,
        disk=_disk(settings.data_folder),
        backup_at=_newest([_stamped(settings.data_folder / BACKUP_STAMP), _own_backup(settings.data_folder / OWN_BACKUPS)]),
        proxy=ProxyFacts(
            https=settings.console_address.startswith("https://"),
            secure_cookies=settings.secure_cookies,
            trusted=bool(getattr(settings, "trusted_proxies", "")),
            forwarded=forwarded,
        ),
        certificates=tuple(_certificates(settings, ask_addresses=ask_addresses)),
    )
    if isinstance(database, Words) or found.problem is not None or not found.schema:
        return general
    with database.read() as session:
        stored, kept = read(session, at_once(load_asked(), _kept(now, channels, key, needing)))
    take(stored)
    if not settings.hotline_mail_host:
        # Of a mailbox that was set up once.
        kept["mailbox"] = None
    authority = settings.speaker.named("vi") if settings.speaker.is_named else ""
    return replace(general, authority=authority, **kept)


def _kept(
    now: datetime, channels: Collection[ChannelName], key: bytes | None, needing: Collection[Role]
) -> Reading[dict[str, Any]]:
    """What the database tells, by the names of `Facts`."""
    seen, cameras, processes, accounts, confirmed, sunset, zone, mailbox = yield from at_once(
        _channels(sorted(channels)),
        _cameras(now),
        alive_asked(now),
        _accounts(needing),
        is_confirmed(key) if key is not None else known(None),
        first(decisions()),
        first(select(Zone.id).where(Zone.closed_at.is_(None))),
        first(select(HotlineMailbox).order_by(HotlineMailbox.read_at.desc())),
    )
    return {
        "mailbox": _mailbox(mailbox),
        "channels": seen,
        "cameras": cameras,
        "processes": processes,
        "accounts": accounts,
        "sheet_confirmed": confirmed,
        "sunset": as_decided(sunset),
        "zones": zone is not None,
    }


def _mailbox(row: HotlineMailbox | None) -> MailboxFacts | None:
    if row is None:
        return None
    return MailboxFacts(row.read_at, row.failing_since, Words.load(row.problem) if row.problem else None)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _database(database: Database) -> DatabaseFacts:
    try:
        return _asked(database.engine, database.kind)
    except (SQLAlchemyError, OSError) as error:
        # The driver's sentence would quote the address.
        return DatabaseFacts(database.kind, problem=words(_UNREACHABLE, why=type(error).__name__))


def _asked(engine: Engine, kind: str) -> DatabaseFacts:
    with engine.connect() as connection:
        # The embedded database has no clock but that of this machine.
        version_and_clock = (
            "SELECT sqlite_version(), NULL"
            if kind == "sqlite"
            else "SELECT current_setting('server_version'), clock_timestamp()"
        )
        told, theirs = connection.execute(text(version_and_clock)).one()
        schema = current_revision(connection) == newest_revision()
        apart = theirs - utc_now() if theirs is not None else None
    return DatabaseFacts(kind, str(told).split(" ")[0], schema=schema, clock_apart=apart)


def _disk(folder: Path) -> DiskFacts:
    nearest = next(each for each in (folder, *folder.resolve().parents) if each.exists())
    usage = shutil.disk_usage(nearest)
    return DiskFacts(usage.free, usage.total, os.access(nearest, os.W_OK))


def _own_backup(told: Path) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(json.loads(told.read_text("utf-8"))["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return moment if moment.tzinfo is not None else None


def _stamped(stamp: Path) -> datetime | None:
    try:
        written = stamp.read_text("utf-8").strip()[:40]
        changed = datetime.fromtimestamp(stamp.stat().st_mtime, tz=utc_now().tzinfo)
    except (OSError, UnicodeDecodeError):
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return changed
    return moment if moment.tzinfo is not None else changed


def _certificates(settings: Settings, *, ask_addresses: bool) -> Iterable[CertificateFacts]:
    for each in settings.certificate_files.split():
        yield of_file(Path(each))
    addresses = (settings.console_url, settings.residents_url, settings.public_url)
    if ask_addresses:
        yield from (of_address(each) for each in dict.fromkeys(addresses) if each.startswith("https://"))


def _channels(names: Sequence[ChannelName]) -> Reading[tuple[ChannelFacts, ...]]:
    # Few alerts leave: no index for them, and only the newest are looked at.
    newest_alerts = (
        select(AlertDelivery.way, AlertDelivery.sent_at, AlertDelivery.delivered_at)
        .order_by(AlertDelivery.id.desc())
        .limit(_NEWEST_ALERTS)
    )
    alerts, tried, prompts = yield from at_once(
        asked(newest_alerts), asked(select(ChannelTry)), at_once(*(_newest_prompts(each) for each in names))
    )
    tries = {each.channel: each for each in tried}
    return tuple(
        _channel(name, tries.get(name), [each for each in alerts if each.way == name.value], *those)
        for name, those in zip(names, prompts, strict=True)
    )


def _newest_prompts(name: ChannelName) -> Reading[tuple[Any, ...]]:
    """When a message left last over a channel, and when one was last said to have arrived."""
    return at_once(
        *(
            first(select(column).where(Prompt.channel == name, column.is_not(None)).order_by(column.desc()))
            for column in (Prompt.sent_at, Prompt.delivered_at)
        )
    )


def _channel(
    name: ChannelName, tried: ChannelTry | None, alerts: Sequence[Any], sent_at: datetime | None, delivered_at: datetime | None
) -> ChannelFacts:
    sent = [sent_at, *(each.sent_at for each in alerts), tried.worked_at if tried else None]
    receipts = [delivered_at, *(each.delivered_at for each in alerts)]
    failed = Words.load(tried.problem) if tried is not None and tried.problem else None
    return ChannelFacts(name.value, _newest(sent), _newest(receipts), failed)


def _newest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((each for each in moments if each is not None), default=None)


def _cameras(now: datetime) -> Reading[tuple[ZoneCameras, ...]]:
    counted = (
        select(Zone.name, Camera.zone_id, Camera.state, func.count().label("cameras"))
        .join(Zone, Zone.id == Camera.zone_id)
        .where(Camera.enabled)
        .group_by(Zone.name, Camera.zone_id, Camera.state)
    )
    rows, seen = yield from at_once(asked(counted), watched_asked(now))
    names = {row.zone_id: row.name for row in rows}
    planned: Counter[int] = Counter()
    working: Counter[int] = Counter()
    for row in rows:
        planned[row.zone_id] += row.cameras
        working[row.zone_id] += row.cameras if row.state is CameraState.ONLINE else 0
    # One that rests by its own schedule is as it should be.
    believed = Counter(each.zone_id for each in seen.values() if each.trouble in (None, "resting"))
    return tuple(
        ZoneCameras(names[zone_id], planned[zone_id], working[zone_id], believed[zone_id])
        for zone_id in sorted(planned, key=lambda each: names[each])
    )


def _accounts(needing: Collection[Role]) -> Reading[AccountFacts]:
    unguarded = (
        select(Account.username)
        .where(
            Account.role == Role.ADMINISTRATOR,
            Account.active,
            Account.password_hash != "",
            Account.totp_secret.is_(None),
            ~exists().where(Passkey.account_id == Account.id),
        )
        .order_by(Account.username)
        .limit(MOST_NAMED)
    )
    there, names = yield from at_once(first(administrators()), asked(unguarded) if Role.ADMINISTRATOR in needing else known([]))
    return AccountFacts(there is not None, tuple(names))
