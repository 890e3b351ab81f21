"""Households on both databases: made, changed by one at a time, with people of their zone, and gone without a trace of their number."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.enrolment.households import add_member, change_household, dissolve, make_household, read_household, take_out
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.residents import Household, Resident
from monitor.problems import BadInput, Conflict, NotFound
from rollcall.people.guardians import number_of
from tests.worlds.small_zone import NOW, add_zone


class World:
    """Two people without a number, one in another zone, and a household."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.zone, (self.an, self.binh) = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình"))
        _other, (self.far,) = add_zone(database, "Khu B", ("Lê Thị Châu",))
        with database.write() as session:
            for one in session.scalars(select(Resident)):
                one.phone = ""
            self.account = add_account(session, "phutrach", "một mật khẩu dài", Role.SUPERVISOR, zones=None, now=NOW).id
            details = read_household({"name": "Nhà ông Ba", "phone": "0901234567"}, None)
            self.household = make_household(session, self.zone, details, self.account, NOW).id

    def number(self, who: int) -> str:
        with self.database.read() as session:
            return number_of(session, who)


@pytest.fixture
def world(both_databases: Database) -> World:
    return World(both_databases)


def test_its_number_asks_whoever_has_none(world: World) -> None:
    with world.database.write() as session:
        add_member(session, session.get_one(Household, world.household), world.an, world.account, NOW)
    assert (world.number(world.an), world.number(world.binh)) == ("+84901234567", "")
    with world.database.write() as session:
        take_out(session, session.get_one(Household, world.household), world.an, world.account, NOW)
        with pytest.raises(NotFound):
            take_out(session, session.get_one(Household, world.household), world.an, world.account, NOW)
    assert world.number(world.an) == ""


def test_nobody_of_another_zone_or_another_household_joins(world: World) -> None:
    with world.database.write() as session:
        other = make_household(session, world.zone, read_household({"name": "Nhà bà Tư"}, None), world.account, NOW)
        add_member(session, other, world.binh, world.account, NOW)
    for who, problem in ((world.far, BadInput), (0, BadInput), (world.binh, Conflict)):
        with pytest.raises(problem), world.database.write() as session:
            add_member(session, session.get_one(Household, world.household), who, world.account, NOW)
    with world.database.read() as session:
        assert session.get_one(Resident, world.far).household_id is None


def test_nobody_writes_over_what_somebody_else_has_just_changed(world: World) -> None:
    seen = {"name": "Nhà ông Ba", "phone": "+84901234567", "address": ""}
    with world.database.write() as session:
        details = read_household({"name": "Nhà ông Ba", "phone": "0907654321", "address": "12 Lê Lợi"}, None)
        household = session.get_one(Household, world.household)
        assert change_household(session, household, details, seen, world.account, NOW) == ["phone", "address"]
    with pytest.raises(Conflict), world.database.write() as session:
        change_household(session, session.get_one(Household, world.household), details, seen, world.account, NOW)
    with world.database.read() as session:
        household = session.get_one(Household, world.household)
        assert (household.phone, household.phone_tail, household.address) == ("+84907654321", "4321", "12 Lê Lợi")
        # The trail is never deleted: no number stands in it.
        details_said = " ".join(str(each) for each in session.scalars(select(AuditEntry.details)))
        assert "7654321" not in details_said


def test_dissolved_its_people_stay(world: World) -> None:
    with world.database.write() as session:
        household = session.get_one(Household, world.household)
        for who in (world.an, world.binh):
            add_member(session, household, who, world.account, NOW)
        assert dissolve(session, household, world.account, NOW) == 2
    with world.database.read() as session:
        assert session.get(Household, world.household) is None
        assert session.get_one(Resident, world.an).household_id is None


@pytest.mark.parametrize(
    "typed", [{"name": " "}, {"name": "x" * 121}, {"name": "Ba", "phone": "12"}, {"name": "Ba", "address": "x" * 301}]
)
def test_what_cannot_be_is_told(typed: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        read_household(typed, None)
