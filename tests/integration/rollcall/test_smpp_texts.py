"""Texts that an SMPP gateway of others hands over: every alphabet, in parts, acknowledged when they are on disk, whoever dies when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.inbound import InboundMessage, InboundPart
from monitor.models.rollcalls.rounds import CheckInState
from rollcall.channels.deliveries import decode
from rollcall.channels.smpp import SmppGateway
from rollcall.inbound.keeping import JOIN_WITHIN, TextStore, take_waiting, tidy
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.smpp_gateway import INSTALLED, PASSWORD, SYSTEM_ID, SmppServer
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.due_round import WITHOUT_NIGHT, check_in_of, world

needs_gateway = pytest.mark.skipif(not INSTALLED and not os.environ.get("CI"), reason="needs node and the npm package smpp")
FROM = "84900000001"
LONG = "Dạ em chào bác sĩ, hôm nay em vẫn khoẻ, ăn được, không sốt. " * 3


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., SmppServer]]:
    made: list[SmppServer] = []

    def run(*written: dict[str, Any]) -> SmppServer:
        made.append(SmppServer(tmp_path, "inbound", json.dumps([{"source_addr": FROM} | each for each in written])))
        return made[-1]

    yield run
    for each in made:
        each.stop()


def line(server: SmppServer, database: Database, texts: Any = None) -> SmppGateway:
    return SmppGateway(
        "127.0.0.1",
        server.port,
        system_id=SYSTEM_ID,
        password=PASSWORD,
        sender="1022",
        store=lambda _: None,
        texts=texts or TextStore(database),
    )


def take_all(server: SmppServer, channel: SmppGateway, many: int) -> None:
    """Read until the gateway has so many good answers."""

    def done() -> bool:
        channel._bind_again_at = 0.0
        channel.take_in()
        return sum(not status for _, status in server.handed_over) >= many

    try:
        wait_until(done)
    finally:
        channel.close()


def texts(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(InboundMessage.text).order_by(InboundMessage.id)))


def parts(text: str, reference: int, size: int = 66) -> list[dict[str, Any]]:
    """A long text in UCS-2, as a phone cuts it."""
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return [
        {
            "udh": bytes((5, 0, 3, reference, len(pieces), number)).hex(),
            "hex": piece.encode("utf-16-be").hex(),
            "data_coding": 8,
        }
        for number, piece in enumerate(pieces, 1)
    ]


def by_16_bits(text: str) -> list[dict[str, Any]]:
    pieces = [text[:70], text[70:]]
    return [
        {"udh": bytes((6, 8, 4, 1, 2, 2, number)).hex(), "hex": piece.encode("latin-1").hex(), "data_coding": 3}
        for number, piece in enumerate(pieces, 1)
    ]


def by_sar(text: str) -> list[dict[str, Any]]:
    pieces = [text[:20], text[20:]]
    return [
        {"short_message": piece, "sar_msg_ref_num": 7, "sar_total_segments": 2, "sar_segment_seqnum": number}
        for number, piece in enumerate(pieces, 1)
    ]


@needs_gateway
def test_texts_are_read_in_every_alphabet_whole_and_in_parts(
    both_databases: Database, serve: Callable[..., SmppServer]
) -> None:
    latin = "Être là, Cô Hà, má ơ".replace("ơ", "ô") + "x" * 60
    world(both_databases, "An", **WITHOUT_NIGHT)
    with both_databases.write() as session:
        session.execute(update(Resident).values(phone=FROM))
    written = [
        {"short_message": "CO 1 @ [3] é"},
        {"short_message": "Có, em khoẻ ạ"},
        {"hex": "Être là".encode("latin-1").hex(), "data_coding": 3},
        {"hex": b"CO ok".hex(), "data_coding": 1},
        {"hex": "Có".encode("utf-16-be").hex(), "data_coding": 8, "payload": True},
        *reversed(parts(LONG, 200)),
        *by_16_bits(latin),
        *by_sar("toi van khoe, an ngu duoc, khong sot"),
        {"hex": "ff00fe", "data_coding": 4},
    ]
    server = serve(*written)
    take_all(server, line(server, both_databases), len(written))
    assert {status for _, status in server.handed_over} == {0}
    assert sorted(texts(both_databases)[:-1]) == sorted(
        ["CO 1 @ [3] é", "Có, em khoẻ ạ", "Être là", "CO ok", "Có", LONG, latin, "toi van khoe, an ngu duoc, khong sot"]
    )


@needs_gateway
def test_a_text_over_smpp_is_an_answer(both_databases: Database, serve: Callable[..., SmppServer]) -> None:
    _, (one,) = world(both_databases, "An", **WITHOUT_NIGHT)
    with both_databases.write() as session:
        session.execute(update(Resident).values(phone="0900 000 001", without_smartphone=True))
    open_due_rounds(both_databases, utc_now())
    server = serve(*parts(LONG, 7), {"short_message": "CO"})
    take_all(server, line(server, both_databases), 4)
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED


@needs_gateway
def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(database: Database, serve: Callable[..., SmppServer]) -> None:
    class Full(TextStore):
        failing = 2

        def keep(self, *given: Any) -> list[int]:
            if self.failing:
                self.failing -= 1
                raise OSError("the disk is full")
            return super().keep(*given)

    server = serve({"short_message": "CO"}, *parts(LONG, 9))
    take_all(server, line(server, database, Full(database)), 4)
    assert sorted(texts(database)) == sorted(["CO", LONG])


@needs_gateway
def test_an_acknowledgement_that_is_lost_makes_no_second_text(
    both_databases: Database, serve: Callable[..., SmppServer]
) -> None:
    server = serve({"short_message": "CO", "cut": True}, {"short_message": "CO", "source_addr": "84900000002"})
    take_all(server, line(server, both_databases), 2)
    assert texts(both_databases) == ["CO", "CO"]


@needs_gateway
def test_a_gateway_without_a_place_for_texts_keeps_them(database: Database, serve: Callable[..., SmppServer]) -> None:
    server = serve({"short_message": "CO"})
    channel = line(server, database)
    channel._texts = None
    wait_until(lambda: channel.take_in() or server.handed_over)
    channel.close()
    # ESME_RX_T_APPN: a fault of the moment, to be sent again.
    assert server.handed_over == [(0, 0x64)]


KILLED = """
import os, sys
from monitor.database.database import Database
from rollcall.inbound.keeping import TextStore
from tests.integration.rollcall.test_smpp_texts import line
class Dies(TextStore):
    kept = 0
    def keep(self, deliveries, at):
        ids = super().keep(deliveries, at)
        os._exit(9)
