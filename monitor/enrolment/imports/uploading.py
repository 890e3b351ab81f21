"""A file of people is taken in: sealed at once, read later by a worker; and whether the same file came before."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.accounts import Account
from monitor.models.people.imports import ImportState, PeopleImport
from monitor.places.zone_changes import open_zone
from monitor.problems import BadInput
from monitor.sheets import Bounds, require_small
from monitor.vault.vault import Vault
from monitor.words import N_

MOST_ROWS = 20_000
BOUNDS = Bounds(most_bytes=12 * 2**20, most_unpacked=150 * 2**20, most_text=48 * 2**20)
LONGEST_FILE_NAME = 200
_CAME_BEFORE = (ImportState.ENTERING, ImportState.DONE, ImportState.UNDONE)


@dataclass(frozen=True)
class Uploader:
    """Who sends a file, and into which zones it may lead; None: every zone."""

    account_id: int
    zones: Collection[int] | None


@dataclass(frozen=True)
class Before:
    """That the same file was imported before: when, by whom, and whether that was undone."""

    id: int
    at: datetime
    by: str
    undone: bool


def owner_of(import_id: int) -> str:
    """The vault's name of a file of people."""
    return f"import-{import_id}"


def upload(
    session: Session, vault: Vault, content: bytes, name: str, zone_id: int, who: Uploader, now: datetime
) -> PeopleImport:
    """Keep a file until a worker reads it. Raises BadInput, NotFound and Conflict, with a sentence for who sends it."""
    if not content:
        raise BadInput(N_("Choose a file."), field="table")
    require_small(len(content), BOUNDS)
    zone = open_zone(session, zone_id)
    row = PeopleImport(
        zone_id=zone.id,
        account_id=who.account_id,
        account_zones=None if who.zones is None else sorted(who.zones),
        name="".join(sign for sign in name if sign.isprintable())[-LONGEST_FILE_NAME:] or "–",
        digest=hashlib.sha256(content).hexdigest(),
        uploaded_at=now,
        next_attempt_at=now,
    )
    session.add(row)
    session.flush()
    # The purge removes it if this transaction never ends.
    row.file = vault.put(owner_of(row.id), content)
    session.flush()
    return row


def came_before(session: Session, row: PeopleImport) -> list[Before]:
    """Earlier imports of the same file, the newest first."""
    rows = session.execute(
        select(PeopleImport.id, PeopleImport.confirmed_at, PeopleImport.state, Account.username)
        .join(Account, Account.id == PeopleImport.confirmed_by)
        .where(PeopleImport.digest == row.digest, PeopleImport.id != row.id, PeopleImport.state.in_(_CAME_BEFORE))
        .order_by(PeopleImport.id.desc())
    )
    return [Before(each.id, each.confirmed_at, each.username, each.state is ImportState.UNDONE) for each in rows]
