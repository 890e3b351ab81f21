"""The watch over the telling itself: zones where nobody is on duty, and what is urgent and was told to nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.alerts.record import untold
from monitor.alerts.roster import read_roster
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.incidents.incidents import Cause, end_causes, open_incidents
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.people.orders import quarantined
from monitor.words import N_, words

NOBODY = words(N_("Nobody is on duty in this zone, so alerts go straight to supervisors. Please put someone on duty."))
STALLED = words(
    N_(
        "Someone in this zone may be in danger, and no alert has left within %(seconds)s s. Please open the list of incidents"
        " now, and ask the administrator to check the service."
    ),
    seconds=120,
)


def watch_duty(database: Database, now: datetime) -> int:
    """Make it an incident where people are in quarantine and nobody is on duty; returns for how many zones it holds."""
    with database.read() as session:
        lived_in = set(session.scalars(select(Resident.zone_id).where(quarantined(now)).distinct()))
        roster = read_roster(session, lived_in)
        # Who is there for cameras alone is not there for people.
        without = {each for each in lived_in if not roster.on_duty(each, IncidentKind.UNWELL, now)}
        noted = _noted(session, IncidentKind.NOBODY_ON_DUTY)
    if without - noted or noted - without:
        with database.write() as session:
            about = [Cause(causes.nobody_on_duty(each), each, NOBODY) for each in sorted(without)]
            open_incidents(session, IncidentKind.NOBODY_ON_DUTY, about, now=now)
            end_causes(session, [causes.nobody_on_duty(each) for each in noted - without], now=now)
    return len(without)


def watch_telling(database: Database, now: datetime, tell: Callable[[int], None]) -> int:
    """Say where somebody may be in danger and nobody was told, though it is long since time; returns of how many.

    tell: called once when that begins, with how many, by a way that needs neither the queue of alerts nor its workers.
    """
    with database.read() as session:
        found = untold(session, now)
        noted = _noted(session, IncidentKind.TELLING_STALLED)
    if found.zones - noted or noted - found.zones:
        with database.write() as session:
            about = [Cause(causes.telling_stalled(each), each, STALLED) for each in sorted(found.zones)]
            open_incidents(session, IncidentKind.TELLING_STALLED, about, now=now)
            end_causes(session, [causes.telling_stalled(each) for each in noted - found.zones], now=now)
        if found.zones - noted:
            tell(found.count)
    return found.count


def _noted(session: Session, kind: IncidentKind) -> set[int]:
    """Zones with such an incident whose cause lasts."""
    lasting = (Incident.kind == kind, unresolved(), Incident.cause_ended_at.is_(None))
    return set(session.scalars(select(Incident.zone_id).where(*lasting)))
