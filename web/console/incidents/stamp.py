"""Whether a case is still as it was when its page was fetched ahead: what is decided about, in a few characters."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select

from monitor.database.together import Reading, asked, at_once, known
from monitor.models.cameras.cameras import Observation, ObservationKind
from monitor.models.incidents import ContactAttempt, IncidentMedia, IncidentNote
from monitor.models.people.residents import Presence
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn, in_review
from web.console.incidents.listed import Listed


def stamp_asked(one: Listed) -> Reading[str]:
    """Changes when something is added that a decision may hang on. The newest of each is enough: nothing of it is ever changed."""
    person, ids, since = one.incident.resident_id, [each.id for each in one.parts], one.incident.opened_at
    newest = yield from at_once(
        asked(select(func.max(IncidentNote.id)).where(IncidentNote.incident_id.in_(ids))),
        asked(select(func.max(IncidentMedia.id)).where(IncidentMedia.incident_id.in_(ids))),
        asked(select(func.max(ContactAttempt.id)).where(ContactAttempt.incident_id.in_(ids))),
        *(
            (
                asked(select(CheckIn.id).where(in_review(), CheckIn.resident_id == person).order_by(CheckIn.id)),
                asked(select(func.max(Answer.id)).where(Answer.resident_id == person, Answer.received_at >= since)),
                asked(
                    select(func.max(Observation.id)).where(
                        Observation.resident_id == person,
                        Observation.kind == ObservationKind.FACE,
                        Observation.last_at >= since,
                    )
                ),
                asked(select(Presence.state).where(Presence.resident_id == person)),
            )
            if person is not None
            else (known(None),)
        ),
    )
    parts = [(each.id, each.state, each.last_occurred_at, each.cause_ended_at, each.reason) for each in one.parts]
    return hashlib.sha256(repr((parts, newest)).encode()).hexdigest()[:16]
