"""Hands prompts to their channels: claimed in batches, sent once, tried again with a growing pause and an end."""

from __future__ import annotations

import itertools
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.orm import Session, aliased, load_only

from monitor.bulk import one_of
from monitor.changes import announce
from monitor.clock import local_clock, utc_now
from monitor.database import Database
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
from rollcall.channels import AddressGone, Channel, ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.checkin import AWAITED
from rollcall.climbing import asking, awaits_anybody, bring_forward
from rollcall.dispatch import BUDGET_WINDOW, FIRST_PAUSE, Candidate, Hold, Refuse, judge, pause_before
from rollcall.due import prompts_due
from rollcall.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.journal import Journal
from rollcall.ladder import BY_TELEPHONE, TEXT, VOICE
from rollcall.leaving import excuse_gone
from rollcall.links import make_household_link, make_link
from rollcall.other_way import FACES
from rollcall.outcomes import Taken, held_by, note_prompt, note_sent, note_uncertain
from rollcall.pace import Rate, hold_back, reserve, rooms
from rollcall.prices import Prices
from rollcall.rounds import quiet_of
from rollcall.settling import settle_dead
from rollcall.short_texts import ShortWording
from rollcall.stopping import stopped
from rollcall.text_stops import stopped_among
from rollcall.texts import request_answered, without_picture
from rollcall.wording import Wording

log = logging.getLogger(__name__)

BATCH = 400
NOTED_AT_ONCE, NOTED_WITHIN = 400, timedelta(seconds=1)
LEASE = timedelta(seconds=15)
# A reply that comes later explains nothing any more.
REPLY_WITHIN = timedelta(minutes=30)
# How soon a message that was claimed notices that all are stopped.
ASK_AGAIN_EVERY = timedelta(seconds=1)
_CLAIMING = 20210703


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


