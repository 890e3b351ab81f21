"""Who may sign in and how, their sessions, and the audit trail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum
from monitor.models.sealed_columns import SealedText


class Role(StrEnum):
    """What an account is for; `monitor/accounts/access.py` says what each may do."""

    STAFF = "staff"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Account(Base):
    """A person who signs in to the console."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    """Argon2; empty: invited, and nobody has opened the invitation yet."""
    role: Mapped[Role] = mapped_column(text_enum(Role))
    all_zones: Mapped[bool] = mapped_column(default=False)
    """True: every zone; otherwise only those in account_zone."""
    language: Mapped[str] = mapped_column(String(8), default="vi")
    active: Mapped[bool] = mapped_column(default=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(SealedText("totp"))
    """Shared with the authenticator app, base32; None: the account uses none."""
    totp_pending: Mapped[str | None] = mapped_column(SealedText("totp"))
    """Shown, and not yet confirmed by a code."""
    totp_step: Mapped[int | None]
    """The last step of 30 seconds whose code was accepted: each is accepted once."""
    pin_hash: Mapped[str | None] = mapped_column(SealedText("pin"))
    """Argon2, sealed besides: six digits are few. Unlocks shared tablets on which this account is signed in."""
    created_at: Mapped[datetime]


class AccountZone(Base):
    """A zone that an account may work in."""

    __tablename__ = "account_zone"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id", ondelete="CASCADE"), primary_key=True)


class SignInWay(StrEnum):
    """What a session was opened with."""

    PASSWORD = "password"  # noqa: S105 - a word
    TOTP = "totp"
    PASSKEY = "passkey"
    PASSKEY_ALONE = "passkey_alone"
    RECOVERY_CODE = "recovery_code"


class SignInSession(Base):
    """One browser that is signed in; deleting the row signs it out."""

    __tablename__ = "sign_in_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = refers_to("account.id", cascade=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When a person last did something; pages that refresh by themselves do not count."""
    expires_at: Mapped[datetime]
    way: Mapped[SignInWay] = mapped_column(text_enum(SignInWay), default=SignInWay.PASSWORD)
    awaits_factor: Mapped[bool] = mapped_column(default=False)
    """The password was right, and the second factor has not been shown: nothing is open yet."""
    shared: Mapped[bool] = mapped_column(default=False)
    """On a tablet that several people use: locked when nobody does anything for a minute."""
    confirmed_at: Mapped[datetime | None]
    """When the password or a factor was last shown; what guards an account is changed shortly after only."""
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong PINs since the last right one."""
    device: Mapped[str] = mapped_column(String(120), default="")
    """What the browser calls itself."""


class InvitationKind(StrEnum):
    """INVITE: to a new account. RESET: to a new password for an account. FIRST: to the first administrator, who picks the name."""

    INVITE = "invite"
    RESET = "reset"
    FIRST = "first"


class Invitation(Base):
    """A code, good once, with which somebody chooses the password of an account."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[InvitationKind] = mapped_column(text_enum(InvitationKind))
    account_id: Mapped[int | None] = refers_to("account.id", cascade=True)
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: the service, or a command."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    clears_factors: Mapped[bool] = mapped_column(default=False)
    """The account's second factors end when it is used: a lost telephone."""


class Passkey(Base):
    """A public key whose private half a person's device keeps (WebAuthn)."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = refers_to("account.id", cascade=True)
    credential_id: Mapped[str] = mapped_column(Text, unique=True)
    """base64url."""
    public_key: Mapped[str] = mapped_column(Text)
    """COSE, base64url."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UsedChallenge(Base):
    """A challenge that a passkey has answered: none is answered twice. Kept until it would be too old anyway."""

    __tablename__ = "used_challenge"

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]


class RecoveryCode(Base):
    """One of ten codes for the day on which the second factor is not at hand."""

    __tablename__ = "recovery_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 0 to 9; the code begins with it."""
    code_hash: Mapped[str] = mapped_column(String(200))
    """Argon2."""
    used_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did or saw what. Append-only; each entry's hash covers the one before."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("previous_hash"),
        # The trail is read newest first: all of it, of one account, of one person, of one zone, of one action.
        Index("ix_audit_entry_at_id", "at", "id"),
        *(
            Index(f"ix_audit_entry_{each}_at_id", each, "at", "id")
            for each in ("account_id", "action", "zone_id", "resident_id")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account_id: Mapped[int | None] = refers_to("account.id", index=False)
    action: Mapped[str] = mapped_column(String(64))
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    """Unique: two writers cannot both follow the same entry."""
    hash: Mapped[str] = mapped_column(String(64))
