"""A clock that is wrong does no harm: nothing is deleted, excused, missed, held up or sent in the night by it, and staff are told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.clock import Reading, SteadyClock, boot_name, utc_now
from monitor.database.database import Database
from monitor.database.together import read
from monitor.models.accounts import Role
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident
from monitor.models.people.faces import FaceTemplate
from monitor.models.people.residents import Media, MediaKind, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionCertificate, PurgeReport
from monitor.models.rollcalls.messages import ChannelPace
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.models.service import ClockDecision, ClockDoubt, ClockJump, MachineTime, ProcessBeat, ServiceOutage
from monitor.problems import BadInput, Conflict
from monitor.settings import Settings
from monitor.timekeeping.confirming import confirm, deletion_doubt, note_gap
from monitor.timekeeping.keeping import TICK, keep, settle
from monitor.timekeeping.marks import marks as all_marks
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, resident_owner
from rollcall.benchmarks.faults_clock import COMPILER, MovedClock
from rollcall.prompts.claiming import claim
from rollcall.prompts.sending_set_up import SendingSetUp
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.clock_tick import tick_clock
from rollcall.work.scheduler import tick_rounds
from rollcall.work.ticking import Ticker
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.due_round import SECRET, WITHOUT_NIGHT, add_plan, check_in_of, minutes, world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

HOUR, DAY = 3600.0, 86400.0


class Clocks:
    """A machine's clocks, as a test moves them; `steady` is what a process of it believes."""

    def __init__(self, at: datetime = NOW) -> None:
        self.wall, self.running = at.timestamp(), 1000.0
        self.steady = SteadyClock(self.read)

    def read(self) -> Reading:
        return Reading(self.wall, self.running)

    def go(self, seconds: float, jump: float = 0.0) -> None:
        self.running += seconds
        self.wall += seconds + jump


def another_process(clocks: Clocks, database: Database) -> SteadyClock:
    """A process that starts on the same machine."""
    clock = SteadyClock(clocks.read)
    settle(database, clock)
    return clock


