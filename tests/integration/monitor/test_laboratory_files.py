"""A laboratory's file, on both databases: sure by numbers, parked where only a name speaks for it, and twice is once."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.laboratory.columns import places_of, read_result_word
from monitor.laboratory.files import Taken, decide, judge_sheet, parked_rows, take_over
from monitor.laboratory.matching import Fate
from monitor.laboratory.steps import note_result, plan, send, take
from monitor.models.accounts import Role
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState, ParkedResult, ResultSource
from monitor.models.people.residents import Resident
from monitor.problems import BadInput, Conflict, NotFound
from monitor.sheets import read_sheet
from tests.worlds.small_zone import NOW, add_zone

TODAY = date(2026, 11, 23)
HEAD = "STT,Mã mẫu,Số CCCD,Họ và tên,Ngày sinh,Kết quả,Ngày trả kết quả\n"


class World:
    """Three people with a sample at the laboratory each, numbers L1 to L3, and one in another zone."""

    def __init__(self, database: Database) -> None:
        self.database = database
        names = ("Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Châu")
        self.zone, self.people = add_zone(database, residents=names)
        self.other, _theirs = add_zone(database, "Khu B", ("Nguyễn Thị An",))
        with database.write() as session:
            self.nurse = add_account(session, "dieuduong", "một mật khẩu dài", Role.STAFF, zones=[self.zone], now=NOW).id
            for number, resident_id in enumerate(self.people, start=1):
                resident = session.get_one(Resident, resident_id)
                resident.birth_date, resident.document_number = date(1980 + number, 2, 3), f"07908000000{number}"
                plan(session, [(resident, [TODAY])], LabTestKind.PCR, "", self.nurse, NOW)
        for number, test in enumerate(self.tests(), start=1):
            with database.write() as session:
                take(session, test.id, f"L{number}", self.nurse, NOW)
                send(session, test.id, "", "CDC", self.nurse, NOW)

    def tests(self) -> list[LaboratoryTest]:
        with self.database.read() as session:
            return list(session.scalars(select(LaboratoryTest).order_by(LaboratoryTest.id)))

    def judged(self, *rows: str, head: str = HEAD) -> list[tuple[Fate, str]]:
        sheet = read_sheet((head + "\n".join(rows)).encode(), most_rows=100)
        with self.database.read() as session:
            found = judge_sheet(session, sheet, [self.zone], NOW)
        return [(each.fate, each.why[0].template if each.why else "") for each in found]

    def fates(self, *rows: str, head: str = HEAD) -> list[Fate]:
        return [fate for fate, _why in self.judged(*rows, head=head)]

    def apply(self, *rows: str) -> Taken:
        sheet = read_sheet((HEAD + "\n".join(rows)).encode(), most_rows=100)
        with self.database.write() as session:
            return take_over(session, judge_sheet(session, sheet, [self.zone], NOW), self.nurse, NOW)


@pytest.fixture
def world(both_databases: Database) -> World:
    return World(both_databases)


def test_numbers_are_sure_and_a_name_alone_is_parked(world: World) -> None:
    rows = (
        "1,L1,,,,Âm tính,23/11/2026",
        "2,,079080000002,Tran Van Binh,03/02/1982,NEGATIVE,2026-11-23",
        "3,,,LÊ THỊ CHÂU,03/02/1983,Dương tính (+),22/11/2026 08:15",
        "4,L9,,Người Khác,01/01/1990,Âm tính,23/11/2026",
        "5,L3,,,,chưa có,31/02/2026",
    )
    assert world.fates(*rows) == [Fate.SURE, Fate.SURE, Fate.DOUBTFUL, Fate.REFUSED, Fate.REFUSED]
    assert world.apply(*rows) == Taken(noted=2, parked=1, refused=2)
    an, binh, chau = world.tests()
    assert (an.result, an.source, an.result_on) == (LabResult.NEGATIVE, ResultSource.LABORATORY, TODAY)
    assert binh.result is LabResult.NEGATIVE
    assert (chau.state, chau.result) == (LabTestState.SENT, None)


def test_the_same_file_again_changes_nothing(world: World) -> None:
    rows = ("1,L1,,,,Âm tính,23/11/2026", "2,,,LÊ THỊ CHÂU,03/02/1983,Âm tính,23/11/2026")
    world.apply(*rows)
    before = [vars(test)["resulted_at"] for test in world.tests()]
    assert world.apply(*rows) == Taken(there=2)
    assert [vars(test)["resulted_at"] for test in world.tests()] == before
    with world.database.read() as session:
        (parked,) = parked_rows(session, [world.zone])
    with world.database.write() as session:
        decide(session, parked.parked.id, "nobody", [world.zone], world.nurse, NOW)
    # Nor after somebody has decided.
    assert world.apply(*rows) == Taken(there=2)


@pytest.mark.parametrize(
    "row",
    [
        "1,L1,,Trần Văn Bình,,Âm tính,23/11/2026",
        "1,L1,,,04/02/1981,Âm tính,23/11/2026",
        "1,L1,079080000002,,,Âm tính,23/11/2026",
        "1,,079080000001,Nguyễn Thị An,,Âm tính,23/11/2026",
        "1,,079080000001,,04/02/1981,Âm tính,23/11/2026",
        "1,X7,079080000001,,03/02/1981,Âm tính,23/11/2026",
    ],
)
def test_what_contradicts_itself_is_parked(world: World, row: str) -> None:
    assert world.fates(row) == [Fate.DOUBTFUL]
    world.apply(row)
    assert {test.state for test in world.tests()} == {LabTestState.SENT}


def test_two_rows_that_say_different_things_of_one_test_are_both_parked(world: World) -> None:
    rows = (
        "1,L1,,,,Âm tính,23/11/2026",
        "2,L1,,,,Dương tính,23/11/2026",
        "3,L2,,,,Âm tính,23/11/2026",
        "4,L2,,,,Âm tính,23/11/2026",
    )
    assert world.fates(*rows) == [Fate.DOUBTFUL, Fate.DOUBTFUL, Fate.SURE, Fate.THERE]


def test_another_result_than_the_one_that_stands_there_is_never_written_over(world: World) -> None:
    with world.database.write() as session:
        first = world.tests()[0].id
        note_result(session, first, LabResult.NEGATIVE, TODAY, ResultSource.STAFF, world.nurse, NOW)
    assert world.apply("1,L1,,,,Dương tính,23/11/2026") == Taken(parked=1)
    assert world.tests()[0].result is LabResult.NEGATIVE


def test_people_of_other_zones_are_not_found(world: World) -> None:
    with world.database.write() as session:
        there = session.scalars(select(Resident).where(Resident.zone_id == world.other)).one()
        there.document_number, there.birth_date = "079080000009", date(1990, 1, 1)
    assert world.fates("1,,079080000009,,01/01/1990,Âm tính,23/11/2026") == [Fate.REFUSED]


def test_a_person_decides_about_a_parked_row_once(world: World) -> None:
    world.apply("1,,,LÊ THỊ CHÂU,1983,Dương tính,23/11/2026")
    with world.database.read() as session:
        (waiting,) = parked_rows(session, [world.zone])
        assert parked_rows(session, [world.other]) == []
    assert waiting.cells["full_name"] == "LÊ THỊ CHÂU"
    ((chau, (test,)),) = waiting.people
    assert chau.id == world.people[2]
    for zones, chosen, problem in (
        ([world.other], f"test-{test.id}", NotFound),
        ([world.zone], f"test-{world.tests()[0].id}", BadInput),
        ([world.zone], "", BadInput),
    ):
        with pytest.raises(problem), world.database.write() as session:
            decide(session, waiting.parked.id, chosen, zones, world.nurse, NOW)
    with world.database.write() as session:
        decide(session, waiting.parked.id, f"test-{test.id}", [world.zone], world.nurse, NOW)
    with pytest.raises(Conflict), world.database.write() as session:
        decide(session, waiting.parked.id, "nobody", [world.zone], world.nurse, NOW)
    assert world.tests()[2].result is LabResult.POSITIVE
    with world.database.read() as session:
        # What the row said of a person is not kept any longer than somebody needs it.
        assert session.scalars(select(ParkedResult)).one().cells is None


def test_a_result_of_somebody_without_a_test_is_kept_when_a_person_says_so(world: World) -> None:
    world.apply("1,,079080000001,,03/02/1981,Âm tính,23/11/2026")
    world.apply("1,,079080000001,,03/02/1981,Dương tính,22/11/2026")
    with world.database.read() as session:
        (waiting,) = parked_rows(session, None)
    with world.database.write() as session:
        decide(session, waiting.parked.id, f"resident-{world.people[0]}", None, world.nurse, NOW)
    assert [(test.due_on, test.result) for test in world.tests() if test.resident_id == world.people[0]] == [
        (TODAY, LabResult.NEGATIVE),
        (date(2026, 11, 22), LabResult.POSITIVE),
    ]


@pytest.mark.parametrize(
    "head", ["Tên,Tuổi", "Mã mẫu,Kết quả", "Họ tên,Kết quả,Ngày kết quả", "Mã mẫu,Sample ID,Kết quả,Ngày kết quả"]
)
def test_a_file_that_says_not_whose_results_it_has_is_told(head: str) -> None:
    with pytest.raises(BadInput):
        places_of(head.split(","))


def test_only_words_that_are_sure_are_a_result() -> None:
    assert read_result_word("ÂM TÍNH") is LabResult.NEGATIVE
    assert read_result_word("Positive (CT 22)") is LabResult.POSITIVE
    assert read_result_word("( - )") is LabResult.NEGATIVE
    assert read_result_word("âm tính, nghi ngờ") is None
    assert read_result_word("") is None
