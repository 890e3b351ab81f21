"""Zones and the rooms in them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class ZoneKind(StrEnum):
    """What sort of place people are quarantined in."""

    FACILITY = "facility"
    STREET_BLOCK = "street_block"
    HOME_CLUSTER = "home_cluster"
    MEDICAL = "medical"
    """A hospital or a treatment facility, for those who are in quarantine there."""


class RoomKind(StrEnum):
    """What people do there: whether they are assigned to it, and whether a camera may look into it."""

    ROOM = "room"
    """Where people sleep."""
    CORRIDOR = "corridor"
    COMMON = "common"
    OUTDOORS = "outdoors"
    HOME = "home"
    """A home, with all that is private in it."""
    WASHROOM = "washroom"
    ENTRANCE = "entrance"


class Together(StrEnum):
    """What people who share a room must have in common; they only propose a room, and a person decides."""

    HOUSEHOLD = "household"
    ARRIVAL_DAY = "arrival_day"
    SEX = "sex"
    STATUS = "status"
    """The same F-status: nobody is put beside who may be ill."""


class Zone(Base):
    """A quarantine facility, street block, home cluster or medical facility (khu cách ly)."""

    __tablename__ = "zone"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[ZoneKind] = mapped_column(text_enum(ZoneKind))
    address: Mapped[str] = mapped_column(String(300), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Ho_Chi_Minh")
    latitude: Mapped[float | None]
    """Its middle, in degrees north (WGS 84); None: nobody is asked where they are."""
    longitude: Mapped[float | None]
    radius_metres: Mapped[float | None]
    unit_code: Mapped[str | None] = mapped_column(String(16))
    """The administrative unit it lies in, by its key; no foreign key, since the units are replaced as a whole."""
    unit_from: Mapped[date | None]
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    """Between these no plan may ask anybody anything: 21:00 to 06:00 on the zone's clock; both empty: no such time."""
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    contacts: Mapped[list[Any]] = mapped_column(default=list)
    """Telephones of the zone itself: [{"name": "Trực cổng", "phone": "+84274…"}]."""
    beds: Mapped[int | None]
    """In all, as the authority counts them; None: the rooms' beds are added up."""
    together: Mapped[list[Any]] = mapped_column(default=list)
    """Values of `Together`, for rooms that say nothing else."""
    camera_order_number: Mapped[str] = mapped_column(String(60), default="")
    """The order of an authority by which cameras may look into bedrooms; empty: none."""
    camera_order_date: Mapped[date | None]
    camera_order_authority: Mapped[str] = mapped_column(String(200), default="")
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    """Counts changes, so that nobody writes over what somebody else has just written."""


class Room(Base):
    """A place in a zone that people are assigned to, or that a camera looks at."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("zone_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[RoomKind] = mapped_column(text_enum(RoomKind), default=RoomKind.ROOM)
    empty_allowed_minutes: Mapped[float] = mapped_column(default=60.0)
    """How long nobody may be seen in an occupied room before staff are asked to look."""
    floor: Mapped[str] = mapped_column(String(20), default="")
    beds: Mapped[int | None]
    """How many people it is for; None: nobody said."""
    together: Mapped[list[Any] | None]
    """Values of `Together`; None: as the zone has it."""
    closed_at: Mapped[datetime | None]
    """Nobody is put into it any more; what happened in it stays."""
    merged_into_id: Mapped[int | None] = refers_to("room.id", index=False)
    """The room that it became: people, cameras and history are there. Its own name is free again."""
    version: Mapped[int] = mapped_column(default=1)
