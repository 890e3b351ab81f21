"""What Zalo tells of the Official Account: a message arrived, somebody left, somebody wrote: the code that links them to a resident, or to 1022."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.models.hotline import TicketChannel
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.inbound import InboundMeaning
from rollcall.answers.care import OutsideRounds, ask_for_care
from rollcall.answers.said import LONGEST_TEXT, Said
from rollcall.channels.channel import Receipt
from rollcall.inbound.hotline_texts import Written, read_hotline, take_code, take_matter
from rollcall.inbound.reading import read
from rollcall.prompts.receipts import take_receipts

_CODE = re.compile(r"\bDK\s*(\d{1,9})[\s-]*([2-7A-Z]{8})\b", re.IGNORECASE)
_LONGEST_USER, _LONGEST_NAME = 40, 128
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def link_code(secret: bytes, resident_id: int) -> str:
    """What a resident writes to the Official Account to get messages there."""
    made = hmac.digest(secret, f"zalo {resident_id}".encode(), hashlib.sha256)
    return f"DK {resident_id} {''.join(_LETTERS[each % 32] for each in made[:8])}"


def signature(app_id: str, body: bytes, timestamp: str, oa_secret: str) -> str:
    """What Zalo signs an event with (developers.zalo.me, webhook): the four parts behind each other, hashed."""
    return "mac=" + hashlib.sha256(app_id.encode() + body + timestamp.encode() + oa_secret.encode()).hexdigest()


def take_event(
    database: Database,
    app_id: str,
    oa_secret: str,
    secret: bytes,
    body: bytes,
    event: Mapping[str, Any],
    signed: str,
    now: datetime,
) -> bool:
    """Take in one event; returns whether it was signed as it must be. body: the bytes that `event` was read from."""
    if not hmac.compare_digest(signed.encode(), signature(app_id, body, str(event.get("timestamp", "")), oa_secret).encode()):
        return False
    kind, message = event.get("event_name"), _object(event.get("message"))
    with database.write() as session:
        if kind in ("user_received_message", "user_seen_message"):
            name = str(message.get("msg_id") or event.get("msg_id") or "")
            if 0 < len(name) <= 128:
                # Template messages come back with our own reference.
                take_receipts(session, [Receipt(name, True, now, reference=str(message.get("tracking_id") or "")[:128])])
        elif kind == "unfollow":
            gone = str(_object(event.get("follower")).get("id") or "")
            session.execute(
                delete(ContactAddress).where(ContactAddress.channel == ChannelName.ZALO, ContactAddress.address == gone)
            )
        elif kind == "user_send_text":
            user, text = str(_object(event.get("sender")).get("id") or ""), str(message.get("text") or "")
            if _CODE.search(text):
                _link(session, secret, user, text, now)
            elif user.isdecimal() and len(user) <= _LONGEST_USER and text.strip():
                name = str(message.get("msg_id") or hashlib.sha256(body).hexdigest())[:_LONGEST_NAME]
                said = text.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_TEXT]
                _take(session, Written(TicketChannel.ZALO, user, said, name, _moment(event.get("timestamp"), now)), now)
    return True


def _take(session: Session, written: Written, now: datetime) -> None:
    """What somebody wrote to the account: of a resident illness is a case; all else is the hotline's."""
    asked, reading = read_hotline(written.text), read(written.text)
    if take_code(session, written, asked, now) is not None:
        return
    linked = select(Resident).join(ContactAddress, ContactAddress.resident_id == Resident.id)
    mine = (ContactAddress.channel == ChannelName.ZALO, ContactAddress.address == written.sender, Resident.deleted_at.is_(None))
    residents = session.scalars(linked.where(*mine).limit(2)).all()
    # Who answers for several may write of any of them: a person asks.
    resident = residents[0] if len(residents) == 1 else None
    signs = tuple(dict.fromkeys(each for statement in reading.statements for each in statement.symptoms))
    if resident is not None and reading.meaning is InboundMeaning.ILL:
        about = OutsideRounds(resident.id, resident.zone_id, resident.full_name)
        said = Said(now, unwell=True, symptoms=signs, note=written.text, temperature=reading.temperature, spo2=reading.spo2)
        ask_for_care(session, about, said, now, TicketChannel.ZALO)
        return
    take_matter(session, written, reading, now, resident.id if resident is not None else None)


def _moment(given: Any, now: datetime) -> datetime:
    """When Zalo took it: milliseconds since 1970."""
    try:
        return datetime.fromtimestamp(int(str(given)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _link(session: Session, secret: bytes, user_id: str, text: str, now: datetime) -> None:
    found = _CODE.search(text)
    if not found or not user_id.isdecimal() or len(user_id) > _LONGEST_USER:
        return
    resident = session.get(Resident, int(found[1]))
    if resident is None:
        return
    if not hmac.compare_digest(link_code(secret, resident.id).split()[2].encode(), found[2].upper().encode()):
        return
    row = {
        "resident_id": resident.id,
        "zone_id": resident.zone_id,
        "channel": ChannelName.ZALO,
        "address": user_id,
        "created_at": now,
    }
    session.execute(insert_new(session, ContactAddress), [row])


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
