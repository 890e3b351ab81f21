"""Queues what somebody who wrote is told: each kind once a round, few in a day."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn
from rollcall.inbound.phone_users import PhoneUser
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.people.text_stops import stopped_since

# Of one number; what is more is read and not answered.
MOST_REPLIES = 4
DAY = timedelta(days=1)
# Whoever asked for no more texts, and then writes that they cannot breathe, is answered; so is who wrote often today.
_ALWAYS = (PromptKind.REPLY_DANGER, PromptKind.REPLY_EXPLAIN, PromptKind.REPLY_STOPPED, PromptKind.REPLY_STARTED)
# Told also where no round of the last day asked them anything: then it goes with the last one that did.
_OUTSIDE_ROUNDS = (PromptKind.REPLY_DANGER, PromptKind.REPLY_CARE)


def reply(session: Session, kind: PromptKind, users: Sequence[PhoneUser], number: str, now: datetime) -> bool:
    """Queue a reply to a number; each kind goes once a round, and few of all go in a day. Returns whether this one goes."""
    asked = [each.lead_id or each.check_in_id for each in users if each.check_in_id is not None]
    about = max((each for each in asked if each is not None), default=None)
    if about is None and kind in _OUTSIDE_ROUNDS:
        about = session.scalar(
            select(func.max(CheckIn.id)).where(CheckIn.resident_id.in_([each.resident_id for each in users]))
        )
    if about is None or (kind not in _ALWAYS and stopped_since(session, number) is not None):
        return False
    today = select(func.count()).where(Prompt.address == number, Prompt.kind.in_(REPLIES), Prompt.created_at > now - DAY)
    if kind is not PromptKind.REPLY_DANGER and (session.scalar(today) or 0) >= MOST_REPLIES:
        return False
    lead = session.get_one(CheckIn, about)
    row = {
        "check_in_id": lead.id,
        "resident_id": lead.resident_id,
        "zone_id": lead.zone_id,
        "kind": kind,
        "channel": ChannelName.SMS,
        "reference": secrets.token_hex(16),
        "created_at": now,
        "next_attempt_at": now,
        "address": number,
    }
    made = session.scalars(insert_new(session, Prompt).returning(Prompt.id), [row]).all()
    defer(session, SEND_PROMPTS, len(made))
    return bool(made)
