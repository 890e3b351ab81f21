"""The daily budget counts the same messages where they leave and where a round is rehearsed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.plans import EvidenceLevel, PlanKind
from monitor.models.rollcalls.prompts import Prompt, PromptState
from rollcall.channels.channel import Message, Outcome, Sent
from rollcall.plans.typed_plan import Draft
from rollcall.prompts.rehearsal import Rehearsal, rehearse
from rollcall.rounds.opening import open_due_rounds
from rollcall.texts.style import Style
from tests.worlds.due_round import world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW

HOUR = timedelta(hours=1)
LATER = NOW + 3 * HOUR  # when the plan's second round opens
DRAFT = Draft("Roll-call", PlanKind.EVERY, every_minutes=180.0, evidence=EvidenceLevel.ACKNOWLEDGED, share_percent=100)


@dataclass(frozen=True)
class Earlier:
    """A message of before. made, sent: hours before LATER."""

    made: float
    sent: float | None
    state: PromptState
    counts: bool


EARLIER = {
    "Left within the day": Earlier(23, 23, PromptState.DELIVERED, counts=True),
    "Left before": Earlier(25, 25, PromptState.DELIVERED, counts=False),
    "Held back by the night, left this morning": Earlier(26, 14, PromptState.DELIVERED, counts=True),
    "Left, and the gateway could not deliver it": Earlier(3, 3, PromptState.FAILED, counts=True),
    "Never left": Earlier(3, None, PromptState.FAILED, counts=False),
    "Waits to leave": Earlier(3, None, PromptState.QUEUED, counts=False),
    "About to leave": Earlier(3, None, PromptState.LEASED, counts=True),
    "May have left the zone": Earlier(3, None, PromptState.UNCERTAIN, counts=True),
}


class Line:
    """Takes every message."""

    name, idempotent = "sms", True

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for message in messages:
            yield message, Sent(message.reference)

    def close(self) -> None:
        """Nothing is open."""


def rehearsed(database: Database, zone: int, budget: int) -> Rehearsal:
    with database.read() as session:
        return rehearse(session, zone, DRAFT, None, LATER, available={"sms"}, budget=budget, style=Style(), address="")


def test_the_rehearsal_counts_the_budget_as_the_sending_does(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    zone, residents = world(database, *EARLIER)
    open_due_rounds(database, NOW)
    with database.write() as session:
        for resident, earlier in zip(residents, EARLIER.values(), strict=True):
            values = {
                "state": earlier.state,
                "created_at": LATER - earlier.made * HOUR,
                "sent_at": None if earlier.sent is None else LATER - earlier.sent * HOUR,
                "leased_by": "another",
                # None of these is what leaves now.
                "next_attempt_at": LATER + HOUR if earlier.state is PromptState.LEASED else None,
            }
            session.execute(update(Prompt).where(Prompt.resident_id == resident).values(**values))
        before = list(session.scalars(select(Prompt.id)))
    played = rehearsed(database, zone, budget=1)
    promised = {
        person.full_name: not any("daily limit" in remark.template for remark in person.remarks) for person in played.people
    }
    open_due_rounds(database, LATER)
    make_sender(database, {"sms": Line()}, tmp_path, budget=1).send_due(LATER)
    with database.read() as session:
        rows = session.execute(
            select(Resident.full_name, Prompt.state)
            .join(Prompt, Prompt.resident_id == Resident.id)
            .where(Prompt.id.not_in(before))
        ).all()
    left = {row.full_name: row.state is PromptState.SENT for row in rows}
    assert left == promised == {name: not earlier.counts for name, earlier in EARLIER.items()}
    assert played.held == sum(earlier.counts for earlier in EARLIER.values())


def test_the_message_to_a_shared_phone_counts_for_whom_it_will_be_sent_to(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    # The one who came first leads, also where the other's name comes first.
    zone, (first, _) = world(database, "Vinh", "An")
    with database.write() as session:
        session.execute(update(Resident).values(phone="+84911111111"))
    open_due_rounds(database, NOW)
    make_sender(database, {"sms": Line()}, tmp_path).send_due(NOW)
    played = rehearsed(database, zone, budget=1)
    assert {person.full_name: person.with_ for person in played.people} == {"An": "Vinh", "Vinh": None}
    assert (played.messages, played.held) == (1, 1)
    open_due_rounds(database, LATER)
    make_sender(database, {"sms": Line()}, tmp_path, budget=1).send_due(LATER)
    with database.read() as session:
        newest = session.scalars(select(Prompt).order_by(Prompt.id.desc()).limit(1)).one()
    assert (newest.resident_id, newest.state) == (first, PromptState.FAILED)
