"""Each process goes by its machine's believed time, and writes down when the machine's clock leaves it and comes back."""

from __future__ import annotations

import logging
import socket
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from monitor.clock import THE_CLOCK, TOLERATED, SteadyClock, boot_name
from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.models.service import ClockDoubt, ClockJump, MachineTime, ProcessBeat
from monitor.timekeeping.decisions import first_belief, other_moments
from monitor.timekeeping.marks import last_rows

log = logging.getLogger(__name__)
# Of the row of the last tick, see `rollcall/rounds/opening.py`.
TICK = "tick"
# A process that found the clock astray died: another one that finds it right says so.
NOBODY_SEES_IT = timedelta(seconds=15)
# What the slow setting of a clock moves is written down now and then.
WORTH_KEEPING = 0.5


def host() -> str:
    """This machine's name, as it is shown."""
    return socket.gethostname()[:64]


def database_clock(session: Session) -> datetime | None:
    """What a PostgreSQL server's clock says; None on SQLite, whose clock is this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    found: datetime | None = session.scalar(text("SELECT clock_timestamp()"))
    return found


def database_ahead(session: Session, clock: SteadyClock = THE_CLOCK) -> timedelta:
    """How far the database's clock is ahead of the time that is believed; nothing on SQLite."""
    said = database_clock(session)
    return timedelta(0) if said is None else said - clock.now()


def moments_in_doubt(session: Session, now: datetime, clock: SteadyClock = THE_CLOCK) -> tuple[datetime, ...]:
    """What time it may be as well, while clocks differ; see `other_moments`."""
    return other_moments(now, clock.astray(), database_ahead(session, clock))


def settle(database: Database, clock: SteadyClock = THE_CLOCK) -> None:
    """Go by the time that this machine's processes go by; to be called before a process writes any."""
    boot = boot_name()
    if boot is None:
        return
    with database.write() as session:
        known = session.get(MachineTime, boot)
        if known is None:
            known = _begin(session, boot, clock)
        clock.believe(known.epoch)


def _begin(session: Session, boot: str, clock: SteadyClock) -> MachineTime:
    machine = clock.machine()
    last = session.scalar(select(ProcessBeat.beat_at).where(ProcessBeat.name == TICK))
    belief = first_belief(machine, last, database_clock(session))
    epoch = clock.epoch() + (belief.at - machine).total_seconds()
    first = {"boot": boot, "host": host(), "epoch": epoch, "guessed": belief.guessed, "kept_at": belief.at}
    session.execute(insert_new(session, MachineTime), [first])
    return session.get_one(MachineTime, boot)


def keep(session: Session, clock: SteadyClock = THE_CLOCK) -> None:
    """Every few seconds, in each process, in the caller's write transaction: follow what was decided, and note what the clock does."""
    boot = boot_name()
    known = session.get(MachineTime, boot) if boot is not None else None
    if boot is None or known is None:
        return
    if abs(known.epoch - clock.epoch()) > TOLERATED.total_seconds():
        # The service went over to another time, or this process began with the machine's own before it knew better.
        clock.believe(known.epoch)
    now, ahead = clock.now(), clock.astray()
    if ahead:
        _note(session, boot, ahead, now)
        return
    if abs(known.epoch - clock.epoch()) > WORTH_KEEPING:
        known.epoch, known.kept_at = clock.epoch(), now
    unseen = ClockJump.seen_at < now - NOBODY_SEES_IT
    end(session, now, ClockJump.boot == boot, unseen)


def _note(session: Session, boot: str, ahead: timedelta, now: datetime) -> None:
    lasting = session.scalar(select(ClockJump).where(ClockJump.boot == boot, ClockJump.ended_at.is_(None)))
    seconds = ahead.total_seconds()
    if lasting is not None and abs(lasting.seconds - seconds) <= TOLERATED.total_seconds():
        lasting.seen_at = now
        return
    if lasting is not None:
        end(session, now, ClockJump.id == lasting.id)
    jump = {
        "kind": ClockDoubt.JUMP,
        "boot": boot,
        "host": host(),
        "seconds": seconds,
        "noticed_at": now,
        "seen_at": now,
        "written_from": last_rows(session),
        "written_to": {},
    }
    session.execute(insert_new(session, ClockJump), [jump])
    log.warning("the clock of this machine is %.0f s away from the time that went on; nothing is deleted meanwhile", seconds)


def end(session: Session, now: datetime, *which: object) -> int:
    """The clock and the time that is believed agree again, in the caller's write transaction; returns of how many jumps."""
    open_one = select(func.count()).select_from(ClockJump).where(ClockJump.ended_at.is_(None), *which)  # type: ignore[arg-type]
    if not session.scalar(open_one):
        return 0
    ends = update(ClockJump).where(ClockJump.ended_at.is_(None), *which)  # type: ignore[arg-type]
    return changed(session, ends.values(ended_at=now, written_to=last_rows(session)))
