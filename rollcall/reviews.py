"""A supervisor's decision on a check-in whose verdict is not clear; the only way to a rejection."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from monitor import audit
from monitor.access import Permission, Reader
from monitor.incidents import end_causes
from monitor.models import CheckIn, CheckInState, Review
from monitor.problems import BadInput, Conflict, Forbidden, NotFound
from monitor.words import N_, words
from rollcall.checkin import Step, asked_after, doubted, misplaced
from rollcall.steps import take_step


def decide(session: Session, check_in_id: int, reader: Reader, accept: bool, reason: str, now: datetime) -> CheckIn:
    """Accept or reject a check-in in review, with a reason, in the caller's write transaction.

    Raises NotFound (also for another zone's), Forbidden, BadInput without a reason, Conflict when it is not in review any more.
    """
    check_in = session.get(CheckIn, check_in_id)
    if check_in is None or not reader.may(Permission.SEE_RESIDENT, check_in.zone_id):
        raise NotFound(N_("There is no such check-in."))
    if not reader.may(Permission.REVIEW_CHECK_IN, check_in.zone_id):
        raise Forbidden(N_("Only a supervisor decides this."))
    reason = reason.strip()
    if not 1 <= len(reason) <= 1000:
        raise BadInput(N_("Please give your reason in 1 to 1,000 characters."), field="reason")
    state = CheckInState.ACCEPTED if accept else CheckInState.REJECTED
    template = (
        N_("A supervisor accepted the answer: %(reason)s")
        if accept
        else N_("A supervisor did not accept the answer: %(reason)s")
    )
    step = Step(state, (words(template, reason=reason),))
    if not take_step(session, check_in_id, step, now=now, account_id=reader.account_id):
        raise Conflict(N_("This check-in is not waiting for a review any more. Look at it again."))
    session.add(
        Review(
            check_in_id=check_in_id,
            zone_id=check_in.zone_id,
            account_id=reader.account_id,
            decision=state,
            reason=reason,
            at=now,
        )
    )
    audit.note(
        session,
        "check-in-reviewed",
        at=now,
        account_id=reader.account_id,
        zone_id=check_in.zone_id,
        resident_id=check_in.resident_id,
        check_in_id=check_in_id,
        decision=state.value,
    )
    # An accepted answer is as good as a verified one: the resident was heard of.
    resident = check_in.resident_id
    end_causes(session, [doubted(resident), misplaced(resident), *(asked_after(resident) if accept else ())], now=now)
    session.refresh(check_in)
    return check_in
