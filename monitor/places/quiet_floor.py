"""The floor of quiet hours: no plan of the province or of a zone can ask anybody anything in them. Decisions are pure; two functions store.

The province's hold everywhere, each on the zone's own clock; a zone may have longer ones of its own, never shorter. Only a message in an
emergency passes, for which a supervisor answers by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.places import Zone
from monitor.models.rollcalls.quiet import QuietFloor
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

DAY = 24 * 60
LEAST, MOST = timedelta(hours=6), timedelta(hours=16)
"""How long the province's may be: people sleep, and must be asked at some time."""
LONGEST_REASON = 500


@dataclass(frozen=True)
class Span:
    """Hours of the wall clock, over midnight where start lies after end; none where they are equal."""

    start: time
    end: time

    @classmethod
    def parse(cls, start: str, end: str) -> Span:
        """From "21:00" and "07:00". Raises ValueError."""
        return cls(time.fromisoformat(start), time.fromisoformat(end))

    def covers(self, clock: time) -> bool:
        """Whether a moment of the day lies in it; its first does, the one at its end does not."""
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    @property
    def lasts(self) -> timedelta:
        """How long it is."""
        return timedelta(minutes=(_minute(self.end) - _minute(self.start)) % DAY)

    def holds(self, other: Span) -> bool:
        """Whether all of another lies in it."""
        begins = (_minute(other.start) - _minute(self.start)) % DAY
        return not other.lasts or timedelta(minutes=begins) + other.lasts <= self.lasts

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


SHIPPED = Span(time(21), time(7))
"""While nobody has set other ones."""


@dataclass(frozen=True)
class Since:
    """Which hours hold from when on, as they were set. by: None where it was the service itself."""

    span: Span
    since: datetime | None = None
    by: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Floors:
    """All that ever held in the province, the newest first."""

    set: tuple[Since, ...] = ()

    def at(self, moment: datetime) -> Since:
        """What held at a moment."""
        return next((each for each in self.set if each.since is None or each.since <= moment), Since(SHIPPED))


def own_span(zone: Zone) -> Span | None:
    """A zone's own; None where it has none, or where it cannot be read: the province's holds all the same."""
    if not zone.quiet_from or not zone.quiet_to:
        return None
    try:
        return Span.parse(zone.quiet_from, zone.quiet_to)
    except ValueError:
        return None


def floor_of(zone: Zone, province: Span) -> tuple[Span, ...]:
    """The hours that no plan of a zone can lift: the province's, and the zone's own beside them."""
    own = own_span(zone)
    spans = (province,) if own is None or province.holds(own) else (province, own)
    return spans if own is None or not own.holds(province) else (own,)


def floors(session: Session) -> Floors:
    """All that were set."""
    rows = session.scalars(select(QuietFloor).order_by(QuietFloor.since.desc(), QuietFloor.id.desc()))
    return Floors(tuple(Since(Span.parse(row.quiet_from, row.quiet_to), row.since, row.made_by, row.reason) for row in rows))


def in_force(session: Session, now: datetime) -> Span:
    """The province's at this moment."""
    return floors(session).at(now).span


def set_floor(session: Session, span: Span, reason: str, account_id: int, now: datetime) -> None:
    """Set the province's from now on, in the caller's write transaction. Raises BadInput."""
    if not LEAST <= span.lasts <= MOST:
        raise BadInput(
            N_("The province’s quiet hours must last from %(least)s to %(most)s hours."),
            field="quiet_from",
            least=LEAST // timedelta(hours=1),
            most=MOST // timedelta(hours=1),
        )
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput(N_("Please write briefly why the quiet hours change."), field="reason")
    before = in_force(session, now)
    start, end = f"{span.start:%H:%M}", f"{span.end:%H:%M}"
    session.add(QuietFloor(quiet_from=start, quiet_to=end, since=now, made_by=account_id, reason=reason))
    audit.note(
        session, Action.QUIET_FLOOR_SET, at=now, account_id=account_id, before=str(before), after=str(span), reason=reason
    )


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def quiet_until(zone: Zone, province: Span, at: datetime) -> time | None:
    """Until when on its wall clock a zone rests; None: its people may be asked now. province: the quiet hours that hold everywhere."""
    clock = at.astimezone(ZoneInfo(zone.timezone)).time()
    ends = [span.end for span in floor_of(zone, province) if span.covers(clock)]
    # The one that is furthest away, over midnight too.
    return max(ends, key=lambda end: Span(clock, end).lasts, default=None)
