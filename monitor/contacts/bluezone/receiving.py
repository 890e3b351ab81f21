"""A log that somebody sends: read as it comes, refused whole or kept in the vault until it was matched. The base identifier is never taken."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from monitor.contacts.bluezone.asking import CodeNotGood, log_of_code
from monitor.contacts.bluezone.format import ClockWrong, Log, pack, read_log
from monitor.contacts.bluezone.identifiers import MOST_A_DAY, MOST_DAYS, DailyKey, daily_key
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.tracing import ContactLog, LogState
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import N_

CLOCK_OFF = timedelta(minutes=15)
"""Identifiers change so often: of a phone whose clock is further off, nothing stands where it is looked for."""
LONGEST_KEY = 2000
BASE = "base_id"


@dataclass(frozen=True)
class Sent:
    """What comes with a log. key: JSON of the phone's key, as the app names it; empty: none. sent_at: by the phone's clock."""

    code: str
    key: str
    sent_at: datetime | None


def owner_of(log_id: int) -> str:
    """Whose key in the vault a log is sealed with: its own, which goes with it."""
    return f"bluezone-{log_id}"


def check_clock(sent_at: datetime | None, now: datetime) -> None:
    """Raises ClockWrong where the phone's clock is too far off."""
    if sent_at is None or abs(sent_at - now) <= CLOCK_OFF:
        return
    hours = round(abs((sent_at - now).total_seconds()) / 3600, 1)
    raise ClockWrong(
        N_(
            "The clock of this phone is wrong by %(hours)s hours, so the times in its log cannot be used. Nothing was kept. Please tell the"
            " health staff who gave you the code; they will ask you instead."
        ),
        hours=hours,
    )


def read_key(text: str, now: datetime) -> DailyKey | None:
    """The key that a phone names: {"daily_key", "time_start", "time_end", "max"}, seconds. None: there is none. Raises BadInput."""
    if BASE in text.lower():
        raise BadInput(
            N_(
                "This holds the base identifier of the phone, which gives away everywhere it has been. It is never taken. Nothing was kept."
            )
        )
    if not text.strip():
        return None
    try:
        given = json.loads(text[: LONGEST_KEY + 1])
    except ValueError:
        given = None
    if not isinstance(given, dict) or len(text) > LONGEST_KEY:
        raise BadInput(
            N_("The file with the key cannot be read. Choose the file that the app made, or send the log without it.")
        )
    since, until = given.get("time_start"), given.get("time_end")
    last = int(now.timestamp())
    if until is None and isinstance(since, int):
        until = min(last, since + MOST_DAYS * 86_400)
    key = daily_key(given.get("daily_key"), since, until, given.get("max", MOST_A_DAY))
    if key.since > last:
        raise BadInput(N_("The key begins on a day that is still to come. Check the clock of the phone."))
    return key


def receive(database: Database, vault: Vault, sent: Sent, chunks: Iterable[bytes], now: datetime) -> Log:
    """Take a log; returns what was read of it. Raises BadInput, CodeNotGood: then nothing is kept, and the code is good as before."""
    with database.read() as session:
        log_id = log_of_code(session, sent.code, now).id
    check_clock(sent.sent_at, now)
    key = read_key(sent.key, now)
    log = read_log(chunks, int(now.timestamp()))
    name = vault.put(owner_of(log_id), pack(log.rows))
    figures = {
        "days": log.days,
        "identifiers": log.identifiers,
        "fixed": log.fixed,
        "nameless": log.nameless,
        "broken": log.broken,
        "old": log.old,
    }
    values = {
        "code": None,
        "state": LogState.WAITING,
        "received_at": now,
        "system": log.system.value if log.system is not None else "",
        "rows": len(log.rows),
        "figures": figures,
        "file": name,
    }
    if key is not None:
        values |= {
            "key": key.key.hex(),
            "key_since": datetime.fromtimestamp(key.since, UTC),
            "key_until": datetime.fromtimestamp(key.until, UTC),
            "key_a_day": key.a_day,
        }
    with database.write() as session:
        mine = (ContactLog.id == log_id, ContactLog.state == LogState.ASKED)
        taken = changed(session, update(ContactLog).where(*mine).values(**values))
        if taken:
            row = session.get_one(ContactLog, log_id)
            case = session.get_one(InfectionCase, row.case_id)
            audit.note(
                session,
                Action.CONTACT_LOG_RECEIVED,
                at=now,
                account_id=None,
                zone_id=case.zone_id,
                resident_id=case.resident_id,
                case=case.id,
                log=log_id,
            )
    if not taken:
        # Sent twice at once: the other one is kept.
        vault.remove(name)
        raise CodeNotGood(N_("This code was used a moment ago: your log has come already."))
    return log
