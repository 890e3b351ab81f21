"""Decisions with legal effect: proposed by one, in effect by another, never by one alone, and none ends in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.legal import Proposal, ProposalState
from monitor.models.people.residents import QuarantineOrder
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.trail.actions import Action
from rollcall.followup.proposals import WAITS, expire_due
from tests.worlds.queue import Queue


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def propose(queue: Queue, deed: str = "breach", **more: str) -> int:
    form = {"deed": deed, "reason": "Rời khu lúc 20 giờ, hai người thấy.", "legal_basis": "Nghị định 90/2026", **more}
    assert queue.chi.post(f"/residents/{queue.people[0]}/two", data=form).status_code == 303
    with queue.database.read() as session:
        return session.scalars(select(Proposal.id).order_by(Proposal.id.desc())).first() or 0


def state(queue: Queue, proposal: int) -> ProposalState:
    with queue.database.read() as session:
        return session.get_one(Proposal, proposal).state


def test_the_proposer_cannot_confirm_and_of_two_who_decide_one_wins(queue: Queue) -> None:
    proposal = propose(queue)
    again = {"deed": "breach", "reason": "x", "legal_basis": "y"}
    assert queue.dao.post(f"/residents/{queue.people[0]}/two", data=again).status_code == 409, "the same waits already"
    yes = {"say": "yes", "decision": "Đã xem sổ trực."}
    own = queue.chi.post(f"/second-person/{proposal}/decide", data=yes)
    assert (own.status_code, state(queue, proposal)) == (409, ProposalState.WAITING)
    assert "A different person must confirm" in own.text
    assert queue.dao.post(f"/second-person/{proposal}/decide", data={"say": "yes", "decision": " "}).status_code == 422
    assert queue.dao.post(f"/second-person/{proposal}/withdraw").status_code == 409
    assert queue.client("hoa", Role.STAFF).post(f"/second-person/{proposal}/decide", data=yes).status_code == 403
    assert queue.client("far", zones=[]).post(f"/second-person/{proposal}/decide", data=yes).status_code == 404
    assert queue.dao.post(f"/second-person/{proposal}/decide", data=yes).status_code == 303
    assert queue.client("ba").post(f"/second-person/{proposal}/decide", data={"say": "no", "decision": "x"}).status_code == 409
    assert state(queue, proposal) is ProposalState.CONFIRMED
    with queue.database.read() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("proposal-%")).order_by(AuditEntry.id))
        assert actions.all() == [Action.PROPOSAL_MADE, Action.PROPOSAL_CONFIRMED]


def test_after_a_miss_an_order_is_extended_by_two_and_not_by_one(queue: Queue) -> None:
    person = queue.people[0]
    with queue.database.write() as session:
        session.scalars(select(CheckIn).where(CheckIn.resident_id == person)).one().state = CheckInState.MISSED
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == person)).one()
        number, version, end = order.id, order.version, order.ends_at
    new_end = f"{end + timedelta(days=5):%Y-%m-%d}"
    alone = {"ends_at": new_end, "reason": "F1 mới", "version": str(version)}
    refused = queue.chi.post(f"/orders/{number}/extend", data=alone)
    assert refused.status_code == 409
    assert "second supervisor" in refused.text
    assert (
        queue.chi.post(f"/orders/{number}/extend", data={**alone, "when": "later", "due_at": "2026-12-01T08:00"}).status_code
        == 409
    )
    proposal = propose(queue, "extension", ends_at=new_end, order=str(number), version=str(version))
    with queue.database.read() as session:
        assert session.get_one(QuarantineOrder, number).ends_at == end, "nothing yet"
    assert queue.dao.post(f"/second-person/{proposal}/decide", data={"say": "yes", "decision": "Đúng."}).status_code == 303
    with queue.database.read() as session:
        assert session.get_one(QuarantineOrder, number).ends_at > end + timedelta(days=4)
    # Another has no miss: one is enough.
    with queue.database.write() as session:
        session.scalars(select(CheckIn).where(CheckIn.resident_id == queue.people[1])).one().state = CheckInState.UNREACHED
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == queue.people[1])).one()
        number, version = order.id, order.version
    assert queue.chi.post(f"/orders/{number}/extend", data={**alone, "version": str(version)}).status_code == 303


def test_what_nobody_decides_stays_on_the_list_until_somebody_has_seen_it(queue: Queue) -> None:
    proposal = propose(queue, "police", recipient="Công an phường", what="Tên và giờ rời khu")
    assert f'id="proposal-{proposal}"' in queue.dao.get("/second-person").text
    queue.at += WAITS
    assert expire_due(queue.database, queue.at) == 1
    assert expire_due(queue.database, queue.at) == 0
    dao = queue.client("dao-later")
    assert dao.post(f"/second-person/{proposal}/decide", data={"say": "yes", "decision": "x"}).status_code == 409
    assert re.search(rf'id="proposal-{proposal}".*expired without a decision', dao.get("/second-person").text, re.DOTALL)
    assert dao.post(f"/second-person/{proposal}/seen").status_code == 303
    assert dao.post(f"/second-person/{proposal}/seen").status_code == 409
    assert f'id="proposal-{proposal}"' not in dao.get("/second-person").text
    assert f'id="proposal-{proposal}"' in dao.get("/second-person?state=decided").text


def test_withdrawn_or_declined_nothing_is_done(queue: Queue) -> None:
    first = propose(queue)
    assert queue.chi.post(f"/second-person/{first}/withdraw").status_code == 303
    second = propose(queue)
    assert (
        queue.dao.post(f"/second-person/{second}/decide", data={"say": "no", "decision": "Không đủ căn cứ."}).status_code == 303
    )
    assert [state(queue, each) for each in (first, second)] == [ProposalState.WITHDRAWN, ProposalState.DECLINED]
    assert "Không đủ căn cứ." in queue.chi.get(f"/second-person/{second}").text


def test_who_is_seen_in_a_recording_is_proposed_from_the_incident(queue: Queue) -> None:
    incident = queue.incident("An").id
    found = queue.chi.get(f"/incidents/{incident}/who?name=an").text
    assert f"/residents/{queue.people[0]}/two?incident={incident}" in found.replace("&amp;", "&")
    proposal = propose(queue, "identification", incident=str(incident))
    assert "/incidents/" in queue.dao.get(f"/second-person/{proposal}").text
