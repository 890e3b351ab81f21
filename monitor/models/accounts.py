"""Who may sign in, their sessions, and the audit trail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class Role(StrEnum):
    """What an account is for; `monitor/access.py` says what each may do."""

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
    role: Mapped[Role] = mapped_column(text_enum(Role))
    all_zones: Mapped[bool] = mapped_column(default=False)
    """True: every zone; otherwise only those in account_zone."""
    language: Mapped[str] = mapped_column(String(8), default="vi")
    active: Mapped[bool] = mapped_column(default=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AccountZone(Base):
    """A zone that an account may work in."""

    __tablename__ = "account_zone"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id", ondelete="CASCADE"), primary_key=True)


class SignInSession(Base):
    """One browser that is signed in; deleting the row signs it out."""

    __tablename__ = "sign_in_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = refers_to("account.id", cascade=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did or saw what. Append-only; each entry's hash covers the one before."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("previous_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account_id: Mapped[int | None] = refers_to("account.id")
    action: Mapped[str] = mapped_column(String(64))
    zone_id: Mapped[int | None] = refers_to("zone.id")
    resident_id: Mapped[int | None] = refers_to("resident.id")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    """Unique: two writers cannot both follow the same entry."""
    hash: Mapped[str] = mapped_column(String(64))
