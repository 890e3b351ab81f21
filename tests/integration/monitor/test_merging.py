"""Two records become one on both databases: every table that names a person has as many rows after as before, and what must is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.enrolment.mergeable import why_not
from monitor.enrolment.merging import GOES, STAYS_BEHIND, Pair, merge, side_of
from monitor.models.accounts import AuditEntry, Role
from monitor.models.base import Base
from monitor.models.every_table import METADATA
from monitor.models.people.faces import FaceTemplate
from monitor.models.people.letters import Letter
from monitor.models.people.moves import LikenessCheck, PlannedState, TransferState
from monitor.models.people.residents import Household, Media, OrderState, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionScope
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.people.merged import part_of
from monitor.personal_data.copy import PARTS, rows_of
from monitor.personal_data.deletion import forget
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.vault.vault import Vault, VaultProblem, letters_owner, resident_owner
from monitor.words import words
from tests.worlds.small_zone import NOW, add_zone

DAY = timedelta(days=1)
WHY = "Cùng một thẻ căn cước"
PICTURE, TEMPLATE, LETTER = b"\xff\xd8 a face", np.ones(4, "<f4").tobytes(), b"%PDF a letter"
# What rows of the record that goes must be for it to be settled.
SETTLED = {
    # Five hours, which the database itself holds.
    "hotline_ticket": {"due_at": NOW + timedelta(hours=5)},
    "check_in": {"state": CheckInState.ACCEPTED},
    "incident": {"state": "resolved"},
    "planned_change": {"state": PlannedState.DONE},
    "transfer": {"state": TransferState.REFUSED},
    "quarantine_order": {"state": OrderState.RELEASED},
    "inbound_message": {"next_attempt_at": None},
    "guardian": {"kin_id": None},
    "deletion_certificate": {"scope": DeletionScope.PERSON},
}


class World:
    """Two records of An in one zone, and Bình. Everything there can be hangs on the second one."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.vault = Vault(folder / "vault", bytes(32))
        self.zone, (self.an, self.twice, self.binh) = add_zone(database, residents=("Nguyễn Thị An", "Nguyen Thi An", "Bình"))
        with database.write() as session:
            self.account = add_account(session, "phutrach", "một mật khẩu dài", Role.SUPERVISOR, zones=None, now=NOW).id
            order = select(QuarantineOrder).where(QuarantineOrder.resident_id == self.twice)
            for each in session.scalars(order):
                each.state, each.ended_at = OrderState.RELEASED, NOW
            session.get_one(Resident, self.twice).document_number = "079085001234"

    def pair(self, stays: int | None = None, goes: int | None = None) -> Pair:
        one, other = stays or self.an, goes or self.twice
        with self.database.read() as session:
            return Pair(one, other, (session.get_one(Resident, one).version, session.get_one(Resident, other).version))

    def merge(self, *take: str, pair: Pair | None = None, reason: str = WHY) -> dict[str, int]:
        return merge(self.database, self.vault, pair or self.pair(), take, reason, self.account, NOW)

    def resident(self, who: int) -> Resident:
        with self.database.read() as session:
            return session.get_one(Resident, who)

    def counts(self) -> dict[str, int]:
        with self.database.read() as session:
            return {
                name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in METADATA.tables.items()
            }


@pytest.fixture
def world(both_databases: Database, tmp_path: Path) -> World:
    return World(both_databases, tmp_path)


