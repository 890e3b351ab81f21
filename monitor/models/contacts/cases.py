"""Cases of an infection: the rules of contact, each case's dates, interviews and milestones, why it was looked at, and clusters."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import SAID, SealedJson, SealedText


class FoundWhere(StrEnum):
    """Where somebody was when the infection was found: the share found in quarantine says how well tracing works."""

    QUARANTINE = "quarantine"
    SEALED_OFF = "sealed_off"
    COMMUNITY = "community"
    BORDER = "border"
    HOSPITAL = "hospital"
    WORKPLACE = "workplace"


class CaseState(StrEnum):
    """How far the tracing of a case has come."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """Entered by mistake."""


class InterviewWay(StrEnum):
    """How an interview is held."""

    TELEPHONE = "telephone"
    IN_PERSON = "in_person"
    KIN = "kin"
    """With somebody else, since the person is too ill, too young or has died."""


class MilestoneSource(StrEnum):
    """Who told where somebody was."""

    INTERVIEW = "interview"
    OWN_LIST = "own_list"
    CHECK_IN = "check_in"
    STAFF = "staff"


_NOT_ENDED = text("ended_at IS NULL")


class ContactRule(Base):
    """A rule of contact (quy định tiếp xúc) that a province added: never changed, only withdrawn.

    Those that the product brings stand in `monitor/contacts/rules.toml`, not here.
    """

    __tablename__ = "contact_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    disease: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(400))
    details: Mapped[dict[str, Any]]
    """As `monitor/contacts/rules.py` reads it."""
    made_at: Mapped[datetime]
    made_by: Mapped[int] = refers_to("account.id", index=False)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = refers_to("account.id", index=False)
    withdrawn_why: Mapped[str] = mapped_column(String(300), default="")


class InfectionCase(Base):
    """A person with a confirmed infection (ca bệnh, F0), and the dates from which it follows whom they could infect."""

    __tablename__ = "infection_case"
    __table_args__ = (
        Index("ix_infection_case_zone_id_entered_at", "zone_id", "entered_at"),
        Index("ix_infection_case_entered_at", "entered_at"),
        filled_index("infection_case", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the form it was entered with: sent twice, it is one case."""
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    """Whose staff trace its contacts."""
    disease: Mapped[str] = mapped_column(String(40))
    onset_on: Mapped[date | None]
    """The first day with signs; None: not known, or `without_signs`."""
    without_signs: Mapped[bool] = mapped_column(default=False)
    sampled_on: Mapped[date | None]
    result_on: Mapped[date | None]
    isolated_at: Mapped[datetime | None]
    """Since when they meet nobody unprotected."""
    ended_on: Mapped[date | None]
    """The day of the test by which they infect nobody any more."""
    test_id: Mapped[int | None] = mapped_column(unique=True)
    """Of the laboratory test whose result it came from: one result is one case."""
    symptoms: Mapped[str] = mapped_column(SealedText(SAID), default="")
    found_where: Mapped[FoundWhere] = mapped_column(text_enum(FoundWhere))
    state: Mapped[CaseState] = mapped_column(text_enum(CaseState), default=CaseState.OPEN)
    why: Mapped[str] = mapped_column(String(300), default="")
    """Why it was closed or withdrawn."""
    entered_at: Mapped[datetime]
    entered_by: Mapped[int | None] = refers_to("account.id", index=False)
    interviewed_at: Mapped[datetime | None]
    """When the first interview was begun: within 24 hours of the result is wanted."""
    interviewer: Mapped[int | None] = refers_to("account.id", index=False)
    closed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """When its words were deleted by rule."""
    version: Mapped[int] = mapped_column(default=1)


class CaseInterview(Base):
    """One interview about a case: interrupted, taken up again, read back."""

    __tablename__ = "case_interview"
    __table_args__ = (
        # Two do not interview about one case at once: the second takes over, or waits.
        Index("uq_case_interview_open", "case_id", unique=True, sqlite_where=_NOT_ENDED, postgresql_where=_NOT_ENDED),
        Index("ix_case_interview_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = refers_to("infection_case.id", index=False)
    account_id: Mapped[int] = refers_to("account.id", index=False)
    """Who has it in hand."""
    way: Mapped[InterviewWay] = mapped_column(text_enum(InterviewWay))
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    """When something was last written down, the draft included."""
    read_back_at: Mapped[datetime | None]
    """When all was read to the person, who agreed with it."""
    ended_at: Mapped[datetime | None]
    draft: Mapped[Any | None] = mapped_column(SealedJson("interview"))
    """What stands in the fields and was not noted yet."""
    notes: Mapped[str] = mapped_column(SealedText(SAID), default="")
    version: Mapped[int] = mapped_column(default=1)


class Milestone(Base):
    """A place and time of a case (mốc dịch tễ)."""

    __tablename__ = "milestone"
    __table_args__ = (
        Index("ix_milestone_case_id_from_at", "case_id", "from_at"),
        *(filled_index("milestone", column) for column in ("control_place_id", "room_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = refers_to("infection_case.id", index=False)
    interview_id: Mapped[int | None] = refers_to("case_interview.id", index=False)
    source: Mapped[MilestoneSource] = mapped_column(text_enum(MilestoneSource))
    place: Mapped[str] = mapped_column(SealedText(SAID), default="")
    """In words, as the person said."""
    control_place_id: Mapped[int | None] = refers_to("control_place.id", index=False)
    room_id: Mapped[int | None] = refers_to("room.id", index=False)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    done: Mapped[str] = mapped_column(SealedText(SAID), default="")
    """What the person did there."""
    noted_at: Mapped[datetime]
    noted_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: a contact wrote it on their own list."""
    removed_at: Mapped[datetime | None]


class CasePurpose(Base):
    """Why somebody of staff was shown where a case had been: asked before, for a while."""

    __tablename__ = "case_purpose"
    __table_args__ = (Index("ix_case_purpose_case_id_account_id_until", "case_id", "account_id", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = refers_to("infection_case.id", index=False)
    account_id: Mapped[int] = refers_to("account.id", index=False)
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    until: Mapped[datetime]


class Cluster(Base):
    """Cases, places and orders that belong together (ổ dịch)."""

    __tablename__ = "cluster"
    __table_args__ = (Index("ix_cluster_zone_id_opened_on", "zone_id", "opened_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    disease: Mapped[str] = mapped_column(String(40))
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int] = refers_to("account.id", index=False)
    version: Mapped[int] = mapped_column(default=1)


class ClusterMember(Base):
    """One case, place or order of a cluster; exactly one of the three is filled."""

    __tablename__ = "cluster_member"
    __table_args__ = (
        *(UniqueConstraint("cluster_id", column) for column in ("case_id", "control_place_id", "order_id")),
        *(filled_index("cluster_member", column) for column in ("case_id", "control_place_id", "order_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = refers_to("cluster.id", index=False)
    case_id: Mapped[int | None] = refers_to("infection_case.id", index=False)
    control_place_id: Mapped[int | None] = refers_to("control_place.id", index=False)
    order_id: Mapped[int | None] = refers_to("quarantine_order.id", index=False)
    added_at: Mapped[datetime]
    added_by: Mapped[int] = refers_to("account.id", index=False)
