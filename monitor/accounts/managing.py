"""What administrators change of accounts: role, zones, closed and reopened, unlocked. The last administrator stays."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from monitor.accounts.access import Reader
from monitor.accounts.sessions import end_sessions
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed
from monitor.models.accounts import Account, AccountZone, Invitation, Role
from monitor.problems import Conflict, Forbidden, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_


def zones_of(session: Session, account: Account) -> frozenset[int] | None:
    """The zones of an account; None: every zone."""
    if account.all_zones:
        return None
    return frozenset(session.scalars(select(AccountZone.zone_id).where(AccountZone.account_id == account.id)))


def account_for(session: Session, reader: Reader, account_id: int) -> Account:
    """An account that the reader manages: all of its zones are among the reader's. Raises NotFound for all others."""
    account = session.get(Account, account_id)
    if account is None or not reader.covers(zones_of(session, account)):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return account


def refuse_more(reader: Reader, zones: Collection[int] | None) -> None:
    """Raises Forbidden where somebody would give away zones that they do not have themselves."""
    if not reader.covers(zones):
        raise Forbidden(N_("Your account covers some zones only, so it can give no others away."))


def change_access(
    session: Session, account: Account, role: Role, *, zones: Collection[int] | None, by: int | None, now: datetime
) -> None:
    """Give an account another role or other zones (None: every zone); sessions that are open follow at once. Raises Conflict."""
    before: dict[str, Any] = {"before": account.role.value}
    keeps = role is Role.ADMINISTRATOR and zones is None
    _change(session, account, keeps=keeps, values={"role": role, "all_zones": zones is None})
    session.execute(delete(AccountZone).where(AccountZone.account_id == account.id))
    session.add_all(AccountZone(account_id=account.id, zone_id=zone) for zone in zones or ())
    told = "*" if zones is None else sorted(zones)
    audit.note(
        session, Action.ACCOUNT_CHANGED, at=now, account_id=by, username=account.username, role=role.value, zones=told, **before
    )


def close_account(session: Session, account: Account, *, by: int | None, now: datetime) -> None:
    """Let somebody sign in no more; their sessions and invitations end at once, what they did stays in the trail. Raises Conflict."""
    _change(session, account, keeps=False, values={"active": False})
    end_sessions(session, account.id)
    session.execute(delete(Invitation).where(Invitation.account_id == account.id, Invitation.used_at.is_(None)))
    audit.note(session, Action.ACCOUNT_CLOSED, at=now, account_id=by, username=account.username)


def open_account(session: Session, account: Account, *, by: int | None, now: datetime) -> None:
    """Reopen a closed account, as it was."""
    if not changed(session, update(Account).where(Account.id == account.id, Account.active.is_(False)).values(active=True)):
        raise Conflict(N_("This account is open already."))
    audit.note(session, Action.ACCOUNT_OPENED, at=now, account_id=by, username=account.username)


def unlock_account(session: Session, account: Account, *, by: int | None, now: datetime) -> None:
    """End the lock that wrong passwords brought."""
    account.locked_until, account.failed_sign_ins = None, 0
    audit.note(session, Action.ACCOUNT_UNLOCKED, at=now, account_id=by, username=account.username)


def _change(session: Session, account: Account, *, keeps: bool, values: dict[str, Any]) -> None:
    """Update an open account. keeps: it stays an administrator of every zone. Raises Conflict, also where two would end each other."""
    only_one(session, Lock.ADMINISTRATORS)
    query = update(Account).where(Account.id == account.id, Account.active)
    if not keeps:
        other = aliased(Account)
        remains = exists().where(
            other.id != account.id,
            other.role == Role.ADMINISTRATOR,
            other.active,
            other.all_zones,
            other.password_hash != "",
        )
        query = query.where((Account.role != Role.ADMINISTRATOR) | remains)
    if changed(session, query.values(**values)):
        session.refresh(account)
        return
    session.refresh(account)
    if not account.active:
        raise Conflict(N_("This account is closed. Reopen it first."))
    raise Conflict(
        N_("%(name)s is the last administrator for every zone. Make another administrator first."), name=account.username
    )
