"""Whatever awaits a person is on exactly one list: a small world in all states, and the lists as their pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.incidents import Incident, IncidentKind, IncidentState, NextStep
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.words import words
from rollcall.followup.worklists import SOON, WorkList
from tests.worlds.queue import NAMES, Queue
from web.console.incidents.listed import list_of_case, one_incident


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path, names=(*NAMES, *(f"Người {number}" for number in range(8))))
    yield made
    made.app.extensions["live"].close()


def also(queue: Queue, name: str, kind: IncidentKind, cause: str) -> None:
    """Something more waits about somebody."""
    with queue.database.write() as session:
        person = session.scalars(select(Resident).where(Resident.full_name == name)).one()
        open_incident(
            session,
            kind,
            cause.format(person.id),
            zone_id=queue.zone,
            resident_id=person.id,
            reason=words("Test."),
            now=queue.at,
            check_in_id=session.scalars(select(CheckIn.id).where(CheckIn.resident_id == person.id)).one(),
        )


def set_lead(queue: Queue, name: str, **values: object) -> None:
    lead = queue.incident(name).id
    with queue.database.write() as session:
        session.execute(update(Incident).where(Incident.id == lead).values(**values))


def in_doubt(queue: Queue, name: str) -> None:
    """Their answer waits for a decision."""
    with queue.database.write() as session:
        person = select(Resident.id).where(Resident.full_name == name).scalar_subquery()
        session.execute(update(CheckIn).where(CheckIn.resident_id == person).values(state=CheckInState.IN_REVIEW))


def all_states(queue: Queue) -> None:
    due, later = queue.at + SOON, queue.at + SOON + timedelta(minutes=5)
    set_lead(queue, "Bình", visit_due_at=due)
    also(queue, "Cúc", IncidentKind.UNWELL, "unwell-resident-{}")
    also(queue, "An", IncidentKind.CHANGE_FAILED, "planned-change-{}-failed")
    also(queue, "Dũng", IncidentKind.UNWELL, "unwell-resident-{}")
    set_lead(queue, "Dũng", visit_due_at=due)
    set_lead(queue, "Người 0", next_step=NextStep.CALL, visit_due_at=due)
    set_lead(queue, "Người 1", next_step=NextStep.VISIT, visit_due_at=None)
    set_lead(queue, "Người 2", next_step=NextStep.ASK, next_step_until=later, visit_due_at=due)
    set_lead(queue, "Người 3", next_step=NextStep.ASK, next_step_until=queue.at)
    also(queue, "Người 4", IncidentKind.TEXT_UNCLEAR, "text-resident-{}")
    set_lead(queue, "Người 4", visit_due_at=due)
    in_doubt(queue, "Người 5")
    also(queue, "Người 5", IncidentKind.TEXT_UNCLEAR, "text-resident-{}")
    set_lead(queue, "Người 5", visit_due_at=due)
    also(queue, "Người 6", IncidentKind.CONTESTED, "contest-check-in-{}")
    also(queue, "Người 7", IncidentKind.WISH, "wish-resident-{}")
    in_doubt(queue, "Người 7")
    also(queue, "Người 7", IncidentKind.FACE_DOUBTFUL, causes.face_doubtful(0).replace("-0", "-{}"))


def shown_in_queue(queue: Queue) -> set[int]:
    found: set[int] = set()
    after = None
    while (one := queue.next(queue.chi, after)) is not None:
        found.add(one)
        after = one
    return found


def test_each_case_is_on_the_list_where_it_belongs_and_on_no_other(queue: Queue) -> None:
    all_states(queue)
    reader = queue.reader("chi")
    with queue.database.read() as session:
        leads = session.scalars(select(Incident.id).where(Incident.state != IncidentState.RESOLVED, Incident.lead_id.is_(None)))
        there = {each: list_of_case(session, one_incident(session, reader, each), queue.at)[0] for each in leads.all()}
    of_cases = {WorkList.QUEUE, WorkList.CALLS, WorkList.VISITS, WorkList.INCIDENTS, WorkList.NOBODY}
    assert set(there.values()) == of_cases, "every list has something"
    in_queue = shown_in_queue(queue)
    with queue.database.read() as session:
        visited = [int(each) for each in re.findall(r'id="visit-(\d+)"', queue.chi.get("/visits").text)]
        visits = {session.get_one(Incident, each).lead_id or each for each in visited}
    calls = {int(each) for each in re.findall(r'id="call-(\d+)"', queue.chi.get("/calls").text)}
    lists = {WorkList.QUEUE: in_queue, WorkList.VISITS: visits, WorkList.CALLS: calls}
    for name, shown in lists.items():
        assert shown == {each for each, where in there.items() if where is name}, name
    register = queue.chi.get("/incidents").text
    assert all(f"/incidents/{each}" in register for each in there), "and all of them among the incidents"
