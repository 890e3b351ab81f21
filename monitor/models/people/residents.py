"""Residents, the households they answer with, the orders that hold them, exemptions, and their pictures."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from monitor.folding import LONGEST_KEY, folded, sort_key
from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import ADDRESS, DOCUMENT, INSURANCE, PHONE, TAIL, SealedText

LONGEST_NAME = 120
TAIL_LENGTH = 4
_BYTEWISE = String(LONGEST_KEY).with_variant(String(LONGEST_KEY, collation="C"), "postgresql")


def tail_of(number: str) -> str:
    """The last four signs of a number, by which people find it again and on pages tell it from others; empty of a shorter one."""
    signs = "".join(sign for sign in number.upper() if sign.isalnum())
    return signs[-TAIL_LENGTH:] if len(signs) > TAIL_LENGTH else ""


class OrderState(StrEnum):
    """A quarantine order's states."""

    ACTIVE = "active"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    HOSPITALISED = "hospitalised"
    LEFT = "left"
    DIED = "died"


KEEPS_BED = (OrderState.ACTIVE, OrderState.HOSPITALISED)
"""Whose quarantine goes on, or has not begun, keeps a bed, also while in hospital."""
OVER = (OrderState.RELEASED, OrderState.TRANSFERRED, OrderState.DIED)
"""States in which an order has ended before its time; who left without being released is still to be looked for."""


class Sex(StrEnum):
    """As documents say; empty in a form where nobody said."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class BirthPrecision(StrEnum):
    """How much of a date of birth is known: cards of people whose day nobody wrote down say a year, or a month."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class FStatus(StrEnum):
    """How near somebody is to a case, by the rule in force: F0 is ill, F1 met an F0, F2 met an F1."""

    F0 = "F0"
    F1 = "F1"
    F2 = "F2"
    F3 = "F3"


class PresenceState(StrEnum):
    """What is believed about a resident; a camera that fails makes it unknown, never absent.

    Not seen for long is not absent: that takes somebody who was seen leaving.
    """

    PRESENT = "present"
    NOT_SEEN = "not_seen"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class MediaKind(StrEnum):
    """Why a picture is kept."""

    ENROLMENT = "enrolment"
    OFFERED = "offered"
    """For enrolment, and not looked at yet."""
    SELFIE = "selfie"
    BURST = "burst"
    """Frames of head movements, in one file."""
    INCIDENT = "incident"


class Household(Base):
    """People who answer with one phone."""

    __tablename__ = "household"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(SealedText(PHONE, 32), default="", index=True)
    phone_tail: Mapped[str] = mapped_column(SealedText(TAIL), default="", server_default="", index=True)
    """The last four signs of the number; follow it."""
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), default="")
    """House and street; the unit says the rest."""
    unit_code: Mapped[str | None] = mapped_column(String(16))
    """The administrative unit of the address, by its key, as of a zone."""
    unit_from: Mapped[date | None]

    @validates("phone")
    def _tail_follows(self, _column: str, number: str) -> str:
        self.phone_tail = tail_of(number)
        return number


