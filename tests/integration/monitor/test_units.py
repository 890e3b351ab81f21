"""Administrative units: what the file holds, how it comes into the tables, and what people find by which words, on both databases."""

from __future__ import annotations

import gzip
import os
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.folding import folded
from monitor.models.units import AdministrativeUnit, UnitKind, UnitSuccession
from monitor.places.units import build
from monitor.places.units.loading import FILE, load_units
from monitor.places.units.naming import in_english, kind_of
from monitor.places.units.search import UnitKey, choices, key_of, meant, search_units, unit_of
from monitor.service.cli import root
from tests.worlds.small_zone import NOW

NEW, OLD = date(2025, 7, 1), date(2004, 7, 8)


@pytest.fixture(scope="module")
def lines() -> list[dict[str, str]]:
    head, *rest = gzip.decompress(FILE.read_bytes()).decode().splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in rest]


def test_the_file_holds_both_trees_whole_and_each_old_unit_leads_to_one_of_today(lines: list[dict[str, str]]) -> None:
    by_key = {(line["from"], line["code"]): line for line in lines}
    assert len(by_key) == len(lines)

    def level(line: dict[str, str]) -> int:
        return level(by_key[line["from"], line["parent"]]) + 1 if line["parent"] else 0

    counts: dict[tuple[str, int], int] = {}
    for line in lines:
        counts[line["from"], level(line)] = counts.get((line["from"], level(line)), 0) + 1
        successors = [each.removesuffix("?") for each in line["into"].split(",") if each]
        assert bool(successors) == bool(line["to"]), line
        assert all((NEW.isoformat(), each) in by_key for each in successors)
        assert kind_of(line["name"], level(line)) is not UnitKind.NEIGHBOURHOOD
    assert counts == {
        (OLD.isoformat(), 0): 63,
        (OLD.isoformat(), 1): 696,
        (OLD.isoformat(), 2): 10_035,
        (NEW.isoformat(), 0): 34,
        (NEW.isoformat(), 1): 3_321,
    }


def test_the_script_refuses_another_edition_and_writes_the_same_bytes_each_time(tmp_path: Path) -> None:
    (tmp_path / "other.whl").write_bytes(b"PK")
    with pytest.raises(ValueError, match="not the edition"):
        build.read(tmp_path / "other.whl")
    old = {
        "provinceKey": "p",
        "districtKey": "d",
        "provinceCode": "01",
        "districtCode": "001",
        "province": "Tỉnh P",
        "district": "Quận D",
    }
    place = {f"{level}{axis}": 10.0 for level in ("province", "district", "ward") for axis in ("Lat", "Lon")}
    wards = [
        {"wardKey": "a", "wardCode": "00001", "ward": "Phường A"},
        {"wardKey": "b", "wardCode": "00002", "ward": "Phường B"},
    ]
    new = {"provinceKey": "n", "provinceCode": "02", "province": "Tỉnh N"}
    became = {
        "DICT_PROVINCE": {"n": ["p"]},
        "DICT_PROVINCE_WARD_NO_DIVIDED": {"n": {"a": ["p_d_a"]}},
        "DICT_PROVINCE_WARD_DIVIDED": {
            "n": {"p_d_b": [{"newWardKey": "a", "isDefaultNewWard": False}, {"newWardKey": "b", "isDefaultNewWard": True}]}
        },
    }
    source = build.Source([new | place | ward for ward in wards], [old | place | ward for ward in wards], became)
    made = build.written(build.rows(source))
    assert made == build.written(build.rows(source))
    told = {tuple(line.split("\t")[:2]): line.split("\t")[-1] for line in gzip.decompress(made).decode().splitlines()[1:]}
    assert told["00002", "2004-07-08"] == "00001?,00002"
    assert told["001", "2004-07-08"] == "00001?,00002?"
    assert told["01", "2004-07-08"] == "02"


@pytest.mark.skipif("QUARANTINE_TEST_UNITS" not in os.environ, reason="QUARANTINE_TEST_UNITS names the downloaded package")
def test_the_file_is_what_the_script_makes_of_the_package() -> None:
    assert build.written(build.rows(build.read(Path(os.environ["QUARANTINE_TEST_UNITS"])))) == FILE.read_bytes()


@pytest.mark.parametrize(
    ("name", "level", "kind", "english"),
    [
        ("Thành phố Hà Nội", 0, UnitKind.CENTRAL_CITY, "Hà Nội City"),
        ("Thành phố Thủ Dầu Một", 1, UnitKind.PROVINCIAL_CITY, "Thủ Dầu Một City"),
        ("Quận 1", 1, UnitKind.URBAN_DISTRICT, "District 1"),
        ("Phường 12", 2, UnitKind.WARD, "Ward 12"),
        ("Xã Đô Lương", 1, UnitKind.COMMUNE, "Đô Lương Commune"),
        ("Đặc khu Côn Đảo", 1, UnitKind.SPECIAL_ZONE, "Côn Đảo Special Zone"),
        ("Khu phố 4", 2, UnitKind.NEIGHBOURHOOD, "Khu phố 4"),
    ],
)
def test_names_say_the_kind(name: str, level: int, kind: UnitKind, english: str) -> None:
    assert (kind_of(name, level), in_english(name, level)) == (kind, english)


