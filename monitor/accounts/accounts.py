"""Accounts: made, signed in to with a password, locked after wrong ones, and what somebody changes of their own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from monitor.accounts.codes import digest
from monitor.accounts.passwords import check_password, check_pin, hashed, is_right
from monitor.accounts.sessions import begin, end_sessions, new_token
from monitor.database.statements import changed
from monitor.models.accounts import Account, AccountZone, Passkey, Role, SignInSession, SignInWay
from monitor.problems import BadInput, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

LOCK_AFTER, LOCK_FOR = 5, timedelta(minutes=15)


class SignInRefused(Problem):
    """Not let in. Of a wrong name, a wrong password and a locked account the words do not tell which: they would say which names exist."""

    status = 401


def refused() -> SignInRefused:
    """The one answer to all of them."""
    return SignInRefused(
        N_(
            "The user name or password is wrong, or too many wrong passwords were entered: after %(tries)s an account is locked for"
            " %(minutes)s minutes. Administrators can unlock it."
        ),
        tries=LOCK_AFTER,
        minutes=LOCK_FOR.seconds // 60,
    )


def checked_username(session: Session, username: str) -> str:
    """A new account's name as it is stored. Raises BadInput."""
    username = username.strip().lower()
    if not 2 <= len(username) <= 64:
        raise BadInput(N_("A user name has from 2 to 64 characters."), field="username")
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise BadInput(N_("The user name %(name)s is taken."), field="username", name=username)
    return username


def new_account(
    session: Session,
    username: str,
    password: str | None,
    role: Role,
    *,
    zones: Collection[int] | None,
    now: datetime,
    language: str = "vi",
) -> Account:
    """Make an account; the caller notes it. zones: None for every zone. password: None until an invitation is used. Raises BadInput."""
    username = checked_username(session, username)
    if password is not None:
        check_password(password, username)
    account = Account(
        username=username,
        password_hash="" if password is None else hashed(password),
        role=role,
        all_zones=zones is None,
        language=language,
        created_at=now,
    )
    session.add(account)
    session.flush()
    session.add_all(AccountZone(account_id=account.id, zone_id=zone) for zone in zones or ())
    session.flush()
    return account


def add_account(
    session: Session,
    username: str,
    password: str,
    role: Role,
    *,
    zones: Collection[int] | None,
    now: datetime,
    language: str = "vi",
) -> Account:
    """Make an account with a password. zones: None for every zone. Raises BadInput."""
    account = new_account(session, username, password, role, zones=zones, now=now, language=language)
    audit.note(session, Action.ACCOUNT_ADDED, at=now, account_id=None, username=account.username, role=role.value)
    return account


def sign_in(
    session: Session, username: str, password: str, *, now: datetime, shared: bool = False, device: str = ""
) -> str | SignInRefused:
    """Check name and password and return a new session's token, or why not; returned and not raised, so that the count of
    failures is committed. The session of an account with a second factor opens nothing until that was shown (`second_step`).

    Names that do not exist take the same steps as wrong passwords.
    """
    # The row is held, so that tries side by side are counted one after the other.
    account = session.scalar(
        select(Account).where(Account.username == username.strip().lower(), Account.active).with_for_update()
    )
    right = is_right(account.password_hash if account else None, password)
    if account is None or not right or is_locked(account, now):
        count_wrong(session, account.id if account else None, now=now)
        return refused()
    awaits_factor = has_factor(session, account)
    if not awaits_factor:
        account.failed_sign_ins, account.locked_until = 0, None
    return begin(session, account, SignInWay.PASSWORD, now=now, awaits_factor=awaits_factor, shared=shared, device=device)


def is_locked(account: Account, now: datetime) -> bool:
    """Whether too many wrong passwords or codes were tried."""
    return account.locked_until is not None and account.locked_until > now


def has_factor(session: Session, account: Account) -> bool:
    """Whether a second factor was set up."""
    return account.totp_secret is not None or bool(session.scalar(select(exists().where(Passkey.account_id == account.id))))


def count_wrong(session: Session, account_id: int | None, *, now: datetime) -> None:
    """Note a wrong password or code; after five the account is locked for a while. account_id: None where no such account exists."""
    # A lock that holds is not made longer, or whoever goes on trying could shut somebody out for ever.
    free = (Account.id == account_id, (Account.locked_until.is_(None)) | (Account.locked_until <= now))
    changed(session, update(Account).where(*free).values(failed_sign_ins=Account.failed_sign_ins + 1))
    locked = changed(
        session,
        update(Account)
        .where(*free, Account.failed_sign_ins >= LOCK_AFTER)
        .values(locked_until=now + LOCK_FOR, failed_sign_ins=0),
    )
    audit.note(session, Action.SIGN_IN_REFUSED, at=now, account_id=account_id)
    if locked:
        audit.note(session, Action.ACCOUNT_LOCKED, at=now, account_id=account_id)


def confirm(session: Session, token: str, password: str, *, now: datetime) -> str | SignInRefused:
    """Show once more who one is, in an open session; what guards the account can be changed for some minutes then.

    Returns the session's new token: the one of before, whoever may have it, opens nothing more. A refusal is returned and not raised, so
    that it is counted.
    """
    row = session.execute(
        select(SignInSession, Account)
        .join(Account, SignInSession.account_id == Account.id)
        .where(SignInSession.token_hash == digest(token), Account.active)
        .with_for_update()
    ).one()
    one, account = row
    # First of all: a locked account tells nobody whether a guess was right.
    if is_locked(account, now):
        return refused()
    if not is_right(account.password_hash, password):
        count_wrong(session, account.id, now=now)
        return SignInRefused(N_("This is not your password. Try again."))
    fresh = new_token()
    one.token_hash, one.confirmed_at = digest(fresh), now
    audit.note(session, Action.IDENTITY_CONFIRMED, at=now, account_id=account.id)
    return fresh


def change_password(
    session: Session, account_id: int, token: str, current: str, password: str, *, now: datetime
) -> SignInRefused | None:
    """Set one's own password; all other sessions end. A wrong current one is refused, returned so that it is counted. Raises BadInput."""
    account = session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one()
    check_password(password, account.username)
    if is_locked(account, now):
        return refused()
    if not is_right(account.password_hash, current):
        count_wrong(session, account_id, now=now)
        return SignInRefused(N_("This is not your password. Try again."))
    account.password_hash = hashed(password)
    ended = end_sessions(session, account_id, except_token=token)
    audit.note(session, Action.PASSWORD_CHANGED, at=now, account_id=account_id, sessions=ended)
    return None


def set_pin(session: Session, account_id: int, pin: str, *, now: datetime) -> None:
    """Set one's own PIN for shared tablets. Raises BadInput."""
    check_pin(pin)
    session.get_one(Account, account_id).pin_hash = hashed(pin)
    audit.note(session, Action.PIN_SET, at=now, account_id=account_id)


def choose_language(session: Session, account_id: int, language: str) -> None:
    """Remember the language an account reads."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))
