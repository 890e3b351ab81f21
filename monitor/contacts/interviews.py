"""Interviews about a case: begun by one, saved as one types, taken up again or over, read back, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.contacts.exposing import Found, Named, Who, propose
from monitor.contacts.periods import Meeting, Period
from monitor.contacts.rules import MOST_DAYS
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.accounts import Account
from monitor.models.contacts.cases import CaseInterview, CaseState, InfectionCase, InterviewWay, Milestone, MilestoneSource
from monitor.models.contacts.contacts import CaseContact, ExposureSource, Proximity
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

STOP, MET = "stop_", "met_"
"""How the fields of the two forms begin: of a place and time, and of a person."""
LONGEST_PLACE, LONGEST_DONE, LONGEST_NOTES = 300, 600, 5000
MOST_DRAFT = 20_000
"""Signs of a draft: what fields of one page hold."""
LONGEST_MILESTONE = timedelta(days=31)
OVER = N_(
    "This interview was ended, or a colleague has taken over. What you typed is still on your screen; copy what you need."
)


@dataclass(frozen=True)
class Met:
    """Somebody whom the person names. minutes: together; None: nobody knows."""

    named: Named
    proximity: Proximity
    minutes: int | None
    done: str


@dataclass(frozen=True)
class Stop:
    """A place and a time that the person tells."""

    place: str
    from_at: datetime
    to_at: datetime
    done: str = ""
    control_place_id: int | None = None
    room_id: int | None = None


def open_interview(session: Session, case_id: int) -> tuple[CaseInterview, str] | None:
    """The interview about a case that goes on, and who has it."""
    query = (
        select(CaseInterview, Account.username)
        .join(Account, Account.id == CaseInterview.account_id)
        .where(CaseInterview.case_id == case_id, CaseInterview.ended_at.is_(None))
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row is not None else None


def begin(session: Session, case: InfectionCase, way: InterviewWay, account_id: int, now: datetime) -> CaseInterview:
    """Begin an interview, or take one's own up again. Raises Conflict where a colleague has one."""
    require_open(case)
    row = {"case_id": case.id, "account_id": account_id, "way": way, "begun_at": now, "saved_at": now}
    # Two who press at once: one of them begins.
    session.execute(insert_new(session, CaseInterview), [row])
    found = open_interview(session, case.id)
    assert found is not None
    interview, by = found
    if interview.account_id != account_id:
        raise Conflict(
            N_("%(name)s is interviewing about this person. Take over if that is agreed; what was noted stays."), name=by
        )
    _note(session, case, account_id, now, step="begun")
    return interview


def take_over(session: Session, case: InfectionCase, seen: int, account_id: int, now: datetime) -> CaseInterview:
    """Go on with a colleague's interview, its draft included. seen: the version on the page. Raises Conflict."""
    mine = (CaseInterview.case_id == case.id, CaseInterview.ended_at.is_(None), CaseInterview.version == seen)
    values = {"account_id": account_id, "saved_at": now, "version": CaseInterview.version + 1}
    if not changed(session, update(CaseInterview).where(*mine).values(**values)):
        raise Conflict(OVER)
    _note(session, case, account_id, now, step="taken-over")
    found = open_interview(session, case.id)
    assert found is not None
    return found[0]


def save_draft(
    session: Session, interview_id: int, account_id: int, draft: Mapping[str, str], notes: str, now: datetime
) -> None:
    """Keep what stands in the fields. Raises Conflict where the interview is another's or over, BadInput for too much."""
    kept = {name[:40]: value for name, value in draft.items() if value}
    if sum(map(len, kept.values())) > MOST_DRAFT or len(notes) > LONGEST_NOTES:
        raise BadInput(N_("This is more than an interview holds. Note what is there, then go on."), field="notes")
    _write(session, interview_id, account_id, draft=kept, notes=notes, saved_at=now)


def note_stop(session: Session, case: InfectionCase, interview: CaseInterview, stop: Stop, now: datetime) -> Milestone:
    """Note a place and time (mốc dịch tễ). Raises BadInput, Conflict."""
    check_stop(stop, now)
    row = Milestone(
        case_id=case.id,
        interview_id=interview.id,
        source=MilestoneSource.INTERVIEW,
        place=stop.place,
        control_place_id=stop.control_place_id,
        room_id=stop.room_id,
        from_at=stop.from_at,
        to_at=stop.to_at,
        done=stop.done,
        noted_at=now,
        noted_by=interview.account_id,
    )
    session.add(row)
    _write(session, interview.id, interview.account_id, draft=without(interview.draft, STOP), saved_at=now)
    session.flush()
    audit.note(
        session,
        Action.MILESTONE_NOTED,
        at=now,
        account_id=interview.account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        case=case.id,
        milestone=row.id,
    )
    return row


def check_stop(stop: Stop, now: datetime) -> None:
    """That somebody can have been there. Raises BadInput. Pure."""
    if not (stop.place or stop.control_place_id or stop.room_id):
        raise BadInput(N_("Say where it was."), field="place")
    if stop.to_at <= stop.from_at:
        raise BadInput(N_("The end must be later than the beginning."), field="to_at")
    if stop.from_at > now:
        raise BadInput(N_("This time is still to come. Check the day."), field="from_at")
    if stop.to_at - stop.from_at > LONGEST_MILESTONE:
        raise BadInput(N_("One place holds at most 31 days. Check the two times."), field="to_at")