def test_letters_are_plain_however_they_were_typed() -> None:
    assert folded("Hoà  BÌNH-Đông") == folded("hòa bi\u0300nh đông") == " hoa binh dong"


def test_units_are_loaded_once_found_as_people_type_and_old_ones_lead_to_new_ones(both_databases: Database) -> None:
    assert load_units(both_databases, NOW)
    assert not load_units(both_databases, NOW)
    with both_databases.write() as session:
        # Neighbourhoods are a level more, added by whoever needs them; they stay when the file is loaded again.
        session.add(
            AdministrativeUnit(
                code="KP4",
                valid_from=date(2026, 1, 1),
                parent_code="25747",
                parent_from=NEW,
                kind=UnitKind.NEIGHBOURHOOD,
                name="Khu phố 4",
                name_en="Khu phố 4",
                folded=" khu pho 4",
                folded_path=" khu pho 4 phuong thu dau mot thanh pho ho chi minh KP4",
            )
        )
    with both_databases.read() as session:
        found = {
            typed: search_units(session, typed)
            for typed in (
                "Phường Bến Nghé",
                "quan 1 nghe ben",
                "25747",
                "thu dau mot",
                "con dao",
                "%",
                "  ",
                "x" * 5000,
                "khu pho 4 thu dau mot",
            )
        }
        hiep_thanh = search_units(session, "phường hiệp thành, thủ dầu một")
        names = {typed: [unit.written("vi") for unit in units] for typed, units in found.items()}
        for typed in ("Phường Bến Nghé", "quan 1 nghe ben"):
            first = found[typed][0]
            assert (first.key, first.is_there) == (UnitKey("26740", OLD), False)
            assert [each.written("en") for each in first.became] == ["Sài Gòn Ward, Hồ Chí Minh City"]
            assert meant(found[typed], typed) == first.became[0]
        # A code that was used again names two places.
        assert names["25747"] == [
            "Phường Thủ Dầu Một, Thành phố Hồ Chí Minh",
            "Phường Phú Cường, Thành phố Thủ Dầu Một, Tỉnh Bình Dương",
        ]
        assert names["thu dau mot"][0] == "Phường Thủ Dầu Một, Thành phố Hồ Chí Minh"
        # Divided: nobody says for the person which part is meant.
        divided = hiep_thanh[0]
        assert [each.name for each in divided.became] == ["Phường Phú Lợi", "Phường Thủ Dầu Một"]
        assert meant([divided], divided.name) is None
        assert [unit.name for unit in choices([divided])] == ["Phường Phú Lợi", "Phường Thủ Dầu Một"]
        assert found["con dao"][0].kind is UnitKind.SPECIAL_ZONE
        assert names["%"] == names["  "] == names["x" * 5000] == []
        assert names["khu pho 4 thu dau mot"][0] == "Khu phố 4, Phường Thủ Dầu Một, Thành phố Hồ Chí Minh"
        assert unit_of(session, key_of("26740_2025-07-01")).name == "Phường Sài Gòn"  # type: ignore[union-attr]
        for rubbish in ("", "26740", "26740_", "26740_2025-13-01", "'_2025-07-01", "0" * 50 + "_2025-07-01"):
            assert unit_of(session, key_of(rubbish)) is None


def test_another_file_replaces_what_the_first_brought_and_nothing_else(database: Database, tmp_path: Path) -> None:
    def file(*lines: str) -> Path:
        path = tmp_path / "units.tsv.gz"
        path.write_bytes(gzip.compress(("\t".join(build.COLUMNS) + "\n" + "\n".join(lines)).encode()))
        return path

    assert load_units(database, NOW, file("1\t2004-07-08\t2025-06-30\t\tTỉnh A\t\t\t2", "2\t2025-07-01\t\t\tTỉnh B\t\t\t"))
    with database.write() as session:
        session.add(UnitSuccession(code="9", valid_from=NEW, into_code="2", into_from=NEW))
    assert load_units(database, NOW, file("2\t2025-07-01\t\t\tTỉnh C\t\t\t"))
    with database.read() as session:
        assert session.scalars(select(AdministrativeUnit.name)).all() == ["Tỉnh C"]
        assert session.scalar(select(func.count()).select_from(UnitSuccession)) == 1


def test_the_command_that_upgrades_loads_them(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        root,
        ["db", "upgrade"],
        env={"QUARANTINE_DATA_FOLDER": str(tmp_path), "QUARANTINE_TEST_UNITS": None},
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    database = Database(f"sqlite:///{next(tmp_path.glob('*.db'))}", bytes(32))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AdministrativeUnit)) == 63 + 696 + 10_035 + 34 + 3_321
    database.dispose()
