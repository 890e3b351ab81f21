"""Whoever decides on an answer sees where it was given, beside the zone, and the person's room on its floor's map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer, PlaceVerdict
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.places.drawn_plans import make_plan
from monitor.words import words
from tests.worlds.queue import Queue


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    """An answered from half a kilometre away; the zone's rooms are drawn."""
    made = Queue(both_databases, tmp_path)
    with both_databases.write() as session:
        session.execute(update(Zone).values(latitude=21.59, longitude=105.84, radius_metres=150.0))
        an = session.scalars(select(Resident).where(Resident.full_name == "An")).one()
        if an.room_id is None:
            room = Room(zone_id=made.zone, name="101", floor="1")
            session.add(room)
            session.flush()
            an.room_id = room.id
        check_in = session.scalars(select(CheckIn).where(CheckIn.resident_id == an.id)).one()
        check_in.state = CheckInState.IN_REVIEW
        session.add(
            Answer(
                check_in_id=check_in.id,
                resident_id=an.id,
                zone_id=made.zone,
                received_at=made.at,
                fix=[21.595, 105.84, 12.0],
                place=PlaceVerdict.OUTSIDE,
                place_doubtful=True,
            )
        )
        open_incident(
            session,
            IncidentKind.FACE_DOUBTFUL,
            causes.face_doubtful(an.id),
            zone_id=made.zone,
            resident_id=an.id,
            reason=words("Test."),
            now=made.at,
            check_in_id=check_in.id,
        )
        make_plan(session, made.zone, "Tầng 1", None, None, made.at)
    yield made
    made.app.extensions["live"].close()


def doubt(queue: Queue) -> int:
    """The incident about An's answer."""
    with queue.database.read() as session:
        return session.scalars(select(Incident.id).where(Incident.kind == IncidentKind.FACE_DOUBTFUL)).one()


def test_where_an_answer_was_given_is_drawn_and_said(queue: Queue) -> None:
    page = queue.chi.get(f"/review/{doubt(queue)}").text
    assert page.count("Outside the zone: 406 m beyond its edge, to the north, give or take 12 m.") == 2, "drawn, and beside it"
    assert 'class="zone-map"' in page
    assert "On the map “Tầng 1”: room" in page
    assert page.count('class="room here"') == 1


def test_who_does_not_decide_sees_no_place(queue: Queue) -> None:
    page = queue.client("nurse", Role.STAFF).get(f"/incidents/{doubt(queue)}").text
    assert "An answer to check" in page
    assert "zone-map" not in page


def test_without_a_place_a_miss_still_shows_the_room(queue: Queue) -> None:
    with queue.database.write() as session:
        session.execute(update(Answer).values(fix=None))
    page = queue.chi.get(f"/review/{queue.incident('An').id}").text
    assert "zone-map" not in page
    assert 'class="room here"' in page
    with queue.database.write() as session:
        session.execute(update(Zone).values(latitude=None))
    assert queue.chi.get(f"/review/{queue.incident('An').id}").status_code == 200


def test_it_takes_one_statement_more(queue: Queue) -> None:
    seen: list[str] = []
    event.listen(queue.database.engine, "before_cursor_execute", lambda *told: seen.append(str(told[2])))
    queue.chi.get(f"/review/{doubt(queue)}")
    assert len([each for each in seen if "plan_place" in each]) == 1
