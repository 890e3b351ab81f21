"""Who is deciding about a person: one supervisor at a time, for as long as their page is open and a little longer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, literal, or_, select
from sqlalchemy.orm import Session

from monitor.database.database import insert_or_update
from monitor.database.many_rows import one_of
from monitor.models.accounts import Account
from monitor.models.rollcalls.answers import ReviewClaim
from monitor.problems import Conflict
from monitor.words import N_

HELD = timedelta(seconds=90)
"""An open page asks for more before that; one whose line was cut, or which has no script, is free again then."""
HELD_FOR_A_CALL = timedelta(minutes=10)
"""Whoever telephones with the phone that shows the page has it in the background, where it asks for nothing."""


def claim(session: Session, resident_id: int, account_id: int, now: datetime, held_for: timedelta = HELD) -> bool:
    """Take somebody, or hold them longer, in the caller's write transaction; returns whether they are this account's now.

    An account holds one person: with another it lets the one before go.
    """
    session.execute(delete(ReviewClaim).where(ReviewClaim.account_id == account_id, ReviewClaim.resident_id != resident_id))
    mine, over = ReviewClaim.account_id == account_id, ReviewClaim.until <= now
    held: dict[str, Any] = {"account_id": account_id, "since": now, "until": now + held_for}
    # Whoever has somebody goes on having them since then; whom nobody has any more is taken anew.
    taken = insert_or_update(
        session,
        ReviewClaim,
        {"resident_id": resident_id, **held},
        keys=[ReviewClaim.resident_id],
        values={**held, "since": case((over, literal(now, ReviewClaim.since.type)), else_=ReviewClaim.since)},
        where=or_(mine, over),
    )
    return session.scalar(taken.returning(ReviewClaim.resident_id)) is not None


def seconds_held(session: Session, resident_id: int, account_id: int, now: datetime) -> int | None:
    """How long this account has looked at somebody; None where it does not hold them."""
    since = session.scalar(
        select(ReviewClaim.since).where(ReviewClaim.resident_id == resident_id, ReviewClaim.account_id == account_id)
    )
    return None if since is None else round((now - since).total_seconds())


def free(session: Session, account_id: int, resident_id: int | None = None) -> None:
    """Whoever held somebody has gone. resident_id: from this one; None: altogether. The word of it may come after they took the next."""
    held = delete(ReviewClaim).where(ReviewClaim.account_id == account_id)
    session.execute(held if resident_id is None else held.where(ReviewClaim.resident_id == resident_id))


def held_by_others(session: Session, residents: Collection[int], account_id: int, now: datetime) -> dict[int, str]:
    """Whom of these somebody else is deciding about, with their name."""
    rows = session.execute(
        select(ReviewClaim.resident_id, Account.username)
        .join(Account, Account.id == ReviewClaim.account_id)
        .where(one_of(ReviewClaim.resident_id, residents), ReviewClaim.account_id != account_id, ReviewClaim.until > now)
    )
    return {row.resident_id: row.username for row in rows}


def require_free(session: Session, resident_id: int, account_id: int, now: datetime) -> None:
    """Nobody else decides about this person right now. Raises Conflict."""
    holder = held_by_others(session, [resident_id], account_id, now).get(resident_id)
    if holder is not None:
        raise Conflict(N_("%(name)s is deciding about this person right now."), name=holder)
