"""Makes, replaces and ends plans, and asks everybody now. A plan is never changed: an open round keeps the one it was opened by."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from monitor import audit
from monitor.changes import announce
from monitor.models import Plan, PlanResident, Resident, RollCall, RollCallState, Zone
from monitor.problems import BadInput, Conflict
from monitor.words import N_
from rollcall.drafts import Draft
from rollcall.plan import next_round
from rollcall.rounds import open_round, quiet_of


def make_plan(
    session: Session,
    zone: Zone,
    draft: Draft,
    people: Collection[int] | None,
    *,
    replaces: Plan | None,
    account_id: int,
    now: datetime,
) -> Plan:
    """Store a draft that was found good, in the caller's write transaction. people: None for the whole zone.

    replaces: ends in the same moment. Raises Conflict when somebody else has ended or replaced it meanwhile, BadInput for
    people of another zone.
    """
    if replaces is not None:
        _end(session, replaces)
    schedule = draft.schedule(zone.timezone)
    plan = Plan(
        zone_id=zone.id,
        name=draft.name.strip(),
        kind=draft.kind,
        times=list(draft.times),
        every_minutes=draft.every_minutes,
        spans=[list(each) for each in draft.spans],
        seed=draft.seed or secrets.token_hex(16),
        days=list(draft.days),
        share_percent=draft.share_percent,
        window_minutes=draft.window_minutes,
        ladder=[list(each) for each in draft.ladder],
        visit_after_minutes=draft.visit_after_minutes,
        quiet_from=draft.quiet_from,
        quiet_to=draft.quiet_to,
        evidence=draft.evidence,
        evidence_by_text=draft.evidence_by_text,
        camera_excuses=draft.camera_excuses,
        place_asked=draft.place_asked,
        face_enough=draft.face_enough,
        view_reason=draft.view_reason,
        channels=[list(each) for each in draft.channels],
        next_round_at=next_round(schedule, now),
        replaces_id=replaces.id if replaces else None,
    )
    session.add(plan)
    session.flush()
    if people is not None:
        there = set(session.scalars(select(Resident.id).where(Resident.zone_id == zone.id)))
        if not people or not set(people) <= there:
            raise BadInput(N_("Choose whom the plan asks; they must live in this zone."), field="people")
        session.execute(insert(PlanResident), [{"plan_id": plan.id, "resident_id": each} for each in sorted(set(people))])
    action = "plan-replaced" if replaces else "plan-made"
    audit.note(session, action, at=now, account_id=account_id, zone_id=zone.id, plan_id=plan.id, name=plan.name)
    announce(session, zone.id, "roll-call", now)
    return plan


def end_plan(session: Session, plan: Plan, account_id: int, now: datetime) -> None:
    """No round of it opens any more; one that is open goes on. Raises Conflict when it is over already."""
    _end(session, plan)
    audit.note(session, "plan-ended", at=now, account_id=account_id, zone_id=plan.zone_id, plan_id=plan.id, name=plan.name)
    announce(session, plan.zone_id, "roll-call", now)


def _end(session: Session, plan: Plan) -> None:
    ended = session.scalars(
        update(Plan)
        .where(Plan.id == plan.id, Plan.active)
        .values(active=False, next_round_at=None)
        .returning(Plan.id)
        .execution_options(synchronize_session=False)
    ).first()
    if ended is None:
        raise Conflict(N_("Somebody else has already ended or replaced this plan. Look at it again."))


def ask_now(session: Session, plan: Plan, zone: Zone, account_id: int, now: datetime, available: Collection[str]) -> None:
    """Open a round of this plan now, beside those it opens by itself. Quiet hours and each person's daily budget hold as ever.

    Raises BadInput in quiet hours, Conflict while a round of it is open or when the plan is over.
    """
    try:
        quiet = quiet_of(plan, zone)
    except (ValueError, ZoneInfoNotFoundError):
        raise BadInput(
            N_("The zone's time zone or the plan's quiet hours cannot be read. Set them right first."), field="plan"
        ) from None
    if quiet.covers(now):
        raise BadInput(
            N_("These are the quiet hours, until %(until)s: nobody is woken for a roll-call."),
            field="plan",
            until=plan.quiet_to,
        )
    # Whoever comes second waits here and then sees the round of the first.
    active = session.scalar(select(Plan.active).where(Plan.id == plan.id).with_for_update())
    is_open = select(RollCall.id).where(RollCall.plan_id == plan.id, RollCall.state == RollCallState.OPEN)
    if not active or session.scalar(is_open.limit(1)) is not None:
        raise Conflict(N_("A round of this plan is open already, or the plan is over."))
    open_round(session, plan, now, available)
    audit.note(session, "asked-now", at=now, account_id=account_id, zone_id=plan.zone_id, plan_id=plan.id, name=plan.name)


def named_people(session: Session, plan: Plan) -> Sequence[int] | None:
    """Whom a plan names; None for the whole zone."""
    found = session.scalars(select(PlanResident.resident_id).where(PlanResident.plan_id == plan.id)).all()
    return found or None
