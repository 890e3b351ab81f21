"""Lists as one value and rows as one document do the same as single values would, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import event, func, select, text

from monitor.database.database import Database
from monitor.database.many_rows import insert_rows, one_of, update_rows
from monitor.incidents import causes
from monitor.incidents.for_many import open_about_residents
from monitor.incidents.incidents import end_cause
from monitor.incidents.triage import Judgement
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.places import Zone, ZoneKind
from monitor.models.rollcalls.rounds import CheckIn
from monitor.words import words
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import NOW as ROUND_AT
from tests.worlds.due_round import world

NOW = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC)


def test_rows_come_in_whole_and_once(both_databases: Database) -> None:
    database = both_databases
    with database.write() as session:
        zone = Zone(name="Khu A", kind=ZoneKind.FACILITY)
        session.add(zone)
        session.flush()
        zone_id = zone.id
    odd = words("%(name)s", name='Nguyễn "Văn" O\'Hà\n{}[],\\')
    rows = [
        {"zone_id": zone_id, "cause": f"cause-{number}", "reason": odd.dump(), "visit_due_at": visit, "camera_id": None}
        for number, visit in enumerate((None, NOW + timedelta(minutes=7)))
    ]
    common = {
        "kind": IncidentKind.MISSED,
        "state": IncidentState.OPEN,
        "opened_at": NOW,
        "deadline_at": NOW,
        "occurrences": 1,
        "last_occurred_at": NOW,
    }
    with database.write() as session:
        assert insert_rows(session, Incident, rows, common) == 2
    with database.write() as session:
        # The unique index on unresolved causes lets none of them in again.
        assert insert_rows(session, Incident, [*rows, rows[0] | {"cause": "another"}], common) == 1
        assert insert_rows(session, Incident, [], common) == 0
    with database.read() as session:
        first, second, third = session.scalars(select(Incident).order_by(Incident.id))
        assert (first.cause, second.cause, third.cause) == ("cause-0", "cause-1", "another")
        assert first.reason == odd.dump()
        assert (first.visit_due_at, second.visit_due_at) == (None, NOW + timedelta(minutes=7))
        assert (first.kind, first.state, first.opened_at) == (IncidentKind.MISSED, IncidentState.OPEN, NOW)
        assert first.camera_id is None
        # Compared by the database itself: stored just as SQLAlchemy stores a moment.
        assert session.scalar(select(func.count()).where(Incident.opened_at == NOW)) == 3


def test_one_of_many_keys_uses_the_index(both_databases: Database) -> None:
    database = both_databases
    with database.write() as session:
        session.add_all(Zone(name=f"Khu {number}", kind=ZoneKind.FACILITY) for number in range(5))
    asked: list[tuple[str, object]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with database.read() as session:
        ids = list(session.scalars(select(Zone.id).order_by(Zone.id)))
        assert list(session.scalars(select(Zone.id).where(one_of(Zone.id, ids[1:3])).order_by(Zone.id))) == ids[1:3]
        statement, parameters = asked[-1]
        assert list(session.scalars(select(Zone.id).where(~one_of(Zone.id, ids[1:])))) == ids[:1]
        assert list(session.scalars(select(Zone.id).where(one_of(Zone.id, [])))) == []
        assert list(session.scalars(select(Zone.id).where(one_of(Zone.name, [])))) == []
        assert set(session.scalars(select(Zone.name).where(one_of(Zone.name, {"Khu 3", "O'Hà"})))) == {"Khu 3"}
        assert len(list(session.scalars(select(Zone.id).where(one_of(Zone.id, range(100_000)))))) == 5
        if database.is_sqlite:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert any("SEARCH zone USING INTEGER PRIMARY KEY" in row[3] for row in plan)
        else:
            session.execute(text("SET enable_seqscan = off"))
            plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
            assert any("Index" in row[0] for row in plan), plan


def test_rows_are_changed_by_their_key_and_only_where_they_may_be(both_databases: Database) -> None:
    with both_databases.write() as session:
        session.add_all(Zone(name=f"Khu {number}", kind=ZoneKind.FACILITY) for number in range(3))
    with both_databases.write() as session:
        ids = list(session.scalars(select(Zone.id).order_by(Zone.id)))
        rows = [{"id": each, "name": f'O\'Hà "{each}"', "latitude": each / 2} for each in ids]
        update_rows(session, Zone, rows, {"address": "chung"}, Zone.id != ids[1])
        update_rows(session, Zone, [], {"address": "nobody"})
    with both_databases.read() as session:
        changed = session.execute(select(Zone.name, Zone.latitude, Zone.address).order_by(Zone.id)).all()
    assert changed[0] == (f'O\'Hà "{ids[0]}"', ids[0] / 2, "chung")
    assert changed[1] == ("Khu 1", None, "")
    assert changed[2].address == "chung"


def test_incidents_of_many_people_are_those_that_would_be_opened_one_by_one(both_databases: Database) -> None:
    database = both_databases
    template = "%(name)s did not answer"
    odd = 'Nguyễn "Văn" \\ O\'Hà'
    world(database, odd, "Bình")
    open_due_rounds(database, ROUND_AT)
    visit = NOW + timedelta(minutes=9)
    judged = Judgement(Urgency.SOON, (words("because"),), timedelta(minutes=7), "5")

    def ask(now: datetime, words_: str = template) -> int:
        with database.write() as session:
            ids = list(session.scalars(select(CheckIn.id).order_by(CheckIn.id)))
            return open_about_residents(session, IncidentKind.MISSED, words_, ids, now=now, visit_due_at=visit, judged=judged)

    assert ask(NOW) == 2
    # Asked again in the same words nothing changes; what is told anew is shown; what had ended is noted as come back.
    assert ask(NOW + timedelta(minutes=1)) == 0
    assert ask(NOW + timedelta(minutes=2), "%(name)s again") == 2
    with database.write() as session:
        incident = session.scalars(select(Incident).order_by(Incident.id)).first()
        assert incident is not None
        assert incident.reason == words("%(name)s again", name=odd).dump()
        assert incident.cause == causes.asked_after(incident.resident_id)[0]
        assert incident.deadline_at == NOW + timedelta(minutes=7)
        assert (incident.urgency, incident.urgency_reasons) == (Urgency.SOON, [words("because").dump()])
        assert (incident.triage_version, incident.case_of) == ("5", incident.resident_id)
        assert (incident.visit_due_at, incident.occurrences) == (visit, 1)
        assert end_cause(session, incident.cause, now=NOW)
    assert ask(NOW + timedelta(minutes=3), "%(name)s again") == 1
    with database.read() as session:
        assert [each.occurrences for each in session.scalars(select(Incident).order_by(Incident.id))] == [2, 1]
