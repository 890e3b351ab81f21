"""Two zones with people and beds, for what moves people about; and what is done to them in one transaction each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.people.moves import PlannedChange, Transfer
from monitor.models.people.residents import OrderChange, QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.people.order_deeds import Deed
from monitor.people.placed import placed
from rollcall.orders.orders import Asked, act
from tests.worlds.small_zone import NOW, add_zone

DAY = timedelta(days=1)
WHY = "Theo đề nghị của trạm y tế"


class TwoZones:
    """Zone A with An, Bình and Cúc in rooms 101 to 103 of two beds each, zone B with Dũng in 101 of one; a supervisor of each."""

    def __init__(self, database: Database, beds: int = 2) -> None:
        self.database = database
        self.here, (self.an, self.binh, self.cuc) = add_zone(database, "Khu A", ("An", "Bình", "Cúc"))
        self.there, (self.dung,) = add_zone(database, "Khu B", ("Dũng",))
        with database.write() as session:
            for room in session.scalars(select(Room)):
                room.beds = beds if room.zone_id == self.here else 1
            session.add(Room(zone_id=self.there, name="102", beds=1))
            account = add_account(session, "giamsat", "đúng là mật khẩu", Role.SUPERVISOR, zones=[self.here], now=NOW)
            other = add_account(session, "giamsatb", "đúng là mật khẩu", Role.SUPERVISOR, zones=[self.there], now=NOW)
            session.flush()
            self.account, self.other_account = account.id, other.id

    def room(self, name: str, zone: int | None = None) -> int:
        with self.database.read() as session:
            query = select(Room.id).where(Room.name == name, Room.zone_id == (zone or self.here))
            return session.scalars(query).one()

    def order(self, resident: int) -> QuarantineOrder:
        """The newest."""
        with self.database.read() as session:
            query = select(QuarantineOrder).where(QuarantineOrder.resident_id == resident)
            found = session.scalars(query.order_by(QuarantineOrder.id.desc())).first()
        assert found is not None
        return found

    def resident(self, resident: int) -> Resident:
        with self.database.read() as session:
            return session.get_one(Resident, resident)

    def changes(self, resident: int) -> list[OrderChange]:
        with self.database.read() as session:
            query = select(OrderChange).where(OrderChange.resident_id == resident).order_by(OrderChange.id)
            return list(session.scalars(query))

    def act(
        self, resident: int, deed: Deed, now: datetime = NOW, seen: int | None = None, ends_at: datetime | None = None
    ) -> None:
        """One deed with the newest order; seen: the version on the page, else whichever it is."""
        order = self.order(resident).id
        self.do(lambda session: act(session, order, Asked(deed, WHY, seen=seen, ends_at=ends_at), self.account, now))

    def do(self, deed: Callable[[Session], object]) -> None:
        with self.database.write() as session:
            deed(session)

    def transfer(self, number: int = 1) -> Transfer:
        with self.database.read() as session:
            return session.get_one(Transfer, number)

    def planned(self, number: int = 1) -> PlannedChange:
        with self.database.read() as session:
            return session.get_one(PlannedChange, number)

    def people_in(self, room: int) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).where(Resident.room_id == room, placed())) or 0
