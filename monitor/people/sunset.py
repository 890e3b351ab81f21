"""Until when people may be enrolled: whoever puts people into quarantine must say anew, now and then, that this is still needed.

An epidemic's powers end with the epidemic. Everything that enrols somebody (a screen, a file, a command) asks `require_enrolment_allowed`
in its own transaction, before it writes; those who are enrolled already are looked after as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from monitor.models.people.sunset import EnrolmentSunset
from monitor.problems import BadInput
from monitor.words import N_

LONGEST = timedelta(days=366)
"""For how long one decision can hold."""
WARN_BEFORE = timedelta(days=14)
LONGEST_WHY = 1000


class Standing(StrEnum):
    """How it stands with enrolment."""

    NO_DATE = "no_date"
    """Nobody decided yet: people can be enrolled, and the health page asks for a date."""
    OPEN = "open"
    ENDS_SOON = "ends_soon"
    OVER = "over"


@dataclass(frozen=True)
class Sunset:
    """The decision that holds. ends_at: the first moment at which nobody can be enrolled."""

    last_day: date
    ends_at: datetime


def judge(sunset: Sunset | None, now: datetime) -> Standing:
    """How it stands at this moment; pure."""
    if sunset is None:
        return Standing.NO_DATE
    if now >= sunset.ends_at:
        return Standing.OVER
    return Standing.ENDS_SOON if sunset.ends_at - now <= WARN_BEFORE else Standing.OPEN


def sunset_of(session: Session) -> Sunset | None:
    """The newest decision; None where nobody decided yet."""
    return as_decided(session.scalar(decisions().limit(1)))


def decisions() -> Select[EnrolmentSunset]:
    """All of them, the newest first."""
    return select(EnrolmentSunset).order_by(EnrolmentSunset.id.desc())


def as_decided(row: EnrolmentSunset | None) -> Sunset | None:
    """What a decision says; None for none."""
    return None if row is None else Sunset(row.last_day, row.ends_at)


def require_enrolment_allowed(session: Session, now: datetime) -> None:
    """Raise BadInput, with what to do, when the last day for enrolling people is over."""
    sunset = sunset_of(session)
    if sunset is not None and judge(sunset, now) is Standing.OVER:
        raise BadInput(
            N_(
                "People could be admitted to quarantine until %(day)s, and nobody can be admitted now. An administrator can set a "
                "later day, with the reason, on the page “Until when people can be admitted”."
            ),
            day=f"{sunset.last_day:%d/%m/%Y}",
        )


def renew(
    session: Session, *, last_day: date, timezone: str, why: str, account_id: int | None, now: datetime
) -> EnrolmentSunset:
    """Decide again, in the caller's write transaction, which also notes it in the trail. An earlier day than before can be set too.

    last_day: on the clock of `timezone`. Raises BadInput, with the form's field.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    if not today <= last_day <= today + LONGEST:
        raise BadInput(
            N_("Choose a day from %(first)s to %(last)s: after a year at the latest this must be decided again."),
            field="last_day",
            first=f"{today:%d/%m/%Y}",
            last=f"{today + LONGEST:%d/%m/%Y}",
        )
    why = why.strip()
    if not 1 <= len(why) <= LONGEST_WHY:
        raise BadInput(N_("Please say why people must still be admitted to quarantine, in 1 to 1,000 characters."), field="why")
    ends_at = datetime.combine(last_day + timedelta(days=1), time(), zone)
    row = EnrolmentSunset(last_day=last_day, ends_at=ends_at, made_at=now, made_by=account_id, why=why)
    session.add(row)
    session.flush()
    return row
