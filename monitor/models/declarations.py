"""Health declarations: the forms as data, people of the public as they declared themselves, what they declared, and codes that were replaced."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.people.residents import LONGEST_NAME, BirthPrecision, Sex
from monitor.models.sealed_columns import ADDRESS, DOCUMENT, INSURANCE, PHONE, TOKEN, SealedJson, SealedText


class Way(StrEnum):
    """How a declaration was made."""

    SELF = "self"
    OTHER = "other"
    """By somebody of the public for somebody else."""
    GUARD = "guard"
    STAFF = "staff"
    TELEPHONE = "telephone"
    PAPER = "paper"
    """On a printed form, entered later."""


class Signs(StrEnum):
    """What of a declaration somebody must look at, the worst of it."""

    NONE = "none"
    CONTACT = "contact"
    SYMPTOM = "symptom"
    DANGER = "danger"


class DeclarationState(StrEnum):
    """A declaration counts when it is taken; one that came while very many came waits for a further step of whoever sent it."""

    TAKEN = "taken"
    WAITING = "waiting"


class DeclarationForm(Base):
    """One version of a form, never changed once it is published: declarations refer to the questions that were answered."""

    __tablename__ = "declaration_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the content and, of what was made here, of when: the shipped form is stored once, whoever comes first."""
    content: Mapped[dict[str, Any]]
    """As `monitor/declarations/forms.py` reads it."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: the form that the product brings."""
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    """None: a draft, or the shipped form, which holds until a version of the province's does."""
    published_by: Mapped[int | None] = refers_to("account.id", index=False)
    why: Mapped[str] = mapped_column(String(300), default="")


class Declarant(Base):
    """A person of the public, as somebody said who they are. Nobody proved it: two rows may be one person, and are looked up by number.

    Of people under an order see `Resident`; a declarant is one where their numbers say so surely.
    """

    __tablename__ = "declarant"
    __table_args__ = (
        filled_index("declarant", "resident_id"),
        # Who lives in a commune: counted by the clock, and listed for the doors.
        filled_index("declarant", "unit_code"),
        # Numbers are sealed alike, so that equal ones are found; who gave none stands in no index.
        *(
            Index(
                f"ix_declarant_{column}", column, sqlite_where=text(f"{column} != ''"), postgresql_where=text(f"{column} != ''")
            )
            for column in ("document_number", "insurance_number", "phone")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    sex: Mapped[Sex | None] = mapped_column(text_enum(Sex))
    birth_date: Mapped[date | None]
    """The first day of what is known."""
    birth_precision: Mapped[BirthPrecision] = mapped_column(text_enum(BirthPrecision), default=BirthPrecision.DAY)
    nationality: Mapped[str] = mapped_column(String(2), default="")
    document_number: Mapped[str] = mapped_column(SealedText(DOCUMENT), default="")
    insurance_number: Mapped[str] = mapped_column(SealedText(INSURANCE), default="")
    phone: Mapped[str] = mapped_column(SealedText(PHONE), default="")
    """As +84…; of one person or of several who share it."""
    phone_confirmed_at: Mapped[datetime | None]
    unit_code: Mapped[str | None] = mapped_column(String(16))
    """Where they live now."""
    unit_from: Mapped[date | None]
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), default="")
    """House and street; the unit says the rest."""
    language: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(SealedText(TOKEN), unique=True)
    """The personal code that they show. A key and nothing else: whoever scans it learns what their role may."""
    code_made_at: Mapped[datetime]
    page_key: Mapped[str] = mapped_column(SealedText(TOKEN), unique=True)
    """Opens their own page and declares for them again; it is shown to nobody, and no code that is shown leads to it."""
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    """Who they are among people under an order, where a number or their own link says so surely."""
    created_at: Mapped[datetime]


class ReplacedCode(Base):
    """A personal code that was replaced by a newer one: it opens nothing, and whoever shows it is told so."""

    __tablename__ = "replaced_code"

    code: Mapped[str] = mapped_column(SealedText(TOKEN), primary_key=True)
    declarant_id: Mapped[int] = refers_to("declarant.id", cascade=True)
    at: Mapped[datetime]


class Declaration(Base):
    """What somebody declared, once; never changed."""

    __tablename__ = "declaration"
    __table_args__ = (
        Index("ix_declaration_declarant_id_made_at", "declarant_id", "made_at"),
        # What is to be deleted, the oldest first.
        Index("ix_declaration_made_at", "made_at"),
        Index(
            "ix_declaration_waiting",
            "made_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        # What health stations look at, the newest first.
        Index(
            "ix_declaration_signs",
            *("zone_id", "made_at"),
            sqlite_where=text("signs != 'none'"),
            postgresql_where=text("signs != 'none'"),
        ),
        filled_index("declaration", "made_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the form's own key and what was sent: a double tap, or a line that broke, makes one declaration."""
    declarant_id: Mapped[int] = refers_to("declarant.id", index=False)
    form_id: Mapped[int] = refers_to("declaration_form.id", index=False)
    answers: Mapped[Any] = mapped_column(SealedJson("declaration"))
    """By the keys of the form's questions; None where it is damaged."""
    way: Mapped[Way] = mapped_column(text_enum(Way))
    state: Mapped[DeclarationState] = mapped_column(text_enum(DeclarationState), default=DeclarationState.TAKEN)
    signs: Mapped[Signs] = mapped_column(text_enum(Signs))
    made_at: Mapped[datetime]
    """When it came in here."""
    declared_on: Mapped[date | None]
    """The day on the paper, where it was entered later."""
    until: Mapped[datetime]
    """It is in force before this moment."""
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Of staff who entered it; None: somebody of the public."""
    by_whom: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")
    """The name of who declared for somebody else, as they gave it."""
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    """Whose health station looks at its signs; None: there are none, or there is no zone yet."""
