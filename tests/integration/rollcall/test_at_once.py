"""What HTTP channels share, against a gateway that keeps connections open, holds answers back, and cuts lines."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from monitor.calls_out.http import LARGEST_ANSWER, Answer, Unreachable
from rollcall.channels.at_once import AtOnce
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from tests.doubles.waiting import PATIENCE


class Gateway(socketserver.ThreadingTCPServer):
    """One thread a connection, which stays open after an answer unless it is told to cut it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.connections = self.asked = 0
        self.together: threading.Barrier | None = None
        self.drip = 0.0
        self.cut_after_answer = self.cut_instead = False
        self.body = b"{}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Line(socketserver.StreamRequestHandler):
    server: Gateway

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError):
            while self._one():
                pass

    def _one(self) -> bool:
        length = 0
        while (line := self.rfile.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        if not line:
            return False
        self.rfile.read(length)
        self.server.asked += 1
        if self.server.cut_instead:
            return False
        if self.server.together is not None:
            self.server.together.wait(PATIENCE)
        body = self.server.body
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for at in range(len(body) if self.server.drip else 1):
            time.sleep(self.server.drip)
            self.wfile.write(body[at : at + 1] if self.server.drip else body)
        return not self.server.cut_after_answer


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Channel:
    """A channel as small as one can be."""

    def __init__(self, url: str, seconds: float = PATIENCE, at_once: int = 8) -> None:
        self._url = url
        self.line = AtOnce(self._hand_over, seconds=seconds, at_once=at_once)

    async def _hand_over(self, message: Message) -> Outcome:
        try:
            answer = await self.line.post(self._url, json.dumps({"text": message.text}), {})
        except Unreachable as error:
            return Uncertain() if error.left else ChannelProblem("%(why)s", permanent=False, why=str(error))
        assert isinstance(answer, Answer)
        return Sent(message.reference)

    def close(self) -> None:
        self.line.close()


def messages(count: int) -> Iterator[Message]:
    return (Message("+84", "hello", f"r{number}") for number in range(count))


def test_eight_messages_are_on_their_way_at_one_time_and_no_more_connections_are_opened(gateway: Gateway) -> None:
    gateway.together = threading.Barrier(8)
    with closing(Channel(gateway.url)) as channel:
        told = list(channel.line.send(messages(24)))
    assert sorted(message.reference for message, _ in told) == sorted(f"r{number}" for number in range(24))
    assert all(isinstance(outcome, Sent) for _, outcome in told)
    assert (gateway.asked, gateway.connections) == (24, 8)


def test_none_is_taken_before_there_is_room_for_it(gateway: Gateway) -> None:
    taken: list[str] = []

    def one_by_one() -> Iterator[Message]:
        for each in messages(6):
            taken.append(each.reference)
            yield each

    with closing(Channel(gateway.url, at_once=2)) as channel:
        answers = channel.line.send(one_by_one())
        next(answers)
        assert len(taken) == 2
        assert len(list(answers)) == 5


def test_a_line_that_the_gateway_ended_meanwhile_costs_no_message(gateway: Gateway) -> None:
    gateway.cut_after_answer = True
    with closing(Channel(gateway.url)) as channel:
        for _ in range(5):
            ((_, outcome),) = channel.line.send(messages(1))
            assert isinstance(outcome, Sent)
            time.sleep(0.1)
    assert gateway.connections == 5


def test_what_was_cut_or_never_ends_is_uncertain_and_what_never_left_is_not(gateway: Gateway) -> None:
    gateway.cut_instead = True
    with closing(Channel(gateway.url)) as channel:
        ((_, cut),) = channel.line.send(messages(1))
    gateway.cut_instead, gateway.body = False, b"x" * (LARGEST_ANSWER + 1)
    with closing(Channel(gateway.url)) as channel:
        ((_, too_long),) = channel.line.send(messages(1))
    gateway.body, gateway.drip = b"x" * 600, 0.1
    with closing(Channel(gateway.url, seconds=0.3)) as channel:
        began = time.monotonic()
        ((_, dripping),) = channel.line.send(messages(1))
        assert time.monotonic() - began < 30, "long before all has come"
    assert [cut, too_long, dripping] == [Uncertain()] * 3
    for nowhere in ("http://127.0.0.1:9/", "http://gateway.invalid/", "http://gateway:port/"):
        with closing(Channel(nowhere)) as channel:
            ((_, problem),) = channel.line.send(messages(1))
        assert isinstance(problem, ChannelProblem)


def test_who_asks_no_further_leaves_a_line_that_still_can_be_closed(gateway: Gateway) -> None:
    channel = Channel(gateway.url)
    next(channel.line.send(messages(20)))
    channel.close()
    assert gateway.asked <= 8
    channel.close()
