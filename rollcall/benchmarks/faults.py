"""`quarantine bench faults`: the service for real, what bad luck does to it during rounds, and what became of people's answers."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import click
import numpy as np
from PIL import Image
from sqlalchemy import func, select, update

from monitor.benchmarks.own_postgresql import OwnPostgresql, own_postgresql, programs
from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceModel
from monitor.models.people.residents import Media, MediaKind, QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.service import ClockJump
from monitor.problems import Problem
from monitor.service.bench import free_ports
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, resident_owner
from monitor.words import N_
from rollcall.benchmarks.faults_clock import COMPILER, MovedClock
from rollcall.benchmarks.faults_counting import WINDOW_SECONDS, Figures, Measurement
from rollcall.benchmarks.faults_disk import FailingDisk
from rollcall.benchmarks.faults_rows import damage_key, damage_number, damage_photo, lock_database
from rollcall.benchmarks.faults_service import MASTER_KEY, Service, hang, kill, kill_all, wait
from rollcall.benchmarks.phones import Phones
from rollcall.benchmarks.seeding import seed

HUNG = ("web-1", "schedule-1", "work-1", "watch-1")
KILLS = 5
# How far a clock is set wrong, and for how long.
SHIFTS = (timedelta(days=40), timedelta(hours=2), timedelta(seconds=-150))
WRONG_SECONDS, NOTICED_SECONDS = 10.0, 3.0
LOCKED_SECONDS, STOPPED_SECONDS = 12.0, 10.0
# What is damaged is looked for every minute.
NAMED_SECONDS = 90.0
# Of ten people one never answers and one has a photo, of twenty one lives alone; four share a room.
NEVER, ALONE, PHOTOGRAPHED, ROOM = 10, 20, 10, 4
FIRST_PHOTOGRAPHED = 3


class CannotBreak(Problem):
    """Something is missing that a fault is made with."""


@dataclass
class Means:
    """What the faults of a phase need beside the service; None where no phase that was chosen does."""

    clock: MovedClock | None = None
    disk: FailingDisk | None = None
    server: OwnPostgresql | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For the service's processes."""
        made = [each.environment for each in (self.clock, self.disk) if each is not None]
        preloaded = ":".join(each["LD_PRELOAD"] for each in made)
        return {name: value for each in made for name, value in each.items()} | ({"LD_PRELOAD": preloaded} if made else {})


def _hang_each(measured: Measurement, _means: Means) -> None:
    for name in HUNG:
        measured.round(f"{name} hangs", partial(hang, measured.service, name))


def _kill_again_and_again(measured: Measurement, _means: Means) -> None:
    for number in range(1, KILLS + 1):
        measured.round(f"all killed, {number}", partial(kill_all, measured.service))


def _set_the_clock_wrong(measured: Measurement, means: Means) -> None:
    clock, service = means.clock, measured.service
    assert clock is not None

    def wrong(seconds: int) -> None:
        killed = service.beats("schedule-1")
        clock.move(seconds)
        # What starts now has no other clock, and deletes at once whatever it thinks is over.
        kill(service, "schedule-1")
        wait(lambda: service.beats("schedule-1") not in {None, killed})
        time.sleep(NOTICED_SECONDS)

    def right() -> float:
        time.sleep(WRONG_SECONDS - NOTICED_SECONDS)
        clock.move(0)
        return wait(service.whole)

    for shift in SHIFTS:
        seconds = int(shift.total_seconds())
        measured.round(f"clock {seconds:+d} s", right, before=partial(wrong, seconds))
    with service.database.read() as session:
        click.echo(f"  jumps told to staff: {session.scalar(select(func.count()).select_from(ClockJump))}")


def _damage_rows(measured: Measurement, _means: Means) -> None:
    service, phones = measured.service, measured.phones
    with service.database.read() as session:
        photographed = select(Media.resident_id).where(Media.kind == MediaKind.ENROLMENT)
        three = session.execute(select(Resident.id, Resident.phone).where(Resident.id.in_(photographed)).limit(3)).all()
    number, photo, key = three

    def damage() -> None:
        measured.damaged |= {each.id for each in three}
        damage_number(service.database, number.id)
        damage_photo(service.database, service.folder, photo.id)
        damage_key(service.folder, key.id)
        phones.photos[key.phone] = _picture()
        with service.database.write() as session:
            # As after a change of model: a worker looks through all photos when it starts.
            session.execute(update(FaceModel).values(renewed_to=0))
        kill(service, "work-1")

    def healed() -> float:
        return wait(service.whole)

    since = utc_now()
    measured.round("a number, a photo and a key damaged", healed, before=damage)
    measured.count_held_up(since)

    def named() -> bool:
        with service.database.read() as session:
            of_them = select(func.count(Incident.resident_id.distinct())).where(Incident.kind == IncidentKind.DATA_UNREADABLE)
            return session.scalar(of_them) == len(three)

    took = wait(named, NAMED_SECONDS)
    click.echo("  all three told to staff" if took < NAMED_SECONDS else "  NOT all three told to staff")


def _break_the_database(measured: Measurement, means: Means) -> None:
    service, disk, server = measured.service, means.disk, means.server

    def locked() -> float:
        since = utc_now()
        lock_database(service.database, LOCKED_SECONDS)
        healed = wait(service.whole)
        # The page is there all the time, and takes no answer.
        measured.out.spans.append((since, utc_now()))
        return healed

    def gone(stop: Callable[[], None], start: Callable[[], None]) -> float:
        stop()
        time.sleep(STOPPED_SECONDS)
        start()
        return wait(service.whole)

    measured.round("database locked", locked)
    if disk is not None:
        measured.round("database's file unreadable", partial(gone, disk.fail, disk.mend))
    if server is not None:
        measured.round("database's server stopped", partial(gone, server.kill, server.start))


