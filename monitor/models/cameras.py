"""Cameras, their encodings, and what they showed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class CameraState(StrEnum):
    """Whether a camera can be believed."""

    NEW = "new"
    ONLINE = "online"
    OFFLINE = "offline"
    COVERED = "covered"
    DARK = "dark"


class ProfileRole(StrEnum):
    """What an encoding is used for: sub for motion, main for faces."""

    MAIN = "main"
    SUB = "sub"


class ObservationKind(StrEnum):
    """One thing a camera showed."""

    MOTION = "motion"
    PERSON = "person"
    FACE = "face"
    NOBODY = "nobody"
    TAMPER = "tamper"
    OFFLINE = "offline"


class Camera(Base):
    """An ONVIF device, who watches it, and what state it is in."""

    __tablename__ = "camera"
    __table_args__ = (UniqueConstraint("zone_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    room_id: Mapped[int | None] = refers_to("room.id")
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(300), unique=True)
    """The device service: http://host:port/onvif/device_service."""
    username: Mapped[str] = mapped_column(String(64), default="")
    sealed_password: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    make: Mapped[str] = mapped_column(String(120), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    firmware: Mapped[str] = mapped_column(String(120), default="")
    serial: Mapped[str] = mapped_column(String(120), default="")
    clock_offset_seconds: Mapped[float] = mapped_column(default=0.0)
    enabled: Mapped[bool] = mapped_column(default=True)
    state: Mapped[CameraState] = mapped_column(text_enum(CameraState), default=CameraState.NEW)
    state_since: Mapped[datetime]
    problem: Mapped[dict[str, Any] | None]
    """Stored Words: what is wrong and what to do."""
    analysed_at: Mapped[datetime | None]
    """Time of the newest analysed picture: the camera's health is the age of this."""
    picture: Mapped[str | None] = mapped_column(String(64))
    """The vault's name of the latest picture; overwritten in place."""
    leased_by: Mapped[str | None] = mapped_column(String(64))
    leased_until: Mapped[datetime | None]


class MediaProfile(Base):
    """One of a camera's encodings."""

    __tablename__ = "media_profile"
    __table_args__ = (UniqueConstraint("camera_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[int] = refers_to("camera.id", index=False, cascade=True)
    role: Mapped[ProfileRole] = mapped_column(text_enum(ProfileRole))
    token: Mapped[str] = mapped_column(String(64))
    codec: Mapped[str] = mapped_column(String(16))
    width: Mapped[int]
    height: Mapped[int]
    frames_per_second: Mapped[float]
    uri: Mapped[str] = mapped_column(String(500))
    """Without user name and password."""


class Observation(Base):
    """One thing a camera showed, from its first to its last sight; extended while it lasts."""

    __tablename__ = "observation"
    __table_args__ = (
        Index("ix_observation_room_id_last_at", "room_id", "last_at"),
        Index("ix_observation_resident_id_last_at", "resident_id", "last_at"),
        Index("ix_observation_camera_id_kind_last_at", "camera_id", "kind", "last_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    camera_id: Mapped[int] = refers_to("camera.id", index=False)
    room_id: Mapped[int | None] = refers_to("room.id", index=False)
    kind: Mapped[ObservationKind] = mapped_column(text_enum(ObservationKind))
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    """Set for a face of one of the room's residents; other faces are counted and forgotten."""
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    confidence: Mapped[float] = mapped_column(default=1.0)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
