"""Who comes to a zone and who goes: offers, orders that end, what is planned, and who may be away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked, at_once, first, read
from monitor.models.accounts import Account
from monitor.models.people.moves import PlannedChange, PlannedState, Transfer, TransferState
from monitor.models.people.residents import Exemption, OrderState, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from rollcall.orders.planned import room_names
from rollcall.orders.transfers import agreed_of

SOON = timedelta(days=3)
DECIDED_SHOWN = timedelta(days=7)


@dataclass(frozen=True)
class Offer:
    """A transfer with the names of its zones. agreed: the time that was set for it, or that came and could not be kept."""

    transfer: Transfer
    full_name: str
    from_zone: str
    to_zone: str
    agreed: PlannedChange | None = None


@dataclass(frozen=True)
class Ending:
    """An order that ends soon, or has run out without a release."""

    order: QuarantineOrder
    full_name: str
    room: str


@dataclass(frozen=True)
class Planned:
    """A planned change. by: who planned it. room: to which room it leads."""

    change: PlannedChange
    full_name: str
    by: str
    room: str


@dataclass(frozen=True)
class Movements:
    """All of it; each by time."""

    coming: tuple[Offer, ...]
    going: tuple[Offer, ...]
    run_out: tuple[Ending, ...]
    ending: tuple[Ending, ...]
    planned: tuple[Planned, ...]
    failed: tuple[Planned, ...]
    away: tuple[tuple[Exemption, str], ...]


def movements(session: Session, zone_id: int, now: datetime) -> Movements:
    """What is to be seen of a zone at this moment."""
    offers = offers_of(session, zone_id, now)
    ends = _ending(session, zone_id, now)
    planned = read(session, planned_of(zone_id, now))
    away = session.execute(
        select(Exemption, Resident.full_name)
        .join(Resident, Resident.id == Exemption.resident_id)
        .where(Exemption.zone_id == zone_id, Exemption.ends_at > now, Exemption.ended_at.is_(None))
        .order_by(Exemption.starts_at, Exemption.id)
    )
    return Movements(
        coming=tuple(each for each in offers if each.transfer.to_zone_id == zone_id),
        going=tuple(each for each in offers if each.transfer.from_zone_id == zone_id),
        run_out=tuple(each for each in ends if each.order.ends_at <= now),
        ending=tuple(each for each in ends if each.order.ends_at > now),
        planned=tuple(each for each in planned if each.change.state is PlannedState.WAITING),
        failed=tuple(each for each in planned if each.change.state is PlannedState.FAILED),
        away=tuple((row.Exemption, row.full_name) for row in away),
    )


@dataclass(frozen=True)
class Counts:
    """How much there is of what somebody should look at."""

    coming: int
    going: int
    run_out: int
    ending: int
    planned: int
    failed: int

    @property
    def any(self) -> bool:
        """Whether there is something."""
        return any(vars(self).values())


def count_movements(zone_id: int, now: datetime) -> Reading[Counts]:
    """The numbers of `movements`."""
    offered = select(func.count()).select_from(Transfer).where(Transfer.state == TransferState.OFFERED)
    ends = select(func.count()).select_from(QuarantineOrder)
    ends = ends.where(QuarantineOrder.zone_id == zone_id, QuarantineOrder.state == OrderState.ACTIVE)
    changes = select(func.count()).select_from(PlannedChange).where(PlannedChange.zone_id == zone_id)
    failed = (PlannedChange.state == PlannedState.FAILED, PlannedChange.finished_at > now - DECIDED_SHOWN)
    queries = (
        offered.where(Transfer.to_zone_id == zone_id),
        offered.where(Transfer.from_zone_id == zone_id),
        ends.where(QuarantineOrder.ends_at <= now),
        ends.where(QuarantineOrder.ends_at > now, QuarantineOrder.ends_at <= now + SOON),
        changes.where(PlannedChange.state == PlannedState.WAITING),
        changes.where(*failed),
    )
    return Counts(*(yield from at_once(*(first(each) for each in queries))))


def offers_of(session: Session, zone_id: int, now: datetime) -> list[Offer]:
    """Offers to and from a zone: those that wait, and what was decided lately."""
    lately = or_(Transfer.state == TransferState.OFFERED, Transfer.decided_at > now - DECIDED_SHOWN)
    rows = session.execute(
        select(Transfer, Resident.full_name)
        .join(Resident, Resident.id == Transfer.resident_id)
        .where(or_(Transfer.to_zone_id == zone_id, Transfer.from_zone_id == zone_id), lately)
        .order_by(Transfer.state != TransferState.OFFERED, Transfer.offered_at.desc(), Transfer.id.desc())
    ).all()
    transfers = [row.Transfer for row in rows]
    names, agreed = _zone_names(session, transfers), agreed_of(session, transfers)
    return [
        Offer(
            row.Transfer,
            row.full_name,
            names[row.Transfer.from_zone_id],
            names[row.Transfer.to_zone_id],
            agreed.get(row.Transfer.id),
        )
        for row in rows
    ]


def _zone_names(session: Session, transfers: list[Transfer]) -> Mapping[int, str]:
    wanted = {each.from_zone_id for each in transfers} | {each.to_zone_id for each in transfers}
    return {zone.id: zone.name for zone in session.scalars(select(Zone).where(Zone.id.in_(wanted)))} if wanted else {}


def _ending(session: Session, zone_id: int, now: datetime) -> list[Ending]:
    rows = session.execute(
        select(QuarantineOrder, Resident.full_name, Room.name.label("room"))
        .join(Resident, Resident.id == QuarantineOrder.resident_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(
            QuarantineOrder.zone_id == zone_id,
            QuarantineOrder.state == OrderState.ACTIVE,
            QuarantineOrder.ends_at <= now + SOON,
        )
        .order_by(QuarantineOrder.ends_at, Resident.sort_key, Resident.id)
        .limit(500)
    )
    return [Ending(row.QuarantineOrder, row.full_name, row.room or "") for row in rows]


def planned_of(zone_id: int, now: datetime, resident_id: int | None = None) -> Reading[list[Planned]]:
    """What waits in a zone, of all people or of one, and what could not be done lately."""
    lately = or_(
        PlannedChange.state == PlannedState.WAITING,
        (PlannedChange.state == PlannedState.FAILED) & (PlannedChange.finished_at > now - DECIDED_SHOWN),
    )
    query = (
        select(PlannedChange, Resident.full_name, Account.username)
        .join(Resident, Resident.id == PlannedChange.resident_id)
        .join(Account, Account.id == PlannedChange.made_by)
        .where(PlannedChange.zone_id == zone_id, lately)
        .order_by(PlannedChange.due_at, PlannedChange.id)
        .limit(500)
    )
    rows = yield from asked(query if resident_id is None else query.where(PlannedChange.resident_id == resident_id))
    names = yield from room_names([row.PlannedChange for row in rows])
    return [
        Planned(
            row.PlannedChange,
            row.full_name,
            row.username,
            names.get(int(row.PlannedChange.values["room_id"]), "") if "room_id" in row.PlannedChange.values else "",
        )
        for row in rows
    ]
