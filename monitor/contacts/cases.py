"""Cases as rows: entered, from a positive result, changed, closed; always with dates that can be true."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.contacts.exposing import dates_of, judge_again
from monitor.contacts.periods import Dates, Period, check_dates, infectious
from monitor.contacts.rules import Rule, in_force
from monitor.contacts.statuses import note_f_status
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.contacts.cases import CaseState, FoundWhere, InfectionCase
from monitor.models.people.laboratory import LaboratoryTest, LabResult
from monitor.models.people.residents import FStatus, Resident
from monitor.models.places import Zone
from monitor.people.orders import quarantined
from monitor.people.pasted import plain
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

LONGEST_SYMPTOMS = 300
CHANGED_SINCE = N_("Someone else has changed this record. Reload the page, then change it again.")


def clock_of(session: Session, zone_id: int) -> ZoneInfo:
    """The clock on which days of a zone begin."""
    return ZoneInfo(session.get_one(Zone, zone_id).timezone)


def rule_of_case(case: InfectionCase, rules: tuple[Rule, ...]) -> Rule | None:
    """The rule from which the infectious period is reckoned: that of the first day that is known of the illness."""
    days = [each for each in (case.onset_on, case.sampled_on, case.result_on) if each is not None]
    return in_force(rules, case.disease, min(days)) if days else None


def period_of(case: InfectionCase, rules: tuple[Rule, ...], zone: ZoneInfo) -> Period | None:
    """When a case could infect others; None: no rule, or no day."""
    rule = rule_of_case(case, rules)
    return infectious(dates_of(case), rule, zone) if rule is not None else None


def enter_case(
    session: Session,
    resident: Resident,
    disease: str,
    dates: Dates,
    account_id: int | None,
    now: datetime,
    *,
    token: str,
    symptoms: str = "",
    test_id: int | None = None,
) -> InfectionCase:
    """Enter a case of a person who is there; the same form twice is one case. Raises BadInput and Conflict."""
    known = session.scalar(select(InfectionCase).where(InfectionCase.token == token))
    if known is not None:
        return known
    zone = clock_of(session, resident.zone_id)
    check_dates(dates, now.astimezone(zone).date(), zone)
    mine = (InfectionCase.resident_id == resident.id, InfectionCase.disease == disease)
    still = session.scalar(select(InfectionCase.id).where(*mine, InfectionCase.state == CaseState.OPEN).limit(1))
    if still is not None:
        raise Conflict(N_("The contacts of this person are being traced already: open that entry."))
    row = {
        **asdict(dates),
        "token": token,
        "resident_id": resident.id,
        "zone_id": resident.zone_id,
        "disease": disease,
        "test_id": test_id,
        "symptoms": plain(symptoms)[:LONGEST_SYMPTOMS],
        "entered_at": now,
        "entered_by": account_id,
    }
    # Pressed twice at once, or two who enter the same result: one of them wrote it.
    session.execute(insert_new(session, InfectionCase), [row])
    case = session.scalar(select(InfectionCase).where(InfectionCase.token == token))
    if case is None:
        raise Conflict(N_("This result was entered already: open that entry."))
    note_f_status(session, resident, FStatus.F0, dates.onset_on or dates.sampled_on or dates.result_on, account_id, now)
    _note(session, case, Action.CASE_ENTERED, account_id, now)
    return case


def from_result(
    session: Session, test: LaboratoryTest, resident: Resident, disease: str, account_id: int, now: datetime
) -> InfectionCase:
    """The case of a positive laboratory result, once; where the person is in quarantine, it was found there. Raises BadInput."""
    known = session.scalar(select(InfectionCase).where(InfectionCase.test_id == test.id))
    if known is not None:
        return known
    if test.result is not LabResult.POSITIVE or test.resulted_at is None:
        raise BadInput(N_("This test has no positive result."))
    zone = clock_of(session, resident.zone_id)
    held = session.scalar(select(Resident.id).where(Resident.id == resident.id, quarantined(now)))
    dates = Dates(
        sampled_on=test.taken_at.astimezone(zone).date() if test.taken_at else None,
        result_on=test.resulted_at.astimezone(zone).date(),
        found_where=FoundWhere.QUARANTINE if held is not None else FoundWhere.COMMUNITY,
    )
    return enter_case(session, resident, disease, dates, account_id, now, token=f"test-{test.id}", test_id=test.id)


def change_case(
    session: Session, case: InfectionCase, dates: Dates, symptoms: str, seen: int, account_id: int, now: datetime
) -> None:
    """Write other dates; what is still to be decided is judged by them anew. Raises BadInput, Conflict."""
    zone = clock_of(session, case.zone_id)
    check_dates(dates, now.astimezone(zone).date(), zone)
    values = {**asdict(dates), "symptoms": plain(symptoms)[:LONGEST_SYMPTOMS], "version": InfectionCase.version + 1}
    mine = (InfectionCase.id == case.id, InfectionCase.version == seen, InfectionCase.state == CaseState.OPEN)
    if not changed(session, update(InfectionCase).where(*mine).values(**values)):
        raise Conflict(CHANGED_SINCE)
    session.refresh(case)
    judge_again(session, case)
    _note(session, case, Action.CASE_CHANGED, account_id, now)


def end_case(
    session: Session, case: InfectionCase, state: CaseState, why: str, seen: int, account_id: int, now: datetime
) -> None:
    """Tracing ended, or the case was entered by mistake. Raises BadInput, Conflict."""
    if state is CaseState.OPEN:
        raise BadInput(N_("Say whether the tracing ended or the entry was a mistake."), field="state")
    reason = require_reason(why)
    mine = (InfectionCase.id == case.id, InfectionCase.version == seen, InfectionCase.state == CaseState.OPEN)
    values = {"state": state, "why": reason, "closed_at": now, "version": InfectionCase.version + 1}
    if not changed(session, update(InfectionCase).where(*mine).values(**values)):
        raise Conflict(CHANGED_SINCE)
    session.refresh(case)
    _note(session, case, Action.CASE_CHANGED, account_id, now, state=state.value, reason=reason)


def isolate(session: Session, case: InfectionCase, at: datetime, account_id: int, now: datetime) -> None:
    """Note since when the person meets nobody. Raises BadInput."""
    change_case(session, case, replace(dates_of(case), isolated_at=at), case.symptoms, case.version, account_id, now)


def case_of(session: Session, case_id: int) -> InfectionCase:
    """Raises NotFound."""
    case = session.get(InfectionCase, case_id)
    if case is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return case


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day of a moment on a zone's clock."""
    return at.astimezone(zone).date()


def _note(session: Session, case: InfectionCase, action: Action, account_id: int | None, now: datetime, **said: Any) -> None:
    audit.note(
        session, action, at=now, account_id=account_id, zone_id=case.zone_id, resident_id=case.resident_id, case=case.id, **said
    )
    announce(session, case.zone_id, Topic.PEOPLE, now)
