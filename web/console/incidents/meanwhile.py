"""What came since somebody was missed: whoever calls or visits knows it before they do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import or_, select

from monitor.database.together import Reading, asked, at_once, first
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.incidents import Incident
from monitor.models.people.residents import Presence
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn
from monitor.words import N_, Words, words
from rollcall.followup.attempts import attempts_since_asked
from web.console.people.lines import Entry, answered_entry, seen_entry
from web.shared.labels import label

MOST = 12
# A message is delivered within days of being made, or never.
MADE_BEFORE = timedelta(days=2)


def meanwhile(incident: Incident, parts: Collection[int]) -> Reading[list[Entry]]:
    """The newest lines since a case about a resident was opened, newest first. parts: the incidents of the case."""
    resident, since = incident.resident_id, incident.opened_at
    if resident is None:
        return []
    found: list[Entry] = []
    answers = select(Answer).where(Answer.resident_id == resident, Answer.received_at >= since)
    sightings = (
        select(Observation, Camera.name)
        .join(Camera, Camera.id == Observation.camera_id)
        .where(Observation.resident_id == resident, Observation.kind == ObservationKind.FACE, Observation.last_at >= since)
    )
    answered, seen, presence, delivered, tries = yield from at_once(
        asked(answers.order_by(Answer.id.desc()).limit(MOST)),
        asked(sightings.order_by(Observation.last_at.desc()).limit(MOST)),
        first(select(Presence).where(Presence.resident_id == resident)),
        _delivered(incident, resident),
        attempts_since_asked([resident], since),
    )
    found += [answered_entry(row) for row in answered]
    found += [seen_entry(row) for row in seen]
    if presence is not None and presence.since >= since:
        look = label(presence.state)
        title = words(N_("Presence: %(state)s"), state=look.words.dump())
        reasons = [Words.load(presence.reason)]
        found.append(Entry(presence.since, 5, presence.resident_id, look.tone, look.icon, title, reasons))
    found += delivered
    for number, each in enumerate(tries):
        # Those on this very case stand above, in a list of their own.
        if each.incident_id in parts:
            continue
        look = label(each.outcome)
        title = words(N_("%(way)s: %(outcome)s"), way=label(each.way).words.dump(), outcome=look.words.dump())
        found.append(Entry(each.at, 6, -number, look.tone, look.icon, title, note=each.note, by=each.by))
    return sorted(found, key=lambda entry: entry.key, reverse=True)[:MOST]


def _delivered(incident: Incident, resident: int) -> Reading[list[Entry]]:
    lead = select(CheckIn.lead_id).where(CheckIn.id == incident.check_in_id, CheckIn.lead_id.is_not(None))
    query = (
        select(Prompt)
        .where(
            or_(Prompt.resident_id == resident, Prompt.check_in_id.in_(lead)),
            Prompt.created_at >= incident.opened_at - MADE_BEFORE,
            Prompt.delivered_at >= incident.opened_at,
        )
        .order_by(Prompt.delivered_at.desc())
        .limit(MOST)
    )
    found = []
    for prompt in (yield from asked(query)):
        if prompt.delivered_at is not None:
            title = words(
                N_("%(message)s arrived (%(channel)s)"), message=label(prompt.kind).words.dump(), channel=prompt.channel
            )
            found.append(Entry(prompt.delivered_at, 1, prompt.id, "good", "message", title))
    return found
