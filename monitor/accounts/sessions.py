"""Sessions: how long each lasts, what must be done in one before anything else, and how it is listed and ended."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, bindparam, delete, exists, func, select, update
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.accounts.codes import digest
from monitor.accounts.passwords import is_right
from monitor.database.many_rows import one_of_given
from monitor.database.statements import changed
from monitor.models.accounts import Account, AccountZone, Passkey, Role, SignInSession, SignInWay
from monitor.problems import NotFound, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_


@dataclass(frozen=True)
class Lasts:
    """idle: without anything that a person does. whole: from signing in, whatever is done."""

    idle: timedelta
    whole: timedelta


# A shift at the ward's desk is not interrupted; whoever can change accounts or read the trail sits down for it.
LASTS: dict[Role, Lasts] = {
    Role.STAFF: Lasts(timedelta(hours=4), timedelta(hours=12)),
    Role.SUPERVISOR: Lasts(timedelta(hours=2), timedelta(hours=12)),
    Role.ADMINISTRATOR: Lasts(timedelta(minutes=30), timedelta(hours=8)),
    Role.AUDITOR: Lasts(timedelta(minutes=30), timedelta(hours=8)),
}
LOCKED_AFTER = timedelta(seconds=60)  # a shared tablet
FACTOR_WITHIN = timedelta(minutes=10)  # between the password and the second factor
CONFIRMED_FOR = timedelta(minutes=10)  # what guards an account is changed so soon after showing a password or factor
MOST_PINS = 5
NUMBER = 16  # letters of a session's hash that name it in a list; they open nothing


class Must(StrEnum):
    """What comes before anything else."""

    UNLOCK = "unlock"
    SET_UP_FACTOR = "set_up_factor"
    SET_PIN = "set_pin"


@dataclass(frozen=True)
class Standing:
    """Somebody in a session: who, what they must do first, and whether they showed who they are a short while ago.

    worth_noting: what they do now is to be noted as the session's last use.
    """

    reader: Reader
    must: Must | None
    confirmed: bool
    shared: bool
    worth_noting: bool


class PinRefused(Problem):
    """A wrong PIN."""

    status = 401


class SessionEnded(PinRefused):
    """There is no session to unlock any more."""


def is_over(role: Role, created_at: datetime, seen_at: datetime, now: datetime, *, awaits_factor: bool = False) -> bool:
    """Whether a session has lasted its time, by the role of this moment."""
    if awaits_factor:
        return now - created_at > FACTOR_WITHIN
    return now - created_at >= LASTS[role].whole or now - seen_at >= LASTS[role].idle


def first_to_do(*, shared: bool, idle: timedelta, has_pin: bool, needs_factor: bool) -> Must | None:
    """needs_factor: the role must have a second factor, and the account has none."""
    if shared and has_pin and idle >= LOCKED_AFTER:
        return Must.UNLOCK
    if needs_factor:
        return Must.SET_UP_FACTOR
    return Must.SET_PIN if shared and not has_pin else None


def new_token() -> str:
    """What a browser shows for its session: 256 random bits."""
    return secrets.token_urlsafe(32)


def begin(
    session: Session,
    account: Account,
    way: SignInWay,
    *,
    now: datetime,
    awaits_factor: bool = False,
    shared: bool = False,
    device: str = "",
) -> str:
    """Open a session and return its token; those of the account that lasted their time are cleared away."""
    token = new_token()
    session.execute(delete(SignInSession).where(SignInSession.account_id == account.id, SignInSession.expires_at <= now))
    session.add(
        SignInSession(
            token_hash=digest(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            expires_at=now + (FACTOR_WITHIN if awaits_factor else LASTS[account.role].whole),
            way=way,
            awaits_factor=awaits_factor,
            shared=shared,
            confirmed_at=now,
            device=device[:120],
        )
    )
    session.flush()
    if not awaits_factor:
        audit.note(session, Action.SIGNED_IN, at=now, account_id=account.id, how=way.value)
    return token


# Asked at each request: made once, since making them takes longer than the database does to answer.
_STANDING = (
    select(SignInSession, Account, exists().where(Passkey.account_id == Account.id), AccountZone.zone_id)
    .join(Account, SignInSession.account_id == Account.id)
    .outerjoin(AccountZone, and_(AccountZone.account_id == Account.id, Account.all_zones.is_(False)))
    .where(
        one_of_given(SignInSession.token_hash, "hashes"),
        SignInSession.expires_at > bindparam("now"),
        SignInSession.awaits_factor.is_(False),
        Account.active,
    )
)


def standing_of(session: Session, token: str, *, now: datetime, needing: Collection[Role] = ()) -> Standing | None:
    """Who a session's token belongs to, with the role and zones of this moment; None when it ended or awaits a second factor.

    needing: the roles that must have a second factor.
    """
    return standings_of(session, [token], now=now, needing=needing).get(token)


def standings_of(
    session: Session, tokens: Collection[str], *, now: datetime, needing: Collection[Role] = ()
) -> dict[str, Standing]:
    """The same of many sessions, by token; those that ended or await something are left out."""
    shown = {digest(token): token for token in tokens}
    found: dict[str, tuple[SignInSession, Account, bool]] = {}
    zones: defaultdict[int, set[int]] = defaultdict(set)
    # A row for each of somebody's zones.
    for one, account, has_passkey, zone_id in session.execute(_STANDING, {"hashes": list(shown), "now": now}):
        found[one.token_hash] = (one, account, has_passkey)
        if zone_id is not None:
            zones[account.id].add(zone_id)
    return {
        shown[one.token_hash]: _standing(one, account, has_passkey, frozenset(zones[account.id]), now, needing)
        for one, account, has_passkey in found.values()
        if not is_over(account.role, one.created_at, one.seen_at, now)
    }


def _standing(
    one: SignInSession,
    account: Account,
    has_passkey: bool,
    zones: frozenset[int],
    now: datetime,
    needing: Collection[Role],
) -> Standing:
    has_factor = has_passkey or account.totp_secret is not None
    idle = now - one.seen_at
    return Standing(
        reader=Reader(account.id, account.username, account.role, None if account.all_zones else zones, account.language),
        must=first_to_do(
            shared=one.shared,
            idle=idle,
            has_pin=account.pin_hash is not None,
            needs_factor=account.role in needing and not has_factor,
        ),
        confirmed=one.confirmed_at is not None and now - one.confirmed_at < CONFIRMED_FOR,
        shared=one.shared,
        worth_noting=idle >= timedelta(seconds=5 if one.shared else 60),
    )


def readers_of(session: Session, tokens: Collection[str], *, now: datetime) -> dict[str, Reader]:
    """Who sessions belong to; those that ended, await a second factor, or are locked are left out."""
    found = standings_of(session, tokens, now=now)
    return {token: each.reader for token, each in found.items() if each.must is not Must.UNLOCK}


def reader_of(session: Session, token: str, *, now: datetime) -> Reader | None:
    """Who a session belongs to; None when it ended, awaits a second factor, or is locked."""
    return readers_of(session, [token], now=now).get(token)


def note_use(session: Session, token: str, *, now: datetime) -> None:
    """A person did something just now."""
    changed(
        session,
        update(SignInSession).where(SignInSession.token_hash == digest(token), SignInSession.seen_at < now).values(seen_at=now),
    )


def sign_out(session: Session, token: str, *, now: datetime) -> None:
    """End a session."""
    account_id = session.scalar(select(SignInSession.account_id).where(SignInSession.token_hash == digest(token)))
    if account_id is not None:
        session.execute(delete(SignInSession).where(SignInSession.token_hash == digest(token)))
        audit.note(session, Action.SIGNED_OUT, at=now, account_id=account_id)


def number_of(token: str) -> str:
    """The name of a session in lists."""
    return digest(token)[:NUMBER]


def sessions_of(session: Session, account: Account, *, now: datetime) -> list[SignInSession]:
    """An account's sessions that are open now, the one used last first."""
    rows = session.scalars(
        select(SignInSession)
        .where(SignInSession.account_id == account.id, SignInSession.awaits_factor.is_(False), SignInSession.expires_at > now)
        .order_by(SignInSession.seen_at.desc())
    )
    return [each for each in rows if not is_over(account.role, each.created_at, each.seen_at, now)]


