"""Whose laboratory test is due: one condition, written so that both databases answer it by the index of what is due."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, literal_column

from monitor.models.people.laboratory import LaboratoryTest


def due_by(day: date) -> ColumnElement[bool]:
    """A condition on LaboratoryTest: no sample was taken yet, and it is due on this day or was before."""
    # A bound value would hide from SQLite that the partial index has all of these.
    return and_(LaboratoryTest.state == literal_column("'due'"), LaboratoryTest.due_on <= day)