@pytest.fixture
def clocks(both_databases: Database, monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Of a machine on which the service has begun, with its database."""
    monkeypatch.setattr("monitor.timekeeping.keeping.database_clock", lambda _session: None)
    clocks = Clocks()
    settle(both_databases, clocks.steady)
    return clocks


def noted(database: Database) -> list[ClockJump]:
    with database.read() as session:
        return list(session.scalars(select(ClockJump).order_by(ClockJump.id)))


def administrator(database: Database) -> int:
    with database.write() as session:
        return add_account(session, "chi", "đúng là mật khẩu", Role.ADMINISTRATOR, zones=None, now=NOW).id


def keep_once(database: Database, clock: SteadyClock) -> None:
    with database.write() as session:
        keep(session, clock)


def test_forty_days_ahead_and_back_is_noted_as_that_and_no_time_went_by(both_databases: Database, clocks: Clocks) -> None:
    database, told = both_databases, []
    tick_rounds(database, clocks.steady.now())
    clocks.go(3, 40 * DAY)
    tick_clock(database, clocks.steady, lambda jump: told.append(jump.seconds))
    tick_rounds(database, clocks.steady.now())
    (jump,) = noted(database)
    assert (jump.kind, jump.seconds, jump.ended_at) == (ClockDoubt.JUMP, 40 * DAY, None)
    assert another_process(clocks, database).now() == NOW + timedelta(seconds=3)
    clocks.go(10, -40 * DAY)
    tick_clock(database, clocks.steady, lambda jump: told.append(jump.seconds))
    # The process that saw it may be dead: another one says that it is over.
    clocks.go(20)
    keep_once(database, another_process(clocks, database))
    (jump,) = noted(database)
    assert jump.ended_at is not None
    assert jump.confirmed_at is None
    assert told == [40 * DAY]
    tick_rounds(database, clocks.steady.now() - timedelta(seconds=15))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ServiceOutage)) == 0


def test_nothing_is_deleted_until_a_person_confirms(both_databases: Database, clocks: Clocks) -> None:
    database = both_databases
    account = administrator(database)
    with database.read() as session:
        assert deletion_doubt(session, clocks.steady.now(), clocks.steady) is None
    clocks.go(1, 40 * DAY)
    with database.read() as session:
        # Before anybody has noted it: this process alone knows.
        assert deletion_doubt(session, clocks.steady.now(), clocks.steady) is not None
    tick_clock(database, clocks.steady)
    clocks.go(9, -40 * DAY)
    clocks.go(20)
    keep_once(database, clocks.steady)
    (jump,) = noted(database)
    with database.write() as session:
        assert deletion_doubt(session, clocks.steady.now(), clocks.steady) is not None
        with pytest.raises(BadInput):
            confirm(session, jump.id, "perhaps", account, clocks.steady.now())
        with pytest.raises(Conflict):
            # It is over: there is nothing to go over to.
            confirm(session, jump.id, "machine", account, clocks.steady.now())
        confirm(session, jump.id, "kept", account, clocks.steady.now())
        assert deletion_doubt(session, clocks.steady.now(), clocks.steady) is None
        with pytest.raises(Conflict):
            confirm(session, jump.id, "kept", account, clocks.steady.now())


def test_where_the_time_that_went_on_is_right_deletion_goes_on_while_the_machines_clock_is_wrong(
    both_databases: Database, clocks: Clocks
) -> None:
    database = both_databases
    clocks.go(1, 40 * DAY)
    tick_clock(database, clocks.steady)
    with database.write() as session:
        confirm(session, noted(database)[0].id, "kept", administrator_in(session), clocks.steady.now())
        assert deletion_doubt(session, clocks.steady.now(), clocks.steady) is None
    clocks.go(600)
    assert tick_clock(database, clocks.steady) == 0
    clocks.go(1, 40 * DAY)
    tick_clock(database, clocks.steady)
    with database.read() as session:
        # Another jump is another question.
        assert deletion_doubt(session, clocks.steady.now(), clocks.steady) is not None
    assert [round(each.seconds / DAY) for each in noted(database)] == [40, 80]


def administrator_in(session: Session) -> int:
    return add_account(session, "chi", "đúng là mật khẩu", Role.ADMINISTRATOR, zones=None, now=NOW).id


def test_a_day_without_any_purge_is_put_to_a_person(both_databases: Database, clocks: Clocks) -> None:
    database, now = both_databases, clocks.steady.now()
    with database.write() as session:
        session.add(PurgeReport(begun_at=now - timedelta(days=40)))
    with database.write() as session:
        assert deletion_doubt(session, now, clocks.steady) is not None
        assert note_gap(session, now, clocks.steady)
        assert not note_gap(session, now, clocks.steady)
    (jump,) = noted(database)
    assert (jump.kind, jump.seconds) == (ClockDoubt.GAP, 40 * DAY)
    with database.write() as session:
        confirm(session, jump.id, "kept", administrator_in(session), now)
        assert deletion_doubt(session, now, clocks.steady) is None


def test_a_machine_whose_battery_died_goes_on_after_the_last_tick_until_its_clock_is_set(database: Database) -> None:
    tick_rounds(database, NOW)
    clocks = Clocks(NOW - timedelta(days=2000))
    settle(database, clocks.steady)
    assert clocks.steady.now() == NOW
    tick_clock(database, clocks.steady)
    assert tick_clock(database, clocks.steady) == 0
    # A time server sets it: two hours had gone by without power.
    clocks.go(5, 2000 * DAY + 2 * HOUR)
    assert tick_clock(database, clocks.steady) == 0
    clocks.go(61)
    assert tick_clock(database, clocks.steady) == 1
    assert clocks.steady.now() == NOW + timedelta(hours=2, seconds=66)
    assert clocks.steady.astray() == timedelta(0)


# Rounds, messages and claims when the service goes over to another time.


def ahead_of(database: Database, at: datetime) -> list[float | None]:
    """How long each thing that waits still has to wait, in seconds."""
    with database.read() as session:
        moments: list[datetime | None] = [
            session.scalar(select(CheckIn.due_at)),
            session.scalar(select(CheckIn.step_at)),
            session.scalar(select(RollCall.closes_at)),
            session.scalar(select(Prompt.next_attempt_at).where(Prompt.state == PromptState.QUEUED)),
            session.scalar(select(Camera.leased_until)),
            session.scalar(select(ChannelPace.free_at)),
            session.scalar(select(Plan.next_round_at)),
        ]
    return [None if each is None else round((each - at).total_seconds()) for each in moments]


def busy_world(database: Database) -> int:
    """A round that is open, whose message waits for a second try; a camera that is watched, and a gateway that wants to be left alone."""
    zone, (resident,) = world(database, "An")
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Prompt).values(next_attempt_at=minutes(2), attempts=1))
        session.add(ChannelPace(channel="sms", free_at=minutes(1)))
        session.add(
            Camera(zone_id=zone, name="c", address="http://x/", state_since=NOW, leased_by="w", leased_until=minutes(0.25))
        )
    return resident


@pytest.mark.parametrize("jump", [-150.0, 600.0])
def test_a_small_jump_that_lasts_is_followed_and_all_that_waits_waits_as_long_as_before(
    both_databases: Database, clocks: Clocks, jump: float
) -> None:
    database = both_databases
    resident = busy_world(database)
    before = ahead_of(database, NOW)
    clocks.go(0, jump)
    assert tick_clock(database, clocks.steady) == 0
    clocks.go(60)
    assert tick_clock(database, clocks.steady) == 1
    at = clocks.steady.now()
    assert at == NOW + timedelta(seconds=60 + jump)
    assert ahead_of(database, at - timedelta(seconds=60)) == before
    assert close_due(database, at) == 0
    assert check_in_of(database, resident).state == CheckInState.SCHEDULED
    (noted_jump,) = noted(database)
    assert noted_jump.went_over_at == at
    # A person is still asked: until then nothing is deleted.
    assert noted_jump.confirmed_at is None


def test_a_large_jump_is_followed_when_a_person_says_so_and_who_was_missed_meanwhile_is_excused_and_asked_after(
    both_databases: Database, clocks: Clocks
) -> None:
    database = both_databases
    _, (an, binh) = world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Prompt).values(sent_at=NOW, delivered_at=NOW, next_attempt_at=None, state=PromptState.DELIVERED))
        session.execute(update(CheckIn).where(CheckIn.resident_id == binh).values(due_at=minutes(40)))
    clocks.go(0, -5 * HOUR)
    tick_clock(database, clocks.steady)
    clocks.go(25 * 60)
    assert tick_clock(database, clocks.steady) == 0
    close_due(database, clocks.steady.now())
    assert check_in_of(database, an).state == CheckInState.MISSED
    with database.write() as session:
        confirm(session, noted(database)[0].id, ClockDecision.MACHINE, administrator_in(session), clocks.steady.now())
    assert tick_clock(database, clocks.steady) == 1
    excused = check_in_of(database, an)
    assert excused.state == CheckInState.EXCUSED
    assert "clock of our service was wrong" in excused.reasons[0]["template"]
    with database.read() as session:
        assert [each.state for each in session.scalars(select(Incident).where(Incident.resident_id == an))] == ["open"]
    # Who still had time has as much of it.
    due = check_in_of(database, binh).due_at
    assert due is not None
    assert due - clocks.steady.now() == timedelta(minutes=15)


def test_rounds_of_an_hour_open_at_that_hour_of_the_time_that_holds(both_databases: Database, clocks: Clocks) -> None:
    database = both_databases
    zone, _ = add_zone(database)
    tomorrow = NOW + timedelta(hours=24)
    plan = add_plan(database, zone, kind=PlanKind.TIMES, times=["10:00"], next_round_at=tomorrow)
    # It is eight in truth.
    clocks.go(0, -2 * HOUR)
    tick_clock(database, clocks.steady)
    with database.write() as session:
        confirm(session, noted(database)[0].id, ClockDecision.MACHINE, administrator_in(session), clocks.steady.now())
    tick_clock(database, clocks.steady)
    with database.read() as session:
        assert session.get_one(Plan, plan).next_round_at == NOW


def test_an_outage_that_never_was_excuses_nobody(both_databases: Database, clocks: Clocks) -> None:
    database = both_databases
    with database.write() as session:
        session.add(ServiceOutage(started_at=NOW - timedelta(minutes=1), ended_at=NOW + timedelta(hours=5), cause="no-tick"))
    clocks.go(0, -600)
    tick_clock(database, clocks.steady)
    clocks.go(60)
    tick_clock(database, clocks.steady)
    with database.read() as session:
        outage = session.scalars(select(ServiceOutage)).one()
    assert outage.started_at <= outage.ended_at <= clocks.steady.now()


def test_a_claim_of_somebody_with_another_time_does_not_outlive_it(both_databases: Database, clocks: Clocks) -> None:
    database = both_databases
    busy_world(database)
    with database.write() as session:
        session.execute(update(Camera).values(leased_until=NOW + timedelta(hours=2)))
        session.execute(
            update(Prompt).values(state=PromptState.LEASED, leased_by="w", next_attempt_at=NOW + timedelta(hours=2))
        )
        session.execute(update(ChannelPace).values(free_at=NOW + timedelta(days=40)))
    tick_clock(database, clocks.steady)
    with database.read() as session:
        assert session.scalars(select(Camera.leased_until)).one() == NOW
        assert session.scalars(select(Prompt.next_attempt_at)).one() == NOW
        assert session.scalars(select(ChannelPace.free_at)).one() == NOW


def test_nobody_is_written_to_while_it_may_be_night(
    both_databases: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = both_databases
    world(database, "An")
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Prompt).values(channel="file"))
    set_up = SendingSetUp({"file": None}, SECRET, "http://x", tmp_path, 9)  # type: ignore[dict-item]
    night = NOW + timedelta(hours=13)
    monkeypatch.setattr("rollcall.prompts.due_prompts.moments_in_doubt", lambda _session, _now: (night,))
    with database.write() as session:
        assert claim(session, set_up, "w", NOW, time.monotonic()).leaving == {}
    with database.read() as session:
        waits = session.scalars(select(Prompt)).one()
        assert (waits.state, waits.next_attempt_at) == (PromptState.QUEUED, minutes(5))


def test_what_was_written_meanwhile_is_marked_and_nothing_else(both_databases: Database, clocks: Clocks) -> None:
    database = both_databases
    world(database, "An")
    open_due_rounds(database, NOW)
    clocks.go(1, 40 * DAY)
    tick_clock(database, clocks.steady)
    with database.write() as session:
        session.execute(update(Plan).values(next_round_at=minutes(1)))
    open_due_rounds(database, minutes(1))
    clocks.go(1, -40 * DAY)
    clocks.go(20)
    keep_once(database, clocks.steady)
    with database.write() as session:
        session.execute(update(Plan).values(next_round_at=minutes(2)))
    open_due_rounds(database, minutes(2))
    with database.read() as session:
        marks = read(session, all_marks())
        prompts = session.scalars(select(Prompt).order_by(Prompt.id)).all()
        assert [marks.in_doubt(each) for each in prompts] == [False, True, False]


# The console.


def test_staff_are_told_and_confirm_with_one_button(database: Database, tmp_path: Path) -> None:
    clocks = Clocks()
    settle(database, clocks.steady)
    clocks.go(1, 40 * DAY)
    tick_clock(database, clocks.steady)
    settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode())
    app: Flask = create_console(settings, database, Vault(tmp_path / "vault", bytes(32)), now=clocks.steady.now)
    app.config["WTF_CSRF_ENABLED"] = False
    chi = signed_in(app, database, "chi", Role.ADMINISTRATOR, None, NOW, "en")
    nurse = signed_in(app, database, "hoa", Role.STAFF, None, NOW, "en")
    told = "nothing is deleted until someone confirms"
    assert told in chi.get("/").text
    assert told not in nurse.get("/").text
    page = chi.get("/service").text
    assert "jumped ahead by 40 days" in page
    assert re.search(r"2027[^<]* is right: go over to it", page)
    health = chi.get("/healthz").json
    assert health is not None
    assert health["clock"] == {"to_confirm": 1, "ahead_seconds": 40 * 86400}
    assert chi.post("/service/jumps/1", data={"decision": "kept"}).status_code == 303
    assert told not in chi.get("/").text
    assert noted(database)[0].decision == ClockDecision.KEPT


# Ticks.


def test_a_tick_that_fails_is_called_again_and_holds_up_no_other() -> None:
    counts = {"bad": 0, "good": 0}

    def bad() -> None:
        counts["bad"] += 1
        raise RuntimeError("whatever it is")

    def good() -> None:
        counts["good"] += 1

    ticker = Ticker()
    ticker.start(bad, 0.01, "bad")
    ticker.start(good, 0.01, "good")
    wait_until(lambda: min(counts.values()) >= 3)
    ticker.stop()
    after = dict(counts)
    time.sleep(0.05)
    assert counts == after


# With real processes.


@contextmanager
def scheduler(database: Database, folder: Path, clock: MovedClock) -> Iterator[subprocess.Popen[bytes]]:
    """A real scheduler whose machine's clock the test moves."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QUARANTINE_")} | {
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "QUARANTINE_DATA_FOLDER": str(folder),
        "QUARANTINE_MASTER_KEY": bytes(32).hex(),
        "QUARANTINE_SECRET_KEY": SECRET.decode(),
        **clock.environment,
    }
    with (folder / "schedule.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "monitor", "schedule"], env=environment, stdout=log, stderr=log)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def people_with_photos(database: Database, vault: Vault) -> int:
    """Somebody in quarantine of whom all would be deleted in 40 days. Returns their number."""
    now = utc_now()
    zone, (resident,) = add_zone(database)
    add_plan(database, zone, next_round_at=now, **WITHOUT_NIGHT)
    with database.write() as session:
        session.execute(update(QuarantineOrder).values(starts_at=now - timedelta(days=2), ends_at=now + timedelta(days=1)))
        name = vault.put(resident_owner(resident), b"a face" * 100)
        media = add_resident_media(session, zone, resident, MediaKind.ENROLMENT, name, now - timedelta(days=1))
        sealed = vault.seal(resident_owner(resident), b"numbers", about="template")
        session.add(FaceTemplate(resident_id=resident, zone_id=zone, media_id=media.id, engine="e", model="m", sealed=sealed))
    return resident


def beat_of_ticks(database: Database) -> datetime:
    with database.read() as session:
        return session.scalar(select(ProcessBeat.beat_at).where(ProcessBeat.name == TICK)) or datetime.min.replace(tzinfo=UTC)


def one(database: Database, query: Any) -> Callable[[], Any]:
    def ask() -> Any:
        with database.read() as session:
            return session.scalar(query)

    return ask


@pytest.mark.skipif(COMPILER is None and not os.environ.get("CI"), reason="needs a C compiler: apt-get install gcc libc6-dev")
def test_forty_days_ahead_for_ten_seconds_delete_nothing_and_two_minutes_back_hold_up_no_round(
    both_databases: Database, tmp_path: Path
) -> None:
    database = both_databases
    database_key = Vault(tmp_path / "vault", bytes(32)).column_key()
    own = Database(database.engine.url.render_as_string(hide_password=False), database_key)
    vault, clock = Vault(tmp_path / "vault", bytes(32)), MovedClock(tmp_path)
    resident = people_with_photos(own, vault)
    with scheduler(own, tmp_path, clock):
        wait_until(one(own, select(func.count()).select_from(PurgeReport).where(PurgeReport.finished_at.is_not(None))))
        wait_until(one(own, select(func.count()).select_from(RollCall)))
        clock.move(int(40 * DAY))
        wait_until(one(own, select(func.count()).select_from(ClockJump)))
    began = time.monotonic()
    with scheduler(own, tmp_path, clock):
        # What starts now has no other clock, and purges at once.
        seen = beat_of_ticks(own)
        wait_until(lambda: beat_of_ticks(own) > seen + timedelta(seconds=2))
        wait_until(lambda: time.monotonic() > began + 10)
        clock.move(-150)
        seen = beat_of_ticks(own)
        wait_until(lambda: beat_of_ticks(own) > seen + timedelta(seconds=2), 20)
        clock.move(0)
        wait_until(lambda: all(each.ended_at is not None for each in noted(own)))
    with own.read() as session:
        assert session.scalar(select(func.count()).select_from(DeletionCertificate)) == 0
        assert session.scalar(select(func.count()).select_from(Media)) == 1
        assert session.get_one(Resident, resident).full_name == "Nguyễn Thị An"
        assert session.scalars(select(CheckIn.state)).all() == [CheckInState.SCHEDULED]
        assert session.scalar(select(func.count()).select_from(ServiceOutage)) == 0
        assert abs(session.scalars(select(ProcessBeat.beat_at).where(ProcessBeat.name == TICK)).one() - utc_now()) < timedelta(
            seconds=PATIENCE
        )
        assert [round(each.seconds) for each in noted(own)] == [round(40 * DAY), -150]
        assert session.scalars(select(MachineTime.boot)).one() == boot_name()
    assert vault.unseal(resident_owner(resident), vault.seal(resident_owner(resident), b"x", about="y"), about="y") == b"x"
    own.dispose()
