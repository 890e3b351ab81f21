"""Claims prompts that are due: leased, asked of each whether it may leave, and written, all in one transaction."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session, aliased, load_only

from monitor.bulk import one_of
from monitor.changes import announce
from monitor.clock import local_clock
from monitor.models import (
    CheckIn,
    ContactAddress,
    Guardian,
    Household,
    Plan,
    Prompt,
    PromptKind,
    PromptState,
    Resident,
    RollCall,
    Zone,
)
from monitor.models.rollcalls import REPLIES
from rollcall.channels import Channel, Message
from rollcall.checkin import AWAITED
from rollcall.climbing import awaits_anybody, bring_forward
from rollcall.dispatch import BUDGET_WINDOW, Candidate, Hold, Refuse, judge
from rollcall.due import prompts_due
from rollcall.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.ladder import BY_TELEPHONE, TEXT, VOICE
from rollcall.leaving import excuse_gone
from rollcall.links import make_household_link, make_link
from rollcall.other_way import FACES
from rollcall.outcomes import note_prompt
from rollcall.pace import Rate, reserve, rooms
from rollcall.prices import Prices
from rollcall.rounds import quiet_of
from rollcall.settling import settle_dead
from rollcall.short_texts import ShortWording
from rollcall.text_stops import stopped_among
from rollcall.texts import request_answered, without_picture
from rollcall.wording import Wording

BATCH = 400
# A reply that comes later explains nothing any more.
REPLY_WITHIN = timedelta(minutes=30)
_CLAIMING = 20210703
Row = TypeVar("Row", Plan, Zone)


@dataclass(frozen=True)
class Outgoing:
    """A claimed prompt with all that is needed to send it. parts: of its message. not_before: when its turn comes."""

    prompt_id: int
    check_in_id: int
    zone_id: int
    attempts: int
    message: Message
    parts: int = 1
    not_before: datetime | None = None


@dataclass(frozen=True)
class Claiming:
    """By what a worker claims.

    secret, address: of the links. outbox: folder of the workers' journals. budget: most messages a person gets in 24 hours.
    rates: of channels that have a limit, which all workers share. plain: built-in text messages leave without accents.
    wording: of messages that are answered by text or keys.
    """

    channels: Mapping[str, Channel]
    secret: bytes
    address: str
    outbox: Path
    budget: int
    lease: timedelta
    rates: Mapping[str, Rate]
    prices: Prices
    plain: bool
    wording: ShortWording

    def claim(self, session: Session, worker: str, now: datetime, asked: float) -> tuple[int, dict[str, list[Outgoing]]]:
        """Lease what is due, in the caller's write transaction. Returns how many, and those that may leave, by channel.

        asked: what `time.monotonic` said at `now`; moments that went by in waiting for a lock are nobody's to leave at.
        """
        if session.get_bind().dialect.name != "sqlite":
            # One claims at a time: two that count a person's messages at once could both find room for one more.
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIMING})
        settle_dead(session, self.channels, self.outbox, now)
        ids = self._due(session, now)
        if not ids:
            return 0, {}
        session.execute(
            update(Prompt)
            .where(one_of(Prompt.id, ids))
            .values(state=PromptState.LEASED, leased_by=worker, next_attempt_at=now + self.lease, attempts=Prompt.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        used = _used(session, ids, now)
        excuse_gone(session, list(session.scalars(select(Prompt.check_in_id).where(one_of(Prompt.id, ids)))), now)
        leaving: dict[str, list[Outgoing]] = defaultdict(list)
        failed: list[int] = []
        gathered = _gather(session, ids)
        plans = {each.id: each for each in _of(session, Plan, {row.plan_id for row in gathered})}
        zones = {each.id: each for each in _of(session, Zone, {row.Prompt.zone_id for row in gathered})}
        quiet = {row.plan_id: quiet_of(plans[row.plan_id], zones[row.Prompt.zone_id]) for row in gathered}
        written = Wording(session, zones.keys(), self.prices, plain=self.plain)
        addresses = {row.Prompt.id: row.Prompt.address or row.address or _telephone(row) for row in gathered}
        stopped_numbers = stopped_among(session, set(addresses.values()))
        for row in gathered:
            prompt, to, plan = row.Prompt, addresses[row.Prompt.id], plans[row.plan_id]
            asks_nothing = prompt.kind in REPLIES
            # An answer to a request is no reply to somebody who has just written: it waits for the morning, and does not grow old.
            told_later = prompt.kind is PromptKind.REQUEST_ANSWERED
            reply = asks_nothing and not told_later
            candidate = Candidate(
                awaited=now - prompt.created_at < REPLY_WITHIN if reply else row.awaited or told_later,
                quiet=quiet[row.plan_id],
                channel=prompt.channel,
                channel_set_up=prompt.channel in self.channels,
                has_address=bool(to),
                used=used[prompt.resident_id],
                reply=reply,
                texts_stopped=prompt.channel == TEXT and to in stopped_numbers,
            )
            judged = judge(candidate, now, self.budget)
            if isinstance(judged, Refuse):
                note_prompt(session, prompt.id, state=PromptState.FAILED, next_attempt_at=None, problem=judged.reason.dump())
                announce(session, prompt.zone_id, "roll-call", now)
                failed += [] if asks_nothing else [prompt.check_in_id]
            elif isinstance(judged, Hold):
                _hold(session, prompt, None if told_later else plan, judged.until)
            else:
                used[prompt.resident_id] += 1
                leaving[prompt.channel].append(self._outgoing(session, written, row, to, plan, zones[prompt.zone_id], now))
        written.note()
        for name in leaving.keys() & self.rates.keys():
            batch = leaving[name]
            from_now = now + timedelta(seconds=time.monotonic() - asked)
            moments = reserve(session, name, self.rates[name], [each.parts for each in batch], from_now)
            leaving[name] = [replace(each, not_before=at) for each, at in zip(batch, moments, strict=True)]
        bring_forward(session, failed, now)
        return len(ids), leaving

    def _outgoing(
        self, session: Session, written: Wording, row: Any, to: str, plan: Plan, zone: Zone, now: datetime
    ) -> Outgoing:
        """A message as it leaves. row: of `_gather`."""
        prompt, check_in, resident, ward = row.Prompt, row.CheckIn, row.Resident, row.guardian is not None
        told_later = prompt.kind is PromptKind.REQUEST_ANSWERED
        due = local_clock(check_in.due_at or now, zone.timezone)
        shared = check_in.lead_id is not None and not told_later
        make = make_household_link if shared else make_link
        link = make(self.secret, self.address, check_in.id, check_in.nonce)
        short: str | None
        if told_later:
            link = f"{link}/data"
            short = request_answered(resident.language, link=None if resident.without_smartphone else link)
        else:
            short = self.wording.short_text(session, prompt, check_in, resident, plan, due, ward=ward)
            if short is None and not shared and not ward and _wants_no_picture(prompt, resident, plan):
                short = without_picture(resident.language, link=link, due=due)
        message, parts = written.write(prompt, resident, to, link, due, shared=shared, ward=ward, short=short)
        return Outgoing(prompt.id, check_in.id, prompt.zone_id, prompt.attempts, message, parts)

    def _due(self, session: Session, now: datetime) -> list[int]:
        """What may be claimed: all that is due, of slow channels no more than can leave soon."""
        due = (
            select(Prompt.id)
            .where(prompts_due(now), Prompt.state == PromptState.QUEUED)
            .order_by(Prompt.next_attempt_at)
            .with_for_update(skip_locked=True)
        )
        slow = rooms(session, self.rates, self.channels.keys(), now)
        if not slow:
            return list(session.scalars(due.limit(BATCH)))
        ids = list(session.scalars(due.where(Prompt.channel.not_in(slow)).limit(BATCH)))
        for name, room in slow.items():
            if room:
                ids += session.scalars(due.where(Prompt.channel == name).limit(min(room, BATCH)))
        return ids


def _of(session: Session, table: type[Row], ids: Collection[int]) -> Sequence[Row]:
    """Plans or zones, each once: joined, thousands of rows would bring the same ones along."""
    return session.scalars(select(table).where(one_of(table.id, ids))).all()


def _used(session: Session, ids: Sequence[int], now: datetime) -> Counter[int]:
    """How many messages each person of a batch got, or is about to get, within the budget's window, the batch itself left out."""
    people = select(Prompt.resident_id).where(one_of(Prompt.id, ids))
    rows = session.execute(
        select(Prompt.resident_id, func.count().label("used"))
        .where(
            Prompt.resident_id.in_(people),
            # For the index's sake: the night holds a message back for less than a day.
            Prompt.created_at >= now - 2 * BUDGET_WINDOW,
            or_(
                Prompt.sent_at >= now - BUDGET_WINDOW,
                Prompt.state.in_((PromptState.LEASED, PromptState.UNCERTAIN)),
            ),
            ~one_of(Prompt.id, ids),
        )
        .group_by(Prompt.resident_id)
    )
    return Counter({row.resident_id: row.used for row in rows})


