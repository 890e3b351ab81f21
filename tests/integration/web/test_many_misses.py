"""Many misses of one cause are excused at once, or given to those who call; each by itself, and taken back as one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind, IncidentState, NextStep
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from rollcall.orders.many_undo import TIME_FOR_MANY
from tests.integration.web.test_on_one_list import also
from tests.worlds.queue import NAMES, Queue


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path, names=(*NAMES, *(f"Người {number}" for number in range(8))))
    yield made
    made.app.extensions["live"].close()


def carried(page: str) -> dict[str, str]:
    """The form of the preview."""
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("deed", "reason", "batch", "seen")}  # type: ignore[index]


def test_all_that_match_are_excused_with_one_reason_and_taken_back_as_one(queue: Queue) -> None:
    also(queue, "An", IncidentKind.UNWELL, "unwell-resident-{}")
    address = f"/zones/{queue.zone}/misses"
    assert queue.chi.post(address, data={"deed": "excuse", "reason": "x"}).status_code == 422
    assert queue.chi.post(address, data={"everybody": "yes", "deed": "excuse", "reason": " "}).status_code == 422
    assert queue.chi.post(address, data={"everybody": "yes", "deed": "accept", "reason": "x"}).status_code == 422
    form = {"everybody": "yes", "deed": "excuse", "reason": "Mất điện cả khu"}
    page = queue.chi.post(address, data=form).text
    assert "For 11 people" in page, "who may be ill is not among them"
    what = carried(page)
    held = queue.next(queue.dao)
    before = queue.states()
    said = queue.chi.post(f"{address}/do", data=what, headers={"Accept": "application/json"}).json
    assert said is not None
    assert (said["done"], len(said["refused"])) == (10, 1), "not whom somebody has on their page"
    with queue.database.read() as session:
        left = session.scalars(select(Incident.id).where(Incident.state != IncidentState.RESOLVED, Incident.lead_id.is_(None)))
        assert set(left) == {held, queue.incident("An").id}
        touched = session.scalars(select(CheckIn.resident_id).where(CheckIn.state == CheckInState.EXCUSED)).all()
    assert len(touched) == 10
    with queue.database.write() as session:
        # Somebody acted on one of them since.
        other = update(CheckIn).where(CheckIn.resident_id == touched[0])
        session.execute(other.values(state_since=queue.at + timedelta(minutes=1)))
    assert queue.dao.post(f"{address}/{what['batch']}/undo").status_code == 404
    assert "Taken back for 9 people" in queue.chi.post(f"{address}/{what['batch']}/undo").text
    after = queue.states()
    assert sum(after[name] is not before[name] for name in before) == 1


def test_calls_are_assigned_and_too_late_nothing_is_taken_back(queue: Queue) -> None:
    address = f"/zones/{queue.zone}/misses"
    chosen = [str(queue.incident(name).id) for name in ("Bình", "Cúc")]
    people = [str(queue.incident(name).resident_id) for name in ("Bình", "Cúc")]
    with queue.database.write() as session:
        session.execute(update(Incident).where(Incident.id == int(chosen[1])).values(next_step=NextStep.VISIT))
    page = queue.chi.post(address, data={"person": people, "deed": "call", "reason": "Hỏi thăm"}).text
    assert "Not for 1 person" in page
    what = carried(page)
    assert "Done for 1 person" in queue.chi.post(f"{address}/do", data=what).text
    assert re.findall(r'id="call-(\d+)"', queue.chi.get("/calls").text) == [chosen[0]]
    queue.at += TIME_FOR_MANY + timedelta(seconds=1)
    late = queue.client("chi-late")
    assert late.post(f"{address}/{what['batch']}/undo").status_code == 404
    assert queue.chi.post(f"{address}/{what['batch']}/undo").status_code == 409


def test_calls_are_given_to_a_colleague_who_is_led_to_them_and_others_when_they_are_overdue(queue: Queue) -> None:
    nurse = queue.client("nurse", Role.STAFF)
    colleague = queue.reader("nurse").account_id
    address = f"/zones/{queue.zone}/misses"
    form = {"everybody": "yes", "deed": "call", "reason": "Hỏi thăm", "to": str(colleague)}
    page = queue.chi.post(address, data=form).text
    assert "nurse is asked to do it." in page
    what = carried(page) | {"to": str(colleague)}
    stranger = queue.chi.post(f"{address}/do", data=what | {"to": "9999"}).text
    assert ("Done for 0 people" in stranger, "Choose a colleague who works in this zone." in stranger) == (True, True)
    assert "Done for 12 people" in queue.chi.post(f"{address}/do", data=what).text
    with queue.database.read() as session:
        assert set(session.scalars(select(Incident.assigned_to))) == {colleague}
    assert queue.chi.get("/calls").text.count("nurse was asked to call") == 12
    assert queue.chi.get("/calls/next").location == "/calls", "a colleague makes them"
    first = nurse.get("/calls/next").location
    assert first.removeprefix("/calls/").isdecimal()
    with queue.database.write() as session:
        session.execute(update(Incident).values(escalated_at=queue.at))
    assert queue.chi.get("/calls/next").location.removeprefix("/calls/").isdecimal(), "what is overdue is everybody's"
    queue.chi.post(f"/calls/{first.removeprefix('/calls/')}/leave")
    undone = queue.chi.post(f"{address}/{what['batch']}/undo").text
    assert "Taken back for 11 people" in undone, "not whom the nurse has on her page"
    with queue.database.read() as session:
        left = select(Incident.id).where(Incident.assigned_to.is_not(None))
        assert len(session.scalars(left).all()) == 1


def test_from_a_rounds_page_those_who_were_ticked_or_all_in_a_state_are_decided_about(queue: Queue) -> None:
    with queue.database.read() as session:
        round_ = session.scalars(select(CheckIn.roll_call_id).limit(1)).one()
    page = queue.chi.get(f"/rounds/{round_}?state=silent").text
    assert page.count('class="tick"') == 12
    assert 'name="state" value="missed"' in page
    an = queue.incident("An").resident_id
    chosen = queue.chi.get(f"/zones/{queue.zone}/misses?round={round_}&state=missed&person={an}").text
    assert re.search(rf'value="{an}" checked', chosen)
    assert (
        'id="everybody" name="everybody" value="yes" checked'
        in queue.chi.get(f"/zones/{queue.zone}/misses?round={round_}&everybody=yes").text
    )
    assert 'class="tick"' not in queue.client("nurse2", Role.STAFF).get(f"/rounds/{round_}").text
