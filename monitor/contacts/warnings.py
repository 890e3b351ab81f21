"""Warnings about a place where a case was: proposed by one person, released or refused by another. Nothing is sent by a machine.

A released warning says on paper and on screens of staff who may be told what; whom they tell, and how, they decide.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.contacts.cases import clock_of, period_of
from monitor.contacts.stored_rules import rules_of
from monitor.database.statements import changed
from monitor.models.contacts.cases import CaseState, InfectionCase
from monitor.models.contacts.tracing import PlaceWarning, WarningState
from monitor.models.control_points import ControlPlace, PlaceStay
from monitor.models.declarations import Declarant
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

WAITS = timedelta(days=3)
"""So long a second person has; then somebody must look anew."""
LONGEST = timedelta(days=21)


def why_not_decide(
    warning: WarningState, proposed_by: int, proposed_at: datetime, account_id: int, now: datetime
) -> str | None:
    """Why somebody may not release or refuse a warning, as a template; None: they may. Pure."""
    if warning is not WarningState.PROPOSED:
        return N_("This warning was decided already. Reload the page to see the decision.")
    if account_id == proposed_by:
        return N_("You proposed this warning yourself. A different person must release or refuse it.")
    if now >= proposed_at + WAITS:
        return N_("This warning waited longer than three days. If it is still right, propose it again.")
    return None


def propose_warning(
    session: Session,
    case: InfectionCase,
    place_id: int,
    start: datetime,
    end: datetime,
    why: str,
    account_id: int,
    now: datetime,
) -> PlaceWarning:
    """Propose one, in the caller's write transaction. Raises BadInput, Conflict, NotFound."""
    reason = require_reason(why)
    if case.state is not CaseState.OPEN:
        raise Conflict(N_("Tracing of this person has ended. No warning can be proposed."))
    if session.get(ControlPlace, place_id) is None:
        raise NotFound(N_("This place does not exist (any more)."))
    if end <= start:
        raise BadInput(N_("The warning would end before it begins. Check both times."), field="to_at")
    if end > now or end - start > LONGEST:
        raise BadInput(N_("A warning is about a time that is over, of three weeks at most."), field="to_at")
    period = period_of(case, rules_of(session), clock_of(session, case.zone_id))
    if period is None or start >= (period.end or now) or end <= period.start:
        raise BadInput(
            N_("At this time the person could infect nobody. Check the times, and the dates of the infection."), field="from_at"
        )
    stale = (PlaceWarning.case_id == case.id, PlaceWarning.control_place_id == place_id, PlaceWarning.from_at == start)
    over = (PlaceWarning.state == WarningState.PROPOSED, PlaceWarning.proposed_at <= now - WAITS)
    changed(session, update(PlaceWarning).where(*stale, *over).values(state=WarningState.REFUSED, decided_at=now))
    warning = PlaceWarning(
        case_id=case.id,
        control_place_id=place_id,
        from_at=start,
        to_at=end,
        people=_people(session, case, place_id, start, end),
        reason=reason,
        proposed_at=now,
        proposed_by=account_id,
    )
    session.add(warning)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(N_("This warning was proposed already.")) from None
    _note(session, Action.PLACE_WARNING_PROPOSED, case, warning, account_id, now)
    return warning


def decide_warning(session: Session, warning_id: int, *, release: bool, why: str, account_id: int, now: datetime) -> None:
    """Release or refuse one, once, by another than who proposed it. Raises BadInput, Conflict, NotFound."""
    reason = require_reason(why)
    warning = session.get(PlaceWarning, warning_id)
    if warning is None:
        raise NotFound(N_("This warning does not exist (any more)."))
    not_now = why_not_decide(warning.state, warning.proposed_by, warning.proposed_at, account_id, now)
    if not_now is not None:
        raise Conflict(not_now)
    state = WarningState.RELEASED if release else WarningState.REFUSED
    mine = (PlaceWarning.id == warning_id, PlaceWarning.state == WarningState.PROPOSED, PlaceWarning.proposed_by != account_id)
    values = {"state": state, "decided_at": now, "decided_by": account_id, "decided_why": reason}
    if not changed(session, update(PlaceWarning).where(*mine).values(**values)):
        raise Conflict(N_("This warning was decided already. Reload the page to see the decision."))
    session.refresh(warning)
    _note(session, Action.PLACE_WARNING_DECIDED, session.get_one(InfectionCase, warning.case_id), warning, account_id, now)


def _people(session: Session, case: InfectionCase, place_id: int, start: datetime, end: datetime) -> int:
    """How many others checked in there and may have been there then, whether or not contacts were looked for."""
    others = or_(Declarant.resident_id.is_(None), Declarant.resident_id != case.resident_id)
    found = (
        select(func.count(PlaceStay.declarant_id.distinct()))
        .join(Declarant, Declarant.id == PlaceStay.declarant_id)
        .where(
            PlaceStay.place_id == place_id,
            PlaceStay.possible_from < end,
            # Of who is still inside nobody has reckoned how long.
            or_(PlaceStay.possible_to > start, PlaceStay.out_kind.is_(None)),
            others,
        )
    )
    return session.scalar(found) or 0


def _note(session: Session, action: Action, case: InfectionCase, warning: PlaceWarning, account_id: int, now: datetime) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        case=case.id,
        place=warning.control_place_id,
        state=warning.state.value,
    )
