"""After the password: the second factor is shown, and what it was shown for opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.accounts import SignInRefused, count_wrong, is_locked, refused
from monitor.accounts.codes import digest
from monitor.accounts.factors import WORDS, Judged, use_recovery_code, use_totp
from monitor.accounts.passkeys import Answered, RelyingParty, use_passkey
from monitor.accounts.sessions import begin, is_over
from monitor.models.accounts import Account, Passkey, RecoveryCode, SignInSession, SignInWay
from monitor.words import N_

# What is wrong with a recovery code, in its own words.
RECOVERY_WORDS: dict[Judged, str] = {
    Judged.USED: N_("This recovery code was used already; each works once. Enter another one from the list."),
    Judged.WRONG: N_("This is not one of your recovery codes. Enter it as it is printed, with the digit in front."),
}


@dataclass(frozen=True)
class Awaited:
    """Somebody whose password was right. passkeys: credential ids, base64url. Which of the factors they have."""

    account_id: int
    username: str
    has_totp: bool
    passkeys: tuple[str, ...]
    recovery_codes: int


def awaited(session: Session, token: str, *, now: datetime) -> Awaited | None:
    """Who may show a second factor now; None when there was no right password within the last minutes."""
    row = _awaiting(session, token, now)
    if row is None:
        return None
    _one, account = row
    return Awaited(
        account.id,
        account.username,
        account.totp_secret is not None,
        tuple(session.scalars(select(Passkey.credential_id).where(Passkey.account_id == account.id))),
        session.scalar(select(func.count()).where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))) or 0,
    )


def show_code(session: Session, token: str, typed: str, *, recovery: bool, now: datetime) -> str | SignInRefused:
    """Sign in with a code of the app, or a recovery code: a new session's token, or why not; returned, so that it is counted."""
    row = _awaiting(session, token, now, hold=True)
    if row is None:
        return _too_late()
    one, account = row
    if is_locked(account, now):
        session.delete(one)
        return refused()
    use = use_recovery_code(session, account.id, typed, now=now) if recovery else use_totp(session, account, typed, now=now)
    if use is not Judged.RIGHT:
        count_wrong(session, account.id, now=now)
        return SignInRefused((RECOVERY_WORDS if recovery else WORDS)[use])
    return _open(session, one, account, SignInWay.RECOVERY_CODE if recovery else SignInWay.TOTP, now)


def show_passkey(session: Session, token: str, answered: Answered, site: RelyingParty, *, now: datetime) -> str | SignInRefused:
    """Sign in with a passkey as the second factor."""
    row = _awaiting(session, token, now, hold=True)
    if row is None:
        return _too_late()
    one, account = row
    found = use_passkey(session, answered, site, account_id=account.id, now=now)
    return found if isinstance(found, SignInRefused) else _open(session, one, account, SignInWay.PASSKEY, now)


def sign_in_with_passkey(
    session: Session, answered: Answered, site: RelyingParty, *, now: datetime, shared: bool = False, device: str = ""
) -> str | SignInRefused:
    """Sign in with a passkey alone; its device must have made sure who holds it (PIN, finger, face)."""
    found = use_passkey(session, answered, site, account_id=None, now=now)
    if isinstance(found, SignInRefused):
        return found
    # Not held back by wrong passwords that somebody else typed: a passkey cannot be guessed.
    return begin(session, found, SignInWay.PASSKEY_ALONE, now=now, shared=shared, device=device)


def _awaiting(session: Session, token: str, now: datetime, *, hold: bool = False) -> tuple[SignInSession, Account] | None:
    query = (
        select(SignInSession, Account)
        .join(Account, SignInSession.account_id == Account.id)
        .where(SignInSession.token_hash == digest(token), SignInSession.awaits_factor, Account.active)
    )
    row = session.execute(query.with_for_update() if hold else query).one_or_none()
    if row is None or is_over(row[1].role, row[0].created_at, row[0].seen_at, now, awaits_factor=True):
        return None
    return row[0], row[1]


def _open(session: Session, one: SignInSession, account: Account, way: SignInWay, now: datetime) -> str:
    # A new token: the one from before the factor opens nothing, then or later.
    shared, device = one.shared, one.device
    session.delete(one)
    account.failed_sign_ins, account.locked_until = 0, None
    session.flush()
    return begin(session, account, way, now=now, shared=shared, device=device)


def _too_late() -> SignInRefused:
    return SignInRefused(N_("Too much time has passed since the password was entered. Sign in again."))
