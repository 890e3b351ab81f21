"""What became of somebody's orders, as a list to be read, and what hangs on one before it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked, at_once, first, read
from monitor.incidents import causes
from monitor.models.accounts import Account
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.moves import PlannedChange, PlannedState, Transfer, TransferState
from monitor.models.people.residents import OrderChange, OrderState, QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.people.order_words import said
from monitor.people.what_follows import Around
from monitor.words import Words
from rollcall.orders.transfers import housemates
from rollcall.people.guardians import wards_of


@dataclass(frozen=True)
class Told:
    """One change. sentences: what changed. by: the account's name; empty where the service did what was planned."""

    order_id: int
    at: datetime
    sentences: tuple[Words, ...]
    reason: str
    by: str


def history(resident_id: int, timezone: str) -> Reading[list[Told]]:
    """All changes of somebody's orders, and their moves, the newest first. timezone: of whoever reads."""
    rows = yield from asked(
        select(OrderChange, Account.username)
        .outerjoin(Account, Account.id == OrderChange.account_id)
        .where(OrderChange.resident_id == resident_id)
        .order_by(OrderChange.id.desc())
    )
    found = [
        Told(each.order_id, each.at, tuple(said(each.before, each.after, timezone)), each.reason, username or "")
        for each, username in rows
    ]
    return [each for each in found if each.sentences]


def around_of(session: Session, resident: Resident, order: QuarantineOrder | None) -> Around:
    """What hangs on a person at this moment."""
    of_kind = select(Incident.id).where(
        Incident.cause.in_(causes.asked_after(resident.id)), Incident.state != IncidentState.RESOLVED
    )
    planned = select(PlannedChange.id).where(
        PlannedChange.resident_id == resident.id, PlannedChange.state == PlannedState.WAITING
    )
    offered = select(Transfer.id).where(Transfer.resident_id == resident.id, Transfer.state == TransferState.OFFERED)
    wards, room, open_questions, waiting, offers = read(
        session,
        at_once(
            wards_of(resident.id),
            first(select(Room.name).where(Room.id == resident.room_id)),
            first(of_kind),
            first(planned),
            first(offered),
        ),
    )
    return Around(
        name=resident.full_name,
        state=order.state if order else OrderState.ACTIVE,
        room=room or "",
        wards=tuple(name for _number, name in wards),
        household=tuple(housemates(session, resident)),
        questions=open_questions is not None,
        planned=waiting is not None,
        offered=offers is not None,
    )
