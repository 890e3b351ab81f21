"""Plans of floors: a picture or an empty sheet on which rooms and cameras are drawn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to


class FloorPlan(Base):
    """A floor, a wing or a yard of a zone as seen from above."""

    __tablename__ = "floor_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    name: Mapped[str] = mapped_column(String(80))
    picture: Mapped[str | None] = mapped_column(String(64))
    """The vault's name of the picture below the rooms; None: an empty sheet."""
    width: Mapped[int] = mapped_column(default=1600)
    height: Mapped[int] = mapped_column(default=900)
    """Of the picture in pixels; of an empty sheet its proportions."""
    made_at: Mapped[datetime]


class PlanPlace(Base):
    """Where a room or a camera is on a plan; a room that two were merged into may have two places."""

    __tablename__ = "plan_place"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = refers_to("floor_plan.id", cascade=True)
    room_id: Mapped[int | None] = refers_to("room.id")
    camera_id: Mapped[int | None] = refers_to("camera.id", cascade=True)
    """One of both is set."""
    x: Mapped[float]
    y: Mapped[float]
    width: Mapped[float]
    height: Mapped[float]
    """From 0 to 1 of the plan, from its upper left corner; of a camera, which is a sign, only x and y mean something."""
