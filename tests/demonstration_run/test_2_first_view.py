"""The demonstration, started for real and watched over HTTP: what a newcomer sees within 90 seconds, and what nobody sees."""

from __future__ import annotations

from contextlib import closing

import httpx
import pytest

from monitor.demonstration.people import PEOPLE
from tests.demonstration_run.newcomer import Newcomer, texts_of
from tests.doubles.waiting import PATIENCE
from tests.processes.demonstration import Demonstration

pytestmark = pytest.mark.demonstration


def test_within_90_seconds_the_main_job_is_seen_at_work(newcomer: Newcomer) -> None:
    assert newcomer.misses() == []


def test_the_corridor_shows_motion_and_pictures_are_audited(demonstration: Demonstration) -> None:
    with closing(demonstration.sign_in("dieuduong")) as console:
        corridor = "//article[contains(., 'Hành lang')]"
        demonstration.until("the corridor's camera works", lambda: "Working" in texts_of(console, "/cameras", corridor)[0])
        before = demonstration.rows("SELECT count(*) FROM audit_entry WHERE action = 'camera-viewed'")[0][0]
        picture = console.get("/cameras/1/picture")
        assert picture.headers["Content-Type"] == "image/jpeg"
        assert picture.headers["Cache-Control"] == "no-store"
        assert demonstration.rows("SELECT count(*) FROM audit_entry WHERE action = 'camera-viewed'")[0][0] == before + 1
        # The nurse of the facility does not see the home cluster, nor that it exists.
        assert console.get("/zones/2").status_code == 404


def test_what_the_product_is_proud_of_is_on_pages_that_a_visitor_opens_anyway(demonstration: Demonstration) -> None:
    with closing(demonstration.sign_in("giamsat")) as console:
        (first,) = texts_of(console, "/", "//main")
        assert "Quiet hours until" in first
        assert "giamsat is handling this." in first, "an alert that was taken, and by whom"
        (alerts,) = texts_of(console, "/alerts", "//main")
        assert "giamsat took it on at" in alerts
        corridor = demonstration.rows("SELECT camera_id FROM camera_area WHERE kind = 'exit'")[0][0]
        page = console.get(f"/cameras/{corridor}").text
        assert 'class="exits"' in page
        assert "The dashed line is the exit" in page
        demonstration.until("a queue with something in it", lambda: "/review/" in str(console.get("/review").url))
        excused = "SELECT roll_call_id FROM check_in WHERE state = 'excused' AND reasons LIKE '%camera saw%'"
        # Each third roll-call of one resident has no answer.
        demonstration.until("a camera excuses a miss", lambda: demonstration.rows(excused), seconds=6 * 60)
        said = console.get(f"/rounds/{demonstration.rows(excused)[0][0]}").text
        assert "A camera saw this person in the room" in said


def test_health_and_metrics_are_open_and_name_nobody(demonstration: Demonstration) -> None:
    names = [each for person in PEOPLE for each in (person.name, person.phone)]
    assert demonstration.health()[0] == 200
    for address in ("/healthz", "/metrics"):
        answer = httpx.get(demonstration.console + address, timeout=PATIENCE)
        assert answer.status_code == 200
        assert not any(name in answer.text for name in names)
