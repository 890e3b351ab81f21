"""A plan as somebody typed it: read from words and checked before anything is made of it. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import EvidenceLevel, PlanKind
from monitor.models.rollcalls.prompts import PromptKind
from monitor.places.quiet_floor import Span
from monitor.words import N_, Words, words
from rollcall.plans.schedule import Quiet, Schedule, coming_rounds, next_round

NEW_SHARE = 10
"""Per cent of the people whom a new plan asks at first."""
CHANNELS = tuple(ChannelName)
STEPS = (PromptKind.REMINDER, PromptKind.VOICE, PromptKind.HOUSEHOLD)
EVIDENCE = (EvidenceLevel.ACKNOWLEDGED, EvidenceLevel.CODE_WORD, EvidenceLevel.FACE, EvidenceLevel.FACE_AND_LIVENESS)
BY_TEXT = (EvidenceLevel.ACKNOWLEDGED, EvidenceLevel.CODE_WORD)
LEAST_EVERY, LEAST_WINDOW, LONGEST_WINDOW = 30, 5, 12 * 60  # minutes
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:hg.]([0-5][0-9])")


@dataclass(frozen=True)
class Draft:
    """What a form said. Clocks are "08:00"; channels: (name, minutes to wait); steps: (minutes, kind), as the plan stores them."""

    name: str
    kind: PlanKind
    times: tuple[str, ...] = ()
    every_minutes: float | None = None
    spans: tuple[tuple[str, str], ...] = ()
    days: tuple[int, ...] = ()
    quiet_from: str = "21:00"
    quiet_to: str = "07:00"
    window_minutes: float = 50.0
    ladder: tuple[tuple[float, str], ...] = ((10, "reminder"), (20, "voice"), (35, "household"))
    visit_after_minutes: float = 110.0
    evidence: EvidenceLevel = EvidenceLevel.FACE
    evidence_by_text: EvidenceLevel = EvidenceLevel.ACKNOWLEDGED
    place_asked: bool = False
    face_enough: bool = False
    view_reason: bool = False
    camera_excuses: bool = True
    channels: tuple[tuple[str, float], ...] = ((ChannelName.SMS, 3.0),)
    share_percent: int = NEW_SHARE
    seed: str = ""

    def schedule(self, timezone: str, floor: tuple[Span, ...] = ()) -> Schedule:
        """Its rule. floor: quiet hours that it cannot lift. Raises ValueError for clocks that cannot be."""
        quiet = Quiet.parse(self.quiet_from, self.quiet_to, timezone, floor)
        every = timedelta(minutes=self.every_minutes) if self.every_minutes else None
        return Schedule(self.kind, self.times, every, quiet, self.spans, self.seed, self.days)


@dataclass(frozen=True)
class Remark:
    """What is wrong with a field, or (warning) what to know of it. The sentence says what to do."""

    field: str
    words: Words
    warning: bool = False


def read_clocks(typed: str) -> tuple[tuple[str, ...], list[str]]:
    """Times of the wall clock out of "8:00, 14h30", in their order and once each; and what was not understood."""
    found, odd = set(), []
    for part in re.split(r"[,;\s]+", typed.strip()):
        if not part:
            continue
        match = _CLOCK.fullmatch(part)
        if match:
            found.add(f"{int(match[1]):02}:{match[2]}")
        else:
            odd.append(part)
    return tuple(sorted(found)), odd


def read_spans(typed: str) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Spans of the wall clock out of "8:00-11:00, 14:00–17:30", in their order; and what was not understood."""
    found, odd = [], []
    for part in re.split(r"[,;\n]+", typed.strip()):
        ends = [each.strip() for each in re.split(r"[-–—]|đến|to", part) if each.strip()]
        clocks = [read_clocks(each)[0] for each in ends]
        if not part.strip():
            continue
        if len(clocks) == 2 and all(len(each) == 1 for each in clocks):
            found.append((clocks[0][0], clocks[1][0]))
        else:
            odd.append(part.strip())
    return tuple(sorted(found)), odd


