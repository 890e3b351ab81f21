"""What waits for people in the province that is measured, and what they did: incidents, cameras, staff, transfers, tests, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from monitor.incidents import causes
from monitor.models.accounts import Account, AccountZone, Role
from monitor.models.alerts import Alert, AlertIncident, AlertState, DutyEntry
from monitor.models.cameras.cameras import Camera, CameraHealth, CameraState, Observation, ObservationKind
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceKind, PlaceState, PointKind
from monitor.models.incidents import ContactAttempt, ContactOutcome, ContactWay, Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.guardians import ConsentWay, Guardian, GuardianRelation
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.laboratory import LaboratoryTest, LabTestKind, LabTestState
from monitor.models.people.letters import Letter, LetterBatch, LetterKind, LetterState
from monitor.models.people.moves import Transfer, TransferState
from monitor.models.people.residents import Exemption, OrderState, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionCertificate, DeletionScope, PurgeReport
from monitor.models.people.rights import RequestKind, RightsRequest
from monitor.models.places import Room, Zone
from monitor.models.reports import ALL_ZONES, DailyFigures
from monitor.models.rollcalls.inbound import InboundMeaning, InboundMessage
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.places.drawn_plans import make_plan
from monitor.reports.figures import ANSWERED_WITHIN, BARS, Compared, Subject
from monitor.words import words
from rollcall.reporting.causes import Cause
from web.benchmarks.contact_chains import add_chains
from web.benchmarks.decisions import add_decisions
from web.benchmarks.infections import add_infections
from web.benchmarks.tickets import add_tickets

INCIDENTS, OPEN = 20_000, 2_000
"""Of a whole province, and how many of them nobody has resolved."""
CAMERAS_IN_A_ZONE, SIGHTS, DAYS_COUNTED = 10, 20, 93
STAFF_IN_A_ZONE = 2
AT_ONCE = 5000
_MISSED = "%(name)s did not answer in time."
_REASON = words("bench").dump()
# Of a hundred that wait; what is about cameras has no person.
_KINDS = (
    (60, IncidentKind.MISSED, Urgency.SOON, CheckInState.MISSED),
    (15, IncidentKind.UNREACHED, Urgency.SOON, CheckInState.UNREACHED),
    (15, IncidentKind.FACE_DOUBTFUL, Urgency.ROUTINE, CheckInState.IN_REVIEW),
    (6, IncidentKind.UNWELL, Urgency.DANGER, CheckInState.VERIFIED),
    (4, IncidentKind.CAMERA_OFFLINE, Urgency.ROUTINE, None),
)


def add_cases(session: Session, share: float, now: datetime) -> None:
    """Fill a province whose people have had their rounds. share: of a whole province."""
    zones = list(session.scalars(select(Zone.id).order_by(Zone.id)))
    staff = _staff(session, zones, now)
    _cameras(session, zones, now)
    _incidents(session, share, staff, now)
    add_decisions(session, share, staff, now)
    _people(session, share, staff, now)
    _control_points(session, share, now)
    _files(session, zones, share, staff, now)
    add_tickets(session, share, zones, staff, now)
    add_infections(session, share, now)
    add_chains(session, share, zones[0], staff[0], now)
    for zone in zones[:2]:
        make_plan(session, zone, "Tầng 1", None, None, now)
    _figures(session, zones, now)


def _figures(session: Session, zones: Sequence[int], now: datetime) -> None:
    """Three months of counted days of each zone, and of all together."""
    counts = {
        Subject.ANSWERED_WITHIN: {str(bound): 400 for bound in ANSWERED_WITHIN},
        Subject.CAUSES: {cause.value: 20 for cause in Cause},
        Subject.MESSAGES: {
            f"{channel}:{arrival}": 300 for channel in ("push", "sms", "voice") for arrival in ("arrived", "unsure")
        },
        Subject.REVIEWS: {"accepted": 12, "rejected": 1, "excused": 4},
        Subject.CAMERAS: {"watched": 14400, "silent": 120, "agreed": 90, "unknown": 10},
        Subject.FACES: {f"sface:{bar}:{became}": 30 for bar in range(8, BARS) for became in Compared},
    }
    days = [now.date() - timedelta(days=back) for back in range(DAYS_COUNTED)]
    sums = {"asked": 3000, "answered": 2700, "missed": 150, "unreached": 100, "excused": 50}
    figures = {"counts": counts, "counted_at": now, **sums}
    _add(session, DailyFigures, [{"zone_id": zone, "day": day, **figures} for zone in (ALL_ZONES, *zones) for day in days])


def _add(session: Session, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(table), rows[start : start + AT_ONCE])


def _staff(session: Session, zones: Sequence[int], now: datetime) -> list[int]:
    many = len(zones) * STAFF_IN_A_ZONE
    account = {"password_hash": "", "role": Role.STAFF, "created_at": now}
    _add(session, Account, [{"username": f"nurse-{number}", **account} for number in range(many)])
    staff = list(session.scalars(select(Account.id).order_by(Account.id)))
    places = [(each, zones[number // STAFF_IN_A_ZONE]) for number, each in enumerate(staff)]
    _add(session, AccountZone, [{"account_id": each, "zone_id": zone} for each, zone in places])
    duty = {"from_minute": 0, "minutes": 24 * 60, "made_by": staff[0], "made_at": now}
    entries = [
        {"account_id": each, "zone_id": zone, "weekday": day, **duty}
        for number, (each, zone) in enumerate(places)
        for day in range(number % 2, 7, 2)
    ]
    _add(session, DutyEntry, entries)
    return staff


def _cameras(session: Session, zones: Sequence[int], now: datetime) -> None:
    states = [CameraState.ONLINE] * 18 + [CameraState.OFFLINE, CameraState.COVERED]
    rows = []
    for zone in zones:
        rooms = session.scalars(select(Room.id).where(Room.zone_id == zone).order_by(Room.id).limit(CAMERAS_IN_A_ZONE)).all()
        rows += [
            {
                "zone_id": zone,
                "room_id": room,
                "name": f"Camera {room}",
                "address": f"http://camera-{room}.example/onvif/device_service",
                "state": states[room % len(states)],
                "state_since": now - timedelta(hours=3),
                "analysed_at": now,
            }
            for room in rooms
        ]
    _add(session, Camera, rows)
    cameras = session.execute(select(Camera.id, Camera.zone_id, Camera.room_id)).all()
    _add(session, CameraHealth, [{"camera_id": each.id, "at": now} for each in cameras])
    sights = [
        {
            "zone_id": each.zone_id,
            "camera_id": each.id,
            "room_id": each.room_id,
            "kind": ObservationKind.MOTION,
            "started_at": now - timedelta(minutes=10 * number + 2),
            "last_at": now - timedelta(minutes=10 * number),
        }
        for each in cameras
        for number in range(SIGHTS)
    ]
    _add(session, Observation, sights)


def _incidents(session: Session, share: float, staff: Sequence[int], now: datetime) -> None:
    waiting, over = max(20, round(OPEN * share)), max(40, round((INCIDENTS - OPEN) * share))
    for part, kind, urgency, state in _KINDS:
        _add(session, Incident, list(_waiting(session, max(1, waiting * part // 100), kind, urgency, state, staff, now)))
    _add(session, Incident, list(_resolved(session, over, staff, now)))
    called = select(Incident).where(Incident.kind == IncidentKind.MISSED).order_by(Incident.id)
    attempts = [
        {
            "incident_id": each.id,
            "zone_id": each.zone_id,
            "resident_id": each.resident_id,
            "account_id": staff[each.id % len(staff)],
            "at": each.opened_at + timedelta(minutes=10 * (number + 1)),
            "way": ContactWay.CALL,
            "outcome": ContactOutcome.NO_ANSWER if number == 0 else ContactOutcome.WELL,
        }
        for each in session.scalars(called).all()
        for number in range(1 if each.resolved_at is None else 2)
    ]
    _add(session, ContactAttempt, attempts)
    urgent = session.scalars(select(Incident).where(Incident.urgency == Urgency.DANGER).order_by(Incident.id)).all()
    alert = {"kind": IncidentKind.UNWELL, "urgency": Urgency.DANGER, "incidents": 1, "state": AlertState.TAKEN}
    alerts = [
        {
            "id": number,
            "zone_id": each.zone_id,
            "opened_at": each.opened_at,
            "joined_at": now,
            "raised_at": now,
            "taken_at": now,
            **alert,
        }
        for number, each in enumerate(urgent, 1)
    ]
    _add(session, Alert, alerts)
    _add(session, AlertIncident, [{"alert_id": number, "incident_id": each.id} for number, each in enumerate(urgent, 1)])


def _waiting(
    session: Session,
    many: int,
    kind: IncidentKind,
    urgency: Urgency,
    state: CheckInState | None,
    staff: Sequence[int],
    now: datetime,
) -> Iterator[dict[str, Any]]:
    """Rows of what nobody has resolved: of the newest check-ins in a state, or of cameras; every fourth was taken on."""
    if state is None:
        cameras = session.execute(select(Camera.id, Camera.zone_id).order_by(Camera.id).limit(many))
        about = [
            {"camera_id": each.id, "zone_id": each.zone_id, "cause": causes.camera_trouble(each.id, kind)} for each in cameras
        ]
    else:
        newest = select(CheckIn.opened_at).order_by(CheckIn.id.desc()).limit(1).scalar_subquery()
        people = session.execute(
            select(CheckIn.id, CheckIn.resident_id, CheckIn.zone_id)
            .where(CheckIn.state == state, CheckIn.opened_at == newest)
            # From all zones.
            .order_by(CheckIn.resident_id % 101, CheckIn.id)
            .limit(many)
        )
        cause = causes.face_doubtful if kind is IncidentKind.FACE_DOUBTFUL else lambda person: f"{kind}-resident-{person}"
        case = kind is not IncidentKind.FACE_DOUBTFUL
        about = [
            {
                "resident_id": each.resident_id,
                "case_of": each.resident_id if case else None,
                "zone_id": each.zone_id,
                "check_in_id": each.id,
                "cause": cause(each.resident_id),
            }
            for each in people
        ]
    visited = kind in causes.ASKED_AFTER
    for number, each in enumerate(about):
        opened = now - timedelta(minutes=5 + number % 200)
        taken = number % 4 == 0
        yield {
            "room_id": None,
            "kind": kind,
            "urgency": urgency,
            "state": IncidentState.ACKNOWLEDGED if taken else IncidentState.OPEN,
            "acknowledged_at": opened + timedelta(minutes=3) if taken else None,
            "acknowledged_by": staff[number % len(staff)] if taken else None,
            "reason": words(_MISSED, name="Nguyễn Văn An").dump(),
            "opened_at": opened,
            "last_occurred_at": opened,
            "deadline_at": opened + timedelta(minutes=60),
            "escalated_at": now if number % 200 > 100 else None,
            "visit_due_at": opened + timedelta(minutes=60) if visited and number % 2 else None,
            **each,
        }


def _resolved(session: Session, many: int, staff: Sequence[int], now: datetime) -> Iterator[dict[str, Any]]:
    people = session.execute(
        select(CheckIn.id, CheckIn.resident_id, CheckIn.zone_id)
        .where(CheckIn.state == CheckInState.MISSED)
        .order_by(CheckIn.id)
        .limit(many)
    )
    for number, each in enumerate(people):
        opened = now - timedelta(hours=12, minutes=number % 4000)
        yield {
            "resident_id": each.resident_id,
            "case_of": each.resident_id,
            "zone_id": each.zone_id,
            "check_in_id": each.id,
            "cause": f"{IncidentKind.MISSED}-resident-{each.resident_id}",
            "kind": IncidentKind.MISSED,
            "urgency": Urgency.SOON,
            "state": IncidentState.RESOLVED,
            "reason": words(_MISSED, name="Nguyễn Văn An").dump(),
            "opened_at": opened,
            "last_occurred_at": opened,
            "deadline_at": opened + timedelta(minutes=60),
            "acknowledged_at": opened + timedelta(minutes=5),
            "acknowledged_by": staff[number % len(staff)],
            "resolved_at": opened + timedelta(minutes=25),
            "resolved_by": staff[number % len(staff)],
        }


def _control_points(session: Session, share: float, now: datetime) -> None:
    """Places that are to be decided about, or were: each with two points."""
    many, day = max(4, round(2000 * share)), now.date()
    states = (PlaceState.APPROVED, PlaceState.WAITING)
    common = {
        "kind": PlaceKind.FACTORY,
        "address": "",
        "unit_from": day,
        "owner_phone": "",
        "language": "vi",
        "registered_at": now,
    }
    rows = [
        {
            "id": number,
            "token": f"bench-{number}",
            "name": f"Xưởng {number}",
            "folded": f"xuong {number}",
            "unit_code": str(number % 90),
        }
        | {"owner_name": "Chủ", "state": states[number % 2]}
        | common
        for number in range(1, many + 1)
    ]
    _add(session, ControlPlace, rows)
    point = {"made_at": now, "codes_from": now}
    doors = ((PointKind.GATE, "Cổng"), (PointKind.CANTEEN, "Nhà ăn"))
    _add(
        session,
        ControlPoint,
        [{"place_id": row["id"], "kind": kind, "name": name} | point for row in rows for kind, name in doors],
    )


def _people(session: Session, share: float, staff: Sequence[int], now: datetime) -> None:
    """What happens to some: away with permission, a guardian, a transfer, a letter, a test, a question about their data."""
    several, zones = max(4, round(3000 * share)), list(session.scalars(select(Zone.id).order_by(Zone.id)))
    orders = session.execute(
        select(QuarantineOrder.id, Resident.id.label("resident_id"), Resident.zone_id)
        .join(Resident, Resident.id == QuarantineOrder.resident_id)
        .where(QuarantineOrder.state == OrderState.ACTIVE)
        .order_by(Resident.id % 97, Resident.id)
        .limit(several)
    ).all()
    of = [{"resident_id": each.resident_id, "zone_id": each.zone_id} for each in orders]
    away = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=3), "reason": "Đi xét nghiệm"}
    _add(session, Exemption, [{**each, **away} for each in of])
    guardian = {
        "relation": GuardianRelation.MOTHER,
        "full_name": "Trần Thị Bình",
        "consent_way": ConsentWay.PAGE,
        "set_at": now,
    }
    _add(session, Guardian, [{**each, **guardian, "phone": f"+8498{number:07d}"} for number, each in enumerate(of)])
    transfer = {"reason": "Gần gia đình", "offered_at": now, "offered_by": staff[0], "state": TransferState.OFFERED}
    transfers = [
        {
            "resident_id": each.resident_id,
            "order_id": each.id,
            "from_zone_id": each.zone_id,
            "to_zone_id": zones[(zones.index(each.zone_id) + 1) % len(zones)],
            **transfer,
        }
        for each in orders[: several // 4]
    ]
    _add(session, Transfer, transfers)
    asked = {"kind": RequestKind.SEE, "made_at": now, "due_at": now + timedelta(days=14), "text": "Cho tôi xem dữ liệu"}
    _add(session, RightsRequest, [{**each, **asked} for each in of[: several // 10 or 1]])
    test = {"kind": LabTestKind.PCR, "due_on": now.date(), "state": LabTestState.DUE, "planned_at": now}
    _add(session, LaboratoryTest, [{**each, **test} for each in of])
    _add(
        session,
        LetterBatch,
        [{"id": 1, "zone_id": of[0]["zone_id"], "kind": LetterKind.QUARANTINE, "given": {}, "asked_at": now}],
    )
    letter = {"batch_id": 1, "kind": LetterKind.QUARANTINE, "state": LetterState.WAITING, "next_attempt_at": now}
    _add(
        session,
        Letter,
        [{"order_id": each.id, "resident_id": each.resident_id, "zone_id": each.zone_id, **letter} for each in orders[:200]],
    )
    gone = session.execute(
        select(Resident.id, Resident.zone_id)
        .where(
            ~select(QuarantineOrder.id)
            .where(QuarantineOrder.resident_id == Resident.id, QuarantineOrder.state == OrderState.ACTIVE)
            .exists()
        )
        .limit(several * 3)
    )
    done = {"scope": DeletionScope.FACES, "reason": _REASON, "begun_at": now, "finished_at": now, "digest": "0" * 64}
    done["content"] = {"deleted": {"media": 3}, "orders": []}
    _add(session, DeletionCertificate, [{"resident_id": each.id, "zone_id": each.zone_id, **done} for each in gone])
    _add(session, PurgeReport, [{"begun_at": now, "finished_at": now, "total": 9} for _day in range(30)])


def _files(session: Session, zones: Sequence[int], share: float, staff: Sequence[int], now: datetime) -> None:
    """Files of people with rows that wait for a decision, and texts of numbers that nobody knows."""
    file = {"account_id": staff[0], "name": "danh-sach.xlsx", "digest": "-", "uploaded_at": now, "state": ImportState.DONE}
    many = max(1, round(40 * share))
    _add(session, PeopleImport, [{"id": number + 1, "zone_id": zones[number % len(zones)], **file} for number in range(many)])
    parked = {"state": RowState.PARKED, "parked_at": now, "match_id": 1, "sameness": 2, "reason": _REASON, "hints": []}
    cells = {"full_name": "Nguyễn Văn An", "birth_date": "1/2/1980"}
    rows = [
        {
            "import_id": 1 + number % many,
            "number": 2 + number // many,
            "zone_id": zones[0],
            "cells": cells,
            "marks": {},
            "faults": [],
            **parked,
        }
        for number in range(max(1, round(1000 * share)))
    ]
    _add(session, ImportRow, rows)
    text = {"channel": "sms", "text": "Tôi là ai", "received_at": now, "meaning": InboundMeaning.UNCLEAR}
    _add(
        session,
        InboundMessage,
        [
            {"gateway_reference": str(number), "sender": f"+8491{number:07d}", **text}
            for number in range(max(3, round(600 * share)))
        ],
    )
