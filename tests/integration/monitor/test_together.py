"""Questions that go together bring what each would bring alone, in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Row, event, exists, func, select
from sqlalchemy.orm import Session, aliased

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.together import Question, Reading, asked, at_once, first, known, read
from monitor.models.accounts import Account
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident
from monitor.models.people.residents import Presence, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer, Verification
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.rounds import CheckIn
from monitor.vault.vault import Vault
from tests.worlds.province import add_place

OTHER = aliased(Resident, name="other")
QUESTIONS: tuple[Question, ...] = (
    select(Resident).order_by(Resident.id),
    select(CheckIn, Answer, Verification)
    .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
    .outerjoin(Verification, Verification.answer_id == Answer.id)
    .order_by(CheckIn.id.desc()),
    select(Resident, Zone, Room, Presence)
    .join(Zone, Zone.id == Resident.zone_id)
    .outerjoin(Room, Room.id == Resident.room_id)
    .outerjoin(Presence, Presence.resident_id == Resident.id)
    .order_by(Resident.full_name.desc())
    .limit(3),
    select(Plan.name, Plan.times, Plan.active, Plan.kind).order_by(Plan.id),
    select(Incident).where(Incident.id < 0),
    select(QuarantineOrder.ends_at).order_by(QuarantineOrder.id),
    select(Resident.id, OTHER.full_name.label("beside")).join(OTHER, OTHER.id == Resident.id + 1).order_by(Resident.id),
    select(func.count().label("many"), func.max(CheckIn.opened_at)).select_from(CheckIn),
    select(exists().where(Camera.id == 1), func.coalesce(func.nullif(Resident.phone, "", type_=Resident.phone.type), "-"))
    .select_from(Resident)
    .where(one_of(Resident.id, [1, 2])),
    select(Account.username).order_by(Account.id),
    select(Presence.confidence, Presence.reason, Presence.since).order_by(Presence.resident_id),
)


def _plain(row: Any) -> Any:
    """What stands in a row, its objects by what they hold."""
    if isinstance(row, Row):
        return [_plain(each) for each in row]
    if hasattr(row, "__table__"):
        return [type(row).__name__, *(getattr(row, column.key) for column in type(row).__mapper__.column_attrs)]
    return row


@contextmanager
def _counted(database: Database) -> Iterator[list[str]]:
    asked_for: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.split(maxsplit=1)[0] not in ("BEGIN", "PRAGMA"):
            asked_for.append(statement)

    yield asked_for
    event.remove(database.engine, "before_cursor_execute", _note)


def _alone(session: Session, question: Question) -> list[Any]:
    result = session.execute(question)
    return list(result.scalars() if len(question.column_descriptions) == 1 else result)


def test_together_they_bring_what_each_brings_alone(both_databases: Database, vault: Vault) -> None:
    add_place(both_databases, vault, "Khu A")
    with both_databases.read() as session:
        alone = [[_plain(each) for each in _alone(session, question)] for question in QUESTIONS]
    assert sum(bool(rows) for rows in alone) == len(QUESTIONS) - 2, "no incident has such a number, and there is no account"
    for questions in (QUESTIONS, QUESTIONS[::-1], QUESTIONS[4:]):
        with both_databases.read() as session, _counted(both_databases) as statements:
            found = read(session, at_once(*(asked(each) for each in questions)))
        expected = dict(zip(map(id, QUESTIONS), alone, strict=True))
        for question, rows in zip(questions, found, strict=True):
            assert [_plain(each) for each in rows] == expected[id(question)], question
        assert len(statements) == 1


def test_rows_have_names_and_objects_are_those_of_the_session(both_databases: Database, vault: Vault) -> None:
    place = add_place(both_databases, vault, "Khu A")
    with both_databases.read() as session:
        had = session.get_one(Resident, place.residents[0])
        people, rows = read(session, at_once(asked(QUESTIONS[0]), asked(QUESTIONS[2])))
        assert people[0] is had
        assert {id(row.Resident) for row in rows} <= {id(each) for each in people}
        assert rows[0].Zone is session.get_one(Zone, place.zone)
        with _counted(both_databases) as statements:
            assert session.get_one(Room, rows[0].Room.id).name == rows[0].Room.name
            assert (list(session.dirty), statements) == ([], []), "what was read is known, and is no change"


def _name_of_the_room(resident_id: int) -> Reading[str | None]:
    room_id = yield from first(select(Resident.room_id).where(Resident.id == resident_id))
    if room_id is None:
        return None
    name: str | None = yield from first(select(Room.name).where(Room.id == room_id))
    return name


def test_what_waits_for_an_answer_waits_beside_the_others(both_databases: Database, vault: Vault) -> None:
    place = add_place(both_databases, vault, "Khu A")
    with both_databases.read() as session:
        rooms = dict(session.execute(select(Resident.id, Room.name).join(Room, Room.id == Resident.room_id)).all())
        readings = (_name_of_the_room(each) for each in place.residents)
        with _counted(both_databases) as statements:
            names, none, said = read(session, at_once(at_once(*readings), _name_of_the_room(-1), known("said")))
        assert names == tuple(rooms.get(each) for each in place.residents)
        assert (none, said, len(statements)) == (None, "said", 2)
        assert read(session, known(3)) == 3
        assert read(session, at_once()) == ()
