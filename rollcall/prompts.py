"""Hands claimed prompts to their channels: sent once, noted while they go, tried again with a growing pause and an end."""

from __future__ import annotations

import itertools
import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select, update

from monitor.bulk import one_of
from monitor.changes import announce
from monitor.clock import utc_now
from monitor.database import Database
from monitor.models import ContactAddress, Prompt, PromptState
from rollcall.channels import AddressGone, Channel, ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.claiming import Claiming, Outgoing
from rollcall.climbing import asking, bring_forward
from rollcall.dispatch import FIRST_PAUSE, pause_before
from rollcall.due import prompts_due
from rollcall.journal import Journal
from rollcall.outcomes import Taken, held_by, note_prompt, note_sent, note_uncertain
from rollcall.pace import Rate, hold_back
from rollcall.prices import Prices
from rollcall.short_texts import ShortWording
from rollcall.stopping import stopped

log = logging.getLogger(__name__)

NOTED_AT_ONCE, NOTED_WITHIN = 400, timedelta(seconds=1)
LEASE = timedelta(seconds=15)
# How soon a message that was claimed notices that all are stopped.
ASK_AGAIN_EVERY = timedelta(seconds=1)
# So much of what went by is caught up with, which no gateway's limit of a second feels. Who is later keeps the messages' distance.
HELD_UP = timedelta(seconds=0.25)


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
        """What claiming takes, see `Claiming`; outbox is the folder of this worker's journal, too."""
        self._database = database
        self._channels = channels
        self._name = self._worker = worker
        self._lives = itertools.count(2)
        self._outbox = outbox
        self._lease = lease
        self._claiming = Claiming(
            channels,
            secret,
            address,
            outbox,
            budget,
            lease,
            rates or {},
            prices or Prices({}),
            plain,
            wording or ShortWording(),
        )
        self._journal = Journal(outbox, worker)

    def send_due(self, now: datetime) -> int:
        """Claim what is due, send it, note what came of it; returns how many were claimed."""
        asked = time.monotonic()
        with self._database.read() as session:
            # Asked without the write lock, since most of the time there is nothing.
            if session.scalar(select(Prompt.id).where(prompts_due(now)).limit(1)) is None:
                return 0
        with self._database.write() as session:
            claimed, leaving = self._claiming.claim(session, self._worker, now, asked)
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

    def _send(self, name: str, batch: Sequence[Outgoing]) -> None:
        """Hand a batch over, noting what came of it while it goes."""
        channel = self._channels[name]
        # A gateway that knows a reference again is asked again; nobody would read of it in the journal.
        journal = None if channel.idempotent else self._journal
        handing = _HandingOver(self._database, journal, self._worker, self._lease, batch)
        noted: list[tuple[Outgoing, Outcome, datetime]] = []
        unreachable: ChannelProblem | None = None
        try:
            for message, outcome in channel.send(iter(handing)):
                outgoing = handing.handed[message.reference]
                if journal is not None and isinstance(outcome, Sent):
                    journal.answered(outgoing.prompt_id, outcome.gateway_reference)
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

    def __init__(
        self, database: Database, journal: Journal | None, worker: str, lease: timedelta, batch: Sequence[Outgoing]
    ) -> None:
        self._database = database
        self._journal = journal
        self._worker = worker
        self._lease = lease
        self._waiting = deque(batch)
        self._free_at = datetime.min.replace(tzinfo=UTC)
        self._asked_at = utc_now()  # a channel may take its time before it asks for the first one
        self._mine = {each.prompt_id for each in batch}
        self.handed: dict[str, Outgoing] = {}
        self.held_back: ChannelProblem | None = None

    def __iter__(self) -> Iterator[Message]:
        while self._waiting:
            each = self._next_in_turn()
            if self.held_back is not None:
                return
            if each.prompt_id in self._mine:
                self.handed[each.message.reference] = each
                if self._journal is not None:
                    self._journal.handing(each.prompt_id)
                yield each.message

    def _next_in_turn(self) -> Outgoing:
        """Wait for the first one's moment, and until it is so far behind the one before as their moments are."""
        every = min(ASK_AGAIN_EVERY, self._lease / 2)
        while True:
            if utc_now() - self._asked_at >= every:
                self._mine, self._asked_at = self._renew([each.prompt_id for each in self._waiting]), utc_now()
            each, now = self._waiting[0], utc_now()
            if each.not_before is None or each.prompt_id not in self._mine:
                return self._waiting.popleft()
            moment = max(each.not_before, self._free_at)
            if moment <= now:
                self._waiting.popleft()
                if self._waiting and (following := self._waiting[0].not_before) is not None:
                    self._free_at = max(moment, now - HELD_UP) + (following - each.not_before)
                return each
            time.sleep(min(moment - now, every).total_seconds())

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
