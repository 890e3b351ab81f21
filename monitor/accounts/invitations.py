"""Invitations: a code, good once for a day, with which a person chooses the password of an account. Only its hash is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from monitor.accounts.accounts import new_account
from monitor.accounts.codes import digest, grouped, new_code, plain
from monitor.accounts.factors import clear_factors
from monitor.accounts.passwords import check_password, hashed
from monitor.accounts.sessions import end_sessions
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed
from monitor.models.accounts import Account, Invitation, InvitationKind, Role
from monitor.problems import Conflict, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

GOOD_FOR = timedelta(hours=24)
LETTERS = 24  # 120 bits: a plain hash is enough, and nobody guesses one in a day
GROUP = 4


class InvitationRefused(Problem):
    """An invitation that cannot be used, and what to do instead."""

    status = 410


@dataclass(frozen=True)
class Handed:
    """A new invitation, as it is handed over: the only time that its code is known here."""

    account_id: int | None
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Opened:
    """What an invitation is good for. username: None where whoever uses it picks one."""

    kind: InvitationKind
    username: str | None
    expires_at: datetime


def invite(
    session: Session,
    username: str,
    role: Role,
    *,
    zones: Collection[int] | None,
    language: str,
    by: int | None,
    now: datetime,
) -> Handed:
    """Make an account without a password, and the invitation to it. by: None for a command. Raises BadInput."""
    account = new_account(session, username, None, role, zones=zones, now=now, language=language)
    audit.note(session, Action.ACCOUNT_INVITED, at=now, account_id=by, username=account.username, role=role.value)
    return _hand(session, InvitationKind.INVITE, account.id, by, now)


def reset(session: Session, account: Account, *, clears_factors: bool, by: int | None, now: datetime) -> Handed:
    """An invitation to choose a new password; sessions end at once, the old password when it is used. Raises Conflict.

    clears_factors: the second factors end then too. Of somebody who never used their invitation it is a new one.
    """
    if not account.active:
        raise Conflict(N_("This account is closed. Reopen it first."))
    end_sessions(session, account.id)
    audit.note(session, Action.ACCOUNT_RESET, at=now, account_id=by, username=account.username, factors=clears_factors)
    kind = InvitationKind.RESET if account.password_hash else InvitationKind.INVITE
    return _hand(session, kind, account.id, by, now, clears_factors=clears_factors)


def invite_first(session: Session, *, now: datetime) -> Handed | None:
    """The code with which the first administrator makes their account on a screen; None where an administrator exists.

    Each call ends the code of the one before: whoever starts the service has the only one.
    """
    only_one(session, Lock.ADMINISTRATORS)
    if _has_administrator(session):
        return None
    return _hand(session, InvitationKind.FIRST, None, None, now)


def look(session: Session, typed: str, *, now: datetime) -> Opened:
    """What a typed code, or that of a link, is good for; nothing is used up by looking. Raises InvitationRefused."""
    invitation = _found(session, typed, now)
    account = session.get(Account, invitation.account_id) if invitation.account_id is not None else None
    return Opened(invitation.kind, account.username if account else None, invitation.expires_at)


def accept(session: Session, typed: str, password: str, *, username: str = "", language: str = "vi", now: datetime) -> str:
    """Choose the password; returns the account's name. Raises InvitationRefused, BadInput.

    username, language: of the first administrator, whose account is made by it.
    """
    invitation = _found(session, typed, now)
    if invitation.kind is InvitationKind.FIRST:
        only_one(session, Lock.ADMINISTRATORS)
        if _has_administrator(session):
            raise InvitationRefused(N_("An administrator exists already. Ask them for an invitation."))
        check_password(password, username)
        account = new_account(session, username, None, Role.ADMINISTRATOR, zones=None, now=now, language=language)
    else:
        account = session.get_one(Account, invitation.account_id)
        check_password(password, account.username)
    # Whoever opened the same link at the same moment finds it used.
    unused = (Invitation.id == invitation.id, Invitation.used_at.is_(None))
    if not changed(session, update(Invitation).where(*unused).values(used_at=now)):
        raise InvitationRefused(_USED)
    account.password_hash = hashed(password)
    account.failed_sign_ins, account.locked_until = 0, None
    if invitation.clears_factors:
        clear_factors(session, account)
    end_sessions(session, account.id)
    audit.note(session, Action.INVITATION_USED, at=now, account_id=account.id, kind=invitation.kind.value)
    return account.username


_USED = N_("This invitation was used already. Sign in, or ask an administrator for a new one.")


def _found(session: Session, typed: str, now: datetime) -> Invitation:
    code = plain(typed)
    invitation = session.scalar(select(Invitation).where(Invitation.code_hash == digest(code))) if code else None
    account = session.get(Account, invitation.account_id) if invitation and invitation.account_id is not None else None
    if invitation is not None and invitation.kind is InvitationKind.FIRST:
        _require_first(session, invitation, now)
    if invitation is None or (account is not None and not account.active):
        raise InvitationRefused(N_("There is no such invitation. Check each letter, or ask an administrator for a new one."))
    if invitation.used_at is not None:
        raise InvitationRefused(_USED)
    if invitation.expires_at <= now:
        raise InvitationRefused(
            N_("This invitation has expired; it was good for %(hours)s hours. Ask an administrator for a new one."),
            hours=GOOD_FOR // timedelta(hours=1),
        )
    return invitation


def _require_first(session: Session, invitation: Invitation, now: datetime) -> None:
    """The code for the first administrator is good while there is none. Nobody is there to be asked for another. Raises InvitationRefused."""
    if _has_administrator(session):
        raise InvitationRefused(N_("An administrator exists already. Ask them for an invitation."))
    if invitation.used_at is None and invitation.expires_at <= now:
        raise InvitationRefused(
            N_(
                "This address has expired; it was good for %(hours)s hours. Start the service again, or run"
                " `quarantine user first`, and open the address that is printed."
            ),
            hours=GOOD_FOR // timedelta(hours=1),
        )


def _hand(
    session: Session,
    kind: InvitationKind,
    account_id: int | None,
    by: int | None,
    now: datetime,
    *,
    clears_factors: bool = False,
) -> Handed:
    """Make an invitation; those of before for the same account, or for the first administrator, end."""
    same = Invitation.account_id == account_id if account_id is not None else Invitation.kind == InvitationKind.FIRST
    session.execute(delete(Invitation).where(same, Invitation.used_at.is_(None)))
    code = new_code(LETTERS)
    session.add(
        Invitation(
            code_hash=digest(code),
            kind=kind,
            account_id=account_id,
            made_by=by,
            made_at=now,
            expires_at=now + GOOD_FOR,
            clears_factors=clears_factors,
        )
    )
    session.flush()
    return Handed(account_id, grouped(code, GROUP), now + GOOD_FOR)


def _has_administrator(session: Session) -> bool:
    there = exists().where(Account.role == Role.ADMINISTRATOR, Account.active, Account.password_hash != "")
    return bool(session.scalar(select(there)))
