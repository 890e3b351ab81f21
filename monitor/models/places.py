"""Zones and the rooms in them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class ZoneKind(StrEnum):
    """What sort of place people are quarantined in."""

    FACILITY = "facility"
    STREET_BLOCK = "street_block"
    HOME_CLUSTER = "home_cluster"


class RoomKind(StrEnum):
    """Whether people are assigned to it."""

    ROOM = "room"
    CORRIDOR = "corridor"
    COMMON = "common"
    OUTDOORS = "outdoors"
    HOME = "home"


class Zone(Base):
    """A quarantine facility, street block or home cluster (khu cách ly)."""

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
