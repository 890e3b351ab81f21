"""One person's timeline: what cameras saw, what roll-calls brought, what staff were asked, merged newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.models.accounts import Account
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.incidents import Incident
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.timekeeping.marks import Marks
from monitor.words import N_, Words, words
from rollcall.answers.said import ANY_HELP, HELP
from web.console.paging import after_key
from web.console.records.answers import MADE_IN_TIME, MADE_LATE
from web.shared.labels import label

PAGE = 30
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
    """One line: when, what, why. until: when it lasted. incident_id: where the line leads. in_doubt: nobody knew what time it was."""

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
    in_doubt: bool = False

    @property
    def key(self) -> Key:
        """Its place in the order of all lines."""
        return self.at, self.rank, self.number


def _before(
    at: InstrumentedAttribute[datetime], number: InstrumentedAttribute[int], rank: int, key: Key
) -> ColumnElement[bool]:
    """Rows of one kind that come after `key` in the order newest first, then by rank, then by number."""
    moment, of, last = key
    if rank < of:
        return at <= moment
    if rank > of:
        return at < moment
    return (at < moment) | ((at == moment) & (number < last))


def seen_entry(row: Any) -> Entry:
    """The line of what a camera saw. row: an observation and its camera's name."""
    seen, camera = row
    template, tone, icon = SEEN[seen.kind]
    since = seen.started_at if (seen.last_at - seen.started_at).total_seconds() >= 60 else None
    return Entry(seen.last_at, 0, seen.id, tone, icon, words(template, camera=camera), since=since)


def _changed(row: Any) -> Entry:
    change, username = row
    look = label(change.state)
    title = words(N_("Roll-call: %(state)s"), state=look.words.dump())
    reasons = [Words.load(each) for each in change.reasons]
    return Entry(change.at, 2, change.id, look.tone, look.icon, title, reasons, by=username)


def answered_entry(row: Any) -> Entry:
    """The line of an answer, with all that was ticked in it."""
    answer: Answer = row[0]
    reasons = [words(N_("Symptom: %(name)s"), name=_named(SYMPTOMS | ANY_DANGER, each)) for each in answer.symptoms]
    reasons += [words(N_("Needs: %(name)s"), name=_named(HELP | ANY_HELP, each)) for each in answer.help_wanted]
    if answer.temperature is not None:
        reasons.append(words(N_("Temperature %(degrees)s °C"), degrees=round(answer.temperature, 1)))
    if answer.spo2 is not None:
        reasons.append(words(N_("SpO₂ %(percent)s %%"), percent=answer.spo2))
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


def _named(names: dict[str, str], code: str) -> dict[str, Any]:
    """The words of a code that a resident ticked, stored in the answer."""
    return words(names.get(code, code)).dump()


def _prompted(row: Any) -> Entry:
    prompt: Prompt = row[0]
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


def _opened(row: Any) -> Entry:
    incident: Incident = row[0]
    look = label(incident.kind)
    title = words(N_("Incident: %(kind)s"), kind=look.words.dump())
    reasons = [Words.load(incident.reason)]
    return Entry(incident.opened_at, 4, incident.id, look.tone, look.icon, title, reasons, incident_id=incident.id)


def timeline(
    session: Session, resident: Resident, since: datetime | None, before: Key | None
) -> tuple[list[Entry], str | None]:
    """One page, and the key of the next.

    since: from when on what a camera saw in the room without recognising anybody is this resident's; None: never.
    Six queries of at most a page each; which of them follow an index is in the models.
    """
    found: list[Entry] = []
    marks = Marks(session)

    def take(
        query: Select[*tuple[Any, ...]],
        at: InstrumentedAttribute[datetime],
        number: InstrumentedAttribute[int],
        rank: int,
        entry: Callable[[Any], Entry],
    ) -> None:
        if before is not None:
            query = query.where(_before(at, number, rank, before))
        rows: Iterable[Any] = session.execute(query.order_by(at.desc(), number.desc()).limit(PAGE + 1))
        found.extend(replace(entry(row), in_doubt=marks.in_doubt(row[0])) for row in rows)

    seen = select(Observation, Camera.name).join(Camera, Camera.id == Observation.camera_id)
    whole_room = (ObservationKind.PERSON, ObservationKind.NOBODY, ObservationKind.TAMPER, ObservationKind.OFFLINE)
    take(
        seen.where(Observation.resident_id == resident.id, Observation.kind == ObservationKind.FACE),
        Observation.last_at,
        Observation.id,
        0,
        seen_entry,
    )
    if resident.room_id is not None and since is not None:
        take(
            seen.where(
                Observation.room_id == resident.room_id, Observation.kind.in_(whole_room), Observation.started_at >= since
            ),
            Observation.last_at,
            Observation.id,
            0,
            seen_entry,
        )
    take(select(Prompt).where(Prompt.resident_id == resident.id), Prompt.created_at, Prompt.id, 1, _prompted)
    take(
        select(CheckInChange, Account.username)
        .join(CheckIn, CheckIn.id == CheckInChange.check_in_id)
        .outerjoin(Account, Account.id == CheckInChange.account_id)
        .where(CheckIn.resident_id == resident.id),
        CheckInChange.at,
        CheckInChange.id,
        2,
        _changed,
    )
    take(select(Answer).where(Answer.resident_id == resident.id), Answer.received_at, Answer.id, 3, answered_entry)
    take(select(Incident).where(Incident.resident_id == resident.id), Incident.opened_at, Incident.id, 4, _opened)
    found.sort(key=lambda entry: entry.key, reverse=True)
    if len(found) <= PAGE:
        return found, None
    last = found[PAGE - 1]
    return found[:PAGE], after_key(last.at, last.number, last.rank)
