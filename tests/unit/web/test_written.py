"""Days, moments and numbers on pages: one way in each language, and no template that goes its own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import render_template_string

from monitor.settings import Settings
from web.shared import written
from web.shared.common import configure, new_app
from web.shared.label_tables.trail import DETAILS

WEB = Path(__file__).parents[3] / "web"
NOW = datetime(2026, 11, 26, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("filtered", "vietnamese", "english"),
    [
        ("at | day", "26/11/2026", "26 November 2026"),
        ("born | day", "01/02/1985", "1 February 1985"),
        ("at | moment", "14:05", "14:05"),
        ("earlier | moment", "14:05 24/11", "14:05, 24 November"),
        ("long_ago | moment", "14:05 24/11/2025", "14:05, 24 November 2025"),
        ("0.98 | number(2)", "0,98", "0.98"),
        ("15.0 | number", "15", "15"),
        ("'101' | room", "phòng 101", "room 101"),
        ("'Phòng sinh hoạt chung' | room", "Phòng sinh hoạt chung", "Phòng sinh hoạt chung"),
    ],
)
def test_a_filter_writes_as_people_do(tmp_path: Path, filtered: str, vietnamese: str, english: str) -> None:
    for language, said in (("vi", vietnamese), ("en", english)):
        app = new_app("web.console")
        configure(app, Settings(data_folder=tmp_path), choose_language=lambda language=language: language, now=lambda: NOW)
        values = {
            "at": NOW,
            "born": date(1985, 2, 1),
            "earlier": NOW.replace(day=24),
            "long_ago": NOW.replace(day=24, year=2025),
        }
        with app.test_request_context():
            assert render_template_string("{{ " + filtered + " }}", **values) == said


def test_the_day_of_the_week_stands_before_the_day() -> None:
    assert written.weekday(date(2026, 11, 24), "vi") == "Thứ Ba, 24/11/2026"
    assert written.weekday(date(2026, 11, 24), "en") == "Tuesday, 24 November 2026"


OWN_WAYS = re.compile(r'"%[^"]*\.[1-9]f"|format_(date|datetime|skeleton|time|decimal)\(|strftime\("%[^Hd]|"%g"|room %\(')


def test_templates_and_pages_write_no_date_number_or_room_in_a_way_of_their_own() -> None:
    own = []
    for path in [*WEB.rglob("*.html"), *WEB.rglob("*.py")]:
        if path.name == "written.py":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            # What a browser's own fields hold is written for browsers.
            if OWN_WAYS.search(line) and 'type="number"' not in line and "T%H:%M" not in line:
                own.append(f"{path.relative_to(WEB)}:{number}: {line.strip()[:100]}")
    assert own == []


def test_details_of_the_audit_trail_have_names() -> None:
    assert {"camera_id", "incident_id", "became_owner", "starts_at"} <= DETAILS.keys()
    assert not any("_" in text for text in DETAILS.values())
