"""What the service knows for its papers, gathered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from monitor.papers.papers import Facts
from monitor.people.sunset import sunset_of
from monitor.personal_data.periods import rules
from monitor.settings import Settings


def facts_of(session: Session, settings: Settings, now: datetime) -> Facts:
    """As set now, and as decided."""
    sunset = sunset_of(session)
    return Facts(
        authority=settings.speaker,
        complaints=settings.complaints,
        rules=rules(settings),
        last_day=sunset.last_day if sunset else None,
        on=now.astimezone(settings.zone).date(),
    )