PHASES: dict[str, Callable[[Measurement, Means], None]] = {
    "hang": _hang_each,
    "kill": _kill_again_and_again,
    "clock": _set_the_clock_wrong,
    "rows": _damage_rows,
    "database": _break_the_database,
}


def _picture() -> bytes:
    """Small, and nobody's face."""
    content = BytesIO()
    Image.fromarray(np.full((240, 320, 3), 128, np.uint8)).save(content, "JPEG")
    return content.getvalue()


def _prepare(database: Database, vault: Vault, people: int) -> frozenset[str]:
    """People four to a room, one plan without a night; returns the numbers of those who never answer.

    Some have a reference photo. All of it would be deleted in forty days.
    """
    now = utc_now()
    seed(database, people, now)
    with database.write() as session:
        session.execute(
            update(Plan).values(
                next_round_at=None,
                evidence=EvidenceLevel.ACKNOWLEDGED,
                window_minutes=WINDOW_SECONDS / 60,
                ladder=[[WINDOW_SECONDS / 120, "reminder"]],
                channels=[["sms", 600]],
                camera_excuses=False,
            )
        )
        session.execute(update(QuarantineOrder).values(ends_at=now + timedelta(days=1)))
        silent = set()
        room = None
        for number, resident in enumerate(session.scalars(select(Resident).order_by(Resident.id))):
            if number % ROOM == 0:
                room = Room(zone_id=resident.zone_id, name=str(100 + number // ROOM))
                session.add(room)
                session.flush()
            resident.room_id = room.id if room is not None else None
            resident.lives_alone = number % ALONE == 0
            if number % NEVER == 0:
                silent.add(resident.phone)
            if number % PHOTOGRAPHED == FIRST_PHOTOGRAPHED:
                name = vault.put(resident_owner(resident.id), _picture())
                media = add_resident_media(session, resident.zone_id, resident.id, MediaKind.ENROLMENT, name, now)
                whose = {"resident_id": resident.id, "zone_id": resident.zone_id, "media_id": media.id}
                session.add(EnrolmentPhoto(**whose, state=EnrolmentState.KEPT, offered_at=now, judged_at=now))
    return frozenset(silent)


@contextmanager
def _running(folder: Path, url: str, people: int, means: Means) -> Iterator[Measurement]:
    vault = Vault(folder / "vault", MASTER_KEY)
    with scratch_database(folder, url, vault.column_key()) as database:
        silent = _prepare(database, vault, people)
        ports = free_ports(3)
        phones = Phones(f"http://127.0.0.1:{ports[1]}", silent, WINDOW_SECONDS)
        address = database.engine.url.render_as_string(hide_password=False)
        service = Service(folder, database, address, ports, phones.url, means.environment)
        service.start()
        try:
            yield Measurement(service, phones, people)
        finally:
            service.stop()
            phones.stop()


def _measure(people: int, phases: tuple[str, ...], url: str) -> Figures:
    """Phases on one service. The phase `database` on PostgreSQL has a server of its own: nobody stops another's."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quarantine-bench-")))
        means = Means()
        if "clock" in phases:
            means.clock = MovedClock(folder)
        if "database" in phases and not url:
            means.disk = FailingDisk(folder)
        if "database" in phases and url:
            binaries = programs()
            if binaries is None:
                raise CannotBreak(N_("PostgreSQL is not installed here: apt-get install postgresql"))
            means.server = stack.enter_context(own_postgresql(binaries))
            url = means.server.address()
        measured = stack.enter_context(_running(folder, url, people, means))
        click.echo(f"{people} people on {measured.service.database.kind}: {', '.join(phases)}")
        for phase in phases:
            PHASES[phase](measured, means)
        measured.settle()
        return measured.figures


@click.command(
    "faults",
    help=N_(
        "Start the service for real and do to it what bad luck does, during rounds that phones answer: each process hangs in "
        "turn, all are killed at once five times, the clock is wrong, a row and two files are damaged, the database is locked "
        "and stopped. Counts who was missed, excused or forgotten for it. Last line: one JSON object."
    ),
)
@click.option("--people", default=300, show_default=True, help=N_("Number of people asked in each round."))
@click.option(
    "--phase", "phases", multiple=True, type=click.Choice(list(PHASES)), help=N_("Only this kind of fault; may be repeated.")
)
@click.option(
    "--database",
    "url",
    default="",
    help=N_(
        "PostgreSQL server to measure on; a separate database is created and removed. The server that is stopped is another one,"
        " started for this."
    ),
)
def bench_faults(people: int, phases: tuple[str, ...], url: str) -> None:
    chosen = [each for each in PHASES if each in (phases or PHASES)]
    if COMPILER is None and {"clock", "database"} & set(chosen):
        raise CannotBreak(N_("A C compiler is missing: apt-get install gcc libc6-dev"))
    alone = ["database"] if url else []
    figures = Figures()
    for together in ([each for each in chosen if each not in alone], [each for each in chosen if each in alone]):
        if together:
            figures.add(_measure(people, tuple(together), url))
    click.echo(json.dumps(asdict(figures)))
