"""The declarative base, naming of constraints, and column kinds that every table shares."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Enum, ForeignKey, Index, MetaData, TypeDecorator, text
from sqlalchemy.orm import DeclarativeBase, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always with time zone UTC in Python; refuses naive values, which would be somebody's local time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC; SQLite keeps no time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables. Constraints are named, so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012 - SQLAlchemy reads it so


def text_enum(kind: type[StrEnum]) -> Enum:
    """An enumeration stored as its text, without a CHECK: adding a value needs no migration."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=32, values_callable=lambda each: [m.value for m in each]
    )


def refers_to(target: str, *, index: bool = True, cascade: bool = False) -> Any:
    """A foreign key column; indexed unless said otherwise."""
    return mapped_column(ForeignKey(target, ondelete="CASCADE" if cascade else None), index=index)


def copied(*, index: bool = False) -> Any:
    """The key of a person or place that another reference of the same row leads to as well: kept to choose and sort by.

    Without a foreign key: a round for a hundred thousand would have each of them looked up and locked again, which on PostgreSQL was a
    fifth of what closing it took. Whoever writes the row takes it from where the reference leads.
    """
    return mapped_column(index=index)


def filled_index(table: str, column: str, *, after: str | None = None) -> Index:
    """An index on a column that is empty in most rows, of the others only: a row without costs nothing. after: a column before it."""
    filled, columns = text(f"{column} IS NOT NULL"), [after, column] if after else [column]
    return Index(f"ix_{table}_{'_'.join(columns)}", *columns, sqlite_where=filled, postgresql_where=filled)