class Sender:
    """Sends what is due. Made once by a worker's entry point.

    A lease that ran out means that its worker died. Where the gateway honours references, the message is handed over again with the
    same one. Where it does not, the dead worker's journal tells what went out; what nobody can know becomes uncertain, is never
    repeated, and the next, differently worded message follows at once.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        *,
        secret: bytes,
        address: str,
        worker: str,
        outbox: Path,
        budget: int,
        lease: timedelta = LEASE,
        rates: Mapping[str, Rate] | None = None,
        prices: Prices | None = None,
        plain: bool = False,
        wording: ShortWording | None = None,
    ) -> None:
        """secret, address: of the links. outbox: folder of the journals. budget: most messages a person gets in 24 hours.

        rates: of channels that have a limit, which all workers share. plain: built-in text messages leave without accents.
        wording: of messages that are answered by text or keys.
        """
        self._database = database
        self._channels = channels
        self._secret = secret
        self._address = address
        self._name = self._worker = worker
        self._lives = itertools.count(2)
        self._outbox = outbox
        self._budget = budget
        self._wording = wording or ShortWording()
        self._lease = lease
        self._rates = rates or {}
        self._prices = prices or Prices({})
        self._plain = plain
        self._journal = Journal(outbox, worker)

    def send_due(self, now: datetime) -> int:
        """Claim what is due, send it, note what came of it; returns how many were claimed."""
        with self._database.read() as session:
            # Asked without the write lock, since most of the time there is nothing.
            if session.scalar(select(Prompt.id).where(prompts_due(now)).limit(1)) is None:
                return 0
        claimed, leaving = self._claim(now)
        try:
            for name, batch in leaving.items():
                self._send(name, batch)
        except BaseException:
            # What was handed over and could not be noted is settled as after a death: by this journal, which nothing more goes into.
            self._journal.leave()
            self._worker = f"{self._name}-{next(self._lives)}"
            self._journal = Journal(self._outbox, self._worker)
            raise
        # Every outcome is in the database now.
        self._journal.begin()
        return claimed

    def stop(self) -> None:
        """Give back what was claimed when the worker stops in order; a killed one's leases run out by themselves."""
        with self._database.write() as session:
            session.execute(
                update(Prompt)
                .where(Prompt.leased_by == self._worker, Prompt.state == PromptState.LEASED)
                .values(state=PromptState.QUEUED, next_attempt_at=utc_now())
                .execution_options(synchronize_session=False)
            )
        self._journal.end()

    def _claim(self, now: datetime) -> tuple[int, dict[str, list[Outgoing]]]:
        """Lease what is due, after asking of each whether it may leave. Returns how many, and those that may, by channel."""
        leaving: dict[str, list[Outgoing]] = defaultdict(list)
        with self._database.write() as session:
            if not self._database.is_sqlite:
                # One claims at a time: two that count a person's messages at once could both find room for one more.
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIMING})
            settle_dead(session, self._channels, self._outbox, now)
            ids = self._due(session, now)
            if not ids:
                return 0, {}
            session.execute(
                update(Prompt)
                .where(one_of(Prompt.id, ids))
                .values(
                    state=PromptState.LEASED,
                    leased_by=self._worker,
                    next_attempt_at=now + self._lease,
                    attempts=Prompt.attempts + 1,
                )
                .execution_options(synchronize_session=False)
            )
            used = _used(session, ids, now)
            asked_with = select(Prompt.check_in_id).where(one_of(Prompt.id, ids))
            excuse_gone(session, list(session.scalars(asked_with)), now)
            failed: list[int] = []
            gathered = _gather(session, ids)
            written = Wording(session, {each.Zone.id for each in gathered}, self._prices, plain=self._plain)
            addresses = {each.Prompt.id: each.Prompt.address or each.address or _telephone(each) for each in gathered}
            stopped_numbers = stopped_among(session, set(addresses.values()))
            for row in gathered:
                prompt, check_in, resident, plan, zone = row.Prompt, row.CheckIn, row.Resident, row.Plan, row.Zone
                asks_nothing = prompt.kind in REPLIES
                # An answer to a request is no reply to somebody who has just written: it waits for the morning, and does not grow old.
                told_later = prompt.kind is PromptKind.REQUEST_ANSWERED
                reply = asks_nothing and not told_later
                to = addresses[prompt.id]
                quiet = quiet_of(plan, zone)
                candidate = Candidate(
                    awaited=now - prompt.created_at < REPLY_WITHIN if reply else row.awaited or told_later,
                    quiet=quiet,
                    channel=prompt.channel,
                    channel_set_up=prompt.channel in self._channels,
                    has_address=bool(to),
                    used=used[prompt.resident_id],
                    reply=reply,
                    texts_stopped=prompt.channel == TEXT and to in stopped_numbers,
                )
                judged = judge(candidate, now, self._budget)
                if isinstance(judged, Refuse):
                    note_prompt(
                        session, prompt.id, state=PromptState.FAILED, next_attempt_at=None, problem=judged.reason.dump()
                    )
                    announce(session, prompt.zone_id, "roll-call", now)
                    failed += [] if asks_nothing else [check_in.id]
                elif isinstance(judged, Hold):
                    _hold(session, prompt, None if told_later else plan, judged.until)
                else:
                    used[prompt.resident_id] += 1
                    due = local_clock(check_in.due_at or now, zone.timezone)
                    shared = check_in.lead_id is not None and not told_later
                    make = make_household_link if shared else make_link
                    link = make(self._secret, self._address, check_in.id, check_in.nonce)
                    ward = row.guardian is not None
                    short: str | None
                    if told_later:
                        link = f"{link}/data"
                        short = request_answered(resident.language, link=None if resident.without_smartphone else link)
                    else:
                        short = self._wording.short_text(session, prompt, check_in, resident, plan, due, ward=ward)
                        if short is None and not shared and not ward and _wants_no_picture(prompt, resident, plan):
                            short = without_picture(resident.language, link=link, due=due)
                    message, parts = written.write(prompt, resident, to, link, due, shared=shared, ward=ward, short=short)
                    leaving[prompt.channel].append(
                        Outgoing(prompt.id, check_in.id, prompt.zone_id, prompt.attempts, message, parts)
                    )
            written.note()
            for name in leaving.keys() & self._rates.keys():
                batch = leaving[name]
                moments = reserve(session, name, self._rates[name], [each.parts for each in batch], now)
                leaving[name] = [replace(each, not_before=at) for each, at in zip(batch, moments, strict=True)]
            bring_forward(session, failed, now)
        return len(ids), leaving

    def _due(self, session: Session, now: datetime) -> list[int]:
        """What may be claimed: all that is due, of slow channels no more than can leave soon."""
        due = (
            select(Prompt.id)
            .where(prompts_due(now), Prompt.state == PromptState.QUEUED)
            .order_by(Prompt.next_attempt_at)
            .with_for_update(skip_locked=True)
        )
        slow = rooms(session, self._rates, self._channels.keys(), now)
        if not slow:
            return list(session.scalars(due.limit(BATCH)))
        ids = list(session.scalars(due.where(Prompt.channel.not_in(slow)).limit(BATCH)))
        for name, room in slow.items():
            if room:
                ids += session.scalars(due.where(Prompt.channel == name).limit(min(room, BATCH)))
        return ids

    def _send(self, name: str, batch: Sequence[Outgoing]) -> None:
        """Hand a batch over, noting what came of it while it goes."""
        handing = _HandingOver(self._database, self._journal, self._worker, self._lease, batch)
        noted: list[tuple[Outgoing, Outcome, datetime]] = []
        unreachable: ChannelProblem | None = None
        try:
            for message, outcome in self._channels[name].send(iter(handing)):
                outgoing = handing.handed[message.reference]
                if isinstance(outcome, Sent):
                    self._journal.answered(outgoing.prompt_id, outcome.gateway_reference)
                noted.append((outgoing, outcome, utc_now()))
                if isinstance(outcome, ChannelProblem) and outcome.wait:
                    # The rest of the batch waits too.
                    handing.held_back = unreachable = outcome
                if len(noted) >= NOTED_AT_ONCE or noted[-1][2] - noted[0][2] >= NOTED_WITHIN:
                    self._note(name, noted)
                    noted = []
        except ChannelProblem as problem:
            log.warning("%s", problem)
            unreachable = problem
        finally:
            self._note(name, noted)
        if unreachable is not None:
            pause = timedelta(seconds=unreachable.wait) if unreachable.wait else FIRST_PAUSE
            left = [each.prompt_id for each in batch if each.message.reference not in handing.handed]
            with self._database.write() as session:
                # The gateway's fault is no attempt of the message: it waits as long as its answer is awaited.
                session.execute(
                    update(Prompt)
                    .where(one_of(Prompt.id, left), held_by(self._worker))
                    .values(
                        state=PromptState.QUEUED,
                        attempts=Prompt.attempts - 1,
                        next_attempt_at=utc_now() + pause,
                        problem=unreachable.words.dump(),
                    )
                    .execution_options(synchronize_session=False)
                )

    def _note(self, channel: str, noted: Sequence[tuple[Outgoing, Outcome, datetime]]) -> None:
        if not noted:
            return
        taken, uncertain, failed, gone = [], [], [], []
        with self._database.write() as session:
            for each, outcome, at in noted:
                if isinstance(outcome, Sent):
                    taken.append(Taken(each.prompt_id, each.check_in_id, outcome.gateway_reference, at))
                elif isinstance(outcome, Uncertain):
                    uncertain.append((each.prompt_id, each.check_in_id))
                elif outcome.wait:
                    # The gateway's limit is no try of the message.
                    until = at + timedelta(seconds=outcome.wait)
                    hold_back(session, channel, until)
                    note_prompt(
                        session,
                        each.prompt_id,
                        worker=self._worker,
                        state=PromptState.QUEUED,
                        attempts=Prompt.attempts - 1,
                        next_attempt_at=until,
                        problem=outcome.words.dump(),
                    )
                    announce(session, each.zone_id, "roll-call", at)
                else:
                    pause = None if outcome.permanent else pause_before(each.attempts)
                    note_prompt(
                        session,
                        each.prompt_id,
                        worker=self._worker,
                        state=PromptState.FAILED if pause is None else PromptState.QUEUED,
                        next_attempt_at=None if pause is None else at + pause,
                        problem=outcome.words.dump(),
                    )
                    announce(session, each.zone_id, "roll-call", at)
                    if pause is None:
                        failed.append(each.prompt_id)
                    if isinstance(outcome, AddressGone):
                        gone.append(each.message.to)
            if gone:
                session.execute(delete(ContactAddress).where(ContactAddress.address.in_(gone)))
            bring_forward(session, asking(session, failed), utc_now())
            note_sent(session, taken, self._worker)
            note_uncertain(session, uncertain, utc_now())


