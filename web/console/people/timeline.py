"""One person's timeline: roll-calls, what cameras saw, what staff did, merged newest first, and only what was chosen of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, select, union_all

from monitor.database.many_rows import one_of
from monitor.database.together import Reading, asked, at_once
from monitor.models.accounts import Account, AuditEntry
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.declarations import Declarant, Declaration
from monitor.models.incidents import ContactAttempt, ContactWay, Incident
from monitor.models.people.laboratory import LaboratoryTest
from monitor.models.people.measurements import Measurement
from monitor.models.people.residents import OrderChange, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange
from monitor.timekeeping.marks import Marks, marks
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.paging import after_key
from web.console.people import lines
from web.console.people.lines import Entry, Key

PAGE = 30


class Shown(StrEnum):
    """What a timeline can be narrowed to; the value stands in the address."""

    ROLL_CALLS = "roll-calls"
    ANSWERS = "answers"
    CALLS = "calls"
    VISITS = "visits"
    MESSAGES = "messages"
    VALUES = "values"
    PRESENCE = "presence"
    ORDERS = "orders"
    TESTS = "tests"
    INCIDENTS = "incidents"
    DECLARATIONS = "declarations"
    CHANGES = "changes"


NAMES = {
    Shown.ROLL_CALLS: N_("Roll-calls"),
    Shown.ANSWERS: N_("Answers"),
    Shown.CALLS: N_("Calls"),
    Shown.VISITS: N_("Visits"),
    Shown.MESSAGES: N_("Messages"),
    Shown.VALUES: N_("Temperature and oxygen"),
    Shown.PRESENCE: N_("Presence"),
    Shown.ORDERS: N_("Quarantine order"),
    Shown.TESTS: N_("Tests"),
    Shown.INCIDENTS: N_("Incidents"),
    Shown.DECLARATIONS: N_("Health declarations"),
    Shown.CHANGES: N_("Changes of the record"),
}
# Of the trail, what changed what is known of a person; what has a line of its own is not among it.
CHANGED = (
    Action.PERSON_ENTERED, Action.PERSON_CHANGED, Action.ROOM_GIVEN, Action.PERSON_MOVED_ROOM, Action.RECORDS_MERGED,
    Action.TELEPHONE_CHANGED, Action.PHONE_CONFIRMED, Action.LINKS_WITHDRAWN, Action.TEXTS_STOPPED, Action.TEXTS_STARTED,
    Action.ADDRESS_CHANGED, Action.GUARDIAN_SET, Action.GUARDIAN_ENDED, Action.GUARDIAN_AGREED, Action.GUARDIAN_DECLINED,
    Action.RISKS_CHANGED, Action.DOCUMENT_CHANGED, Action.MOVEMENTS_CHANGED, Action.FACES_AGREED, Action.FACES_REFUSED,
    Action.NOTICE_GIVEN, Action.EXEMPTION_ADDED, Action.EXEMPTION_CHANGED, Action.EXEMPTION_ENDED, Action.TRANSFER_OFFERED,
    Action.TRANSFER_ACCEPTED, Action.TRANSFER_REFUSED, Action.TRANSFER_WITHDRAWN, Action.ORDER_DELIVERED,
    Action.FACE_PHOTO_ADDED, Action.FACE_PHOTO_REMOVED, Action.DELETION_HELD, Action.DELETION_LET_GO_ON,
)  # fmt: skip
_WHOLE_ROOM = (ObservationKind.PERSON, ObservationKind.NOBODY, ObservationKind.TAMPER, ObservationKind.OFFLINE)
_TESTED = func.coalesce(
    LaboratoryTest.resulted_at, LaboratoryTest.taken_at, LaboratoryTest.planned_at, type_=LaboratoryTest.planned_at.type
)


@dataclass(frozen=True)
class Source:
    """Rows of one kind. rank: see `Entry`; at, number: what they are sorted by; theirs: which are the person's."""

    rank: int
    at: ColumnElement[datetime]
    number: ColumnElement[int]
    theirs: ColumnElement[bool]

    def keys(self, before: Key | None) -> Select[int, datetime, int]:
        """The newest of a page."""
        query = select(literal(self.rank).label("rank"), self.at.label("at"), self.number.label("number")).where(self.theirs)
        if before is not None:
            query = query.where(self._behind(before))
        return query.order_by(self.at.desc(), self.number.desc()).limit(PAGE + 1)

    def _behind(self, key: Key) -> ColumnElement[bool]:
        """Rows that come after `key` in the order newest first, then by rank, then by number."""
        moment, rank, number = key
        if self.rank < rank:
            return self.at <= moment
        if self.rank > rank:
            return self.at < moment
        return (self.at < moment) | ((self.at == moment) & (self.number < number))


