"""Lines of a person's timeline: what happened, as one row of some table tells it. Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.models.accounts import AuditEntry
from monitor.models.cameras.cameras import ObservationKind
from monitor.models.declarations import Declaration
from monitor.models.incidents import ContactAttempt, Incident
from monitor.models.people.laboratory import LaboratoryTest
from monitor.models.people.measurements import Measurement
from monitor.models.people.residents import OrderChange
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange
from monitor.people.order_words import said
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.words import N_, Words, words
from rollcall.answers.said import ANY_HELP, HELP
from web.console.records.answers import MADE_IN_TIME, MADE_LATE
from web.shared.labels import action, label

Key = tuple[datetime, int, int]
SEEN = {
    ObservationKind.FACE: (N_("Recognised by camera %(camera)s"), "good", "camera"),
    ObservationKind.PERSON: (N_("Someone is in the room (camera %(camera)s)"), "idle", "camera"),
    ObservationKind.NOBODY: (N_("Nobody is in view (camera %(camera)s)"), "watch", "camera"),
    ObservationKind.TAMPER: (N_("Camera %(camera)s was covered"), "watch", "eye-off"),
    ObservationKind.OFFLINE: (N_("Camera %(camera)s sent no picture"), "watch", "plug"),
}
BY_TELEPHONE: dict[str, str] = {ChannelName.SMS: N_("By text message."), ChannelName.VOICE: N_("By pressing keys in a call.")}


@dataclass(frozen=True)
class Entry:
    """One line: when, what, why. until: when it lasted. incident_id, declaration_id: where the line leads. in_doubt: nobody knew what time it was.

    rank: of which kind of row, number: its key; both together name the line. parts: what the line opens to, in order.
    """

    at: datetime
    rank: int
    number: int
    tone: str
    icon: str
    title: Words
    reasons: list[Words] = field(default_factory=list)
    note: str = ""
    by: str | None = None
    since: datetime | None = None
    incident_id: int | None = None
    declaration_id: int | None = None
    in_doubt: bool = False
    parts: Sequence[Entry] = ()

    @property
    def key(self) -> Key:
        """Its place in the order of all lines."""
        return self.at, self.rank, self.number


def seen_entry(row: Any) -> Entry:
    """What a camera saw. row: an observation and its camera's name."""
    seen, camera = row
    template, tone, icon = SEEN[seen.kind]
    since = seen.started_at if (seen.last_at - seen.started_at).total_seconds() >= 60 else None
    return Entry(seen.last_at, 0, seen.id, tone, icon, words(template, camera=camera), since=since)


def prompted_entry(prompt: Prompt) -> Entry:
    """A message and what became of it."""
    look = label(prompt.state)
    if prompt.kind in REPLIES:
        template = N_("Reply (%(channel)s): %(state)s")
    elif prompt.kind is PromptKind.REMINDER:
        template = N_("Reminder (%(channel)s): %(state)s")
    else:
        template = N_("Message (%(channel)s): %(state)s")
    title = words(template, channel=prompt.channel, state=look.words.dump())
    reasons = [Words.load(prompt.problem)] if prompt.problem else []
    return Entry(prompt.created_at, 1, prompt.id, look.tone, look.icon, title, reasons)


def changed_entry(change: CheckInChange, username: str | None) -> Entry:
    """A step of a roll-call."""
    look = label(change.state)
    title = words(N_("Roll-call: %(state)s"), state=look.words.dump())
    reasons = [Words.load(each) for each in change.reasons]
    return Entry(change.at, 2, change.id, look.tone, look.icon, title, reasons, by=username)


def roll_call_entry(check_in: CheckIn, parts: Sequence[Entry]) -> Entry:
    """A roll-call as one line: how it stands, what was answered, and all that happened in it. parts: in no order."""
    look = label(check_in.state)
    title = words(N_("Roll-call: %(state)s"), state=look.words.dump())
    reasons = [part.title for part in parts if part.rank == 3] + [Words.load(each) for each in check_in.reasons]
    within = sorted(parts, key=lambda part: part.key)
    doubt = any(part.in_doubt for part in within)
    return Entry(check_in.opened_at, 2, check_in.id, look.tone, look.icon, title, reasons, parts=within, in_doubt=doubt)


