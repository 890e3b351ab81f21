"""Contacts of cases: who met whom, how that is known, what is to be done, and links by which people list their own contacts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum
from monitor.models.people.residents import BirthPrecision, Sex
from monitor.models.sealed_columns import ADDRESS, DOCUMENT, PHONE, SAID, SealedText


class ContactState(StrEnum):
    """What became of a contact that was found. Only a released one is acted on."""

    PROPOSED = "proposed"
    RELEASED = "released"
    REFUSED = "refused"
    MERGED = "merged"
    """It was the same person as another contact of the case."""


class ExposureSource(StrEnum):
    """How it is known that two met."""

    INTERVIEW = "interview"
    OWN_LIST = "own_list"
    """A contact listed their own contacts."""
    HOUSEHOLD = "household"
    ROOM = "room"
    WARD = "ward"
    CAMERA_LINE = "camera_line"
    CHECK_IN = "check_in"
    DECLARATION = "declaration"
    BLUEZONE = "bluezone"


class Proximity(StrEnum):
    """How near the two came, the nearest first."""

    TOUCH = "touch"
    """A handshake, a kiss, care by hand."""
    NEAR = "near"
    """Nearer than the rule's distance, face to face."""
    SAME_ROOM = "same_room"
    """The same closed space."""
    SAME_PLACE = "same_place"
    PASSING = "passing"
    """For moments, as in a lift or a shop."""
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """Whether it surely happened."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class TaskKind(StrEnum):
    """What is to be done about a released contact."""

    CALL = "call"
    TEST = "test"
    ORDER = "order"


class TaskOutcome(StrEnum):
    """What came of it."""

    DONE = "done"
    NOT_REACHED = "not_reached"
    """It stays to be done."""
    NOT_NEEDED = "not_needed"


_HAS_RESIDENT = text("resident_id IS NOT NULL AND state != 'merged'")
_HAS_DECLARANT = text("declarant_id IS NOT NULL AND state != 'merged'")
_TO_DO = text("done_at IS NULL")


class CaseContact(Base):
    """One person who met a case (F1), or met a contact of it (F2), as a contact of that case; its meetings are `Exposure`.

    Who it is stands in `resident_id`, else in `declarant_id`, else in the sealed words that somebody named.
    """

    __tablename__ = "case_contact"
    __table_args__ = (
        Index("ix_case_contact_case_id_state", "case_id", "state"),
        Index("ix_case_contact_state_named_at", "state", "named_at"),
        Index("ix_case_contact_phone", "phone", sqlite_where=text("phone != ''"), postgresql_where=text("phone != ''")),
        *(filled_index("case_contact", column) for column in ("resident_id", "declarant_id", "through_id", "order_id")),
        Index(
            "uq_case_contact_resident",
            "case_id",
            "resident_id",
            unique=True,
            sqlite_where=_HAS_RESIDENT,
            postgresql_where=_HAS_RESIDENT,
        ),
        Index(
            "uq_case_contact_declarant",
            "case_id",
            "declarant_id",
            unique=True,
            sqlite_where=_HAS_DECLARANT,
            postgresql_where=_HAS_DECLARANT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = refers_to("infection_case.id", index=False)
    degree: Mapped[int] = mapped_column(default=1)
    """1 met the case (F1), 2 met one who had met it (F2)."""
    through_id: Mapped[int | None] = refers_to("case_contact.id", index=False)
    """Of an F2: the first F1 whom they met."""
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    declarant_id: Mapped[int | None] = refers_to("declarant.id", index=False)
    full_name: Mapped[str] = mapped_column(SealedText(SAID), default="")
    phone: Mapped[str] = mapped_column(SealedText(PHONE), default="")
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), default="")
    document_number: Mapped[str] = mapped_column(SealedText(DOCUMENT), default="")
    sex: Mapped[Sex | None] = mapped_column(text_enum(Sex))
    birth_date: Mapped[date | None]
    birth_precision: Mapped[BirthPrecision] = mapped_column(text_enum(BirthPrecision), default=BirthPrecision.DAY)
    note: Mapped[str] = mapped_column(SealedText(SAID), default="")
    state: Mapped[ContactState] = mapped_column(text_enum(ContactState), default=ContactState.PROPOSED)
    tier: Mapped[str] = mapped_column(String(32), default="")
    """The strictest of its exposures, as the rule calls it; empty: no rule makes it one to act on."""
    certainty: Mapped[Certainty] = mapped_column(text_enum(Certainty))
    first_at: Mapped[datetime | None]
    """When the first of its exposures began, and the last ended."""
    last_at: Mapped[datetime | None]
    named_at: Mapped[datetime]
    """Since when the person is known as a contact: called and in quarantine within 24 hours of it is wanted."""
    named_by: Mapped[int | None] = refers_to("account.id", index=False)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("account.id", index=False)
    decided_why: Mapped[str] = mapped_column(String(300), default="")
    merged_into_id: Mapped[int | None] = refers_to("case_contact.id", index=False)
    isolated_at: Mapped[datetime | None]
    """Since when the contact meets nobody: what they did after makes no F2."""
    order_id: Mapped[int | None] = refers_to("quarantine_order.id", index=False)
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Exposure(Base):
    """One meeting (lần tiếp xúc): when, where, how it is known, and what the rule of that day makes of it.

    What was found is never changed; what follows from it is judged anew while nobody has decided, when dates of the case change.
    """

    __tablename__ = "exposure"
    __table_args__ = (
        Index("ix_exposure_contact_id", "contact_id"),
        Index("ix_exposure_case_id", "case_id"),
        *(filled_index("exposure", column) for column in ("milestone_id", "control_place_id", "room_id", "through_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    """Of what it was found from: looked for again, it is found once."""
    case_id: Mapped[int] = copied()
    contact_id: Mapped[int] = refers_to("case_contact.id", index=False)
    through_id: Mapped[int | None] = refers_to("case_contact.id", index=False)
    """Whom the contact met, where it was not the case but another contact of it."""
    source: Mapped[ExposureSource] = mapped_column(text_enum(ExposureSource))
    certain_from: Mapped[datetime | None]
    certain_to: Mapped[datetime | None]
    possible_from: Mapped[datetime]
    possible_to: Mapped[datetime]
    minutes: Mapped[int | None]
    """Together, as far as it is known; None: nobody knows."""
    proximity: Mapped[Proximity] = mapped_column(text_enum(Proximity), default=Proximity.UNKNOWN)
    certainty: Mapped[Certainty] = mapped_column(text_enum(Certainty))
    milestone_id: Mapped[int | None] = refers_to("milestone.id", index=False)
    control_place_id: Mapped[int | None] = refers_to("control_place.id", index=False)
    point_id: Mapped[int | None] = refers_to("control_point.id", index=False)
    room_id: Mapped[int | None] = refers_to("room.id", index=False)
    words: Mapped[str] = mapped_column(SealedText(SAID), default="")
    """Activity together, as somebody said."""
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the source measured, as it measures it: scan cycles, weights."""
    rule_key: Mapped[str] = mapped_column(String(60), default="")
    """Of the rule that was in force on the day; empty: none was."""
    rule: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """That rule as it read then."""
    tier: Mapped[str] = mapped_column(String(32), default="")
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Why this tier, as `Words`."""
    noted_at: Mapped[datetime]
    noted_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: found by the service, or written by a contact on their own list."""


