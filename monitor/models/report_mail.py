"""Reports as documents that leave: their files, who gets them, what mail servers said, and what is made by schedule."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum

LONGEST_NAME = 160
LONGEST_MAIL_ADDRESS = 254


class DocumentKind(StrEnum):
    """What a document is."""

    DAILY = "daily"
    """The province's report of a day."""
    DAY_SHEET = "day_sheet"
    """A zone's sheet of a day: it names people, so it is printed from the console, and mail brings its address alone."""
    WEEK = "week"
    """A supervisor's week."""


class FileForm(StrEnum):
    """In which forms a document is kept."""

    PDF = "pdf"
    XLSX = "xlsx"
    JSON = "json"


class DocumentState(StrEnum):
    """Its files are waited for, being made, or there; or they could not be made, as somebody was told."""

    WAITING = "waiting"
    MAKING = "making"
    MADE = "made"
    FAILED = "failed"


class DeliveryState(StrEnum):
    """One mail's life. Who waits is tried again; uncertain, failed and stopped are left to a person."""

    WAITING = "waiting"
    SENDING = "sending"
    ACCEPTED = "accepted"
    """A mail server took it on, or a person found out that it arrived."""
    UNCERTAIN = "uncertain"
    """Its end was written and no answer came: it may have arrived, and is not repeated by itself."""
    FAILED = "failed"
    STOPPED = "stopped"
    """It was never to leave by mail: none is set up, or the report was replaced before it left."""


class ReportSchedule(Base):
    """A document that is made again and again at a time of day."""

    __tablename__ = "report_schedule"
    __table_args__ = (filled_index("report_schedule", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(text_enum(DocumentKind))
    zone_id: Mapped[int | None] = refers_to("zone.id")
    """Of a day sheet."""
    account_id: Mapped[int | None] = refers_to("account.id")
    """Whose week it is."""
    weekdays: Mapped[list[Any]]
    """On which it is made: 0 for Monday."""
    at: Mapped[str] = mapped_column(String(5))
    """HH:MM on the province's wall clock."""
    next_at: Mapped[datetime | None]
    """When it is made next; null once it is closed."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    closed_at: Mapped[datetime | None]


class ReportRecipient(Base):
    """An address that gets documents: offices, printed on their letterheads."""

    __tablename__ = "report_recipient"
    __table_args__ = (
        Index(
            "uq_report_recipient_in_use",
            *("kind", "address"),
            unique=True,
            sqlite_where=text("closed_at IS NULL AND schedule_id IS NULL"),
            postgresql_where=text("closed_at IS NULL AND schedule_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(text_enum(DocumentKind))
    schedule_id: Mapped[int | None] = refers_to("report_schedule.id")
    """None: every document of its kind goes there."""
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    """As the report's last page lists it."""
    address: Mapped[str] = mapped_column(String(LONGEST_MAIL_ADDRESS))
    language: Mapped[str] = mapped_column(String(8), default="vi")
    forms: Mapped[list[Any]]
    """Values of FileForm that are attached."""
    copy: Mapped[bool] = mapped_column(default=False)
    """A copy for information; else it is the box that must have the report."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    closed_at: Mapped[datetime | None]


class ReportDocument(Base):
    """One document: a version of a daily report, or what a schedule asked for on a day. Made once, whoever gets it."""

    __tablename__ = "report_document"
    __table_args__ = (
        UniqueConstraint("schedule_id", "day", name="uq_report_document_schedule_day"),
        filled_index("report_document", "next_at"),
        Index("ix_report_document_asked_at", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(text_enum(DocumentKind))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"), unique=True)
    """Of a daily report: its version."""
    schedule_id: Mapped[int | None] = refers_to("report_schedule.id", index=False)
    zone_id: Mapped[int | None] = refers_to("zone.id")
    account_id: Mapped[int | None] = refers_to("account.id")
    day: Mapped[date]
    """The day of a report or sheet; of a week, its Monday."""
    number: Mapped[str] = mapped_column(String(32), default="")
    """As it is printed: 12/2026; empty where documents of its kind have none."""
    provisional: Mapped[bool] = mapped_column(default=False)
    replaces: Mapped[str] = mapped_column(String(32), default="")
    """The number whose place it takes; empty: of none."""
    state: Mapped[DocumentState] = mapped_column(text_enum(DocumentState), default=DocumentState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    """When it is to be made, or until when somebody has it in hand."""
    problem: Mapped[dict[str, Any] | None]
    """Stored Words: why its files could not be made."""
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """By when its mail is to have been accepted."""


class ReportFile(Base):
    """A file of a document, in the vault."""

    __tablename__ = "report_file"
    __table_args__ = (UniqueConstraint("document_id", "form", "language", name="uq_report_file_document_form_language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("report_document.id", ondelete="CASCADE"))
    form: Mapped[FileForm] = mapped_column(text_enum(FileForm))
    language: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(64), index=True)
    """The vault's name of it; its owner is `vault.reports_owner`."""
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))


class ReportDelivery(Base):
    """One document on its way to one address. Never two of these for the same."""

    __tablename__ = "report_delivery"
    __table_args__ = (
        UniqueConstraint("document_id", "address", name="uq_report_delivery_document_address"),
        filled_index("report_delivery", "next_at"),
        filled_index("report_delivery", "alarm_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("report_document.id", ondelete="CASCADE"))
    recipient_id: Mapped[int | None] = refers_to("report_recipient.id", index=False)
    address: Mapped[str] = mapped_column(String(LONGEST_MAIL_ADDRESS))
    language: Mapped[str] = mapped_column(String(8))
    forms: Mapped[list[Any]]
    copy: Mapped[bool] = mapped_column(default=False)
    state: Mapped[DeliveryState] = mapped_column(text_enum(DeliveryState), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    """When it is tried next, or until when a worker has it in hand."""
    leased_by: Mapped[str | None] = mapped_column(String(64))
    ending: Mapped[bool] = mapped_column(default=False)
    """The line that ends the mail is about to be written, or was: from here on a worker's death leaves it uncertain."""
    server: Mapped[int] = mapped_column(default=1)
    """Over which of the mail servers the last try went."""
    refused_by: Mapped[list[Any]] = mapped_column(default=list)
    """Servers that refused it for good."""
    message_id: Mapped[str] = mapped_column(String(LONGEST_MAIL_ADDRESS))
    """The same for every try, so that a mailbox that got two shows one."""
    answer: Mapped[str] = mapped_column(String(300), default="")
    """What the server said last."""
    made_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Who found out that it arrived; None: the server said so."""
    alarm_at: Mapped[datetime | None]
    """When a person is told that it was not accepted; null once that happened, or need not."""
    alarmed: Mapped[bool] = mapped_column(default=False)


class ReportTry(Base):
    """One try to hand a mail in, with the server's words."""

    __tablename__ = "report_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("report_delivery.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    server: Mapped[int]
    fate: Mapped[str] = mapped_column(String(16))
    """As `rollcall/channels/smtp.py` says it, or unreachable, or died."""
    code: Mapped[int] = mapped_column(default=0)
    said: Mapped[str] = mapped_column(String(300), default="")


class ReportLetterhead(Base):
    """What stands around a report's figures; the newest row holds, the others are its history."""

    __tablename__ = "report_letterhead"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    """The body above who reports."""
    signer_role: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    signer: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
