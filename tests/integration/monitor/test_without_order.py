"""Whoever is entered without an order is on the zone's page, and is deleted in the end; so are results that nobody decided about."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from monitor.accounts.access import Reader
from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.database.together import read
from monitor.laboratory.steps import plan
from monitor.models.accounts import Role
from monitor.models.people.laboratory import LabTestKind, ParkedResult
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionScope
from monitor.personal_data.coming import coming, without_order
from monitor.personal_data.holds import hold
from monitor.personal_data.people_files import purge_parked
from monitor.personal_data.periods import Kind, last_sign, rules
from monitor.personal_data.purge import Purge
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from tests.worlds.small_zone import NOW, add_zone

DAY = timedelta(days=1)
KEPT = 30 * DAY


class World:
    """Three people entered without an order, the third in another zone, beside one with an order."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.zone, (self.an, self.binh, self.ordered) = add_zone(database, residents=("An", "Bình", "Cúc"))
        self.other, (self.far,) = add_zone(database, "Khu B", ("Dũng",))
        with database.write() as session:
            session.execute(delete(QuarantineOrder).where(QuarantineOrder.resident_id != self.ordered))
            self.account = add_account(session, "phutrach", "một mật khẩu dài", Role.SUPERVISOR, zones=None, now=NOW).id
        self.settings = Settings(data_folder=folder)
        self.vault = Vault(folder / "vault", bytes(32))

    def purge(self, now: datetime) -> dict[str, int]:
        return Purge(self.database, self.vault, self.settings).run(now).deleted

    def deleted(self, who: int) -> bool:
        with self.database.read() as session:
            return session.get_one(Resident, who).deleted_at is not None


@pytest.fixture
def world(both_databases: Database, tmp_path: Path) -> World:
    return World(both_databases, tmp_path)


@pytest.mark.parametrize(("later", "last"), [([], 0), ([None, None], 0), ([3, None], 3), ([1, 5, 2], 5), ([-4], 0)])
def test_the_last_sign_is_the_entry_or_what_came_after(later: list[int | None], last: int) -> None:
    moments = [None if each is None else NOW + each * DAY for each in later]
    assert last_sign(NOW, *moments) == NOW + last * DAY


def test_who_never_got_an_order_is_deleted_in_the_end_with_a_warning_and_nobody_else(world: World) -> None:
    with world.database.write() as session:
        plan(session, [(session.get_one(Resident, world.binh), [NOW.date() + 3 * DAY])], LabTestKind.PCR, "", None, NOW)
        found = read(session, without_order(Resident.zone_id == world.zone))
        assert [(each.resident.id, each.tested) for each in found] == [(world.an, False), (world.binh, True)]
    with world.database.read() as session:
        kept = {rule.kind: rule.kept for rule in rules(world.settings)}
        ahead = coming(session, kept, before=NOW + KEPT, now=NOW + KEPT - DAY)
        assert {(scope, each.resident_id) for scope, each in ahead if each.resident_id != world.ordered} == {
            (DeletionScope.PERSON, world.an),
            (DeletionScope.PERSON, world.far),
        }
    assert world.purge(NOW + KEPT - timedelta(seconds=1)).get(Kind.UNORDERED, 0) == 0
    assert world.purge(NOW + KEPT)[Kind.UNORDERED] == 2
    # A test three days later put it off for the other.
    assert [world.deleted(each) for each in (world.an, world.far, world.binh)] == [True, True, False]
    assert world.purge(NOW + KEPT + 4 * DAY)[Kind.UNORDERED] == 1
    assert world.purge(NOW + KEPT + 5 * DAY).get(Kind.UNORDERED, 0) == 0


def test_an_order_or_a_hold_keeps_somebody_and_a_reader_sees_their_own_zones(world: World) -> None:
    with world.database.write() as session:
        end = NOW + 60 * DAY
        session.add(
            QuarantineOrder(
                resident_id=world.an,
                zone_id=world.zone,
                starts_at=NOW,
                ends_at=end,
                authority="Sở Y tế",
                reason="F1",
                state=OrderState.ACTIVE,
            )
        )
        later = NOW + KEPT - DAY
        hold(session, session.get_one(Resident, world.binh), "2027-02-01", "Chờ quyết định", "UTC", world.account, later)
    with world.database.read() as session:
        kept = {rule.kind: rule.kept for rule in rules(world.settings)}
        reader = Reader(world.account, "phutrach", Role.SUPERVISOR, frozenset({world.other}), "vi")
        due = coming(session, kept, before=NOW + KEPT, now=NOW + KEPT, reader=reader)
        assert [each.resident_id for _scope, each in due] == [world.far]
    world.purge(NOW + KEPT)
    assert [world.deleted(each) for each in (world.an, world.binh, world.far)] == [False, False, True]


def test_results_that_nobody_decided_about_go_and_may_come_again(world: World) -> None:
    with world.database.write() as session:
        for number, (days, decided) in enumerate(((31, False), (29, False), (40, True))):
            session.add(
                ParkedResult(
                    zone_id=world.zone,
                    resident_id=world.an,
                    digest=f"{number:064}",
                    cells=None if decided else {"full_name": "An"},
                    why=words("x").dump(),
                    parked_at=NOW - days * DAY,
                    decided_at=NOW if decided else None,
                )
            )
    assert purge_parked(world.database, NOW - KEPT) == 1
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ParkedResult)) == 2
    assert world.purge(NOW + 2 * DAY)[Kind.PARKED_RESULTS] == 1


def test_the_table_of_periods_names_both_rules(tmp_path: Path) -> None:
    named = {rule.kind: rule.kept for rule in rules(Settings(data_folder=tmp_path, keep_unordered_days=9))}
    assert (named[Kind.UNORDERED], named[Kind.PARKED_RESULTS]) == (9 * DAY, KEPT)
