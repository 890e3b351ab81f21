"""Incidents, audit and accounts on both databases: once for one cause, unbroken, locked out."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from monitor.accounts.accounts import LOCK_AFTER, LOCK_FOR, SignInRefused, add_account, sign_in
from monitor.accounts.sessions import reader_of, sign_out
from monitor.database.database import Database
from monitor.incidents.incidents import acknowledge, end_cause, open_incident, resolve
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.words import Words
from tests.doubles.waiting import PATIENCE
from tests.worlds.small_zone import NOW, add_zone

REASON = Words("The camera %(camera)s is covered.", {"camera": "101"})


def open_one(database: Database, zone: int) -> bool:
    with database.write() as session:
        return open_incident(session, IncidentKind.CAMERA_COVERED, "camera-1-covered", zone_id=zone, reason=REASON, now=NOW)


def test_many_workers_open_one_incident_for_one_cause(both_databases: Database) -> None:
    zone, _ = add_zone(both_databases)
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: open_one(both_databases, zone), range(24)))
    assert opened.count(True) == 1
    with both_databases.read() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 1


def test_whoever_finds_that_another_opened_it_in_this_instant_opened_nothing(both_databases: Database) -> None:
    zone, _ = add_zone(both_databases)
    with ThreadPoolExecutor(1) as pool:
        with both_databases.write() as session:
            kind = IncidentKind.CAMERA_COVERED
            assert open_incident(session, kind, "camera-1-covered", zone_id=zone, reason=REASON, now=NOW)
            # It saw none before it tried, and waits for the outcome of this transaction.
            other = pool.submit(open_one, both_databases, zone)
            time.sleep(0.5)
        assert other.result(PATIENCE) is False


def test_a_cause_that_ends_and_comes_back_is_the_same_incident_until_a_person_resolves_it(database: Database) -> None:
    zone, _ = add_zone(database)
    assert open_one(database, zone)
    with database.write() as session:
        person = add_account(session, "giamsat", "long enough", Role.SUPERVISOR, zones=None, now=NOW).id
        assert end_cause(session, "camera-1-covered", now=NOW)
        assert not end_cause(session, "camera-1-covered", now=NOW)
    assert open_one(database, zone)
    with database.write() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.occurrences, incident.cause_ended_at) == (2, None)
        acknowledge(session, incident.id, person, now=NOW)
        with pytest.raises(Conflict):
            acknowledge(session, incident.id, person, now=NOW)
        with pytest.raises(BadInput):
            resolve(session, incident.id, person, "  ", now=NOW)
        resolve(session, incident.id, person, "A towel hung over it.", now=NOW)
    assert open_one(database, zone)
    with database.read() as session:
        assert sorted(each.state for each in session.scalars(select(Incident))) == [IncidentState.OPEN, IncidentState.RESOLVED]


def test_an_unresolved_incident_shows_the_newest_reason_and_stays_one(both_databases: Database) -> None:
    zone, _ = add_zone(both_databases)
    assert open_one(both_databases, zone)
    worse = Words("The camera %(camera)s is covered.", {"camera": "102"})
    with both_databases.write() as session:
        again = {"zone_id": zone, "reason": worse, "now": NOW + timedelta(minutes=1)}
        assert open_incident(session, IncidentKind.CAMERA_COVERED, "camera-1-covered", **again)
        assert not open_incident(session, IncidentKind.CAMERA_COVERED, "camera-1-covered", **again)
    with both_databases.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.reason, incident.occurrences) == (worse.dump(), 1)


def test_the_audit_trail_stays_a_chain_when_many_write(both_databases: Database) -> None:
    def write(number: int) -> None:
        with both_databases.write() as session:
            audit.note(session, "photo-viewed", at=NOW, account_id=None, number=number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(30)))
    with both_databases.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 30
        assert audit.first_broken(session) is None


@pytest.mark.parametrize(
    "damage", ["UPDATE audit_entry SET action = 'nothing' WHERE id = 2", "DELETE FROM audit_entry WHERE id = 2"]
)
def test_a_changed_or_removed_entry_shows(database: Database, damage: str) -> None:
    with database.write() as session:
        for number in range(4):
            audit.note(session, "photo-viewed", at=NOW, account_id=None, number=number)
    with database.write() as session:
        session.execute(text(damage))
    with database.read() as session:
        assert audit.first_broken(session) in (2, 3)


def test_too_many_wrong_passwords_lock_an_account_for_a_while(database: Database) -> None:
    with database.write() as session:
        add_account(session, "dieuduong", "long enough", Role.STAFF, zones=None, now=NOW)
    for _ in range(LOCK_AFTER):
        with database.write() as session:
            assert isinstance(sign_in(session, "dieuduong", "wrong", now=NOW), SignInRefused)
    with database.write() as session:
        refused = sign_in(session, "dieuduong", "long enough", now=NOW)
        assert isinstance(refused, SignInRefused)
        assert "too many" in str(refused)
    with database.write() as session:
        assert isinstance(sign_in(session, "DieuDuong ", "long enough", now=NOW + LOCK_FOR + timedelta(seconds=1)), str)


def test_a_session_ends_when_signed_out_expired_or_the_account_is_closed(database: Database) -> None:
    zone, _ = add_zone(database)
    with database.write() as session:
        account = add_account(session, "dieuduong", "long enough", Role.STAFF, zones=[zone], now=NOW)
        tokens = [str(sign_in(session, "dieuduong", "long enough", now=NOW)) for _ in range(2)]
        reader = reader_of(session, tokens[0], now=NOW)
        assert reader is not None
        assert reader.zones == {zone}
        sign_out(session, tokens[0], now=NOW)
        assert reader_of(session, tokens[0], now=NOW) is None
        assert reader_of(session, tokens[1], now=NOW + timedelta(days=1)) is None
        assert reader_of(session, tokens[1], now=NOW) is not None
        account.active = False
        session.flush()
        assert reader_of(session, tokens[1], now=NOW) is None


def test_short_passwords_and_taken_names_are_refused_in_words(database: Database) -> None:
    with database.write() as session:
        add_account(session, "dieuduong", "long enough", Role.STAFF, zones=None, now=NOW)
        with pytest.raises(BadInput, match="at least 10"):
            add_account(session, "other", "short", Role.STAFF, zones=None, now=NOW)
        with pytest.raises(BadInput, match="is taken"):
            add_account(session, "Dieuduong", "long enough", Role.STAFF, zones=None, now=NOW)


def test_passwords_are_as_dear_to_try_as_the_field_advises() -> None:
    """Asked of a new process: in this one they are cheap."""
    asked = "from monitor.accounts import passwords as a; print(a._hasher.memory_cost, a._hasher.time_cost, a._nobody[:31])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["65536", "3", "$argon2id$v=19$m=65536,t=3,p=4$"]
