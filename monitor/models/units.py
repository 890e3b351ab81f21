"""Administrative units as they were at each time: provinces, districts, communes, and what each of them became."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, text_enum


class UnitKind(StrEnum):
    """What sort of unit; its level is how many are above it, and differs with time and place."""

    PROVINCE = "province"
    CENTRAL_CITY = "central_city"
    URBAN_DISTRICT = "urban_district"
    RURAL_DISTRICT = "rural_district"
    TOWN = "town"
    PROVINCIAL_CITY = "provincial_city"
    WARD = "ward"
    COMMUNE = "commune"
    TOWNSHIP = "township"
    SPECIAL_ZONE = "special_zone"
    NEIGHBOURHOOD = "neighbourhood"


class AdministrativeUnit(Base):
    """One unit while it was the same. Codes were used again in July 2025 for other places: only code and beginning name one."""

    __tablename__ = "administrative_unit"
    __table_args__ = (Index("ix_administrative_unit_parent", "parent_code", "parent_from"),)

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    """Its last day; None: it is there."""
    parent_code: Mapped[str | None] = mapped_column(String(16))
    parent_from: Mapped[date | None]
    kind: Mapped[UnitKind] = mapped_column(text_enum(UnitKind))
    name: Mapped[str] = mapped_column(String(120))
    """In Vietnamese, with the kind: Phường Bến Nghé."""
    name_en: Mapped[str] = mapped_column(String(120))
    folded: Mapped[str] = mapped_column(String(160))
    """The name in plain small letters, each word with a space before it: ` phuong ben nghe`."""
    folded_path: Mapped[str] = mapped_column(String(500))
    """The same with the names of all units above, and with the code."""
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    built_in: Mapped[bool] = mapped_column(default=False)
    """From the file that the product brings, which replaces these as a whole; others were added here and stay."""


class UnitSuccession(Base):
    """That a unit went into another one, whole or in part."""

    __tablename__ = "unit_succession"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    into_code: Mapped[str] = mapped_column(String(16), primary_key=True)
    into_from: Mapped[date] = mapped_column(primary_key=True)
    most: Mapped[bool] = mapped_column(default=True)
    """Whether all or most of it went there."""
    built_in: Mapped[bool] = mapped_column(default=False)


class LoadedFile(Base):
    """Which edition of a file of the product's is in the tables."""

    __tablename__ = "loaded_file"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256."""
    loaded_at: Mapped[datetime]