def end_session(session: Session, account_id: int, number: str, *, by: int, now: datetime) -> None:
    """End one session of an account, by its name in the list. Raises NotFound."""
    of_it = (SignInSession.account_id == account_id, func.substr(SignInSession.token_hash, 1, NUMBER) == number)
    if not changed(session, delete(SignInSession).where(*of_it)):
        raise NotFound(N_("This session has ended already."))
    audit.note(session, Action.SESSION_ENDED, at=now, account_id=by, username=_name(session, account_id))


def end_sessions(session: Session, account_id: int, *, except_token: str | None = None) -> int:
    """End all sessions of an account but one; returns how many. The caller notes why."""
    query = delete(SignInSession).where(SignInSession.account_id == account_id)
    if except_token is not None:
        query = query.where(SignInSession.token_hash != digest(except_token))
    return changed(session, query)


def end_other_sessions(session: Session, account_id: int, *, by: int, token: str | None, now: datetime) -> int:
    """End all sessions of an account but the one with this token, as a step of its own; returns how many."""
    ended = end_sessions(session, account_id, except_token=token)
    audit.note(session, Action.SESSIONS_ENDED, at=now, account_id=by, username=_name(session, account_id), sessions=ended)
    return ended


def unlock(session: Session, token: str, pin: str, *, now: datetime) -> PinRefused | None:
    """Open a locked shared tablet with the person's own PIN. A refusal is returned and not raised, so that it is counted."""
    row = session.execute(
        select(SignInSession, Account)
        .join(Account, SignInSession.account_id == Account.id)
        .where(SignInSession.token_hash == digest(token), SignInSession.shared, Account.active)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return SessionEnded(N_("This session has ended. Sign in again."))
    one, account = row
    if is_right(account.pin_hash, pin):
        one.seen_at, one.failures = now, 0
        audit.note(session, Action.SCREEN_UNLOCKED, at=now, account_id=account.id)
        return None
    one.failures += 1
    audit.note(session, Action.PIN_REFUSED, at=now, account_id=account.id)
    if one.failures >= MOST_PINS:
        session.delete(one)
        return SessionEnded(N_("The PIN was wrong %(times)s times. Sign in with your user name and password."), times=MOST_PINS)
    return PinRefused(N_("The PIN is wrong. Try again, or sign out."))


def _name(session: Session, account_id: int) -> str | None:
    return session.scalar(select(Account.username).where(Account.id == account_id))
