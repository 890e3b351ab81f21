"""Hands claimed prompts to their channels: sent once, noted while they go, tried again with a growing pause and an end."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.rollcalls.prompts import Prompt
from rollcall.prompts.claiming import claim
from rollcall.prompts.departing import MANY_SERVERS, Departure
from rollcall.prompts.due import prompts_due
from rollcall.prompts.journal import Journal
from rollcall.prompts.sending_set_up import SendingSetUp

MOST_BEHIND = 4
# Longer than any channel gives a message; the parent waits so long for its children.
STOP_SECONDS = 7.0


@dataclass(frozen=True)
class _Claimed:
    """What one claim's batches share: the name of their leases, by which the journal is found too. by_channel: the batches."""

    worker: str
    journal: Journal
    by_channel: Mapping[str, Departure]


class Sender:
    """Sends what is due, each channel in a thread of its own. Made once by a worker's entry point.

    A lease that ran out means that its worker died. Where the gateway honours references, the message is handed over again with the
    same one, unless the dead worker's journal tells that it was taken. Where it does not, the journal tells what went out; what nobody
    can know becomes uncertain, is never repeated, and the next, differently worded message follows at once.
    """

    def __init__(self, database: Database, worker: str, set_up: SendingSetUp) -> None:
        """worker: a name that no worker had before; leases and journals are known by it and the number of the claim."""
        self._database = database
        self._set_up = set_up
        self._name = worker
        self._claims = itertools.count(1)
        self._under_way: list[_Claimed] = []

    def send_due(self, now: datetime, patience: float | None = None) -> int:
        """Claim what is due, send it, note what came of it; returns how many were claimed.

        patience: seconds to wait for channels; a slow one goes on by itself, and nothing more is claimed for it. None: wait for all.
        """
        monotonic_now = time.monotonic()
        self._settle()
        busy = self.busy()
        with self._database.read() as session:
            # Asked without the write lock, since most of the time there is nothing.
            if session.scalar(select(Prompt.id).where(prompts_due(now), Prompt.channel.not_in(busy)).limit(1)) is None:
                return 0
        worker = f"{self._name}-{next(self._claims)}"
        with self._database.write() as session:
            claimed = claim(session, self._set_up, worker, now, monotonic_now, busy)
        if claimed.leaving:
            channels = {name: self._set_up.channels[name] for name in claimed.leaving}
            journal = Journal(self._set_up.outbox, worker)
            departures = {
                name: Departure(self._database, channels[name], worker, journal, self._set_up.lease, batch)
                for name, batch in claimed.leaving.items()
            }
            self._under_way.append(_Claimed(worker, journal, departures))
            self._wait(list(departures.values()), patience)
            self._settle()
        return claimed.prompts

    def busy(self) -> set[str]:
        """Channels that take no more now."""
        busy: set[str] = set()
        behind: Counter[str] = Counter()
        for claimed in self._under_way:
            for name, departure in claimed.by_channel.items():
                if not departure.done:
                    behind[name] += 1
                    if name not in MANY_SERVERS or not departure.all_handed_over or behind[name] >= MOST_BEHIND:
                        busy.add(name)
        return busy

    def stop(self) -> None:
        """Let what is on its way come back, and give back the rest; a killed worker's leases run out by themselves."""
        departures = [each for claimed in self._under_way for each in claimed.by_channel.values()]
        for each in departures:
            each.stop()
        self._wait(departures, STOP_SECONDS)
        # Of a batch that is still under way somebody may have messages that nobody noted: its journal tells, when its leases run out.
        self._forget_ended()

    def _wait(self, departures: list[Departure], patience: float | None) -> None:
        end = None if patience is None else time.monotonic() + patience
        for each in departures:
            each.wait(None if end is None else max(0.0, end - time.monotonic()))

    def _settle(self) -> None:
        """Raises what ended a batch before its end: the database refused what became of it."""
        errors = self._forget_ended()
        if errors:
            raise errors[0]

    def _forget_ended(self) -> list[BaseException]:
        """Forget claims that are over, with their journals; returns what ended some before their end.

        What was handed over and could not be noted is settled as after a death: by the journal, which nothing more goes into.
        """
        errors: list[BaseException] = []
        for claimed in [each for each in self._under_way if _is_over(each)]:
            self._under_way.remove(claimed)
            wrong = [each.error for each in claimed.by_channel.values() if each.error is not None]
            if wrong:
                claimed.journal.leave()
            else:
                claimed.journal.end()
            errors += wrong
        return errors


def _is_over(claimed: _Claimed) -> bool:
    return all(each.done for each in claimed.by_channel.values())
