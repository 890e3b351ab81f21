"""A decision is taken back whole within seconds or not at all; what is wanted first leaves the queue for one list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry
from monitor.models.incidents import ContactAttempt, Incident, IncidentNote, IncidentState, NextStep
from monitor.models.people.residents import Exemption
from monitor.models.rollcalls.answers import Review, ReviewDecision
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.trail.actions import Action
from rollcall.followup.claims import HELD
from rollcall.followup.taking_back import HELD_BACK, TIME_TO_UNDO
from tests.worlds.due_round import minutes
from tests.worlds.queue import Queue


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def everything(queue: Queue) -> list[Any]:
    """What a decision could change, as it stands."""
    with queue.database.read() as session:
        incidents = select(
            Incident.id,
            Incident.state,
            Incident.cause_ended_at,
            Incident.resolved_by,
            Incident.acknowledged_by,
            Incident.next_step,
        )
        check_ins = select(CheckIn.id, CheckIn.state, CheckIn.state_since, CheckIn.reasons).where(
            CheckIn.state != CheckInState.EXCUSED
        )
        rows = [
            list(map(tuple, session.execute(each).all()))
            for each in (incidents.order_by(Incident.id), check_ins.order_by(CheckIn.id))
        ]
        written = [session.scalar(select(func.count()).select_from(each)) for each in (Review, IncidentNote, ContactAttempt)]
        return [*rows, written]


def newest(queue: Queue) -> int:
    with queue.database.read() as session:
        return session.scalar(select(func.max(ReviewDecision.id))) or 0


@pytest.mark.parametrize("decision", ["excuse", "accept", "well", "call", "visit"])
def test_within_thirty_seconds_all_is_as_it_was_and_the_case_is_theirs_again(queue: Queue, decision: str) -> None:
    mine = queue.next(queue.chi) or 0
    before = everything(queue)
    assert queue.decide(queue.chi, mine, decision, "1").status_code == 303
    assert everything(queue) != before
    queue.at += TIME_TO_UNDO
    page = queue.chi.get("/review", follow_redirects=True).text
    assert f"/review/decisions/{newest(queue)}/undo" in page
    answer = queue.chi.post(f"/review/decisions/{newest(queue)}/undo")
    assert (answer.status_code, answer.location) == (303, f"/review/{mine}")
    assert everything(queue) == before
    assert 'id="decide"' in queue.chi.get(f"/review/{mine}").text
    assert 'id="held"' in queue.dao.get(f"/review/{mine}").text
    with queue.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.DECISION_UNDONE)).one()
        assert (entry.details["incident_id"], entry.details["decision"]) == (mine, decision)
    assert queue.decide(queue.chi, mine, "excuse").status_code == 303, "and can be decided again"


def test_too_late_twice_and_by_another_it_is_refused_in_words(queue: Queue) -> None:
    mine = queue.next(queue.chi) or 0
    queue.decide(queue.chi, mine)
    first = newest(queue)
    assert queue.dao.post(f"/review/decisions/{first}/undo").status_code == 404
    queue.at += TIME_TO_UNDO + timedelta(seconds=1)
    late = queue.chi.post(f"/review/decisions/{first}/undo")
    assert late.status_code == 409
    assert "that time is over" in late.text
    assert "/undo" not in queue.chi.get("/review", follow_redirects=True).text
    second = queue.next(queue.chi) or 0
    queue.decide(queue.chi, second)
    assert queue.chi.post(f"/review/decisions/{newest(queue)}/undo").status_code == 303
    again = queue.chi.post(f"/review/decisions/{newest(queue)}/undo")
    assert again.status_code == 409
    assert "acted on this since" in again.text


def test_what_somebody_did_since_stays(queue: Queue) -> None:
    mine = queue.next(queue.chi) or 0
    queue.decide(queue.chi, mine, "excuse")
    with queue.database.write() as session:
        check_in = session.get_one(Incident, mine).check_in_id
        session.execute(update(CheckIn).where(CheckIn.id == check_in).values(state_since=queue.at + timedelta(seconds=3)))
    before = everything(queue)
    refused = queue.chi.post(f"/review/decisions/{newest(queue)}/undo")
    assert refused.status_code == 409
    assert "acted on this since" in refused.text
    assert everything(queue) == before, "nothing by halves"
    with queue.database.read() as session:
        assert session.get_one(ReviewDecision, newest(queue)).undone_at is None


def test_asked_again_by_the_rules_and_the_message_waits_until_it_cannot_be_taken_back(queue: Queue) -> None:
    mine = queue.next(queue.chi) or 0
    before = everything(queue)
    assert queue.decide(queue.chi, mine, "ask", "").status_code == 303
    assert queue.chi.get(f"/review/{mine}").location == f"/incidents/{mine}", "it left the queue"
    with queue.database.read() as session:
        asked = session.get_one(ReviewDecision, newest(queue)).asked_id
        prompt = session.scalars(select(Prompt).where(Prompt.check_in_id == asked)).one()
        assert prompt.next_attempt_at == queue.at + HELD_BACK
        assert session.get_one(Incident, mine).next_step is NextStep.ASK
        until = session.get_one(Incident, mine).next_step_until
    assert queue.chi.post(f"/review/decisions/{newest(queue)}/undo").status_code == 303
    assert everything(queue) == before
    with queue.database.read() as session:
        assert session.get_one(CheckIn, asked).state is CheckInState.EXCUSED
        assert session.get_one(Prompt, prompt.id).state is PromptState.FAILED
    # Once more; this time the message leaves, and what left is not taken back.
    assert queue.decide(queue.chi, mine, "ask", "").status_code == 303
    with queue.database.write() as session:
        session.execute(update(Prompt).where(Prompt.state == PromptState.QUEUED).values(state=PromptState.LEASED))
    refused = queue.chi.post(f"/review/decisions/{newest(queue)}/undo")
    assert refused.status_code == 409
    assert "has left already" in refused.text
    assert until is not None
    queue.at = until
    assert mine in all_in_queue(queue), "without an answer it is to be decided"


def all_in_queue(queue: Queue) -> set[int]:
    found: set[int] = set()
    after = None
    while (one := queue.next(queue.dao, after)) is not None:
        found.add(one)
        after = one
    return found


def test_nobody_is_asked_at_night_while_away_or_beyond_their_budget(queue: Queue) -> None:
    mine = queue.next(queue.chi) or 0
    with queue.database.write() as session:
        person = session.get_one(Incident, mine).resident_id
        away = Exemption(resident_id=person, zone_id=queue.zone, reason="Test", starts_at=queue.at, ends_at=minutes(40))
        session.add(away)
    refused = queue.decide(queue.chi, mine, "ask", "")
    assert refused.status_code == 409
    assert "away with permission" in refused.text
    with queue.database.write() as session:
        session.execute(update(Exemption).values(ends_at=queue.at))
        session.execute(update(Plan).values(quiet_from="00:00", quiet_to="23:59"))
    assert "quiet hours" in queue.decide(queue.chi, mine, "ask", "").text
    with queue.database.write() as session:
        session.execute(update(Plan).values(quiet_from="21:00", quiet_to="07:00"))
        session.execute(update(Prompt).values(state=PromptState.SENT, handed_at=queue.at, sent_at=queue.at))
        prompt = session.scalars(select(Prompt).where(Prompt.resident_id == person)).first()
        assert prompt is not None
        more = {
            "zone_id": queue.zone,
            "kind": PromptKind.REMINDER,
            "state": PromptState.SENT,
            "created_at": queue.at,
            "sent_at": queue.at,
        }
        for number in range(40):
            named = {"reference": f"more-{number}", "channel": f"channel-{number}"}
            session.add(Prompt(check_in_id=prompt.check_in_id, resident_id=person, handed_at=queue.at, **more, **named))
    assert "gets no more. Call." in queue.decide(queue.chi, mine, "ask", "").text
    with queue.database.read() as session:
        assert session.get_one(Incident, mine).next_step is None


def test_a_call_or_visit_wanted_first_is_on_that_list_until_somebody_tried(queue: Queue) -> None:
    called, visited = (queue.next(queue.chi) or 0, 0)
    assert queue.decide(queue.chi, called, "call", "").status_code == 303
    visited = queue.next(queue.chi) or 0
    assert queue.decide(queue.chi, visited, "visit", "").status_code == 303
    assert {called, visited}.isdisjoint(all_in_queue(queue))
    assert re.findall(r'id="visit-(\d+)"', queue.chi.get("/visits").text) == [str(visited)]
    tried = {"way": "visit", "outcome": "not_there"}
    assert queue.dao.post(f"/incidents/{visited}/attempts", data=tried).status_code == 303
    assert queue.dao.post(f"/incidents/{called}/attempts", data={"way": "call", "outcome": "no_answer"}).status_code == 303
    queue.at += HELD + timedelta(seconds=1)
    assert {called, visited} <= all_in_queue(queue)
    assert 'id="visit-' not in queue.chi.get("/visits").text
    with queue.database.read() as session:
        assert set(session.scalars(select(Incident.state)).all()) == {IncidentState.OPEN, IncidentState.ACKNOWLEDGED}


def test_the_next_case_is_fetched_without_being_taken_and_shown_only_while_it_is_true(queue: Queue) -> None:
    mine = queue.next(queue.chi) or 0
    ahead = queue.chi.get("/review/ahead", query_string={"after": mine})
    there = int(re.search(r'data-here="/review/(\d+)"', ahead.text)[1])  # type: ignore[index]
    stamp = re.search(r'data-stamp="(\w+)"', ahead.text)[1]  # type: ignore[index]
    assert there != mine
    assert queue.next(queue.dao) == there, "nobody holds what they do not look at"
    assert queue.chi.post(f"/review/{there}/hold", data={"stamp": stamp}).status_code == 409
    assert queue.dao.post(f"/review/{there}/leave").status_code == 204
    queue.chi.post(f"/incidents/{there}/notes", data={"text": "Hôm qua cũng vậy"})
    assert queue.chi.post(f"/review/{there}/hold", data={"stamp": stamp}).status_code == 409, "it is not as it was"
    ahead = queue.chi.get("/review/ahead", query_string={"after": mine})
    stamp = re.search(r'data-stamp="(\w+)"', ahead.text)[1]  # type: ignore[index]
    assert queue.chi.post(f"/review/{there}/hold", data={"stamp": stamp}).status_code == 204
    said = queue.chi.post(
        f"/review/{there}", data={"task": "silence", "decision": "excuse", "why": "2"}, headers={"Accept": "application/json"}
    )
    assert said.json is not None
    assert said.json["next"] == "/review"
    assert "/undo" in said.json["saved"]
