"""Answers, what became of them, and people's decisions about them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.rollcalls.rounds import CheckInState
from monitor.models.sealed_columns import PLACE, SealedJson


class PlaceVerdict(StrEnum):
    """Where a phone says it is: in its zone, outside, or nobody can tell."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class VerificationState(StrEnum):
    """Waiting for a worker, being judged by one, judged."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"


def _when_received(context: DefaultExecutionContext) -> datetime:
    at: datetime = context.get_current_parameters()["received_at"]  # type: ignore[no-untyped-call]
    return at


class Answer(Base):
    """What came back from a resident. One per check-in: the first that arrived whole."""

    __tablename__ = "answer"
    __table_args__ = (
        # Who has not answered for so long; one's own answers.
        Index("ix_answer_resident_id_received_at", "resident_id", "received_at"),
        # The purge deletes places by age.
        Index(
            "ix_answer_received_at_with_place",
            "received_at",
            sqlite_where=text("fix IS NOT NULL"),
            postgresql_where=text("fix IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_in_id: Mapped[int] = mapped_column(ForeignKey("check_in.id"), unique=True)
    resident_id: Mapped[int] = refers_to("resident.id", index=False)
    zone_id: Mapped[int] = refers_to("zone.id")
    received_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(16), default="web")
    """How it came: web, sms or voice."""
    media_id: Mapped[int | None] = refers_to("media.id")
    burst_id: Mapped[int | None] = refers_to("media.id")
    """The frames of head movements."""
    unwell: Mapped[bool] = mapped_column(default=False)
    symptoms: Mapped[list[Any]] = mapped_column(default=list)
    help_wanted: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    taken_at: Mapped[datetime] = mapped_column(default=_when_received)
    """When it was made on the phone, as far as that can be believed; see `rollcall/answers/stamps.py`."""
    late: Mapped[bool] = mapped_column(default=False)
    """It came after the window was closed."""
    in_window: Mapped[bool] = mapped_column(default=True)
    """Of a late one: whether it was made while the window was open, and came within the grace; then it sets the check-in right.
    Any other changes no state by itself."""
    temperature: Mapped[float | None]
    """Degrees Celsius, as the resident measured them."""
    spo2: Mapped[int | None]
    """Oxygen saturation in per cent, as the resident measured it."""
    fix: Mapped[list[float] | None] = mapped_column(SealedJson(PLACE))
    """Where the phone says it is: latitude, longitude (degrees), accuracy (metres)."""
    place: Mapped[PlaceVerdict | None] = mapped_column(text_enum(PlaceVerdict))
    """None: it was not asked for."""
    place_reasons: Mapped[list[Any]] = mapped_column(default=list)
    """Stored Words."""
    place_doubtful: Mapped[bool] = mapped_column(default=False)
    """Whether a person must look at the place."""
    entered_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Who of staff saw the resident; None: the answer is the resident's own."""
    guardian_id: Mapped[int | None] = refers_to("guardian.id", index=False)
    """Who answered for the resident."""


class Verification(Base):
    """How an answer was judged, by which engine, with the numbers."""

    __tablename__ = "verification"
    __table_args__ = (filled_index("verification", "next_attempt_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), unique=True)
    check_in_id: Mapped[int] = refers_to("check_in.id")
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    state: Mapped[VerificationState] = mapped_column(text_enum(VerificationState), default=VerificationState.WAITING)
    next_attempt_at: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    engine: Mapped[str] = mapped_column(String(32), default="")
    similarity: Mapped[float | None]
    second_engine: Mapped[str] = mapped_column(String(32), default="")
    second_similarity: Mapped[float | None]
    faces: Mapped[int | None]
    movements: Mapped[dict[str, Any] | None]
    """Of head movements: what was measured, and digests of the frames, which must not come again."""
    verdict: Mapped[CheckInState | None] = mapped_column(text_enum(CheckInState))
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    judged_at: Mapped[datetime | None]


class Review(Base):
    """A person's decision on a check-in, with a reason."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_zone_id_at", "zone_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    check_in_id: Mapped[int] = refers_to("check_in.id")
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    account_id: Mapped[int] = refers_to("account.id")
    decision: Mapped[CheckInState] = mapped_column(text_enum(CheckInState))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class ReviewClaim(Base):
    """Who is deciding about a person right now; nobody else decides until then."""

    __tablename__ = "review_claim"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = refers_to("account.id")
    since: Mapped[datetime]
    """Since when they look at it."""
    until: Mapped[datetime]


class ReviewDecision(Base):
    """What a supervisor decided in the review queue, with what it changed: within seconds it can be taken back."""

    __tablename__ = "review_decision"
    __table_args__ = (
        Index("ix_review_decision_account_id_at", "account_id", "at"),
        filled_index("review_decision", "batch"),
        Index("ix_review_decision_undrawn", "at", sqlite_where=text("drawn IS NULL"), postgresql_where=text("drawn IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = refers_to("incident.id")
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    account_id: Mapped[int] = refers_to("account.id", index=False)
    at: Mapped[datetime] = mapped_column(index=True)
    seconds: Mapped[int | None]
    """How long they had looked at it; None: nobody knows."""
    task: Mapped[str] = mapped_column(String(16))
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, Any] | None]
    """What it changed, as it was and as it is since, see `rollcall/followup/taking_back.py`; None once that is of no use any more."""
    asked_id: Mapped[int | None] = refers_to("check_in.id", index=False)
    """Of one that asks again: the roll-call by which."""
    undone_at: Mapped[datetime | None]
    batch: Mapped[str | None] = mapped_column(String(32))
    """Of what was decided for many at once: which time that was."""
    drawn: Mapped[bool | None]
    """Whether it is looked at again; None: nobody has drawn yet."""


class SecondLookShare(Base):
    """How many of the closed questions are looked at again: the newest row holds."""

    __tablename__ = "second_look_share"

    id: Mapped[int] = mapped_column(primary_key=True)
    percent: Mapped[int]
    seed: Mapped[str] = mapped_column(String(64))
    """Which of them: nobody can tell in advance without it, an auditor can draw them again with it."""
    since: Mapped[datetime]
    account_id: Mapped[int | None] = refers_to("account.id", index=False)


class SecondLook(Base):
    """A decision that a second supervisor, of another unit where there is one, looks at again; it changes nothing about anybody."""

    __tablename__ = "second_look"
    __table_args__ = (
        Index(
            "ix_second_look_waiting",
            "drawn_at",
            sqlite_where=text("looked_at IS NULL"),
            postgresql_where=text("looked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("review_decision.id"), unique=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    first_by: Mapped[int] = refers_to("account.id")
    """Who decided."""
    drawn_at: Mapped[datetime]
    looked_by: Mapped[int | None] = refers_to("account.id")
    looked_at: Mapped[datetime | None]
    agrees: Mapped[bool | None]
    note: Mapped[str] = mapped_column(Text, default="")
