"""The watch over the hotline's alarms: when something is due and nobody looked, that is said, by a process other than the one that looks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.incidents.incidents import Cause, end_causes, open_incidents
from monitor.models.hotline import HotlineTicket, TicketState
from monitor.models.hotline_desk import HotlineWatch
from monitor.models.incidents import Incident, IncidentKind
from monitor.words import N_, words
from rollcall.hotline.alarms import WATCHED, due_soon

log = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 15.0
STALLED_AFTER = timedelta(seconds=60)
TITLE = N_("Quarantine watch")
STALLED = words(
    N_(
        "Tickets of 1022 are due, and the alarm has not run for %(seconds)s s. Open the list of tickets and call the units yourself,"
        " and ask the administrator to check the service."
    ),
    seconds=60,
)


def watch_alarms(database: Database, now: datetime, tell: Callable[[], None]) -> bool:
    """Make it an incident of each zone with open tickets where the alarm did not run though something is due; returns whether that is so.

    tell: called once when that begins, by a way that needs neither the queue of alerts nor the scheduler.
    """
    with database.read() as session:
        ran_at = session.scalar(select(HotlineWatch.ran_at).where(HotlineWatch.name == WATCHED))
        stalled = (ran_at is None or ran_at < now - STALLED_AFTER) and bool(due_soon(session, now - STALLED_AFTER))
        noted = set(
            session.scalars(
                select(Incident.zone_id).where(
                    Incident.kind == IncidentKind.HOTLINE_STALLED, unresolved(), Incident.cause_ended_at.is_(None)
                )
            )
        )
        concerned: set[int] = set()
        if stalled:
            waiting = select(HotlineTicket.zone_id).where(HotlineTicket.state != TicketState.CLOSED)
            concerned = {each for each in session.scalars(waiting.distinct()) if each is not None}
    if concerned != noted:
        with database.write() as session:
            about = [Cause(causes.hotline_stalled(each), each, STALLED) for each in sorted(concerned)]
            open_incidents(session, IncidentKind.HOTLINE_STALLED, about, now=now)
            end_causes(session, [causes.hotline_stalled(each) for each in noted - concerned], now=now)
        if concerned - noted:
            tell()
    return stalled


class AlarmWatch:
    """Looks again and again, in a thread of each worker."""

    def __init__(self, database: Database, tell: Callable[[], None], clock: Callable[[], datetime] = utc_now) -> None:
        self._database, self._tell, self._now = database, tell, clock

    def run(self, stopping: threading.Event) -> None:
        """Look until the worker stops; whatever the database refuses is tried again."""
        while not stopping.wait(LOOK_EVERY_SECONDS):
            try:
                watch_alarms(self._database, self._now(), self._tell)
            except Exception:
                log.exception("the watch over the hotline's alarms failed; trying again")
