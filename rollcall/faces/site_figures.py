"""The site's own figures of face matching: how alike verified and reviewed answers were, and how often people overrule the machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.reports import ALL_ZONES, DailyFigures
from monitor.reports.figures import BARS, Compared, Subject, added


@dataclass(frozen=True)
class SiteFigures:
    """Of one engine. Bars count answers by likeness, from LOWEST to HIGHEST.

    accepted, rejected: what people decided of answers that the machine had not verified. overruled: answers that it had
    verified and a person rejected all the same.
    """

    engine: str
    verified: tuple[int, ...]
    accepted: tuple[int, ...]
    rejected: tuple[int, ...]
    answers: int
    to_people: int
    overruled: int

    @property
    def share_to_people(self) -> float | None:
        """Of all compared answers, those that the machine left to a person."""
        return self.to_people / self.answers if self.answers else None

    @property
    def share_accepted(self) -> float | None:
        """Of those that people decided on, the ones that showed the right person after all."""
        decided = sum(self.accepted) + sum(self.rejected)
        return sum(self.accepted) / decided if decided else None


def site_figures(session: Session, since: date, zones: Collection[int] | None) -> list[SiteFigures]:
    """By first engine, of rounds from a day on, as they were last counted. zones: None for all."""
    query = select(DailyFigures.counts).where(DailyFigures.day >= since)
    of_zones = DailyFigures.zone_id == ALL_ZONES if zones is None else DailyFigures.zone_id.in_(zones)
    counts = added(session.scalars(query.where(of_zones))).get(Subject.FACES, {})
    engines: dict[str, dict[Compared, list[int]]] = {}
    for part, answers in counts.items():
        engine, bar, became = part.rsplit(":", 2)
        by_outcome = engines.setdefault(engine, {each: [0] * BARS for each in Compared})
        by_outcome[Compared(became)][int(bar)] += answers
    return [_figures(engine, bars) for engine, bars in sorted(engines.items())]


def _figures(engine: str, bars: Mapping[Compared, Sequence[int]]) -> SiteFigures:
    accepted, rejected, overruled = bars[Compared.ACCEPTED], bars[Compared.REJECTED], bars[Compared.OVERRULED]
    to_people = sum(accepted) + sum(rejected) + sum(bars[Compared.WAITING])
    return SiteFigures(
        engine,
        tuple(bars[Compared.VERIFIED]),
        tuple(accepted),
        tuple(one + other for one, other in zip(rejected, overruled, strict=True)),
        sum(map(sum, bars.values())),
        to_people,
        sum(overruled),
    )
