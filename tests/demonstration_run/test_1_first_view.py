"""The demonstration, started for real and watched over HTTP: what a newcomer sees within 90 seconds."""

from __future__ import annotations

import re
import time
from contextlib import closing

import httpx
import lxml.html
import pytest

from monitor.demonstration.people import PEOPLE
from tests.running import Demonstration

pytestmark = [pytest.mark.demonstration, pytest.mark.timeout(300)]

FIRST_VIEW_SECONDS = 90.0


def text_of(client: httpx.Client, address: str, selector: str = "//main") -> str:
    """The words of a part of a page, spaces folded."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = lxml.html.fromstring(answer.text).xpath(selector)
    return " ".join(" ".join(each.text_content() for each in found).split())


def test_within_90_seconds_the_main_job_is_seen_at_work(demonstration: Demonstration) -> None:
    with closing(demonstration.sign_in("giamsat")) as console:
        left = FIRST_VIEW_SECONDS - (time.monotonic() - demonstration.whole_at)

        def person(resident: int) -> str:
            return text_of(console, "/zones/1", f"//div[@id='resident-{resident}']")

        def incidents() -> str:
            return text_of(console, "/incidents", "//main")

        seen: dict[str, bool] = {}

        def look() -> bool:
            rooms = {"101": person(1), "102": person(2)}
            listed = incidents()
            corridor = demonstration.rows(
                "SELECT count(*) FROM observation o JOIN room r ON r.id = o.room_id WHERE r.kind = 'corridor' AND o.kind = 'motion'"
            )
            now = {
                "101 seen by camera": "Seen by camera in room 101" in rooms["101"],
                "102 seen by camera": "Seen by camera in room 102" in rooms["102"],
                "verified": "Verified" in rooms["101"],
                "to be looked at": "To be looked at" in rooms["102"],
                "missed": "Missed" in person(3),
                "unreached": "Not reached" in person(5) or "Unreached" in person(5),
                "excused": "Excused" in person(4),
                "corridor moved": corridor[0][0] > 0,
                "covered and over": bool(re.search(r"[Cc]amera covered[^·]*·[^·]*·?[^·]*the cause has ended", listed)),
                "offline and over": bool(re.search(r"[Cc]amera offline[^·]*·[^·]*·?[^·]*the cause has ended", listed)),
            }
            for what, holds in now.items():
                seen[what] = seen.get(what, False) or holds
            return all(seen.values())

        demonstration.until("everything a newcomer is promised", look, left)


def test_the_corridor_shows_motion_and_pictures_are_audited(demonstration: Demonstration) -> None:
    with closing(demonstration.sign_in("dieuduong")) as console:
        corridor = "//article[contains(., 'Hành lang')]"
        demonstration.until("the corridor's camera works", lambda: "Working" in text_of(console, "/cameras", corridor), 20)
        before = demonstration.rows("SELECT count(*) FROM audit_entry WHERE action = 'camera-viewed'")[0][0]
        picture = console.get("/cameras/1/picture")
        assert picture.headers["Content-Type"] == "image/jpeg"
        assert picture.headers["Cache-Control"] == "no-store"
        assert demonstration.rows("SELECT count(*) FROM audit_entry WHERE action = 'camera-viewed'")[0][0] == before + 1
        # The nurse of the facility does not see the home cluster, nor that it exists.
        assert console.get("/zones/2").status_code == 404


def test_health_and_metrics_are_open_and_name_nobody(demonstration: Demonstration) -> None:
    names = [each for person in PEOPLE for each in (person.name, person.phone)]
    assert demonstration.health()[0] == 200
    for address in ("/healthz", "/metrics"):
        answer = httpx.get(demonstration.console + address)
        assert answer.status_code == 200
        assert not any(name in answer.text for name in names)
