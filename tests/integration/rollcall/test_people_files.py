"""Files of people from the upload to the last decision, on both databases: what is refused, found, entered, decided and undone."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from monitor.database.database import Database
from monitor.enrolment.columns import WRONG
from monitor.enrolment.details import read_details
from monitor.enrolment.enrolling import Place, enrol
from monitor.enrolment.files import Filed, cells_of, written_people
from monitor.enrolment.imports.comparing import compare_rows
from monitor.enrolment.imports.deciding import look_alike
from monitor.enrolment.imports.leases import LEASE, MOST_ATTEMPTS, claim
from monitor.enrolment.imports.uploading import BOUNDS, Uploader, came_before, upload
from monitor.enrolment.known_details import details_of
from monitor.enrolment.orders import ORDER_FIELDS, OrderDetails
from monitor.models.accounts import AuditEntry
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.residents import Household, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.problems import BadInput
from monitor.sheets import FileKind, written_csv
from monitor.trail.actions import Action
from monitor.trail.audit import first_broken
from monitor.vault.vault import Vault
from monitor.words import Words
from rollcall.jobs import TAKE_IN_PEOPLE
from rollcall.work.job_keeper import sweep
from tests.doubles.workbooks import bomb, far_corner, packed_otherwise, zipped
from tests.processes.killing import killed_at_every_step
from tests.worlds.people_files import AN, BINH, NOW, ORDER, FilesWorld, world_again

READY, REFUSED, THERE, PARKED, ENTERED = (
    RowState.READY,
    RowState.REFUSED,
    RowState.THERE,
    RowState.PARKED,
    RowState.ENTERED,
)
# An without any number: only name, day and telephone speak for it.
AN_AGAIN = {"full_name": "Nguyen Van An", "birth": "05/09/1980", "phone": "0901234567"}


@pytest.fixture
def world(both_databases: Database, vault: Vault) -> FilesWorld:
    return FilesWorld(both_databases, vault)


def test_people_are_entered_with_order_room_and_household(world: FilesWorld) -> None:
    household = {"household": "Hộ ông An", "household_phone": "0907654321"}
    number = world.rows([{**AN, **ORDER, **household, "room": "101"}, {**BINH, "household": "Hộ ông An", "zone": "khu a"}])
    assert world.states(number) == [READY, READY]
    assert world.people() == []
    world.enter(number)
    an, binh = world.people()
    with world.database.read() as session:
        orders = session.scalars(select(QuarantineOrder)).all()
        (home,) = session.scalars(select(Household)).all()
        room = session.get_one(Room, an.room_id)
        trail = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.PERSON_ENTERED)).all()
        assert first_broken(session) is None
    assert (an.full_name, an.phone, room.name, an.household_id) == ("Nguyễn Văn An", "+84901234567", "101", home.id)
    assert (binh.household_id, home.phone, len(orders)) == (home.id, "+84907654321", 2)
    assert [(each.resident_id, each.account_id, each.details["file"]) for each in trail] == [
        (an.id, world.account, number),
        (binh.id, world.account, number),
    ]
    assert world.file(number).state is ImportState.DONE
    # What the cells said stands in the people's rows alone.
    assert all(each.cells is None for each in world.found(number))


def test_every_fault_of_a_row_is_told_by_its_field(world: FilesWorld) -> None:
    wrong: list[dict[str, str]] = [
        {"full_name": "A", "birth": "31/02/1980", "phone": "9.12E+08"},
        {"full_name": "B", "starts_at": "14/12/2026", "ends_at": "30/11/2026", "authority": "UBND"},
        {"full_name": "C", "zone": "Khu C"},
        {"full_name": "D", "room": "999"},
        {"full_name": "", "sex": "Nam"},
        {"full_name": "E", "starts_at": "30/11/2026", "ends_at": "14/12/2026"},
        {"full_name": "F", "household_phone": "0907654321"},
        {"full_name": "G", "record": "17"},
    ]
    number = world.rows(wrong)
    assert world.states(number) == [REFUSED] * len(wrong)
    assert world.faults(number) == [
        ["phone", "birth"],
        ["ends_at"],
        ["zone"],
        ["room"],
        ["full_name"],
        ["authority"],
        ["household_phone"],
        ["record"],
    ]
    sentences = [Words.load(fault["words"]).say(str) for fault in world.found(number)[2].faults]
    assert sentences == ["You work in no zone “Khu C”. Write one of these: Khu A, Khu B."]


def test_row_4711_alone_is_refused_and_named(database: Database, vault: Vault) -> None:
    world = FilesWorld(database, vault)
    rows = [{"full_name": f"Người {place}"} for place in range(4800)]
    rows[4709]["birth"] = "31/02/1980"
    number = world.rows(rows)
    refused = [each for each in world.found(number) if each.state is REFUSED]
    assert [(each.number, each.faults[0]["field"]) for each in refused] == [(4711, "birth")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (bomb, "The file cannot be read as a table"),
        (far_corner, "The file cannot be read as a table"),
        (lambda: packed_otherwise(14), "The file cannot be read as a table"),
        (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel file"),
        (lambda: b"name;phone\nA;1\n", "does not name the columns of people"),
        (
            "Họ và tên,Giới tính,Ngày sinh,SĐT,CCCD\nA,,,,\n".encode,
            "lacks these columns: From date, To date, Authority",
        ),
        (lambda: written_csv([["ho ten", "ten"], ["A", "B"]]).encode(), "Two columns are both “Full name”"),
        (lambda: b"".join(written_people([], FileKind.CSV, "vi")), "has no rows"),
        (
            lambda: b"".join(written_people(({"full_name": "A"} for _ in range(50_000)), FileKind.CSV, "vi")),
            "more than 20000 rows",
        ),
    ],
)
def test_what_is_no_file_of_people_is_told_and_nothing_is_kept(
    database: Database, vault: Vault, content: Callable[[], bytes], told: str
) -> None:
    world = FilesWorld(database, vault)
    number = world.send(content())
    row = world.file(number)
    assert row.state is ImportState.FAILED
    assert told in Words.load(row.problem or {}).say(str)
    assert row.file is None
    assert world.found(number) == []
    assert list((vault._files).rglob("*.*")) == []


def test_a_bomb_of_a_size_that_is_let_in_is_unpacked_no_further_than_allowed(database: Database, vault: Vault) -> None:
    world = FilesWorld(database, vault)
    large = zipped({"xl/worksheets/sheet1.xml": bytes(BOUNDS.most_unpacked + 1)})
    assert len(large) < 2**20
    told = Words.load(world.file(world.send(large)).problem or {}).say(str)
    assert told == "Unpacked, the file is larger than 150 MB. Copy the rows alone into a new file."


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(database: Database, vault: Vault) -> None:
    world = FilesWorld(database, vault)
    with pytest.raises(BadInput, match="larger than 12 MB"):
        world.send(bytes(BOUNDS.most_bytes + 1))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(PeopleImport)) == 0


def test_the_example_row_and_unknown_columns_are_left_out(world: FilesWorld) -> None:
    head = ["STT", "Họ và tên", "Giới", "Năm sinh", "SĐT", "Số CCCD", "Từ ngày", "Đến ngày", "Cơ quan", "Chiều cao (cm)"]
    lines = [["1", "Ví dụ: Nguyễn A", *[""] * 8], ["2", "Trần B", "nu", "1980", "912345678", "79180001234", *[""] * 3, "170"]]
    number = world.send(written_csv([head, *lines]).encode())
    (row,) = world.found(number)
    assert (row.number, row.state) == (3, READY)
    # Of 1980 and a woman: the zero in front was lost.
    assert [each["field"] for each in row.hints] == ["document_number"]
    assert world.file(number).unknown == ["Chiều cao (cm)"]
    world.enter(number)
    (person,) = world.people()
    assert (person.phone, person.document_number) == ("+84912345678", "079180001234")


def test_who_is_there_is_told_parked_or_entered_by_how_sure_it_is(world: FilesWorld) -> None:
    world.entered([AN])
    # With a card of their own: twins, or namesakes of one house.
    rows = [{"full_name": "Ai đó", "document_number": "079 080 001 234"}, {**AN_AGAIN, "document_number": "079080009999"}]
    number = world.rows([*rows, {"full_name": "Nguyễn Văn An"}])
    doubtful = world.rows([AN_AGAIN])
    assert (world.states(number), world.states(doubtful)) == ([THERE, READY, READY], [PARKED])
    (an,) = world.people()
    assert [each.match_id for each in (*world.found(number), *world.found(doubtful))] == [an.id, an.id, None, an.id]
    world.enter(doubtful)
    world.enter(number)
    assert (world.states(number), world.states(doubtful)) == ([THERE, ENTERED, ENTERED], [PARKED])
    assert len(world.people()) == 3


def test_the_same_person_twice_in_one_file_is_entered_once(world: FilesWorld) -> None:
    number = world.rows([AN, {"full_name": "Nguyen An", "document_number": "079080001234"}, AN_AGAIN])
    assert world.states(number) == [READY, THERE, PARKED]
    assert [each.match_row for each in world.found(number)] == [None, 2, 2]
    world.enter(number)
    (an,) = world.people()
    with world.database.read() as session:
        found = look_alike(session, session.scalars(select(ImportRow).where(ImportRow.state == PARKED)).one())
    assert found is not None
    assert found.id == an.id


@pytest.mark.parametrize(("choice", "states", "rooms"), [("refuse", [ENTERED, REFUSED], 1), ("without", [ENTERED, ENTERED], 1)])
def test_two_for_one_bed(world: FilesWorld, choice: str, states: list[RowState], rooms: int) -> None:
    number = world.rows([{**AN, "room": "101"}, {**BINH, "room": "101"}])
    assert [each.no_bed for each in world.found(number)] == [False, True]
    world.enter(number, room_full=choice)
    assert world.states(number) == states
    assert sum(each.room_id is not None for each in world.people()) == rooms
    assert world.faults(number)[1] == (["room"] if choice == "refuse" else [])


def test_two_telephones_of_one_household_are_told(world: FilesWorld) -> None:
    home = {"household": "Hộ 1"}
    number = world.rows(
        [
            {"full_name": "A", **home, "household_phone": "0907654321"},
            {"full_name": "B", **home},
            {"full_name": "C", **home, "household_phone": "0907654322"},
        ]
    )
    assert world.states(number) == [READY, READY, REFUSED]
    world.enter(number)
    again = world.rows([{"full_name": "D", **home, "household_phone": "0907654322"}, {"full_name": "E", **home}])
    assert world.faults(again) == [["household_phone"], []]
    world.enter(again)
    assert len({each.household_id for each in world.people()}) == 1


def test_what_changed_between_the_look_and_the_entering_is_met(world: FilesWorld) -> None:
    number = world.rows([AN, {**BINH, "zone": "Khu B"}])
    with world.database.write() as session:
        details, _faults = read_details({**AN, "full_name": "Nguyễn An"}, NOW.date())
        assert details is not None
        enrol(session, details, Place(world.zone), None, world.account, NOW)
        session.execute(update(Zone).where(Zone.id == world.other).values(closed_at=NOW))
    world.enter(number)
    assert world.states(number) == [THERE, REFUSED]
    assert world.faults(number)[1] == ["zone"]


def test_refused_rows_come_back_as_a_file_that_is_mended_and_sent_again(world: FilesWorld) -> None:
    number = world.entered([AN, {**BINH, "birth": "31/02/1975", "address": "=1+1"}])
    rows = [{**each.cells, WRONG: "Ngày sinh: Không có ngày này."} for each in world.found(number) if each.state is REFUSED]
    for kind in FileKind:
        content = b"".join(
            written_people(
                rows, kind, "vi", ("full_name", *ORDER, "sex", "birth", "phone", "document_number", "address"), wrong=True
            )
        )
        again = world.send(content)
        assert (world.states(again), world.faults(again), world.file(again).unknown) == ([REFUSED], [["birth"]], [])
    rows[0]["birth"] = "28/02/1975"
    assert world.entered(rows)
    assert [each.full_name for each in world.people()] == ["Nguyễn Văn An", "Trần Thị Bình"]
    assert world.people()[1].address == "=1+1"


def exported(world: FilesWorld) -> list[dict[str, str]]:
    """As the list of people writes them into a file."""
    with world.database.read() as session:
        zones = {each.id: each for each in session.scalars(select(Zone))}
        rooms = {each.id: each.name for each in session.scalars(select(Room))}
        homes = {each.id: each for each in session.scalars(select(Household))}
        orders = {each.resident_id: each for each in session.scalars(select(QuarantineOrder))}
    found = []
    for each in world.people():
        order, home = orders.get(each.id), homes.get(each.household_id or 0)
        said = OrderDetails(**{name: getattr(order, name) for name in ORDER_FIELDS}) if order else None
        zone = zones[each.zone_id]
        filed = Filed(
            details_of(each),
            each.id,
            zone.name,
            zone.timezone,
            rooms.get(each.room_id or 0, ""),
            home.name if home else "",
            home.phone if home else "",
            "",
            each.arrived_at,
            said,
        )
        found.append(cells_of(filed, "vi"))
    return found


def everything(world: FilesWorld) -> list[Any]:
    with world.database.read() as session:
        tables = (Resident, QuarantineOrder, Household)
        return [session.execute(select(*table.__table__.columns).order_by(table.id)).all() for table in tables]


@pytest.mark.parametrize("kind", FileKind)
def test_what_is_exported_and_imported_changes_nothing(world: FilesWorld, kind: FileKind) -> None:
    full = {
        **{"f_status": "F1", "nationality": "KR", "language": "en", "vaccine_doses": "2", "last_dose_on": "01/06/2026"},
        **{
            "insurance_number": "DN4740112345678",
            "earlier_number": "024123456",
            "help_needed": "@đi lại",
            "number": "12/QĐ-UBND",
        },
        **{"home_possible": "Không", "supplies_ensured": "Có", "pregnant": "có", "arrived_at": "29/11/2026 14:30"},
    }
    nobody_knows = {"full_name": "Không Ai Biết"}
    world.entered([{**AN, **ORDER, **full, "room": "101", "household": "H"}, BINH, nobody_knows, nobody_knows])
    before = everything(world)
    number = world.rows(exported(world), kind)
    assert world.states(number) == [THERE] * 4
    world.enter(number)
    assert everything(world) == before


def test_the_same_file_again_is_told_and_doubles_nobody(world: FilesWorld) -> None:
    rows = [AN, BINH, {"full_name": "Chỉ Có Tên"}]
    first = world.entered(rows)
    second = world.rows(rows)
    assert world.states(second) == [THERE] * 3
    with world.database.read() as session:
        (told,) = came_before(session, session.get_one(PeopleImport, second))
    assert (told.id, told.at, told.by, told.undone) == (first, NOW, "phutrach", False)
    with pytest.raises(BadInput, match="imported before"):
        world.enter(second)
    world.enter(second, knowing=True)
    assert len(world.people()) == 3


def test_a_worker_killed_at_any_step_loses_nobody_and_enters_nobody_twice(both_databases: Database, tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    world = FilesWorld(both_databases, Vault(folder, bytes(32)))
    chance = random.Random(5)
    rows = [{"full_name": f"Người {number}", "document_number": f"{chance.randrange(10**12):012d}"} for number in range(620)]
    with world.database.write() as session:
        content = b"".join(written_people(rows, FileKind.CSV, "vi"))
        number = upload(session, world.vault, content, "x.csv", world.zone, Uploader(world.account, None), NOW).id
    url = both_databases.engine.url.render_as_string(hide_password=False)

    runs: list[str] = []

    def work_to_the_end() -> None:
        # Later than what the dead one had in hand.
        work, now = world_again(url, folder), NOW + len(runs) * 2 * LEASE
        while work.step(now):
            pass

    for part in ("read", "entered"):
        both_databases.dispose()
        for _step in killed_at_every_step(work_to_the_end):
            runs.append(part)
        if part == "read":
            assert world.states(number) == [READY] * 620
            world.confirm(number)
    # Read, judged in two pieces, compared; entered in three pieces.
    assert len(runs) > 8
    assert world.file(number).state is ImportState.DONE
    people = world.people()
    assert sorted(each.full_name for each in people) == sorted(each["full_name"] for each in rows)
    assert [each.resident_id for each in world.found(number)] == [each.id for each in people]
    with world.database.read() as session:
        assert first_broken(session) is None


def test_two_workers_never_do_the_same_piece(world: FilesWorld) -> None:
    number = world.rows([AN])
    with world.database.write() as session:
        session.execute(
            update(PeopleImport).where(PeopleImport.id == number).values(state=ImportState.JUDGING, next_attempt_at=NOW)
        )
    first = claim(world.database, "one", NOW)
    assert first is not None
    assert claim(world.database, "two", NOW) is None
    second = claim(world.database, "two", NOW + 2 * LEASE)
    assert second is not None
    # The one that was thought dead comes back: its piece is left undone.
    compare_rows(world.database, first, NOW)
    assert world.file(number).state is ImportState.JUDGING
    compare_rows(world.database, second, NOW)
    assert world.file(number).state is ImportState.READ


def test_a_file_at_which_workers_die_again_and_again_is_given_up_in_words(world: FilesWorld) -> None:
    number = world.rows([AN])
    with world.database.write() as session:
        waiting = {"state": ImportState.JUDGING, "next_attempt_at": NOW, "attempts": MOST_ATTEMPTS}
        session.execute(update(PeopleImport).where(PeopleImport.id == number).values(**waiting))
    world.run()
    row = world.file(number)
    assert row.state is ImportState.FAILED
    assert "could not be worked on" in Words.load(row.problem or {}).say(str)


@pytest.mark.postgresql
def test_a_file_that_waits_without_a_job_gets_one(postgresql: Database, vault: Vault) -> None:
    world = FilesWorld(postgresql, vault)
    world.rows([AN])
    # What the last piece asked for; there was nothing left to do.
    with postgresql.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        session.execute(update(PeopleImport).values(state=ImportState.JUDGING, next_attempt_at=NOW))
    assert sweep(postgresql, NOW) == 1
    assert sweep(postgresql, NOW) == 0
    with postgresql.read() as session:
        assert session.execute(text("SELECT task_name FROM procrastinate_jobs")).all() == [(TAKE_IN_PEOPLE.name,)]
