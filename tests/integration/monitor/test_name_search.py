"""Names found by beginnings of their words: the same people as a plain reading of all names finds, whatever names there are."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.name_index import drop_name_index, make_name_index, named
from monitor.folding import LONGEST_KEY, folded
from monitor.models.people.residents import Resident
from monitor.models.places import Zone, ZoneKind
from monitor.register import common_names, narrowing
from monitor.register.criteria import MOST_WORDS, Criteria, Standing
from monitor.register.listing import page_of
from tests.worlds.small_zone import NOW

SYLLABLES = [
    "Nguyễn",
    "Ngô",
    "Nghiêng",
    "Nghiễng",
    "Trần",
    "Trương",
    "Thị",
    "Th",
    "Thùy",
    "Văn",
    "Vân",
    "Hơ",
    "Nhuyên",
    "Ân",
    "An",
    "Ánh",
    "Y",
    "H'",
    "Đặng",
    "Christopherson",
    "Christa",
    "Кай",
    "李",
]
PROVINCES = {
    "one surname": lambda chance: ["Nguyễn" if chance.random() < 0.38 else chance.choice(SYLLABLES), "Thị", chance.choice(SYLLABLES)],
    "all nearly alike": lambda chance: ["Ksor", chance.choice(("H", "Hơ")), chance.choice(("An", "Ân", "H"))],
    "rare words": lambda chance: ["".join(chance.choices("abcdeghiklmnopqrstuvxyăâêôơưđ", k=chance.randrange(1, 9))) for _word in range(3)],
    "short and long": lambda chance: chance.choices(SYLLABLES, k=chance.randrange(1, 12)),
}  # fmt: skip
ZONE_NAMES = ("Khu Nguyễn Trần", "Trường Zz")


@pytest.fixture(params=list(PROVINCES))
def names(request: pytest.FixtureRequest, both_databases: Database) -> dict[int, str]:
    """300 people of such a province: the words of each name, by their number."""
    chance = random.Random(request.param)
    with both_databases.write() as session:
        zones = [Zone(name=name, kind=ZoneKind.FACILITY) for name in ZONE_NAMES]
        session.add_all(zones)
        session.flush()
        people = [
            Resident(zone_id=zones[0].id, full_name=" ".join(PROVINCES[request.param](chance)), created_at=NOW)
            for _each in range(300)
        ]
        session.add_all(people)
        session.flush()
        return {each.id: each.name_folded for each in people}


def typed_among(names: dict[int, str]) -> list[str]:
    """What somebody types: beginnings of one letter and more, of several words in any order, whole words, slips, what nobody has."""
    chance = random.Random(11)
    found = [
        "n",
        "h",
        "y",
        "nguyen",
        "NGUYỄN thị",
        "nguyen tran",
        "thi zz",
        "nghieng",
        "nghiengg",
        "christo",
        "christopherson an",
        "ngyuen",
    ]
    for name in chance.sample(list(names.values()), 10):
        words = name.split()
        chance.shuffle(words)
        found += [" ".join(words), " ".join(word[: chance.randrange(1, 8)] for word in words), f"{words[0]} {words[0][:1]}"]
    # Where all are called nearly alike, the same is typed again and again.
    return list(dict.fromkeys(found))


def listed(session: Session, typed: str) -> set[int]:
    found: set[int] = set()
    after = ""
    while True:
        page = page_of(session, Criteria(typed=typed, standing=Standing.ALL), None, NOW, after, 40)
        found |= {each.resident.id for each in page.entries}
        after = page.following
        if not after:
            return found


def plainly(names: dict[int, str], typed: str) -> set[int]:
    words = list(dict.fromkeys(folded(typed).split()))[:MOST_WORDS]
    return {number for number, name in names.items() if all(f" {word}" in name for word in words)}


def test_the_index_finds_whom_a_plain_reading_of_all_names_finds(both_databases: Database, names: dict[int, str]) -> None:
    with both_databases.read() as session:
        for typed in typed_among(names):
            words = list(dict.fromkeys(folded(typed).split()))[:MOST_WORDS]
            assert set(session.scalars(named(session, words))) == plainly(names, typed), typed


def placed(names: dict[int, str], typed: str) -> set[int]:
    """Where nobody has all of the words: the last ones are those of a zone's name. Everybody is in the first zone."""
    words = folded(typed).split()
    for split in range(len(words)):
        zones = [name for name in ZONE_NAMES if all(f" {word}" in folded(name) for word in words[split:])]
        there = plainly(names, " ".join(words[:split])) if zones else set()
        if there:
            return there if ZONE_NAMES[0] in zones else set()
    return set()


@pytest.mark.parametrize(("few", "first", "sure"), [(4000, 300, 12), (0, 2, 12), (0, 2, 1), (20, 2, 12)])
def test_the_list_shows_them_whether_they_are_looked_up_or_taken_for_many(
    both_databases: Database, names: dict[int, str], monkeypatch: pytest.MonkeyPatch, few: int, first: int, sure: int
) -> None:
    monkeypatch.setattr(narrowing, "FEW", few)
    monkeypatch.setattr("monitor.register.listing.FEW", few)
    monkeypatch.setattr("monitor.register.listing._FIRST", first)
    monkeypatch.setattr(common_names, "_SURE", sure)
    with both_databases.read() as session:
        for typed in typed_among(names):
            wanted = plainly(names, typed) or placed(names, typed)
            assert listed(session, typed) == wanted, typed


def test_what_no_word_is_stands_in_no_index_and_harms_none(both_databases: Database) -> None:
    with both_databases.write() as session:
        zone = Zone(name="Khu A", kind=ZoneKind.FACILITY)
        session.add(zone)
        session.flush()
        cut = folded("ab " * 200)[:LONGEST_KEY]
        for name in ("", " ", "  an  binh ", cut):
            one = Resident(zone_id=zone.id, full_name="x", created_at=NOW)
            session.add(one)
            session.flush()
            one.name_folded = name
    with both_databases.read() as session:
        assert len(session.scalars(named(session, ["an", "b"])).all()) == 1
        assert len(session.scalars(named(session, ["ab"])).all()) == 1
        assert session.scalar(select(func.count()).select_from(Resident)) == 4


def test_postgresql_asks_the_index_and_makes_it_once_in_place_of_the_old_one(both_databases: Database) -> None:
    if both_databases.is_sqlite:
        pytest.skip("SQLite keeps a table of its own")
    with both_databases.engine.begin() as connection:
        drop_name_index(connection)
        connection.execute(text("CREATE INDEX name_index_words ON resident USING gin (to_tsvector('simple', name_folded))"))
        for _again in range(2):
            make_name_index(connection)
        there = connection.scalars(text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'name_index%'"))
        assert there.all() == ["name_index_beginnings"]
    with both_databases.read() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        asked = named(session, ["nguyen", "thi"]).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}".replace(":", "\\:"))))
        assert "name_index_beginnings" in plan
