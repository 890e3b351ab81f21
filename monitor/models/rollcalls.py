"""Plans, rounds, check-ins, prompts, answers, verifications and reviews."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum
from monitor.sealed_columns import PHONE, PLACE, SealedJson, SealedText


class PlanKind(StrEnum):
    """When a plan's rounds open."""

    TIMES = "times"
    EVERY = "every"
    RANDOM = "random"


class RollCallState(StrEnum):
    """A round is open, then closed, once."""

    OPEN = "open"
    CLOSED = "closed"


class CheckInState(StrEnum):
    """A check-in's life; see `rollcall/checkin.py` for who may move it where."""

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


class PromptKind(StrEnum):
    """The first message of a check-in, over whichever channel, or a later step: a reminder, a call, a word to the household.

    Or a reply to somebody who wrote: that it was taken, that staff were told, how to answer, an explanation, that texts stop or go on.
    Or the word that a request about one's own data has its answer.
    """

    FIRST = "first"
    REMINDER = "reminder"
    VOICE = "voice"
    HOUSEHOLD = "household"
    REPLY_TAKEN = "reply_taken"
    REPLY_CARE = "reply_care"
    REPLY_HOW = "reply_how"
    REPLY_EXPLAIN = "reply_explain"
    REPLY_STOPPED = "reply_stopped"
    REPLY_STARTED = "reply_started"
    REQUEST_ANSWERED = "request_answered"


REPLIES = (
    PromptKind.REPLY_TAKEN,
    PromptKind.REPLY_CARE,
    PromptKind.REPLY_HOW,
    PromptKind.REPLY_EXPLAIN,
    PromptKind.REPLY_STOPPED,
    PromptKind.REPLY_STARTED,
    PromptKind.REQUEST_ANSWERED,
)
"""Kinds that ask nothing: whether one arrives says nothing of a roll-call."""


class PromptState(StrEnum):
    """A message's way: queued, leased by a worker, sent (the gateway took it), delivered; or failed, or uncertain."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class EvidenceLevel(StrEnum):
    """How much an answer proves, from little to much."""

    ACKNOWLEDGED = "acknowledged"
    CODE_WORD = "code_word"
    PLACE = "place"
    FACE = "face"
    FACE_AND_LIVENESS = "face_and_liveness"
    SEEN_BY_CAMERA = "seen_by_camera"
    SEEN_BY_STAFF = "seen_by_staff"


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


class Plan(Base):
    """When roll-calls happen in a zone, and what they ask. Once a round was opened it is never changed: a newer one replaces it."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[PlanKind] = mapped_column(text_enum(PlanKind))
    times: Mapped[list[Any]] = mapped_column(default=list)
    """Local wall-clock times "08:00", for kind times."""
    every_minutes: Mapped[float | None]
    spans: Mapped[list[Any]] = mapped_column(default=list)
    """For kind random: one round somewhere in each span ["08:00", "11:00"] of the local wall clock."""
    seed: Mapped[str] = mapped_column(String(64), default=lambda: secrets.token_hex(16))
    """Makes the random times: nobody can tell them in advance without it, an auditor can reckon them again with it."""
    days: Mapped[list[Any]] = mapped_column(default=list)
    """Days of the week, 0 for Monday; empty: every day."""
    share_percent: Mapped[int] = mapped_column(default=100)
    """How many of the people are asked: a new plan starts with a few of them."""
    window_minutes: Mapped[float] = mapped_column(default=50.0)
    """Time to answer; it counts from delivery. At its end staff are asked to call."""
    ladder: Mapped[list[Any]] = mapped_column(default=lambda: [[10, "reminder"], [20, "voice"], [35, "household"]])
    """What follows while no answer came: minutes after opening, and the kind of prompt."""
    visit_after_minutes: Mapped[float] = mapped_column(default=110.0)
    """When a visit follows, where the call of staff cleared nothing up; counted from the opening."""
    quiet_from: Mapped[str] = mapped_column(String(5), default="21:00")
    quiet_to: Mapped[str] = mapped_column(String(5), default="07:00")
    """Local wall clock; no prompt leaves in between. Equal: no quiet hours."""
    evidence: Mapped[EvidenceLevel] = mapped_column(text_enum(EvidenceLevel), default=EvidenceLevel.FACE)
    evidence_by_text: Mapped[EvidenceLevel] = mapped_column(text_enum(EvidenceLevel), default=EvidenceLevel.ACKNOWLEDGED)
    """What is enough from people without a smartphone: acknowledged, or a code word."""
    camera_excuses: Mapped[bool] = mapped_column(default=True)
    face_enough: Mapped[bool] = mapped_column(default=False)
    """Where head movements are asked for and none came (an old phone, a picture chosen from a file), whether the face is enough."""
    view_reason: Mapped[bool] = mapped_column(default=False)
    """Whether staff say why before they are shown a photo of somebody whom the plan asks."""
    place_asked: Mapped[bool] = mapped_column(default=False)
    """Whether the page asks for the phone's place; nobody has to tell it."""
    channels: Mapped[list[Any]] = mapped_column(default=lambda: [["sms", 3]])
    """In order, each with the minutes after which the next one follows where no delivery was confirmed."""
    active: Mapped[bool] = mapped_column(default=True)
    next_round_at: Mapped[datetime | None] = mapped_column(index=True)
    replaces_id: Mapped[int | None] = refers_to("plan.id")


