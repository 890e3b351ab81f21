"""The migrations: upwards from empty, downwards once, and the same schema as the models, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from monitor.database import name_index, people_index, tallies
from monitor.database.database import Database, DatabaseProblem
from monitor.database.job_tables import NEWEST_CHANGE, PREFIX, make_job_tables
from monitor.database.migrate import downgrade, upgrade
from monitor.database.revisions import SCRIPTS, current_revision, is_empty, newest_revision, require_current
from monitor.models.cameras.cameras import Camera, CameraSource, MediaProfile
from monitor.models.cameras.requests import CameraRequest
from monitor.models.every_table import METADATA
from monitor.models.incidents import Incident, IncidentMedia
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.rounds import CheckIn

UNKNOWN = (PREFIX, name_index.PREFIX, people_index.PREFIX, tallies.PREFIX)
"""What no model knows."""


def test_migrations_run_up_from_empty_down_and_up_again(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    with pytest.raises(DatabaseProblem):
        require_current(database)
    assert is_empty(database)
    upgrade(database)
    require_current(database)
    assert not is_empty(database)
    tables = set(inspect(database.engine).get_table_names())
    assert {each for each in tables if not each.startswith(UNKNOWN)} == set(METADATA.tables) | {"alembic_version"}
    assert any(each.startswith(PREFIX) for each in tables) != database.is_sqlite
    downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    upgrade(database)
    with database.engine.connect() as connection:
        assert current_revision(connection) == newest_revision()
    database.dispose()


def test_the_migrated_schema_is_what_the_models_say(both_databases: Database) -> None:
    with both_databases.engine.connect() as connection:
        ours = {"include_name": lambda name, _kind, _parents: not (name or "").startswith(UNKNOWN)}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **ours})
        assert compare_metadata(context, METADATA) == []


def test_the_installed_procrastinate_changes_no_more_than_a_migration_brought() -> None:
    changes = resources.files("procrastinate.sql") / "migrations"
    assert max(each.name for each in changes.iterdir() if each.name.endswith(".sql")) == NEWEST_CHANGE


@pytest.mark.postgresql
def test_tables_of_jobs_can_be_made_anew_over_those_of_another_version(postgresql_url: str) -> None:
    database = Database(postgresql_url, bytes(32))
    upgrade(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE procrastinate_jobs DROP COLUMN worker_id, ADD COLUMN older integer")
        make_job_tables(connection)
    with database.engine.connect() as connection:
        columns = {each["name"] for each in inspect(connection).get_columns("procrastinate_jobs")}
    assert "worker_id" in columns
    assert "older" not in columns
    database.dispose()


def test_cameras_and_beliefs_of_the_first_schema_are_kept_by_the_second(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    upgrade(database, "0001")
    with database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO zone (id, name, kind, address, timezone) VALUES (1, 'A', 'facility', '', 'UTC')"
        )
        connection.exec_driver_sql(
            "INSERT INTO camera (id, zone_id, name, address, username, sealed_password, make, model, firmware, serial,"
            " clock_offset_seconds, enabled, state, state_since) VALUES (7, 1, 'door', 'http://c/', '', '', '', '', '', '',"
            f" 0, {'1' if database.is_sqlite else 'true'}, 'online', '2026-01-01 00:00:00')"
        )
    upgrade(database)
    with database.read() as session:
        camera = session.get_one(Camera, 7)
        assert (camera.source, camera.offers, camera.schedule, camera.uses_events) == (CameraSource.ONVIF, {}, [], True)
        assert camera.sensitivity == 0.5
    database.dispose()


def test_addresses_of_cameras_are_sealed_and_are_the_same_and_come_back(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    before = newest_before("0077")
    upgrade(database, before)
    yes, no = ("1", "0") if database.is_sqlite else ("true", "false")
    secret = "rtsp://c/user=a_password=s3cret_channel=1.sdp"
    with database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO zone (id, name, kind, address, timezone) VALUES (1, 'A', 'facility', '', 'UTC')"
        )
        connection.exec_driver_sql(
            "INSERT INTO camera (id, zone_id, name, address, source, username, sealed_password, make, model, firmware, serial,"
            " clock_offset_seconds, offers, sensitivity, schedule, uses_events, enabled, state, state_since) VALUES"
            f" (7, 1, 'door', '{secret}', 'rtsp', '', '', '', '', '', '', 0,"
            f" '{{\"ptz\": false, \"snapshot_uri\": \"http://c/s.cgi\"}}', 0.5, '[]', {no}, {yes}, 'online', '2026-01-01 00:00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO media_profile (id, camera_id, role, token, codec, width, height, frames_per_second, uri, keyframe_seconds)"
            f" VALUES (3, 7, 'sub', '', 'H264', 640, 360, 8, '{secret}', 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO account (id, username, password_hash, role, all_zones, language, active, failed_sign_ins,"
            f" created_at) VALUES (1, 'a', '', 'supervisor', {yes}, 'vi', {yes}, 0, '2026-01-01 00:00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO camera_request (id, account_id, kind, state, target, sealed_login, asked_at)"
            " VALUES (1, 1, 'probe', 'waiting', '{}', '', '2026-01-01 00:00:00')"
        )
    upgrade(database)
    with database.read() as session:
        assert session.get_one(Camera, 7).address == secret
        assert session.get_one(Camera, 7).offers == {"ptz": False}
        assert session.get_one(MediaProfile, 3).uri == secret
        stored = session.execute(text("SELECT address FROM camera UNION ALL SELECT uri FROM media_profile")).scalars().all()
        assert not any("s3cret" in each for each in stored)
        assert session.scalars(select(CameraRequest.id)).all() == []
    downgrade(database, before)
    with database.read() as session:
        assert session.execute(text("SELECT address FROM camera")).scalar() == secret
    database.dispose()


def test_a_plan_and_an_open_check_in_keep_their_reminder_when_the_ladder_comes(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    upgrade(database, "0003")
    active = "1" if database.is_sqlite else "true"
    with database.engine.execution_options(write=True).begin() as connection:
        for statement in (
            "INSERT INTO zone (id, name, kind, address, timezone) VALUES (1, 'A', 'facility', '', 'UTC')",
            "INSERT INTO resident (id, zone_id, full_name, phone, language, created_at)"
            " VALUES (3, 1, 'An', '', 'vi', '2026-01-01 00:00:00')",
            "INSERT INTO plan (id, zone_id, name, kind, times, window_minutes, remind_after_minutes, quiet_from, quiet_to, evidence,"
            f" camera_excuses, channels, active) VALUES (7, 1, 'P', 'every', '[]', 20, 8, '21:00', '07:00', 'face', {active},"
            f" '[\"sms\"]', {active})",
            "INSERT INTO roll_call (id, plan_id, zone_id, opens_at, closes_at, state)"
            " VALUES (5, 7, 1, '2026-01-01 00:00:00', '2026-01-01 00:20:00', 'open')",
            "INSERT INTO check_in (id, roll_call_id, resident_id, zone_id, state, opened_at, due_at, remind_at, nonce, reasons,"
            " state_since) VALUES (9, 5, 3, 1, 'prompted', '2026-01-01 00:00:00', '2026-01-01 00:20:00', '2026-01-01 00:08:00',"
            " 'n', '[]', '2026-01-01 00:00:00')",
        ):
            connection.exec_driver_sql(statement)
    upgrade(database)
    with database.read() as session:
        plan, check_in = session.get_one(Plan, 7), session.get_one(CheckIn, 9)
        assert (plan.ladder, plan.channels, len(plan.seed)) == ([[8, "reminder"]], [["sms", 3]], 32)
        assert (check_in.step, check_in.step_at, check_in.lead_id) == (0, datetime(2026, 1, 1, 0, 8, tzinfo=UTC), None)
    database.dispose()


def test_answers_of_the_third_schema_were_made_when_they_arrived(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    upgrade(database, "0003")
    no = "0" if database.is_sqlite else "false"
    with database.engine.execution_options(write=True).begin() as connection:
        for statement in (
            "INSERT INTO zone (id, name, kind, address, timezone) VALUES (1, 'A', 'facility', '', 'UTC')",
            "INSERT INTO resident (id, zone_id, full_name, phone, language, created_at)"
            " VALUES (2, 1, 'An', '', 'vi', '2026-01-01 00:00:00')",
            "INSERT INTO plan (id, zone_id, name, kind, times, window_minutes, quiet_from, quiet_to, evidence, camera_excuses,"
            f" channels, active) VALUES (3, 1, 'P', 'every', '[]', 20, '21:00', '07:00', 'face', {no}, '[]', {no})",
            "INSERT INTO roll_call (id, plan_id, zone_id, opens_at, closes_at, state)"
            " VALUES (4, 3, 1, '2026-01-01 00:00:00', '2026-01-01 00:20:00', 'closed')",
            "INSERT INTO check_in (id, roll_call_id, resident_id, zone_id, state, opened_at, nonce, reasons, state_since)"
            " VALUES (5, 4, 2, 1, 'verified', '2026-01-01 00:00:00', 'n', '[]', '2026-01-01 00:07:00')",
            "INSERT INTO answer (id, check_in_id, resident_id, zone_id, received_at, unwell, symptoms, help_wanted, note)"
            f" VALUES (6, 5, 2, 1, '2026-01-01 00:07:00', {no}, '[]', '[]', '')",
        ):
            connection.exec_driver_sql(statement)
    upgrade(database)
    with database.read() as session:
        answer = session.get_one(Answer, 6)
        assert (answer.taken_at, answer.late, answer.in_window, answer.place) == (answer.received_at, False, True, None)
    database.dispose()


def test_what_refers_to_a_table_that_is_made_anew_stays_and_still_must_refer_to_something(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    upgrade(database, "0017")
    with database.engine.execution_options(write=True).begin() as connection:
        for statement in (
            "INSERT INTO zone (id, name, kind, address, timezone) VALUES (1, 'A', 'facility', '', 'UTC')",
            "INSERT INTO camera (id, zone_id, name, address, username, sealed_password, make, model, firmware, serial,"
            " clock_offset_seconds, enabled, state, state_since, source, offers, schedule, uses_events, sensitivity)"
            " SELECT 7, 1, 'door', 'http://c/', '', '', '', '', '', '', 0, TRUE, 'online', '2026-01-01 00:00:00',"
            " 'onvif', '{}', '[]', TRUE, 0.5",
            "INSERT INTO incident (id, zone_id, kind, cause, state, camera_id, reason, opened_at, deadline_at, occurrences,"
            " last_occurred_at) VALUES (3, 1, 'camera_covered', 'camera-7', 'open', 7, '{}', '2026-01-01 00:00:00',"
            " '2026-01-01 01:00:00', 1, '2026-01-01 00:00:00')",
            # Goes with its incident, were that deleted.
            "INSERT INTO incident_media (id, incident_id, zone_id, camera_id, kind, name, at, seconds)"
            " VALUES (4, 3, 1, 7, 'picture', 'm', '2026-01-01 00:00:00', 0)",
        ):
            connection.exec_driver_sql(statement)
    for revision in ("0018", "0017", "head"):
        (downgrade if revision == "0017" else upgrade)(database, revision)
        with database.read() as session:
            assert session.execute(select(IncidentMedia.id, IncidentMedia.incident_id)).all() == [(4, 3)]
            assert session.scalars(select(Incident.cause)).all() == ["camera-7"]
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(update(Incident).values(camera_id=8))
    database.dispose()


def test_nobody_has_agreed_to_face_matching_who_did_not_say_so(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    upgrade(database, newest_before("0034"))
    yes, no = ("1", "0") if database.is_sqlite else ("true", "false")
    with database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO zone (id, name, kind, address, timezone) VALUES (1, 'A', 'facility', '', 'UTC')"
        )
        # Never asked, with photos; agreed; refused; refused and agreed again; agreed and refused again; read the notice only.
        said = {1: [], 2: [yes], 3: [no], 4: [no, yes], 5: [yes, no], 6: []}
        for resident, words in said.items():
            refuses = yes if words and words[-1] == no else no
            connection.exec_driver_sql(
                "INSERT INTO resident (id, zone_id, full_name, phone, document_number, without_smartphone, holds_still, refuses_faces,"
                f" language, created_at) VALUES ({resident}, 1, 'An', '', '', {no}, {no}, {refuses}, 'vi', '2026-01-01 00:00:00')"
            )
            for given in words:
                connection.exec_driver_sql(CONSENT.format(resident=resident, kind="faces", given=given))
        connection.exec_driver_sql(CONSENT.format(resident=6, kind="notice", given=yes))
    upgrade(database)
    with database.read() as session:
        agreed = session.scalars(select(Resident.id).where(Resident.agrees_to_faces).order_by(Resident.id)).all()
    assert agreed == [2, 4]
    database.dispose()


CONSENT = (
    "INSERT INTO consent (resident_id, zone_id, kind, given, version, language, at, given_by)"
    " VALUES ({resident}, 1, '{kind}', {given}, '2026-12', 'vi', '2026-01-01 00:00:00', '')"
)


def newest_before(revision: str) -> str:
    """The revision that a migration follows."""
    module = next((resources.files("monitor.database.migrations") / "versions").glob(f"{revision}_*.py"))  # type: ignore[attr-defined]
    return next(line.split("'")[1] for line in module.read_text().splitlines() if line.startswith("down_revision"))


def test_the_newest_revision_is_the_one_that_the_migrations_end_with() -> None:
    assert newest_revision() == ScriptDirectory(str(SCRIPTS)).get_current_head()