def remarks(
    draft: Draft, timezone: str, available: Collection[str], now: datetime, floor: tuple[Span, ...] = ()
) -> list[Remark]:
    """All that is wrong with a draft, then what to know of it. available: the channels that are set up; floor: of quiet hours."""
    found = [*_of_name(draft), *_of_times(draft, floor), *_of_steps(draft), *_of_channels(draft, available)]
    for field, level, offered in (
        ("evidence", draft.evidence, EVIDENCE),
        ("evidence_by_text", draft.evidence_by_text, BY_TEXT),
    ):
        if level not in offered:
            found.append(Remark(field, words(N_("This cannot be required yet. Choose another."))))
    if not 1 <= draft.share_percent <= 100:
        found.append(Remark("share", words(N_("The percentage must be from 1 to 100."))))
    if not LEAST_WINDOW <= draft.window_minutes <= LONGEST_WINDOW:
        found.append(
            Remark(
                "window",
                words(
                    N_("The time to answer must be from %(least)s to %(most)s minutes."),
                    least=LEAST_WINDOW,
                    most=LONGEST_WINDOW,
                ),
            )
        )
    if not any(not each.warning for each in found):
        found += _of_rounds(draft, timezone, now, floor)
    return sorted(found, key=lambda each: each.warning)


def _of_name(draft: Draft) -> list[Remark]:
    if not 1 <= len(draft.name.strip()) <= 120:
        return [Remark("name", words(N_("Give the schedule a name of up to 120 letters, for example: Morning roll-call.")))]
    return []


def _of_times(draft: Draft, floor: tuple[Span, ...]) -> list[Remark]:
    found = []
    if draft.kind is PlanKind.TIMES and not draft.times:
        found.append(Remark("times", words(N_("Enter at least one time, for example 08:00, 14:00."))))
    if draft.kind is PlanKind.EVERY and (draft.every_minutes is None or draft.every_minutes < LEAST_EVERY):
        found.append(Remark("every", words(N_("Rounds must be at least %(least)s minutes apart."), least=LEAST_EVERY)))
    if draft.kind is PlanKind.RANDOM:
        if not draft.spans:
            found.append(Remark("spans", words(N_("Enter at least one span, for example 08:00-11:00."))))
        found += [
            Remark(
                "spans",
                words(
                    N_("The span %(start)s-%(end)s ends before it begins. For a span past midnight, enter two."),
                    start=start,
                    end=end,
                ),
            )
            for start, end in draft.spans
            if start >= end
        ]
        found += [
            Remark(
                "spans",
                words(
                    N_("The spans %(one)s and %(other)s overlap; the rounds could follow each other too soon."),
                    one="-".join(one),
                    other="-".join(other),
                ),
            )
            for one, other in pairwise(draft.spans)
            if other[0] < one[1]
        ]
    if draft.kind is not PlanKind.EVERY:
        found += _of_quiet(draft, floor)
    own = Span.parse(draft.quiet_from, draft.quiet_to)
    if floor and not all(own.holds(each) for each in floor):
        found.append(
            Remark(
                "quiet",
                words(
                    N_("Nobody is asked anything at %(floor)s in this zone, whatever is chosen here."),
                    floor=", ".join(map(str, floor)),
                ),
                warning=True,
            )
        )
    elif draft.quiet_from == draft.quiet_to:
        found.append(
            Remark("quiet", words(N_("No quiet hours are set: messages may be sent at night. Please set some.")), warning=True)
        )
    return found


def _of_quiet(draft: Draft, floor: tuple[Span, ...]) -> list[Remark]:
    quiet = Quiet.parse(draft.quiet_from, draft.quiet_to, "UTC", floor)

    def at(clock: str) -> datetime:
        return datetime.combine(datetime(2000, 1, 1, tzinfo=UTC), time.fromisoformat(clock), UTC)

    def covered(clock: str) -> bool:
        return quiet.covers(at(clock))

    def end(clock: str) -> str:
        return f"{quiet.after(at(clock)):%H:%M}"

    starts = [f"{each.start:%H:%M}" for each in (Span(quiet.start, quiet.end), *floor) if each.lasts]

    if draft.kind is PlanKind.TIMES:
        return [
            Remark(
                "times",
                words(
                    N_("%(time)s is within the quiet hours; that round would wait until %(until)s. Choose another time."),
                    time=each,
                    until=end(each),
                ),
            )
            for each in draft.times
            if covered(each)
        ]
    return [
        Remark(
            "spans",
            words(
                N_(
                    "The span %(start)s-%(end)s overlaps the quiet hours; a round there would wait until %(until)s. Shorten it."
                ),
                start=start,
                end=stop,
                until=end(next((each for each in (start, *starts, stop) if start <= each <= stop and covered(each)), stop)),
            ),
        )
        for start, stop in draft.spans
        if covered(start) or covered(stop) or any(start < each < stop for each in starts)
    ]


