"""With what numbers check-ins are matched: the Corona-Warn-App's, as its servers published them, and ours where a province sets others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

LEVELS = (0.0, 0.0, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
"""What a minute weighs at transmission levels 1 to 8. Source: cwa-server, v2/presence-tracing-parameters.yaml."""
_AFTER_ONSET: Mapping[int, int] = MappingProxyType(
    {-5: 2, -4: 4, -3: 6, -2: 7, -1: 8, 0: 8, 1: 8, 2: 6, 3: 5, 4: 3, 5: 2, 6: 2},
)
"""Transmission level by days after onset; 1 on all others. Source: cwa-app-android, TransmissionRiskVectorDeterminator."""
_BEFORE_SAMPLE: Mapping[int, int] = MappingProxyType({-3: 2, -2: 3, -1: 4, 0: 4})
"""The same of somebody without symptoms, by days after the day of the positive sample. Source: the same."""


@dataclass(frozen=True)
class MatchingRule:
    """shortest: a case's stay below it is left out. lingers: by how long a case's stay counts as longer at most, since what they breathed
    out stays in the air. step: times are put on this grid. high_from: normalised minutes of a day from which the risk is high.
    """

    shortest: timedelta = timedelta(minutes=10)
    lingers: timedelta = timedelta(minutes=30)
    step: timedelta = timedelta(minutes=10)
    high_from: float = 10.0
    levels: tuple[float, ...] = LEVELS
    after_onset: Mapping[int, int] = field(default_factory=lambda: _AFTER_ONSET)
    before_sample: Mapping[int, int] = field(default_factory=lambda: _BEFORE_SAMPLE)

    def weight(self, days: int, *, symptoms: bool) -> float:
        """What a minute weighs on a day. days: after onset, or after the sample of who has no symptoms; negative: before.

        Who has no symptoms is as infectious after the sample as on its day until they are isolated, which ends what is looked at: the
        published table ends with the sample, since a phone sends its keys then.
        """
        table = self.after_onset if symptoms else self.before_sample
        if not symptoms:
            days = min(days, 0)
        return self.levels[table.get(days, 1) - 1]
