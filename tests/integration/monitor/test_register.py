"""Everybody in one list: each filter and each search against the same question asked of every person, page by page, on both databases."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.enrolment.columns import heading
from monitor.enrolment.files import written_people
from monitor.folding import folded, sort_key
from monitor.incidents.triage import Risk
from monitor.models.people.residents import (
    FStatus,
    Household,
    OrderState,
    Presence,
    PresenceState,
    QuarantineOrder,
    Resident,
)
from monitor.models.places import Room, Zone, ZoneKind
from monitor.models.units import AdministrativeUnit, UnitKind
from monitor.problems import BadInput
from monitor.register import listing, narrowing
from monitor.register.criteria import Criteria, Order, Standing, read_criteria, taken_apart
from monitor.register.export import rows_of
from monitor.register.listing import all_numbers, page_of
from monitor.sheets import FileKind, read_sheet

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
FAMILY, GIVEN = ("Nguyễn", "Trần", "Lê", "Đặng"), ("An", "Ánh", "Bình", "Đào", "Hoà", "Hòa", "Yến")
PEOPLE = 240


class World:
    """240 people in three zones, made of a seed; and what is known of each without asking the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        chance = random.Random(4711)
        self.people: list[dict[str, Any]] = []
        with database.write() as session:
            session.add(
                AdministrativeUnit(
                    code="25747", valid_from=date(2025, 7, 1), kind=UnitKind.WARD, name="Phường Thủ Dầu Một",
                    name_en="Thủ Dầu Một Ward", folded=" phuong thu dau mot", folded_path=" phuong thu dau mot 25747",
                )
            )  # fmt: skip
            self.zones = [self._zone(session, name) for name in ("Khu Một", "Khu Hai", "Trường Bưởi")]
            for number in range(PEOPLE):
                self._person(session, chance, number)

    def _zone(self, session: Session, name: str) -> tuple[int, list[Room]]:
        zone = Zone(name=name, kind=ZoneKind.FACILITY)
        session.add(zone)
        session.flush()
        rooms = [Room(zone_id=zone.id, name=each) for each in ("101", "A 12", "Nhà Xuân")]
        session.add_all(rooms)
        session.flush()
        return zone.id, rooms

    def _person(self, session: Session, chance: random.Random, number: int) -> None:
        zone_id, rooms = chance.choice(self.zones)
        name = f"{chance.choice(FAMILY)} {chance.choice(('Thị', 'Văn', 'Minh'))} {chance.choice(GIVEN)}"
        room = chance.choice([*rooms, None])
        household = None
        if chance.random() < 0.2:
            household = Household(zone_id=zone_id, name="H", phone=f"+8490{number:07}")
            session.add(household)
            session.flush()
        one = Resident(
            zone_id=zone_id, room_id=room.id if room else None, full_name=name, created_at=NOW,
            household_id=household.id if household else None,
            birth_date=date(chance.randrange(1930, 2024), chance.randrange(1, 13), 1),
            phone=f"+8491{number:07}" if chance.random() < 0.7 else "",
            document_number=f"0790{number:08}", f_status=chance.choice([None, *FStatus]),
            pregnant=chance.random() < 0.1, lives_alone=chance.random() < 0.2,
            unit_code=chance.choice([None, "25747"]), unit_from=date(2025, 7, 1),
        )  # fmt: skip
        session.add(one)
        session.flush()
        state = chance.choice([None, *OrderState, OrderState.ACTIVE, OrderState.ACTIVE])
        ends = NOW + timedelta(days=chance.randrange(-3, 12), hours=1)
        if state is not None:
            order = QuarantineOrder(
                resident_id=one.id, zone_id=zone_id, starts_at=NOW - timedelta(days=9), ends_at=ends, authority="A", reason="r",
                state=state,
            )  # fmt: skip
            session.add(order)
        presence = chance.choice([None, *PresenceState])
        if presence is not None:
            session.add(Presence(resident_id=one.id, zone_id=zone_id, state=presence, since=NOW, reason={}))
        kept = {"one": one, "room": room.name if room else "", "state": state, "ends": ends, "presence": presence}
        self.people.append(kept | {"household": household.phone if household else ""})

    def expected(self, test: Callable[[dict[str, Any]], bool], order: Order = Order.NAME) -> list[int]:
        """Those of everybody for whom it holds, in the order of the list."""
        keys: dict[Order, Callable[[dict[str, Any]], Any]] = {
            Order.NAME: lambda who: (sort_key(who["one"].full_name), who["one"].id),
            Order.NEWEST: lambda who: -who["one"].id,
            Order.ENDS: lambda who: (who["ends"], who["one"].id),
        }
        return [who["one"].id for who in sorted(filter(test, self.people), key=keys[order])]

    def listed(self, criteria: Criteria, zones: list[int] | None = None) -> list[int]:
        """What the pages of the list show, read to the end."""
        with self.database.read() as session:
            found, after = [], ""
            while True:
                page = page_of(session, criteria, zones, NOW, after, 7)
                found += [entry.resident.id for entry in page.entries]
                after = page.following
                if not after:
                    break
            assert found == [each for part in all_numbers(session, criteria, zones, NOW, 50) for each in part]
        return found


