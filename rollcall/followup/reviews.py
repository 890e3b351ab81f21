"""A supervisor's decisions on check-ins: on one whose verdict is not clear (the only way to a rejection), and to set one right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.incidents import causes
from monitor.incidents.cases import case_parts, unresolved
from monitor.incidents.incidents import end_causes, resolve
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.rollcalls.answers import Review
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.problems import BadInput, Conflict, Forbidden, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, words
from rollcall.checkins.checkin import CLOSED, Step
from rollcall.checkins.steps import set_right, take_step
from rollcall.followup.claims import require_free
from rollcall.followup.unjudged import unjudged


def decide(session: Session, check_in_id: int, reader: Reader, accept: bool, reason: str, now: datetime) -> CheckIn:
    """Accept or reject a check-in in review, with a reason, in the caller's write transaction.

    Raises NotFound (also for another zone's), Forbidden, BadInput without a reason, Conflict when it is not in review any more.
    """
    check_in, reason = _require(session, check_in_id, reader, reason)
    require_free(session, check_in.resident_id, reader.account_id, now)
    state = CheckInState.ACCEPTED if accept else CheckInState.REJECTED
    template = (
        N_("A supervisor accepted the answer: %(reason)s")
        if accept
        else N_("A supervisor did not accept the answer: %(reason)s")
    )
    step = Step(state, (words(template, reason=reason),))
    if not take_step(session, check_in_id, step, now=now, account_id=reader.account_id):
        raise Conflict(N_("This answer is no longer waiting for review. Reload the page to see it as it is now."))
    _write_down(session, check_in, reader, state, reason, audited=Action.CHECK_IN_REVIEWED, now=now)
    resident = check_in.resident_id
    if accept:
        # As good as a verified one: the resident was heard of.
        end_causes(session, causes.asked_after(resident), now=now)
    if not unjudged(session, resident):
        _end_doubts(session, resident, reader.account_id, reason, now)
    _end_dispute(session, check_in.id, reader.account_id, reason, now)
    session.refresh(check_in)
    return check_in


def _end_doubts(session: Session, resident_id: int, account_id: int, reason: str, now: datetime) -> None:
    """What was about the person's answers is resolved by the decision on the last of them, and not by anything else."""
    end_causes(session, causes.doubts(resident_id), now=now)
    alone = select(Incident.id).where(Incident.cause.in_(causes.doubts(resident_id)), Incident.case_of.is_(None), unresolved())
    for incident_id in session.scalars(alone).all():
        resolve(session, incident_id, account_id, reason, now=now)
    # A text that was to be read is part of what waits about the person; where there is nothing else, that is over too.
    case = session.execute(select(Incident.id, Incident.kind, Incident.lead_id).where(case_parts(resident_id))).all()
    if case and all(each.kind is IncidentKind.TEXT_UNCLEAR for each in case):
        resolve(session, case[0].lead_id or case[0].id, account_id, reason, now=now)


def _end_dispute(session: Session, check_in_id: int, account_id: int, reason: str, now: datetime) -> None:
    """The person said that a result was not right: whoever decides on it has answered that."""
    disputed = select(Incident.id).where(Incident.cause == causes.contested(check_in_id), unresolved())
    incident_id = session.scalar(disputed)
    if incident_id is not None:
        resolve(session, incident_id, account_id, reason, now=now)


def change_final(
    session: Session, check_in_id: int, reader: Reader, state: CheckInState, reason: str, now: datetime
) -> CheckIn:
    """Accept or excuse a check-in that was missed, unreached or rejected, with a reason, in the caller's write transaction.

    Raises NotFound (also for another zone's), Forbidden, BadInput without a reason, Conflict when its state does not allow it.
    """
    check_in, reason = _require(session, check_in_id, reader, reason)
    require_free(session, check_in.resident_id, reader.account_id, now)
    if state == CheckInState.ACCEPTED:
        template = N_("A supervisor counted the roll-call as answered: %(reason)s")
    else:
        template = N_("A supervisor excused the roll-call: %(reason)s")
    step = Step(state, (words(template, reason=reason),))
    if not set_right(session, check_in_id, step, now=now, account_id=reader.account_id):
        raise Conflict(N_("This change is not possible, or someone has already changed this roll-call. Reload the page."))
    _write_down(session, check_in, reader, state, reason, audited=Action.CHECK_IN_SET_RIGHT, now=now)
    _end_question(session, check_in.resident_id, now)
    end_causes(session, [causes.late_answer(check_in.id)], now=now)
    _end_dispute(session, check_in.id, reader.account_id, reason, now)
    session.refresh(check_in)
    return check_in


def _end_question(session: Session, resident_id: int, now: datetime) -> None:
    """One question stands for all misses since it was opened: it ends when none of them is left."""
    questions = causes.asked_after(resident_id)
    since = session.scalar(
        select(func.min(Incident.opened_at)).where(Incident.cause.in_(questions), Incident.state != IncidentState.RESOLVED)
    )
    if since is None:
        return
    left = select(CheckIn.id).where(CheckIn.resident_id == resident_id, CheckIn.state.in_(CLOSED), CheckIn.state_since >= since)
    if session.scalar(left.limit(1)) is None:
        end_causes(session, questions, now=now)


def _require(session: Session, check_in_id: int, reader: Reader, reason: str) -> tuple[CheckIn, str]:
    check_in = session.get(CheckIn, check_in_id)
    if check_in is None or not reader.may(Permission.SEE_RESIDENT, check_in.zone_id):
        raise NotFound(N_("This roll-call does not exist (any more)."))
    if not reader.may(Permission.REVIEW_CHECK_IN, check_in.zone_id):
        raise Forbidden(N_("Only a supervisor can decide this."))
    reason = reason.strip()
    if not 1 <= len(reason) <= 1000:
        raise BadInput(N_("Please give your reason in 1 to 1,000 characters."), field="reason")
    return check_in, reason


def _write_down(
    session: Session,
    check_in: CheckIn,
    reader: Reader,
    state: CheckInState,
    reason: str,
    *,
    audited: Action,
    now: datetime,
) -> None:
    session.add(
        Review(
            check_in_id=check_in.id,
            zone_id=check_in.zone_id,
            account_id=reader.account_id,
            decision=state,
            reason=reason,
            at=now,
        )
    )
    audit.note(
        session,
        audited,
        at=now,
        account_id=reader.account_id,
        zone_id=check_in.zone_id,
        resident_id=check_in.resident_id,
        check_in_id=check_in.id,
        decision=state.value,
    )
