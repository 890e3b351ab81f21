"""The page of figures and its files: what was counted is shown, of the reader's zones alone."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.sheets import read_sheet
from monitor.vault.vault import Vault
from rollcall.reporting.counting import count_figures
from tests.worlds.province import NOW, Place, add_place
from tests.worlds.reporting import FIRST, SECOND, SmallProvince, cut_off
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


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_span_is_printed_with_the_same_figures_and_of_the_readers_zones_alone(staff: Staff) -> None:
    everywhere, nurse, here, there = staff
    whole = everywhere.get("/figures.pdf")
    assert whole.mimetype == "application/pdf"
    text = text_of(whole.data)
    assert "All zones, 25 October 2026 to 23 November 2026" in text
    assert "Share that answered 88.9%" in text
    assert "Answered 16" in text
    one = text_of(nurse.get(f"/figures.pdf?zone={here.zone}").data)
    assert "Khu A, 25/10/2026 đến 23/11/2026" in one
    assert "88,9%" in one
    assert nurse.get(f"/figures.pdf?zone={there.zone}").status_code == 404
    long = PdfReader(io.BytesIO(everywhere.get("/figures.pdf?from=2025-12-01&to=2026-11-23").data))
    assert len(long.pages) < 8, "by week"


def test_curves_of_released_reports_stand_in_the_file_of_all_zones(database: Database, tmp_path: Path, vault: Vault) -> None:
    province = SmallProvince(database)
    for day in (FIRST, SECOND):
        province.report(day)
    at = cut_off(SECOND) + timedelta(hours=2)
    app = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: at)
    text = text_of(signed_in(app, database, "everywhere", Role.SUPERVISOR, None, at, "en").get("/figures.pdf").data)
    assert "24 Nov 4" in text, "four people are in quarantine"
    limited = signed_in(app, database, "nurse", Role.STAFF, [province.zones["Trại Tây"]], at, "en")
    assert "24 Nov 4" not in text_of(limited.get("/figures.pdf").data)
