"""Plans: when a zone is asked, for which evidence, and who in it."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum
from monitor.models.rollcalls.channels import ChannelName


class EvidenceLevel(StrEnum):
    """How much an answer proves, from little to much."""

    ACKNOWLEDGED = "acknowledged"
    CODE_WORD = "code_word"
    PLACE = "place"
    FACE = "face"
    FACE_AND_LIVENESS = "face_and_liveness"
    SEEN_BY_CAMERA = "seen_by_camera"
    SEEN_BY_STAFF = "seen_by_staff"


class PlanKind(StrEnum):
    """When a plan's rounds open."""

    TIMES = "times"
    EVERY = "every"
    RANDOM = "random"


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
    channels: Mapped[list[Any]] = mapped_column(default=lambda: [[ChannelName.SMS, 3]])
    """In order, each with the minutes after which the next one follows where no delivery was confirmed."""
    active: Mapped[bool] = mapped_column(default=True)
    next_round_at: Mapped[datetime | None] = mapped_column(index=True)
    replaces_id: Mapped[int | None] = refers_to("plan.id")
    share_wanted: Mapped[int | None]
    """How many per cent were typed, where that takes the word of a second supervisor; None: nothing waits."""
    share_wanted_by: Mapped[int | None] = refers_to("account.id", index=False)
    share_agreed_by: Mapped[int | None] = refers_to("account.id", index=False)
    """The second supervisor, of a plan that began with more than a few."""
    share_agreed_at: Mapped[datetime | None]


class PlanResident(Base):
    """Somebody whom a plan is for. A plan without any is for the whole zone."""

    __tablename__ = "plan_resident"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, index=True)
