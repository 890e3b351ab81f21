"""Logs that came are matched with the keys that are known, both ways; what two phones say of each other is proposed. Then the logs go.

A log is deleted twelve hours after it was matched, so that a contact's key which comes the same day is still held against it. What stays
are the meetings, and each phone's key for as long as a rule may look back.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from monitor.contacts.bluezone.encounters import Encounter, Heard, encounters, loud_from
from monitor.contacts.bluezone.format import System, unpack
from monitor.contacts.bluezone.identifiers import MOST_DAYS, DailyKey
from monitor.contacts.bluezone.receiving import owner_of
from monitor.contacts.exposing import Found, Named, Who, propose
from monitor.contacts.matching.candidates import moment, seconds
from monitor.contacts.periods import Meeting
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.contacts.cases import CaseState, InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, ExposureSource, Proximity
from monitor.models.contacts.tracing import ContactLog, LogState
from monitor.vault.vault import Vault, VaultProblem

log_of_service = logging.getLogger(__name__)
KEPT_AFTER_MATCHING = timedelta(hours=12)
KEPT_UNMATCHED = timedelta(hours=24)
"""A log that could not be matched for so long goes all the same: people were promised a day."""
KEYS_KEPT = timedelta(days=MOST_DAYS)
CLOSE_FROM = 15
"""Estimated minutes from which two were near for long enough that a rule may count it; below, somebody was in passing."""


@dataclass(frozen=True)
class Phone:
    """One person's phone as far as it is known here. log: of its row. contact_id None: the case's own."""

    log: int
    case_id: int
    contact_id: int | None
    system: System | None
    key: DailyKey | None


def match_waiting(database: Database, vault: Vault, now: datetime) -> int:
    """Match what came and delete what was matched long enough ago; returns how many logs were matched. Safe to run twice."""
    with database.read() as session:
        waiting = list(
            session.scalars(select(ContactLog.id).where(ContactLog.state == LogState.WAITING).order_by(ContactLog.received_at))
        )
    matched = 0
    for log_id in waiting:
        try:
            matched += _match(database, vault, log_id, now)
        except VaultProblem:
            # Damaged, or its key is gone: it goes after a day like any other.
            log_of_service.warning("contact log %s cannot be read", log_id)
    delete_due(database, vault, now)
    return matched


def delete_due(database: Database, vault: Vault, now: datetime) -> int:
    """Delete logs whose time is over, and keys that no rule looks back to; returns how many logs."""
    due = or_(
        (ContactLog.state == LogState.MATCHED) & (ContactLog.matched_at <= now - KEPT_AFTER_MATCHING),
        (ContactLog.state == LogState.WAITING) & (ContactLog.received_at <= now - KEPT_UNMATCHED),
    )
    with database.read() as session:
        logs = session.execute(select(ContactLog.id, ContactLog.file).where(due)).all()
    for row in logs:
        # The key first: whatever becomes of the file then, nobody can read it.
        vault.destroy(owner_of(row.id))
        if row.file is not None:
            vault.remove(row.file)
        with database.write() as session:
            gone = {"state": LogState.DELETED, "file": None, "deleted_at": now}
            changed(session, update(ContactLog).where(ContactLog.id == row.id).values(**gone))
    with database.write() as session:
        no_key = {"key": "", "key_since": None, "key_until": None}
        changed(session, update(ContactLog).where(ContactLog.key_until <= now - KEYS_KEPT).values(**no_key))
    return len(logs)


def _match(database: Database, vault: Vault, log_id: int, now: datetime) -> int:
    with database.read() as session:
        mine = session.get_one(ContactLog, log_id)
        me = _phone(mine)
        others = [_phone(each) for each in _with_keys_or_logs(session, log_id)]
        files = {each.id: each.file for each in _with_keys_or_logs(session, log_id) if each.file is not None}
    assert mine.file is not None
    heard = Heard(unpack(vault.get(owner_of(log_id), mine.file)))
    pairs: list[tuple[Phone, Phone, list[Encounter]]] = []
    for other in others:
        met = _heard(heard, me, other)
        if me.key is not None and other.log in files:
            met += _heard(Heard(unpack(vault.get(owner_of(other.log), files[other.log] or ""))), other, me)
        if met:
            pairs.append((me, other, met))
    with database.write() as session:
        for one, other, met in pairs:
            _propose(session, one, other, met, now)
        state = {"state": LogState.MATCHED, "matched_at": now}
        mine_waiting = (ContactLog.id == log_id, ContactLog.state == LogState.WAITING)
        return changed(session, update(ContactLog).where(*mine_waiting).values(**state))


def _with_keys_or_logs(session: Session, but: int) -> Sequence[ContactLog]:
    held = or_(ContactLog.key_until.is_not(None), ContactLog.file.is_not(None))
    return session.scalars(select(ContactLog).where(held, ContactLog.id != but).order_by(ContactLog.id)).all()


def _phone(row: ContactLog) -> Phone:
    key = None
    if row.key and row.key_since is not None and row.key_until is not None:
        key = DailyKey(bytes.fromhex(row.key), seconds(row.key_since), seconds(row.key_until), row.key_a_day)
    return Phone(row.id, row.case_id, row.contact_id, System(row.system) if row.system else None, key)


def _heard(heard: Heard, by: Phone, other: Phone) -> list[Encounter]:
    return encounters(heard.of(other.key), loud_from(by.system, other.system)) if other.key is not None else []


def _propose(session: Session, one: Phone, other: Phone, met: Sequence[Encounter], now: datetime) -> None:
    """To each of the two that is a case, the other as a contact."""
    for case_phone, contact_phone in ((one, other), (other, one)):
        if case_phone.contact_id is not None:
            continue
        case = session.get_one(InfectionCase, case_phone.case_id)
        if case.state is not CaseState.OPEN:
            continue
        who = _who(session, contact_phone)
        if who is not None:
            propose(session, case, [_found(case.id, one, other, who, each) for each in met], now=now)


def _who(session: Session, phone: Phone) -> Who | None:
    """Whose phone it is; None: nobody by name any more."""
    if phone.contact_id is None:
        return Who(resident_id=session.get_one(InfectionCase, phone.case_id).resident_id)
    contact = session.get_one(CaseContact, phone.contact_id)
    named = Named(contact.full_name, contact.phone) if contact.full_name or contact.phone else None
    if contact.resident_id is None and contact.declarant_id is None and named is None:
        return None
    return Who(contact.resident_id, contact.declarant_id, named)


def _found(case_id: int, one: Phone, other: Phone, who: Who, met: Encounter) -> Found:
    pair = sorted((one.log, other.log))
    start, end = moment(met.start), moment(met.end)
    return Found(
        key=f"bluezone/{case_id}/{pair[0]}/{pair[1]}/{met.start}",
        who=who,
        source=ExposureSource.BLUEZONE,
        meeting=Meeting(
            start, end, start, end, met.minutes, Proximity.SAME_PLACE if met.minutes >= CLOSE_FROM else Proximity.PASSING
        ),
        # Loudness is no distance: a wall or a pocket changes it as much as metres do.
        surest=Certainty.POSSIBLE,
        figures={
            "minutes": met.minutes,
            "cycles": met.cycles,
            "rows": met.rows,
            "best_dbm": met.best,
            "median_dbm": round(met.median, 1),
            "slot_beside": met.beside,
        },
    )