class Server:
    port = int(sys.argv[2])
channel = line(Server, None, Dies(Database(sys.argv[1], bytes(32))))
while True:
    channel.take_in()
"""


@needs_gateway
def test_a_kill_between_store_and_acknowledgement_loses_nothing_and_doubles_nothing(
    both_databases: Database, serve: Callable[..., SmppServer]
) -> None:
    _, (one,) = world(both_databases, "An", **WITHOUT_NIGHT)
    with both_databases.write() as session:
        session.execute(update(Resident).values(phone="+84900000001", without_smartphone=True))
    open_due_rounds(both_databases, utc_now())
    server = serve(*parts(LONG, 3), {"short_message": "CO"})
    url = both_databases.engine.url.render_as_string(hide_password=False)
    root = str(Path(__file__).parents[3])
    for _ in range(3):
        run = [sys.executable, "-c", KILLED, url, str(server.port)]
        assert subprocess.run(run, env={**os.environ, "PYTHONPATH": root}, timeout=3 * PATIENCE, check=False).returncode == 9
    assert server.handed_over == []
    take_all(server, line(server, both_databases), 4)
    take_waiting(both_databases, utc_now())
    assert sorted(texts(both_databases)) == sorted([LONG, "CO"])
    with both_databases.read() as session:
        assert len(session.scalars(select(Answer)).all()) == 1
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED


@needs_gateway
def test_a_text_whose_last_part_never_comes_is_handed_on_with_a_mark(
    database: Database, serve: Callable[..., SmppServer]
) -> None:
    first, second, third = parts(LONG, 11)
    server = serve(first, third)
    take_all(server, line(server, database), 2)
    assert texts(database) == []
    tidy(database, utc_now())
    assert texts(database) == []
    tidy(database, utc_now() + JOIN_WITHIN)
    (text,) = texts(database)
    assert text == f"{LONG[:66]}[…]{LONG[132:]}"
    tidy(database, utc_now() + 2 * JOIN_WITHIN)
    assert len(texts(database)) == 1
    with database.read() as session:
        assert {each.joined for each in session.scalars(select(InboundPart))} == {True}
    assert second


@pytest.mark.parametrize(
    ("content", "coding", "text"),
    [
        (b"CO\x00\x1b<", 0, "CO@["),
        ("Có".encode(), 0, "Có"),
        ("là".encode("latin-1"), 0, "là"),
        ("Có".encode("utf-16-be"), 0x08, "Có"),
        ("Có".encode("utf-16-be"), 0x18, "Có"),
        (b"CO", 0x11, "CO"),
        (b"CO", 0xF1, "CO"),
        (b"CO\xd8", 8, "䍏\ufffd"),
        (b"", 8, ""),
    ],
)
def test_a_data_coding_says_the_alphabet(content: bytes, coding: int, text: str) -> None:
    assert decode(content, coding) == text


def test_hundreds_of_texts_at_once_are_taken_in_seconds(database: Database, serve: Callable[..., SmppServer]) -> None:
    if not INSTALLED:
        pytest.skip("needs node and the npm package smpp")
    many = 300
    server = serve(*({"short_message": "CO", "source_addr": f"8490000{number:04}"} for number in range(many)))
    # Gives up after a minute; with a question for each it would take several.
    take_all(server, line(server, database), many)
    assert len(texts(database)) == many
