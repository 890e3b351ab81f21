"""What a person asks to be done with cameras from the console; a process that watches does it, since only those speak to devices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum
from monitor.models.sealed_columns import CAMERA, SealedJson


class CameraRequestKind(StrEnum):
    """What is asked for."""

    DISCOVER = "discover"
    PROBE = "probe"
    ADD = "add"
    FIT = "fit"
    UNDO_FIT = "undo_fit"
    PRESET = "preset"


class CameraRequestState(StrEnum):
    """How far it is. A request whose worker died is taken again."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class CameraRequest(Base):
    """One request with its answer; both are deleted after an hour."""

    __tablename__ = "camera_request"
    __table_args__ = (Index("ix_camera_request_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = refers_to("account.id")
    zone_id: Mapped[int | None] = refers_to("zone.id")
    camera_id: Mapped[int | None] = refers_to("camera.id", cascade=True)
    kind: Mapped[CameraRequestKind] = mapped_column(text_enum(CameraRequestKind))
    state: Mapped[CameraRequestState] = mapped_column(text_enum(CameraRequestState), default=CameraRequestState.WAITING)
    target: Mapped[dict[str, Any]] = mapped_column(SealedJson(CAMERA))
    """What exactly: addresses, interface, names, a preset."""
    sealed_login: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    """User name and password as JSON, sealed with the request's own key."""
    answer: Mapped[dict[str, Any] | None] = mapped_column(SealedJson(CAMERA))
    """Grows while it is worked on: {"found": [...], "asked": 3, "of": 16} or {"problem": words}."""
    asked_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
