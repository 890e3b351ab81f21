"""Stock(t) = stock(t−1) + new + moved in − ended − moved out, person by person: whoever is elsewhere than that is named. Pure decisions.

The stocks are sets of people, found by what orders say at each cut-off; what is new, ended and moved comes from the events between. So
what was entered late, set right backwards or changed past the service shows as a difference, and can be said of whom.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.reports.places import NOWHERE, Place


@dataclass(frozen=True)
class Event:
    """Somebody came from one place to another; NOWHERE before: quarantine began, NOWHERE after: it ended."""

    resident_id: int
    at: datetime
    before: Place
    after: Place


@dataclass(frozen=True)
class Slip:
    """Somebody is not where they should be. expected: by the last report and the events; found: by the next event, or at the cut-off."""

    resident_id: int
    part: int
    expected: Place
    found: Place


Members = defaultdict[Place, set[int]]


def _none() -> Members:
    return defaultdict(set)


@dataclass
class Flows:
    """Who came and went, by place; and who does not add up."""

    new: Members = field(default_factory=_none)
    ended: Members = field(default_factory=_none)
    moved_in: Members = field(default_factory=_none)
    moved_out: Members = field(default_factory=_none)
    slips: list[Slip] = field(default_factory=list)


def joined(events: Iterable[Event]) -> list[Event]:
    """One person's events in time, without those that only say that one order ended when the next began."""
    ordered = sorted(events, key=lambda each: (each.at, each.after != NOWHERE))
    found: list[Event] = []
    for event in ordered:
        last = found[-1] if found else None
        if last is not None and last.at == event.at and last.after == NOWHERE and event.before == NOWHERE:
            found[-1:] = [] if last.before == event.after else [Event(event.resident_id, event.at, last.before, event.after)]
        elif event.before != event.after:
            found.append(event)
    return _without_rounds(found)


def _without_rounds(events: Iterable[Event]) -> list[Event]:
    """Nobody stands in one list twice: who comes to a place again, or leaves it again, in the same way was there all along."""
    found: list[Event] = []
    for event in events:
        again = next((place for place, each in enumerate(found) if _arrives(each) == _arrives(event)), None)
        if again is not None and event.after != NOWHERE:
            del found[again + 1 :]
            continue
        left = next((place for place, each in enumerate(found) if _leaves(each) == _leaves(event)), None)
        if left is not None and event.before != NOWHERE:
            del found[left:]
        found.append(event)
    return found


def _arrives(event: Event) -> tuple[bool, Place]:
    return event.before == NOWHERE, event.after


def _leaves(event: Event) -> tuple[bool, Place]:
    return event.after == NOWHERE, event.before


def reckon(before: Mapping[int, Place], now: Mapping[int, Place], events: Mapping[int, Sequence[Event]]) -> Flows:
    """What came of everybody between two cut-offs. before, now: person -> place, of those in quarantine; events: of those who have any."""
    flows = Flows()
    for resident_id, theirs in events.items():
        _follow(flows, resident_id, before.get(resident_id, NOWHERE), theirs, now.get(resident_id, NOWHERE))
    for resident_id, place in now.items():
        if resident_id not in events and before.get(resident_id, NOWHERE) != place:
            flows.slips.append(Slip(resident_id, 1, before.get(resident_id, NOWHERE), place))
    flows.slips += (
        Slip(resident_id, 1, place, NOWHERE)
        for resident_id, place in before.items()
        if resident_id not in events and resident_id not in now
    )
    flows.slips.sort(key=lambda each: (each.resident_id, each.part))
    return flows


def _follow(flows: Flows, resident_id: int, at_first: Place, events: Iterable[Event], at_last: Place) -> None:
    """Go with one person from the last report to this one."""
    where, part = at_first, 0
    for event in joined(events):
        if event.before != where:
            part += 1
            flows.slips.append(Slip(resident_id, part, where, event.before))
        if event.before == NOWHERE:
            flows.new[event.after].add(resident_id)
        elif event.after == NOWHERE:
            flows.ended[event.before].add(resident_id)
        else:
            flows.moved_out[event.before].add(resident_id)
            flows.moved_in[event.after].add(resident_id)
        where = event.after
    if where != at_last:
        flows.slips.append(Slip(resident_id, part + 1, where, at_last))


def corrections(slips: Iterable[Slip]) -> tuple[Members, Members]:
    """By place: who came in by a difference, and who went out by one."""
    came, went = _none(), _none()
    for slip in slips:
        if slip.found != NOWHERE:
            came[slip.found].add(slip.resident_id)
        if slip.expected != NOWHERE:
            went[slip.expected].add(slip.resident_id)
    return came, went


@dataclass(frozen=True)
class Sum:
    """The equation of one place, or of all of a setting."""

    before: int
    new: int
    moved_in: int
    ended: int
    moved_out: int
    corrected_in: int
    corrected_out: int
    now: int

    @property
    def expected(self) -> int:
        """What the stock should be, with what people accepted."""
        came = self.new + self.moved_in + self.corrected_in
        return self.before + came - self.ended - self.moved_out - self.corrected_out

    @property
    def adds_up(self) -> bool:
        """Whether it is that."""
        return self.expected == self.now
