"""The demonstration's infected person: somebody of the factory, with yesterday's lunch in its canteen and two whom they named."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.cases import enter_case
from monitor.contacts.exposing import Found, Who, propose
from monitor.contacts.interviews import Stop, begin, end, note_stop, read_back
from monitor.contacts.periods import Dates, Meeting
from monitor.contacts.rules import Rule, Tier, Until
from monitor.contacts.stored_rules import add_rule
from monitor.demonstration.control_points import FACTORY
from monitor.demonstration.people import FACILITY
from monitor.enrolment.details import Details
from monitor.enrolment.enrolling import Place, enrol
from monitor.models.accounts import Account
from monitor.models.contacts.cases import FoundWhere, InterviewWay
from monitor.models.contacts.contacts import ExposureSource, Proximity
from monitor.models.control_points import ControlPlace, ControlPoint, OutKind, PlaceStay, PointKind
from monitor.models.declarations import Declarant
from monitor.models.places import Zone

NURSE, SUPERVISOR = "dieuduong", "giamsat"
ILL, NAMED = "Nguyễn Thị Hoa", ("Trần Văn Lực", "Lê Thị Thắm")
PHONES = tuple(f"+849000008{number}" for number in range(10, 22))
"""Of the factory's workers."""
LUNCH = timedelta(minutes=40)
_FORM = "demonstration"


def seed_infection(session: Session, now: datetime) -> None:
    """In the caller's write transaction, after the zones, the accounts and the factory."""
    nurse, supervisor = (
        session.scalars(select(Account.id).where(Account.username == each)).one() for each in (NURSE, SUPERVISOR)
    )
    zone = session.scalars(select(Zone).where(Zone.name == FACILITY)).one()
    clock = ZoneInfo(zone.timezone)
    add_rule(session, _rule(), supervisor, now)
    workers = {each.full_name: each for each in session.scalars(select(Declarant).where(Declarant.phone.in_(PHONES)))}
    ill = workers[ILL]
    details = Details(full_name=ill.full_name, phone=ill.phone, language="vi")
    resident = enrol(session, details, Place(zone.id), None, nurse, now)
    ill.resident_id = resident.id
    today = now.astimezone(clock).date()
    dates = Dates(
        onset_on=today - timedelta(days=1),
        sampled_on=today,
        result_on=today,
        isolated_at=now - timedelta(hours=1),
        found_where=FoundWhere.WORKPLACE,
    )
    case = enter_case(session, resident, "covid-19", dates, nurse, now, token=_FORM, symptoms="Sốt, ho")
    canteen = session.execute(
        select(ControlPoint, ControlPlace)
        .join(ControlPlace, ControlPlace.id == ControlPoint.place_id)
        .where(ControlPlace.name == FACTORY, ControlPoint.kind == PointKind.CANTEEN)
    ).one()
    point, place = canteen
    lunch = now - timedelta(hours=22)
    interview = begin(session, case, InterviewWay.TELEPHONE, nurse, now - timedelta(minutes=30))
    stop = note_stop(
        session,
        case,
        interview,
        Stop(f"{place.name}: {point.name}", lunch, lunch + LUNCH, "Ăn trưa", control_place_id=place.id),
        now - timedelta(minutes=25),
    )
    meeting = Meeting(lunch, lunch + LUNCH, lunch, lunch + LUNCH, 40, Proximity.NEAR)
    found = [
        Found(
            f"demonstration-{name}",
            Who(declarant_id=workers[name].id),
            ExposureSource.INTERVIEW,
            meeting,
            milestone_id=stop.id,
            control_place_id=place.id,
            point_id=point.id,
            words="Ngồi cùng bàn ăn",
        )
        for name in NAMED
    ]
    propose(session, case, found, now=now - timedelta(minutes=20), by=nurse)
    read_back(session, interview, now - timedelta(minutes=10))
    session.refresh(interview)
    end(session, case, interview, "", now - timedelta(minutes=10))
    for number, worker in enumerate(sorted(workers.values(), key=lambda each: each.id)[:8]):
        came = lunch + timedelta(minutes=3 * number)
        session.add(
            PlaceStay(
                declarant_id=worker.id,
                place_id=place.id,
                point_id=point.id,
                in_at=came,
                out_at=came + LUNCH,
                out_kind=OutKind.SCANNED,
                certain_from=came,
                certain_to=came + LUNCH,
                possible_from=came,
                possible_to=came + LUNCH,
            )
        )


def _rule() -> Rule:
    """So that there is an order to make: by the newest of the rules that are shipped no contact is put in quarantine."""
    near = frozenset({Proximity.TOUCH, Proximity.NEAR, Proximity.SAME_ROOM})
    tiers = (
        Tier("f1", 1, {"vi": "F1", "en": "F1"}, near, 15, 7, (1, 7)),
        Tier("f2", 2, {"vi": "F2", "en": "F2"}, near, 15, None, ()),
    )
    name = "Quy định của tỉnh (trình diễn)"
    return Rule(
        "",
        "covid-19",
        {"vi": name, "en": name},
        date(2026, 1, 1),
        None,
        "Văn bản trình diễn, không có thật",
        2.0,
        3,
        3,
        Until.ISOLATION,
        tiers,
        own=True,
    )
