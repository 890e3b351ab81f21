"""The tick that looks after the clock itself: goes over to another time when that is decided, and tells the operator of jumps."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import THE_CLOCK, SteadyClock, boot_name
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.service import ClockJump, MachineTime
from monitor.timekeeping.decisions import Lasting, goes_over
from monitor.timekeeping.keeping import end, keep
from monitor.timekeeping.retiming import any_ahead, free_leases_ahead, move_waiting
from rollcall.rounds.after_jump import excuse_in_doubt, plan_anew

log = logging.getLogger(__name__)
Tell = Callable[[ClockJump], None]


def tick_clock(database: Database, clock: SteadyClock = THE_CLOCK, tell: Tell = lambda _jump: None) -> int:
    """Note what the clock does, go over to another time where that is decided, and free what was claimed in a time to come.

    Returns how many machines went over.
    """
    now = clock.now()
    with database.read() as session:
        lasting = session.scalars(select(ClockJump.id).where(ClockJump.ended_at.is_(None))).all()
        untold = session.scalars(select(ClockJump.id).where(ClockJump.told_at.is_(None))).all()
        ahead = any_ahead(session, now)
    if clock.astray() or lasting:
        with database.write() as session:
            keep(session, clock)
    gone_over = sum(_go_over(database, each, clock) for each in lasting)
    if ahead:
        with database.write() as session:
            free_leases_ahead(session, now)
    if untold:
        _tell(database, now, tell)
    return gone_over


def _go_over(database: Database, jump_id: int, clock: SteadyClock) -> bool:
    now = clock.now()
    with database.write() as session:
        jump = session.get_one(ClockJump, jump_id, with_for_update=True)
        known = session.get(MachineTime, jump.boot)
        if jump.ended_at is not None or known is None:
            return False
        lasting = Lasting(timedelta(seconds=jump.seconds), jump.noticed_at, known.guessed, jump.decision)
        if not goes_over(lasting, now):
            return False
        after = now
        if jump.boot == boot_name():
            after = now + timedelta(seconds=jump.seconds)
            # By the time of this machine all rows of rounds and messages were written: its scheduler leads.
            move_waiting(session, jump.seconds, now)
            excuse_in_doubt(session, jump, after)
            plan_anew(session, after)
        known.epoch += jump.seconds
        known.guessed, known.kept_at = False, after
        epoch = known.epoch
        end(session, after, ClockJump.id == jump_id)
        changed(session, update(ClockJump).where(ClockJump.id == jump_id).values(went_over_at=after))
        _announce(session, after)
    if jump.boot == boot_name():
        clock.believe(epoch)
    log.warning("the service went over to a time %.0f s later than before", jump.seconds)
    return True


def _announce(session: Session, now: datetime) -> None:
    for topic in (Topic.PEOPLE, Topic.ROLL_CALL, Topic.INCIDENT):
        announce(session, None, topic, now)


def _tell(database: Database, now: datetime, tell: Tell) -> None:
    with database.write() as session:
        untold = session.scalars(select(ClockJump).where(ClockJump.told_at.is_(None)).with_for_update(skip_locked=True)).all()
        for jump in untold:
            jump.told_at = now
    for jump in untold:
        tell(jump)
