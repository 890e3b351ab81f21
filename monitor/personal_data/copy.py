"""Everything about a resident, table by table: which columns a copy holds, which not and why. A test holds it against the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, inspect, or_, select

from monitor.database import Database
from monitor.models import (
    Answer,
    AuditAbout,
    AuditEntry,
    CheckIn,
    CheckInChange,
    Consent,
    ContactAddress,
    ContactAttempt,
    DeletionCertificate,
    EnrolmentPhoto,
    Exemption,
    FaceTemplate,
    Guardian,
    Household,
    InboundMessage,
    Incident,
    IncidentNote,
    Media,
    Observation,
    PlanResident,
    Presence,
    Prompt,
    QuarantineOrder,
    Resident,
    RetentionHold,
    Review,
    RightsRequest,
    Verification,
)
from monitor.words import N_

PAGE = 500
"""Rows that are in memory at once."""
Whose = Callable[[int], ColumnElement[bool]]

WHEN, STATE, WHY, KIND, BY, NOTE = N_("When"), N_("State"), N_("Why"), N_("What"), N_("By"), N_("Note")
FROM, TO, ENDED, CHANNEL = N_("From"), N_("To"), N_("Ended"), N_("Channel")


@dataclass(frozen=True)
class Part:
    """A table of the copy. columns: in their order, with their headings. whose: which rows are a resident's.

    by_link: whether the copy that a link hands out has it, and masked: the columns of which it then shows the last characters only.
    """

    model: type[Any]
    title: str
    columns: dict[str, str]
    whose: Whose
    by_link: bool = False
    masked: frozenset[str] = field(default_factory=frozenset)

    @property
    def table(self) -> str:
        """Its name in the database and in the JSON."""
        return str(self.model.__tablename__)


def _own(model: type[Any]) -> Whose:
    return lambda resident: model.resident_id == resident


def _of_check_ins(model: type[Any]) -> Whose:
    return lambda resident: model.check_in_id.in_(select(CheckIn.id).where(CheckIn.resident_id == resident))


def _audit(resident: int) -> ColumnElement[bool]:
    about = select(AuditAbout.entry_id).where(AuditAbout.resident_id == resident)
    return or_(AuditEntry.resident_id == resident, AuditEntry.id.in_(about))


PARTS = (
    Part(
        Resident,
        N_("Who you are"),
        {
            "full_name": N_("Name"),
            "birth_date": N_("Born"),
            "phone": N_("Telephone"),
            "document_number": N_("Document number"),
            "zone_id": N_("Zone"),
            "room_id": N_("Room"),
            "language": N_("Language"),
            "without_smartphone": N_("Without a smartphone"),
            "holds_still": N_("Cannot move the head"),
            "refuses_faces": N_("Refuses face matching"),
            "created_at": N_("Entered"),
            "deleted_at": N_("Deleted"),
        },
        lambda resident: Resident.id == resident,
        by_link=True,
        masked=frozenset({"phone", "document_number"}),
    ),
    Part(
        Household,
        N_("Your household"),
        {"name": N_("Name"), "phone": N_("Telephone")},
        lambda resident: Household.id.in_(select(Resident.household_id).where(Resident.id == resident)),
    ),
    Part(
        QuarantineOrder,
        N_("Quarantine orders"),
        {
            "starts_at": FROM,
            "ends_at": TO,
            "authority": N_("Authority"),
            "reason": WHY,
            "state": STATE,
            "ended_at": ENDED,
        },
        _own(QuarantineOrder),
        by_link=True,
    ),
    Part(Exemption, N_("Times away"), {"starts_at": FROM, "ends_at": TO, "reason": WHY}, _own(Exemption), by_link=True),
    Part(
        Consent,
        N_("What you agreed to"),
        {
            "at": WHEN,
            "kind": KIND,
            "given": N_("Agreed"),
            "version": N_("Version of the notice"),
            "language": N_("Language"),
            "given_by": N_("Who spoke for you"),
            "account_id": N_("Written down by"),
        },
        _own(Consent),
        by_link=True,
    ),
    Part(
        Guardian,
        N_("Who answers for you, and for whom you answer"),
        {
            "full_name": N_("Name"),
            "relation": N_("Relation"),
            "phone": N_("Telephone"),
            "consented_at": N_("Agreed"),
            "consent_way": N_("How"),
            "consent_version": N_("Version of the notice"),
            "set_at": N_("Entered"),
            "ended_at": ENDED,
            "set_by": BY,
        },
        lambda resident: or_(Guardian.resident_id == resident, Guardian.kin_id == resident),
    ),
    Part(
        RightsRequest,
        N_("What you asked about your data"),
        {
            "made_at": WHEN,
            "kind": KIND,
            "text": N_("Your words"),
            "asked_by": N_("Who asked for you"),
            "due_at": N_("Answer until"),
            "answered_at": N_("Answered"),
            "outcome": N_("Outcome"),
            "answer": N_("Answer"),
            "entered_by": N_("Written down by"),
            "answered_by": BY,
        },
        _own(RightsRequest),
        by_link=True,
    ),
    Part(
        Presence,
        N_("What is believed about where you are"),
        {
            "state": STATE,
            "since": N_("Since"),
            "reason": WHY,
            "seen_at": N_("Last evidence"),
            "expires_at": N_("Good until"),
            "confidence": N_("How surely (0 to 1)"),
        },
        _own(Presence),
    ),
    Part(
        CheckIn,
        N_("Roll-calls"),
        {
            "opened_at": WHEN,
            "state": STATE,
            "state_since": N_("Since"),
            "evidence": N_("Evidence"),
            "reasons": WHY,
            "due_at": N_("Answer until"),
        },
        _own(CheckIn),
        by_link=True,
    ),
    Part(
        CheckInChange,
        N_("How roll-calls went on"),
        {"at": WHEN, "state": STATE, "reasons": WHY, "account_id": BY},
        _of_check_ins(CheckInChange),
    ),
    Part(
        Answer,
        N_("Your answers"),
        {
            "taken_at": WHEN,
            "received_at": N_("Arrived"),
            "channel": CHANNEL,
            "unwell": N_("Unwell"),
            "symptoms": N_("Symptoms"),
            "temperature": N_("Temperature in °C"),
            "help_wanted": N_("Help wanted"),
            "note": N_("Your words"),
            "fix": N_("Place: latitude, longitude, metres"),
            "place": N_("Place found to be"),
            "place_reasons": WHY,
            "late": N_("Late"),
            "entered_by": N_("Written down by"),
        },
        _own(Answer),
        by_link=True,
        masked=frozenset({"fix"}),
    ),
    Part(
        Verification,
        N_("How answers were judged"),
        {
            "judged_at": WHEN,
            "verdict": STATE,
            "reasons": WHY,
            "faces": N_("Faces found"),
            "engine": N_("Engine"),
            "similarity": N_("Likeness"),
            "second_engine": N_("Second engine"),
            "second_similarity": N_("Second likeness"),
        },
        _own(Verification),
    ),
    Part(
        Review,
        N_("Decisions of supervisors"),
        {"at": WHEN, "decision": STATE, "reason": WHY, "account_id": BY},
        _of_check_ins(Review),
    ),
    Part(
        Prompt,
        N_("Messages to you"),
        {
            "created_at": WHEN,
            "kind": KIND,
            "channel": CHANNEL,
            "state": STATE,
            "sent_at": N_("Sent"),
            "delivered_at": N_("Delivered"),
            "problem": N_("Problem"),
            "address": N_("Number"),
        },
        _own(Prompt),
        by_link=True,
        masked=frozenset({"address"}),
    ),
    Part(
        InboundMessage,
        N_("Texts and keys from you"),
        {
            "received_at": WHEN,
            "said_at": N_("Written"),
            "channel": CHANNEL,
            "sender": N_("Number"),
            "text": N_("Your words"),
            "meaning": N_("Understood as"),
            "outcome": N_("Outcome"),
        },
        _own(InboundMessage),
    ),
    Part(
        ContactAddress,
        N_("Other addresses of yours"),
        {"channel": CHANNEL, "address": N_("Address"), "created_at": N_("Entered")},
        _own(ContactAddress),
    ),
    Part(
        Observation,
        N_("When a camera recognised you"),
        {
            "started_at": FROM,
            "last_at": TO,
            "kind": KIND,
            "camera_id": N_("Camera"),
            "room_id": N_("Room"),
            "confidence": N_("How surely (0 to 1)"),
        },
        _own(Observation),
    ),
    Part(
        Incident,
        N_("Questions about you to staff"),
        {"opened_at": WHEN, "kind": KIND, "state": STATE, "reason": WHY, "resolved_at": ENDED},
        _own(Incident),
    ),
    Part(
        IncidentNote,
        N_("Notes of staff"),
        {"at": WHEN, "text": NOTE, "account_id": BY},
        lambda resident: IncidentNote.incident_id.in_(select(Incident.id).where(Incident.resident_id == resident)),
    ),
    Part(
        ContactAttempt,
        N_("When staff tried to reach you"),
        {"at": WHEN, "way": N_("How"), "outcome": N_("Outcome"), "note": NOTE, "account_id": BY},
        _own(ContactAttempt),
    ),
    Part(
        EnrolmentPhoto,
        N_("Photos offered for comparison"),
        {
            "offered_at": WHEN,
            "state": STATE,
            "reasons": WHY,
            "judged_at": N_("Looked at"),
            "figures": N_("Measured"),
            "offered_by": BY,
        },
        _own(EnrolmentPhoto),
        by_link=True,
    ),
    Part(
        FaceTemplate,
        N_("What a machine made of photos"),
        {"engine": N_("Engine"), "model": N_("Model"), "media_id": N_("Picture")},
        _own(FaceTemplate),
    ),
    Part(
        Media,
        N_("Your pictures"),
        {"taken_at": WHEN, "kind": KIND, "id": N_("Picture")},
        _own(Media),
    ),
    Part(PlanResident, N_("Plans made for you"), {"plan_id": N_("Plan")}, _own(PlanResident)),
    Part(
        RetentionHold,
        N_("Deletions put off"),
        {"made_at": WHEN, "until": TO, "reason": WHY, "ended_at": ENDED, "account_id": BY},
        _own(RetentionHold),
    ),
    Part(
        DeletionCertificate,
        N_("Certificates of deletion"),
        {"begun_at": WHEN, "scope": KIND, "reason": WHY, "finished_at": ENDED, "account_id": BY},
        _own(DeletionCertificate),
    ),
    Part(
        AuditEntry,
        N_("Who did and saw what"),
        {"at": WHEN, "action": KIND, "account_id": BY, "details": N_("More")},
        _audit,
    ),
)

LEFT_OUT = {
    "audit_about": "says which audit entries are about a room; those entries are in the copy",
    "incident_media": "a camera's pictures of a room may show other people; staff show them on request",
    "face_likeness": "whom the machine might take for whom: it is as much about somebody else",
    "camera_request": "what staff asked of cameras; names nobody",
    "parked_receipt": "receipts of messages that nobody can assign yet",
}
"""Tables that refer to a resident, or to one of the tables above, and are not in the copy: why."""
OUR_OWN = {
    "id": "a number that says nothing",
    "resident_id": "whose copy it is",
    "household_id": "given as the household",
    "guardian_id": "given as the guardian",
    "kin_id": "given as the guardian's name",
    "check_in_id": "a number that says nothing",
    "answer_id": "a number that says nothing",
    "roll_call_id": "a number that says nothing",
    "incident_id": "a number that says nothing",
    "lead_id": "which check-in's message stood for those who share a phone",
    "text_id": "whose wording a message had",
    "burst_id": "given as a picture",
    "media_id": "given as a picture",
    "name": "the file's random name in the vault",
    "owner": "whose key opens the file",
    "content_type": "told by the file's name",
    "sealed": "a row of numbers that helps nobody but whoever wants to pass for the person",
    "nonce": "a secret of the link, good for answering in the person's name",
    "leased_by": "which process worked on it",
    "next_attempt_at": "when a process looks again",
    "attempts": "how often a process tried",
    "step": "how far the ladder of messages is",
    "step_at": "when its next step is due",
    "reference": "the message's key at the gateway",
    "gateway_reference": "the message's name at the gateway",
    "parts": "how a message was divided",
    "cost": "what a message cost the service",
    "acknowledged": "whether a gateway was told",
    "seen_at": "when staff looked through unknown numbers",
    "seen_by": "who looked through unknown numbers",
    "in_window": "shown as the reason of a late answer",
    "place_doubtful": "shown as the reason of the place",
    "movements": "digests of frames, against playing them again",
    "insisted": "that staff kept a photo which is not good",
    "cause": "a key that keeps one question from being asked twice",
    "occurrences": "how often a question came back",
    "last_occurred_at": "when it came back",
    "deadline_at": "until when staff were to look",
    "visit_due_at": "until when staff were to visit",
    "escalated_at": "when supervisors were told",
    "cause_ended_at": "when a question ended by itself",
    "acknowledged_at": "when staff took a question on",
    "acknowledged_by": "who took it on",
    "resolved_by": "who ended it; in the audit trail too",
    "previous_hash": "of the trail's chain",
    "hash": "of the trail's chain",
    "digest": "of the certificate, which has it printed",
    "content": "how many of what were deleted; in the certificate",
    "details": "what a camera counted, of everybody in the room",
    "zone_id": "the zone is named once",
    "room_id": "the room is named once",
    "camera_id": "the camera is named with what it saw",
    "state": "whether a machine has looked; shown as the verdict",
}
"""Columns of the tables above that are not in the copy: why."""


def rows_of(database: Database, part: Part, resident_id: int) -> Iterator[Any]:
    """The rows of one part, in their order, a page in memory at once and no connection held in between."""
    keys = [part.model.__mapper__.get_property_by_column(each).key for each in inspect(part.model).primary_key]
    last: int | None = None
    while True:
        query = (
            select(part.model).where(part.whose(resident_id)).order_by(*(getattr(part.model, key) for key in keys)).limit(PAGE)
        )
        if last is not None:
            query = query.where(part.model.id > last)
        with database.read() as session:
            rows = session.scalars(query).all()
        yield from rows
        if len(rows) < PAGE or keys != ["id"]:
            return
        last = rows[-1].id
