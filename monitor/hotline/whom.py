"""Who is told at each level, under which name and how urgently, and when there is nothing left to tell. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.models.hotline import AlarmLevel, TicketState
from monitor.models.incidents import IncidentKind


class Whom(StrEnum):
    """Whom a level tells. DUTY: whoever is on duty for the zone, one after the other, then its supervisors."""

    TAKER = "taker"
    UNIT = "unit"
    HEAD = "head"
    DUTY = "duty"
    PROVINCE = "province"


TOLD: Mapping[AlarmLevel, tuple[Whom, ...]] = {
    AlarmLevel.EMERGENCY: (Whom.DUTY, Whom.UNIT),
    AlarmLevel.EMERGENCY_LATE: (Whom.DUTY, Whom.HEAD, Whom.PROVINCE),
    AlarmLevel.TAKE_LATE: (Whom.DUTY,),
    AlarmLevel.HAND_OVER_LATE: (Whom.TAKER, Whom.DUTY),
    AlarmLevel.HANDED_OVER: (Whom.UNIT,),
    AlarmLevel.ACCEPT_LATE: (Whom.UNIT,),
    AlarmLevel.ANSWER_LATE: (Whom.UNIT, Whom.TAKER),
    AlarmLevel.REFUSED: (Whom.HEAD, Whom.DUTY),
    AlarmLevel.UNIT: (Whom.UNIT, Whom.TAKER),
    AlarmLevel.HEAD: (Whom.HEAD,),
    AlarmLevel.BREACH: (Whom.PROVINCE, Whom.DUTY),
}
CALLED: Mapping[AlarmLevel, IncidentKind] = {
    AlarmLevel.EMERGENCY: IncidentKind.HOTLINE_EMERGENCY,
    AlarmLevel.EMERGENCY_LATE: IncidentKind.HOTLINE_EMERGENCY,
    AlarmLevel.TAKE_LATE: IncidentKind.HOTLINE_WAITS,
    AlarmLevel.HAND_OVER_LATE: IncidentKind.HOTLINE_WAITS,
    AlarmLevel.HANDED_OVER: IncidentKind.HOTLINE_WAITS,
    AlarmLevel.ACCEPT_LATE: IncidentKind.HOTLINE_WAITS,
    AlarmLevel.ANSWER_LATE: IncidentKind.HOTLINE_WAITS,
    AlarmLevel.REFUSED: IncidentKind.HOTLINE_REFUSED,
    AlarmLevel.UNIT: IncidentKind.HOTLINE_DUE,
    AlarmLevel.HEAD: IncidentKind.HOTLINE_DUE,
    AlarmLevel.BREACH: IncidentKind.HOTLINE_BREACHED,
}
"""What staff read on a lock screen. None of these is ever an incident: tickets stand on the hotline's list."""
DANGER = frozenset({AlarmLevel.EMERGENCY, AlarmLevel.EMERGENCY_LATE})
_WAITING = (TicketState.NEW, TicketState.TAKEN, TicketState.HANDED_OVER, TicketState.ACCEPTED)
RINGS: Mapping[AlarmLevel, tuple[TicketState, ...]] = {
    AlarmLevel.EMERGENCY: _WAITING[:3],
    AlarmLevel.EMERGENCY_LATE: _WAITING[:3],
    AlarmLevel.TAKE_LATE: _WAITING[:1],
    AlarmLevel.REFUSED: _WAITING[:1],
    AlarmLevel.HAND_OVER_LATE: _WAITING[:2],
    AlarmLevel.HANDED_OVER: (TicketState.HANDED_OVER,),
    AlarmLevel.ACCEPT_LATE: (TicketState.HANDED_OVER,),
    AlarmLevel.ANSWER_LATE: _WAITING,
    AlarmLevel.UNIT: _WAITING,
    AlarmLevel.HEAD: _WAITING,
    AlarmLevel.BREACH: _WAITING,
}
"""In which states of the ticket an alert of each level goes on."""


@dataclass(frozen=True)
class Reach:
    """Who there is to tell. outside: the unit has an address of its own, of people without accounts."""

    taker: int | None = None
    members: Sequence[int] = ()
    heads: Sequence[int] = ()
    province: Sequence[int] = ()
    outside: bool = False


@dataclass(frozen=True)
class Told:
    """accounts: called at once. duty: whoever is on duty is called as to any alert. outside: the unit's own address is written to."""

    accounts: tuple[int, ...]
    duty: bool
    outside: bool = False


def whom(level: AlarmLevel, reach: Reach) -> Told:
    """Who is told at a level. Where those whom it names are not there, the province is, and whoever is on duty: never nobody."""
    accounts: list[int] = []
    named = TOLD[level]
    outside = False
    for each in named:
        if each is Whom.TAKER and reach.taker is not None:
            accounts.append(reach.taker)
        elif each is Whom.UNIT:
            accounts += reach.members
            outside = reach.outside
        elif each is Whom.HEAD:
            accounts += reach.heads or reach.province
        elif each is Whom.PROVINCE:
            accounts += reach.province
    return Told(tuple(dict.fromkeys(accounts)), Whom.DUTY in named or not (accounts or outside), outside)
