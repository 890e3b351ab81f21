"""Words to people whom staff chose: they keep quiet hours, budgets and STOP as any message, and can be taken back until they leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.models.places import Zone
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.quiet import EmergencyMessage
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, words
from rollcall.followup.taking_back import HELD_BACK
from rollcall.prompts.emergency import LONGEST, LONGEST_REASON, Typed, queue_words, reach_of, require_way

TAKEN_BACK = words(N_("Staff took this message back before it was sent."))


@dataclass(frozen=True)
class Way:
    """How far a notice is. gone: it has left; waiting: it will; not_sent: it will not."""

    gone: int
    waiting: int
    not_sent: int


def read_notice(vietnamese: str, english: str, reason: str) -> Typed:
    """What a form sent, without spaces around. Raises BadInput, with the form's field."""
    typed = Typed(" ".join(vietnamese.split()), " ".join(english.split()), reason.strip())
    for field, text, least in (("vietnamese", typed.vietnamese, 1), ("english", typed.english, 0)):
        if not least <= len(text) <= LONGEST or not text.isprintable():
            raise BadInput(N_("Write the message in at most %(most)s characters."), field=field, most=LONGEST)
    if not 1 <= len(typed.reason) <= LONGEST_REASON:
        raise BadInput(N_("Please write briefly why; it stays on record under your name."), field="reason")
    return typed


def send_notice(
    session: Session,
    zone: Zone,
    typed: Typed,
    residents: Collection[int],
    account_id: int,
    available: Collection[str],
    now: datetime,
) -> EmergencyMessage:
    """Queue it for these people of a zone, in the caller's write transaction; it leaves when nobody can take it back any more.

    Raises BadInput where text messages are not set up or nobody would be reached, Conflict while messages are stopped there.
    """
    require_way(session, zone, available)
    reach = reach_of(session, zone, now, residents)
    if not reach.leads:
        raise BadInput(N_("None of these people can be reached by text message. Tell them yourselves."), field="person")
    message = queue_words(session, zone, typed, reach, account_id, now, kind=PromptKind.NOTICE, held_back=HELD_BACK)
    _note(session, Action.NOTICE_SENT, message, account_id, now, people=message.people, reason=typed.reason)
    return message


def way_of(session: Session, message: EmergencyMessage) -> Way:
    """How far a notice is."""
    counts: Counter[PromptState] = Counter()
    for state, number in session.execute(select(Prompt.state, func.count()).where(*_of(message)).group_by(Prompt.state)):
        counts[state] = number
    waiting, not_sent = counts[PromptState.QUEUED] + counts[PromptState.LEASED], counts[PromptState.FAILED]
    return Way(counts.total() - waiting - not_sent, waiting, not_sent)


def notice_of(session: Session, reader: Reader, message_id: int) -> EmergencyMessage:
    """Raises NotFound, also for another zone's."""
    message = session.get(EmergencyMessage, message_id)
    if message is None or not message.notice or not reader.among({message.zone_id}):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return message


def take_notice_back(session: Session, message: EmergencyMessage, account_id: int, now: datetime) -> int:
    """Whatever of it has not left never does, in the caller's write transaction; returns how many. Raises Conflict where all has left."""
    waiting = (*_of(message), Prompt.state == PromptState.QUEUED, Prompt.handed_at.is_(None))
    values = {"state": PromptState.FAILED, "next_attempt_at": None, "problem": TAKEN_BACK.dump()}
    held = changed(session, update(Prompt).where(*waiting).values(**values))
    if not held:
        raise Conflict(N_("The message has left already, so this cannot be taken back."))
    _note(session, Action.NOTICE_TAKEN_BACK, message, account_id, now, held=held)
    return held


def _of(message: EmergencyMessage) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Prompt: it is of this notice. The zone and the moment are for the index's sake."""
    of_message = (Prompt.zone_id == message.zone_id, Prompt.created_at == message.sent_at)
    return (*of_message, Prompt.emergency_id == message.id, Prompt.kind == PromptKind.NOTICE)


def _note(session: Session, action: Action, message: EmergencyMessage, account_id: int, now: datetime, **details: Any) -> None:
    audit.note(session, action, at=now, account_id=account_id, zone_id=message.zone_id, message=message.id, **details)
    announce(session, message.zone_id, Topic.ROLL_CALL, now)
