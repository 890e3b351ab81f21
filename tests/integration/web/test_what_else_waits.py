"""What awaits a person and is no incident is on exactly one list too: each in all its states, and all lists as their pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import Account
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.legal import LegalDeed, Proposal, ProposalState
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.laboratory import ParkedResult
from monitor.models.people.moves import Transfer, TransferState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.people.rights import RequestKind, RequestOutcome, RightsRequest
from monitor.models.places import Zone, ZoneKind
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.words import words
from rollcall.followup.worklists import ELSEWHERE, WorkList
from rollcall.rights.data_requests import answer_request, open_overdue
from tests.worlds.queue import Queue
from web.console.incidents.listed import list_of_case, one_incident

DAY = timedelta(days=1)


@pytest.fixture
def queue(both_databases: Database, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


class Waiting:
    """One thing of each kind in each of its states; which of them await a person, by list."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.awaited: dict[WorkList, set[int]] = {}
        with queue.database.write() as session:
            self.session = session
            self.person = session.scalars(select(Resident).where(Resident.full_name == "An")).one()
            self.account = session.scalars(select(Account.id).where(Account.username == "chi")).one()
            there = Zone(name="Khu kia", kind=ZoneKind.FACILITY)
            session.add(there)
            session.flush()
            self.there = there.id
            self._requests()
            self._texts()
            self._rows()
            self._results()
            self._proposals()
            self._transfers()

    def _add(self, where: WorkList, made: object, *, awaited: bool) -> None:
        self.session.add(made)
        self.session.flush()
        found = self.awaited.setdefault(where, set())
        if awaited:
            found.add(made.id)  # type: ignore[attr-defined]

    def _requests(self) -> None:
        for due, answered in ((DAY, False), (-DAY, False), (DAY, True)):
            request = RightsRequest(
                resident_id=self.person.id,
                zone_id=self.queue.zone,
                kind=RequestKind.CORRECT,
                text=f"{due} {answered}",
                made_at=self.queue.at - 3 * DAY,
                due_at=self.queue.at + due,
                answered_at=self.queue.at if answered else None,
                outcome=RequestOutcome.DONE if answered else None,
            )
            self._add(WorkList.REQUESTS, request, awaited=not answered)

    def _texts(self) -> None:
        for number, (known, read, seen) in enumerate(
            ((False, True, False), (False, True, True), (False, False, False), (True, True, False))
        ):
            text = InboundMessage(
                channel="sms",
                gateway_reference=str(number),
                sender="+84912345678",
                text="?",
                received_at=self.queue.at,
                resident_id=self.person.id if known else None,
                seen_at=self.queue.at if seen else None,
                next_attempt_at=None if read else self.queue.at,
            )
            self._add(WorkList.TEXTS, text, awaited=not known and read and not seen)

    def _rows(self) -> None:
        file = PeopleImport(
            zone_id=self.queue.zone,
            account_id=self.account,
            name="a.csv",
            digest="0" * 64,
            uploaded_at=self.queue.at,
            state=ImportState.DONE,
        )
        self.session.add(file)
        self.session.flush()
        for number, state in enumerate(RowState, start=2):
            parked = state is RowState.PARKED
            row = ImportRow(
                import_id=file.id,
                number=number,
                zone_id=self.queue.zone,
                state=state,
                cells={"full_name": "An"},
                match_id=self.person.id if parked else None,
                parked_at=self.queue.at if parked else None,
                reason=words("Test.").dump(),
            )
            self._add(WorkList.FILES, row, awaited=parked)

    def _results(self) -> None:
        for decided in (False, True):
            result = ParkedResult(
                zone_id=self.queue.zone,
                resident_id=self.person.id,
                digest=str(decided),
                cells=None if decided else {"full_name": "An"},
                candidates=[self.person.id],
                why=words("Test.").dump(),
                parked_at=self.queue.at,
                decided_at=self.queue.at if decided else None,
            )
            self._add(WorkList.RESULTS, result, awaited=not decided)

    def _proposals(self) -> None:
        states = [(state, False) for state in ProposalState] + [(ProposalState.EXPIRED, True)]
        for number, (state, seen) in enumerate(states):
            proposal = Proposal(
                deed=LegalDeed.BREACH,
                zone_id=self.queue.zone,
                resident_id=self.person.id,
                about=f"incident-{number}",
                reason="Test.",
                legal_basis="Test.",
                state=state,
                proposed_by=self.account,
                proposed_at=self.queue.at,
                expires_at=self.queue.at + DAY,
                seen_at=self.queue.at if seen else None,
            )
            waits = state is ProposalState.WAITING or (state is ProposalState.EXPIRED and not seen)
            self._add(WorkList.PROPOSALS, proposal, awaited=waits)

    def _transfers(self) -> None:
        order = self.session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == self.person.id)).one()
        for state in TransferState:
            transfer = Transfer(
                resident_id=self.person.id,
                order_id=order.id,
                from_zone_id=self.queue.zone,
                to_zone_id=self.there,
                state=state,
                reason="Test.",
                offered_at=self.queue.at,
                offered_by=self.account,
                decided_at=None if state is TransferState.OFFERED else self.queue.at - 30 * DAY,
            )
            self._add(WorkList.TRANSFERS, transfer, awaited=state is TransferState.OFFERED)

    def shown(self) -> dict[WorkList, set[int]]:
        """What the pages show, by the addresses at which it is decided."""
        pages = {
            WorkList.REQUESTS: ("/requests", r"/requests/(\d+)"),
            WorkList.TEXTS: ("/texts/unknown", r"/texts/(\d+)/seen"),
            WorkList.FILES: ("/people/doubtful", r"/people/doubtful/(\d+)"),
            WorkList.RESULTS: ("/laboratory", r"/laboratory/parked/(\d+)"),
            WorkList.PROPOSALS: ("/second-person", r"/second-person/(\d+)"),
            WorkList.TRANSFERS: (f"/zones/{self.there}/movements?only=coming", r"/transfers/(\d+)"),
        }
        return {
            where: {int(each) for each in re.findall(found, self.queue.chi.get(address).text)}
            for where, (address, found) in pages.items()
        }