WAYS: dict[str, dict[str, Any]] = {
    "walks": {},
    "finds few": {"_FIRST": 3, "_SPARE": 0.7},
    "goes on": {"_FIRST": 3, "_SPARE": 0.7, "_MOST": 11, "FEW": 0, "_STRETCH": 13},
}


@pytest.fixture(params=list(WAYS))
def world(request: pytest.FixtureRequest, both_databases: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    """All ways to find a page are tried: by walking the list, by an index of the few, and by pages that are broken off."""
    for name, value in WAYS[request.param].items():
        for module in (listing, narrowing):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
    return World(both_databases)


def _in_force(who: dict[str, Any]) -> bool:
    return who["state"] is OrderState.ACTIVE and who["ends"] > NOW


def _here(who: dict[str, Any]) -> bool:
    return who["state"] in (None, OrderState.ACTIVE, OrderState.HOSPITALISED)


def test_each_filter_and_search_finds_just_whom_it_should(world: World) -> None:
    one = next(who for who in world.people if who["one"].phone)
    shared = next(who for who in world.people if who["household"])
    zone = world.zones[0][0]
    everybody = {"standing": "all"}
    words: dict[str, Callable[[dict[str, Any]], bool]] = {
        "an": lambda who: any(word.startswith("an") for word in folded(who["one"].full_name).split()),
        "hoà trần": lambda who: {"hoa", "tran"} <= set(folded(who["one"].full_name).split()),
        "ĐẶNG": lambda who: "dang" in folded(who["one"].full_name).split(),
        "101": lambda who: who["room"] == "101",
        "nguyễn 12": lambda who: who["room"] == "A 12" and "Nguyễn" in who["one"].full_name,
        "thủ dầu một": lambda who: who["one"].unit_code == "25747",
        "lê thu dau mot": lambda who: who["one"].unit_code == "25747" and who["one"].full_name.startswith("Lê"),
        "trường bưởi": lambda who: who["one"].zone_id == world.zones[2][0],
        one["one"].phone: lambda who: who is one,
        "0" + one["one"].phone[3:]: lambda who: who is one,
        one["one"].document_number: lambda who: who is one,
        shared["household"]: lambda who: who is shared,
        one["one"].phone[-4:]: lambda who: (
            one["one"].phone[-4:] in (who["one"].phone[-4:], who["household"][-4:], who["one"].document_number[-4:])
        ),
        "không ai tên này": lambda who: False,
        "%": lambda who: True,
    }
    for typed, test in words.items():
        assert world.listed(read_criteria({**everybody, "typed": typed})) == world.expected(test), typed
    filters: list[tuple[dict[str, str], Callable[[dict[str, Any]], bool]]] = [
        ({}, _here),
        ({"standing": "in_force"}, _in_force),
        ({"standing": "awaiting"}, lambda who: who["state"] is None),
        ({"standing": "hospitalised"}, lambda who: who["state"] is OrderState.HOSPITALISED),
        ({"standing": "left"}, lambda who: who["state"] is OrderState.LEFT),
        ({"zone": str(zone), **everybody}, lambda who: who["one"].zone_id == zone),
        ({"room": str(world.zones[0][1][0].id)}, lambda who: _here(who) and who["one"].room_id == world.zones[0][1][0].id),
        ({"presence": "absent", **everybody}, lambda who: who["presence"] is PresenceState.ABSENT),
        ({"f_status": "F1", **everybody}, lambda who: who["one"].f_status is FStatus.F1),
        ({"age_from": "60", **everybody}, lambda who: who["one"].birth_date <= date(1966, 11, 30)),
        ({"age_to": "17", **everybody}, lambda who: who["one"].birth_date > date(2008, 11, 30)),
        ({"risk": Risk.PREGNANT.value, **everybody}, lambda who: who["one"].pregnant),
        ({"ends_days": "3", **everybody}, lambda who: _in_force(who) and who["ends"] <= NOW + timedelta(days=3)),
        ({"unit": "25747", **everybody}, lambda who: who["one"].unit_code == "25747"),
        ({"unanswered_hours": "24", **everybody}, lambda who: True),
        ({"f_status": "F2", "zone": str(zone), "typed": "an"},
         lambda who: _here(who) and who["one"].f_status is FStatus.F2 and who["one"].zone_id == zone and words["an"](who)),
    ]  # fmt: skip
    for asked, test in filters:
        assert world.listed(read_criteria(asked)) == world.expected(test), asked
    assert world.listed(read_criteria({**everybody, "order": "newest"})) == world.expected(lambda who: True, Order.NEWEST)
    assert world.listed(Criteria(standing=Standing.ALL, order=Order.ENDS)) == world.expected(_in_force, Order.ENDS)
    # Each way to sort goes with each state, and with what also asks about orders.
    for order in Order:
        for standing in Standing:
            held = set(world.listed(Criteria(standing=standing)))
            listed = world.listed(Criteria(standing=standing, order=order))
            wanted = world.expected(lambda who, them=held: who["one"].id in them, order)  # type: ignore[misc]
            if order is Order.ENDS:
                holding = set(world.expected(_in_force))
                wanted = [each for each in wanted if each in holding]
            assert listed == wanted


def test_nobody_of_another_zone_is_ever_listed(world: World) -> None:
    mine = [world.zones[1][0]]
    assert world.listed(Criteria(standing=Standing.ALL), mine) == world.expected(lambda who: who["one"].zone_id in mine)
    foreign = next(who for who in world.people if who["one"].phone and who["one"].zone_id not in mine)
    assert world.listed(Criteria(typed=foreign["one"].phone, standing=Standing.ALL), mine) == []
    assert world.listed(Criteria(zone=world.zones[0][0], standing=Standing.ALL), mine) == []
    assert world.listed(Criteria(standing=Standing.ALL), []) == []


def test_a_changed_name_is_found_by_its_new_words_only(both_databases: Database) -> None:
    world = World(both_databases)
    someone = world.people[0]["one"].id
    with both_databases.write() as session:
        session.get_one(Resident, someone).full_name = "Ksor Hơ Nhuyên"
    assert world.listed(Criteria(typed="nhuyen ksor", standing=Standing.ALL)) == [someone]
    with both_databases.write() as session:
        session.execute(update(Resident).where(Resident.id == someone).values(name_folded=" rcom", sort_key="R"))
    assert world.listed(Criteria(typed="ksor", standing=Standing.ALL)) == []
    assert world.listed(Criteria(typed="rcom", standing=Standing.ALL)) == [someone]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"age_from": "x"}, "age_from"),
        ({"ends_days": "9999"}, "ends_days"),
        ({"presence": "asleep"}, "presence"),
        ({"zone": "-1"}, "zone"),
    ],
)
def test_what_no_list_can_be_narrowed_to_is_told(given: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as told:
        read_criteria(given)
    assert told.value.field == field


def test_criteria_are_read_as_they_were_written() -> None:
    criteria = Criteria(
        "an 101", 3, 4, Standing.OVER, PresenceState.ABSENT, 24, FStatus.F0, 16, 60, Risk.AGE, 3, 1, "25747", Order.ENDS
    )
    assert read_criteria(criteria.address()) == criteria
    assert read_criteria({}) == Criteria()
    assert (read_criteria({"age_from": "60", "age_to": "16"}).age_from, Criteria().address()) == (16, {})


def test_a_place_in_the_list_that_nobody_wrote_is_refused(both_databases: Database) -> None:
    with both_databases.read() as session:
        for after in ("x", "[]", '["a"]', '[1, "b"]', '{"a": 1}', "[null, null]"):
            with pytest.raises(BadInput):
                page_of(session, Criteria(), None, NOW, after)


def test_a_number_a_tail_and_words_are_told_apart() -> None:
    assert taken_apart("0901 234 567").number
    assert taken_apart("B1234567").number
    assert (taken_apart("4567").tail, taken_apart("4567").words) == ("4567", ("4567",))
    assert taken_apart("Trần  AN an").words == ("tran", "an")
    assert taken_apart("anh").tail == ""


@pytest.mark.parametrize("kind", list(FileKind))
def test_what_is_saved_is_what_is_listed(both_databases: Database, kind: FileKind) -> None:
    world = World(both_databases)
    criteria = Criteria(standing=Standing.ALL, f_status=FStatus.F1)
    with both_databases.read() as session:
        saved = b"".join(written_people(rows_of(session, criteria, None, NOW, "vi", numbers=True), kind, "vi"))
        bare = list(rows_of(session, criteria, None, NOW, "vi", numbers=False))
    sheet = read_sheet(saved, most_rows=1000)
    names = [cell.rstrip(" *") for cell in sheet.head]
    listed = world.listed(criteria)
    assert [int(line.cells[names.index(heading("record", "vi"))]) for line in sheet.lines] == listed
    known = {who["one"].id: who["one"] for who in world.people}
    phones = [line.cells[names.index(heading("phone", "vi"))] for line in sheet.lines]
    assert phones == [known[number].phone.replace("+84", "0") for number in listed]
    # Without the reason that numbers want, none of what is sealed leaves.
    assert not {"phone", "document_number", "household_phone", "address"} & {name for row in bare for name in row}