def sources(resident: Resident, since: datetime | None, chosen: Collection[Shown]) -> list[Source]:
    """Where lines are looked for. chosen: nothing for everything; answers and messages then stand in their roll-calls."""

    def wanted(*kinds: Shown) -> bool:
        return not chosen or any(each in chosen for each in kinds)

    found: list[Any] = []
    if wanted(Shown.PRESENCE):
        face = and_(Observation.resident_id == resident.id, Observation.kind == ObservationKind.FACE)
        found.append((0, Observation.last_at, Observation.id, face))
        if resident.room_id is not None and since is not None:
            seen = (Observation.room_id == resident.room_id, Observation.kind.in_(_WHOLE_ROOM), Observation.started_at >= since)
            found.append((0, Observation.last_at, Observation.id, and_(*seen)))
    if wanted(Shown.MESSAGES):
        kinds = PromptKind if Shown.MESSAGES in chosen else REPLIES
        theirs = and_(Prompt.resident_id == resident.id, Prompt.kind.in_(list(kinds)))
        found.append((1, Prompt.created_at, Prompt.id, theirs))
    if wanted(Shown.ROLL_CALLS):
        found.append((2, CheckIn.opened_at, CheckIn.id, CheckIn.resident_id == resident.id))
    if Shown.ANSWERS in chosen:
        found.append((3, Answer.received_at, Answer.id, Answer.resident_id == resident.id))
    if wanted(Shown.INCIDENTS):
        found.append((4, Incident.opened_at, Incident.id, Incident.resident_id == resident.id))
    if wanted(Shown.CALLS, Shown.VISITS):
        visits, calls = wanted(Shown.VISITS), wanted(Shown.CALLS)
        ways = [each for each in ContactWay if (visits if each is ContactWay.VISIT else calls)]
        tried = and_(ContactAttempt.resident_id == resident.id, ContactAttempt.way.in_(ways))
        found.append((5, ContactAttempt.at, ContactAttempt.id, tried))
    if wanted(Shown.ORDERS):
        found.append((6, OrderChange.at, OrderChange.id, OrderChange.resident_id == resident.id))
    if wanted(Shown.TESTS):
        found.append((7, _TESTED, LaboratoryTest.id, LaboratoryTest.resident_id == resident.id))
    if wanted(Shown.VALUES):
        found.append((8, Measurement.measured_at, Measurement.id, Measurement.resident_id == resident.id))
    if wanted(Shown.CHANGES):
        noted = and_(AuditEntry.resident_id == resident.id, AuditEntry.action.in_(CHANGED))
        found.append((9, AuditEntry.at, AuditEntry.id, noted))
    if wanted(Shown.DECLARATIONS):
        as_declared = select(Declarant.id).where(Declarant.resident_id == resident.id)
        found.append((10, Declaration.made_at, Declaration.id, Declaration.declarant_id.in_(as_declared)))
    return [Source(*each) for each in found]


def timeline(
    resident: Resident,
    since: datetime | None,
    before: Key | None,
    timezone: str,
    chosen: Collection[Shown] = (),
) -> Reading[tuple[list[Entry], str | None]]:
    """One page, and the key of the next.

    since: from when on what a camera saw in the room without recognising anybody is this resident's; None: never. timezone: on whose clock
    moments in sentences are written. chosen: only these; nothing for everything.
    One query finds which rows stand on the page, one for each kind that is among them reads those.
    """
    page = union_all(*(each.keys(before).subquery().select() for each in sources(resident, since, chosen))).subquery()
    newest = select(page.c.rank, page.c.at, page.c.number).order_by(page.c.at.desc(), page.c.rank.desc(), page.c.number.desc())
    keys, marked = yield from at_once(asked(newest.limit(PAGE + 1)), marks())
    numbers: dict[int, list[int]] = {}
    for row in keys[:PAGE]:
        numbers.setdefault(row.rank, []).append(row.number)
    page_read = _Page(timezone, marked)
    entries = yield from at_once(*(_READERS[rank](page_read, ids) for rank, ids in numbers.items()))
    found = sorted((entry for of_kind in entries for entry in of_kind), key=lambda entry: entry.key, reverse=True)
    if len(keys) <= PAGE:
        return found, None
    last = found[-1]
    return found, after_key(last.at, last.number, last.rank)


@dataclass(frozen=True)
class _Page:
    """What all kinds are read with. timezone: on whose clock moments in sentences are written."""

    timezone: str
    marks: Marks

    def marked(self, rows: Iterable[Any], entry: Callable[[Any], Entry]) -> list[Entry]:
        """The lines of rows, each with whether its time is in doubt. Of several things in a row the first one's."""
        return [replace(entry(row), in_doubt=self.marks.in_doubt(row[0] if isinstance(row, Row) else row)) for row in rows]


