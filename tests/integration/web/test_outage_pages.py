"""The page of outages: what failed, from when to when, whom it touched, those that last first, and no other zone's people."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.people.residents import Resident
from monitor.models.places import Zone, ZoneKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.models.service import OutagePart, ServiceOutage
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.console.records.outages import PAGE


def add(
    database: Database, part: OutagePart, begins: float, ends: float | None, *, seen: float | None = None, **more: Any
) -> int:
    """An outage by minutes from NOW; returns its number."""

    def moment(minutes: float | None) -> datetime | None:
        return None if minutes is None else NOW + timedelta(minutes=minutes)

    with database.write() as session:
        row = ServiceOutage(
            part=part,
            started_at=moment(begins),
            ended_at=moment(ends),
            seen_at=moment(ends if seen is None else seen),
            cause="no-answer",
            **more,
        )
        session.add(row)
        session.flush()
        return row.id


class Pages:
    """The console at NOW, and its page of outages as text."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        settings = Settings(data_folder=folder, language="en")
        self.app = create_console(settings, database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)

    def browser(self, name: str = "chi", role: Role = Role.SUPERVISOR, zones: list[int] | None = None) -> Any:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")

    def text(self, browser: Any, address: str = "/outages") -> str:
        response = browser.get(address)
        assert response.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


@pytest.fixture
def pages(both_databases: Database, tmp_path: Path) -> Pages:
    return Pages(both_databases, tmp_path)


def excuse(database: Database, people: list[int], outage: int) -> None:
    open_due_rounds(database, NOW)
    with database.write() as session:
        values = {"state": CheckInState.EXCUSED, "outage_id": outage}
        session.execute(update(CheckIn).where(CheckIn.resident_id.in_(people)).values(values))


def test_what_failed_from_when_to_when_and_whom_it_touched(pages: Pages) -> None:
    zone, people = world(pages.database, "An", "Bình", "Cúc")
    page = add(pages.database, OutagePart.PAGE, -30, -20)
    add(pages.database, OutagePart.GATEWAY, -90, -60, subject="zalo")
    add(pages.database, OutagePart.LINE, -120, None, seen=0, zone_id=zone)
    add(pages.database, OutagePart.WORKER, -200, None, seen=-190)
    excuse(pages.database, people[:2], page)
    said = pages.text(pages.browser())
    # Those that last stand first, though they began earlier.
    order = [said.index(each) for each in ("The connection of the zone", "No message left", "Residents could not open", "zalo")]
    assert order == sorted(order)
    assert "for 2 hours so far" in said
    assert "10 minutes" in said
    assert "2 residents were excused for it, in:" in said
    assert "2 residents" in said.split("in:")[1]
    assert "at least, then the process that watched had ended as well" in said
    assert said.count("No resident had to be excused for it.") == 2
    assert "Whom it touches is known once" in said


def test_who_works_in_a_zone_sees_no_other_ones_line_and_counts_no_other_ones_people(pages: Pages) -> None:
    here, people = world(pages.database, "An", "Bình")
    with pages.database.write() as session:
        other = Zone(name="Khu Xa", kind=ZoneKind.FACILITY)
        session.add(other)
        session.flush()
        there = other.id
    page = add(pages.database, OutagePart.PAGE, -30, -20)
    add(pages.database, OutagePart.LINE, -40, -35, zone_id=there)
    excuse(pages.database, people, page)
    with pages.database.write() as session:
        # One of them belongs elsewhere, with the round that they were in.
        moved = session.get_one(CheckIn, 1)
        call = session.get_one(RollCall, moved.roll_call_id)
        session.add(
            RollCall(
                plan_id=call.plan_id, zone_id=there, opens_at=call.opens_at + timedelta(minutes=1), closes_at=call.closes_at
            )
        )
        session.flush()
        moved.roll_call_id, moved.zone_id = call.id + 1, there
        session.execute(update(Resident).where(Resident.id == moved.resident_id).values(zone_id=there))
    of_one = pages.text(pages.browser("mot", zones=[here]))
    assert "1 resident was excused" in of_one
    assert "Khu Xa" not in of_one
    of_all = pages.text(pages.browser("tat", Role.ADMINISTRATOR))
    assert "2 residents were excused" in of_all
    assert "The connection of the zone Khu Xa" in of_all


def test_it_is_paged_by_key_and_each_stands_on_one_page(pages: Pages) -> None:
    wanted = {
        add(pages.database, OutagePart.SCHEDULER, -number, None if number > PAGE else -number, seen=0)
        for number in range(1, PAGE + 6)
    }
    browser = pages.browser()
    address, seen = "/outages", []
    while address:
        text = browser.get(address).text
        seen += [int(each) for each in re.findall(r'id="outage-(\d+)"', text)]
        following = re.search(r'href="(/outages\?after=[^"]+)"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(wanted)
    assert set(seen) == wanted
    # The five that last come first.
    assert set(seen[:5]) == set(sorted(wanted)[PAGE:])


def test_set_up_and_health_and_the_clock_lead_to_it_and_who_may_not_see_it_does_not(pages: Pages) -> None:
    world(pages.database, "An")
    administrator = pages.browser("quantri", Role.ADMINISTRATOR)
    assert 'href="/outages"' in administrator.get("/set-up").text
    assert 'href="/outages"' in pages.browser().get("/service").text
    assert "No outage is known." in pages.text(administrator)
    for name, role in (("dieuduong", Role.STAFF), ("kiemtoan", Role.AUDITOR)):
        assert pages.browser(name, role).get("/outages").status_code == 403