def test_each_that_waits_is_on_its_list_and_what_is_decided_on_none(queue: Queue) -> None:
    waiting = Waiting(queue)
    assert waiting.shown() == waiting.awaited
    assert all(waiting.awaited.values()), "every list has something"
    on_lists_of_cases = {WorkList.QUEUE, WorkList.CALLS, WorkList.VISITS, WorkList.INCIDENTS, WorkList.NOBODY}
    assert set(waiting.awaited) | on_lists_of_cases == set(WorkList), "no list is left out"


def overdue(queue: Queue) -> int:
    with queue.database.read() as session:
        return session.scalars(select(Incident.id).where(Incident.kind == IncidentKind.REQUEST_OVERDUE)).one()


def test_a_request_that_is_late_waits_among_the_requests_alone_and_ends_there(queue: Queue) -> None:
    Waiting(queue)
    assert open_overdue(queue.database, queue.at) == 1
    incident = overdue(queue)
    reader = queue.reader("chi")
    with queue.database.read() as session:
        listed = one_incident(session, reader, incident)
        assert list_of_case(session, listed, queue.at) == (ELSEWHERE[IncidentKind.REQUEST_OVERDUE], None)
        late = session.scalars(select(RightsRequest.id).where(RightsRequest.due_at < queue.at)).one()
    page = queue.chi.get(f"/incidents/{incident}").text
    assert f'href="/requests/{late}"' in page
    assert 'id="resolve"' not in page
    refused = queue.chi.post(f"/incidents/{incident}/resolve", data={"text": "seen"})
    assert (refused.status_code, "Answer it; that ends this too." in refused.text) == (409, True)
    with queue.database.write() as session:
        answer_request(session, late, reader, RequestOutcome.DONE, "Corrected.", queue.at)
    with queue.database.read() as session:
        done = session.get_one(Incident, incident)
        assert (done.state, done.resolved_by) == (IncidentState.RESOLVED, reader.account_id)


def test_a_late_request_that_is_gone_leaves_an_incident_that_somebody_can_close(queue: Queue) -> None:
    Waiting(queue)
    open_overdue(queue.database, queue.at)
    with queue.database.write() as session:
        for each in session.scalars(select(RightsRequest)):
            session.delete(each)
    assert queue.chi.post(f"/incidents/{overdue(queue)}/resolve", data={"text": "seen"}).status_code == 303
