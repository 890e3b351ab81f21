"""Control points: places, the points in them, who checks there, the keys of their codes, scans, and the stays that follow from scans."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import PHONE, SealedText


class PlaceKind(StrEnum):
    """What sort of place."""

    FACTORY = "factory"
    INDUSTRIAL_PARK = "industrial_park"
    OFFICE = "office"
    HOTEL = "hotel"
    BOARDING_HOUSE = "boarding_house"
    MARKET = "market"
    SHOP = "shop"
    SCHOOL = "school"
    HEALTH_FACILITY = "health_facility"
    TRANSPORT = "transport"
    CHECKPOINT = "checkpoint"
    OTHER = "other"


class PlaceState(StrEnum):
    """How far a registration has come."""

    UNCONFIRMED = "unconfirmed"
    """The owner's telephone number was not confirmed yet."""
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    CLOSED = "closed"


class PointKind(StrEnum):
    """What of a place a point is; a gate bounds the whole place, the others lie in it."""

    GATE = "gate"
    FLOOR = "floor"
    CANTEEN = "canteen"
    SHIFT = "shift"
    OTHER = "other"


class Direction(StrEnum):
    """Which way somebody was scanned."""

    IN = "in"
    OUT = "out"


class Source(StrEnum):
    """Who scanned: the person's own phone, a guard, or somebody who enters a paper list later."""

    SELF = "self"
    GUARD = "guard"
    PAPER = "paper"


class OutKind(StrEnum):
    """How it is known that a stay ended."""

    SCANNED = "scanned"
    NEXT_CHECK_IN = "next_check_in"
    PLACE_DEFAULT = "place_default"
    CLOSED_AT_NIGHT = "closed_at_night"
    GUARD = "guard"


