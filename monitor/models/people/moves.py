"""People on their way: transfers between zones, changes that wait for their day, and faces to be compared in a new room."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class TransferState(StrEnum):
    """Offered until the other zone answers, or the offering one takes it back."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Transfer(Base):
    """One zone offers a person to another, which takes them in or not. Until it does, they stay where they are."""

    __tablename__ = "transfer"
    __table_args__ = (
        Index(
            "uq_transfer_offered",
            "resident_id",
            unique=True,
            sqlite_where=text("state = 'offered'"),
            postgresql_where=text("state = 'offered'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    order_id: Mapped[int] = refers_to("quarantine_order.id")
    from_zone_id: Mapped[int] = refers_to("zone.id")
    to_zone_id: Mapped[int] = refers_to("zone.id")
    state: Mapped[TransferState] = mapped_column(text_enum(TransferState), default=TransferState.OFFERED)
    reason: Mapped[str] = mapped_column(String(300))
    wanted_on: Mapped[date | None]
    """The day on which the offering zone would like it."""
    offered_at: Mapped[datetime]
    offered_by: Mapped[int] = refers_to("account.id", index=False)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None with a date: the order was over before."""
    decision: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """Why it was refused or withdrawn."""


class DoneForMany(Base):
    """One thing that was done to somebody among many, for as long as all of it can be taken back as one."""

    __tablename__ = "done_for_many"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[str] = mapped_column(String(24), index=True)
    """Activity together has the same."""
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    resident_id: Mapped[int] = refers_to("resident.id")
    account_id: Mapped[int] = refers_to("account.id", index=False)
    at: Mapped[datetime] = mapped_column(index=True)
    made: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What taking it back needs: {"exemption": 7}, {"transfer": 7}, {"planned": 7} or {"rooms": [3, 4]}, the one before and the one now."""
    undone_at: Mapped[datetime | None]


class PlannedKind(StrEnum):
    """What can be set for a later time."""

    EXTEND = "extend"
    RELEASE = "release"
    HOSPITAL = "hospital"
    BACK = "back"
    MOVED_AWAY = "moved_away"
    ROOM = "room"
    TRANSFER = "transfer"
    """Taken in by another zone, which has said from when."""


class PlannedState(StrEnum):
    """Waiting until its time has come, or somebody calls it off."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PlannedChange(Base):
    """Something that is done with somebody at a set time, by the service, as if a supervisor did it then."""

    __tablename__ = "planned_change"
    __table_args__ = (
        # Only what waits is ever looked for, by time.
        Index(
            "ix_planned_change_due",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        # A form that is sent twice plans once.
        Index(
            "uq_planned_change_waiting",
            "resident_id",
            "kind",
            "due_at",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    resident_id: Mapped[int] = refers_to("resident.id")
    order_id: Mapped[int | None] = refers_to("quarantine_order.id")
    """None: it is about the person alone."""
    kind: Mapped[PlannedKind] = mapped_column(text_enum(PlannedKind))
    due_at: Mapped[datetime]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of a room: {"room_id": 3, "crowded": false}; of a transfer these, its number and with which phone they answer; of an extension: {"ends_at": as ISO 8601}; else empty."""
    reason: Mapped[str] = mapped_column(String(300))
    made_by: Mapped[int] = refers_to("account.id", index=False)
    made_at: Mapped[datetime]
    state: Mapped[PlannedState] = mapped_column(text_enum(PlannedState), default=PlannedState.WAITING)
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Who called it off; None: the service."""
    problem: Mapped[dict[str, Any] | None]
    """Stored Words: why it could not be done, or was called off."""


class LikenessCheck(Base):
    """Somebody came to live among other people: a worker compares their face with theirs, and removes the row."""

    __tablename__ = "likeness_check"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    zone_id: Mapped[int] = refers_to("zone.id")
    asked_at: Mapped[datetime]
