"""Temperature and oxygen of a person as curves: values in, places on a drawing out. Pure but for the one function that reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from monitor.database.together import Reading, asked, at_once
from monitor.models.accounts import Account
from monitor.models.people.measurements import MeasuredHow, Measurement
from monitor.models.rollcalls.answers import Answer
from monitor.people.oxygen import HIGHEST, LOW, is_low
from monitor.people.temperature import FEVER, is_fever
from monitor.words import N_, Words, words

LOOKED_BACK = timedelta(days=14)
MOST = 200
# In units of the drawing, which is as wide as it can be on a phone and grows with the page.
WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 30, 12, 16, 22
MOST_DAYS = 7


@dataclass(frozen=True)
class Value:
    """What was measured at a moment. how: None of an answer; by: who entered it."""

    at: datetime
    temperature: float | None
    spo2: int | None
    how: MeasuredHow | None = None
    by: str | None = None

    @property
    def tells(self) -> bool:
        """Whether it tells of illness."""
        return is_fever(self.temperature) or is_low(self.spo2)


@dataclass(frozen=True)
class Dot:
    """A value on the drawing. beyond: past the limit; entered: by staff, not of an answer."""

    x: float
    y: float
    value: float
    beyond: bool
    entered: bool

    @property
    def sign(self) -> str:
        """A triangle, for what is beyond the limit."""
        return f"{self.x},{self.y - 6} {self.x + 5.5},{self.y + 4} {self.x - 5.5},{self.y + 4}"


@dataclass(frozen=True)
class Mark:
    """A line of the grid with what stands at it: a number, or a day as it is written on the zone's clock."""

    place: float
    value: float = 0.0
    day: str = ""


@dataclass(frozen=True)
class Curve:
    """One drawing. name, limit: what it shows, and what the dashed line means. places: decimals of its numbers."""

    key: str
    name: Words
    limit: Words
    limit_y: float
    places: int
    dots: tuple[Dot, ...]
    values: tuple[Mark, ...]
    days: tuple[Mark, ...]

    @property
    def line(self) -> str:
        """Through all dots."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


def values_of(resident_id: int, now: datetime) -> Reading[list[Value]]:
    """The newest of two weeks, of answers and entered by staff, oldest first."""
    since = now - LOOKED_BACK
    answers = (
        select(Answer.taken_at, Answer.temperature, Answer.spo2)
        .where(
            Answer.resident_id == resident_id,
            Answer.received_at >= since,
            or_(Answer.temperature.is_not(None), Answer.spo2.is_not(None)),
        )
        .order_by(Answer.received_at.desc())
        .limit(MOST)
    )
    entered = (
        select(Measurement.measured_at, Measurement.temperature, Measurement.spo2, Measurement.how, Account.username)
        .join(Account, Account.id == Measurement.entered_by)
        .where(Measurement.resident_id == resident_id, Measurement.measured_at >= since)
        .order_by(Measurement.measured_at.desc())
        .limit(MOST)
    )
    both = yield from at_once(asked(answers), asked(entered))
    found = [Value(*row) for rows in both for row in rows]
    return sorted(found, key=lambda value: value.at)[-MOST:]


def curves_of(values: Sequence[Value], timezone: str) -> list[Curve]:
    """What can be drawn of them: temperature, oxygen, both or nothing."""
    fever = words(N_("Fever: %(degrees)s °C or more"), degrees=FEVER)
    low = words(N_("Low: under %(percent)s %%"), percent=LOW)
    temperatures = [(each, each.temperature) for each in values if each.temperature is not None]
    oxygen = [(each, float(each.spo2)) for each in values if each.spo2 is not None]
    found = []
    if temperatures:
        seen = [value for _each, value in temperatures]
        span = (min(36.0, *seen) - 0.4, max(FEVER + 1, *seen) + 0.4)
        found.append(_drawn("temperature", words(N_("Temperature in °C")), temperatures, span, FEVER, fever, timezone))
    if oxygen:
        span = (min(LOW - 3.0, *(value for _each, value in oxygen)) - 1, HIGHEST + 0.5)
        found.append(_drawn("spo2", words(N_("Oxygen saturation (SpO₂) in per cent")), oxygen, span, LOW, low, timezone))
    return found


def _drawn(
    key: str,
    name: Words,
    values: Sequence[tuple[Value, float]],
    span: tuple[float, float],
    limit: float,
    said: Words,
    timezone: str,
) -> Curve:
    first, last = values[0][0].at, max(values[-1][0].at, values[0][0].at + timedelta(hours=1))
    bottom, top = span

    def x(at: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ((at - first) / (last - first)), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (top - value) / (top - bottom), 1)

    warm = key == "temperature"
    dots = tuple(
        Dot(x(each.at), y(value), value, is_fever(value) if warm else is_low(int(value)), each.how is not None)
        for each, value in values
    )
    numbers = tuple(Mark(y(number), number) for number in _round_numbers(bottom, top))
    return Curve(key, name, said, y(limit), 1 if warm else 0, dots, numbers, _days(first, last, timezone, x))


def _round_numbers(bottom: float, top: float) -> list[float]:
    """Whole numbers of the span, at most six."""
    step = next(each for each in (1, 2, 5, 10, 20) if (top - bottom) / each <= 6)
    return [float(number) for number in range(int(bottom) + 1, int(top) + 1) if number % step == 0]


def _days(first: datetime, last: datetime, timezone: str, x: Callable[[datetime], float]) -> tuple[Mark, ...]:
    """Midnights between two moments, as many as there is room for; a single day stands at its beginning."""

    clock = ZoneInfo(timezone)
    day = first.astimezone(clock).replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = []
    while (day := day + timedelta(days=1)) <= last:
        midnights.append(day)
    every = -(-len(midnights) // MOST_DAYS) if midnights else 1
    return tuple(Mark(x(each), day=f"{each:%d/%m}") for each in midnights[::every])
