"""The hotline's clocks: the law's, which is first contact and five hours and nothing else, and those inside, which have calendars. Pure.

The two share nothing. The law's due time is written once with the ticket; here is only asked which of its three levels have come and were
not told: the unit at three hours, its head at four, the province at five. Of the clocks inside is asked what is awaited next and since
when; they run in the stretches of a calendar, and what they say never reaches the law's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.models.hotline import LAW_LIMIT, AlarmLevel, TicketKind, TicketState
from monitor.working_days import Holidays

WARNINGS = {AlarmLevel.UNIT: timedelta(hours=3), AlarmLevel.HEAD: timedelta(hours=4), AlarmLevel.BREACH: LAW_LIMIT}
"""How long after first contact each is told: 60, 80 and 100 in a hundred of the limit."""
WITHIN = {
    AlarmLevel.EMERGENCY_LATE: timedelta(minutes=15),
    AlarmLevel.TAKE_LATE: timedelta(minutes=15),
    AlarmLevel.HAND_OVER_LATE: timedelta(minutes=30),
    AlarmLevel.ACCEPT_LATE: timedelta(minutes=60),
    AlarmLevel.ANSWER_LATE: timedelta(hours=4),
}
"""What the clocks inside allow, in working time but for an emergency's."""
REFUSALS_TO_HEAD = 3
OLDEST_CONTACT = timedelta(days=30)
"""A gateway that tells of a first contact longer ago than this has no clock."""
_DAY_MINUTES = 24 * 60
_FARTHEST = 400
_UNHANDED = (TicketState.NEW, TicketState.TAKEN)
_UNACCEPTED = (*_UNHANDED, TicketState.HANDED_OVER)
UNANSWERED = (*_UNACCEPTED, TicketState.ACCEPTED)
"""States in which somebody still waits."""


def law_due(first_contact_at: datetime) -> datetime:
    """Until when somebody is answered by law. Reckoned in UTC, where no day has 23 or 25 hours."""
    return first_contact_at.astimezone(UTC) + LAW_LIMIT


def first_contact(told: datetime | None, noticed: datetime) -> datetime:
    """When somebody first reached us: as the gateway told, unless its clock is in our future or has stopped.

    told: None where the channel tells nothing. noticed: when our side learned of it.
    """
    if told is None or told > noticed or told < noticed - OLDEST_CONTACT:
        return noticed
    return told


@dataclass(frozen=True)
class Segment:
    """A stretch of a weekday (0: Monday) in minutes after midnight on the calendar's wall clock; the second is not part of it."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True)
class Calendar:
    """When somebody works. holidays: None: on public holidays too."""

    segments: tuple[Segment, ...]
    timezone: str
    holidays: Holidays | None = None

    def on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of a day, in UTC and in their order."""
        if self.holidays is not None and self.holidays.public(day):
            return
        for each in sorted(self.segments, key=lambda segment: (segment.start, segment.end)):
            if each.weekday == day.weekday():
                yield self._moment(day, each.start), self._moment(day, each.end)

    def _moment(self, day: date, minutes: int) -> datetime:
        day += timedelta(days=minutes // _DAY_MINUTES)
        hour, minute = divmod(minutes % _DAY_MINUTES, 60)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)


def after(calendar: Calendar | None, start: datetime, working: timedelta) -> datetime:
    """When so much working time has passed since a moment. calendar: None: day and night.

    One that never opens within a year counts as if it were always open: nothing is without a due time.
    """
    start = start.astimezone(UTC)
    if calendar is None:
        return start + working
    left = working
    first_day = start.astimezone(ZoneInfo(calendar.timezone)).date()
    counted = start
    for later in range(-1, _FARTHEST):
        for opens, closes in calendar.on(first_day + timedelta(days=later)):
            # Stretches that overlap count once.
            begins = max(opens, counted)
            if closes <= begins:
                continue
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
            counted = closes
    return start + working


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    """Whether somebody works at a moment."""
    if calendar is None:
        return True
    day = at.astimezone(ZoneInfo(calendar.timezone)).date()
    return any(opens <= at < closes for each in (day - timedelta(days=1), day) for opens, closes in calendar.on(each))


