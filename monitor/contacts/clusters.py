"""Clusters (ổ dịch): made, changed, ended, and joined with cases, control points and orders. Rows; who may do so is the caller's to check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.contacts.cases import Cluster, ClusterMember, InfectionCase
from monitor.models.control_points import ControlPlace
from monitor.models.people.residents import OrderState, QuarantineOrder
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict
from monitor.words import N_

LONGEST_NAME, LONGEST_NOTE, MOST_MEMBERS = 160, 300, 2_000
FIRST_DAY = date(2000, 1, 1)


class Part(StrEnum):
    """What belongs to a cluster."""

    CASE = "case"
    PLACE = "place"
    ORDER = "order"


_COLUMNS: dict[Part, Any] = {
    Part.CASE: ClusterMember.case_id,
    Part.PLACE: ClusterMember.control_place_id,
    Part.ORDER: ClusterMember.order_id,
}


@dataclass(frozen=True)
class Details:
    """What is said of a cluster. closed_on: its last day, None while it goes on."""

    name: str
    opened_on: date
    closed_on: date | None
    note: str


def checked(name: str, opened: str, closed: str, note: str, today: date) -> Details:
    """What a form sent. Raises BadInput, with the form's field."""
    name = plain(name)
    if not 3 <= len(name) <= LONGEST_NAME:
        raise BadInput(N_("Give the cluster a name of 3 to %(most)s characters."), most=LONGEST_NAME, field="name")
    begin, end = _day(opened, "opened_on"), _day(closed, "closed_on") if closed else None
    if not FIRST_DAY <= begin <= today:
        raise BadInput(N_("The first day must not be in the future."), field="opened_on")
    if end is not None and not begin <= end <= today:
        raise BadInput(N_("The last day must lie between the first day and today."), field="closed_on")
    return Details(name, begin, end, plain(note)[:LONGEST_NOTE])


def _day(typed: str, field: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise BadInput(N_("Please enter a day."), field=field) from None


def make(session: Session, token: str, details: Details, disease: str, zone_id: int, account_id: int, now: datetime) -> int:
    """A new cluster; its number. token: of the form, which is sent twice by whoever presses twice: that makes one."""
    row = {**vars(details), "token": token, "disease": disease, "zone_id": zone_id, "made_at": now, "made_by": account_id}
    session.execute(insert_new(session, Cluster), [row])
    return session.scalars(select(Cluster.id).where(Cluster.token == token)).one()


def change(session: Session, cluster_id: int, seen: int, details: Details) -> None:
    """Other details. seen: the version that was on the screen. Raises Conflict where somebody changed it since."""
    mine = (Cluster.id == cluster_id, Cluster.version == seen)
    if not changed(session, update(Cluster).where(*mine).values(**vars(details), version=Cluster.version + 1)):
        raise Conflict(N_("Someone changed this cluster in the meantime. Reload the page to see it as it is now."))


def join(session: Session, cluster_id: int, part: Part, number: int, account_id: int, now: datetime) -> None:
    """Add a case, place or order, once. Raises BadInput where there are too many."""
    many = session.scalar(select(func.count()).select_from(ClusterMember).where(ClusterMember.cluster_id == cluster_id)) or 0
    if many >= MOST_MEMBERS:
        raise BadInput(N_("A cluster holds at most %(most)s cases, places and orders."), most=MOST_MEMBERS, field="number")
    row = {"cluster_id": cluster_id, _COLUMNS[part].key: number, "added_at": now, "added_by": account_id}
    session.execute(insert_new(session, ClusterMember), [row])


def part_from(session: Session, cluster_id: int, part: Part, number: int) -> None:
    """Take one out; what is not in it is out already."""
    changed(session, delete(ClusterMember).where(ClusterMember.cluster_id == cluster_id, _COLUMNS[part] == number))


@dataclass(frozen=True)
class Listed:
    """A cluster in a list, with how much belongs to it."""

    cluster: Cluster
    cases: int
    places: int
    orders: int


def page_of(session: Session, zones: frozenset[int] | None, after: tuple[date, int] | None, most: int) -> list[Listed]:
    """Clusters of these zones (None: all), the newest first. after: (opened_on, id) of the last one of the page before."""
    query = select(Cluster).order_by(Cluster.opened_on.desc(), Cluster.id.desc()).limit(most)
    if zones is not None:
        query = query.where(Cluster.zone_id.in_(sorted(zones)))
    if after is not None:
        query = query.where(tuple_(Cluster.opened_on, Cluster.id) < tuple_(*after))
    found = list(session.scalars(query))
    counts = [func.count(_COLUMNS[part]) for part in Part]
    of_these = ClusterMember.cluster_id.in_([each.id for each in found])
    by_cluster = select(ClusterMember.cluster_id, *counts).where(of_these).group_by(ClusterMember.cluster_id)
    members = {number: tuple(rest) for number, *rest in session.execute(by_cluster)} if found else {}
    return [Listed(each, *members.get(each.id, (0, 0, 0))) for each in found]


@dataclass(frozen=True)
class Members:
    """Places and orders of a cluster; its cases are read as a `Scope`.

    places: (number, name); orders: (number, as the authority numbers it, state, the person, the zone).
    """

    places: list[tuple[int, str]]
    orders: list[tuple[int, str, OrderState, int, int]]


def members_of(session: Session, cluster_id: int) -> Members:
    """Places and orders of a cluster, by two statements."""
    mine = ClusterMember.cluster_id == cluster_id
    places = (
        select(ControlPlace.id, ControlPlace.name)
        .join(ClusterMember, ClusterMember.control_place_id == ControlPlace.id)
        .where(mine)
        .order_by(ControlPlace.name)
    )
    one = QuarantineOrder
    orders = (
        select(one.id, one.number, one.state, one.resident_id, one.zone_id)
        .join(ClusterMember, ClusterMember.order_id == one.id)
        .where(mine)
        .order_by(one.starts_at, one.id)
    )
    return Members(
        [(row.id, row.name) for row in session.execute(places)],
        [(row.id, row.number, row.state, row.resident_id, row.zone_id) for row in session.execute(orders)],
    )


def zone_of(session: Session, part: Part, number: int) -> int | None:
    """The zone whose staff have a case or an order in hand; None for one that does not exist."""
    table = InfectionCase if part is Part.CASE else QuarantineOrder
    return session.scalar(select(table.zone_id).where(table.id == number))
