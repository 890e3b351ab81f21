"""Someone comes to another room or zone: which rows go along, and which stay as the history of where they were.

One table says it for every table that names both a resident and a zone; a test walks the schema. In the caller's write transaction,
which has asked for a bed (`bed_in`) before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import insert_new
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed
from monitor.incidents.causes import room_empty
from monitor.incidents.incidents import end_cause
from monitor.models.accounts import Account, AccountZone
from monitor.models.alerts import Alert, AlertIncident, AlertState
from monitor.models.hotline import HotlineTicket, TicketState
from monitor.models.incidents import Incident, IncidentState
from monitor.models.legal import Proposal, ProposalState
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import EnrolmentPhoto, FaceTemplate
from monitor.models.people.guardians import Guardian
from monitor.models.people.letters import Letter
from monitor.models.people.moves import LikenessCheck, PlannedChange, PlannedState
from monitor.models.people.residents import (
    Exemption,
    Household,
    Media,
    Presence,
    PresenceState,
    QuarantineOrder,
    Resident,
    StatusPeriod,
)
from monitor.models.people.retention import RetentionHold
from monitor.models.people.rights import RightsRequest
from monitor.models.places import Room
from monitor.models.rollcalls.answers import Verification, VerificationState
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.orders import GOES_ON
from monitor.people.placed import placed
from monitor.room_names import room_words
from monitor.words import N_, words

Which = Callable[[datetime], ColumnElement[bool]]
_TO_BE_DECIDED = (CheckInState.ANSWERED, CheckInState.IN_REVIEW)


FOLLOWS: Mapping[type[Any], Which | None] = {
    QuarantineOrder: lambda now: and_(QuarantineOrder.state.in_(GOES_ON), QuarantineOrder.ends_at > now),
    Exemption: lambda now: Exemption.ends_at > now,
    # Those that still await an answer are excused before: they are of a round of the old zone.
    CheckIn: lambda _now: CheckIn.state.in_(_TO_BE_DECIDED),
    Verification: lambda _now: Verification.state != VerificationState.DONE,
    Incident: lambda _now: Incident.state != IncidentState.RESOLVED,
    Guardian: lambda _now: Guardian.ended_at.is_(None),
    # Who may look at pictures of a person goes by their zone.
    Media: None,
    EnrolmentPhoto: None,
    FaceTemplate: None,
    ContactAddress: None,
    Presence: None,
    LikenessCheck: None,
    # Whoever may print letters about a person goes by their zone.
    Letter: None,
    RightsRequest: lambda _now: RightsRequest.answered_at.is_(None),
    RetentionHold: lambda now: and_(RetentionHold.ended_at.is_(None), RetentionHold.until > now),
    StatusPeriod: lambda _now: StatusPeriod.ends_on.is_(None),
    InboundMessage: lambda _now: InboundMessage.next_attempt_at.is_not(None),
    Proposal: lambda _now: Proposal.state == ProposalState.WAITING,
    PlannedChange: lambda _now: PlannedChange.state == PlannedState.WAITING,
    HotlineTicket: lambda _now: HotlineTicket.state != TicketState.CLOSED,
}
"""What goes along to another zone: all rows of the person, or those that are still open at that moment."""
STAYS: Mapping[str, str] = {
    "answer": "was given in a round of the zone where they were; what is still to be decided of it is its check-in",
    "audit_entry": "is never changed: its hash covers the zone",
    "consent": "was said there; what holds goes by the person",
    "contact_attempt": "was made by staff of that zone",
    "deletion_certificate": "its digest covers the zone in which it was made",
    "done_for_many": "was done by someone of that zone, and can be taken back for minutes",
    "face_likeness": "was found among those who lived there together; the new room is compared anew",
    "infection_case": "the staff who began to trace its contacts finish that, wherever the person is",
    "gate_entry": "which form of that zone they were entered with",
    "import_row": "was a row of a file about that zone",
    "laboratory_test": "where it was planned; who may see it and whose list it is on go by the person",
    "measurement": "was entered in that zone; who may see it goes by the person",
    "observation": "a camera of that zone saw it",
    "order_change": "says where they were when it was changed",
    "parked_result": "came to that zone and waits for somebody there",
    "phone_confirmation": "was sent and typed in that zone, and is good for minutes",
    "review_decision": "was decided by a supervisor of that zone",
    "prompt": "was sent for a round of that zone",
}
"""Tables that keep the zone in which something happened, and why. By name, since some are not otherwise needed here."""


def come_to_room(session: Session, resident: Resident, room: Room | None, now: datetime) -> None:
    """Give someone a room of their zone; what is believed and asked about the old one ends. Nothing is judged here."""
    before = resident.room_id
    resident.room_id, resident.room_since = room.id if room else None, now
    session.flush()
    _look_anew(session, resident, room, now)
    if before is not None:
        end_cause(session, room_empty(before, resident.id), now=now)
        theirs = (Incident.resident_id == resident.id, Incident.room_id == before, Incident.state != IncidentState.RESOLVED)
        changed(session, update(Incident).where(*theirs).values(room_id=resident.room_id))
    for topic in (Topic.PEOPLE, Topic.CAMERA):
        # Watchers of both rooms load the faces of who lives there.
        announce(session, resident.zone_id, topic, now)


def come_to_zone(session: Session, resident: Resident, zone_id: int, room: Room, now: datetime) -> None:
    """Bring someone to another zone and a room there, with all that goes along."""
    before = resident.zone_id
    # Nobody is called to an alert while it changes its zone.
    only_one(session, Lock.ALERTING)
    _leave_plans(session, resident.id, before, now)
    resident.zone_id, resident.arrived_at = zone_id, now
    session.flush()
    for model, which in FOLLOWS.items():
        theirs = update(model).where(model.resident_id == resident.id)
        changed(session, (theirs if which is None else theirs.where(which(now))).values(zone_id=zone_id))
    _alerts_follow(session, resident.id, zone_id, now)
    _household_follows(session, resident, before, zone_id)
    come_to_room(session, resident, room, now)
    for zone in (before, zone_id):
        for topic in Topic:
            announce(session, zone, topic, now)


def _look_anew(session: Session, resident: Resident, room: Room | None, now: datetime) -> None:
    came = (
        words(N_("Came to %(room)s; nothing is known from there yet."), room=room_words(room.name).dump())
        if room
        else words(N_("Has no room at the moment."))
    )
    unknown = {
        "state": PresenceState.UNKNOWN,
        "since": now,
        "reason": came.dump(),
        # Looked at again as soon as someone looks.
        "expires_at": now,
        "seen_at": None,
        "confidence": 1.0,
        "zone_id": resident.zone_id,
    }
    changed(session, update(Presence).where(Presence.resident_id == resident.id).values(**unknown))
    has_face = select(FaceTemplate.id).where(FaceTemplate.resident_id == resident.id).limit(1)
    if room is not None and session.scalar(has_face) is not None:
        row = {"resident_id": resident.id, "zone_id": resident.zone_id, "asked_at": now}
        session.execute(insert_new(session, LikenessCheck), [row])
        again = update(LikenessCheck).where(LikenessCheck.resident_id == resident.id)
        changed(session, again.values(zone_id=resident.zone_id, asked_at=now))


def _leave_plans(session: Session, resident_id: int, zone_id: int, now: datetime) -> None:
    """No schedule of the old zone names them any more; one that named nobody else ends, since without names it would ask everybody."""
    of_zone = select(Plan.id).where(Plan.zone_id == zone_id)
    named = list(
        session.scalars(
            select(PlanResident.plan_id).where(PlanResident.resident_id == resident_id, PlanResident.plan_id.in_(of_zone))
        )
    )
    if not named:
        return
    others = select(PlanResident.plan_id).where(PlanResident.plan_id.in_(named), PlanResident.resident_id != resident_id)
    left = set(session.scalars(others.distinct()))
    for plan_id in named:
        if plan_id not in left:
            changed(session, update(Plan).where(Plan.id == plan_id).values(active=False, next_round_at=None))
    if left:
        gone = delete(PlanResident).where(PlanResident.resident_id == resident_id, PlanResident.plan_id.in_(left))
        changed(session, gone)
    announce(session, zone_id, Topic.ROLL_CALL, now)


def _alerts_follow(session: Session, resident_id: int, zone_id: int, now: datetime) -> None:
    """Staff of the new zone are told of what is open: nobody of the old one can look at it any more."""
    open_ones = select(Incident.id).where(Incident.resident_id == resident_id, Incident.state != IncidentState.RESOLVED)
    others = _others_too(resident_id)
    sounding = (
        select(Alert.id)
        .join(AlertIncident, AlertIncident.alert_id == Alert.id)
        .where(AlertIncident.incident_id.in_(open_ones), Alert.state != AlertState.CLEARED)
    )
    for alert_id, shared in session.execute(select(Alert.id, others).where(Alert.id.in_(sounding))).all():
        if shared:
            # It goes on for the others; of this person one is raised anew, in the new zone.
            went = delete(AlertIncident).where(AlertIncident.alert_id == alert_id, AlertIncident.incident_id.in_(open_ones))
            fewer = changed(session, went)
            changed(session, update(Alert).where(Alert.id == alert_id).values(incidents=Alert.incidents - fewer))
        else:
            there = update(Alert).where(Alert.id == alert_id).values(zone_id=zone_id)
            changed(session, there)
            waits = update(Alert).where(Alert.id == alert_id, Alert.state == AlertState.OPEN)
            changed(session, waits.values(raised_at=now, next_step_at=now, again=0))
    # Who had taken it on may not work there.
    covers = or_(
        exists(Account.id).where(Account.id == Incident.acknowledged_by, Account.all_zones),
        exists(AccountZone.account_id).where(
            AccountZone.account_id == Incident.acknowledged_by, AccountZone.zone_id == zone_id
        ),
    )
    taken = update(Incident).where(Incident.resident_id == resident_id, Incident.state == IncidentState.ACKNOWLEDGED, ~covers)
    changed(session, taken.values(state=IncidentState.OPEN, acknowledged_at=None, acknowledged_by=None))


def _others_too(resident_id: int) -> ColumnElement[bool]:
    """Of an alert: whether it is about someone or something else, too."""
    other = select(AlertIncident.incident_id).join(Incident, Incident.id == AlertIncident.incident_id)
    other = other.where(
        AlertIncident.alert_id == Alert.id, or_(Incident.resident_id.is_(None), Incident.resident_id != resident_id)
    )
    return other.correlate(Alert).exists()


def _household_follows(session: Session, resident: Resident, before: int, zone_id: int) -> None:
    """A household is where its people are; it goes along with the last of them."""
    if resident.household_id is None:
        return
    still = select(func.count()).where(Resident.household_id == resident.household_id, Resident.zone_id == before, placed())
    if not session.scalar(still):
        changed(session, update(Household).where(Household.id == resident.household_id).values(zone_id=zone_id))
