"""What several forms about people read alike."""

from __future__ import annotations

from datetime import date

from flask import request
from sqlalchemy.orm import Session

from monitor.models.people.residents import Resident
from web.shared.guard import require_zone, the_reader


def resident_of(session: Session, resident_id: int) -> Resident:
    """The resident, when the reader may work in their zone. Raises NotFound."""
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident


def a_number(name: str) -> int:
    """A whole number of a form's field; -1, which nothing has, for anything else, and 0 where it is empty."""
    typed = request.form.get(name, "").strip()
    if not typed:
        return 0
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


def given_or(value: object) -> str:
    """A column's value as a form's field has it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
