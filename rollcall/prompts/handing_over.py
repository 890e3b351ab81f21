"""Gives a channel its claimed messages one by one, each in its turn and only while it may still leave."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed_values
from monitor.models.rollcalls.prompts import Prompt
from rollcall.channels.channel import ChannelProblem, Message
from rollcall.prompts.claiming import Outgoing
from rollcall.prompts.journal import Journal
from rollcall.prompts.outcomes import held_by
from rollcall.prompts.stopping import stopped

# How soon a message that was claimed notices that all are stopped.
RENEW_EVERY = timedelta(seconds=1)
# So much of what went by is caught up with, which no gateway's limit of a second feels. Who is later keeps the messages' distance.
HELD_UP = timedelta(seconds=0.25)


class HandingOver:
    """One message after the other, each only while its lease holds and nobody stopped it, noted in the journal before it leaves.

    handed: those that a channel took, by their reference. held_back: set by who hears that the gateway wants no more of them.
    """

    def __init__(self, database: Database, journal: Journal, worker: str, lease: timedelta, batch: Sequence[Outgoing]) -> None:
        self._database = database
        self._journal = journal
        self._worker = worker
        self._lease = lease
        self._waiting = deque(batch)
        self._free_at = datetime.min.replace(tzinfo=UTC)
        self._renewed_at = utc_now()  # a channel may take its time before it asks for the first one
        self._mine = {outgoing.prompt_id for outgoing in batch}
        self._stopped = threading.Event()
        self.handed: dict[str, Outgoing] = {}
        self.held_back: ChannelProblem | None = None

    @property
    def exhausted(self) -> bool:
        """Whether none waits any more: what was handed over may still be on its way."""
        return not self._waiting or self._stopped.is_set()

    def stop(self) -> None:
        """Hand none over any more; asked by another thread when the worker stops."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Message]:
        while self._waiting and not self._stopped.is_set():
            outgoing = self._next_in_turn()
            if outgoing is None or self.held_back is not None:
                return
            if outgoing.prompt_id in self._mine:
                message = outgoing.written.message
                self._journal.handing(outgoing.prompt_id)
                if utc_now() - self._renewed_at >= self._lease:
                    # We stood still: somebody took it over, who may have read the journal before this line.
                    self._mine.discard(outgoing.prompt_id)
                    continue
                self.handed[message.reference] = outgoing
                yield message

    def _next_in_turn(self) -> Outgoing | None:
        """Wait for the first one's moment, and until it is so far behind the one before as their moments are; None: stopped meanwhile."""
        every = min(RENEW_EVERY, self._lease / 2)
        while True:
            if utc_now() - self._renewed_at >= every:
                self._mine = self._renew([outgoing.prompt_id for outgoing in self._waiting])
                self._renewed_at = utc_now()
            first, now = self._waiting[0], utc_now()
            if first.not_before is None or first.prompt_id not in self._mine:
                return self._waiting.popleft()
            moment = max(first.not_before, self._free_at)
            if moment <= now:
                self._waiting.popleft()
                if self._waiting and (following := self._waiting[0].not_before) is not None:
                    self._free_at = max(moment, now - HELD_UP) + (following - first.not_before)
                return first
            if self._stopped.wait(min(moment - now, every).total_seconds()):
                return None

    def _renew(self, prompt_ids: Sequence[int]) -> set[int]:
        """Those that may still leave. Some ran out behind slow messages and were taken over; the leases of stopped ones run out."""
        with self._database.write() as session:
            now = utc_now()
            renewed = (
                update(Prompt)
                .where(one_of(Prompt.id, prompt_ids), held_by(self._worker), Prompt.next_attempt_at > now, ~stopped())
                .values(next_attempt_at=now + self._lease)
                .returning(Prompt.id)
            )
            return set(changed_values(session, renewed))