Lines: TypeAlias = Reading[list[Entry]]


def _with_names(table: Any, account: Any, ids: Sequence[int]) -> Reading[list[Any]]:
    """Rows, each with the name of the account that a column of it names."""
    query = select(table, Account.username).outerjoin(Account, Account.id == account)
    return (yield from asked(query.where(one_of(table.id, ids))))


def _seen(page: _Page, ids: Sequence[int]) -> Lines:
    query = select(Observation, Camera.name).join(Camera, Camera.id == Observation.camera_id)
    return page.marked((yield from asked(query.where(one_of(Observation.id, ids)))), lines.seen_entry)


def _prompts(page: _Page, ids: Sequence[int]) -> Lines:
    return page.marked((yield from asked(select(Prompt).where(one_of(Prompt.id, ids)))), lines.prompted_entry)


def _answers(page: _Page, ids: Sequence[int]) -> Lines:
    return page.marked((yield from asked(select(Answer).where(one_of(Answer.id, ids)))), lines.answered_entry)


def _incidents(_page: _Page, ids: Sequence[int]) -> Lines:
    rows = yield from asked(select(Incident).where(one_of(Incident.id, ids)))
    return [lines.opened_entry(each) for each in rows]


def _tests(_page: _Page, ids: Sequence[int]) -> Lines:
    rows = yield from asked(select(LaboratoryTest).where(one_of(LaboratoryTest.id, ids)))
    return [lines.tested_entry(each) for each in rows]


def _orders(page: _Page, ids: Sequence[int]) -> Lines:
    rows = yield from _with_names(OrderChange, OrderChange.account_id, ids)
    return [lines.ordered_entry(change, by, page.timezone) for change, by in rows]


def _attempts(_page: _Page, ids: Sequence[int]) -> Lines:
    rows = yield from _with_names(ContactAttempt, ContactAttempt.account_id, ids)
    return [lines.tried_entry(*row) for row in rows]


def _values(_page: _Page, ids: Sequence[int]) -> Lines:
    rows = yield from _with_names(Measurement, Measurement.entered_by, ids)
    return [lines.measured_entry(*row) for row in rows]


def _noted(_page: _Page, ids: Sequence[int]) -> Lines:
    rows = yield from _with_names(AuditEntry, AuditEntry.account_id, ids)
    return [lines.noted_entry(*row) for row in rows]


def _declared(_page: _Page, ids: Sequence[int]) -> Lines:
    rows = yield from asked(select(Declaration).where(one_of(Declaration.id, ids)))
    return [lines.declared_entry(each) for each in rows]


def _roll_calls(page: _Page, ids: Sequence[int]) -> Lines:
    """Roll-calls, each with its messages, its answer and its steps."""
    # Several people of one phone had one message.
    lead = select(func.coalesce(CheckIn.lead_id, CheckIn.id)).where(one_of(CheckIn.id, ids))
    check_ins, prompts, answers, steps = yield from at_once(
        asked(select(CheckIn).where(one_of(CheckIn.id, ids))),
        asked(select(Prompt).where(Prompt.check_in_id.in_(lead), Prompt.kind.not_in(REPLIES))),
        asked(select(Answer).where(one_of(Answer.check_in_id, ids))),
        asked(
            select(CheckInChange, Account.username)
            .outerjoin(Account, Account.id == CheckInChange.account_id)
            .where(one_of(CheckInChange.check_in_id, ids))
        ),
    )
    by_lead: dict[int, list[Entry]] = {}
    for prompt, entry in zip(prompts, page.marked(prompts, lines.prompted_entry), strict=True):
        by_lead.setdefault(prompt.check_in_id, []).append(entry)
    within: dict[int, list[Entry]] = {each.id: list(by_lead.get(each.lead_id or each.id, ())) for each in check_ins}
    for answer, entry in zip(answers, page.marked(answers, lines.answered_entry), strict=True):
        within[answer.check_in_id].append(entry)
    for row, entry in zip(steps, page.marked(steps, lambda row: lines.changed_entry(*row)), strict=True):
        within[row[0].check_in_id].append(entry)
    return [lines.roll_call_entry(each, within[each.id]) for each in check_ins]


_READERS: Mapping[int, Callable[[_Page, Sequence[int]], Lines]] = {
    0: _seen, 1: _prompts, 2: _roll_calls, 3: _answers, 4: _incidents, 5: _attempts, 6: _orders, 7: _tests, 8: _values, 9: _noted,
    10: _declared,
}  # fmt: skip
