"""Under which numbers a person is found: their record's, and those of records that became a part of it."""

from __future__ import annotations

from sqlalchemy import Select, select

from monitor.models.people.merged import MergedRecord


def merged_into(resident_id: int) -> Select[int]:
    """The numbers of records that became a part of this one."""
    return select(MergedRecord.gone_id).where(MergedRecord.into_id == resident_id)


def part_of(resident_id: int) -> Select[int]:
    """The number of the record of which this one has become a part."""
    return select(MergedRecord.into_id).where(MergedRecord.gone_id == resident_id)