class Filler:
    """Rows for any table, with whatever they must refer to, made up by the kinds of their columns."""

    def __init__(self, session: Session, world: World) -> None:
        self._session, self._world, self._number = session, world, 1000
        self._known: dict[str, int] = {"resident": world.binh, "zone": world.zone, "account": world.account}

    def row(self, table: Table, **values: Any) -> Any:
        model = next(each.class_ for each in Base.registry.mappers if each.local_table is table)
        row = {**SETTLED.get(table.name, {}), **values}
        for column in table.columns:
            if column.name in row or column.name == "id" or (column.nullable and not column.foreign_keys):
                continue
            if column.foreign_keys:
                if not column.nullable:
                    row[column.name] = self.known(next(iter(column.foreign_keys)).column.table)
            elif column.default is None and column.server_default is None:
                row[column.name] = self.made_up(column.type)
        made = model(**row)
        self._session.add(made)
        self._session.flush()
        # What comes later refers to it, as the parts of one person's rows do.
        self._known.setdefault(table.name, getattr(made, "id", 0))
        return made

    def known(self, table: Table) -> int:
        if table.name not in self._known:
            self.row(table)
        return self._known[table.name]

    def made_up(self, kind: Any) -> Any:
        self._number += 1
        enums = getattr(kind, "enum_class", None) or getattr(getattr(kind, "impl", None), "enum_class", None)
        if enums is not None:
            return next(iter(enums))
        try:
            python = getattr(kind, "impl_instance", kind).python_type
        except NotImplementedError:
            python = str
        return {
            bool: False,
            int: self._number,
            float: 1.0,
            str: f"x{self._number}",
            bytes: b"x",
            dict: {},
            list: [],
            datetime: NOW,
            date: NOW.date() + self._number * DAY,
        }.get(python, f"x{self._number}")


def test_no_row_of_any_table_is_lost_and_all_that_can_go_goes(world: World) -> None:
    with world.database.write() as session:
        filler = Filler(session, world)
        for table in METADATA.sorted_tables:
            name = table.name
            if name in ("resident", "merged_record", "audit_entry", "audit_about") or name not in {
                *(model.__tablename__ for model in GOES),
                *STAYS_BEHIND,
            }:
                continue
            columns = [each for each in ("resident_id", "one_id") if each in table.columns]
            filler.row(table, **dict.fromkeys(columns, world.twice))
        for media in session.scalars(select(Media).where(Media.resident_id == world.twice)):
            media.owner, media.name = resident_owner(world.twice), world.vault.put(resident_owner(world.twice), PICTURE)
        for template in session.scalars(select(FaceTemplate).where(FaceTemplate.resident_id == world.twice)):
            template.sealed = world.vault.seal(resident_owner(world.twice), TEMPLATE, about="template")
        for letter in session.scalars(select(Letter).where(Letter.resident_id == world.twice)):
            letter.name = world.vault.put(letters_owner(world.twice), LETTER)
        session.flush()
        # Rows that refer to the same check-in must be of the same person, as they are.
        session.execute(
            CheckIn.__table__.update().where(CheckIn.id.in_(select(Answer.check_in_id))).values(resident_id=world.twice)
        )
    before = world.counts()
    went = world.merge()
    after = world.counts()
    added = {"merged_record": 1, "audit_entry": 2, "change": after["change"] - before["change"], "not_the_same": 1}
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert grown.items() <= (added | {"likeness_check": 1}).items()
    assert set(went) >= {model.__tablename__ for model in GOES} - {"plan_resident"}
    with world.database.read() as session:
        for model in GOES:
            left = select(func.count()).select_from(model).where(model.resident_id == world.twice)
            assert session.scalar(left) == 0, model
        for owner, query, content in (
            (resident_owner(world.an), select(Media.name).where(Media.resident_id == world.an), PICTURE),
            (letters_owner(world.an), select(Letter.name).where(Letter.resident_id == world.an), LETTER),
        ):
            (name,) = session.scalars(query)
            assert world.vault.get(owner, name) == content
        (sealed,) = session.scalars(select(FaceTemplate.sealed).where(FaceTemplate.resident_id == world.an))
        assert world.vault.unseal(resident_owner(world.an), sealed, about="template") == TEMPLATE
        assert session.get(LikenessCheck, world.an) is not None
        trail = select(AuditEntry.resident_id).where(AuditEntry.action == Action.RECORDS_MERGED).order_by(AuditEntry.id)
        assert list(session.scalars(trail)) == [world.an, world.twice]


