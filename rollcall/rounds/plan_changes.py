"""Makes, replaces and ends plans, and asks everybody now. A plan is never changed: an open round keeps the one it was opened by."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import local_clock
from monitor.database.statements import changed
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.models.rollcalls.rounds import RollCall, RollCallState
from monitor.places.quiet_floor import floor_of, in_force
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.plans.schedule import next_round
from rollcall.plans.share import share_allowed
from rollcall.plans.typed_plan import Draft
from rollcall.rounds.opening import open_round, people_of, quiet_of


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

    replaces: ends in the same moment. Of more people than one supervisor may let it ask, it asks those, and the rest waits for the word
    of a second one, see `agree_to_share`. Raises Conflict when somebody else has ended or replaced it meanwhile, BadInput for people of
    another zone.
    """
    if replaces is not None:
        _end(session, replaces)
    before = replaces.share_percent if replaces else None
    share = share_allowed(draft.share_percent, before, has_run=replaces is not None and _has_run(session, replaces))
    waits = draft.share_percent > share
    schedule = draft.schedule(zone.timezone, floor_of(zone, in_force(session, now)))
    plan = Plan(
        zone_id=zone.id,
        name=draft.name.strip(),
        kind=draft.kind,
        times=list(draft.times),
        every_minutes=draft.every_minutes,
        spans=[list(span) for span in draft.spans],
        seed=draft.seed or secrets.token_hex(16),
        days=list(draft.days),
        share_percent=share,
        share_wanted=draft.share_percent if waits else None,
        share_wanted_by=account_id if waits else None,
        window_minutes=draft.window_minutes,
        ladder=[list(step) for step in draft.ladder],
        visit_after_minutes=draft.visit_after_minutes,
        quiet_from=draft.quiet_from,
        quiet_to=draft.quiet_to,
        evidence=draft.evidence,
        evidence_by_text=draft.evidence_by_text,
        camera_excuses=draft.camera_excuses,
        place_asked=draft.place_asked,
        face_enough=draft.face_enough,
        view_reason=draft.view_reason,
        channels=[list(channel) for channel in draft.channels],
        next_round_at=next_round(schedule, now),
        replaces_id=replaces.id if replaces else None,
    )
    session.add(plan)
    session.flush()
    if people is not None:
        there = set(session.scalars(select(Resident.id).where(Resident.zone_id == zone.id)))
        if not people or not set(people) <= there:
            raise BadInput(N_("Choose who is asked; they must live in this zone."), field="people")
        session.execute(
            insert(PlanResident), [{"plan_id": plan.id, "resident_id": resident_id} for resident_id in sorted(set(people))]
        )
    action = Action.PLAN_REPLACED if replaces else Action.PLAN_MADE
    more: dict[str, Any] = {"share": share} | ({"wanted": draft.share_percent} if waits else {})
    audit.note(session, action, at=now, account_id=account_id, zone_id=zone.id, plan_id=plan.id, name=plan.name, **more)
    announce(session, zone.id, Topic.ROLL_CALL, now)
    return plan


_COPIED = (
    "zone_id", "name", "kind", "times", "every_minutes", "spans", "seed", "days", "window_minutes", "ladder", "visit_after_minutes",
    "quiet_from", "quiet_to", "evidence", "evidence_by_text", "camera_excuses", "place_asked", "face_enough", "view_reason", "channels",
    "next_round_at", "share_wanted_by",
)  # fmt: skip


