"""The three SMPP messages that come by the thousand, written and read directly; smpplib takes longer over its optional fields than
all the rest. Everything else is the library's. Source: SMPP 3.4, sections 3.2 and 4."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from typing import Any

from smpplib import consts, smpp
from smpplib.client import Client
from smpplib.exceptions import PDUError

_HEADER = struct.Struct(">IIII")
_SUBMIT_SM, _SUBMIT_SM_RESP, _DELIVER_SM_RESP = 0x00000004, 0x80000004, 0x80000005
# The longest field, message_payload, holds 64 kB.
_LONGEST = 2 * 65536


@dataclass(frozen=True)
class Accepted:
    """A submit_sm_resp without an error. message_id: the gateway's name for the part."""

    sequence: int
    message_id: str


def submit_pdu(sequence: int, sender: str, to: str, part: bytes, coding: int, esm_class: int, *, receipt: bool) -> bytes:
    """A submit_sm whole. receipt: whether the gateway is asked to tell what becomes of it."""
    alphanumeric = not sender.lstrip("+").isdigit()
    body = b"".join(
        (
            b"\0",  # service type
            bytes([consts.SMPP_TON_ALNUM if alphanumeric else consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN]),
            sender.lstrip("+")[:20].encode("latin-1", "replace") + b"\0",
            bytes([consts.SMPP_TON_INTL if to.startswith("+") else consts.SMPP_TON_UNK, consts.SMPP_NPI_ISDN]),
            to.lstrip("+")[:20].encode("latin-1", "replace") + b"\0",
            bytes([esm_class, 0, 0]) + b"\0\0",  # protocol, priority; at once, valid as long as the gateway says
            bytes([receipt, 0, coding, 0, len(part)]) + part,
        )
    )
    return _HEADER.pack(_HEADER.size + len(body), _SUBMIT_SM, 0, sequence) + body


def deliver_resp_pdu(sequence: int, status: int) -> bytes:
    """A deliver_sm_resp whole; its message_id is not used."""
    return _HEADER.pack(_HEADER.size + 1, _DELIVER_SM_RESP, status, sequence) + b"\0"


class Reader:
    """Cuts what comes from a gateway into its messages."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._unread = bytearray()

    def holds_one(self) -> bool:
        """Whether a message is there whole, without looking at the line. Raises PDUError for what cannot be a message."""
        return len(self._unread) >= _HEADER.size and len(self._unread) >= self._length()

    def read(self, seconds: float) -> Any:
        """The next message: Accepted, or a smpplib PDU. seconds: for all of it, however it drips.

        Raises PDUError for what cannot be one, OSError when none comes in time or the gateway hangs up.
        """
        until = time.monotonic() + seconds
        while not self.holds_one():
            self._client._socket.settimeout(max(0.0, until - time.monotonic()))
            came = self._client._socket.recv(65536)
            if not came:
                raise ConnectionResetError("the gateway hung up")
            self._unread += came
        length = self._length()
        raw = bytes(self._unread[:length])
        del self._unread[:length]
        _, command, status, sequence = _HEADER.unpack_from(raw)
        if command == _SUBMIT_SM_RESP and status == consts.SMPP_ESME_ROK:
            return Accepted(sequence, raw[_HEADER.size :].partition(b"\0")[0].decode("latin-1"))
        return smpp.parse_pdu(raw, client=self._client, allow_unknown_opt_params=True)

    def _length(self) -> int:
        (length,) = struct.unpack_from(">I", self._unread)
        if not _HEADER.size <= length <= _LONGEST:
            raise PDUError("the gateway sent something that is not SMPP", consts.SMPP_ESME_RINVCMDLEN)
        return int(length)
