"""Who enters what only they know: communes and organisations, their counts, the fields they are asked, their days, and who is still to be asked."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import ADDRESS, PHONE, SealedJson, SealedText

LONGEST_NAME, LONGEST_SOURCE, LONGEST_NOTE = 160, 200, 300


class ReporterKind(StrEnum):
    """What a reporter is; all but the first are organisations."""

    COMMUNE = "commune"
    AGENCY = "agency"
    ENTERPRISE = "enterprise"
    INDUSTRIAL_PARK = "industrial_park"


class AskedOf(StrEnum):
    """Whom a field is for."""

    ALL = "all"
    COMMUNES = "communes"
    ORGANISATIONS = "organisations"


class Reporter(Base):
    """A commune or an organisation that enters what only it knows (đơn vị báo cáo). Its contact is an official number, of nobody in quarantine."""

    __tablename__ = "reporter"
    __table_args__ = (
        Index("ix_reporter_unit_code_unit_from", "unit_code", "unit_from"),
        Index("ix_reporter_kind_folded", "kind", "folded"),
        filled_index("reporter", "control_place_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ReporterKind] = mapped_column(text_enum(ReporterKind))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    folded: Mapped[str] = mapped_column(String(200))
    same_as: Mapped[str] = mapped_column(String(64), unique=True)
    """Digest of what makes two rows of a file one reporter: of a commune its unit, of an organisation its unit and name."""
    unit_code: Mapped[str | None] = mapped_column(String(16))
    """Of a commune itself, of an organisation where it lies; no foreign key, since the units are replaced as a whole. None: the province."""
    unit_from: Mapped[date | None]
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_phone: Mapped[str] = mapped_column(SealedText(PHONE), default="")
    """As +84…"""
    contact_email: Mapped[str] = mapped_column(SealedText(ADDRESS), default="")
    language: Mapped[str] = mapped_column(String(8), default="vi")
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of what stands in its link; None: it has none yet."""
    key_made_at: Mapped[datetime | None]
    control_place_id: Mapped[int | None] = refers_to("control_place.id", index=False)
    """The control point that it is, whose list of workers says how many have declared."""
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    """It is asked nothing any more; what it entered stays."""
    version: Mapped[int] = mapped_column(default=1)


