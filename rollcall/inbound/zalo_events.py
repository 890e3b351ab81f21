"""What Zalo tells of the Official Account: a message arrived, somebody left, somebody wrote the code that links them to a resident."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.channels import ChannelName
from rollcall.channels.channel import Receipt
from rollcall.prompts.receipts import take_receipts

_CODE = re.compile(r"\bDK\s*(\d{1,9})[\s-]*([2-7A-Z]{8})\b", re.IGNORECASE)
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
            _link(session, secret, str(_object(event.get("sender")).get("id") or ""), str(message.get("text") or ""), now)
    return True


def _link(session: Session, secret: bytes, user_id: str, text: str, now: datetime) -> None:
    found = _CODE.search(text)
    if not found or not user_id.isdecimal() or len(user_id) > 40:
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
