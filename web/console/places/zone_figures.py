"""What is to be said of each zone at a glance, and which of them needs somebody most; counted without looking at who lives there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CompoundSelect, String, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.incidents.cases import leads, unresolved
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.incidents import Incident, IncidentState, Urgency
from monitor.models.people.residents import PresenceState
from monitor.models.places import Zone
from monitor.presence.counted import counted
from web.console.rollcalls.rounds import Round

_PRESENCE, _CAMERA, _WAITS = "presence", "camera", "waits"
_LATE, _IN_TIME = "late", "in time"


@dataclass
class Waiting:
    """Cases and other incidents that nobody has resolved. danger: of which somebody may be in danger; late: past their deadline; new: which
    nobody has taken on."""

    danger: int = 0
    late: int = 0
    new: int = 0
    taken: int = 0

    def add(self, other: Waiting) -> None:
        """Count more."""
        self.danger, self.late = self.danger + other.danger, self.late + other.late
        self.new, self.taken = self.new + other.new, self.taken + other.taken


@dataclass
class ZoneFigures:
    """One zone. presence: people in quarantine by what is believed of them; rounds: those that are open."""

    zone: Zone
    presence: dict[PresenceState, int] = field(default_factory=lambda: dict.fromkeys(PresenceState, 0))
    cameras: dict[CameraState, int] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=Waiting)
    rounds: list[Round] = field(default_factory=list)

    @property
    def residents(self) -> int:
        """People under an order that is in force."""
        return sum(self.presence.values())

    @property
    def all_cameras(self) -> int:
        """Enabled cameras."""
        return sum(self.cameras.values())

    @property
    def troubled_cameras(self) -> int:
        """Cameras that cannot be believed now."""
        return self.all_cameras - self.cameras.get(CameraState.ONLINE, 0)

    @property
    def missing(self) -> int:
        """People who are absent, or whom nobody has seen for long."""
        return self.presence[PresenceState.ABSENT] + self.presence[PresenceState.NOT_SEEN]

    @property
    def need(self) -> tuple[int, ...]:
        """The more, the sooner somebody is needed: danger before what is late, before what is new, before who is missing."""
        waiting, absent = self.waiting, self.presence[PresenceState.ABSENT]
        return (waiting.danger, waiting.late, waiting.new, absent, self.missing, self.troubled_cameras, waiting.taken)


def by_need(figures: Iterable[ZoneFigures]) -> list[ZoneFigures]:
    """The zone that needs somebody most first; among equals by name."""
    return sorted(figures, key=lambda each: (*(-number for number in each.need), each.zone.name))


def zone_figures(session: Session, zones: Sequence[Zone], rounds: Iterable[Round], now: datetime) -> list[ZoneFigures]:
    """The figures of these zones, in their order: one statement, whose work grows with what waits and not with who lives there."""
    found = {zone.id: ZoneFigures(zone) for zone in zones}
    for zone_id, what, name, number in session.execute(_counts(list(found), now)):
        _set(found[zone_id], what, name, int(number))
    for each in rounds:
        found[each.zone_id].rounds.append(each)
    return list(found.values())


def _counts(ids: Collection[int], now: datetime) -> CompoundSelect[int, str, str, int]:
    """(zone, what is counted, under which name, how many)"""
    cameras = (
        select(Camera.zone_id, literal(_CAMERA), cast(Camera.state, String), func.count())
        .where(one_of(Camera.zone_id, ids), Camera.enabled)
        .group_by(Camera.zone_id, Camera.state)
    )
    late = case((Incident.deadline_at < now, _LATE), else_=_IN_TIME)
    name = func.concat(Incident.state, "/", Incident.urgency, "/", late)
    waits = (
        select(Incident.zone_id, literal(_WAITS), name, func.count())
        .where(one_of(Incident.zone_id, ids), unresolved(), leads())
        .group_by(Incident.zone_id, name)
    )
    rows = [each.subquery().c for each in counted(ids, now)]
    people = [select(each[0], literal(_PRESENCE), each[1], each[2]) for each in rows]
    return union_all(cameras, waits, *people)


def _set(figures: ZoneFigures, what: str, name: str, number: int) -> None:
    if what == _PRESENCE:
        figures.presence[PresenceState(name)] += number
    elif what == _CAMERA:
        figures.cameras[CameraState(name)] = number
    else:
        state, urgency, late = name.split("/")
        new = state == IncidentState.OPEN
        figures.waiting.add(
            Waiting(
                danger=number if urgency == Urgency.DANGER else 0,
                late=number if late == _LATE else 0,
                new=number if new else 0,
                taken=0 if new else number,
            )
        )
