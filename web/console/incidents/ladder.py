"""The steps that follow a miss, done or to come, each with when and why: messages, a call, a visit, a supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from monitor.database.together import Reading, asked, at_once, first
from monitor.models.incidents import ContactWay, Incident, IncidentState
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.words import N_, Words, words
from rollcall.followup.attempts import Attempt
from rollcall.plans.ladder import Rung
from rollcall.rounds.ladder_steps import rungs_of
from web.shared.label_tables.look import Label
from web.shared.labels import label

DONE = Label(N_("done"), "good", "check")
# Each stands before the time by which it is to be done.
TO_DO = Label(N_("to do by"), "watch", "bell")
DUE = Label(N_("due since"), "bad", "warning")
TO_COME = Label(N_("to come"), "idle", "clock")
NOT_NEEDED = Label(N_("not needed any more"), "idle", "shield")
LEFT_OUT = Label(N_("skipped"), "idle", "dot")


@dataclass(frozen=True)
class LadderStep:
    """One step. at: when it was taken, or is due."""

    title: Words
    status: Label
    at: datetime | None
    why: list[Words] = field(default_factory=list)


def ladder_of(incident: Incident, attempts: Sequence[Attempt], sent: Sequence[LadderStep], now: datetime) -> list[LadderStep]:
    """All steps of an incident that asks after somebody, in their order. attempts: those on it, newest first. sent: see `messages_of`."""
    ended = LadderStep(words(N_("The time to answer ended; staff were asked to follow up")), DONE, incident.opened_at)
    called = [each for each in attempts if each.way in (ContactWay.CALL, ContactWay.HOUSEHOLD)]
    visited = [each for each in attempts if each.way == ContactWay.VISIT]
    resolved = incident.state == IncidentState.RESOLVED
    call = _by_staff(N_("Call by staff"), called, incident.opened_at, incident.deadline_at, resolved, now)
    call.why.append(words(N_("Staff ask how this person is; no machine decides.")))
    last: list[tuple[datetime, LadderStep]] = []
    if incident.visit_due_at is not None:
        visit = _by_staff(N_("Visit"), visited, incident.visit_due_at, incident.visit_due_at, resolved, now)
        visit.why.append(words(N_("If calling did not settle it, someone goes there.")))
        last.append((incident.visit_due_at, visit))
    last.append((incident.deadline_at, _supervisor(incident, resolved)))
    return [*sent, ended, call, *(step for _at, step in sorted(last, key=lambda each: each[0]))]


def _by_staff(
    title: str, tries: Sequence[Attempt], due_from: datetime, due_at: datetime, resolved: bool, now: datetime
) -> LadderStep:
    if tries:
        first = tries[-1]
        why = words(N_("by %(name)s: %(outcome)s"), name=first.by, outcome=label(first.outcome).words.dump())
        return LadderStep(words(title), DONE, first.at, [why])
    if resolved:
        return LadderStep(words(title), NOT_NEEDED, None)
    return LadderStep(words(title), TO_COME if now < due_from else TO_DO if now < due_at else DUE, due_at)


def _supervisor(incident: Incident, resolved: bool) -> LadderStep:
    title, why = words(N_("On the supervisors’ list")), [words(N_("Not resolved by its deadline."))]
    if incident.escalated_at is not None:
        return LadderStep(title, DONE, incident.escalated_at, why)
    if resolved:
        return LadderStep(title, NOT_NEEDED, None)
    return LadderStep(title, TO_COME, incident.deadline_at, [words(N_("Only if nobody resolves it by its deadline."))])


def messages_of(check_in_id: int) -> Reading[list[LadderStep]]:
    """The messages of a round to one phone, and the plan's steps that were left out."""
    lead = select(func.coalesce(CheckIn.lead_id, CheckIn.id)).where(CheckIn.id == check_in_id).scalar_subquery()
    row, prompts = yield from at_once(
        first(
            select(CheckIn, Plan)
            .join(RollCall, RollCall.id == CheckIn.roll_call_id)
            .join(Plan, Plan.id == RollCall.plan_id)
            .where(CheckIn.id == check_in_id)
        ),
        asked(select(Prompt).where(Prompt.check_in_id == lead).order_by(Prompt.created_at, Prompt.id)),
    )
    if row is None:
        return []
    check_in, plan = row
    steps = [(prompt.created_at, _message(prompt, number == 0)) for number, prompt in enumerate(prompts)]
    for rung in rungs_of(plan.channels, plan.ladder, plan.window_minutes):
        if not any(_is(prompt, rung) for prompt in prompts):
            steps.append((check_in.opened_at + rung.after, _left_out(rung, prompts)))
    return [step for _at, step in sorted(steps, key=lambda each: each[0])]


def _is(prompt: Prompt, rung: Rung) -> bool:
    return prompt.kind == rung.kind and (rung.kind != PromptKind.FIRST or prompt.channel == rung.channel)


def _message(prompt: Prompt, opening: bool) -> LadderStep:
    title = words(N_("%(message)s (%(channel)s)"), message=label(prompt.kind).words.dump(), channel=prompt.channel)
    if prompt.problem:
        why = Words.load(prompt.problem)
    elif opening:
        why = words(N_("The roll-call opened."))
    elif prompt.kind == PromptKind.FIRST:
        why = words(N_("The earlier message was not confirmed as delivered."))
    else:
        why = words(N_("No answer by then."))
    return LadderStep(title, label(prompt.state), prompt.delivered_at or prompt.sent_at or prompt.created_at, [why])


def _left_out(rung: Rung, prompts: Sequence[Prompt]) -> LadderStep:
    kind = label(rung.kind).words.dump()
    title = words(N_("%(message)s (%(channel)s)"), message=kind, channel=rung.channel) if rung.channel else Words.load(kind)
    if rung.kind == PromptKind.FIRST and any(prompt.delivered_at for prompt in prompts):
        why = words(N_("An earlier message had arrived."))
    else:
        why = words(N_("No number or channel, or no longer needed."))
    return LadderStep(title, LEFT_OUT, None, [why])
