"""Shifts at the hotline's telephones: who sits at which, and what they tell the next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed, inserted
from monitor.models.accounts import Account
from monitor.models.hotline import HotlineCall
from monitor.models.hotline_desk import HotlineShift
from monitor.problems import BadInput, Conflict
from monitor.words import N_

LONGEST_NOTE = 2000
MOST = 20


def own_shift(session: Session, account_id: int) -> HotlineShift | None:
    """Somebody's shift that goes on."""
    return session.scalars(
        select(HotlineShift).where(HotlineShift.account_id == account_id, HotlineShift.ended_at.is_(None))
    ).first()


def begin(session: Session, account_id: int, extension: str, now: datetime) -> None:
    """Sit down at a telephone. Raises Conflict where somebody else sits there, or one's own shift goes on."""
    extension = extension.strip()[:32]
    if extension:
        there = session.scalar(
            select(Account.username)
            .join(HotlineShift, HotlineShift.account_id == Account.id)
            .where(HotlineShift.extension == extension, HotlineShift.ended_at.is_(None), Account.id != account_id)
        )
        if there is not None:
            raise Conflict(N_("%(name)s sits at this telephone. End that shift first, or name another one."), name=there)
    row = {"account_id": account_id, "extension": extension, "begun_at": now}
    if not inserted(session, insert_new(session, HotlineShift).values(**row)):
        raise Conflict(N_("Your shift goes on already."))


def end(session: Session, account_id: int, note: str, now: datetime) -> None:
    """Get up, with a note for the next. Raises Conflict, BadInput."""
    if len(note) > LONGEST_NOTE:
        raise BadInput(N_("Please write at most %(count)s signs."), count=LONGEST_NOTE, field="note")
    own = (HotlineShift.account_id == account_id, HotlineShift.ended_at.is_(None))
    if not changed(session, update(HotlineShift).where(*own).values(ended_at=now, note=note.strip())):
        raise Conflict(N_("Your shift has ended already."))


def note_read(session: Session, shift_id: int, account_id: int, now: datetime) -> bool:
    """Note that somebody read what was left for the next; returns whether they are the first."""
    unread = (HotlineShift.id == shift_id, HotlineShift.read_at.is_(None), HotlineShift.ended_at.is_not(None))
    return bool(changed(session, update(HotlineShift).where(*unread).values(read_at=now, read_by=account_id)))


def newest(session: Session) -> list[Row[HotlineShift, str]]:
    """The newest shifts, those that go on first, each with its account's name."""
    query = select(HotlineShift, Account.username).join(Account, Account.id == HotlineShift.account_id)
    order = (HotlineShift.ended_at.is_not(None), HotlineShift.begun_at.desc())
    return list(session.execute(query.order_by(*order).limit(MOST)))


def ringing_for(session: Session, account_id: int, since: datetime) -> list[HotlineCall]:
    """Calls that ring, or are being spoken, at somebody's telephone and have no ticket yet, the newest first.

    A switchboard that names no telephone lets every screen ring. since: when the oldest of them began.
    """
    shift = own_shift(session, account_id)
    if shift is None:
        return []
    rings = (HotlineCall.ended_at.is_(None), HotlineCall.rang_at > since, *_ours(account_id, shift.extension))
    return list(session.scalars(select(HotlineCall).where(*rings).order_by(HotlineCall.rang_at.desc()).limit(MOST)))


def own_call(session: Session, account_id: int, call_id: int) -> HotlineCall | None:
    """A call to somebody's telephone that has no ticket yet, over or not: whoever hung up is written down all the same."""
    shift = own_shift(session, account_id)
    ours = _ours(account_id, shift.extension if shift is not None else "")
    return session.scalars(select(HotlineCall).where(HotlineCall.id == call_id, *ours)).first()


def _ours(account_id: int, extension: str) -> tuple[ColumnElement[bool], ...]:
    return (
        HotlineCall.ticket_id.is_(None),
        HotlineCall.extension.in_({"", extension}) | (HotlineCall.operator_id == account_id),
        HotlineCall.operator_id.is_(None) | (HotlineCall.operator_id == account_id),
    )