def _wants_no_picture(prompt: Prompt, resident: Resident, plan: Plan) -> bool:
    """Whether the usual first message would ask for a selfie that nobody wants of this person."""
    return resident.refuses_faces and plan.evidence in FACES and prompt.kind is PromptKind.FIRST and prompt.channel != VOICE


def _telephone(row: Any) -> str:
    """The number of text messages and calls; other channels know addresses of their own only. row: of `_gather`."""
    if row.Prompt.channel not in BY_TELEPHONE:
        return ""
    return str(row.household_phone or "" if row.Prompt.kind == PromptKind.HOUSEHOLD else row.number)


def _gather(session: Session, ids: Sequence[int]) -> Sequence[Any]:
    # A guardian who is a resident too is reached where they are; others at what was written down for whom they answer.
    address = (
        select(ContactAddress.address)
        .where(
            or_(ContactAddress.resident_id == Prompt.resident_id, ContactAddress.resident_id == Guardian.kin_id),
            ContactAddress.channel == Prompt.channel,
        )
        .order_by(ContactAddress.resident_id == Prompt.resident_id, ContactAddress.id.desc())
        .limit(1)
        .correlate(Prompt, Guardian)
        .scalar_subquery()
    )
    statement = (
        select(
            Prompt,
            CheckIn,
            Resident,
            RollCall.plan_id,
            awaits_anybody().label("awaited"),
            address.label("address"),
            NUMBER.label("number"),
            Household.phone.label("household_phone"),
            GUARDIAN_NAME.label("guardian"),
        )
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(Resident, Resident.id == Prompt.resident_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(one_of(Prompt.id, ids))
        .order_by(Prompt.id)
        .options(
            load_only(CheckIn.state, CheckIn.due_at, CheckIn.nonce, CheckIn.lead_id),
            load_only(
                Resident.phone,
                Resident.language,
                Resident.full_name,
                Resident.without_smartphone,
                Resident.refuses_faces,
            ),
        )
    )
    return session.execute(with_guardian(statement)).all()


def _hold(session: Session, prompt: Prompt, plan: Plan | None, until: datetime) -> None:
    """Keep a prompt until the quiet hours end. Who got no message yet keeps the whole window for the morning.

    plan: None for a message that asks nothing, which moves no window.
    """
    note_prompt(session, prompt.id, state=PromptState.QUEUED, next_attempt_at=until, attempts=0)
    if plan is None:
        return
    due = until + timedelta(minutes=plan.window_minutes)
    other = aliased(Prompt)
    asked = (other.check_in_id == prompt.check_in_id, other.delivered_at.is_not(None), other.kind.not_in(REPLIES))
    delivered = select(other.id).where(*asked).exists()
    session.execute(
        update(CheckIn)
        .where(
            or_(CheckIn.id == prompt.check_in_id, CheckIn.lead_id == prompt.check_in_id),
            CheckIn.state.in_(AWAITED),
            CheckIn.due_at < due,
            ~delivered,
        )
        .values(due_at=due)
        .execution_options(synchronize_session=False)
    )
