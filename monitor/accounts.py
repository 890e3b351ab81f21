"""Accounts and sessions: passwords by Argon2, lock-out, sessions that live on the server and can be ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from monitor import audit
from monitor.access import Reader
from monitor.models import Account, AccountZone, Role, SignInSession
from monitor.problems import BadInput, Problem
from monitor.words import N_

SESSION_LASTS = timedelta(hours=12)  # a shift
LOCK_AFTER, LOCK_FOR = 5, timedelta(minutes=15)
SHORTEST_PASSWORD = 10
_hasher = PasswordHasher()
# Verified when there is no such account, so that the time taken does not tell which names exist.
_nobody = _hasher.hash(secrets.token_hex(16))


class SignInRefused(Problem):
    """Wrong name or password, or the account is locked; the words do not tell which of the first two."""

    status = 401


def add_account(
    session: Session,
    username: str,
    password: str,
    role: Role,
    *,
    zones: list[int] | None,
    now: datetime,
    language: str = "vi",
) -> Account:
    """Make an account. zones: None for every zone. Raises BadInput."""
    username = username.strip().lower()
    if not 2 <= len(username) <= 64:
        raise BadInput(N_("A user name has from 2 to 64 characters."), field="username")
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(N_("A password has at least %(length)s characters."), field="password", length=SHORTEST_PASSWORD)
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise BadInput(N_("The user name %(name)s is taken."), field="username", name=username)
    account = Account(
        username=username,
        password_hash=_hasher.hash(password),
        role=role,
        all_zones=zones is None,
        language=language,
        created_at=now,
    )
    session.add(account)
    session.flush()
    session.add_all(AccountZone(account_id=account.id, zone_id=zone) for zone in zones or ())
    audit.note(session, "account-added", at=now, account_id=None, username=username, role=role.value)
    return account


def sign_in(session: Session, username: str, password: str, *, now: datetime) -> str | SignInRefused:
    """Check name and password and return a new session's token, or why not; returned and not raised, so that the count of
    failures is committed."""
    account = session.scalar(select(Account).where(Account.username == username.strip().lower(), Account.active))
    locked = account is not None and account.locked_until is not None and account.locked_until > now
    try:
        _hasher.verify(account.password_hash if account else _nobody, password)
        right = account is not None
    except (VerificationError, InvalidHashError):
        right = False
    if account is None:
        return SignInRefused(N_("User name or password is wrong."))
    if locked:
        return SignInRefused(N_("Too many wrong passwords. Try again in %(minutes)s minutes."), minutes=LOCK_FOR.seconds // 60)
    if not right:
        account.failed_sign_ins += 1
        if account.failed_sign_ins >= LOCK_AFTER:
            account.locked_until, account.failed_sign_ins = now + LOCK_FOR, 0
        audit.note(session, "sign-in-refused", at=now, account_id=account.id)
        return SignInRefused(N_("User name or password is wrong."))
    account.failed_sign_ins, account.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            token_hash=_hash(token), account_id=account.id, created_at=now, seen_at=now, expires_at=now + SESSION_LASTS
        )
    )
    audit.note(session, "signed-in", at=now, account_id=account.id)
    return token


def reader_of(session: Session, token: str, *, now: datetime) -> Reader | None:
    """Who a session's token belongs to, with the role and zones of this moment; None when it ended."""
    account = session.scalar(
        select(Account)
        .join(SignInSession, SignInSession.account_id == Account.id)
        .where(SignInSession.token_hash == _hash(token), SignInSession.expires_at > now, Account.active)
    )
    if account is None:
        return None
    zones = None
    if not account.all_zones:
        zones = frozenset(session.scalars(select(AccountZone.zone_id).where(AccountZone.account_id == account.id)))
    return Reader(account.id, account.username, account.role, zones, account.language)


def sign_out(session: Session, token: str, *, now: datetime) -> None:
    """End a session."""
    account_id = session.scalar(select(SignInSession.account_id).where(SignInSession.token_hash == _hash(token)))
    if account_id is not None:
        session.execute(delete(SignInSession).where(SignInSession.token_hash == _hash(token)))
        audit.note(session, "signed-out", at=now, account_id=account_id)


def choose_language(session: Session, account_id: int, language: str) -> None:
    """Remember the language an account reads."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


def _hash(token: str) -> str:
    # The token is 256 random bits: a plain hash is enough to make a stolen table useless.
    return hashlib.sha256(token.encode()).hexdigest()
