"""Many misses of one cause are excused at once, or given to those who call; each by itself, and taken back as one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind, IncidentState, NextStep
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from rollcall.followup.taking_back import TIME_FOR_MANY
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
    with queue.database.write() as session:
        session.execute(update(Incident).where(Incident.id == int(chosen[1])).values(next_step=NextStep.VISIT))
    page = queue.chi.post(address, data={"person": chosen, "deed": "call", "reason": "Hỏi thăm"}).text
    assert "Not for 1 person" in page
    what = carried(page)
    assert "Done for 1 person" in queue.chi.post(f"{address}/do", data=what).text
    assert re.findall(r'id="call-(\d+)"', queue.chi.get("/calls").text) == [chosen[0]]
    queue.at += TIME_FOR_MANY + timedelta(seconds=1)
    late = queue.client("chi-late")
    assert late.post(f"{address}/{what['batch']}/undo").status_code == 404
    assert queue.chi.post(f"{address}/{what['batch']}/undo").status_code == 409
