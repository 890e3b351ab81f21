"""A message in an emergency to everybody in a zone: the only one that passes quiet hours, and a supervisor answers for it by name."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.many_rows import insert_rows, one_of
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.quiet import EmergencyMessage
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.orders import quarantined
from monitor.people.telephone_numbers import Line, line_of
from monitor.places.quiet_floor import floor_of, in_force
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.people.guardians import NUMBER, with_guardian
from rollcall.prompts.stopping import stops_in_force

LONGEST, LONGEST_REASON = 300, 500


@dataclass(frozen=True)
class Typed:
    """What a supervisor wrote. english: empty where those who read English get the Vietnamese words."""

    vietnamese: str
    english: str
    reason: str

    @classmethod
    def read(cls, vietnamese: str, english: str, reason: str) -> Typed:
        """Without spaces around. Raises BadInput, with the form's field."""
        typed = cls(" ".join(vietnamese.split()), " ".join(english.split()), reason.strip())
        for field, text, least in (("vietnamese", typed.vietnamese, 1), ("english", typed.english, 0)):
            if not least <= len(text) <= LONGEST or not text.isprintable():
                raise BadInput(N_("Write the message in at most %(most)s characters."), field=field, most=LONGEST)
        if not 1 <= len(typed.reason) <= LONGEST_REASON:
            raise BadInput(
                N_("Please write briefly what the emergency is; it stays on record under your name."), field="reason"
            )
        return typed


@dataclass(frozen=True)
class Reach:
    """Whom it would reach. people: in quarantine in the zone; without: those of them whom no text can reach, to be told by staff.

    leads: (check-in, resident) of one message to each number; in_quiet: whether these are quiet hours.
    """

    people: int
    without: tuple[tuple[int, str], ...]
    leads: tuple[tuple[int, int], ...]
    in_quiet: bool


def reach_of(session: Session, zone: Zone, now: datetime, residents: Collection[int] | None = None) -> Reach:
    """Whom a message to a zone would reach now: each number once, whoever answers with it. residents: to these alone; None: to all."""
    only = [] if residents is None else [one_of(Resident.id, residents)]
    newest = select(func.max(CheckIn.id)).where(CheckIn.resident_id == Resident.id).correlate(Resident).scalar_subquery()
    rows = session.execute(
        with_guardian(
            select(Resident.id, Resident.full_name, NUMBER.label("number"), newest.label("check_in_id")).outerjoin(
                Household, Household.id == Resident.household_id
            )
        )
        .where(Resident.zone_id == zone.id, quarantined(now), *only)
        .order_by(Resident.id)
    ).all()
    leads: dict[str, tuple[int, int]] = {}
    for row in rows:
        # A message hangs on a roll-call of the person; what has none yet is reached by staff.
        if row.check_in_id is not None and row.number and line_of(row.number) is not Line.CALLED_ONLY:
            leads.setdefault(row.number, (row.check_in_id, row.id))
    without = tuple((row.id, row.full_name) for row in rows if row.number not in leads)
    return Reach(len(rows), without, tuple(leads.values()), _is_quiet(session, zone, now))


def send_emergency(
    session: Session, zone: Zone, typed: Typed, account_id: int, available: Collection[str], now: datetime
) -> EmergencyMessage:
    """Queue it, in the caller's write transaction. account_id: the supervisor who answers for it.

    Raises BadInput where text messages are not set up or nobody would be reached, Conflict while messages are stopped there.
    """
    require_way(session, zone, available)
    reach = reach_of(session, zone, now)
    if not reach.leads:
        raise BadInput(N_("Nobody in this zone can be reached by text message. Tell them yourselves."), field="zone")
    message = queue_words(session, zone, typed, reach, account_id, now)
    audit.note(
        session,
        Action.EMERGENCY_SENT,
        at=now,
        account_id=account_id,
        zone_id=zone.id,
        message=message.id,
        people=message.people,
        quiet=reach.in_quiet,
        reason=typed.reason,
    )
    announce(session, zone.id, Topic.ROLL_CALL, now)
    return message


def require_way(session: Session, zone: Zone, available: Collection[str]) -> None:
    """Raises BadInput where text messages are not set up, Conflict while messages are stopped in the zone."""
    if ChannelName.SMS not in available:
        raise BadInput(N_("Text messages are not set up, so nothing can be sent."), field="vietnamese")
    if stops_in_force(session, [zone.id]):
        raise Conflict(N_("Messages are stopped in this zone. Resume them first, then send this one."))


def queue_words(
    session: Session,
    zone: Zone,
    typed: Typed,
    reach: Reach,
    account_id: int,
    now: datetime,
    *,
    kind: PromptKind = PromptKind.EMERGENCY,
    held_back: timedelta = timedelta(0),
) -> EmergencyMessage:
    """Write down words to these numbers and queue a message to each. held_back: how long none of them leaves."""
    message = EmergencyMessage(
        zone_id=zone.id,
        text_vi=typed.vietnamese,
        text_en=typed.english,
        reason=typed.reason,
        sent_by=account_id,
        sent_at=now,
        people=reach.people - len(reach.without),
        in_quiet=reach.in_quiet,
        notice=kind is PromptKind.NOTICE,
    )
    session.add(message)
    session.flush()
    rows = [
        {"check_in_id": check_in, "resident_id": resident, "reference": secrets.token_hex(16)}
        for check_in, resident in reach.leads
    ]
    common = {"zone_id": zone.id, "kind": kind, "channel": ChannelName.SMS, "emergency_id": message.id}
    defaults = {"state": PromptState.QUEUED, "attempts": 0, "address": ""}
    insert_rows(session, Prompt, rows, {**common, **defaults, "created_at": now, "next_attempt_at": now + held_back})
    defer(session, SEND_PROMPTS, len(rows))
    return message


def _is_quiet(session: Session, zone: Zone, now: datetime) -> bool:
    try:
        clock = now.astimezone(ZoneInfo(zone.timezone)).time()
    except (ValueError, ZoneInfoNotFoundError):
        return True
    return any(span.covers(clock) for span in floor_of(zone, in_force(session, now)))
