"""The review queue: most urgent first, each case for one supervisor at a time, and what is decided is done whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import ContactAttempt, Incident, IncidentKind, IncidentNote, IncidentState, Urgency
from monitor.models.rollcalls.answers import Review, ReviewClaim
from monitor.models.rollcalls.rounds import CheckInState
from monitor.trail.actions import Action
from monitor.words import words
from rollcall.followup.claims import HELD, claim, free
from tests.worlds.due_round import minutes
from tests.worlds.queue import Queue


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_two_supervisors_go_through_all_and_never_have_the_same_case(queue: Queue) -> None:
    decided = []
    for _each in range(2):
        mine, theirs = queue.next(queue.chi), queue.next(queue.dao)
        assert mine is not None
        assert theirs is not None
        assert mine != theirs
        assert queue.decide(queue.chi, theirs).status_code == 409, "somebody else has it"
        assert queue.decide(queue.chi, mine).status_code == 303
        assert queue.decide(queue.dao, theirs).status_code == 303
        assert queue.decide(queue.dao, theirs).status_code == 409, "once"
        decided += [mine, theirs]
    assert len(set(decided)) == 4
    assert [queue.next(queue.chi), queue.next(queue.dao)] == [None, None]
    assert set(queue.states().values()) == {CheckInState.EXCUSED}
    with queue.database.read() as session:
        assert session.scalars(select(Incident.state)).all() == [IncidentState.RESOLVED] * 4
        reason = "The phone was off, broken or without signal."
        assert set(session.scalars(select(Review.reason))) == set(session.scalars(select(IncidentNote.text))) == {reason}
        assert session.scalars(select(ReviewClaim)).all() == [], "who is led to nothing holds nothing"


def test_the_most_urgent_is_first_and_what_is_skipped_comes_again_from_the_beginning(queue: Queue) -> None:
    binh = queue.incident("Bình").id
    with queue.database.write() as session:
        session.execute(update(Incident).where(Incident.id != binh).values(urgency=Urgency.ROUTINE))
        session.execute(update(Incident).where(Incident.id == binh).values(urgency=Urgency.SOON, deadline_at=minutes(900)))
    assert queue.next(queue.chi) == binh
    seen, after = [], binh
    while (found := queue.next(queue.chi, after)) is not None:
        seen.append(found)
        after = found
    assert len(seen) == 3
    assert binh not in seen
    assert queue.next(queue.chi) == binh


def test_a_case_is_free_again_when_its_holder_left_or_gave_no_sign(queue: Queue) -> None:
    mine = queue.next(queue.chi)
    assert queue.next(queue.dao) != mine
    page = queue.dao.get(f"/review/{mine}").text
    assert "chi is deciding about this person right now." in page
    assert 'id="decide"' not in page
    assert queue.dao.post(f"/review/{mine}/hold").status_code == 409
    queue.at += HELD / 2
    assert queue.chi.post(f"/review/{mine}/hold").status_code == 204
    queue.at += HELD / 2 + timedelta(seconds=1)
    assert 'id="decide"' not in queue.dao.get(f"/review/{mine}").text, "an open page holds it longer"
    assert queue.next(queue.chi, mine) != mine
    assert queue.chi.post(f"/review/{mine}/leave").status_code == 204, "the word of it comes after the next was taken"
    other = queue.next(queue.dao, mine)
    with queue.database.read() as session:
        assert len(session.scalars(select(ReviewClaim)).all()) == 2, "and does not let that go"
    assert other is not None
    assert queue.chi.post(f"/review/{mine}/hold").status_code == 204
    assert queue.chi.post(f"/review/{mine}/leave").status_code == 204
    assert 'id="decide"' in queue.dao.get(f"/review/{mine}").text
    queue.at += HELD + timedelta(seconds=1)
    assert 'id="decide"' in queue.chi.get(f"/review/{mine}").text, "of whom nothing is heard"


def test_nobody_decides_elsewhere_while_somebody_has_the_case(queue: Queue) -> None:
    mine = queue.next(queue.chi)
    assert mine is not None
    with queue.database.read() as session:
        check_in = session.get_one(Incident, mine).check_in_id
    form = {"decision": "excuse", "reason": "Đã gọi"}
    assert queue.dao.post(f"/check-ins/{check_in}/set-right", data=form).status_code == 409
    assert queue.chi.post(f"/check-ins/{check_in}/set-right", data=form).status_code == 303


@pytest.mark.parametrize(
    ("decision", "written"),
    [("excuse", Action.CHECK_IN_SET_RIGHT), ("accept", Action.CHECK_IN_SET_RIGHT), ("well", Action.CONTACT_ATTEMPTED)],
)
def test_each_decision_stands_in_the_trail(queue: Queue, decision: str, written: Action) -> None:
    mine = queue.next(queue.chi) or 0
    with queue.database.read() as session:
        before = session.scalar(select(func.max(AuditEntry.id))) or 0
    assert queue.decide(queue.chi, mine, decision).status_code == 303
    with queue.database.read() as session:
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.resident_id).where(AuditEntry.id > before).order_by(AuditEntry.id)
        ).all()
        person = session.get_one(Incident, mine).resident_id
    assert entries == [(written, person), (Action.INCIDENT_RESOLVED, person)]


def test_called_and_well_keeps_the_result_and_the_call(queue: Queue) -> None:
    mine = queue.next(queue.chi) or 0
    assert queue.decide(queue.chi, mine, "well", "1").status_code == 303
    assert CheckInState.EXCUSED not in queue.states().values()
    with queue.database.read() as session:
        (attempt,) = session.scalars(select(ContactAttempt)).all()
        assert (attempt.way.value, attempt.outcome.value) == ("call", "well")
        assert session.get_one(Incident, mine).state is IncidentState.RESOLVED


@pytest.mark.parametrize(
    "form",
    [
        {"decision": "reject"},
        {"decision": "nonsense"},
        {"why": ""},
        {"why": "0"},
        {"why": "99"},
        {"why": "x"},
        {"why": "", "text": " "},
        {"why": "1", "text": "x" * 1001},
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_done(queue: Queue, form: dict[str, str]) -> None:
    mine = queue.next(queue.chi) or 0
    before = queue.states()
    assert queue.decide(queue.chi, mine, **form).status_code == 422
    assert queue.states() == before
    with queue.database.read() as session:
        assert session.get_one(Incident, mine).state is IncidentState.OPEN


def test_who_may_be_ill_is_not_in_the_queue_and_none_of_another_zone(queue: Queue) -> None:
    an = queue.people[0]
    with queue.database.write() as session:
        open_incident(
            session,
            IncidentKind.UNWELL,
            f"unwell-resident-{an}",
            zone_id=queue.zone,
            resident_id=an,
            reason=words("An feels ill."),
            now=queue.at,
        )
    incident = queue.incident("An").id
    found: set[int] = set()
    after = None
    while (one := queue.next(queue.chi, after)) is not None:
        found.add(one)
        after = one
    assert incident not in found
    assert len(found) == 3
    assert queue.chi.get(f"/review/{incident}").location == f"/incidents/{incident}"
    assert queue.decide(queue.chi, incident).status_code == 409
    assert queue.next(queue.client("elsewhere", zones=[])) is None
    nurse = queue.client("hoa", Role.STAFF)
    assert nurse.get("/review").status_code == 403
    assert queue.decide(nurse, incident).status_code == 403


def test_of_many_who_want_one_case_at_once_one_gets_it(queue: Queue) -> None:
    person = queue.people[0]
    with queue.database.read() as session:
        accounts = {claimed: claimed for claimed in (1, 2)}
    at: datetime = queue.at
    with queue.database.write() as session:
        first = [claim(session, person, account, at) for account in accounts]
    assert first == [True, False]
    with queue.database.write() as session:
        free(session, 1)
        assert claim(session, person, 2, at)
        assert claim(session, queue.people[1], 2, at), "one at a time: the other is free again"
        assert claim(session, person, 1, at)
