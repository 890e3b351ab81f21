"""Who may resolve an incident, and when: what is about an answer ends by deciding the answer, and by nothing else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.incidents import incidents
from monitor.models.incidents import Incident, IncidentKind
from monitor.problems import Conflict, Forbidden
from monitor.words import N_
from rollcall.followup.unjudged import holding_open


def require_who_may_end(reader: Reader, incident: Incident) -> None:
    """What a resident contests is not ended by those whose work it may be about. Raises Forbidden."""
    if incident.kind is IncidentKind.CONTESTED and not reader.may(Permission.REVIEW_CHECK_IN, incident.zone_id):
        raise Forbidden(N_("Only a supervisor can decide this."))


def resolve(session: Session, incident: Incident, reader: Reader, text: str, *, now: datetime) -> None:
    """Close an incident, or the case it leads, with a note of what was found, in the caller's write transaction.

    Raises Forbidden, Conflict while an answer waits for its decision or when somebody was faster, BadInput without a note.
    """
    require_who_may_end(reader, incident)
    if holding_open(session, incident):
        raise Conflict(N_("An answer of this person waits for a supervisor’s decision. This ends when it has been decided."))
    incidents.resolve(session, incident.id, reader.account_id, text, now=now)
