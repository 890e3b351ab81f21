"""What is decided on rows of files, what is undone and what is erased in time, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.enrolment.duplicates import marks_of, matches, not_the_same
from monitor.enrolment.enrolling import change_details
from monitor.enrolment.imports.deciding import leave, other, same
from monitor.enrolment.imports.undoing import happened, undo
from monitor.enrolment.known_details import details_of
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.residents import Exemption, Household, Presence, PresenceState, QuarantineOrder, Resident
from monitor.personal_data.people_files import purge_doubtful, purge_files
from monitor.problems import BadInput, Conflict
from monitor.trail.audit import first_broken
from monitor.vault.vault import Vault, VaultProblem
from tests.worlds.people_files import AN, BINH, NOW, ORDER, FilesWorld

PARKED, ENTERED = RowState.PARKED, RowState.ENTERED
# An without any number: only name, day and telephone speak for it.
AN_AGAIN = {"full_name": "Nguyen Van An", "birth": "05/09/1980", "phone": "0901234567"}


@pytest.fixture
def world(both_databases: Database, vault: Vault) -> FilesWorld:
    return FilesWorld(both_databases, vault)


def parked(world: FilesWorld) -> tuple[int, int]:
    """An is there, and somebody like him waits: the row's key, and the resident's."""
    world.entered([AN])
    world.entered([{**AN_AGAIN, "address": "12 Lê Lợi", "sex": "Nữ"}])
    with world.database.read() as session:
        row = session.scalars(select(ImportRow).where(ImportRow.state == PARKED)).one()
    assert row.match_id is not None
    return row.id, row.match_id


def test_the_same_person_takes_over_what_is_chosen_and_nothing_else(world: FilesWorld) -> None:
    number, an = parked(world)
    with world.database.read() as session:
        row, resident = session.get_one(ImportRow, number), session.get_one(Resident, an)
    with pytest.raises(BadInput, match="have changed meanwhile"), world.database.write() as session:
        same(session, row, resident, ["phone"], 1, world.account, NOW)
    with world.database.write() as session:
        row, resident = session.get_one(ImportRow, number), session.get_one(Resident, an)
        assert same(session, row, resident, ["address"], 1, world.account, NOW) == ["address"]
    (person,) = world.people()
    assert (person.address, person.sex, person.full_name) == ("12 Lê Lợi", "male", "Nguyễn Văn An")
    with pytest.raises(Conflict, match="has decided this meanwhile"), world.database.write() as session:
        leave(session, session.get_one(ImportRow, number), world.account, NOW)


def test_another_person_is_entered_and_the_two_are_not_suggested_again(world: FilesWorld) -> None:
    number, an = parked(world)
    with world.database.write() as session:
        entered = other(
            session, session.get_one(ImportRow, number), session.get_one(Resident, an), world.account, NOW, without_room=False
        )
    assert [each.id for each in world.people()] == [an, entered.id]
    with world.database.read() as session:
        marks = [marks_of(details_of(each)) for each in world.people()]
        assert matches(session, marks, [an, entered.id]) == [[], []]
    # A row with An's own card is his, and not the other's besides.
    again = world.rows([AN])
    assert [each.match_id for each in world.found(again)] == [an]
    with world.database.read() as session:
        assert [each.resident_id for each in matches(session, [marks_of(details_of(world.people()[0]))])[0]] == [an]


def test_pairs_that_nobody_called_two_are_still_suggested(world: FilesWorld) -> None:
    world.entered(
        [AN, {"full_name": "Lê Văn An", "birth": "05/09/1980", "phone": "0901234567", "document_number": "079080005555"}]
    )
    one, two = world.people()
    with world.database.write() as session:
        found = matches(session, [marks_of(details_of(one))], [one.id])[0]
        assert [each.resident_id for each in found] == [two.id]
        not_the_same(session, two.id, one.id, world.account, NOW)
        not_the_same(session, one.id, two.id, world.account, NOW)
        assert matches(session, [marks_of(details_of(one))], [one.id]) == [[]]


def test_a_row_that_is_left_out_leaves_everything_as_it_was(world: FilesWorld) -> None:
    number, _an = parked(world)
    with world.database.write() as session:
        leave(session, session.get_one(ImportRow, number), world.account, NOW)
    assert len(world.people()) == 1
    with world.database.read() as session:
        row = session.get_one(ImportRow, number)
    assert (row.state, row.cells, row.parked_at) == (RowState.LEFT_OUT, None, None)


def test_an_import_is_undone_as_a_whole(world: FilesWorld) -> None:
    world.entered([AN])
    number = world.entered([{**BINH, "room": "101", "household": "Hộ mới", "f_status": "F1"}, {"full_name": "Lê C"}])
    with world.database.write() as session:
        binh = session.scalars(select(Resident).where(Resident.full_name == "Trần Thị Bình")).one()
        # What is believed of them follows by itself.
        session.add(Presence(resident_id=binh.id, zone_id=binh.zone_id, state=PresenceState.UNKNOWN, since=NOW, reason={}))
    with world.database.write() as session:
        assert undo(session, session.get_one(PeopleImport, number), world.account, NOW) == 2
    assert [each.full_name for each in world.people()] == ["Nguyễn Văn An"]
    with world.database.read() as session:
        gone = session.get_one(Resident, binh.id)
        assert session.scalar(select(func.count()).select_from(QuarantineOrder)) == 0
        assert session.scalar(select(func.count()).select_from(Household)) == 0
        assert first_broken(session) is None
    assert (gone.full_name, gone.document_number, gone.name_folded, gone.birth_date) == (f"#{binh.id}", "", f" {binh.id}", None)
    assert (world.file(number).state, set(world.states(number))) == (ImportState.UNDONE, {RowState.UNDONE})
    with pytest.raises(Conflict, match="undone"), world.database.write() as session:
        undo(session, session.get_one(PeopleImport, number), world.account, NOW)
    # Then the same file enters them again.
    again = world.rows([{**BINH, "room": "101", "household": "Hộ mới", "f_status": "F1"}, {"full_name": "Lê C"}])
    world.enter(again, knowing=True)
    assert len(world.people()) == 3


def changed_record(world: FilesWorld, session: Any, resident: Resident) -> None:
    change_details(session, resident, details_of(resident), resident.version, world.account, NOW)


def permitted(world: FilesWorld, session: Any, resident: Resident) -> None:
    session.add(
        Exemption(
            resident_id=resident.id,
            zone_id=resident.zone_id,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
            reason="xét nghiệm",
        )
    )


def extended(world: FilesWorld, session: Any, resident: Resident) -> None:
    order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == resident.id)).one()
    order.version += 1


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (changed_record, "The record was changed."),
        (permitted, "An absence was permitted."),
        (extended, "The order was changed."),
    ],
)
def test_an_import_to_whose_people_something_happened_is_not_undone_and_it_is_told_what(
    world: FilesWorld, happens: Callable[[FilesWorld, Any, Resident], None], told: str
) -> None:
    number = world.entered([{**AN, **ORDER}, BINH])
    an, _binh = world.people()
    with world.database.write() as session:
        happens(world, session, session.get_one(Resident, an.id))
    with world.database.read() as session:
        found = happened(session, number)
    assert (an.id, told) in [(each.resident_id, each.what.say(str)) for each in found]
    assert {each.resident_id for each in found} == {an.id}
    with pytest.raises(Conflict, match="Something has happened"), world.database.write() as session:
        undo(session, session.get_one(PeopleImport, number), world.account, NOW)
    assert len(world.people()) == 2
    assert world.file(number).state is ImportState.DONE


def test_files_and_rows_go_in_time(world: FilesWorld) -> None:
    unread = world.rows([AN])
    done = world.entered([BINH, {"full_name": "A", "birth": "x"}])
    world.entered(
        [
            {"full_name": "Tran Thi Binh", "birth": "1975", "phone": "0901112223"},
            {**BINH, "document_number": "", "birth": "1975"},
        ]
    )
    later = NOW + timedelta(days=8)
    assert purge_files(world.database, world.vault, NOW - timedelta(days=1), NOW) == 0
    assert purge_files(world.database, world.vault, NOW, later) > 0
    assert world.file(unread).state is ImportState.DROPPED
    assert all(each.cells is None and each.faults is None for number in (unread, done) for each in world.found(number))
    with pytest.raises(VaultProblem):
        world.vault.open(f"import-{unread}", "0" * 32)
    number, _an = parked(world)
    purge_files(world.database, world.vault, later, later)
    with world.database.read() as session:
        assert session.get_one(ImportRow, number).cells is not None
    assert purge_doubtful(world.database, NOW, later) == 1
    with world.database.read() as session:
        assert session.get_one(ImportRow, number).cells is None
