"""When a case could infect others, and what the rule of the day makes of a meeting. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.contacts.rules import Rule, Until
from monitor.models.contacts.cases import FoundWhere
from monitor.models.contacts.contacts import Certainty, Proximity
from monitor.problems import BadInput
from monitor.words import N_, Words, words


@dataclass(frozen=True)
class Dates:
    """What is known of a case. Days are those of the zone's clock."""

    onset_on: date | None = None
    without_signs: bool = False
    sampled_on: date | None = None
    result_on: date | None = None
    isolated_at: datetime | None = None
    ended_on: date | None = None
    found_where: FoundWhere = FoundWhere.COMMUNITY


@dataclass(frozen=True)
class Period:
    """From when until when, the end not included; None: it goes on. `empty` where it ended before it began."""

    start: datetime
    end: datetime | None

    @property
    def empty(self) -> bool:
        """Whether there is no such time: isolated before becoming infectious."""
        return self.end is not None and self.end <= self.start


@dataclass(frozen=True)
class Meeting:
    """From when until when two surely were together, and may have been; how near, and for how many minutes, as far as known."""

    possible_from: datetime
    possible_to: datetime
    certain_from: datetime | None = None
    certain_to: datetime | None = None
    minutes: int | None = None
    proximity: Proximity = Proximity.UNKNOWN


@dataclass(frozen=True)
class Judged:
    """What a rule makes of a meeting. tier: empty where it makes nothing of it. why: a sentence in either case."""

    tier: str
    certainty: Certainty
    why: Words


def check_dates(dates: Dates, today: date, zone: ZoneInfo) -> None:
    """That the dates of a case can be true. Raises BadInput for the first that cannot, with what to do."""
    onset, sampled, result, ended = dates.onset_on, dates.sampled_on, dates.result_on, dates.ended_on
    isolated = dates.isolated_at.astimezone(zone).date() if dates.isolated_at else None
    if onset is None and sampled is None and result is None:
        raise BadInput(
            N_(
                "Give the first day with signs, or the day of the sample or result. Without any of them nobody can say whom this"
                " person could infect."
            ),
            field="onset_on",
        )
    if onset is not None and dates.without_signs:
        raise BadInput(N_("A person without signs has no first day with signs. Leave one of the two out."), field="onset_on")
    given = {"onset_on": onset, "sampled_on": sampled, "result_on": result, "isolated_at": isolated, "ended_on": ended}
    for field, day in given.items():
        if day is not None and day > today:
            raise BadInput(N_("This day is still to come. Check the date."), field=field)
    if sampled is not None and result is not None and result < sampled:
        raise BadInput(N_("The result came before the sample was taken. Check both days."), field="result_on")
    if onset is not None and isolated is not None and onset > isolated and dates.found_where is not FoundWhere.QUARANTINE:
        raise BadInput(
            N_(
                "The first signs came after the isolation. Choose “In quarantine” if the person was in quarantine already; otherwise"
                " correct one of the two days."
            ),
            field="isolated_at",
        )
    first = min(each for each in (onset, sampled, result) if each is not None)
    if ended is not None and ended < first:
        raise BadInput(
            N_("The person would have stopped being infectious before the illness was noticed. Check the day."),
            field="ended_on",
        )


def infectious(dates: Dates, rule: Rule, zone: ZoneInfo) -> Period | None:
    """When a case could infect others by a rule; None: no day is known from which to count.

    It begins with a day on the zone's clock, so many days before the first signs; of somebody without signs, or of whom nobody
    knows since when, before the sample, else before the result.
    """
    if dates.onset_on is not None:
        first = dates.onset_on - timedelta(days=rule.before_onset_days)
    elif (counted := dates.sampled_on or dates.result_on) is not None:
        first = counted - timedelta(days=rule.before_sample_days)
    else:
        return None
    over = _end_of(dates.ended_on, zone) if dates.ended_on is not None else None
    if rule.until is Until.ISOLATION:
        ends = [each for each in (dates.isolated_at, over) if each is not None]
        return Period(_start_of(first, zone), min(ends, default=None))
    return Period(_start_of(first, zone), over)


def of_contact(first_met: datetime | None, isolated_at: datetime | None) -> Period | None:
    """When a contact (F1) could have infected others (F2): since they first met the case, until they were isolated."""
    return Period(first_met, isolated_at) if first_met is not None else None


def judge(rule: Rule | None, degree: int, period: Period | None, meeting: Meeting, day: str) -> Judged:
    """What a meeting makes of somebody. degree: 1 met the case, 2 met a contact. period: of whom they met. day: of the meeting, as written."""
    possible = Certainty.POSSIBLE
    if rule is None:
        return Judged("", possible, words(N_("No contact rule was in force on %(day)s."), day=day))
    if period is None:
        return Judged("", possible, words(N_("Nobody knows since when the infected person could infect others.")))
    if period.empty:
        return Judged("", possible, words(N_("The infected person was isolated before they could infect others.")))
    if meeting.possible_to < period.start:
        return Judged("", possible, words(N_("They met before the infected person could infect others.")))
    if period.end is not None and meeting.possible_from >= period.end:
        after = N_("They met after the isolation.") if degree == 1 else N_("They met after the contact was isolated.")
        return Judged("", possible, words(after))
    for tier in rule.tiers:
        if tier.degree != degree:
            continue
        unknown = meeting.proximity is Proximity.UNKNOWN
        if not unknown and meeting.proximity not in tier.proximity:
            continue
        if tier.minutes is not None and meeting.minutes is not None and meeting.minutes < tier.minutes:
            continue
        sure = not unknown and (tier.minutes is None or meeting.minutes is not None) and _surely_in(meeting, period)
        told = N_("It fits the rule.") if sure else N_("It may fit the rule; how near, how long or when is not sure.")
        return Judged(tier.key, Certainty.CERTAIN if sure else possible, words(told))
    if not any(each.degree == degree for each in rule.tiers):
        return Judged("", possible, words(N_("This rule traces no contacts of contacts.")))
    return Judged("", possible, words(N_("They were not near enough, or not long enough, for the rule.")))


def _surely_in(meeting: Meeting, period: Period) -> bool:
    if meeting.certain_from is None or meeting.certain_to is None:
        return False
    return meeting.certain_to >= period.start and (period.end is None or meeting.certain_from < period.end)


def strictest(found: list[tuple[Rule | None, Judged]]) -> Judged | None:
    """Of several meetings of one person the one that counts: one with a tier before one without, then the rule's earliest tier, then certain."""

    def key(each: tuple[Rule | None, Judged]) -> tuple[bool, int, bool]:
        rule, judged = each
        keys = [tier.key for tier in rule.tiers] if rule is not None else []
        return (not judged.tier, keys.index(judged.tier) if judged.tier in keys else 0, judged.certainty is Certainty.POSSIBLE)

    return min(found, key=key)[1] if found else None


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return _start_of(day + timedelta(days=1), zone)
