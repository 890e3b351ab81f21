"""The SMPP messages that we write and read ourselves are, byte for byte, those that smpplib writes."""

from __future__ import annotations

import contextlib
import itertools
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some
from smpplib import consts, smpp
from smpplib.client import Client
from smpplib.exceptions import PDUError
from smpplib.gsm import make_parts

from rollcall.channels.smpp_pdus import Accepted, Reader, deliver_resp_pdu, submit_pdu


@pytest.mark.parametrize(
    ("sender", "to", "text"),
    [
        ("1022", "+84900000001", "Diem danh: {link}"),
        ("+841022", "0900000001", "€ [x]"),
        ("BoYTe", "+84900000001", "Điểm danh: xin gửi một tấm ảnh của mình trước 10:00. " * 5),
    ],
)
def test_it_is_what_the_library_writes(sender: str, to: str, text: str) -> None:
    client = Client("127.0.0.1", 1, allow_unknown_opt_params=True)
    parts, coding, esm_class = make_parts(text)
    for number, part in enumerate(parts, 1):
        theirs = smpp.make_pdu(
            "submit_sm",
            client=client,
            source_addr_ton=consts.SMPP_TON_INTL if sender.lstrip("+").isdigit() else consts.SMPP_TON_ALNUM,
            source_addr_npi=consts.SMPP_NPI_ISDN,
            source_addr=sender.lstrip("+"),
            dest_addr_ton=consts.SMPP_TON_INTL if to.startswith("+") else consts.SMPP_TON_UNK,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=to.lstrip("+"),
            short_message=part,
            data_coding=coding,
            esm_class=esm_class,
            registered_delivery=number == len(parts),
        )
        ours = submit_pdu(theirs.sequence, sender, to, part, coding, esm_class, receipt=number == len(parts))
        assert ours == theirs.generate()


@pytest.mark.parametrize("status", [consts.SMPP_ESME_ROK, consts.SMPP_ESME_RX_T_APPN])
def test_what_a_delivery_is_answered_with_is_what_the_library_writes(status: int) -> None:
    theirs = smpp.make_pdu("deliver_sm_resp", client=Client("127.0.0.1", 1, allow_unknown_opt_params=True), status=status)
    theirs.sequence = 77
    assert deliver_resp_pdu(77, status) == theirs.generate()


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, Reader]]:
    """A gateway's end of a connection, and who reads ours."""
    theirs, ours = socket.socketpair()
    client = Client("127.0.0.1", 1, allow_unknown_opt_params=True)
    client._socket = ours
    with theirs, ours:
        yield theirs, Reader(client)


@given(
    pieces=some.lists(some.integers(1, 40), min_size=1), names=some.lists(some.from_regex("[a-z0-9-]{0,64}", fullmatch=True))
)
def test_it_is_read_however_the_line_cuts_it(pieces: list[int], names: list[str]) -> None:
    theirs, ours = socket.socketpair()
    client = Client("127.0.0.1", 1, allow_unknown_opt_params=True)
    client._socket = ours
    with theirs, ours:
        reader, sent = Reader(client), b""
        for number, name in enumerate(names):
            answer = smpp.make_pdu("submit_sm_resp", client=client, message_id=name)
            answer.sequence = number
            enquiry = smpp.make_pdu("enquire_link", client=client)
            sent += answer.generate() + enquiry.generate()
        # One piece in each packet: the other end takes it before the next is there.
        read = []
        for size in itertools.cycle(pieces):
            if not sent:
                break
            theirs.sendall(sent[:size])
            sent = sent[size:]
            with contextlib.suppress(BlockingIOError):
                while True:
                    read.append(reader.read(0))
        assert [each for each in read if isinstance(each, Accepted)] == [Accepted(*pair) for pair in enumerate(names)]
        assert [each.command for each in read if not isinstance(each, Accepted)] == ["enquire_link"] * len(names)


def test_a_refusal_is_the_librarys(line: tuple[socket.socket, Reader]) -> None:
    gateway, reader = line
    refusal = smpp.make_pdu(
        "submit_sm_resp", client=Client("127.0.0.1", 1, allow_unknown_opt_params=True), status=consts.SMPP_ESME_RINVDSTADR
    )
    gateway.sendall(refusal.generate())
    pdu = reader.read(1)
    assert (pdu.command, pdu.status) == ("submit_sm_resp", consts.SMPP_ESME_RINVDSTADR)


@pytest.mark.parametrize("content", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\x04" * 4, b"\xff" * 16])
def test_what_is_not_smpp_is_refused(line: tuple[socket.socket, Reader], content: bytes) -> None:
    gateway, reader = line
    gateway.sendall(content)
    with pytest.raises(PDUError):
        reader.read(1)


def test_silence_and_a_gateway_that_hangs_up_are_told(line: tuple[socket.socket, Reader]) -> None:
    gateway, reader = line
    gateway.sendall(b"\0\0\0\x20half of one")
    with pytest.raises(TimeoutError):
        reader.read(0.05)
    gateway.close()
    with pytest.raises(ConnectionResetError):
        reader.read(1)