class PlanResident(Base):
    """Somebody whom a plan is for. A plan without any is for the whole zone."""

    __tablename__ = "plan_resident"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, index=True)


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


class Prompt(Base):
    """One message to one phone over one channel."""

    __tablename__ = "prompt"
    __table_args__ = (
        UniqueConstraint("check_in_id", "kind", "channel"),
        # The daily budget counts a person's newest messages.
        Index("ix_prompt_resident_id_created_at", "resident_id", "created_at"),
        # The console counts a zone's messages of the last day.
        Index("ix_prompt_zone_id_created_at", "zone_id", "created_at"),
        filled_index("prompt", "next_attempt_at"),
        filled_index("prompt", "gateway_reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_in_id: Mapped[int] = refers_to("check_in.id", index=False)
    resident_id: Mapped[int] = copied()
    zone_id: Mapped[int] = copied()
    kind: Mapped[PromptKind] = mapped_column(text_enum(PromptKind))
    channel: Mapped[str] = mapped_column(String(32))
    state: Mapped[PromptState] = mapped_column(text_enum(PromptState), default=PromptState.QUEUED)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    """Idempotency key: a gateway that has seen it does not send again."""
    gateway_reference: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    """When it is due (queued) or its lease ends (leased); null when nothing is left to do."""
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]
    text_id: Mapped[int | None] = refers_to("message_text.id", index=False)
    """Whose words it was sent in; None: the built-in ones."""
    parts: Mapped[int | None]
    """Of a text message, as its gateway counts them; otherwise 1. None: it never left."""
    cost: Mapped[int | None]
    """What it costs when it leaves, in đồng."""
    address: Mapped[str] = mapped_column(SealedText(PHONE, 32), default="")
    """Of a reply: the number that wrote. Empty: the person's own address on the channel."""


class ParkedReceipt(Base):
    """A receipt that came before we knew under which name the gateway has the message."""

    __tablename__ = "parked_receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway_reference: Mapped[str] = mapped_column(String(128), unique=True)
    delivered: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)
    detail: Mapped[str] = mapped_column(String(300), default="")


class PromptStop(Base):
    """A person stopped all prompts, everywhere or in one zone, until a person lets them go on."""

    __tablename__ = "prompt_stop"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int | None] = refers_to("zone.id")
    """None: everywhere."""
    reason: Mapped[str] = mapped_column(Text)
    stopped_at: Mapped[datetime]
    stopped_by: Mapped[int | None] = refers_to("account.id")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = refers_to("account.id")


def _when_received(context: DefaultExecutionContext) -> datetime:
    at: datetime = context.get_current_parameters()["received_at"]  # type: ignore[no-untyped-call]
    return at


class Answer(Base):
    """What came back from a resident. One per check-in: the first that arrived whole."""

    __tablename__ = "answer"
    __table_args__ = (
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
    resident_id: Mapped[int] = refers_to("resident.id")
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
    """When it was made on the phone, as far as that can be believed; see `rollcall/stamps.py`."""
    late: Mapped[bool] = mapped_column(default=False)
    """It came after the window was closed, and changes no state by itself."""
    in_window: Mapped[bool] = mapped_column(default=True)
    """Of a late one: whether it was made while the window was open, and came within the grace."""
    temperature: Mapped[float | None]
    """Degrees Celsius, as the resident measured them."""
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

    id: Mapped[int] = mapped_column(primary_key=True)
    check_in_id: Mapped[int] = refers_to("check_in.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    account_id: Mapped[int] = refers_to("account.id")
    decision: Mapped[CheckInState] = mapped_column(text_enum(CheckInState))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
