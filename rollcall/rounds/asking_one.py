"""Asks one person again, by a schedule of their zone: what holds for a round holds for this one too."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.database.statements import changed
from monitor.models.people.residents import Exemption, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.people.orders import quarantined
from monitor.places.quiet_floor import in_force
from monitor.problems import Conflict
from monitor.words import N_, words
from rollcall.checkins.checkin import AWAITED, Step
from rollcall.checkins.steps import take_step
from rollcall.rounds.opening import open_round, quiet_of

TAKEN_BACK = words(N_("The health service took this question back before it was sent; no answer is needed."))


def ask_again(
    session: Session, resident_id: int, now: datetime, available: Collection[str] | None, *, leaves_at: datetime
) -> CheckIn:
    """Ask somebody once more, in the caller's write transaction. leaves_at: before that no message leaves.

    Quiet hours, orders and exemptions hold as in a round; the daily budget holds where messages leave. Raises Conflict where one of them
    forbids it, an answer is awaited already, or no schedule asks this person.
    """
    resident = session.get_one(Resident, resident_id)
    if session.scalar(select(Resident.id).where(Resident.id == resident_id, quarantined(now))) is None:
        raise Conflict(N_("This person is under no quarantine order that is in force, so nobody asks them."))
    away = select(Exemption.id).where(Exemption.resident_id == resident_id, Exemption.starts_at <= now, Exemption.ends_at > now)
    if session.scalar(away.limit(1)) is not None:
        raise Conflict(N_("This person is away with permission and is asked nothing until they are back."))
    awaited = select(CheckIn.id).where(CheckIn.resident_id == resident_id, CheckIn.state.in_(AWAITED))
    if session.scalar(awaited.limit(1)) is not None:
        raise Conflict(N_("A roll-call is open for this person already. Wait for its answer."))
    plan = _plan_for(session, resident)
    _require_daytime(session, plan, resident, now)
    # Two supervisors may ask two people in the same instant; a schedule has one round in each.
    at = now
    while session.scalar(select(RollCall.id).where(RollCall.plan_id == plan.id, RollCall.opens_at == at)) is not None:
        at += timedelta(microseconds=1)
    round_ = open_round(session, plan, at, available, [resident_id], leaves_at=leaves_at)
    return session.scalars(select(CheckIn).where(CheckIn.roll_call_id == round_.id)).one()


def _plan_for(session: Session, resident: Resident) -> Plan:
    """The schedule of the newest round that asked them, else another that does. Raises Conflict."""
    named = select(PlanResident.plan_id).where(PlanResident.resident_id == resident.id)
    anybody = ~select(PlanResident.plan_id).where(PlanResident.plan_id == Plan.id).exists()
    newest = (
        select(RollCall.plan_id)
        .join(CheckIn, CheckIn.roll_call_id == RollCall.id)
        .where(CheckIn.resident_id == resident.id)
        .order_by(CheckIn.opened_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    asking = select(Plan).where(Plan.zone_id == resident.zone_id, Plan.active, Plan.id.in_(named) | anybody)
    plan = session.scalar(asking.order_by((Plan.id == newest).desc(), Plan.id).limit(1))
    if plan is None:
        raise Conflict(N_("No schedule asks this person, so there is none by which to ask again. Call instead."))
    return plan


def _require_daytime(session: Session, plan: Plan, resident: Resident, now: datetime) -> None:
    zone = session.get_one(Zone, resident.zone_id)
    try:
        quiet = quiet_of(plan, zone, in_force(session, now))
    except (ValueError, ZoneInfoNotFoundError):
        raise Conflict(N_("The zone’s time zone or the schedule’s quiet hours cannot be read. Correct them first.")) from None
    if quiet.covers(now):
        until = local_clock(quiet.after(now), zone.timezone, now)
        raise Conflict(N_("These are the quiet hours, until %(until)s: nobody is woken for a roll-call."), until=until)


def take_question_back(session: Session, check_in_id: int, account_id: int, now: datetime) -> bool:
    """Ask nothing after all, as long as no message has left, in the caller's write transaction; returns whether that was so."""
    theirs = Prompt.check_in_id == check_in_id
    gone = select(Prompt.id).where(theirs, (Prompt.state != PromptState.QUEUED) | Prompt.handed_at.is_not(None))
    waiting = update(Prompt).where(theirs, Prompt.state == PromptState.QUEUED, Prompt.handed_at.is_(None))
    held = changed(session, waiting.values(state=PromptState.FAILED, next_attempt_at=None, problem=TAKEN_BACK.dump()))
    if not held or session.scalar(gone.where(Prompt.problem.is_(None)).limit(1)) is not None:
        return False
    return take_step(
        session, check_in_id, Step(CheckInState.EXCUSED, (TAKEN_BACK,)), now=now, frm=AWAITED, account_id=account_id
    )
