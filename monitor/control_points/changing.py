"""Who runs a place changes its details: what the unit approved waits for it again, while the rest holds at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.control_points.registering import LONGEST_WHY, PlaceDetails, twin_like
from monitor.control_points.twins import folded_name
from monitor.database.statements import changed
from monitor.models.control_points import ControlPlace, PlaceKind, PlaceState
from monitor.people.pasted import plain
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Conflict
from monitor.words import N_


class Became(StrEnum):
    """What came of a change."""

    NOTHING = "nothing"
    """It says what was there."""
    HOLDS = "holds"
    WAITS = "waits"
    """It holds once the unit approved it; until then what was approved does."""
    WAITS_WHOLE = "waits_whole"
    """The whole place waits for the unit: it was refused before."""


@dataclass(frozen=True)
class Approved:
    """What of a place a unit approves: on these it looked when it decided."""

    kind: PlaceKind
    name: str
    address: str
    unit: UnitKey
    pin: tuple[float, float] | None

    def dump(self) -> dict[str, Any]:
        """As the column keeps it."""
        return {
            "kind": self.kind.value,
            "name": self.name,
            "address": self.address,
            "unit": [self.unit.code, self.unit.valid_from.isoformat()],
            "pin": list(self.pin) if self.pin else None,
        }

    def columns(self) -> dict[str, Any]:
        """As the place's own columns."""
        return {
            "kind": self.kind,
            "name": self.name,
            "folded": folded_name(self.name),
            "address": self.address,
            "unit_code": self.unit.code,
            "unit_from": self.unit.valid_from,
            "latitude": self.pin[0] if self.pin else None,
            "longitude": self.pin[1] if self.pin else None,
        }


def approved_of(place: ControlPlace) -> Approved:
    """What holds."""
    pin = (place.latitude, place.longitude) if place.latitude is not None and place.longitude is not None else None
    return Approved(place.kind, place.name, place.address, UnitKey(place.unit_code, place.unit_from), pin)


def proposed_of(place: ControlPlace) -> Approved | None:
    """What waits for the unit; None: nothing."""
    kept = place.proposed
    if kept is None or place.proposed_at is None:
        return None
    code, since = kept["unit"]
    unit, pin = UnitKey(code, date.fromisoformat(since)), kept["pin"]
    return Approved(PlaceKind(kept["kind"]), kept["name"], kept["address"], unit, (pin[0], pin[1]) if pin else None)


def refused_of(place: ControlPlace) -> str:
    """What the unit wrote when it refused the last change; empty: it did not."""
    return str((place.proposed or {}).get("refused", ""))


def change(session: Session, place: ControlPlace, details: PlaceDetails, seen: int, now: datetime) -> Became:
    """Change a place as its owner typed it, in the caller's write transaction. seen: the version of the page that was filled in.

    Raises Conflict.
    """
    if place.state is PlaceState.CLOSED:
        raise Conflict(N_("This place is closed. Ask the ward."))
    before, after = approved_of(place), Approved(details.kind, details.name, details.address, details.unit, details.pin)
    values: dict[str, Any] = {
        "owner_name": details.owner_name,
        "usual_minutes": details.usual_minutes,
        "closes_at": details.closes_at,
        "most_people": details.most_people,
    }
    became = Became.HOLDS if any(getattr(place, name) != value for name, value in values.items()) else Became.NOTHING
    if place.state is PlaceState.APPROVED:
        waits = before != after
        if waits or place.proposed is not None:
            values |= {"proposed": after.dump() if waits else None, "proposed_at": now if waits else None}
            # With its new name it may be another one's twin: the unit sees it before it decides.
            values["twin_id"] = twin_like(session, details, place.id)
            became = Became.WAITS if waits else Became.HOLDS
    else:
        values |= after.columns() | {"twin_id": twin_like(session, details, place.id)}
        became = Became.HOLDS if became is Became.HOLDS or before != after else Became.NOTHING
        if place.state is PlaceState.REFUSED and became is Became.HOLDS:
            values |= {"state": PlaceState.WAITING, "decided_why": ""}
            became = Became.WAITS_WHOLE
    if became is Became.NOTHING:
        return became
    mine = update(ControlPlace).where(
        ControlPlace.id == place.id, ControlPlace.version == seen, ControlPlace.state == place.state
    )
    if not changed(session, mine.values(**values, version=seen + 1)):
        raise Conflict(N_("This place was changed meanwhile. Look at it once more, and change it again."))
    session.refresh(place)
    return became


def decide_change(session: Session, place: ControlPlace, *, approve: bool, why: str, seen: int) -> None:
    """The unit's staff approve what an owner asks to change, or refuse it with words, in the caller's write transaction.

    seen: the version that was looked at. Raises BadInput, Conflict.
    """
    reason, waits = plain(why)[:LONGEST_WHY], proposed_of(place)
    if not approve and not reason:
        raise BadInput(N_("Please say why: whoever runs the place reads it."), field="why")
    values: dict[str, Any] = {"proposed_at": None, "proposed": None if approve else {"refused": reason}}
    if waits is not None and approve:
        values |= waits.columns()
    mine = update(ControlPlace).where(
        ControlPlace.id == place.id,
        ControlPlace.version == seen,
        ControlPlace.state == PlaceState.APPROVED,
        ControlPlace.proposed_at.is_not(None),
    )
    if waits is None or not changed(session, mine.values(**values, version=seen + 1)):
        raise Conflict(N_("This change was decided, or changed again, meanwhile. Reload the page to see it as it is now."))
    session.refresh(place)
