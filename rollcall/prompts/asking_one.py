"""One person is asked beside the schedule, since staff want to know now: a roll-call like any other, with all rules of sending."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.people.orders import quarantined
from monitor.places.quiet_floor import in_force
from monitor.problems import Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from rollcall.checkins.checkin import AWAITED
from rollcall.orders.exemptions import permitted
from rollcall.people.guardians import number_of
from rollcall.prompts.budget import messages_used
from rollcall.prompts.stopping import stops_in_force
from rollcall.rounds.opening import open_round, quiet_of


@dataclass(frozen=True)
class Asking:
    """What is known of somebody whom staff want to ask now. None: nothing of the kind.

    away: why they may be absent. asked_at: when a roll-call began that still waits for an answer. quiet_until: when the quiet hours end in which it is
    now. used: messages within the budget's window. All clocks as they read in the zone.
    """

    in_quarantine: bool = True
    scheduled: bool = True
    reachable: bool = True
    away: str | None = None
    asked_at: str | None = None
    quiet_until: str | None = None
    stopped: bool = False
    used: int = 0


def why_not(asking: Asking, budget: int) -> Words | None:
    """Why nobody asks now; None: it may be done. Pure."""
    if not asking.in_quarantine:
        return words(N_("No quarantine order of this person is in force; nobody may be asked for a roll-call."))
    if asking.away is not None:
        return words(N_("This person is away with permission and is not asked: %(reason)s."), reason=asking.away)
    if asking.asked_at is not None:
        return words(N_("A roll-call of %(at)s is open already. Wait for the answer, or call."), at=asking.asked_at)
    if not asking.scheduled:
        return words(N_("No schedule of roll-calls asks this person. Make one for the zone first, or call."))
    if asking.quiet_until is not None:
        return words(
            N_("These are the quiet hours, until %(until)s: nobody is woken for a roll-call."), until=asking.quiet_until
        )
    if asking.stopped:
        return words(N_("Messages are stopped at the moment. Call, or let them go on first."))
    if asking.used >= budget:
        return words(N_("This person already had %(count)s messages within a day, and gets no more. Call."), count=asking.used)
    if not asking.reachable:
        return words(N_("No telephone number of this person is known. Go there, or enter a number first."))
    return None


def ask_one(
    session: Session,
    resident: Resident,
    account_id: int,
    available: Collection[str] | None,
    budget: int,
    now: datetime,
    *,
    leaves_at: datetime | None = None,
) -> CheckIn:
    """Open a roll-call of one person by the schedule that asks them, in the caller's write transaction. Raises Conflict with the reason why not.

    available: channels that are set up; None for all. budget: most messages a day. leaves_at: no message leaves before.
    """
    # Whoever comes second waits here, and then sees the roll-call of the first.
    session.execute(select(Resident.id).where(Resident.id == resident.id).with_for_update())
    zone, plan = session.get_one(Zone, resident.zone_id), plan_of(session, resident)
    refusal = why_not(_known(session, resident, zone, plan, now), budget)
    if refusal is not None:
        raise Conflict(refusal.template, **refusal.values)
    assert plan is not None
    # Two supervisors may ask two people in the same instant; a schedule has one round in each.
    at = now
    while session.scalar(select(RollCall.id).where(RollCall.plan_id == plan.id, RollCall.opens_at == at)) is not None:
        at += timedelta(microseconds=1)
    round_ = open_round(session, plan, at, available, only=[resident.id], leaves_at=leaves_at)
    audit.note(
        session,
        Action.ONE_PERSON_ASKED,
        at=now,
        account_id=account_id,
        zone_id=zone.id,
        resident_id=resident.id,
        plan_id=plan.id,
        name=plan.name,
    )
    return session.scalars(select(CheckIn).where(CheckIn.roll_call_id == round_.id)).one()


def plan_of(session: Session, resident: Resident) -> Plan | None:
    """The schedule by which somebody is asked: one that names them before one that is for the whole zone, the newest of those."""
    named = exists(PlanResident.plan_id).where(PlanResident.plan_id == Plan.id)
    names_them = named.where(PlanResident.resident_id == resident.id)
    asks = (Plan.zone_id == resident.zone_id, Plan.active, or_(names_them, ~named))
    return session.scalars(select(Plan).where(*asks).order_by(names_them.desc(), Plan.id.desc()).limit(1)).first()


def _known(session: Session, resident: Resident, zone: Zone, plan: Plan | None, now: datetime) -> Asking:
    open_since = session.scalar(
        select(CheckIn.opened_at)
        .where(CheckIn.resident_id == resident.id, CheckIn.state.in_(AWAITED))
        .order_by(CheckIn.opened_at.desc())
        .limit(1)
    )
    away = [each for each in permitted(session, resident.id, now) if each.starts_at <= now < each.ends_at]
    return Asking(
        in_quarantine=bool(session.scalar(select(quarantined(now)).where(Resident.id == resident.id))),
        scheduled=plan is not None,
        reachable=bool(number_of(session, resident.id)),
        away=away[0].reason if away else None,
        asked_at=local_clock(open_since, zone.timezone, now) if open_since else None,
        quiet_until=_quiet_until(session, plan, zone, now) if plan is not None else None,
        stopped=bool(stops_in_force(session, [zone.id])),
        used=messages_used(session, [resident.id], now)[resident.id],
    )


def _quiet_until(session: Session, plan: Plan, zone: Zone, now: datetime) -> str | None:
    try:
        quiet = quiet_of(plan, zone, in_force(session, now))
    except (ValueError, ZoneInfoNotFoundError):
        raise Conflict(N_("The zone’s time zone or the schedule’s quiet hours cannot be read. Correct them first.")) from None
    return local_clock(quiet.after(now), zone.timezone, now) if quiet.covers(now) else None