@dataclass(frozen=True)
class Clocks:
    """What the clocks need to know of a ticket. told: levels inside that were told in this round. bundled: under
    another ticket."""

    kind: TicketKind
    state: TicketState
    first_contact_at: datetime
    due_at: datetime
    waiting_since: datetime
    handed_over_at: datetime | None = None
    first_answered_at: datetime | None = None
    reopened_at: datetime | None = None
    refusals: int = 0
    warned: bool = False
    head_warned: bool = False
    breached: bool = False
    bundled: bool = False
    told: frozenset[AlarmLevel] = frozenset()


@dataclass(frozen=True)
class Due:
    """A level, and when it is to be told."""

    level: AlarmLevel
    at: datetime


def law_alarms(ticket: Clocks) -> list[Due]:
    """The levels of the law's clock that were not told yet, whenever they come. A ticket that was answered once has met the law."""
    if ticket.state is TicketState.CLOSED or ticket.first_answered_at is not None:
        return []
    told = {AlarmLevel.UNIT: ticket.warned, AlarmLevel.HEAD: ticket.head_warned, AlarmLevel.BREACH: ticket.breached}
    start = ticket.due_at - LAW_LIMIT
    return [Due(level, start + since) for level, since in WARNINGS.items() if not told[level]]


def inner_alarms(ticket: Clocks, desk: Calendar | None, unit: Calendar | None) -> list[Due]:
    """What the clocks inside await in the state that a ticket is in, and have not told in this round.

    desk: when the hotline is open. unit: when the unit that has it works.
    """
    if ticket.state not in UNANSWERED or ticket.bundled:
        # What stands under another ticket goes at that one's pace; the law's clock is its own.
        return []
    found: list[Due] = []
    since = ticket.waiting_since
    if ticket.kind is TicketKind.EMERGENCY and ticket.state in _UNACCEPTED:
        # Day and night, and until a unit says that it is theirs: it does not only wait for the telephone.
        late = since + WITHIN[AlarmLevel.EMERGENCY_LATE]
        found += [Due(AlarmLevel.EMERGENCY, since), Due(AlarmLevel.EMERGENCY_LATE, late)]
    if ticket.state is TicketState.NEW:
        found.append(Due(AlarmLevel.TAKE_LATE, after(desk, since, WITHIN[AlarmLevel.TAKE_LATE])))
        if ticket.refusals >= REFUSALS_TO_HEAD:
            found.append(Due(AlarmLevel.REFUSED, since))
    if ticket.state in _UNHANDED:
        found.append(Due(AlarmLevel.HAND_OVER_LATE, after(desk, since, WITHIN[AlarmLevel.HAND_OVER_LATE])))
    if ticket.state is TicketState.HANDED_OVER and ticket.handed_over_at is not None:
        found.append(Due(AlarmLevel.HANDED_OVER, ticket.handed_over_at))
        found.append(Due(AlarmLevel.ACCEPT_LATE, after(unit, ticket.handed_over_at, WITHIN[AlarmLevel.ACCEPT_LATE])))
    began = ticket.reopened_at or ticket.first_contact_at
    found.append(Due(AlarmLevel.ANSWER_LATE, after(unit or desk, began, WITHIN[AlarmLevel.ANSWER_LATE])))
    if ticket.first_answered_at is not None:
        # The law's clock was met before it was opened again: the same pace, from then on.
        found += [Due(level, began + span) for level, span in WARNINGS.items()]
    return [each for each in found if each.level not in ticket.told]


def due_now(alarms: Sequence[Due], now: datetime) -> list[Due]:
    """Of these all that have come, the earliest first: after a standstill each is told, not the first alone."""
    return sorted((each for each in alarms if each.at <= now), key=lambda due: (due.at, due.level))


def next_look(alarms: Collection[Due], now: datetime) -> datetime | None:
    """When to look again: at the earliest that is still to come; None: nothing is."""
    return min((each.at for each in alarms if each.at > now), default=None)
