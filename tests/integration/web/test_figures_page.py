"""The page of figures and its files: what was counted is shown, of the reader's zones alone."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.sheets import read_sheet
from monitor.vault.vault import Vault
from rollcall.reporting.counting import count_figures
from tests.worlds.province import NOW, Place, add_place
from tests.worlds.signed_in import signed_in
from web.console.application import create_console

TODAY = f"{NOW:%Y-%m-%d}"
Staff = tuple[FlaskClient, FlaskClient, Place, Place]


@pytest.fixture
def staff(database: Database, vault: Vault, tmp_path: Path) -> Staff:
    """A supervisor of everywhere, a nurse of the first of two zones, and the zones; their day was counted."""
    here, there = (add_place(database, vault, name) for name in ("Khu A", "Khu B"))
    count_figures(database, NOW)
    app = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: NOW)
    everywhere = signed_in(app, database, "everywhere", Role.SUPERVISOR, None, NOW, "en")
    nurse = signed_in(app, database, "nurse", Role.STAFF, [here.zone], NOW, "vi")
    return everywhere, nurse, here, there


def test_what_was_counted_is_shown_and_nothing_of_other_zones(staff: Staff) -> None:
    everywhere, nurse, here, there = staff
    page = everywhere.get("/figures").text
    # Of both zones ten each were asked; one of each was excused.
    assert "88.9 % of those who were to answer did: 16 of 18." in page
    assert f"zone={there.zone}" in page
    one = nurse.get("/figures").text
    assert "88,9 % số lượt cần trả lời đã được trả lời: 8 trên 9." in one
    assert "Khu B" not in one
    assert nurse.get(f"/figures?zone={here.zone}").status_code == 200
    for path in (f"/figures?zone={there.zone}", f"/figures.csv?zone={there.zone}", "/figures?zone=0", "/figures?zone=999"):
        assert nurse.get(path).status_code == 404
    before = f"{NOW - timedelta(days=9):%Y-%m-%d}"
    assert "Nobody was asked" in everywhere.get(f"/figures?from={before}&to={before}").text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("from=2026-13-01", "Write both days"),
        ("zone=all", "Write both days"),
        ("from=2026-11-23&to=2026-11-22", "Exchange them"),
        ("from=2020-01-01", "at most 366 days"),
    ],
)
def test_a_span_that_is_none_is_told_beside_the_form(staff: Staff, asked: str, told: str) -> None:
    page = staff[0].get(f"/figures?{asked}")
    assert page.status_code == 200
    assert told in page.text


def test_the_files_have_a_line_for_each_zone_and_day(staff: Staff) -> None:
    everywhere, nurse, _here, _there = staff
    rows = list(csv.DictReader(io.StringIO(everywhere.get("/figures.csv").text.lstrip("\ufeff"))))
    assert [(row["Zone"], row["Day"], row["Times asked"], row["Answered"]) for row in rows] == [
        ("Khu A", TODAY, "10", "8"),
        ("Khu B", TODAY, "10", "8"),
    ]
    assert rows[0]["Messages: arrived"] == "12"
    assert rows[0]["Why there was no answer: Message arrived, no answer"] == "1"
    sheet = read_sheet(nurse.get("/figures.xlsx").data, most_rows=10)
    assert [line.cells[:4] for line in sheet.lines] == [("Khu A", TODAY, "10", "8")]
    assert len(sheet.head) == len(rows[0])
    assert everywhere.get("/figures.csv?from=2026-01-01&to=2026-11-23").status_code == 422
