"""Statements that change or add many rows at once, past the objects of the session, and tell how many rows that were."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import CursorResult, Delete, Executable, Insert, Update
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TypedReturnsRows

T = TypeVar("T")
# The session's objects of these rows keep what they held: SQLAlchemy would otherwise look for them, or ask the database which they are.
_AS_IT_STANDS = {"synchronize_session": False}
# Of INSERT … SELECT the driver's count is else forgotten.
_COUNTED = {"preserve_rowcount": True}


def changed(session: Session, statement: Update | Delete) -> int:
    """Execute an UPDATE or DELETE; returns how many rows it changed. Objects in the session do not learn of it."""
    return _rows(session, statement, _AS_IT_STANDS)


def changed_values(session: Session, statement: TypedReturnsRows[T]) -> list[T]:
    """Execute an UPDATE or DELETE that returns one column; returns its value of each row that was changed."""
    return list(session.scalars(statement, execution_options=_AS_IT_STANDS))


def inserted(session: Session, statement: Insert) -> int:
    """Execute an INSERT … SELECT; returns how many rows came in."""
    return _rows(session, statement, _COUNTED)


def _rows(session: Session, statement: Executable, options: dict[str, Any]) -> int:
    done = session.execute(statement, execution_options=options)
    assert isinstance(done, CursorResult)
    return done.rowcount