def remove_stop(session: Session, case: InfectionCase, milestone_id: int, account_id: int, now: datetime) -> None:
    """Take out a place that was noted by mistake; contacts that were named there stay. Raises NotFound."""
    mine = (Milestone.id == milestone_id, Milestone.case_id == case.id, Milestone.removed_at.is_(None))
    if not changed(session, update(Milestone).where(*mine).values(removed_at=now)):
        raise NotFound(N_("This place was taken out already."))
    audit.note(
        session,
        Action.MILESTONE_REMOVED,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        case=case.id,
        milestone=milestone_id,
    )


def name_contact(
    session: Session,
    case: InfectionCase,
    interview: CaseInterview,
    met: Met,
    at: tuple[datetime, datetime],
    now: datetime,
    *,
    token: str,
    milestone: Milestone | None = None,
) -> CaseContact | None:
    """Note somebody whom the person names. token: of the form: sent twice, it is one. None: it was noted already. Raises BadInput."""
    start, end = at
    check_stop(Stop("x", start, end), now)
    found = Found(
        key=f"interview-{token}",
        who=Who(named=met.named),
        source=ExposureSource.INTERVIEW,
        meeting=Meeting(start, end, start, end, met.minutes, met.proximity),
        milestone_id=milestone.id if milestone else None,
        control_place_id=milestone.control_place_id if milestone else None,
        room_id=milestone.room_id if milestone else None,
        words=met.done,
    )
    fresh = propose(session, case, [found], now=now, by=interview.account_id)
    _write(session, interview.id, interview.account_id, draft=without(interview.draft, MET), saved_at=now)
    if not fresh:
        return None
    audit.note(
        session,
        Action.CONTACT_NAMED,
        at=now,
        account_id=interview.account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        case=case.id,
        contact=fresh[0].id,
    )
    return fresh[0]


def without(draft: object, prefix: str) -> dict[str, str] | None:
    """A draft without the fields of the form that was noted; None where nothing is left. Pure."""
    kept = {name: value for name, value in draft.items() if not name.startswith(prefix)} if isinstance(draft, dict) else {}
    return kept or None


def empty_days(period: Period, stops: Sequence[tuple[datetime, datetime]], zone: ZoneInfo, now: datetime) -> list[date]:
    """Days of the infectious period for which no place is known yet: what is still to be asked. Pure."""
    if period.empty:
        return []
    first = period.start.astimezone(zone).date()
    last = min(period.end or now, now).astimezone(zone).date()
    days = [first + timedelta(days=each) for each in range(min((last - first).days + 1, MOST_DAYS))]
    told = [(start.astimezone(zone).date(), end.astimezone(zone).date()) for start, end in stops]
    return [day for day in days if not any(start <= day <= end for start, end in told)]


def read_back(session: Session, interview: CaseInterview, now: datetime) -> None:
    """All was read to the person, who agreed. Raises Conflict."""
    _write(session, interview.id, interview.account_id, read_back_at=now, saved_at=now)


def end(session: Session, case: InfectionCase, interview: CaseInterview, notes: str, now: datetime) -> None:
    """The interview is over; it must have been read back, or the notes say why not. Raises BadInput, Conflict."""
    said = plain(notes)[:LONGEST_NOTES]
    if interview.read_back_at is None and not said:
        raise BadInput(
            N_("Read what was noted back to the person first, or write in the notes why that was not possible."), field="notes"
        )
    _write(session, interview.id, interview.account_id, ended_at=now, saved_at=now, draft=None, notes=said)
    first = (InfectionCase.id == case.id, InfectionCase.interviewed_at.is_(None))
    changed(
        session,
        update(InfectionCase)
        .where(*first)
        .values(interviewed_at=interview.begun_at, interviewer=interview.account_id, version=InfectionCase.version + 1),
    )
    _note(session, case, interview.account_id, now, step="ended")


def require_open(case: InfectionCase) -> None:
    """That its contacts are still traced. Raises Conflict."""
    if case.state is not CaseState.OPEN:
        raise Conflict(N_("The tracing of this person’s contacts has ended."))


def require_mine(session: Session, case_id: int, account_id: int) -> CaseInterview:
    """The reader's own interview that goes on. Raises Conflict."""
    found = open_interview(session, case_id)
    if found is None or found[0].account_id != account_id:
        raise Conflict(OVER)
    return found[0]


def _write(session: Session, interview_id: int, account_id: int, **values: Any) -> None:
    mine = (CaseInterview.id == interview_id, CaseInterview.account_id == account_id, CaseInterview.ended_at.is_(None))
    if not changed(session, update(CaseInterview).where(*mine).values(**values)):
        raise Conflict(OVER)


def _note(session: Session, case: InfectionCase, account_id: int, now: datetime, **said: Any) -> None:
    audit.note(
        session,
        Action.CASE_INTERVIEWED,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        case=case.id,
        **said,
    )
