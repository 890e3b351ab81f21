"""Rounds, check-ins, and how each check-in went from state to state."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, String, UniqueConstraint, false, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum
from monitor.models.rollcalls.plans import EvidenceLevel


class RollCallState(StrEnum):
    """A round is open, then closed, once."""

    OPEN = "open"
    CLOSED = "closed"


class CheckInState(StrEnum):
    """A check-in's life; see `rollcall/checkins/checkin.py` for who may move it where."""

    SCHEDULED = "scheduled"
    PROMPTED = "prompted"
    ANSWERED = "answered"
    VERIFIED = "verified"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISSED = "missed"
    UNREACHED = "unreached"
    EXCUSED = "excused"


class RollCall(Base):
    """One round for a zone (đợt điểm danh)."""

    __tablename__ = "roll_call"
    __table_args__ = (UniqueConstraint("plan_id", "opens_at"), Index("ix_roll_call_zone_id_opens_at", "zone_id", "opens_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = refers_to("plan.id", index=False)
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    state: Mapped[RollCallState] = mapped_column(text_enum(RollCallState), default=RollCallState.OPEN, index=True)
    closed_at: Mapped[datetime | None]
    extra: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Staff asked one person beside the plan: it says nothing of how the plan does, nor keeps a round of it from being opened."""


_IN_REVIEW = f"state = '{CheckInState.IN_REVIEW}'"


class CheckIn(Base):
    """One resident's part in a round (lượt điểm danh)."""

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("roll_call_id", "resident_id"),
        Index("ix_check_in_resident_id_opened_at", "resident_id", "opened_at"),
        # No tick ever scans everybody: only rows that still have a deadline are in this index.
        filled_index("check_in", "due_at"),
        filled_index("check_in", "step_at"),
        filled_index("check_in", "lead_id"),
        filled_index("check_in", "outage_id"),
        Index("ix_check_in_in_review", "resident_id", sqlite_where=text(_IN_REVIEW), postgresql_where=text(_IN_REVIEW)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    roll_call_id: Mapped[int] = refers_to("roll_call.id", index=False)
    resident_id: Mapped[int] = refers_to("resident.id", index=False)
    zone_id: Mapped[int] = copied()
    state: Mapped[CheckInState] = mapped_column(text_enum(CheckInState), default=CheckInState.SCHEDULED)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When its window closes; null once nothing is awaited of the resident."""
    lead_id: Mapped[int | None] = refers_to("check_in.id", index=False)
    """Where several people of a round answer with one phone: the check-in whose prompts stand for all of theirs, its own included."""
    step: Mapped[int] = mapped_column(default=0)
    """How many steps of the plan's ladder were taken."""
    step_at: Mapped[datetime | None]
    """When the next one is due; null once none is left."""
    nonce: Mapped[str] = mapped_column(String(32))
    """Part of the link, so that a link is good for one check-in only."""
    evidence: Mapped[EvidenceLevel | None] = mapped_column(text_enum(EvidenceLevel))
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """Stored Words."""
    state_since: Mapped[datetime]
    outage_id: Mapped[int | None]
    """Which fault of ours excused it; no row of those is ever deleted."""


def in_review() -> ColumnElement[bool]:
    """A condition on CheckIn: it waits for a supervisor. The state stands in the statement: as a parameter it would hide the index."""
    return CheckIn.state == literal_column(f"'{CheckInState.IN_REVIEW}'", CheckIn.__table__.c.state.type)


class CheckInChange(Base):
    """One step of a check-in's life, with its reasons; never changed."""

    __tablename__ = "check_in_change"
    __table_args__ = (filled_index("check_in_change", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    check_in_id: Mapped[int] = refers_to("check_in.id")
    at: Mapped[datetime]
    state: Mapped[CheckInState] = mapped_column(text_enum(CheckInState))
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    account_id: Mapped[int | None] = refers_to("account.id", index=False)
    correction: Mapped[bool] = mapped_column(default=False)
    """It sets right what was final before: by a person's decision, or by an answer that was made in time."""
