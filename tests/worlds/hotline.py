"""A desk of the hotline: a zone, operators, units with members and heads, and tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.hotline.doing import Doer
from monitor.hotline.steps import Party
from monitor.hotline.tickets import Contact, take_in
from monitor.models.accounts import Account, Role
from monitor.models.hotline import HotlineTicket, TicketChannel, TicketKind
from monitor.models.hotline_desk import HotlineMember, HotlineUnit
from tests.worlds.small_zone import NOW, add_zone

PASSWORD = "đúng là mật khẩu"
WORDS = "Nhà tôi hết gạo từ hôm qua, xin giúp."
_NUMBERS = count(1)


@dataclass(frozen=True)
class Desk:
    """operator, colleague: of the desk. member, head: of the unit. boss: a supervisor of the whole province."""

    zone: int
    residents: Sequence[int]
    operator: int
    colleague: int
    member: int
    head: int
    boss: int
    unit: int

    @property
    def by_desk(self) -> Doer:
        """The operator as the desk."""
        return Doer(self.operator, frozenset({Party.DESK}))

    @property
    def by_colleague(self) -> Doer:
        """The other operator."""
        return Doer(self.colleague, frozenset({Party.DESK}))

    @property
    def by_unit(self) -> Doer:
        """The member as the unit."""
        return Doer(self.member, frozenset({Party.UNIT}))


def add_desk(database: Database) -> Desk:
    """One zone with a unit that takes everything there."""
    zone, residents = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình"))
    roles = {"lan": Role.STAFF, "minh": Role.STAFF, "hoa": Role.STAFF, "son": Role.SUPERVISOR, "thu": Role.SUPERVISOR}
    with database.write() as session:
        for name, role in roles.items():
            zones = None if name == "thu" else [zone]
            add_account(session, name, PASSWORD, role, zones=zones, now=NOW)
        session.flush()
        ids = {row.username: row.id for row in session.execute(select(Account.id, Account.username))}
    unit = add_unit(database, "Tổ hỗ trợ phường 5", zone, [ids["hoa"]], head_id=ids["son"])
    return Desk(zone, residents, ids["lan"], ids["minh"], ids["hoa"], ids["son"], ids["thu"], unit)


def add_unit(database: Database, name: str, zone: int | None, members: Sequence[int] = (), **values: Any) -> int:
    """A unit that takes tickets of every kind, unless said otherwise."""
    with database.write() as session:
        unit = HotlineUnit(name=name, zone_id=zone, kinds=[kind.value for kind in TicketKind], made_at=NOW, **values)
        session.add(unit)
        session.flush()
        session.add_all(HotlineMember(unit_id=unit.id, account_id=each) for each in members)
        return unit.id


def come(session: Session, now: datetime = NOW, **values: Any) -> HotlineTicket:
    """A text that asks for food, unless said otherwise."""
    reference = values.pop("reference", f"m-{next(_NUMBERS)}")
    channel = values.pop("channel", TicketChannel.TEXT)
    said = values.pop("said", WORDS)
    kind = values.pop("kind", TicketKind.FOOD)
    return take_in(session, Contact(channel, reference, said, kind, **values), now)