def answered_entry(answer: Answer) -> Entry:
    """An answer, with all that was ticked in it."""
    reasons = [words(N_("Symptom: %(name)s"), name=_named(SYMPTOMS | ANY_DANGER, each)) for each in answer.symptoms]
    reasons += [words(N_("Needs: %(name)s"), name=_named(HELP | ANY_HELP, each)) for each in answer.help_wanted]
    reasons += value_words(answer.temperature, answer.spo2)
    if answer.guardian_id is not None:
        reasons.append(words(N_("Sent by the person who answers for this resident.")))
    if answer.channel in BY_TELEPHONE:
        reasons.append(words(BY_TELEPHONE[answer.channel]))
    reasons += [Words.load(each) for each in answer.place_reasons]
    if answer.late:
        reasons.append(words(MADE_IN_TIME if answer.in_window else MADE_LATE))
    tone, icon, title = (
        ("bad", "heart", N_("Answered: feels unwell")) if answer.unwell else ("calm", "phone", N_("Answered: feels well"))
    )
    # It was on its way so long: the phone had no line.
    since = answer.taken_at if (answer.received_at - answer.taken_at).total_seconds() >= 60 else None
    return Entry(answer.received_at, 3, answer.id, tone, icon, words(title), reasons, answer.note, since=since)


def value_words(temperature: float | None, spo2: int | None) -> list[Words]:
    """What was measured, each by itself."""
    found = []
    if temperature is not None:
        found.append(words(N_("Temperature %(degrees)s °C"), degrees=round(temperature, 1)))
    if spo2 is not None:
        found.append(words(N_("SpO₂ %(percent)s %%"), percent=spo2))
    return found


def _named(names: dict[str, str], code: str) -> dict[str, Any]:
    """The words of a code that a resident ticked, stored in the answer."""
    return words(names.get(code, code)).dump()


def opened_entry(incident: Incident) -> Entry:
    """An incident, which the line leads to."""
    look = label(incident.kind)
    title = words(N_("Incident: %(kind)s"), kind=look.words.dump())
    reasons = [Words.load(incident.reason)]
    return Entry(incident.opened_at, 4, incident.id, look.tone, look.icon, title, reasons, incident_id=incident.id)


def tried_entry(attempt: ContactAttempt, username: str | None) -> Entry:
    """A call or a visit of staff."""
    look, way = label(attempt.outcome), label(attempt.way)
    title = words(N_("%(way)s: %(outcome)s"), way=way.words.dump(), outcome=look.words.dump())
    leads = attempt.incident_id
    return Entry(attempt.at, 5, attempt.id, look.tone, way.icon, title, note=attempt.note, by=username, incident_id=leads)


def ordered_entry(change: OrderChange, username: str | None, timezone: str) -> Entry:
    """A change of an order."""
    title, *more = said(change.before, change.after, timezone) or [words(N_("The quarantine order was changed."))]
    return Entry(change.at, 6, change.id, "calm", "note", title, more, change.reason, by=username)


def tested_entry(test: LaboratoryTest) -> Entry:
    """A laboratory test as it stands."""
    look = label(test.result or test.state)
    title = words(N_("Test (%(kind)s): %(state)s"), kind=label(test.kind).words.dump(), state=look.words.dump())
    at = test.resulted_at or test.taken_at or test.planned_at
    return Entry(at, 7, test.id, look.tone, look.icon, title)


def measured_entry(measurement: Measurement, username: str | None) -> Entry:
    """Values that staff entered."""
    title, *more = value_words(measurement.temperature, measurement.spo2)
    if more:
        title = Words("%(one)s, %(other)s", {"one": title.dump(), "other": more[0].dump()})
    how = label(measurement.how).words
    return Entry(measurement.measured_at, 8, measurement.id, "idle", "heart", title, [how], by=username)


def declared_entry(row: Declaration) -> Entry:
    """A health declaration, which the line leads to."""
    look = label(row.signs)
    title = words(N_("Health declaration: %(signs)s"), signs=look.words.dump())
    return Entry(row.made_at, 10, row.id, look.tone, look.icon, title, [label(row.way).words], declaration_id=row.id)


def noted_entry(entry: AuditEntry, username: str | None) -> Entry:
    """A change of what is known of the person."""
    return Entry(entry.at, 9, entry.id, "idle", "person", action(entry.action), by=username)