def test_the_record_that_goes_is_a_number_that_leads_to_the_other(world: World) -> None:
    with world.database.write() as session:
        home = Household(zone_id=world.zone, name="Nhà bà An", phone="+84912345678")
        session.add(home)
        session.flush()
        session.get_one(Resident, world.twice).household_id = home.id
    world.merge("document_number")
    gone, stays = world.resident(world.twice), world.resident(world.an)
    assert (gone.full_name, gone.document_number, gone.phone, gone.household_id, gone.deleted_at) == (
        f"#{world.twice}",
        "",
        "",
        None,
        NOW,
    )
    assert (stays.full_name, stays.document_number, stays.household_id) == ("Nguyễn Thị An", "079085001234", home.id)
    with world.database.read() as session:
        assert session.scalar(part_of(world.twice)) == world.an
    # A third record: those merged before lead on.
    with world.database.write() as session:
        for order in session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == world.an)):
            order.state = OrderState.RELEASED
    world.merge(pair=world.pair(world.binh, world.an))
    with world.database.read() as session:
        assert [session.scalar(part_of(each)) for each in (world.twice, world.an, world.binh)] == [world.binh, world.binh, None]


def test_rounds_in_which_both_were_asked_stay_under_the_old_number_and_go_with_the_person(world: World) -> None:
    with world.database.write() as session:
        filler = Filler(session, world)
        rounds = [filler.row(RollCall.__table__, opens_at=NOW + number * DAY) for number in range(2)]
        rows = [
            filler.row(CheckIn.__table__, roll_call_id=rounds[place].id, resident_id=who)
            for place, who in ((0, world.an), (0, world.twice), (1, world.twice))
        ]
        name = world.vault.put(resident_owner(world.twice), PICTURE)
        media = filler.row(Media.__table__, resident_id=world.twice, owner=resident_owner(world.twice), name=name)
        filler.row(Answer.__table__, check_in_id=rows[1].id, resident_id=world.twice, media_id=media.id, note="gọi cho vợ")
        numbers = [each.id for each in rows]
    world.merge()
    with world.database.read() as session:
        assert [session.get_one(CheckIn, each).resident_id for each in numbers] == [world.an, world.twice, world.an]
        assert session.scalars(select(Answer.resident_id)).one() == world.twice
    # The copy of one's data tells both numbers' rounds and answers.
    copied = {
        part.model: list(rows_of(world.database, part, world.an)) for part in PARTS if part.model in (CheckIn, Answer, Media)
    }
    assert sorted(each.id for each in copied[CheckIn]) == sorted(numbers)
    assert ([each.note for each in copied[Answer]], [each.name for each in copied[Media]]) == (["gọi cho vợ"], [name])
    assert world.vault.get(resident_owner(world.twice), name) == PICTURE
    forget(world.database, world.vault, world.an, DeletionScope.PERSON, reason=words("x"), account_id=None, now=NOW)
    with world.database.read() as session:
        assert session.scalars(select(Answer.note)).one() == ""
    with pytest.raises(VaultProblem):
        world.vault.get(resident_owner(world.twice), name)


def test_what_speaks_against_it_or_changed_meanwhile_leaves_both_as_they_were(world: World) -> None:
    pair = world.pair()
    with world.database.write() as session:
        for order in session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == world.twice)):
            order.state = OrderState.ACTIVE
    before = world.counts()
    with pytest.raises(Conflict, match="at the same time"):
        world.merge()
    with world.database.write() as session:
        for order in session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == world.twice)):
            order.state = OrderState.RELEASED
    with pytest.raises(BadInput):
        world.merge(reason=" ")
    with pytest.raises(BadInput, match="changed meanwhile"):
        world.merge("help_needed")
    with pytest.raises(Conflict, match="changed after"):
        world.merge(pair=Pair(pair.stays, pair.goes, (pair.seen[0], pair.seen[1] + 1)))
    assert world.counts() == before
    world.merge()
    with pytest.raises(Conflict):
        world.merge()
    with world.database.read() as session:
        sides = [side_of(session, session.get_one(Resident, each)) for each in (world.an, world.binh)]
        assert "at the same time" in str(why_not(*sides, NOW))
