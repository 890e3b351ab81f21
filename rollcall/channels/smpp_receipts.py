"""Delivery receipts over SMPP, in the dialects in which gateways write them. Sources: SMPP 3.4, 5.2.12, 5.3.2.35 and appendix B."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rollcall.channels.channel import Receipt
from rollcall.channels.deliveries import decode
from rollcall.channels.heard import Heard, heard_receipt
from rollcall.channels.receipt_names import NameForm, other_names
from rollcall.channels.receipt_states import Decision, decide, word_of

_TYPE, _RECEIPT, _INTERMEDIATE, _UDH = 0b111100, 0b000100, 0b100000, 0x40
# What stands before the excerpt of the message, which may say anything.
_KEY = re.compile(
    r"\b(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat(?:us|e)?|err(?:or)?|text|message)\s*[:=]\s*", re.IGNORECASE
)
_OTHER_KEYS = {"sub", "dlvrd", "submitdate", "donedate", "err", "error"}
_UCS2, _LATIN_1 = 8, 3


@dataclass(frozen=True)
class ReceiptWays:
    """How a gateway writes receipts, as its settings say. states: its own words; names: their form in a receipt."""

    states: Mapping[str, Decision] = field(default_factory=dict)
    names: NameForm = NameForm.ANY


@dataclass(frozen=True)
class ReadReceipt:
    """A deliver_sm that is a receipt. receipt: what it decides; None where that is nothing. heard: how it was read."""

    receipt: Receipt | None
    heard: Heard


def read_receipt(pdu: Any, at: datetime, ways: ReceiptWays) -> ReadReceipt | None:
    """What a deliver_sm that came then says of a message; None where it is a text that somebody wrote.

    It is a receipt where its kind says so, where it has a receipt's fields beside the text, or where the text reads as one, whatever
    its kind and alphabet. Where the fields and the text disagree about what became of the message, it decides nothing.
    """
    kind = _number(pdu.esm_class) & _TYPE
    beside_name, beside_state = _said(pdu.receipted_message_id), pdu.message_state
    fields = _fields(pdu)
    is_kind = kind in (_RECEIPT, _INTERMEDIATE)
    if not (is_kind or beside_name or beside_state not in (None, b"") or _looks_like_one(fields, ways)):
        return None
    number = _number_of(pdu)
    names = [each for each in dict.fromkeys((beside_name, fields.get("id", ""))) if each]
    words = [word_of(_number(beside_state))] if beside_state not in (None, b"") else []
    words += [fields["stat"]] if fields.get("stat") else []
    decisions = {each: decide(each, ways.states) for each in words}
    final = {each for each in decisions.values() if each in (Decision.DELIVERED, Decision.FAILED)}
    word = next((each for each in words if decisions[each] in final), words[-1] if words else "")
    decision = decisions.get(word) if len(final) < 2 else None
    if kind == _INTERMEDIATE and decision is Decision.FAILED:
        # It is told before the gateway's last try.
        decision = Decision.UNDER_WAY
    name = names[0][:128] if names else ""
    heard = heard_receipt(number, fields.get("head", ""), name, " ".join(words) if len(final) > 1 else word, decision)
    if not name or decision not in (Decision.DELIVERED, Decision.FAILED):
        return ReadReceipt(None, heard)
    error = fields.get("err", "")
    detail = f"{word.upper()} {error}" if error.strip("0") else word.upper()
    # Nobody said how names are written, and no number says that it is the same message: then its name alone counts.
    form = NameForm.SAME if ways.names is NameForm.ANY and not number else ways.names
    others = dict.fromkeys(other for each in names for other in (each, *other_names(each, form)) if other != name)
    receipt = Receipt(name, decision is Decision.DELIVERED, at, detail[:200], other_names=tuple(others), number=number)
    return ReadReceipt(receipt, heard)


def reads_as_receipt(text: str) -> bool:
    """Whether a text that came another way is a receipt, handed on by a gateway that has SMPP behind it."""
    fields = _of_text(text)
    return bool(fields) and _looks_like_one(fields, ReceiptWays())


def _fields(pdu: Any) -> dict[str, str]:
    """The fields of a receipt's text by their first names; `head`: all of it but the excerpt. Empty where it has none in any alphabet."""
    content = _bytes(pdu.short_message) or _bytes(pdu.message_payload)
    if _number(pdu.esm_class) & _UDH and content:
        content = content[1 + content[0] :]
    coding = _number(pdu.data_coding)
    best: dict[str, str] = {}
    # Some say UCS-2 of ASCII, others nothing of UCS-2.
    for each in dict.fromkeys((coding, _UCS2, _LATIN_1)):
        found = _of_text(decode(content, each))
        if len(found) > len(best):
            best = found
    return best or {"head": ""}


def _of_text(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    keys = list(_KEY.finditer(text))
    end = len(text)
    for number, each in enumerate(keys):
        key = re.sub(r"[ _]", "", each[1].lower())
        if key in ("text", "message"):
            end = each.start()
            break
        following = keys[number + 1].start() if number + 1 < len(keys) else len(text)
        value = text[each.end() : following].strip(" \0\r\n,;")
        found.setdefault("stat" if key.startswith("stat") else key, value.split()[0] if value else "")
    return found | {"head": text[:end].strip("\0 ")} if found else {}


def _looks_like_one(fields: Mapping[str, str], ways: ReceiptWays) -> bool:
    """Whether a text is a receipt by its words: a person may write "id:" too, but no gateway's fields behind it."""
    if not fields.get("id") or not fields.get("stat"):
        return False
    others = len(_OTHER_KEYS & fields.keys())
    begins = re.match(r"\s*id\s*[:=]", fields["head"], re.IGNORECASE) is not None
    known = decide(fields["stat"], ways.states) is not None
    return others >= 2 or (begins and (others >= 1 or known))


def _number_of(pdu: Any) -> str:
    """To whom the message went: who the receipt is from, or with some gateways who it is for; the other is our own short number or name."""
    told = (_said(pdu.source_addr), _said(pdu.destination_addr))
    return next((each for each in told if len(re.sub(r"\D", "", each)) >= 8), "")


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value or "").encode("latin-1", "replace")


def _said(value: Any) -> str:
    return value.rstrip(b"\0").decode("latin-1").strip() if isinstance(value, bytes) else str(value or "").rstrip("\0").strip()


def _number(value: Any) -> int:
    return int.from_bytes(value, "big") if isinstance(value, bytes) else int(value or 0)
