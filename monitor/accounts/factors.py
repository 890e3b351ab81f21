"""Second factors besides passkeys: codes of an authenticator app (TOTP, RFC 6238) and ten recovery codes."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

import pyotp
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.accounts.codes import grouped, new_code, plain
from monitor.accounts.passwords import hashed_code, is_right_code
from monitor.database.statements import changed
from monitor.models.accounts import Account, Passkey, RecoveryCode, Role
from monitor.models.sealed_columns import Unreadable
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

STEP = 30  # seconds that a code holds
AROUND = 1  # steps before and after in which a clock that is a little off is believed
ISSUER = "Quarantine"
RECOVERY_CODES = 10
CODE_LETTERS = 10  # 50 bits, behind the code's number


class Judged(StrEnum):
    """What a typed code is."""

    RIGHT = "right"
    USED = "used"
    WRONG = "wrong"


WORDS: dict[Judged, str] = {
    Judged.USED: N_("This code was used already; each works once. Wait up to 30 seconds for the next one and enter that."),
    Judged.WRONG: N_("The code is wrong. Enter the six digits that the app shows now; the clock of the phone must be right."),
}


def judge_totp(secret: str, typed: str, last_step: int | None, now: datetime) -> tuple[Judged, int]:
    """Whether a code of the app is right at this moment, and of which step it is. last_step: the newest accepted so far."""
    digits = re.sub(r"\s", "", typed)
    step_now = int(now.timestamp()) // STEP
    if isinstance(secret, Unreadable):
        # Damaged in the database: an empty secret would be one that everybody knows.
        return Judged.WRONG, step_now
    totp = pyotp.TOTP(secret, interval=STEP)
    judged, found = Judged.WRONG, step_now
    for step in range(step_now - AROUND, step_now + AROUND + 1):
        if pyotp.utils.strings_equal(digits, totp.at(step * STEP)):
            judged, found = (Judged.RIGHT, step) if last_step is None or step > last_step else (Judged.USED, step)
    return judged, found


def needing(named: str) -> frozenset[Role]:
    """The roles that must have a second factor, by a setting that names them. Raises ValueError."""
    return frozenset(Role(each) for each in named.split())


def offer_totp(session: Session, account_id: int) -> str:
    """Make a secret for an authenticator app, good once a code of it was shown; returns its otpauth: address."""
    account = session.get_one(Account, account_id)
    account.totp_pending = pyotp.random_base32()
    return totp_address(account) or ""


def totp_address(account: Account) -> str | None:
    """What the app reads from a QR code: the secret that was offered last; None without one."""
    if account.totp_pending is None or isinstance(account.totp_pending, Unreadable):
        return None
    return pyotp.TOTP(account.totp_pending, interval=STEP).provisioning_uri(name=account.username, issuer_name=ISSUER)


def confirm_totp(session: Session, account_id: int, typed: str, *, now: datetime) -> None:
    """Take the offered secret into use, by a code that the app shows. Raises BadInput, Conflict."""
    account = session.get_one(Account, account_id)
    if account.totp_pending is None:
        raise Conflict(N_("No QR code is open for this account. Start again."))
    judged, step = judge_totp(account.totp_pending, typed, None, now)
    if judged is not Judged.RIGHT:
        raise BadInput(WORDS[judged], field="code")
    account.totp_secret, account.totp_pending, account.totp_step = account.totp_pending, None, step
    audit.note(session, Action.FACTOR_ADDED, at=now, account_id=account_id, factor="totp")


def use_totp(session: Session, account: Account, typed: str, *, now: datetime) -> Judged:
    """Whether a code is right; a right one is used up by it, whoever tries it at the same time elsewhere."""
    if account.totp_secret is None:
        return Judged.WRONG
    judged, step = judge_totp(account.totp_secret, typed, account.totp_step, now)
    if judged is not Judged.RIGHT:
        return judged
    newer = or_(Account.totp_step.is_(None), Account.totp_step < step)
    used = changed(session, update(Account).where(Account.id == account.id, newer).values(totp_step=step))
    return Judged.RIGHT if used else Judged.USED


def remove_totp(session: Session, account_id: int, required: Collection[Role], *, now: datetime) -> None:
    """Use the authenticator app no more. Raises Conflict where it is the only factor and one is required."""
    account = session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one()
    if account.totp_secret is None:
        raise Conflict(N_("This account has no authenticator app."))
    passkeys = session.scalar(select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)) or 0
    refuse_last(account, passkeys, required)
    account.totp_secret = account.totp_step = None
    audit.note(session, Action.FACTOR_REMOVED, at=now, account_id=account_id, factor="totp")


def refuse_last(account: Account, others: int, required: Collection[Role]) -> None:
    """others: how many factors stay. Raises Conflict where none would, and one is required."""
    if not others and account.role in required:
        raise Conflict(N_("Your role needs a second factor. Add another one first, then remove this one."))


def clear_factors(session: Session, account: Account) -> None:
    """End all second factors of an account; the caller notes why."""
    account.totp_secret = account.totp_pending = account.totp_step = None
    session.execute(delete(Passkey).where(Passkey.account_id == account.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def make_recovery_codes(session: Session, account_id: int, *, now: datetime) -> list[str]:
    """Ten new codes, to be shown this once; those of before end."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = [f"{number}{new_code(CODE_LETTERS)}" for number in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(account_id=account_id, number=number, code_hash=hashed_code(code)) for number, code in enumerate(codes)
    )
    audit.note(session, Action.RECOVERY_CODES_MADE, at=now, account_id=account_id)
    return [f"{code[0]}-{grouped(code[1:], 5)}" for code in codes]


def recovery_codes_left(session: Session, account_id: int) -> int:
    """How many were not used yet."""
    unused = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def use_recovery_code(session: Session, account_id: int, typed: str, *, now: datetime) -> Judged:
    """Whether a code is one of the account's; a right one is used up by it."""
    code = plain(typed)
    number = int(code[0]) if code[:1].isdigit() else None
    row = session.get(RecoveryCode, (account_id, number)) if number is not None else None
    if not is_right_code(row.code_hash if row else None, code):
        return Judged.WRONG
    unused = (RecoveryCode.account_id == account_id, RecoveryCode.number == number, RecoveryCode.used_at.is_(None))
    return Judged.RIGHT if changed(session, update(RecoveryCode).where(*unused).values(used_at=now)) else Judged.USED
