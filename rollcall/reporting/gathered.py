"""What is gathered for a report: of each figure and unit the numbers of whom or what it counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from monitor.reports.places import Place, parts_of
from rollcall.reporting.zones_of_report import Zones

Counted = dict[str, dict[str, list[int]]]
"""Figure -> unit -> numbers; a number may stand there twice, and counts once."""


@dataclass(frozen=True)
class Span:
    """What a report is of. since: the cut-off before, after which things are new; until: its own cut-off; day: of its calendar.

    local_day: on the province's wall clock, which is another one in a demonstration.
    """

    day: date
    local_day: date
    since: datetime
    until: datetime


@dataclass
class Gathered:
    """before: where people were in the report before, who counts as there then; now: where they are."""

    span: Span
    zones: Zones
    before: Mapping[int, Place]
    now: Mapping[int, Place]
    counted: Counted = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    values: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    """Figure -> unit -> value, of what has no list."""

    def add(self, key: str, unit: str, number: int) -> None:
        """Count one."""
        self.counted[key][unit].append(number)

    def unit_of(self, resident_id: int, zone_id: int | None) -> str:
        """The unit in which a person is counted: where they are in quarantine, else that of a zone that has to do with it."""
        place = self.now.get(resident_id)
        return parts_of(place)[1] if place else self.zones.unit(zone_id)
