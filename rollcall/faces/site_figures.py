"""The site's own figures of face matching: how alike verified and reviewed answers were, and how often people overrule the machine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models.rollcalls.answers import Review, Verification
from monitor.models.rollcalls.rounds import CheckInState

# Steps of likeness from -0.2 to 1 that are drawn as one bar.
BARS, LOWEST, HIGHEST = 24, -0.2, 1.0


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


def site_figures(session: Session, since: datetime, zones: Collection[int] | None) -> list[SiteFigures]:
    """By first engine. zones: None for all. Each answer that a person judged counts with its last decision."""
    newest = select(func.max(Review.id)).group_by(Review.check_in_id).scalar_subquery()
    # Counted by the database, by hundredths of likeness: a province has millions of answers in a month.
    hundredths = func.round(Verification.similarity * 100).label("hundredths")
    query = (
        select(Verification.engine, hundredths, Verification.verdict, Review.decision, func.count().label("answers"))
        .outerjoin(Review, (Review.check_in_id == Verification.check_in_id) & Review.id.in_(newest))
        .where(Verification.judged_at >= since, Verification.similarity.is_not(None))
        .group_by(Verification.engine, hundredths, Verification.verdict, Review.decision)
    )
    if zones is not None:
        query = query.where(Verification.zone_id.in_(zones))
    engines: dict[str, list[_Group]] = {}
    for engine, likeness, verdict, decision, answers in session.execute(query):
        engines.setdefault(engine, []).append((float(likeness) / 100, verdict, decision, answers))
    return [_figures(engine, groups) for engine, groups in sorted(engines.items())]


# Likeness, the machine's verdict, a person's decision, and how many answers had just these.
_Group = tuple[float, CheckInState, CheckInState | None, int]


def _figures(engine: str, groups: list[_Group]) -> SiteFigures:
    verified, accepted, rejected = [0] * BARS, [0] * BARS, [0] * BARS
    to_people = overruled = 0
    for similarity, verdict, decision, answers in groups:
        bar = min(BARS - 1, max(0, int((similarity - LOWEST) / (HIGHEST - LOWEST) * BARS)))
        if verdict == CheckInState.VERIFIED:
            overruled += answers * (decision == CheckInState.REJECTED)
            (rejected if decision == CheckInState.REJECTED else verified)[bar] += answers
            continue
        to_people += answers
        if decision == CheckInState.ACCEPTED:
            accepted[bar] += answers
        elif decision == CheckInState.REJECTED:
            rejected[bar] += answers
    total = sum(answers for *_, answers in groups)
    return SiteFigures(engine, tuple(verified), tuple(accepted), tuple(rejected), total, to_people, overruled)
