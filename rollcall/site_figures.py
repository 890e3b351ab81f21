"""The site's own figures of face matching: how alike verified and reviewed answers were, and how often people overrule the machine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models import CheckInState, Review, Verification

# Steps of likeness from -0.2 to 1 that are drawn as one bar.
BARS, LOWEST, HIGHEST = 24, -0.2, 1.0


@dataclass(frozen=True)
class SiteFigures:
    """Of one engine. Bars count answers by likeness, from LOWEST to HIGHEST; reviewed: (machine sure, person agreed) in numbers.

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


def site_figures(session: Session, since: datetime, zones: Collection[int] | None) -> list[SiteFigures]:
    """By first engine. zones: None for all. Each answer that a person judged counts with its last decision."""
    newest = select(func.max(Review.id)).group_by(Review.check_in_id).scalar_subquery()
    query = (
        select(Verification.engine, Verification.similarity, Verification.verdict, Review.decision)
        .outerjoin(Review, (Review.check_in_id == Verification.check_in_id) & Review.id.in_(newest))
        .where(Verification.judged_at >= since, Verification.similarity.is_not(None))
    )
    if zones is not None:
        query = query.where(Verification.zone_id.in_(zones))
    engines: dict[str, list[tuple[float, CheckInState, CheckInState | None]]] = {}
    for row in session.execute(query):
        engines.setdefault(row.engine, []).append((row.similarity, row.verdict, row.decision))
    return [_figures(engine, rows) for engine, rows in sorted(engines.items())]


def _figures(engine: str, rows: list[tuple[float, CheckInState, CheckInState | None]]) -> SiteFigures:
    verified, accepted, rejected = [0] * BARS, [0] * BARS, [0] * BARS
    to_people = overruled = 0
    for similarity, verdict, decision in rows:
        bar = min(BARS - 1, max(0, int((similarity - LOWEST) / (HIGHEST - LOWEST) * BARS)))
        if verdict == CheckInState.VERIFIED:
            overruled += decision == CheckInState.REJECTED
            (rejected if decision == CheckInState.REJECTED else verified)[bar] += 1
            continue
        to_people += 1
        if decision == CheckInState.ACCEPTED:
            accepted[bar] += 1
        elif decision == CheckInState.REJECTED:
            rejected[bar] += 1
    return SiteFigures(engine, tuple(verified), tuple(accepted), tuple(rejected), len(rows), to_people, overruled)
