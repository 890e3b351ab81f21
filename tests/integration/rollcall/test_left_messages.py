"""What left is recorded as left, whoever died and whoever answered meanwhile: counted in budget, costs and the proof of quiet hours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.service import OutagePart, ServiceOutage
from monitor.vault.vault import Vault
from monitor.words import N_
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent
from rollcall.prompts.budget import messages_used
from rollcall.prompts.costs import costs_of
from rollcall.prompts.journal import Journal
from rollcall.prompts.kept_rules import record_of
from rollcall.prompts.left import lost_sight_of
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import answer_by_link, minutes, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW


class Gateway:
    """Knows references again, as gateways with idempotency keys do. answers: what it says, one after the other; then it takes all."""

    name = ChannelName.SMS
    idempotent = True

    def __init__(self, *answers: Outcome) -> None:
        self.taken: list[str] = []
        self._answers = iter(answers)

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for message in messages:
            answer = next(self._answers, None)
            if answer is None or (isinstance(answer, ChannelProblem) and answer.left):
                self.taken.append(message.reference)
            yield message, answer or Sent(f"g-{message.reference}")

    def close(self) -> None:
        pass


def round_of(database: Database, *names: str) -> tuple[int, list[int]]:
    zone, people = world(database, *names, evidence=EvidenceLevel.ACKNOWLEDGED)
    open_due_rounds(database, NOW)
    return zone, people


def lease_to_the_dead(database: Database, **values: object) -> list[int]:
    """All prompts as a worker held them that died; returns them in their order."""
    with database.write() as session:
        leased = {"state": PromptState.LEASED, "leased_by": "dead", "next_attempt_at": NOW, "handed_at": NOW, "attempts": 1}
        session.execute(update(Prompt).values(**(leased | values)))
        return list(session.scalars(select(Prompt.id).order_by(Prompt.id)))


def prompts(database: Database) -> list[Prompt]:
    with database.read() as session:
        return list(session.scalars(select(Prompt).order_by(Prompt.id)))


def test_what_the_dead_had_handed_over_is_sent_also_where_its_people_have_answered(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    database = both_databases
    zone, people = round_of(database, "An", "Bình", "Cúc", "Dũng")
    taken, unanswered, never, waiting = lease_to_the_dead(database)
    journal = Journal(tmp_path, "dead")
    for each in (taken, unanswered):
        journal.handing(each)
    journal.answered(taken, "g-taken")
    for each in people[:3]:
        answer_by_link(database, vault, each, now=minutes(1))
    gateway = Gateway()
    make_sender(database, {"sms": gateway}, tmp_path).send_due(minutes(2))
    states = {each.id: each for each in prompts(database)}
    # Taken is sent, what nobody can know is uncertain; only what certainly never left is "not sent".
    assert {number: each.state for number, each in states.items()} == {
        taken: PromptState.SENT,
        unanswered: PromptState.UNCERTAIN,
        never: PromptState.FAILED,
        waiting: PromptState.SENT,
    }
    assert states[taken].gateway_reference == "g-taken"
    assert gateway.taken == [states[waiting].reference]
    with database.write() as session:
        # The journal's moment is of the test's own clock.
        assert states[taken].sent_at is not None
        session.execute(update(Prompt).where(Prompt.sent_at.is_not(None)).values(sent_at=minutes(1)))
        session.execute(update(Prompt).values(cost=350, parts=1))
    with database.read() as session:
        used = messages_used(session, people, minutes(10))
        assert [used[each] for each in people] == [1, 1, 0, 1]
        assert record_of(session, [zone], minutes(10)).left == 3
        day = (minutes(10)).astimezone(UTC).date()
        timezone = session.get_one(Zone, zone).timezone
        assert costs_of(session, [zone], day, 2, ZoneInfo(timezone)).total.cost == 3 * 350


def test_of_another_machines_dead_worker_nobody_knows_and_who_still_waits_is_asked_under_the_same_key(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    database = both_databases
    _, people = round_of(database, "An", "Bình")
    lease_to_the_dead(database)
    answer_by_link(database, vault, people[0], now=minutes(1))
    gateway = Gateway()
    make_sender(database, {"sms": gateway}, tmp_path).send_due(minutes(2))
    first, second = prompts(database)
    assert (first.state, first.handed_at) == (PromptState.UNCERTAIN, NOW)
    assert (second.state, gateway.taken) == (PromptState.SENT, [second.reference])


def test_a_message_that_the_night_holds_back_after_a_death_still_counts_as_one_that_may_have_left(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    _, (one,) = round_of(database, "An")
    night = NOW + timedelta(hours=13)
    lease_to_the_dead(database)
    sender = make_sender(database, {"sms": Gateway()}, tmp_path)
    sender.send_due(night)
    (held,) = prompts(database)
    assert held.state == PromptState.QUEUED
    with database.read() as session:
        assert session.scalars(select(Prompt.id).where(lost_sight_of())).all() == [held.id]
        assert messages_used(session, [one], night)[one] == 1
    answer_by_link(database, vault, one, now=night)
    sender.send_due(NOW + timedelta(hours=23))
    (held,) = prompts(database)
    assert held.state == PromptState.UNCERTAIN


UNHEARD = ChannelProblem(N_("The message gateway cannot be reached (%(why)s)."), permanent=False, left=True, why="timeout")
REFUSED = ChannelProblem(N_("The message gateway cannot be reached (%(why)s)."), permanent=False, why="refused")


@pytest.mark.parametrize(
    ("came", "state", "counts"),
    [
        ([UNHEARD], PromptState.UNCERTAIN, 1),
        ([REFUSED], PromptState.FAILED, 0),
        # Whoever was not heard once may have been sent then, whatever the next attempt said.
        ([UNHEARD, REFUSED], PromptState.UNCERTAIN, 1),
        ([REFUSED, REFUSED], PromptState.FAILED, 0),
    ],
)
def test_a_gateway_that_did_not_answer_may_have_taken_it(
    database: Database, vault: Vault, tmp_path: Path, came: list[Outcome], state: PromptState, counts: int
) -> None:
    _, (one,) = round_of(database, "An")
    sender = make_sender(database, {"sms": Gateway(*came)}, tmp_path)
    at = itertools.count(1)
    for _ in came:
        sender.send_due(minutes(next(at)))
        with database.write() as session:
            session.execute(update(Prompt).where(Prompt.state == PromptState.QUEUED).values(next_attempt_at=NOW))
    answer_by_link(database, vault, one, now=minutes(next(at)))
    later: datetime = minutes(next(at))
    sender.send_due(later)
    (prompt,) = prompts(database)
    assert prompt.state == state
    with database.read() as session:
        assert messages_used(session, [one], later)[one] == counts


def test_who_stood_still_longer_than_the_lease_hands_nothing_over(database: Database, tmp_path: Path) -> None:
    """As after SIGSTOP: another worker has read the journal, and may have handed it over already."""
    round_of(database, "An", "Bình")
    gateway = Gateway()
    stood_still = timedelta(microseconds=1)
    make_sender(database, {"sms": gateway}, tmp_path, lease=stood_still).send_due(minutes(1))
    assert gateway.taken == []


def test_a_gateway_that_refuses_is_an_outage_until_it_takes_a_message(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    database = both_databases
    round_of(database, "An", "Bình")
    sender = make_sender(database, {"sms": Gateway(REFUSED, REFUSED, REFUSED, REFUSED)}, tmp_path)

    def outages() -> list[ServiceOutage]:
        with database.read() as session:
            return list(session.scalars(select(ServiceOutage)))

    def again() -> None:
        with database.write() as session:
            session.execute(update(Prompt).where(Prompt.state == PromptState.QUEUED).values(next_attempt_at=NOW))
        sender.send_due(minutes(1))

    again()
    (outage,) = outages()
    assert (outage.part, outage.subject, outage.cause, outage.ended_at) == (OutagePart.GATEWAY, "sms", "refused", None)
    again()
    assert len(outages()) == 1
    again()
    (outage,) = outages()
    assert outage.ended_at is not None


def test_one_number_that_a_gateway_refuses_for_good_says_nothing_of_the_gateway(database: Database, tmp_path: Path) -> None:
    round_of(database, "An")
    never = ChannelProblem(N_("This browser no longer accepts notifications."), permanent=True)
    make_sender(database, {"sms": Gateway(never)}, tmp_path).send_due(minutes(1))
    with database.read() as session:
        assert session.scalars(select(ServiceOutage)).all() == []
