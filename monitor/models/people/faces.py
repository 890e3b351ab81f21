"""Photos offered for enrolment and what became of them, residents' face templates, and the models that made those."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum


class EnrolmentState(StrEnum):
    """A photo offered for enrolment waits for a worker, is looked at by one, and is kept or not."""

    WAITING = "waiting"
    LEASED = "leased"
    KEPT = "kept"
    REFUSED = "refused"


class EnrolmentPhoto(Base):
    """A photo of a resident's face, offered by themselves or by staff, to compare answers with."""

    __tablename__ = "enrolment_photo"
    __table_args__ = (filled_index("enrolment_photo", "next_attempt_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    media_id: Mapped[int | None] = refers_to("media.id")
    """None once it was refused or removed: the picture itself is deleted then."""
    state: Mapped[EnrolmentState] = mapped_column(text_enum(EnrolmentState), default=EnrolmentState.WAITING)
    offered_at: Mapped[datetime]
    offered_by: Mapped[int | None] = refers_to("account.id")
    """None: the resident."""
    insisted: Mapped[bool] = mapped_column(default=False)
    """Staff want it kept though it is not good: somebody who cannot get up has no better light."""
    next_attempt_at: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    judged_at: Mapped[datetime | None]
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """Stored Words: what to do better, or what to know about a photo that was kept."""
    figures: Mapped[dict[str, Any] | None]
    """What was measured of it: width, brightness, sharpness and the like."""


class FaceTemplate(Base):
    """A resident's face as one engine's model embeds one enrolment photo."""

    __tablename__ = "face_template"
    __table_args__ = (Index("ix_face_template_media_id_engine_model", "media_id", "engine", "model", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    media_id: Mapped[int] = refers_to("media.id")
    engine: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """float32 little-endian, encrypted with the resident's key."""


class FaceModel(Base):
    """A model that workers use or used, with the thresholds that were measured for it on site."""

    __tablename__ = "face_model"
    __table_args__ = (UniqueConstraint("engine", "model"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    engine: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(String(64))
    first: Mapped[bool] = mapped_column(default=False)
    """The first of the two engines; the other one is asked in the grey zone."""
    used_at: Mapped[datetime | None]
    """When a worker last loaded it."""
    accept: Mapped[float | None]
    reject: Mapped[float | None]
    measured: Mapped[dict[str, Any] | None]
    measured_at: Mapped[datetime | None]
    renewed_to: Mapped[int] = mapped_column(default=0)
    """Of the enrolment photos up to this number of `media`, each has its template of this model (or cannot have one)."""
    renew_until: Mapped[int] = mapped_column(default=0)
    """The newest picture there was when a worker last began to use it; later ones get their template at once."""


class FaceLikeness(Base):
    """Two residents whom a model would take for each other; on both records until a person says that they can be told apart."""

    __tablename__ = "face_likeness"
    __table_args__ = (UniqueConstraint("one_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    one_id: Mapped[int] = refers_to("resident.id", index=False)
    """The smaller number of the two residents."""
    other_id: Mapped[int] = refers_to("resident.id")
    found_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]
    """Stays, so that the same two are not told again."""
    dismissed_by: Mapped[int | None] = refers_to("account.id", index=False)
