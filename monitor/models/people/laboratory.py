"""Laboratory tests of residents, from the day on which each is due to its result; and results that a person must assign."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import FILE_ROW, SealedJson


class LabTestKind(StrEnum):
    """What is looked for with: in a laboratory, or at once with a strip."""

    PCR = "pcr"
    ANTIGEN = "antigen"


class LabTestState(StrEnum):
    """How far a test has come."""

    DUE = "due"
    TAKEN = "taken"
    SENT = "sent"
    RESULTED = "resulted"
    CANCELLED = "cancelled"


class LabResult(StrEnum):
    """What came of it. Invalid: nothing can be said, whatever the person has."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INVALID = "invalid"


class ResultSource(StrEnum):
    """Who says so."""

    STAFF = "staff"
    LABORATORY = "laboratory"


_DUE = text("state = 'due'")
_SAMPLE = text("sample_number != '' AND state IN ('taken', 'sent')")
_PLANNED = text("state != 'cancelled'")


class LaboratoryTest(Base):
    """One test (xét nghiệm) of one resident."""

    __tablename__ = "laboratory_test"
    __table_args__ = (
        # What is due, of few people among all.
        Index("ix_laboratory_test_due_on", "due_on", "resident_id", sqlite_where=_DUE, postgresql_where=_DUE),
        # Two tubes under one number would give one person's result to another.
        Index("uq_laboratory_test_sample", "sample_number", unique=True, sqlite_where=_SAMPLE, postgresql_where=_SAMPLE),
        Index("ix_laboratory_test_sample_number", "sample_number"),
        # Planned twice is planned once.
        Index(
            "uq_laboratory_test_planned",
            *("resident_id", "kind", "due_on"),
            unique=True,
            sqlite_where=_PLANNED,
            postgresql_where=_PLANNED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    """The zone in which the person was when it was planned; who may see it goes by where the person is."""
    kind: Mapped[LabTestKind] = mapped_column(text_enum(LabTestKind))
    due_on: Mapped[date]
    counted_from: Mapped[date | None]
    """The first day of the order from which `due_on` was counted; None: the day was chosen by itself."""
    why: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[LabTestState] = mapped_column(text_enum(LabTestState), default=LabTestState.DUE)
    planned_at: Mapped[datetime]
    planned_by: Mapped[int | None] = refers_to("account.id", index=False)
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[int | None] = refers_to("account.id", index=False)
    sample_number: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """On the tube, capital letters and digits as they are scanned; empty: none was noted."""
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[int | None] = refers_to("account.id", index=False)
    laboratory: Mapped[str] = mapped_column(String(120), default="", server_default="")
    result: Mapped[LabResult | None] = mapped_column(text_enum(LabResult))
    result_on: Mapped[date | None]
    """The day of the result, as the laboratory says it."""
    resulted_at: Mapped[datetime | None]
    """When it was noted here, corrected ones anew: from then on the person waits to be told."""
    resulted_by: Mapped[int | None] = refers_to("account.id", index=False)
    source: Mapped[ResultSource | None] = mapped_column(text_enum(ResultSource))
    released_at: Mapped[datetime | None]
    """When staff let the person see the result, mostly after a talk."""
    released_by: Mapped[int | None] = refers_to("account.id", index=False)
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = refers_to("account.id", index=False)
    cancel_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")


class ParkedResult(Base):
    """A row of a laboratory's file that may be somebody's: a person decides whose. Never assigned by a name alone."""

    __tablename__ = "parked_result"
    __table_args__ = (filled_index("parked_result", "resident_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    """Of the person whom it may be."""
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    """The first of whom it may be: what is deleted of that person is this too."""
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what the row says: the same file again parks nothing."""
    cells: Mapped[Any] = mapped_column(SealedJson(FILE_ROW), nullable=True)
    """Names of columns -> what stands in them; None once somebody has decided."""
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of the residents whom it may be."""
    why: Mapped[dict[str, Any]]
    """Stored Words."""
    parked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("account.id", index=False)
    test_id: Mapped[int | None] = refers_to("laboratory_test.id", index=False)
    """The test whose result it was found to be; None of a decided one: nobody's."""