class ControlPlace(Base):
    """A place that somebody runs, and where people are scanned in and out."""

    __tablename__ = "control_place"
    __table_args__ = (
        Index("ix_control_place_unit_state", "unit_code", "unit_from", "state"),
        Index("ix_control_place_state_registered_at", "state", "registered_at"),
        Index("ix_control_place_folded", "folded"),
        filled_index("control_place", "proposed_at"),
        filled_index("control_place", "most_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the form it was registered with: sent twice, it is one place."""
    kind: Mapped[PlaceKind] = mapped_column(text_enum(PlaceKind))
    name: Mapped[str] = mapped_column(String(160))
    folded: Mapped[str] = mapped_column(String(200))
    """The name in plain small letters, to notice a place that is registered twice."""
    address: Mapped[str] = mapped_column(String(300), default="")
    unit_code: Mapped[str] = mapped_column(String(16))
    """The administrative unit that it lies in and that decides; no foreign key, since the units are replaced as a whole."""
    unit_from: Mapped[date]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    owner_name: Mapped[str] = mapped_column(String(120))
    owner_phone: Mapped[str] = mapped_column(SealedText(PHONE), index=True)
    language: Mapped[str] = mapped_column(String(8))
    owner_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of what stands in the owner's own link; None until the number is confirmed."""
    parent_id: Mapped[int | None] = refers_to("control_place.id")
    """The industrial park that it belongs to."""
    twin_id: Mapped[int | None] = refers_to("control_place.id", index=False)
    """A place that it may be, as was noticed when it was registered."""
    usual_minutes: Mapped[int | None]
    """How long people stay there who scan no exit; None: nobody said."""
    closes_at: Mapped[str] = mapped_column(String(5), default="03:00")
    """When all stays end that nobody ended, on the place's clock; empty: never, as in a hotel."""
    most_people: Mapped[int | None]
    """How many people it may hold at once; None: no limit."""
    state: Mapped[PlaceState] = mapped_column(text_enum(PlaceState), default=PlaceState.UNCONFIRMED)
    registered_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("account.id", index=False)
    decided_why: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)
    proposed: Mapped[dict[str, Any] | None]
    """What the owner of an approved place asks to change, as `control_points/changing.py` writes it; what was approved holds meanwhile."""
    proposed_at: Mapped[datetime | None]
    """Since when that waits for the unit; None: nothing waits."""
    crowded_at: Mapped[datetime | None]
    """When owner and checkers were told last that more people are inside than may be."""
    listed: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many workers stand in its list: counted by whoever writes it."""
    listed_declared: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of them had a declaration in force when that was counted last."""
    listed_counted_at: Mapped[datetime | None]


class ControlPoint(Base):
    """One gate, floor, canteen or shift of a place, with a code of its own."""

    __tablename__ = "control_point"
    __table_args__ = (UniqueConstraint("place_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = refers_to("control_place.id", index=False)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[PointKind] = mapped_column(text_enum(PointKind))
    made_at: Mapped[datetime]
    codes_from: Mapped[datetime]
    """Codes that were issued before are good no more."""
    closed_at: Mapped[datetime | None]
    camera_id: Mapped[int | None] = refers_to("camera.id")
    """A camera of ours at this door, and its line there: what it counts is held against check-ins."""
    camera_line: Mapped[str] = mapped_column(String(80), default="")
    most_at_once: Mapped[int] = mapped_column(default=0)
    """The most people that were inside behind this code at a time."""


class PlaceChecker(Base):
    """Somebody who scans at a place, with a link of their own."""

    __tablename__ = "place_checker"

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = refers_to("control_place.id")
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(SealedText(PHONE))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what stands in their link."""
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PlaceKey(Base):
    """A pair of keys that place codes are signed with; the private half is sealed by the vault."""

    __tablename__ = "place_key"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """As codes name it."""
    number: Mapped[int] = mapped_column(unique=True)
    """Of its owner in the vault: signing-1."""
    public: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = refers_to("account.id", index=False)
    withdrawn_why: Mapped[str] = mapped_column(String(300), default="")


class PlaceScan(Base):
    """One scan of one person at one point: never changed, only added."""

    __tablename__ = "place_scan"
    __table_args__ = (
        Index("ix_place_scan_declarant_id_at", "declarant_id", "at"),
        Index("ix_place_scan_place_id_at", "place_id", "at"),
        Index("ix_place_scan_unsettled", "id", sqlite_where=text("settled = 0"), postgresql_where=text("NOT settled")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    made_as: Mapped[str] = mapped_column(String(64), unique=True)
    """A name that the device made for it: sent twice, it is one scan."""
    declarant_id: Mapped[int] = refers_to("declarant.id", index=False, cascade=True)
    place_id: Mapped[int] = refers_to("control_place.id", index=False)
    point_id: Mapped[int] = refers_to("control_point.id", index=False)
    direction: Mapped[Direction] = mapped_column(text_enum(Direction))
    source: Mapped[Source] = mapped_column(text_enum(Source))
    checker_id: Mapped[int | None] = refers_to("place_checker.id", index=False)
    at: Mapped[datetime]
    """The true time, as far as it is known."""
    doubt_seconds: Mapped[int] = mapped_column(default=0)
    device_at: Mapped[datetime]
    """What the device's clock said."""
    received_at: Mapped[datetime]
    settled: Mapped[bool] = mapped_column(default=False)
    """Whether it is in the stays and figures."""


class PlaceStay(Base):
    """A stay of one person at one point, reckoned from scans and reckoned anew when more come."""

    __tablename__ = "place_stay"
    __table_args__ = (
        # Who was at a place at a time: with the end in it, rows of all others are not read.
        Index("ix_place_stay_place_id_possible", "place_id", "possible_from", "possible_to"),
        Index("ix_place_stay_declarant_id_possible_from", "declarant_id", "possible_from"),
        Index(
            "ix_place_stay_inside",
            "point_id",
            "in_at",
            sqlite_where=text("out_kind IS NULL"),
            postgresql_where=text("out_kind IS NULL"),
        ),
        filled_index("place_stay", "ends_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    declarant_id: Mapped[int] = refers_to("declarant.id", index=False, cascade=True)
    place_id: Mapped[int] = refers_to("control_place.id", index=False)
    point_id: Mapped[int] = refers_to("control_point.id", index=False)
    in_at: Mapped[datetime | None]
    out_at: Mapped[datetime | None]
    out_kind: Mapped[OutKind | None] = mapped_column(text_enum(OutKind))
    certain_from: Mapped[datetime | None]
    certain_to: Mapped[datetime | None]
    possible_from: Mapped[datetime]
    possible_to: Mapped[datetime]
    """Of a stay that goes on: as of when it was reckoned."""
    in_scan: Mapped[int | None] = mapped_column(unique=True)
    out_scan: Mapped[int | None] = mapped_column(unique=True)
    """A scan belongs to one stay, whoever reckons."""
    ends_by: Mapped[datetime | None]
    """When it will count as over by itself; None: it is over, or ends never by itself."""


class PlaceHour(Base):
    """How many people were scanned at a point in one hour: once each, whoever held a code there twice."""

    __tablename__ = "place_hour"

    point_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    ins: Mapped[int] = mapped_column(default=0)
    outs: Mapped[int] = mapped_column(default=0)
    unseen: Mapped[int] = mapped_column(default=0)
    """Exits whose entry nobody scanned."""


class ListedWorker(Base):
    """Somebody on an employer's list: only to tell who has declared and who has not."""

    __tablename__ = "listed_worker"
    __table_args__ = (UniqueConstraint("place_id", "phone"), Index("ix_listed_worker_place_id_id", "place_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = refers_to("control_place.id", index=False)
    full_name: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(40), default="")
    """In the employer's own books."""
    phone: Mapped[str] = mapped_column(SealedText(PHONE))
    listed_at: Mapped[datetime]
