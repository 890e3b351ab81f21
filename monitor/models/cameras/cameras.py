"""Cameras, their encodings, and what they showed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum
from monitor.models.sealed_columns import CAMERA, SealedText


class CameraState(StrEnum):
    """Whether a camera can be believed."""

    NEW = "new"
    ONLINE = "online"
    OFFLINE = "offline"
    COVERED = "covered"
    MOVED = "moved"
    DEFOCUSED = "defocused"
    FROZEN = "frozen"
    REPLAYED = "replayed"
    DARK = "dark"


class CameraSource(StrEnum):
    """How a camera is spoken to."""

    ONVIF = "onvif"
    RTSP = "rtsp"
    SNAPSHOT = "snapshot"


class AreaKind(StrEnum):
    """What a part of a camera's picture is for."""

    WATCH = "watch"
    IGNORE = "ignore"
    PRIVACY = "privacy"
    CLOSED = "closed"
    EXIT = "exit"


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
    CROSSING = "crossing"


class Camera(Base):
    """An ONVIF device or a plain stream, who watches it, and what state it is in."""

    __tablename__ = "camera"
    __table_args__ = (
        UniqueConstraint("zone_id", "name"),
        Index("ix_camera_zone_id_enabled_state", "zone_id", "enabled", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    room_id: Mapped[int | None] = refers_to("room.id")
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(SealedText(CAMERA, 300), unique=True)
    """The device service: http://host:port/onvif/device_service, behind a # which of its lenses or channels; of a plain source, the stream
    or the picture itself. Sealed, since logins stand in paths and queries too."""
    source: Mapped[CameraSource] = mapped_column(text_enum(CameraSource), default=CameraSource.ONVIF)
    username: Mapped[str] = mapped_column(String(64), default="")
    sealed_password: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    make: Mapped[str] = mapped_column(String(120), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    firmware: Mapped[str] = mapped_column(String(120), default="")
    serial: Mapped[str] = mapped_column(String(120), default="")
    clock_offset_seconds: Mapped[float] = mapped_column(default=0.0)
    offers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the device said that it can do besides video: events, ptz, presets, media2."""
    encoder_before: Mapped[dict[str, Any] | None]
    """The sub stream's settings before they were made to fit watching, so that it can be undone."""
    sensitivity: Mapped[float] = mapped_column(default=0.5)
    """0 (only what is large) to 1 (everything that moves)."""
    schedule: Mapped[list[Any]] = mapped_column(default=list)
    """When motion counts: [{"days": [0, 6], "from": "22:00", "until": "06:00"}], Monday is 0, local time; empty is always."""
    uses_events: Mapped[bool] = mapped_column(default=True)
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
    uri: Mapped[str] = mapped_column(SealedText(CAMERA, 500))
    """Without the user name and password that stand before its host."""
    keyframe_seconds: Mapped[float] = mapped_column(default=0.0)
    """Between two keyframes as the device told it; 0 where it did not."""


class CameraArea(Base):
    """A part of a camera's picture, drawn by a person: what is watched, ignored, never shown, closed, or a line at an exit."""

    __tablename__ = "camera_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[int] = refers_to("camera.id", cascade=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    kind: Mapped[AreaKind] = mapped_column(text_enum(AreaKind))
    name: Mapped[str] = mapped_column(String(80), default="")
    points: Mapped[list[Any]]
    """[[x, y], …] from 0 to 1 of the picture; of an exit two points: who walks from left to right, seen along it, goes out."""
    schedule: Mapped[list[Any]] = mapped_column(default=list)
    """When it counts, as of a camera; empty is always."""


class CameraHealth(Base):
    """What watching a camera has counted since its watcher took it, written every few seconds."""

    __tablename__ = "camera_health"

    camera_id: Mapped[int] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    packets: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    decoded: Mapped[int] = mapped_column(default=0)
    gate_openings: Mapped[int] = mapped_column(default=0)
    reconnects: Mapped[int] = mapped_column(default=0)
    lag_seconds: Mapped[float] = mapped_column(default=0.0)
    """From a picture's arrival to the end of its analysis."""
    keyframe_seconds: Mapped[float] = mapped_column(default=0.0)
    """Between two keyframes as they come."""


class CameraTruth(Base):
    """How often a camera agreed with answered roll-calls of its room on one day: each such answer is ground truth."""

    __tablename__ = "camera_truth"
    __table_args__ = (UniqueConstraint("camera_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[int] = refers_to("camera.id", index=False, cascade=True)
    day: Mapped[date]
    """Of the zone's own calendar."""
    agreed: Mapped[int] = mapped_column(default=0)
    false_absent: Mapped[int] = mapped_column(default=0)
    false_present: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)


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


class LineHour(Base):
    """How often a camera saw its line at an exit passed in one hour, in each direction. It names nobody."""

    __tablename__ = "line_hour"

    camera_id: Mapped[int] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    line: Mapped[str] = mapped_column(String(80), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    ins: Mapped[int] = mapped_column(default=0)
    outs: Mapped[int] = mapped_column(default=0)
