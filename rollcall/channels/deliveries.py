"""What a gateway hands over that somebody wrote: who wrote, in which characters, when, and whether it is a part of something longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from smpplib.gsm import GSM_CHARACTER_TABLE

_ESCAPE = 0x1B
_UDH_FOLLOWS = 0x40
_INTERNATIONAL = 1
UCS2 = 8
# Information elements of the user data header (3GPP TS 23.040, 9.2.3.24): concatenation with a reference of 8 and of 16 bits.
_EIGHT_BITS, _SIXTEEN_BITS = 0x00, 0x08


@dataclass(frozen=True)
class Delivery:
    """A text or a part. reference, total, number: of a part; total 1 for a whole text. coding: data_coding (SMPP 3.4, 5.2.19).

    said: when it was written, as the gateway wrote it; empty where it says nothing.
    """

    sender: str
    content: bytes
    coding: int
    reference: str = ""
    total: int = 1
    number: int = 1
    said: str = ""


def read_delivery(pdu: Any) -> Delivery:
    """A text or a part of one, from a deliver_sm that is no receipt; a header that cannot be read leaves a whole text."""
    # Gateways that tell the time put it where a message that is to be sent has its own.
    return replace(_read(pdu), said=_said(pdu.schedule_delivery_time)[:64])


def _read(pdu: Any) -> Delivery:
    content = _bytes(pdu.short_message) or _bytes(pdu.message_payload)
    coding = _number(pdu.data_coding)
    sender = _said(pdu.source_addr)
    if _number(pdu.source_addr_ton) == _INTERNATIONAL and sender.isdigit():
        sender = f"+{sender}"
    if _number(pdu.esm_class) & _UDH_FOLLOWS and content:
        length = content[0]
        header, content = content[1 : 1 + length], content[1 + length :]
        found = concatenation(header)
        if found is not None:
            return Delivery(sender, content, coding, *found)
    elif _number(pdu.sar_total_segments) > 1:
        total, number = _number(pdu.sar_total_segments), _number(pdu.sar_segment_seqnum)
        if 1 <= number <= total:
            return Delivery(sender, content, coding, f"sar {_number(pdu.sar_msg_ref_num)}", total, number)
    return Delivery(sender, content, coding)


def concatenation(header: bytes) -> tuple[str, int, int] | None:
    """Reference, total and number of a part, from its user data header without the header's length; None of a whole text."""
    position = 0
    while position + 2 <= len(header):
        kind, length = header[position], header[position + 1]
        data = header[position + 2 : position + 2 + length]
        if (kind, length, len(data)) in ((_EIGHT_BITS, 3, 3), (_SIXTEEN_BITS, 4, 4)):
            reference, total, number = data[:-2].hex(), data[-2], data[-1]
            return (reference, total, number) if total > 1 and 1 <= number <= total else None
        position += 2 + length
    return None


def decode(content: bytes, coding: int, alphabet: str = "gsm") -> str:
    """The characters of a text; what cannot be read is marked, never an error. alphabet: a gateway's own, where the coding says none."""
    if coding & 0xF0 == 0xF0:
        # A message class instead of a coding (3GPP TS 23.038): bit 2 says binary.
        coding = 4 if coding & 0b100 else 0
    elif coding & 0xC0 == 0 and coding & 0xF0:
        # The general group: bits 3 and 2 say which alphabet.
        coding = {0b00: 0, 0b01: 4, 0b10: 8, 0b11: 0}[coding >> 2 & 0b11]
    match coding:
        case 8:
            return content.decode("utf-16-be", "replace")
        case 3:
            return content.decode("latin-1")
        case 1:
            # Says ASCII, and is the default alphabet with some gateways: control characters give it away.
            return (
                _gsm(content) if any(each < 0x20 and each not in b"\t\r\n" for each in content) else content.decode("latin-1")
            )
        case 0 if alphabet != "gsm":
            return content.decode("utf-16-be" if alphabet == "utf-16" else alphabet, "replace")
        case 0:
            return _gsm(content)
        case _:
            # Binary, or an alphabet that nobody here writes in.
            return content.decode("utf-8", "replace")


def _gsm(content: bytes) -> str:
    """The default alphabet, one septet in each byte (3GPP TS 23.038, 6.2.1)."""
    if any(each > 0x7F for each in content):
        # Not what the coding says: some gateways send UTF-8, others Latin-1.
        try:
            return content.decode()
        except UnicodeDecodeError:
            return content.decode("latin-1")
    characters: list[str] = []
    escaped = False
    for each in content:
        if each == _ESCAPE and not escaped:
            escaped = True
            continue
        characters.append(GSM_CHARACTER_TABLE[each + (0x80 if escaped else 0)])
        escaped = False
    return "".join(characters)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value or "").encode("latin-1", "replace")


def _said(value: Any) -> str:
    return value.rstrip(b"\0").decode("latin-1") if isinstance(value, bytes) else str(value or "").rstrip("\0")


def _number(value: Any) -> int:
    return int.from_bytes(value, "big") if isinstance(value, bytes) else int(value or 0)
