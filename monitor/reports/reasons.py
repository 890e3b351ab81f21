"""Why somebody is elsewhere at a cut-off than the last report and the events since say, as far as what is kept tells. Pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.models.people.residents import OrderState
from monitor.reports.courses import Mode, Order, course_of, mode_of, step_at
from monitor.reports.places import NOWHERE
from monitor.reports.stocks import Slip
from monitor.words import N_, Words, words

MERGED = N_("Their record became part of record %(record)s, which is counted.")
ERASED = N_("Their data was erased on %(at)s, and their orders with it.")
ENTERED_LATE = N_("The order began on %(start)s, before the last report, and was entered on %(at)s.")
BEGINS_EARLIER = N_("The beginning of the order was corrected on %(at)s: from %(before)s to %(after)s, before the last report.")
BEGINS_LATER = N_("The beginning of the order was corrected on %(at)s: from %(before)s to %(after)s.")
ENDED_EARLIER = N_("The end of the order was moved back on %(at)s: from %(before)s to %(after)s, before the last report.")
EXTENDED_LATE = N_("The order had ended on %(before)s, before the last report, and was extended on %(at)s.")
TAKEN_BACK = N_("The end of the order had been recorded by mistake, which was put right on %(at)s.")
OVER_UNSAID = N_("The order is over, and no entry says since when.")
NO_ORDER = N_("There is no order any more that held this person.")
ZONE_CHANGED = N_("The zone %(zone)s was changed on %(at)s, and lies in another unit or is of another kind since.")
ZONE_UNSAID = N_("The order names the zone %(zone)s, and no entry says that the person came there.")
OTHERWISE = N_("No entry explains this. Look at the person’s orders and what was changed of them.")

Writing = Callable[[datetime], str]
"""How a moment is written in a sentence: on the province's wall clock."""


@dataclass(frozen=True)
class Facts:
    """What is known of somebody who does not add up. orders: all of theirs; merged_into: the record that theirs became a part of.

    zones: names by number; zones_changed: when something of a zone was last changed.
    """

    orders: Sequence[Order] = ()
    merged_into: int | None = None
    deleted_at: datetime | None = None
    zones: Mapping[int, str] = field(default_factory=dict)
    zones_changed: Mapping[int, datetime] = field(default_factory=dict)


def reason_of(slip: Slip, facts: Facts, since: datetime, until: datetime, written: Writing) -> Words:
    """The sentence that explains it best. since: the cut-off before; until: this one; written: how moments are written."""
    if facts.merged_into is not None:
        return words(MERGED, record=facts.merged_into)
    if not facts.orders:
        at = facts.deleted_at
        return words(ERASED, at=written(at)) if at is not None else words(NO_ORDER)
    if slip.expected == NOWHERE:
        return _came(facts, since, written)
    if slip.found == NOWHERE:
        return _went(facts, since, until, written)
    return _elsewhere(facts, since, until, written)


def _came(facts: Facts, since: datetime, written: Writing) -> Words:
    for order in facts.orders:
        for change in reversed(order.changes):
            if change.at <= since:
                break
            before, after = change.before, change.after
            if not before and order.starts_at <= since:
                return words(ENTERED_LATE, start=written(order.starts_at), at=written(change.at))
            if "starts_at" in after and _moment(after["starts_at"]) <= since:
                said = {"before": written(_moment(before["starts_at"])), "after": written(_moment(after["starts_at"]))}
                return words(BEGINS_EARLIER, at=written(change.at), **said)
            if after.get("state") == OrderState.ACTIVE and mode_of(OrderState(before["state"])) is Mode.OVER:
                return words(TAKEN_BACK, at=written(change.at))
            if "ends_at" in after and _moment(before["ends_at"]) <= since:
                return words(EXTENDED_LATE, before=written(_moment(before["ends_at"])), at=written(change.at))
    return words(OTHERWISE)


def _went(facts: Facts, since: datetime, until: datetime, written: Writing) -> Words:
    for order in facts.orders:
        for change in reversed(order.changes):
            if change.at <= since:
                break
            for column, template in (("ends_at", ENDED_EARLIER), ("starts_at", BEGINS_LATER)):
                if column in change.before and column in change.after:
                    was, became = _moment(change.before[column]), _moment(change.after[column])
                    if (became <= since < was) if column == "ends_at" else (became > since >= was):
                        return words(template, at=written(change.at), before=written(was), after=written(became))
    unsaid = any(
        mode_of(order.state) is Mode.OVER and order.ended_at is None and order.ends_at > until for order in facts.orders
    )
    return words(OVER_UNSAID if unsaid else OTHERWISE)


def _elsewhere(facts: Facts, since: datetime, until: datetime, written: Writing) -> Words:
    names, changed = facts.zones, facts.zones_changed
    for order in facts.orders:
        step = step_at(course_of(order), until)
        if step is None or step.mode is Mode.OVER:
            continue
        at, name = changed.get(step.zone_id), names.get(step.zone_id, str(step.zone_id))
        if at is not None and at > since:
            return words(ZONE_CHANGED, zone=name, at=written(at))
        return words(ZONE_UNSAID, zone=name)
    return words(OTHERWISE)


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored)
