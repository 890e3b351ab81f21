"""The service's own rows: what changed (for live pages), which processes live, when it was down itself, and how it was set up."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class Change(Base):
    """Something in a zone changed; live pages that show the zone ask again. Kept for minutes only."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    topic: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(index=True)


class ProcessBeat(Base):
    """A process of the service and its last sign of life."""

    __tablename__ = "process_beat"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Kind and number: `watch-1`; on several machines with the host in front."""
    kind: Mapped[str] = mapped_column(String(32))
    pid: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class OutagePart(StrEnum):
    """What of ours failed: by that it is known whom it touched."""

    SERVICE = "service"
    """Nothing of ours ran, or nobody knows that anything did."""
    PAGE = "page"
    """Residents could not open their page."""
    CONSOLE = "console"
    """Staff could not open theirs; no resident notices."""
    SCHEDULER = "scheduler"
    """No round was opened, reminded or closed."""
    WORKER = "worker"
    """No message left and no photo was looked at."""
    WATCHER = "watcher"
    """No camera was watched."""
    DATABASE = "database"
    """Nothing could be written down."""
    GATEWAY = "gateway"
    """A gateway took no messages; `subject` is its channel."""
    DISK = "disk"
    """No photo could be stored."""
    LINE = "line"
    """The line of a whole site was lost: of a zone, or where there is none, of the place where the service runs."""


class ServiceOutage(Base):
    """A time in which something of ours did not work; it excuses those whom it kept from answering."""

    __tablename__ = "service_outage"
    __table_args__ = (Index("ix_service_outage_ended_at", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """None: it lasts, as far as `seen_at`."""
    cause: Mapped[str] = mapped_column(String(64))
    """How it was noticed: `no-tick`, `no-answer`, `no-sign`, `refused`, `full`, `silent`."""
    part: Mapped[OutagePart] = mapped_column(text_enum(OutagePart), default=OutagePart.SERVICE)
    subject: Mapped[str] = mapped_column(String(64), default="")
    """Which process or channel, where there are several."""
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    """Of a lost line: whose. None: it touches every zone."""
    seen_at: Mapped[datetime | None]
    """When somebody last saw that it lasts: whoever watched may have died before they saw its end."""


class StatedValue(Base):
    """One thing that administrators said on screens about their installation; `monitor/stated.py` names them."""

    __tablename__ = "stated_value"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    account_id: Mapped[int | None] = refers_to("account.id", index=False)


class StepMark(StrEnum):
    """What a person said of a step of setting up. CONFIRMED: that something outside of the service was done."""

    SKIPPED = "skipped"
    CONFIRMED = "confirmed"


class SetUpStep(Base):
    """A step of setting up that a person skipped or confirmed; whatever facts tell of a step stands nowhere."""

    __tablename__ = "set_up_step"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    mark: Mapped[StepMark] = mapped_column(text_enum(StepMark))
    of: Mapped[str] = mapped_column(String(64), default="")
    """What was confirmed: of the recovery sheet the key's fingerprint, since another key needs another sheet."""
    at: Mapped[datetime]
    account_id: Mapped[int | None] = refers_to("account.id", index=False)


class ChannelTry(Base):
    """The last test of a channel that an administrator sent from the console."""

    __tablename__ = "channel_try"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    tried_at: Mapped[datetime]
    """When it began: two do not follow each other at once."""
    worked_at: Mapped[datetime | None]
    """When the gateway last accepted one."""
    problem: Mapped[dict[str, Any] | None]
    """Stored Words: why the last one was not accepted."""


class MachineTime(Base):
    """What time is believed on a machine since it was started; all its processes go by it, also those that start later."""

    __tablename__ = "machine_time"

    boot: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The name of this start of the machine."""
    host: Mapped[str] = mapped_column(String(64), default="")
    epoch: Mapped[float]
    """When the machine was started, in seconds since 1970: with the time it has been running, what time it is."""
    guessed: Mapped[bool] = mapped_column(default=False)
    """Whether it is only known that it cannot be earlier: the machine's clock stood before our last sign of life."""
    kept_at: Mapped[datetime]


class ClockDoubt(StrEnum):
    """Why nobody knows what time it is: the machine's clock jumped, or nothing was written for so long that it may have."""

    JUMP = "jump"
    GAP = "gap"


class ClockDecision(StrEnum):
    """Which time a person found right: the machine's clock, or the one that the service went on with."""

    MACHINE = "machine"
    KEPT = "kept"


class ClockJump(Base):
    """A time in which a machine's clock and the time that is believed differ. While one is not confirmed, nothing is deleted."""

    __tablename__ = "clock_jump"
    __table_args__ = (
        # One at a time on each machine.
        Index(
            "uq_clock_jump_lasting",
            "boot",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ClockDoubt] = mapped_column(text_enum(ClockDoubt))
    boot: Mapped[str] = mapped_column(String(64))
    host: Mapped[str] = mapped_column(String(64))
    seconds: Mapped[float]
    """How far the machine's clock is ahead of the time that is believed; of a gap, how long it is."""
    noticed_at: Mapped[datetime]
    """By the time that is believed, as all moments here."""
    seen_at: Mapped[datetime]
    """When a process last found it so."""
    ended_at: Mapped[datetime | None]
    """When both agreed again."""
    went_over_at: Mapped[datetime | None]
    """When the service went over to the machine's clock, and all that waits was put right for it."""
    told_at: Mapped[datetime | None]
    """When the operator's addresses were told."""
    decision: Mapped[ClockDecision | None] = mapped_column(text_enum(ClockDecision))
    confirmed_at: Mapped[datetime | None]
    """When a person said which time is right; until then nothing is deleted."""
    confirmed_by: Mapped[int | None] = refers_to("account.id", index=False)
    written_from: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """By table: the last row that was written before. See `monitor/timekeeping/marks.py`."""
    written_to: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """By table: the last row that was written while it lasted."""