class _HandingOver:
    """Gives a channel one message after the other, each only while its lease holds and nobody stopped it, noted before it leaves."""

    def __init__(self, database: Database, journal: Journal, worker: str, lease: timedelta, batch: Sequence[Outgoing]) -> None:
        self._database = database
        self._journal = journal
        self._worker = worker
        self._lease = lease
        self._batch = batch
        self.handed: dict[str, Outgoing] = {}
        self.held_back: ChannelProblem | None = None
        # A channel may take its time before it asks for the first one.
        self._claimed_at = utc_now()

    def __iter__(self) -> Iterator[Message]:
        every = min(ASK_AGAIN_EVERY, self._lease / 2)
        mine, asked_at = {each.prompt_id for each in self._batch}, self._claimed_at
        for place, each in enumerate(self._batch):
            while True:
                if utc_now() - asked_at >= every:
                    mine, asked_at = self._renew([later.prompt_id for later in self._batch[place:]]), utc_now()
                wait = (each.not_before - utc_now()).total_seconds() if each.not_before else 0.0
                if wait <= 0 or each.prompt_id not in mine:
                    break
                time.sleep(min(wait, every.total_seconds()))
            if self.held_back is not None:
                return
            if each.prompt_id in mine:
                self.handed[each.message.reference] = each
                self._journal.handing(each.prompt_id)
                yield each.message

    def _renew(self, ids: Sequence[int]) -> set[int]:
        """Those that may still leave. Some ran out behind slow messages and were taken over; the leases of stopped ones run out."""
        with self._database.write() as session:
            now = utc_now()
            kept = session.scalars(
                update(Prompt)
                .where(one_of(Prompt.id, ids), held_by(self._worker), Prompt.next_attempt_at > now, ~stopped())
                .values(next_attempt_at=now + self._lease)
                .returning(Prompt.id)
                .execution_options(synchronize_session=False)
            )
            return set(kept)


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
            Plan,
            Zone,
            awaits_anybody().label("awaited"),
            address.label("address"),
            NUMBER.label("number"),
            Household.phone.label("household_phone"),
            GUARDIAN_NAME.label("guardian"),
        )
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(Resident, Resident.id == Prompt.resident_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == Prompt.zone_id)
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