def agree_to_share(session: Session, plan: Plan, account_id: int, now: datetime) -> Plan:
    """A second supervisor agrees that as many people are asked as were typed, in the caller's write transaction: a plan takes the place of
    this one, with the names of both. Nobody agrees to their own.

    Raises BadInput for whoever wanted it, Conflict when nothing waits (any more).
    """
    if plan.share_wanted is None:
        raise Conflict(N_("Nothing waits for a second supervisor here (any more). Reload the page."))
    if plan.share_wanted_by == account_id:
        raise BadInput(N_("You asked for this yourself. Another supervisor must agree to it."), field="share")
    named, wanted, values = named_people(session, plan), plan.share_wanted, {name: getattr(plan, name) for name in _COPIED}
    _end(session, plan)
    agreed = Plan(**values, share_percent=wanted, share_agreed_by=account_id, share_agreed_at=now, replaces_id=plan.id)
    session.add(agreed)
    session.flush()
    if named is not None:
        session.execute(insert(PlanResident), [{"plan_id": agreed.id, "resident_id": each} for each in named])
    more: dict[str, Any] = {"plan_id": agreed.id, "name": agreed.name, "share": wanted, "wanted_by": agreed.share_wanted_by}
    audit.note(session, Action.PLAN_SHARE_AGREED, at=now, account_id=account_id, zone_id=agreed.zone_id, **more)
    announce(session, agreed.zone_id, Topic.ROLL_CALL, now)
    return agreed


def _has_run(session: Session, plan: Plan) -> bool:
    """Whether a round of this very plan was closed: what came of it can be seen."""
    closed = select(RollCall.id).where(RollCall.plan_id == plan.id, RollCall.state == RollCallState.CLOSED, ~RollCall.extra)
    return session.scalar(closed.limit(1)) is not None


def end_plan(session: Session, plan: Plan, account_id: int, now: datetime) -> None:
    """No round of it opens any more; one that is open goes on. Raises Conflict when it is over already."""
    _end(session, plan)
    audit.note(session, Action.PLAN_ENDED, at=now, account_id=account_id, zone_id=plan.zone_id, plan_id=plan.id, name=plan.name)
    announce(session, plan.zone_id, Topic.ROLL_CALL, now)


def _end(session: Session, plan: Plan) -> None:
    if not changed(session, update(Plan).where(Plan.id == plan.id, Plan.active).values(active=False, next_round_at=None)):
        raise Conflict(N_("Someone else has already ended or replaced this schedule. Reload the page to see it as it is now."))


def ask_now(session: Session, plan: Plan, zone: Zone, account_id: int, now: datetime, available: Collection[str]) -> None:
    """Open a round of this plan now, beside those it opens by itself. Quiet hours and each person's daily budget hold as ever.

    Raises BadInput in quiet hours, Conflict while a round of it is open, when the plan is over, or when nobody would be asked: a round of
    nobody would keep a real one from being opened until its time is over.
    """
    try:
        quiet = quiet_of(plan, zone, in_force(session, now))
    except (ValueError, ZoneInfoNotFoundError):
        raise BadInput(
            N_("The zone’s time zone or the schedule’s quiet hours cannot be read. Correct them first."), field="plan"
        ) from None
    if quiet.covers(now):
        raise BadInput(
            N_("These are the quiet hours, until %(until)s: nobody is woken for a roll-call."),
            field="plan",
            until=local_clock(quiet.after(now), zone.timezone, now),
        )
    # Whoever comes second waits here and then sees the round of the first.
    active = session.scalar(select(Plan.active).where(Plan.id == plan.id).with_for_update())
    is_open = select(RollCall.id).where(RollCall.plan_id == plan.id, RollCall.state == RollCallState.OPEN, ~RollCall.extra)
    if not active or session.scalar(is_open.limit(1)) is not None:
        raise Conflict(N_("This schedule already has an open round, or it has ended."))
    if not people_of(session, plan, now):
        raise Conflict(_nobody(plan), percent=plan.share_percent)
    open_round(session, plan, now, available)
    audit.note(session, Action.ASKED_NOW, at=now, account_id=account_id, zone_id=plan.zone_id, plan_id=plan.id, name=plan.name)


def _nobody(plan: Plan) -> str:
    if plan.share_percent < 100:
        return N_(
            "Nobody would be asked: the schedule asks %(percent)s per cent of the people under an order that is in force, and of so few"
            " that is nobody. Let it ask more, below; another supervisor agrees."
        )
    return N_("Nobody would be asked: none of the people of this schedule is under a quarantine order that is in force.")


def named_people(session: Session, plan: Plan) -> Sequence[int] | None:
    """Whom a plan names; None for the whole zone."""
    residents = session.scalars(select(PlanResident.resident_id).where(PlanResident.plan_id == plan.id)).all()
    return residents or None
