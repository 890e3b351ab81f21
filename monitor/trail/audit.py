"""The append-only trail of who did and saw what; each entry's hash covers the one before, so a change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from monitor.models import AuditAbout, AuditEntry

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
    action: str,
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
    if session.get_bind().dialect.name == "postgresql":
        # SQLite's writers already stand in line; here one lock makes the chain's end ours until commit.
        session.execute(text("SELECT pg_advisory_xact_lock(20210701)"))
    previous = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or _FIRST
    entry = AuditEntry(
        at=at,
        account_id=account_id,
        action=action,
        zone_id=zone_id,
        resident_id=resident_id,
        details=details,
        previous_hash=previous,
    )
    entry.hash = _digest(previous, entry)
    session.add(entry)
    session.flush()
    session.add_all(AuditAbout(entry_id=entry.id, resident_id=each) for each in about)
    session.flush()


def first_broken(session: Session) -> int | None:
    """The id of the first entry that was changed, or whose predecessor was removed; None when the chain is whole."""
    previous = _FIRST
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        if entry.previous_hash != previous or entry.hash != _digest(previous, entry):
            return entry.id
        previous = entry.hash
    return None
