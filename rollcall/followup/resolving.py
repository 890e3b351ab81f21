"""Who may resolve an incident, and when: what is about an answer or a request ends by deciding that, and by nothing else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.database.together import Reading, asked, read
from monitor.incidents import causes, incidents
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.rights import RightsRequest
from monitor.problems import Conflict, Forbidden
from monitor.words import N_
from rollcall.followup.unjudged import holding_open


def require_who_may_end(reader: Reader, incident: Incident) -> None:
    """What a resident contests is not ended by those whose work it may be about. Raises Forbidden."""
    if incident.kind is IncidentKind.CONTESTED and not reader.may(Permission.REVIEW_CHECK_IN, incident.zone_id):
        raise Forbidden(N_("Only a supervisor can decide this."))


def unanswered_request(session: Session, incident: Incident) -> int | None:
    """The request whose answer ends this incident; None where it is about none, or that has its answer."""
    return read(session, unanswered_request_asked(incident))


def unanswered_request_asked(incident: Incident) -> Reading[int | None]:
    """The same as a reading."""
    if incident.kind is not IncidentKind.REQUEST_OVERDUE:
        return None
    waiting = yield from asked(
        select(RightsRequest.id).where(RightsRequest.resident_id == incident.resident_id, RightsRequest.answered_at.is_(None))
    )
    return next((each for each in waiting if causes.request_overdue(each) == incident.cause), None)


def resolve(session: Session, incident: Incident, reader: Reader, text: str, *, now: datetime) -> None:
    """Close an incident, or the case it leads, with a note of what was found, in the caller's write transaction.

    Raises Forbidden, Conflict while an answer or a request waits for its decision or when somebody was faster, BadInput without a note.
    """
    require_who_may_end(reader, incident)
    if holding_open(session, incident):
        raise Conflict(N_("An answer of this person waits for a supervisor’s decision. This ends when it has been decided."))
    if unanswered_request(session, incident) is not None:
        raise Conflict(N_("This request has no answer yet. Answer it; that ends this too."))
    incidents.resolve(session, incident.id, reader.account_id, text, now=now)
