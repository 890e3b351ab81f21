"""Notes what gateways sent and how it was read: counts by day, and a few samples, for whoever sets a gateway up. In bounds."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.models.rollcalls.gateways import NOT_UNDERSTOOD, GatewayCount, GatewayReading, GatewaySample
from monitor.words import words
from rollcall.channels.heard import SAYS, Heard

log = logging.getLogger(__name__)
# A gateway may send thousands in a second; a person who tries it sends one.
MOST_A_MINUTE = 30
MOST_KEPT = 100
SAMPLES_FOR, COUNTS_FOR = timedelta(days=1), timedelta(days=31)
# Each word that nobody knows is a row: a gateway that invents them fills no disk.
MOST_WORDS_A_DAY = 50
_OTHERS = "…"


class GatewayNotes:
    """The notes of one process about one gateway. What was understood is counted with the next sample, so it costs no transaction of its
    own under load, and what was not yet written is lost with the process.
    """

    def __init__(self, database: Database, gateway: str) -> None:
        self._database, self._gateway = database, gateway
        self._counts: Counter[tuple[GatewayReading, str]] = Counter()
        self._noted: dict[bool, deque[float]] = {True: deque(), False: deque()}
        self._lock = threading.Lock()

    def note(self, heard: Sequence[Heard], at: datetime) -> None:
        """Note what came. Never raises for a fault of the database: what came is taken already."""
        with self._lock:
            self._counts.update((each.reading, each.word) for each in heard)
            samples = [each for each in heard if self._has_room(each.reading in NOT_UNDERSTOOD)]
            if not samples and not any(each.reading in NOT_UNDERSTOOD for each in heard):
                return
            counts, self._counts = self._counts, Counter()
        try:
            with self._database.write() as session:
                self._count(session, counts, at)
                self._keep(session, samples, at)
        except SQLAlchemyError:
            log.exception("what a gateway sent could not be noted")
            with self._lock:
                self._counts.update(counts)

    def _has_room(self, not_understood: bool) -> bool:
        noted, now = self._noted[not_understood], time.monotonic()
        while noted and now - noted[0] > 60:
            noted.popleft()
        if len(noted) >= MOST_A_MINUTE:
            return False
        noted.append(now)
        return True

    def _count(self, session: Session, counts: Counter[tuple[GatewayReading, str]], at: datetime) -> None:
        mine = (GatewayCount.gateway == self._gateway, GatewayCount.day == at.date())
        known = set(session.scalars(select(GatewayCount.word).where(*mine, GatewayCount.word != "")))
        for (reading, word), number in sorted(counts.items()):  # others do so too, and none waits for one who waits for it
            shown = word if not word or word in known or len(known) < MOST_WORDS_A_DAY else _OTHERS
            known.add(shown)
            row = {"gateway": self._gateway, "day": at.date(), "reading": reading, "word": shown, "last_at": at}
            session.execute(insert_new(session, GatewayCount), [row])
            of_it = (*mine, GatewayCount.reading == reading, GatewayCount.word == shown)
            changed(session, update(GatewayCount).where(*of_it).values(number=GatewayCount.number + number, last_at=at))

    def _keep(self, session: Session, samples: Sequence[Heard], at: datetime) -> None:
        if not samples:
            return
        rows = [
            {
                "gateway": self._gateway,
                "at": at,
                "reading": each.reading,
                "number": each.number,
                "content": each.content,
                "read": words(SAYS[each.reading], **each.values).dump(),
            }
            for each in samples
        ]
        session.execute(insert(GatewaySample), rows)
        of_it = GatewaySample.gateway == self._gateway
        oldest = select(GatewaySample.id).where(of_it).order_by(GatewaySample.id.desc()).offset(MOST_KEPT).limit(1)
        last = session.scalar(oldest)
        if last is not None:
            session.execute(delete(GatewaySample).where(of_it, GatewaySample.id <= last))


def forget_notes(session: Session, now: datetime) -> None:
    """Remove what has been kept for its time."""
    session.execute(delete(GatewaySample).where(GatewaySample.at < now - SAMPLES_FOR))
    session.execute(delete(GatewayCount).where(GatewayCount.day < (now - COUNTS_FOR).date()))
