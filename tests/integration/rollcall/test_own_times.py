"""What comes in another order than it was said: texts and receipts count by their own time, and nothing arrives before it left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.rollcalls.inbound import InboundMessage, TextStop
from monitor.models.rollcalls.prompts import Prompt, PromptState
from rollcall.channels.channel import Receipt
from rollcall.inbound.keeping import Arrived, keep, take_waiting
from rollcall.people.text_stops import let_texts_go_on, stop_texts, stopped_among
from rollcall.prompts.receipts import take_receipts, when_arrived
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import check_in_of, minutes, world
from tests.worlds.small_zone import NOW

NUMBER = "+84900000001101"
S = timedelta(seconds=1)


def number_of(database: Database) -> str:
    with database.read() as session:
        from monitor.models.people.residents import Resident

        return session.scalars(select(Resident.phone)).first() or ""


@pytest.mark.parametrize(
    ("texts", "stopped"),
    [
        # In the order in which they come, each with the minute in which it was written.
        ([("STOP", 1), ("START", 2)], False),
        ([("START", 2), ("STOP", 1)], False),
        ([("START", 1), ("STOP", 2)], True),
        ([("STOP", 2), ("START", 1)], True),
        ([("STOP", 1), ("STOP", 3), ("START", 2)], True),
        ([("START", 2), ("STOP", 1), ("STOP", 3)], True),
        ([("STOP", 1)], True),
    ],
)
def test_of_stop_and_start_the_one_that_was_written_later_holds(
    both_databases: Database, texts: list[tuple[str, int]], stopped: bool
) -> None:
    database = both_databases
    world(database, "An")
    number = number_of(database)
    for place, (text, written) in enumerate(texts):
        at = minutes(10 + place)
        with database.write() as session:
            keep(session, [Arrived(number, text, at, f"t-{place}", said_at=minutes(written), said="x")])
        take_waiting(database, at)
    with database.read() as session:
        assert bool(stopped_among(session, [number])) is stopped
        assert all(each is not None for each in session.scalars(select(InboundMessage.outcome)))


def test_what_staff_let_go_on_goes_on_whatever_time_it_was_stopped_at(both_databases: Database) -> None:
    with both_databases.write() as session:
        stop_texts(session, NUMBER, minutes(60))
        assert not let_texts_go_on(session, NUMBER, minutes(10))
        assert let_texts_go_on(session, NUMBER, minutes(10), by_staff=True)
        assert session.scalars(select(TextStop.ended_at)).one() == minutes(10)


@pytest.mark.parametrize(
    ("told", "sent", "ours", "arrived"),
    [
        (NOW + 30 * S, NOW + S, False, NOW + 30 * S),
        # Whole seconds of a gateway.
        (NOW, NOW + 0.7 * S, False, NOW),
        (NOW - 60 * S, NOW + S, False, NOW + S),
        (NOW - timedelta(hours=7), NOW + S, False, NOW + S),
        (NOW - timedelta(days=3), NOW + S, False, None),
        (NOW - timedelta(days=3), NOW + S, True, NOW + S),
        (NOW - 60 * S, None, False, NOW),
        # It left by a clock that was wrong.
        (NOW + 60 * S, NOW + timedelta(days=40), False, NOW + 60 * S),
    ],
)
def test_when_a_receipt_says_that_a_message_arrived(told: object, sent: object, ours: bool, arrived: object) -> None:
    assert when_arrived(told, NOW, sent, reference_is_ours=ours) == arrived  # type: ignore[arg-type]


@pytest.mark.parametrize(("told", "counts"), [(-5, True), (-0.01, True), (40, True), (-3 * 24 * 60, False)])
def test_no_message_is_delivered_before_it_was_sent(both_databases: Database, told: float, counts: bool) -> None:
    database = both_databases
    _, (an,) = world(database, "An")
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(
            update(Prompt).values(state=PromptState.SENT, sent_at=minutes(1), gateway_reference="g", next_attempt_at=None)
        )
    with database.write() as session:
        take_receipts(session, [Receipt("g", delivered=True, at=minutes(told))])
    with database.read() as session:
        prompt = session.scalars(select(Prompt)).one()
    assert (prompt.state == PromptState.DELIVERED) is counts
    assert prompt.delivered_at == (max(minutes(told), minutes(1)) if counts else None)
    due = check_in_of(database, an).due_at
    assert due is not None
    assert due >= minutes(20)
