"""What a list of incidents can be narrowed to, as an address says it, and what each means in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict

from monitor.incidents.cases import unresolved
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.problems import BadInput
from monitor.words import N_

AGES = (1, 4, 12, 24, 72)
"""Hours since it was opened."""


class Owner(StrEnum):
    """Whose an incident is, as seen by the reader."""

    MINE = "mine"
    NOBODYS = "nobodys"
    OTHERS = "others"


OWNERS = {
    Owner.MINE: N_("Mine, or assigned to me"),
    Owner.NOBODYS: N_("Nobody’s"),
    Owner.OTHERS: N_("Taken on by others"),
}


@dataclass(frozen=True)
class Narrowed:
    """None: of any kind. older: hours since it was opened, at least. late: only what is past its deadline."""

    zone: int | None = None
    kind: IncidentKind | None = None
    urgency: Urgency | None = None
    owner: Owner | None = None
    older: int | None = None
    late: bool = False

    @property
    def any(self) -> bool:
        """Whether it narrows at all."""
        return self != Narrowed()

    def arguments(self) -> dict[str, str]:
        """As an address has it."""
        given = {"zone": self.zone, "kind": self.kind, "urgency": self.urgency, "owner": self.owner, "older": self.older}
        said = {name: str(value) for name, value in given.items() if value is not None}
        return said | ({"late": "yes"} if self.late else {})

    def conditions(self, state: IncidentState, account_id: int, now: datetime) -> list[ColumnElement[bool]]:
        """On the incidents of a state that lead their case. Of what waits, a kind is that of any part; of what is resolved, of the first."""
        found: list[ColumnElement[bool]] = []
        if self.zone is not None:
            found.append(Incident.zone_id == self.zone)
        if self.kind is not None:
            found.append(_is_of(self.kind, waits=state is not IncidentState.RESOLVED))
        if self.urgency is not None:
            found.append(Incident.urgency == self.urgency)
        if self.owner is Owner.MINE:
            found.append(or_(Incident.acknowledged_by == account_id, Incident.assigned_to == account_id))
        elif self.owner is Owner.NOBODYS:
            found += [Incident.acknowledged_by.is_(None), Incident.assigned_to.is_(None)]
        elif self.owner is Owner.OTHERS:
            found.append(Incident.acknowledged_by != account_id)
        if self.older is not None:
            found.append(Incident.opened_at <= now - timedelta(hours=self.older))
        if self.late:
            found.append(Incident.deadline_at < now)
        return found


def _is_of(kind: IncidentKind, *, waits: bool) -> ColumnElement[bool]:
    if not waits:
        return Incident.kind == kind
    part = aliased(Incident)
    return or_(
        Incident.kind == kind, select(part.id).where(part.lead_id == Incident.id, part.kind == kind, unresolved(part)).exists()
    )


def read_narrowed(given: MultiDict[str, str]) -> Narrowed:
    """What an address says. Raises BadInput for what cannot be chosen."""
    try:
        return Narrowed(
            zone=int(given["zone"]) if given.get("zone") else None,
            kind=IncidentKind(given["kind"]) if given.get("kind") else None,
            urgency=Urgency(given["urgency"]) if given.get("urgency") else None,
            owner=Owner(given["owner"]) if given.get("owner") else None,
            older=int(given["older"]) if given.get("older") else None,
            late=given.get("late") == "yes",
        )
    except ValueError:
        raise BadInput(N_("This list cannot be narrowed in that way. Go back to the list of incidents.")) from None


def ages() -> Mapping[int, int]:
    """Hours to choose from, each with how many days that is, or 0."""
    return {hours: hours // 24 if hours % 24 == 0 else 0 for hours in AGES}