class ContactTask(Base):
    """A call, a test or an order that a released contact needs, with its due time."""

    __tablename__ = "contact_task"
    __table_args__ = (
        UniqueConstraint("contact_id", "kind", "day"),
        Index("ix_contact_task_due", "due_at", "id", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
        Index("ix_contact_task_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = copied()
    contact_id: Mapped[int] = refers_to("case_contact.id", index=False)
    kind: Mapped[TaskKind] = mapped_column(text_enum(TaskKind))
    day: Mapped[int] = mapped_column(default=0)
    """Of a test: the day after the last exposure, by the rule."""
    due_at: Mapped[datetime]
    tried: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = refers_to("account.id", index=False)
    outcome: Mapped[TaskOutcome | None] = mapped_column(text_enum(TaskOutcome))
    note: Mapped[str] = mapped_column(SealedText(SAID), default="")


class ContactLink(Base):
    """A link on which somebody lists whom they met: a key and nothing else, good once and for a while."""

    __tablename__ = "contact_link"
    __table_args__ = (Index("ix_contact_link_contact_id", "contact_id"), Index("ix_contact_link_ends_at", "ends_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what stands in the link."""
    case_id: Mapped[int] = copied(index=True)
    contact_id: Mapped[int] = refers_to("case_contact.id", index=False)
    """Who lists their own contacts."""
    language: Mapped[str] = mapped_column(String(8), default="vi")
    made_at: Mapped[datetime]
    made_by: Mapped[int] = refers_to("account.id", index=False)
    ends_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
