"""A supervisor's decisions on check-ins: on one whose verdict is not clear (the only way to a rejection), and to set one right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor import audit
from monitor.access import Permission, Reader
from monitor.incidents import end_causes
from monitor.models import CheckIn, CheckInState, Incident, IncidentState, Review
from monitor.problems import BadInput, Conflict, Forbidden, NotFound
from monitor.words import N_, words
from rollcall.checkin import CLOSED, Step, asked_after, doubted, misplaced
from rollcall.steps import set_right, take_step


def decide(session: Session, check_in_id: int, reader: Reader, accept: bool, reason: str, now: datetime) -> CheckIn:
    """Accept or reject a check-in in review, with a reason, in the caller's write transaction.

    Raises NotFound (also for another zone's), Forbidden, BadInput without a reason, Conflict when it is not in review any more.
    """
    check_in, reason = _require(session, check_in_id, reader, reason)
    state = CheckInState.ACCEPTED if accept else CheckInState.REJECTED
    template = (
        N_("A supervisor accepted the answer: %(reason)s")
        if accept
        else N_("A supervisor did not accept the answer: %(reason)s")
    )
    step = Step(state, (words(template, reason=reason),))
    if not take_step(session, check_in_id, step, now=now, account_id=reader.account_id):
        raise Conflict(N_("This check-in is not waiting for a review any more. Look at it again."))
    _write_down(session, check_in, reader, state, reason, audited="check-in-reviewed", now=now)
    # An accepted answer is as good as a verified one: the resident was heard of.
    resident = check_in.resident_id
    end_causes(session, [doubted(resident), misplaced(resident), *(asked_after(resident) if accept else ())], now=now)
    session.refresh(check_in)
    return check_in


def change_final(
    session: Session, check_in_id: int, reader: Reader, state: CheckInState, reason: str, now: datetime
) -> CheckIn:
    """Accept or excuse a check-in that was missed, unreached or rejected, with a reason, in the caller's write transaction.

    Raises NotFound (also for another zone's), Forbidden, BadInput without a reason, Conflict when its state does not allow it.
    """
    check_in, reason = _require(session, check_in_id, reader, reason)
    if state == CheckInState.ACCEPTED:
        template = N_("A supervisor counted the roll-call as answered: %(reason)s")
    else:
        template = N_("A supervisor excused the roll-call: %(reason)s")
    step = Step(state, (words(template, reason=reason),))
    if not set_right(session, check_in_id, step, now=now, account_id=reader.account_id):
        raise Conflict(N_("This roll-call cannot be changed so, or somebody has changed it already. Look at it again."))
    _write_down(session, check_in, reader, state, reason, audited="check-in-set-right", now=now)
    _end_question(session, check_in.resident_id, now)
    session.refresh(check_in)
    return check_in


def _end_question(session: Session, resident_id: int, now: datetime) -> None:
    """One question stands for all misses since it was opened: it ends when none of them is left."""
    causes = asked_after(resident_id)
    since = session.scalar(
        select(func.min(Incident.opened_at)).where(Incident.cause.in_(causes), Incident.state != IncidentState.RESOLVED)
    )
    if since is None:
        return
    left = select(CheckIn.id).where(CheckIn.resident_id == resident_id, CheckIn.state.in_(CLOSED), CheckIn.state_since >= since)
    if session.scalar(left.limit(1)) is None:
        end_causes(session, causes, now=now)


def _require(session: Session, check_in_id: int, reader: Reader, reason: str) -> tuple[CheckIn, str]:
    check_in = session.get(CheckIn, check_in_id)
    if check_in is None or not reader.may(Permission.SEE_RESIDENT, check_in.zone_id):
        raise NotFound(N_("There is no such check-in."))
    if not reader.may(Permission.REVIEW_CHECK_IN, check_in.zone_id):
        raise Forbidden(N_("Only a supervisor decides this."))
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
    audited: str,
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
