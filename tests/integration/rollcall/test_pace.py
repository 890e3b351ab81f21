"""How fast messages leave: one limit for all workers, also behind a hold-up, and a gateway that asks to be left alone is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.rollcalls.messages import ChannelPace
from monitor.models.rollcalls.prompts import Prompt, PromptState
from rollcall.channels.channel import Message, Outcome, Sent
from rollcall.prompts.pace import Rate, reserve
from rollcall.prompts.sending import Sender
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.named_gateway import prompts, sending, settings_of
from tests.doubles.vendor_server import Answer, Asked, VendorServer
from tests.worlds.due_round import WITHOUT_NIGHT, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW


@pytest.fixture
def server() -> Iterator[VendorServer]:
    running = VendorServer(lambda _: Answer(500, b""))
    yield running
    running.stop()


class SlowToBegin:
    """A channel that has something to do before it asks for its first message. left: when each was asked for."""

    name = "sms"
    idempotent = True

    def __init__(self, begin: Callable[[], None]) -> None:
        self._begin = begin
        self.left: list[datetime] = []

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        self._begin()
        for message in messages:
            self.left.append(utc_now())
            yield message, Sent(message.reference)

    def close(self) -> None:
        return


def over(channel: SlowToBegin, database: Database, folder: Path, **more: Any) -> Sender:
    return make_sender(database, {"sms": channel}, folder / "slow", "slow", **more)


@pytest.mark.parametrize(("header", "seconds"), [("17", 17.0), ("", None), ("soon", None), ("99999999", 3600.0)])
def test_a_gateway_that_asks_to_wait_is_left_alone_by_every_worker_and_that_is_no_try(
    header: str, seconds: float | None, server: VendorServer, database: Database, tmp_path: Path
) -> None:
    world(database, *(f"Người {number}" for number in range(20)), **WITHOUT_NIGHT)
    open_due_rounds(database, NOW)
    settings = settings_of("twilio", server, tmp_path)
    server.answer = lambda _: Answer(429, {"code": 20429, "status": 429}, {"Retry-After": header} if header else {})
    sender, channel = sending(settings, database, tmp_path)
    began = utc_now()
    assert sender.send_due(began) == 20
    asked = len(server.asked)
    if seconds is None:
        assert asked == 20
        assert {each.attempts for each in prompts(database)} == {1}
        channel.close()
        return
    assert asked < 20, "the rest of the batch was handed over all the same"
    assert {(each.state, each.attempts) for each in prompts(database)} == {(PromptState.QUEUED, 0)}
    with database.read() as session:
        free_at = session.scalars(select(ChannelPace.free_at)).one()
    assert seconds <= (free_at - began).total_seconds() < seconds + 30
    other, line = sending(settings, database, tmp_path, "other")
    with database.write() as session:
        session.execute(update(Prompt).values(next_attempt_at=NOW))
    assert other.send_due(utc_now()) == 0
    assert len(server.asked) == asked
    server.answer = lambda _: Answer(201, {"sid": f"SM{len(server.asked)}"})
    assert other.send_due(free_at + timedelta(seconds=1)) == 20
    for each in (channel, line):
        each.close()


def test_moments_reserved_one_after_the_other_lie_apart_whoever_asks(both_databases: Database) -> None:
    moments: list[datetime] = []
    for number in range(24):
        # In turn, as the lock for claiming has it; the clocks of three machines differ a little.
        now = NOW + number % 3 * timedelta(milliseconds=1)
        with both_databases.write() as session:
            moments += reserve(session, "sms", Rate(8.0, each_part=True), [1, 2, 1], now)
    gaps = [(after - before) / timedelta(seconds=1 / 8) for before, after in pairwise(moments)]
    assert gaps == ([1, 2, 1] * 24)[:-1]


def test_workers_share_one_limit(both_databases: Database, server: VendorServer, tmp_path: Path) -> None:
    per_second, people = 4.0, 14
    world(both_databases, *(f"Người {number}" for number in range(people)), **WITHOUT_NIGHT)
    open_due_rounds(both_databases, NOW)
    moments: list[datetime] = []

    def answer(_: Asked) -> Answer:
        moments.append(utc_now())
        return Answer(201, {"sid": f"SM{len(moments)}-{utc_now().timestamp()}"})

    server.answer = answer
    settings = settings_of("twilio", server, tmp_path, sms_per_second=per_second)

    def work(number: int) -> int:
        sender, channel = sending(settings, both_databases, tmp_path, f"w{number}")
        total = 0
        while total < people and len(moments) < people:
            total += sender.send_due(utc_now())
        channel.close()
        return total

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == people
    assert len(moments) == people
    spread = (max(moments) - min(moments)).total_seconds()
    assert spread >= (people - 1) / per_second - 0.4, f"{people} messages in {spread:.1f} s"
    # Never more than are due by then; one that was held up on its way arrives with those behind it.
    for number, moment in enumerate(sorted(moments), 1):
        assert number <= 1 + per_second * ((moment - min(moments)).total_seconds() + 0.5)


def test_who_waited_for_the_database_lets_no_messages_leave_at_once_for_it(
    database: Database, server: VendorServer, tmp_path: Path
) -> None:
    world(database, "An", "Bình", "Chi", "Dũng", **WITHOUT_NIGHT)
    open_due_rounds(database, NOW)
    moments: list[datetime] = []

    def answer(_: Asked) -> Answer:
        moments.append(utc_now())
        return Answer(201, {"sid": f"SM{len(moments)}"})

    server.answer = answer
    sender, channel = sending(settings_of("twilio", server, tmp_path, sms_per_second=2.0), database, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            session.connection()  # takes the lock
            sent = pool.submit(sender.send_due, utc_now())
            time.sleep(1.0)
        assert sent.result() == 4
    channel.close()
    # Half of what is wanted: the first may be held up on its way.
    assert (max(moments) - min(moments)).total_seconds() >= 3 / 2 / 2


def test_who_is_held_up_behind_a_claim_does_not_send_all_that_is_overdue_at_once(
    both_databases: Database, tmp_path: Path
) -> None:
    world(both_databases, *(f"Người {number}" for number in range(16)), **WITHOUT_NIGHT)
    open_due_rounds(both_databases, NOW)
    channel = SlowToBegin(lambda: time.sleep(1.3))
    assert over(channel, both_databases, tmp_path, rates={"sms": Rate(8.0)}).send_due(utc_now()) == 16
    left = channel.left
    # Ten were overdue. Their moments lie an eighth of a second apart; a quarter of a second is caught up with.
    quarter = timedelta(seconds=0.25)
    assert max(sum(at <= other < at + quarter for other in left) for at in left) <= 5


def test_a_channel_that_takes_its_time_to_begin_sends_nothing_that_another_worker_has_taken_over(
    database: Database, server: VendorServer, tmp_path: Path
) -> None:
    world(database, "An", "Bình", **WITHOUT_NIGHT)
    open_due_rounds(database, NOW)
    server.answer = lambda _: Answer(201, {"sid": f"SM{len(server.asked)}"})
    settings = settings_of("twilio", server, tmp_path)
    quick, line = sending(settings, database, tmp_path, "quick")

    def begin() -> None:
        # As one that first has to get a token.
        time.sleep(0.6)
        assert quick.send_due(utc_now()) == 2

    channel = SlowToBegin(begin)
    slow = over(channel, database, tmp_path, lease=timedelta(seconds=0.3))
    with database.write() as session:
        session.execute(update(Prompt).values(next_attempt_at=utc_now()))
    # Only a gateway that knows references lets another take over without asking the dead one's journal.
    line.idempotent = True
    assert slow.send_due(utc_now()) == 2
    line.close()
    assert (len(server.asked), channel.left) == (2, [])
