"""The append-only trail of who did and saw what; each entry's hash covers the one before, so a change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import next_keys
from monitor.models.accounts import AuditEntry
from monitor.models.people.rights import AuditAbout
from monitor.trail.actions import Action

_FIRST = "0" * 64


def _digest(previous: str, entry: AuditEntry) -> str:
    content = json.dumps(
        [
            previous,
            entry.at.isoformat(),
            entry.account_id,
            entry.action,
            entry.zone_id,
            entry.resident_id,
            entry.details,
        ],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(content.encode()).hexdigest()


def note(
    session: Session,
    action: Action,
    *,
    at: datetime,
    account_id: int | None,
    zone_id: int | None = None,
    resident_id: int | None = None,
    about: Sequence[int] = (),
    **details: Any,
) -> None:
    """Append an entry in the caller's (write) transaction, so that what it tells of and the entry stand or fall together.

    about: residents whose room a camera showed; the entry's hash covers them too.
    """
    if about:
        details["residents"] = list(about)
    (entry,) = _append(session, action, at, account_id, [Noted(zone_id, resident_id, details)])
    session.add_all(AuditAbout(entry_id=entry.id, resident_id=each) for each in about)
    session.flush()


@dataclass(frozen=True)
class Noted:
    """What one of several entries tells of."""

    zone_id: int | None
    resident_id: int | None
    details: dict[str, Any]


def note_many(session: Session, action: Action, noted: Sequence[Noted], *, at: datetime, account_id: int | None) -> None:
    """Append an entry for each, in their order, as `note` does for one: for what happens to thousands at once."""
    if noted:
        _append(session, action, at, account_id, noted)


def _append(session: Session, action: Action, at: datetime, account_id: int | None, noted: Sequence[Noted]) -> list[AuditEntry]:
    # The chain's end is ours until commit.
    only_one(session, Lock.END_OF_TRAIL)
    previous = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or _FIRST
    entries = []
    keys = next_keys(session, AuditEntry, len(noted)) if len(noted) > 1 else [None]
    for number, each in zip(keys, noted, strict=True):
        entry = AuditEntry(
            id=number,
            at=at,
            account_id=account_id,
            action=action,
            zone_id=each.zone_id,
            resident_id=each.resident_id,
            details=each.details,
            previous_hash=previous,
        )
        entry.hash = previous = _digest(previous, entry)
        entries.append(entry)
    session.add_all(entries)
    session.flush()
    return entries


def first_broken(session: Session) -> int | None:
    """The id of the first entry that was changed, or whose predecessor was removed; None when the chain is whole."""
    previous = _FIRST
    # Read piece by piece, which ends where the reading ends.
    with session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)) as entries:
        for entry in entries:
            if entry.previous_hash != previous or entry.hash != _digest(previous, entry):
                return entry.id
            previous = entry.hash
    return None
