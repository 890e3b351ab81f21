"""On which list something waits for a person: on exactly one, whatever state it is in. Pure decisions, and the same as conditions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import BindParameter, ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from monitor.incidents.cases import OF_CARE, unresolved
from monitor.incidents.causes import ASKED_AFTER
from monitor.models.incidents import Incident, IncidentKind, NextStep
from monitor.models.rollcalls.rounds import CheckIn, in_review
from rollcall.followup.unjudged import ABOUT_ANSWERS

SOON = timedelta(minutes=30)
"""A visit stands on its list so long before it is due."""
Moment: TypeAlias = "datetime | BindParameter[datetime]"
"""A time, or its place in a statement that is made once and asked again and again."""
KINDS = frozenset({*ABOUT_ANSWERS, *ASKED_AFTER, IncidentKind.CONTESTED})
"""What a case in the review queue is made of; where there is more in it, more than a decision is wanted."""


CALLED_ABOUT = frozenset({*OF_CARE, IncidentKind.WISH, IncidentKind.TEXTS_STOPPED, IncidentKind.GUARDIAN_NEEDED})
"""What somebody is called about."""


class WorkList(StrEnum):
    """Where whoever may decide finds it; who may not has on the list of calls what is in the queue of the others. INCIDENTS: there alone, among all that there is; NOBODY: the person has been asked again. From REQUESTS on: what is decided on a page of its own, and is no incident."""

    QUEUE = "queue"
    CALLS = "calls"
    VISITS = "visits"
    INCIDENTS = "incidents"
    NOBODY = "nobody"
    REQUESTS = "requests"
    TEXTS = "texts"
    FILES = "files"
    RESULTS = "results"
    PROPOSALS = "proposals"
    TRANSFERS = "transfers"


ELSEWHERE = {IncidentKind.REQUEST_OVERDUE: WorkList.REQUESTS}
"""What such an incident is about waits on another list, and ends there: the incident only says that its time is over."""


class Task(StrEnum):
    """What is to be decided."""

    ANSWER = "answer"
    DISPUTE = "dispute"
    SILENCE = "silence"


@dataclass(frozen=True)
class Waiting:
    """An unresolved case. kinds: of all that is unresolved in it. answers: of the person, that wait for a decision.

    step, step_until: what a supervisor wants first. visit_due_at: the earliest of its parts. over: nothing of it goes on.
    """

    kinds: frozenset[IncidentKind]
    answers: int = 0
    step: NextStep | None = None
    step_until: datetime | None = None
    visit_due_at: datetime | None = None
    over: bool = False


def task_of(kinds: Collection[IncidentKind], waiting: int) -> Task | None:
    """What is to be decided about a case; None where more than a decision is wanted, as where somebody feels ill.

    kinds: of all that is unresolved in it. waiting: answers of the person that wait for a decision.
    """
    if not set(kinds) <= KINDS:
        return None
    if waiting and ABOUT_ANSWERS.intersection(kinds):
        return Task.ANSWER
    if IncidentKind.CONTESTED in kinds:
        return Task.DISPUTE
    return Task.SILENCE if set(kinds) <= set(ASKED_AFTER) else None


def list_of(case: Waiting, now: datetime) -> WorkList:
    """The one list on which a case waits. What a supervisor wants first goes before all else; then the door before the desk."""
    asked_in_vain = case.step is NextStep.ASK and (case.over or case.step_until is None or case.step_until <= now)
    if case.step is not None and not asked_in_vain:
        return _OF_STEP[case.step]
    task = task_of(case.kinds, case.answers)
    if task in (Task.ANSWER, Task.DISPUTE):
        return WorkList.QUEUE
    if case.visit_due_at is not None and case.visit_due_at <= now + SOON:
        return WorkList.VISITS
    if task is Task.SILENCE:
        return WorkList.QUEUE
    if not case.over and len(lists := {ELSEWHERE.get(each) for each in case.kinds}) == 1 and (elsewhere := lists.pop()):
        return elsewhere
    return WorkList.CALLS if case.kinds & CALLED_ABOUT and not case.over else WorkList.INCIDENTS


_OF_STEP = {NextStep.ASK: WorkList.NOBODY, NextStep.CALL: WorkList.CALLS, NextStep.VISIT: WorkList.VISITS}


def no_step_first(now: Moment, incident: type[Incident] = Incident) -> ColumnElement[bool]:
    """A condition on what stands for a case: nothing is wanted first, or it was asked again and that is over."""
    asked = and_(incident.next_step == NextStep.ASK, or_(incident.next_step_until <= now, incident.cause_ended_at.is_not(None)))
    return or_(incident.next_step.is_(None), asked)


def _answers_wait() -> ColumnElement[bool]:
    """A condition on an incident: an answer of the person waits for a decision."""
    return select(CheckIn.id).where(in_review(), CheckIn.resident_id == Incident.resident_id).exists()


def may_be_in_queue(now: datetime) -> ColumnElement[bool]:
    """A condition on what stands for a case: unless its parts or its answers say otherwise, it is to be decided."""
    soon = func.coalesce(Incident.visit_due_at <= now + SOON, false())
    due = and_(Incident.kind.in_(ASKED_AFTER), soon, ~_answers_wait())
    return and_(Incident.kind.in_(KINDS), Incident.resident_id.is_not(None), no_step_first(now), ~due)


def _in_queue(now: datetime) -> ColumnElement[bool]:
    """A condition on what stands for a case: `list_of` has it in the queue."""
    part = aliased(Incident)
    of_case = select(part.id).where(or_(part.id == Incident.id, part.lead_id == Incident.id), unresolved(part))
    more, silent = of_case.where(part.kind.not_in(KINDS)).exists(), ~of_case.where(part.kind.not_in(ASKED_AFTER)).exists()
    decidable = or_(_answers_wait(), Incident.kind == IncidentKind.CONTESTED, silent)
    return and_(may_be_in_queue(now), ~more, decidable)


def to_be_called(now: datetime, *, decides: bool) -> ColumnElement[bool]:
    """A condition on what stands for a case: it is on the list of calls. A supervisor wants that first, or no other list has it.

    decides: of whoever decides, for whom it is in the queue while nothing is wanted first.
    """
    # What is not known is no: this list has what is not on another one.
    visited = func.coalesce(to_visit(now, now + SOON), false())
    elsewhere = visited if not decides else or_(visited, _in_queue(now))
    by_itself = and_(Incident.kind.in_(CALLED_ABOUT), no_step_first(now), ~elsewhere)
    return or_(Incident.next_step == NextStep.CALL, by_itself)


def to_visit(now: Moment, soon: Moment) -> ColumnElement[bool]:
    """A condition on an incident, also a part of a case: somebody is to go there. Where it is not known, it is null. soon: SOON after now.

    Looked at for all that nobody has resolved, on each page: what is cheap comes first, and the rest is asked of few.
    """
    lead, part = aliased(Incident), aliased(Incident)
    otherwise = select(lead.id).where(lead.id == Incident.lead_id, ~no_step_first(now, lead)).exists()
    case = func.coalesce(Incident.lead_id, Incident.id)
    of_case = select(part.id).where(or_(part.id == case, part.lead_id == case), unresolved(part))
    about_answer, more = of_case.where(part.kind.in_(ABOUT_ANSWERS)).exists(), of_case.where(part.kind.not_in(KINDS)).exists()
    to_decide = and_(_answers_wait(), about_answer, ~more)
    due = and_(Incident.kind.in_(ASKED_AFTER), Incident.visit_due_at <= soon, no_step_first(now), ~otherwise, ~to_decide)
    # By the index of those about whom it can be asked.
    asked_about = or_(Incident.visit_due_at.is_not(None), Incident.next_step.is_not(None))
    return and_(asked_about, or_(Incident.next_step == NextStep.VISIT, due))
