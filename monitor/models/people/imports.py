"""Files of people on their way in: the file, its rows until each is entered or refused, and who was found to be two people."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import FILE_ROW, SealedJson


class ImportState(StrEnum):
    """A file waits to be read, its rows are judged, somebody looks at them, they are entered; the others are its ends."""

    WAITING = "waiting"
    JUDGING = "judging"
    READ = "read"
    ENTERING = "entering"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"
    UNDONE = "undone"


class RowState(StrEnum):
    """What becomes of one row."""

    UNJUDGED = "unjudged"
    READY = "ready"
    """Will be entered when somebody says so."""
    REFUSED = "refused"
    THERE = "there"
    """Certainly somebody who is there already: not entered again."""
    PARKED = "parked"
    """May be somebody who is there already: a person decides."""
    ENTERED = "entered"
    TAKEN_OVER = "taken_over"
    """The same person: what was new went into their record."""
    LEFT_OUT = "left_out"
    UNDONE = "undone"


class PeopleImport(Base):
    """One file of people, uploaded by somebody."""

    __tablename__ = "people_import"
    __table_args__ = (filled_index("people_import", "next_attempt_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    """Where those go whose row names no zone."""
    zones: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of all zones that its rows name, once they were judged."""
    account_id: Mapped[int] = refers_to("account.id")
    account_zones: Mapped[list[Any] | None]
    """Zones of that account when it uploaded the file: rows may name no others. None: every zone."""
    name: Mapped[str] = mapped_column(String(200))
    """Of the file, as the browser told it."""
    digest: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256: a second import of the same file is told."""
    file: Mapped[str | None] = mapped_column(String(64))
    """The vault's name of it, until its rows are read."""
    uploaded_at: Mapped[datetime]
    state: Mapped[ImportState] = mapped_column(text_enum(ImportState), default=ImportState.WAITING)
    problem: Mapped[dict[str, Any] | None]
    """Stored Words: why it failed."""
    unknown: Mapped[list[Any]] = mapped_column(default=list)
    """Headings that are no column of ours: their cells are ignored."""
    room_full: Mapped[str] = mapped_column(String(16), default="refuse", server_default="refuse")
    """What somebody chose for rows whose room has no bed left: `refuse`, or `without` a room."""
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = refers_to("account.id", index=False)
    ended_at: Mapped[datetime | None]
    """When the last row was done with, or the file was dropped."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = refers_to("account.id", index=False)
    next_attempt_at: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """Since anything was last done of it."""


class ImportRow(Base):
    """One row. What its cells say is kept while somebody may need it, sealed."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "number"),
        Index("ix_import_row_import_id_state_number", "import_id", "state", "number"),
        filled_index("import_row", "resident_id"),
        filled_index("import_row", "match_id"),
        filled_index("import_row", "parked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = refers_to("people_import.id", index=False)
    number: Mapped[int]
    """As the spreadsheet counts it."""
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    state: Mapped[RowState] = mapped_column(text_enum(RowState), default=RowState.UNJUDGED)
    cells: Mapped[Any] = mapped_column(SealedJson(FILE_ROW), nullable=True)
    """Names of columns -> what stands in them; None once it is not needed any more."""
    marks: Mapped[Any] = mapped_column(SealedJson(FILE_ROW), nullable=True)
    """What somebody is recognised by, as `marks_to_keep` has it, until all rows are judged."""
    faults: Mapped[Any] = mapped_column(SealedJson(FILE_ROW), nullable=True)
    """[{"field", "words": stored Words}]: what is wrong and how to mend it."""
    hints: Mapped[Any] = mapped_column(SealedJson(FILE_ROW), nullable=True)
    """The same for what is not wrong but worth knowing: a zero that was put back."""
    no_bed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The rows before it take the last beds of its room."""
    match_id: Mapped[int | None] = refers_to("resident.id", index=False)
    """Who it may be."""
    match_row: Mapped[int | None]
    """Which earlier row of the same file it may be: that row's number."""
    sameness: Mapped[int | None]
    """A value of `Sameness`."""
    reason: Mapped[dict[str, Any] | None]
    """Stored Words: what speaks for it."""
    parked_at: Mapped[datetime | None]
    """While it waits for a person's decision."""
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    """Whom it became."""
    household_id: Mapped[int | None] = refers_to("household.id", index=False)
    """The household that was made for it."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("account.id", index=False)


class NotTheSame(Base):
    """Two residents who look like one person in what is said of them, and are two: somebody looked. Never suggested again."""

    __tablename__ = "not_the_same"
    __table_args__ = (UniqueConstraint("one_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = refers_to("resident.id", index=False)
    """The smaller number of the two residents."""
    other_id: Mapped[int] = refers_to("resident.id")
    noted_at: Mapped[datetime]
    noted_by: Mapped[int | None] = refers_to("account.id", index=False)