def _of_steps(draft: Draft) -> list[Remark]:
    found = []
    for (minutes, _kind), (later, following) in pairwise(draft.ladder):
        if later <= minutes:
            found.append(
                Remark(
                    following,
                    words(
                        N_("This step comes at minute %(minutes)s, but the step before it is not earlier. Put them in order."),
                        minutes=f"{later:g}",
                    ),
                )
            )
    found += [
        Remark(
            kind,
            words(
                N_("This step comes at minute %(minutes)s, after the time to answer (%(window)s minutes). Make it earlier."),
                minutes=f"{minutes:g}",
                window=f"{draft.window_minutes:g}",
            ),
        )
        for minutes, kind in draft.ladder
        if not 0 < minutes < draft.window_minutes
    ]
    if draft.visit_after_minutes <= draft.window_minutes:
        found.append(
            Remark(
                "visit",
                words(
                    N_(
                        "A visit must come after the time to answer (%(window)s minutes) and after staff have called. Make it"
                        " later."
                    ),
                    window=f"{draft.window_minutes:g}",
                ),
            )
        )
    return found


def _of_channels(draft: Draft, available: Collection[str]) -> list[Remark]:
    if not draft.channels:
        return [Remark("channels", words(N_("Choose at least one channel.")))]
    names = [name for name, _minutes in draft.channels]
    found = [
        Remark("channels", words(N_("There is no channel named %(name)s."), name=name))
        for name in names
        if name not in CHANNELS
    ]
    if len(set(names)) < len(names):
        found.append(Remark("channels", words(N_("A channel is chosen twice. Choose each channel once."))))
    waits = [minutes for _name, minutes in draft.channels[:-1]]
    if any(minutes < 1 for minutes in waits) or sum(waits) >= draft.window_minutes:
        found.append(
            Remark(
                "channels",
                words(N_("Wait at least one minute for each channel, and in total less than the time to answer.")),
            )
        )
    found += [
        Remark(
            "channels",
            words(N_("Channel %(name)s is not set up, so nothing can be sent over it yet."), name=name),
            warning=True,
        )
        for name in names
        if name in CHANNELS and name not in available
    ]
    return found


def _of_rounds(draft: Draft, timezone: str, now: datetime, floor: tuple[Span, ...]) -> list[Remark]:
    """What only shows when the rounds of the coming days are laid out."""
    schedule = draft.schedule(timezone, floor)
    rounds = list(coming_rounds(schedule, next_round(schedule, now), now + timedelta(days=15)))
    if not rounds:
        return [Remark("times", words(N_("With these times and days, no round would ever open. Change them.")))]
    gap = min((later - earlier for earlier, later in pairwise(rounds)), default=timedelta(days=1))
    if draft.kind is PlanKind.RANDOM:
        # However the dice fall: two spans that touch can open two rounds close together.
        gap = min([gap, *_gaps(draft.spans)])
    found = []
    if timedelta(minutes=draft.window_minutes) > gap:
        found.append(
            Remark(
                "window",
                words(
                    N_(
                        "Rounds may be only %(gap)s minutes apart, less than the time to answer. Shorten that time or move"
                        " the rounds."
                    ),
                    gap=int(gap.total_seconds() // 60),
                ),
            )
        )
    return found + _of_summer_time(draft, schedule, now)


def _gaps(spans: Sequence[tuple[str, str]]) -> list[timedelta]:
    def minutes(clock: str) -> int:
        hour, minute = clock.split(":")
        return int(hour) * 60 + int(minute)

    found = [timedelta(minutes=minutes(later[0]) - minutes(earlier[1])) for earlier, later in pairwise(spans)]
    if spans:
        found.append(timedelta(minutes=24 * 60 - minutes(spans[-1][1]) + minutes(spans[0][0])))
    return found


def _of_summer_time(draft: Draft, schedule: Schedule, now: datetime) -> list[Remark]:
    if draft.kind is not PlanKind.TIMES:
        return []
    zone, found = schedule.quiet.timezone, []
    for days in range(366):
        day = (now + timedelta(days=days)).astimezone(zone).date()
        for clock in draft.times:
            wall = datetime.combine(day, time.fromisoformat(clock))
            first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
            if first.utcoffset() != second.utcoffset():
                found.append(
                    Remark(
                        "times",
                        words(
                            N_(
                                "The clocks change on %(day)s: %(time)s is skipped or comes twice. The round opens once,"
                                " close to it."
                            ),
                            day=day.isoformat(),
                            time=clock,
                        ),
                        warning=True,
                    )
                )
    return found
