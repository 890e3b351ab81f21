"""The course of a quarantine order, as the changes of it that were kept tell: in its zone, in hospital, over. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.models.people.residents import OVER, OrderState


class Mode(StrEnum):
    """How an order holds somebody."""

    IN_ZONE = "in_zone"
    IN_HOSPITAL = "in_hospital"
    OVER = "over"


@dataclass(frozen=True)
class Change:
    """One change of an order. before, after: columns as text, of those that changed."""

    at: datetime
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True)
class Order:
    """An order as it is now, and its changes, the oldest first."""

    order_id: int
    resident_id: int
    zone_id: int
    starts_at: datetime
    ends_at: datetime
    state: OrderState
    ended_at: datetime | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Step:
    """From a moment on an order holds somebody so, in that zone."""

    at: datetime
    zone_id: int
    mode: Mode


_MODES = {OrderState.ACTIVE: Mode.IN_ZONE, OrderState.HOSPITALISED: Mode.IN_HOSPITAL}


def mode_of(state: OrderState) -> Mode:
    """What a state means for where somebody is counted; who left without release is in quarantine no more."""
    return _MODES.get(state, Mode.OVER)


def course_of(order: Order) -> list[Step]:
    """Each step from the order's beginning to its end, in time; the last is its end, where that is over or due.

    When it begins and ends is taken as it is written now, so that what was set right counts as right; where somebody was, and in which
    state, is taken as it was at each time. An end that was recorded by mistake and taken back never was.
    """
    held = list(_backwards(order))[::-1]
    steps = [Step(order.starts_at, held[0].zone_id, held[0].mode)]
    for each in sorted(held[1:], key=lambda later: later.at):
        if each.at >= order.ends_at:
            break
        if each.at <= order.starts_at:
            steps = [Step(order.starts_at, each.zone_id, each.mode)]
        elif (each.zone_id, each.mode) != (steps[-1].zone_id, steps[-1].mode):
            steps.append(each)
    if steps[-1].mode is not Mode.OVER and order.ends_at > order.starts_at:
        steps.append(Step(order.ends_at, steps[-1].zone_id, Mode.OVER))
    return steps


def step_at(course: Sequence[Step], at: datetime) -> Step | None:
    """What held at a moment; None before the order's beginning."""
    return next((step for step in reversed(course) if step.at <= at), None)


def _backwards(order: Order) -> Iterator[Step]:
    """What holds now and since when, then what held before that, back to the order's beginning."""
    zone_id, mode = order.zone_id, mode_of(order.state)
    taken_back: list[str] = []
    told = False
    for change in reversed(order.changes):
        zone_before, mode_before = zone_id, mode
        if "zone_id" in change.before and change.before["zone_id"].isdecimal():
            zone_before = int(change.before["zone_id"])
        was, became = change.before.get("state"), change.after.get("state")
        if was and became:
            told = True
            if became == OrderState.ACTIVE and was in OVER:
                # It never was over: the entry that made it so is left out when it is met.
                taken_back.append(was)
            elif became in taken_back:
                taken_back.remove(became)
            else:
                mode_before = mode_of(OrderState(was))
        if (zone_before, mode_before) != (zone_id, mode):
            yield Step(change.at, zone_id, mode)
            zone_id, mode = zone_before, mode_before
    if not told and order.ended_at is not None and mode is not Mode.IN_ZONE:
        # No change was kept, as of what was brought from another system: the order itself says since when.
        yield Step(order.ended_at, zone_id, mode)
        mode = Mode.IN_ZONE
    yield Step(order.starts_at, zone_id, mode)
