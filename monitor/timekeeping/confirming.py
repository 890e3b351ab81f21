"""A person says which time is right after a clock jumped; until then nothing is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Row, Select, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import THE_CLOCK, TOLERATED, SteadyClock, boot_name
from monitor.database.statements import changed
from monitor.database.together import at_once, first, read
from monitor.models.accounts import Account
from monitor.models.people.retention import PurgeReport
from monitor.models.service import ClockDecision, ClockDoubt, ClockJump, ProcessBeat
from monitor.problems import BadInput, Conflict, NotFound
from monitor.timekeeping.decisions import Times, is_gap, why_not_delete
from monitor.timekeeping.keeping import TICK, database_ahead, host
from monitor.timekeeping.marks import last_rows
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words


def unconfirmed(session: Session) -> list[ClockJump]:
    """The jumps that nobody has confirmed yet, the newest first."""
    return list(session.scalars(select(ClockJump).where(ClockJump.confirmed_at.is_(None)).order_by(ClockJump.id.desc())))


def count_unconfirmed() -> Select[int]:
    """How many there are."""
    return select(func.count()).select_from(ClockJump).where(ClockJump.confirmed_at.is_(None))


def jumps(session: Session, most: int = 50) -> list[Row[ClockJump, str | None]]:
    """The newest jumps, confirmed ones too, each with the name of who confirmed it."""
    named = select(ClockJump, Account.username).outerjoin(Account, Account.id == ClockJump.confirmed_by)
    return list(session.execute(named.order_by(ClockJump.id.desc()).limit(most)))


def confirm(session: Session, jump_id: int, decision: str, account_id: int, now: datetime) -> ClockJump:
    """Say which time is right, in the caller's write transaction. Raises NotFound, BadInput, Conflict.

    decision: of one that lasts, see ClockDecision; of one that is over only the time that went on can be found right.
    """
    try:
        chosen = ClockDecision(decision)
    except ValueError:
        raise BadInput(N_("Please choose which time is right."), field="decision") from None
    if session.get(ClockJump, jump_id) is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    lasts = ClockJump.ended_at.is_(None)
    # While it lasts, what was kept can still be found wrong.
    open_to = or_(ClockJump.confirmed_at.is_(None), (ClockJump.decision == ClockDecision.KEPT) & lasts)
    which = [ClockJump.id == jump_id, open_to]
    if chosen is ClockDecision.MACHINE:
        which.append(lasts)
    values = {"decision": chosen, "confirmed_at": now, "confirmed_by": account_id}
    if not changed(session, update(ClockJump).where(*which).values(**values)):
        raise Conflict(N_("The clock has changed meanwhile, or someone else has confirmed it. Please look again."))
    jump = session.get_one(ClockJump, jump_id, populate_existing=True)
    audit.note(
        session,
        Action.CLOCK_CONFIRMED,
        at=now,
        account_id=account_id,
        zone_id=None,
        jump=jump_id,
        decision=chosen.value,
        seconds=round(jump.seconds),
    )
    announce(session, None, Topic.PEOPLE, now)
    return jump


def times_of(session: Session, clock: SteadyClock = THE_CLOCK) -> Times:
    """What there is to compare now with before anything is deleted."""
    ahead = clock.astray()
    lasting = select(ClockJump).where(ClockJump.boot == (boot_name() or ""), ClockJump.ended_at.is_(None))
    known, waiting, tick, report, confirmed_at = read(
        session,
        at_once(
            first(lasting),
            first(count_unconfirmed()),
            first(select(ProcessBeat.beat_at).where(ProcessBeat.name == TICK)),
            first(select(func.max(PurgeReport.begun_at))),
            first(select(func.max(ClockJump.confirmed_at))),
        ),
    )
    if known is not None and known.confirmed_at is not None and abs(known.seconds - ahead.total_seconds()) <= TOLERATED.seconds:
        # A person found the time right that goes on.
        ahead = timedelta(0)
    return Times(
        ahead=ahead,
        unconfirmed=waiting or 0,
        last_tick=tick,
        last_report=report,
        confirmed_at=confirmed_at,
        database_ahead=database_ahead(session, clock),
    )


def deletion_doubt(session: Session, now: datetime, clock: SteadyClock = THE_CLOCK) -> Words | None:
    """Why nothing may be deleted now; None: it may. To be asked before anything is deleted because its time is over."""
    return why_not_delete(times_of(session, clock), now)


def note_gap(session: Session, now: datetime, clock: SteadyClock = THE_CLOCK) -> bool:
    """Ask a person whether so much time went by, where nobody is asked yet, in the caller's write transaction."""
    times = times_of(session, clock)
    if times.unconfirmed or not is_gap(times, now):
        return False
    assert times.last_report is not None
    written = last_rows(session)
    session.add(
        ClockJump(
            kind=ClockDoubt.GAP,
            boot=boot_name() or "",
            host=host(),
            seconds=(now - times.last_report).total_seconds(),
            noticed_at=now,
            seen_at=now,
            ended_at=now,
            written_from=written,
            written_to=written,
        )
    )
    return True