class ReporterCount(Base):
    """How many people, smartphone users and places worth a code there are somewhere, as of a day; the newest on or before a day counts.

    Never changed: a correction is a further row, and of one day the one that was entered last counts.
    """

    __tablename__ = "reporter_count"
    __table_args__ = (Index("ix_reporter_count_reporter_id_counted_on", "reporter_id", "counted_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reporter_id: Mapped[int] = refers_to("reporter.id", index=False)
    counted_on: Mapped[date]
    people: Mapped[int | None]
    smartphone_users: Mapped[int | None]
    places_known: Mapped[int | None]
    """Places that should be control points, registered or not."""
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
    entered_at: Mapped[datetime]
    entered_by: Mapped[int | None] = refers_to("account.id", index=False)


class ReporterFile(Base):
    """A table of reporters and their counts that somebody sent: read, looked at by them, and entered once; its rows go after some days."""

    __tablename__ = "reporter_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[int] = refers_to("account.id", index=False)
    rows: Mapped[Any] = mapped_column(SealedJson("reporter-file"), default=list)
    """As `monitor/reports/collected/tables.py` reads them; empty once it was entered."""
    wrong: Mapped[list[Any]] = mapped_column(default=list)
    """[{"number": 7, "why": stored Words}, …] of the rows that cannot be used."""
    entered_at: Mapped[datetime | None]


class CollectedField(Base):
    """One number that reporters are asked each day. Closed, never deleted: what was entered keeps its name."""

    __tablename__ = "collected_field"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """Under it numbers are kept; never changed."""
    name_vi: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    asked_of: Mapped[AskedOf] = mapped_column(text_enum(AskedOf), default=AskedOf.ALL)
    position: Mapped[int]
    most: Mapped[int]
    """A larger number is a slip of the hand; whoever really has more asks staff, who raise it."""
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class CollectedEntry(Base):
    """What one reporter entered for one day, as it is now; what stood before is a `CollectedEarlier`."""

    __tablename__ = "collected_entry"
    __table_args__ = (UniqueConstraint("reporter_id", "day"), Index("ix_collected_entry_day", "day"))

    id: Mapped[int] = mapped_column(primary_key=True)
    reporter_id: Mapped[int] = refers_to("reporter.id", index=False)
    day: Mapped[date]
    numbers: Mapped[dict[str, Any]]
    """By the fields' keys: whole numbers."""
    same_confirmed: Mapped[bool] = mapped_column(default=False)
    """They are those of the day before, and whoever entered them said that this is right."""
    entered_at: Mapped[datetime]
    entered_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Of staff who entered it for them; None: by their link."""
    version: Mapped[int] = mapped_column(default=1)


class CollectedEarlier(Base):
    """What an entry said before it was entered again. Never changed."""

    __tablename__ = "collected_earlier"

    reporter_id: Mapped[int] = mapped_column(ForeignKey("reporter.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    numbers: Mapped[dict[str, Any]]
    entered_at: Mapped[datetime]
    entered_by: Mapped[int | None] = refers_to("account.id", index=False)


class CallOutcome(StrEnum):
    """What came of a call to a reporter."""

    WILL_ENTER = "will_enter"
    ENTERED = "entered"
    """The caller entered the numbers for them."""
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


class ReporterChase(Base):
    """That a reporter was reminded on a day, or is to be called: each once, since the row's columns are filled by conditional updates."""

    __tablename__ = "reporter_chase"
    __table_args__ = (
        Index(
            "ix_reporter_chase_to_call",
            "day",
            "reporter_id",
            sqlite_where=text("call_at IS NOT NULL"),
            postgresql_where=text("call_at IS NOT NULL"),
        ),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    reporter_id: Mapped[int] = mapped_column(ForeignKey("reporter.id"), primary_key=True, autoincrement=False)
    reminded_at: Mapped[datetime | None]
    message_key: Mapped[str] = mapped_column(String(120), default="")
    """Of the `HotlineMessage` that reminds them; empty: there was no way to write to them."""
    call_at: Mapped[datetime | None]
    """Since when somebody is to call them."""
    called_at: Mapped[datetime | None]
    called_by: Mapped[int | None] = refers_to("account.id", index=False)
    outcome: Mapped[CallOutcome | None] = mapped_column(text_enum(CallOutcome))
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")


class CamerasPlanned(Base):
    """How many cameras a zone is to have, as somebody said on a day; the newest on or before a day counts. Never changed."""

    __tablename__ = "cameras_planned"
    __table_args__ = (Index("ix_cameras_planned_zone_id_planned_on", "zone_id", "planned_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    planned_on: Mapped[date]
    cameras: Mapped[int]
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
    entered_at: Mapped[datetime]
    entered_by: Mapped[int | None] = refers_to("account.id", index=False)


class CoverageDay(Base):
    """What coverage was on one day, of the province, a unit, an organisation or a zone: counted by the clock, so that no page counts what grows.

    It names nobody. A number that nobody knows is null, never 0.
    """

    __tablename__ = "coverage_day"
    __table_args__ = (Index("ix_coverage_day_about_day", "about", "day"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(40), primary_key=True)
    """`province`, `unit:26740_2025-07-01`, `unit:` for who named no unit, `organisation:12`, `zone:3`."""
    people: Mapped[int | None]
    smartphone_users: Mapped[int | None]
    counted_on: Mapped[date | None]
    """Of which day the number of smartphone users is; of the province the oldest of all."""
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE), default="")
    in_force: Mapped[int | None]
    """People with a declaration in force; of an organisation those of its list of workers."""
    covered: Mapped[int | None]
    """Those of them with whom the share is reckoned: of the province in communes whose smartphone users are known."""
    listed: Mapped[int | None]
    """Of an organisation: people on its list."""
    places_known: Mapped[int | None]
    places_registered: Mapped[int | None]
    crossed: Mapped[int | None]
    scanned: Mapped[int | None]
    """At doors with a camera, within the day before the count: who came through, and who of them was scanned."""
    cameras_planned: Mapped[int | None]
    cameras_working: Mapped[int | None]
    cameras_believed: Mapped[int | None]
    cameras_judged: Mapped[int | None]
    """Of which roll-calls said often enough whether they were right."""
    counted_at: Mapped[datetime]