class Resident(Base):
    """A person under a quarantine order (người cách ly)."""

    __tablename__ = "resident"
    __table_args__ = (
        Index("ix_resident_zone_id_sort_key", "zone_id", "sort_key", "id"),
        Index("ix_resident_name_folded_birth_date", "name_folded", "birth_date"),
        # By what lists are filtered: of few people, so that these are found without looking at everybody.
        Index("ix_resident_birth_date", "birth_date"),
        Index("ix_resident_unit_code", "unit_code"),
        filled_index("resident", "f_status"),
        *(
            # Said as SQLAlchemy asks for it: SQLite else takes no notice of the index.
            Index(f"ix_resident_{risk}", "id", sqlite_where=text(f"{risk} = 1"), postgresql_where=text(risk))
            for risk in ("long_illness", "pregnant", "lives_alone")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    room_id: Mapped[int | None] = refers_to("room.id")
    household_id: Mapped[int | None] = refers_to("household.id")
    full_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    sort_key: Mapped[str] = mapped_column(_BYTEWISE, default="")
    """In the order of Vietnamese lists, given name first; follows the name (`monitor/folding.py`)."""
    name_folded: Mapped[str] = mapped_column(String(LONGEST_KEY), default="")
    """The name in plain small letters, a space before each word; follows the name."""
    name_awaited: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A newborn whose name is not given yet is entered under the mother's; somebody asks for it."""
    sex: Mapped[Sex | None] = mapped_column(text_enum(Sex))
    birth_date: Mapped[date | None]
    """The first day of what is known: 1 January of the year where the precision is a year."""
    birth_precision: Mapped[BirthPrecision] = mapped_column(
        text_enum(BirthPrecision), default=BirthPrecision.DAY, server_default="day"
    )
    phone: Mapped[str] = mapped_column(SealedText(PHONE, 32), default="", index=True)
    """Own number; empty: the household's is used."""
    phone_tail: Mapped[str] = mapped_column(SealedText(TAIL), default="", server_default="", index=True)
    document_tail: Mapped[str] = mapped_column(SealedText(TAIL), default="", server_default="", index=True)
    """The last four signs of each number; follow it."""
    phone_confirmed_at: Mapped[datetime | None]
    """When a code that was sent to it came back, or staff saw it ring; None: nobody knows whether it is theirs."""
    document_number: Mapped[str] = mapped_column(SealedText(DOCUMENT), default="", index=True)
    """Of the identity card or passport."""
    earlier_number: Mapped[str] = mapped_column(SealedText(DOCUMENT), default="", server_default="", index=True)
    """Of the identity card before that one, nine digits: the only bridge to records that hold it."""
    insurance_number: Mapped[str] = mapped_column(SealedText(INSURANCE), default="", server_default="", index=True)
    """Of social insurance: the last ten digits of a health-insurance card."""
    nationality: Mapped[str] = mapped_column(String(2), default="VN", server_default="VN")
    """ISO 3166, two letters; empty: unknown."""
    address: Mapped[str] = mapped_column(SealedText(ADDRESS), default="", server_default="")
    """Where they live, house and street, as their card or they themselves say; the unit says the rest."""
    unit_code: Mapped[str | None] = mapped_column(String(16))
    unit_from: Mapped[date | None]
    f_status: Mapped[FStatus | None] = mapped_column(text_enum(FStatus))
    """The newest of their periods (`StatusPeriod`), kept here to be listed by."""
    vaccine_doses: Mapped[int | None]
    last_dose_on: Mapped[date | None]
    arrived_at: Mapped[datetime | None]
    """When they came to the zone that they are in."""
    room_since: Mapped[datetime | None]
    """When they came to the room that they are in: what was seen before says nothing of them there. None: nobody knows."""
    home_possible: Mapped[bool | None]
    """Whether the home is fit for quarantine; None: nobody looked."""
    home_note: Mapped[str] = mapped_column(String(300), default="", server_default="")
    supplies_ensured: Mapped[bool | None]
    supplies_note: Mapped[str] = mapped_column(String(300), default="", server_default="")
    help_needed: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """What they cannot do alone, in words."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Counts changes of what is on the form, so that nobody writes over what somebody else has just written."""
    without_smartphone: Mapped[bool] = mapped_column(default=False)
    """Texts tell how to answer by text, and what the plan asks of such people is enough."""
    holds_still: Mapped[bool] = mapped_column(default=False)
    """Cannot move the head: the face alone is enough wherever head movements are asked for."""
    agrees_to_faces: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Said so themselves, or somebody for them: only then a photo of theirs is compared, see `monitor/people/face_agreement.py`."""
    refuses_faces: Mapped[bool] = mapped_column(default=False)
    """No photo of the face is kept to compare with, and no engine looks for it; see `rollcall/verdicts/without_face.py` for what is enough then."""
    long_illness: Mapped[bool] = mapped_column(default=False, server_default=false())
    """As staff were told: of the heart, the lungs, the kidneys, diabetes, cancer, weak immune defence and the like."""
    pregnant: Mapped[bool] = mapped_column(default=False, server_default=false())
    lives_alone: Mapped[bool] = mapped_column(default=False, server_default=false())
    """As staff were told, whoever else the zone's list has in the room."""
    language: Mapped[str] = mapped_column(String(8), default="vi")
    links_withdrawn_at: Mapped[datetime | None]
    """Links that were made for them before open nothing any more: a phone was lost, or a number changed hands."""
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    """When everything that tells who they are was deleted; the row stays, so that numbers still add up."""

    @validates("full_name")
    def _keys_follow(self, _column: str, name: str) -> str:
        self.sort_key, self.name_folded = sort_key(name), folded(name)[:LONGEST_KEY]
        return name

    @validates("phone", "document_number")
    def _tails_follow(self, column: str, number: str) -> str:
        setattr(self, "phone_tail" if column == "phone" else "document_tail", tail_of(number))
        return number


class StatusPeriod(Base):
    """A time in which somebody had an F-status, by the rule of a day; never changed but for its end."""

    __tablename__ = "status_period"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    status: Mapped[FStatus] = mapped_column(text_enum(FStatus))
    rule_on: Mapped[date | None]
    """The day whose rule made it so."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """The first day on which it held no more; None: it holds."""
    noted_at: Mapped[datetime]
    noted_by: Mapped[int | None] = refers_to("account.id", index=False)


class QuarantineOrder(Base):
    """The legal basis of a person's quarantine (quyết định cách ly)."""

    __tablename__ = "quarantine_order"
    __table_args__ = (
        # Whether somebody is in quarantine; SQLite would otherwise ask the other index, and look at everybody who is.
        Index("ix_quarantine_order_resident_id_state_ends_at", "resident_id", "state", "ends_at"),
        Index("ix_quarantine_order_state_ends_at_id", "state", "ends_at", "id"),
        # Those of a zone that end soon, or did lately, are counted and listed.
        Index("ix_quarantine_order_zone_id_state_ends_at", "zone_id", "state", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id", index=False)
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    number: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """As the authority numbers it: 123/QĐ-UBND."""
    authority: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300))
    legal_basis: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """The articles that it names; never filled in by the product."""
    ordered_orally_on: Mapped[date | None]
    written_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    """When the paper came into the person's hands."""
    state: Mapped[OrderState] = mapped_column(text_enum(OrderState), default=OrderState.ACTIVE)
    ended_at: Mapped[datetime | None]
    """When it left the state `active`; null while it is in force."""
    end_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class OrderChange(Base):
    """One change of an order, with what was before: an end that moved, a zone, a state. Never changed."""

    __tablename__ = "order_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = refers_to("quarantine_order.id")
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = refers_to("account.id", index=False)
    """None: what was set for a later time came due."""
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Names of columns -> their values as text, of those that changed."""
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(String(300), default="")


class Exemption(Base):
    """A time in which absence is allowed: test, hospital, relocation."""

    __tablename__ = "exemption"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """Where it was ended early: when that was."""
    reason: Mapped[str] = mapped_column(String(300))
    ended_at: Mapped[datetime | None]
    """When a person ended it before its time."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Media(Base):
    """A picture in the vault; the file itself is encrypted and its name tells nothing."""

    __tablename__ = "media"
    __table_args__ = (
        # The purge looks for the oldest of a kind.
        Index("ix_media_kind_taken_at", "kind", "taken_at"),
        # And pages for a person's newest.
        Index("ix_media_resident_id_kind_taken_at", "resident_id", "kind", "taken_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    camera_id: Mapped[int | None] = refers_to("camera.id")
    kind: Mapped[MediaKind] = mapped_column(text_enum(MediaKind))
    name: Mapped[str] = mapped_column(String(64), unique=True)
    """The vault's name of the file."""
    owner: Mapped[str] = mapped_column(String(64))
    """Whose key opens it: `resident-<id>` or `camera-<id>`."""
    content_type: Mapped[str] = mapped_column(String(64), default="image/jpeg")
    taken_at: Mapped[datetime]


class Presence(Base):
    """What is believed about a resident now; derived, written only when it changes."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_state_since", "state", "since"),)

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    zone_id: Mapped[int] = refers_to("zone.id")
    state: Mapped[PresenceState] = mapped_column(text_enum(PresenceState))
    since: Mapped[datetime]
    reason: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When the evidence behind the belief was last renewed."""
    confidence: Mapped[float] = mapped_column(default=1.0)
    """0 to 1; below 1 where presence is inferred."""
